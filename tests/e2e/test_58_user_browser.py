# test_58_user_browser.py - a user in a real browser: the account in two browsers at once, language and time
# zone on all pages, the list of applications, All asked for and given back, what an application did as
# charts and tables, and a secret rotated by keyboard alone.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import datetime

import pytest
from selenium.webdriver.common.keys import Keys

import callgate
import chromium
import oauth
from callgate import API, api, keep, make_admin, make_app, make_token, make_user, one, sql, wait_for
from chromium import refusal
from fronted import Fronted
from manage import with_secret
from test_78_usage import CALL, CONFIG, passed, refused, tokens

QUEUE = API + "/extension/7/queue/"
NEW = "a new password of twenty"


@pytest.fixture(scope="module")
def other_driver():
    with chromium.started() as driver:
        yield driver


@pytest.fixture
def second(other_driver):
    """Another browser, at another desk."""
    with chromium.watched(other_driver) as view:
        yield view


# ---- the account, in two browsers ----

def is_signed_in(browser, target="/app/account"):
    browser.open(target)
    assert browser.path in (target, "/login?next=%2Fapp%2Faccount"), browser.path
    return browser.path == target


def really_enter(user, *browsers):
    for browser in browsers:
        browser.open("/login")
        browser.sign_in(user)
        assert browser.path == "/app/"


def test_signing_out_everywhere(browser, second):
    user = make_user()
    really_enter(user, browser, second)
    browser.click("header .account a")
    assert "This one" in browser.text and len(browser.driver.find_elements("css selector", "main tbody tr")) == 2
    # The other one alone.
    browser.click("form[action='/app/account/sessions'] button.small")
    assert browser.path.startswith("/app/account") and not is_signed_in(second) and is_signed_in(browser)
    second.sign_in(user)
    assert second.path == "/app/account"
    # Both.
    browser.open("/app/account")
    browser.button("Sign out everywhere")
    assert browser.path == "/login"
    assert not is_signed_in(browser) and not is_signed_in(second)
    assert sql("SELECT id FROM session WHERE user_id = %s", user.id) == []


def test_a_new_password(browser, second):
    keep(NEW)
    user = make_user()
    really_enter(user, browser, second)
    browser.click("header .account a")
    browser.link("Change the password")
    browser.expected += [refusal(422), refusal(403)]
    for old, new, again, wrong in (("not the password", NEW, NEW, "old_password"),
                                   (user.password, "short", "short", "new_password"),
                                   (user.password, NEW, NEW + "?", "new_password_again")):
        for name, value in (("old_password", old), ("new_password", new), ("new_password_again", again)):
            browser.type(f"#field-{name}", value)
        browser.click("main form button.main")
        assert browser.find(f"#{wrong}-error").is_displayed()
        assert new not in browser.driver.page_source and old not in browser.driver.page_source
    for name, value in (("old_password", user.password), ("new_password", NEW), ("new_password_again", NEW)):
        browser.type(f"#field-{name}", value)
    browser.click("main form button.main")
    # Here one stays, elsewhere not; the old password is none any more.
    assert is_signed_in(browser) and not is_signed_in(second)
    second.expected.append(refusal(403))
    second.sign_in(user)
    assert second.find("#login-error").is_displayed()
    second.sign_in(user._replace(password=NEW))
    assert second.path == "/app/account"


def test_the_language_goes_with_the_user(browser, second):
    user = make_user()
    with Fronted(CALLGATE_SITE_LANGUAGES="en ru") as site:
        for view in (browser, second):
            view.open(site.url + "/app/account")
            assert (view.find("html").get_attribute("lang"), view.find("h1").text) == ("en", "Sign in")
            view.sign_in(user)
        browser.find("#field-language").send_keys("Рус")
        browser.click("main form button.main")
        # Both browsers, every page.
        for view in (browser, second):
            for target, heading in (("/app/account", "Ваша учётная запись"), ("/app/", "Приложения")):
                view.open(site.url + target)
                assert view.find("html").get_attribute("lang") == "ru"
                assert view.find("h1").text == heading
        second.click("button[name=language][value=en]")
        assert second.find("h1").text == "Applications"
        browser.open(site.url + "/app/account")
        assert browser.find("#field-language option:checked").get_attribute("value") == "en"
        assert browser.find("h1").text == "Your account"


