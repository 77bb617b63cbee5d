# test_49_token_shapes.py - POST /oauth/token as real clients send it (WIRE §2), for every grant; what
# is refused and in which words; trusted applications and who made them (ATTACKS 29-31, 33-37).
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import base64
import json
from urllib.parse import quote

import pytest

import callgate
from callgate import (AUTHORITY, FORM_TYPE, HEX32, TOKEN, App, Server, api, digest, encode, introspect, keep,
                      make_admin, make_app, make_token, make_user, multipart, one, refused, revoke, run_fine, send,
                      signed_in, sql, token_request)
from oauth import CALLBACK, code_for, credentials, make_public, tokens_for

ENDPOINTS = ["/oauth/token", "/oauth/revoke", "/oauth/introspect"]


class World:
    """One application of each type, and somebody who allowed the public one."""

    def __init__(self):
        self.user, self.owner, self.admin = make_user(), make_user(), make_admin()
        self.client = signed_in(self.user)
        self.public = make_public(self.owner)
        self.trusted = make_app(self.owner)
        self.password = make_app(self.admin, type="password_credentials")
        self.refresh_token = tokens_for(self.client, self.public)["refresh_token"]

    def fields(self, grant):
        """Application and fields, without credentials, of a request that succeeds."""
        app, fields = {
            "client_credentials": lambda: (self.trusted, {}),
            "password": lambda: (self.password, {"username": self.user.login, "password": self.user.password}),
            "refresh_token": lambda: (self.public, {"refresh_token": self.refresh_token}),
            "authorization_code": lambda: (self.public, {"code": code_for(self.client, self.public),
                                                         "redirect_uri": CALLBACK}),
        }[grant]()
        return app, {"grant_type": grant, **fields}

    def whole(self, grant):
        app, fields = self.fields(grant)
        return {**fields, **credentials(app)}


GRANTS = ["client_credentials", "password", "refresh_token", "authorization_code"]


@pytest.fixture(scope="module")
def world():
    return World()


@pytest.fixture(scope="module")
def lenient():
    """A server that takes credentials from the query, as its operator wants."""
    with Server(CALLGATE_OAUTH_QUERY_CREDENTIALS="on") as server:
        yield server


def issued(answer, grant):
    assert answer.status == 200, answer
    fields = answer.json
    names = {"access_token", "token_type", "expires_in", "scope"}
    assert set(fields) == names | (set() if grant == "client_credentials" else {"refresh_token"})
    assert TOKEN.fullmatch(fields["access_token"]) and (fields["token_type"], fields["expires_in"]) == ("Bearer", 3600)
    return fields


def basic(name, secret):
    pair = base64.b64encode(f"{name}:{secret}".encode()).decode()
    return {"Authorization": "Basic " + pair}


# ---- how it may be sent ----

SHAPES = {
    # the body of these fields and credentials, and headers
    "urlencoded": lambda fields, app: ({**fields, **credentials(app)}, {}),
    "credentials first": lambda fields, app: ({**credentials(app), **fields}, {}),
    "sorted": lambda fields, app: (sorted({**fields, **credentials(app)}.items()), {}),
    "backwards": lambda fields, app: (sorted({**fields, **credentials(app)}.items(), reverse=True), {}),
    "scope": lambda fields, app: ({**fields, **credentials(app), "scope": "all"}, {}),
    "empty scope and state": lambda fields, app: ({**fields, **credentials(app), "scope": "", "state": ""}, {}),
    "charset": lambda fields, app: ({**fields, **credentials(app)}, {"Content-Type": FORM_TYPE + ";charset=UTF-8"}),
    "no content type": lambda fields, app: ({**fields, **credentials(app)}, {"Content-Type": None}),
    "header names in small letters": lambda fields, app: (
        {**fields, **credentials(app)}, {"Content-Type": None, "content-type": FORM_TYPE, "accept": "*/*"}),
    "not percent-encoded": lambda fields, app: (
        "&".join(f"{name}={value}" for name, value in {**fields, **credentials(app)}.items()).encode(), {}),
    "multipart": lambda fields, app: (lambda kind, body: (body, {"Content-Type": kind}))(
        *multipart({**fields, **credentials(app)})),
    "Basic": lambda fields, app: (fields, basic(app.app_id, app.secret)),
    "Basic, multipart": lambda fields, app: (lambda kind, body: (body, {"Content-Type": kind, **basic(*app[:2])}))(
        *multipart(fields)),
    "Basic, App ID in the body too": lambda fields, app: (
        {**fields, "client_id": app.app_id}, basic(app.app_id, app.secret)),
    "compressed answers are welcome": lambda fields, app: (
        {**fields, **credentials(app)}, {"Accept-Encoding": "gzip, deflate, br", "Accept": "application/json"}),
    "from a page of another site": lambda fields, app: (
        {**fields, **credentials(app)}, {"Origin": "https://spa.example", "Sec-Fetch-Site": "cross-site"}),
}


