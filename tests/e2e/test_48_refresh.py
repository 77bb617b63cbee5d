# test_48_refresh.py - refresh tokens: kept by applications with a secret, rotated for native ones,
# both limits of their life, and everything that ends them (ATTACKS 26-28).
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import base64
import concurrent.futures

import pytest

import callgate
from callgate import (TOKEN, api, audit_rows, digest, introspect, make_admin, make_app, make_user, one, refused,
                      revoke, run_fine, signed_in, sql, token_request)
from oauth import CALLBACK, credentials, make_public, refresh, set_app, tokens_for


@pytest.fixture(scope="module")
def owner():
    return make_user()


@pytest.fixture(scope="module")
def user():
    return make_user()


@pytest.fixture(scope="module")
def client(user):
    return signed_in(user)


@pytest.fixture(scope="module")
def app(owner):
    return make_public(owner)


@pytest.fixture(scope="module")
def native(owner):
    return make_public(owner, (CALLBACK,), native=True)


def issued(answer):
    assert answer.status == 200, answer
    fields = answer.json
    assert set(fields) == {"access_token", "refresh_token", "token_type", "expires_in", "scope"}
    assert (fields["token_type"], fields["expires_in"], fields["scope"]) == ("Bearer", 3600, "all")
    assert TOKEN.fullmatch(fields["access_token"]) and TOKEN.fullmatch(fields["refresh_token"])
    return fields


def ended(app, token):
    return refused(refresh(app, token), 401, "invalid_grant")


def grant_of(token):
    return one("SELECT grant_id FROM refresh_token WHERE token = %s", digest(token))


def row_of(grant):
    (row,) = sql("SELECT * FROM token_grant WHERE id = %s", grant)
    return row


def set_grant(token, change):
    sql(f"UPDATE token_grant SET {change} WHERE id = %s", grant_of(token))


@pytest.fixture(scope="module")
def level_of():
    """What the back-end is told of a token."""
    backend = make_app(make_admin(), api_backend=True)
    return lambda token: introspect(backend, token).json["level"]


# ---- an application with a secret keeps its refresh token ----

def test_the_same_refresh_token_for_ever(app, user, client):
    """WIRE §0.9: a client stores the new access token only."""
    tokens = tokens_for(client, app)
    seen = {tokens["access_token"]}
    for _ in range(5):
        fields = issued(refresh(app, tokens["refresh_token"]))
        assert fields["refresh_token"] == tokens["refresh_token"]
        seen.add(fields["access_token"])
    assert len(seen) == 6
    assert {api(token).json["login"] for token in seen} == {user.login}


def test_headers(app, client):
    answer = refresh(app, tokens_for(client, app)["refresh_token"])
    assert answer.get("Cache-Control") == "no-store" and answer.get("Pragma") == "no-cache"


def test_parallel_refreshes_all_work(app, client):
    token = tokens_for(client, app)["refresh_token"]
    with concurrent.futures.ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(lambda _: refresh(app, token), range(40)))
    assert {issued(answer)["refresh_token"] for answer in answers} == {token}
    assert len({answer.json["access_token"] for answer in answers}) == 40
    assert {api(answer.json["access_token"]).status for answer in answers} == {200}


@pytest.mark.parametrize("redirect_uri", [None, "", CALLBACK], ids=["absent", "empty", "sent"])
def test_redirect_uri_plays_no_part(app, client, redirect_uri):
    fields = {"grant_type": "refresh_token", "refresh_token": tokens_for(client, app)["refresh_token"],
              "redirect_uri": redirect_uri, **credentials(app)}
    issued(token_request({name: value for name, value in fields.items() if value is not None}))


def test_by_basic(app, client):
    pair = base64.b64encode(f"{app.app_id}:{app.secret}".encode()).decode()
    fields = {"grant_type": "refresh_token", "refresh_token": tokens_for(client, app)["refresh_token"]}
    issued(token_request(fields, {"Authorization": "Basic " + pair}))
    # A challenge would have a client with Basic ask its user for another secret, which is right.
    answer = token_request({**fields, "refresh_token": "0" * 30}, {"Authorization": "Basic " + pair})
    refused(answer, 401, "invalid_grant")
    assert answer.get("WWW-Authenticate") is None


def test_the_password_grant_gives_one_too(user):
    app = make_app(make_admin(), type="password_credentials")
    tokens = token_request({"grant_type": "password", "username": user.login, "password": user.password,
                            **credentials(app)}).json
    for _ in range(2):
        fields = issued(refresh(app, tokens["refresh_token"]))
        assert fields["refresh_token"] == tokens["refresh_token"]
        assert api(fields["access_token"]).json["login"] == user.login


