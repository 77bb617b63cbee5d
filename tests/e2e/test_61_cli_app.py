# test_61_cli_app.py - applications from the shell: what `callgate app …` shows and changes, how it
# exits, what it writes down, and that the very next request knows.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import hashlib
import json
import os
import pty
import re
import select
import subprocess
import time

import pytest

import callgate
from callgate import (HEX32, api, audit_rows, make_app, make_token, make_user, one, run, run_fine, signed_in, sql,
                      token_request)

DONE, CANNOT, USAGE, REFUSED = 0, 1, 2, 3
CALLBACK = "https://client.example/callback"
NOBODY = "0" * 32
UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def failed(result, code, *words):
    """It said so on stderr, in one line, and nothing on stdout."""
    assert result.returncode == code and result.stdout == "", result
    assert result.stderr.startswith("callgate: ") and result.stderr.count("\n") == 1, result
    assert all(word in result.stderr for word in words), result


def row_of(app):
    (row,) = sql("SELECT * FROM app WHERE app_id = %s", app.app_id)
    return row


def shown(app):
    """`app show`, as a list of (label, text)."""
    lines = run_fine("app", "show", app.app_id).splitlines()
    return [(line[:14].strip(), line[14:]) for line in lines]


def grant(app, **fields):
    return token_request({"client_id": app.app_id, "client_secret": app.secret, **fields})


def with_secret(app, secret):
    return grant(app._replace(secret=secret), grant_type="client_credentials").status


def password_tokens(app, user):
    answer = grant(app, grant_type="password", username=user.login, password=user.password)
    assert answer.status == 200, answer
    return answer.json


def consented_tokens(app, user):
    """The way of a browser: consent, code, tokens."""
    client = signed_in(user)
    page = client.get(f"/oauth/authorize?response_type=code&client_id={app.app_id}&state=x")
    answer = client.submit(page, ["consent"], {"decision": "allow"})
    code = re.fullmatch(re.escape(CALLBACK) + r"\?code=([0-9A-Za-z]{30})&.*", answer.get("Location"))[1]
    callgate.keep(code)
    answer = grant(app, grant_type="authorization_code", code=code)
    assert answer.status == 200, answer
    return answer.json


def refresh(app, tokens):
    return grant(app, grant_type="refresh_token", refresh_token=tokens["refresh_token"])


def level_of(app, token):
    answer = token_request({"client_id": app.app_id, "client_secret": app.secret, "token": token},
                           target="/oauth/introspect")
    assert answer.json["active"] is True, answer
    return answer.json["level"]


def by_shell(app, act):
    """The details of its audit rows of this act."""
    rows = audit_rows(act=act, object_kind="app", object_id=app.app_id)
    for row in rows:
        assert row["actor_id"] is None and re.fullmatch(r"shell:\S+", row["actor_login"]), row
        assert row["address"] == row["request_id"] == "", row
    return [row["detail"] for row in rows]


# ---- usage ----

