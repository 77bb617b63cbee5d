# test_77_admin_browser.py - an administrator in a real browser: everything that is done with an application
# and with a user, a pasted list of requests, the audit log down to its files, and a request answered by
# keyboard alone.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import csv
import datetime
import json

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

import oauth
from callgate import (API, api, fresh, keep, make_admin, make_app, make_token, make_user, one, really_signed_in,
                      run_fine, signed_in, sql, wait_for)
from chromium import refusal
from manage import row_of

READ, QUEUE = API + "/client/@me/record/", API + "/extension/7/queue/"
OWN = "a password of one's own"


@pytest.fixture
def chief(browser):
    admin = make_admin()
    browser.enter(admin)
    return admin


def soon(token, status, target=READ, method="GET"):
    """Each worker of the gate is told of a change (test_65_gate_freshness.py says how soon)."""
    wait_for(lambda: api(token, target, method).status == status, f"{method} {target} is answered {status}")


def long_ago(user):
    """The sign-in is older than session.recent."""
    sql("UPDATE session SET proved_at = now() - interval '16 minutes' WHERE user_id = %s", user.id)


def acts(admin, app):
    return [row["act"] for row in sql("SELECT act FROM audit_log WHERE actor_id = %s AND object_id = %s ORDER BY id",
                                      admin.id, app.app_id)]


# ---- an application ----

def found(browser, app, **wanted):
    """By the search form, from the overview on."""
    browser.open("/admin/")
    browser.click("main nav a[href='/admin/app/']")
    for name, value in wanted.items():
        field = browser.find(f"#field-{name}")
        if field.tag_name == "select":
            field.send_keys(value)
        else:
            browser.type(f"#field-{name}", value)
    browser.button("Search")
    links = browser.driver.find_elements(By.CSS_SELECTOR, "main tbody th a")
    return {link.get_attribute("href").split("/")[-2] for link in links} >= {app.app_id}


def test_an_application_is_found(browser, chief):
    word = fresh("needle")
    number = int(fresh("x")[-7:], 16) + 10**6
    owner = make_user(client_id=number, tenant_id=number)
    app, other = make_app(owner, name=f"A {word} in hay", type="public"), make_app(owner, name="Hay", level="all")
    for wanted in ({"name": word[2:].upper()}, {"name": app.app_id}, {"owner": owner.login}, {"client": str(number)},
                   {"client": str(number), "type": "Public", "level": "Call API", "unused": "0"}):
        assert found(browser, app, **wanted), wanted
        assert "A needle" in browser.text.replace(word, "needle")
    assert not found(browser, app, client=str(number), level="All") and other.app_id in browser.text
    browser.expected.append(refusal(422))
    assert not found(browser, app, client="twelve") and browser.find("[role=alert]").is_displayed()
    assert not found(browser, app, owner="nobody-of-this-login") and "There are no such applications." in browser.text


def test_everything_about_an_application(browser, chief):
    owner = make_user()
    app = make_app(owner, name=fresh("Whole work"))
    name, token = row_of(app)["name"], make_token(app)
    soon(token, 403, QUEUE, "PUT")
    assert found(browser, app, name=name)
    browser.link(name)

    # Raised: the password again, since the sign-in is old; what was chosen is kept.
    long_ago(chief)
    browser.find("#field-level").send_keys("All")
    browser.button("Set the access")
    assert browser.find("h1").text == "Your password once more" and row_of(app)["level"] == "call_api"
    browser.expected.append(refusal(403))
    browser.type("#field-confirm_password", "not the password")
    browser.button("Go on")
    assert browser.find("#confirm-error").is_displayed() and row_of(app)["level"] == "call_api"
    browser.type("#field-confirm_password", chief.password)
    browser.button("Go on")
    assert browser.path == f"/admin/app/{app.app_id}/" and row_of(app)["level"] == "all"
    soon(token, 200, QUEUE, "PUT")

    # Lowered: what of the last month would have been refused is seen first, and left as it is, then done.
    counted = "SELECT passed FROM usage_hour WHERE app = %s AND method = 'PUT'"
    wait_for(lambda: sql(counted, oauth.id_of(app)), "it is counted")
    sql("UPDATE usage_hour SET passed = 41 WHERE app = %s AND method = 'PUT'", oauth.id_of(app))
    for leave in (True, False):
        browser.find("#field-level").send_keys("Call API")
        browser.button("Set the access")
        assert browser.find("h1").text == "Look before you change it"
        assert "PUT /extension/{}/queue/" in browser.find("table").text and "41" in browser.find("table").text
        assert row_of(app)["level"] == "all"
        if leave:
            browser.link("Leave it as it is")
            assert browser.path == f"/admin/app/{app.app_id}/" and row_of(app)["level"] == "all"
    browser.button("Change it")
    assert browser.path == f"/admin/app/{app.app_id}/" and row_of(app)["level"] == "call_api"
    soon(token, 403, QUEUE, "PUT")

    # All tokens revoked: the gate refuses the one there is, and lets a new one pass.
    soon(token, 200)
    browser.button("Revoke all tokens")
    soon(token, 401)
    token = make_token(app)
    soon(token, 200)

    # Disabled and enabled.
    browser.button("Disable it")
    assert browser.find(".notice.bad").is_displayed()
    soon(token, 401)
    browser.button("Enable it")
    assert not browser.has(".notice.bad")

    # Another type ends what it has, which is said before; the password again.
    long_ago(chief)
    browser.find("#field-type").send_keys("Public")
    browser.button("Set the type")
    assert "Its secrets, consents and tokens end" in browser.text
    browser.button("Change it")
    assert row_of(app)["type"] == "trusted"
    browser.type("#field-confirm_password", chief.password)
    browser.button("Go on")
    assert browser.path == f"/admin/app/{app.app_id}/" and row_of(app)["type"] == "public"
    assert one("SELECT count(*) FROM app_secret WHERE app = %s", oauth.id_of(app)) == 0
    soon(token, 401)

    # All of it is on record.
    assert acts(chief, app).count("app.set") == 5 and "app.tokens.end" in acts(chief, app)
    browser.link("Usage")
    assert browser.path == f"/admin/app/{app.app_id}/usage"


