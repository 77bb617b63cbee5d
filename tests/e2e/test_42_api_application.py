# test_42_api_application.py - {prefix}application/: an integrator's application makes a customer's, and
# looks after what it made and nothing else; nobody gets by it what only an administrator sets (ATTACKS
# 64, 65); the secret is in the answer that made it.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import concurrent.futures
import contextlib
import json
import os
import re

import psycopg2
import pytest

import callgate
from callgate import (API, HEX32, App, api, audit_rows, make_admin, make_app, make_token, make_user,
                      one, refused, send, signed_in, sql, wait_for)
from oauth import CALLBACK, id_of, make_public, set_app, tokens_for
from running import ORIGIN, other_origins

PLACE = API + "/application/"
HIDDEN = "visible_only_when_creating_or_resetting"
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
FIELDS = {"app_id", "secret", "name", "description", "type", "native", "redirect_uris", "level", "level_until",
          "status", "created_by_app", "created", "last_used"}


class Door:
    """A user, an application of level All that acts for the user, and its token."""

    def __init__(self, user=None, level="all", **columns):
        self.user = user or make_user(**columns)
        self.app = make_public(make_admin(), level=level, name=callgate.fresh("Integrator"))
        self.client = signed_in(self.user)
        self.token = tokens_for(self.client, self.app)["access_token"]

    def send(self, method, target, body=None, kind=None, headers=()):
        pairs = [("Authorization", f"Bearer {self.token}"), *dict(headers).items()]
        if kind:
            pairs.append(("Content-Type", kind))
        return send(method, target, body, pairs)

    def call(self, method, target, **fields):
        return self.send(method, target, json.dumps(fields).encode(), "application/json")

    def get(self, target):
        return self.send("GET", target)

    def make(self, **fields):
        answer = self.call("POST", PLACE, **{"name": "Made", "type": "trusted", **fields})
        assert answer.status == 201, answer
        return App(answer.json["app_id"], answer.json["secret"])


@pytest.fixture(scope="module")
def door():
    return Door()


@pytest.fixture(scope="module")
def admin_door():
    return Door(make_admin())


@pytest.fixture
def fresh_door():
    return Door()


def row_of(app):
    (row,) = sql("SELECT * FROM app WHERE app_id = %s", app.app_id)
    return row


def at(app, rest=""):
    return f"{PLACE}{app.app_id}{rest}"


def works(app):
    answer = callgate.token_request({"grant_type": "client_credentials", "client_id": app.app_id,
                                     "client_secret": app.secret})
    assert answer.status in (200, 401), answer
    return answer.status == 200


# ---- making ----

def test_a_customer_s_trusted_application(door):
    """The whole story: made, used, its secret renewed, looked at."""
    answer = door.call("POST", PLACE, name="Phone of Zürich", type="trusted", description="Two\nlines")
    assert answer.status == 201 and set(answer.json) == FIELDS
    made = answer.json
    app = App(made["app_id"], made["secret"])
    assert HEX32.fullmatch(app.app_id) and HEX32.fullmatch(app.secret)
    assert MOMENT.fullmatch(made.pop("created"))
    assert made == {"app_id": app.app_id, "secret": app.secret, "name": "Phone of Zürich", "description": "Two\nlines",
                    "type": "trusted", "native": False, "redirect_uris": [], "level": "call_api", "level_until": None,
                    "status": "active", "created_by_app": door.app.app_id, "last_used": None}
    token = make_token(app)
    # It acts for the customer, with Call API.
    assert api(token).json["id"] == door.user.id
    assert api(token, API + "/extension/7/queue/", "PUT").status == 403
    shown = door.get(at(app)).json
    assert shown["secret"] == HIDDEN and MOMENT.fullmatch(shown["last_used"])
    (row,) = audit_rows(act="app.register", object_id=app.app_id)
    assert row["actor_login"] == door.user.login and row["address"].endswith(" via " + door.app.app_id)


