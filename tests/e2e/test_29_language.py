# test_29_language.py - the language of pages: by choice, by what the browser asks for, else the first;
# dates and numbers as that language writes them; and what programs are told stays English.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import json
import os
import subprocess

import pytest

import callgate
import fronted
from callgate import COOKIE, URL, audit_rows, make_app, make_user, one, signed_in, sql
from chromium import refusal

BOTH = {"CALLGATE_SITE_LANGUAGES": "en ru"}
CHOICE = "callgate_language"
RUSSIAN = {"Accept-Language": "ru-RU,ru;q=0.9,en;q=0.8"}
FROM_HERE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def site():
    with callgate.Server(**BOTH) as server:
        yield server


def language(answer):
    code = answer.page.one("html").get("lang")
    assert answer.get("Content-Language") == code
    assert answer.page.one("h1").text.isascii() == (code == "en")
    return code


def cookies(client=None, **others):
    pairs = {**(client.cookies if client else {}), **others}
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in pairs.items())}


@pytest.mark.parametrize("asks, code", [
    (None, "en"), ("", "en"), ("ru", "ru"), ("ru-RU,ru;q=0.9,en-US;q=0.8", "ru"), ("en,ru;q=0.9", "en"),
    ("de", "en"), ("de,ru;q=0.1", "ru"), ("en;q=0,*", "ru"), ("ru;q=0", "en"), ("*", "en"),
    ("ru;q=5,\x01,;;;q=,en;q=0.1", "en"), (",".join(["de"] * 2000) + ",ru", "en"),
])
def test_what_the_browser_asks_for(site, asks, code):
    answer = site.send("GET", "/login", headers={"Accept-Language": asks})
    assert answer.status == 200 and language(answer) == code


def test_the_first_is_for_whoever_asks_for_none():
    with callgate.Server(CALLGATE_SITE_LANGUAGES="ru en") as server:
        assert language(server.send("GET", "/login")) == "ru"
        assert language(server.send("GET", "/login", headers={"Accept-Language": "en"})) == "en"
        # What programs read is English, whatever the pages are in.
        answer = server.send("GET", "/oauth/token")
        assert answer.status == 405 and answer.text.isascii() and "Allow" in answer.json["error_description"]
        refused = server.post("/oauth/token", {"grant_type": "x", "client_id": "0" * 32, "client_secret": "1" * 32})
        assert refused.text.isascii()


def test_a_choice_comes_before_the_browsers(site):
    for code, other in (("en", "ru"), ("ru", "en")):
        headers = {"Accept-Language": other, **cookies(**{CHOICE: code})}
        assert language(site.send("GET", "/login", headers=headers)) == code
    for nonsense in ("de", "RU", "../ru", "%72%75", ""):
        assert language(site.send("GET", "/login", headers={**RUSSIAN, **cookies(**{CHOICE: nonsense})})) == "ru"


def test_the_switch_is_on_every_page_and_leads_back(site):
    client = signed_in(make_user())
    for target, status, headers in (("/login?next=%2Fapp%2Fregister", 200, {}), ("/nothing?a=1&b=%22", 404, {}),
                                    ("/app/?before=7", 200, cookies(client))):
        answer = site.send("GET", target, headers=headers)
        assert answer.status == status
        form = answer.form("here")
        assert (form.method, form.action, form.fields["here"]) == ("POST", "/app/language", target)
        buttons = {node.get("value"): node for node in form.node.all("button")}
        assert set(buttons) == {"en", "ru"} and "aria-current" in buttons["en"].attributes
        assert "aria-current" not in buttons["ru"].attributes and buttons["ru"].get("lang") == "ru"
        sent = site.post("/app/language", {**form.fields, "language": "ru"}, {**FROM_HERE, **headers})
        assert sent.location == target
        (cookie,) = sent.all("Set-Cookie")
        assert cookie.startswith(f"{CHOICE}=ru; Path=/; HttpOnly; SameSite=Lax") and "Max-Age=31536000" in cookie


def test_one_language_has_no_switch(client):
    assert "/app/language" not in client.get("/login").text
    assert client.post("/app/language", {"language": "ru", "here": "/login"}, FROM_HERE).status == 422


@pytest.mark.parametrize("here", ["//evil.example", "https://evil.example/", "/\\evil.example", "", "evil",
                                  "/app/\r\nSet-Cookie: a=b", "javascript:alert(1)"])
