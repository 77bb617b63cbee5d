# test_75_admin_import.py - users from CSV: what each line would do, by page and by command, all or
# nothing where something is wrong, and large files in bounded memory.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import json
import os
import re
import secrets
import subprocess

import pytest

import callgate
from callgate import (Client, api, audit_rows, fresh, make_admin, make_app, make_token, make_user, one, run, run_fine,
                      signed_in, sql)
from oauth import make_public, tokens_for

HEADER = ("login,password_hash,name,email,status,access,admin,dealer_id,client_id,extension_group_id,extension_id,"
          "tenant_id,timezone")
HASHES = {
    "sha512": "$6$saltsalt$" + "a" * 86,
    "sha512 with rounds": "$6$rounds=10000$saltsalt$" + "a" * 86,
    "bcrypt": "$2b$10$" + "a" * 22 + "b" * 31,
    "yescrypt": "$y$j9T$saltsaltsaltsaltsaltsa$" + "a" * 43,
    "scrypt": "$7$CU..../....saltsaltsaltsaltsalts/$" + "a" * 43,
}


@pytest.fixture(scope="module")
def admin():
    return signed_in(make_admin())


def row_of(login):
    (row,) = sql("SELECT * FROM pbx_user WHERE login = %s", login)
    return row


def count_of(word):
    return one("SELECT count(*) FROM pbx_user WHERE login LIKE %s", word + "%")


def send_text(client, text, act="try", file=None, boundary="callgate-e2e-boundary"):
    parts = [("text", "", text), ("act", "", act)]
    if file is not None:
        parts.insert(0, ("file", '; filename="users.csv"\r\nContent-Type: text/csv', file))
    body = "".join(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{value}\r\n'
                   for name, more, value in parts) + f"--{boundary}--\r\n"
    return client.send("POST", "/admin/user/import", body.encode(),
                       {"Content-Type": f"multipart/form-data; boundary={boundary}"})


def lines_of(answer):
    """(line, login, what, column, why) of each line on the page."""
    return [tuple(cell.text for cell in row.all("td", "th")) for row in answer.page.one("tbody").all("tr")]


def by_command(text, *options):
    result = run("user", "import", *options, "-", stdin=text)
    return result.returncode, result.stdout


# ---- what lines do ----

def test_the_story(admin):
    """Tried, looked at, imported: users added, changed, and left as they are."""
    word = fresh("imp")
    old = make_user(login=f"{word}-old", name="Old", email="keep@example.net", client_id=5, tenant_id=5)
    same = make_user(login=f"{word}-same", name="Same")
    text = (f"login,name,client_id,access\r\n{word}-new,\"New, \"\"quoted\"\"\",77,read_only\r\n"
            f"{old.login},Changed,,\r\n\r\n{same.login},Same,12,full\r\n")
    answer = send_text(admin, text)
    assert answer.status == 200
    assert [line[:3] for line in lines_of(answer)] == [
        ("2", f"{word}-new", "Add"), ("3", old.login, "Change"), ("5", same.login, "As it is")]
    assert count_of(word) == 2 and audit_rows(object_id=old.login) == []
    # The text is still in the form, and so is the button now.
    form = answer.form("text")
    assert form.fields["text"].replace("\r\n", "\n") == text.replace("\r\n", "\n")
    assert [node.get("value") for node in answer.page.all("button", name="act")] == ["try", "import"]
    answer = send_text(admin, form.fields["text"], "import")
    assert answer.status == 200 and "1 added, 1 changed, 1 as they were." in answer.text
    new, changed = row_of(f"{word}-new"), row_of(old.login)
    assert (new["name"], new["client_id"], new["tenant_id"], new["access"], new["timezone"]) == (
        'New, "quoted"', 77, 77, "read_only", "UTC")
    assert new["password_hash"] is None and new["status"] == "active" and not new["admin"]
    assert (changed["name"], changed["email"], changed["client_id"]) == ("Changed", "keep@example.net", 5)
    assert changed["password_hash"] is not None
    (added,) = audit_rows(act="user.add", object_id=f"{word}-new")
    (set_,) = audit_rows(act="user.set", object_id=old.login)
    assert set_["detail"] == {"before": {"name": "Old"}, "after": {"name": "Changed"}}
    assert added["actor_id"] == set_["actor_id"] and added["address"] and added["request_id"]
    assert audit_rows(object_id=same.login) == []
    # Once more, and all of it is so already.
    assert "0 added, 0 changed, 3 as they were." in send_text(admin, text, "import").text


