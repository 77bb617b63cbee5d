# test_35_app_edit.py - an owner changes an application or deletes it: what a change ends and what it
# leaves, mistakes beside their fields, and that no field of a form does more than the form says
# (ATTACKS 65, 66).
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import concurrent.futures
import contextlib
import os

import psycopg2
import pytest

import callgate
import oauth
from callgate import api, make_app, make_token, make_user, one, signed_in, sql
from manage import acts, boss_of, row_of, state_of, tenant
from oauth import CALLBACK, authorize, code_for, exchange, is_consent, make_public, permissions, tokens_for

OTHER = "https://other.example/cb"
HOSTILE = ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'; DROP TABLE app; --", "{{app.name}}",
           "{{#apps}}", "%s%n$1", "&amp;&lt;", "\u202egnp", "a\x00b", "ü" * 101]


@pytest.fixture
def public(member):
    """A public application, its owner, and a client signed in as that user."""
    user, client = member
    return make_public(user, redirect_urls=(CALLBACK, OTHER), name="Before", description="Words"), user, client


def edit(client, app, **values):
    """Opens the form, changes these fields, sends it."""
    return client.submit(client.get(f"/app/{app.app_id}/edit"), ["name", "redirect_url", "description"], values)


# ---- edit ----

def test_the_form_holds_what_is(public):
    app, _, client = public
    form = client.get(f"/app/{app.app_id}/edit").form("name")
    assert form.action == f"/app/{app.app_id}/edit" and form.fields == {
        "name": "Before", "redirect_url": f"{CALLBACK}\n{OTHER}", "description": "Words"}
    before = state_of(app)
    answer = client.post(form.action, form.fields)
    assert answer.location == f"/app/{app.app_id}/"
    assert state_of(app) == before and acts(app) == []


def test_edit(public):
    app, user, client = public
    answer = edit(client, app, name=" After ", redirect_url=f"{OTHER} com.example.app:/cb", description="One\ntwo")
    assert answer.location == f"/app/{app.app_id}/?done=saved"
    page = client.follow(answer)
    assert page.page.one("h1").text == "After" and "Your changes are saved." in page.page.text
    row = row_of(app)
    assert (row["name"], row["description"]) == ("After", "One\ntwo")
    assert row["redirect_urls"] == [OTHER, "com.example.app:/cb"]
    ((act, detail),) = acts(app, user)
    assert act == "app.set"
    assert (detail["before"]["name"], detail["after"]["name"]) == ("Before", "After")
    assert detail["before"]["redirect_urls"] == [CALLBACK, OTHER]
    assert {key for key in detail["before"] if detail["before"][key] != detail["after"][key]} == {
        "name", "description", "redirect_urls"}


def test_nothing_that_is_given_away_by_the_address(member):
    user, client = member
    app = make_app(user)
    for word in ("x", "saved%20now", "%3Cscript%3E", ""):
        assert client.get(f"/app/{app.app_id}/?done={word}").page.all("div", role="status") == []


@pytest.mark.parametrize("values, fields", [
    ({"name": ""}, ["name"]),
    ({"name": "x" * 101}, ["name"]),
    ({"name": "a\u202eb"}, ["name"]),
    ({"redirect_url": "/relative"}, ["redirect_url"]),
    ({"redirect_url": "http://plain.example/"}, ["redirect_url"]),
    ({"redirect_url": f"{CALLBACK}\n{CALLBACK}"}, ["redirect_url"]),
    ({"redirect_url": "\n".join(f"https://a.example/{n}" for n in range(21))}, ["redirect_url"]),
    ({"description": "x" * 1001}, ["description"]),
    ({"description": "a\x1bb"}, ["description"]),
    ({"name": "", "redirect_url": "/<b>", "description": "x" * 1001}, ["name", "redirect_url", "description"]),
], ids=lambda value: "" if isinstance(value, list) else " ".join(value))
def test_mistakes(public, values, fields):
    app, _, client = public
    before = state_of(app)
    answer = edit(client, app, **values)
    assert answer.status == 422
    alert = answer.page.one("div", role="alert")
    assert [link.get("href") for link in alert.all("a")] == [f"#field-{name}" for name in fields]
    kept = answer.form("name").fields
    for name in ("name", "redirect_url", "description"):
        control = answer.page.one("input", "textarea", id=f"field-{name}")
        assert control.get("aria-invalid") == ("true" if name in fields else "false")
        assert (f"{name}-error" in control.get("aria-describedby").split()) == (name in fields)
        assert bool(answer.page.all("p", id=f"{name}-error")) == (name in fields)
        if name in values:
            assert kept[name] == values[name]
    assert state_of(app) == before and acts(app) == []


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_66_hostile_text(member, text):
    user, client = member
    app = make_app(user, name="Plain")
    for field in ("name", "description"):
        answer = edit(client, app, **{field: text})
        assert answer.status in (303, 400, 422)
        if answer.status == 303:
            assert row_of(app)[field] == text
        elif answer.status == 422:
            assert answer.form("name").fields[field] == text
        for path in ("", "edit", "secret", "delete", "transfer"):
            page = client.get(f"/app/{app.app_id}/{path}")
            assert page.status == 200 and page.page.all("script", "img") == []
        assert client.get("/app/").page.all("script", "img") == []
    assert one("SELECT count(*) FROM app WHERE owner_id = %s", user.id) == 1


