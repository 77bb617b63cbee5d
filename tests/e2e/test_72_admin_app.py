# test_72_admin_app.py - administrators look after everybody's applications: search, one's page, changes
# with what they would end in view, revoking all tokens, deleting; and what nobody uses is disabled.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import datetime
import os

import pytest

import callgate
from callgate import (API, api, audit_rows, fresh, make_admin, make_app, make_token, make_user, one, run_fine,
                      signed_in, sql, token_request, wait_for)
from oauth import code_for, credentials, make_public, parameters, place_of, refresh, target, tokens_for

QUEUE, READ = API + "/extension/7/queue/", API + "/client/@me/record/"


@pytest.fixture(scope="module")
def admin():
    return signed_in(make_admin())


def soon(token, status, target=QUEUE, method="PUT"):
    """Each worker of the gate is told of a change (test_65_gate_freshness.py says how soon)."""
    return wait_for(lambda: api(token, target, method).status == status, f"{method} {target} is answered {status}")


def row_of(app):
    (row,) = sql("SELECT * FROM app WHERE app_id = %s", app.app_id)
    return row


def page_of(app):
    return f"/admin/app/{app.app_id}/"


def change(client, app, **fields):
    return client.post(page_of(app), fields)


def changed(answer, app):
    assert answer.location == page_of(app), answer


def audit(app, act="app.set"):
    return [row["detail"] for row in audit_rows(act=act, object_kind="app", object_id=app.app_id)]


def used(app, rule, method, count=1, days=1):
    """As the gate counts what passes."""
    sql("INSERT INTO usage_hour (app, hour, method, rule, passed)"
        " SELECT id, now() - %s * interval '1 day', %s, %s, %s FROM app WHERE app_id = %s", days, method, rule, count,
        app.app_id)


# ---- searching ----

def found(administrator, **query):
    answer = administrator.get("/admin/app/?" + callgate.urlencode(query))
    assert answer.status == 200, answer
    return [node.text for node in answer.page.all("th", scope="row")]


@pytest.fixture(scope="module")
def crowd():
    """An owner and a client of their own, with applications of every kind."""
    client_id = 1000000 + int.from_bytes(os.urandom(3), "big")
    word = fresh("crowd")
    owner = make_user(client_id=client_id, tenant_id=client_id)
    other = make_user(client_id=None, extension_id=5, tenant_id=client_id)
    make_app(owner, name=f"{word} Plain")
    make_app(owner, name=f"{word} 100% sure", level="all")
    make_app(owner, name=f"{word} Public_one", type="public")
    make_app(other, name=f"{word} Other's", type="password_credentials", status="disabled")
    old = make_app(owner, name=f"{word} Old")
    sql("UPDATE app SET created_at = now() - interval '100 days', last_used_at = now() - interval '40 days'"
        " WHERE app_id = %s", old.app_id)
    return word, owner, other, client_id, old


def test_search(admin, crowd):
    word, owner, other, client_id, old = crowd

    def tails(**query):
        return [name.removeprefix(word + " ") for name in found(admin, **query)]

    everything = ["Old", "Other's Disabled", "Public_one", "100% sure", "Plain"]
    assert tails(name=word) == everything
    assert tails(name=word.upper()) == everything
    assert tails(name=word + " pub") == ["Public_one"]
    # What means something in a pattern, or in SQL, is what it is.
    assert tails(name="100% sure", owner=owner.login) == ["100% sure"]
    assert tails(name="100_ sure", owner=owner.login) == tails(name="%", owner=other.login) == []
    assert tails(name="_", owner=owner.login) == ["Public_one"] and tails(name="\\", owner=owner.login) == []
    assert tails(name="other's", client=client_id) == ["Other's Disabled"]
    assert tails(name=old.app_id) == ["Old"] and tails(name="0" * 32) == []
    assert tails(owner=owner.login) == ["Old", "Public_one", "100% sure", "Plain"]
    assert tails(owner=other.login) == ["Other's Disabled"] and tails(owner="nobody") == []
    assert tails(client=client_id) == everything and tails(client=999999999) == []
    assert tails(client=client_id, type="password_credentials") == ["Other's Disabled"]
    assert tails(client=client_id, level="all") == ["100% sure"]
    assert tails(owner=owner.login, type="trusted", level="call_api") == ["Old", "Plain"]
    assert tails(client=client_id, unused=30) == ["Old"] and tails(client=client_id, unused=41) == []
    assert tails(name=word, owner=other.login, client=client_id, type="public") == []


