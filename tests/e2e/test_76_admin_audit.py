# test_76_admin_audit.py - the audit log: what leaves a row (ATTACKS 72), how rows are found, paged,
# shown, exported, and listed from the shell.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import csv
import datetime
import io
import json
import re
import secrets
from urllib.parse import urlencode

import pytest

import callgate
from callgate import (Client, fresh, make_admin, make_app, make_token, make_user, one,
                      really_signed_in, register, registered, revoke, run, run_fine, signed_in, sql)
from oauth import code_for, exchange, make_public, refresh, tokens_for

CHEAP = {"CALLGATE_PASSWORD_COST": "1"}
HOSTILE = '<img src=x onerror=alert(1)>"\'{{t.login.title}}'


@pytest.fixture(scope="module")
def admin():
    return signed_in(make_admin())


# ---- 72: what leaves a row ----

class World:
    """Who takes part in an act."""

    def __init__(self):
        self.user, self.admin = make_user(), make_admin()
        self.client = signed_in(self.user)
        self.chief = signed_in(self.admin)

    def page(self, act, **fields):
        target = f"/admin/user/{self.user.login}/"
        if act == "set":
            fields = {**self.chief.get(target).form("status", "access").fields, **fields}
        answer = self.chief.post(target + act, fields)
        assert answer.status in (200, 303), answer


def sign_in(world):
    world.client = really_signed_in(world.user)


def sign_out(world):
    world.client.post("/logout")


def sign_in_badly(world):
    Client().sign_in(world.user.login, "wrong-password")


def prove_again(world):
    sql("UPDATE session SET proved_at = now() - interval '1 hour' WHERE user_id = %s", world.user.id)
    world.client.post("/app/register", {**callgate.FIELDS, "confirm_password": world.user.password})


def register_app(world):
    return registered(register(world.client, type="trusted"))


def register_too_much(world):
    assert world.client.post("/app/register", {**callgate.FIELDS, "level": "all"}).status == 403


def allow(world):
    code_for(world.client, make_public(world.admin))


def withdraw(world):
    app = make_public(world.admin)
    code_for(world.client, app)
    world.client.post("/app/authorized", {"app_id": app.app_id})


def revoke_token(world):
    app = make_app(world.user)
    assert revoke(app, make_token(app)).status == 200


def replay(world):
    app = make_public(world.admin)
    code = code_for(world.client, app)
    exchange(app, code)
    exchange(app, code)


def replay_refresh(world):
    app = make_public(world.admin, native=True)
    first = tokens_for(world.client, app)["refresh_token"]
    second = refresh(app, first).json["refresh_token"]
    assert refresh(app, second).status == 200
    refresh(app, first)


def level(world):
    app = make_app(world.user)
    run_fine("app", "set", app.app_id, "--level=all")


def secret(world):
    app = make_app(world.user)
    callgate.keep(run_fine("app", "secret", app.app_id).strip())


def delete_app(world):
    run_fine("app", "delete", make_app(world.user).app_id, "--yes")


def shell_add(world):
    run_fine("user", "add", fresh("audit"), "--client-id=12", stdin="a good password\n", env=CHEAP)


def shell_password(world):
    run_fine("user", "passwd", world.user.login, stdin="another good password\n", env=CHEAP)


def shell_import(world):
    run_fine("user", "import", "-", stdin=f"login,client_id\n{fresh('audit')},12\n")


def admin_add(world):
    answer = world.chief.post("/admin/user/add", {"login": fresh("audit"), "access": "full", "client_id": "12"})
    callgate.keep(answer.page.one("input", id="new-password").get("value"))


def admin_reset(world):
    answer = world.chief.post(f"/admin/user/{world.user.login}/password")
    callgate.keep(answer.page.one("input", id="new-password").get("value"))


WEB, SHELL = "web", "shell"

# The act, what does it, from where, and whether its detail has before and after.
ACTS = [
    ("sign_in", sign_in, WEB, False),
    ("sign_out", sign_out, WEB, False),
    ("sign_in.refused", sign_in_badly, "nobody", False),
    ("sign_in.again", prove_again, WEB, False),
    ("app.register", register_app, WEB, False),
    ("app.register.refused", register_too_much, WEB, False),
    ("permission.allow", allow, WEB, False),
    ("permission.withdraw", withdraw, WEB, False),
    ("token.revoke", revoke_token, "client", False),
    ("grant.replay", replay, "client", False),
    ("grant.replay", replay_refresh, "client", False),
    ("app.set", level, SHELL, True),
    ("app.secret", secret, SHELL, False),
    ("app.delete", delete_app, SHELL, False),
    ("user.add", shell_add, SHELL, False),
    ("user.password", shell_password, SHELL, False),
    ("user.add", shell_import, SHELL, False),
    ("user.add", admin_add, WEB, False),
    ("user.set", lambda world: world.page("set", access="read_only"), WEB, True),
    ("user.set", lambda world: world.page("set", status="blocked"), WEB, True),
    ("user.password", admin_reset, WEB, False),
    ("user.sessions", lambda world: world.page("sessions"), WEB, False),
    ("user.tokens", lambda world: world.page("tokens"), WEB, False),
]


