# test_58_looks.py - every page in every state (the golden cases), in both languages, as it stands in a
# browser: on a screen 320 pixels wide, on paper, by keyboard; and what the script adds to it.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import os

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

import callgate
import golden_site
from callgate import make_app, make_user, one, wait_for
from chromium import started

LANGUAGES = ["en", "ru"]
# What has an id, a label or a caption of its own must be told of it; names of elements that HTML has.
LABELLED = ("input", "select", "textarea")
ELEMENTS = set("""html head meta title link script body a header div svg rect path circle bdi nav p span form button
main h1 h2 h3 ul ol li dl dt dd table caption thead tbody tr th td strong code pre label input textarea select option
fieldset legend footer img g line text tspan desc figure figcaption details summary time hr br em small section article
""".split())


@pytest.fixture(scope="module", params=LANGUAGES)
def site(request):
    with golden_site.served(request.param, os.environ.get("CALLGATE_GOLDEN")) as site:
        site.language = request.param
        yield site


@pytest.fixture
def browser(browser):
    """Hostile cases put words into fields for numbers, of which Chromium warns."""
    browser.expected += ["cannot be parsed, or is out of range"]
    return browser


def test_markup_is_whole(site):
    """Elements that end where they should, ids that are there once, references that lead somewhere."""
    for name in site.names:
        page = callgate.Page(site.text(name))
        assert page.mistakes == [], name
        root = page.root
        assert root.one("html").get("lang") == site.language and len(root.all("main")) == len(root.all("h1")) == 1, name
        identities = [node.get("id") for node in root.walk() if node.get("id") is not None]
        assert len(identities) == len(set(identities)) and "" not in identities, name
        for node in root.walk():
            assert node.tag in ELEMENTS, (name, node.tag)
            for attribute in ("for", "aria-describedby", "aria-labelledby"):
                for word in node.get(attribute, "").split():
                    assert word in identities, (name, node.tag, attribute, word)
            if node.tag == "a" and node.get("href", "").startswith("#") and "hostile" not in name:
                assert node.get("href")[1:] in identities, (name, node.get("href"))
            if node.tag in ("ul", "ol"):
                assert all(child.tag == "li" for child in node.children if isinstance(child, callgate.Node)), name
            if node.tag in LABELLED and node.get("type") != "hidden" and node.get("aria-hidden") != "true":
                assert node.get("id") or node.get("aria-label"), (name, node.attributes)


# What each page is asked at each width; on paper, with a printer's eye, in the last.
MEASURES = """
const width = arguments[0], name = arguments[1];
const said = (node) => `${name}: ${node.outerHTML.slice(0, 80)}`;
const all = (selector) => Array.from(document.querySelectorAll(selector));
const right = (node) => node.getBoundingClientRect().right;
const found = {};
const scroll = document.scrollingElement.scrollWidth;
found.sideways = scroll > window.innerWidth || window.innerWidth > width
    ? [`${name}: ${scroll} of ${window.innerWidth}`] : [];
found.wider = all(".column > *, .page > *, .card > *, .stack > *")
    .filter((node) => !node.matches(".once") && right(node) > right(node.parentElement) + 1).map(said);
found.small = all("button, select, input:not([type=hidden]), nav a")
    .filter((node) => !node.closest(".unseen") && !node.matches("[type=radio], [type=checkbox], .unseen"))
    .map((node) => [node, node.getBoundingClientRect()])
    .filter(([node, box]) => box.width > 0 && (box.height < 24 || box.width < 24))
    .map(([node, box]) => `${said(node)} ${box.width}x${box.height}`);
return found;"""
PAPER = """
const left = Array.from(document.querySelectorAll(".tabs, .subnav, .languages, .skip, .copy-button, .pager"))
    .filter((node) => node.getClientRects().length > 0).map((node) => node.className);
return [left, getComputedStyle(document.body).backgroundColor];"""
PRINTER = {"media": "print", "features": [{"name": "prefers-color-scheme", "value": "dark"}]}


@pytest.fixture(scope="module")
def looks(site):
    """What is wrong with the pages, by width and kind: each is opened once."""
    found = {}
    with started() as driver:
        for name in site.names:
            driver.get(site.url(name))
            for width in (320, 390, 1280):
                driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
                    "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500})
                for kind, pages in driver.execute_script(MEASURES, width, name).items():
                    found.setdefault((width, kind), []).extend(pages)
            driver.execute_cdp_cmd("Emulation.setEmulatedMedia", PRINTER)
            left, ground = driver.execute_script(PAPER)
            driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
            found.setdefault("paper", []).extend([f"{name}: {word}" for word in left])
            found["paper"] += [f"{name}: {ground}"] if ground != "rgb(255, 255, 255)" else []
    return found


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_has_to_be_scrolled_sideways(looks, width):
    """WCAG 2.2, 1.4.10: 320 pixels are enough."""
    assert looks[width, "sideways"] == []


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_its_column(looks, width):
    assert looks[width, "wider"] == []


def test_targets_are_large_enough(looks):
    """WCAG 2.2, 2.5.8: 24 by 24 pixels, but for links within text."""
    assert looks[390, "small"] == []


def test_on_paper(looks):
    """What can't be pressed there is left out, and nothing is light on dark."""
    assert looks["paper"] == []


