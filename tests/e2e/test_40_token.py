# test_40_token.py - POST /oauth/token: client_credentials, every way to send the credentials, and
# every request that is refused, with the error of RFC 6749 §5.2.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import base64
import http.client
import json
import socket

import pytest

import callgate
from callgate import (AUTHORITY, FORM_TYPE, HOST, PORT, TOKEN, App, api, make_admin, make_app, make_token,
                      make_user, refused, register, registered, send, sql, token_request)

GRANT = {"grant_type": "client_credentials"}


@pytest.fixture(scope="module")
def owner():
    return make_user()


@pytest.fixture(scope="module")
def app(owner):
    """A trusted application."""
    return make_app(owner)


def body_of(app, **changes):
    fields = {**GRANT, "client_id": app.app_id, "client_secret": app.secret, **changes}
    return {name: value for name, value in fields.items() if value is not None}


def basic(name, secret, scheme="Basic"):
    pair = f"{name}:{secret}".encode() if isinstance(name, str) else name
    return {"Authorization": f"{scheme} {base64.b64encode(pair).decode()}"}


def escaped(word):
    """Every character, whether it needs it or not."""
    return "".join(f"%{ord(char):02X}" for char in word)


def escaped_body(app):
    return "&".join(f"{escaped(name)}={escaped(value)}" for name, value in body_of(app).items()).encode()


def issued(answer):
    """The token of an answer that is exactly DESIGN §5's."""
    assert answer.status == 200, answer
    fields = answer.json
    token = fields.pop("access_token")
    assert TOKEN.fullmatch(token)
    assert fields == {"token_type": "Bearer", "expires_in": 3600, "scope": "all"}
    return token


# ---- a token ----

def test_the_whole_way(member):
    user, client = member
    app = registered(register(client, type="trusted"))
    token = issued(token_request(body_of(app)))
    assert api(token).json["login"] == user.login


def test_headers(app):
    answer = token_request(body_of(app))
    issued(answer)
    assert answer.get("Content-Type").replace(" ", "") in ("application/json", "application/json;charset=utf-8")
    assert answer.get("Cache-Control") == "no-store" and answer.get("Pragma") == "no-cache"
    assert answer.get("X-Content-Type-Options") == "nosniff"
    assert answer.all("Set-Cookie") == [] and answer.get("Access-Control-Allow-Origin") is None


def test_each_request_gives_another_token_and_all_are_good(app):
    tokens = {issued(token_request(body_of(app))) for _ in range(5)}
    assert len(tokens) == 5
    assert {api(token).status for token in tokens} == {200}


def test_what_is_kept(app):
    token = make_token(app)
    (row,) = sql("SELECT extract(epoch FROM expires_at - created_at)::int AS seconds FROM access_token"
                 " WHERE token = %s", callgate.digest(token))
    assert row == {"seconds": 3600}