# ---- 26: a native application's rotates ----

def test_26_rotation(native, user, client):
    tokens = tokens_for(client, native)
    seen = [tokens["refresh_token"]]
    for _ in range(4):
        fields = issued(refresh(native, seen[-1]))
        seen.append(fields["refresh_token"])
        assert api(fields["access_token"]).json["login"] == user.login
    assert len(set(seen)) == 5


def test_26_a_replay_after_the_window_ends_the_family(native, client):
    tokens = tokens_for(client, native)
    fields = issued(refresh(native, tokens["refresh_token"]))
    set_grant(tokens["refresh_token"], "rotated_at = now() - interval '31 seconds'")
    ended(native, tokens["refresh_token"])
    ended(native, fields["refresh_token"])
    assert api(tokens["access_token"]).status == api(fields["access_token"]).status == 401
    assert row_of(grant_of(tokens["refresh_token"]))["revoked_at"] is not None


def test_26_a_replay_is_on_record(owner, client):
    app = make_public(owner, native=True)
    tokens = tokens_for(client, app)
    issued(refresh(app, tokens["refresh_token"]))
    set_grant(tokens["refresh_token"], "rotated_at = now() - interval '31 seconds'")
    assert audit_rows(act="grant.replay", object_id=app.app_id) == []
    for _ in range(3):
        ended(app, tokens["refresh_token"])
    assert len(audit_rows(act="grant.replay", object_id=app.app_id)) == 1


def test_26_a_replay_inside_the_window_replaces_a_successor_never_used(native, client):
    """The answer was lost on the way: the client asks again."""
    first = tokens_for(client, native)["refresh_token"]
    lost = issued(refresh(native, first))["refresh_token"]
    set_grant(first, "rotated_at = now() - interval '25 seconds'")
    second = issued(refresh(native, first))["refresh_token"]
    assert len({first, lost, second}) == 3
    assert bytes(row_of(grant_of(first))["leaf"]) == digest(second)
    issued(refresh(native, second))


def test_26_the_window_is_no_longer_by_replays(native, client):
    first = tokens_for(client, native)["refresh_token"]
    issued(refresh(native, first))
    set_grant(first, "rotated_at = now() - interval '25 seconds'")
    issued(refresh(native, first))
    set_grant(first, "rotated_at = rotated_at - interval '6 seconds'")
    ended(native, first)


def test_26_the_replaced_successor_is_dead(native, client):
    """One live leaf: whoever comes with the other had it from nobody."""
    first = tokens_for(client, native)["refresh_token"]
    replaced = issued(refresh(native, first))["refresh_token"]
    leaf = issued(refresh(native, first))["refresh_token"]
    ended(native, replaced)
    ended(native, leaf)


def test_26_a_replay_once_the_successor_was_used(native, client):
    first = tokens_for(client, native)["refresh_token"]
    second = issued(refresh(native, first))["refresh_token"]
    third = issued(refresh(native, second))
    ended(native, first)
    ended(native, third["refresh_token"])
    assert api(third["access_token"]).status == 401


def test_26_an_ancestor(native, client):
    first = tokens_for(client, native)["refresh_token"]
    token = first
    for _ in range(4):
        token = issued(refresh(native, token))["refresh_token"]
    ended(native, first)
    ended(native, token)


def test_26_one_live_leaf_whatever_comes_at_once(native, client):
    first = tokens_for(client, native)["refresh_token"]
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: refresh(native, first), range(16)))
    given = {issued(answer)["refresh_token"] for answer in answers}
    assert len(given) == 16
    row = row_of(grant_of(first))
    (leaf,) = [token for token in given if digest(token) == bytes(row["leaf"])]
    assert row["revoked_at"] is None
    issued(refresh(native, leaf))


def test_26_families_are_strangers(native, client):
    one_token, other = (tokens_for(client, native)["refresh_token"] for _ in range(2))
    issued(refresh(native, one_token))
    set_grant(one_token, "rotated_at = now() - interval '31 seconds'")
    ended(native, one_token)
    issued(refresh(native, other))


@pytest.mark.parametrize("kind", ["refresh_token", "access_token"])
def test_26_after_a_deliberate_revocation_there_is_no_window(native, client, kind):
    tokens = tokens_for(client, native)
    fields = issued(refresh(native, tokens["refresh_token"]))
    assert revoke(native, fields[kind]).status == 200
    ended(native, tokens["refresh_token"])
    ended(native, fields["refresh_token"])
    assert api(fields["access_token"]).status == 401


# ---- 27: no more than was allowed ----

