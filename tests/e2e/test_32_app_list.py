# test_32_app_list.py - the list of one's applications and the page of one: what they show, in which
# order, page by page, and to nobody else.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import re
import secrets
from urllib.parse import urlencode

import pytest

import callgate
from callgate import (Client, app_count, make_admin, make_app, make_token, make_user, register,
                      registered, signed_in, sql)

NOT_FOUND = "No application has this in its name, or as its App ID."
DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC")


def rows(answer):
    """The list's rows: a dict of column heading and text, and where the name leads."""
    assert answer.status == 200, answer
    found = []
    for row in answer.page.one("tbody").all("tr"):
        if not row.all("th"):
            assert row.text in ("There are no more applications.", NOT_FOUND)
            continue
        cells = {cell.get("data-label"): cell.text for cell in row.all("td")}
        link = row.one("th").one("a")
        found.append({**cells, "Name": link.text, "href": link.get("href")})
    return found


def pager(answer):
    return [link.get("href") for link in answer.page.one("div", class_="pager").all("a")]


def tenant():
    """The number of a client that no other test has."""
    return secrets.randbelow(10**9) + 10**6


def add_apps(user, count):
    """Named 1 to `count`, the last one newest."""
    sql("INSERT INTO app (app_id, owner_id, name, type) SELECT md5(random()::text), %s, n::text, 'trusted'"
        " FROM (SELECT n FROM generate_series(1, %s) AS n ORDER BY n) AS numbers", user.id, count)


# ---- the list ----

def test_without_applications(member):
    _, client = member
    answer = client.get("/app/")
    assert answer.page.all("table") == []
    (card,) = answer.page.all("div", class_="card empty")
    assert card.one("h2").text == "No applications yet"
    assert [link.get("href") for link in card.all("a")] == ["/app/register"]


def test_what_a_row_says(member):
    user, client = member
    app = registered(register(client, name="Row <b>&amp;</b>", type="trusted"))
    (row,) = rows(client.get("/app/"))
    assert DATE.fullmatch(row.pop("Created"))
    assert row == {"Name": "Row <b>&amp;</b>", "href": f"/app/{app.app_id}/", "App ID": app.app_id,
                   "Type": "Trusted", "Access": "Call API", "Last used": "Never"}
    make_token(app)
    (row,) = rows(client.get("/app/"))
    assert DATE.fullmatch(row["Last used"])
    created = callgate.one("SELECT to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') FROM app"
                           " WHERE app_id = %s", app.app_id)
    assert row["Created"] == created + " UTC"


def test_newest_first(member):
    _, client = member
    ids = [registered(register(client, name=name)).app_id for name in ("a", "c", "b")]
    assert [row["App ID"] for row in rows(client.get("/app/"))] == ids[::-1]


def test_every_type_and_level_is_named(shared_admin):
    user, client = shared_admin
    for kind in ("public", "trusted", "password_credentials"):
        for level in ("call_api", "all"):
            make_app(user, type=kind, level=level, name=f"{kind} {level}")
    labels = {row["Name"]: (row["Type"], row["Access"]) for row in rows(client.get("/app/"))}
    words = {"public": "Public", "trusted": "Trusted", "password_credentials": "Password credentials"}
    for kind, word in words.items():
        for level, title in (("call_api", "Call API"), ("all", "All")):
            assert labels[f"{kind} {level}"] == (word, title)


def test_ones_own_only(member):
    user, client = member
    mine = make_app(user)
    for other in (make_user(), make_admin()):
        make_app(other)
    assert [row["App ID"] for row in rows(client.get("/app/"))] == [mine.app_id]


def test_an_administrator_sees_his_own_too():
    admin, user = make_admin(), make_user()
    make_app(user)
    assert signed_in(admin).get("/app/").page.all("tbody") == []


