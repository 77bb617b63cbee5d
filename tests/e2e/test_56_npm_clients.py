# test_56_npm_clients.py - npm's OAuth2 clients, simple-oauth2 and oauth4webapi, of tests/npm: run
# where CALLGATE_TEST_NPM says that they are installed (scripts/test --with-npm).
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import os

import pytest

import oauth
from callgate import make_app, make_user
from programs import is_alive, play

NATIVE = "com.example.app:/callback"


def node(name):
    return ["node", os.path.join(os.environ["CALLGATE_TEST_NPM"], name)]


@pytest.fixture(scope="module")
def user():
    return make_user()


def app_of(user, flow):
    if flow == "code":
        return oauth.make_public(user)
    return make_app(user, type={"password": "password_credentials", "client_credentials": "trusted"}[flow])


@pytest.mark.parametrize("in_body", [True, False], ids=["body", "Basic"])
@pytest.mark.parametrize("flow", ["code", "password", "client_credentials"])
def test_simple_oauth2(user, flow, in_body):
    got = play(node("simple-oauth2.mjs"), app_of(user, flow), user, flow=flow, in_body=in_body)
    if flow == "client_credentials":
        assert is_alive(got["access_token"])
    else:  # which it revoked in the end
        assert got["later_refresh_token"] == got["refresh_token"] and not is_alive(got["later_access_token"])


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
@pytest.mark.parametrize("flow", ["code", "client_credentials"])
def test_oauth4webapi(user, flow, method):
    got = play(node("oauth4webapi.mjs"), app_of(user, flow), user, flow=flow, method=method)
    assert not is_alive(got["access_token"])
    if flow == "code":
        assert got["later_refresh_token"] == got["refresh_token"] and got["refused"] == "401 invalid_grant", got


def test_oauth4webapi_native(user):
    app = oauth.make_public(user, redirect_urls=(NATIVE,), native=True)
    got = play(node("oauth4webapi.mjs"), app, user, flow="code", redirect_uri=NATIVE)
    assert got["later_refresh_token"] != got["refresh_token"] and got["refused"] == "401 invalid_grant", got