@pytest.mark.parametrize("grant", GRANTS)
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_shapes(world, grant, shape):
    app, fields = world.fields(grant)
    body, headers = shape(fields, app)
    tokens = issued(token_request(body, headers), grant)
    assert api(tokens["access_token"]).status == 200


@pytest.mark.parametrize("grant", GRANTS)
@pytest.mark.parametrize("kind", [FORM_TYPE, None], ids=["urlencoded", "no content type"])
def test_34_in_the_query_if_the_operator_allows_it(world, lenient, grant, kind):
    """WIRE §0.1: two clients send an empty body with Content-Length: 0."""
    target = "/oauth/token?" + encode(world.whole(grant)).decode()
    issued(lenient.send("POST", target, b"", {"Content-Type": kind}), grant)


def test_34_such_a_server_takes_all_other_shapes_too(world, lenient):
    for shape in SHAPES.values():
        app, fields = world.fields("client_credentials")
        body, headers = shape(fields, app)
        issued(lenient.post("/oauth/token", body, headers), "client_credentials")


def test_34_query_at_the_other_endpoints(world, lenient):
    token = make_token(world.trusted)
    query = encode({"token": token, **credentials(world.trusted)}).decode()
    assert lenient.send("POST", "/oauth/introspect?" + query, b"", {"Content-Type": FORM_TYPE}).json["active"] is True
    assert lenient.send("POST", "/oauth/revoke?" + query, b"", {"Content-Type": FORM_TYPE}).status == 200
    assert api(token).status == 401


def test_34_one_parameter_in_both_places(world, lenient):
    fields = world.whole("client_credentials")
    for name, value in fields.items():
        for query in (f"{name}={value}", f"{name}=x"):
            refused(lenient.post("/oauth/token?" + query, fields), 400, "invalid_request")
    query = encode(fields).decode()
    refused(lenient.send("POST", "/oauth/token?" + query, b"", basic(*world.trusted)), 400, "invalid_request")
    refused(lenient.send("POST", f"/oauth/token?{query}&client_id=x", b""), 400, "invalid_request")


def test_34_the_query_is_no_way_to_get(world, lenient):
    answer = lenient.send("GET", "/oauth/token?" + encode(world.whole("client_credentials")).decode())
    assert answer.status == 405 and "access_token" not in answer.text


def test_34_a_wrong_secret_in_the_query(world, lenient):
    query = encode({**world.whole("client_credentials"), "client_secret": "0" * 32}).decode()
    refused(lenient.send("POST", "/oauth/token?" + query, b""), 401, "invalid_client")


@pytest.mark.parametrize("grant", GRANTS)
def test_34_in_the_query_by_default(world, grant):
    target = "/oauth/token?" + encode(world.whole(grant)).decode()
    text = refused(send("POST", target, b"", {"Content-Type": FORM_TYPE}), 400, "invalid_request")
    assert "oauth.query_credentials" in text


@pytest.mark.parametrize("endpoint", ENDPOINTS[1:])
def test_34_in_the_query_of_the_other_endpoints_by_default(world, endpoint):
    token = make_token(world.trusted)
    query = encode({"token": token, **credentials(world.trusted)}).decode()
    answer = send("POST", f"{endpoint}?{query}", b"", {"Content-Type": FORM_TYPE})
    assert "oauth.query_credentials" in refused(answer, 400, "invalid_request")
    assert api(token).status == 200


