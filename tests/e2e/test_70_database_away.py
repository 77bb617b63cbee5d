# test_70_database_away.py - PostgreSQL stopped under a running site: every answer that needs it is 503
# with Retry-After, in the form that its reader understands; nobody is blamed for it; and the site
# works again by itself (ATTACKS 52).
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import os
import subprocess
import time
from urllib.parse import quote

import pytest

import callgate
import oauth
from callgate import (API, Client, api, introspect, make_admin, make_app, make_token, make_user, register, registered,
                      revoke, send, really_signed_in, signed_in, sql, token_request, wait_for)

SWITCH = os.path.join(os.environ["CALLGATE_STATE"], "database")


def database(word):
    subprocess.run([SWITCH, word], check=True, timeout=120, stdin=subprocess.DEVNULL)


class World:
    """A signed-in user with an application and a token of each kind, from before PostgreSQL went away."""

    def __init__(self):
        self.user = make_user()
        self.client = signed_in(self.user)
        self.allowed, self.asking = oauth.make_public(self.user), oauth.make_public(self.user)
        oauth.permit(self.user, self.allowed)
        self.consent = oauth.authorize(self.client, self.asking, state="s")
        self.app = make_app(self.user)
        self.token = make_token(self.app)
        self.form = self.client.get("/app/register")
        self.public, self.native = oauth.make_public(self.user), oauth.make_public(self.user, native=True)
        self.password = make_app(make_admin(), type="password_credentials")
        self.tokens = oauth.tokens_for(self.client, self.public)
        self.rotating = oauth.tokens_for(self.client, self.native)
        self.code = oauth.code_for(self.client, self.public)


def unavailable(answer):
    assert answer.status == 503, answer
    assert 1 <= int(answer.get("Retry-After")) <= 60
    assert answer.get("Cache-Control") == "no-store" and answer.all("Set-Cookie") == []
    text = answer.text.lower()
    for word in ("postgres", "libpq", "sql", "socket", "connection to server", "fatal"):
        assert word not in text, word


def credentials(world):
    return {"grant_type": "client_credentials", "client_id": world.app.app_id, "client_secret": world.app.secret}


def by_password(world, login, password):
    fields = {"grant_type": "password", "username": login, "password": password}
    return token_request({**fields, **oauth.credentials(world.password)})


def try_to_sign_in(login, password):
    return Client().post("/login", {"username": login, "password": password})


PAGES = {
    "list": lambda world: world.client.get("/app/"),
    "application": lambda world: world.client.get(f"/app/{world.app.app_id}/"),
    "form": lambda world: world.client.get("/app/register"),
    "registering": lambda world: world.client.submit(world.form, callgate.FORM_NAMES, {"name": "Away"}),
    "authorizing": lambda world: oauth.authorize(world.client, world.asking, state="s"),
    "authorizing what is remembered": lambda world: oauth.authorize(world.client, world.allowed),
    "authorizing, a stranger": lambda world: oauth.authorize(Client(), world.allowed),
    "signing in on the way": lambda world: Client().get(
        "/login?next=" + quote(oauth.target(oauth.parameters(world.allowed)), safe="")),
    "authorizing, posted": lambda world: world.client.post(oauth.AUTHORIZE, oauth.parameters(world.allowed)),
    "authorizing, unknown application": lambda world: oauth.authorize(world.client, world.asking, client_id="0" * 32),
    "authorizing, wrong address": lambda world: oauth.authorize(world.client, world.asking, redirect_uri="https://x/"),
    "allowing": lambda world: oauth.consent(world.client, world.consent),
    "denying": lambda world: oauth.consent(world.client, world.consent, "deny"),
    "allowed applications": lambda world: world.client.get("/app/authorized"),
    "withdrawing": lambda world: world.client.post("/app/authorized", {"app_id": world.allowed.app_id}),
    "signing in": lambda world: try_to_sign_in(world.user.login, world.user.password),
    "signing in, wrong": lambda world: try_to_sign_in(world.user.login, "wrong"),
    "signing in, unknown": lambda world: try_to_sign_in("nobody", "wrong"),
    "signing out": lambda world: world.client.post("/logout"),
}

ANSWERS = {
    "token": lambda world: token_request(credentials(world)),
    "token, wrong secret": lambda world: token_request({**credentials(world), "client_secret": "0" * 32}),
    "token, unknown application": lambda world: token_request({**credentials(world), "client_id": "0" * 32}),
    "code": lambda world: oauth.exchange(world.public, world.code),
    "code, unknown": lambda world: oauth.exchange(world.public, "A" * 30),
    "refresh": lambda world: oauth.refresh(world.public, world.tokens["refresh_token"]),
    "refresh, unknown": lambda world: oauth.refresh(world.public, "A" * 30),
    "refresh, native": lambda world: oauth.refresh(world.native, world.rotating["refresh_token"]),
    "password": lambda world: by_password(world, world.user.login, world.user.password),
    "password, wrong": lambda world: by_password(world, world.user.login, "wrong"),
    "password, unknown": lambda world: by_password(world, "nobody", "wrong"),
    "revoke": lambda world: revoke(world.public, world.tokens["access_token"]),
    "revoke, unknown": lambda world: revoke(world.public, "A" * 30),
    "introspect": lambda world: introspect(world.public, world.tokens["access_token"]),
    "introspect, unknown": lambda world: introspect(world.public, "A" * 30),
    "introspect, wrong secret": lambda world: introspect(world.public, "A" * 30, client_secret="0" * 32),
    "user": lambda world: api(world.token),
    "user, unknown token": lambda world: api("A" * 30),
}


