# test_74_admin_user.py - users as administrators see them: found, added, changed, blocked; passwords
# reset, sessions and tokens ended; and the last administrator stays, whoever is asked at once.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import concurrent.futures
import json
import re
import secrets
from urllib.parse import quote, urlencode

import pytest

import callgate
from callgate import (Client, api, audit_rows, fresh, keep, make_admin, make_app, make_token, make_user, one,
                      really_signed_in, run, run_fine, signed_in, sql)
from oauth import code_for, exchange, make_public, refresh, tokens_for

ADD = {"login": "", "name": "Ann Example", "email": "ann@example.net", "timezone": "Europe/Moscow",
       "access": "full", "client_id": "12"}
HOSTILE = '<script>alert(1)</script>"\'&{{t.login.title}}%s'


@pytest.fixture
def admin():
    return signed_in(make_admin())


def row_of(login):
    (row,) = sql("SELECT * FROM pbx_user WHERE login = %s", login)
    return row


def page_of(user):
    return f"/admin/user/{user.login}/"


def shown_password(answer):
    assert answer.status == 200, answer
    password = answer.page.one("input", id="new-password").get("value")
    assert re.fullmatch(r"[0-9A-Za-z]{20}", password)
    keep(password)
    return password


def form_of(client, user):
    """What the page's form would send, nothing changed."""
    return client.get(page_of(user)).form("status", "access").fields


def errors_of(answer):
    assert answer.status == 422, answer
    return {node.get("id").removesuffix("-error"): node.text for node in answer.page.all("p", class_="error")}


# ---- the list ----

def listed(client, **query):
    answer = client.get("/admin/user/?" + urlencode(query))
    assert answer.status == 200, answer
    return [node.text for node in answer.page.all("th", scope="row")]


def test_the_list_is_found_by_any_part(admin):
    word = secrets.token_hex(6)
    by_login = make_user(login=f"x{word}y")
    by_name = make_user(name=f"Anna {word.upper()} Smith")
    by_email = make_user(email=f"q.{word}@example.net")
    make_user(name="somebody else")
    assert set(listed(admin, q=word)) == {by_login.login, by_name.login, by_email.login}
    assert listed(admin, q=f"x{word.upper()}Y") == [by_login.login]
    assert listed(admin, q=word + "nothing") == []


@pytest.mark.parametrize("text", ["%", "_", "\\", "%%%"])
def test_what_like_takes_for_a_pattern_is_text(admin, text):
    word = secrets.token_hex(6)
    found = make_user(name=f"{word}{text}")
    make_user(name=f"{word}abc")
    assert listed(admin, q=word + text) == [found.login]


def test_the_list_by_tenant_and_state(admin):
    tenant = secrets.randbelow(10**9) + 10**6
    def user(**columns):
        return make_user(**{"client_id": tenant, "tenant_id": tenant, **columns}).login

    plain, blocked = user(), user(status="blocked")
    must = user(must_change_password=True)
    chief = make_user(admin=True, client_id=None, tenant_id=tenant).login
    assert set(listed(admin, tenant=tenant)) == {plain, blocked, must, chief}
    assert listed(admin, tenant=tenant, show="blocked") == [blocked]
    assert listed(admin, tenant=tenant, show="must_change") == [must]
    assert listed(admin, tenant=tenant, show="admin") == [chief]
    assert listed(admin, tenant=tenant, show="blocked", q=blocked) == [blocked]
    assert listed(admin, tenant=tenant, show="blocked", q=plain) == []
    assert blocked in listed(admin, show="blocked", after=blocked[:-1])
    assert must in listed(admin, show="must_change", after=must[:-1])


def test_pages_of_the_list(admin):
    tenant = secrets.randbelow(10**9) + 10**6
    prefix = fresh("many")
    sql("INSERT INTO pbx_user (login, client_id, tenant_id) SELECT %s || '.' || to_char(n, 'FM0000'), %s, %s"
        " FROM generate_series(1, 120) n", prefix, tenant, tenant)
    seen, target = [], f"/admin/user/?tenant={tenant}"
    for count in (50, 50, 20):
        answer = admin.get(target)
        names = [node.text for node in answer.page.all("th", scope="row")]
        assert len(names) == count
        seen += names
        (target,) = [node.get("href") for node in answer.page.all("a") if node.text == "Next page"] or [None]
    assert target is None
    assert seen == [f"{prefix}.{n:04}" for n in range(1, 121)]


@pytest.mark.parametrize("query, status", [("tenant=x", 422), ("tenant=-1", 422), ("show=nobody", 404)])
def test_a_list_nobody_can_ask_for(admin, query, status):
    assert admin.get(f"/admin/user/?{query}").status == status


