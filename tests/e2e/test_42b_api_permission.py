# test_42b_api_permission.py - {prefix}application/permission/: a user's consents listed and withdrawn by
# an application that acts for the user; and what the withdrawn one had made is named, and ends with it if
# that is wished, by the API and on the page (DESIGN §7).
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import re

import pytest

import callgate
from callgate import API, api, audit_rows, make_app, make_token, make_user, refused, sql
from oauth import id_of, make_public, permissions, permit, refresh, set_app, tokens_for
from test_42_api_application import Door, works

PLACE = API + "/application/permission/"
FIELDS = {"id", "app_id", "name", "user", "level", "created", "last_used"}


@pytest.fixture
def door():
    return Door()


@pytest.fixture(scope="module")
def shared_door():
    return Door()


@pytest.fixture(scope="module")
def owner():
    return make_user()


def listed(door, query=""):
    answer = door.get(PLACE + query)
    assert answer.status == 200, answer
    return [row["app_id"] for row in answer.json]


# ---- the list ----

def test_what_the_user_allowed(door, owner):
    app = make_public(owner, name="Called Zoë", level="all")
    permission = permit(door.user, app)
    answer = door.get(PLACE)
    assert [set(row) for row in answer.json] == [FIELDS, FIELDS]
    newest, own = answer.json
    assert (newest["id"], newest["app_id"], newest["name"]) == (permission, app.app_id, "Called Zoë")
    assert (newest["user"], newest["level"], newest["last_used"]) == (door.user.login, "all", None)
    # This very token stands on the other.
    assert own["app_id"] == door.app.app_id and re.fullmatch(r"[0-9-]{10} [0-9:]{8}", own["last_used"])
    assert door.get(f"{PLACE}{permission}").json == newest == door.get(f"{PLACE}{permission}/").json


def test_the_level_is_the_lower_one(door, owner):
    app = make_public(owner, level="all")
    permission = permit(door.user, app)
    set_app(app, level="call_api")
    assert door.get(f"{PLACE}{permission}").json["level"] == "call_api"
    set_app(app, level="all")
    sql("UPDATE permission SET level = 'all', level_until = now() - interval '1 second' WHERE id = %s", permission)
    assert door.get(f"{PLACE}{permission}").json["level"] == "call_api"


def test_filters(door, owner):
    app = make_public(owner)
    permit(door.user, app)
    assert listed(door, f"?app_id={app.app_id}") == [app.app_id]
    assert listed(door, "?app_id=" + "0" * 32) == [] and listed(door, "?app_id=x") == []
    assert set(listed(door, f"?user={door.user.login}")) == {app.app_id, door.app.app_id}
    assert listed(door, f"?user={owner.login}") == []
    assert door.get(PLACE + "?app_id=a&app_id=b").status == 400


def test_pages(door, owner):
    apps = [make_public(owner) for _ in range(4)]
    for app in apps:
        permit(door.user, app)
    seen, target = [], PLACE + f"?per_page=2&user={door.user.login}"
    while target:
        answer = door.get(target)
        seen += [row["app_id"] for row in answer.json]
        link = answer.get("Link")
        target = link and re.fullmatch(r'<(.*)>; rel="next"', link)[1][len(callgate.URL):]
        assert len(answer.json) <= 2 and (target is None or f"user={door.user.login}" in target)
    assert seen == [app.app_id for app in reversed(apps)] + [door.app.app_id]


def test_what_is_void_is_not_there(door, owner):
    """Another owner or type ends consents."""
    app = make_public(owner)
    permission = permit(door.user, app)
    set_app(app, generation=7)
    assert app.app_id not in listed(door) and door.get(f"{PLACE}{permission}").status == 404


# ---- withdrawing ----

def test_withdrawing(door, owner):
    app = make_public(owner)
    tokens = tokens_for(door.client, app)
    (row,) = permissions(door.user, app)
    answer = door.send("DELETE", f"{PLACE}{row['id']}", None, "application/json")
    assert answer.status == 204 and answer.body == b""
    assert api(tokens["access_token"]).status == 401 and refresh(app, tokens["refresh_token"]).status == 401
    assert permissions(door.user, app) == [] and door.send("DELETE", f"{PLACE}{row['id']}").status == 404
    (audit,) = audit_rows(act="permission.withdraw", object_id=app.app_id)
    assert audit["actor_login"] == door.user.login and audit["address"].endswith(" via " + door.app.app_id)
    assert api(door.token).status == 200


def test_withdrawing_its_own(door):
    (row,) = permissions(door.user, door.app)
    assert door.send("DELETE", f"{PLACE}{row['id']}").status == 204
    assert door.get(PLACE).status == 401