# ---- 29, 30: trusted applications act for who made them ----

def test_29_client_credentials_act_for_the_maker(owner_of_digits):
    """No refresh token, nothing kept of one; and an App ID is never taken for a user's id."""
    owner, app = owner_of_digits
    fields = issued(token_request({"grant_type": "client_credentials", **credentials(app)}), "client_credentials")
    row, = sql("SELECT user_id, grant_id FROM access_token WHERE token = %s", digest(fields["access_token"]))
    assert row == {"user_id": owner.id, "grant_id": None}
    assert one("SELECT count(*) FROM token_grant g JOIN app a ON a.id = g.app WHERE a.app_id = %s", app.app_id) == 0
    facts = introspect(app, fields["access_token"]).json
    assert (facts["sub"], facts["username"], facts["client_id"]) == (str(owner.id), owner.login, app.app_id)
    assert HEX32.fullmatch(facts["client_id"]) and facts["sub"] != facts["client_id"]


@pytest.mark.parametrize("columns, error", [
    ({"type": "public", "redirect_urls": [CALLBACK]}, "unauthorized_client"),
    ({"type": "password_credentials"}, "unauthorized_client"),
    ({"status": "disabled"}, "invalid_client")], ids=["public", "password_credentials", "disabled"])
def test_31_what_is_refused_makes_no_token(columns, error):
    app = make_app(make_user(), **columns)
    answer = token_request({"grant_type": "client_credentials", **credentials(app)})
    refused(answer, 401 if error == "invalid_client" else 400, error)
    assert one("SELECT count(*) FROM access_token t JOIN app a ON a.id = t.app WHERE a.app_id = %s", app.app_id) == 0


@pytest.fixture
def owner_of_digits():
    """An application whose App ID could be a number."""
    owner = make_user()
    app = make_app(owner)
    digits = "".join(str(int(char, 16) % 10) for char in app.app_id)
    sql("UPDATE app SET app_id = %s WHERE app_id = %s", digits, app.app_id)
    return owner, App(digits, app.secret)


def request_of(app):
    return token_request({"grant_type": "client_credentials", **credentials(app)})


def test_30_a_blocked_maker():
    owner = make_user()
    app = make_app(owner)
    token = make_token(app)
    backend = make_app(make_admin(), api_backend=True)
    run_fine("user", "set", owner.login, "--status=blocked")
    assert api(token).status == 401 and introspect(backend, token).json == {"active": False}
    assert "blocked" in refused(request_of(app), 400, "invalid_grant")


def test_30_a_deleted_maker():
    owner = make_user()
    app = make_app(owner)
    token = make_token(app)
    sql("DELETE FROM pbx_user WHERE id = %s", owner.id)
    assert api(token).status == 401
    refused(request_of(app), 401, "invalid_client")


def test_30_a_maker_who_may_only_read_now():
    owner = make_user()
    app = make_app(owner)
    token = make_token(app)
    assert introspect(app, token).json["access"] == "full"
    run_fine("user", "set", owner.login, "--access=read_only")
    assert introspect(app, token).json["access"] == introspect(app, make_token(app)).json["access"] == "read_only"
    assert api(token).json["access"] == "read_only"


@pytest.mark.parametrize("words", [["--owner={other}"], ["--type=public"], ["--status=disabled"]])
def test_30_another_owner_or_type(words):
    other = make_user()
    app = make_app(make_user())
    token = make_token(app)
    run_fine("app", "set", app.app_id, *[word.format(other=other.login) for word in words])
    assert api(token).status == 401
    refused(request_of(app), 401, "invalid_client")


def test_30_a_lowered_level():
    app = make_app(make_user(), level="all")
    token = make_token(app)
    assert introspect(app, token).json["level"] == "all"
    run_fine("app", "set", app.app_id, "--level=call_api")
    assert introspect(app, token).json["level"] == "call_api"


# ---- 31: the grants of each type ----

ALLOWED = {"public": {"authorization_code", "refresh_token"}, "trusted": {"client_credentials"},
           "password_credentials": {"password", "refresh_token"}}


