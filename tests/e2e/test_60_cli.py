# test_60_cli.py - the program's commands as an operator types them: what they do, what they say, and
# how they exit: 0 done, 1 the environment does not allow it, 2 wrong usage, 3 refused.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import concurrent.futures
import json
import os
import re

import psycopg2
import pytest

import callgate
from callgate import (Client, api, audit_rows, make_app, make_token, make_user, one, run, run_fine,
                      signed_in, sql, token_request)

@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch):
    """The commands hash at the lowest cost here; a sign-in renews that, as test_30_login.py proves."""
    monkeypatch.setenv("CALLGATE_PASSWORD_COST", "1")


DONE, CANNOT, USAGE, REFUSED = 0, 1, 2, 3

COMMANDS = ["serve", "migrate", "check", "user add", "user passwd", "user set", "user list", "user import", "app list",
            "app show", "app set", "app secret", "app delete", "app revoke", "audit list",
            "request list", "purge"]


def failed(result, code, *words):
    """It said so on stderr, in one line, and did not crash."""
    assert result.returncode == code, result
    assert all(word in result.stderr for word in words), result
    return result.stderr


def row_of(login):
    (row,) = sql("SELECT * FROM pbx_user WHERE login = %s", login)
    return row


# ---- help, version, usage ----

@pytest.mark.parametrize("words", [["--help"], ["-h"]])
def test_help_names_every_command(words):
    text = run_fine(*words)
    assert text.startswith("Usage: callgate")
    assert [name for name in COMMANDS if f"\n  {name}" not in text] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command(command):
    for word in ("--help", "-h"):
        text = run_fine(*command.split(), word)
        assert text.startswith("Usage: callgate") and command in text.splitlines()[0]


def test_help_works_without_settings():
    run_fine("user", "add", "--help", conf="/nonexistent")
    run_fine("--help", conf="/nonexistent")


def test_help_of_user_set_lists_its_options():
    text = run_fine("user", "set", "--help")
    for option in ("--status", "--access", "--admin", "--client-id", "--extension-id", "--tenant-id", "--timezone"):
        assert option in text


def test_help_of_serve_lists_every_setting():
    text = run_fine("serve", "--help")
    for name in ("site.url", "database.conninfo", "tokens.access", "http.body_limit", "password.scheme",
                 "tokens.refresh_max", "oauth.query_credentials", "cors.origins", "throttle.window"):
        assert f"  {name} = " in text


@pytest.mark.parametrize("word", ["--version", "-V"])
def test_version(word):
    assert re.fullmatch(r"callgate \d+\.\d+(\.\d+)?\S*\n", run_fine(word))


@pytest.mark.parametrize("words", [
    pytest.param([], id="nothing"),
    pytest.param(["nonsense"], id="unknown command"),
    pytest.param(["user"], id="half a command"),
    pytest.param(["user", "nonsense"], id="unknown second word"),
    pytest.param(["--nonsense"], id="unknown option before"),
    pytest.param(["-c"], id="-c without a file"),
    pytest.param(["check", "--nonsense"], id="unknown option"),
    pytest.param(["check", "x"], id="an argument too many"),
    pytest.param(["migrate", "x"], id="migrate with an argument"),
    pytest.param(["purge", "x"], id="purge with an argument"),
    pytest.param(["user", "list", "x"], id="list with an argument"),
    pytest.param(["user", "add"], id="add without login"),
    pytest.param(["user", "add", "a", "b"], id="add with two logins"),
    pytest.param(["user", "add", "a", "--client-id"], id="option without value"),
    pytest.param(["user", "add", "a", "--client-id=x"], id="no number"),
    pytest.param(["user", "add", "a", "--client-id=-1"], id="negative number"),
    pytest.param(["user", "add", "a", "--client-id=9223372036854775808"], id="too large a number"),
    pytest.param(["user", "add", "a", "--client-id=1", "--access=none"], id="unknown access"),
    pytest.param(["user", "add", "a", "--client-id=1", "--status=blocked"], id="option of another command"),
    pytest.param(["user", "add", "a", "--admin=perhaps"], id="neither yes nor no"),
    pytest.param(["user", "add", "a", "--admin="], id="an empty yes or no"),
    pytest.param(["user", "add", "a", "--client-id=1", "--extra-params={"], id="no JSON"),
    pytest.param(["user", "add", "a", "--client-id=1", "--name=a\nb"], id="control character"),
    pytest.param(["user", "add", "a", "--client-id=1", "--password=x"], id="password as an option"),
    pytest.param(["user", "passwd"], id="passwd without login"),
    pytest.param(["user", "import"], id="import without a file"),
    pytest.param(["user", "add", "a", "--client-id=1", "--must-change-password=perhaps"], id="a flag of no kind"),
    pytest.param(["user", "set"], id="set without login"),
])
def test_wrong_usage(words):
    count = one("SELECT count(*) FROM pbx_user")
    result = run(*words, stdin="a good password\n")
    assert result.returncode == USAGE and (result.stderr or words == []), result
    assert one("SELECT count(*) FROM pbx_user") == count