@pytest.mark.parametrize("words", [
    pytest.param(["app"], id="half a command"),
    pytest.param(["app", "list", "x"], id="list with an argument"),
    pytest.param(["app", "list", "--owner=\xff"], id="owner that is no UTF-8"),
    pytest.param(["app", "show"], id="show without App ID"),
    pytest.param(["app", "show", "a", "b"], id="show with two"),
    pytest.param(["app", "show", "\xff"], id="App ID that is no UTF-8"),
    pytest.param(["app", "set", NOBODY], id="set without option"),
    pytest.param(["app", "set", "--level=all"], id="set without App ID"),
    pytest.param(["app", "set", NOBODY, "--level="], id="empty level"),
    pytest.param(["app", "set", NOBODY, "--level=some"], id="unknown level"),
    pytest.param(["app", "set", NOBODY, "--type=native"], id="unknown type"),
    pytest.param(["app", "set", NOBODY, "--status="], id="empty status"),
    pytest.param(["app", "set", NOBODY, "--status=gone"], id="unknown status"),
    pytest.param(["app", "set", NOBODY, "--api-backend="], id="an empty yes or no"),
    pytest.param(["app", "set", NOBODY, "--api-backend=perhaps"], id="neither yes nor no"),
    pytest.param(["app", "set", NOBODY, "--name=a\nb"], id="control character"),
    pytest.param(["app", "set", NOBODY, "--secret=x"], id="a secret as an option"),
    pytest.param(["app", "secret"], id="secret without App ID"),
    pytest.param(["app", "secret", NOBODY, "--overlap"], id="overlap without days"),
    pytest.param(["app", "secret", NOBODY, "--overlap=8"], id="too long an overlap"),
    pytest.param(["app", "secret", NOBODY, "--overlap=-1"], id="negative overlap"),
    pytest.param(["app", "secret", NOBODY, "--overlap=1.5"], id="no whole days"),
    pytest.param(["app", "secret", NOBODY, "--remove", "--overlap=1"], id="remove with overlap"),
    pytest.param(["app", "set", NOBODY, "--description=a\nb"], id="description of lines"),
    pytest.param(["app", "usage"], id="usage without App ID"),
    pytest.param(["app", "usage", NOBODY, "--by=week"], id="by what it is not counted"),
    pytest.param(["app", "delete"], id="delete without App ID"),
    pytest.param(["app", "delete", NOBODY], id="delete without terminal or --yes"),
])
def test_wrong_usage(words):
    result = run(*(os.fsdecode(word.encode("latin-1")) for word in words))
    assert (result.returncode, result.stdout) == (USAGE, "") and result.stderr, result


def test_the_words_that_an_option_takes_are_named():
    failed(run("app", "set", NOBODY, "--type=x"), USAGE, "--type takes public, trusted or password_credentials, not x")
    failed(run("app", "secret", NOBODY, "--overlap=x"), USAGE, "from 0 to 7")


@pytest.mark.parametrize("words", [["show"], ["set", "--level=all"], ["set", "--api-backend"], ["secret"],
                                   ["secret", "--remove"], ["delete", "--yes"], ["usage"]], ids=" ".join)
@pytest.mark.parametrize("app_id", [NOBODY, "x", "ü", "' OR true --", ""])
def test_unknown_applications(words, app_id):
    failed(run("app", words[0], *words[1:], "--", app_id), REFUSED, "no application")


# ---- list ----

def test_list():
    user = make_user()
    first = make_app(user, name="Ünïcode name", type="public", level="all", status="disabled")
    second = make_app(user)
    make_token(second)
    lines = run_fine("app", "list", f"--owner={user.login}").splitlines()
    assert lines[0].split() == ["APP", "ID", "OWNER", "TYPE", "LEVEL", "STATUS", "LAST", "USED", "NAME"]
    today = one("SELECT to_char(last_used_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') FROM app WHERE app_id = %s",
                second.app_id)
    assert [line.split(None, 6) for line in lines[1:]] == [
        [second.app_id, user.login, "trusted", "call_api", "active", today, row_of(second)["name"]],
        [first.app_id, user.login, "public", "all", "disabled", "never", "Ünïcode name"]]


def test_list_of_all():
    app = make_app(make_user())
    lines = run_fine("app", "list").splitlines()
    ids = [line.split()[0] for line in lines[1:]]
    assert ids == [row["app_id"] for row in sql("SELECT app_id FROM app ORDER BY id DESC")] and app.app_id in ids


def test_list_in_batches():
    user = make_user()
    sql("INSERT INTO app (app_id, owner_id, name, type)"
        " SELECT md5(%s || n), %s, 'Number ' || n, 'trusted' FROM generate_series(1, 1001) n", user.login, user.id)
    try:
        lines = run_fine("app", "list", f"--owner={user.login}").splitlines()
        assert [line.split()[-1] for line in lines[1:]] == [str(n) for n in range(1001, 0, -1)]
    finally:
        sql("DELETE FROM app WHERE owner_id = %s", user.id)


def test_list_of_nothing_and_of_nobody():
    user = make_user()
    assert len(run_fine("app", "list", f"--owner={user.login}").splitlines()) == 1
    assert run_fine("app", "list", f"--owner={user.login}", "--json") == ""
    failed(run("app", "list", "--owner=" + callgate.fresh("nobody")), REFUSED, "no user")
    failed(run("app", "list", "--owner="), REFUSED, "no user")