def test_what_nobody_uses(browser, chief):
    app = make_app(make_user(), name=fresh("Asleep"))
    sql("UPDATE app SET created_at = now() - interval '999 days', last_used_at = now() - interval '990 days'"
        " WHERE app_id = %s", app.app_id)
    browser.open("/admin/")
    browser.link("Applications that nobody uses")
    assert browser.find("#field-unused").get_attribute("value") == "180"
    browser.type("#field-name", row_of(app)["name"])
    browser.button("Search")
    assert "Unused" in browser.find("main tbody").text
    browser.link(row_of(app)["name"])
    browser.button("Disable it")
    assert row_of(app)["status"] == "disabled"


# ---- a user ----

def test_a_user_is_looked_after(browser, chief):
    """Another password, shown once, which is changed at the next sign-in; sessions and tokens ended; access."""
    user = make_user()
    session, token = signed_in(user), make_token(make_app(user))
    soon(token, 200)
    browser.open(f"/admin/user/{user.login}/")
    browser.button("End all sessions")
    assert browser.find(".notice").is_displayed() and not session.is_signed_in
    soon(token, 200)
    browser.button("End all tokens")
    soon(token, 401)

    # The password again, as the sign-in is old; a wrong one changes nothing.
    long_ago(chief)
    browser.expected.append(refusal(403))
    browser.button("Reset password")
    browser.type("#field-confirm_password", "not the password")
    browser.button("Go on")
    assert browser.find("#confirm-error").is_displayed() and really_signed_in(user).is_signed_in
    browser.type("#field-confirm_password", chief.password)
    browser.button("Go on")
    password = browser.find("#new-password").get_attribute("value")
    keep(password)
    browser.open(f"/admin/user/{user.login}/")
    assert "Must be changed" in browser.text and password not in browser.driver.page_source

    # Access and level.
    browser.find("label[for=access-read_only]").click()
    browser.type("#field-client_id", "")
    browser.type("#field-tenant_id", "")
    browser.find("label[for=field-admin]").click()
    browser.button("Save")
    assert sql("SELECT access, admin, client_id FROM pbx_user WHERE id = %s", user.id) == [
        {"access": "read_only", "admin": True, "client_id": None}]

    # The user's next sign-in.
    browser.enter(None)
    browser.open("/app/")
    browser.sign_in(user._replace(password=password))
    assert browser.path.startswith("/app/account/password")
    for name, value in (("old_password", password), ("new_password", OWN), ("new_password_again", OWN)):
        browser.type(f"#field-{name}", value)
    browser.click("main form button.main")
    assert not one("SELECT must_change_password FROM pbx_user WHERE id = %s", user.id)
    browser.open("/admin/")
    assert browser.path == "/admin/" and user.login in browser.find("header .account").text


# ---- the rule tester ----

def pasted(browser, selector, text):
    """As from the clipboard, over what is there: at once, and not key by key."""
    browser.find(selector).clear()
    browser.find(selector).click()
    browser.driver.execute_cdp_cmd("Input.insertText", {"text": text})


