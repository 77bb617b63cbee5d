# test_45_sign_in_on_the_way.py - a sign-in between the request at the authorization endpoint and its
# answer: it comes back to the very same request, whatever happened in between, and to nothing else.
# ATTACKS 16-20 (what holds for every sign-in is in test_30_login.py and test_33_forms_guard.py).
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

import pytest

import callgate
import oauth
from callgate import COOKIE, FORM_TYPE, URL, Client, make_user, send, signed_in, sql
from oauth import (AUTHORIZE, CALLBACK, LOOPBACK, answer_of, authorize, consent, exchange, is_consent, make_public,
                   parameters, permit, place_of, proof)


@pytest.fixture(scope="module")
def owner():
    return make_user()


@pytest.fixture(scope="module")
def user():
    return make_user()


def give_session(client, user):
    """A sign-in in another tab of the same browser, without its hash."""
    client.cookies.update(signed_in(user).cookies)


def sign_in(client, page, user, headers=()):
    return client.submit(page, ["username", "password"],
                         {"username": user.login, "password": user.password}, headers)


def sign_in_page(client, answer):
    """By redirect, or at once where the request is too long for the address of the page."""
    return client.follow(answer) if answer.status == 303 else answer


def request_in(answer):
    """The request that a redirect to the sign-in leads back to."""
    where = urlsplit(answer.location)
    assert where.path == "/login"
    ((name, path),) = parse_qsl(where.query, strict_parsing=True)
    assert name == "next" and urlsplit(path).path == AUTHORIZE
    return dict(parse_qsl(urlsplit(path).query, strict_parsing=True, keep_blank_values=True))


# ---- there and back ----

def test_sign_in_and_consent_on_the_way(owner, user):
    client, app, pair = Client(), make_public(owner), proof()
    answer = authorize(client, app, state="s t&=%25+ü", scope="all", **pair.asked)
    assert request_in(answer) == parameters(app, state="s t&=%25+ü", scope="all", **pair.asked)
    page = client.follow(answer)
    answer = client.follow(sign_in(client, page, user))
    assert is_consent(answer)
    fields = answer_of(consent(client, answer))
    assert fields["state"] == "s t&=%25+ü"
    assert exchange(app, fields["code"], code_verifier=pair.verifier).status == 200


def test_a_refused_sign_in_keeps_the_way(owner, user):
    client, app = Client(), make_public(owner)
    page = client.follow(authorize(client, app, state="s"))
    again = sign_in(client, page, user._replace(password="wrong"))
    assert again.status == 403
    assert is_consent(client.follow(sign_in(client, again, user)))


def test_a_stranger_is_sent_to_sign_in_whatever_is_remembered(owner, user):
    app = make_public(owner)
    permit(user, app)
    assert authorize(Client(), app).location.startswith("/login?next=")
    for value in ("", "A" * 30, "x"):
        client = Client()
        client.cookies[COOKIE] = value
        assert request_in(authorize(client, app)) == parameters(app)


@pytest.mark.parametrize("by", ["query", "body"])
def test_a_posted_request_comes_back_too(owner, user, by):
    client, app = Client(), make_public(owner)
    fields = parameters(app, state="s +%&ü")
    target, body = (oauth.target(fields), b"") if by == "query" else (AUTHORIZE, urlencode(fields).encode())
    answer = client.send("POST", target, body, {"Content-Type": FORM_TYPE})
    assert request_in(answer) == fields
    give_session(client, user)
    answer = client.follow(client.get(answer.location))
    assert is_consent(answer) and answer.form("consent").fields["state"] == "s +%&ü"


