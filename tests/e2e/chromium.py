# chromium.py - Chromium as the browser tests drive it, with what a person would call things.
#
# Tests take the fixture `browser` (conftest.py): after each its console must be empty but for what
# the test announces. Screenshots of every page go to CALLGATE_TEST_SHOTS, if that is set.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import base64
import contextlib
import os
import tempfile

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

import callgate
from callgate import URL, signed_in, wait_for

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--no-proxy-server", "--window-size=1280,900"]
SHOTS = os.environ.get("CALLGATE_TEST_SHOTS")


@contextlib.contextmanager
def started(flags=(), **logs):
    """A driver; `logs` are kinds of the driver's logs besides the browser's, with their level."""
    with tempfile.TemporaryDirectory(prefix="callgate-chromium-") as folder:
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for flag in [*FLAGS, *flags, f"--user-data-dir={folder}"]:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", **logs})
        driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        driver.set_page_load_timeout(callgate.DEADLINE)
        try:
            yield driver
        finally:
            driver.quit()


@contextlib.contextmanager
def watched(driver):
    """A Browser without cookies, whose console is looked at in the end."""
    driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
    driver.get("about:blank")
    driver.get_log("browser")
    view = Browser(driver)
    view.width(1280)
    yield view
    cookies = driver.execute_cdp_cmd("Network.getAllCookies", {})["cookies"]
    callgate.keep(*(cookie["value"] for cookie in cookies))
    assert view.console() == []


class Browser:
    """The driver, with what a person would call it."""

    def __init__(self, driver):
        self.driver = driver
        self.expected = []  # parts of console lines that the test provokes

    def open(self, target):
        self.driver.get(target if "://" in target or target.startswith("data:") else URL + target)

    @property
    def path(self):
        assert self.driver.current_url.startswith(URL + "/"), self.driver.current_url
        return self.driver.current_url[len(URL):]

    @property
    def text(self):
        return self.driver.find_element(By.TAG_NAME, "body").text

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def has(self, selector):
        return bool(self.driver.find_elements(By.CSS_SELECTOR, selector))

    def leave(self, element):
        """Clicks what leads to another page, and waits until that is there."""
        page = self.find("html")
        element.click()
        wait_for(lambda: is_stale(page), "another page")

    def click(self, selector):
        self.leave(self.find(selector))

    def link(self, words):
        self.leave(self.driver.find_element(By.LINK_TEXT, words))

    def type(self, selector, words):
        field = self.find(selector)
        field.clear()
        field.send_keys(words)

    def sign_in(self, user):
        self.type("#field-username", user.login)
        self.type("#field-password", user.password)
        self.click("form button.main")

    def enter(self, user):
        """Is signed in as that user from now on, by a session made by SQL; None: as nobody."""
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        if user is not None:
            self.driver.execute_cdp_cmd("Network.setCookie", {
                "name": callgate.COOKIE, "value": signed_in(user).cookies[callgate.COOKIE], "url": URL,
                "httpOnly": True, "sameSite": "Lax"})

    def button(self, words):
        """Presses the button of these words in the page's main part."""
        self.leave(self.driver.find_element(By.XPATH, f"//main//button[normalize-space(.)='{words}']"))

    @property
    def focus(self):
        return self.driver.switch_to.active_element

    def wait_for_focus(self, selector):
        """Where a page puts it, which is a moment after it is there."""
        wait_for(lambda: self.focus == self.find(selector), f"{selector} has the focus")

    def tab_to(self, element):
        """Presses Tab until `element` has the focus, once round the page at most; each stop shows it."""
        for _ in range(200):
            if self.focus == element:
                return
            self.focus.send_keys(Keys.TAB)
            self.shows_focus()
        raise AssertionError("not reached by Tab")

    def shows_focus(self):
        """By an outline: a choice of several has it round its whole box."""
        where, shown = self.driver.execute_script("""
            const stop = document.activeElement;
            const drawn = node => { const style = node && getComputedStyle(node);
                return node && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2; };
            return [stop.outerHTML, stop === document.body || [stop, stop.closest('.choice')].some(drawn)];""")
        assert shown, f"no outline round {where}"

    def press(self, element, key=Keys.ENTER):
        """By keyboard: to `element`, and through it to another page."""
        page = self.find("html")
        self.tab_to(element)
        self.focus.send_keys(key)
        wait_for(lambda: is_stale(page), "another page")

    def labelled(self, words):
        """The link or button of these words."""
        return self.driver.find_element(By.XPATH, f"//*[self::a or self::button or self::summary]"
                                                  f"[normalize-space(.)='{words}']")

    def width(self, pixels):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": pixels, "height": 844 if pixels < 500 else 900, "deviceScaleFactor": 1, "mobile": pixels < 500})

    def shoot(self, name):
        if not SHOTS:
            return
        os.makedirs(SHOTS, exist_ok=True)
        image = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})
        with open(os.path.join(SHOTS, name + ".png"), "wb") as file:
            file.write(base64.b64decode(image["data"]))

    def console(self):
        return [entry for entry in self.driver.get_log("browser") if entry["level"] != "INFO"
                and not any(part in entry["message"] for part in self.expected)]


def is_stale(element):
    try:
        element.is_enabled()
    except Exception:  # pylint: disable=broad-except
        return True
    return False


def refusal(status):
    """Answers to forms that are refused are pages as well; the console counts them by their status."""
    return f"the server responded with a status of {status}"