WAYS = {
    # headers, body
    "body": lambda app: ({}, body_of(app)),
    "Basic": lambda app: (basic(*app), GRANT),
    "Basic, same client_id in the body": lambda app: (basic(*app), {**GRANT, "client_id": app.app_id}),
    "Basic, scheme in small letters": lambda app: (basic(*app, scheme="basic"), GRANT),
    "Basic, scheme in capitals": lambda app: (basic(*app, scheme="BASIC"), GRANT),
    "Basic, percent-encoded": lambda app: (basic(*map(escaped, app)), GRANT),
    "scope": lambda app: ({}, body_of(app, scope="all")),
    "empty scope": lambda app: ({}, body_of(app, scope="")),
    "unknown parameters": lambda app: ({}, body_of(app, redirect_uri="", username="x", foo="bar")),
    "charset": lambda app: ({"Content-Type": FORM_TYPE + "; charset=UTF-8"}, body_of(app)),
    "charset, quoted, in capitals": lambda app: (
        {"Content-Type": FORM_TYPE.upper() + ';CHARSET="utf-8"'}, body_of(app)),
    "no Content-Type": lambda app: ({"Content-Type": None}, body_of(app)),
    "percent-encoded body": lambda app: ({}, escaped_body(app)),
    "empty pairs": lambda app: ({}, b"&&" + callgate.encode(body_of(app)) + b"&"),
    "from a browser on another site": lambda app: (
        {"Origin": "https://spa.example", "Sec-Fetch-Site": "cross-site"}, body_of(app)),
    "with a cookie of nobody": lambda app: ({"Cookie": "callgate=" + "A" * 30}, body_of(app)),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_ways_to_send_the_credentials(app, way):
    headers, body = way(app)
    issued(token_request(body, headers))


@pytest.mark.parametrize("boundary", ["x", "----WebKitFormBoundary7MA4YWxkTrZu0gW", "a b"])
def test_multipart(app, boundary):
    kind, body = callgate.multipart(body_of(app), boundary)
    if " " in boundary:
        kind = kind.replace(boundary, f'"{boundary}"')
    issued(token_request(body, {"Content-Type": kind}))


def test_multipart_with_types_and_preamble(app):
    parts = "".join("--b\r\ncontent-type: text/plain; charset=utf-8\r\n"
                    f"Content-Disposition: form-data; name={name}\r\n\r\n{value}\r\n"
                    for name, value in body_of(app).items())
    body = f"ignored\r\n{parts}--b--\r\nignored".encode()
    issued(token_request(body, {"Content-Type": "Multipart/Form-Data; boundary=b"}))


# ---- wrong credentials ----

def invalid_client(answer, by_basic=False):
    refused(answer, 401, "invalid_client")
    challenge = answer.get("WWW-Authenticate")
    # RFC 6749 §5.2: who came with Basic is told so.
    assert challenge.startswith("Basic realm=") if by_basic else challenge is None
    return answer


def wrong_ones(app):
    other = make_app(make_user())
    return {
        "wrong secret": App(app.app_id, "0" * 32),
        "another application's secret": App(app.app_id, other.secret),
        "secret in capitals": App(app.app_id, app.secret.upper() if app.secret.upper() != app.secret else "X"),
        "cut secret": App(app.app_id, app.secret[:-1]),
        "longer secret": App(app.app_id, app.secret + "0"),
        "secret with a blank": App(app.app_id, app.secret + " "),
        "the id as secret": App(app.app_id, app.app_id),
        "no secret": App(app.app_id, ""),
        "unknown application": App("0" * 32, app.secret),
        "no App ID": App("x", app.secret),
        "App ID in capitals": App(app.app_id.upper(), app.secret),
        "long": App("x" * 1000, "x" * 1000),
        "SQL": App("' OR '1'='1", "' OR '1'='1"),
        "not ASCII": App("ü", "ü"),
    }


def test_wrong_credentials_are_answered_alike(owner):
    app = make_app(owner)
    sql("UPDATE app SET app_id = 'a' || substr(app_id, 2) WHERE app_id = %s", app.app_id)
    app = App("a" + app.app_id[1:], app.secret)
    issued(token_request(body_of(app)))
    bodies = set()
    for kind, wrong in wrong_ones(app).items():
        bodies.add(invalid_client(token_request(body_of(wrong))).body)
        if kind != "not ASCII":
            bodies.add(invalid_client(token_request(GRANT, basic(*wrong)), by_basic=True).body)
    assert len(bodies) == 1


@pytest.mark.parametrize("change", [
    pytest.param("UPDATE app_secret SET expires_at = now() WHERE app = %s", id="expired secret"),
    pytest.param("DELETE FROM app_secret WHERE app = %s", id="deleted secret"),
    pytest.param("UPDATE app SET status = 'disabled' WHERE id = %s", id="disabled application"),
    pytest.param("DELETE FROM app WHERE id = %s", id="deleted application"),
    pytest.param("DELETE FROM pbx_user WHERE id = (SELECT owner_id FROM app WHERE id = %s)", id="deleted owner"),
])
def test_what_was_good_a_moment_ago(change):
    app = make_app(make_user())
    issued(token_request(body_of(app)))
    sql(change, callgate.one("SELECT id FROM app WHERE app_id = %s", app.app_id))
    invalid_client(token_request(body_of(app)))


def test_two_secrets_may_live_at_once(owner):
    app, second = make_app(owner), callgate.fresh("second-secret")
    callgate.keep(second)
    sql("INSERT INTO app_secret (app, secret, tail) SELECT id, %s, right(%s, 4) FROM app WHERE app_id = %s",
        callgate.digest(second), second, app.app_id)
    issued(token_request(body_of(app)))
    issued(token_request(body_of(app, client_secret=second)))


def test_a_blocked_owner():
    user = make_user()
    app = make_app(user)
    token = make_token(app)
    callgate.run_fine("user", "set", user.login, "--status=blocked")
    refused(token_request(body_of(app)), 400, "invalid_grant")
    assert api(token).status == 401
    count = "SELECT count(*) FROM access_token t JOIN app a ON a.id = t.app WHERE a.app_id = %s"
    assert callgate.one(count, app.app_id) == 1
    callgate.run_fine("user", "set", user.login, "--status=active")
    assert api(make_token(app)).status == 200


# ---- not this application's grant ----

@pytest.mark.parametrize("kind", ["public", "password_credentials"])
def test_not_for_this_type(kind):
    app = make_app(make_admin(), type=kind)
    refused(token_request(body_of(app)), 400, "unauthorized_client")
    refused(token_request(GRANT, basic(*app)), 400, "unauthorized_client")


def test_the_type_is_told_to_nobody_without_the_secret():
    app = make_app(make_user(), type="public")
    invalid_client(token_request(body_of(app, client_secret="0" * 32)))


def test_a_native_application_has_nothing_to_show(member):
    _, client = member
    app = registered(register(client, native="1"))
    for secret in (None, "", "0" * 32, app.app_id):
        answer = token_request(body_of(app, client_secret=secret))
        assert answer.status in (400, 401) and answer.json["error"] in ("invalid_client", "unauthorized_client")


@pytest.mark.parametrize("grant", ["implicit", "CLIENT_CREDENTIALS", "client_credentials ,", "client-credentials",
                                   "urn:ietf:params:oauth:grant-type:jwt-bearer", "x" * 2000, "<script>", "ü"])
def test_unknown_grant(app, grant):
    refused(token_request(body_of(app, grant_type=grant)), 400, "unsupported_grant_type")


@pytest.mark.parametrize("scope", ["call_api", "all all", "ALL", "openid", "all,x", "ü", '"'])
def test_unknown_scope(app, scope):
    refused(token_request(body_of(app, scope=scope)), 400, "invalid_scope")


# ---- requests that are no good ----

def twice(app, name, first, second):
    pairs = [(key, value) for key, value in body_of(app, scope="all").items() if key != name]
    return [*pairs, (name, first), (name, second)]


@pytest.mark.parametrize("name", ["grant_type", "client_id", "client_secret", "scope"])
def test_a_parameter_twice(app, name):
    value = body_of(app, scope="all")[name]
    for first, second in ((value, value), (value, "x"), ("x", value), (value, ""), ("", value)):
        refused(token_request(twice(app, name, first, second)), 400, "invalid_request")


def test_a_part_twice(app):
    kind, body = callgate.multipart(body_of(app))
    body = body.replace(b"--callgate-e2e-boundary--", b"--callgate-e2e-boundary\r\nContent-Disposition: form-data;"
                        b" name=\"client_id\"\r\n\r\nx\r\n--callgate-e2e-boundary--")
    refused(token_request(body, {"Content-Type": kind}), 400, "invalid_request")


INVALID = {
    # headers, body
    "no grant_type": lambda app: ({}, body_of(app, grant_type=None)),
    "empty grant_type": lambda app: ({}, body_of(app, grant_type="")),
    "secret in Basic and body": lambda app: (basic(*app), body_of(app)),
    "secret in Basic, another in the body": lambda app: (basic(*app), {**GRANT, "client_secret": "x"}),
    "another client_id in the body": lambda app: (basic(*app), {**GRANT, "client_id": "0" * 32}),
    "wrong Basic, good body": lambda app: (basic("x", "y"), body_of(app)),
    "Basic of no base64": lambda app: ({"Authorization": "Basic !!!"}, GRANT),
    "Basic of cut base64": lambda app: ({"Authorization": "Basic QQ"}, GRANT),
    "Basic without colon": lambda app: (basic(app.app_id.encode(), ""), GRANT),
    "Basic with a broken escape": lambda app: (basic(app.app_id, "%zz"), GRANT),
    "Basic with invalid UTF-8": lambda app: (basic(b"\xff:x", ""), GRANT),
    "Basic with NUL": lambda app: (basic(b"a\0b:x", ""), GRANT),
    "Basic with an escaped NUL": lambda app: (basic("a%00b", "x"), GRANT),
    "Basic alone": lambda app: ({"Authorization": "Basic"}, GRANT),
    "broken escape": lambda app: ({}, callgate.encode(body_of(app)) + b"&x=%zz"),
    "cut escape": lambda app: ({}, callgate.encode(body_of(app)) + b"%4"),
    "invalid UTF-8": lambda app: ({}, callgate.encode(body_of(app)) + b"&x=%ff"),
    "raw invalid UTF-8": lambda app: ({}, callgate.encode(body_of(app)) + b"&x=\xff"),
    "NUL": lambda app: ({}, callgate.encode(body_of(app)) + b"&x=%00"),
    "raw NUL": lambda app: ({}, callgate.encode(body_of(app)) + b"&x=\0"),
    "129 parameters": lambda app: ({}, callgate.encode(body_of(app)) + b"&a=1" * 126),
    "broken parts": lambda app: ({"Content-Type": "multipart/form-data; boundary=b"}, b"--b\r\nx"),
}


@pytest.mark.parametrize("request_of", INVALID.values(), ids=INVALID.keys())
def test_invalid_request(app, request_of):
    headers, body = request_of(app)
    refused(token_request(body, headers), 400, "invalid_request")


UNNAMED = {
    "nothing": lambda app: ({}, {}),
    "no client": lambda app: ({}, GRANT),
    "empty client_id": lambda app: ({}, body_of(app, client_id="")),
    "empty id in Basic": lambda app: (basic("", app.secret), GRANT),
}


@pytest.mark.parametrize("request_of", UNNAMED.values(), ids=UNNAMED.keys())
def test_no_client_authentication(app, request_of):
    headers, body = request_of(app)
    refused(token_request(body, headers), 401, "invalid_client")


@pytest.mark.parametrize("scheme", ["Bearer", "Digest", "Token"])
def test_another_scheme(app, scheme):
    answer = token_request(body_of(app), {"Authorization": f"{scheme} {'A' * 30}"})
    assert answer.status in (400, 401) and answer.json["error"] in ("invalid_request", "invalid_client")


def test_content_length_zero():
    answer = send("POST", "/oauth/token", b"", {"Content-Type": FORM_TYPE})
    refused(answer, 401, "invalid_client")
    refused(send("POST", "/oauth/token", b""), 401, "invalid_client")


@pytest.mark.parametrize("names", [("client_id", "client_secret"), ("client_secret",), ("client_id",)])
def test_credentials_in_the_address(app, names):
    """Off by default; the refusal names the setting."""
    fields = body_of(app)
    query = "&".join(f"{name}={fields.pop(name)}" for name in names)
    for body in (fields, body_of(app)):
        text = refused(token_request(body, target="/oauth/token?" + query), 400, "invalid_request")
        assert "oauth.query_credentials" in text


def test_all_in_the_address(app):
    answer = send("POST", "/oauth/token?" + callgate.encode(body_of(app)).decode(), b"", {"Content-Type": FORM_TYPE})
    assert "oauth.query_credentials" in refused(answer, 400, "invalid_request")


def test_grant_in_the_address_does_not_count(app):
    answer = token_request(body_of(app, grant_type=None), target="/oauth/token?grant_type=client_credentials")
    refused(answer, 400, "invalid_request")


# ---- methods, types, sizes: JSON too ----

def json_error(answer, status):
    assert answer.status == status, answer
    fields = answer.json
    assert set(fields) == {"error", "error_description", "message"} and all(fields.values())
    return fields


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_methods(app, method):
    body = callgate.encode(body_of(app)) if method not in ("GET", "OPTIONS") else None
    answer = send(method, "/oauth/token", body, {"Content-Type": FORM_TYPE})
    json_error(answer, 405)
    assert answer.get("Allow") == "POST"


def test_head():
    answer = send("HEAD", "/oauth/token")
    assert (answer.status, answer.get("Allow"), answer.body) == (405, "POST", b"")


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "text/plain",
                                  "application/xml", "multipart/form-data", "multipart/mixed; boundary=b",
                                  "x", FORM_TYPE + "-not"])
