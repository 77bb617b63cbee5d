# test_47_codes.py - a code is exchanged for tokens: once, within a minute, by the application it was
# given to, at the address it was sent to, with the verifier of its challenge (ATTACKS 21-25).
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import concurrent.futures
import threading

import pytest

import callgate
from callgate import (TOKEN, api, audit_rows, digest, introspect, make_app, make_user, one, refused, run_fine,
                      signed_in, sql)
from oauth import (CALLBACK, LOOPBACK, SCHEME, Proof, challenge_of, code_for, exchange, grants, make_public, proof,
                   refresh, set_app, tokens_for)

OTHER_CALLBACK = "https://client.example/other"


@pytest.fixture(scope="module")
def owner():
    return make_user()


@pytest.fixture(scope="module")
def user():
    """Who allows the applications and owns none."""
    return make_user()


@pytest.fixture(scope="module")
def client(user):
    return signed_in(user)


@pytest.fixture(scope="module")
def app(owner):
    return make_public(owner, (CALLBACK, OTHER_CALLBACK, LOOPBACK))


@pytest.fixture(scope="module")
def native(owner):
    return make_public(owner, (SCHEME,), native=True)


def issued(answer):
    """The fields of an answer that is exactly DESIGN §5's."""
    assert answer.status == 200, answer
    fields = answer.json
    assert set(fields) == {"access_token", "refresh_token", "token_type", "expires_in", "scope"}
    assert (fields["token_type"], fields["expires_in"], fields["scope"]) == ("Bearer", 3600, "all")
    assert TOKEN.fullmatch(fields["access_token"]) and TOKEN.fullmatch(fields["refresh_token"])
    assert fields["access_token"] != fields["refresh_token"]
    return fields


def code_row(code):
    (row,) = sql("SELECT * FROM auth_code WHERE code = %s", digest(code))
    return row


def is_alive(app, tokens):
    alive = api(tokens["access_token"]).status == 200
    assert (refresh(app, tokens["refresh_token"]).status == 200) == alive
    return alive


# ---- one exchange ----

def test_a_code_gives_tokens_of_the_user_who_allowed(app, user, client):
    answer = exchange(app, code_for(client, app))
    tokens = issued(answer)
    assert answer.get("Cache-Control") == "no-store" and answer.get("Pragma") == "no-cache"
    assert api(tokens["access_token"]).json["login"] == user.login


@pytest.mark.parametrize("changes", [{"scope": "all"}, {"scope": ""}, {"foo": "bar"}, {"code_verifier": ""}],
                         ids=["scope", "empty scope", "unknown parameter", "empty verifier"])
def test_what_may_be_sent_besides(app, client, changes):
    issued(exchange(app, code_for(client, app), **changes))


def test_a_native_application_has_only_its_id_and_the_verifier(native, client):
    pair = proof()
    code = code_for(client, native, **pair.asked)
    assert native.secret == ""
    issued(exchange(native, code, code_verifier=pair.verifier))


def test_a_code_that_was_copied_from_a_page(owner):
    app = make_public(owner, ())
    client = signed_in(owner)
    issued(exchange(app, code_for(client, app)))
    refused(exchange(app, code_for(client, app), redirect_uri=CALLBACK), 400, "invalid_grant")


def test_redirect_uri_may_be_left_out_twice(owner, client):
    """Not sent to the one endpoint: not needed at the other, or the one that is registered."""
    app = make_public(owner)
    for second in (None, "", CALLBACK):
        issued(exchange(app, code_for(client, app, redirect_uri=None), redirect_uri=second))


def test_an_unknown_scope(app, client):
    refused(exchange(app, code_for(client, app), scope="call_api"), 400, "invalid_scope")


def test_what_is_kept(app, user, client):
    code = code_for(client, app)
    row = code_row(code)
    assert row["user_id"] == user.id and row["redirect_url"] == CALLBACK and row["redirect_sent"]
    tokens = issued(exchange(app, code))
    grant = grants(user, app)[-1]
    assert code_row(code)["grant_id"] == grant["id"] and code_row(code)["used_at"] is not None
    assert (grant["expires_at"] - grant["created_at"]).days == 365 and grant["revoked_at"] is None
    assert bytes(grant["leaf"]) == digest(tokens["refresh_token"])
    assert one("SELECT grant_id FROM access_token WHERE token = %s", digest(tokens["access_token"])) == grant["id"]


