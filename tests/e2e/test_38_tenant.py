# test_38_tenant.py - who looks after a client sees what its users have registered and allowed, and can
# end it: a leaver's application must not outlive him. To everybody else it is not there, at any
# address, with any method (ATTACKS 64).
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import pytest

import callgate
import oauth
from callgate import api, audit_rows, make_app, make_token, make_user, signed_in, sql, token_request
from manage import acts, boss_of, logged, member_of, row_of, state_of, strangers, tenant, with_secret
from oauth import authorize, code_for, exchange, is_consent, make_public, tokens_for

CONSENTS = "/app/authorized?scope=tenant"
# Addresses below an application: what a GET and what a POST of each is.
PAGES = ["", "edit", "secret", "delete", "transfer", "accept", "refusals"]
FORMS = {"end": {"act": "disable"}, "edit": {"name": "Stolen"}, "secret": {"round": "0", "overlap": "0"},
         "secret/remove": {"secret_id": "1"}, "delete": {"name": "NAME"}, "transfer": {"login": "LOGIN"},
         "transfer/withdraw": {}, "accept": {"decision": "accept"}}


class Client:
    """A client (tenant): one who looks after it, signed in, and a leaver with an application."""

    def __init__(self, make=make_app, **columns):
        self.number = tenant()
        self.user, self.leaver = boss_of(self.number), member_of(self.number)
        self.boss = signed_in(self.user)
        self.app = make(self.leaver, **columns)

    def page(self, rest=""):
        return f"/app/{self.app.app_id}/{rest}"


# ---- strangers ----

@pytest.fixture(scope="module")
def guarded():
    """An application that nobody but its owner and one boss may see, and everybody who may not."""
    client = Client(name="Guarded")
    return client, strangers(client.number)


@pytest.mark.parametrize("who", ["of another client", "of the same client", "of no client", "administrator"])
def test_64_somebody_elses_application_is_not_there(guarded, who):
    client, others = guarded
    user, browser = others[who]
    before, asked = state_of(client.app), logged(client.app, user)
    for rest in PAGES:
        assert browser.get(client.page(rest)).status == 404, rest
    for rest, fields in FORMS.items():
        words = {"NAME": "Guarded", "LOGIN": user.login}
        answer = browser.post(client.page(rest), {name: words.get(value, value) for name, value in fields.items()})
        assert answer.status == 404, rest
        # Nor is it told by what is wrong with a form.
        assert browser.post(client.page(rest), {"name": "", "overlap": "9", "redirect_url": "/"}).status == 404, rest
    assert state_of(client.app) == before and acts(client.app) == []
    expected = len(PAGES) + 2 * len(FORMS) - 3  # accept: there is no offer to be seen by anybody
    assert logged(client.app, user) - asked == expected


def test_without_signing_in_nothing_is_told(guarded):
    client, _ = guarded
    nobody = callgate.Client()
    before = state_of(client.app)
    for rest in PAGES:
        assert nobody.get(client.page(rest)).location.startswith("/login")
    for rest, fields in FORMS.items():
        assert nobody.post(client.page(rest), fields).location.startswith("/login")
    assert state_of(client.app) == before


