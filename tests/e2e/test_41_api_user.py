# test_41_api_user.py - GET /api/ver1.0/user/: the resource field for field for every kind of user,
# and every token that is not one, no longer one, or not this one.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import json
import os

import psycopg2.extras
import pytest

import callgate
from callgate import (API, AUTHORITY, App, api, make_app, make_token, make_user, send, sql)

USER = API + "/user/"


@pytest.fixture(scope="module")
def token():
    return make_token(make_app(make_user()))


def token_of(user):
    return make_token(make_app(user))


# ---- the resource ----

NOTHING = {"dealer_id": None, "client_id": None, "extension_group_id": None, "extension_id": None,
           "extra_params": None, "admin": False, "access": "full", "timezone": "UTC"}

DEMONSTRATION = {
    "ADMIN": {"admin": True},
    "USER": {"client_id": 12},
    "READONLY": {"client_id": 13, "access": "read_only"},
    "EXTENSION": None,  # whichever extension it has
}


@pytest.mark.parametrize("who", DEMONSTRATION)
def test_demonstration_users(who):
    login = os.environ[who + "_LOGIN"]
    (row,) = sql("SELECT id, extension_id, timezone FROM pbx_user WHERE login = %s", login)
    expected = DEMONSTRATION[who] or {"extension_id": row["extension_id"]}
    user = callgate.User(row["id"], login, os.environ[who + "_PASSWORD"])
    client = callgate.signed_in(user)
    app = callgate.registered(callgate.register(client, type="trusted"))
    answer = api(make_token(app))
    assert answer.status == 200
    assert answer.json == {**NOTHING, "id": row["id"], "login": login, "timezone": row["timezone"], **expected}


LEVELS = {
    "dealer": {"dealer_id": 3, "client_id": None, "tenant_id": None},
    "client": {"client_id": 12, "tenant_id": 12},
    "group": {"extension_group_id": 5, "client_id": None, "tenant_id": 12},
    "extension": {"extension_id": 7, "client_id": None, "tenant_id": 12},
    "administrator": {"admin": True, "client_id": None, "tenant_id": None},
    "read only": {"access": "read_only", "client_id": 12},
    "big number": {"client_id": 9007199254740993, "tenant_id": 9007199254740993},
    "timezone": {"timezone": "Europe/Moscow"},
}


@pytest.mark.parametrize("columns", LEVELS.values(), ids=LEVELS.keys())
def test_every_level(columns):
    user = make_user(**columns)
    answer = api(token_of(user))
    expected = {**NOTHING, "client_id": 12, "id": user.id, "login": user.login,
                **{name: value for name, value in columns.items() if name != "tenant_id"}}
    assert answer.json == expected
    # Not only equal: numbers as numbers, flags as flags.
    assert {name: type(value) for name, value in answer.json.items()} == {
        name: type(value) for name, value in expected.items()}


EXTRA = [{"a": [1, 2.5, None, True, {"b": "c"}]}, [1, "x"], "text", 0, -1.5, True, False, {}, [], "",
         {"имя": "Zoë ☎ 🔑", "\u007f<script>&\"'\\": "</script>\n\t\u0001"}, {"big": 12345678901234567890}]


@pytest.mark.parametrize("value", EXTRA, ids=[json.dumps(value) for value in EXTRA])
def test_extra_params_are_any_json(value):
    user = make_user(extra_params=psycopg2.extras.Json(value))
    answer = api(token_of(user))
    assert answer.json["extra_params"] == value  # .json reads ASCII only


def test_json_null_and_no_extra_params_are_alike():
    assert api(token_of(make_user(extra_params=psycopg2.extras.Json(None)))).json["extra_params"] is None
    assert api(token_of(make_user())).json["extra_params"] is None


def test_headers(token):
    answer = api(token)
    assert answer.get("Content-Type").startswith("application/json")
    assert answer.get("Cache-Control") == "no-store" and answer.get("X-Content-Type-Options") == "nosniff"
    assert answer.get("WWW-Authenticate") is None and answer.all("Set-Cookie") == []
    assert int(answer.get("Content-Length")) == len(answer.body)


@pytest.mark.parametrize("target", [USER, API + "/user", USER + "?a=b", API + "/user?"])
def test_spellings(token, target):
    assert api(token, target).status == 200