# ---- who may ----

GETS = ["/admin/user/", "/admin/user/add", "/admin/user/import", "/admin/user/{}/", "/admin/audit/",
        "/admin/audit/export?format=csv"]
POSTS = ["/admin/user/add", "/admin/user/import", "/admin/user/{}/set", "/admin/user/{}/password",
         "/admin/user/{}/sessions", "/admin/user/{}/tokens"]
ASKED = [("GET", target) for target in GETS] + [("POST", target) for target in POSTS]


@pytest.mark.parametrize("method, target", ASKED)
def test_64_only_administrators(method, target):
    victim = make_user()
    before, count = row_of(victim.login), one("SELECT count(*) FROM pbx_user")
    target = target.format(victim.login)
    fields = {**ADD, "login": fresh("x"), "status": "blocked", "act": "import", "text": "login,admin\na,yes\n"}
    user = signed_in(victim)
    for client, status in ((user, 403), (Client(), 303)):
        answer = client.post(target, fields) if method == "POST" else client.get(target)
        assert answer.status == status, answer
        assert status == 403 or answer.location.startswith("/login?next=")
    assert user.is_signed_in
    assert row_of(victim.login) == before and one("SELECT count(*) FROM pbx_user") == count


@pytest.mark.parametrize("target", POSTS)
def test_forms_of_other_sites(admin, target):
    victim = make_user()
    answer = admin.post(target.format(victim.login), ADD, {"Origin": "https://evil.example"})
    assert answer.status == 403
    assert row_of(victim.login)["status"] == "active" and audit_rows(object_id=victim.login) == []


@pytest.mark.parametrize("target", POSTS)
def test_66_a_field_of_a_mebibyte(admin, target):
    victim = make_user()
    answer = admin.post(target.format(victim.login), {**ADD, "name": "x" * 1024 * 1024})
    assert answer.status == 413


@pytest.mark.parametrize("login", ["nobody-is-called-so", "%3Cscript%3E", "a%20b", "x" * 3000])
def test_nobody_of_that_login(admin, login):
    assert admin.get(f"/admin/user/{login}/").status == 404
    for act in ("password", "sessions", "tokens"):
        assert admin.post(f"/admin/user/{login}/{act}").status == 404


@pytest.mark.parametrize("login", ["add", "import", "set", "user@example.net", "a+b", "-"])
def test_logins_that_are_words_of_addresses(admin, login):
    sql("DELETE FROM pbx_user WHERE login = %s", login)
    user = make_user(login=login)
    try:
        assert listed(admin, q=login, after="")
        answer = admin.get(page_of(user))
        assert answer.status == 200 and answer.page.one("h1").text == login
        fields = {**form_of(admin, user), "name": "Renamed"}
        assert admin.post(f"/admin/user/{login}/set", fields).status == 303
        assert row_of(login)["name"] == "Renamed"
    finally:
        sql("DELETE FROM pbx_user WHERE login = %s", login)


# ---- adding ----

def test_71_adding_shows_the_password_once(admin):
    login = fresh("new")
    answer = admin.submit(admin.get("/admin/user/add"), ["login", "access", "client_id"],
                          {**ADD, "login": login})
    password = shown_password(answer)
    row = row_of(login)
    assert row["must_change_password"] and not row["admin"]
    assert {name: row[name] for name in ("name", "email", "timezone", "access", "client_id", "tenant_id")} == {
        "name": "Ann Example", "email": "ann@example.net", "timezone": "Europe/Moscow", "access": "full",
        "client_id": 12, "tenant_id": 12}
    assert password not in admin.get(f"/admin/user/{login}/").text
    assert Client().sign_in(login, password).status == 303
    (audit,) = audit_rows(act="user.add", object_id=login)
    assert audit["detail"]["after"]["client_id"] == 12 and audit["detail"]["after"]["must_change_password"]
    assert password not in json.dumps(audit["detail"]) and "hash" not in json.dumps(audit["detail"])
    # Sent again: no second user, no other password.
    assert errors_of(admin.post("/admin/user/add", {**ADD, "login": login})).keys() == {"login"}
    assert row_of(login) == {**row, "password_hash": row_of(login)["password_hash"]}


def test_adding_an_administrator(admin):
    login = fresh("new")
    shown_password(admin.post("/admin/user/add", {**ADD, "login": login, "client_id": "", "admin": "1",
                                                  "tenant_id": "7"}))
    row = row_of(login)
    assert row["admin"] and row["client_id"] is None and row["tenant_id"] == 7


