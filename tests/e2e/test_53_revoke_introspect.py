# test_53_revoke_introspect.py - POST /oauth/revoke and /oauth/introspect, the metadata and whether it
# is true, and pages of other sites that use them all from the browser (ATTACKS 49-51).
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import base64
import time
from urllib.parse import urlsplit

import pytest

import callgate
from callgate import (API, FORM_TYPE, URL, Server, api, audit_rows, digest, introspect, keep, make_admin, make_app,
                      make_token, make_user, one, refused, revoke, run_fine, send, signed_in, sql, token_request)
from oauth import answer_of, authorize, credentials, make_public, refresh, tokens_for


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
def trusted(owner):
    return make_app(owner)


@pytest.fixture(scope="module")
def backend():
    return make_app(make_admin(), api_backend=True)


def basic(app):
    pair = base64.b64encode(f"{app.app_id}:{app.secret}".encode()).decode()
    keep(pair)
    return {"Authorization": "Basic " + pair}


def done(answer):
    assert answer.status == 200 and answer.json == {}, answer
    assert answer.get("Cache-Control") == "no-store"


def inactive(answer):
    assert answer.status == 200 and answer.json == {"active": False}, answer


def is_dead(app, tokens):
    dead = api(tokens["access_token"]).status == 401
    assert (refresh(app, tokens["refresh_token"]).status == 401) == dead
    return dead


# ---- 50: revoke ----

@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
@pytest.mark.parametrize("hint", [None, "", "access_token", "refresh_token"])
@pytest.mark.parametrize("is_native", [False, True], ids=["with a secret", "native"])
def test_50_an_own_token_ends_with_its_grant(owner, client, kind, hint, is_native):
    """A wrong hint is no hint: it is found all the same."""
    app = make_public(owner, native=is_native)
    tokens, others = tokens_for(client, app), tokens_for(client, app)
    more = refresh(app, tokens["refresh_token"]).json
    done(revoke(app, more[kind], token_type_hint=hint))
    assert is_dead(app, tokens) and is_dead(app, more)
    assert not is_dead(app, others)


def test_50_by_basic(app, client):
    tokens = tokens_for(client, app)
    done(token_request({"token": tokens["refresh_token"]}, basic(app), "/oauth/revoke"))
    assert is_dead(app, tokens)


def test_50_a_trusted_token_ends_alone(trusted):
    first, second = make_token(trusted), make_token(trusted)
    done(revoke(trusted, first))
    assert (api(first).status, api(second).status) == (401, 200)


def test_50_the_password_grant_s(user):
    app = make_app(make_admin(), type="password_credentials")
    tokens = token_request({"grant_type": "password", "username": user.login, "password": user.password,
                            **credentials(app)}).json
    done(revoke(app, tokens["access_token"]))
    assert is_dead(app, tokens)


def test_50_twice(app, client):
    tokens = tokens_for(client, app)
    for _ in range(2):
        done(revoke(app, tokens["refresh_token"]))


@pytest.mark.parametrize("token", ["A" * 30, "x", "undefined", "x" * 5000, "ü", "' OR '1'='1"])
def test_50_an_unknown_token(app, token):
    done(revoke(app, token))


def test_50_another_application_s(app, trusted, owner, client):
    tokens = tokens_for(client, app)
    backend = make_app(make_admin(), api_backend=True)
    for stranger in (make_public(owner), make_public(owner, native=True), trusted, backend):
        for token in (tokens["access_token"], tokens["refresh_token"]):
            done(revoke(stranger, token))
    assert not is_dead(app, tokens)
    token = make_token(trusted)
    done(revoke(app, token))
    assert api(token).status == 200


@pytest.mark.parametrize("hint", ["id_token", "code", "ACCESS_TOKEN", "x"])
def test_50_an_unsupported_type(app, client, hint):
    tokens = tokens_for(client, app)
    refused(revoke(app, tokens["access_token"], token_type_hint=hint), 400, "unsupported_token_type")
    assert not is_dead(app, tokens)


