# test_51_oauth_browser.py - allowing an application, and taking it back, in a real browser.
#
# Chromium believes that every host of .example is a server of this test's, with TLS: so it leaves our
# site for another one as it would in the field, under our Content-Security-Policy, and what arrives
# there is seen. An address with a scheme of its own leads out of the browser; that it went there is in
# the browser's protocol. test_a_wrong_policy_is_noticed() shows that both would tell.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import http.server
import json
import ssl
import subprocess
import threading
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from selenium.common.exceptions import NoSuchElementException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

import callgate
import chromium
import oauth
from callgate import URL, api, keep, make_user, sql, wait_for
from chromium import is_stale, refusal
from oauth import CALLBACK, make_public

SCHEME = "com.example.app:/callback"
LOOPBACK = "http://127.0.0.1/callback"
ALLOW, DENY = "button[name=decision][value=allow]", "button[name=decision][value=deny]"
STATE = "state &+%ä"


# ---- elsewhere ----

class Arrival(NamedTuple):
    host: str
    path: str
    fields: dict
    referer: str


class Elsewhere(http.server.ThreadingHTTPServer):
    """Any site but ours: keeps what arrives at /callback, and has the form of a page with a policy."""

    def __init__(self, tls=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.arrived = []
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def arrival(self):
        """The one that arrived since this was asked last."""
        wait_for(lambda: self.arrived, "the browser arrives elsewhere")
        (arrival,) = self.arrived
        self.arrived.clear()
        return arrival


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        parts = urlsplit(self.path)
        fields = dict(parse_qsl(parts.query, keep_blank_values=True))
        if parts.path.startswith("/on-to/"):
            self.answer(302, {"Location": f"https://{parts.path[7:]}/callback?{parts.query}"}, b"")
            return
        if parts.path == "/callback":
            keep(fields.get("code", ""))
            self.server.arrived.append(Arrival(self.headers["Host"], parts.path, fields, self.headers["Referer"]))
        self.answer(200, {"Content-Type": "text/html", "Content-Security-Policy": fields.get("policy", "")},
                    b'<!DOCTYPE html><link rel="icon" href="data:,"><title>Elsewhere</title>'
                    b'<form method="post"><button>Go</button></form>')

    def do_POST(self):
        self.answer(303, {"Location": dict(parse_qsl(urlsplit(self.path).query))["to"]}, b"")

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in {**headers, "Content-Length": len(body)}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-subj", "/CN=client.example", "-keyout", "key.pem", "-out", "certificate.pem"],
                   cwd=folder, check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    server = Elsewhere(tls)
    yield server
    server.shutdown()


@pytest.fixture(scope="module")
def driver(elsewhere):
    flags = ["--ignore-certificate-errors", f"--host-resolver-rules=MAP *.example 127.0.0.1:{elsewhere.port}"]
    with chromium.started(flags, performance="ALL") as started:
        yield started


# ---- what a person does ----

def ask(browser, app, **changes):
    """What a link or a button of the application does."""
    browser.open(oauth.target(oauth.parameters(app, **changes)))


def is_consent(browser):
    return browser.has(ALLOW) and browser.has(DENY) and browser.driver.current_url.startswith(URL + oauth.AUTHORIZE)


def tokens_of(app, code, **fields):
    answer = oauth.exchange(app, code, **fields)
    assert answer.status == 200, answer
    return answer.json


def login_of(app, code, **fields):
    answer = api(tokens_of(app, code, **fields)["access_token"])
    assert answer.status == 200, answer
    return answer.json["login"]


def outward(browser, scheme):
    """Where the browser's protocol says that it went outside, since this was asked last."""
    found = []
    for entry in browser.driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        address = message["params"].get("documentURL", "")
        if message["method"] == "Network.requestWillBeSent" and address.startswith(scheme):
            found.append(address)
    return found


@pytest.fixture
def tab(browser):
    """A tab for what leads out of the browser: it asks its user then, and waits."""
    first = browser.driver.current_window_handle
    browser.driver.switch_to.new_window("tab")
    browser.width(1280)
    browser.driver.get_log("performance")
    yield browser
    browser.driver.close()
    browser.driver.switch_to.window(first)


def test_a_wrong_policy_is_noticed(tab):
    """Of the same form and redirect: with a policy too narrow the browser stays, and says so."""
    place = "https://other.example/place"
    for to, words in ((place, "https://other.example"), (SCHEME, "com.example.app:")):
        address = f"https://client.example/?to={quote(to)}&policy="
        tab.open(address + quote(f"form-action 'self' {words}"))
        tab.find("button").click()
        if to == place:
            wait_for(lambda: tab.driver.current_url == place, "the other site")
        else:
            wait_for(lambda: outward(tab, SCHEME), "outside")
        assert tab.console() == []
    # Having led outside keeps a tab busy: what is refused has another.
    busy = tab.driver.current_window_handle
    tab.driver.switch_to.new_window("tab")
    tab.expected += ["form-action 'self'"]
    for to in (place, SCHEME):
        tab.open(f"https://client.example/?to={quote(to)}&policy=" + quote("form-action 'self'"))
        tab.find("button").click()
        wait_for(lambda: [entry for entry in tab.driver.get_log("browser")
                          if "violates the following Content Security Policy directive" in entry["message"]], "refused")
        assert tab.driver.current_url.startswith("https://client.example/") and outward(tab, SCHEME) == []
    tab.driver.close()
    tab.driver.switch_to.window(busy)


# ---- allowing ----

def test_sign_in_on_the_way_and_allow(browser, elsewhere):
    user = make_user()
    app = make_public(make_user(tenant_id=99, client_id=99), name="Foreign CRM", description="Calls & records")
    pair = oauth.proof()
    ask(browser, app, state=STATE, **pair.asked)
    assert browser.path.startswith("/login?next=")
    browser.sign_in(user)
    assert is_consent(browser)
    for words in ("Foreign CRM", user.login, "client.example"):
        assert words in browser.text
    assert "javascript" not in browser.driver.page_source
    browser.click(ALLOW)
    arrival = elsewhere.arrival()
    assert (arrival.host, arrival.path) == ("client.example", "/callback")
    assert set(arrival.fields) == {"code", "state", "iss"}
    assert arrival.fields["state"] == STATE and arrival.fields["iss"] == URL
    assert arrival.referer is None  # ATTACKS 11
    assert login_of(app, arrival.fields["code"], code_verifier=pair.verifier) == user.login


def test_deny(browser, elsewhere):
    user = make_user()
    app = make_public(make_user())
    browser.enter(user)
    ask(browser, app, state=STATE)
    browser.click(DENY)
    arrival = elsewhere.arrival()
    assert arrival.fields["error"] == "access_denied" and arrival.fields["state"] == STATE
    assert "code" not in arrival.fields and arrival.referer is None
    assert oauth.permissions(user, app) == []
    ask(browser, app)
    assert is_consent(browser)


def test_remembered_until_withdrawn(browser, elsewhere):
    user = make_user()
    app = make_public(make_user(), name="To be withdrawn")
    kept = make_public(make_user(), name="To be kept")
    browser.enter(user)
    for one in (kept, app):
        ask(browser, one, state="1")
        browser.click(ALLOW)
        code = elsewhere.arrival().fields["code"]
    token = tokens_of(app, code)["access_token"]
    ask(browser, app, state="2")  # straight through
    assert elsewhere.arrival().fields["state"] == "2"

    browser.open("/app/authorized")
    assert "To be withdrawn" in browser.text and "To be kept" in browser.text
    browser.leave(withdraw_button(browser, app))
    assert urlsplit(browser.driver.current_url).path == "/app/authorized"
    assert not browser.has(f"input[name=app_id][value='{app.app_id}']")
    assert browser.has(f"input[name=app_id][value='{kept.app_id}']")
    assert api(token).status == 401
    ask(browser, app)
    assert is_consent(browser)


def test_withdrawing_ends_what_it_made(browser, elsewhere):
    user = make_user()
    app = make_public(make_user(), name="Sets up", level="all")
    made = callgate.make_app(user, created_by_app=oauth.id_of(app), name="Set up for me")
    browser.enter(user)
    ask(browser, app, state="1")
    browser.click(ALLOW)
    elsewhere.arrival()
    browser.open("/app/authorized")
    assert "Set up for me" in browser.text
    browser.find("input[name=end_created]").click()
    browser.leave(withdraw_button(browser, app))
    assert not browser.has(f"input[name=app_id][value='{app.app_id}']")
    browser.open(f"/app/{made.app_id}/")
    assert "disabled" in browser.text.lower() and "Sets up" in browser.text


@pytest.mark.parametrize("state", [STATE, "long " * 800], ids=["short", "long"])
def test_signing_in_leads_straight_to_the_application(browser, elsewhere, state):
    """Allowed before: so the form that the policy is about is the one of the sign-in page, the second too."""
    user = make_user()
    app = make_public(make_user())
    oauth.permit(user, app)
    ask(browser, app, state=state)
    browser.expected += [refusal(403)]
    browser.sign_in(user._replace(password="wrong"))
    assert browser.find("#login-error").is_displayed()
    browser.sign_in(user)
    arrival = elsewhere.arrival()
    assert arrival.fields["state"] == state and arrival.referer is None
    assert login_of(app, arrival.fields["code"]) == user.login


def withdraw_button(browser, app):
    return browser.find(f"input[name=app_id][value='{app.app_id}']").find_element(
        By.XPATH, "./ancestor::form//button")


@pytest.mark.parametrize("address, host", [
    ("https://client.example:8443/callback", "client.example:8443"),
    ("https://client.example/callback?kept=1%202", "client.example"),
    ("https://CLIENT.example/callback", "client.example"),
    # The application leads on: Chromium holds that to the policy of our page as well.
    ("https://client.example/on-to/client.example", "client.example"),
    ("https://client.example/on-to/other.example", "other.example"),
])
def test_addresses(browser, elsewhere, address, host):
    user = make_user()
    app = make_public(make_user(), redirect_urls=(address,))
    browser.enter(user)
    ask(browser, app)
    browser.click(ALLOW)
    arrival = elsewhere.arrival()
    assert arrival.host == host and arrival.fields.get("kept") in (None, "1 2")
    assert login_of(app, arrival.fields["code"]) == user.login


@pytest.mark.parametrize("decision", [ALLOW, DENY], ids=["allow", "deny"])
def test_a_scheme_of_its_own(tab, decision):
    user = make_user()
    app = make_public(make_user(), redirect_urls=(SCHEME,), native=True)
    pair = oauth.proof()
    tab.enter(user)
    ask(tab, app, state=STATE, **pair.asked)
    assert is_consent(tab)
    tab.find(decision).click()
    (address,) = wait_for(lambda: outward(tab, SCHEME), "outside")
    assert address.startswith(SCHEME + "?")
    fields = dict(parse_qsl(urlsplit(address).query, keep_blank_values=True))
    keep(fields.get("code", ""))
    assert fields["state"] == STATE and fields["iss"] == URL
    if decision == ALLOW:
        assert login_of(app, fields["code"], code_verifier=pair.verifier) == user.login
        ask(tab, app, **pair.asked)
        assert is_consent(tab)  # RFC 8252 §8.6
    else:
        assert fields["error"] == "access_denied" and "code" not in fields


def test_a_program_of_this_machine(browser):
    """RFC 8252 §7.3: whatever port it listens on now, plain http, and asked each time."""
    user = make_user()
    app = make_public(make_user(), redirect_urls=(LOOPBACK,), native=True)
    program = Elsewhere()
    place = f"http://127.0.0.1:{program.port}/callback"
    pair = oauth.proof()
    browser.enter(user)
    for _ in range(2):
        ask(browser, app, redirect_uri=place, **pair.asked)
        browser.click(ALLOW)
        code = program.arrival().fields["code"]
        assert login_of(app, code, redirect_uri=place, code_verifier=pair.verifier) == user.login
    program.shutdown()


def code_on(browser):
    code = callgate.TOKEN.fullmatch(browser.find("#code").get_attribute("value"))[0]
    keep(code)
    return code


def test_the_code_page(browser):
    owner = make_user()
    app = make_public(owner, redirect_urls=(), name="Without an address")
    browser.enter(owner)
    ask(browser, app)
    browser.click(ALLOW)
    assert browser.path.startswith("/oauth/authorize") and "Without an address" in browser.text
    code = code_on(browser)
    assert code not in browser.driver.current_url
    assert login_of(app, code) == owner.login


def test_the_code_page_denied(browser):
    owner = make_user()
    app = make_public(owner, redirect_urls=())
    browser.enter(owner)
    ask(browser, app)
    browser.expected += [refusal(status) for status in (400, 403)]
    browser.click(DENY)
    assert browser.find("h1").is_displayed() and not browser.has("#code")
    assert oauth.permissions(owner, app) == []


@pytest.mark.parametrize("redirect_urls", [(CALLBACK, "https://other.example/callback"), ()],
                         ids=["an address", "the code page"])
def test_try_it_in_this_browser(browser, elsewhere, redirect_urls):
    owner = make_user()
    app = make_public(owner, redirect_urls=redirect_urls)
    browser.enter(owner)
    browser.open(f"/app/{app.app_id}/")
    page = browser.driver.current_window_handle
    browser.find("a[href*='/oauth/authorize?']").click()
    (tab,) = wait_for(lambda: set(browser.driver.window_handles) - {page}, "another tab")
    browser.driver.switch_to.window(tab)
    wait_for(lambda: is_consent(browser), "the consent page")
    browser.click(ALLOW)
    if redirect_urls:
        arrival = elsewhere.arrival()
        assert arrival.host == "client.example"
        code = arrival.fields["code"]
    else:
        code = code_on(browser)
    browser.driver.close()
    browser.driver.switch_to.window(page)
    # The page shows what to send next.
    assert app.app_id in browser.text and login_of(app, code) == owner.login


# ---- sessions ----

@pytest.mark.parametrize("sign_ins", [1, 2])
def test_two_tabs(browser, elsewhere, sign_ins):
    """ATTACKS 19: two applications, signing in once for both or in each."""
    user = make_user()
    apps = [make_public(make_user(), name=name) for name in ("First", "Second")]
    first = browser.driver.current_window_handle
    ask(browser, apps[0], state="first")
    browser.driver.switch_to.new_window("tab")
    second = browser.driver.current_window_handle
    ask(browser, apps[1], state="second")
    assert browser.path.startswith("/login")

    browser.driver.switch_to.window(first)
    browser.sign_in(user)
    assert is_consent(browser) and "First" in browser.text
    browser.driver.switch_to.window(second)
    if sign_ins == 2:
        browser.sign_in(user)
    else:
        ask(browser, apps[1], state="second")
    assert is_consent(browser) and "Second" in browser.text
    codes = {}
    for window, app, state in ((second, apps[1], "second"), (first, apps[0], "first")):
        browser.driver.switch_to.window(window)
        browser.click(ALLOW)
        arrival = elsewhere.arrival()
        assert arrival.fields["state"] == state
        codes[state] = login_of(app, arrival.fields["code"])
        if window == second:
            browser.driver.close()
    assert codes == {"first": user.login, "second": user.login}


def test_a_session_that_ends_half_way(browser, elsewhere):
    """The user comes back to the same request."""
    user = make_user()
    app = make_public(make_user(), name="Patient")
    browser.enter(user)
    ask(browser, app, state=STATE)
    assert is_consent(browser)
    sql("UPDATE session SET expires_at = now() WHERE user_id = %s", user.id)
    browser.click(ALLOW)
    assert browser.path.startswith("/login")
    assert oauth.permissions(user, app) == []
    browser.sign_in(user)
    assert is_consent(browser) and "Patient" in browser.text
    browser.click(ALLOW)
    arrival = elsewhere.arrival()
    assert arrival.fields["state"] == STATE and login_of(app, arrival.fields["code"]) == user.login


def test_what_was_shown_no_longer_holds(browser, elsewhere):
    """ATTACKS 14: nobody allows more than he has read."""
    user = make_user()
    app = make_public(make_user())
    browser.enter(user)
    ask(browser, app)
    oauth.set_app(app, level="all")
    browser.click(ALLOW)
    assert is_consent(browser) and oauth.permissions(user, app) == []
    browser.click(ALLOW)
    assert login_of(app, elsewhere.arrival().fields["code"]) == user.login
    assert oauth.permissions(user, app)[0]["level"] == "all"


# ---- other ways to use a browser ----

def test_with_the_keyboard_alone(browser, elsewhere):
    user = make_user()
    app = make_public(make_user())
    ask(browser, app)
    browser.wait_for_focus("#field-username")
    browser.focus.send_keys(user.login, Keys.TAB)
    page = browser.find("html")
    browser.focus.send_keys(user.password, Keys.ENTER)
    wait_for(lambda: is_stale(page), "signed in")
    assert is_consent(browser)
    # Nobody allows by pressing Enter too often.
    assert browser.focus not in (browser.find(ALLOW), browser.find(DENY))
    browser.focus.send_keys(Keys.ENTER)
    assert is_consent(browser)
    browser.press(browser.find(DENY), Keys.SPACE)
    assert elsewhere.arrival().fields["error"] == "access_denied"
    ask(browser, app)
    browser.press(browser.find(ALLOW))
    assert login_of(app, elsewhere.arrival().fields["code"]) == user.login
    browser.open("/app/authorized")
    browser.press(withdraw_button(browser, app))
    assert oauth.permissions(user, app) == []


def test_works_without_scripts(browser, elsewhere):
    user = make_user()
    app = make_public(make_user())
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        ask(browser, app)
        browser.sign_in(user)
        browser.click(ALLOW)
        assert login_of(app, elsewhere.arrival().fields["code"]) == user.login
        browser.open("/app/authorized")
        browser.leave(withdraw_button(browser, app))
        assert oauth.permissions(user, app) == []
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


# ---- another site ----

def test_a_consent_of_another_site(browser):
    """ATTACKS 13."""
    user = make_user()
    app = make_public(make_user())
    browser.enter(user)
    ask(browser, app)
    fields = {field.get_attribute("name"): field.get_attribute("value")
              for field in browser.driver.find_elements(By.CSS_SELECTOR, "main form input[type=hidden]")}
    assert "consent" in fields
    inputs = "".join(f'<input name="{name}" value="{value}">' for name, value in fields.items())
    browser.open("data:text/html," + quote(f'<!DOCTYPE html><form method="post" action="{URL}/oauth/authorize">{inputs}'
                                           '<button name="decision" value="allow">Win</button></form>'))
    browser.expected += [refusal(403)]
    browser.click("button")
    assert "another site" in browser.text.lower() and oauth.permissions(user, app) == []


def test_no_consent_in_a_frame(browser):
    """ATTACKS 12."""
    user = make_user()
    browser.enter(user)
    address = URL + oauth.target(oauth.parameters(make_public(make_user())))
    browser.expected += ["frame"]
    browser.open("data:text/html," + quote(f'<iframe src="{address}" title="framed"></iframe>'))
    browser.driver.switch_to.frame(browser.find("iframe"))
    with pytest.raises(NoSuchElementException):
        browser.find(ALLOW)
    browser.driver.switch_to.default_content()


# ---- looks ----

# 99 characters
LONG_NAME = "An application whose name is as long as a name may be, with no thought for people with a telephone."
WIDTHS = {"wide": 1280, "narrow": 320}


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS.keys())
def test_every_page_fits(browser, elsewhere, width):
    owner = make_user(login=callgate.fresh("a-user-with-a-long-login-name-for-once"))
    long_host = "https://" + "l" * 60 + ".example/callback"
    long = make_public(owner, redirect_urls=(long_host,), name=LONG_NAME, level="all",
                       description="What it does.\n\nAnd whom to ask about it, in words that go on for a while. " * 3)
    unbroken = make_public(owner, redirect_urls=(), name="W" * 100)
    native = make_public(owner, redirect_urls=("com.example." + "a" * 60 + ":/callback",), native=True)
    browser.width(width)

    def look(name):
        inner, wanted = browser.driver.execute_script(
            "return [window.innerWidth, document.documentElement.scrollWidth]")
        browser.shoot(f"{name}-{width}")
        assert inner == width, "the emulated width holds"
        assert wanted <= width, f"{name} is {wanted} wide"

    ask(browser, long, state="s")
    look("login-on-the-way")
    browser.sign_in(owner)
    look("consent")
    browser.click(ALLOW)
    elsewhere.arrival()
    ask(browser, native, **oauth.proof().asked)
    look("consent-native")
    ask(browser, unbroken)
    look("consent-unbroken")
    browser.click(ALLOW)
    look("code")
    browser.open("/app/authorized")
    look("authorized")
    browser.open(f"/app/{long.app_id}/")
    look("application-public")
    for app in (long, unbroken):
        browser.open("/app/authorized")
        browser.leave(withdraw_button(browser, app))
    look("authorized-empty")
    browser.expected += [refusal(400)]
    ask(browser, long, redirect_uri="https://attacker.example/" + "long/" * 30)
    look("authorize-refused")
