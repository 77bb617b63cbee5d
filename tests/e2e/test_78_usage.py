# test_78_usage.py - what applications did is counted and shown: requests passed and refused, tokens
# issued, by time, class and rule; to whom it concerns and to nobody else (ATTACKS 64).
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import collections
import datetime
import json
import zoneinfo

import pytest

import oauth
from callgate import (API, Server, api, keep, make_admin, make_app, make_token, make_user, one, run_fine, signed_in, sql,
                      token_request, wait_for)


# ---- counting ----

def issued(app):
    """Tokens by grant, whatever the hour."""
    rows = sql("SELECT grant_type, sum(issued)::int AS issued FROM token_hour WHERE app = %s GROUP BY grant_type",
               oauth.id_of(app))
    return {row["grant_type"]: row["issued"] for row in rows}


def test_tokens_are_counted_by_grant():
    user = make_user()
    app, trusted = oauth.make_public(user), make_app(user)
    password_app = make_app(user, type="password_credentials")
    client = signed_in(user)
    tokens = [oauth.tokens_for(client, app) for _ in range(2)]
    for _ in range(3):
        keep(oauth.refresh(app, tokens[0]["refresh_token"]).json["access_token"])
    for _ in range(2):
        make_token(trusted)
    answer = token_request({"grant_type": "password", "username": user.login, "password": user.password,
                            **oauth.credentials(password_app)})
    keep(answer.json["access_token"])
    for which, expected in ((app, {"authorization_code": 2, "refresh_token": 3}), (trusted, {"client_credentials": 2}),
                            (password_app, {"password": 1})):
        wait_for(lambda w=which, e=expected: issued(w) == e, f"counted: {expected}")


def test_what_a_worker_has_counted_is_written_when_it_ends():
    """Tokens, and nothing of what was refused."""
    app = make_app(make_user())
    asked = {"grant_type": "client_credentials", **oauth.credentials(app)}
    with Server(CALLGATE_SERVER_WORKERS="1") as server:
        for fields in ({"client_secret": "wrong"}, {"grant_type": "refresh_token", "refresh_token": "x" * 30},
                       {"grant_type": "nothing"}, {"scope": "some"}):
            assert server.post("/oauth/token", {**asked, **fields}).status in (400, 401)
        answer = server.post("/oauth/token", asked)
        keep(answer.json["access_token"])
    assert issued(app) == {"client_credentials": 1}


def test_counts_end_after_a_month():
    app = oauth.id_of(make_app(make_user()))
    for days in (30, 32):
        sql("INSERT INTO token_hour (app, hour, grant_type, issued) VALUES"
            " (%s, date_trunc('hour', now()) - %s * interval '1 day', 'password', %s)", app, days, days)
    run_fine("purge")
    assert one("SELECT issued FROM token_hour WHERE app = %s", app) == 30


# ---- the page ----

RULE, CALL, CONFIG = "/client/{client}/record", "/extension/{}/event", "/extension/{}/queue"


def insert(app, table, hours_ago, **columns):
    """A row of that many hours ago."""
    names, marks = ", ".join(columns), ", ".join(["%s"] * len(columns))
    sql(f"INSERT INTO {table} (app, hour, {names}) VALUES"
        f" (%s, date_trunc('hour', now()) - %s * interval '1 hour', {marks})",
        oauth.id_of(app), hours_ago, *columns.values())


def passed(app, hours_ago, method, rule, count):
    insert(app, "usage_hour", hours_ago, method=method, rule=rule, passed=count)


def refused(app, hours_ago, method, rule, count):
    insert(app, "refusal", hours_ago, method=method, rule=rule, count=count, reason="level",
           last_at=datetime.datetime.now(datetime.timezone.utc), last_request="x")


def tokens(app, hours_ago, grant, count):
    insert(app, "token_hour", hours_ago, grant_type=grant, issued=count)


def usage(client, app, query="", above="/app"):
    answer = client.get(f"{above}/{app.app_id}/usage{query}")
    assert answer.status == 200, answer
    return answer


def rows(answer, caption):
    """The table of that caption: its rows as texts, the head first."""
    found = [table for table in answer.page.all("table") if table.one("caption").text == caption]
    assert len(found) == 1, answer.text
    return [[cell.text for cell in row.all("th") + row.all("td")] for row in found[0].all("tr")]


def facts(answer):
    """Of the page's head: name to text."""
    facts = answer.page.one("dl")
    return dict(zip((node.text for node in facts.all("dt")), (node.text for node in facts.all("dd"))))


def totals(answer):
    shown = facts(answer)
    return tuple(int(shown[name].replace(",", "")) for name in ("Passed", "Refused", "Tokens issued"))