@pytest.mark.parametrize("scope", ["call_api", "all all", "ALL", "all openid", "admin"])
def test_27_a_wider_scope(app, client, scope):
    token = tokens_for(client, app)["refresh_token"]
    refused(refresh(app, token, scope=scope), 400, "invalid_scope")
    issued(refresh(app, token))


@pytest.mark.parametrize("scope", ["", "all"])
def test_27_the_same_scope(app, client, scope):
    issued(refresh(app, tokens_for(client, app)["refresh_token"], scope=scope))


@pytest.mark.parametrize("is_native", [False, True])
def test_27_a_lowered_level(owner, client, is_native, level_of):
    app = make_public(owner, native=is_native, level="all")
    tokens = tokens_for(client, app)
    assert level_of(tokens["access_token"]) == "all"
    run_fine("app", "set", app.app_id, "--level=call_api")
    assert level_of(tokens["access_token"]) == "call_api"
    fields = issued(refresh(app, tokens["refresh_token"]))
    assert level_of(fields["access_token"]) == "call_api"


def test_27_never_above_what_the_user_allowed(owner, client, level_of):
    app = make_public(owner)
    tokens = tokens_for(client, app)
    run_fine("app", "set", app.app_id, "--level=all")
    fields = issued(refresh(app, tokens["refresh_token"]))
    assert level_of(tokens["access_token"]) == level_of(fields["access_token"]) == "call_api"


def test_27_a_password_gives_the_application_s_level(user, level_of):
    """Nothing was asked of the user: the level is the application's, whatever it is now."""
    app = make_app(make_admin(), type="password_credentials")
    tokens = token_request({"grant_type": "password", "username": user.login, "password": user.password,
                            **credentials(app)}).json
    for level in ("call_api", "all", "call_api"):
        set_app(app, level=level)
        fields = issued(refresh(app, tokens["refresh_token"]))
        assert level_of(tokens["access_token"]) == level_of(fields["access_token"]) == level


# ---- 28: both limits ----

@pytest.mark.parametrize("which", ["app", "native"])
def test_28_idle(which, client, request):
    app = request.getfixturevalue(which)
    token = tokens_for(client, app)["refresh_token"]
    set_grant(token, "used_at = now() - interval '29 days'")
    token = issued(refresh(app, token))["refresh_token"]
    assert one("SELECT used_at > now() - interval '1 minute' FROM token_grant WHERE id = %s", grant_of(token))
    set_grant(token, "used_at = now() - interval '30 days'")
    ended(app, token)


@pytest.mark.parametrize("which", ["app", "native"])
def test_28_a_year_despite_use(which, client, request):
    app = request.getfixturevalue(which)
    token = tokens_for(client, app)["refresh_token"]
    before = row_of(grant_of(token))
    assert (before["expires_at"] - before["created_at"]).days == 365
    token = issued(refresh(app, token))["refresh_token"]
    assert row_of(grant_of(token))["expires_at"] == before["expires_at"]
    set_grant(token, "expires_at = now()")
    ended(app, token)


def test_use_is_noted_once_an_hour(app, client):
    """Clients that refresh before every call cost no write each."""
    token = tokens_for(client, app)["refresh_token"]
    noted = "SELECT used_at > now() - interval '1 minute' FROM token_grant WHERE id = %s"
    set_grant(token, "used_at = now() - interval '50 minutes'")
    issued(refresh(app, token))
    assert not one(noted, grant_of(token))
    set_grant(token, "used_at = now() - interval '70 minutes'")
    issued(refresh(app, token))
    assert one(noted, grant_of(token))


# ---- what is no refresh token ----

@pytest.mark.parametrize("token", [None, ""], ids=["absent", "empty"])
def test_none(app, token):
    """WIRE §2: a client in the field leaves it out, and takes any error for a reason to sign in."""
    assert "refresh_token" in refused(refresh(app, token), 400, "invalid_request")


@pytest.mark.parametrize("token", ["A" * 30, "A" * 29, "x", "x" * 5000, "undefined", "' OR '1'='1", "ü" * 30])
def test_an_unknown_one(app, token):
    refused(refresh(app, token), 401, "invalid_grant")


def test_other_tokens(app, client):
    tokens = tokens_for(client, app)
    for token in (tokens["access_token"], client.cookies[callgate.COOKIE]):
        refused(refresh(app, token), 401, "invalid_grant")


@pytest.mark.parametrize("which", ["app", "native"])
def test_another_application_s(which, owner, client, request):
    app = request.getfixturevalue(which)
    token = tokens_for(client, app)["refresh_token"]
    for stranger in (make_public(owner), make_public(owner, native=True)):
        refused(refresh(stranger, token), 401, "invalid_grant")
    issued(refresh(app, token))


