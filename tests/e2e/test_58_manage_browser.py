# test_58_manage_browser.py - the whole life of an application in a real browser: registered, edited, its
# secret rotated without an outage, handed over, accepted, deleted; and by who looks after the client.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import pytest
from selenium.webdriver.common.by import By

import callgate
import oauth
from callgate import HEX32, api, make_app, make_token, one, wait_for
from chromium import refusal
from manage import boss_of, member_of, tenant, with_secret

WIDTHS = {"wide": 1280, "phone": 390}


def enter(browser, user):
    """Signs in, whoever was signed in before."""
    if browser.has("form[action='/logout']"):
        browser.click("form[action='/logout'] button")
    else:
        browser.open("/login")
    browser.sign_in(user)
    assert browser.path == "/app/"


def shown_app(browser):
    app = callgate.App(*(browser.find(name).get_attribute("value") for name in ("#app-id", "#app-secret")))
    callgate.keep(app.secret)
    assert set(HEX32.findall(browser.driver.page_source)) == set(app)
    return app


def button(browser, words):
    for node in browser.driver.find_elements(By.CSS_SELECTOR, "main button"):
        if node.text.split(":")[0].strip() == words:
            return node
    raise AssertionError(f"no button {words}")


def fits(browser, name, width):
    inner, wanted = browser.driver.execute_script("return [window.innerWidth, document.documentElement.scrollWidth]")
    browser.shoot(f"{name}-{width}")
    assert inner == width and wanted <= width, f"{name} is {wanted} wide"


def test_the_life_of_an_application(browser):
    number = tenant()
    giver, taker = boss_of(number), member_of(number)
    enter(browser, giver)

    browser.open("/app/register")
    browser.type("#field-name", "Life")
    browser.find("label[for=type-trusted]").click()
    browser.click("main form button.main")
    app = shown_app(browser)
    token = make_token(app)

    # Edited, with a mistake on the way.
    browser.link("Open the application’s page")
    browser.link("Edit")
    browser.type("#field-name", "Life, second part")
    browser.type("#field-redirect_url", "/relative")
    browser.expected += [refusal(422)]
    browser.click("main form button.main")
    assert browser.find("[role=alert]") == browser.driver.switch_to.active_element
    browser.find("[role=alert] a").click()
    assert browser.driver.switch_to.active_element == browser.find("#field-redirect_url")
    assert browser.find("#field-name").get_attribute("value") == "Life, second part"
    browser.type("#field-redirect_url", "https://a.example/cb")
    browser.click("main form button.main")
    assert "Your changes are saved." in browser.text and browser.find("h1").text == "Life, second part"
    assert "https://a.example/cb" in browser.text and api(token).status == 200

    # Rotated: both work, then the older one goes.
    browser.link("Make a new App secret")
    browser.type("#field-overlap", "3")
    browser.click("main form button.main")
    fresh = shown_app(browser)
    assert with_secret(app, app.secret) == with_secret(app, fresh.secret) == 200
    browser.link("Life, second part")
    assert fresh.secret not in browser.driver.page_source and "…" + fresh.secret[-4:] in browser.text
    browser.link("Make a new App secret")
    browser.leave(button(browser, "Remove"))
    assert with_secret(app, app.secret) == 401 and with_secret(app, fresh.secret) == 200
    assert not browser.has("form[action$='/remove']")

    # Found in the list.
    browser.open("/app/")
    browser.type("#field-q", "SECOND")
    browser.leave(button(browser, "Show"))
    browser.link("Life, second part")

    # Handed over, and accepted by the other one.
    browser.link("Hand it over")
    browser.type("#field-login", "nobody-of-this-name")
    browser.click("main form button.main")
    assert browser.find("#login-error").is_displayed()
    browser.type("#field-login", taker.login)
    browser.click("main form button.main")
    assert taker.login in browser.text and api(token).status == 200
    enter(browser, taker)
    browser.link("Life, second part")
    assert giver.login in browser.text
    browser.leave(button(browser, "Accept"))
    assert browser.path == f"/app/{app.app_id}/?done=accepted" and api(token).status == 401
    browser.link("Make a new App secret")
    browser.click("main form button.main")
    assert api(make_token(shown_app(browser))).json["login"] == taker.login

    # Deleted, with the name typed.
    browser.open(f"/app/{app.app_id}/")
    browser.link("Delete")
    browser.click("main form .actions button")
    assert browser.find("#name-error").is_displayed()
    browser.type("#field-name", "Life, second part")
    browser.click("main form .actions button")
    assert browser.path == "/app/" and "No applications yet" in browser.text
    assert one("SELECT count(*) FROM app WHERE app_id = %s", app.app_id) == 0