@pytest.mark.parametrize("count, sizes", [
    pytest.param(50, [50], id="50"),
    pytest.param(51, [50, 1], id="51"),
    pytest.param(100, [50, 50], id="100"),
    pytest.param(120, [50, 50, 20], id="120"),
])
def test_pages(member, count, sizes):
    user, client = member
    add_apps(user, count)
    names, target = [], "/app/"
    for number, size in enumerate(sizes):
        answer = client.get(target)
        page = [row["Name"] for row in rows(answer)]
        assert len(page) == size
        names += page
        links = pager(answer)
        is_first, is_last = number == 0, number == len(sizes) - 1
        assert len(links) == (not is_first) + (not is_last)
        assert is_first or links[0] == "/app/"
        target = links[-1] if links else None
    assert names == [str(n) for n in range(count, 0, -1)]


def test_pages_hold_still_while_new_ones_come(member):
    user, client = member
    add_apps(user, 51)
    older = pager(client.get("/app/"))[0]
    add_apps(user, 5)
    assert [row["Name"] for row in rows(client.get(older))] == ["1"]


def test_a_page_after_the_last(member):
    user, client = member
    app = make_app(user)
    first = callgate.one("SELECT id FROM app WHERE app_id = %s", app.app_id)
    answer = client.get(f"/app/?before={first}")
    assert rows(answer) == [] and pager(answer) == ["/app/"]


@pytest.mark.parametrize("before", ["", "0", "-1", "x", "1.5", "1e3", "9223372036854775807", "9223372036854775808",
                                    "1;DROP TABLE app", "%27", "1&before=2"])
def test_odd_pages(shared_member, before):
    user, client = shared_member
    answer = client.get(f"/app/?before={before}")
    assert answer.status in (200, 400, 404)
    if answer.status == 200 and answer.page.all("tbody"):
        assert len(rows(answer)) <= app_count(user)


# ---- found, and in which order ----

def names(answer):
    return [row["Name"] for row in rows(answer)]


def walk(client, target):
    """Names of all pages."""
    found = []
    for _ in range(20):
        answer = client.get(target)
        found += names(answer)
        links = [link for link in pager(answer) if "before=" in link]
        if not links:
            return found
        (target,) = links
    raise AssertionError("no end")


def test_search(member):
    user, client = member
    apps = {name: make_app(user, name=name) for name in
            ("Call report", "Übersicht", "100% sure", "under_score", "back\\slash", "a'quote", "Other")}
    for text, expected in (("REPORT", ["Call report"]), ("übers", ["Übersicht"]), ("ÜBERS", ["Übersicht"]),
                           ("%", ["100% sure"]), ("_", ["under_score"]), ("\\", ["back\\slash"]),
                           ("'", ["a'quote"]), ("%%", []), (".*", []), ("' OR true --", []),
                           (apps["Other"].app_id, ["Other"]), (f"  {apps['Other'].app_id} ", ["Other"]),
                           (apps["Other"].app_id[:20], []), ("x" * 5000, [])):
        answer = client.get("/app/?" + urlencode({"q": text}))
        assert names(answer) == expected, text
        assert answer.page.one("input", name="q").get("value") == text.strip()
        assert expected or NOT_FOUND in answer.page.text
    assert len(names(client.get("/app/?q="))) == len(apps)
    assert len(names(client.get("/app/?q=%20"))) == len(apps)


@pytest.mark.parametrize("where", ["", "&scope=tenant"])
@pytest.mark.parametrize("sort, expected", [
    ("newest", ["b", "C", "a", "B", "A", "c"]),
    ("name", ["A", "a", "B", "b", "c", "C"]),
    ("used", ["B", "a", "A", "b", "C", "c"]),
    ("odd", ["b", "C", "a", "B", "A", "c"]),
])
def test_order(sort, expected, where):
    number = tenant()
    user = make_user(client_id=number, tenant_id=number)
    client = signed_in(user)
    for name in ("c", "A", "B", "a", "C", "b"):
        make_app(user, name=name)
    for name, minutes in (("B", 1), ("a", 2), ("A", 3)):
        sql("UPDATE app SET last_used_at = now() - %s * interval '1 minute' WHERE owner_id = %s AND name = %s",
            minutes, user.id, name)
    answer = client.get(f"/app/?sort={sort}{where}")
    assert names(answer) == expected
    (chosen,) = [option.get("value") for option in answer.page.all("option") if "selected" in option.attributes]
    assert chosen == ("newest" if sort == "odd" else sort)