JSON_NAMES = {"app_id", "name", "description", "owner", "type", "level", "level_until", "status", "native",
              "api_backend", "generation", "redirect_urls", "created_by_app", "created", "last_used"}


def test_list_and_show_as_json():
    user = make_user()
    app = make_app(user, name='Ü "\x1b[2J', type="public", redirect_urls=[CALLBACK, "https://b.example/"],
                   description="two\nlines")
    lines = run_fine("app", "list", f"--owner={user.login}", "--json").splitlines()
    text = run_fine("app", "show", app.app_id, "--json")
    assert lines == text.splitlines() and len(lines) == 1 and text.isascii()
    row = json.loads(text)
    assert set(row) == JSON_NAMES and UTC.fullmatch(row.pop("created"))
    assert row == {"app_id": app.app_id, "name": 'Ü "\x1b[2J', "description": "two\nlines", "owner": user.login,
                   "type": "public", "level": "call_api", "level_until": None, "status": "active", "native": False,
                   "api_backend": False, "generation": 1, "redirect_urls": [CALLBACK, "https://b.example/"],
                   "created_by_app": None, "last_used": None}


def test_names_play_no_tricks_on_a_terminal():
    user = make_user()
    app = make_app(user, name="a\x1b]0;x\x07\u202eb\x9b\u200bü", description="c\x1bd\r\ne")
    table = run_fine("app", "list", f"--owner={user.login}").splitlines()
    assert table[1].endswith(" a?]0;x??b??ü") and len(table) == 2
    fields = shown(app)
    assert ("Name", "a?]0;x??b??ü") in fields
    assert fields[fields.index(("Description", "c?d")) + 1] == ("", "e")


# ---- show ----

def test_show():
    user = make_user()
    app = make_app(user, name="Shown", type="public", redirect_urls=[CALLBACK, "https://b.example/"])
    fields = shown(app)
    assert UTC.fullmatch(dict(fields)["Created"])
    assert [field for field in fields if field[0] != "Created"] == [
        ("App ID", app.app_id), ("Name", "Shown"), ("Owner", user.login), ("Type", "public"), ("Level", "call_api"),
        ("Status", "active"), ("API back-end", "no"), ("Redirect URLs", CALLBACK), ("", "https://b.example/"),
        ("Generation", "1"), ("Last used", "never")]


def test_show_of_a_native_one_and_of_one_in_use():
    user = make_user()
    assert ("Type", "public, native") in shown(make_app(user, type="public", native=True))
    app = make_app(user, api_backend=True)
    make_token(app)
    fields = dict(shown(app))
    assert UTC.fullmatch(fields["Last used"])
    assert (fields["API back-end"], fields["Redirect URLs"]) == ("yes", "none")


def test_no_secret_is_shown():
    user = make_user()
    app = make_app(user)
    digest = hashlib.sha256(app.secret.encode()).hexdigest()
    for words in (["show", app.app_id], ["show", app.app_id, "--json"], ["list"], ["list", "--json"]):
        text = run_fine("app", *words)
        assert app.app_id in text and app.secret not in text and digest not in text


# ---- set ----

def test_set_changes_what_is_named_and_nothing_else():
    app = make_app(make_user(), name="Before")
    before = row_of(app)
    assert run_fine("app", "set", app.app_id, "--name=Ünïcode after") == ""
    assert row_of(app) == {**before, "name": "Ünïcode after"}
    assert run_fine("app", "set", app.app_id, "--level=all", "--api-backend") == ""
    assert row_of(app) == {**before, "name": "Ünïcode after", "level": "all", "api_backend": True}
    run_fine("app", "set", app.app_id, "--api-backend=no")
    assert row_of(app)["api_backend"] is False