SHAPES = {
    "JSON": ("application/json", b'{"name":"A b","type":"public","redirect_uris":["%s","com.example.app:/cb"]}'),
    "JSON, charset": ("application/json; charset=UTF-8",
                      b' {"redirect_uris": "%s com.example.app:/cb", "name": "A b", "extra": {"level": "all"}} '),
    "JSON, any case": ("Application/JSON", b'{"name":"A b","redirect_uris":["%s","com.example.app:/cb"],"type":null}'),
    "form": (callgate.FORM_TYPE, b"name=A+b&redirect_uris=%s%%20com.example.app:/cb"),
    "form without a type": (None, b"name=A+b&redirect_uris=%s+com.example.app:/cb&unknown=1&unknown=2"),
    "multipart": callgate.multipart({"name": "A b", "redirect_uris": "%s\ncom.example.app:/cb"}),
}


@pytest.mark.parametrize("kind, body", SHAPES.values(), ids=SHAPES.keys())
def test_bodies(door, kind, body):
    answer = door.send("POST", PLACE, body % CALLBACK.encode(), kind)
    assert answer.status == 201, answer
    assert (answer.json["name"], answer.json["type"]) == ("A b", "public")
    assert answer.json["redirect_uris"] == [CALLBACK, "com.example.app:/cb"]


def test_a_native_one_has_no_secret(door):
    answer = door.call("POST", PLACE, name="On a device", native=True, redirect_uris=["http://127.0.0.1/cb"])
    assert answer.status == 201 and answer.json["secret"] is None and answer.json["native"] is True
    app = App(answer.json["app_id"], "")
    assert door.call("PUT", at(app, "/reset_secret/")).status == 422
    assert sql("SELECT 1 FROM app_secret s JOIN app a ON a.id = s.app WHERE a.app_id = %s", app.app_id) == []


@pytest.mark.parametrize("target", [PLACE, PLACE.rstrip("/"), PLACE + "?name=Other"])
def test_spellings(door, target):
    assert door.call("POST", target, name="Spelt").json["name"] == "Spelt"


INVALID = {
    "no name": {"type": "trusted"},
    "blank name": {"name": "  "},
    "long name": {"name": "x" * 101},
    "name with a NUL": {"name": "a\0b"},
    "name as a list": {"name": ["a"]},
    "name as an object": {"name": {"a": "b"}},
    "unknown type": {"name": "x", "type": "private"},
    "native and trusted": {"name": "x", "type": "trusted", "native": True},
    "native of another kind": {"name": "x", "native": "perhaps"},
    "javascript": {"name": "x", "redirect_uris": ["javascript:alert(1)"]},
    "plain http": {"name": "x", "redirect_uris": "http://a.example/"},
    "a blank in an address": {"name": "x", "redirect_uris": ["https://a.example/ https://b.example/"]},
    "no texts": {"name": "x", "redirect_uris": [1]},
    "21 addresses": {"name": "x", "redirect_uris": [f"https://a.example/{n}" for n in range(21)]},
    "unknown level": {"name": "x", "description": "a\u0001b"},
}


@pytest.mark.parametrize("fields", INVALID.values(), ids=INVALID.keys())
def test_invalid_values(door, fields):
    before = callgate.app_count(door.user)
    answer = door.call("POST", PLACE, **fields)
    assert answer.status == 422 and set(answer.json) == {"error", "error_description", "message"}
    assert answer.json["error"] == "unprocessable" and callgate.app_count(door.user) == before
    wrong = answer.json["error_description"].partition(":")[0]
    assert wrong in {*fields, "name"}, answer


def test_programs_are_told_in_English(door):
    for language in ("ru", "en"):
        answer = door.send("POST", PLACE, b'{"name":""}', "application/json", {"Accept-Language": language})
        assert answer.json["message"] == "name: Enter a name."