def test_the_switch_leads_nowhere_else(site, here):
    answer = site.post("/app/language", {"language": "ru", "here": here}, FROM_HERE)
    assert answer.location == "/app/" and len(answer.all("Set-Cookie")) == 1


def test_the_switch_takes_no_form_of_another_site(site):
    form = {"language": "ru", "here": "/login"}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        answer = site.post("/app/language", form, headers)
        assert answer.status == 403 and answer.all("Set-Cookie") == []
    assert site.send("GET", "/app/language?language=ru&here=/login").status == 405
    for odd in ("de", "", "ru\r\nX: y", "RU"):
        assert site.post("/app/language", {**form, "language": odd}, FROM_HERE).status == 422


def test_the_choice_goes_with_the_user(site):
    user = make_user()
    client, elsewhere = signed_in(user), signed_in(user)
    answer = site.post("/app/language", {"language": "ru", "here": "/app/"}, {**FROM_HERE, **cookies(client)})
    assert answer.location == "/app/"
    # In a browser without that cookie, and before what its own cookie says.
    assert language(site.send("GET", "/app/", headers={"Accept-Language": "en", **cookies(elsewhere)})) == "ru"
    assert language(site.send("GET", "/app/", headers=cookies(elsewhere, **{CHOICE: "en"}))) == "ru"
    (row,) = audit_rows(actor_id=user.id, act="user.set")
    assert row["detail"]["before"]["language"] == "" and row["detail"]["after"]["language"] == "ru"
    # The site of the other tests has English only.
    assert language(elsewhere.get("/app/")) == "en"


def test_dates_are_in_the_users_zone_and_language(site):
    zones = {"UTC": ("2026-11-24 03:55 UTC", "24.11.2026 03:55 UTC"),
             "Europe/Moscow": ("2026-11-24 06:55 MSK", "24.11.2026 06:55 MSK"),
             "America/New_York": ("2026-11-23 22:55 EST", "23.11.2026 22:55 EST"),
             "Asia/Kathmandu": ("2026-11-24 09:40 UTC+0545", "24.11.2026 09:40 UTC+0545"),
             "Nowhere/At_All": ("2026-11-24 03:55 UTC", "24.11.2026 03:55 UTC"),
             "../../etc/passwd": ("2026-11-24 03:55 UTC", "24.11.2026 03:55 UTC"),
             "": ("2026-11-24 03:55 UTC", "24.11.2026 03:55 UTC")}
    clients = {}
    for zone in zones:
        user = make_user(timezone=zone)
        make_app(user, created_at="2026-11-24 03:55:59+00")
        clients[zone] = signed_in(user)
    # Twice, so that each worker has had another's zone before.
    for _ in range(2):
        for zone, (english, russian) in zones.items():
            headers = cookies(clients[zone])
            assert english in site.send("GET", "/app/", headers=headers).page.text, zone
            assert russian in site.send("GET", "/app/", headers={**headers, **RUSSIAN}).page.text, zone


def test_numbers_by_language(site):
    user = make_user()
    app = make_app(user)
    sql("INSERT INTO refusal (app, hour, rule, method, reason, count, last_at, last_request)"
        " SELECT id, date_trunc('hour', now()), '-', 'PUT', 'level', 1234567, now(), 'x' FROM app WHERE app_id = %s", app.app_id)
    target = f"/app/{app.app_id}/refusals"
    headers = cookies(signed_in(user))
    assert "1,234,567" in site.send("GET", target, headers=headers).page.text
    assert "1\u00a0234\u00a0567" in site.send("GET", target, headers={**headers, **RUSSIAN}).text


def test_forms_by_number(site):
    """30 days of a refresh token: «30 дней», and 21 are «21 день»."""
    user = make_user()
    app = make_app(user, type="public", redirect_urls=["https://client.example/cb"])
    target = f"/oauth/authorize?response_type=code&client_id={app.app_id}"
    headers = {**cookies(signed_in(user)), **RUSSIAN}
    assert "30 дней" in site.send("GET", target, headers=headers).page.text
    for days, said in (("21 d", "21 день"), ("3 d", "3 дня")):
        with callgate.Server(CALLGATE_TOKENS_REFRESH_IDLE=days, **BOTH) as server:
            assert said in server.send("GET", target, headers=headers).page.text


def test_errors_of_fields_are_in_the_language(site):
    headers = {**cookies(signed_in(make_user())), **RUSSIAN, **FROM_HERE}
    answer = site.post("/app/register", {"name": "", "redirect_url": "/x"}, headers)
    assert answer.status == 422 and "Введите название." in answer.page.text
    assert "«/x» — не полный адрес" in answer.page.text