def test_wrong_usage_of_set():
    user = make_user()
    before = row_of(user.login)
    for option in ("--status=gone", "--status=", "--access=none", "--client-id=x", "--admin=x", "--extra-params=[",
                   "--nonsense"):
        failed(run("user", "set", user.login, option), USAGE)
    assert row_of(user.login) == before


# ---- settings ----

def conf_with(tmp_path, old, new):
    """The settings in use, with one line changed (or added, if `old` is empty)."""
    with open(os.environ["CALLGATE_CONF"], encoding="utf-8") as file:
        text = file.read()
    path = tmp_path / "callgate.conf"
    path.touch(0o600)
    if old:
        text, count = re.subn(old, new, text, flags=re.MULTILINE)
        assert count == 1, f"{old} in the settings: {count}"
    else:
        text += new
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("old, new, words", [
    pytest.param("", "\n[site]\nnonsense = 1\n", ["nonsense"], id="unknown setting"),
    pytest.param("", "\n[nonsense]\nurl = 1\n", ["nonsense"], id="unknown section"),
    pytest.param("", "\n[tokens]\naccess = 5 parsecs\n", ["tokens.access", "parsecs"], id="no time"),
    pytest.param("", "\n[tokens]\naccess = 1 s\n", ["tokens.access"], id="too small"),
    pytest.param("", "\n[server]\nworkers = 1000\n", ["server.workers"], id="too large"),
    pytest.param("", "\n[log]\nlevel = loud\n", ["log.level", "loud"], id="no such choice"),
    pytest.param("", "\n[tokens]\ncode = 11 min\n", ["tokens.code"], id="codes for too long"),
    pytest.param("", "\n[oauth]\nquery_credentials = yes\n", ["oauth.query_credentials", "yes"],
                 id="neither off nor on"),
    pytest.param("", "\n[cors]\norigins = https://a.example https://b.example/x\n", ["cors.origins", "b.example"],
                 id="an origin with a path"),
    pytest.param("", "\n[cors]\norigins = *\n", ["cors.origins"], id="every origin"),
    pytest.param("", "\n[throttle]\nlogin = 0\n", ["throttle.login"], id="no attempt"),
    pytest.param("", "\nno line of an INI file\n", [], id="broken line"),
    pytest.param(r"^url *=.*$", "url = ftp://callgate.example", ["site.url"], id="site.url of another scheme"),
    pytest.param(r"^url *=.*$", "url = http://callgate.example/path", ["site.url"], id="site.url with a path"),
    pytest.param(r"^url *=.*$", "", ["site.url"], id="no site.url"),
    pytest.param(r"^conninfo *=.*$", "", ["database.conninfo"], id="no database.conninfo"),
])
def test_settings_are_proved(tmp_path, old, new, words):
    text = failed(run("user", "list", conf=conf_with(tmp_path, old, new)), CANNOT, *words)
    assert "password" not in text


def test_settings_file_that_is_not_there():
    failed(run("user", "list", conf="/nonexistent/callgate.conf"), CANNOT, "/nonexistent/callgate.conf")


def test_option_before_the_environment(tmp_path):
    failed(run("-c", "/nonexistent/callgate.conf", "user", "list"), CANNOT, "/nonexistent/callgate.conf")
    run_fine("-c", os.environ["CALLGATE_CONF"], "user", "list", conf="/nonexistent/callgate.conf")
    run_fine("--conf=" + conf_with(tmp_path, "", ""), "user", "list", conf="/nonexistent/callgate.conf")