def test_66_too_much_is_refused(member):
    user, client = member
    app = make_app(user)
    before = state_of(app)
    for field in ("name", "description", "redirect_url"):
        assert client.post(f"/app/{app.app_id}/edit", {"name": "x", field: "x" * 2**20}).status == 413
    assert state_of(app) == before


# ---- what a change of redirect URLs does to those who are signing in ----

def test_a_new_redirect_url_asks_again(public):
    app, _, client = public
    user = make_user()
    browser = signed_in(user)
    tokens = tokens_for(browser, app)
    new = "https://new.example/cb"
    edit(client, app, redirect_url=f"{CALLBACK} {OTHER} {new}")
    assert api(tokens["access_token"]).status == 200
    assert not is_consent(authorize(browser, app))
    answer = authorize(browser, app, redirect_uri=new)
    assert is_consent(answer)
    assert oauth.place_of(oauth.consent(browser, answer)) == new


def test_a_removed_redirect_url_ends_codes_not_tokens(public):
    app, _, client = public
    user = make_user()
    browser = signed_in(user)
    tokens = tokens_for(browser, app)
    kept, lost = code_for(browser, app), code_for(browser, app, redirect_uri=OTHER)
    edit(client, app, redirect_url=CALLBACK)
    assert api(tokens["access_token"]).status == 200
    assert oauth.refresh(app, tokens["refresh_token"]).status == 200
    answer = exchange(app, lost, redirect_uri=OTHER)
    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")
    assert exchange(app, kept).status == 200
    assert authorize(browser, app, redirect_uri=OTHER).status == 400
    assert permissions(user, app)[0]["redirect_urls"] == [CALLBACK]
    # Back again it is a new one.
    edit(client, app, redirect_url=f"{CALLBACK} {OTHER}")
    assert not is_consent(authorize(browser, app))
    assert is_consent(authorize(browser, app, redirect_uri=OTHER))


def test_a_code_of_a_loopback_with_a_port(member):
    user, client = member
    app = make_public(user, redirect_urls=(oauth.LOOPBACK, CALLBACK))
    browser = signed_in(make_user())
    used = "http://127.0.0.1:51004/callback"
    lost = code_for(browser, app, redirect_uri=used)
    edit(client, app, redirect_url=CALLBACK)
    assert exchange(app, lost, redirect_uri=used).json["error"] == "invalid_grant"


def test_other_words_end_nothing(public):
    app, _, client = public
    browser = signed_in(make_user())
    tokens, code = tokens_for(browser, app), code_for(browser, app)
    edit(client, app, name="Another", description="Other", redirect_url=f"{CALLBACK} {OTHER} https://third.example/")
    assert api(tokens["access_token"]).status == 200 and exchange(app, code).status == 200
    assert not is_consent(authorize(browser, app))


# ---- level and type ----

def level_of(token):
    return api(token, callgate.API + "/user/oauth/session/").json["level"]


def test_all_is_given_back_at_once(member):
    user, client = member
    app = make_app(user, level="all")
    sql("UPDATE app SET level_until = now() + interval '1 day' WHERE app_id = %s", app.app_id)
    token = make_token(app)
    answer = client.get(f"/app/{app.app_id}/edit")
    assert set(answer.form("level").choices["level"]) == {"all", "call_api"}
    assert answer.form("level").fields["level"] == "all"
    assert edit(client, app).status == 303 and row_of(app)["level"] == "all"
    assert edit(client, app, level="call_api").status == 303
    row = row_of(app)
    assert (row["level"], row["level_until"], row["generation"]) == ("call_api", None, 1)
    callgate.wait_for(lambda: api(token, callgate.API + "/extension/1/", "DELETE").status == 403,
                      "the token has Call API alone")
    assert "level" not in client.get(f"/app/{app.app_id}/edit").form("name").choices
    (detail,) = [detail for act, detail in acts(app, user) if act == "app.set"]
    assert (detail["before"]["level"], detail["after"]["level"]) == ("all", "call_api")