def test_forms_of_another_site(guarded):
    client, _ = guarded
    owner = signed_in(client.leaver)
    before = state_of(client.app)
    for rest, fields in FORMS.items():
        for browser in (client.boss, owner):
            answer = browser.post(client.page(rest), fields,
                                  {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"})
            assert answer.status == 403, rest
    assert state_of(client.app) == before


@pytest.mark.parametrize("rest", [*FORMS, "usage/x", "secret/", "secret/remove/x"])
def test_methods(guarded, rest):
    client, _ = guarded
    answer = client.boss.send("DELETE", client.page(rest))
    assert answer.status in (404, 405) and row_of(client.app)
    if rest in FORMS:
        assert "POST" in answer.get("Allow")


# ---- who looks after the client ----

def test_the_page_without_what_is_the_owners():
    client = Client(name="A leaver's", description="Words")
    answer = client.boss.get(client.page())
    text = answer.page.text
    assert answer.status == 200 and "A leaver's" in text and client.leaver.login in text and "Words" in text
    assert client.app.secret[-4:] not in text and "App secrets" not in text and "curl" not in text
    links = {link.get("href") for link in answer.page.one("main").all("a")}
    assert links == {"/app/?scope=tenant", client.page("usage"), client.page("delete")}
    forms = [callgate.Form(node) for node in answer.page.one("main").all("form")]
    assert [(form.action, form.fields) for form in forms] == [
        (client.page("end"), {"act": "tokens"}), (client.page("end"), {"act": "disable"})]


def test_the_rest_is_the_owners():
    client = Client(name="Kept")
    before = state_of(client.app)
    for rest in ("edit", "secret", "transfer", "accept", "refusals"):
        assert client.boss.get(client.page(rest)).status == 404, rest
    for rest in ("edit", "secret", "secret/remove", "transfer", "transfer/withdraw", "accept"):
        assert client.boss.post(client.page(rest), FORMS[rest]).status == 404, rest
    assert state_of(client.app) == before
    assert logged(client.app, client.user) == 9  # but for what is not on offer at all


def test_disable():
    client = Client()
    token = make_token(client.app)
    sql("UPDATE pbx_user SET status = 'blocked' WHERE id = %s", client.leaver.id)
    before = row_of(client.app)
    answer = client.boss.post(client.page("end"), {"act": "disable"})
    assert answer.location == client.page("?done=disabled")
    page = client.boss.follow(answer)
    assert "The application is disabled." in page.page.text
    assert [callgate.Form(node).fields for node in page.page.one("main").all("form")] == [{"act": "tokens"}]
    assert row_of(client.app) == {**before, "status": "disabled"}
    sql("UPDATE pbx_user SET status = 'active' WHERE id = %s", client.leaver.id)
    assert api(token).status == 401 and with_secret(client.app, client.app.secret) == 401
    ((act, detail),) = acts(client.app, client.user)
    assert (act, detail["before"]["status"], detail["after"]["status"]) == ("app.set", "active", "disabled")
    (row,) = client.boss.get("/app/?scope=tenant").page.one("tbody").all("tr")
    assert "Disabled" in row.one("th").text


def test_end_its_tokens():
    client = Client()
    token = make_token(client.app)
    assert client.boss.post(client.page("end"), {"act": "tokens"}).location == client.page("?done=tokens")
    assert api(token).status == 401 and with_secret(client.app, client.app.secret) == 200
    assert acts(client.app, client.user) == [("app.tokens.end", {})]


def test_delete():
    client = Client(name="Gone")
    token = make_token(client.app)
    page = client.boss.get(client.page("delete"))
    assert client.leaver.login in page.page.text
    assert client.boss.submit(page, ["name"], {"name": "gone"}).status == 422
    assert client.boss.submit(page, ["name"], {"name": "Gone"}).location == "/app/?scope=tenant"
    assert api(token).status == 401 and client.boss.get(client.page()).status == 404
    assert acts(client.app, client.user) == [("app.delete", {"name": "Gone", "owner_id": client.leaver.id})]


def test_ones_own_is_ones_own():
    """The list of all has it too, and its page is the owner's."""
    number = tenant()
    user = boss_of(number)
    app, client = make_app(user), signed_in(user)
    assert app.app_id in client.get("/app/?scope=tenant").text
    assert "App secrets" in client.get(f"/app/{app.app_id}/").page.text


# ---- consents ----

def listed(answer):
    """User, application, access, how."""
    assert answer.status == 200, answer
    return [(row.one("th").text, *(cell.text for cell in row.all("td")[:4]))
            for row in (answer.page.one("tbody").all("tr") if answer.page.all("tbody") else []) if row.all("th")]


def withdraw(browser, user, app, **fields):
    return browser.post("/app/authorized", {"app_id": app.app_id, "user": user.login, **fields})


@pytest.fixture
def consents():
    """A client, whose leaver and another user have each allowed an application of another client."""
    client = Client()
    client.foreign = make_public(make_user(), name="Foreign")
    client.other = member_of(client.number)
    client.tokens = {user: tokens_for(signed_in(user), client.foreign) for user in (client.leaver, client.other)}
    return client


def test_the_list_of_consents(consents):
    owner = callgate.one("SELECT u.login FROM app a JOIN pbx_user u ON u.id = a.owner_id WHERE a.app_id = %s",
                         consents.foreign.app_id)
    kept = make_app(make_user(), type="password_credentials", name="By password")
    answer = token_request({"grant_type": "password", "username": consents.other.login,
                            "password": consents.other.password, **oauth.credentials(kept)})
    assert answer.status == 200
    outsider = make_user(client_id=consents.number + 1, tenant_id=consents.number + 1)
    tokens_for(signed_in(outsider), consents.foreign)
    rows = listed(consents.boss.get(CONSENTS))
    assert [row[:2] for row in rows] == [(consents.other.login, "By password"), (consents.other.login, "Foreign"),
                                         (consents.leaver.login, "Foreign")]
    assert rows[0][4] == "By password"
    assert rows[1][2:] == (owner, "Call API", "Allowed it")


def test_withdraw_anothers_consent(consents):
    code = code_for(signed_in(consents.leaver), consents.foreign)
    page = consents.boss.get(CONSENTS)
    (form,) = [form for form in map(callgate.Form, page.page.one("tbody").all("form"))
               if form.fields["user"] == consents.leaver.login]
    answer = consents.boss.post(form.action, form.fields)
    assert answer.location == CONSENTS
    assert [row[0] for row in listed(consents.boss.follow(answer))] == [consents.other.login]
    gone, kept = consents.tokens[consents.leaver], consents.tokens[consents.other]
    assert api(gone["access_token"]).status == 401 and api(kept["access_token"]).status == 200
    assert oauth.refresh(consents.foreign, gone["refresh_token"]).json["error"] == "invalid_grant"
    assert exchange(consents.foreign, code).json["error"] == "invalid_grant"
    assert is_consent(authorize(signed_in(consents.leaver), consents.foreign))
    (row,) = audit_rows(act="permission.withdraw", object_id=consents.foreign.app_id)
    assert (row["actor_id"], row["actor_login"]) == (consents.user.id, consents.user.login)
    assert row["detail"] == {"user": consents.leaver.login}
    # Once more, from another window: the list says that it is gone.
    assert consents.boss.post(form.action, form.fields).location == CONSENTS
    assert len(audit_rows(act="permission.withdraw", object_id=consents.foreign.app_id)) == 1


def test_withdraw_tokens_by_password():
    client = Client()
    app = make_app(make_user(), type="password_credentials")
    held = token_request({"grant_type": "password", "username": client.leaver.login,
                          "password": client.leaver.password, **oauth.credentials(app)}).json
    assert api(held["access_token"]).status == 200
    assert withdraw(client.boss, client.leaver, app).location == CONSENTS
    assert api(held["access_token"]).status == 401 and listed(client.boss.get(CONSENTS)) == []


def test_64_consents_of_others_are_not_there(consents):
    others = strangers(consents.number)
    state = state_of(consents.foreign)
    for what, (user, browser) in others.items():
        if what == "of another client":
            assert consents.leaver.login not in browser.get(CONSENTS).text
        else:
            assert browser.get(CONSENTS).status == 404, what
            assert "scope=tenant" not in browser.get("/app/authorized").text
        assert withdraw(browser, consents.leaver, consents.foreign).status == 404, what
        assert withdraw(browser, user._replace(login="nobody-of-this-name"), consents.foreign).status == 404
    assert state_of(consents.foreign) == state
    assert all(api(tokens["access_token"]).status == 200 for tokens in consents.tokens.values())
    assert audit_rows(act="permission.withdraw", object_id=consents.foreign.app_id) == []


def test_65_the_own_consent_takes_no_other_field(consents):
    """Without `user` it is the own one, whatever else is sent."""
    extra = {"user_id": consents.leaver.id, "login": consents.leaver.login, "tenant_id": consents.number}
    answer = consents.boss.post("/app/authorized", {"app_id": consents.foreign.app_id, **extra})
    assert answer.location == "/app/authorized"
    assert all(api(tokens["access_token"]).status == 200 for tokens in consents.tokens.values())


def test_consents_page_by_page():
    client = Client()
    users = [member_of(client.number) for _ in range(4)]
    owner = make_user()
    apps = [make_public(owner, secret=False, name=f"App {n}") for n in range(31)]
    for user in users:
        for app in apps:
            oauth.permit(user, app)
    # Many at one moment.
    sql("UPDATE permission SET created_at = date_trunc('minute', now()) WHERE user_id = ANY (%s) AND id %% 3 > 0",
        [user.id for user in users])
    found, target, pages = [], CONSENTS, 0
    while target:
        answer = client.boss.get(target)
        found += [row[:2] for row in listed(answer)]
        links = [link.get("href") for link in answer.page.one("div", class_="pager").all("a")]
        target = next((link for link in links if "before=" in link), None)
        pages += 1
    assert pages == 3 and len(found) == len(set(found)) == 4 * 31


@pytest.mark.parametrize("before", ["", "1", "1-2", "1-2-3-4", "1-2-", "-1-2-3", "a-b-c", "1-2-99999999999999999999"])
def test_odd_places(guarded, before):
    client, _ = guarded
    assert client.boss.get(f"{CONSENTS}&before={before}").status == 404


def test_nothing_yet():
    client = Client()
    page = client.boss.get(CONSENTS)
    assert page.status == 200 and page.page.all("table") == []
    assert listed(client.boss.get(CONSENTS + "&before=1-1-1")) == []