@pytest.mark.parametrize("kind, grant", [(kind, grant) for kind, grants in ALLOWED.items()
                                         for grant in GRANTS if grant not in grants])
def test_31_not_the_grant_of_this_type(world, kind, grant):
    app = make_app(world.admin, type=kind, redirect_urls=[CALLBACK])
    fields = {**world.fields(grant)[1], **credentials(app)}
    last = one("SELECT max(id) FROM audit_log")
    refused(token_request(fields), 400, "unauthorized_client")
    # Nobody's password was looked at.
    assert sql("SELECT act FROM audit_log WHERE id > %s AND act LIKE 'sign_in%%'", last) == []


@pytest.mark.parametrize("grant", ["client_credentials", "password"])
def test_31_not_for_a_native_application(world, grant):
    app = make_public(world.owner, native=True)
    answer = token_request({**world.fields(grant)[1], **credentials(app)})
    refused(answer, answer.status, answer.json["error"])
    assert answer.json["error"] in ("unauthorized_client", "invalid_client"), answer


def test_31_a_native_application_shows_no_secret(world):
    """A secret is nothing that it has: neither in the body nor by Basic."""
    app = make_public(world.owner, native=True)
    tokens = tokens_for(world.client, app)
    fields = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    refused(token_request({**fields, "client_id": app.app_id, "client_secret": "x"}), 401, "invalid_client")
    refused(token_request(fields, basic(app.app_id, "x")), 401, "invalid_client")


# ---- 33: headers ----

def headers_are_good(answer):
    assert answer.get("Content-Type").replace(" ", "") in ("application/json", "application/json;charset=utf-8")
    assert (answer.get("Cache-Control"), answer.get("Pragma")) == ("no-store", "no-cache")
    assert answer.get("X-Content-Type-Options") == "nosniff"
    assert answer.all("Set-Cookie") == [] and answer.get("Location") is None
    assert answer.get("Access-Control-Allow-Origin") is None
    json.loads(answer.body.decode("ascii"))


@pytest.mark.parametrize("grant", GRANTS)
def test_33_headers(world, grant):
    headers_are_good(token_request(world.whole(grant)))
    headers_are_good(token_request({**world.whole(grant), "scope": "x"}))
    headers_are_good(token_request({**world.whole(grant), "client_secret": "0" * 32}))


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_33_headers_of_refusals(endpoint):
    headers_are_good(token_request({}, target=endpoint))
    headers_are_good(token_request(b"x=%zz", target=endpoint))
    headers_are_good(token_request(b"{}", {"Content-Type": "application/json"}, endpoint))
    headers_are_good(send("GET", endpoint))


def test_33_headers_of_the_other_endpoints(world):
    token = make_token(world.trusted)
    headers_are_good(introspect(world.trusted, token))
    headers_are_good(revoke(world.trusted, token))


# ---- 34: wrong credentials ----

def question(endpoint):
    return {"token": "A" * 30} if endpoint != "/oauth/token" else {"grant_type": "client_credentials"}


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_34_wrong_credentials(world, endpoint):
    fields, app = question(endpoint), world.trusted
    bodies = set()
    for wrong in (App(app.app_id, "0" * 32), App("0" * 32, app.secret), App(app.app_id, world.public.secret)):
        answer = token_request({**fields, **credentials(wrong)}, target=endpoint)
        refused(answer, 401, "invalid_client")
        assert answer.get("WWW-Authenticate") is None
        bodies.add(answer.body)
        answer = token_request(fields, basic(*wrong), endpoint)
        refused(answer, 401, "invalid_client")
        assert answer.get("WWW-Authenticate").startswith("Basic realm=")
        bodies.add(answer.body)
    assert len(bodies) == 1


@pytest.mark.parametrize("grant", GRANTS)
def test_34_wrong_secret_with_each_grant(world, grant):
    fields = {**world.whole(grant), "client_secret": "0" * 32}
    last = one("SELECT max(id) FROM audit_log")
    refused(token_request(fields), 401, "invalid_client")
    assert sql("SELECT act FROM audit_log WHERE id > %s AND act LIKE 'sign_in%%'", last) == []