@pytest.mark.parametrize("act, do, where, with_before", ACTS,
                         ids=[f"{act} {do.__name__} {number}" for number, (act, do, *_) in enumerate(ACTS)])
def test_72_an_act_has_its_row(act, do, where, with_before):
    world = World()
    last = one("SELECT coalesce(max(id), 0) FROM audit_log")
    do(world)
    rows = [row for row in sql("SELECT * FROM audit_log WHERE id > %s ORDER BY id", last) if row["act"] == act]
    assert len(rows) == 1, rows
    (row,) = rows
    assert row["object_kind"] in ("user", "app") and (row["object_id"] or act == "app.register.refused")
    if where == SHELL:
        assert row["actor_login"].startswith("shell:") and row["actor_id"] is None and row["address"] == ""
    else:
        assert re.fullmatch(r"[0-9a-f]{16}", row["request_id"]) and row["address"]
    if where == WEB:
        login = {world.user.login, world.admin.login}
        assert row["actor_login"] in login and row["actor_id"] in (world.user.id, world.admin.id)
    if with_before:
        assert row["detail"]["before"].keys() == row["detail"]["after"].keys() != set()
    assert row["at"].tzinfo is not None
    text = json.dumps(row["detail"])
    assert "password_hash" not in text and "$y$" not in text


def test_72_the_program_can_not_change_what_was_written():
    for privilege in ("UPDATE", "DELETE", "TRUNCATE"):
        assert one("SELECT bool_or(has_table_privilege(rolname, 'audit_log', %s)) FROM pg_roles"
                   " WHERE rolname IN (SELECT grantee FROM information_schema.role_table_grants"
                   " WHERE table_name = 'audit_log' AND grantee <> CURRENT_USER)", privilege) is False


# ---- finding ----

@pytest.fixture(scope="module")
def rows():
    """Rows of a world of their own, oldest first: 60 of two actors, acts and objects, a minute apart."""
    word = secrets.token_hex(6)
    made = sql("INSERT INTO audit_log (at, actor_login, address, act, object_kind, object_id, detail)"
               " SELECT date_trunc('minute', now()) + (n - 60) * interval '1 minute', 'actor' || n %% 2 || '-' || %s,"
               "   '192.0.2.7', %s || CASE WHEN n %% 3 = 0 THEN '.one' ELSE '.two' END, 'user',"
               "   'object' || n %% 5 || '-' || %s, jsonb_build_object('n', n)"
               " FROM generate_series(0, 59) n ORDER BY n RETURNING *", word, word, word)
    return word, sorted(made, key=lambda row: row["id"])


def listed(client, **query):
    """Ids of all pages, newest first."""
    found, target = [], "/admin/audit/?" + urlencode(query)
    while target:
        answer = client.get(target)
        assert answer.status == 200, answer
        table = answer.page.all("tbody")
        ids = [int(node.one("summary").all("span")[0].text) for node in table[0].all("tr")] if table else []
        assert len(ids) <= 50
        found += ids
        links = [node.get("href") for node in answer.page.all("a") if node.text == "Older"]
        target = links[0] if links else None
    return found


def expected(rows, **wanted):
    return [row["id"] for row in reversed(rows) if all(row[name] == value for name, value in wanted.items())]


def by_shell(*options):
    return [json.loads(line) for line in run_fine("audit", "list", "--json", *options).splitlines()]