def test_what_happened_is_shown():
    """Through the gate and the token endpoint, to the page."""
    user = make_user()
    app = make_app(user)
    token = make_token(app)
    for method, path, status, times in (("GET", "/client/@me/record/", 200, 3), ("POST", "/extension/7/event/", 200, 1),
                                        ("PUT", "/extension/7/queue/", 403, 2)):
        for _ in range(times):
            assert api(token, API + path, method, [("Content-Length", "0")]).status == status
    client = signed_in(user)
    wait_for(lambda: totals(usage(client, app)) == (4, 2, 1), "all is counted")
    answer = usage(client, app)
    assert rows(answer, "By class of request")[1:] == [
        ["Reading", "3", "0"], ["Calls", "1", "0"], ["Configuration", "0", "2"]]
    by_rule = [["GET", "Reading", "3", "0"], ["PUT", "Configuration", "0", "2"], ["POST", "Calls", "1", "0"]]
    assert [[row[0].split(" ")[0], *row[1:]] for row in rows(answer, "By method and path")[1:]] == by_rule
    assert rows(answer, "Access tokens issued a day")[0] == ["Time", "Client credentials"]
    assert facts(answer)["Last used"] != "Never"


def test_days_and_hours():
    """Each in its slot, of UTC; what is older is in none."""
    user = make_user()
    app, other = make_app(user), make_app(user)
    for hours, count in ((0, 1), (23, 20), (24, 300), (24 * 29 - 24, 4000), (24 * 31, 50000)):
        passed(app, hours, "GET", RULE, count)
        refused(app, hours, "PUT", CONFIG, 2 * count)
        tokens(app, hours, "password", 3 * count)
    passed(other, 0, "GET", RULE, 7)
    client = signed_in(user)
    days, hours = usage(client, app), usage(client, app, "?by=hour")
    assert totals(days) == (4321, 8642, 12963) and totals(hours) == (21, 42, 63)
    now = one("SELECT date_trunc('hour', now() AT TIME ZONE 'UTC')")
    sums = collections.Counter()
    for ago, count in ((0, 1), (23, 20), (24, 300), (24 * 28, 4000)):
        sums[f"{now - datetime.timedelta(hours=ago):%Y-%m-%d}"] += count
    table = rows(days, "Requests a day")[1:]
    assert len(table) == 30 and table[-1][0] == f"{now:%Y-%m-%d}"
    assert table == [[day, f"{sums[day]:,}", f"{2 * sums[day]:,}"] for day, _, _ in table]
    assert rows(days, "Access tokens issued a day")[1:] == [[day, f"{3 * sums[day]:,}"] for day, _, _ in table]
    table = rows(hours, "Requests an hour")[1:]
    assert len(table) == 24 and [table[0], table[-1]] == [
        [f"{now - datetime.timedelta(hours=23):%Y-%m-%d %H:%M}", "20", "40"], [f"{now:%Y-%m-%d %H:%M}", "1", "2"]]
    assert {tuple(row[1:]) for row in table[1:-1]} == {("0", "0")}


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/St_Johns", "Europe/Berlin", "Pacific/Kiritimati"])
def test_days_and_hours_are_those_of_the_reader(zone):
    """An hour is of the day in which it begins; where clocks have been set, one day has 23 or 25."""
    here = zoneinfo.ZoneInfo(zone)
    app = make_app(user := make_user(timezone=zone))
    sql("INSERT INTO usage_hour (app, hour, method, rule, passed) SELECT %s, date_trunc('hour', now())"
        " - n * interval '1 hour', 'GET', %s, n + 1 FROM generate_series(0, 32 * 24 - 1) n", oauth.id_of(app), RULE)
    client = signed_in(user)
    now = one("SELECT date_trunc('hour', now())")
    days, table = collections.Counter(), {}
    for hours in range(32 * 24):
        at = (now - datetime.timedelta(hours=hours)).astimezone(here)
        days[f"{at:%Y-%m-%d}"] += hours + 1
        table[f"{at:%Y-%m-%d %H:%M}"] = hours + 1
    answer = usage(client, app)
    assert zone in answer.text
    newest = sorted(days.items())[-30:]
    assert rows(answer, "Requests a day")[1:] == [[day, f"{count:,}", "0"] for day, count in newest]
    assert totals(answer)[0] == sum(count for _, count in newest)
    shown = rows(usage(client, app, "?by=hour"), "Requests an hour")[1:]
    assert shown == [[at, f"{count:,}", "0"] for at, count in reversed(list(table.items())[:24])]


def test_a_zone_that_nobody_knows_is_utc():
    app = make_app(user := make_user(timezone="Mars/Olympus"))
    passed(app, 0, "GET", RULE, 1)
    answer = usage(signed_in(user), app)
    assert totals(answer)[0] == 1 and "time zone UTC" in answer.text