def test_the_command_does_the_same(tmp_path):
    word = fresh("imp")
    path = tmp_path / "users.csv"
    path.write_text(f"{HEADER}\n{word},{HASHES['bcrypt']},Name,a@b.example,blocked,read_only,no,,,,9,4,Europe/Berlin\n",
                    encoding="utf-8")
    text = run_fine("user", "import", "--dry-run", str(path))
    assert f"line 2: add {word}" in text and "1 added, 0 changed, 0 as they were, 0 refused (dry run" in text
    assert count_of(word) == 0
    assert run_fine("user", "import", str(path)) == "1 added, 0 changed, 0 as they were, 0 refused\n"
    row = row_of(word)
    assert {name: row[name] for name in HEADER.split(",") + ["must_change_password"]} == {
        "login": word, "password_hash": HASHES["bcrypt"], "name": "Name", "email": "a@b.example", "status": "blocked",
        "access": "read_only", "admin": False, "dealer_id": None, "client_id": None, "extension_group_id": None,
        "extension_id": 9, "tenant_id": 4, "timezone": "Europe/Berlin", "must_change_password": False}
    assert run_fine("user", "import", str(path)) == "0 added, 0 changed, 1 as they were, 0 refused\n"
    (audit,) = audit_rows(object_id=word)
    assert audit["actor_login"].startswith("shell:") and "hash" not in json.dumps(audit["detail"])
    assert run("user", "import", str(tmp_path / "nothing.csv")).returncode == 1


def test_a_file_counts_more_than_the_text(admin):
    word = fresh("imp")
    answer = send_text(admin, "login\nnonsense\n", file=f"\ufefflogin,client_id\n{word},3\n")
    assert [line[:3] for line in lines_of(answer)] == [("2", word, "Add")]
    assert word in answer.form("text").fields["text"]


def test_elsewhere_a_file_is_still_no_field(admin):
    body = (b'--b\r\nContent-Disposition: form-data; name="login"; filename="x"\r\n\r\nx\r\n--b--\r\n')
    answer = admin.send("POST", "/admin/user/add", body, {"Content-Type": "multipart/form-data; boundary=b"})
    assert answer.status == 400


@pytest.mark.parametrize("kind", HASHES)
def test_hashes_are_taken_as_they_are(kind):
    word = fresh("imp")
    assert by_command(f"login,password_hash,client_id\n{word},{HASHES[kind]},1\n")[0] == 0
    assert row_of(word)["password_hash"] == HASHES[kind]


def test_who_is_imported_signs_in():
    word, password = fresh("imp"), "kept-" + secrets.token_hex(10)
    callgate.keep(password)
    hashed = subprocess.run(["openssl", "passwd", "-6", "-stdin"], input=password, capture_output=True, text=True,
                            check=True).stdout.strip()
    assert by_command(f"login,password_hash,client_id\n{word},{hashed},1\n")[0] == 0
    assert Client().sign_in(word, password).location == "/app/"


@pytest.mark.parametrize("value", [
    "secret-password", "$6$salt$short", "$1$salt$" + "a" * 22, "$5$salt$" + "a" * 43, "$6$" + "a" * 86, "x" * 13,
    HASHES["sha512"] + "a", HASHES["bcrypt"][:-1], "$2b$31$" + "a" * 53, "$6$rounds=999999999$salt$" + "a" * 86,
    HASHES["yescrypt"].replace("a" * 43, "a" * 42 + ":"), "*", "!" + HASHES["sha512"]])
def test_what_is_no_hash_is_refused_and_not_repeated(admin, value):
    word = fresh("imp")
    text = f"login,password_hash,client_id\n{word},{value},1\n"
    code, output = by_command(text)
    assert code == 3 and f"line 2: refused {word}, column password_hash" in output and value not in output
    answer = send_text(admin, text, "import")
    assert answer.status == 422 and lines_of(answer)[0][3] == "password_hash"
    assert all(value not in part for part in lines_of(answer)[0])
    assert count_of(word) == 0