@pytest.mark.parametrize("state", ["x" * 2500, "x" * 4096, "&%+ " * 500, "ü" * 1000],
                         ids=["2,500", "4 KiB", "signs", "UTF-8"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_long_request_comes_back(owner, user, method, state):
    client, app = Client(), make_public(owner)
    permit(user, app)
    fields = parameters(app, state=state)
    if method == "POST":
        page = client.send("POST", AUTHORIZE, urlencode(fields).encode(), {"Content-Type": FORM_TYPE})
    else:
        page = client.get(oauth.target(fields))
    page = sign_in_page(client, page)
    answer = answer_of(client.follow(sign_in(client, page, user)))
    assert answer["state"] == state and "code" in answer


def test_the_sign_in_page_may_lead_to_the_application(owner, user):
    """Chromium applies form-action to the redirects behind a form: with a remembered consent, to all of them."""
    client, app = Client(), make_public(owner, ["https://client.example:8443/callback"])
    permit(user, app)
    page = client.follow(authorize(client, app))
    assert "form-action 'self' https://client.example:8443 https:;" in page.get("Content-Security-Policy") + ";"
    answer = client.follow(sign_in(client, page, user))
    assert place_of(answer) == app.redirect_url
    # No other sign-in page allows it.
    assert "form-action 'self';" in Client().get("/login").get("Content-Security-Policy") + ";"
    for path in (f"{AUTHORIZE}?client_id={'0' * 32}",
                 oauth.target(parameters(app, redirect_uri="https://evil.example/"))):
        policy = Client().get("/login?next=" + quote(path, safe="")).get("Content-Security-Policy")
        assert "form-action 'self';" in policy + ";" and "evil" not in policy


# ---- 16: signing a victim in as the attacker ----

@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Origin": "null"},
                                     {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}], ids=str)
def test_16_a_sign_in_from_another_site_is_refused(owner, user, headers):
    client, app = Client(), make_public(owner)
    page = client.follow(authorize(client, app))
    told = {"Origin": None, "Sec-Fetch-Site": None, **headers}
    answer = sign_in(client, page, user, told)
    assert answer.status == 403 and client.cookies == {} and answer.get("Location") is None
    assert request_in(authorize(client, app)) == parameters(app)


def test_16_another_users_session_answers_no_page_of_mine(owner, user):
    """Signed in as somebody else between page and answer: it is shown again, for that user."""
    client, app, other = signed_in(user), make_public(owner), make_user()
    page = authorize(client, app)
    give_session(client, other)
    answer = consent(client, page)
    assert is_consent(answer) and other.login in answer.page.one("main").text
    assert oauth.permissions(user, app) == oauth.permissions(other, app) == []


# ---- 17: the session changes at each sign-in ----

def test_17_the_session_before_is_not_the_one_after(owner, user):
    client, app = signed_in(user), make_public(owner)
    before = client.cookies[COOKIE]
    path = oauth.target(parameters(app))
    # Signing in again, by the form, though still signed in.
    answer = client.post("/login", {"username": user.login, "password": user.password, "next": path})
    assert answer.location == path
    after = client.cookies[COOKIE]
    assert after != before and is_consent(client.follow(answer))
    old = Client()
    old.cookies[COOKIE] = before
    assert request_in(authorize(old, app)) == parameters(app)


def test_17_a_planted_session_id_is_not_taken(owner, user):
    client, app = Client(), make_public(owner)
    client.cookies[COOKIE] = "A" * 30
    sign_in(client, client.follow(authorize(client, app)), user)
    assert client.cookies[COOKIE] != "A" * 30
    planted = Client()
    planted.cookies[COOKIE] = "A" * 30
    assert request_in(authorize(planted, app)) == parameters(app)


# ---- 18: nowhere else ----

ELSEWHERE = {
    "host": "//evil.example/oauth/authorize?x=1",
    "three slashes": "///evil.example/oauth/authorize",
    "backslash": "/\\evil.example/oauth/authorize",
    "scheme": "https:evil.example/oauth/authorize",
    "address": "https://evil.example/oauth/authorize",
    "own address as user": URL + "@evil.example/oauth/authorize",
    "escaped line": "/oauth/authorize?x=1\r\nLocation: https://evil.example/",
    "escaped twice": "%2f%2fevil.example/oauth/authorize",
    "tab": "/\t/evil.example/oauth/authorize",
    "blank": " //evil.example/oauth/authorize",
    "no slash": "oauth/authorize",
    "javascript": "javascript:alert(1)//oauth/authorize",
}


