# test_30_login.py - signing in and out: where it leads, whom it refuses and how alike, how long a
# session lives, and that nothing but a session signs anybody in.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import html
import os
from urllib.parse import parse_qs, quote, urlsplit

import pytest

import callgate
from callgate import COOKIE, URL, Client, make_user, really_signed_in, sql
from running import processes


@pytest.fixture
def member():
    user = make_user()
    return user, really_signed_in(user)


def cookie_of(client):
    return client.cookies[COOKIE]


def with_cookie(value):
    client = Client()
    client.cookies[COOKIE] = value
    return client


# ---- where a sign-in leads ----

@pytest.mark.parametrize("method, target, back", [
    pytest.param("GET", "/app/", "/app/", id="list"),
    pytest.param("GET", "/app", "/app", id="list without slash"),
    pytest.param("HEAD", "/app/", "/app/", id="HEAD"),
    pytest.param("GET", "/app/?before=7&x=%C3%BC+%26", "/app/?before=7&x=%C3%BC+%26", id="query"),
    pytest.param("GET", "/app/register", "/app/register", id="form"),
    pytest.param("GET", f"/app/{'0' * 32}/", f"/app/{'0' * 32}/", id="page"),
    pytest.param("POST", "/app/register?x=1", "/app/register", id="sent form"),
])
def test_stranger_is_sent_to_sign_in(client, method, target, back):
    body = callgate.encode(callgate.FIELDS) if method == "POST" else None
    answer = client.send(method, target, body, {"Content-Type": callgate.FORM_TYPE} if body else {})
    where = urlsplit(answer.location)
    assert where.path == "/login"
    assert parse_qs(where.query, strict_parsing=True) == {"next": [back]}
    assert client.follow(answer).form("username", "password").fields["next"] == back


def test_front_door_leads_to_the_list(client):
    assert client.get("/").location == "/app/"


OWN_PATHS = [
    pytest.param("/app/register", id="form"),
    pytest.param("/app/?before=7", id="query"),
    pytest.param("/app/?q=%C3%BC%26%2B+x", id="escapes kept"),
    pytest.param("/app/#main", id="fragment"),
    pytest.param("/app/" + "x" * 1900, id="long"),
]


@pytest.mark.parametrize("path", OWN_PATHS)
def test_sign_in_returns_to_where_it_was_going(member, path):
    user, _ = member
    client = Client()
    assert client.sign_in(user.login, user.password, "/login?next=" + quote(path, safe="")).location == path
    assert client.get("/login?next=" + quote(path, safe="")).location == path


def test_a_redirect_is_an_address_whatever_next_holds(member):
    user, client = member
    answer = client.get("/login?next=" + quote('/app/ü "x', safe=""))
    assert answer.all("Location") == [URL + "/app/%C3%BC%20%22x"]


def test_next_in_the_address_counts_without_the_field(member):
    user, _ = member
    answer = Client().post("/login?next=%2Fapp%2Fregister", {"username": user.login, "password": user.password})
    assert answer.location == "/app/register"


FOREIGN = {
    "empty": "",
    "host": "//evil.example",
    "three slashes": "///evil.example",
    "backslash": "/\\evil.example",
    "two backslashes": "\\\\evil.example",
    "https": "https://evil.example/",
    "scheme without slashes": "https:evil.example",
    "javascript": "javascript:alert(1)",
    "data": "data:text/html,x",
    "relative": "app/",
    "bare host": "evil.example",
    "blank before": " //evil.example",
    "tab between slashes": "/\t/evil.example",
    "newline between slashes": "/\n/evil.example",
    "CR LF header": "/app/\r\nSet-Cookie: a=b",
    "own address at another host": URL + "@evil.example/",
    "own address as a name": URL + ".evil.example/",
}


@pytest.mark.parametrize("path", FOREIGN.values(), ids=FOREIGN.keys())
def test_sign_in_never_leads_elsewhere(shared_member, path):
    _, client = shared_member
    target = "/login?next=" + quote(path, safe="")
    answer = client.get(target)
    assert answer.all("Set-Cookie") == []
    if answer.status == 400 and not path.isprintable():
        return  # lighttpd takes no control characters at all
    assert answer.location == "/app/"
    assert Client().get(target).form("username").fields["next"] == "/app/"


# One real sign-in costs a hash, so the field is tried with the worst only.
@pytest.mark.parametrize("name", ["host", "backslash", "https", "CR LF header", "tab between slashes"])
def test_a_forged_next_field_leads_nowhere(member, name):
    user, _ = member
    answer = Client().post("/login", {"username": user.login, "password": user.password,
                                      "next": FOREIGN[name]})
    assert answer.location == "/app/"
    assert [line for line in answer.all("Set-Cookie") if line.startswith("a=")] == []


# ---- whom it refuses, and how alike ----

def block(user):
    callgate.run_fine("user", "set", user.login, "--status=blocked")


def escape(text):
    return html.escape(text).replace("&#x27;", "&#39;")