BROKEN = {
    "no JSON": ("application/json", b"name=x", 400),
    "a list": ("application/json", b'["name"]', 400),
    "two objects": ("application/json", b'{"name":"x"}{"name":"y"}', 400),
    "NaN": ("application/json", b'{"name":"x","n":NaN}', 400),
    "no UTF-8": ("application/json", b'{"name":"\xff"}', 400),
    "deep": ("application/json", b'{"name":"x","a":' + b"[" * 1000 + b"]" * 1000 + b"}", 400),
    "many members": ("application/json", json.dumps({"name": "x", **{f"n{n}": n for n in range(64)}}).encode(), 400),
    "a name twice": ("application/json", b'{"name":"x","name":"y"}', 400),
    "an escaped name": ("application/json", b'{"name":"x","\\u006eame":"y"}', 400),
    "unknown twice": ("application/json", b'{"name":"x","a":1,"a":1}', 400),
    "a field twice": (callgate.FORM_TYPE, b"name=x&name=x", 400),
    "XML": ("application/xml", b"<name>x</name>", 415),
    "text": ("text/plain", b'{"name":"x"}', 415),
    "too large": ("application/json", b'{"name":"x","a":"' + b"x" * 65536 + b'"}', 413),
    "a large form": (callgate.FORM_TYPE, b"name=x&a=" + b"x" * 65536, 413),
}


@pytest.mark.parametrize("kind, body, status", BROKEN.values(), ids=BROKEN.keys())
def test_broken_bodies(door, kind, body, status):
    before = callgate.app_count(door.user)
    answer = door.send("POST", PLACE, body, kind)
    assert answer.status == status and set(answer.json) == {"error", "error_description", "message"}, answer
    assert callgate.app_count(door.user) == before
    if status == 415:
        assert "application/json" in answer.json["message"]


# ---- 65: what only an administrator sets ----

FORBIDDEN = {
    "All": {"level": "all"},
    "All, in a list": {"level": ["all"]},
    "All, in an object": {"level": {"value": "all"}},
    "another level": {"level": "everything"},
    "type": {"type": "password_credentials"},
    "flag": {"password_credentials": True},
    "flag as text": {"password_credentials": "yes"},
    "back-end": {"api_backend": True},
    "owner": {"owner": "admin"},
    "owner by number": {"owner": 1},
    "status": {"status": "disabled"},
}


def nothing_forbidden(app_id, user):
    (row,) = sql("SELECT * FROM app WHERE app_id = %s", app_id)
    assert (row["level"], row["type"], row["api_backend"], row["owner_id"], row["status"]) == (
        "call_api", "trusted", False, user.id, "active")


@pytest.mark.parametrize("fields", FORBIDDEN.values(), ids=FORBIDDEN.keys())
@pytest.mark.parametrize("admin", [False, True], ids=["user", "administrator"])
def test_65_by_JSON(door, admin_door, fields, admin):
    """Not even for an administrator: what an application is told to do is not what the person decides."""
    who = admin_door if admin else door
    (field,) = fields
    app = who.make()
    count = callgate.app_count(who.user)
    for method, target, about in (("POST", PLACE, ""), ("PUT", at(app), app.app_id)):
        seen = len(audit_rows(act="app.set.refused", actor_login=who.user.login, object_id=about))
        answer = who.call(method, target, **{"name": "x", **fields})
        assert field in refused(answer, 403, "forbidden_field")
        rows = audit_rows(act="app.set.refused", actor_login=who.user.login, object_id=about)
        assert len(rows) == seen + 1 and rows[-1]["detail"] == {"field": field}
        assert rows[-1]["address"].endswith(" via " + who.app.app_id)
    nothing_forbidden(app.app_id, who.user)
    assert callgate.app_count(who.user) == count


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("kind, body", [
    pytest.param(callgate.FORM_TYPE, b"name=x&level=all", id="form"),
    pytest.param(None, b"name=x&%6cevel=%61ll", id="escaped"),
    pytest.param(callgate.FORM_TYPE, b"name=x&level=call_api&level=all", id="form, second"),
    pytest.param(callgate.FORM_TYPE, b"name=x&level=all&level=call_api", id="form, first"),
    pytest.param(*callgate.multipart({"name": "x", "level": "all"}), id="multipart"),
    pytest.param("application/json", b'{"name":"x","level":"call_api","level":"all"}', id="JSON, second"),
    pytest.param("application/json", b'{"name":"x","level":"all","level":"call_api"}', id="JSON, first"),
    pytest.param("application/json", b'{"name":"x","\\u006cevel":"a\\u006cl"}', id="JSON, escaped"),
])
def test_65_in_every_shape(door, method, kind, body):
    app = door.make()
    target = PLACE if method == "POST" else at(app)
    assert "level" in refused(door.send(method, target, body, kind), 403, "forbidden_field")
    nothing_forbidden(app.app_id, door.user)


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_65_the_address_sets_nothing(door, method):
    app = door.make()
    target = (PLACE if method == "POST" else at(app)) + "?level=all&type=password_credentials&owner=admin"
    answer = door.call(method, target, name="Still", type="trusted")
    assert answer.status in (200, 201)
    nothing_forbidden(answer.json["app_id"], door.user)