def test_content_types(app, kind):
    json_error(token_request(json.dumps(body_of(app)).encode(), {"Content-Type": kind}), 415)


@pytest.mark.parametrize("size, status", [
    pytest.param(64 * 1024, 200, id="64 KiB"),
    pytest.param(64 * 1024 + 1, 413, id="a byte more"),
    pytest.param(200 * 1024, 413, id="200 KiB"),
    pytest.param(1024 * 1024, 413, id="1 MiB"),
    pytest.param(3 * 1024 * 1024, 413, id="3 MiB"),
])
def test_body_limit(app, size, status):
    start = callgate.encode(body_of(app)) + b"&x="
    answer = token_request(start + b"x" * (size - len(start)))
    assert answer.status == status, answer.status
    if size <= 1024 * 1024 and status == 413:
        json_error(answer, 413)


def test_the_site_is_as_well_after_large_bodies(app):
    for _ in range(3):
        assert token_request(b"x" * (1024 * 1024)).status == 413
    issued(token_request(body_of(app)))


def raw_request(app, *headers, body=None):
    body = callgate.encode(body_of(app)) if body is None else body
    head = callgate.head_bytes("POST", "/oauth/token", [("Host", AUTHORITY), ("Connection", "close"),
                                                        ("Content-Type", FORM_TYPE), *headers])
    return head, body


