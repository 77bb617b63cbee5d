# test_39_account.py - a user's own account: data, time zone, a new password and what it ends, sign-ins
# (ATTACKS 64, 68, 70); and the way of a user whose password somebody else has set.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import secrets
from urllib.parse import quote

import pytest

import callgate
import oauth
from callgate import COOKIE, URL, Client, audit_rows, make_admin, make_user, one, signed_in, sql

NEW = "a " + secrets.token_hex(8) + " ü"
callgate.keep(NEW)


@pytest.fixture
def member():
    user = make_user(name="Ann <b>", email="ann@example.com")
    return user, signed_in(user)


def change(client, user, new=NEW, **others):
    fields = {"old_password": user.password, "new_password": new, "new_password_again": new, **others}
    return client.submit(client.get("/app/account/password"), ["old_password", "new_password"], fields)


def errors(answer, status=422):
    """Each field's message, which is beside it, tied to it and summed up on top."""
    assert answer.status == status, answer
    page, found = answer.page, {}
    for link in page.one("div", role="alert").all("a"):
        name = link.get("href").removeprefix("#field-")
        field = page.one("input", "select", id=f"field-{name}")
        assert field.get("aria-invalid") == "true" and f"{name}-error" in field.get("aria-describedby").split()
        assert page.one("p", id=f"{name}-error").text == link.text
        found[name] = link.text
    return found


def alive(client):
    return client.get("/app/account").status == 200


# ---- data ----

@pytest.mark.parametrize("columns, shown", [
    ({"client_id": 12, "tenant_id": 12}, "Client 12"),
    ({"client_id": None, "tenant_id": None, "admin": True}, "Administrator"),
    ({"client_id": None, "tenant_id": None, "dealer_id": 5}, "Dealer 5"),
    ({"client_id": None, "extension_group_id": 6}, "Extension group 6"),
    ({"client_id": None, "extension_id": 7, "access": "read_only"}, "Extension 7"),
])
def test_what_it_says_of_a_user(columns, shown):
    user = make_user(name="Ann <b>", email="ann@example.com", **columns)
    page = signed_in(user).get("/app/account").page
    facts = [node.text for node in page.all("dd")]
    assert facts[:4] == [user.login, "Ann <b>", "ann@example.com", shown]
    assert facts[4] == ("Read only" if "access" in columns else "Full")


@pytest.mark.parametrize("target, marked", [
    ("/app/", {"/app/": "page"}),
    ("/app/?q=x", {"/app/": "page"}),
    ("/app/nothing/", {"/app/": "true"}),
    ("/app/register", {"/app/register": "page"}),
    ("/app/authorized", {"/app/authorized": "page"}),
    ("/app/account", {"/app/account": "page"}),
    ("/app/account/password", {"/app/account": "true"}),
    ("/admin/", {"/admin/": "page"}),
    ("/admin/user/add", {"/admin/": "true", "/admin/user/": "true"}),
    ("/admin/audit/", {"/admin/": "true", "/admin/audit/": "page"}),
    ("/admin/rules/", {"/admin/": "true", "/admin/rules/": "page"}),
    ("/oauth/authorize", {}),
])
def test_links_say_where_one_is(target, marked):
    page = signed_in(callgate.make_admin()).get(target).page
    found = {}
    for nav in [*page.all("nav", class_="subnav admin"), page.one("header")]:
        found.update({link.get("href"): link.get("aria-current") for link in nav.all("a") if link.get("aria-current")})
    assert found == marked


def test_the_time_zone(member):
    user, client = member
    form = client.get("/app/account").form("timezone")
    assert form.fields["timezone"] == "UTC" and len(form.choices["timezone"]) > 100 and "language" not in form.fields
    answer = client.post("/app/account", {"timezone": "Europe/Moscow"})
    assert answer.location.startswith("/app/account")
    page = client.follow(answer)
    assert page.page.one("p", role="status").text == "Done."
    assert page.form("timezone").fields["timezone"] == "Europe/Moscow" and " MSK" in page.page.text
    (row,) = audit_rows(actor_id=user.id, act="user.set")
    assert row["detail"]["before"]["timezone"] == "UTC" and row["detail"]["after"]["timezone"] == "Europe/Moscow"
    # Nothing new is no act.
    client.post("/app/account", {"timezone": "Europe/Moscow"})
    assert len(audit_rows(actor_id=user.id, act="user.set")) == 1


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "Europe", "UTC+3", ":UTC", "Europe/Moscow\x7f"])
def test_zones_that_are_none(member, zone):
    user, client = member
    assert set(errors(client.post("/app/account", {"timezone": zone}))) == {"timezone"}
    assert one("SELECT timezone FROM pbx_user WHERE id = %s", user.id) == "UTC"


def test_an_old_name_stays_a_choice():
    client = signed_in(make_user(timezone="Etc/GMT+3"))
    form = client.get("/app/account").form("timezone")
    assert form.fields["timezone"] == "Etc/GMT+3"