def test_65_names_that_are_none(door):
    """Unknown members are nobody's: neither taken nor refused."""
    answer = door.call("POST", PLACE, name="Odd", type="trusted", app_id="0" * 32, secret="1" * 32, owner_id=1,
                       created_by_app=None, Level="all", level_until="2030-01-01 00:00:00", generation=9)
    assert answer.status == 201 and answer.json["app_id"] != "0" * 32 and answer.json["secret"] != "1" * 32
    nothing_forbidden(answer.json["app_id"], door.user)


# ---- changing ----

def test_changing_what_it_made(door):
    app = door.make(description="Before", redirect_uris=[CALLBACK], type="public")
    answer = door.call("PUT", at(app), name="After", redirect_uris=["https://other.example/cb"])
    assert answer.status == 200 and answer.json["secret"] == HIDDEN
    assert (answer.json["name"], answer.json["description"]) == ("After", "Before")
    assert answer.json["redirect_uris"] == ["https://other.example/cb"]
    (row,) = audit_rows(act="app.set", object_id=app.app_id)
    assert row["detail"]["before"]["redirect_urls"] == [CALLBACK] and row["detail"]["before"]["name"] == "Made"
    assert row["detail"]["after"]["redirect_urls"] == ["https://other.example/cb"]
    assert row["actor_login"] == door.user.login and row["address"].endswith(" via " + door.app.app_id)
    # The same again is no change; what is empty is emptied.
    assert door.call("PUT", at(app), name="After").status == 200
    assert len(audit_rows(act="app.set", object_id=app.app_id)) == 1
    answer = door.call("PUT", at(app), redirect_uris=[], description="")
    assert (answer.json["redirect_uris"], answer.json["description"]) == ([], "")
    assert door.call("PUT", at(app), name="").status == 422


def test_putting_back_what_was_read(door):
    """As programs do: the whole object, one member of it changed."""
    app = door.make(redirect_uris=[CALLBACK], type="public")
    set_app(app, level="all", status="disabled")
    read = door.get(at(app)).json
    answer = door.call("PUT", at(app), **{**read, "name": "Another", "owner": door.user.login, "api_backend": False})
    assert answer.status == 200 and answer.json == {**read, "name": "Another"}


def test_lowering_the_level(door):
    app = door.make()
    set_app(app, level="all", level_until="2099-01-01")
    assert door.get(at(app)).json["level_until"] == "2099-01-01 00:00:00"
    token = make_token(app)
    assert api(token, API + "/extension/7/queue/", "PUT").status == 200
    answer = door.call("PUT", at(app), level="call_api")
    assert (answer.status, answer.json["level"], answer.json["level_until"]) == (200, "call_api", None)
    # At once, in the gate too.
    wait_for(lambda: api(token, API + "/extension/7/queue/", "PUT").status == 403, "All has ended")
    assert row_of(app)["level_until"] is None
    assert "level" in refused(door.call("PUT", at(app), level="all"), 403, "forbidden_field")


@pytest.mark.parametrize("change", [{"type": "public"}, {"native": True}])
def test_what_stays_as_it_was_made(door, change):
    app = door.make()
    refused(door.call("PUT", at(app), **change), 403, "forbidden_field")


# ---- the secret ----