@pytest.mark.parametrize("sort", ["newest", "name", "used"])
def test_order_page_by_page(member, sort):
    user, client = member
    add_apps(user, 120)
    # Names and moments that several have; microseconds apart.
    sql("UPDATE app SET name = 'n' || (name::int / 7), last_used_at = CASE WHEN name::int %% 3 > 0 THEN"
        " now() - (name::int / 5) * interval '1 microsecond' END WHERE owner_id = %s", user.id)
    order = {"newest": "id DESC", "name": "lower(name), id", "used": "coalesce(last_used_at, 'epoch') DESC, id DESC"}
    expected = [row["name"] for row in
                sql(f"SELECT name FROM app WHERE owner_id = %s ORDER BY {order[sort]}", user.id)]
    assert walk(client, f"/app/?sort={sort}") == expected
    assert walk(client, f"/app/?sort={sort}&q=n1") == [name for name in expected if "n1" in name]
    first, *_ = pager(client.get(f"/app/?sort={sort}&q=n1&before=1&key=1"))
    assert "before" not in first and "q=n1" in first


@pytest.mark.parametrize("query", ["before=1&sort=used&key=x", "before=1&sort=used&key=-1", "before=x&sort=name",
                                   "before=1&sort=used&key=99999999999999999"])
def test_odd_places(shared_member, query):
    _, client = shared_member
    assert client.get(f"/app/?{query}").status == 404


# ---- those of the whole client ----

def test_of_all_users():
    number = tenant()
    boss = make_user(client_id=number, tenant_id=number)
    member = make_user(client_id=None, extension_id=7, tenant_id=number)
    blocked = make_user(client_id=number, tenant_id=number, status="blocked")
    other = make_user(client_id=number + 1, tenant_id=number + 1)
    for user in (boss, member, blocked, other):
        make_app(user, name=user.login)
    client = signed_in(boss)
    assert names(client.get("/app/")) == [boss.login]
    found = rows(client.get("/app/?scope=tenant"))
    assert [(row["Name"], row["Owner"]) for row in found] == [
        (user.login, user.login) for user in (blocked, member, boss)]
    assert names(client.get("/app/?scope=tenant&q=" + member.login.upper())) == [member.login]


def test_of_all_users_page_by_page():
    number = tenant()
    users = [make_user(client_id=number, tenant_id=number) for _ in range(3)]
    for user in users:
        add_apps(user, 55)
    for sort, order in (("newest", "id DESC"), ("name", "lower(name), id")):
        expected = sql("SELECT name FROM app WHERE owner_id = ANY (%s)"
                       f" ORDER BY {order}", [user.id for user in users])
        found = walk(signed_in(users[0]), f"/app/?scope=tenant&sort={sort}")
        assert found == [row["name"] for row in expected] and len(found) == 165


def test_of_all_users_is_for_client_level_users():
    number = tenant()
    make_app(make_user(client_id=number, tenant_id=number))
    for who in (make_user(client_id=None, extension_id=7, tenant_id=number),
                make_user(client_id=None, extension_group_id=7, tenant_id=number),
                make_user(client_id=None, dealer_id=7, tenant_id=None), make_admin()):
        client = signed_in(who)
        assert client.get("/app/?scope=tenant").status == 404
        assert "scope=tenant" not in client.get("/app/").text


# ---- an application's page ----

def facts(answer):
    assert answer.status == 200, answer
    terms = answer.page.all("dl", class_="facts")[0]
    return {node.one("dt").text: [value.text for value in node.all("dd")]
            for node in terms.children if not isinstance(node, str)}


