# test_59_every_address.py - each address of fcgi/routes.c that people open, so that a new one can't be
# forgotten: who is not signed in is sent to sign in and back to where he wanted (in Chromium), who has no
# right to it gets an error page that tells nothing (ATTACKS 64), and all have their headers (ATTACKS 63).
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import functools
import re
from typing import NamedTuple
from urllib.parse import quote, urlsplit

import pytest

import callgate
from callgate import Client, User, make_admin, make_app, make_user, one, signed_in
from chromium import refusal
from manage import boss_of, member_of, row_of, state_of, tenant
from routes import all_routes
from test_33_forms_guard import check_headers

# All but what nobody has to sign in for: the sign-in page, the language, style sheet, script and logo.
GUARDED = [route for route in all_routes() if route.need in ("NEED_SESSION", "NEED_ADMIN")]
PAGES = [route for route in GUARDED if route.page]
# What is of somebody, or for administrators alone; the rest shows everybody his own.
NOT_FOR_ALL = [route for route in GUARDED if "{}" in route.path or route.need == "NEED_ADMIN"]


def names(routes):
    return {"argvalues": routes, "ids": [f"{route.method} {route.path}" for route in routes]}


class World(NamedTuple):
    """An application, offered to `taker`, for which All is asked; and who has nothing to do with it."""
    owner: User
    taker: User
    admin: User
    strangers: list
    app: callgate.App
    request: int
    told: set     # words that only those may read who have a right to it


@pytest.fixture(scope="module")
def world():
    number = tenant()
    owner, taker = member_of(number, name="Olga Owner", email="olga@owner.example"), boss_of(number)
    app = make_app(owner, name="Kept to itself", description="Nobody else knows what it does.",
                   redirect_urls=["https://kept.example/callback"])
    client = signed_in(owner)
    client.post(f"/app/{app.app_id}/request-level", {"reason": "A reason of its own.", "until": "", "act": "ask"})
    client.post(f"/app/{app.app_id}/transfer", {"login": taker.login})
    row = row_of(app)
    assert one("SELECT count(*) FROM app_transfer WHERE app = %s", row["id"]) == 1
    request = one("SELECT id FROM level_request WHERE app = %s", row["id"])
    strangers = [make_user(client_id=None, dealer_id=7, tenant_id=None), boss_of(tenant())]
    return World(owner, taker, make_admin(), strangers, app, request,
                 {row["name"], row["description"], *row["redirect_urls"], "A reason of its own.", "…" + app.secret[-4:],
                  owner.login, taker.login, "Olga Owner", "olga@owner.example"})


def target_of(route, world, there=True):
    """Its address, for what there is or for nothing; a new kind of object must be added here."""
    objects = {"/app/": (world.app.app_id, "0123456789abcdef" * 2), "/admin/app/": (world.app.app_id, "0" * 32),
               "/admin/user/": (world.owner.login, "nobody-of-this-login"), "/admin/request/": (str(world.request), "0")}
    before, _, rest = route.path.partition("{}")
    return before + objects[before][0 if there else 1] + rest if "{}" in route.path else route.path


def who_may(route, world):
    if route.need == "NEED_ADMIN":
        return world.admin
    return world.taker if route.path.endswith("/accept") else world.owner


def who_may_not(route, world):
    return world.strangers + ([world.owner] if route.need == "NEED_ADMIN" else [])


@functools.cache
def client_of(user):
    """Signed in once: a password takes its time."""
    return signed_in(user)


def assert_tells_nothing(text, world, *known):
    """But what he has said himself."""
    assert [word for word in world.told if word in text and not any(word in other for other in known)] == []


def same(text):
    """Without what differs from answer to answer."""
    return re.sub(r"\b[0-9a-f]{16}\b", "ID", text)


# ---- in a browser ----

@pytest.mark.parametrize("route", **names(PAGES))
def test_who_is_not_signed_in_signs_in_and_is_where_he_wanted(browser, world, route):
    target, user = target_of(route, world), who_may(route, world)
    browser.open(target)
    assert browser.path == "/login?next=" + quote(target, safe="") and browser.find("h1").text == "Sign in"
    assert_tells_nothing(browser.driver.page_source, world, target)
    browser.sign_in(user)
    assert browser.path == target and not browser.has(".trouble") and browser.has("form[action='/logout']")
    assert user.login in browser.find(".account").text


@pytest.mark.parametrize("route", **names([route for route in PAGES if route in NOT_FOR_ALL]))
def test_64_who_has_no_right_gets_a_page_that_tells_nothing(browser, world, route):
    status = 403 if route.need == "NEED_ADMIN" else 404
    browser.expected.append(refusal(status))
    (*_, user), shown = who_may_not(route, world), []
    browser.enter(user)
    for there in (True, False):
        browser.open(target_of(route, world, there))
        assert str(status) in browser.find(".trouble .status").text
        assert_tells_nothing(browser.driver.page_source, world, target_of(route, world), user.login)
        shown.append(same(browser.find("html").text))
    assert shown[0] == shown[1]
    looks_like_ours(browser, user)


def looks_like_ours(browser, user):
    """The frame, the style sheet, and a way on."""
    assert user.login in browser.find("header .account").text and browser.find("footer").is_displayed()
    assert browser.has(".trouble .request") and len(browser.driver.find_elements("tag name", "h1")) == 1
    colours = [browser.find(selector).value_of_css_property("background-color")
               for selector in (".trouble a.button.main", ".trouble")]
    assert colours[0] != colours[1], "there is a style sheet"
    assert browser.find(".trouble a.button").get_attribute("href").rstrip("/") == callgate.URL


# ---- and by whatever speaks HTTP ----

def ask(client, route, world, there=True):
    target = target_of(route, world, there)
    return client.post(target) if route.method == "POST" else client.get(target)


@pytest.mark.parametrize("route", **names(GUARDED))
def test_64_nobody_does_anything_without_signing_in(world, route):
    before = state_of(world.app)
    answer = ask(Client(), route, world)
    assert answer.status == 303 and urlsplit(answer.location).path == "/login", answer
    assert_tells_nothing(answer.text, world, target_of(route, world), answer.location)
    assert state_of(world.app) == before


@pytest.mark.parametrize("route", **names(NOT_FOR_ALL))
def test_64_who_has_no_right_does_nothing(world, route):
    before = state_of(world.app)
    for user in who_may_not(route, world):
        client = client_of(user)
        answers = [ask(client, route, world, there) for there in (True, False)]
        assert {answer.status for answer in answers} == {403 if route.need == "NEED_ADMIN" else 404}, answers
        texts = [same(answer.page.text) for answer in answers]
        assert texts[0] == texts[1]
        assert_tells_nothing(answers[0].text, world, target_of(route, world), user.login)
    assert state_of(world.app) == before


# ---- headers ----

@pytest.mark.parametrize("route", **names(PAGES))
def test_63_headers_of_every_page(world, route):
    for client, status in ((client_of(who_may(route, world)), 200), (client_of(world.strangers[0]), None)):
        answer = client.get(target_of(route, world))
        assert status in (answer.status, None), answer
        check_headers(answer)