def test_set_description_and_redirect_urls():
    app = make_app(make_user(), type="public", redirect_urls=[CALLBACK])
    run_fine("app", "set", app.app_id, "--description=What it does", f"--redirect-urls={CALLBACK}  https://b.example/")
    row = row_of(app)
    assert (row["description"], row["redirect_urls"]) == ("What it does", [CALLBACK, "https://b.example/"])
    assert run_fine("app", "set", app.app_id, "--description=What it does") == "nothing changed\n"
    run_fine("app", "set", app.app_id, "--description=", "--redirect-urls=")
    row = row_of(app)
    assert (row["description"], row["redirect_urls"]) == ("", [])
    before, after = by_shell(app, "app.set")[-1].values()
    assert {before["description"], after["description"]} == {"What it does", ""}


def test_set_to_what_it_is_already():
    user = make_user()
    app = make_app(user, name="Same")
    token, before = make_token(app), row_of(app)
    text = run_fine("app", "set", app.app_id, "--name=Same", "--level=call_api", "--type=trusted", "--status=active",
                    "--api-backend=no", f"--owner={user.login}")
    assert text == "nothing changed\n"
    assert row_of(app) == before and by_shell(app, "app.set") == []
    assert api(token).status == 200 and with_secret(app, app.secret) == 200


@pytest.mark.parametrize("option, words", [
    pytest.param("--name=", ["name"], id="no name"),
    pytest.param("--name=  ", ["name"], id="blank name"),
    pytest.param("--name=" + "ü" * 101, ["100"], id="too long a name"),
    pytest.param("--name=a\u202eb", ["printable"], id="invisible character"),
    pytest.param("--owner=nobody-of-this-name", ["no user"], id="unknown owner"),
    pytest.param("--description=" + "ü" * 1001, ["1000"], id="too long a description"),
    pytest.param("--redirect-urls=https://a.example/ /b", ["“/b”", "complete"], id="relative redirect URL"),
    pytest.param("--redirect-urls=http://a.example/", ["“http://a.example/”"], id="redirect URL of plain http"),
    pytest.param("--redirect-urls=" + " ".join(f"https://a.example/{n}" for n in range(21)), ["20"],
                 id="too many redirect URLs"),
    pytest.param("--owner=", ["no user"], id="no owner"),
])
def test_set_refuses(option, words):
    app = make_app(make_user())
    before = row_of(app)
    failed(run("app", "set", app.app_id, option, "--level=all"), REFUSED, *words)
    assert row_of(app) == before and by_shell(app, "app.set") == []


def test_set_writes_before_and_after():
    user, other = make_user(), make_user()
    app = make_app(user, name="One")
    run_fine("app", "set", app.app_id, "--name=Two", "--status=disabled", "--api-backend")
    run_fine("app", "set", app.app_id, "--type=public", "--level=all", f"--owner={other.login}")
    first = {"name": "One", "type": "trusted", "level": "call_api", "status": "active", "api_backend": False,
             "owner_id": user.id, "level_until": None, "description": "", "redirect_urls": []}
    second = {**first, "name": "Two", "status": "disabled", "api_backend": True}
    third = {**second, "type": "public", "level": "all", "owner_id": other.id}
    assert by_shell(app, "app.set") == [{"before": first, "after": second}, {"before": second, "after": third}]


def test_level_lowered_and_raised_at_the_next_request():
    user = make_user()
    app = make_app(user, type="public", level="all", redirect_urls=[CALLBACK])
    tokens = consented_tokens(app, user)
    assert level_of(app, tokens["access_token"]) == "all"
    run_fine("app", "set", app.app_id, "--level=call_api")
    assert level_of(app, tokens["access_token"]) == "call_api"
    low = consented_tokens(app, make_user())
    run_fine("app", "set", app.app_id, "--level=all")
    # Back to what was consented to, and no further.
    assert level_of(app, tokens["access_token"]) == "all"
    assert level_of(app, low["access_token"]) == "call_api"