def test_what_the_page_says(member):
    user, client = member
    app = registered(register(client, name="Named", description="First line\nsecond", type="trusted",
                              redirect_url="https://b.example/ com.example.app:/cb"))
    answer = client.get(f"/app/{app.app_id}/")
    assert answer.page.one("h1").text == "Named"
    assert answer.page.one("p", class_="lead prose").text == "First line second"
    told = facts(answer)
    assert DATE.fullmatch(told.pop("Created")[0])
    assert told == {"App ID": [app.app_id], "Type": ["Trusted"], "Access": ["Call API"], "Last used": ["Never"],
                    "Owner": [user.login], "Redirect URLs": ["https://b.example/", "com.example.app:/cb"]}
    assert app.secret not in answer.text
    make_token(app)
    assert DATE.fullmatch(facts(client.get(f"/app/{app.app_id}/"))["Last used"][0])


def test_without_redirect_urls_and_description(member):
    user, client = member
    app = make_app(user)
    answer = client.get(f"/app/{app.app_id}")  # with or without the last slash
    assert facts(answer)["Redirect URLs"] == ["None"] and answer.page.all("p", class_="lead prose") == []


def test_a_disabled_application_says_so(member):
    user, client = member
    app = make_app(user, status="disabled")
    answer = client.get(f"/app/{app.app_id}/")
    assert answer.status == 200 and "disabled" in answer.page.text


def test_somebody_elses_application_is_not_there(member):
    _, client = member
    apps = {"another client's": make_app(make_user(client_id=13, tenant_id=13)), "an administrator's": make_app(make_admin()),
            "nobody's": callgate.App("0" * 32, "")}
    told = {}
    for whose, app in apps.items():
        answer = client.get(f"/app/{app.app_id}/")
        assert answer.status == 404, whose
        # A request id is all that may differ.
        told[whose] = re.sub(r"\b[0-9a-f]{16}\b", "ID", answer.text)
    assert len(set(told.values())) == 1


def test_nor_is_it_for_an_administrator():
    app = make_app(make_user())
    assert signed_in(make_admin()).get(f"/app/{app.app_id}/").status == 404


@pytest.mark.parametrize("segment", ["x", "0", "A" * 32, "0" * 31, "0" * 33, "%27%20OR%201=1", "ü", "%C3%BC",
                                     "..%2F", "*", "%3Cscript%3E"])
def test_what_is_no_app_id_is_not_there(shared_member, segment):
    _, client = shared_member
    answer = client.get(f"/app/{segment}/")
    assert answer.status in (400, 404) and b"<script>" not in answer.body


def test_app_id_is_compared_exactly(member):
    user, client = member
    app = make_app(user)
    # At least one letter in it, so that capitals differ.
    sql("UPDATE app SET app_id = 'a' || substr(app_id, 2) WHERE app_id = %s", app.app_id)
    app_id = "a" + app.app_id[1:]
    assert client.get(f"/app/{app_id}/").status == 200
    assert client.get(f"/app/{app_id.upper()}/").status == 404


@pytest.mark.parametrize("path", ["/app/", "/app/{}/"])
def test_methods(member, path):
    user, client = member
    path = path.format(make_app(user).app_id)
    got, head = client.get(path), client.send("HEAD", path)
    assert head.status == 200 and head.body == b"" and head.get("Content-Length") == got.get("Content-Length")
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        answer = client.send(method, path, b"" if method != "OPTIONS" else None)
        assert answer.status == 405 and answer.get("Allow") == "GET, HEAD"


@pytest.mark.parametrize("path", ["/nothing", "/app/x/y", "/app/register/x", "/.git/config", "/login.php", "/LOGIN"])
def test_what_is_not_there(shared_member, path):
    _, client = shared_member
    for who in (client, Client()):
        answer = who.get(path)
        assert answer.status == 404 and answer.page.one("h1").text
