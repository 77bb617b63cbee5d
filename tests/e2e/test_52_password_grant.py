# test_52_password_grant.py - the password grant, and what stops guessing: failures are counted, shared
# with the sign-in page, by login and by address; wrong App secrets too (ATTACKS 32, 68).
#
# Most ask a server of their own, with lower limits and cheap hashes, from addresses of their own.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import base64
import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest

import callgate
from callgate import (TOKEN, Client, Server, api, audit_rows, fresh, introspect, make_admin, make_app, make_token,
                      make_user, one, refused, run_fine, sql, token_request, wait_for)
from oauth import CALLBACK, credentials
from running import processes
from served import held_hashes

LOGIN_LIMIT, ADDRESS_LIMIT = 3, 7
WINDOW = 15 * 60
CHEAP = {"CALLGATE_PASSWORD_COST": "1"}

# sha512crypt of "old password"
OLD_HASH = ("$6$rounds=1000$callgate$AZ6fv7exoCtdTKbOVcWvqNNaC7Os7pEtct8ifuHc4gAIqYylmXlp.8IGdTkjvOkH9Tk7yF24"
            "OO7jSd58BykC0.")


@pytest.fixture(scope="module")
def server():
    with Server(CALLGATE_THROTTLE_LOGIN=str(LOGIN_LIMIT), CALLGATE_THROTTLE_ADDRESS=str(ADDRESS_LIMIT),
                **CHEAP) as server:
        yield server


@pytest.fixture(scope="module")
def app():
    return make_app(make_admin(), type="password_credentials")


@pytest.fixture(scope="module")
def cheap_hash():
    login = fresh("cheap")
    run_fine("user", "add", login, "--client-id=12", stdin=callgate.PASSWORD + "\n", env=CHEAP)
    return one("SELECT password_hash FROM pbx_user WHERE login = %s", login)


@pytest.fixture
def user(cheap_hash):
    return make_user(password_hash=cheap_hash)


@pytest.fixture
def address():
    """An address nobody has failed from."""
    return "10." + ".".join(str(1 + secrets.randbelow(250)) for _ in range(3))


def workers_of(server):
    return {pid for pid, (_, parent) in processes().items() if parent == server.process.pid}


def body_of(app, user, **changes):
    fields = {"grant_type": "password", "username": user.login, "password": user.password, **credentials(app)}
    return {**fields, **changes}


def issued(answer):
    assert answer.status == 200, answer
    fields = answer.json
    assert set(fields) == {"access_token", "refresh_token", "token_type", "expires_in", "scope"}
    assert (fields["token_type"], fields["expires_in"], fields["scope"]) == ("Bearer", 3600, "all")
    assert TOKEN.fullmatch(fields["access_token"]) and TOKEN.fullmatch(fields["refresh_token"])
    return fields


def throttled(answer, most=WINDOW):
    """429, and when to come again."""
    assert answer.status == 429, answer
    seconds = int(answer.get("Retry-After"))
    assert 1 <= seconds <= most
    assert answer.get("Cache-Control") == "no-store" and answer.all("Set-Cookie") == []
    if answer.get("Content-Type").startswith("application/json"):
        fields = answer.json
        assert set(fields) == {"error", "error_description", "message"} and all(fields.values())
        assert fields["error"] not in ("invalid_grant", "invalid_client", "invalid_token")
    return seconds


def failures():
    """What is counted, all in all."""
    return one("SELECT coalesce(sum(failures), 0)::int FROM throttle WHERE ends_at > now()")


def refusals(login):
    """Audit rows of refused passwords."""
    return [row for row in audit_rows(object_id=login) if row["act"].endswith("refused")]


class Guesser:
    """Somebody at one address, who knows the right secret of the application."""

    def __init__(self, server, app, address):
        self.server, self.app, self.address = server, app, address

    def ask(self, user, **changes):
        return self.server.post("/oauth/token", body_of(self.app, user, **changes), address=self.address)

    def right(self, user):
        return self.ask(user)

    def wrong(self, user):
        return self.ask(user, password="wrong")

    def page(self, user, password=None):
        return self.server.post("/login", {"username": user.login, "password": password or user.password},
                                address=self.address)


@pytest.fixture
def guesser(server, app, address):
    return Guesser(server, app, address)