@pytest.mark.parametrize("change, where", [
    ({"login": ""}, "login"), ({"login": "two words"}, "login"), ({"login": "x" * 65}, "login"),
    ({"name": "x" * 251}, "name"), ({"name": "a\u202eb"}, "name"), ({"email": "no address"}, "email"),
    ({"email": "x@" + "y" * 250}, "email"), ({"timezone": "Mars; DROP"}, "timezone"),
    ({"access": "none"}, "access"), ({"access": ""}, "access"), ({"client_id": "x"}, "client_id"),
    ({"client_id": "-1"}, "client_id"), ({"client_id": "0"}, "client_id"), ({"client_id": ""}, "admin"),
    ({"client_id": "9223372036854775808"}, "client_id"), ({"dealer_id": "1"}, "admin"), ({"admin": "1"}, "admin"),
    ({"admin": "yes"}, "admin"), ({"tenant_id": "13"}, "tenant_id")])
def test_adding_badly(shared_admin, change, where):
    _, client = shared_admin
    login = fresh("new")
    answer = client.post("/admin/user/add", {**ADD, "login": login, **change})
    assert errors_of(answer).keys() == {where}
    # What was typed is still there, and the summary leads to the field.
    assert "ann@example.net" in answer.text or "email" in change
    assert f"#field-{where}" in [node.get("href") for node in answer.page.all("a")]
    assert sql("SELECT id FROM pbx_user WHERE login = %s", login) == []


def test_65_nothing_else_is_taken_from_a_form(admin):
    login = fresh("new")
    shown_password(admin.post("/admin/user/add", {
        **ADD, "login": login, "id": "1", "password": "chosen-by-somebody", "password_hash": "$6$x$y",
        "must_change_password": "", "status": "blocked", "created_at": "2000-01-01"}))
    row = row_of(login)
    assert row["must_change_password"] and row["status"] == "active" and row["id"] != 1
    assert row["created_at"].year > 2020
    assert Client().sign_in(login, "chosen-by-somebody").status == 403


def test_a_field_twice(admin):
    count = one("SELECT count(*) FROM pbx_user")
    assert admin.post("/admin/user/add", list(ADD.items()) + [("login", "a"), ("admin", "1"), ("admin", "")]).status == 400
    assert one("SELECT count(*) FROM pbx_user") == count


# ---- changing ----

def test_the_page_shows_and_changes(admin):
    user = make_user(name="Old Name", email="old@example.net")
    fields = form_of(admin, user)
    assert fields["name"] == "Old Name" and fields["client_id"] == "12" and fields["status"] == "active"
    answer = admin.post(f"/admin/user/{user.login}/set", {**fields, "name": "New Name", "access": "read_only",
                                                          "client_id": "", "extension_id": "7",
                                                          "must_change_password": "1"})
    assert answer.location == f"/admin/user/{user.login}/?done=set"
    row = row_of(user.login)
    assert (row["name"], row["access"], row["client_id"], row["extension_id"], row["tenant_id"]) == (
        "New Name", "read_only", None, 7, 12)
    assert row["must_change_password"] and row["password_hash"] is not None
    (audit,) = audit_rows(act="user.set", object_id=user.login)
    assert audit["detail"] == {
        "before": {"name": "Old Name", "access": "full", "client_id": 12, "extension_id": None,
                   "must_change_password": False},
        "after": {"name": "New Name", "access": "read_only", "client_id": None, "extension_id": 7,
                  "must_change_password": True}}
    page = admin.get(answer.location)
    assert "New Name" in page.text and "Extension 7" in page.text and "user.set" in page.text


def test_saving_what_is_there_changes_nothing(admin):
    user = make_user(extra_params=json.dumps({"a": 1}))
    before = row_of(user.login)
    assert admin.post(f"/admin/user/{user.login}/set", form_of(admin, user)).status == 303
    assert row_of(user.login) == before and audit_rows(object_id=user.login) == []


@pytest.mark.parametrize("change, where", [({"status": "gone"}, "status"), ({"status": ""}, "status"),
                                           ({"admin": "1"}, "admin"), ({"email": "x"}, "email")])
def test_changing_badly(admin, change, where):
    user = make_user()
    before = row_of(user.login)
    answer = admin.post(f"/admin/user/{user.login}/set", {**form_of(admin, user), "name": "Typed", **change})
    assert errors_of(answer).keys() == {where} and 'value="Typed"' in answer.text
    assert row_of(user.login) == before