def test_level_until():
    app = make_app(make_user())
    token = make_token(app)
    run_fine("app", "set", app.app_id, "--level=all", "--until=2999-12-31")
    assert level_of(app, token) == "all"
    assert ("Level", "all until 3000-01-01T00:00:00Z") in shown(app)
    assert json.loads(run_fine("app", "show", app.app_id, "--json"))["level_until"] == "3000-01-01T00:00:00Z"
    assert run_fine("app", "set", app.app_id, "--level=all", "--until=3000-01-01T00:00:00Z") == "nothing changed\n"
    run_fine("app", "set", app.app_id, "--level=all")
    assert ("Level", "all") in shown(app) and row_of(app)["level_until"] is None
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3))
    run_fine("app", "set", app.app_id, "--level=all", f"--until={moment}")
    callgate.wait_for(lambda: level_of(app, token) == "call_api", "All has come to its end")
    assert ("Level", "call_api") in shown(app)


@pytest.mark.parametrize("options, code, words", [
    (["--until=2999-12-31", "--name=x"], USAGE, ["--level=all"]),
    (["--until=2999-12-31", "--level=call_api"], USAGE, ["--level=all"]),
    (["--until=2999-02-29", "--level=all"], REFUSED, ["2026-12-31"]),
    (["--until=31.12.2999", "--level=all"], REFUSED, ["2026-12-31"]),
    (["--until=2020-12-31", "--level=all"], REFUSED, ["passed"]),
])
def test_level_until_refuses(options, code, words):
    app = make_app(make_user())
    before = row_of(app)
    failed(run("app", "set", app.app_id, *options), code, *words)
    assert row_of(app) == before


def test_level_of_a_trusted_application():
    app = make_app(make_user())
    token = make_token(app)
    for level in ("all", "call_api"):
        run_fine("app", "set", app.app_id, f"--level={level}")
        assert level_of(app, token) == level


def test_disabled_and_active_again():
    app = make_app(make_user())
    token = make_token(app)
    run_fine("app", "set", app.app_id, "--status=disabled")
    assert api(token).status == 401 and with_secret(app, app.secret) == 401
    run_fine("app", "set", app.app_id, "--status=active")
    assert api(token).status == 200 and with_secret(app, app.secret) == 200


def test_api_backend_sees_every_token():
    user = make_user()
    backend, token = make_app(user), make_token(make_app(make_user()))

    def sees():
        return token_request({"client_id": backend.app_id, "client_secret": backend.secret, "token": token},
                             target="/oauth/introspect").json["active"]

    assert not sees()
    run_fine("app", "set", backend.app_id, "--api-backend")
    assert sees()
    run_fine("app", "set", backend.app_id, "--api-backend=no")
    assert not sees()


def test_an_application_without_secret_is_no_api_backend():
    app = make_app(make_user(), type="public", native=True)
    sql("DELETE FROM app_secret WHERE app = %s", row_of(app)["id"])
    failed(run("app", "set", app.app_id, "--api-backend"), REFUSED, "no App secret")
    assert row_of(app)["api_backend"] is False
    # Whatever the row says: the App ID is no secret.
    sql("UPDATE app SET api_backend = true WHERE app_id = %s", app.app_id)
    token = make_token(make_app(make_user()))
    answer = token_request({"client_id": app.app_id, "token": token}, target="/oauth/introspect")
    assert answer.status == 401 and "active" not in answer.json
    # Of another type it gets a secret.
    run_fine("app", "set", app.app_id, "--api-backend", "--type=trusted")
    assert row_of(app)["api_backend"] is True and row_of(app)["native"] is False


@pytest.mark.parametrize("change", ["type", "owner"])
def test_another_type_or_owner_ends_everything(change):
    user, other = make_user(), make_user()
    app = make_app(user, type="public", level="all", redirect_urls=[CALLBACK])
    tokens = consented_tokens(app, user)
    assert api(tokens["access_token"]).status == 200
    option = "--type=password_credentials" if change == "type" else f"--owner={other.login}"
    text = run_fine("app", "set", app.app_id, option)
    assert text == (f"secrets, consents and tokens have ended; the level is call_api\n"
                    f"make a new secret with `callgate app secret {app.app_id}`\n")
    row = row_of(app)
    assert (row["level"], row["generation"], row["owner_id"]) == (
        "call_api", 2, other.id if change == "owner" else user.id)
    assert api(tokens["access_token"]).status == 401
    assert one("SELECT count(*) FROM permission WHERE app = %s", row["id"]) == 0
    assert refresh(app, tokens).json["error"] == "invalid_client"
    app = app._replace(secret=run_fine("app", "secret", app.app_id).strip())
    callgate.keep(app.secret)
    assert refresh(app, tokens).json["error"] == "invalid_grant"
    if change == "owner":
        # To the new owner's users it is an application that they have not allowed.
        page = signed_in(user).get(f"/oauth/authorize?response_type=code&client_id={app.app_id}&state=x")
        assert page.status == 200 and page.page.all("input", name="consent")
    # Back again, nothing comes back.
    run_fine("app", "set", app.app_id, "--type=public", f"--owner={user.login}")
    assert api(tokens["access_token"]).status == 401 and row_of(app)["generation"] == 3


