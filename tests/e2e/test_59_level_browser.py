# test_59_level_browser.py - the story of All in Chromium: an owner sees what was refused and asks, an
# administrator reads the evidence and approves until a day, and at its moment it is over.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import datetime

from callgate import API, api, make_admin, make_app, make_token, make_user, one, sql, wait_for

QUEUE = API + "/extension/7/queue/"
WIDTHS = (1280, 390, 320)


def soon(token, status):
    """Each worker of the gate is told of a change (test_65_gate_freshness.py says how soon)."""
    return wait_for(lambda: api(token, QUEUE, "PUT").status == status, f"a change of queues is answered {status}")


def set_day(browser, selector, day):
    """A date field is typed in the browser's own order, which differs."""
    browser.driver.execute_script("arguments[0].value = arguments[1]", browser.find(selector), day)


def look(browser, name):
    """It fits every width, sideways."""
    for width in WIDTHS:
        browser.width(width)
        browser.shoot(f"{name}-{width}")
        assert browser.driver.execute_script("return document.documentElement.scrollWidth") <= width, (name, width)
    browser.width(1280)


def test_from_a_refusal_to_all_and_back(browser):
    user, admin = make_user(), make_admin()
    app = make_app(user, name="Queue keeper")
    row = one("SELECT id FROM app WHERE app_id = %s", app.app_id)
    token = make_token(app)
    for _ in range(3):
        soon(token, 403)
    wait_for(lambda: one("SELECT coalesce(sum(count), 0) FROM refusal WHERE app = %s", row) == 3, "counts")

    # The owner: from what was refused to asking.
    browser.enter(user)
    browser.open(f"/app/{app.app_id}/")
    browser.link("Refused requests")
    assert "Asked 3 × for PUT /extension/{}/queue/: needs All" in browser.text
    look(browser, "refusals-needing-all")
    browser.link("Ask for All")
    look(browser, "ask")
    last = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=30)).strftime("%Y-%m-%d")
    browser.type("#field-reason", "It keeps the queues of our shifts.")
    set_day(browser, "#field-until", last)
    browser.button("Ask for All")
    assert "Your request is open" in browser.text
    look(browser, "asked")

    # The administrator: the queue, the evidence, the answer.
    browser.enter(admin)
    browser.open("/admin/")
    look(browser, "admin")
    browser.link("All that wait for an answer")
    look(browser, "admin-requests")
    number = one("SELECT id FROM level_request WHERE app = %s", row)
    while not browser.has(f"a[href='/admin/request/{number}/']"):
        browser.link("More")
    browser.click(f"a[href='/admin/request/{number}/']")
    assert "It keeps the queues of our shifts." in browser.text
    assert "Asked 3 × for PUT /extension/{}/queue/: needs All" in browser.text
    assert browser.find("#field-until").get_attribute("value") == last
    look(browser, "admin-request")
    browser.find("label[for=decision-until]").click()
    browser.type("#field-answer", "Until the end of the trial.")
    browser.button("Answer")
    assert "Approved" in browser.text and soon(token, 200)
    look(browser, "admin-request-approved")

    # The owner reads the answer; at its moment All is over, everywhere.
    browser.enter(user)
    browser.open(f"/app/{app.app_id}/request-level")
    assert "Until the end of the trial." in browser.text
    look(browser, "answered")
    sql("UPDATE app SET level_until = now() WHERE id = %s; SELECT pg_notify('callgate', 'a ' || %s)", row, row)
    soon(token, 403)
    browser.open(f"/app/{app.app_id}/")
    assert "Call API" in browser.find("dl").text


def test_administrators_applications(browser):
    admin = make_admin()
    app = make_app(make_user(), name="Lowered", level="all", description="What it does", type="public",
                   redirect_urls=["https://a.example/" + "long/" * 20])
    sql("INSERT INTO usage_hour (app, hour, method, rule, passed) SELECT id, now(), 'PUT', '/extension/{}/queue/', 7"
        " FROM app WHERE app_id = %s", app.app_id)
    browser.enter(admin)
    browser.open("/admin/app/")
    look(browser, "admin-apps")
    browser.type("#field-name", app.app_id)
    browser.button("Search")
    browser.link("Lowered")
    look(browser, "admin-app")
    browser.find("#field-level").send_keys("Call API")
    browser.button("Set the access")
    assert "PUT /extension/{}/queue/" in browser.find("table").text
    look(browser, "admin-app-lower")
    browser.button("Change it")
    assert one("SELECT level FROM app WHERE app_id = %s", app.app_id) == "call_api"
    browser.expected += ["status of 422"]
    browser.type("#field-name", "Lower")
    browser.button("Delete it")
    assert browser.find("#name-error").is_displayed()
    look(browser, "admin-app-error")
    browser.type("#field-name", "Lowered")
    browser.button("Delete it")
    assert browser.path == "/admin/app/"


def test_the_rule_tester(browser):
    browser.enter(make_admin())
    browser.open("/admin/rules/")
    look(browser, "admin-rules")
    browser.type("#field-list", f"PUT {QUEUE}\nGET {API}/client/@me/record/\nGET /elsewhere")
    browser.button("Ask")
    assert "refused: 403" in browser.text and "passes" in browser.text
    look(browser, "admin-rules-answers")