@pytest.mark.parametrize("length", ["-1", "x", "1e3", "0x10", "+5", "9223372036854775808",
                                    "18446744073709551616", "5, 6"])
def test_content_length_that_is_none(app, length):
    head, body = raw_request(app, ("Content-Length", length))
    answer = callgate.exchange(head + body, half_close=True)
    assert answer is None or answer.status in (400, 411, 413), answer


def test_two_content_lengths(app):
    head, body = raw_request(app, ("Content-Length", "5"), ("Content-Length", "500"))
    answer = callgate.exchange(head + body, half_close=True)
    assert answer is None or answer.status == 400


def test_a_body_shorter_than_said(app):
    head, body = raw_request(app, ("Content-Length", "5000"))
    answer = callgate.exchange(head + body, half_close=True)
    # mod_fcgid answers for itself, as no whole body ever came to us.
    own = (500,) if callgate.SERVER == "apache" else ()
    assert answer is None or answer.status in (400, 408, *own), answer
    issued(token_request(body_of(app)))


def test_chunks(app):
    head, body = raw_request(app, ("Transfer-Encoding", "chunked"))
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (body[:10], body[10:])) + b"0\r\n\r\n"
    answer = callgate.exchange(head + chunks)
    if answer.status == 411:
        return  # a server may ask for the length
    issued(answer)