def test_the_environment_overrides_each_setting():
    failed(run("user", "list", env={"CALLGATE_TOKENS_ACCESS": "soon"}), CANNOT, "tokens.access")
    failed(run("user", "list", env={"CALLGATE_SITE_URL": "nonsense"}), CANNOT, "site.url")


AWAY = {"CALLGATE_DATABASE_CONNINFO": "host=/nonexistent dbname=x user=x password=words-of-a-secret",
        "CALLGATE_DATABASE_OWNER": "host=/nonexistent dbname=x user=x password=words-of-a-secret"}


@pytest.mark.parametrize("words", [command.split() for command in COMMANDS if command != "serve"], ids=" ".join)
def test_no_database(words):
    about = ["nobody"] if words[0] in ("user", "app") and words[1] != "list" else []
    about = ["-"] if words == ["user", "import"] else about
    options = {"user add": ["--client-id=1"], "app set": ["--level=all"], "app delete": ["--yes"]}
    result = run(*words, *about, *options.get(" ".join(words), []), stdin="login,client_id\nx,1\n" if about == ["-"] else "a good password\n", env=AWAY)
    assert result.returncode == CANNOT, result
    assert "words-of-a-secret" not in result.stdout + result.stderr
    # `check` tells its findings on stdout.
    assert "database" in (result.stdout if words == ["check"] else result.stderr)


def test_serve_where_it_may_not_listen(tmp_path):
    address = str(tmp_path / "missing" / "web.sock")
    failed(run("serve", env={"CALLGATE_SERVER_WEB_LISTEN": address}), CANNOT, "server.web_listen", address)


# ---- check ----

def test_check():
    text = run_fine("check")
    assert "FAULT" not in text and len(re.findall(r"^ok ", text, re.MULTILINE)) >= 4
    # The demonstration is plain http: said, as RFC 9700 advises against it.
    assert "note " in text and "site.url" in text and "query_credentials" not in text


def test_check_notes_what_departs():
    make_app(make_user(), type="password_credentials")
    text = run_fine("check", env={"CALLGATE_OAUTH_QUERY_CREDENTIALS": "on",
                                  "CALLGATE_CORS_ORIGINS": "https://a.example"})
    notes = [line for line in text.splitlines() if line.startswith("note ")]
    count = one("SELECT count(*) FROM app WHERE type = 'password_credentials' AND status = 'active'")
    assert [note for note in notes if "oauth.query_credentials" in note]
    assert [note for note in notes if f" {count} application" in note and "RFC 9700 2.4" in note]
    assert "cors" not in text and "FAULT" not in text


@pytest.mark.parametrize("env, words", [
    pytest.param({"CALLGATE_TEMPLATES_DIR": "BROKEN"}, ["login.html"], id="template"),
    pytest.param({"CALLGATE_LOG_TARGET": "/nonexistent/log"}, ["log.target"], id="log"),
    pytest.param({"CALLGATE_SERVER_WORKERS": "256"}, ["server.workers", "max_connections"], id="connections"),
    pytest.param({"CALLGATE_DATABASE_CONNINFO": "OWNER"}, [], id="the owner as runtime role"),
])
def test_check_names_what_is_wrong(tmp_path, env, words):
    (tmp_path / "login.html").write_text("{{#open}} {{nonsense}}", encoding="utf-8")
    values = {"BROKEN": str(tmp_path), "OWNER": os.environ["DATABASE_URL"]}
    result = run("check", env={name: values.get(value, value) for name, value in env.items()})
    if not words:
        assert result.returncode in (DONE, CANNOT), result
        return
    assert result.returncode == CANNOT, result
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("FAULT")]
    assert all(word in line for word in words), line


# ---- migrate ----

def test_migrate_again():
    before = sql("SELECT * FROM schema_migration ORDER BY number")
    assert run_fine("migrate") == "nothing to apply\n"
    assert sql("SELECT * FROM schema_migration ORDER BY number") == before


def test_migrate_at_once_on_two_hosts():
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: run("migrate"), range(4)))
    assert [result.returncode for result in results] == [DONE] * 4