def test_all_that_has_fallen_back_is_call_api(admin, crowd):
    app = make_app(crowd[1], name=fresh("Fallen"), level="all")
    sql("UPDATE app SET level_until = now() - interval '1 minute' WHERE app_id = %s", app.app_id)
    name = row_of(app)["name"]
    assert found(admin, name=name, level="call_api") == [name] and found(admin, name=name, level="all") == []
    sql("DELETE FROM app WHERE app_id = %s", app.app_id)


@pytest.mark.parametrize("query", ["client=x", "client=-1", "unused=x", "unused=36501", "type=x", "level=x", "before=x"])
def test_a_search_that_means_nothing(admin, query):
    answer = admin.get("/admin/app/?" + query)
    assert answer.status == 422 and answer.page.one("div", role="alert") and not answer.page.all("table")


def test_search_pages(admin):
    word, user = fresh("paged"), make_user()
    for number in range(55):
        make_app(user, name=f"{word} {number:02}")
    pages, place = [], f"/admin/app/?name={word}&type=trusted&owner=&client=&level=&unused="
    while place:
        answer = admin.get(place)
        pages.append([node.text for node in answer.page.all("th", scope="row")])
        place = next((node.get("href") for node in answer.page.all("a") if node.text == "Next page"), None)
    names = sum(pages, [])
    assert [len(page) for page in pages] == [50, 5] and names == [f"{word} {n:02}" for n in reversed(range(55))]


# ---- one's page ----

def test_everything_about_it(admin):
    user = make_user()
    app = make_app(user, name="Looked at", type="public", description="It does\nthings",
                   redirect_urls=["https://a.example/cb"])
    sql("INSERT INTO level_request (app, user_id, reason) VALUES (%s, %s, 'x')", row_of(app)["id"], user.id)
    used(app, "/user/", "GET", 7)
    answer = admin.get(page_of(app))
    text = answer.page.text
    for word in ("Looked at", app.app_id, user.login, "12", "Public", "Call API", "Active", "https://a.example/cb",
                 "It does things", "GET /user/", "It asks for All"):
        assert word in text, word
    number = one("SELECT id FROM level_request WHERE app = %s", row_of(app)["id"])
    assert f"/admin/request/{number}/" in answer.text
    assert app.secret not in answer.text


ACTS = [("", {"level": "all"}), ("", {"status": "disabled"}), ("", {"owner": "x", "sure": "1"}),
        ("", {"type": "password_credentials", "sure": "1"}), ("", {"api_backend": "yes"}), ("revoke", {}),
        ("delete", {"name": "Theirs"})]


@pytest.mark.parametrize("user", ["the owner", "same client", "another client", "stranger"])
def test_64_for_administrators_alone(user):
    owner = make_user()
    app = make_app(owner, name="Theirs")
    before = row_of(app)
    client = {"the owner": lambda: signed_in(owner), "same client": lambda: signed_in(make_user()),
              "another client": lambda: signed_in(make_user(client_id=13, tenant_id=13)),
              "stranger": callgate.Client}[user]()
    answers = [client.get("/admin/app/"), client.get(page_of(app))]
    answers += [client.post(page_of(app) + tail, fields) for tail, fields in ACTS]
    if user == "stranger":
        assert all(answer.location.startswith("/login") for answer in answers)
    else:
        assert {answer.status for answer in answers} == {403}
    assert row_of(app) == before


@pytest.mark.parametrize("word", ["0" * 32, "x", "A" * 32, "a%20b"])
def test_applications_that_are_not_there(admin, word):
    assert admin.get(f"/admin/app/{word}/").status == 404
    for tail, fields in ACTS:
        assert admin.post(f"/admin/app/{word}/{tail}", fields).status == 404


def test_forms_of_other_sites(admin):
    app = make_app(make_user(), name="Theirs")
    before = row_of(app)
    headers = {"Origin": "https://attacker.example", "Sec-Fetch-Site": "cross-site"}
    for tail, fields in ACTS:
        assert admin.post(page_of(app) + tail, fields, headers).status == 403
    assert row_of(app) == before