def refusals(user):
    """Every kind of attempt that must be refused: login, password, what is wrong with it."""
    blocked, wordless, garbled = make_user(), make_user(password_hash=None), make_user(password_hash="*")
    block(blocked)
    return {
        "unknown login": (callgate.fresh("nobody"), user.password),
        "wrong password": (user.login, user.password + "x"),
        "blocked": (blocked.login, blocked.password),
        "no password set": (wordless.login, wordless.password),
        "unusable hash": (garbled.login, garbled.password),
        "empty password": (user.login, ""),
        "both empty": ("", ""),
        "blank behind the password": (user.login, user.password + " "),
        "cut password": (user.login, user.password[:-1]),
        "SQL": ("' OR '1'='1", "' OR '1'='1"),
        "pattern": (user.login[:-1] + "%", user.password),
        "long login": ("x" * 5000, user.password),
        "long password": (user.login, "x" * 5000),
    }


def test_67_refusals_are_alike(member):
    user, _ = member
    seen = {}
    for kind, (login, password) in refusals(user).items():
        client = Client()
        answer = client.sign_in(login, password)
        assert client.cookies == {} and answer.get("Location") is None, kind
        assert answer.form("username", "password").fields["username"] == login.strip(), kind
        assert "login" in answer.page.one(id="login-error").text, kind
        headers = sorted(h for h in answer.headers if h[0] not in ("date", "content-length"))
        body = answer.text.replace(f'value="{escape(login.strip())}"', "LOGIN")
        seen[kind] = (answer.status, headers, body)
    reference = seen["wrong password"]
    assert reference[0] == 403
    assert {kind: what for kind, what in seen.items() if what != reference} == {}


def ticks_of(server):
    """What its processes have computed so far, whatever else the machine does meanwhile."""
    spent = 0
    for pid, (_, parent) in processes().items():
        if parent == server.process.pid:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
                user_mode, system_mode = file.read().rpartition(")")[2].split()[11:13]
            spent += int(user_mode) + int(system_mode)
    return spent


def test_67_refusals_take_the_time_of_a_hash(member):
    user, _ = member
    blocked = make_user()
    block(blocked)
    attempts = {
        "wrong password": (user.login, "wrong"),
        "unknown login": (callgate.fresh("nobody"), "wrong"),
        "blocked": (blocked.login, blocked.password),
    }
    spent = {}
    with callgate.Server(CALLGATE_SERVER_WORKERS="1") as server:
        for kind, (login, password) in attempts.items():
            before = ticks_of(server)
            for _ in range(6):
                assert server.post("/login", {"username": login, "password": password}).status == 403
            spent[kind] = ticks_of(server) - before
    assert max(spent.values()) < 2 * min(spent.values()), spent
    # Pages without a hash are nowhere near.
    assert min(spent.values()) / os.sysconf("SC_CLK_TCK") > 6 * 0.02, spent


def test_password_is_taken_as_typed():
    login, password = callgate.fresh("user"), "  blanks + % & \" ü € 🔑 "
    callgate.run_fine("user", "add", login, "--client-id=12", stdin=password + "\n")
    assert Client().sign_in(login, password).location == "/app/"
    assert Client().sign_in(login, password.strip()).status == 403


@pytest.mark.parametrize("login", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>',
                                   "' onfocus='alert(1)", "{{site_name}}", "{{#signed_in}}", "&lt;b&gt;"])
def test_the_login_is_shown_as_text(client, login):
    answer = client.post("/login", {"username": login, "password": "x"})
    assert answer.status == 403 and answer.form("username").fields["username"] == login
    assert answer.page.all("script", "img") == []


# Of "an old password, ü", by crypt(3).
OLD_PASSWORD = "an old password, ü"
OLD_HASHES = {
    "$6$": "$6$callgatee2esalt$J0pVZv9iVSoPOROYIj6MOUXR4XsByOLigi.BWBfBk8wUH4GzRNBqffMrX97gOi2G/b1cPGb3"
           "LEz6cEaTuGoA/.",
    "$6$rounds": "$6$rounds=2000$callgatee2esalt$Us5ZvSlqufNkeQdEHB3f6TFZFoqPzmPo.btfgqAiJVodFX6zbJKAdlUF"
                 "i88eLzh3rDISafBrv60oTHEn1Gj1U0",
    "$2b$": "$2b$05$W0DqZEbfbESeXRHjGFLfZ.7dKr03fFUCqElqjxGyheWuybFUkWNuK",
    "$y$ of lower cost": "$y$j9T$X34PgRKMoJ46Z7HNUALMg/$qX3Pn1t2VaTP1yxENzanNbX/EJRJmUFHgnYJ/EWa1w/",
    "$7$": "$7$BU..../....X34PgRKMoJ46Z7HNUALMg/$xz2F64nTv7c8uG6.yJN/T8/AcIDWUUQ9MIfveQAJezD",
}