def test_a_changed_old_migration_is_refused_by_name():
    (row,) = sql("SELECT name, checksum FROM schema_migration WHERE number = 1")
    sql("UPDATE schema_migration SET checksum = 'another' WHERE number = 1")
    try:
        failed(run("migrate"), CANNOT, row["name"])
        result = run("check")
        assert result.returncode == CANNOT and row["name"] in result.stdout
    finally:
        sql("UPDATE schema_migration SET checksum = %s WHERE number = 1", row["checksum"])
    run_fine("check")


def test_a_missing_role_is_told_with_the_sql_that_makes_it():
    result = run("migrate", env={"CALLGATE_DATABASE_RUNTIME_ROLE": "a role that is missing"})
    failed(result, CANNOT, 'CREATE ROLE "a role that is missing"', "GRANT")


def test_migrate_needs_the_owner():
    failed(run("migrate", env={"CALLGATE_DATABASE_OWNER": ""}), CANNOT, "database.owner")


def test_the_runtime_role_is_not_the_owner():
    """What the program runs as can neither change the audit log nor make tables."""
    conninfo = runtime_conninfo()
    for statement in ("UPDATE audit_log SET act = 'x'", "DELETE FROM audit_log", "TRUNCATE audit_log",
                      "CREATE TABLE public.own (x int)", "ALTER TABLE app ADD x int", "DROP TABLE app",
                      "UPDATE schema_migration SET checksum = 'x'"):
        connection = psycopg2.connect(conninfo)
        try:
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                connection.cursor().execute(statement)
        finally:
            connection.close()


def runtime_conninfo():
    with open(os.environ["CALLGATE_CONF"], encoding="utf-8") as file:
        return re.search(r"^conninfo *= *(.*)$", file.read(), re.MULTILINE)[1]


# ---- user add ----

def add(login, *options, password="a good password"):
    callgate.keep(password)
    return run("user", "add", login, *options, stdin=password + "\n")


def test_add_with_every_option():
    login = callgate.fresh("added")
    assert add(login, "--name=Ünïcode Name", "--email=a@example.com", "--access=read_only", "--extension-id=7",
               "--tenant-id=12", "--timezone=Europe/Moscow", '--extra-params={"a": [1, "ü"]}').returncode == DONE
    row = row_of(login)
    assert (row["name"], row["email"], row["access"], row["extension_id"], row["tenant_id"], row["timezone"]) == (
        "Ünïcode Name", "a@example.com", "read_only", 7, 12, "Europe/Moscow")
    assert row["extra_params"] == {"a": [1, "ü"]} and row["status"] == "active" and row["admin"] is False
    assert Client().sign_in(login, "a good password").location == "/app/"


@pytest.mark.parametrize("options, expected", [
    pytest.param(["--admin"], {"admin": True, "tenant_id": None}, id="administrator"),
    pytest.param(["--admin=yes"], {"admin": True}, id="administrator in words"),
    pytest.param(["--dealer-id=3"], {"dealer_id": 3, "admin": False}, id="dealer"),
    pytest.param(["--client-id", "12"], {"client_id": 12, "tenant_id": 12}, id="client"),
    pytest.param(["--extension-group-id=5", "--tenant-id=12"], {"extension_group_id": 5, "tenant_id": 12},
                 id="group"),
    pytest.param(["--extension-id=7"], {"extension_id": 7, "tenant_id": None}, id="extension"),
])
def test_add_at_every_level(options, expected):
    login = callgate.fresh("added")
    assert add(login, *options).returncode == DONE
    row = row_of(login)
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize("login", ["a", "x" * 50, "a.b_c@d+e-f", "-dash"])
def test_good_logins(login):
    login += callgate.fresh("")
    words = ["--client-id=12", "--", login] if login.startswith("-") else [login, "--client-id=12"]
    assert run("user", "add", *words, stdin="a good password\n").returncode == DONE
    row_of(login)


@pytest.mark.parametrize("login", ["", "x" * 65, "a b", "a/b", "ü", "a\nb", "<script>", "a'b"])
def test_bad_logins(login):
    failed(add(login, "--client-id=12"), REFUSED, "login")
    assert sql("SELECT 1 FROM pbx_user WHERE login = %s", login) == []