# ---- 35: Basic is form-encoded inside ----

@pytest.mark.parametrize("secret", ["a:b", "a+b", "a b", "100%", "%3A", "Zoë ☎", "a&b=c", ":"])
def test_35_basic_is_form_encoded(world, secret):
    keep(secret)
    sql("INSERT INTO app_secret (app, secret, tail) SELECT id, %s, '' FROM app WHERE app_id = %s",
        digest(secret), world.trusted.app_id)
    spelled = {quote(secret, safe=""), quote(secret, safe="").replace("%20", "+"),
               "".join(f"%{byte:02x}" for byte in secret.encode())}
    for word in spelled:
        issued(token_request({"grant_type": "client_credentials"}, basic(world.trusted.app_id, word)),
               "client_credentials")
    issued(token_request({"grant_type": "client_credentials", "client_id": world.trusted.app_id,
                          "client_secret": secret}), "client_credentials")


def test_35_a_plus_is_a_blank_there(world):
    app = make_app(world.owner)
    sql("UPDATE app_secret SET secret = %s WHERE app = (SELECT id FROM app WHERE app_id = %s)",
        digest("a+b"), app.app_id)
    refused(token_request({"grant_type": "client_credentials"}, basic(app.app_id, "a+b")), 401, "invalid_client")
    issued(token_request({"grant_type": "client_credentials"}, basic(app.app_id, "a%2Bb")), "client_credentials")


# ---- 36: one authentication ----

@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("headers, fields", [
    pytest.param(lambda app: basic(*app), lambda app: credentials(app), id="both"),
    pytest.param(lambda app: basic(*app), lambda app: {"client_secret": "x"}, id="another secret"),
    pytest.param(lambda app: basic(*app), lambda app: {"client_id": "0" * 32}, id="another App ID"),
    pytest.param(lambda app: basic("x", "y"), lambda app: credentials(app), id="wrong Basic, good body"),
    pytest.param(lambda app: {"Authorization": "Bearer " + "A" * 30}, lambda app: credentials(app), id="Bearer"),
])
def test_36_two_authentications(world, endpoint, headers, fields):
    app, token = world.trusted, make_token(world.trusted)
    body = {**question(endpoint), "token": token, **fields(app)}
    refused(token_request(body, headers(app), endpoint), 400, "invalid_request")
    assert api(token).status == 200


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_36_no_authentication(world, endpoint):
    """RFC 6749 §5.2. WIRE §2: two clients say application_id and application_secret."""
    app = world.trusted
    for fields in ({}, {"client_id": ""}, {"client_secret": app.secret},
                   {"application_id": app.app_id, "application_secret": app.secret}):
        answer = token_request({**question(endpoint), **fields}, target=endpoint)
        assert "client_id" in refused(answer, 401, "invalid_client")
        assert answer.get("WWW-Authenticate") is None


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_36_two_authorization_headers(world, endpoint):
    good = basic(*world.trusted)["Authorization"]
    body = encode(question(endpoint))
    head = callgate.head_bytes("POST", endpoint, [
        ("Host", AUTHORITY), ("Connection", "close"), ("Content-Type", FORM_TYPE),
        ("Content-Length", str(len(body))), ("Authorization", good), ("Authorization", good)])
    keep(good.split()[1])
    answer = callgate.exchange(head + body, "POST", endpoint)
    assert answer.status in (400, 401) and "access_token" not in answer.text


# ---- 37: methods and types ----

@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_37_methods(world, endpoint, method):
    token = make_token(world.trusted)
    query = encode({"token": token, **world.whole("client_credentials")}).decode()
    answer = send(method, f"{endpoint}?{query}")
    assert (answer.status, answer.get("Allow")) == (405, "POST")
    if method != "HEAD":
        assert set(answer.json) == {"error", "error_description", "message"}
    assert api(token).status == 200


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "text/plain", "text/xml"])
def test_37_types(world, endpoint, kind):
    body = json.dumps({**question(endpoint), **credentials(world.trusted)}).encode()
    answer = token_request(body, {"Content-Type": kind}, endpoint)
    assert answer.status == 415 and set(answer.json) == {"error", "error_description", "message"}


