# test_77_admin_user_browser.py - an administrator adds a user, imports some, and looks the acts up, in a
# real browser; by keyboard where it says so.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import os

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

import callgate
from callgate import Client, fresh, keep, make_admin, make_app, make_user, one, sql
from chromium import refusal


@pytest.fixture
def chief(browser):
    admin = make_admin()
    browser.open("/login")
    browser.sign_in(admin)
    return admin


def fits(browser, name):
    """Nothing sticks out of a narrow window, nor of a wide one."""
    for pixels in (320, 390, 1280):
        browser.width(pixels)
        assert browser.driver.execute_script(
            "return document.documentElement.scrollWidth <= window.innerWidth"), f"{name} at {pixels}"
        browser.shoot(f"{name}-{pixels}")


def test_a_user_is_added_and_signs_in(browser, chief):
    login = fresh("story")
    browser.link("Administration")
    browser.link("Users")
    browser.link("Add a user")
    browser.expected.append(refusal(422))
    browser.type("#field-login", "two words")
    browser.type("#field-name", "Kept Meanwhile")
    browser.click("main form button.main")
    # The summary has the focus, and leads to the field.
    assert browser.driver.switch_to.active_element.get_attribute("role") == "alert"
    fits(browser, "user-add-refused")
    browser.find(".notice a").click()
    assert browser.driver.switch_to.active_element.get_attribute("id") == "field-login"
    assert browser.find("#field-name").get_attribute("value") == "Kept Meanwhile"
    browser.type("#field-login", login)
    browser.type("#field-client_id", "12")
    browser.find("#field-client_id").send_keys(Keys.TAB)
    browser.click("main form button.main")
    password = browser.find("#new-password").get_attribute("value")
    keep(password)
    fits(browser, "user-password")
    browser.link("Open the user’s page")
    assert browser.path == f"/admin/user/{login}/" and "Must be changed" in browser.text
    assert password not in browser.driver.page_source
    fits(browser, "user")
    # The first sign-in; what follows it is the page for a new password.
    assert Client().sign_in(login, password).status == 303
    assert one("SELECT must_change_password FROM pbx_user WHERE login = %s", login)


def test_a_user_is_found_blocked_and_looked_up(browser, chief):
    user = make_user(name=fresh("Findable"))
    make_app(user, name="Of this user")
    browser.open("/admin/user/")
    name = one("SELECT name FROM pbx_user WHERE id = %s", user.id)
    browser.type("#field-q", name[2:].upper())
    page = browser.find("html")
    browser.find("#field-q").send_keys(Keys.ENTER)
    callgate.wait_for(lambda: browser.find("html") != page, "the search")
    fits(browser, "users")
    browser.link(user.login)
    assert "Of this user" in browser.text
    browser.driver.find_element(By.ID, "status-blocked").send_keys(Keys.SPACE)
    browser.click("form[action$='/set'] button")
    assert "Blocked" in browser.text and browser.has(".notice")
    browser.link("All of it")
    browser.find("summary").send_keys(Keys.ENTER)
    assert '"status": "blocked"' in browser.text
    fits(browser, "audit")


def test_users_are_imported_from_a_file(browser, chief, tmp_path):
    word = fresh("story")
    path = tmp_path / "users.csv"
    path.write_text(f"login,name,client_id\n{word}-1,\"One, First\",3\n{word}-2,Two,x\n", encoding="utf-8")
    browser.expected.append(refusal(422))
    browser.open("/admin/user/import")
    browser.find("#field-file").send_keys(os.fspath(path))
    browser.click("button[value=try]")
    assert "correct these lines" in browser.text and not browser.has("button[value=import]")
    fits(browser, "import-refused")
    text = browser.find("#field-text").get_attribute("value")
    browser.type("#field-text", text.replace(",x", ",4"))
    browser.click("button[value=try]")
    assert "Nothing has been done yet" in browser.text
    browser.click("button[value=import]")
    assert "The users are imported" in browser.text
    fits(browser, "import-done")
    rows = sql("SELECT name, client_id FROM pbx_user WHERE login LIKE %s ORDER BY login", word + "%")
    assert [(row["name"], row["client_id"]) for row in rows] == [("One, First", 3), ("Two", 4)]