@pytest.mark.parametrize("options", [
    pytest.param([], id="no level"),
    pytest.param(["--client-id=1", "--dealer-id=1"], id="two levels"),
    pytest.param(["--admin", "--client-id=1"], id="administrator with a level"),
    pytest.param(["--client-id=0"], id="level 0"),
    pytest.param(["--client-id=1", "--tenant-id=2"], id="client of another client"),
])
def test_bad_levels(options):
    login = callgate.fresh("added")
    failed(add(login, *options), REFUSED)
    assert sql("SELECT 1 FROM pbx_user WHERE login = %s", login) == []


@pytest.mark.parametrize("password, code", [
    pytest.param("1234567", REFUSED, id="7 characters"),
    pytest.param("ü" * 7, REFUSED, id="7 characters of two bytes"),
    pytest.param("zq4v8w1t", DONE, id="8 characters"),
    pytest.param("x" * 128, DONE, id="128 characters"),
    pytest.param("🔑" * 120, DONE, id="120 characters of four bytes"),
    pytest.param("x" * 129, REFUSED, id="129 characters"),
    pytest.param("", REFUSED, id="empty line"),
    pytest.param("x" * 5000, USAGE, id="far too long"),
])
def test_length_of_passwords(password, code):
    login = callgate.fresh("added")
    result = run("user", "add", login, "--client-id=12", stdin=password + "\n")
    assert result.returncode == code, result
    assert len(password) < 8 or password not in result.stdout + result.stderr
    if code == DONE:
        assert Client().sign_in(login, password).location == "/app/"


@pytest.mark.parametrize("stdin", ["a good password", "a good password\r\n", "a good password\nanother line\n"],
                         ids=["no newline", "CR LF", "more lines"])
def test_the_password_is_the_first_line(stdin):
    login = callgate.fresh("added")
    run_fine("user", "add", login, "--client-id=12", stdin=stdin)
    assert Client().sign_in(login, "a good password").location == "/app/"


def test_no_password_at_all():
    failed(run("user", "add", callgate.fresh("added"), "--client-id=12", stdin=""), USAGE, "password")


def test_a_login_that_is_taken():
    user = make_user()
    before = row_of(user.login)
    failed(add(user.login, "--client-id=13"), REFUSED, "already")
    assert row_of(user.login) == before


# ---- user passwd ----

def password_tokens(app, user):
    answer = token_request({"grant_type": "password", "client_id": app.app_id, "client_secret": app.secret,
                            "username": user.login, "password": user.password})
    assert answer.status == 200, answer
    return answer.json


def refresh(app, token):
    return token_request({"grant_type": "refresh_token", "client_id": app.app_id, "client_secret": app.secret,
                          "refresh_token": token})


def test_passwd():
    user = make_user()
    client, token = signed_in(user), make_token(make_app(user))
    app = make_app(make_user(), type="password_credentials")
    held = password_tokens(app, user)
    callgate.keep("quite another password")
    run_fine("user", "passwd", user.login, stdin="quite another password\n")
    # What the user's own program holds by its own secret stays.
    assert not client.is_signed_in and api(token).status == 200
    assert api(held["access_token"]).status == 401
    assert refresh(app, held["refresh_token"]).status == 401
    assert Client().sign_in(user.login, user.password).status == 403
    assert Client().sign_in(user.login, "quite another password").location == "/app/"


def test_passwd_refuses():
    user = make_user()
    before = row_of(user.login)
    failed(run("user", "passwd", user.login, stdin="short\n"), REFUSED, "8")
    failed(run("user", "passwd", callgate.fresh("nobody"), stdin="a good password\n"), REFUSED)
    failed(run("user", "passwd", user.login, stdin=""), USAGE)
    assert row_of(user.login) == before


# ---- user set ----

def test_set_changes_what_is_named_and_nothing_else():
    user = make_user(name="Before", email="before@example.com")
    before = row_of(user.login)
    run_fine("user", "set", user.login, "--name=After", "--timezone=Asia/Tokyo")
    assert row_of(user.login) == {**before, "name": "After", "timezone": "Asia/Tokyo"}
    run_fine("user", "set", user.login, "--name=")
    assert row_of(user.login)["name"] == ""