def test_66_hostile_text_is_text(admin):
    user = make_user(name=HOSTILE, email=HOSTILE, timezone=HOSTILE)
    make_app(user, name=HOSTILE)
    for target in (page_of(user), "/admin/user/?q=" + user.login, "/admin/user/?q=" + quote(HOSTILE)):
        answer = admin.get(target)
        assert "<script>alert" not in answer.text and answer.page
    # It is refused when it is typed.
    answer = admin.post(f"/admin/user/{user.login}/set", {**form_of(admin, user), "email": HOSTILE})
    assert answer.status == 422 and "<script>alert" not in answer.text


# ---- ending ----

def test_blocking_ends_sessions_and_tokens(admin):
    user = make_user()
    member, token = really_signed_in(user), make_token(make_app(user))
    app = make_public(make_user())
    tokens = tokens_for(signed_in(user), app)
    assert api(token).status == api(tokens["access_token"]).status == 200
    assert admin.post(f"/admin/user/{user.login}/set", {**form_of(admin, user), "status": "blocked"}).status == 303
    assert not member.is_signed_in
    assert api(token).status == api(tokens["access_token"]).status == 401
    assert one("SELECT count(*) FROM session WHERE user_id = %s", user.id) == 0
    assert "Blocked" in admin.get(page_of(user)).text


def test_70_signing_out_everywhere(admin):
    user = make_user()
    clients = [signed_in(user), signed_in(user)]
    token = make_token(make_app(user))
    answer = admin.post(f"/admin/user/{user.login}/sessions")
    assert answer.location == f"/admin/user/{user.login}/?done=sessions"
    assert not any(client.is_signed_in for client in clients) and api(token).status == 200
    (audit,) = audit_rows(act="user.sessions", object_id=user.login)
    assert audit["detail"] == {"ended": 2} and audit["actor_login"]
    # Nothing more to end, nothing more to tell.
    admin.post(f"/admin/user/{user.login}/sessions")
    assert len(audit_rows(act="user.sessions", object_id=user.login)) == 1


def test_ending_all_tokens(admin):
    user, other = make_user(), make_user()
    client = signed_in(user)
    own, public = make_app(user), make_public(other)
    token, tokens = make_token(own), tokens_for(client, public)
    others = make_token(make_app(other)), tokens_for(signed_in(other), public)["access_token"]
    code = code_for(client, public)
    answer = admin.post(f"/admin/user/{user.login}/tokens")
    assert answer.location == f"/admin/user/{user.login}/?done=tokens"
    assert api(token).status == api(tokens["access_token"]).status == 401
    assert refresh(public, tokens["refresh_token"]).status == 401
    assert exchange(public, code).status == 400
    # Nobody else's; sessions, consents and secrets stay.
    assert [api(token).status for token in others] == [200, 200]
    assert client.is_signed_in and api(make_token(own)).status == 200
    assert one("SELECT count(*) FROM permission WHERE user_id = %s", user.id) == 1
    (audit,) = audit_rows(act="user.tokens", object_id=user.login)
    assert audit["detail"] == {"grants": 1, "apps": [own.app_id]}


def test_resetting_the_password(admin):
    user = make_user()
    member, public = signed_in(user), make_public(make_user())
    tokens = tokens_for(member, public)
    answer = admin.post(f"/admin/user/{user.login}/password")
    password = shown_password(answer)
    assert row_of(user.login)["must_change_password"]
    assert not member.is_signed_in and api(tokens["access_token"]).status == 401
    assert Client().sign_in(user.login, user.password).status == 403
    assert Client().sign_in(user.login, password).status == 303
    (audit,) = audit_rows(act="user.password", object_id=user.login)
    assert audit["detail"] == {"must_change_password": True} and audit["request_id"] and audit["address"]
    assert password not in admin.get(page_of(user)).text
    assert answer.get("Cache-Control") == "no-store"


@pytest.mark.parametrize("act", ["set", "password"])
def test_70_what_matters_asks_for_the_password_again(act):
    chief, user = make_admin(), make_user()
    client = signed_in(chief)
    fields = {**form_of(client, user), "access": "read_only"} if act == "set" else {}
    sql("UPDATE session SET proved_at = now() - interval '16 minutes' WHERE user_id = %s", chief.id)
    before = row_of(user.login)
    form = client.post(f"/admin/user/{user.login}/{act}", fields).form("confirm_password")
    assert row_of(user.login) == before
    answer = client.post(form.action, {**form.fields, "confirm_password": chief.password})
    assert answer.status == (303 if act == "set" else 200) and row_of(user.login) != before
    if act == "password":
        shown_password(answer)


# ---- the last administrator ----