def test_65_nothing_else_can_be_set(member):
    user, client = member
    before = sql("SELECT * FROM pbx_user WHERE id = %s", user.id)
    client.post("/app/account", {"timezone": "", "admin": "1", "access": "full", "client_id": "13", "login": "x"})
    assert sql("SELECT * FROM pbx_user WHERE id = %s", user.id) == before


# ---- a new password ----

def test_70_a_new_password_ends_everything_else(member):
    user, client = member
    other = signed_in(user)
    tokens = oauth.tokens_for(client, oauth.make_public(make_user()))
    stolen = Client()
    stolen.cookies.update(client.cookies)
    answer = change(client, user)
    assert answer.location == "/app/account?saved=password"
    assert alive(client) and not alive(other) and not alive(stolen)
    assert callgate.api(tokens["access_token"]).status == 401
    assert Client().sign_in(user.login, user.password).status == 403
    assert Client().sign_in(user.login, NEW).location == "/app/"
    (row,) = audit_rows(actor_id=user.id, act="user.password")
    assert row["object_id"] == user.login and row["detail"] == {"own": True}


def test_68_the_old_one_is_asked_for_and_counted(member):
    user, client = member
    for _ in range(10):
        assert set(errors(change(client, user, old_password="wrong-password"))) == {"old_password"}
    answer = change(client, user)
    assert answer.status == 429 and int(answer.get("Retry-After")) > 0
    assert len(audit_rows(act="sign_in.refused", object_id=user.login)) == 10
    sql("DELETE FROM throttle")
    assert change(client, user).status == 303


@pytest.mark.parametrize("new, said", [
    ("short77", "at least 8"), ("", "at least 8"), ("x" * 129, "at most 128"),
    ("password123", "tried first"), ("PassWord123", "tried first"), ("1q2w3e4r5t", "tried first"),
])
def test_68_what_a_password_may_be(member, new, said):
    user, client = member
    assert said in errors(change(client, user, new))["new_password"]
    assert alive(client)


def test_68_neither_the_same_nor_the_login(member):
    user, client = member
    assert "present password" in errors(change(client, user, user.password))["new_password"]
    assert "your login" in errors(change(client, user, user.login.upper()))["new_password"]
    assert set(errors(change(client, user, new_password_again="other words"))) == {"new_password_again"}
    assert audit_rows(actor_id=user.id, act="user.password") == []


@pytest.mark.parametrize("new", ["ü" * 100, "  blanks at both ends  ", "x" * 128])
def test_68_long_ones_and_blanks_are_taken_as_they_are(member, new):
    callgate.keep(new)
    user, client = member
    assert change(client, user, new).status == 303
    assert Client().sign_in(user.login, new).location == "/app/"


def test_the_form_shows_no_password_and_lets_managers_help(member):
    user, client = member
    answer = change(client, user, "short77")
    assert user.password not in answer.text and "short77" not in answer.text
    fields = {node.get("name"): node for node in answer.page.all("input") if node.get("type") == "password"}
    assert {name: node.get("autocomplete") for name, node in fields.items()} == {
        "old_password": "current-password", "new_password": "new-password", "new_password_again": "new-password"}
    assert not any("maxlength" in node.attributes or "onpaste" in node.attributes for node in fields.values())


# ---- whose password somebody else knows ----

@pytest.fixture
def reset():
    user = make_user(must_change_password=True)
    return user, callgate.Client()


def test_everything_leads_to_the_new_password(reset):
    user, client = reset
    answer = client.sign_in(user.login, user.password)
    for target in ("/app/", "/app/register", "/app/authorized", "/app/account", f"/app/{'0' * 32}/",
                   "/oauth/authorize?response_type=code&client_id=" + "0" * 32):
        answer = client.get(target)
        assert answer.location == "/app/account/password?next=" + quote(target, safe=""), target
    assert client.post("/app/register", callgate.FIELDS).location.startswith("/app/account/password")
    assert client.post("/app/account", {"timezone": "Europe/Moscow"}).location.startswith("/app/account/password")
    page = client.get("/app/account/password?next=%2Fapp%2Fregister")
    assert page.status == 200 and "somebody else" in page.page.text
    answer = client.submit(page, ["old_password"], {"old_password": user.password, "new_password": NEW,
                                                    "new_password_again": NEW})
    assert answer.location == "/app/register" and client.follow(answer).status == 200
    assert not one("SELECT must_change_password FROM pbx_user WHERE id = %s", user.id)


def test_administrators_too():
    user = make_admin()
    sql("UPDATE pbx_user SET must_change_password = true WHERE id = %s", user.id)
    assert signed_in(user).get("/admin/").location.startswith("/app/account/password")


def test_what_stays_open(reset):
    user, _ = reset
    client = signed_in(user)
    assert client.get("/app/style.css").status == 200
    assert client.post("/app/language", {"language": "en", "here": "/app/"}).status == 303
    assert client.post("/logout").location == "/login" and not client.is_signed_in


def test_the_given_password_is_no_new_one(reset):
    user, _ = reset
    client = signed_in(user)
    assert "present password" in errors(change(client, user, user.password))["new_password"]
    assert client.get("/app/").location.startswith("/app/account/password")