def test_50_only_whoever_shows_the_secret(app, client):
    tokens = tokens_for(client, app)
    refused(revoke(app, tokens["access_token"], client_secret="0" * 32), 401, "invalid_client")
    refused(revoke(app, tokens["access_token"], client_secret=None), 401, "invalid_client")
    refused(token_request({"token": tokens["access_token"]}, target="/oauth/revoke"), 401, "invalid_client")
    assert not is_dead(app, tokens)


def test_50_is_on_record_once(owner, user, client):
    app = make_public(owner)
    tokens = tokens_for(client, app)
    for _ in range(2):
        done(revoke(app, tokens["refresh_token"]))
    done(revoke(app, "A" * 30))
    (row,) = audit_rows(act="token.revoke", object_id=app.app_id)
    assert row["object_kind"] == "app" and tokens["refresh_token"] not in str(row)


def test_50_a_consent_outlives_it(app, user, client):
    """The user allowed the application, which gave a token back: no reason to ask again."""
    done(revoke(app, tokens_for(client, app)["refresh_token"]))
    assert one("SELECT count(*) FROM permission WHERE user_id = %s AND app = (SELECT id FROM app WHERE app_id = %s)",
               user.id, app.app_id) == 1


# ---- 49: introspect ----

def test_49_an_own_token(app, user, client):
    token = tokens_for(client, app)["access_token"]
    before = int(time.time())
    facts = introspect(app, token).json
    assert set(facts) == {"active", "scope", "client_id", "username", "token_type", "exp", "iat", "sub", "iss",
                          "level", "access", "user"}
    assert facts["active"] is True and facts["token_type"] == "Bearer" and facts["scope"] == "all"
    assert (facts["client_id"], facts["username"], facts["sub"]) == (app.app_id, user.login, str(user.id))
    assert facts["exp"] - facts["iat"] == 3600 and abs(facts["iat"] - before) <= 60
    assert (facts["iss"], facts["level"], facts["access"]) == (URL, "call_api", "full")
    assert facts["user"] == api(token).json


def test_49_the_back_end_sees_every_token(backend, app, trusted, owner, user, client):
    facts = introspect(backend, tokens_for(client, app)["access_token"]).json
    assert (facts["active"], facts["client_id"], facts["username"]) == (True, app.app_id, user.login)
    facts = introspect(backend, make_token(trusted)).json
    assert (facts["active"], facts["client_id"], facts["username"]) == (True, trusted.app_id, owner.login)


def test_49_by_basic(backend, trusted):
    answer = token_request({"token": make_token(trusted)}, basic(backend), "/oauth/introspect")
    assert answer.json["active"] is True


def test_49_the_command_makes_a_back_end(owner, trusted):
    app = make_app(owner)
    token = make_token(trusted)
    inactive(introspect(app, token))
    run_fine("app", "set", app.app_id, "--api-backend")
    assert introspect(app, token).json["active"] is True
    run_fine("app", "set", app.app_id, "--api-backend=no")
    inactive(introspect(app, token))


def test_49_a_refresh_token(app, user, client):
    tokens = tokens_for(client, app)
    facts = introspect(app, tokens["refresh_token"]).json
    assert (facts["active"], facts["client_id"], facts["username"]) == (True, app.app_id, user.login)
    # Nobody may take it for an access token.
    assert facts["token_type"] != "Bearer" and api(tokens["refresh_token"]).status == 401


@pytest.mark.parametrize("change", [
    "UPDATE token_grant SET used_at = now() - interval '31 days' WHERE user_id = %s",
    "UPDATE token_grant SET expires_at = now() WHERE user_id = %s",
    "UPDATE token_grant SET revoked_at = now() WHERE user_id = %s",
    "UPDATE app SET generation = generation + 1 WHERE id = (SELECT app FROM token_grant WHERE user_id = %s)",
    "UPDATE pbx_user SET status = 'blocked' WHERE id = %s"],
    ids=["unused for long", "expired", "revoked", "given before a new owner or type", "blocked user"])
