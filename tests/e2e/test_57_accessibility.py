# test_57_accessibility.py - axe-core finds nothing wrong with any page, in the light and in the dark
# theme. It is npm's, so this runs where CALLGATE_TEST_NPM says that tests/npm is installed.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import os

import pytest

import callgate
import golden_site
import manage
import oauth
from callgate import make_app, make_user
from chromium import refusal

ALLOW = "button[name=decision][value=allow]"


@pytest.fixture(scope="module")
def axe():
    path = os.path.join(os.environ["CALLGATE_TEST_NPM"], "node_modules", "axe-core", "axe.min.js")
    with open(path, encoding="utf-8") as file:
        return file.read()


# Theme, what is asked, how many rules have to find something to look at.
ALL_COLOURS = (("light", {"resultTypes": ["violations"]}, 11), ("dark", {"runOnly": ["color-contrast"]}, 1))
# Colours are those of English, and take axe-core the longest.
NO_COLOURS = (("light", {"resultTypes": ["violations"], "rules": {"color-contrast": {"enabled": False}}}, 10),)


@pytest.fixture
def look(browser, axe):
    """look(NAME): what axe-core says of the page that is shown; of the dark theme all that can differ."""
    def look(name, looks=ALL_COLOURS):
        browser.driver.execute_script(axe)
        for theme, options, least in looks:
            browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
                "features": [{"name": "prefers-color-scheme", "value": theme}]})
            found = browser.driver.execute_async_script(
                "const [options, done] = arguments; axe.run(options).then(done, (error) => done(String(error)))",
                options)
            assert not isinstance(found, str), found
            assert len(found["passes"]) >= least, found
            seen.update({f"{name}, {theme}: {rule['id']}: {node['html'][:200]}: {node['failureSummary']}"
                         for rule in found["violations"] for node in rule["nodes"]})

    seen = set()
    yield look
    assert seen == set()


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_golden_case(browser, look, language):
    """Every page in every state, in both languages, without a database."""
    browser.expected += ["cannot be parsed, or is out of range"]  # hostile words in fields for numbers
    with golden_site.served(language, os.environ.get("CALLGATE_GOLDEN")) as site:
        for name in site.names:
            browser.open(site.url(name))
            look(f"{name}, {language}", ALL_COLOURS if language == "en" else NO_COLOURS)


def ask(browser, app, **changes):
    browser.open(oauth.target(oauth.parameters(app, **changes)))


def test_signing_in(browser, look):
    user = make_user()
    browser.expected += [refusal(403), refusal(429)]
    browser.open("/login")
    look("login")
    browser.sign_in(user._replace(password="wrong"))
    look("refused")
    callgate.sql("UPDATE throttle SET failures = 10")  # throttle.login
    browser.sign_in(user)
    assert "Too many" in browser.find("#login-error").text
    look("too many")
    callgate.sql("DELETE FROM throttle")


def test_allowing(browser, look):
    user = make_user()
    apps = [oauth.make_public(user, name="By address", level="all", description="What it does"),
            oauth.make_public(user, redirect_urls=("com.example.app:/callback",), native=True),
            oauth.make_public(user, redirect_urls=("http://127.0.0.1/callback",), native=True),
            oauth.make_public(user, redirect_urls=(), name="By hand")]
    browser.enter(user)
    browser.open("/app/authorized")
    look("nothing authorized")
    for number, app in enumerate(apps):
        ask(browser, app, **oauth.proof().asked)
        assert browser.has(ALLOW)
        look(f"consent {number}")
    browser.click(ALLOW)
    look("code")
    oauth.permit(user, apps[0])
    answer = callgate.token_request({"grant_type": "password", "username": user.login, "password": user.password,
                                     **oauth.credentials(make_app(user, type="password_credentials"))})
    assert answer.status == 200, answer
    made = make_app(user, created_by_app=oauth.id_of(apps[0]), name="Made for me")
    browser.open("/app/authorized")
    assert browser.has("input[name=end_created]")
    look("authorized")
    browser.open(f"/app/{made.app_id}/")
    look("made through the API")
    browser.expected += [refusal(400)]
    ask(browser, apps[0], redirect_uri="https://attacker.example/")
    look("refused")


def test_applications(browser, look):
    user = make_user()
    browser.enter(user)
    browser.open("/app/")
    look("none")
    browser.open("/app/register")
    look("register")
    browser.expected += [refusal(422), refusal(404)]
    browser.type("#field-redirect_url", "/relative")
    browser.click("main form button.main")
    look("register again")
    browser.type("#field-name", "Looked at")
    browser.type("#field-redirect_url", "https://client.example/callback")
    browser.click("main form button.main")
    callgate.keep(browser.find("#app-secret").get_attribute("value"))
    look("registered")
    for app in (oauth.make_public(user), make_app(user), make_app(user, type="password_credentials")):
        browser.open(f"/app/{app.app_id}/")
        look("application")
    browser.open("/app/")
    look("some")
    browser.open("/nothing")
    look("error")