# ---- right ones ----

def test_a_password_gives_tokens(app):
    user = make_user()
    answer = token_request(body_of(app, user))
    tokens = issued(answer)
    assert answer.get("Cache-Control") == "no-store" and answer.get("Pragma") == "no-cache"
    assert api(tokens["access_token"]).json["login"] == user.login
    (grant,) = sql("SELECT * FROM token_grant WHERE user_id = %s", user.id)
    assert (grant["permission"], grant["level"], grant["revoked_at"]) == (None, "all", None)
    assert (grant["expires_at"] - grant["created_at"]).days == 365


@pytest.mark.parametrize("columns", [
    {"access": "read_only"}, {"client_id": None, "dealer_id": 3, "tenant_id": None},
    {"client_id": None, "extension_id": 7}, {"client_id": None, "tenant_id": None, "admin": True}],
    ids=["read only", "dealer", "extension", "administrator"])
def test_for_every_kind_of_user(guesser, cheap_hash, columns):
    user = make_user(password_hash=cheap_hash, **columns)
    assert api(issued(guesser.right(user))["access_token"]).json["login"] == user.login


def test_the_level_is_the_application_s(guesser, user):
    for level in ("call_api", "all"):
        guesser.app = make_app(make_admin(), type="password_credentials", level=level)
        tokens = issued(guesser.right(user))
        assert introspect(guesser.app, tokens["access_token"]).json["level"] == level


def test_is_on_record(guesser, user):
    issued(guesser.right(user))
    (row,) = audit_rows(act="sign_in.password_grant", actor_id=user.id)
    assert (row["actor_login"], row["address"]) == (user.login, guesser.address)
    assert guesser.app.app_id in (row["object_id"], *row["detail"].values())
    assert callgate.PASSWORD not in str(row)


def test_signs_nobody_in(guesser, user):
    issued(guesser.right(user))
    assert one("SELECT count(*) FROM session WHERE user_id = %s", user.id) == 0


def test_old_hashes_are_renewed_as_by_the_page(guesser):
    user = make_user(password_hash=OLD_HASH)._replace(password="old password")
    issued(guesser.right(user))
    assert one("SELECT password_hash FROM pbx_user WHERE id = %s", user.id).startswith("$y$")
    issued(guesser.right(user))


@pytest.mark.parametrize("columns, password, works", [
    ("password_hash = %s", "old password", True), ("password_hash = %s", "another password", False),
    ("status = 'blocked', name = %s", "old password", False)], ids=["another hash", "another password", "blocked"])
def test_what_changes_while_the_password_is_looked_at(app, address, cheap_hash, columns, password, works):
    """Of two at once the first renews an old hash: that makes the other's password no wrong one."""
    user = make_user(password_hash=OLD_HASH)._replace(password="old password")
    other = make_user(password_hash=cheap_hash)
    with Server(CALLGATE_PASSWORD_PARALLEL="1", **CHEAP) as server, ThreadPoolExecutor(1) as background:
        with held_hashes() as hashes:
            asked = background.submit(Guesser(server, app, address).right, user)
            wait_for(lambda: hashes.waiting() & workers_of(server), "the password is about to be looked at")
            run_fine("user", "passwd", other.login, stdin=password + "\n",
                     env={**CHEAP, "CALLGATE_PASSWORD_PARALLEL": "2"})
            renewed = one("SELECT password_hash FROM pbx_user WHERE id = %s", other.id)
            sql(f"UPDATE pbx_user SET {columns} WHERE id = %s", renewed, user.id)
        answer = asked.result()
    if works:
        issued(answer)
    else:
        refused(answer, 400, "invalid_grant")
    assert len(refusals(user.login)) == (0 if works else 1)


# ---- 32: refusals ----

def test_32_refusals_are_alike(guesser, server, app, cheap_hash, user):
    """Unknown, blocked, without a password, wrong: one answer, and each is on record as at the page."""
    blocked = make_user(password_hash=cheap_hash, status="blocked")
    empty = make_user(password_hash=None)
    nobody = callgate.User(0, fresh("nobody"), "x")
    answers = [guesser.wrong(user), guesser.right(blocked), guesser.right(empty), guesser.right(nobody)]
    for answer in answers:
        refused(answer, 400, "invalid_grant")
    assert len({answer.body for answer in answers}) == 1
    assert [len(refusals(one_user.login)) for one_user in (user, blocked, empty)] == [1, 1, 1]
    assert refusals(nobody.login) == []  # people type passwords into the wrong field