def test_49_a_refresh_token_that_ended(owner, backend, change):
    user = make_user()
    token = tokens_for(signed_in(user), make_public(owner))["refresh_token"]
    assert introspect(backend, token).json["active"] is True
    sql(change, user.id)
    inactive(introspect(backend, token))


def test_49_a_rotated_refresh_token(owner, client, backend):
    app = make_public(owner, native=True)
    first = tokens_for(client, app)["refresh_token"]
    second = refresh(app, first).json["refresh_token"]
    inactive(introspect(backend, first))
    assert introspect(backend, second).json["active"] is True


@pytest.mark.parametrize("hint", [None, "", "access_token", "refresh_token"])
def test_49_a_wrong_hint_finds_it(trusted, hint):
    assert introspect(trusted, make_token(trusted), token_type_hint=hint).json["active"] is True


def test_49_another_application_s(app, trusted, owner, client):
    tokens = tokens_for(client, app)
    for stranger in (trusted, make_public(owner)):
        inactive(introspect(stranger, tokens["access_token"]))
        inactive(introspect(stranger, tokens["refresh_token"]))


@pytest.mark.parametrize("token", ["A" * 30, "x", "undefined", "x" * 5000, "ü", "' OR '1'='1"])
def test_49_an_unknown_token(app, backend, token):
    inactive(introspect(app, token))
    inactive(introspect(backend, token))


def expire(tokens):
    sql("UPDATE access_token SET expires_at = now() WHERE token = %s", digest(tokens["access_token"]))
    sql("UPDATE token_grant SET expires_at = now() WHERE leaf = %s", digest(tokens["refresh_token"]))


