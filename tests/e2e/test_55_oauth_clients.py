# test_55_oauth_clients.py - OAuth2 clients that others wrote get their tokens and read the API with
# them: requests-oauthlib, authlib, Go's x/oauth2, ruby-oauth2, and curl with what it is made to send.
#
# programs.py plays the user. Basic, body and query are the ways of the client's credentials.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import os
import secrets
import subprocess

import authlib.integrations.requests_client
import oauthlib.oauth2
import pytest
import requests.auth
import requests_oauthlib

import callgate
import oauth
from callgate import API, URL, make_app, make_user
from programs import CLIENTS, go, is_alive, judged, play, second_site

TOKEN_URL, AUTHORIZE_URL = f"{URL}/oauth/token", f"{URL}/oauth/authorize"
STATE = "state &+%ä"
NATIVE = "com.example.app:/callback"


@pytest.fixture(autouse=True)
def plain_http(monkeypatch):
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


@pytest.fixture(scope="module")
def user():
    return make_user()


def app_of(user, kind, **columns):
    if kind == "code":
        return oauth.make_public(user, **columns)
    return make_app(user, type={"password": "password_credentials", "client_credentials": "trusted"}[kind], **columns)


def app_id_of(token):
    return callgate.one("SELECT a.app_id FROM access_token t JOIN app a ON a.id = t.app WHERE t.token = %s",
                        callgate.digest(token))


def got_by(session, token, later):
    """What programs say in the end, from a Python session's tokens."""
    session.trust_env = False
    logins = []
    for one in filter(None, (token, later)):
        session.token = one
        answer = session.get(f"{URL}{API}/user/", timeout=30)
        assert answer.status_code == 200, answer.text
        logins.append(answer.json()["login"])
    scope = token["scope"]
    got = {"login": logins[0], "type": token["token_type"], "expires_in": token["expires_in"],
           "scope": scope if isinstance(scope, str) else " ".join(scope),
           "access_token": token["access_token"], "refresh_token": token.get("refresh_token")}
    if later:
        got.update(later_login=logins[1], later_access_token=later["access_token"],
                   later_refresh_token=later.get("refresh_token"))
    return got


def keeps_its_refresh_token(got):
    assert got["refresh_token"] and got["later_refresh_token"] == got["refresh_token"], got


# ---- requests-oauthlib ----

def oauthlib_session(client, **options):
    session = requests_oauthlib.OAuth2Session(client=client, **options)
    session.trust_env = False
    return session


def oauthlib_by_code(app, user, redirect_url, **credentials):
    client = oauthlib.oauth2.WebApplicationClient(app.app_id)
    session = oauthlib_session(client, redirect_uri=redirect_url, scope=["all"])
    proof = oauth.proof(128)
    address, state = session.authorization_url(AUTHORIZE_URL, state=STATE, **proof.asked)
    assert state == STATE
    # It compares the state itself.
    token = session.fetch_token(TOKEN_URL, authorization_response=go(address, user), code_verifier=proof.verifier,
                                include_client_id=True, timeout=30, **credentials)
    later = session.refresh_token(TOKEN_URL, timeout=30, client_id=app.app_id, **credentials)
    return judged(got_by(session, dict(token), dict(later)), user)


def test_requests_oauthlib_code(user):
    app = app_of(user, "code")
    got = oauthlib_by_code(app, user, app.redirect_url, client_secret=app.secret)
    keeps_its_refresh_token(got)
    assert app_id_of(got["later_access_token"]) == app.app_id


def test_requests_oauthlib_code_native(user):
    """Its user presses the button, although the address is a private scheme; its refresh token rotates."""
    app = app_of(user, "code", redirect_urls=(NATIVE,), native=True)
    got = oauthlib_by_code(app, user, NATIVE)
    assert got["later_refresh_token"] not in (None, got["refresh_token"]), got


@pytest.mark.parametrize("basic", [True, False], ids=["Basic", "body"])
def test_requests_oauthlib_password(user, basic):
    app = app_of(user, "password")
    session = oauthlib_session(oauthlib.oauth2.LegacyApplicationClient(app.app_id), scope=["all"])
    how = {"auth": requests.auth.HTTPBasicAuth(app.app_id, app.secret)} if basic else {
        "client_id": app.app_id, "client_secret": app.secret, "include_client_id": True}
    token = session.fetch_token(TOKEN_URL, username=user.login, password=user.password, timeout=30, **how)
    how.pop("include_client_id", None)
    later = session.refresh_token(TOKEN_URL, timeout=30, **how)
    keeps_its_refresh_token(judged(got_by(session, dict(token), dict(later)), user))