@pytest.mark.parametrize("password", ["", "x" * 5000, "ü", callgate.PASSWORD + " ", callgate.PASSWORD.upper(),
                                      callgate.PASSWORD[:-1]])
def test_32_wrong_passwords(guesser, user, password):
    answer = guesser.ask(user, password=password)
    refused(answer, 400, "invalid_grant" if password else "invalid_request")


@pytest.mark.parametrize("kind", ["public", "trusted"])
def test_32_only_for_applications_an_administrator_made_so(guesser, user, kind):
    """The password is not even looked at: nothing is counted, nothing is on record."""
    guesser.app = make_app(make_user(), type=kind, redirect_urls=[CALLBACK])
    before = failures()
    for answer in (guesser.right(user), guesser.wrong(user)):
        refused(answer, 400, "unauthorized_client")
    assert failures() == before and audit_rows(object_id=user.login) == []
    assert audit_rows(actor_id=user.id) == []


def test_32_a_wrong_secret_tells_nothing_of_the_password(guesser, user):
    bodies = set()
    for answer in (guesser.ask(user, client_secret="0" * 32),
                   guesser.ask(user, client_secret="0" * 32, password="wrong")):
        refused(answer, 401, "invalid_client")
        bodies.add(answer.body)
    assert len(bodies) == 1 and refusals(user.login) == []


# ---- 32: throttling by login and address ----

def test_32_too_many_failures(guesser):
    """Not even the right password is tried then, so no hash is computed: nothing is counted or renewed."""
    user = make_user(password_hash=OLD_HASH)._replace(password="old password")
    for _ in range(LOGIN_LIMIT):
        refused(guesser.wrong(user), 400, "invalid_grant")
    counted = failures()
    for _ in range(3):
        throttled(guesser.wrong(user))
        throttled(guesser.right(user))
    assert failures() == counted and len(refusals(user.login)) == LOGIN_LIMIT
    assert one("SELECT password_hash FROM pbx_user WHERE id = %s", user.id) == OLD_HASH
    assert audit_rows(act="sign_in.password_grant", actor_id=user.id) == []


def test_32_nobody_else_is_shut_out(guesser, server, app, user, cheap_hash):
    for _ in range(LOGIN_LIMIT + 1):
        guesser.wrong(user)
    throttled(guesser.right(user))
    issued(Guesser(server, app, guesser.address + "0").right(user))
    issued(guesser.right(make_user(password_hash=cheap_hash)))


def test_68_who_is_attacked_goes_on(guesser, server, app, user):
    """He stays signed in, and signs in from where he is; for good nobody is shut out: the window ends."""
    session = callgate.really_signed_in(user)
    for _ in range(LOGIN_LIMIT + 1):
        guesser.page(user, "wrong")
    throttled(guesser.page(user))
    assert session.is_signed_in
    assert Guesser(server, app, guesser.address + "0").page(user).location == "/app/"
    sql("UPDATE throttle SET ends_at = now()")
    assert guesser.page(user).location == "/app/"


def test_32_one_count_for_all_applications(guesser, user):
    for _ in range(LOGIN_LIMIT):
        guesser.app = make_app(make_admin(), type="password_credentials")
        refused(guesser.wrong(user), 400, "invalid_grant")
    guesser.app = make_app(make_admin(), type="password_credentials")
    throttled(guesser.right(user))


def test_32_shared_with_the_page(guesser, user):
    refused(guesser.wrong(user), 400, "invalid_grant")
    for _ in range(LOGIN_LIMIT - 1):
        assert guesser.page(user, "wrong").status == 403
    throttled(guesser.right(user))
    throttled(guesser.page(user))


def test_32_the_page_says_so(guesser, user):
    for _ in range(LOGIN_LIMIT):
        assert guesser.page(user, "wrong").status == 403
    answer = guesser.page(user)
    throttled(answer)
    form = answer.form("username", "password")
    assert form.fields["username"] == user.login and form.fields["password"] == ""
    assert "Too many" in answer.page.text and "15 min" in answer.page.text