def test_66_hostile_words_are_words(admin):
    text = "<script>alert(1)</script>{{app.app_id}}'--"
    app = make_app(make_user(), name=text, description=text, level="all")
    for answer in (admin.get(page_of(app)), admin.get("/admin/app/?" + callgate.urlencode({"name": text})),
                   change(admin, app, level="call_api"), change(admin, app, owner=text)):
        assert answer.status == 200 and text in answer.page.text and not answer.page.all("script")


# ---- level ----

def test_raising_directly(admin):
    app = make_app(make_user())
    token = make_token(app)
    soon(token, 403)
    changed(change(admin, app, level="all", until="2999-12-31"), app)
    soon(token, 200)
    assert row_of(app)["level_until"] == datetime.datetime(3000, 1, 1, tzinfo=datetime.timezone.utc)
    (detail,) = audit(app)
    assert detail["before"]["level"] == "call_api" and detail["after"]["level"] == "all"
    changed(change(admin, app, level="all", until=""), app)
    assert row_of(app)["level_until"] is None


@pytest.mark.parametrize("until", ["2020-01-01", "soon", "2999-02-30"])
def test_until_is_a_day_to_come(admin, until):
    app = make_app(make_user())
    answer = change(admin, app, level="all", until=until)
    assert answer.status == 422 and answer.page.one(id="until-error").text
    assert answer.form("until").fields["until"] == until
    assert row_of(app)["level"] == "call_api"


def test_lowering_shows_first_what_it_would_have_refused(admin):
    app = make_app(make_user(), level="all")
    token = make_token(app)
    used(app, "/extension/{}/queue/", "PUT", 5)
    used(app, "/extension/{}/queue/", "PUT", 9, days=29)
    used(app, "/extension/{}/event/", "POST", 3)
    used(app, "/client/{client}/record/", "GET", 120)
    used(app, "-", "PUT", 2)
    used(app, "-", "GET", 4)
    used(app, "/extension/{}/ivr/", "PUT", 1, days=31)
    answer = change(admin, app, level="call_api")
    assert answer.status == 200 and row_of(app)["level"] == "all"
    rows = {row.one("th").text: row.one("td").text for row in answer.page.all("tr") if row.all("td")}
    assert rows == {"PUT /extension/{}/queue/": "14", "PUT a path without a rule": "2"}
    soon(token, 200)
    changed(admin.submit(answer, ["sure"]), app)
    assert row_of(app)["level"] == "call_api"
    soon(token, 403)


def test_lowering_what_needs_no_all(admin):
    app = make_app(make_user(), level="all")
    used(app, "/client/{client}/record/", "GET", 120)
    answer = change(admin, app, level="call_api")
    assert "Nothing that passed" in answer.page.text and not answer.page.all("tr")
    # What is as it was already needs no look.
    changed(admin.submit(answer, ["sure"]), app)
    changed(change(admin, app, level="call_api"), app)
    assert len(audit(app)) == 1


def test_70_an_old_sign_in_raises_nothing():
    user = make_admin()
    client = signed_in(user)
    sql("UPDATE session SET proved_at = now() - interval '16 minutes' WHERE user_id = %s", user.id)
    app = make_app(make_user())
    other = make_user()
    for fields in ({"level": "all"}, {"type": "password_credentials", "sure": "1"}, {"api_backend": "yes"},
                   {"owner": other.login, "sure": "1"}):
        answer = change(client, app, **fields)
        form = answer.form("confirm_password")
        assert answer.status == 200 and all(form.fields[name] == value for name, value in fields.items())
    row = row_of(app)
    assert (row["level"], row["type"], row["api_backend"], row["generation"]) == ("call_api", "trusted", False, 1)
    # Lowering and ending ask for nothing.
    changed(change(client, app, status="disabled"), app)
    assert client.post(page_of(app) + "revoke").location == page_of(app)
    answer = change(client, app, level="all")
    changed(client.post(page_of(app), {**answer.form("confirm_password").fields, "confirm_password": user.password}), app)
    assert row_of(app)["level"] == "all"


# ---- type, owner, status, back-end ----

@pytest.mark.parametrize("field", ["type", "owner"])
def test_another_type_or_owner(admin, field):
    user, other = make_user(), make_user()
    app = make_app(user, level="all")
    token = make_token(app)
    value = other.login if field == "owner" else "password_credentials"
    answer = change(admin, app, **{field: value})
    assert answer.status == 200 and "new App secret" in answer.page.text and row_of(app)["generation"] == 1
    changed(admin.submit(answer, ["sure", field]), app)
    row = row_of(app)
    assert (row["generation"], row["level"]) == (2, "call_api")
    assert row["owner_id" if field == "owner" else "type"] == (other.id if field == "owner" else value)
    soon(token, 401, READ, "GET")
    assert one("SELECT count(*) FROM app_secret WHERE app = %s", row["id"]) == 0