def test_focus_is_seen(browser, site):
    """Each stop of the Tab key is marked, and none is a trap."""
    for name in ("account.many", "app_register.many_errors", "login.languages", "consent.first", "authorized.many"):
        browser.open(site.url(name))
        body, seen, plain = browser.find("body"), [], []
        for _ in range(60):
            browser.driver.switch_to.active_element.send_keys(Keys.TAB)
            node = browser.driver.switch_to.active_element
            if node == body or node in seen:
                break
            seen.append(node)
            style = browser.driver.execute_script("""
                const node = arguments[0], own = getComputedStyle(node);
                const box = getComputedStyle(node.closest(".choice") || node);
                return [own, box].some((style) => style.outlineStyle !== "none" && style.outlineWidth !== "0px")""",
                                                  node)
            if not style:
                plain.append(node.get_attribute("outerHTML")[:100])
        assert plain == [] and len(seen) > 4, name


# ---- the script, and pages without it ----

def test_copying(browser):
    app = make_app(make_user())
    browser.driver.execute_cdp_cmd("Browser.grantPermissions", {
        "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]})
    user = make_user()
    browser.open("/app/register")
    browser.sign_in(user)
    browser.type("#field-name", "To copy")
    browser.find("label[for=type-trusted]").click()
    browser.click("main form button.main")
    secret = browser.find("#app-secret").get_attribute("value")
    callgate.keep(secret, app.secret)
    button = browser.find("#app-secret + .copy-button")
    assert button.text == "Copy"
    button.click()
    wait_for(lambda: button.text == "Copied", "it says so")
    assert browser.driver.execute_async_script("navigator.clipboard.readText().then(arguments[0])") == secret
    commands = browser.driver.find_elements(By.CSS_SELECTOR, "pre.copy")
    assert commands and len(commands) == len(browser.driver.find_elements(By.CSS_SELECTOR, "pre.copy + .copy-button"))


def test_filtering(browser):
    with golden_site.served() as site:
        browser.open(site.url("authorized.many"))
        rows = browser.driver.find_elements(By.CSS_SELECTOR, ".grants > li")
        assert len(rows) >= 8
        field = browser.find("input[type=search]")
        field.send_keys(rows[1].find_element(By.TAG_NAME, "h2").text.upper())
        assert [row.is_displayed() for row in rows].count(True) == 1 and rows[1].is_displayed()
        field.send_keys(Keys.CONTROL, "a")
        field.send_keys(Keys.DELETE)
        assert all(row.is_displayed() for row in rows)


def test_without_scripts():
    """Nothing of the main job needs one."""
    user = make_user()
    with started() as driver:
        driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        driver.get(callgate.URL + "/app/register")
        driver.find_element(By.ID, "field-username").send_keys(user.login)
        driver.find_element(By.ID, "field-password").send_keys(user.password)
        driver.find_element(By.CSS_SELECTOR, "form button.main").click()
        wait_for(lambda: driver.find_elements(By.ID, "field-name"), "the form")
        assert not driver.find_elements(By.CSS_SELECTOR, ".copy-button")
        driver.find_element(By.ID, "field-name").send_keys("Without")
        driver.find_element(By.CSS_SELECTOR, "main form button.main").click()
        wait_for(lambda: driver.find_elements(By.ID, "app-secret"), "registered")
        callgate.keep(driver.find_element(By.ID, "app-secret").get_attribute("value"))
    assert one("SELECT count(*) FROM app WHERE owner_id = %s", user.id) == 1


# ---- the provider's own ----

def test_accent_and_logo(tmp_path):
    logo = tmp_path / "logo.svg"
    logo.write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    with callgate.Server(CALLGATE_SITE_ACCENT="#1c4fd8", CALLGATE_SITE_LOGO=str(logo)) as server:
        page = server.send("GET", "/login").page
        sheet = server.send("GET", page.one("link").get("href"))
        assert sheet.text.startswith(":root {\n    --site-accent: #1c4fd8;\n")
        assert sheet.get("Cache-Control") == "public, max-age=31536000, immutable"
        assert page.one("img").get("alt") == ""
        answer = server.send("GET", page.one("img").get("src"))
        assert answer.body == logo.read_bytes() and answer.get("Content-Type") == "image/svg+xml"
        assert "sandbox" in answer.get("Content-Security-Policy") and "script" not in answer.get(
            "Content-Security-Policy")
        before = (page.one("link").get("href"), page.one("img").get("src"))
    logo.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    with callgate.Server(CALLGATE_SITE_ACCENT="#1c4fd9", CALLGATE_SITE_LOGO=str(logo)) as server:
        page = server.send("GET", "/login").page
        assert page.one("link").get("href") != before[0] and page.one("img").get("src") != before[1]
    assert callgate.send("GET", "/app/logo").status == 404


@pytest.mark.parametrize("setting, value, said", [
    ("ACCENT", "#ffcc00", "site.accent: #ffcc00 has a contrast of 1.4:1"),
    ("ACCENT", "red; } body { display: none", "is no colour"), ("ACCENT", "#fff", "is no colour"),
    ("LOGO", "logo.svg", "is no absolute path"), ("LOGO", "/nowhere.svg", "No such file"),
    ("LOGO", "/etc/passwd", "neither PNG nor SVG"),
])
def test_check_names_what_is_wrong(setting, value, said):
    result = callgate.run("check", env={f"CALLGATE_SITE_{setting}": value})
    assert result.returncode != 0 and said in result.stdout + result.stderr, result
