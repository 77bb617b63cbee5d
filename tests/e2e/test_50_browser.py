# test_50_browser.py - the main job in a real browser, as people do it: with the mouse, with the
# keyboard, on a phone; and what a browser makes of forms and frames of another site.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
from urllib.parse import quote, urlsplit

import pytest
from selenium.common.exceptions import NoAlertPresentException, UnexpectedAlertPresentException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

import callgate
from callgate import HEX32, PORT, URL, api, app_count, make_app, make_token, make_user, wait_for
from chromium import is_stale, refusal

WIDTHS = {"wide": 1280, "phone": 390}


def test_the_main_job(browser):
    user = make_user()
    browser.open("/app/register")
    assert urlsplit(browser.driver.current_url).path == "/login"
    browser.sign_in(user)
    assert browser.path == "/app/register"  # where it was going

    browser.type("#field-name", "Browser’s own")
    browser.type("#field-redirect_url", "https://a.example/cb\nhttps://b.example/cb")
    browser.find("label[for=type-trusted]").click()
    assert browser.find("#type-password_credentials").get_attribute("disabled")
    assert browser.find("#level-call_api").is_selected() and browser.find("#level-all").get_attribute("disabled")
    browser.click("main form button.main")

    app = callgate.App(*(browser.find(name).get_attribute("value") for name in ("#app-id", "#app-secret")))
    callgate.keep(app.secret)
    assert set(HEX32.findall(browser.driver.page_source)) == set(app)
    assert api(make_token(app)).json["login"] == user.login

    browser.link("All your applications")
    assert browser.path == "/app/" and app.app_id in browser.text and "Browser’s own" in browser.text
    browser.link("Browser’s own")
    assert browser.path == f"/app/{app.app_id}/" and app.secret not in browser.driver.page_source
    assert "https://a.example/cb" in browser.text and "https://b.example/cb" in browser.text

    browser.click("form[action='/logout'] button")
    assert browser.path == "/login" and browser.driver.get_cookies() == []
    browser.open(f"/app/{app.app_id}/")
    assert urlsplit(browser.driver.current_url).path == "/login"
    assert app_count(user) == 1


def registered_in(browser, user, target="/app/register"):
    browser.open(target)
    if browser.has("#field-password"):
        browser.sign_in(user)
    browser.type("#field-name", "Once")
    browser.click("main form button.main")
    secret = browser.find("#app-secret").get_attribute("value")
    callgate.keep(secret)
    return secret


def settle(browser):
    """A browser may ask whether to send a form again; say yes, as people do."""
    try:
        browser.driver.switch_to.alert.accept()
    except NoAlertPresentException:
        pass
    wait_for(lambda: browser.driver.execute_script("return document.readyState") == "complete", "the page is there")


def test_71_the_secret_is_there_once_reload(browser):
    user = make_user()
    secret = registered_in(browser, user)
    try:
        browser.driver.refresh()
    except UnexpectedAlertPresentException:
        pass
    settle(browser)
    assert secret not in browser.driver.page_source and app_count(user) == 1


def test_71_the_secret_is_there_once_back_and_forward(browser):
    user = make_user()
    secret = registered_in(browser, user)
    browser.expected += ["ERR_CACHE_MISS"]
    browser.driver.back()
    settle(browser)
    assert secret not in browser.driver.page_source
    browser.driver.forward()
    settle(browser)
    assert secret not in browser.driver.page_source and app_count(user) == 1


def test_sent_again_from_the_form(browser):
    """Back to the form, and its button once more: the same application, no second secret."""
    user = make_user()
    secret = registered_in(browser, user)
    browser.driver.back()
    settle(browser)
    if browser.find("#field-name").get_attribute("value") == "":
        browser.type("#field-name", "Once")
    browser.click("main form button.main")
    shown = browser.driver.page_source
    assert secret not in shown
    # A browser that fetched the form anew has a new key, so that is a second application.
    assert app_count(user) == (1 if not browser.has("#app-secret") else 2)