def test_it_is_kept_in_a_form_that_comes_back(member):
    user, client = member
    app = make_app(user, level="all")
    answer = edit(client, app, name="", level="call_api")
    assert answer.status == 422 and answer.form("level").fields["level"] == "call_api"
    assert row_of(app)["level"] == "all"


EXTRA = {"level": "all", "type": "password_credentials", "owner": "admin", "owner_id": "1", "owner_login": "admin",
         "status": "disabled", "native": "1", "api_backend": "1", "generation": "9", "app_id": "f" * 32,
         "level_until": "2999-12-31", "created_by_app": "1", "form_key": "x", "id": "1"}


def test_65_more_fields_than_the_form_has(member):
    user, client = member
    app = make_app(user, name="Kept", status="disabled")
    before = row_of(app)
    assert edit(client, app, name="Changed", **EXTRA).status == 303
    assert row_of(app) == {**before, "name": "Changed"}
    callgate.make_admin()
    for path, names in ((f"/app/{app.app_id}/secret", ["round"]),):
        assert client.submit(client.get(path), names, EXTRA).status == 200
    after = row_of(app)
    assert after == {**before, "name": "Changed", "secret_round": 1}
    assert client.post(f"/app/{app.app_id}/end", {"act": "tokens", **EXTRA}).status == 303
    assert row_of(app) == {**after, "generation": 2}


def test_65_a_field_twice(member):
    user, client = member
    app = make_app(user)
    before = state_of(app)
    answer = client.post(f"/app/{app.app_id}/edit", [("name", "a"), ("name", "b")])
    assert answer.status == 400 and state_of(app) == before


# ---- the page ----

def test_links_of_the_page(member):
    user, client = member
    app = make_app(user)
    base = f"/app/{app.app_id}/"
    links = {link.text: link.get("href") for link in client.get(base).page.one("main").all("a")}
    assert {name: links[name] for name in ("Edit", "Usage", "Refused requests", "Ask for All",
                                           "Make a new App secret", "Hand it over", "Delete")} == {
        "Edit": base + "edit", "Usage": base + "usage", "Refused requests": base + "refusals",
        "Ask for All": base + "request-level", "Make a new App secret": base + "secret",
        "Hand it over": base + "transfer", "Delete": base + "delete"}
    sql("UPDATE app SET level = 'all' WHERE app_id = %s", app.app_id)
    assert "Ask for All" not in client.get(base).text


def test_until_when_all_lasts(member):
    user, client = member
    app = make_app(user, level="all")
    sql("UPDATE app SET level_until = '2999-12-31 18:00Z' WHERE app_id = %s", app.app_id)
    assert "2999" in client.get(f"/app/{app.app_id}/").page.text
    sql("UPDATE app SET level_until = now() - interval '1 hour' WHERE app_id = %s", app.app_id)
    assert "Ask for All" in client.get(f"/app/{app.app_id}/").text