def test_requests_oauthlib_understands_that_it_must_ask_again(user):
    app = app_of(user, "password")
    session = oauthlib_session(oauthlib.oauth2.LegacyApplicationClient(app.app_id))
    with pytest.raises(oauthlib.oauth2.InvalidGrantError):
        session.fetch_token(TOKEN_URL, username=user.login, password=secrets.token_hex(8), timeout=30,
                            client_id=app.app_id, client_secret=app.secret)
    with pytest.raises(oauthlib.oauth2.InvalidGrantError):
        session.refresh_token(TOKEN_URL, refresh_token=secrets.token_hex(15), timeout=30,
                              client_id=app.app_id, client_secret=app.secret)


# ---- authlib ----

AUTHLIB = ["client_secret_basic", "client_secret_post"]


def authlib_session(app, method, **options):
    session = authlib.integrations.requests_client.OAuth2Session(
        app.app_id, app.secret or None, scope="all", token_endpoint_auth_method=method,
        revocation_endpoint_auth_method=method, **options)
    session.trust_env = False
    return session


def refreshed_and_revoked(session, token, user):
    later = session.refresh_token(TOKEN_URL, refresh_token=token["refresh_token"])
    got = judged(got_by(session, dict(token), dict(later)), user)
    answer = session.introspect_token(f"{URL}/oauth/introspect", token=later["access_token"])
    assert answer.status_code == 200 and answer.json()["username"] == user.login, answer.text
    answer = session.revoke_token(f"{URL}/oauth/revoke", token=later["refresh_token"],
                                  token_type_hint="refresh_token")
    assert answer.status_code == 200, answer.text
    assert not is_alive(token["access_token"]) and not is_alive(later["access_token"])
    return got


@pytest.mark.parametrize("method", AUTHLIB)
def test_authlib_code(user, method):
    app = app_of(user, "code")
    session = authlib_session(app, method, redirect_uri=app.redirect_url, code_challenge_method="S256")
    verifier = oauth.proof(43).verifier
    address, _ = session.create_authorization_url(AUTHORIZE_URL, state=STATE, code_verifier=verifier)
    token = session.fetch_token(TOKEN_URL, authorization_response=go(address, user), state=STATE,
                                code_verifier=verifier)
    keeps_its_refresh_token(refreshed_and_revoked(session, token, user))


@pytest.mark.parametrize("method", AUTHLIB)
def test_authlib_password(user, method):
    app = app_of(user, "password")
    session = authlib_session(app, method)
    token = session.fetch_token(TOKEN_URL, username=user.login, password=user.password)
    keeps_its_refresh_token(refreshed_and_revoked(session, token, user))


def test_authlib_client_credentials(user):
    app = app_of(user, "client_credentials")
    session = authlib_session(app, "client_secret_basic")
    got = judged(got_by(session, session.fetch_token(TOKEN_URL, grant_type="client_credentials"), None), user)
    assert got["refresh_token"] is None


# ---- Go's x/oauth2 ----

@pytest.fixture(scope="module")
def go_program(tmp_path_factory):
    """Debian's sources of the library, without modules: nothing is fetched."""
    program = tmp_path_factory.mktemp("go") / "oauth2"
    environment = {**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": "",
                   "GOCACHE": os.path.join(os.environ["CALLGATE_STATE"], "go")}
    subprocess.run(["go", "build", "-o", program, os.path.join(CLIENTS, "oauth2.go")], env=environment, check=True)
    return [str(program)]


@pytest.mark.parametrize("flow", ["code", "password", "client_credentials"])
def test_go(go_program, user, flow):
    got = play(go_program, app_of(user, flow), user, flow=flow)
    # It tries Basic, and would try the body if that failed.
    assert got["asked"] == ["Basic 200"] * (1 if flow == "client_credentials" else 2), got
    if flow != "client_credentials":
        keeps_its_refresh_token(got)


def test_go_native(go_program, user):
    """Without a secret its Basic has an empty password, which is none."""
    app = app_of(user, "code", redirect_urls=(NATIVE,), native=True)
    got = play(go_program, app, user, flow="code", redirect_uri=NATIVE)
    assert got["later_refresh_token"] not in ("", got["refresh_token"]), got
    assert got["asked"] == ["Basic 200"] * 2, got


# ---- ruby-oauth2 ----

@pytest.mark.parametrize("in_body", [True, False], ids=["body", "Basic"])
@pytest.mark.parametrize("flow", ["code", "password", "client_credentials"])
def test_ruby(user, flow, in_body):
    got = play(["ruby", os.path.join(CLIENTS, "oauth2.rb")], app_of(user, flow), user, flow=flow, in_body=in_body)
    if flow == "client_credentials":
        assert not got["refresh_token"], got
    else:
        keeps_its_refresh_token(got)


# ---- curl ----