def test_after_signing_out_back_shows_nothing(browser):
    user = make_user()
    app = make_app(user)
    browser.open("/app/")
    browser.sign_in(user)
    browser.open(f"/app/{app.app_id}/")
    assert app.app_id in browser.text
    browser.click("form[action='/logout'] button")
    browser.driver.back()
    settle(browser)
    assert urlsplit(browser.driver.current_url).path == "/login" and app.app_id not in browser.text


def test_after_signing_out_back_shows_no_secret(browser):
    secret = registered_in(browser, make_user())
    browser.expected += ["ERR_CACHE_MISS"]
    browser.click("form[action='/logout'] button")
    browser.driver.back()
    settle(browser)
    assert secret not in browser.driver.page_source


def test_mistakes_are_told_beside_the_fields(browser):
    user = make_user()
    browser.open("/app/register")
    browser.sign_in(user)
    browser.type("#field-redirect_url", "/relative")
    browser.type("#field-description", "Kept words")
    browser.expected += [refusal(422)]
    browser.click("main form button.main")
    assert browser.find("[role=alert]") == browser.driver.switch_to.active_element
    for field in ("name", "redirect_url"):
        message, control = browser.find(f"#{field}-error"), browser.find(f"#field-{field}")
        assert message.is_displayed() and control.get_attribute("aria-invalid") == "true"
    assert browser.find("#field-description").get_attribute("value") == "Kept words"
    # The list at the top leads to the field.
    browser.find("[role=alert] a[href='#field-redirect_url']").click()
    assert browser.driver.switch_to.active_element == browser.find("#field-redirect_url")
    browser.type("#field-name", "Corrected")
    browser.type("#field-redirect_url", "https://a.example/cb")
    browser.click("main form button.main")
    callgate.keep(browser.find("#app-secret").get_attribute("value"))
    assert app_count(user) == 1


def test_wrong_password(browser):
    user = make_user()
    browser.open("/login")
    browser.expected += [refusal(403)]
    browser.sign_in(user._replace(password="wrong"))
    assert browser.find("#login-error").is_displayed()
    assert browser.find("#field-username").get_attribute("value") == user.login
    assert browser.find("#field-password").get_attribute("value") == ""
    browser.sign_in(user)
    assert browser.path == "/app/"


def test_with_the_keyboard_alone(browser):
    user = make_user()
    browser.open("/app/register")
    browser.wait_for_focus("#field-username")
    browser.focus.send_keys(user.login, Keys.TAB)
    page = browser.find("html")
    browser.focus.send_keys(user.password, Keys.ENTER)
    wait_for(lambda: is_stale(page), "signed in")
    assert browser.path == "/app/register"
    # The first stop leads past the header.
    browser.find("body").send_keys(Keys.TAB)
    assert browser.focus.text == "Skip to content" and browser.focus.is_displayed()
    browser.focus.send_keys(Keys.ENTER)
    browser.focus.send_keys(Keys.TAB)
    assert browser.focus == browser.find("#field-name")
    browser.focus.send_keys("By keyboard", Keys.TAB)
    assert browser.focus == browser.find("#field-redirect_url")
    while browser.focus.get_attribute("name") != "type":  # at most once round the page
        browser.focus.send_keys(Keys.TAB)
        assert browser.focus != browser.find("#field-name")
    assert browser.focus == browser.find("#type-public")
    browser.focus.send_keys(Keys.ARROW_DOWN)
    assert browser.find("#type-trusted").is_selected()
    page = browser.find("html")
    browser.find("#field-name").send_keys(Keys.ENTER)
    wait_for(lambda: is_stale(page), "registered")
    callgate.keep(browser.find("#app-secret").get_attribute("value"))
    (row,) = callgate.sql("SELECT name, type FROM app WHERE owner_id = %s", user.id)
    assert row == {"name": "By keyboard", "type": "trusted"}


def test_66_hostile_names_do_nothing(browser):
    user = make_user()
    text = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'>"
    app = make_app(user, name=text, description=text, redirect_urls=["https://a.example/?'onload=alert(1)"])
    browser.open(f"/app/{app.app_id}/")
    browser.sign_in(user)
    for target in (f"/app/{app.app_id}/", "/app/"):
        browser.open(target)
        assert text in browser.text
        with pytest.raises(NoAlertPresentException):
            browser.driver.switch_to.alert.accept()