def test_another_type_ends_tokens_by_password_and_by_secret():
    user = make_user()
    app = make_app(make_user(), type="password_credentials")
    held = password_tokens(app, user)
    run_fine("app", "set", app.app_id, "--type=trusted", "--level=all")
    assert row_of(app)["level"] == "all" and api(held["access_token"]).status == 401
    assert with_secret(app, app.secret) == 401
    secret = run_fine("app", "secret", app.app_id).strip()
    callgate.keep(secret)
    token = make_token(app._replace(secret=secret))
    run_fine("app", "set", app.app_id, "--type=public")
    assert api(token).status == 401


def test_another_owner_of_a_native_application():
    """It needs no secret, so none is spoken of."""
    app = make_app(make_user(), type="public", native=True)
    text = run_fine("app", "set", app.app_id, f"--owner={make_user().login}")
    assert text == "secrets, consents and tokens have ended; the level is call_api\n"
    assert row_of(app)["native"] is True


# ---- secret ----

def test_secret():
    app = make_app(make_user())
    token = make_token(app)
    result = run("app", "secret", app.app_id)
    secret = result.stdout.removesuffix("\n")
    callgate.keep(secret)
    assert (result.returncode, result.stderr) == (DONE, "") and HEX32.fullmatch(secret)
    assert with_secret(app, secret) == 200 and with_secret(app, app.secret) == 401
    # What the old one has got stays: it is the same application.
    assert api(token).status == 200
    assert by_shell(app, "app.secret") == [{"overlap_ms": 0}]
    stored = sql("SELECT secret, tail, expires_at FROM app_secret WHERE app = %s", row_of(app)["id"])
    assert [(bytes(row["secret"]), row["tail"], row["expires_at"]) for row in stored] == [
        (callgate.digest(secret), secret[-4:], None)]


def test_secret_with_overlap():
    app = make_app(make_user())
    second = run_fine("app", "secret", app.app_id, "--overlap=7").strip()
    callgate.keep(second)
    assert with_secret(app, app.secret) == with_secret(app, second) == 200
    left = one("SELECT extract(epoch FROM expires_at - now()) FROM app_secret WHERE secret = %s",
               callgate.digest(app.secret))
    assert 7 * 86400 - 60 < left <= 7 * 86400
    sql("UPDATE app_secret SET expires_at = now() WHERE secret = %s", callgate.digest(app.secret))
    assert with_secret(app, app.secret) == 401 and with_secret(app, second) == 200
    # Two at most, the newest of them.
    third = run_fine("app", "secret", app.app_id, "--overlap=1").strip()
    fourth = run_fine("app", "secret", app.app_id, "--overlap=1").strip()
    callgate.keep(third, fourth)
    assert [with_secret(app, secret) for secret in (second, third, fourth)] == [401, 200, 200]
    fifth = run_fine("app", "secret", app.app_id, "--overlap=0").strip()
    callgate.keep(fifth)
    assert [with_secret(app, secret) for secret in (third, fourth, fifth)] == [401, 401, 200]
    assert by_shell(app, "app.secret") == [{"overlap_ms": days * 86400000} for days in (7, 1, 1, 0)]


