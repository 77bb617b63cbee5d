# test_42_oauth_client.py - the whole job by an OAuth2 client that others wrote: requests-oauthlib's
# BackendApplicationClient fetches a token and reads the API.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import oauthlib.oauth2
import pytest
import requests.auth
import requests_oauthlib

import callgate
from callgate import API, URL, make_admin, make_app, register, registered

TOKEN_URL = f"{URL}/oauth/token"


@pytest.fixture(autouse=True)
def plain_http(monkeypatch):
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


def session_of(app, scope=None):
    client = oauthlib.oauth2.BackendApplicationClient(client_id=app.app_id, scope=scope)
    session = requests_oauthlib.OAuth2Session(client=client, scope=scope)
    session.trust_env = False  # no proxy between us
    return session


def fetch(session, app, in_body):
    if in_body:
        token = session.fetch_token(TOKEN_URL, client_secret=app.secret, include_client_id=True, timeout=30)
    else:
        token = session.fetch_token(TOKEN_URL, auth=requests.auth.HTTPBasicAuth(*app), timeout=30)
    callgate.keep(token["access_token"])
    return token


@pytest.mark.parametrize("in_body", [True, False], ids=["body", "Basic"])
def test_fetches_a_token_and_reads_the_user(member, in_body):
    user, client = member
    app = registered(register(client, type="trusted"))
    session = session_of(app)
    token = fetch(session, app, in_body)
    assert token["token_type"] == "Bearer" and token["expires_in"] == 3600 and "refresh_token" not in token
    answer = session.get(f"{URL}{API}/user/", timeout=30)
    assert answer.status_code == 200 and answer.json()["login"] == user.login


def test_asks_for_the_scope(member):
    user, _ = member
    app = make_app(user)
    session = session_of(app, scope=["all"])
    assert fetch(session, app, True)["scope"] == ["all"]


@pytest.mark.parametrize("columns, secret, error", [
    pytest.param({}, "0" * 32, oauthlib.oauth2.InvalidClientError, id="wrong secret"),
    pytest.param({"type": "public"}, None, oauthlib.oauth2.UnauthorizedClientError, id="public"),
])
def test_understands_the_refusal(columns, secret, error):
    app = make_app(make_admin(), **columns)
    if secret is not None:
        app = app._replace(secret=secret)
    for in_body in (True, False):
        with pytest.raises(error):
            fetch(session_of(app), app, in_body)


def test_understands_that_the_scope_is_unknown(member):
    app = make_app(member[0])
    with pytest.raises(oauthlib.oauth2.InvalidScopeError):
        fetch(session_of(app, scope=["call_api"]), app, True)


def test_a_token_that_ended(member):
    app = make_app(member[0])
    session = session_of(app)
    token = fetch(session, app, True)
    callgate.sql("UPDATE access_token SET expires_at = now() WHERE token = %s",
                 callgate.digest(token["access_token"]))
    assert session.get(f"{URL}{API}/user/", timeout=30).status_code == 401
