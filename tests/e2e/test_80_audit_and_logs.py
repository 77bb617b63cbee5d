# test_80_audit_and_logs.py - what is written down: one access line a request, one audit row a
# security-relevant act, and nowhere a secret. conftest.py lets this file run last: it looks for
# everything that granted access in the whole run.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import os
import re
import resource
import secrets
import signal
import subprocess
import tempfile
from urllib.parse import quote

import pytest

import callgate
from callgate import (API, FIELDS, Client, api, audit_rows, make_admin, make_app, make_token,
                      make_user, really_signed_in, register, registered, run_fine, send, signed_in,
                      sql, token_request, wait_for)
from running import KILLED

LOGS = os.environ["CALLGATE_TEST_LOGS"]
REQUEST_ID = re.compile(r"[0-9a-f]{16}")
ADDRESSES = {"127.0.0.1", "::1"}

# Errors that other tests provoke; test_no_other_errors() finds all others.
PROVOKED = {
    "a password hash can't be used": "test_30_login.py: a hash of no known kind",
    "no database connection": "test_70_database_away.py: PostgreSQL is stopped",
    "database connection lost": "test_66_gate_faults.py: PostgreSQL is stopped in the middle of a statement",
    "worker died": "test_66_gate_faults.py: killed, and no others: test_nothing_crashed()",
}


def log_files():
    files = [os.path.join(folder, name) for folder, _, names in os.walk(LOGS) for name in names]
    assert files, f"there are no logs in {LOGS}"
    return files


def log_bytes():
    found = {}
    for path in log_files():
        with open(path, "rb") as file:
            found[path] = file.read()
    return found


def fields_of(line):
    """name=value pairs in their order; values with blanks are quoted."""
    pairs, rest = [], line.rstrip("\n")
    while rest:
        match = re.match(r'([a-z_]+)=(?:"((?:[^"\\]|\\.)*)"|([^ "]*))(?: |$)', rest)
        assert match, f"not name=value pairs: {line!r}"
        pairs.append((match[1], match[3] if match[2] is None else match[2]))
        rest = rest[match.end():]
    return dict(pairs), [name for name, _ in pairs]


def lines(*parts):
    """The program's log lines that hold all parts."""
    found = []
    for path, data in log_bytes().items():
        if os.path.basename(path).startswith("callgate"):
            found += [line for line in data.decode("utf-8").splitlines() if all(part in line for part in parts)]
    return found


def access_line(path, count=1):
    """Fields of the one access line (the last of `count`) of a request for this path."""
    # The line is written once the answer has gone out.
    def written():
        return [line for line in lines(f"path={path} ") if " what=" not in line]

    wait_for(lambda: len(written()) >= count, f"{count} access lines of {path}")
    assert len(written()) == count
    return fields_of(written()[-1])


# ---- access lines ----

ACCESS = ["time", "id", "addr", "method", "path", "status", "ms", "route", "app", "user"]


def test_an_access_line_has_these_fields():
    word = secrets.token_hex(8)
    answer = send("GET", f"/{word}?secret=words-in-the-query")
    assert answer.status == 404
    fields, names = access_line(f"/{word}")
    assert names == [name for name in ACCESS if name in names] and set(ACCESS[:7]) <= set(names)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", fields["time"])
    assert REQUEST_ID.fullmatch(fields["id"]) and re.fullmatch(r"\d+\.\d", fields["ms"])
    assert fields["addr"] in ADDRESSES
    assert (fields["method"], fields["path"], fields["status"]) == ("GET", f"/{word}", "404")
    assert not lines("words-in-the-query")


def test_one_line_a_request():
    for method in ("GET", "POST", "OPTIONS"):
        word = secrets.token_hex(8)
        for number in range(1, 4):
            send(method, f"/{word}", b"" if method == "POST" else None)
            assert access_line(f"/{word}", number)[0]["method"] == method