@pytest.mark.parametrize("stored", OLD_HASHES.values(), ids=OLD_HASHES.keys())
def test_hashes_of_the_pbx_work_and_are_renewed(stored):
    user = make_user(password_hash=stored)._replace(password=OLD_PASSWORD)
    setting = callgate.default_hash().rsplit("$", 2)[0]
    assert not stored.startswith(setting)
    assert Client().sign_in(user.login, "wrong").status == 403
    assert hash_of(user) == stored
    client = really_signed_in(user)
    renewed = hash_of(user)
    assert renewed.startswith(setting + "$")
    # It is no change of password: nobody is signed out, and no such act is on record.
    assert client.is_signed_in
    assert callgate.audit_rows(act="user.password", object_id=user.login) == []
    really_signed_in(user)
    assert hash_of(user) == renewed


def hash_of(user):
    return callgate.one("SELECT password_hash FROM pbx_user WHERE id = %s", user.id)


# ---- the session ----

def test_cookie(member):
    user, _ = member
    client = Client()
    (line,) = client.sign_in(user.login, user.password).all("Set-Cookie")
    name, _, rest = line.partition("=")
    attributes = {part.strip().lower() for part in rest.split(";")[1:]}
    assert name == COOKIE and callgate.TOKEN.fullmatch(cookie_of(client))
    assert attributes == {"path=/", "httponly", "samesite=lax"} | ({"secure"} if URL.startswith("https") else set())
    assert len(line) < 4096


def test_a_new_session_at_each_sign_in(member):
    user, client = member
    first = cookie_of(client)
    again = with_cookie(first)
    again.post("/login", {"username": user.login, "password": user.password})
    assert cookie_of(again) != first
    assert again.is_signed_in and not with_cookie(first).is_signed_in


def test_a_session_id_from_outside_is_not_taken(member):
    user, _ = member
    client = with_cookie("A" * 30)
    client.post("/login", {"username": user.login, "password": user.password})
    assert cookie_of(client) != "A" * 30
    assert not with_cookie("A" * 30).is_signed_in


def test_a_refused_sign_in_ends_no_session(member):
    user, client = member
    assert client.post("/login", {"username": user.login, "password": "wrong"}).status == 403
    assert client.is_signed_in


@pytest.mark.parametrize("value", ["", "x", "A" * 30, "A" * 4000, "ü", "%00", "' OR 1=1 --", '"quoted"'])
def test_a_made_up_cookie_signs_nobody_in(value):
    answer = callgate.send("GET", "/app/", headers={"Cookie": f"{COOKIE}={value}"})
    assert answer.status == 303


def test_sign_out(member):
    user, client = member
    other = really_signed_in(user)
    old = cookie_of(client)
    answer = client.submit(client.get("/app/"), [])
    assert answer.location == "/login" and client.cookies == {}
    # ATTACKS 63.
    assert answer.get("Clear-Site-Data") == '"cache", "storage"'
    assert not with_cookie(old).is_signed_in
    assert other.is_signed_in  # another browser's


def test_sign_out_twice_or_by_a_stranger(member):
    _, client = member
    old = cookie_of(client)
    client.post("/logout")
    assert with_cookie(old).post("/logout").location == "/login"
    assert Client().post("/logout").location == "/login"


def test_sign_out_is_no_link(member):
    _, client = member
    answer = client.get("/logout")
    assert answer.status == 405 and answer.get("Allow") == "POST"
    assert client.is_signed_in


@pytest.mark.parametrize("change", [
    pytest.param("used_at = now() - interval '31 minutes'", id="idle"),
    pytest.param("expires_at = now()", id="absolute"),
])
def test_70_a_session_ends(member, change):
    user, client = member
    assert client.is_signed_in
    sql(f"UPDATE session SET {change} WHERE user_id = %s", user.id)
    assert not client.is_signed_in


def test_70_the_idle_time_begins_anew_with_each_use(member):
    user, client = member
    sql("UPDATE session SET used_at = now() - interval '29 minutes' WHERE user_id = %s", user.id)
    assert client.is_signed_in
    age = callgate.one("SELECT now() - used_at < interval '1 minute' FROM session WHERE user_id = %s", user.id)
    assert age is True


def test_70_a_session_lives_twelve_hours_at_most(member):
    user, _ = member
    hours = callgate.one("SELECT extract(epoch FROM expires_at - created_at) / 3600 FROM session"
                         " WHERE user_id = %s", user.id)
    assert float(hours) == pytest.approx(12, abs=0.01)


@pytest.mark.parametrize("words, stdin", [
    pytest.param(("set", "--status=blocked"), "", id="blocked"),
    pytest.param(("passwd",), "another password\n", id="new password"),
])
def test_70_an_administrator_ends_sessions(member, words, stdin):
    user, client = member
    callgate.run_fine("user", words[0], user.login, *words[1:], stdin=stdin)
    assert not client.is_signed_in


def test_head(client):
    answer = client.send("HEAD", "/login")
    assert answer.status == 200 and answer.body == b""
    assert answer.get("Content-Length") == client.get("/login").get("Content-Length")