@pytest.mark.parametrize("target", [API + "/user/oauth/session/", API + "/user/oauth/session"])
def test_the_session(token, target):
    """The token itself: whose application, until when; of a client_credentials token no grant."""
    answer = api(token, target)
    row, = sql(
        "SELECT a.app_id, to_char(t.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS expires, NULL AS id"
        " FROM access_token t JOIN app a ON a.id = t.app WHERE t.token = %s", callgate.digest(token))
    assert answer.status == 200 and answer.json == dict(row)
    assert send("GET", target).status == 401 and send("GET", target).json["message"] == "Unauthorized"


@pytest.mark.parametrize("target", [API, "/api/ver1.0x/user/", "/api/ver1/user/", "/user/"])
def test_what_is_no_resource(token, target):
    assert api(token, target).status in (400, 404)


@pytest.mark.parametrize("target", [API + "/User/", API + "/user/x", API + "/", API + "/nothing/"])
def test_the_rest_is_the_back_end_s(token, target):
    """Behind the gate; what answers there says which address it got."""
    answer = api(token, target)
    assert answer.status == 200 and answer.json["target"] == target
    refused = api(None, target)
    assert refused.status == 401 and {"error", "error_description", "message"} <= set(refused.json)


def test_head(token):
    answer = api(token, method="HEAD")
    assert answer.status == 200 and answer.body == b""
    assert answer.get("Content-Length") == api(token).get("Content-Length")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_methods(token, method):
    answer = send(method, USER, b"" if method != "OPTIONS" else None, {"Authorization": f"Bearer {token}"})
    assert answer.status == 405 and answer.get("Allow") == "GET, HEAD"
    assert set(answer.json) == {"error", "error_description", "message"}


def test_the_user_as_it_is_now(token):
    user = make_user()
    own = token_of(user)
    callgate.run_fine("user", "set", user.login, "--access=read_only", "--timezone=Asia/Tokyo")
    answer = api(own).json
    assert (answer["access"], answer["timezone"]) == ("read_only", "Asia/Tokyo")


# ---- no token, or none that is good ----

def unauthorized(answer, with_error):
    """RFC 6750 §3: one challenge; §3.1: no error for who sent no token."""
    assert answer.status == 401, answer
    fields = answer.json
    assert set(fields) == {"error", "error_description", "message"} and fields["message"] == "Unauthorized"
    challenge = answer.get("WWW-Authenticate")
    assert challenge.startswith('Bearer realm="')
    assert ('error="invalid_token"' in challenge) == with_error == ("error=" in challenge)
    assert answer.get("Cache-Control") == "no-store" and answer.all("Set-Cookie") == []


@pytest.mark.parametrize("headers", [
    pytest.param({}, id="nothing"),
    pytest.param({"Authorization": ""}, id="empty"),
    pytest.param({"Authorization": "Basic YTpi"}, id="Basic"),
    pytest.param({"Authorization": "A" * 30}, id="no scheme"),
    pytest.param({"Authorization": "Token " + "A" * 30}, id="another scheme"),
    pytest.param({"Authorization": "BearerX " + "A" * 30}, id="longer scheme"),
    pytest.param({"Authorization": "Bearer"}, id="scheme alone"),
    pytest.param({"Authorization": "Bearer "}, id="scheme and blank"),
])
def test_without_a_token(headers):
    unauthorized(send("GET", USER, headers=headers), False)


WRONG = {
    "unknown": "A" * 30,
    "undefined": "undefined",
    "null": "null",
    "a character less": "A" * 29,
    "a character more": "A" * 31,
    "5 kB": "A" * 5000,
    "sign": "-" * 30,
    "not ASCII": "é" * 15,
    "SQL": "'OR'1'='1",
    "quotes": '"' * 30,
    "App ID": "0123456789abcdef" * 2,
}