# ---- 21: once ----

def test_21_the_second_use_ends_what_the_first_gave(app, user, client):
    other = issued(exchange(app, code_for(client, app)))
    code = code_for(client, app)
    tokens = issued(exchange(app, code))
    more = refresh(app, tokens["refresh_token"]).json
    for _ in range(3):
        refused(exchange(app, code), 400, "invalid_grant")
        assert api(tokens["access_token"]).status == api(more["access_token"]).status == 401
        refused(refresh(app, tokens["refresh_token"]), 401, "invalid_grant")
    assert is_alive(app, other)


def test_21_a_second_use_long_after_the_first(app, client):
    """A code that was used has no end: whoever found it later shows that it was stolen."""
    code = code_for(client, app)
    tokens = issued(exchange(app, code))
    sql("UPDATE auth_code SET expires_at = now() - interval '1 hour' WHERE code = %s", callgate.digest(code))
    refused(exchange(app, code), 400, "invalid_grant")
    assert not is_alive(app, tokens)


def test_21_the_second_use_is_on_record(owner, user, client):
    app = make_public(owner)
    code = code_for(client, app)
    issued(exchange(app, code))
    assert audit_rows(act="grant.replay", object_id=app.app_id) == []
    for _ in range(3):
        exchange(app, code)
    (row,) = audit_rows(act="grant.replay", object_id=app.app_id)
    assert row["object_kind"] == "app"


def test_21_nobody_else_ends_it(app, owner, client):
    """A second use without the right client, address and verifier is no replay."""
    pair = proof()
    code = code_for(client, app, **pair.asked)
    tokens = issued(exchange(app, code, code_verifier=pair.verifier))
    stranger = make_public(owner)
    refused(exchange(stranger, code, code_verifier=pair.verifier), 400, "invalid_grant")
    refused(exchange(app, code, code_verifier=pair.verifier, client_secret="0" * 32), 401, "invalid_client")
    refused(exchange(app, code, code_verifier=pair.verifier, redirect_uri=OTHER_CALLBACK), 400, "invalid_grant")
    refused(exchange(app, code, code_verifier=proof().verifier), 400, "invalid_grant")
    assert is_alive(app, tokens)
    refused(exchange(app, code, code_verifier=pair.verifier), 400, "invalid_grant")
    assert not is_alive(app, tokens)


# ---- 22: within a minute ----

def test_22_a_code_lives_for_a_minute(app, client):
    row = code_row(code_for(client, app))
    assert (row["expires_at"] - row["created_at"]).total_seconds() == 60


def test_22_an_expired_code(app, client):
    code = code_for(client, app)
    sql("UPDATE auth_code SET expires_at = now() WHERE code = %s", digest(code))
    refused(exchange(app, code), 400, "invalid_grant")
    assert code_row(code)["used_at"] is None


# ---- 23: by whom it was given to ----

def test_23_another_application(app, owner, client):
    code = code_for(client, app)
    stranger = make_public(owner)
    refused(exchange(stranger, code), 400, "invalid_grant")
    issued(exchange(app, code))


def test_23_another_application_without_secret(app, native, client):
    pair = proof()
    code = code_for(client, app, **pair.asked)
    refused(exchange(native, code, redirect_uri=CALLBACK, code_verifier=pair.verifier), 400, "invalid_grant")
    mine = code_for(client, native, **pair.asked)
    refused(exchange(app, mine, redirect_uri=SCHEME, code_verifier=pair.verifier), 400, "invalid_grant")


def test_23_wrong_credentials(app, client):
    code = code_for(client, app)
    for changes in ({"client_secret": "0" * 32}, {"client_secret": None}, {"client_id": "0" * 32}):
        refused(exchange(app, code, **changes), 401, "invalid_client")
    issued(exchange(app, code))


@pytest.mark.parametrize("redirect_uri", [
    OTHER_CALLBACK, LOOPBACK, CALLBACK + "/", CALLBACK + "?x=1", CALLBACK.upper(), "https://evil.example/callback",
    CALLBACK.replace("callback", "%63allback"), "x"])