def test_administrators_of_users_and_the_log(browser, look):
    browser.enter(callgate.make_admin())
    user = make_user(name="Looked At", status="blocked", must_change_password=True)
    make_app(user)
    browser.expected += [refusal(422)]
    for name, target in (("users", "/admin/user/"), ("no users", f"/admin/user/?q={callgate.fresh('nobody')}"),
                         ("a bad filter", "/admin/user/?tenant=x"), ("add", "/admin/user/add"),
                         ("a user", f"/admin/user/{user.login}/"), ("import", "/admin/user/import"),
                         ("audit", "/admin/audit/"), ("no audit", "/admin/audit/?actor=nobody-at-all"),
                         ("a bad time", "/admin/audit/?from=x&to=x&object_kind=user")):
        browser.open(target)
        look(name)
    browser.open("/admin/audit/")
    browser.find("summary").click()
    look("audit, open")
    browser.open("/admin/user/add")
    browser.click("main form button.main")
    look("add, refused")
    browser.open("/admin/user/import")
    browser.type("#field-text", f"login,client_id\n{callgate.fresh('axe')},1\nbad,x\n")
    browser.click("button[value=try]")
    look("import, refused")
    browser.type("#field-text", f"login,client_id\n{callgate.fresh('axe')},1\n")
    browser.click("button[value=try]")
    look("import, tried")
    browser.open(f"/admin/user/{user.login}/")
    browser.click("form[action$=password] button")
    callgate.keep(browser.find("#new-password").get_attribute("value"))
    look("password")


def test_looking_after_applications(browser, look):
    number = manage.tenant()
    user, other = manage.boss_of(number), manage.member_of(number)
    app = make_app(user, level="all", redirect_urls=["https://client.example/callback"])
    native, others = oauth.make_public(user, native=True), make_app(other, name="Another’s")
    callgate.keep(callgate.run_fine("app", "secret", app.app_id, "--overlap=7").strip())
    browser.enter(user)
    for target in ("/app/?scope=tenant", "/app/?q=nothing", f"/app/{app.app_id}/?done=saved", f"/app/{others.app_id}/",
                   "/app/authorized?scope=tenant"):
        browser.open(target)
        look(target)
    for rest in ("edit", "secret", "delete", "transfer"):
        browser.open(f"/app/{app.app_id}/{rest}")
        look(rest)
    browser.open(f"/app/{native.app_id}/secret")
    look("native")
    browser.expected += [refusal(422)]
    for rest, field in (("edit", "name"), ("secret", "overlap"), ("delete", "name"), ("transfer", "login")):
        browser.open(f"/app/{app.app_id}/{rest}")
        browser.type(f"#field-{field}", "9" if field == "overlap" else " ")
        browser.click("main form .actions button")
        assert browser.has("[role=alert]")
        look(rest + " again")
    browser.open(f"/app/{app.app_id}/secret")
    browser.click("main form button.main")
    callgate.keep(browser.find("#app-secret").get_attribute("value"))
    look("secret shown")
    browser.open(f"/app/{app.app_id}/transfer")
    browser.type("#field-login", other.login)
    browser.click("main form button.main")
    look("offered")
    oauth.permit(other, app)
    browser.open("/app/authorized?scope=tenant")
    look("consents")
    browser.enter(other)
    browser.open("/app/")
    look("list with an offer")
    browser.open(f"/app/{app.app_id}/accept")
    look("accept")


def test_asking_for_all(browser, look):
    user = make_user()
    app = make_app(user, name="Asks")
    page = f"/app/{app.app_id}/request-level"
    callgate.sql("INSERT INTO refusal (app, hour, reason, method, rule, count, last_at, last_request)"
                 " SELECT id, now(), 'level', 'PUT', '/extension/{}/queue/', 14, now(), 'x' FROM app WHERE app_id = %s",
                 app.app_id)
    browser.enter(user)
    browser.open(f"/app/{app.app_id}/refusals")
    look("refusals")
    browser.open(page)
    look("ask")
    browser.expected += [refusal(422)]
    browser.click("main form button.main")
    look("ask again")
    browser.type("#field-reason", "It sets up queues")
    browser.click("main form button.main")
    look("asked")
    callgate.sql("UPDATE level_request SET state = 'declined', decided_at = now(), answer = 'No' WHERE user_id = %s", user.id)
    browser.open(page)
    look("declined")


def test_administrators(browser, look):
    user, admin = make_user(), callgate.make_admin()
    app = make_app(user, name="Looked at", level="all", type="public", redirect_urls=["https://client.example/callback"])
    row = callgate.one("SELECT id FROM app WHERE app_id = %s", app.app_id)
    callgate.sql("INSERT INTO usage_hour (app, hour, method, rule, passed)"
                 " VALUES (%s, now(), 'PUT', '/extension/{}/queue/', 7)", row)
    number = callgate.one("INSERT INTO level_request (app, user_id, reason) VALUES (%s, %s, 'Why') RETURNING id", row,
                          user.id)
    browser.enter(admin)
    for target in ("/admin/", "/admin/request/", f"/admin/request/{number}/", "/admin/app/", "/admin/app/?name=nobody",
                   f"/admin/app/{app.app_id}/", "/admin/rules/"):
        browser.open(target)
        look(target.replace(app.app_id, "app"))
    browser.expected += [refusal(422)]
    browser.type("#field-list", "GET /api/ver1.0/user/\nGET /elsewhere")
    browser.click("main form button.main")
    look("rules, answers")
    browser.type("#field-list", "nonsense")
    browser.click("main form button.main")
    look("rules, an error")
    browser.open(f"/admin/request/{number}/")
    browser.click("main form button.main")
    look("request, an error")
    browser.open(f"/admin/app/{app.app_id}/")
    browser.find("#field-level").send_keys("Call API")
    browser.click("main form button.main")
    look("confirm")
    browser.open(f"/admin/app/{app.app_id}/")
    browser.click("form[action$=delete] button")
    look("application, an error")
    browser.open("/admin/app/?client=x")
    look("search, an error")