ENDS = {
    "revoked": lambda app, user, tokens: revoke(app, tokens["access_token"]),
    "expired": lambda app, user, tokens: expire(tokens),
    "blocked user": lambda app, user, tokens: run_fine("user", "set", user.login, "--status=blocked"),
    "disabled application": lambda app, user, tokens: run_fine("app", "set", app.app_id, "--status=disabled"),
    "deleted application": lambda app, user, tokens: run_fine("app", "delete", app.app_id, "--yes"),
    "changed password": lambda app, user, tokens: run_fine("user", "passwd", user.login, stdin="a new password\n"),
    "withdrawn consent": lambda app, user, tokens: sql("DELETE FROM permission WHERE user_id = %s", user.id),
    "another owner": lambda app, user, tokens: run_fine("app", "set", app.app_id, "--owner=" + make_user().login),
    "another type": lambda app, user, tokens: run_fine("app", "set", app.app_id, "--type=trusted"),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_49_in_force_at_the_next_request(owner, backend, end):
    user = make_user()
    app = make_public(owner)
    tokens = tokens_for(signed_in(user), app)
    assert introspect(backend, tokens["access_token"]).json["active"] is True
    end(app, user, tokens)
    inactive(introspect(backend, tokens["access_token"]))
    inactive(introspect(backend, tokens["refresh_token"]))
    assert api(tokens["access_token"]).status == 401


def test_49_level_and_access_are_those_of_now(owner, backend):
    user = make_user()
    app = make_public(owner, level="all")
    token = tokens_for(signed_in(user), app)["access_token"]
    facts = introspect(backend, token).json
    assert (facts["level"], facts["access"]) == ("all", "full")
    run_fine("app", "set", app.app_id, "--level=call_api")
    run_fine("user", "set", user.login, "--access=read_only")
    facts = introspect(backend, token).json
    assert (facts["level"], facts["access"], facts["user"]["access"]) == ("call_api", "read_only", "read_only")


def test_49_without_authentication(app, owner, client):
    token = tokens_for(client, app)["access_token"]
    refused(token_request({"token": token}, target="/oauth/introspect"), 401, "invalid_client")
    refused(introspect(app, token, client_secret=None), 401, "invalid_client")
    refused(introspect(app, token, client_secret="0" * 32), 401, "invalid_client")
    answer = send("POST", "/oauth/introspect", f"token={token}".encode(),
                  {"Content-Type": FORM_TYPE, "Authorization": f"Bearer {token}"})
    assert answer.status in (400, 401) and "active" not in answer.json


def test_49_whoever_has_no_secret_is_not_authenticated(owner, client):
    """Anybody knows a native application's App ID."""
    app = make_public(owner, native=True)
    refused(introspect(app, tokens_for(client, app)["access_token"]), 401, "invalid_client")


# ---- 51: the metadata ----

METADATA = "/.well-known/oauth-authorization-server"

KNOWN = {"issuer", "authorization_endpoint", "token_endpoint", "revocation_endpoint", "introspection_endpoint",
         "response_types_supported", "response_modes_supported", "grant_types_supported", "scopes_supported",
         "code_challenge_methods_supported", "token_endpoint_auth_methods_supported",
         "revocation_endpoint_auth_methods_supported", "introspection_endpoint_auth_methods_supported",
         "authorization_response_iss_parameter_supported", "service_documentation", "ui_locales_supported"}


@pytest.fixture(scope="module")
def metadata():
    answer = send("GET", METADATA)
    assert answer.status == 200, answer
    return answer.json


def test_51_says_what_is_there(metadata):
    assert set(metadata) <= KNOWN
    assert metadata["issuer"] == URL
    for name, path in (("authorization_endpoint", "/oauth/authorize"), ("token_endpoint", "/oauth/token"),
                       ("revocation_endpoint", "/oauth/revoke"), ("introspection_endpoint", "/oauth/introspect")):
        assert metadata[name] == URL + path
    assert metadata["response_types_supported"] == ["code"]
    assert metadata["scopes_supported"] == ["all"] and metadata["code_challenge_methods_supported"] == ["S256"]
    assert set(metadata["grant_types_supported"]) == {"authorization_code", "client_credentials", "password",
                                                      "refresh_token"}
    assert set(metadata["token_endpoint_auth_methods_supported"]) == {"client_secret_basic", "client_secret_post",
                                                                      "none"}
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert metadata.get("response_modes_supported", ["query"]) == ["query"]


def test_51_every_address_answers(metadata, client):
    for name, value in metadata.items():
        if not isinstance(value, str) or name == "issuer":
            continue
        assert value.startswith(URL + "/") and not urlsplit(value).query and not urlsplit(value).fragment
        method = "GET" if name in ("authorization_endpoint", "service_documentation") else "POST"
        answer = client.send(method, value[len(URL):], b"" if method == "POST" else None)
        assert answer.status in ((200, 400) if method == "GET" else (400, 401)), (name, answer)


def test_51_every_grant_works(metadata):
    for grant in metadata["grant_types_supported"]:
        answer = token_request({"grant_type": grant, "client_id": "0" * 32, "client_secret": "0" * 32, "code": "x",
                                "refresh_token": "x", "username": "x", "password": "x"})
        assert answer.json["error"] == "invalid_client", (grant, answer)


def test_51_every_authentication_works(metadata, trusted, owner, client):
    fields = {"grant_type": "client_credentials"}
    ways = {"client_secret_post": lambda: token_request({**fields, **credentials(trusted)}),
            "client_secret_basic": lambda: token_request(fields, basic(trusted))}
    for name in set(metadata["token_endpoint_auth_methods_supported"]) - {"none"}:
        assert ways[name]().status == 200, name
    native = make_public(owner, native=True)
    assert tokens_for(client, native)["access_token"]
    for name in metadata.get("revocation_endpoint_auth_methods_supported", []):
        assert name in {*ways, "none"}
    assert "none" not in metadata.get("introspection_endpoint_auth_methods_supported", [])


def test_51_the_issuer_is_the_one_of_redirects(metadata, client, app):
    tokens_for(client, app)  # so that the next one is not asked about
    assert answer_of(authorize(client, app, state="x"))["iss"] == metadata["issuer"]


def test_51_headers_and_methods():
    answer = send("GET", METADATA)
    assert answer.get("Content-Type").startswith("application/json") and answer.all("Set-Cookie") == []
    assert send("HEAD", METADATA).status == 200
    answer = send("POST", METADATA, b"")
    assert answer.status == 405 and "GET" in answer.get("Allow")
    assert send("GET", METADATA + "?x=1").body == send("GET", METADATA).body


@pytest.mark.parametrize("target", [METADATA + "/x", METADATA + "/oauth", "/.well-known/openid-configuration",
                                    "/.well-known/", "/.well-known"])
def test_51_nothing_else_is_well_known(target):
    assert send("GET", target).status == 404


def test_51_host_is_not_believed(metadata):
    """ATTACKS 55."""
    answer = send("GET", METADATA, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example",
                                            "X-Forwarded-Proto": "https"})
    assert answer.status in (200, 400, 404)
    if answer.status == 200:
        assert answer.json == metadata