BAD = {
    "no login": (",,1", "login"), "a bad login": ("two words,,1", "login"), "a number": ("{},,x", "client_id"),
    "a zero": ("{},,0", "client_id"), "a negative number": ("{},,-3", "client_id"),
    "too large a number": ("{},,99999999999999999999", "client_id"), "no level": ("{},,", ""),
    "too few fields": ("{}", ""), "too many": ("{},,1,2,3,4,5", ""),
}
MORE_BAD = {
    "status": "gone", "access": "none", "admin": "perhaps", "email": "nobody", "name": "a\u202eb", "timezone": "a b",
    "dealer_id": "1", "tenant_id": "99",
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_line_is_named_with_its_column(admin, case):
    word = fresh("imp")
    line, column = BAD[case]
    text = f"login,name,client_id\n{word}-first,,1\n{line.format(word)}\n{word}-last,,1\n"
    answer = send_text(admin, text, "import")
    assert answer.status == 422
    found = lines_of(answer)
    assert [row[2] for row in found] == ["Add", "Refused", "Add"]
    assert (found[1][0], found[1][3]) == ("3", column) and found[1][4]
    code, output = by_command(text)
    assert code == 3 and "nothing was done" in output and re.search(r"^line 3: refused ", output, re.M)
    assert count_of(word) == 0


@pytest.mark.parametrize("column", MORE_BAD)
def test_a_bad_field_is_named(column):
    word = fresh("imp")
    code, output = by_command(f"login,client_id,{column}\n{word},1,{MORE_BAD[column]}\n")
    assert code == 3 and f"line 2: refused {word}" in output
    assert f"column {column}" in output or column in ("dealer_id", "tenant_id")
    assert count_of(word) == 0


@pytest.mark.parametrize("text, line, word", [
    ("", 1, "header"), ("\n\n", 3, "header"), ("name,client_id\na,1\n", 1, "login"),
    ("login,shoe_size\na,1\n", 1, "shoe_size"), ("login,login\na,b\n", 1, "twice"),
    ("login,password\na,b\n", 1, "password"), ("login,client_id\n\"a,1\n", 4, "never ends"),
    ("login,client_id\na\"b,1\n", 2, "quote"), ("login,client_id\n\"a\"b,1\n", 2, "quote"),
    ("login\n" + "x" * 9000 + "\n", 2, "too long"), ("login" + ",x" * 70 + "\n", 1, "too many"),
    ("login;client_id\na;1\n", 1, "login;client_id")])
def test_a_file_that_is_none(admin, text, line, word):
    code, output = by_command(text)
    assert code == 3 and word in output and (f"line {line}: refused" in output or line == 4), output
    answer = send_text(admin, text, "import")
    assert answer.status == 422 and word in answer.page.one("tbody").text


@pytest.mark.parametrize("data", [b"login,name\na,\xff\n", b"login,name\na,\0\n", b"login,name\ra,b\r"])
def test_bytes_that_are_no_text(data, tmp_path):
    path = tmp_path / "users.csv"
    path.write_bytes(data)
    result = run("user", "import", str(path))
    assert result.returncode == 3 and "refused" in result.stdout


def test_a_login_twice():
    word = fresh("imp")
    code, output = by_command(f"login,client_id\n{word},1\n{word}x,1\n\n{word},2\n")
    assert code == 3 and f"line 5: refused {word}, column login" in output and "line 2" in output.split("line 5")[1]
    assert count_of(word) == 0


def test_66_hostile_text_is_text(admin):
    evil = "<script>alert(1)</script>"
    answer = send_text(admin, f"login,name,client_id\n{evil},{evil},{evil}\n\"{evil}\",,1\n")
    assert answer.status == 422 and evil not in answer.text and answer.page
    answer = send_text(admin, f"login,{evil}\nx,y\n")
    assert evil not in answer.text and evil in answer.page.one("tbody").text


# ---- what ends ----

def test_a_new_hash_ends_sessions_and_grants():
    user = make_user(must_change_password=True)
    client, public = signed_in(user), make_public(make_user())
    sql("UPDATE pbx_user SET must_change_password = false WHERE id = %s", user.id)
    token = tokens_for(client, public)["access_token"]
    own = make_token(make_app(user))
    assert by_command(f"login,name\n{user.login},Only the name\n")[0] == 0
    assert client.is_signed_in and api(token).status == 200
    assert by_command(f"login,password_hash\n{user.login},{HASHES['sha512']}\n")[0] == 0
    assert not client.is_signed_in and api(token).status == 401 and api(own).status == 200
    assert [row["act"] for row in audit_rows(object_id=user.login)] == ["user.set", "user.password"]


def test_blocking_ends_sessions():
    user = make_user()
    client, token = signed_in(user), make_token(make_app(user))
    assert by_command(f"login,status\n{user.login},blocked\n")[0] == 0
    assert not client.is_signed_in and api(token).status == 401


@pytest.mark.parametrize("line", ["{},blocked,,", "{},,no,12"])
def test_an_import_takes_no_administrator_away(line):
    chief = make_admin()
    code, output = by_command(f"login,status,admin,client_id\n{line.format(chief.login)}\n")
    assert code == 3 and "administrator" in output
    row = row_of(chief.login)
    assert row["admin"] and row["status"] == "active"
    # It makes some, and leaves them so.
    user = make_user()
    assert by_command(f"login,admin,name\n{user.login},yes,Chief\n{chief.login},,Also\n")[0] == 0
    assert row_of(user.login)["admin"] and row_of(user.login)["client_id"] is None
    assert row_of(chief.login)["name"] == "Also"
    sql("UPDATE pbx_user SET status = 'blocked' WHERE id IN (%s, %s)", user.id, chief.id)


def test_70_the_password_is_asked_for_again():
    chief, word = make_admin(), fresh("imp")
    client = signed_in(chief)
    sql("UPDATE session SET proved_at = now() - interval '16 minutes' WHERE user_id = %s", chief.id)
    text = f'login,name,client_id\r\n{word},"two\r\nlines",1\r\n{word}2,"x",1\r\n'.replace('"two\r\nlines"', "one")
    form = send_text(client, text, "import").form("confirm_password")
    assert form.node.get("enctype") == "multipart/form-data" and count_of(word) == 0
    kind, body = callgate.multipart({**form.fields, "confirm_password": chief.password})
    answer = client.send("POST", form.action, body, {"Content-Type": kind})
    assert answer.status == 200 and count_of(word) == 2


def test_too_much_for_the_page(admin):
    assert send_text(admin, "login,client_id\n" + "x" * 70000).status == 413


# ---- large files ----

PEAK = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


def import_peak(path, *options):
    """Output and the largest resident size, in KiB."""
    result = subprocess.run(["/usr/bin/python3", "-c", PEAK, callgate.BINARY, "user", "import", *options, str(path)],
                            capture_output=True, text=True, timeout=600, check=False, env=dict(os.environ))
    assert result.returncode == 0, result
    return result.stdout, int(result.stderr.split()[-1])


def sanitized():
    """Such a build keeps for a while what was freed."""
    with open(callgate.BINARY, "rb") as file:
        return b"__asan_init" in file.read()


def test_a_large_file_in_bounded_memory(tmp_path):
    word = fresh("big")
    path, small = tmp_path / "users.csv", tmp_path / "small.csv"
    with open(path, "w", encoding="utf-8") as file:
        file.write("login,password_hash,name,email,client_id\n")
        for number in range(20000):
            file.write(f"{word}.{number},{HASHES['sha512']},User {number},{number}@example.net,{number + 1}\n")
    small.write_text(f"login,client_id\n{word}.0,1\n", encoding="utf-8")
    _, least = import_peak(small, "--dry-run")
    output, peak = import_peak(path)
    try:
        assert output == "20000 added, 0 changed, 0 as they were, 0 refused\n"
        assert count_of(word) == 20000
        assert one("SELECT count(*) FROM audit_log WHERE act = 'user.add' AND object_id LIKE %s", word + "%") == 20000
        # The file is over 3 MiB; a batch and a note of each login are kept.
        assert sanitized() or peak - least < 40 * 1024
    finally:
        sql("DELETE FROM pbx_user WHERE login LIKE %s", word + ".%")