def test_works_without_scripts(browser):
    user = make_user()
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        registered_in(browser, user)
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    assert app_count(user) == 1


# ---- another site, another name ----

def foreign_form(action, fields):
    inputs = "".join(f'<input name="{name}" value="{value}">' for name, value in fields.items())
    page = ('<!DOCTYPE html><title>Elsewhere</title>'
            f'<form method="post" action="{URL}{action}">{inputs}<button>Go</button></form>')
    return "data:text/html," + quote(page)


def test_a_form_of_another_site(browser):
    user = make_user()
    browser.open("/app/")
    browser.sign_in(user)
    for action, fields in (("/logout", {}), ("/app/register", {"name": "Forged"}),
                           ("/login", {"username": user.login, "password": user.password})):
        browser.open(foreign_form(action, fields))
        browser.expected += [refusal(403)]
        browser.click("button")
        assert browser.find("h1").is_displayed() and "another site" in browser.text.lower()
    browser.open("/app/")
    assert browser.path == "/app/" and app_count(user) == 0


def test_the_site_by_another_name(browser):
    user = make_user()
    name = f"http://127.0.0.1:{PORT}"
    browser.open(name + "/login")
    browser.expected += [refusal(403)]
    browser.sign_in(user)
    assert name in browser.text and URL in browser.text


def test_no_frames(browser):
    browser.expected += ["frame"]
    browser.open("data:text/html," + quote(f'<iframe src="{URL}/login" title="framed"></iframe>'))
    browser.driver.switch_to.frame(browser.find("iframe"))
    assert not browser.has("#field-username")
    browser.driver.switch_to.default_content()


# ---- looks ----

# 99 characters
LONG_NAME = "An application whose name is as long as a name may be, with no thought for people with a telephone."


@pytest.fixture(scope="module")
def busy_user():
    user = make_user(login=callgate.fresh("a-user-with-a-long-login-name-for-once"))
    make_app(user, name=LONG_NAME, type="public",
             redirect_urls=["https://a.example/" + "long/" * 20, "com.example.app:/cb"],
             description="What it does.\n\nAnd whom to ask about it, in words that go on for a while. " * 3)
    make_app(user, name="W" * 100)
    make_token(make_app(user, name="CRM"))
    return user


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS.keys())
def test_every_page_fits(browser, busy_user, width):
    browser.width(width)
    user = busy_user

    def look(name):
        inner, wanted = browser.driver.execute_script(
            "return [window.innerWidth, document.documentElement.scrollWidth]")
        browser.shoot(f"{name}-{width}")
        assert inner == width, "the emulated width holds"
        assert wanted <= width, f"{name} is {wanted} wide"

    browser.expected += [refusal(status) for status in (403, 404, 422)]
    browser.open("/login")
    look("login")
    browser.sign_in(user._replace(password="wrong"))
    look("login-refused")
    browser.sign_in(user)
    assert browser.path == "/app/"
    look("list")
    browser.driver.find_elements(By.CSS_SELECTOR, "tbody th a")[-1].click()
    look("application")
    browser.open("/app/register")
    look("register")
    browser.type("#field-redirect_url", "https://a.example/#" + "x" * 100)
    browser.click("main form button.main")
    look("register-again")
    browser.type("#field-name", LONG_NAME)
    browser.type("#field-redirect_url", "https://a.example/" + "long/" * 20)
    browser.click("main form button.main")
    callgate.keep(browser.find("#app-secret").get_attribute("value"))
    look("registered")
    browser.open("/nothing")
    look("error")


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS.keys())
def test_the_first_page_of_all_fits(browser, width):
    browser.width(width)
    browser.open("/app/")
    browser.sign_in(make_user())
    browser.shoot(f"list-empty-{width}")
    assert browser.driver.execute_script("return document.documentElement.scrollWidth") <= width