def test_32_an_unknown_login_is_counted_alike(guesser):
    nobody = callgate.User(0, fresh("nobody"), "x")
    for _ in range(LOGIN_LIMIT):
        refused(guesser.wrong(nobody), 400, "invalid_grant")
    throttled(guesser.wrong(nobody))


def test_32_right_passwords_are_not_counted(guesser, user):
    for _ in range(ADDRESS_LIMIT + 3):
        issued(guesser.right(user))
    refused(guesser.wrong(user), 400, "invalid_grant")
    issued(guesser.right(user))


def test_32_a_right_password_begins_anew_for_the_login_alone(guesser, user):
    """From the same address others may still be guessed at."""
    def counted():
        rows = sql("SELECT failures FROM throttle WHERE ends_at > now() ORDER BY failures")
        return [row["failures"] for row in rows]

    sql("DELETE FROM throttle")
    for _ in range(LOGIN_LIMIT - 1):
        refused(guesser.wrong(user), 400, "invalid_grant")
    assert counted() == [LOGIN_LIMIT - 1] * 2
    issued(guesser.right(user))
    assert counted() == [LOGIN_LIMIT - 1]
    for _ in range(LOGIN_LIMIT - 1):
        refused(guesser.wrong(user), 400, "invalid_grant")
    issued(guesser.right(user))


def test_32_a_failure_makes_the_window_no_longer(guesser, user):
    refused(guesser.wrong(user), 400, "invalid_grant")
    sql("UPDATE throttle SET ends_at = now() + interval '100 seconds' WHERE ends_at > now()")
    for _ in range(LOGIN_LIMIT - 1):
        refused(guesser.wrong(user), 400, "invalid_grant")
    assert throttled(guesser.right(user)) <= 100


def test_32_the_window_ends(guesser, user):
    for _ in range(LOGIN_LIMIT):
        guesser.wrong(user)
    assert throttled(guesser.right(user)) > WINDOW - 60
    sql("UPDATE throttle SET ends_at = now() + interval '100 seconds' WHERE ends_at > now()")
    assert 90 <= throttled(guesser.right(user)) <= 100
    sql("UPDATE throttle SET ends_at = now()")
    issued(guesser.right(user))
    # And it begins anew.
    for _ in range(LOGIN_LIMIT):
        refused(guesser.wrong(user), 400, "invalid_grant")
    throttled(guesser.right(user))


# ---- 32: throttling by address ----

def test_32_too_many_failures_from_one_address(guesser, server, app, user):
    for _ in range(ADDRESS_LIMIT):
        refused(guesser.wrong(callgate.User(0, fresh("nobody"), "x")), 400, "invalid_grant")
    counted = failures()
    throttled(guesser.right(user))
    throttled(guesser.page(user))
    assert failures() == counted
    issued(Guesser(server, app, guesser.address + "0").right(user))


def test_32_an_ipv6_client_is_its_network(server, app, user):
    """Who has one address there has 2^64 of them."""
    net = f"2001:db8:{secrets.randbelow(65535):x}:{secrets.randbelow(65535):x}"
    for number in range(LOGIN_LIMIT):
        refused(Guesser(server, app, f"{net}::{number + 1:x}").wrong(user), 400, "invalid_grant")
    throttled(Guesser(server, app, f"{net}:ffff:1:2:3").right(user))
    other = net.rpartition(":")[0] + f":{secrets.randbelow(65535):x}"
    assert other != net
    issued(Guesser(server, app, f"{other}::1").right(user))


def test_32_a_client_behind_a_unix_socket_or_odd_address(server, app, user):
    """Whatever the web server says is an address, if a strange one."""
    for number, odd in enumerate(("", "unix:", "no address " + "x" * 500)):
        answer = Guesser(server, app, odd).wrong(user)
        assert answer.status in (400, 429), (number, answer)
    issued(Guesser(server, app, "192.0.2.1").right(user))


# ---- wrong App secrets ----

def basic(app):
    pair = base64.b64encode(f"{app.app_id}:{app.secret}".encode()).decode()
    return {"Authorization": "Basic " + pair}