def answers(browser):
    rows = browser.driver.find_elements(By.CSS_SELECTOR, "main tbody tr")
    return [[cell.text for cell in row.find_elements(By.CSS_SELECTOR, "th, td")] for row in rows]


def test_a_pasted_list(browser, chief):
    browser.open("/admin/")
    browser.link("Rule tester")
    requests = [f"GET {READ}", f"PUT {QUEUE}", f"POST {API}/extension/7/event/", "GET /elsewhere"]
    requests += [f"GET {API}/extension/{number}/record/" for number in range(96)]
    pasted(browser, "#field-list", "# what our program does\n\n" + "\n".join(requests))
    browser.button("Ask")
    rows = answers(browser)
    assert [row[0] for row in rows] == requests
    assert [row[1].split(" ")[0] for row in rows] == ["passes", "refused:", "passes", "refused:"] + ["passes"] * 96
    assert [row[2] for row in rows[:3]] == ["get", "config", "call"] and rows[1][3].startswith("line ")
    # The list is still there: the same for an application of another level, and for another user.
    assert "# what our program does" in browser.find("#field-list").get_attribute("value")
    browser.find("#field-level").send_keys("All")
    browser.button("Ask")
    assert [row[1].split(" ")[0] for row in answers(browser)][:4] == ["passes", "passes", "passes", "refused:"]
    browser.find("#field-access").send_keys("Read only")
    browser.button("Ask")
    assert [row[1].split(" ")[0] for row in answers(browser)][:4] == ["passes", "refused:", "refused:", "refused:"]
    # One request by the two fields, as the gate itself answers it.
    browser.find("#field-list").clear()
    browser.type("#field-method", "PUT")
    browser.type("#field-target", QUEUE)
    browser.find("#field-level").send_keys("Call API")
    browser.find("#field-access").send_keys("Full")
    browser.button("Ask")
    assert [row[1].split(" ")[:2] for row in answers(browser)] == [["refused:", "403"]]
    soon(make_token(make_app(make_user())), 403, QUEUE, "PUT")
    browser.expected.append(refusal(422))
    pasted(browser, "#field-list", f"GET {READ}\nnonsense")
    browser.button("Ask")
    browser.wait_for_focus("[role=alert]")
    assert "Line 2" in browser.focus.text


# ---- the audit log ----

@pytest.fixture
def history():
    """A word that is in all rows' acts, and the rows, oldest first: one a minute, by two actors."""
    word = fresh("story").replace("-", "_")
    sql("INSERT INTO audit_log (at, actor_login, address, act, object_kind, object_id, detail)"
        " SELECT date_trunc('minute', now()) + (n - 70) * interval '1 minute', %s || n %% 2, '192.0.2.7',"
        " %s || CASE WHEN n < 60 THEN '.one' ELSE '.two' END, 'app', 'object', jsonb_build_object('n', n)"
        " FROM generate_series(0, 69) AS n", word + "-", word)
    return word, sql("SELECT * FROM audit_log WHERE starts_with(act, %s) ORDER BY id", word)


def moment(row):
    return f"{row['at'].astimezone(datetime.timezone.utc):%Y-%m-%dT%H:%M:%SZ}"


def filtered(browser, **wanted):
    for name in ("actor", "act", "object_id", "from", "to"):
        browser.type(f"#field-{name}", wanted.get(name, ""))
    browser.find("#field-object_kind").send_keys(wanted.get("object_kind", "Any"))
    browser.button("Search")


def shown(browser):
    """The rows' numbers, which a screen reader hears."""
    nodes = browser.driver.find_elements(By.CSS_SELECTOR, "main tbody summary .unseen")
    return [int(node.get_attribute("textContent")) for node in nodes]


def numbers(rows):
    return [row["id"] for row in reversed(rows)]


def test_the_audit_log_is_filtered_and_paged(browser, chief, history):
    word, rows = history
    browser.open("/admin/")
    browser.link("Audit log")
    filtered(browser, act=word + ".one", actor=word + "-1")
    assert shown(browser) == numbers([row for row in rows[:60] if row["actor_login"].endswith("1")])
    assert browser.find("#field-act").get_attribute("value") == word + ".one"
    filtered(browser, act=word + ".", **{"from": moment(rows[10]), "to": moment(rows[20])})
    assert shown(browser) == numbers(rows[10:20])
    day, later = moment(rows[0])[:10], f"{rows[-1]['at'] + datetime.timedelta(days=2):%Y-%m-%d}"
    filtered(browser, act=word + ".", **{"from": later})
    assert shown(browser) == [] and "There is no such row." in browser.text
    browser.expected.append(refusal(422))
    filtered(browser, act=word + ".", to="yesterday")
    assert browser.find("#to-error").is_displayed() and shown(browser) == []
    # On and back.
    filtered(browser, act=word + ".", **{"from": day, "to": later})
    first = shown(browser)
    browser.link("Older")
    assert first + shown(browser) == numbers(rows) and len(first) == 50
    assert not browser.driver.find_elements(By.LINK_TEXT, "Older")
    browser.link("Newest")
    assert shown(browser) == first
    browser.link("Everything")
    assert browser.find("#field-act").get_attribute("value") == ""


