# test_33_forms_guard.py - what holds for every page and every form: posts from elsewhere are refused,
# headers forbid what a page does not need, addresses come from site.url alone, and who somebody is
# comes from the session alone.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import os
import re
import subprocess
import tempfile
from urllib.parse import urlsplit

import pytest

import callgate
import fcgi_client
from callgate import (API, AUTHORITY, FIELDS, FORM_TYPE, PORT, URL, Client, app_count, audit_rows,
                      make_app, make_user, send, signed_in, sql)

ELSEWHERE = "https://evil.example"


# ---- forms posted from elsewhere ----

def no_browser(headers):
    """What the client would say of itself is left out unless the test says it."""
    return {"Origin": None, "Sec-Fetch-Site": None, **headers}


ACCEPTED = {
    "no browser": {},
    "own origin": {"Origin": URL},
    "same-origin": {"Sec-Fetch-Site": "same-origin"},
    "typed by the user": {"Sec-Fetch-Site": "none"},
    "both": {"Origin": URL, "Sec-Fetch-Site": "same-origin"},
}

REFUSED = {
    "another site": {"Origin": ELSEWHERE},
    "another site, said twice": {"Origin": ELSEWHERE, "Sec-Fetch-Site": "cross-site"},
    "cross-site": {"Sec-Fetch-Site": "cross-site"},
    "same-site": {"Sec-Fetch-Site": "same-site"},
    "cross-site with own origin": {"Origin": URL, "Sec-Fetch-Site": "cross-site"},
    "unknown word": {"Sec-Fetch-Site": "same-origin-not"},
    "capitals": {"Sec-Fetch-Site": "SAME-ORIGIN"},
    "null": {"Origin": "null"},
    "null and cross-site": {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    "own origin and more": {"Origin": URL + ".evil.example"},
    "own origin as user": {"Origin": URL + "@evil.example"},
    "own origin with a slash": {"Origin": URL + "/"},
    "another port": {"Origin": f"http://{urlsplit(URL).hostname}:1"},
    "another scheme": {"Origin": f"https://{urlsplit(URL).hostname}:{PORT + 1}"},
    "two origins": {"Origin": f"{URL} {ELSEWHERE}"},
    "prefix": {"Origin": URL[:-1]},
}


@pytest.mark.parametrize("headers", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_form_from_here(shared_member, headers):
    user, client = shared_member
    before = app_count(user)
    assert client.post("/app/register", FIELDS, no_browser(headers)).status == 200
    assert app_count(user) == before + 1


@pytest.mark.parametrize("headers", REFUSED.values(), ids=REFUSED.keys())
def test_form_from_elsewhere(shared_member, headers):
    user, client = shared_member
    before, sessions = app_count(user), audit_rows(act="sign_in", actor_login=user.login)
    for target, fields in (("/app/register", FIELDS), ("/logout", {}),
                           ("/login", {"username": user.login, "password": user.password})):
        answer = client.post(target, fields, no_browser(headers))
        assert answer.status == 403 and answer.all("Set-Cookie") == [], target
        assert answer.page.one("h1").text
    assert app_count(user) == before and client.is_signed_in
    assert audit_rows(act="sign_in", actor_login=user.login) == sessions


def words_of(answer):
    assert answer.status == 403, answer
    return answer.page.one("h1").text, answer.page.one("main").text


def test_another_site_and_another_name_are_told_apart(shared_member):
    _, client = shared_member
    foreign, text = words_of(client.post("/app/register", FIELDS, no_browser({"Origin": ELSEWHERE})))
    assert ELSEWHERE in text and URL in text
    # Opened as http://127.0.0.1:PORT although site.url says otherwise, or behind another proxy's name.
    for name in (f"127.0.0.1:{PORT}", "callgate.example", f"[::1]:{PORT}"):
        assert name != AUTHORITY
        for site in (None, "same-origin"):
            headers = {"Host": name, "Origin": f"http://{name}", "Sec-Fetch-Site": site}
            title, text = words_of(client.post("/app/register", FIELDS, headers))
            assert title != foreign
            assert f"http://{name}" in text and URL in text


def test_hostile_origin_is_shown_as_text(shared_member):
    _, client = shared_member
    origin = "https://<script>alert(1)</script>\"'"
    answer = client.post("/app/register", FIELDS, no_browser({"Origin": origin}))
    assert answer.status == 403 and answer.page.all("script") == [] and origin in answer.page.text


def test_the_refusal_comes_before_the_body(client):
    """Neither a large nor a broken body gets past the question where it came from."""
    for body in (b"x" * 70000, b"%zz", b"name=%ff"):
        assert client.post("/app/register", body, {"Origin": ELSEWHERE}).status == 403


# ---- headers ----

PAGES = {
    "login": (None, "GET", "/login", 200),
    "refused login": (None, "POST", "/login", 403),
    "list": ("member", "GET", "/app/", 200),
    "form": ("member", "GET", "/app/register", 200),
    "form back": ("member", "POST", "/app/register", 422),
    "registered": ("member", "POST", "/app/register?fine", 200),
    "application": ("member", "GET", "/app/{}/", 200),
    "edit": ("member", "GET", "/app/{}/edit", 200),
    "edit back": ("member", "POST", "/app/{}/edit", 422),
    "secrets": ("member", "GET", "/app/{}/secret", 200),
    "no new secret": ("member", "POST", "/app/{}/secret", 200),
    "delete": ("member", "GET", "/app/{}/delete", 200),
    "hand over": ("member", "GET", "/app/{}/transfer", 200),
    "of all users": ("member", "GET", "/app/?scope=tenant", 200),
    "consents of all users": ("member", "GET", "/app/authorized?scope=tenant", 200),
    "not found": (None, "GET", "/nothing", 404),
    "not found, signed in": ("member", "GET", "/nothing", 404),
    "method": ("member", "PUT", "/app/", 405),
    "bad request": ("member", "GET", "/app/?x=%zz", 400),
    "media type": ("member", "POST", "/app/register?json", 415),
    "too large": ("member", "POST", "/app/register?large", 413),
}


def open_page(client, method, target):
    if method != "POST":
        return client.send(method, target, b"" if method == "PUT" else None)
    fields = FIELDS if "fine" in target else b"x" * 70000 if "large" in target else {}
    kind = "application/json" if "json" in target else FORM_TYPE
    return client.post(target, b"{}" if "json" in target else fields, {"Content-Type": kind})


@pytest.fixture(scope="module")
def pages(shared_member):
    user, client = shared_member
    app = make_app(user, redirect_urls=["https://a.example/cb"])
    answers = {}
    for what, (who, method, target, status) in PAGES.items():
        answers[what] = open_page(client if who else Client(), method, target.format(app.app_id))
        assert answers[what].status == status, what
    return answers


def policy_of(answer):
    directives = [part.split() for part in answer.get("Content-Security-Policy").split(";") if part.strip()]
    policy = {words[0]: words[1:] for words in directives}
    assert len(policy) == len(directives), answer
    return policy


def check_headers(answer):
    policy = policy_of(answer)
    assert not any("unsafe" in word or word in ("*", "data:", "http:", "https:")
                   for words in policy.values() for word in words)
    assert policy["default-src"] == ["'none'"] and policy["object-src"] == ["'none'"]
    assert policy["frame-ancestors"] == ["'none'"] and policy["base-uri"] == ["'none'"]
    assert policy["form-action"] == ["'self'"] and policy["style-src"] == ["'self'"]
    assert policy["script-src"] == ["'self'"]
    assert answer.get("X-Frame-Options") == "DENY"
    assert answer.get("X-Content-Type-Options") == "nosniff"
    assert answer.get("Referrer-Policy") == "same-origin"
    assert answer.get("Cross-Origin-Opener-Policy") == "same-origin"
    assert answer.get("Cache-Control") == "no-store"
    assert answer.get("Content-Type") == "text/html; charset=utf-8"
    # RFC 6797 §7.2: never over plain http.
    assert answer.get("Strict-Transport-Security") is None or URL.startswith("https://")
    assert answer.get("Access-Control-Allow-Origin") is None and answer.get("X-Powered-By") is None


@pytest.mark.parametrize("what", PAGES)
def test_63_headers_of_pages(pages, what):
    """And of every other page: test_59_every_address.py."""
    check_headers(pages[what])


@pytest.mark.parametrize("what", PAGES)
def test_pages_hold_nothing_that_runs_or_comes_from_elsewhere(pages, what):
    page = pages[what].page
    assert page.all("script", "style", "iframe", "object", "embed", "base") == []
    assert page.one("html").get("lang") == "en" and page.one("title").text and len(page.all("h1")) == 1
    for node in page.walk():
        assert not [name for name in node.attributes if name.startswith("on") or name == "style"], node.tag
        for name in ("src", "href", "action", "formaction", "poster", "data", "srcset", "ping"):
            address = node.get(name)
            if address is None or address.startswith("#"):
                continue
            own = address.startswith("/") and not address.startswith("//")
            assert own or address == URL or address.startswith(f"{URL}/oauth/authorize?"), address
    identities = [node.get("id") for node in page.walk() if node.get("id")]
    assert len(identities) == len(set(identities))
    for label in page.all("label"):
        assert label.get("for") in identities


def test_redirects_are_not_kept(client):
    answer = client.get("/app/")
    assert answer.status == 303 and answer.get("Cache-Control") == "no-store"
    assert answer.get("Referrer-Policy") == "same-origin" and answer.get("X-Content-Type-Options") == "nosniff"


def test_style_sheet(pages):
    targets = {link.get("href") for answer in pages.values() for link in answer.page.all("link")
               if link.get("rel") == "stylesheet"}
    (target,) = targets
    answer = Client().get(target)
    assert answer.status == 200 and answer.get("Content-Type") == "text/css; charset=utf-8"
    assert "max-age=31536000" in answer.get("Cache-Control") and answer.all("Set-Cookie") == []
    assert answer.get("X-Content-Type-Options") == "nosniff"
    assert not re.search(r"@import|url\(\s*['\"]?(?:https?:|//)", answer.text)


# ---- https: the same program, told that site.url is https ----

@pytest.fixture(scope="module")
def https_site():
    """`callgate serve` on a socket of its own; asked as a web server with TLS would ask it."""
    user = make_user()
    with tempfile.TemporaryDirectory(prefix="callgate-https-") as folder:
        address = os.path.join(folder, "web.sock")
        environment = {**os.environ, "CALLGATE_SITE_URL": "https://callgate.example", "CALLGATE_SERVER_WORKERS": "1",
                       "CALLGATE_SERVER_WEB_LISTEN": address, "CALLGATE_LOG_TARGET": os.path.join(folder, "log"),
                       "CALLGATE_SERVER_GATE_LISTEN": os.path.join(folder, "gate.sock")}
        process = subprocess.Popen([callgate.BINARY, "serve"], env=environment, stdin=subprocess.DEVNULL)
        try:
            callgate.wait_for(lambda: os.path.exists(address) or process.poll() is not None, "the socket is there")
            assert process.poll() is None, "callgate serve ended"
            yield user, lambda values, body=b"": fcgi_client.request(address, values, body)
        finally:
            process.terminate()
            assert process.wait(callgate.DEADLINE) == 0


def test_63_https(https_site):
    """ATTACKS 20 as well."""
    user, ask = https_site
    body = callgate.encode({"username": user.login, "password": user.password})
    answer = ask({"REQUEST_METHOD": "POST", "REQUEST_URI": "/login", "CONTENT_TYPE": FORM_TYPE,
                  "CONTENT_LENGTH": str(len(body)), "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "callgate.example",
                  "HTTP_ORIGIN": "https://callgate.example"}, body)
    assert answer.status == 303 and answer.headers["location"] == "https://callgate.example/app/"
    cookie = answer.headers["set-cookie"]
    callgate.keep(cookie.split(";")[0].partition("=")[2])
    assert cookie.startswith("__Host-callgate=")
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert attributes == {"path=/", "httponly", "samesite=lax", "secure"}
    assert int(re.fullmatch(r"max-age=(\d+).*", answer.headers["strict-transport-security"])[1]) >= 31536000


# ---- who and where are not the client's to say ----

FORWARDED = {
    "Host": {"Host": "evil.example"},
    "Host with port": {"Host": f"evil.example:{PORT}"},
    "X-Forwarded-Host": {"X-Forwarded-Host": "evil.example"},
    "X-Forwarded-Proto": {"X-Forwarded-Proto": "https", "X-Forwarded-Port": "1"},
    "Forwarded": {"Forwarded": "for=evil.example;host=evil.example;proto=https"},
    "X-Original-URL": {"X-Original-URL": "//evil.example", "X-Rewrite-URL": "//evil.example"},
    "Proxy": {"Proxy": "http://evil.example:1/"},
}


@pytest.mark.parametrize("headers", FORWARDED.values(), ids=FORWARDED.keys())
def test_addresses_come_from_the_settings(shared_member, headers):
    user, client = shared_member
    stranger, app = Client(), make_app(user)
    assert stranger.send("GET", "/app/register", None, headers).location.startswith("/login?")
    signed = Client()
    signed.cookies = dict(client.cookies)
    for target in ("/app/", "/app/register", f"/app/{app.app_id}/"):
        answer = signed.send("GET", target, None, headers)
        assert answer.status == 200 and "evil" not in answer.text and "https://" + AUTHORITY not in answer.text
    assert f"{URL}/oauth/token" in answer.text


IDENTITY = [{"Remote-User": "admin"}, {"Remote_User": "admin"}, {"X-Auth-User": "admin"}, {"X-Remote-User": "admin"},
            {"Callgate": 'user=1, login="admin", admin=?1'}, {"HTTP_REMOTE_USER": "admin"},
            {"Authorization": "Basic YWRtaW46YWRtaW4="}]


@pytest.mark.parametrize("headers", IDENTITY, ids=[next(iter(headers)) for headers in IDENTITY])
def test_identity_comes_from_the_session(headers):
    assert send("GET", "/app/", headers=headers).status == 303
    assert send("GET", API + "/user/", headers=headers).status == 401


@pytest.mark.parametrize("headers", [{"X-Forwarded-For": "203.0.113.9"}, {"X_Forwarded_For": "203.0.113.9"},
                                     {"Forwarded": "for=203.0.113.9"}, {"X-Real-IP": "203.0.113.9"}],
                         ids=lambda headers: next(iter(headers)))
def test_the_address_is_the_connections(headers):
    login = callgate.fresh("user")
    user = make_user(login=login)
    Client().post("/login", {"username": login, "password": "wrong"}, headers)
    (row,) = audit_rows(act="sign_in.refused", object_id=user.login)
    assert row["address"] in ("127.0.0.1", "::1")


def test_two_host_headers():
    answer = callgate.exchange(f"GET /app/ HTTP/1.1\r\nHost: {AUTHORITY}\r\nHost: evil.example\r\n"
                               "Connection: close\r\n\r\n".encode())
    assert answer is None or answer.status == 400 or (answer.status == 303 and answer.location)


# ---- one path, one meaning ----

# Whatever the web server makes of it, an odd path is refused, not there, or means what it says.
ODD_PATHS = {
    "dot segment": ("/app/./register", {400, 404, 303}),
    "double dot": ("/app/../app/register", {400, 404, 303}),
    "double dot out of the root": ("/../../etc/passwd", {400, 404}),
    "encoded dots": ("/app/%2e%2e/app/register", {400, 404, 303}),
    "encoded slash": ("/app%2fregister", {400, 404}),
    "double-encoded": ("/app%252fregister", {400, 404, 303}),
    "backslash": ("/app\\register", {400, 404}),
    "doubled slash": ("//app//register", {400, 404, 303}),
    "NUL": ("/app/%00", {400, 404}),
    "control character": ("/app/%0a", {400, 404}),
    "broken escape": ("/app/%zz", {400, 404}),
    "cut escape": ("/app/%4", {400, 404}),
    "invalid UTF-8": ("/app/%ff", {400, 404}),
    "raw byte": ("/app/\xff", {400, 404}),
    "parameter": ("/app/register;x=1", {400, 404, 303}),
    "script name": ("/app/register/index.php", {400, 404}),
    "encoded letter": ("/%61pp/register", {303, 400, 404}),
    "other case": ("/APP/REGISTER", {404}),
    "absolute form": (URL + "/app/register", {303, 400}),
    "absolute form elsewhere": ("http://evil.example/app/register", {303, 400, 404}),
    "star": ("*", {400, 404}),
    "no slash": ("app/register", {400, 404}),
    "16 KiB": ("/app/" + "x" * 17000, {400, 404, 414, 431}),
    "broken query": ("/app/register?x=%", {400}),
    "invalid UTF-8 in the query": ("/app/register?x=%ff", {400}),
    "NUL in the query": ("/app/register?x=%00", {400}),
    "129 query fields": ("/app/register?" + "&".join("a=1" for _ in range(129)), {400}),
}


@pytest.mark.parametrize("target, statuses", ODD_PATHS.values(), ids=ODD_PATHS.keys())
def test_odd_paths(target, statuses):
    answer = callgate.exchange(callgate.head_bytes("GET", target, [("Host", AUTHORITY), ("Connection", "close")]))
    assert answer is not None and answer.status in statuses
    if answer.status == 303:
        # Asked to sign in, for this very page and no other.
        assert answer.location.startswith("/login?next=%2F")
    assert b"root:" not in answer.body


@pytest.mark.parametrize("name", ["Cookie", "Origin", "Sec-Fetch-Site", "Content-Type"])
def test_a_header_sent_twice(shared_member, name):
    """The second is never the one that counts for the guard while the first counts for something else."""
    user, client = shared_member
    before = app_count(user)
    cookie = "; ".join(f"{key}={value}" for key, value in client.cookies.items())
    good = {"Cookie": cookie, "Origin": URL, "Sec-Fetch-Site": "same-origin", "Content-Type": FORM_TYPE}
    bad = {"Cookie": "callgate=" + "A" * 30, "Origin": ELSEWHERE, "Sec-Fetch-Site": "cross-site",
           "Content-Type": "text/plain"}
    for first, second in ((good, bad), (bad, good)):
        pairs = [(key, value) for key, value in good.items() if key != name]
        pairs += [(name, first[name]), (name, second[name])]
        answer = send("POST", "/app/register", callgate.encode(FIELDS), pairs)
        if name == "Cookie":
            # RFC 6265 §5.4: servers join them; then the first of a name counts.
            assert answer.status in (200, 303, 400)
        else:
            assert answer.status in (400, 403, 415)
            assert app_count(user) == before


def test_many_headers(client):
    headers = [(f"X-Header-{n}", "x" * 20) for n in range(90)]
    assert client.send("GET", "/login", None, headers).status in (200, 400, 431)
    assert client.get("/login").status == 200


def test_sessions_do_not_mix():
    """Two users in turn, on one worker or several: each page is its own user's."""
    users = [make_user(), make_user()]
    clients = [signed_in(user) for user in users]
    for _ in range(5):
        for user, client in zip(users, clients):
            assert client.get("/app/").page.one("p", class_="who").text.endswith(user.login)
    sql("DELETE FROM session WHERE user_id = %s", users[0].id)
    assert not clients[0].is_signed_in and clients[1].is_signed_in