@pytest.mark.parametrize("word", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_token(word):
    answer = api(word)
    # What is no token68 at all may count as none.
    unauthorized(answer, "error=" in answer.get("WWW-Authenticate"))
    if word.isalnum() and word.isascii():
        assert 'error="invalid_token"' in answer.get("WWW-Authenticate")


def test_a_token_of_10_kb():
    assert api("A" * 10000).status in (400, 401, 431)  # 431 is the web server's


def test_almost_the_token(token):
    for wrong in (token[:-1], token + "A", token.swapcase(), token[::-1]):
        assert wrong == token or api(wrong).status == 401
    for value in (f"Bearer {token} x", f"Bearer {token}, Bearer {token}", f"Bearer x {token}", f"Bearer {token},",
                  f'Bearer "{token}"', f"Bearer token={token}", f"Basic {token}"):
        assert send("GET", USER, headers={"Authorization": value}).status == 401, value


@pytest.mark.parametrize("form", ["Bearer {}", "bearer {}", "BEARER {}", "Bearer  {}", "  Bearer {}  "])
def test_spellings_of_the_scheme(token, form):
    assert send("GET", USER, headers={"Authorization": form.format(token)}).status == 200


def test_a_tab_behind_the_scheme(token):
    assert send("GET", USER, headers={"Authorization": f"Bearer\t{token}"}).status in (200, 400, 401)


def test_a_nul_in_the_token(token):
    answer = callgate.exchange(callgate.head_bytes("GET", USER, [("Host", AUTHORITY), ("Connection", "close"),
                                                                 ("Authorization", f"Bearer {token}\0x")]))
    assert answer is None or answer.status in (400, 401)


def test_two_authorization_headers(token):
    good, bad = f"Bearer {token}", "Bearer " + "A" * 30
    for first, second in ((good, bad), (bad, good), (good, "Basic YTpi"), ("Basic YTpi", good)):
        answer = send("GET", USER, headers=[("Authorization", first), ("Authorization", second)])
        assert answer.status in (400, 401), (first[:6], second[:6])


def test_a_token_in_the_address(token):
    """RFC 6750 §2.3 is not offered: 400, and never taken, alone or beside a good one."""
    for target in (USER + "?access_token=" + token, USER + "?x=1&access_token=" + "A" * 30):
        for headers in ({}, {"Authorization": f"Bearer {token}"}):
            answer = send("GET", target, headers=headers)
            assert answer.status == 400, (target[-60:-30], headers)
            assert set(answer.json) == {"error", "error_description", "message"}


def test_a_token_in_the_body(token):
    body = callgate.encode({"access_token": token})
    assert send("GET", USER, body, {"Content-Type": callgate.FORM_TYPE}).status in (400, 401)


def test_a_session_is_no_token(shared_member):
    _, client = shared_member
    unauthorized(client.get(USER), False)
    cookie = next(iter(client.cookies.values()))
    unauthorized(api(cookie), True)


def test_a_secret_is_no_token():
    app = make_app(make_user())
    for word in app:
        unauthorized(api(word), True)


# ---- no longer a token ----

ENDED = {
    "expired": "UPDATE access_token SET expires_at = now() WHERE token = %(token)s",
    "revoked": "UPDATE access_token SET revoked_at = now() WHERE token = %(token)s",
    "gone": "DELETE FROM access_token WHERE token = %(token)s",
    "application disabled": "UPDATE app SET status = 'disabled' WHERE app_id = %(app)s",
    "application gone": "DELETE FROM app WHERE app_id = %(app)s",
    "user blocked": "UPDATE pbx_user SET status = 'blocked' WHERE id = %(user)s",
    "user gone": "DELETE FROM pbx_user WHERE id = %(user)s",
}


def sql_named(statement, values):
    for name, value in values.items():
        if f"%({name})s" in statement:
            sql(statement.replace(f"%({name})s", "%s"), value)


@pytest.mark.parametrize("statement", ENDED.values(), ids=ENDED.keys())
def test_a_token_ends_at_once(statement):
    user = make_user()
    app = make_app(user)
    token = make_token(app)
    assert api(token).status == 200
    sql_named(statement, {"token": callgate.digest(token), "app": app.app_id, "user": user.id})
    unauthorized(api(token), True)


def test_blocking_by_command_ends_tokens_at_once():
    user = make_user()
    token = token_of(user)
    assert api(token).status == 200
    callgate.run_fine("user", "set", user.login, "--status=blocked")
    unauthorized(api(token), True)


def test_a_new_password_ends_no_tokens():
    """Applications keep working; only sign-ins end."""
    user = make_user()
    token = token_of(user)
    callgate.run_fine("user", "passwd", user.login, stdin="another password\n")
    assert api(token).status == 200


def test_an_expired_token_stays_expired_beside_a_new_one():
    app = make_app(make_user())
    old, new = make_token(app), make_token(app)
    sql("UPDATE access_token SET expires_at = now() - interval '1 second' WHERE token = %s", callgate.digest(old))
    assert [api(word).status for word in (old, new, old)] == [401, 200, 401]


def test_answers_do_not_mix():
    """Two users in turn: each answer is its own token's."""
    users = [make_user(), make_user()]
    tokens = [token_of(user) for user in users]
    for _ in range(5):
        for user, word in zip(users, tokens):
            assert api(word).json["login"] == user.login


def test_app_ids_are_no_user_ids():
    """RFC 6749 §10.16: an application never passes for a user."""
    user = make_user()
    app = make_app(user)
    assert isinstance(app, App) and app.app_id != str(user.id)
    assert api(make_token(app)).json["id"] == user.id