def test_23_another_address(app, client, redirect_uri):
    refused(exchange(app, code_for(client, app), redirect_uri=redirect_uri), 400, "invalid_grant")


@pytest.mark.parametrize("redirect_uri", [None, ""], ids=["absent", "empty"])
def test_23_no_address_though_one_was_sent(app, client, redirect_uri):
    answer = exchange(app, code_for(client, app), redirect_uri=redirect_uri)
    assert answer.status == 400 and answer.json["error"] in ("invalid_grant", "invalid_request"), answer


def test_23_another_port(app, client):
    """Any port may be asked for; the one that was is the address."""
    sent = LOOPBACK.replace("127.0.0.1", "127.0.0.1:51004")
    code = code_for(client, app, redirect_uri=sent)
    for other in (LOOPBACK, LOOPBACK.replace("127.0.0.1", "127.0.0.1:51005")):
        refused(exchange(app, code, redirect_uri=other), 400, "invalid_grant")
    issued(exchange(app, code_for(client, app, redirect_uri=sent), redirect_uri=sent))


@pytest.mark.parametrize("length", [43, 64, 128])
def test_23_verifiers(app, client, length):
    pair = proof(length)
    issued(exchange(app, code_for(client, app, **pair.asked), code_verifier=pair.verifier))


def test_23_a_verifier_of_every_character(app, client):
    verifier = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
    pair = Proof(verifier, challenge_of(verifier))
    issued(exchange(app, code_for(client, app, **pair.asked), code_verifier=pair.verifier))


@pytest.mark.parametrize("which", ["app", "native"])
def test_23_wrong_verifiers(which, client, request):
    app = request.getfixturevalue(which)
    pair = proof()
    for verifier in (proof().verifier, pair.challenge, pair.verifier.swapcase(), pair.verifier + "A",
                     pair.verifier[1:] + "A"):
        code = code_for(client, app, **pair.asked)
        refused(exchange(app, code, code_verifier=verifier), 400, "invalid_grant")


@pytest.mark.parametrize("verifier", [None, ""], ids=["absent", "empty"])
@pytest.mark.parametrize("which", ["app", "native"])
def test_23_no_verifier_though_there_was_a_challenge(which, client, verifier, request):
    app = request.getfixturevalue(which)
    refused(exchange(app, code_for(client, app, **proof().asked), code_verifier=verifier), 400, "invalid_grant")


@pytest.mark.parametrize("change", [
    pytest.param(lambda verifier: verifier[:42], id="42"),
    pytest.param(lambda verifier: "a" * 129, id="129"),
    pytest.param(lambda verifier: "a", id="1"),
    pytest.param(lambda verifier: "a" * 5000, id="5000"),
    pytest.param(lambda verifier: verifier[1:] + "+", id="plus"),
    pytest.param(lambda verifier: verifier[1:] + "=", id="equals sign"),
    pytest.param(lambda verifier: verifier[1:] + "/", id="slash"),
    pytest.param(lambda verifier: verifier + " ", id="blank"),
    pytest.param(lambda verifier: verifier + "\n", id="newline"),
    pytest.param(lambda verifier: verifier[1:] + "ü", id="no ASCII"),
])
def test_23_what_is_no_verifier(app, client, change):
    pair = proof()
    code = code_for(client, app, **pair.asked)
    text = refused(exchange(app, code, code_verifier=change(pair.verifier)), 400, "invalid_request")
    assert "code_verifier" in text


def test_23_a_verifier_twice(app, client):
    pair = proof()
    code = code_for(client, app, **pair.asked)
    fields = [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", CALLBACK),
              ("client_id", app.app_id), ("client_secret", app.secret),
              ("code_verifier", pair.verifier), ("code_verifier", pair.verifier)]
    refused(callgate.token_request(fields), 400, "invalid_request")


# ---- 24: no downgrade ----

def test_24_a_verifier_without_a_challenge(app, client):
    """Else a code that was stolen before it got its challenge would pass for one that has it."""
    refused(exchange(app, code_for(client, app), code_verifier=proof().verifier), 400, "invalid_grant")
    pair = proof()
    refused(exchange(app, code_for(client, app), code_verifier=pair.challenge), 400, "invalid_grant")