def test_secret_remove():
    app = make_app(make_user())
    failed(run("app", "secret", app.app_id, "--remove"), REFUSED, "cannot be removed")
    second = run_fine("app", "secret", app.app_id, "--overlap=7").strip()
    callgate.keep(second)
    assert run_fine("app", "secret", app.app_id, "--remove") == ""
    assert with_secret(app, app.secret) == 401 and with_secret(app, second) == 200
    assert by_shell(app, "app.secret.remove") == [{"tail": app.secret[-4:]}]
    failed(run("app", "secret", app.app_id, "--remove"), REFUSED, "cannot be removed")


def test_secret_of_a_native_application():
    app = make_app(make_user(), type="public", native=True)
    failed(run("app", "secret", app.app_id), REFUSED, "no App secret")
    assert by_shell(app, "app.secret") == []


def test_secret_that_cannot_be_written():
    app = make_app(make_user())
    with open("/dev/full", "w", encoding="ascii") as full:
        result = subprocess.run([callgate.BINARY, "app", "secret", app.app_id], stdout=full, stderr=subprocess.PIPE,
                                text=True, timeout=60, check=False)
    assert result.returncode == CANNOT and "make another" in result.stderr, result
    assert not HEX32.search(result.stderr.replace(app.app_id, ""))


# ---- delete ----

def test_delete():
    user = make_user()
    app = make_app(user, name="Gone", type="public", redirect_urls=[CALLBACK])
    tokens = consented_tokens(app, make_user())
    identity = row_of(app)["id"]
    assert run_fine("app", "delete", app.app_id, "--yes") == ""
    assert api(tokens["access_token"]).status == 401
    assert refresh(app, tokens).json["error"] == "invalid_client"
    assert sql("SELECT 1 FROM app WHERE id = %s", identity) == []
    for table in ("app_secret", "permission", "auth_code", "token_grant"):
        assert one(f"SELECT count(*) FROM {table} WHERE app = %s", identity) == 0
    assert by_shell(app, "app.delete") == [{"name": "Gone", "owner_id": user.id}]
    failed(run("app", "delete", app.app_id, "--yes"), REFUSED, "no application")
    assert len(by_shell(app, "app.delete")) == 1


def test_delete_asks_nobody():
    """Without a terminal nothing on standard input is an answer."""
    app = make_app(make_user())
    failed(run("app", "delete", app.app_id, stdin=app.app_id + "\n"), USAGE, "--yes")
    assert row_of(app)


def at_a_terminal(*words, typed=""):
    """Exit code and all that the terminal shows; `typed` once it asks."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(callgate.BINARY, [callgate.BINARY, *words])
    output, end = b"", time.monotonic() + callgate.DEADLINE
    while time.monotonic() < end:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # its end, on Linux
            break
        output += piece
        if typed and b"confirm: " in output:
            os.write(terminal, typed.encode())
            typed = ""
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), output.decode()


@pytest.mark.parametrize("typed", ["\n", "yes\n", "\x04"], ids=["nothing", "yes", "end of input"])
def test_delete_at_a_terminal_is_not_confirmed(typed):
    app = make_app(make_user())
    code, text = at_a_terminal("app", "delete", app.app_id, typed=typed)
    assert code == REFUSED and "not deleted" in text, text
    assert row_of(app) and by_shell(app, "app.delete") == []


def test_delete_at_a_terminal():
    user = make_user()
    app = make_app(user, name="Asked\x1b[2J")
    code, text = at_a_terminal("app", "delete", app.app_id, typed=app.app_id + "\n")
    assert code == DONE and "Asked?[2J" in text and user.login in text, text
    assert sql("SELECT 1 FROM app WHERE app_id = %s", app.app_id) == []
    other = make_app(user)
    assert at_a_terminal("app", "delete", other.app_id, "--yes") == (DONE, "")
    code, text = at_a_terminal("app", "delete", other.app_id)
    assert code == REFUSED and "no application" in text and "confirm" not in text


def test_a_new_secret_at_a_terminal():
    app = make_app(make_user())
    code, text = at_a_terminal("app", "secret", app.app_id, "--overlap=2")
    secret, hint = text.splitlines()
    callgate.keep(secret)
    assert code == DONE and HEX32.fullmatch(secret) and "works for 2 days more" in hint
    assert with_secret(app, secret) == with_secret(app, app.secret) == 200