def test_a_row_tells_what_was_before_and_after(browser, chief):
    user = make_user()
    run_fine("user", "set", user.login, "--access=read_only")
    browser.open("/admin/audit/")
    filtered(browser, act="user.set", object_kind="User", object_id=user.login)
    assert len(shown(browser)) == 1 and not browser.find("details pre").is_displayed()
    browser.find("summary").click()
    before, after = browser.driver.find_elements(By.CSS_SELECTOR, "details pre")
    assert '"access": "full"' in before.text and '"access": "read_only"' in after.text
    assert "shell:" in browser.find("tbody").text
    browser.link(user.login)
    assert browser.path == f"/admin/user/{user.login}/"


def saved(browser, folder, words):
    """The file that a click on the link saves, once it is whole."""
    before = set(folder.iterdir())
    browser.driver.find_element(By.LINK_TEXT, words).click()
    done = wait_for(lambda: [path for path in set(folder.iterdir()) - before if path.suffix in (".csv", ".jsonl")],
                    "the file is there")
    assert len(done) == 1 and done[0].name.startswith("audit-")
    return done[0].read_text(encoding="utf-8")


def test_the_audit_log_is_exported(browser, chief, history, tmp_path):
    word, rows = history
    browser.driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    browser.open("/admin/audit/")
    filtered(browser, act=word + ".")
    lines = list(csv.DictReader(saved(browser, tmp_path, "CSV").splitlines()))
    assert [int(line["id"]) for line in lines] == numbers(rows)
    assert lines[-1] == {"id": str(rows[0]["id"]), "time": moment(rows[0]), "actor_id": "", "actor": word + "-0",
                         "address": "192.0.2.7", "request_id": "", "act": word + ".one", "object_kind": "app",
                         "object_id": "object", "detail": '{"n": 0}'}
    filtered(browser, act=word + ".two", actor=word + "-0")
    lines = [json.loads(line) for line in saved(browser, tmp_path, "JSON lines").splitlines()]
    assert [line["detail"]["n"] for line in lines] == [68, 66, 64, 62, 60]
    # A click on a file leads to no other page.
    assert browser.find("h1").text == "Audit log"


# ---- by keyboard alone ----

def test_a_request_is_answered_by_keyboard(browser):
    """From the sign-in to the answer: Tab, Enter, Space, arrows; each stop shows that it has the focus."""
    admin, owner = make_admin(), make_user()
    app = make_app(owner, name=fresh("Asks"))
    fields = {"reason": "It keeps our queues.", "until": "", "act": "ask"}
    signed_in(owner).post(f"/app/{app.app_id}/request-level", fields)
    number = one("SELECT id FROM level_request WHERE app = %s", oauth.id_of(app))
    browser.open("/admin/")
    browser.focus.send_keys(admin.login)
    browser.tab_to(browser.find("#field-password"))
    browser.focus.send_keys(admin.password)
    browser.press(browser.find("main form button"))
    browser.press(browser.find("main nav a[href='/admin/request/']"))
    while not browser.has(f"a[href='/admin/request/{number}/']"):
        browser.press(browser.labelled("More"))
    browser.press(browser.find(f"a[href='/admin/request/{number}/']"))
    assert "It keeps our queues." in browser.text
    # Approving is chosen by no Enter too many.
    browser.tab_to(browser.find("input[name=decision]"))
    browser.focus.send_keys(Keys.ARROW_DOWN)
    browser.focus.send_keys(Keys.ARROW_DOWN)
    assert browser.find("input[name=decision]:checked").get_attribute("value") == "decline"
    browser.tab_to(browser.find("#field-answer"))
    browser.focus.send_keys("Not before the trial.")
    browser.press(browser.find("main form button.main"), Keys.SPACE)
    assert sql("SELECT state, answer, decided_by FROM level_request WHERE id = %s", number) == [
        {"state": "declined", "answer": "Not before the trial.", "decided_by": admin.login}]
    assert row_of(app)["level"] == "call_api"