def test_route_app_and_user():
    user = make_user()
    client, app = signed_in(user), make_app(user)
    client.get(f"/app/{app.app_id}/")
    fields, _ = access_line(f"/app/{app.app_id}/")
    assert (fields["route"], fields["status"]) == ("/app/{}/", "200")
    assert (fields["app"], fields["user"]) == (app.app_id, user.login)


def test_the_api_names_app_and_user():
    user = make_user()
    app = make_app(user)
    token = make_token(app)
    assert api(token).status == 200
    issued = wait_for(lambda: lines("path=/oauth/token ", f"app={app.app_id}"), "the token's line")
    read = wait_for(lambda: lines(f"path={API}/user/ ", f"app={app.app_id}"), "the user's line")
    assert len(issued) == len(read) == 1
    assert fields_of(issued[0])[0]["route"] == "/oauth/token"
    fields = fields_of(read[0])[0]
    assert (fields["route"], fields["user"], fields["status"]) == ("/user/", user.login, "200")


@pytest.mark.parametrize("rest", ["%0atime=now%20status=200", '"%20user=admin', "\x1b[2J", "\xff", "x" * 3000],
                         ids=["escaped newline", "quote", "terminal", "no UTF-8", "long"])
def test_a_path_forges_no_line(rest):
    word = secrets.token_hex(8)
    callgate.exchange(callgate.head_bytes("GET", f"/{word}{rest}", [("Host", callgate.AUTHORITY),
                                                                    ("Connection", "close")]))
    # The next one is there, so the one before would be.
    send("GET", f"/{word}-after")
    access_line(f"/{word}-after")
    for line in lines(word):
        fields, names = fields_of(line)
        assert len(names) == len(set(names)) and fields["path"].startswith(f"/{word}")
        assert len(line) < 1000 and line.isprintable()


def test_the_id_on_an_error_page_is_in_the_log():
    word = secrets.token_hex(8)
    answer = Client().get(f"/{word}")
    assert access_line(f"/{word}")[0]["id"] in answer.page.one("p", class_="request").text


def test_an_event_line_has_these_fields():
    user = make_user()
    client, app = signed_in(make_user(client_id=13, tenant_id=13)), make_app(user)
    assert client.get(f"/app/{app.app_id}/").status == 404
    (line,) = wait_for(lambda: lines("what=", app.app_id), "the event")
    fields, names = fields_of(line)
    assert names[:4] == ["time", "level", "id", "what"] and fields["level"] == "warning"
    assert access_line(f"/app/{app.app_id}/")[0]["id"] == fields["id"]


# ---- audit ----

def the_row(**wanted):
    rows = audit_rows(**wanted)
    assert len(rows) == 1, rows
    (row,) = rows
    return row


def by_web(row, user):
    assert (row["actor_id"], row["actor_login"]) == (user.id, user.login), row
    assert row["address"] in ADDRESSES and REQUEST_ID.fullmatch(row["request_id"]), row
    # The request it came from is in the log.
    assert wait_for(lambda: lines(f"id={row['request_id']} ", "status="), "the request's line")
    return row


def test_sign_in_and_out():
    user = make_user()
    client = really_signed_in(user)
    row = by_web(the_row(act="sign_in", object_id=user.login), user)
    assert row["object_kind"] == "user"
    client.get("/app/")
    assert client.post("/logout").status == 303
    by_web(the_row(act="sign_out", actor_login=user.login), user)
    # Once is once, and signing out nobody is nothing.
    client.post("/logout")
    Client().post("/logout")
    the_row(act="sign_out", actor_login=user.login)
    assert len(audit_rows(actor_login=user.login)) == 2


def test_refused_sign_in():
    user = make_user()
    Client().post("/login", {"username": user.login, "password": "wrong"})
    row = the_row(act="sign_in.refused", object_id=user.login)
    assert row["actor_id"] is None and row["object_kind"] == "user" and row["address"] in ADDRESSES
    assert REQUEST_ID.fullmatch(row["request_id"])