def test_set_writes_no_audit_row_where_nothing_changes():
    user = make_user(name="Same", extra_params='{"a": 1}')
    for _ in range(2):
        run_fine("user", "set", user.login, "--name=Same", "--client-id=12", '--extra-params={ "a":1 }')
    assert audit_rows(act="user.set", object_id=user.login) == []
    run_fine("user", "set", user.login, "--name=Another")
    (row,) = audit_rows(act="user.set", object_id=user.login)
    assert row["actor_id"] is None and row["actor_login"].startswith("shell:")


def test_set_status():
    user = make_user()
    client, token = signed_in(user), make_token(make_app(user))
    run_fine("user", "set", user.login, "--status=blocked")
    assert not client.is_signed_in and api(token).status == 401
    assert Client().sign_in(user.login, user.password).status == 403
    run_fine("user", "set", user.login, "--status=active")
    assert Client().sign_in(user.login, user.password).location == "/app/"


@pytest.mark.parametrize("options, expected", [
    pytest.param(["--extension-id=7"], {"client_id": None, "extension_id": 7, "tenant_id": 12}, id="another level"),
    pytest.param(["--client-id=13"], {"client_id": 13, "tenant_id": 13}, id="another client"),
    pytest.param(["--admin"], {"client_id": None, "admin": True}, id="administrator"),
    pytest.param(["--access=read_only"], {"access": "read_only", "client_id": 12}, id="access"),
])
def test_set_level(options, expected):
    user = make_user()
    run_fine("user", "set", user.login, *options)
    row = row_of(user.login)
    assert {name: row[name] for name in expected} == expected


def test_set_refuses():
    user = make_user()
    before = row_of(user.login)
    failed(run("user", "set", callgate.fresh("nobody"), "--name=x"), REFUSED)
    failed(run("user", "set", user.login, "--client-id=1", "--dealer-id=2"), REFUSED)
    failed(run("user", "set", user.login, "--admin", "--client-id=1"), REFUSED)
    assert row_of(user.login) == before


# ---- user list ----

def test_list():
    user = make_user(access="read_only", name="Listed", status="blocked")
    lines = run_fine("user", "list").splitlines()
    assert lines[0].split() == ["LOGIN", "LEVEL", "STATUS", "ACCESS", "NAME"]
    (line,) = [line for line in lines if line.startswith(user.login)]
    assert line.split() == [user.login, "client", "12", "blocked", "read_only", "Listed"]
    logins = [line.split()[0] for line in lines[1:]]
    assert len(logins) == one("SELECT count(*) FROM pbx_user")


def test_list_keeps_tricks_from_the_terminal():
    user = make_user(name="a\x1b[2J\u202e\x9bü")
    (line,) = [line for line in run_fine("user", "list").splitlines() if line.startswith(user.login)]
    assert line.endswith(" a?[2J??ü")


def test_list_as_json():
    user = make_user(name="Ünïcode")
    objects = {row["login"]: row for row in map(json.loads, run_fine("user", "list", "--json").splitlines())}
    row = objects[user.login]
    assert (row["id"], row["name"], row["status"], row["access"], row["admin"], row["client_id"]) == (
        user.id, "Ünïcode", "active", "full", False, 12)
    assert "password_hash" not in row and not any("$y$" in str(value) for value in row.values())


# ---- purge ----

PURGED = re.compile(r"deleted (\d+) sessions, (\d+) codes, (\d+) grants, (\d+) counts of failed attempts\n"
                    r"access token partitions: made (\d+), dropped (\d+)\n")


def purge():
    return tuple(map(int, PURGED.fullmatch(run_fine("purge")).groups()))