@pytest.mark.parametrize("endpoint", ENDPOINTS[1:])
def test_parameters_twice_and_other_malformed_bodies(world, endpoint):
    good = encode({"token": "A" * 30, **credentials(world.trusted)})
    for body in (good + b"&token=x", good + b"&client_id=x", good + b"&token_type_hint=access_token"
                 b"&token_type_hint=access_token", good + b"&x=%zz", good + b"&x=%00", good + b"&x=\xff"):
        refused(token_request(body, target=endpoint), 400, "invalid_request")


# ---- the words ----

def without(fields, name):
    return {key: value for key, value in fields.items() if key != name}


@pytest.mark.parametrize("grant, name", [
    ("client_credentials", "grant_type"), ("authorization_code", "code"), ("refresh_token", "refresh_token"),
    ("password", "username"), ("password", "password")])
def test_what_is_missing_is_named(world, grant, name):
    for fields in (without(world.whole(grant), name), {**world.whole(grant), name: ""}):
        assert name in refused(token_request(fields), 400, "invalid_request")


@pytest.mark.parametrize("endpoint", ENDPOINTS[1:])
def test_what_is_missing_is_named_by_the_other_endpoints(world, endpoint):
    for fields in ({}, {"token": ""}):
        answer = token_request({**fields, **credentials(world.trusted)}, target=endpoint)
        assert "token" in refused(answer, 400, "invalid_request")


def test_the_words_say_what_to_change(world):
    """Whatever is refused for a reason that its sender can mend names what to send, or what to look at."""
    public, trusted = credentials(world.public), credentials(world.trusted)
    table = [
        ({"grant_type": "x", **trusted}, 400, "unsupported_grant_type", "refresh_token"),
        ({"grant_type": "client_credentials", "scope": "x", **trusted}, 400, "invalid_scope", "all"),
        ({"grant_type": "client_credentials", **trusted, "client_secret": "x"}, 401, "invalid_client", "secret"),
        ({"grant_type": "client_credentials", **public}, 400, "unauthorized_client", "trusted"),
        ({"grant_type": "refresh_token", "refresh_token": "x", **public}, 401, "invalid_grant", ""),
        ({"grant_type": "authorization_code", "code": "x", **public}, 400, "invalid_grant", "code"),
    ]
    for fields, status, error, word in table:
        assert word in refused(token_request(fields), status, error).lower()


@pytest.mark.parametrize("word", ["<script>alert(1)</script>", '"}{"access_token":"x', "\r\nSet-Cookie: a=b",
                                  "é" * 500, "\u202e", "%0d%0a", "x" * 60000])
def test_what_was_sent_is_not_echoed(world, word):
    for grant in ("client_credentials", "refresh_token", "authorization_code"):
        for name in world.fields(grant)[1]:
            answer = token_request({**world.whole(grant), name: word})
            assert 400 <= answer.status < 500 and "access_token" not in answer.json
            assert word not in answer.text and answer.all("Set-Cookie") == []


def test_71_a_secret_in_the_place_of_the_app_id_is_not_logged():
    """Both are 32 hex digits, and are confused."""
    app = make_app(make_user())
    swapped = {"client_id": app.secret, "client_secret": app.app_id}
    pair = base64.b64encode(f"{app.secret}:{app.app_id}".encode()).decode()
    for target in ("/oauth/token", "/oauth/revoke", "/oauth/introspect"):
        for grant in ("client_credentials", "authorization_code", "password", "refresh_token"):
            fields = {"grant_type": grant, "token": "x", "code": "x", "refresh_token": "x", "username": "x",
                      "password": "x"}
            refused(token_request({**fields, **swapped}, target=target), 401, "invalid_client")
            refused(token_request(fields, {"Authorization": "Basic " + pair}, target=target), 401, "invalid_client")
    issued(token_request({"grant_type": "client_credentials", **credentials(app)}), "client_credentials")
    callgate.wait_for(lambda: app.app_id in callgate.log_text(), "the last line is written")
    assert app.secret not in callgate.log_text()