CASES = {
    "an actor": ({"actor": "actor1-{}"}, {"actor_login": "actor1-{}"}),
    "an act": ({"act": "{}.one"}, {"act": "{}.one"}),
    "an object": ({"object_kind": "user", "object_id": "object3-{}"}, {"object_id": "object3-{}"}),
    "an object by its id": ({"object_id": "object3-{}"}, {"object_id": "object3-{}"}),
    "actor and act": ({"actor": "actor0-{}", "act": "{}.two"}, {"actor_login": "actor0-{}", "act": "{}.two"}),
    "object and actor": ({"object_id": "object2-{}", "actor": "actor0-{}"},
                         {"object_id": "object2-{}", "actor_login": "actor0-{}"}),
    "object and act": ({"object_id": "object0-{}", "act": "{}.one"}, {"object_id": "object0-{}", "act": "{}.one"}),
    "acts that begin so": ({"act": "{}."}, {}),
    "actor, and acts that begin so": ({"actor": "actor1-{}", "act": "{}."}, {"actor_login": "actor1-{}"}),
    "no such act": ({"act": "{}"}, {"act": "none"}),
    "no such beginning": ({"act": "{}.o."}, {"act": "none"}),
    "no such actor": ({"actor": "actor-{}"}, {"act": "none"}),
}


@pytest.mark.parametrize("case", CASES)
def test_rows_are_found_by(admin, rows, case):
    word, made = rows
    query, wanted = ({name: value.format(word) for name, value in part.items()} for part in CASES[case])
    ids = expected(made, **wanted)
    assert listed(admin, **query) == ids
    if "object_id" in query:
        query.setdefault("object_kind", "user")
    options = [f"--{name.replace('_', '-')}={value}" for name, value in query.items()]
    assert [row["id"] for row in by_shell(*options)] == ids


@pytest.mark.parametrize("begin, end", [(10, 20), (50, None), (None, 5), (0, 59), (30, 30)])
def test_rows_of_a_time(admin, rows, begin, end):
    word, made = rows
    moments = [f"{row['at'].astimezone(datetime.timezone.utc):%Y-%m-%dT%H:%M:%SZ}" for row in made]
    query = {name: moments[at] for name, at in (("from", begin), ("to", end)) if at is not None}
    ids = [row["id"] for row in reversed(made[begin or 0:end])]
    for more in ({"act": f"{word}."}, {"act": f"{word}.one"}, {"actor": f"actor1-{word}"}):
        wanted = [identity for identity in ids if identity in listed(admin, **more)]
        assert listed(admin, **more, **query) == wanted
        options = [f"--{name}={value}" for name, value in {**more, **query}.items()]
        assert [row["id"] for row in by_shell(*options)] == wanted


def test_days(admin, rows):
    word, made = rows
    first, last = (row["at"].astimezone(datetime.timezone.utc).date() for row in (made[0], made[-1]))
    day = datetime.timedelta(days=1)
    assert len(listed(admin, act=f"{word}.", **{"from": first, "to": last})) == 60
    assert listed(admin, act=f"{word}.", to=first - day) == listed(admin, act=f"{word}.", **{"from": last + day}) == []
    assert len(by_shell(f"--act={word}.", f"--from={first}", f"--to={last}")) == 60


def test_everything_is_listed_newest_first(admin):
    user = make_user()
    signed_in(user)
    admin.post(f"/admin/user/{user.login}/sessions")
    answer = admin.get("/admin/audit/")
    ids = [int(node.one("summary").all("span")[0].text) for node in answer.page.one("tbody").all("tr")]
    assert len(ids) == min(50, one("SELECT count(*) FROM audit_log"))
    assert ids == sorted(ids, reverse=True) and ids[0] == one("SELECT max(id) FROM audit_log")


@pytest.mark.parametrize("query, field", [("from=yesterday", "from"), ("to=2020-13-01", "to"),
                                          ("object_kind=user", "object_id")])
def test_a_filter_nobody_can_mean(admin, query, field):
    answer = admin.get(f"/admin/audit/?{query}")
    assert answer.status == 422 and answer.page.one("p", id=f"{field}-error").text
    assert answer.page.all("tbody") == []
    assert admin.get(f"/admin/audit/export?format=csv&{query}").status == 404


@pytest.mark.parametrize("target", ["/admin/audit/?before=x", "/admin/audit/?before=-1",
                                    "/admin/audit/export", "/admin/audit/export?format=xml"])
def test_addresses_nobody_is_given(admin, target):
    assert admin.get(target).status == 404


@pytest.mark.parametrize("options", [["--from=x"], ["--to=2020-13-01"], ["--object-kind=user"], ["--object-id=x"],
                                     ["--nonsense"], ["x"]])
def test_wrong_usage(options):
    assert run("audit", "list", *options).returncode == 2


# ---- what is shown ----

def test_a_row_tells_before_and_after(admin):
    user = make_user()
    run_fine("user", "set", user.login, "--access=read_only", "--name=Renamed")
    answer = admin.get(f"/admin/audit/?object_id={user.login}")
    (row,) = answer.page.one("tbody").all("tr")
    texts = [node.text for node in row.all("pre")]
    assert '"access": "full"' in texts[0] and '"access": "read_only"' in texts[1] and len(texts) == 2
    assert row.one("a").get("href") == f"/admin/user/{user.login}/"
    assert "shell:" in row.text
    assert user.login in run_fine("audit", "list", "--object-kind=user", f"--object-id={user.login}")