def test_an_owner_that_is_not_there(admin):
    app = make_app(make_user())
    answer = change(admin, app, owner="nobody-of-this-name", sure="1")
    assert answer.status == 422 and answer.page.one(id="owner-error").text
    assert answer.form("owner").fields["owner"] == "nobody-of-this-name"


def test_disabling_and_enabling(admin):
    app = make_app(make_user())
    token = make_token(app)
    changed(change(admin, app, status="disabled"), app)
    soon(token, 401, READ, "GET")
    assert "is disabled" in admin.get(page_of(app)).page.text
    changed(change(admin, app, status="active"), app)
    soon(token, 200, READ, "GET")
    assert row_of(app)["enabled_at"] is not None


def test_the_api_back_end(admin):
    app, native = make_app(make_user()), make_app(make_user(), type="public", native=True)
    changed(change(admin, app, api_backend="yes"), app)
    assert row_of(app)["api_backend"] is True
    changed(change(admin, app, api_backend="no"), app)
    assert row_of(app)["api_backend"] is False
    answer = change(admin, native, api_backend="yes")
    assert answer.status == 422 and "no App secret" in answer.page.one(id="api_backend-error").text


def test_a_form_changes_what_it_is_about(admin):
    """Nothing else, whatever another administrator did while the page was open."""
    app = make_app(make_user(), level="all", name="Kept")
    changed(change(admin, app, status="disabled", name="x", generation="7", app_id="0" * 32, created_by_app="1"), app)
    row = row_of(app)
    assert (row["status"], row["level"], row["name"], row["generation"]) == ("disabled", "all", "Kept", 1)
    assert change(admin, app, status="gone").status == change(admin, app, level="ALL").status == 422
    assert admin.post(page_of(app), [("level", "call_api"), ("level", "all")]).status == 400


# ---- all tokens ----