@pytest.fixture
def alone():
    """Nobody but two of our own are administrators; the site's own are put back."""
    others = [row["id"] for row in sql("SELECT id FROM pbx_user WHERE admin AND status = 'active'")]
    first, second = make_admin(), make_admin()
    sql("UPDATE pbx_user SET status = 'blocked' WHERE id = ANY (%s)", others)
    try:
        yield first, second
    finally:
        sql("UPDATE pbx_user SET status = 'active' WHERE id = ANY (%s)", others)


WAYS = {"blocked": {"status": "blocked"}, "no administrator": {"admin": "", "client_id": "12"}}


@pytest.mark.parametrize("way", WAYS)
def test_the_last_administrator_stays(alone, way):
    first, second = alone
    client = signed_in(first)
    fields = {name: value for name, value in {**form_of(client, second), **WAYS[way]}.items() if value}
    assert client.post(f"/admin/user/{second.login}/set", fields).status == 303
    fields = {name: value for name, value in {**form_of(client, first), **WAYS[way]}.items() if value}
    answer = client.post(f"/admin/user/{first.login}/set", fields)
    assert "last active administrator" in errors_of(answer)["admin"]
    row = row_of(first.login)
    assert row["admin"] and row["status"] == "active" and client.is_signed_in
    assert audit_rows(act="user.set", object_id=first.login) == []
    # Anything else of him can be changed.
    fields = {**form_of(client, first), "name": "Still here"}
    assert client.post(f"/admin/user/{first.login}/set", fields).status == 303
    for options in (["--status=blocked"], ["--admin=no", "--client-id=12"]):
        result = run("user", "set", first.login, *options)
        assert result.returncode == 3 and "last active administrator" in result.stderr, result
    assert row_of(first.login)["admin"] and row_of(first.login)["status"] == "active"


@pytest.mark.parametrize("round_", range(4))
def test_two_at_once_leave_one(alone, round_):
    """Each takes the other's right away: whoever is second is refused."""
    first, second = alone
    pairs = [(signed_in(first), second), (signed_in(second), first)]
    forms = [{**form_of(client, other), "status": "blocked"} for client, other in pairs]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda work: work[0][0].post(f"/admin/user/{work[0][1].login}/set", work[1]).status,
                                zip(pairs, forms)))
    # One is blocked by then: sent to sign in, or refused as the last one stays.
    assert answers.count(303) in (1, 2) and set(answers) <= {303, 422, 403}
    assert one("SELECT count(*) FROM pbx_user WHERE admin AND status = 'active'") == 1


def test_many_at_once_from_the_shell_leave_one(alone):
    users = [*alone, *(make_admin() for _ in range(4))]
    with concurrent.futures.ThreadPoolExecutor(len(users)) as pool:
        codes = list(pool.map(lambda user: run("user", "set", user.login, "--status=blocked").returncode, users))
    assert sorted(codes) == [0] * 5 + [3]
    assert one("SELECT count(*) FROM pbx_user WHERE admin AND status = 'active'") == 1


def test_the_second_waits_for_the_first(alone):
    """A change that another has begun decides, though it is not to be seen yet."""
    first, second = alone
    connection = callgate.psycopg2.connect(callgate.os.environ["DATABASE_URL"])
    with connection, connection.cursor() as cursor:
        cursor.execute("UPDATE pbx_user SET status = 'blocked' WHERE id = %s", (first.id,))
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            future = pool.submit(run, "user", "set", second.login, "--status=blocked")
            callgate.wait_for(lambda: one("SELECT count(*) FROM pg_locks WHERE NOT granted"),
                              "the command waits for the row")
            connection.commit()
            assert future.result().returncode == 3
    connection.close()
    assert row_of(second.login)["status"] == "active"


# ---- from the shell ----

def test_the_flag_from_the_shell():
    login = fresh("shell")
    run_fine("user", "add", login, "--client-id=12", "--must-change-password", stdin="a good password\n",
             env={"CALLGATE_PASSWORD_COST": "1"})
    assert row_of(login)["must_change_password"]
    shown = [json.loads(line) for line in run_fine("user", "list", "--json").splitlines()]
    assert [user["must_change_password"] for user in shown if user["login"] == login] == [True]
    run_fine("user", "set", login, "--must-change-password=no")
    assert not row_of(login)["must_change_password"]
    (audit,) = audit_rows(act="user.set", object_id=login)
    assert audit["detail"] == {"before": {"must_change_password": True}, "after": {"must_change_password": False}}
    run_fine("user", "set", login, "--must-change-password")
    run_fine("user", "passwd", login, stdin="another good password\n", env={"CALLGATE_PASSWORD_COST": "1"})
    assert not row_of(login)["must_change_password"]