def test_end_its_tokens(public):
    app, user, client = public
    other = make_user()
    browser = signed_in(other)
    tokens, code = tokens_for(browser, app), code_for(browser, app)
    answer = client.submit(client.get(f"/app/{app.app_id}/"), ["act"])
    assert answer.location == f"/app/{app.app_id}/?done=tokens"
    assert "All its tokens have ended." in client.follow(answer).page.text
    assert api(tokens["access_token"]).status == 401
    assert oauth.refresh(app, tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert exchange(app, code).json["error"] == "invalid_grant"
    # What users have allowed stands.
    assert not is_consent(authorize(browser, app))
    assert api(tokens_for(browser, app)["access_token"]).status == 200
    assert acts(app, user) == [("app.tokens.end", {})]


@pytest.mark.parametrize("act", ["", "disable", "delete", "x"])
def test_an_owner_ends_nothing_else_there(member, act):
    user, client = member
    app = make_app(user)
    before = state_of(app)
    assert client.post(f"/app/{app.app_id}/end", {"act": act}).status == 422
    assert state_of(app) == before and acts(app) == []


# ---- delete ----

def test_delete(member):
    user, client = member
    app = make_public(user, name="Gone <b>")
    browsers = [signed_in(make_user()) for _ in range(3)]
    tokens = [tokens_for(browser, app) for browser in browsers]
    page = client.get(f"/app/{app.app_id}/delete")
    told = {node.one("dt").text: node.one("dd").text for node in page.page.one("dl").all("div")}
    assert told["Users who allow it to act for them"] == "3" and "Gone <b>" in page.page.text
    answer = client.submit(page, ["name"], {"name": "Gone <b>"})
    assert answer.location == "/app/" and app.app_id not in client.follow(answer).text
    assert client.get(f"/app/{app.app_id}/").status == 404
    assert [api(each["access_token"]).status for each in tokens] == [401] * 3
    assert oauth.refresh(app, tokens[0]["refresh_token"]).json["error"] == "invalid_client"
    assert [act for act, _ in acts(app, user)] == ["app.delete"]


@pytest.mark.parametrize("typed", ["", "Exact", "exact name ", "Exact Name", "exact  name", "%", "x" * 3000])
def test_delete_wants_the_name(member, typed):
    user, client = member
    app = make_app(user, name="exact name 2")
    answer = client.submit(client.get(f"/app/{app.app_id}/delete"), ["name"], {"name": typed})
    assert answer.status == 422 and row_of(app)
    assert answer.page.one("p", id="name-error").text and answer.page.one("div", role="alert")
    assert answer.form("name").fields["name"] == typed.strip()
    answer = client.submit(answer, ["name"], {"name": "  exact name 2"})
    assert answer.location == "/app/"


def test_delete_counts_what_holds_only(member):
    user, client = member
    app = make_public(user)
    for _ in range(2):
        oauth.permit(make_user(), app)
    sql("UPDATE permission SET generation = 0 WHERE id = (SELECT max(id) FROM permission WHERE app = %s)",
        oauth.id_of(app))
    assert "Users who allow it to act for them1" in client.get(f"/app/{app.app_id}/delete").page.one("dl").raw.replace(
        "\n", "")


# ---- an act of who was the owner a moment ago ----

LATE = {"edit": {"name": "Late", "redirect_url": "", "description": ""}, "secret": {"round": "0", "overlap": "0"},
        "secret/remove": {}, "delete": {"name": "Given away"}, "transfer": {}, "end": {"act": "tokens"}}


@pytest.mark.parametrize("rest", LATE)
def test_nothing_is_done_to_what_becomes_somebody_elses(rest):
    """The page has still seen the owner; the statement waits, and finds another one."""
    number = tenant()
    giver, taker = boss_of(number), boss_of(number)
    app = make_app(giver, name="Given away")
    callgate.keep(callgate.run_fine("app", "secret", app.app_id, "--overlap=7").strip())
    sql("UPDATE app SET secret_round = 0 WHERE app_id = %s", app.app_id)
    old = one("SELECT min(s.id) FROM app_secret s JOIN app a ON a.id = s.app WHERE app_id = %s", app.app_id)
    fields = {**LATE[rest], "secret_id": old, "login": taker.login}
    client, expected = signed_in(giver), state_of(app)
    expected["app"]["owner_id"] = taker.id
    with contextlib.closing(psycopg2.connect(os.environ["DATABASE_URL"])) as other, \
            concurrent.futures.ThreadPoolExecutor(1) as pool:
        with other.cursor() as cursor:
            cursor.execute("UPDATE app SET owner_id = %s WHERE app_id = %s", (taker.id, app.app_id))
        waiting = pool.submit(client.post, f"/app/{app.app_id}/{rest}", fields)
        callgate.wait_for(lambda: sql("SELECT pid FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))",
                                      other.get_backend_pid()), "the act waits for the row")
        other.commit()
        assert waiting.result().status == 404
    assert state_of(app) == expected and acts(app, giver) == []


def test_only_what_a_browser_alone_can_do_is_tried_in_it(member):
    """A native application has a challenge to send, a disabled one gets nothing, others have no such way."""
    user, client = member

    def tried(app):
        links = [link.get("href") for link in client.get(f"/app/{app.app_id}/").page.all("a")]
        return [link for link in links if "/oauth/authorize?" in link]

    (link,) = tried(make_public(user))
    assert link.startswith(callgate.URL + "/oauth/authorize?response_type=code&client_id=")
    for app in (make_public(user, native=True), make_public(user, status="disabled"),
                make_app(user), make_app(user, type="password_credentials")):
        assert tried(app) == []