def test_66_hostile_rows_are_text(admin):
    word = secrets.token_hex(6)
    sql("INSERT INTO audit_log (actor_login, address, request_id, act, object_kind, object_id, detail)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)", HOSTILE + word, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE,
        json.dumps({"before": {HOSTILE: HOSTILE}, "after": [HOSTILE], HOSTILE: HOSTILE}))
    answer = admin.get("/admin/audit/?" + urlencode({"actor": HOSTILE + word}))
    assert answer.status == 200 and "<img" not in answer.text and HOSTILE in answer.page.one("tbody").text
    sql("INSERT INTO audit_log (actor_login, act) VALUES (%s, %s)", word, "\x1b[2J\u202e")
    assert "\x1b" not in run_fine("audit", "list", f"--actor={word}")


# ---- files ----

def exported(client, kind, **query):
    answer = client.get("/admin/audit/export?" + urlencode({"format": kind, **query}))
    assert answer.status == 200, answer
    assert answer.get("Content-Disposition").startswith("attachment; filename=\"audit-")
    assert answer.get("X-Content-Type-Options") == "nosniff" and answer.get("Cache-Control") == "no-store"
    assert "sandbox" in answer.get("Content-Security-Policy")
    return answer


def test_csv(admin, rows):
    word, made = rows
    answer = exported(admin, "csv", act=f"{word}.one")
    assert answer.get("Content-Type") == "text/csv; charset=utf-8" and b"\r\n" in answer.body
    found = list(csv.DictReader(io.StringIO(answer.text)))
    assert [int(row["id"]) for row in found] == expected(made, act=f"{word}.one")
    assert found[-1] == {"id": str(made[0]["id"]), "time": f"{made[0]['at'].astimezone(datetime.timezone.utc):%Y-%m-%dT%H:%M:%SZ}", "actor_id": "",
                         "actor": f"actor0-{word}", "address": "192.0.2.7", "request_id": "", "act": f"{word}.one",
                         "object_kind": "user", "object_id": f"object0-{word}", "detail": '{"n": 0}'}


def test_json_lines(admin, rows):
    word, made = rows
    answer = exported(admin, "jsonl", act=f"{word}.", actor=f"actor1-{word}")
    found = [json.loads(line) for line in answer.text.splitlines()]
    assert [row["id"] for row in found] == expected(made, actor_login=f"actor1-{word}")
    assert found[-1]["detail"] == {"n": 1} and found[-1]["actor_id"] is None
    assert found == by_shell(f"--act={word}.", f"--actor=actor1-{word}")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", '=HYPERLINK("http://evil","x")'])
def test_formulas_are_defused(admin, text):
    word = secrets.token_hex(6)
    sql("INSERT INTO audit_log (actor_login, act, object_id) VALUES (%s, %s, %s)", word, text, 'a,"b"\nc')
    (row,) = csv.DictReader(io.StringIO(exported(admin, "csv", actor=word).text, newline=""))
    assert row["act"] == "'" + text and row["object_id"] == 'a,"b"\nc'


def test_a_file_has_a_next_part(admin):
    word = secrets.token_hex(6)
    sql("INSERT INTO audit_log (actor_login, act) SELECT %s, 'bulk' FROM generate_series(1, 10003)", word)
    first = exported(admin, "jsonl", actor=word)
    link = re.fullmatch(rf"<{re.escape(callgate.URL)}(/admin/audit/export\?[^>]*)>; rel=\"next\"", first.get("Link"))
    second = admin.get(link[1])
    ids = [[json.loads(line)["id"] for line in answer.text.splitlines()] for answer in (first, second)]
    assert [len(part) for part in ids] == [10000, 3] and second.get("Link") is None
    together = ids[0] + ids[1]
    assert together == sorted(together, reverse=True) and len(set(together)) == 10003
    assert [row["id"] for row in by_shell(f"--actor={word}")] == together
    # A file begins where its page does.
    page = admin.get(f"/admin/audit/?actor={word}")
    (older,) = [node.get("href") for node in page.page.all("a") if node.text == "Older"]
    (target,) = [node.get("href") for node in admin.get(older).page.all("a") if node.text == "CSV"]
    found = list(csv.DictReader(io.StringIO(admin.get(target).text)))
    assert int(found[0]["id"]) == together[50]