def test_dates_are_in_the_users_zone(browser):
    """The user's own choice, on every page that has a date."""
    user = make_user()
    moment = "2026-01-15 22:30:00+00"
    app, allowed = make_app(user, name="Dated", created_at=moment, last_used_at=moment), oauth.make_public(make_user())
    identity = oauth.permit(user, allowed)
    sql("UPDATE permission SET created_at = %s WHERE id = %s", moment, identity)
    sql("UPDATE app_secret SET created_at = %s WHERE app = %s", moment, oauth.id_of(app))
    pages = ("/app/", f"/app/{app.app_id}/", f"/app/{app.app_id}/secret", f"/app/{app.app_id}/usage", "/app/authorized")
    browser.enter(user)
    for target in pages:
        browser.open(target)
        assert "2026-01-15 22:30 UTC" in browser.text, target
    browser.click("header .account a")
    sql("UPDATE session SET created_at = %s WHERE user_id = %s", moment, user.id)
    browser.find("#field-timezone").send_keys("Europe/Mos")
    browser.click("main form button.main")
    assert one("SELECT timezone FROM pbx_user WHERE id = %s", user.id) == "Europe/Moscow"
    for target in (*pages, "/app/account"):
        browser.open(target)
        assert "2026-01-16 01:30 MSK" in browser.text and "2026-01-15" not in browser.text, target


# ---- applications ----

def listed(browser):
    return [node.text for node in browser.driver.find_elements("css selector", "main tbody th a")]


def test_the_list_is_sorted_and_paged(browser):
    user = make_user()
    for number in range(53):
        make_app(user, name=f"App {number * 7 % 53:02}", last_used_at=f"2026-01-01 00:{number:02}+00")
    names = [f"App {number:02}" for number in range(53)]
    by_age = [f"App {number * 7 % 53:02}" for number in reversed(range(53))]
    browser.enter(user)
    browser.open("/app/")
    assert listed(browser) == by_age[:50]
    for order, expected in (("By name", names), ("Last used first", by_age)):
        browser.find("#field-sort").send_keys(order)
        browser.button("Show")
        first = listed(browser)
        browser.link("Next page")
        assert first + listed(browser) == expected and len(first) == 50
        browser.link("First page")
        assert listed(browser) == first
    browser.type("#field-q", "app 0")
    browser.find("#field-sort").send_keys("By name")
    browser.button("Show")
    assert listed(browser) == names[:10] and not browser.driver.find_elements("link text", "Next page")


def test_all_is_asked_for_given_and_given_back(browser, second):
    """Asked in his own words, changed and withdrawn, asked again; given without end; lowered by himself at once."""
    user, admin = make_user(), make_admin()
    app = make_app(user, name="Higher")
    token, row = make_token(app), oauth.id_of(app)
    states = "SELECT state FROM level_request WHERE app = %s ORDER BY id"
    browser.enter(user)
    browser.open(f"/app/{app.app_id}/")
    browser.link("Ask for All")
    browser.type("#field-reason", "First words.")
    browser.button("Ask for All")
    # Asking again is changing what is open.
    browser.link("Higher")
    browser.link("Ask for All")
    assert "Your request is open" in browser.text
    browser.type("#field-reason", "Better words.")
    browser.button("Save the changes")
    assert sql("SELECT state, reason FROM level_request WHERE app = %s", row) == [
        {"state": "open", "reason": "Better words."}]
    browser.button("Withdraw the request")
    assert "Withdrawn" in browser.text
    browser.type("#field-reason", "Once more.")
    browser.button("Ask for All")
    assert [one_row["state"] for one_row in sql(states, row)] == ["withdrawn", "open"]
    # Given without end.
    number = one("SELECT max(id) FROM level_request WHERE app = %s", row)
    second.enter(admin)
    second.open(f"/admin/request/{number}/")
    assert "Once more." in second.text and user.login in second.text
    second.find("label[for=decision-approve]").click()
    second.button("Answer")
    wait_for(lambda: api(token, QUEUE, "PUT").status == 200, "it is let pass")
    browser.link("Higher")
    assert "All" in browser.find("dl .badge").text and not browser.driver.find_elements("link text", "Ask for All")
    # His own right, without anybody's leave.
    browser.link("Edit")
    browser.find("label[for=level-call_api]").click()
    browser.button("Save")
    assert browser.find("dl .badge").text == "Call API"
    wait_for(lambda: api(token, QUEUE, "PUT").status == 403, "it is refused")
    assert [one_row["state"] for one_row in sql(states, row)] == ["withdrawn", "approved"]


# ---- usage ----

def numbers(browser, caption):
    """The visible table of that caption, the head first."""
    for table in browser.driver.find_elements("css selector", "main table"):
        if table.find_element("tag name", "caption").get_attribute("textContent") == caption:
            assert table.is_displayed()
            return [[cell.text for cell in row.find_elements("css selector", "th, td")]
                    for row in table.find_elements("tag name", "tr")]
    raise AssertionError(f"no table {caption}")