def test_sent_again_by_the_browser(browser):
    """Back, and the button once more: no second secret, whatever the browser kept of the form."""
    user = boss_of(tenant())
    app = make_app(user)
    enter(browser, user)
    browser.open(f"/app/{app.app_id}/secret")
    browser.click("main form button.main")
    fresh = shown_app(browser)
    browser.driver.back()
    wait_for(lambda: browser.driver.execute_script("return document.readyState") == "complete", "the page is there")
    assert fresh.secret not in browser.driver.page_source
    browser.driver.execute_script("document.querySelector('input[name=round]').value = '0'")
    browser.click("main form button.main")
    assert not browser.has("#app-secret") and "No App secret was made." in browser.text
    assert with_secret(app, fresh.secret) == with_secret(app, app.secret) == 200


def test_a_leavers_application(browser):
    number = tenant()
    boss, leaver = boss_of(number), member_of(number, status="blocked")
    app = make_app(leaver, name="Left behind")
    enter(browser, boss)
    browser.link("Of all users")
    assert leaver.login in browser.text
    browser.link("Left behind")
    assert not browser.has("#app-secret") and "App secrets" not in browser.text
    browser.leave(button(browser, "Disable"))
    assert "The application is disabled." in browser.text
    assert one("SELECT status FROM app WHERE app_id = %s", app.app_id) == "disabled"
    browser.link("Delete")
    browser.type("#field-name", "Left behind")
    browser.click("main form .actions button")
    assert browser.path == "/app/?scope=tenant"
    assert one("SELECT count(*) FROM app WHERE app_id = %s", app.app_id) == 0


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS.keys())
def test_every_page_fits(browser, width):
    number = tenant()
    boss = boss_of(number, login=callgate.fresh("a-user-with-a-long-login-name-for-once"))
    long_name = "An application whose name is as long as a name may be, with no thought for people with a telephone."
    app = make_app(boss, name=long_name, level="all", redirect_urls=["https://a.example/" + "long/" * 20],
                   description="What it does. " * 20)
    others = make_app(member_of(number, login=callgate.fresh("another-long-login-name")), name="W" * 100)
    callgate.keep(callgate.run_fine("app", "secret", app.app_id, "--overlap=7").strip())
    enter(browser, boss)
    browser.width(width)
    for name, target in (("list", "/app/"), ("list-tenant", "/app/?scope=tenant"),
                         ("list-not-found", "/app/?q=" + "x" * 60), ("edit", f"/app/{app.app_id}/edit"),
                         ("application", f"/app/{app.app_id}/"), ("of-another", f"/app/{others.app_id}/"),
                         ("secret", f"/app/{app.app_id}/secret"), ("delete", f"/app/{app.app_id}/delete"),
                         ("transfer", f"/app/{app.app_id}/transfer")):
        browser.open(target)
        fits(browser, name, width)
    browser.expected += [refusal(422)]
    browser.open(f"/app/{app.app_id}/edit")
    browser.type("#field-redirect_url", "https://a.example/#" + "x" * 100)
    browser.click("main form button.main")
    fits(browser, "edit-again", width)
    browser.open(f"/app/{app.app_id}/secret")
    browser.click("main form button.main")
    shown_app(browser)
    fits(browser, "secret-shown", width)
    taker = member_of(number)
    browser.open(f"/app/{app.app_id}/transfer")
    browser.type("#field-login", taker.login)
    browser.click("main form button.main")
    fits(browser, "transfer-pending", width)
    browser.open(f"/app/{app.app_id}/")
    fits(browser, "application-pending", width)
    permit_all(boss, others, number)
    browser.open("/app/authorized?scope=tenant")
    fits(browser, "authorized-tenant", width)
    browser.open("/app/authorized")
    fits(browser, "authorized", width)
    enter(browser, taker)
    browser.width(width)
    fits(browser, "list-offered", width)
    browser.open(f"/app/{app.app_id}/accept")
    fits(browser, "accept", width)


def permit_all(boss, app, number):
    """Consents of several users, with long names."""
    for user in (boss, member_of(number), member_of(number)):
        oauth.permit(user, app)