def test_refused_sign_in_of_a_blocked_user():
    user = make_user(status="blocked")
    Client().post("/login", {"username": user.login, "password": user.password})
    the_row(act="sign_in.refused", object_id=user.login)
    assert audit_rows(act="sign_in", object_id=user.login) == []


def test_refused_sign_in_of_nobody():
    """Counted, but without what was typed: people type passwords into the wrong field."""
    typed = "my-password-" + secrets.token_hex(8)
    callgate.keep(typed)
    last = callgate.one("SELECT coalesce(max(id), 0) FROM audit_log")
    Client().post("/login", {"username": typed, "password": "wrong"})
    (row,) = sql("SELECT * FROM audit_log WHERE id > %s", last)
    assert row["act"] == "sign_in.refused" and row["object_id"] == "" and row["actor_login"] == ""


def test_register():
    user = make_user()
    client = signed_in(user)
    app = registered(register(client, name="Audited", type="trusted"))
    row = by_web(the_row(act="app.register", object_id=app.app_id), user)
    assert row["object_kind"] == "app"
    assert row["detail"] == {"name": "Audited", "type": "trusted", "level": "call_api", "native": False}


def test_refused_register():
    user = make_user()
    client = signed_in(user)
    assert client.post("/app/register", {**FIELDS, "level": "all"}).status == 403
    row = by_web(the_row(act="app.register.refused", actor_login=user.login), user)
    assert row["detail"] == {"type": "public", "level": "all"}


def test_what_an_administrator_sets_is_on_record():
    admin = make_admin()
    app = registered(register(signed_in(admin), type="password_credentials", level="all"))
    row = by_web(the_row(act="app.register", object_id=app.app_id), admin)
    assert row["detail"]["type"] == "password_credentials" and row["detail"]["level"] == "all"


def test_users_by_command():
    login = callgate.fresh("audited")
    run_fine("user", "add", login, "--client-id=12", stdin="a good password\n")
    run_fine("user", "set", login, "--status=blocked")
    run_fine("user", "passwd", login, stdin="another good password\n")
    for act in ("user.add", "user.set", "user.password"):
        row = the_row(act=act, object_id=login)
        assert row["object_kind"] == "user" and row["actor_id"] is None
        assert row["actor_login"].startswith("shell:")
    detail = the_row(act="user.set", object_id=login)["detail"]
    assert detail == {"before": {"status": "active"}, "after": {"status": "blocked"}}


def test_reading_and_tokens_are_not_acts():
    """Issuing and refusing tokens is counted elsewhere; pages change nothing."""
    user = make_user()
    client, app = signed_in(user), make_app(user)
    last = callgate.one("SELECT max(id) FROM audit_log")
    api(make_token(app))
    token_request({"grant_type": "client_credentials", "client_id": app.app_id, "client_secret": "x"})
    for target in ("/app/", "/app/register", f"/app/{app.app_id}/", "/nothing"):
        client.get(target)
    assert sql("SELECT * FROM audit_log WHERE id > %s AND act NOT LIKE 'sign%%'", last) == []


# ---- nowhere a secret ----

def database_text():
    """Every row of every table, as text."""
    tables = [row["name"] for row in sql("SELECT quote_ident(tablename) AS name FROM pg_tables"
                                         " WHERE schemaname = 'public'")]
    assert {"app", "app_secret", "pbx_user", "session", "access_token", "audit_log"} <= set(tables)
    rows = [str(row["t"]) for table in tables for row in sql(f"SELECT t::text AS t FROM {table} t")]
    return "\n".join(rows)


@pytest.fixture(scope="module")
def app_in_use():
    """However few tests run, there are a password, a session, a secret and a token to look for."""
    user = make_user()
    client = really_signed_in(user)
    app = registered(register(client, type="trusted"))
    token = make_token(app)
    assert api(token).status == 200
    words = {user.password, app.secret, token, *client.cookies.values()}
    assert len(words) == 4 and words <= callgate.SEEN
    return app


def spellings(word):
    return {word, quote(word, safe=""), word.encode().hex()}