def test_a_new_secret_ends_the_old_one(door):
    app = door.make()
    answer = door.call("PUT", at(app, "/reset_secret/"))
    assert answer.status == 200 and set(answer.json) == FIELDS
    fresh = App(app.app_id, answer.json["secret"])
    assert HEX32.fullmatch(fresh.secret) and fresh.secret != app.secret
    assert works(fresh) and not works(app)
    assert door.get(at(app)).json["secret"] == HIDDEN
    (row,) = audit_rows(act="app.secret", object_id=app.app_id)
    assert row["address"].endswith(" via " + door.app.app_id)


@pytest.mark.parametrize("kind, body", [("application/json", b'{"overlap_days":7}'), (None, b"overlap_days=1"),
                                        ("application/json", b'{"overlap_days":"2"}')])
def test_an_overlap(door, kind, body):
    app = door.make()
    answer = door.send("PUT", at(app, "/reset_secret"), body, kind)
    assert answer.status == 200 and works(app) and works(App(app.app_id, answer.json["secret"]))


@pytest.mark.parametrize("value", [8, -1, 1.5, "x", [1], True])
def test_no_overlap(door, value):
    app = door.make()
    assert door.call("PUT", at(app, "/reset_secret/"), overlap_days=value).status == 422
    assert works(app)


@pytest.mark.parametrize("body, kind", [(None, None), (b"", "application/json"), (b"{}", "application/json")])
def test_without_a_body(door, body, kind):
    app = door.make()
    answer = door.send("PUT", at(app, "/reset_secret/"), body if body is not None else b"", kind)
    assert answer.status == 200 and not works(app)


# ---- what it did not make ----

def test_what_the_user_made_is_read_and_not_changed(door):
    app = make_app(door.user)
    shown = door.get(at(app))
    assert shown.status == 200 and shown.json["secret"] == HIDDEN and shown.json["created_by_app"] is None
    refused(door.call("PUT", at(app), name="Mine now"), 403, "not_made")
    refused(door.call("PUT", at(app, "/reset_secret/")), 403, "not_made")
    assert row_of(app)["name"] != "Mine now" and works(app)


def test_what_another_application_made(door):
    other = Door(door.user)
    app = other.make()
    refused(door.call("PUT", at(app), name="Mine now"), 403, "not_made")
    refused(door.call("PUT", at(app, "/reset_secret/")), 403, "not_made")
    assert works(app) and other.call("PUT", at(app), name="Still mine").status == 200


def test_64_somebody_else_s(door):
    """Not even what this application made, for another user."""
    stranger = make_user()
    elsewhere = make_app(stranger, created_by_app=id_of(door.app))
    own = {target: door.get(at(App(target, ""))).status for target in ("0" * 32, "x", "A" * 32)}
    assert set(own.values()) == {404}
    for answer in (door.get(at(elsewhere)), door.call("PUT", at(elsewhere), name="x"),
                   door.call("PUT", at(elsewhere), level="all"), door.call("PUT", at(elsewhere, "/reset_secret/")),
                   door.send("DELETE", at(elsewhere))):
        refused(answer, 404, "not_found")
    assert works(elsewhere) and row_of(elsewhere)["name"] != "x"
    assert elsewhere.app_id not in door.get(PLACE + "?per_page=100").text


def test_what_was_handed_over_is_gone(door):
    app = door.make()
    set_app(app, owner_id=make_user().id)
    refused(door.call("PUT", at(app), name="x"), 404, "not_found")


@contextlib.contextmanager
def changing_hands(app):
    """Another has it once this ends; whoever wants to change it until then has to wait."""
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    with contextlib.closing(connection), connection, connection.cursor() as cursor:
        cursor.execute("UPDATE app SET owner_id = %s WHERE app_id = %s", (make_user().id, app.app_id))
        yield
        wait_for(lambda: one("SELECT count(*) FROM pg_locks w JOIN pg_locks h ON h.transactionid = w.transactionid"
                             " WHERE NOT w.granted AND h.granted AND h.pid = %s", connection.get_backend_pid()),
                 "the request waits")