def test_64_somebody_else_s(shared_door, owner):
    other, app = make_user(), make_public(owner)
    permission = permit(other, app)
    for method in ("GET", "DELETE"):
        for target in (permission, 0, "x", "1x", "9" * 30, "-1"):
            refused(shared_door.send(method, f"{PLACE}{target}"), 404, "not_found")
    assert permissions(other, app)


def test_call_api_withdraws_nothing(owner):
    low = Door(level="call_api")
    app = make_public(owner)
    permission = permit(low.user, app)
    refused(low.send("DELETE", f"{PLACE}{permission}"), 403, "insufficient_scope")
    assert permissions(low.user, app)


# ---- what the withdrawn one had made ----

@pytest.fixture
def made(door):
    """An integrator that made two for this user, one of them disabled since, and one for another."""
    integrator = Door(door.user)
    first, second = integrator.make(name="First <b>"), integrator.make(name="Second")
    set_app(integrator.make(name="Gone"), status="disabled")
    other = make_app(make_user(), created_by_app=id_of(integrator.app))
    (row,) = permissions(door.user, integrator.app)
    return row["id"], integrator, (first, second), other


def status_of(app):
    return sql("SELECT status FROM app WHERE app_id = %s", app.app_id)[0]["status"]


def named(apps):
    return [{"app_id": app.app_id, "name": name} for app, name in zip(reversed(apps), ("Second", "First <b>"))]


@pytest.mark.parametrize("query", ["", "?end_created=0", "?end_created=false", "?end_created="])
def test_withdrawing_names_what_it_made(door, made, query):
    permission, integrator, apps, other = made
    answer = door.send("DELETE", f"{PLACE}{permission}{query}")
    assert answer.status == 200 and answer.json == {"created": named(apps), "ended": False}
    assert all(works(app) for app in (*apps, other)) and api(integrator.token).status == 401


@pytest.mark.parametrize("query", ["?end_created=1", "?end_created=true"])
def test_and_ends_it(door, made, query):
    permission, integrator, apps, other = made
    tokens = [make_token(app) for app in apps]
    answer = door.send("DELETE", f"{PLACE}{permission}{query}")
    assert answer.status == 200 and answer.json == {"created": named(apps), "ended": True}
    assert [status_of(app) for app in apps] == ["disabled"] * 2 and works(other)
    assert [api(token).status for token in tokens] == [401] * 2 and api(integrator.token).status == 401
    for app in apps:
        (row,) = audit_rows(act="app.set", object_id=app.app_id)
        assert row["detail"] == {"before": {"status": "active"}, "after": {"status": "disabled"},
                                 "made_by": integrator.app.app_id}


def test_an_odd_wish_does_nothing(door, made):
    permission, integrator, apps, _ = made
    assert door.send("DELETE", f"{PLACE}{permission}?end_created=perhaps").status == 422
    assert door.send("DELETE", f"{PLACE}{permission}?end_created=1&end_created=0").status == 400
    assert works(apps[0]) and permissions(door.user, integrator.app)


# ---- the same on the page ----

PAGE = "/app/authorized"


def form_of(door, app):
    answer = door.client.get(PAGE)
    (form,) = [form for form in map(callgate.Form, answer.page.all("form")) if form.fields.get("app_id") == app.app_id]
    return form


def test_the_page_offers_to_end_it(door, made):
    _, integrator, apps, other = made
    form = form_of(door, integrator.app)
    assert form.choices == {"end_created": {"1": True}} and "end_created" not in form.fields
    names = [node.text for node in form.node.all("bdi")]
    assert {"First <b>", "Second"} <= set(names) and "Gone" not in names
    assert door.client.post(PAGE, {**form.fields, "end_created": "1"}).location == PAGE
    assert [status_of(app) for app in apps] == ["disabled"] * 2 and works(other)
    assert permissions(door.user, integrator.app) == []


def test_the_page_leaves_it_otherwise(door, made):
    _, integrator, apps, _ = made
    assert form_of(door, door.app).choices == {}   # it made nothing
    assert door.client.post(PAGE, form_of(door, integrator.app).fields).location == PAGE
    assert all(works(app) for app in apps) and permissions(door.user, integrator.app) == []


def test_nobody_else_ends_it(made):
    """The form of another user, for the same application."""
    _, integrator, apps, other = made
    stranger = callgate.signed_in(make_user())
    stranger.post(PAGE, {"app_id": integrator.app.app_id, "end_created": "1"})
    assert all(works(app) for app in (*apps, other))