def test_wrong_credentials(app, client):
    token = tokens_for(client, app)["refresh_token"]
    for changes in ({"client_secret": "0" * 32}, {"client_secret": None}):
        refused(refresh(app, token, **changes), 401, "invalid_client")
    issued(refresh(app, token))


def test_trusted_applications_have_none(owner):
    refused(refresh(make_app(owner), "A" * 30), 400, "unauthorized_client")


# ---- in force at the next request ----

def withdraw(user, app):
    sql("DELETE FROM permission WHERE user_id = %s", user.id)


ENDS = {
    "blocked user": lambda user, app: run_fine("user", "set", user.login, "--status=blocked"),
    "deleted user": lambda user, app: sql("DELETE FROM pbx_user WHERE id = %s", user.id),
    "changed password": lambda user, app: run_fine("user", "passwd", user.login, stdin="another good password\n"),
    "withdrawn consent": withdraw,
    "another owner": lambda user, app: run_fine("app", "set", app.app_id, "--owner=" + make_user().login),
    "what was given before counts no longer": lambda user, app: set_app(app, generation=2),
}


@pytest.mark.parametrize("change", ENDS.values(), ids=ENDS.keys())
def test_what_ends_a_grant(owner, change):
    """A native application: its credentials outlast every change."""
    user = make_user()
    app = make_public(owner, native=True)
    tokens = tokens_for(signed_in(user), app)
    assert api(tokens["access_token"]).status == 200
    change(user, app)
    assert api(tokens["access_token"]).status == 401
    ended(app, tokens["refresh_token"])


@pytest.mark.parametrize("end", [
    "UPDATE token_grant SET revoked_at = now() WHERE user_id = %s",
    "UPDATE token_grant SET expires_at = now() WHERE user_id = %s",
    "UPDATE pbx_user SET status = 'blocked' WHERE id = %s"], ids=["revoked", "expired", "blocked user"])
@pytest.mark.parametrize("native", [False, True], ids=["with a secret", "native"])
def test_what_is_refused_makes_no_token(owner, native, end):
    user = make_user()
    app = make_public(owner, (CALLBACK,), native=native)
    tokens = tokens_for(signed_in(user), app)
    sql(end, user.id)
    ended(app, tokens["refresh_token"])
    assert one("SELECT count(*) FROM access_token WHERE user_id = %s", user.id) == 1
    assert one("SELECT count(*) FROM refresh_token WHERE grant_id = %s", grant_of(tokens["refresh_token"])) == 1


@pytest.mark.parametrize("words", [["app", "set", "{}", "--status=disabled"], ["app", "delete", "{}", "--yes"],
                                   ["app", "set", "{}", "--type=trusted"]],
                         ids=["disabled application", "deleted application", "another type"])
def test_what_ends_an_application(owner, client, words):
    app = make_public(owner)
    tokens = tokens_for(client, app)
    run_fine(*[word.format(app.app_id) for word in words])
    assert api(tokens["access_token"]).status == 401
    refused(refresh(app, tokens["refresh_token"]), 401, "invalid_client")


def test_a_new_type_and_back_revives_nothing(owner, client):
    app = make_public(owner, level="all")
    tokens = tokens_for(client, app)
    for kind in ("trusted", "public"):
        run_fine("app", "set", app.app_id, f"--type={kind}")
    assert one("SELECT level FROM app WHERE app_id = %s", app.app_id) == "call_api"
    assert one("SELECT count(*) FROM app_secret s JOIN app a ON a.id = s.app WHERE a.app_id = %s", app.app_id) == 0
    secret = run_fine("app", "secret", app.app_id).strip()
    callgate.keep(secret)
    refused(refresh(app._replace(secret=secret), tokens["refresh_token"]), 401, "invalid_grant")
    assert api(tokens["access_token"]).status == 401


# sha512crypt of "old password"
OLD_HASH = ("$6$rounds=1000$callgate$AZ6fv7exoCtdTKbOVcWvqNNaC7Os7pEtct8ifuHc4gAIqYylmXlp.8IGdTkjvOkH9Tk7yF24"
            "OO7jSd58BykC0.")


def test_a_password_that_is_only_hashed_anew_ends_nothing(owner):
    """A hash of an old kind is made anew by the next sign-in, which is no change of password."""
    user = make_user(password_hash=OLD_HASH)
    app = make_public(owner)
    tokens = tokens_for(signed_in(user), app)
    fresh = callgate.Client()
    assert fresh.post("/login", {"username": user.login, "password": "old password"}).status == 303
    assert one("SELECT password_hash LIKE '$y$%%' FROM pbx_user WHERE id = %s", user.id)
    issued(refresh(app, tokens["refresh_token"]))