@pytest.mark.parametrize("following", ["//evil.example", "https://evil.example/", "/\\evil", "javascript:alert(1)"])
def test_from_there_it_leads_nowhere_else(member, following):
    user, client = member
    page = client.get("/app/account/password?next=" + quote(following, safe=""))
    assert page.form("old_password").fields["next"] == ""
    assert change(client, user, next=following).location == "/app/account?saved=password"


def test_the_way_of_an_application_goes_on(reset):
    """Asked to allow something, signed in, a new password, and then the consent."""
    user, client = reset
    app = oauth.make_public(make_user(), name="On the way")
    target = oauth.target(oauth.parameters(app))
    answer = client.get(target)
    answer = client.submit(client.follow(answer), ["username"], {"username": user.login, "password": user.password})
    answer = client.follow(client.get(answer.location))
    answer = client.submit(answer, ["old_password"], {"old_password": user.password, "new_password": NEW,
                                                      "new_password_again": NEW})
    assert answer.location == target and "On the way" in client.follow(answer).page.text


# ---- sign-ins ----

def rows(answer):
    return answer.page.one("tbody").all("tr")


def test_70_sign_ins_are_listed_and_ended(member):
    user, client = member
    other, third = signed_in(user), signed_in(user)
    sql("UPDATE session SET address = '2001:db8::7' WHERE token = %s", callgate.digest(other.cookies[COOKIE]))
    page = client.get("/app/account")
    assert len(rows(page)) == 3
    (mine,) = [row for row in rows(page) if "This one" in row.text]
    assert mine.all("form") == []
    (row,) = [row for row in rows(page) if "2001:db8::7" in row.text]
    form = callgate.Form(row.one("form"))
    assert "2001:db8::7" in row.one("button").get("aria-label")
    assert client.post(form.action, form.fields).location.startswith("/app/account")
    assert not alive(other) and alive(client) and alive(third)
    (audit,) = audit_rows(actor_id=user.id, act="session.end")
    assert audit["detail"]["address"] == "2001:db8::7"
    # Again: it is gone.
    assert client.post(form.action, form.fields).status == 404


def test_what_has_ended_is_not_listed(member):
    user, client = member
    for column, interval in (("used_at", "31 minutes"), ("expires_at", "1 second")):
        signed_in(user)
        sql(f"UPDATE session SET {column} = now() - interval '{interval}'"
            " WHERE id = (SELECT max(id) FROM session WHERE user_id = %s)", user.id)
    assert len(rows(client.get("/app/account"))) == 1


def test_64_somebody_elses_sign_in_is_not_there(member):
    _, client = member
    stranger = make_user()
    theirs = signed_in(stranger)
    identity = one("SELECT id FROM session WHERE user_id = %s", stranger.id)
    for word in (str(identity), "0", "-1", "x", "", "9" * 30):
        assert client.post("/app/account/sessions", {"id": word}).status == 404, word
    assert alive(theirs)


def test_70_sign_out_everywhere(member):
    user, client = member
    other = signed_in(user)
    answer = client.submit(client.get("/app/account"), ["all"], {})
    assert answer.location == "/login" and COOKIE not in client.cookies
    assert not alive(other) and sql("SELECT id FROM session WHERE user_id = %s", user.id) == []
    (row,) = audit_rows(actor_id=user.id, act="session.end_all")
    assert row["detail"] == {"sessions": 2}


def test_only_for_who_is_signed_in(client):
    for target in ("/app/account", "/app/account/password"):
        assert client.get(target).location == "/login?next=" + quote(target, safe="")
        assert client.post(target, {}).location.startswith("/login")
    assert client.post("/app/account/sessions", {"all": "1"}).location.startswith("/login")


def test_forms_of_other_sites_do_nothing(member):
    user, client = member
    foreign = {"Origin": "https://evil.example"}
    assert client.post("/app/account", {"timezone": "Europe/Moscow"}, foreign).status == 403
    assert client.post("/app/account/sessions", {"all": "1"}, foreign).status == 403
    fields = {"old_password": user.password, "new_password": NEW, "new_password_again": NEW}
    assert client.post("/app/account/password", fields, foreign).status == 403
    assert alive(client) and URL


# ---- in a browser, in both languages ----

def test_as_people_do_it(browser):
    user = make_user()
    elsewhere = signed_in(user)
    browser.open("/login")
    browser.sign_in(user)
    browser.click(".who a")
    assert browser.path == "/app/account"
    browser.find("#field-timezone").send_keys("Europe/Mos")
    browser.click("main form button.main")
    assert " MSK" in browser.text
    browser.link("Change the password")
    browser.type("#field-old_password", user.password)
    browser.type("#field-new_password", NEW)
    browser.type("#field-new_password_again", NEW)
    browser.click("form button.main")
    assert browser.path.startswith("/app/account?") and not alive(elsewhere)
    browser.click("form[action='/app/account/sessions'] button:not(.small)")
    assert browser.path == "/login"
    browser.sign_in(user._replace(password=NEW))
    assert browser.path == "/app/"