def test_charts_say_what_they_are():
    """To who does not see them; their numbers are those of the table; nothing needs a colour or a style."""
    app = make_app(user := make_user())
    passed(app, 0, "GET", RULE, 8)
    refused(app, 0, "PUT", CONFIG, 4)
    answer = usage(signed_in(user), app)
    (chart,) = [node for node in answer.page.all("svg") if node.get("role") == "img"]
    title, about = (answer.page.one(id=name) for name in chart.get("aria-labelledby").split())
    assert title.text == "Requests a day" and "8 passed and 4 were refused" in about.text
    bars = [node for node in chart.all("rect")]
    assert [bar.one("title").text.split(" · ")[1] for bar in bars] == ["Passed: 8", "Refused: 4"]
    assert int(bars[0].get("height")) == 2 * int(bars[1].get("height")) > 100
    assert int(bars[0].get("x")) + int(bars[0].get("width")) <= int(bars[1].get("x"))
    assert bars[0].get("class") != bars[1].get("class") and "style=" not in answer.text
    assert len(answer.page.all("details")) == 1


def test_nothing_yet():
    app = make_app(user := make_user())
    answer = usage(signed_in(user), app)
    assert totals(answer) == (0, 0, 0) and facts(answer)["Last used"] == "Never"
    assert "gate was not asked" in answer.text and "None was issued" in answer.text
    assert not answer.page.all("table")


def test_many_rules():
    """The rare ones are left out, and counted; a path that no rule knows any more is of the default class."""
    app = make_app(user := make_user())
    sql("INSERT INTO usage_hour SELECT %s, date_trunc('hour', now()), 'GET', '/rule/' || n, n"
        " FROM generate_series(1, 150) n", oauth.id_of(app))
    answer = usage(signed_in(user), app)
    table = rows(answer, "By method and path")[1:]
    assert len(table) == 100 and table[0] == ["GET /rule/150", "Reading", "150", "0"]
    assert rows(answer, "By class of request")[1] == ["Reading", f"{150 * 151 // 2:,}", "0"]
    assert "came less often" in answer.text


def test_66_hostile_paths_are_text():
    app = make_app(user := make_user(), name="<i>&amp;")
    passed(app, 0, "GET", '/"><script>alert(1)</script>', 1)
    answer = usage(signed_in(user), app)
    assert not answer.page.all("script") or "alert(1)" not in "".join(node.text for node in answer.page.all("script"))
    assert rows(answer, "By method and path")[1][0] == 'GET /"><script>alert(1)</script>'


# ---- whose it is ----

@pytest.mark.parametrize("word", ["", "?by=hour"])
def test_64_others_see_nothing(word):
    owner = make_user(client_id=12, tenant_id=12)
    app = make_app(owner)
    for stranger in (make_user(client_id=13, tenant_id=13), make_user(client_id=None, extension_id=7, tenant_id=12)):
        assert signed_in(stranger).get(f"/app/{app.app_id}/usage{word}").status == 404
    assert signed_in(owner).get(f"/app/{'0' * 32}/usage{word}").status == 404


def test_who_looks_after_the_client_sees_it():
    app = make_app(make_user(client_id=None, extension_id=7, tenant_id=12))
    passed(app, 0, "GET", RULE, 5)
    answer = usage(signed_in(make_user(client_id=12, tenant_id=12)), app)
    assert totals(answer) == (5, 0, 0)
    # Why is the owner's to know.
    assert f"/app/{app.app_id}/refusals" not in answer.text


def test_administrators_see_every_application():
    app, admin = make_app(make_user()), make_admin()
    passed(app, 0, "GET", RULE, 5)
    client = signed_in(admin)
    answer = usage(client, app, above="/admin/app")
    assert totals(answer) == (5, 0, 0)
    assert f"/admin/app/{app.app_id}/usage?by=hour" in answer.text
    assert client.get(f"/admin/app/{'0' * 32}/usage").status == 404
    assert client.get("/admin/app/x/usage").status == 404
    assert signed_in(make_user()).get(f"/admin/app/{app.app_id}/usage").status == 403


def test_only_by_what_is_counted():
    app = make_app(user := make_user())
    for word in ("week", "", "DAY", "hour%00"):
        assert signed_in(user).get(f"/app/{app.app_id}/usage?by={word}").status in (400, 404)


# ---- from the shell ----

def test_from_the_shell():
    app = make_app(make_user())
    passed(app, 0, "GET", RULE, 5)
    refused(app, 23, "PUT", CONFIG, 2)
    tokens(app, 0, "password", 3)
    text = run_fine("app", "usage", app.app_id)
    lines = [line.split() for line in text.splitlines()]
    assert ["all", "5", "2", "3"] in lines and ["get", "5", "0", "GET", RULE] in lines
    assert len(text.split("\n\n")[0].splitlines()) == 32
    said = json.loads(run_fine("app", "usage", app.app_id, "--by=hour", "--json"))
    assert (said["passed"], said["refused"], said["tokens"]["password"]) == (5, 2, 3)
    assert said["classes"] == {"get": {"passed": 5, "refused": 0}, "call": {"passed": 0, "refused": 0},
                               "config": {"passed": 0, "refused": 2}}
    assert said["rules"] == [{"class": "get", "method": "GET", "rule": RULE, "passed": 5, "refused": 0},
                             {"class": "config", "method": "PUT", "rule": CONFIG, "passed": 0, "refused": 2}]
    assert len(said["times"]) == 24 and said["times"][0]["refused"] == 2 and said["last_used"] is None