def test_revoking_all_tokens(admin):
    user = make_user()
    app, trusted = make_public(user), make_app(user)
    by_password = make_app(make_admin(), type="password_credentials")
    client = signed_in(user)
    tokens, code, own = tokens_for(client, app), code_for(client, app), make_token(trusted)
    held = token_request({"grant_type": "password", "username": user.login, "password": user.password,
                          **credentials(by_password)}).json
    for token in (tokens["access_token"], own, held["access_token"]):
        assert api(token, READ).status == 200  # the gate remembers it from now on
    for one_app in (app, trusted, by_password):
        assert admin.post(page_of(one_app) + "revoke").location == page_of(one_app)
    for token in (tokens["access_token"], own, held["access_token"]):
        soon(token, 401, READ, "GET")
        soon(token, 401, API + "/user/", "GET")
    assert refresh(app, tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert refresh(by_password, held["refresh_token"]).json["error"] == "invalid_grant"
    answer = token_request({"grant_type": "authorization_code", "code": code, "redirect_uri": "", **credentials(app)})
    assert answer.json["error"] == "invalid_grant"
    # Secrets and consents stay: new ones come without anybody's doing.
    assert api(make_token(trusted)).status == 200
    assert one("SELECT count(*) FROM permission WHERE user_id = %s", user.id) == 1
    assert place_of(client.get(target(parameters(app)))) == app.redirect_url
    assert audit(app, "app.tokens.end") == audit(trusted, "app.tokens.end") == [{}]


def test_revoking_from_the_shell():
    app = make_app(make_user())
    token = make_token(app)
    assert run_fine("app", "revoke", app.app_id) == ""
    soon(token, 401, READ, "GET")
    assert api(make_token(app)).status == 200
    answer = callgate.run("app", "revoke", "0" * 32)
    assert answer.returncode == 3 and "no application" in answer.stderr


# ---- deleting ----

@pytest.mark.parametrize("typed", ["", "Typed nam", "typed name", "Typed name x"])
def test_deleting_wants_the_name(admin, typed):
    app = make_app(make_user(), name="Typed name")
    answer = admin.post(page_of(app) + "delete", {"name": typed})
    assert answer.status == 422 and answer.page.one(id="name-error").text and row_of(app)


def test_deleting(admin):
    app = make_app(make_user(), name="Typed name")
    token = make_token(app)
    assert admin.post(page_of(app) + "delete", {"name": "Typed name "}).location == "/admin/app/"
    soon(token, 401, READ, "GET")
    assert sql("SELECT 1 FROM app WHERE app_id = %s", app.app_id) == []
    assert len(audit(app, "app.delete")) == 1 and admin.get(page_of(app)).status == 404


# ---- what nobody uses ----

def unused_app(days, **columns):
    app = make_app(columns.pop("owner", None) or make_user(), **columns)
    sql("UPDATE app SET created_at = now() - interval '1000 days', last_used_at = now() - %s * interval '1 day'"
        " WHERE app_id = %s", days, app.app_id)
    return app


def test_unused_is_shown(admin):
    user = make_user()
    app, lately = unused_app(181, owner=user, name=fresh("Unused")), unused_app(179, owner=user)
    client = signed_in(user)
    badges = [row.one("th").text for row in client.get("/app/").page.all("tr") if "Nobody has used" in row.text]
    assert badges == [row_of(app)["name"]]
    assert "Nobody has used" in client.get(f"/app/{app.app_id}/").page.text
    assert "Nobody has used" not in client.get(f"/app/{lately.app_id}/").page.text
    assert "Unused" in admin.get(page_of(app)).page.one("dl").text
    link = [node.get("href") for node in admin.get("/admin/").page.all("a") if "nobody uses" in node.text]
    assert link == ["/admin/app/?unused=180"] and f"{row_of(app)['name']} Unused" in found(admin, unused=180, owner=user.login)
    # A token is a use.
    make_token(app)
    assert "Nobody has used" not in client.get("/app/").page.text


def test_unused_says_when_it_is_disabled():
    user = make_user()
    app = unused_app(200, owner=user)
    cookie = {"Cookie": f"{callgate.COOKIE}={signed_in(user).cookies[callgate.COOKIE]}"}
    with callgate.Server(CALLGATE_APP_UNUSED_DISABLE="365 d", CALLGATE_SERVER_WORKERS="1") as server:
        text = server.send("GET", f"/app/{app.app_id}/", headers=cookie).page.text
        day = one("SELECT to_char(last_used_at + interval '365 days', 'YYYY-MM-DD') FROM app WHERE app_id = %s",
                  app.app_id)
        assert "it is disabled after " + day in text
    with callgate.Server(CALLGATE_APP_UNUSED_WARN="0 d", CALLGATE_SERVER_WORKERS="1") as server:
        assert "Nobody has used" not in server.send("GET", f"/app/{app.app_id}/", headers=cookie).page.text


DISABLE = {"CALLGATE_APP_UNUSED_DISABLE": "2000 d"}


def test_unused_is_disabled():
    made = "UPDATE app SET created_at = now() - interval '3000 days' WHERE app_id = %s"
    gone, kept, backend, enabled = unused_app(2001), unused_app(1999), unused_app(2001, api_backend=True), unused_app(2001)
    for app in (gone, kept, backend, enabled):
        sql(made, app.app_id)
    # Enabled again counts as a use.
    run_fine("app", "set", enabled.app_id, "--status=disabled")
    run_fine("app", "set", enabled.app_id, "--status=active")
    assert "unused" not in run_fine("purge")
    assert row_of(gone)["status"] == "active"
    assert "unused applications: disabled 1" in run_fine("purge", env=DISABLE)
    assert [row_of(app)["status"] for app in (gone, kept, backend, enabled)] == ["disabled"] + ["active"] * 3
    (row,) = audit_rows(act="app.disable_unused", object_id=gone.app_id)
    assert (row["actor_login"], row["actor_id"], row["detail"]["after"]) == ("callgate", None, {"status": "disabled"})
    assert token_request({"grant_type": "client_credentials", **credentials(gone)}).status == 401


def test_workers_disable_what_is_unused():
    """No cron: a worker's tick does it."""
    app = unused_app(2001)
    sql("UPDATE app SET created_at = now() - interval '3000 days' WHERE app_id = %s", app.app_id)
    # Workers look once in a while, from a time of their own on: one of many does so soon.
    with callgate.Server(CALLGATE_SERVER_WORKERS="12", **DISABLE):
        wait_for(lambda: row_of(app)["status"] == "disabled", "it is disabled")