@pytest.mark.parametrize("path", ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_18_only_own_paths_are_led_to(user, path):
    body = urlencode({"next": path}).encode()
    for client in (Client(), signed_in(user)):
        for answer in (client.get("/login?next=" + quote(path, safe="")),
                       client.send("POST", "/login", body, {"Content-Type": FORM_TYPE})):
            assert not (answer.get("Location") or URL + "/").removeprefix(URL).startswith(("//", "/\\")), answer
            assert "evil" not in (answer.get("Location") or "")
            if answer.get("Content-Security-Policy") and answer.status != 400:
                assert "evil" not in answer.get("Content-Security-Policy")
                assert answer.status == 303 or answer.form("username").fields["next"] == "/app/"


def test_18_a_long_way_by_the_form_is_checked_as_well(user):
    path = "//evil.example/oauth/authorize?x=" + "x" * 3000
    answer = Client().post("/login", {"username": user.login, "password": user.password, "next": path})
    assert answer.location == "/app/"


# ---- 19: two tabs ----

def test_19_two_tabs_two_applications_one_sign_in(owner, user):
    client = Client()
    apps = [make_public(owner), make_public(owner, ["https://other.example/callback"])]
    pages = [client.follow(authorize(client, app, state=f"tab {number}")) for number, app in enumerate(apps)]
    # The second tab signs in first and gets its code; the first then sends its own form.
    for number in (1, 0):
        answer = client.follow(sign_in(client, pages[number], user))
        assert is_consent(answer)
        answer = consent(client, answer)
        assert place_of(answer) == apps[number].redirect_url
        fields = answer_of(answer)
        assert fields["state"] == f"tab {number}" and exchange(apps[number], fields["code"]).status == 200


def test_19_the_first_tab_needs_no_second_sign_in(owner, user):
    client = Client()
    apps = [make_public(owner), make_public(owner)]
    answers = [authorize(client, app) for app in apps]
    for answer in answers:
        client.follow(answer)
    sign_in(client, client.follow(answers[1]), user)
    # The first tab is loaded anew.
    assert is_consent(client.follow(client.follow(answers[0])))


def test_19_consent_pages_interleaved(owner, user):
    client = signed_in(user)
    apps = [make_public(owner), make_public(owner), make_public(owner, [LOOPBACK])]
    pages = [authorize(client, app, state=str(number)) for number, app in enumerate(apps)]
    for number in (2, 0, 1):
        fields = answer_of(consent(client, pages[number]))
        assert fields["state"] == str(number) and exchange(apps[number], fields["code"]).status == 200


def test_19_the_same_application_in_two_tabs(owner, user):
    client, app = signed_in(user), make_public(owner)
    pages = [authorize(client, app, state=str(number)) for number in range(2)]
    found = [answer_of(consent(client, page)) for page in pages]
    assert [fields["state"] for fields in found] == ["0", "1"] and found[0]["code"] != found[1]["code"]
    assert [exchange(app, fields["code"]).status for fields in found] == [200, 200]


def test_19_a_new_session_of_the_same_user_keeps_open_pages(owner, user):
    client, app = signed_in(user), make_public(owner)
    page = authorize(client, app, state="s")
    give_session(client, user)
    assert answer_of(consent(client, page))["state"] == "s"


# ---- a session that ends half-way ----

def end_sessions(user):
    sql("DELETE FROM session WHERE user_id = %s", user.id)


@pytest.mark.parametrize("end", [
    pytest.param(lambda user, client: end_sessions(user), id="gone"),
    pytest.param(lambda user, client: sql("UPDATE session SET used_at = now() - interval '31 minutes'"
                                          " WHERE user_id = %s", user.id), id="idle"),
    pytest.param(lambda user, client: client.cookies.clear(), id="cookie lost"),
    pytest.param(lambda user, client: client.post("/logout"), id="signed out in another tab"),
])
def test_a_session_that_ended_comes_back_to_the_same_request(owner, end):
    user = make_user()
    client, app, pair = signed_in(user), make_public(owner), proof()
    page = authorize(client, app, state="s +&ü", **pair.asked)
    end(user, client)
    answer = consent(client, page)
    asked = request_in(answer)
    wanted = parameters(app, state="s +&ü", **pair.asked)
    assert {name: asked.get(name) for name in wanted} == wanted
    # A way back must not itself be the answer.
    assert "decision" not in asked and oauth.permissions(user, app) == []
    answer = client.follow(sign_in(client, client.follow(answer), user))
    assert is_consent(answer)
    fields = answer_of(consent(client, answer))
    assert fields["state"] == "s +&ü"
    assert exchange(app, fields["code"], code_verifier=pair.verifier).status == 200


def test_a_session_that_ended_with_a_long_state(owner):
    user = make_user()
    client, app = signed_in(user), make_public(owner)
    page = authorize(client, app, state="&" * 2000)
    end_sessions(user)
    answer = client.follow(sign_in(client, sign_in_page(client, consent(client, page)), user))
    assert answer_of(consent(client, answer))["state"] == "&" * 2000


def test_a_user_blocked_half_way_gets_no_code(owner):
    user = make_user()
    client, app = signed_in(user), make_public(owner)
    page = authorize(client, app)
    callgate.run_fine("user", "set", user.login, "--status=blocked")
    assert consent(client, page).location.startswith("/login")
    assert authorize(client, app).location.startswith("/login")
    assert oauth.permissions(user, app) == []


# ---- 20: the cookie ----

def test_20_the_cookie_of_a_sign_in_on_the_way(owner, user):
    """The one of every sign-in; test_33_forms_guard.py has it under https: __Host- and Secure."""
    client, app = Client(), make_public(owner)
    answer = authorize(client, app)
    page = client.follow(answer)
    # Nothing is kept in the browser before the sign-in, nor put there by an answer.
    assert answer.all("Set-Cookie") == page.all("Set-Cookie") == [] and client.cookies == {}
    answer = sign_in(client, page, user)
    (line,) = answer.all("Set-Cookie")
    attributes = {part.strip().lower() for part in line.split(";")[1:]}
    assert line.startswith(COOKIE + "=") and len(line) < 4096
    assert attributes == {"path=/", "httponly", "samesite=lax"} | ({"secure"} if URL.startswith("https") else set())
    answer = client.follow(answer)
    assert answer.all("Set-Cookie") == [] and consent(client, answer).all("Set-Cookie") == []


# ---- the Python client of the field: WIRE §2, step by step ----

class Field:
    """An HTTP library with a cookie jar that sends what it is told, and says nothing of itself."""

    def __init__(self):
        self.client = Client()

    def post(self, address, fields=None):
        assert address.startswith(URL + "/"), address  # it can't make a relative address whole
        body = b"" if fields is None else urlencode(fields).encode()
        kind = {} if fields is None else {"Content-Type": FORM_TYPE}
        return self.client.send("POST", address[len(URL):], body, {**kind, "Accept": "*/*"})

    def get(self, address):
        assert address.startswith(URL + "/"), address
        return self.client.get(address[len(URL):])


def test_the_client_that_does_it_by_hand(owner, user):
    app = make_public(owner)
    permit(user, app)
    field = Field()
    query = urlencode({"response_type": "code", "client_id": app.app_id, "redirect_uri": CALLBACK, "scope": "all"})
    answer = field.post(f"{URL}/oauth/authorize?{query}")
    assert answer.status in (302, 303)
    login = answer.get("Location")
    answer = field.post(login, {"username": user.login, "password": user.password})
    assert answer.status in (302, 303)
    answer = field.get(answer.get("Location"))
    assert answer.status in (302, 303)
    location = answer.get("Location")
    assert location.startswith(CALLBACK + "?code=")
    code = location.split("=", 1)[1]
    assert callgate.TOKEN.fullmatch(code)
    callgate.keep(code)
    answer = send("POST", "/oauth/token", urlencode({
        "grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "client_id": app.app_id,
        "client_secret": app.secret}).encode(), {"Content-Type": FORM_TYPE})
    assert answer.status == 200 and answer.body.isascii()
    fields = answer.json
    assert fields["refresh_token"] and fields["token_type"] == "Bearer"
    answer = callgate.api(fields["access_token"])
    assert answer.status == 200 and answer.body.isascii() and answer.json["login"] == user.login
    # Its refresh lacks the refresh token; any refusal is "sign in again" to it.
    answer = callgate.token_request({"grant_type": "refresh_token", **oauth.credentials(app)})
    assert answer.status == 400 and answer.json["error"] == "invalid_request"


def test_the_client_that_does_it_by_hand_meets_the_consent_page(owner, user):
    """Where nothing is remembered it gets the page, which it can answer as it did the sign-in."""
    app = make_public(owner)
    field = Field()
    answer = field.post(URL + oauth.target(parameters(app)))
    answer = field.post(answer.get("Location"), {"username": user.login, "password": user.password})
    answer = field.get(answer.get("Location"))
    form = answer.form("consent")
    answer = field.post(URL + form.action, {**form.fields, "decision": "allow"})
    assert answer.get("Location").startswith(CALLBACK + "?code=")
    assert set(parse_qs(urlsplit(answer.get("Location")).query)) == {"code"}
    answer_of(answer)