def test_24_a_challenge_of_another_code(app, client):
    one_pair, other_pair = proof(), proof()
    code, other = code_for(client, app, **one_pair.asked), code_for(client, app, **other_pair.asked)
    refused(exchange(app, code, code_verifier=other_pair.verifier), 400, "invalid_grant")
    issued(exchange(app, other, code_verifier=other_pair.verifier))


# ---- 25: exactly one of many ----

def test_25_of_100_parallel_exchanges_one_succeeds_and_the_rest_end_what_it_gave(owner, user, client):
    app = make_public(owner)
    code = code_for(client, app)
    together = threading.Barrier(20)

    def try_it(number):
        if number < 20:
            together.wait(callgate.DEADLINE)
        return exchange(app, code)

    with concurrent.futures.ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(try_it, range(100)))
    good = [answer for answer in answers if answer.status == 200]
    assert len(good) == 1, [answer.status for answer in answers]
    for answer in answers:
        if answer is not good[0]:
            refused(answer, 400, "invalid_grant")
    assert not is_alive(app, issued(good[0]))
    (grant,) = grants(user, app)
    assert grant["revoked_at"] is not None
    assert len(audit_rows(act="grant.replay", object_id=app.app_id)) == 1


# ---- what is no code ----

@pytest.mark.parametrize("code", [None, ""], ids=["absent", "empty"])
def test_no_code(app, code):
    assert "code" in refused(exchange(app, code), 400, "invalid_request")


@pytest.mark.parametrize("code", ["A" * 30, "A" * 29, "A" * 31, "x", "x" * 5000, "' OR '1'='1", "ü" * 30,
                                  "A" * 29 + " "])
def test_an_unknown_code(app, code):
    refused(exchange(app, code), 400, "invalid_grant")


def test_another_token_is_no_code(app, client):
    tokens = issued(exchange(app, code_for(client, app)))
    for token in (tokens["access_token"], tokens["refresh_token"], client.cookies[callgate.COOKIE]):
        refused(exchange(app, token), 400, "invalid_grant")


@pytest.mark.parametrize("kind", ["trusted", "password_credentials"])
def test_not_for_this_type(owner, kind):
    app = make_app(owner, type=kind)
    refused(exchange(app, "A" * 30), 400, "unauthorized_client")


# ---- between the code and its exchange ----

CHANGES = {
    "blocked user": lambda user, app: run_fine("user", "set", user.login, "--status=blocked"),
    "deleted user": lambda user, app: sql("DELETE FROM pbx_user WHERE id = %s", user.id),
    "withdrawn consent": lambda user, app: sql("DELETE FROM permission WHERE user_id = %s", user.id),
    "another owner": lambda user, app: run_fine("app", "set", app.app_id, "--owner=" + make_user().login),
    "what was given before counts no longer": lambda user, app: set_app(app, generation=2),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_what_ends_a_code_before_it_is_used(owner, change):
    user = make_user()
    app = make_public(owner, native=True)
    pair = proof()
    code = code_for(signed_in(user), app, **pair.asked)
    change(user, app)
    refused(exchange(app, code, code_verifier=pair.verifier), 400, "invalid_grant")


@pytest.mark.parametrize("words", [["app", "set", "{}", "--status=disabled"], ["app", "delete", "{}", "--yes"]],
                         ids=["disabled application", "deleted application"])
def test_the_application_ends_before_the_code_is_used(owner, client, words):
    app = make_public(owner)
    code = code_for(client, app)
    run_fine(*[word.format(app.app_id) for word in words])
    refused(exchange(app, code), 401, "invalid_client")


def test_a_level_that_falls_before_the_code_is_used(owner, client):
    """The token's level is the application's now or the one that was allowed, whichever is lower."""
    app = make_public(owner, level="all")
    code = code_for(client, app)
    set_app(app, level="call_api")
    tokens = issued(exchange(app, code))
    assert introspect(app, tokens["access_token"]).json["level"] == "call_api"


def test_a_level_that_rises_before_the_code_is_used(owner, client):
    app = make_public(owner)
    code = code_for(client, app)
    set_app(app, level="all")
    tokens = issued(exchange(app, code))
    assert introspect(app, tokens["access_token"]).json["level"] == "call_api"
    again = tokens_for(client, app)
    assert introspect(app, again["access_token"]).json["level"] == "all"