# ---- in a browser ----

def test_a_story_in_each_language(browser):
    """The switch before signing in, what it keeps, a form's errors, the account, and back to English."""
    user = make_user()
    with fronted.Fronted(**BOTH) as server:
        browser.open(server.url + "/app/register")
        assert browser.find("html").get_attribute("lang") == "en"
        browser.click("button[name=language][value=ru]")
        assert browser.find("h1").text == "Вход"
        browser.sign_in(user)
        assert browser.driver.current_url == server.url + "/app/register"
        browser.expected += [refusal(422)]
        browser.click("main form button.main")
        assert browser.find("#name-error").text == "Введите название."
        browser.type("#field-name", "Имя — и ещё")
        browser.find("label[for=type-trusted]").click()
        browser.click("main form button.main")
        callgate.keep(browser.find("#app-secret").get_attribute("value"))
        assert browser.find("h1").text == "Приложение зарегистрировано"
        assert browser.find("#app-secret + .copy-button").text == "Копировать"
        browser.open(server.url + "/app/account")
        browser.find("#field-timezone").send_keys("Europe/Mos")
        browser.find("#field-language").send_keys("Рус")
        browser.click("main form button.main")
        assert "Готово." in browser.text and " MSK" in browser.text
        browser.click("button[name=language][value=en]")
        assert browser.find("h1").text == "Your account"
        assert browser.find("#field-language option:checked").get_attribute("value") == "en"
        browser.click("form[action='/logout'] button")
        assert browser.find("h1").text == "Sign in"


# ---- catalogues ----

@pytest.fixture
def operator(tmp_path):
    def write(name, texts):
        (tmp_path / name).write_text(json.dumps(texts), encoding="utf-8")
        return {"CALLGATE_TEMPLATES_DIR": str(tmp_path), **BOTH}
    os.chmod(tmp_path, 0o755)
    return write


def test_the_operators_words_are_by_language(operator):
    with callgate.Server(**operator("messages.ru.json", {"login.heading": "Сюда"})) as server:
        assert server.send("GET", "/login", headers=RUSSIAN).page.one("h1").text == "Сюда"
        assert server.send("GET", "/login").page.one("h1").text == "Sign in"


@pytest.mark.parametrize("name, texts, languages, said", [
    ("messages.ru.json", {"login.headnig": "x"}, "en ru", "login.headnig: unknown key"),
    ("messages.ru.json", {"login.heading": "{x}"}, "en ru", "login.heading: unknown parameter {x}"),
    ("messages.de.json", {"login.heading": "Anmelden"}, "en de", "messages.de.json: misses "),
    ("messages.ru.json", {}, "en de", "messages.de.json: No such file"),
    ("messages.ru.json", {}, "en en", "site.languages: en is there twice"),
    ("messages.ru.json", {}, "../en", "site.languages: \"../en\" is no language"),
])
def test_check_names_what_is_wrong(operator, name, texts, languages, said):
    environment = {**operator(name, texts), "CALLGATE_SITE_LANGUAGES": languages}
    result = callgate.run("check", env=environment)
    assert result.returncode != 0 and said in result.stdout + result.stderr, result


def test_a_language_of_the_operators_alone(operator):
    """Another one than ours, complete: here English words under another name."""
    source = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..", "templates", "messages.en.json")
    with open(source, encoding="utf-8") as file:
        texts = json.load(file)
    texts.update({"frame.lang": "de", "frame.language": "Deutsch", "login.heading": "Anmelden ä"})
    environment = {**operator("messages.de.json", texts), "CALLGATE_SITE_LANGUAGES": "en de"}
    with callgate.Server(**environment) as server:
        assert language(server.send("GET", "/login", headers={"Accept-Language": "de-AT"})) == "de"


def test_tz_of_the_program_itself_is_not_the_users():
    """Its own lines are in UTC, whoever was served before (log_format)."""
    user = make_user(timezone="Asia/Kathmandu")
    client = signed_in(user)
    assert "+0545" in client.get("/app/account").page.text
    assert one("SELECT timezone FROM pbx_user WHERE id = %s", user.id) == "Asia/Kathmandu"
    text = subprocess.run(["tail", "-n", "1", os.path.join(os.environ["CALLGATE_TEST_LOGS"], "callgate.log")],
                          capture_output=True, text=True, check=True).stdout
    assert "time=20" in text and URL and COOKIE