def curl(address, *options):
    """Status and answer; what is secret comes by the standard input."""
    lines = [f'url = "{address}"', 'noproxy = "*"', "silent", "max-time = 30",
             r'write-out = "\n%{http_code}"', *options]
    result = subprocess.run(["curl", "-q", "--config", "-"], input="\n".join(lines), capture_output=True, text=True,
                            timeout=60, check=True)
    body, _, status = result.stdout.rpartition("\n")
    answer = callgate.Answer(int(status), [("Content-Type", "application/json")], body.encode())
    return answer.status, answer.json if body else None


def fields_of(app, user, kind):
    fields = {"grant_type": kind, "client_id": app.app_id, "client_secret": app.secret}
    return {**fields, "username": user.login, "password": user.password} if kind == "password" else fields


def query_of(fields):
    return callgate.encode(fields).decode()


@pytest.mark.parametrize("kind", ["client_credentials", "password"])
def test_curl_multipart(user, kind):
    fields = fields_of(app_of(user, kind), user, kind)
    status, token = curl(TOKEN_URL, *(f'form-string = "{name}={value}"' for name, value in fields.items()))
    assert status == 200, token
    assert is_alive(token["access_token"])
    if kind == "password":
        fields = {**fields, "grant_type": "refresh_token", "refresh_token": token["refresh_token"], "redirect_uri": ""}
        status, later = curl(TOKEN_URL, *(f'form-string = "{name}={value}"' for name, value in fields.items()))
        assert status == 200 and later["refresh_token"] == token["refresh_token"], later


# A length of 0 they all send: lighttpd itself refuses a post without one.
EMPTY_BODIES = {"length 0": ['data = ""'], "no type": ['data = ""', 'header = "Content-Type:"']}


@pytest.fixture(scope="module")
def lenient_site():
    with second_site(CALLGATE_OAUTH_QUERY_CREDENTIALS="on") as url:
        yield url


@pytest.mark.parametrize("body", EMPTY_BODIES.values(), ids=EMPTY_BODIES.keys())
@pytest.mark.parametrize("kind", ["client_credentials", "password"])
def test_curl_query(lenient_site, user, kind, body):
    query = query_of(fields_of(app_of(user, kind), user, kind))
    status, token = curl(f"{lenient_site}/oauth/token?{query}", *body)
    assert status == 200, token
    assert is_alive(token["access_token"])  # at the other site: they share the database
    status, error = curl(f"{TOKEN_URL}?{query}", *body)
    assert status == 400 and "oauth.query_credentials" in error["error_description"], error


def test_curl_query_everywhere(lenient_site, user):
    app = app_of(user, "password")
    known = {"client_id": app.app_id, "client_secret": app.secret}
    _, token = curl(f"{lenient_site}/oauth/token?{query_of(fields_of(app, user, 'password'))}", 'data = ""')
    query = query_of({**known, "grant_type": "refresh_token", "refresh_token": token["refresh_token"]})
    status, later = curl(f"{lenient_site}/oauth/token?{query}", 'data = ""')
    assert status == 200, later
    query = query_of({**known, "token": later["access_token"]})
    for place, url in (("introspect", URL), ("revoke", URL)):
        status, error = curl(f"{url}/oauth/{place}?{query}", 'data = ""')
        assert status == 400 and "oauth.query_credentials" in error["error_description"], error
    status, facts = curl(f"{lenient_site}/oauth/introspect?{query}", 'data = ""')
    assert status == 200 and facts["active"] is True, facts
    status, _ = curl(f"{lenient_site}/oauth/revoke?{query}", 'data = ""')
    assert status == 200 and not is_alive(token["access_token"])


def test_curl_half_in_the_query(lenient_site, user):
    """A parameter in both places is one too many, even if it says the same."""
    app = app_of(user, "client_credentials")
    status, error = curl(f"{lenient_site}/oauth/token?{query_of(fields_of(app, user, 'client_credentials'))}",
                         'data = "grant_type=client_credentials"')
    assert status == 400 and error["error"] == "invalid_request", error


@pytest.mark.parametrize("options", [
    pytest.param(['header = "Content-Type: application/x-www-form-urlencoded; charset=windows-1251"'], id="charset"),
    pytest.param(['header = "Content-Type:"'], id="no type"),
    pytest.param(['header = "Expect: 100-continue"'], id="Expect"),
    pytest.param(['header = "Accept-Encoding: gzip"', "http1.0"], id="HTTP/1.0"),
])
def test_curl_body(user, options):
    fields = fields_of(app_of(user, "client_credentials"), user, "client_credentials")
    status, token = curl(TOKEN_URL, f'data = "{query_of({**fields, "scope": "all"})}"', *options)
    assert status == 200, token
    assert is_alive(token["access_token"])
