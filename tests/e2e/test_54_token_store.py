# test_54_token_store.py - tokens where they are kept: nothing in a dump grants access, partitions come
# and go by themselves, every statement finds its row by an index, and how long an answer takes tells
# nothing (ATTACKS 38, 40).
#
# Partitions and plans are tried in databases of their own (test_20_store.py), the rest in the site's.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import datetime
import glob
import math
import os
import re
import secrets
import shutil
import statistics
import subprocess
import threading
import time

import psycopg2
import psycopg2.errors
import psycopg2.extensions
import pytest

import callgate
from callgate import (Server, api, digest, fresh, keep, make_admin, make_app, make_token, make_user, one, register,
                      registered, run_fine, signed_in, sql, token_request)
from oauth import code_for, credentials, make_public, proof, refresh, tokens_for
from test_20_store import Demo, Store, setting

SOURCE = os.path.join(os.path.dirname(__file__), "..", "..", "fcgi", "dao", "statements.def")


# ---- 38: time tells nothing ----

def welch(first, second):
    """Student's t of the middle of two samples: a noisy machine only ever adds."""
    def middle(values):
        return sorted(values)[len(values) // 10:len(values) * 7 // 10]

    first, second = middle(first), middle(second)
    spread = statistics.variance(first) / len(first) + statistics.variance(second) / len(second)
    return (statistics.fmean(first) - statistics.fmean(second)) / math.sqrt(spread)


def take(ask, subjects, rounds):
    """Times by subject, taken in turns, each round beginning with another."""
    times = {name: [] for name in subjects}
    names = list(subjects)
    for _ in range(rounds):
        secrets.SystemRandom().shuffle(names)
        for name in names:
            start = time.perf_counter()
            ask(subjects[name]())
            times[name].append(time.perf_counter() - start)
    return times


def alike(ask, subjects, rounds):
    """Asks at most three times: what a machine does by chance, it does not do three times."""
    take(ask, subjects, 10)
    for _ in range(3):
        times = take(ask, subjects, rounds)
        known, *others = times.values()
        found = {name: round(welch(known, other), 1) for name, other in zip(list(times)[1:], others)}
        if all(abs(t) < 4.5 for t in found.values()):
            return
    raise AssertionError(f"|t| >= 4.5: {found}")


@pytest.fixture(scope="module")
def server():
    with Server(CALLGATE_PASSWORD_COST="1", CALLGATE_SERVER_WORKERS="1") as server:
        yield server


def somewhere():
    """Another address each time: nobody is throttled."""
    return "10." + ".".join(str(1 + secrets.randbelow(250)) for _ in range(3))


def test_38_a_known_and_an_unknown_application(server):
    app = make_app(make_user())
    subjects = {"known": lambda: app.app_id, "unknown": lambda: secrets.token_hex(16)}

    def ask(app_id):
        fields = {"grant_type": "client_credentials", "client_id": app_id, "client_secret": secrets.token_hex(16)}
        assert server.post("/oauth/token", fields, address=somewhere()).status == 401

    alike(ask, subjects, 250)


def test_38_a_known_and_an_unknown_login(server):
    app = make_app(make_admin(), type="password_credentials")
    login, blocked = fresh("cheap"), fresh("blocked")
    for name in (login, blocked):
        run_fine("user", "add", name, "--client-id=12", stdin=callgate.PASSWORD + "\n",
                 env={"CALLGATE_PASSWORD_COST": "1"})
    run_fine("user", "set", blocked, "--status=blocked")
    subjects = {"known": lambda: login, "unknown": lambda: fresh("nobody"), "blocked": lambda: blocked}

    def ask(name):
        fields = {"grant_type": "password", "username": name, "password": "wrong-" + secrets.token_hex(4),
                  **credentials(app)}
        assert server.post("/oauth/token", fields, address=somewhere()).status == 400

    alike(ask, subjects, 120)


def test_38_a_token_that_is_nearly_right(server):
    """Look-ups go by the hash: how much of a token was guessed can't be told."""
    app = make_app(make_user())
    token = make_token(app)
    subjects = {"far": lambda: "A" * 30, "near": lambda: token[:-1] + ("a" if token[-1] != "a" else "b")}

    def ask(word):
        assert server.send("GET", callgate.API + "/user/", None, {"Authorization": "Bearer " + word}).status == 401

    alike(ask, subjects, 250)


# ---- 40: a dump ----

def dump():
    """What pg_dump says of the whole database, by its owner."""
    programs = sorted(glob.glob("/usr/lib/postgresql/*/bin/pg_dump"))
    program = programs[-1] if programs else shutil.which("pg_dump")
    assert program, "pg_dump is not installed"
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    place = psycopg2.extensions.parse_dsn(os.environ["DATABASE_URL"])
    env = {**os.environ, **{names[key]: value for key, value in place.items() if key in names}}
    done = subprocess.run([program], env=env, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def test_40_a_dump_grants_nothing():
    """Everything that grants access is there as a hash, and as nothing else."""
    user, admin = make_user(), make_admin()
    client = signed_in(user)
    app = make_public(user)
    trusted = registered(register(client, type="trusted"))
    password_app = make_app(admin, type="password_credentials")
    native = make_public(user, native=True)
    pair = proof()
    code = code_for(client, app, **pair.asked)
    tokens, rotated = tokens_for(client, app), tokens_for(client, native)
    again = refresh(native, rotated["refresh_token"]).json
    by_password = token_request({"grant_type": "password", "username": user.login, "password": user.password,
                                 **credentials(password_app)}).json
    words = {"App secret": app.secret, "registered secret": trusted.secret, "code": code,
             "access token": tokens["access_token"], "refresh token": tokens["refresh_token"],
             "rotated": rotated["refresh_token"], "its successor": again["refresh_token"],
             "password grant's": by_password["refresh_token"], "trusted token": make_token(trusted),
             "session": client.cookies[callgate.COOKIE]}
    keep(*words.values())
    text = dump()
    assert user.login in text and app.app_id in text
    for name, word in words.items():
        assert digest(word).hex() in text, f"{name}: not as a hash"
    secret_words = {*callgate.SEEN, *words.values(), user.password, pair.verifier}
    seen = {word[:4] + "…" for word in secret_words
            for spelling in (word, word.encode().hex()) if spelling in text}
    assert seen == set()


def test_40_a_hash_is_no_token():
    """What a dump does hold opens nothing."""
    user = make_user()
    app = make_public(user)
    client = signed_in(user)
    tokens, code = tokens_for(client, app), code_for(client, app)
    for word in (digest(tokens["access_token"]).hex(), digest(tokens["access_token"]).hex()[:30]):
        assert api(word).status == 401
    assert refresh(app, digest(tokens["refresh_token"]).hex()).status == 401
    assert token_request({"grant_type": "authorization_code", "code": digest(code).hex(),
                          **credentials(app)}).status == 400
    assert token_request({"grant_type": "client_credentials", "client_id": app.app_id,
                          "client_secret": digest(app.secret).hex()}).status == 401


# ---- partitions ----

STEP = datetime.timedelta(hours=6)


def migrated_store():
    store = Store(setting("CALLGATE_TEST_PG_ADMIN"))
    store.make_role()
    answer = store.migrate()
    assert answer["good"], answer
    return store


@pytest.fixture
def store():
    store = migrated_store()
    yield store
    store.close()


def bounds(store):
    """Begin and end of each partition, in order."""
    rows = store.sql("SELECT pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i"
                     " JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'access_token'::regclass")
    found = [re.fullmatch(r"FOR VALUES FROM \('([^']+)'\) TO \('([^']+)'\)", row[0]).groups() for row in rows]
    return sorted(tuple(datetime.datetime.fromisoformat(word + ":00") for word in pair) for pair in found)


def now(store):
    return store.one("SELECT now()")


def keep_partitions(store, dsn=None):
    connection = store.connect(dsn or store.user_dsn)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT made, dropped FROM access_token_keep_partitions()")
        return cursor.fetchone()


def make_old(store, hours):
    """A partition of that long ago, with a row."""
    store.sql("SET TimeZone = 'UTC'")
    begins = store.one("SELECT date_bin('6 hours', now() - %s * interval '1 hour', 'epoch')", hours)
    name = "access_token_" + begins.strftime("%Y%m%d%H")
    store.sql(f"CREATE TABLE {name} PARTITION OF access_token FOR VALUES FROM (%s) TO (%s)", begins, begins + STEP)
    store.sql("INSERT INTO access_token (token, app, user_id, generation, expires_at)"
              " VALUES (sha256(%s), 1, 1, 1, %s)", name.encode(), begins)
    return name


def exists(store, name):
    return store.one("SELECT to_regclass(%s) IS NOT NULL", name)


def test_partitions_reach_ahead(store):
    """Without a gap, past the longest lifetime (a day) by a day."""
    store.sql("SET TimeZone = 'UTC'")
    found = bounds(store)
    assert all(end - begin == STEP for begin, end in found)
    assert all(first[1] == second[0] for first, second in zip(found, found[1:]))
    assert found[0][0] <= now(store) and found[-1][1] >= now(store) + datetime.timedelta(hours=48)
    assert keep_partitions(store) == (0, 0)


def test_partitions_are_made_again(store):
    store.sql("SET TimeZone = 'UTC'")
    before = bounds(store)
    for begin, _ in before[-3:]:
        store.sql(f"DROP TABLE access_token_{begin:%Y%m%d%H}")
    assert keep_partitions(store) == (3, 0)
    assert bounds(store) == before
    # With the key that finds a token and the check of its length.
    (count,) = {row[0] for row in store.sql(
        "SELECT count(*) FROM pg_inherits i JOIN pg_constraint c ON c.conrelid = i.inhrelid"
        " WHERE i.inhparent = 'access_token'::regclass GROUP BY i.inhrelid")}
    assert count == 2


def test_expired_partitions_are_dropped(store):
    gone = [make_old(store, hours) for hours in (6, 24, 1000)]
    before = bounds(store)
    assert keep_partitions(store) == (0, 3)
    assert not any(exists(store, name) for name in gone)
    assert bounds(store) == before[3:]


def test_a_partition_that_is_in_use_is_left_for_later(store):
    """An open reader holds nobody up, and nothing is lost."""
    name = make_old(store, 24)
    reader = store.connect(store.owner_dsn)
    with reader.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {name}")
    start = time.monotonic()
    assert keep_partitions(store) == (0, 0)
    assert time.monotonic() - start < 3 and exists(store, name)
    reader.rollback()
    assert keep_partitions(store) == (0, 1)


def test_an_open_reader_of_all_tokens_holds_no_partition_up(store):
    store.sql("SET TimeZone = 'UTC'")
    begin = bounds(store)[-1][0]
    store.sql(f"DROP TABLE access_token_{begin:%Y%m%d%H}")
    reader = store.connect(store.owner_dsn)
    with reader.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM access_token")
    assert keep_partitions(store) == (1, 0)
    reader.rollback()


def test_many_at_once_make_each_once(store):
    store.sql("SET TimeZone = 'UTC'")
    before = bounds(store)
    for begin, _ in before[-4:]:
        store.sql(f"DROP TABLE access_token_{begin:%Y%m%d%H}")
    make_old(store, 24)
    results, connections = [], [psycopg2.connect(store.user_dsn) for _ in range(6)]
    together = threading.Barrier(6)

    def work(connection):
        with connection, connection.cursor() as cursor:
            together.wait(30)
            cursor.execute("SELECT made, dropped FROM access_token_keep_partitions()")
            results.append(cursor.fetchone())

    threads = [threading.Thread(target=work, args=(connection,)) for connection in connections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for connection in connections:
        connection.close()
    assert len(results) == 6
    assert (sum(made for made, _ in results), sum(dropped for _, dropped in results)) == (4, 1)
    assert bounds(store) == before


@pytest.mark.parametrize("statement", [
    "CREATE TABLE access_token_x PARTITION OF access_token DEFAULT", "DROP TABLE access_token",
    "DELETE FROM access_token", "TRUNCATE access_token", "ALTER TABLE access_token ADD x int"])
def test_the_runtime_role_may_only_by_the_function(store, statement):
    with store.connect(store.user_dsn).cursor() as cursor, pytest.raises(psycopg2.errors.InsufficientPrivilege):
        cursor.execute(statement)


def test_the_function_is_nobody_else_s(store):
    stranger = f"{store.name} stranger"
    store.run_admin(f'CREATE ROLE "{stranger}" LOGIN PASSWORD \'s\'')
    try:
        dsn = psycopg2.extensions.make_dsn(store.owner_dsn, user=stranger, password="s")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            keep_partitions(store, dsn)
    finally:
        store.tidy()
        store.run_admin(f'DROP ROLE "{stranger}"')


def test_the_function_does_not_follow_the_caller_s_search_path(store):
    """A table of the caller's, by the name of ours, is not what the owner's rights work on."""
    connection = store.connect(store.user_dsn)
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE access_token (x int); SET search_path = pg_temp, public")
        cursor.execute("SELECT made, dropped FROM public.access_token_keep_partitions()")
        assert cursor.fetchone() == (0, 0)


NEWEST = ("SELECT max(c.relname) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
          " WHERE i.inhparent = 'access_token'::regclass")


def test_workers_keep_partitions_by_themselves():
    """No cron: a worker's tick brings back what is missing ahead."""
    name = one(NEWEST)
    sql(f"SET lock_timeout = '5s'; DROP TABLE {name}")
    # Workers look once in a while, from a time of their own on: one of many does so soon.
    with Server(CALLGATE_SERVER_WORKERS="12"):
        callgate.wait_for(lambda: one(NEWEST) == name, "the partition is there again")


def test_purge_does_it_by_hand():
    before = one(NEWEST)
    user = make_user()
    app = make_public(user)
    client = signed_in(user)
    code, kept = code_for(client, app), code_for(client, app)
    old, live = tokens_for(client, app), tokens_for(client, app)
    idle = tokens_for(client, app)
    sql("UPDATE auth_code SET expires_at = now() - interval '2 days' WHERE code = %s", digest(code))
    sql("UPDATE token_grant SET expires_at = now() - interval '2 days' WHERE leaf = %s", digest(old["refresh_token"]))
    sql("UPDATE token_grant SET used_at = now() - interval '32 days' WHERE leaf = %s", digest(idle["refresh_token"]))
    sql("INSERT INTO throttle (key, failures, ends_at) VALUES (%s, 1, now() - interval '1 minute')",
        digest("old"))
    text = run_fine("purge")
    for word in ("session", "code", "grant", "failed", "partition"):
        assert word in text.lower(), text
    assert one("SELECT count(*) FROM auth_code WHERE code = %s", digest(code)) == 0
    assert one("SELECT count(*) FROM auth_code WHERE code = %s", digest(kept)) == 1
    assert one("SELECT count(*) FROM throttle WHERE key = %s", digest("old")) == 0
    for tokens, count in ((old, 0), (idle, 0), (live, 1)):
        assert one("SELECT count(*) FROM token_grant WHERE leaf = %s", digest(tokens["refresh_token"])) == count
        assert one("SELECT count(*) FROM refresh_token WHERE token = %s", digest(tokens["refresh_token"])) == count
    assert api(live["access_token"]).status == 200
    assert one(NEWEST) == before


# ---- plans ----

TABLES = ("access_token", "refresh_token", "token_grant", "auth_code", "permission", "throttle", "app_secret", "app",
          "app_transfer", "pbx_user", "session", "audit_log", "level_request", "usage_hour", "refusal",
          "token_hour")
# What looks at all rows by its nature: commands.
WHOLE = {"USER_LIST", "APP_LIST_ALL", "APP_COUNT"}
# What would rather read a small table through, and does not as every connection forbids it.
FORBIDDEN = {"USER_FOUND_ALL", "USER_FOUND_TENANT", "PURGE_GRANTS"}
# What PostgreSQL has no plan for.
PLANLESS = {"LISTEN"}


def statement_names():
    with open(SOURCE, encoding="utf-8") as file:
        text = file.read()
    names = set(re.findall(r"^STATEMENT\((\w+),", text, re.MULTILINE))
    # Rows of macros: PURGE(SESSIONS, …) is PURGE_SESSIONS.
    for macro, prefix in re.findall(r"^#define (\w+)\(id, [^)]*\) \\\n +STATEMENT\((\w+)##id,", text, re.MULTILINE):
        names |= {prefix + row for row in re.findall(rf"^{macro}\((\w+),", text, re.MULTILINE)}
    assert len(names) > 10 and {"PURGE_SESSIONS", "LOGGED_BY_ACT"} < names
    return sorted(names - WHOLE - PLANLESS)


@pytest.fixture(scope="module")
def crowded():
    """A database with 100,000 tokens and as many applications, half of them one user's, in a transaction
    that looks at all of them."""
    store = migrated_store()
    connection = psycopg2.connect(store.owner_dsn)
    with connection.cursor() as cursor:
        for statement in (
            # A thousand are of one client.
            "INSERT INTO pbx_user (login, client_id, extension_id, tenant_id) SELECT 'u' || n,"
            " CASE WHEN n > 1000 THEN n END, CASE WHEN n <= 1000 THEN n END, greatest(n, 1000)"
            " FROM generate_series(1, 5000) n",
            "INSERT INTO app (app_id, owner_id, name, type)"
            " SELECT md5(login), id, 'x', 'public' FROM pbx_user",
            "INSERT INTO app_secret (app, secret, tail)"
            " SELECT id, sha256(app_id::bytea), '' FROM app",
            "INSERT INTO session (token, user_id, expires_at)"
            " SELECT sha256(login::bytea), id, now() + id * interval '1 s' FROM pbx_user",
            "INSERT INTO permission (app, user_id, level, redirect_urls, generation)"
            " SELECT id, owner_id, 'all', '{}', 1 FROM app",
            "INSERT INTO auth_code (code, app, user_id, permission, level, redirect_url, redirect_sent, generation,"
            " expires_at) SELECT sha256(id::text::bytea), app, user_id, id, 'all', '', false, 1, now() + id * interval"
            " '1 s' FROM permission",
            "INSERT INTO token_grant (app, user_id, permission, level, generation, expires_at, leaf)"
            " SELECT p.app, p.user_id, p.id, 'all', 1, now() + interval '1 year', sha256((p.id || '.' || n)::bytea)"
            " FROM permission p, generate_series(1, 4) n",
            "INSERT INTO refresh_token (token, grant_id) SELECT leaf, id FROM token_grant",
            "INSERT INTO access_token (token, app, user_id, grant_id, generation, expires_at)"
            " SELECT sha256((id || '.' || n)::bytea), app, user_id, id, 1,"
            " now() + interval '1 minute' + (id * 5 + n) % 9 * interval '6 hours'"
            " FROM token_grant, generate_series(1, 5) n",
            "INSERT INTO throttle (key, failures, ends_at)"
            " SELECT sha256(n::text::bytea), 1, now() + interval '1 minute' FROM generate_series(1, 5000) n",
            "INSERT INTO level_request (app, user_id, reason, state) SELECT id, owner_id, 'x',"
            " CASE WHEN id % 10 = 0 THEN 'open' ELSE 'declined' END FROM app",
            "INSERT INTO usage_hour (app, hour, method, rule, passed)"
            " SELECT id, now() - n * interval '1 hour', 'GET', '-', 1 FROM app, generate_series(1, 4) n",
            "INSERT INTO refusal (app, hour, reason, method, rule, count, last_at, last_request)"
            " SELECT id, now() - n * interval '1 hour', 'level', 'PUT', '-', 1, now(), '' FROM app, generate_series(1, 4) n",
            "INSERT INTO token_hour (app, hour, grant_type, issued)"
            " SELECT id, now() - n * interval '1 hour', 'password', 1 FROM app, generate_series(1, 20) n",
            "INSERT INTO audit_log (actor_login, act, object_kind, object_id) SELECT 'u' || n % 50, 'act' || n % 4 || '.' || n % 9,"
            " 'user', 'u' || n % 500 FROM generate_series(1, 100000) n",
            # Some that are rare among many.
            "INSERT INTO audit_log (actor_login, act, object_kind, object_id) SELECT 'u1', 'rare.' || n, 'app', n"
            " FROM generate_series(1, 60) n",
            "INSERT INTO audit_log (actor_login, act) SELECT 'lone', 'rare.act' FROM generate_series(1, 60)",
            # Few are common: what is on average dense may still be rare.
            "INSERT INTO audit_log (actor_login, act) SELECT 'u' || n % 2, 'act1.' || n % 2"
            " FROM generate_series(1, 100000) n",
            "INSERT INTO app_transfer (app, from_user, to_user) SELECT id, owner_id, owner_id FROM app",
            # Some of a rare name, type, level, or not used for long.
            "INSERT INTO app (app_id, owner_id, name, type, level, level_until, created_at, last_used_at)"
            " SELECT md5('many' || n), least.id + n % 2 * (n % 5000), CASE WHEN n % 1999 < 2 THEN 'Qu~' ELSE 'n' || n END,"
            " CASE WHEN n % 2500 < 2 THEN 'password_credentials' ELSE 'trusted' END,"
            " CASE WHEN n % 2000 < 2 THEN 'all' ELSE 'call_api' END, CASE WHEN n % 4000 < 2 THEN now() END,"
            " now() - interval '2 years', now() - CASE WHEN n % 1800 < 2 THEN 400 ELSE n % 300 END * interval '1 day'"
            " FROM generate_series(1, 95000) n, (SELECT min(id) AS id FROM pbx_user) least",
            *(f"ANALYZE {table}" for table in TABLES),
            "SET LOCAL plan_cache_mode = force_generic_plan",
        ):
            cursor.execute(statement)
        cursor.execute("SELECT count(*) FROM access_token")
        assert cursor.fetchone()[0] == 100000
        yield cursor
    connection.close()
    store.close()


@pytest.fixture(scope="module")
def texts():
    demo = Demo(os.environ["DATABASE_URL"])
    yield {name: demo("sql", name)["sql"] for name in statement_names()}
    demo.close()


def scans(plan):
    """Tables of ours that the plan reads from end to end."""
    return [line.strip() for line in plan.splitlines()
            if re.search(r"Seq Scan on (%s)(_\d+)?\b" % "|".join(TABLES), line)]


@pytest.mark.parametrize("name", statement_names())
def test_no_statement_reads_a_whole_table(crowded, texts, name):
    crowded.execute(f"SET LOCAL enable_seqscan = {'off' if name in FORBIDDEN else 'on'}")
    crowded.execute(f"PREPARE looked_at AS {texts[name]}")
    crowded.execute("SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = 'looked_at'")
    count = crowded.fetchone()[0]
    values = f" ({', '.join(['NULL'] * count)})" if count else ""
    crowded.execute("EXPLAIN EXECUTE looked_at" + values)
    plan = "\n".join(row[0] for row in crowded.fetchall())
    crowded.execute("DEALLOCATE looked_at")
    assert scans(plan) == [], plan


AUDIT = {
    "everything": ("LOGGED_ALL", "NULL, NULL, NULL, NULL"),
    "an actor": ("LOGGED_BY_ACTOR", "'u1', NULL, NULL, NULL"),
    "a rare actor": ("LOGGED_BY_ACTOR", "'lone', NULL, NULL, NULL"),
    "no actor": ("LOGGED_BY_ACTOR", "'none', NULL, NULL, NULL"),
    "an object": ("LOGGED_BY_OBJECT", "NULL, 'user', 'u7', NULL"),
    "a rare object": ("LOGGED_BY_OBJECT", "NULL, 'app', '7', NULL"),
    "an act": ("LOGGED_BY_ACT", "NULL, NULL, NULL, 'act1.7'"),
    "a rare act": ("LOGGED_BY_ACT", "NULL, NULL, NULL, 'rare.7'"),
    "rare acts": ("LOGGED_BY_ACT", "NULL, NULL, NULL, 'rare.'"),
    "many acts": ("LOGGED_BY_ACT", "NULL, NULL, NULL, 'act1.'"),
    "no act": ("LOGGED_BY_ACT", "NULL, NULL, NULL, 'none'"),
    "an actor's act": ("LOGGED_BY_ACTOR", "'u1', NULL, NULL, 'rare.7'"),
    "an actor's acts": ("LOGGED_BY_ACTOR", "'u1', NULL, NULL, 'rare.'"),
    "an actor's many acts": ("LOGGED_BY_ACTOR", "'u1', NULL, NULL, 'act1.'"),
}


@pytest.mark.parametrize("times", ["NULL, NULL", "0, 4102444800000"], ids=["any time", "a time"])
@pytest.mark.parametrize("case", AUDIT)
def test_a_page_of_the_audit_log_reads_about_its_rows(crowded, texts, case, times):
    """However rare they are among however many: pages of memory, which no clock has a part in."""
    name, values = AUDIT[case]
    crowded.execute(f"PREPARE looked_at AS {texts[name]}")
    crowded.execute(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) EXECUTE looked_at"
                    f" ({values}, {times}, 9223372036854775807, 51)")
    plan = crowded.fetchone()[0][0]["Plan"]
    crowded.execute("DEALLOCATE looked_at")
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 4000, plan


def rows_read(plan, table):
    """What the steps of an analyzed plan took out of a table, all in all."""
    own = 0
    if plan.get("Relation Name") == table:
        own = (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"]
    return own + sum(rows_read(step, table) for step in plan.get("Plans", []))


def read_by(crowded, texts, name, values):
    """The plan of a statement that has run, as on every connection of the program."""
    crowded.execute("SET LOCAL enable_seqscan = off")
    crowded.execute(f"PREPARE looked_at AS {texts[name]}")
    crowded.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) EXECUTE looked_at ({values})")
    plan = crowded.fetchone()[0][0]["Plan"]
    crowded.execute("DEALLOCATE looked_at")
    return plan


def rows_of(crowded, texts, name, values):
    crowded.execute(f"PREPARE looked_at AS {texts[name]}")
    crowded.execute(f"EXECUTE looked_at ({values})")
    found = crowded.fetchall()
    crowded.execute("DEALLOCATE looked_at")
    return found


@pytest.fixture(scope="module")
def rich(crowded):
    """The owner of 50,000; one of the client's thousand users."""
    crowded.execute("SELECT owner_id FROM app GROUP BY owner_id ORDER BY count(*) DESC LIMIT 1")
    return crowded.fetchone()[0]


NEVER, LIMIT, CLIENT = 2**63 - 1, 51, 1000
# How a statement's first page is asked for, and the order that it promises.
ORDERS = {"NEWEST": (f"{NEVER}, {LIMIT}", "a.id DESC"), "NAME": (f"0, {LIMIT}, ''", "lower(a.name), a.id"),
          "USED": (f"{NEVER}, {LIMIT}, NULL", "coalesce(a.last_used_at, 'epoch') DESC, a.id DESC")}
# Common and rare, long and short, of no letters, and none at all.
TERMS = ["n", "777", "n94998", "qu~", "q", "~", "u~", "n9 ", "zzz"]
# Many have it, and those lie together: both ways read many.
DENSE = "N7"


@pytest.mark.parametrize("order, most", [("NEWEST", 2 * LIMIT), ("NAME", 2 * LIMIT), ("USED", 1000)])
def test_a_page_of_applications_reads_what_it_shows(crowded, texts, rich, order, most):
    """Of the owner of 50,000 as of any other: found, then fetched; in the order of last use all of a day."""
    plan = read_by(crowded, texts, f"APP_PAGE_{order}", f"{rich}, NULL, {ORDERS[order][0]}")
    assert plan["Actual Rows"] == LIMIT and rows_read(plan, "app") <= most, plan


def expected(crowded, condition, order, *values):
    crowded.execute("SELECT a.id FROM app a JOIN pbx_user u ON u.id = a.owner_id"
                    f" WHERE {condition} ORDER BY {order} LIMIT {LIMIT}", values)
    return [row[0] for row in crowded.fetchall()]


@pytest.mark.parametrize("whose", ["an owner's", "a client's"])
@pytest.mark.parametrize("order", ORDERS)
def test_pages_of_applications_are_complete(crowded, texts, rich, order, whose):
    """What an index leads to, and what a walk finds, is what there is, page by page."""
    who, owned = ((f"{rich}, NULL", f"u.id = {rich}") if whose == "an owner's" else
                  (f"NULL, {CLIENT}", f"u.tenant_id = {CLIENT}"))
    first, by = ORDERS[order]
    found = rows_of(crowded, texts, f"APP_PAGE_{order}", f"{who}, {first}")
    assert [row[1] for row in found] == expected(crowded, owned, by)
    for term in [*TERMS, DENSE, "%"]:
        ids = [row[1] for row in rows_of(crowded, texts, f"APP_FOUND_{order}", f"{who}, {first}, '{term}'")]
        assert ids == expected(crowded, f"{owned} AND strpos(lower(a.name), lower(%s)) > 0", by, term), term
    crowded.execute(f"SELECT a.app_id, a.id FROM app a JOIN pbx_user u ON u.id = a.owner_id WHERE {owned} LIMIT 1")
    app_id, number = crowded.fetchone()
    assert [row[1] for row in rows_of(crowded, texts, f"APP_FOUND_{order}", f"{who}, {first}, '{app_id}'")] == [number]


@pytest.mark.parametrize("term", TERMS)
@pytest.mark.parametrize("order", ORDERS)
def test_a_search_of_an_owner_s_applications_reads_few(crowded, texts, rich, order, term):
    """Whatever it looks for, of whatever length: the first ones, or what an index has."""
    plan = read_by(crowded, texts, f"APP_FOUND_{order}", f"{rich}, NULL, {ORDERS[order][0]}, '{term}'")
    assert rows_read(plan, "app") < 8000, plan


SEARCHES = [
    ("KIND", "'trusted', NULL, NULL, NULL", "a.type = 'trusted'", 1000),
    ("KIND", "'password_credentials', NULL, NULL, NULL", "a.type = 'password_credentials'", 1000),
    ("KIND", "'public trusted password_credentials', 'all', NULL, NULL",
     "a.level = 'all' AND (a.level_until > now()) IS NOT FALSE", 1000),
    ("KIND", "'public trusted password_credentials', 'call_api', NULL, NULL",
     "(a.level = 'call_api' OR a.level_until <= now())", 1000),
    ("KIND", "'password_credentials', 'all', NULL, NULL",
     "a.type = 'password_credentials' AND a.level = 'all' AND (a.level_until > now()) IS NOT FALSE", 1000),
    ("UNUSED", "NULL, NULL, 33696000000, NULL",  # 390 days
     "greatest(a.created_at, a.last_used_at, a.enabled_at) < now() - interval '390 days'", 1000),
    ("UNUSED", "NULL, NULL, 8640000000, NULL",
     "greatest(a.created_at, a.last_used_at, a.enabled_at) < now() - interval '100 days'", 1000),
    *((("NAME", f"NULL, NULL, NULL, '{term}'", f"strpos(lower(a.name), lower('{term}')) > 0", most)
       for term, most in [*((term, 8000) for term in TERMS), (DENSE, 200000)])),
]


@pytest.mark.parametrize("name, values, condition, most", SEARCHES)
def test_an_administrator_s_search_reads_few_and_finds_all(crowded, texts, name, values, condition, most):
    asked = f"{NEVER}, {LIMIT}, {values}"
    plan = read_by(crowded, texts, f"APP_SEARCH_{name}", asked)
    assert rows_read(plan, "app") < most, plan
    found = [row[0] for row in rows_of(crowded, texts, f"APP_SEARCH_{name}", asked)]
    assert found == expected(crowded, condition, "a.id DESC")


@pytest.mark.parametrize("name, number", [("OWNER", None), ("CLIENT", CLIENT), ("CLIENT", 4000)])
@pytest.mark.parametrize("term", ["", "n", "qu~", "~"])
def test_a_search_of_an_owner_or_a_client_reads_few_and_finds_all(crowded, texts, rich, name, number, term):
    values = f"{NEVER}, {LIMIT}, NULL, NULL, NULL, {chr(39) + term + chr(39) if term else 'NULL'}, {number or rich}"
    statement = f"APP_SEARCH_{name}" + ("_NAME" if term else "")
    owned = f"u.tenant_id = {number}" if number else f"u.id = {rich}"
    plan = read_by(crowded, texts, statement, values)
    assert rows_read(plan, "app") < 8000 and rows_read(plan, "pbx_user") < 8000, plan
    found = [row[0] for row in rows_of(crowded, texts, statement, values)]
    assert found == expected(crowded, f"{owned} AND strpos(lower(a.name), lower(%s)) > 0", "a.id DESC", term)


@pytest.mark.parametrize("name, tenant", [("ALL", None), ("TENANT", CLIENT)])
@pytest.mark.parametrize("term", ["u", "U49", "u4999", "99", "u77", "zz", "~", " ", "u1 "])
def test_a_search_of_users_reads_few_and_finds_all(crowded, texts, name, tenant, term):
    values = f"'{term}', {tenant or 'NULL'}, '', '', {LIMIT}"
    plan = read_by(crowded, texts, f"USER_FOUND_{name}", values)
    assert rows_read(plan, "pbx_user") < 4400, plan
    found = [row[1] for row in rows_of(crowded, texts, f"USER_FOUND_{name}", values)]
    crowded.execute("SELECT login FROM pbx_user WHERE strpos(lower(login || ' ' || name || ' ' || email), lower(%s)) > 0"
                    f" AND (%s IS NULL OR tenant_id = %s) ORDER BY login LIMIT {LIMIT}", (term, tenant, tenant))
    assert found == [row[0] for row in crowded.fetchall()]


def test_a_page_of_a_client_s_consents_looks_at_its_applications_alone(crowded, texts):
    plan = read_by(crowded, texts, "AUTHORIZED_TENANT", f"{CLIENT}, 86400000, {LIMIT}, NULL, 0, 0")
    assert plan["Actual Rows"] == LIMIT and rows_read(plan, "app") == LIMIT, plan
    assert rows_read(plan, "token_grant") < 1000, plan


def rows_sorted(plan):
    """The most that a step of an analyzed plan puts in order."""
    own = plan["Actual Rows"] if "Sort" in plan["Node Type"] else 0
    return max([own, *(rows_sorted(step) for step in plan.get("Plans", []))])


def test_refusals_are_added_up_unsorted(crowded, texts):
    crowded.execute("SELECT max(id) FROM app")
    app = crowded.fetchone()[0]
    crowded.execute("INSERT INTO refusal (app, hour, reason, method, rule, count, last_at, last_request)"
                    " SELECT %s, date_trunc('hour', now()) - h * interval '1 hour', 'level', 'PUT', '/' || r, r, now() -"
                    " h * interval '1 hour', h || '/' || r FROM generate_series(1, 300) h, generate_series(1, 20) r", (app,))
    crowded.execute("ANALYZE refusal")
    found = rows_of(crowded, texts, "REFUSAL_LIST", f"{app}, 10")
    assert [(row[2], row[3], row[5]) for row in found] == [(f"/{r}", 300 * r, f"1/{r}") for r in range(20, 10, -1)]
    plan = read_by(crowded, texts, "REFUSAL_LIST", f"{app}, 10")
    assert rows_sorted(plan) <= 20 and rows_read(plan, "refusal") < 6100, plan


def test_noting_a_use_writes_no_index(crowded):
    """But on the first of a day."""
    crowded.execute("SELECT min(id) FROM app")
    app = crowded.fetchone()[0]
    for day, moves in (("2020-01-01 00:00", 1), ("2020-01-01 12:00", 0), ("2020-01-01 23:59:59.999", 0), ("2020-01-02", 1)):
        crowded.execute("SELECT pg_stat_get_xact_tuples_updated('app'::regclass) -"
                        " pg_stat_get_xact_tuples_hot_updated('app'::regclass)")
        before = crowded.fetchone()[0]
        crowded.execute("UPDATE app SET last_used_at = %s::timestamp AT TIME ZONE 'UTC' WHERE id = %s", (day, app))
        crowded.execute("SELECT pg_stat_get_xact_tuples_updated('app'::regclass) -"
                        " pg_stat_get_xact_tuples_hot_updated('app'::regclass)")
        assert crowded.fetchone()[0] - before == moves, day


def test_the_look_up_of_a_token_prunes_partitions(crowded, texts):
    """Only what can still be alive is looked at, each by its key."""
    crowded.execute(f"PREPARE looked_at AS {texts['TOKEN_FIND']}")
    crowded.execute("EXPLAIN EXECUTE looked_at (sha256('1'))")
    plan = "\n".join(row[0] for row in crowded.fetchall())
    crowded.execute("DEALLOCATE looked_at")
    assert re.search(r"access_token_\d+_pkey", plan) and "Seq Scan" not in plan, plan


def test_issuing_costs_the_same_beside_expired_tokens():
    """Each insert goes to the partition of its hour, which has its key to keep up to date and nothing else."""
    assert one("SELECT count(*) FROM pg_indexes WHERE tablename = 'access_token'") == 1
    assert one("SELECT count(*) FROM pg_trigger WHERE tgrelid = 'access_token'::regclass") == 0