def test_what_an_application_did(browser):
    """Reached by its link; by day and by hour; charts with their tables behind them."""
    user = make_user()
    app = make_app(user, name="Busy")
    for hours, count in ((0, 2), (24 * 3, 3000)):
        passed(app, hours, "POST", CALL, count)
        refused(app, hours, "PUT", CONFIG, 2 * count)
        tokens(app, hours, "client_credentials", count)
    browser.enter(user)
    browser.open("/app/")
    browser.link("Busy")
    browser.link("Usage")
    assert browser.path == f"/app/{app.app_id}/usage" and "3,002" in browser.find("dl").text
    charts = browser.driver.find_elements("css selector", "main svg[role=img]")
    assert len(charts) == 2 and all(chart.size["width"] > 300 and chart.size["height"] > 80 for chart in charts)
    bars = charts[0].find_elements("css selector", "rect")
    assert len(bars) == 4 and max(bar.size["height"] for bar in bars) > 50
    fills = {bar.value_of_css_property("fill") for bar in bars}
    assert len(fills) == 2 and browser.find("main").value_of_css_property("background-color") not in fills
    # The table behind the chart: shut until somebody wants it.
    summary = browser.find("main details summary")
    assert not browser.find("main details table").is_displayed()
    summary.click()
    table = numbers(browser, "Requests a day")
    assert len(table) == 31 and ["3,000", "6,000"] in [row[1:] for row in table]
    assert numbers(browser, "By class of request")[1:] == [["Reading", "0", "0"], ["Calls", "3,002", "0"],
                                                             ["Configuration", "0", "6,004"]]
    # By hour, and back.
    browser.link("24 hours")
    assert browser.find("main nav a[aria-current=page]").text == "24 hours"
    assert "3,002" not in browser.text
    browser.find("main details summary").click()
    table = numbers(browser, "Requests an hour")
    assert len(table) == 25 and [row[1:] for row in table[1:] if row[1] != "0"] == [["2", "4"]]
    assert datetime.datetime.strptime(table[-1][0], "%Y-%m-%d %H:%M")
    browser.link("30 days")
    assert browser.find("main nav a[aria-current=page]").text == "30 days" and "3,002" in browser.text
    # On to the reasons, and to the application.
    browser.link("Why requests were refused")
    assert browser.path == f"/app/{app.app_id}/refusals"
    browser.driver.back()
    browser.link("Busy")
    assert browser.path == f"/app/{app.app_id}/"


# ---- by keyboard alone ----

def test_a_secret_is_rotated_by_keyboard(browser):
    """Tab, Enter, Space; each stop on the way shows that it has the focus."""
    user = make_user()
    app = make_app(user, name="By keyboard")
    browser.open("/app/")
    browser.wait_for_focus("#field-username")
    browser.focus.send_keys(user.login)
    browser.tab_to(browser.find("#field-password"))
    browser.focus.send_keys(user.password)
    browser.press(browser.find("main form button"))
    assert browser.path == "/app/"
    browser.press(browser.labelled("By keyboard"))
    browser.press(browser.labelled("Make a new App secret"))
    # A mistake: the summary has the focus, and leads to the field.
    browser.expected.append(refusal(422))
    browser.tab_to(browser.find("#field-overlap"))
    browser.focus.send_keys(Keys.CONTROL, "a")
    browser.focus.send_keys("8")
    browser.press(browser.find("main form button.main"), Keys.SPACE)
    browser.wait_for_focus("[role=alert]")
    browser.shows_focus()
    browser.tab_to(browser.find("[role=alert] a"))
    browser.focus.send_keys(Keys.ENTER)
    browser.wait_for_focus("#field-overlap")
    browser.focus.send_keys(Keys.CONTROL, "a")
    browser.focus.send_keys("2")
    browser.press(browser.find("main form button.main"), Keys.SPACE)
    # The new one, to be copied; the older one still works, until it is removed.
    browser.tab_to(browser.find("#app-secret"))
    fresh = callgate.App(app.app_id, browser.focus.get_attribute("value"))
    keep(fresh.secret)
    assert with_secret(app, app.secret) == with_secret(app, fresh.secret) == 200
    browser.press(browser.labelled("By keyboard"))
    browser.press(browser.labelled("Make a new App secret"))
    browser.press(browser.labelled(f"Remove: …{app.secret[-4:]}"), Keys.SPACE)
    assert with_secret(app, app.secret) == 401 and with_secret(app, fresh.secret) == 200
    token = make_token(fresh)
    # And out.
    browser.press(browser.labelled("Sign out"))
    assert browser.path == "/login" and api(token).json["login"] == user.login