@pytest.mark.parametrize("method, rest, fields", [("PUT", "/reset_secret/", {}), ("PUT", "", {"name": "x"}),
                                                  ("DELETE", "", None)])
def test_handed_over_at_that_moment(door, method, rest, fields):
    """What was found to be the user's is looked at again when it is changed."""
    app = door.make()
    body = None if fields is None else json.dumps(fields).encode()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        with changing_hands(app):
            answer = pool.submit(door.send, method, at(app, rest), body, "application/json")
        refused(answer.result(), 404, "not_found")
    assert works(app) and row_of(app)["name"] == "Made"


# ---- deleting ----

def test_deleting(door):
    app, own = door.make(), make_app(door.user)
    token = make_token(app)
    for one_ in (app, own):
        answer = door.send("DELETE", at(one_), None, "application/json")
        assert answer.status == 204 and answer.body == b""
        assert door.get(at(one_)).status == 404 and door.send("DELETE", at(one_)).status == 404
        (row,) = audit_rows(act="app.delete", object_id=one_.app_id)
        assert row["address"].endswith(" via " + door.app.app_id)
    assert api(token).status == 401


def test_nothing_deletes_itself():
    user = make_user()
    app = make_app(user, level="all")
    token = make_token(app)
    answer = api(token, at(app), "DELETE")
    refused(answer, 403, "not_made")
    assert works(app)


def test_what_it_made_outlives_what_made_it(fresh_door):
    app = fresh_door.make()
    sql("DELETE FROM app WHERE app_id = %s", fresh_door.app.app_id)
    assert row_of(app)["created_by_app"] is None and works(app)


# ---- levels ----

def test_call_api_reads_and_changes_nothing():
    low = Door(level="call_api")
    app = make_app(low.user)
    assert low.get(PLACE).status == 200 and low.get(at(app)).status == 200
    assert low.get(PLACE + "permission/").status == 200
    for method, target in (("POST", PLACE), ("PUT", at(app)), ("PUT", at(app, "/reset_secret/")), ("DELETE", at(app)),
                           ("DELETE", PLACE + "permission/1")):
        answer = low.call(method, target, name="x")
        refused(answer, 403, "insufficient_scope")
        assert answer.get("Callgate-Request")
    assert works(app)
    # The owner sees it among what was refused.
    wait_for(lambda: sql("SELECT 1 FROM refusal WHERE app = %s AND method = 'POST' AND rule = '/application/'"
                         " AND reason = 'level'", id_of(low.app)), "the refusal is counted")


def test_a_read_only_user():
    reader = Door(access="read_only")
    assert reader.get(PLACE).status == 200
    refused(reader.call("POST", PLACE, name="x"), 403, "insufficient_scope")
    assert callgate.app_count(reader.user) == 0


def test_without_a_token():
    for method, target in (("GET", PLACE), ("POST", PLACE), ("DELETE", PLACE + "0" * 32)):
        body = b'{"name":"x"}' if method == "POST" else None
        answer = send(method, target, body, {"Content-Type": "application/json"})
        assert answer.status == 401 and answer.json["message"] == "Unauthorized"
        assert answer.get("WWW-Authenticate").startswith("Bearer ")


# ---- lists ----

def test_the_list(fresh_door):
    assert fresh_door.get(PLACE).json == []
    apps = [fresh_door.make(name=f"App {n}") for n in range(5)]
    apps.append(make_app(fresh_door.user))
    listed = fresh_door.get(PLACE.rstrip("/"))
    assert [app["app_id"] for app in listed.json] == [app.app_id for app in reversed(apps)]
    assert all(set(app) == FIELDS and app["secret"] == HIDDEN for app in listed.json) and listed.get("Link") is None
    seen, target = [], PLACE + "?per_page=2"
    while target:
        answer = fresh_door.get(target)
        assert answer.status == 200 and len(answer.json) <= 2
        seen += [app["app_id"] for app in answer.json]
        link = answer.get("Link")
        match = link and re.fullmatch(r"<(.*)>; rel=\"next\"", link)
        assert not match or match[1].startswith(callgate.URL + PLACE)
        target = match and match[1][len(callgate.URL):]
    assert seen == [app["app_id"] for app in listed.json]