# ---- other origins ----

SPA, SECOND = "https://spa.example", "https://second.example:8443"
CORS = ["/oauth/token", "/oauth/revoke", METADATA, "/oauth/openapi.json", API + "/user/", API + "/application/",
        API + "/application/permission/"]
NO_CORS = ["/oauth/authorize", "/oauth/introspect", "/login", "/app/", "/app/register", "/app/authorized", "/",
           "/logout", "/nothing"]


@pytest.fixture(scope="module")
def open_server():
    with Server(CALLGATE_CORS_ORIGINS=f"{SPA} {SECOND}") as server:
        yield server


@pytest.fixture(scope="module")
def https_server():
    with Server(CALLGATE_SITE_URL="https://callgate.example") as server:
        yield server


def test_51_over_https_it_says_so(https_server):
    fields = https_server.send("GET", METADATA).json
    assert fields["issuer"] == "https://callgate.example"
    assert all(value.startswith("https://callgate.example/") for name, value in fields.items()
               if name.endswith("_endpoint"))


def preflight(server, target, origin, method="POST", headers="authorization, content-type"):
    asked = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    return server.send("OPTIONS", target, None, asked)


def words(value):
    return {word.strip().lower() for word in (value or "").split(",")}


def allows(answer, origin):
    assert answer.get("Access-Control-Allow-Origin") == origin, answer
    assert "origin" in words(answer.get("Vary"))
    assert answer.get("Access-Control-Allow-Credentials") is None
    return answer


def says_nothing(answer):
    assert [name for name, _ in answer.headers if name.startswith("access-control-")] == [], answer
    return answer


@pytest.mark.parametrize("origin", [SPA, SECOND])
@pytest.mark.parametrize("target", CORS)
def test_cors_preflight(open_server, target, origin):
    method = "POST" if target in ("/oauth/token", "/oauth/revoke") else "GET"
    answer = allows(preflight(open_server, target, origin, method), origin)
    assert answer.status == 204 and answer.body == b""
    assert method.lower() in words(answer.get("Access-Control-Allow-Methods"))
    assert {"authorization", "content-type"} <= words(answer.get("Access-Control-Allow-Headers"))