def seen_in(data):
    """The beginnings of the secrets that are in there; by grep, which looks for all of them at once."""
    words = {spelling.encode(): word for word in callgate.SEEN for spelling in spellings(word)}
    assert not any(b"\n" in spelling or not spelling for spelling in words)
    with tempfile.NamedTemporaryFile() as patterns:
        patterns.write(b"\n".join(words) + b"\n")
        patterns.flush()
        result = subprocess.run(["grep", "-a", "-o", "-F", "-f", patterns.name], input=data, stdout=subprocess.PIPE,
                                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"}, check=False)
    assert result.returncode in (0, 1), result
    return {words[line][:4] + "…" for line in result.stdout.splitlines()}


def test_71_what_looks_for_secrets_finds_them(app_in_use):
    word = app_in_use.secret
    for spelling in spellings(word):
        assert seen_in(f"a line\nand x{spelling}y in the next\n".encode()) == {word[:4] + "…"}
    assert seen_in(word[1:].encode()) == set()


def test_71_no_secret_in_any_log(app_in_use):
    found = log_bytes()
    assert any(app_in_use.app_id.encode() in data for data in found.values()), "these are not the logs"
    assert {path: seen for path, data in found.items() if (seen := seen_in(data))} == {}


def test_71_no_secret_in_the_database(app_in_use):
    text = database_text()
    assert app_in_use.app_id in text and callgate.digest(app_in_use.secret).hex() in text
    assert seen_in(text.encode()) == set()


def test_71_no_secret_is_an_argument(app_in_use):
    """Anybody on the machine can list processes."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
                name = file.read().strip()
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                arguments = file.read()
        except OSError:
            continue
        if name in ("callgate", "lighttpd", "apache2", "postgres"):
            assert not [word for word in callgate.SEEN if word.encode() in arguments], name


def test_71_a_crash_leaves_no_core(tmp_path):
    """Words that passed would be in there: passwords, secrets, tokens."""
    def may_leave_one():
        _, most = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (most, most))

    sockets = {f"CALLGATE_SERVER_{pool}_LISTEN": str(tmp_path / pool) for pool in ("WEB", "GATE")}
    process = subprocess.Popen([callgate.BINARY, "serve"], cwd=tmp_path, preexec_fn=may_leave_one,
                               stdin=subprocess.DEVNULL,
                               env={**os.environ, **sockets, "CALLGATE_LOG_TARGET": str(tmp_path / "log")})
    wait_for(lambda: b"worker started" in (tmp_path / "log").read_bytes() if (tmp_path / "log").exists() else False,
             "callgate serve runs")
    process.send_signal(signal.SIGABRT)
    _, status = os.waitpid(process.pid, 0)
    process.returncode = -signal.SIGABRT
    assert os.WTERMSIG(status) == signal.SIGABRT and not os.WCOREDUMP(status)
    assert list(tmp_path.glob("*core*")) == []


# ---- nothing went wrong unseen ----

ALARMS = [b"panic", b"AddressSanitizer", b"LeakSanitizer", b"runtime error:", b"Segmentation fault", b"worker died",
          b"Assertion", b"what=fatal", b"core dumped"]


def is_of_a_killed_worker(line):
    match = re.search(rb'what="worker died" .* how="signal 9', line)
    return match and int(re.search(rb" pid=(\d+)", line)[1]) in KILLED


def is_of_apache_itself(line):
    """A child of Apache's own, seen once under load. The program is none: mod_fcgid tells of its ends otherwise."""
    return re.search(rb"AH0005[12]: child (pid|process) \d+ .*exit signal", line)


def test_nothing_crashed():
    seen = {(path, alarm) for path, data in log_bytes().items() for line in data.splitlines() for alarm in ALARMS
            if alarm in line and not is_of_a_killed_worker(line) and not is_of_apache_itself(line)}
    assert seen == set()


def test_no_other_errors():
    """Every error line was provoked by a test that says so."""
    whats = {fields_of(line)[0]["what"] for line in lines(" level=error ")}
    assert whats - set(PROVOKED) == set()