@pytest.mark.parametrize("query", ["per_page=0", "per_page=101", "per_page=x", "per_page=-1", "before=x", "before=0",
                                   "page=2", "page=0"])
def test_odd_pages(door, query):
    answer = door.get(PLACE + "?" + query)
    assert answer.status == 422 and query.partition("=")[0] in answer.json["message"]


def test_a_parameter_twice(door):
    assert door.get(PLACE + "?per_page=1&per_page=2").status == 400


# ---- the web server ----

METHODS = {PLACE: "GET, HEAD, POST", PLACE + "0" * 32: "GET, HEAD, PUT, DELETE",
           PLACE + "0" * 32 + "/reset_secret/": "PUT", PLACE + "permission/": "GET, HEAD",
           PLACE + "permission/1": "GET, HEAD, DELETE"}


@pytest.mark.parametrize("target", METHODS)
@pytest.mark.parametrize("slash", [True, False])
def test_methods(door, target, slash):
    target = target.rstrip("/") + ("/" if slash else "")
    answer = door.send("PATCH", target, b"", "application/json")
    allow = METHODS.get(target) or METHODS.get(target.rstrip("/")) or METHODS[target.rstrip("/") + "/"]
    assert (answer.status, answer.get("Allow")) == (405, allow)
    assert set(answer.json) == {"error", "error_description", "message"}


@pytest.mark.parametrize("target", [PLACE + "0" * 32 + "/x", PLACE + "x/y/z", PLACE + "permission/1/2",
                                    PLACE + "permission/x", PLACE + "0" * 31, API + "//application/", PLACE + "/"])
def test_nothing_of_it_reaches_the_back_end(door, target):
    """Whatever stands below is Callgate's, even what is not there."""
    for method in ("GET", "DELETE"):
        answer = door.send(method, target)
        assert answer.status in (400, 404, 405) and "target" not in answer.json, answer


@pytest.mark.parametrize("target", [API + "/applications/", API + "/applicationx", API + "/Application/"])
def test_the_neighbours_are_the_back_end_s(door, target):
    assert door.get(target).json["target"] == target


@pytest.mark.parametrize("path", ["application/..%2fextension/7/", "application/../extension/7/",
                                  "application/%2e%2e/user/", "application/;/", "application%2f"])
def test_odd_paths(door, path):
    answer = door.get(f"{API}/{path}")
    assert answer.status in (400, 404) and b'"target"' not in answer.body


def test_head(door):
    answer = door.send("HEAD", PLACE)
    assert answer.status == 200 and answer.body == b""


def test_pages_of_other_origins(door):
    """As for /user/."""
    app = door.make()
    with other_origins():
        for target in (PLACE, at(app)):
            answer = send("OPTIONS", target, headers=[("Origin", ORIGIN), ("Access-Control-Request-Method", "PUT")])
            assert answer.status == 204 and answer.get("Access-Control-Allow-Origin") == ORIGIN
            answer = door.send("GET", target, None, None, {"Origin": ORIGIN})
            assert answer.get("Access-Control-Allow-Origin") == ORIGIN
            assert send("GET", target, None, {"Origin": ORIGIN}).get("Access-Control-Allow-Origin") == ORIGIN


# ---- on the pages ----

def test_an_application_s_page_says_who_made_it(door):
    app = door.make()
    page = door.client.get(f"/app/{app.app_id}/").page.one("main").text
    assert one("SELECT name FROM app WHERE app_id = %s", door.app.app_id) in page and door.app.app_id in page
    own = make_app(door.user)
    assert door.app.app_id not in door.client.get(f"/app/{own.app_id}/").text


def test_the_shell_says_who_made_it(door):
    app, own = door.make(), make_app(door.user)
    assert f"Made by       {door.app.app_id} Integrator-" in callgate.run_fine("app", "show", app.app_id)
    assert json.loads(callgate.run_fine("app", "show", "--json", app.app_id))["created_by_app"] == door.app.app_id
    assert "Made by" not in callgate.run_fine("app", "show", own.app_id)