def test_cors_the_whole_way(open_server, trusted, owner):
    asked = {"Origin": SPA, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
    answer = allows(open_server.post("/oauth/token", {"grant_type": "client_credentials", **credentials(trusted)},
                                     asked), SPA)
    token = answer.json["access_token"]
    answer = allows(open_server.send("GET", API + "/user/", None, {**asked, "Authorization": f"Bearer {token}"}), SPA)
    assert answer.json["login"] == owner.login
    done(allows(open_server.post("/oauth/revoke", {"token": token, **credentials(trusted)}, asked), SPA))
    answer = open_server.send("GET", API + "/user/", None, {**asked, "Authorization": f"Bearer {token}"})
    assert allows(answer, SPA).status == 401
    assert allows(open_server.send("GET", METADATA, None, asked), SPA).status == 200


def test_cors_errors_can_be_read_too(open_server, trusted):
    """WIRE §2: a client in the browser decides by the words of an error."""
    asked = {"Origin": SPA}
    fields = {"grant_type": "client_credentials", **credentials(trusted)}
    answers = [
        (401, open_server.post("/oauth/token", {}, asked)),
        (400, open_server.post("/oauth/token", {**fields, "scope": "x"}, asked)),
        (400, open_server.post("/oauth/token", b"x=%zz", asked)),
        (401, open_server.post("/oauth/token", {**fields, "client_secret": "x"}, asked)),
        (405, open_server.send("GET", "/oauth/token", None, asked)),
        (413, open_server.post("/oauth/token", b"x" * 70000, asked)),
        (415, open_server.post("/oauth/token", b"{}", {**asked, "Content-Type": "application/json"})),
        (400, open_server.post("/oauth/revoke", credentials(trusted), asked)),
        (401, open_server.send("GET", API + "/user/", None, asked)),
        (401, open_server.send("GET", API + "/user/", None, {**asked, "Authorization": "Bearer undefined"})),
    ]
    for status, answer in answers:
        assert answer.status == status, answer
        allows(answer, SPA)


@pytest.mark.parametrize("origin", [
    "https://evil.example", "http://spa.example", "https://spa.example.evil", "https://spa.example:444",
    "https://sub.spa.example", "null", "*", "", SPA + "/", SPA + " " + SECOND, "https://spa", "x" * 3000])
def test_cors_other_origins(open_server, trusted, origin):
    fields = {"grant_type": "client_credentials", **credentials(trusted)}
    answer = says_nothing(open_server.post("/oauth/token", fields, {"Origin": origin}))
    assert answer.status == 200  # it is the browser that keeps it from the page
    for target in CORS:
        says_nothing(preflight(open_server, target, origin))


def test_cors_answers_differ_by_origin(open_server, trusted):
    """A cache must not hand one origin's answer to another: Vary even without Origin."""
    for asked in ({}, {"Origin": "https://evil.example"}, {"Origin": SPA}):
        assert "origin" in words(open_server.send("GET", METADATA, None, asked).get("Vary"))


@pytest.mark.parametrize("target", NO_CORS)
def test_cors_never_for_pages(open_server, target):
    for method in ("GET", "POST", "OPTIONS"):
        says_nothing(open_server.send(method, target, b"" if method == "POST" else None,
                                      {"Origin": SPA, "Access-Control-Request-Method": "POST"}))


def test_cors_never_for_introspection(open_server, trusted):
    fields = {"token": make_token(trusted), **credentials(trusted)}
    assert says_nothing(open_server.post("/oauth/introspect", fields, {"Origin": SPA})).status == 200
    assert preflight(open_server, "/oauth/introspect", SPA).status == 405


def test_cors_a_listed_origin_is_no_own_one(open_server, user, client):
    """Forms stay ours: a page of a listed origin posts none."""
    cookie = {"Cookie": f"{callgate.COOKIE}={client.cookies[callgate.COOKIE]}"}
    answer = open_server.post("/app/register", callgate.FIELDS, {"Origin": SPA, **cookie})
    assert says_nothing(answer).status == 403


@pytest.mark.parametrize("target", CORS)
def test_cors_is_off_by_default(target):
    asked = {"Origin": SPA, "Access-Control-Request-Method": "POST"}
    answer = says_nothing(send("OPTIONS", target, None, asked))
    assert answer.status == 405
    for method in ("GET", "POST"):
        says_nothing(send(method, target, b"" if method == "POST" else None, asked))


@pytest.mark.parametrize("origins", ["*", "spa.example", "https://spa.example/path", "https://spa.example https://*",
                                     "ftp://spa.example", "null", "https://user@spa.example"])
def test_cors_origins_are_proved(origins):
    result = callgate.run("check", env={"CALLGATE_CORS_ORIGINS": origins})
    assert result.returncode != 0 and "cors.origins" in result.stderr + result.stdout, result


@pytest.mark.parametrize("target", ["/oauth/revoke", "/oauth/introspect"])
def test_with_a_last_slash_as_everything_else(target, trusted):
    token = make_token(trusted)
    answer = token_request({"token": token, **credentials(trusted)}, target=target + "/")
    assert answer.status in (200, 404)