def test_no_length_at_all(app):
    head, _ = raw_request(app)
    answer = callgate.exchange(head)
    assert answer is not None and answer.status in (400, 401, 411)


# ---- one connection ----

def test_keep_alive(app):
    """Good and bad requests in turn over one connection: each gets its own answer.

    A wrong secret is the bad one: Apache closes by itself after any 400.
    """
    good, body = callgate.encode(body_of(app)), callgate.encode({**body_of(app), "client_secret": "0" * 32})
    with socket.create_connection((HOST, PORT), callgate.DEADLINE) as connection:
        for number in range(12):
            method, data, status = (("POST", good, 200), ("POST", body, 401), ("GET", b"", 405))[number % 3]
            headers = [("Host", AUTHORITY)]
            if method == "POST":
                headers += [("Content-Type", FORM_TYPE), ("Content-Length", str(len(data)))]
            connection.sendall(callgate.head_bytes(method, "/oauth/token", headers) + data)
            response = http.client.HTTPResponse(connection, method=method)
            response.begin()
            assert not response.will_close
            answer = callgate.Answer(response.status, response.getheaders(), response.read())
            assert answer.status == status, answer
            if status == 200:
                issued(answer)


def test_http_1_0(app):
    data = callgate.encode(body_of(app))
    head = f"POST /oauth/token HTTP/1.0\r\nContent-Type: {FORM_TYPE}\r\nContent-Length: {len(data)}\r\n\r\n"
    issued(callgate.exchange(head.encode() + data))


def test_expect_continue(app):
    length = len(callgate.encode(body_of(app)))
    head, body = raw_request(app, ("Expect", "100-continue"), ("Content-Length", str(length)))
    answer = callgate.exchange(head + body)
    assert answer.status in (200, 417)


# ---- cookies and sessions play no part ----

def test_a_session_is_no_client(app, shared_member):
    _, client = shared_member
    answer = client.post("/oauth/token", {**GRANT, "client_id": app.app_id})
    refused(answer, 401, "invalid_client")


def test_use_is_noted(member):
    user, client = member
    app = make_app(user)
    assert callgate.one("SELECT last_used_at FROM app WHERE app_id = %s", app.app_id) is None
    make_token(app)
    row, = sql("SELECT a.last_used_at AS app, s.last_used_at AS secret FROM app a JOIN app_secret s ON s.app = a.id"
               " WHERE a.app_id = %s", app.app_id)
    assert row["app"] is not None and row["secret"] is not None


def test_hostile_words_stay_json(app):
    for text in ("<script>alert(1)</script>", '"}{"access_token":"x', "\\u0000", "\r\nSet-Cookie: a=b", "é" * 500):
        answer = token_request(body_of(app, grant_type=text, client_id=text))
        assert answer.status in (400, 401) and "access_token" not in answer.json and answer.all("Set-Cookie") == []
        assert text not in answer.text


def test_path_spelling(app):
    assert token_request(body_of(app), target="/oauth/token/").status in (200, 404)
    for target in ("/oauth/TOKEN", "/oauth/token/x", "/OAUTH/token", "/oauth"):
        assert token_request(body_of(app), target=target).status == 404, target