class Caller:
    """An application at one address."""

    def __init__(self, server, app, address):
        self.server, self.app, self.address = server, app, address

    def ask(self, secret=None, by_basic=False, endpoint="/oauth/token"):
        app = self.app._replace(secret=secret or self.app.secret)
        fields = {"grant_type": "client_credentials", "token": "A" * 30}
        if by_basic:
            return self.server.post(endpoint, fields, basic(app), self.address)
        return self.server.post(endpoint, {**fields, **credentials(app)}, address=self.address)


WRONG = "0" * 32


@pytest.fixture
def trusted(server, address):
    return Caller(server, make_app(make_user()), address)


def test_wrong_secrets_are_throttled_and_the_right_one_never(trusted):
    """Nobody can shut an application out by guessing (DESIGN §5)."""
    for _ in range(ADDRESS_LIMIT):
        refused(trusted.ask(WRONG), 401, "invalid_client")
        assert trusted.ask().status == 200
    counted = failures()
    for _ in range(3):
        throttled(trusted.ask(WRONG))
        throttled(trusted.ask(WRONG, by_basic=True))
        assert trusted.ask().status == trusted.ask(by_basic=True).status == 200
    assert failures() - counted <= 6
    sql("UPDATE throttle SET ends_at = now()")
    refused(trusted.ask(WRONG), 401, "invalid_client")


def test_right_secrets_are_not_counted(trusted):
    for _ in range(ADDRESS_LIMIT + 3):
        assert trusted.ask().status == 200
    refused(trusted.ask(WRONG), 401, "invalid_client")


def test_wrong_secrets_count_by_application_and_address(trusted, server):
    for _ in range(ADDRESS_LIMIT + 1):
        trusted.ask(WRONG)
    throttled(trusted.ask(WRONG))
    refused(Caller(server, trusted.app, trusted.address + "0").ask(WRONG), 401, "invalid_client")
    refused(Caller(server, make_app(make_user()), trusted.address).ask(WRONG), 401, "invalid_client")


def test_wrong_secrets_are_counted_at_every_endpoint(trusted):
    endpoints = ["/oauth/revoke", "/oauth/introspect", "/oauth/token"]
    for number in range(ADDRESS_LIMIT):
        refused(trusted.ask(WRONG, endpoint=endpoints[number % 3]), 401, "invalid_client")
    for endpoint in endpoints:
        throttled(trusted.ask(WRONG, endpoint=endpoint))
        assert trusted.ask(endpoint=endpoint).status == 200


def test_an_unknown_application_is_throttled_alike(server, address):
    nobody = Caller(server, callgate.App(secrets.token_hex(16), WRONG), address)
    for _ in range(ADDRESS_LIMIT):
        refused(nobody.ask(WRONG), 401, "invalid_client")
    throttled(nobody.ask(WRONG))


def test_wrong_secrets_and_wrong_passwords_are_counted_apart(guesser, user):
    for _ in range(ADDRESS_LIMIT + 1):
        guesser.ask(user, client_secret=WRONG)
    throttled(guesser.ask(user, client_secret=WRONG))
    issued(guesser.right(user))
    assert refusals(user.login) == []


def test_a_throttled_secret_shows_no_challenge(trusted):
    """A client would take it for a reason to try again at once."""
    for _ in range(ADDRESS_LIMIT + 1):
        trusted.ask(WRONG, by_basic=True)
    assert trusted.ask(WRONG, by_basic=True).get("WWW-Authenticate") is None


# ---- with the settings as they are, through the web server ----

@pytest.fixture
def quiet():
    yield
    sql("DELETE FROM throttle")


def test_32_ten_failures_by_default(app, quiet):
    user = make_user()
    for number in range(10):
        if number % 2:
            assert Client().post("/login", {"username": user.login, "password": "wrong"}).status == 403
        else:
            refused(token_request(body_of(app, user, password="wrong")), 400, "invalid_grant")
    throttled(token_request(body_of(app, user)))
    throttled(Client().sign_in(user.login, user.password))


def test_a_hundred_wrong_secrets_by_default(quiet):
    app = make_app(make_user())
    fields = {"grant_type": "client_credentials", "client_id": app.app_id, "client_secret": WRONG}
    statuses = [token_request(fields).status for _ in range(102)]
    assert statuses == [401] * 100 + [429] * 2
    make_token(app)