def what_is_counted():
    return (sql("SELECT act, count(*) FROM audit_log GROUP BY act ORDER BY act"),
            sql("SELECT key, failures FROM throttle ORDER BY key"))


def test_52_works_again_by_itself():
    world = World()
    before = what_is_counted()
    database("stop")
    try:
        for _ in range(8):
            unavailable(PAGES["signing in, wrong"](world))
        for ask in ANSWERS.values():
            unavailable(ask(world))
    finally:
        database("start")
    # ATTACKS 52: within 5 s of its return.
    wait_for(lambda: api(world.token).status == 200, "the API works", 5)
    wait_for(lambda: world.client.get("/app/").status == 200, "the pages work", 5)
    # Nothing was counted as failed.
    assert what_is_counted() == before
    # Nothing was lost, spent or ended.
    assert ANSWERS["introspect"](world).json["active"] is True
    for name in ("code", "refresh", "refresh, native", "password"):
        answer = ANSWERS[name](world)
        assert answer.status == 200 and api(answer.json["access_token"]).status == 200, (name, answer)
    # Every worker has found its way back: the same right answers, many times over.
    for _ in range(12):
        assert api(world.token).json["login"] == world.user.login
        assert token_request(credentials(world)).status == 200
        assert world.client.get("/app/").status == 200
    registered(register(world.client, name="After"))
    # What was allowed before is remembered, and a page from before can be answered.
    assert "code" in oauth.answer_of(oauth.authorize(world.client, world.allowed))
    assert oauth.answer_of(oauth.consent(world.client, world.consent))["state"] == "s"
    really_signed_in(world.user)


def test_52_a_restart_between_two_requests_is_not_noticed():
    """A connection that went away while idle is made anew before anything is refused."""
    world = World()
    for _ in range(4):
        assert api(world.token).status == 200
    database("stop")
    database("start")
    statuses = [api(world.token).status for _ in range(8)]
    assert statuses == [200] * 8
    assert world.client.get("/app/").status == 200


@pytest.fixture(scope="class")
def away():
    world = World()
    database("stop")
    try:
        yield world
    finally:
        database("start")
        # Whatever comes after finds the site as it was.
        wait_for(lambda: api(world.token).status == 200, "the site works again")


class TestOneOutage:
    """All in one outage, which ends with them."""

    @pytest.mark.parametrize("ask", PAGES.values(), ids=PAGES.keys())
    def test_52_pages(self, away, ask):
        for _ in range(3):  # each worker in turn, perhaps
            answer = ask(away)
            unavailable(answer)
            assert answer.page.one("h1").text and "postgres" not in answer.page.text.lower()
            assert answer.get("Location") is None  # no error that an application would take for an answer
        assert away.client.cookies  # nobody was signed out

    @pytest.mark.parametrize("ask", ANSWERS.values(), ids=ANSWERS.keys())
    def test_52_answers(self, away, ask):
        for _ in range(3):
            answer = ask(away)
            unavailable(answer)
            assert set(answer.json) == {"error", "error_description", "message"}
            # Never what a client would take for its own fault.
            assert answer.json["error"] not in ("invalid_client", "invalid_grant", "invalid_token")
            assert answer.get("WWW-Authenticate") is None

    def test_52_the_oauth_endpoints_name_it_as_oauth_does(self, away):
        for name, ask in ANSWERS.items():
            if not name.startswith("user"):
                assert ask(away).json["error"] == "temporarily_unavailable", name

    def test_52_what_needs_no_database_works(self, away):
        assert Client().get("/login").status == 200
        assert Client().get("/app/").status == 303
        assert send("GET", "/nothing").status == 404
        assert send("GET", "/oauth/token").status == 405
        assert send("GET", API + "/user/").status == 401
        assert token_request({"grant_type": "client_credentials"}).status == 401
        assert send("GET", "/.well-known/oauth-authorization-server").status == 200
        assert revoke(away.public, "").status == introspect(away.public, "").status == 400
        style = Client().get("/login").page.one("link", rel="stylesheet").get("href")
        assert Client().get(style).status == 200

    def test_52_it_is_told_soon(self, away):
        for ask in (*PAGES.values(), *ANSWERS.values()):
            start = time.monotonic()
            assert ask(away).status == 503
            assert time.monotonic() - start < 10