def test_purge_deletes_what_has_ended_and_nothing_else():
    user = make_user()
    app = make_app(user, type="password_credentials")
    ended, live = password_tokens(app, user), password_tokens(app, user)
    idle = password_tokens(app, user)
    token = make_token(make_app(user))
    gone, here = signed_in(user), signed_in(user)
    grant_of = "SELECT grant_id FROM refresh_token WHERE token = %s"
    sql(f"UPDATE token_grant SET revoked_at = now() - interval '25 hours' WHERE id = ({grant_of})",
        callgate.digest(ended["refresh_token"]))
    sql(f"UPDATE token_grant SET used_at = now() - interval '31 days' WHERE id = ({grant_of})",
        callgate.digest(idle["refresh_token"]))
    sql("UPDATE session SET expires_at = now() - interval '1 second' WHERE token = %s",
        callgate.digest(next(iter(gone.cookies.values()))))
    old, new = callgate.digest(callgate.fresh("old")), callgate.digest(callgate.fresh("new"))
    sql("INSERT INTO throttle VALUES (%s, 3, now() - interval '1 second'), (%s, 3, now() + interval '1 hour')",
        old, new)
    purge()
    assert one("SELECT count(*) FROM session WHERE user_id = %s", user.id) == 1
    assert one("SELECT count(*) FROM token_grant WHERE user_id = %s", user.id) == 1
    assert [bytes(row["key"]) for row in sql("SELECT key FROM throttle WHERE key IN (%s, %s)", old, new)] == [new]
    assert here.is_signed_in and not gone.is_signed_in
    assert api(token).status == api(live["access_token"]).status == 200
    assert refresh(app, live["refresh_token"]).status == 200
    for tokens in (ended, idle):
        assert api(tokens["access_token"]).status == 401 and refresh(app, tokens["refresh_token"]).status == 401
    assert purge()[:3] == (0, 0, 0)


def test_purge_says_how_much():
    """Unless a worker, which does the same now and then, was faster."""
    def said():
        user = make_user()
        signed_in(user)
        sql("UPDATE session SET expires_at = now() - interval '1 second' WHERE user_id = %s", user.id)
        sql("INSERT INTO throttle VALUES (%s, 3, now() - interval '1 second')", callgate.digest(callgate.fresh("old")))
        password_tokens(make_app(user, type="password_credentials"), user)
        sql("UPDATE token_grant SET revoked_at = now() - interval '25 hours' WHERE user_id = %s", user.id)
        sessions, _, grants, throttles, _, _ = purge()
        return (sessions, grants, throttles) == (1, 1, 1)

    purge()
    callgate.wait_for(said, "one of each")


def test_purge_keeps_a_revoked_grant_for_a_day():
    """For whoever looks into what was used twice."""
    user = make_user()
    password_tokens(make_app(user, type="password_credentials"), user)
    sql("UPDATE token_grant SET revoked_at = now() - interval '23 hours' WHERE user_id = %s", user.id)
    purge()
    assert one("SELECT count(*) FROM token_grant WHERE user_id = %s", user.id) == 1


def test_purge_keeps_codes_for_a_day():
    """What a code has given can be ended by its second use for so long."""
    user = make_user()
    app = make_app(user, type="public")
    permission = one("INSERT INTO permission (app, user_id, level, redirect_urls, generation)"
                     " SELECT id, owner_id, level, '{}', generation FROM app WHERE app_id = %s RETURNING id",
                     app.app_id)
    codes = {hours: callgate.digest(callgate.fresh("code")) for hours in (25, 23)}
    for hours, code in codes.items():
        sql("INSERT INTO auth_code (code, app, user_id, permission, level, redirect_url, redirect_sent, generation,"
            "                       expires_at)"
            " SELECT %s, app, user_id, id, level, '', false, generation, now() - %s * interval '1 hour'"
            " FROM permission WHERE id = %s", code, hours, permission)
    assert purge()[1] >= 1
    assert [bytes(row["code"]) for row in sql("SELECT code FROM auth_code WHERE permission = %s", permission)] == [
        codes[23]]


def partitions():
    return {row["relname"] for row in sql(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " WHERE i.inhparent = 'access_token'::regclass")}


def test_purge_makes_the_missing_partitions_and_drops_the_old():
    purge()
    before = partitions()
    last = max(before)
    sql(f"DROP TABLE {last}")
    sql("CREATE TABLE access_token_2020010100 PARTITION OF access_token FOR VALUES FROM ('2020-01-01 00:00Z')"
        " TO ('2020-01-01 06:00Z')")
    assert purge()[4:] == (1, 1)
    assert partitions() == before
    assert purge()[4:] == (0, 0)
