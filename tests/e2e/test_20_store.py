# test_20_store.py - the store against a real PostgreSQL: migrations, rights, and each operation of
# fcgi/dao/dao.h, driven through tests/unit/dao_demo.c.
#
# CALLGATE_DAO_DEMO is that program, CALLGATE_TEST_PG_ADMIN a superuser's connection string: databases
# and roles are made, and dropped, with it.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import glob
import hashlib
import json
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import threading
import time

import psycopg2
import psycopg2.errors
import psycopg2.extensions
import pytest

MIGRATIONS = os.path.join(os.path.dirname(__file__), "..", "..", "migrations")
HOUR = 3600 * 1000
UNSET = {"dealer_id": 0, "extension_group_id": 0, "extension_id": 0}


def setting(name):
    value = os.environ.get(name)
    assert value, f"{name} is not set: scripts/test sets it"
    return value


def conninfo(base, **changes):
    return psycopg2.extensions.make_dsn(base, **changes)


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


class Demo:
    """One process, one connection: a command in, its answer out."""

    def __init__(self, dsn, timeout_ms=3000):
        program = setting("CALLGATE_DAO_DEMO")
        assert os.access(program, os.X_OK), f"{program} is not there: build it"
        self.process = subprocess.Popen(
            [program, dsn, str(timeout_ms)], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def __call__(self, *words):
        self.process.stdin.write("\t".join(str(word) for word in words) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        return json.loads(line)

    def close(self):
        """What it logged. A leak or an overflow in a sanitizer build ends it with another status."""
        _, log = self.process.communicate()
        assert self.process.returncode == 0, log
        return log


class Store:
    """A database of its own, with an owner and a runtime role of its own."""

    def __init__(self, admin_dsn):
        self.admin_dsn = admin_dsn
        # Names that must be quoted.
        self.name = "Store-" + secrets.token_hex(4)
        self.owner, self.role, self.user = (f"{self.name} {part}" for part in ("own", "run", "web"))
        self.admin = psycopg2.connect(admin_dsn)
        self.admin.autocommit = True
        self.demos = []
        self.others = []
        self.run_admin(f'CREATE ROLE "{self.owner}" LOGIN PASSWORD \'o\'')
        self.run_admin(f'CREATE ROLE "{self.user}" LOGIN PASSWORD \'w\'')
        self.run_admin(f'CREATE DATABASE "{self.name}" OWNER "{self.owner}"')
        self.owner_dsn = conninfo(admin_dsn, dbname=self.name, user=self.owner, password="o")
        self.user_dsn = conninfo(admin_dsn, dbname=self.name, user=self.user, password="w")
        self.super_dsn = conninfo(admin_dsn, dbname=self.name)
        self._owner_connection = None

    def run_admin(self, sql):
        with self.admin.cursor() as cursor:
            cursor.execute(sql)

    def make_role(self):
        self.run_admin(f'CREATE ROLE "{self.role}" NOLOGIN')
        self.run_admin(f'GRANT "{self.role}" TO "{self.user}"')

    def demo(self, dsn=None, timeout_ms=3000):
        demo = Demo(dsn or self.user_dsn, timeout_ms)
        self.demos.append(demo)
        return demo

    def migrate(self, directory=MIGRATIONS, timeout_ms=3000):
        return self.demo(timeout_ms=timeout_ms)("migrate", self.owner_dsn, directory, self.role)

    def sql(self, sql, *values):
        """As the owner, who may do what the runtime role may not."""
        if self._owner_connection is None:
            self._owner_connection = psycopg2.connect(
                conninfo(self.owner_dsn, options="-c statement_timeout=30s"))
            self._owner_connection.autocommit = True
        with self._owner_connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall() if cursor.description else None

    def one(self, sql, *values):
        return self.sql(sql, *values)[0][0]

    def disconnect(self):
        """The owner; the next statement connects anew."""
        if self._owner_connection is not None:
            self._owner_connection.close()
            self._owner_connection = None

    def seen_by_admin(self, sql, *values):
        """Others' doings, which the owner may not see."""
        with self.admin.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()

    def audit(self):
        return self.sql("SELECT act, object_kind, object_id, actor_id, actor_login, address,"
                        " request_id, detail FROM audit_log ORDER BY id")

    def connect(self, dsn):
        """Somebody else's connection; what it locks is free again after the test, however it ends."""
        self.others.append(psycopg2.connect(dsn))
        return self.others[-1]

    def tidy(self):
        while self.others:
            self.others.pop().close()
        while self.demos:
            self.demos.pop().close()

    def log_of(self, demo):
        self.demos.remove(demo)
        return demo.close()

    def empty(self):
        self.sql("TRUNCATE pbx_user, app, app_secret, access_token, session, audit_log, permission, auth_code,"
                 " token_grant, refresh_token, throttle, usage_hour, refusal, token_hour, level_request, app_transfer"
                 " RESTART IDENTITY")

    def close(self):
        self.tidy()
        self.disconnect()
        self.run_admin(f'DROP DATABASE "{self.name}" WITH (FORCE)')
        for role in (self.owner, self.role, self.user):
            self.run_admin(f'DROP ROLE IF EXISTS "{role}"')
        self.admin.close()


@pytest.fixture
def empty():
    """No runtime role, no tables."""
    store = Store(setting("CALLGATE_TEST_PG_ADMIN"))
    yield store
    store.close()


@pytest.fixture
def bare(empty):
    """A runtime role, no tables."""
    empty.make_role()
    return empty


@pytest.fixture
def own_store(bare):
    """Migrated, and the test's own: it may change the schema and the roles."""
    answer = bare.migrate()
    assert answer["good"], answer
    return bare


@pytest.fixture(scope="module")
def shared_store():
    store = Store(setting("CALLGATE_TEST_PG_ADMIN"))
    store.make_role()
    answer = store.migrate()
    assert answer["good"], answer
    yield store
    store.close()


@pytest.fixture
def store(shared_store):
    """Migrated, without a row."""
    shared_store.empty()
    yield shared_store
    shared_store.tidy()


@pytest.fixture
def directory(tmp_path):
    """A copy of the migrations that may be changed."""
    return str(shutil.copytree(MIGRATIONS, tmp_path / "migrations"))


def put(directory, name, sql):
    with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
        file.write(sql)


def next_name(directory, words):
    return f"{len(os.listdir(directory)) + 1:04d}_{words}.sql"


def add_user(demo, login="client1", access="full", admin=0, client=12, dealer=0, status="active",
             extra=""):
    answer = demo("user_insert", login, access, admin, client, dealer, status, 0, extra)
    assert answer["status"] == "OK", answer
    return answer["id"]


def set_user(demo, user, login="client1", access="full", status="active"):
    return demo("user_update", login, access, 0, 12, 0, status, user, "")


def add_app(demo, owner, secret="secret", form_key="", kind="trusted", level="call_api", native=0,
            name="App", urls=()):
    app_id = secrets.token_hex(16)
    answer = demo("app_insert", owner, app_id, secret, form_key, kind, level, native, name, *urls)
    assert answer["status"] == "OK", answer
    return answer


# ---- migrations -------------------------------------------------------------------------------


def test_migrate_twice(bare):
    files = sorted(os.listdir(MIGRATIONS))
    first = bare.migrate()
    assert first["good"] and first["applied"].split() == files, first
    second = bare.migrate()
    assert second["good"] and second["applied"] == "", second
    assert bare.demo()("migrations_check", MIGRATIONS) == {"good": True, "fault": ""}
    with open(os.path.join(MIGRATIONS, files[0]), "rb") as file:
        checksum = hashlib.sha256(file.read()).hexdigest()
    assert bare.sql("SELECT number, name, checksum FROM schema_migration WHERE number = 1") == [
        (1, files[0], checksum)]


def test_two_migrations_at_once_both_succeed(bare, directory):
    put(directory, next_name(directory, "slow"), "SELECT pg_sleep(0.5);")
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(bare.migrate(directory)))
               for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer["good"] for answer in answers] == [True, True], answers
    applied = [name for answer in answers for name in answer["applied"].split()]
    assert sorted(applied) == sorted(os.listdir(directory))


def test_a_migration_that_never_ends_is_not_waited_for(bare):
    other = bare.connect(bare.owner_dsn)
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", (int.from_bytes(b"callgate", "big"),))
        answer = bare.migrate(timeout_ms=300)
    other.close()
    assert not answer["good"]
    assert "another migration holds the lock" in answer["fault"]
    assert bare.migrate()["good"]


def test_a_changed_file_is_refused_by_name(store, directory):
    with open(os.path.join(directory, "0001_begin.sql"), "a", encoding="utf-8") as file:
        file.write("-- one more line\n")
    for answer in (store.migrate(directory), store.demo()("migrations_check", directory)):
        assert not answer["good"]
        assert "0001_begin.sql" in answer["fault"] and "changed" in answer["fault"]


def test_a_renamed_file_is_refused_by_name(store, directory):
    os.rename(os.path.join(directory, "0001_begin.sql"), os.path.join(directory, "0001_start.sql"))
    answer = store.migrate(directory)
    assert not answer["good"] and "0001_start.sql" in answer["fault"]


@pytest.mark.parametrize("name, words", [
    ("0009_later.sql", "is missing before it"),
    ("0001_twice.sql", "comes twice"),
    ("1_short.sql", "NNNN_words.sql"),
    ("0000_zero.sql", "NNNN_words.sql"),
    ("0002_Capital.sql", "NNNN_words.sql"),
    ("0002.sql", "NNNN_words.sql"),
])
def test_a_bad_number_is_refused_by_name(bare, directory, name, words):
    put(directory, name, "SELECT 1;")
    answer = bare.migrate(directory)
    assert not answer["good"] and answer["applied"] == ""
    assert name in answer["fault"] and words in answer["fault"]


def test_no_files_no_directory(bare, tmp_path):
    assert "there is no migration" in bare.migrate(str(tmp_path))["fault"]
    assert "No such file or directory" in bare.migrate(str(tmp_path / "nowhere"))["fault"]


def test_a_database_newer_than_the_files(bare, directory):
    extra = next_name(directory, "future")
    put(directory, extra, "SELECT 1;")
    assert bare.migrate(directory)["good"]
    for answer in (bare.migrate(), bare.demo()("migrations_check", MIGRATIONS)):
        assert not answer["good"]
        assert extra in answer["fault"] and "newer" in answer["fault"]


def test_a_database_older_than_the_files(store, directory):
    extra = next_name(directory, "more")
    put(directory, extra, "SELECT 1;")
    answer = store.demo()("migrations_check", directory)
    assert not answer["good"]
    assert extra in answer["fault"] and "callgate migrate" in answer["fault"]


def test_a_migration_that_fails_leaves_nothing(bare, directory):
    good, bad = "first_half", "second_half"
    name = next_name(directory, "broken")
    put(directory, name, f"CREATE TABLE {good} ();\n\nCREATE TABLE {bad} (n nothing);\n")
    answer = bare.migrate(directory)
    assert not answer["good"]
    assert f'{name}:3: type "nothing" does not exist' in answer["fault"]
    assert bare.one("SELECT to_regclass(%s)", good) is None
    # Those before it stay.
    assert bare.one("SELECT count(*) FROM schema_migration") == len(os.listdir(MIGRATIONS))
    put(directory, name, f"CREATE TABLE {good} ();\n")
    assert bare.migrate(directory)["applied"].split() == [name]


def test_copy_in_a_migration_does_not_hang(bare, directory):
    name = next_name(directory, "copy")
    put(directory, name, "COPY pbx_user FROM STDIN;\n")
    answer = bare.migrate(directory)
    assert not answer["good"] and name in answer["fault"]


def test_the_sql_that_makes_a_missing_role_works(empty):
    answer = empty.migrate()
    assert not answer["good"]
    assert empty.one("SELECT to_regclass('schema_migration')") is None
    sql = re.search(r"CREATE ROLE .*", answer["fault"]).group()
    sql = sql.replace("<the user of database.conninfo>", f'"{empty.user}"')
    empty.run_admin(sql)
    assert empty.migrate()["good"]
    assert empty.demo()("migrations_check", MIGRATIONS)["good"]
    assert add_user(empty.demo()) > 0


def test_a_runtime_role_that_may_create_is_refused(bare):
    superuser = bare.connect(bare.super_dsn)
    superuser.autocommit = True
    with superuser.cursor() as cursor:
        cursor.execute(f'GRANT CREATE ON SCHEMA public TO "{bare.role}"')
        answer = bare.migrate()
        assert not answer["good"]
        cursor.execute(re.search(r"REVOKE .*", answer["fault"]).group())
    superuser.close()
    assert bare.migrate()["good"]


def test_check_before_migrating_says_what_to_do(bare):
    for command in (("check",), ("migrations_check", MIGRATIONS)):
        answer = bare.demo()(*command)
        assert not answer["good"]
        assert "callgate migrate" in answer["fault"]


def test_check_without_membership_says_what_to_do(own_store):
    own_store.run_admin(f'REVOKE "{own_store.role}" FROM "{own_store.user}"')
    answer = own_store.demo()("migrations_check", MIGRATIONS)
    assert not answer["good"] and "GRANT" in answer["fault"]


def test_a_newer_schema_with_more_columns_serves(own_store):
    own_store.sql("ALTER TABLE pbx_user ADD COLUMN nickname text")
    assert own_store.demo()("check") == {"good": True, "fault": ""}


def test_a_schema_that_lacks_a_column_does_not(own_store):
    own_store.sql("ALTER TABLE pbx_user DROP COLUMN timezone")
    answer = own_store.demo()("check")
    assert not answer["good"]
    assert "timezone" in answer["fault"] and "statement " in answer["fault"]


# ---- rights -----------------------------------------------------------------------------------


@pytest.mark.parametrize("sql", [
    "UPDATE audit_log SET act = 'x'",
    "DELETE FROM audit_log",
    "TRUNCATE audit_log",
    "CREATE TABLE mine ()",
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE SCHEMA mine",
    "DELETE FROM pbx_user",
    "DELETE FROM access_token",
    "INSERT INTO schema_migration VALUES (9, 'x', 'x')",
    "ALTER TABLE audit_log ADD COLUMN x int",
])
def test_the_runtime_role_may_not(store, sql):
    add_user(store.demo())
    connection = store.connect(store.user_dsn)
    connection.autocommit = True
    with connection.cursor() as cursor:
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute(sql)
        cursor.execute("SELECT count(*) FROM audit_log")
        assert cursor.fetchone() == (1,)
    connection.close()


def test_the_connection_keeps_our_settings(own_store):
    """Whatever the role's own settings are."""
    for name, value in (("search_path", "nowhere"), ("TimeZone", "Asia/Kabul"),
                        ("client_encoding", "LATIN1"),
                        ("default_transaction_isolation", "serializable"),
                        ("plan_cache_mode", "force_custom_plan"), ("enable_seqscan", "on"), ("jit", "on")):
        own_store.run_admin(f'ALTER ROLE "{own_store.user}" SET {name} = \'{value}\'')
    demo = own_store.demo()
    user = add_user(demo, "zoë")
    assert demo("user_find", "zoë")["name"] == 'Näme, "quoted"'
    assert demo("session_insert", user, "t", "", HOUR)["made"]
    # One plan for all values, whoever came first.
    for name, value in (("plan_cache_mode", "force_generic_plan"), ("enable_seqscan", "off"), ("jit", "off")):
        assert demo("setting", name)["value"] == value, name
    names = own_store.sql("SELECT application_name FROM pg_stat_activity WHERE usename = %s", own_store.user)
    assert ("dao_demo",) in names


# ---- users ------------------------------------------------------------------------------------


def test_user_comes_back_as_it_was_written(store):
    demo = store.demo()
    user = add_user(demo, extra='{"a": [1, "\\\\x"]}')
    assert demo("user_find", "client1") == {
        "status": "OK", "found": True, "hash": "$y$hash", "id": user, "login": "client1",
        "name": 'Näme, "quoted"', "email": "a@example.com", "user_status": "active",
        "access": "full", "admin": False, "client_id": 12, "tenant_id": 12, **UNSET,
        "timezone": "Europe/Moscow", "extra_params": '{"a": [1, "\\\\x"]}'}
    assert store.sql("SELECT dealer_id, extension_id, extra_params FROM pbx_user") == [
        (None, None, {"a": [1, "\\x"]})]
    add_user(demo, "boss", admin=1, client=0, access="read_only", status="blocked")
    boss = demo("user_find", "boss")
    assert (boss["admin"], boss["client_id"], boss["tenant_id"], boss["access"],
            boss["user_status"], boss["extra_params"]) == (True, 0, 0, "read_only", "blocked", None)
    assert demo("user_find", "Client1") == {"status": "OK", "found": False}
    assert demo("user_list")["logins"] == ["boss", "client1"]


def test_a_taken_login_is_an_outcome(store):
    demo = store.demo()
    add_user(demo)
    assert add_user(demo) == 0
    assert store.one("SELECT count(*) FROM pbx_user") == 1
    assert [row[0] for row in store.audit()] == ["user.add"]
    assert "level=error" not in store.log_of(demo)


def test_a_level_that_the_table_refuses_is_an_error_without_values(store):
    demo = store.demo()
    answer = demo("user_insert", "both-levels", "full", 0, 12, 7, "active", 0, "")
    assert answer["status"] == "E_DB"
    log = store.log_of(demo)
    assert "sqlstate=23514" in log and "statement=USER_INSERT" in log
    assert log.count("level=error") == 1
    assert "$y$hash" not in log and "both-levels" not in log


def test_acts_on_users_leave_audit_rows(store):
    demo = store.demo()
    user = add_user(demo)
    assert set_user(demo, user, access="read_only")["status"] == "OK"
    assert demo("user_password", user, "$y$new")["status"] == "OK"
    who = ("actor", "192.0.2.7", "request-1")
    rows = store.audit()
    assert [row[:-1] for row in rows] == [
        ("user.add", "user", "client1", None, *who), ("user.set", "user", "client1", None, *who),
        ("user.password", "user", "client1", user, *who)]
    assert rows[0][-1]["after"].items() >= {"status": "active", "admin": False, "access": "full"}.items()
    assert [row[-1] for row in rows[1:]] == [
        {"before": {"access": "full"}, "after": {"access": "read_only"}}, {"must_change_password": False}]
    assert "hash" not in str(rows)
    assert demo("user_find", "client1")["hash"] == "$y$new"
    # Nobody there: nothing done, nothing said.
    assert set_user(demo, 999)["status"] == "OK"
    assert demo("user_password", 999, "x")["status"] == "OK"
    assert len(store.audit()) == 3


def test_a_hash_is_renewed_only_if_it_is_still_the_old_one(store):
    demo = store.demo()
    user = add_user(demo)
    assert demo("user_renew", user, "another", "$y$wrong")["status"] == "OK"
    assert demo("user_find", "client1")["hash"] == "$y$hash"
    assert demo("user_renew", user, "$y$hash", "$y$renewed")["status"] == "OK"
    assert demo("user_find", "client1")["hash"] == "$y$renewed"
    assert len(store.audit()) == 1


def test_an_act_without_a_row_of_its_own(store):
    demo = store.demo()
    assert demo("audit", "sign_in.refused", "user", "eve", '{"why": "a \\"word\\""}')["status"] == "OK"
    assert demo("audit", "sign_in.refused", "", "", "")["status"] == "OK"
    assert [(row[0], row[2], row[3], row[7]) for row in store.audit()] == [
        ("sign_in.refused", "eve", None, {"why": 'a "word"'}), ("sign_in.refused", "", None, {})]


# ---- sessions ---------------------------------------------------------------------------------


@pytest.fixture
def signed_in(store):
    demo = store.demo()
    user = add_user(demo)
    assert demo("session_insert", user, "token", "", 12 * HOUR) == {"status": "OK", "made": True}
    return store, demo, user


def test_session_is_found_and_ends(signed_in):
    store, demo, user = signed_in
    found = demo("session_find", "token", HOUR)
    assert found["found"] and found["id"] == user and found["login"] == "client1"
    assert abs(found["signed_in_ms"] - time.time() * 1000) < 60000
    assert store.sql("SELECT encode(token, 'hex'), address FROM session") == [
        (sha256("token"), "192.0.2.7")]
    assert not demo("session_find", "another", HOUR)["found"]
    assert demo("session_delete", user, "token")["status"] == "OK"
    assert not demo("session_find", "token", HOUR)["found"]
    assert demo("session_delete", user, "token")["status"] == "OK"
    assert [(row[0], row[2], row[3]) for row in store.audit()][1:] == [
        ("sign_in", "client1", user), ("sign_out", "client1", user)]


def test_a_new_session_ends_the_old(signed_in):
    _, demo, user = signed_in
    assert demo("session_insert", user, "new", "token", HOUR)["made"]
    assert not demo("session_find", "token", HOUR)["found"]
    assert demo("session_find", "new", HOUR)["found"]


@pytest.mark.parametrize("change", [
    "used_at = now() - interval '61 minutes'",
    "expires_at = now() - interval '1 second'",
])
def test_session_ends_idle_and_absolutely(signed_in, change):
    store, demo, _ = signed_in
    store.sql(f"UPDATE session SET {change}")
    before = store.sql("SELECT used_at FROM session")
    assert demo("session_find", "token", HOUR) == {"status": "OK", "found": False}
    assert store.sql("SELECT used_at FROM session") == before


@pytest.mark.parametrize("idle_ms, unused_s, noted", [
    (HOUR, 30, False), (HOUR, 90, True), (60000, 10, False), (60000, 20, True)])
def test_use_is_noted_once_a_minute(signed_in, idle_ms, unused_s, noted):
    store, demo, _ = signed_in
    store.sql("UPDATE session SET used_at = now() - %s * interval '1 second'", unused_s)
    assert demo("session_find", "token", idle_ms)["found"]
    ago = float(store.one("SELECT extract(epoch FROM now() - used_at) FROM session"))
    assert (ago < unused_s / 2) == noted


def test_a_locked_session_is_found_at_once(signed_in):
    store, demo, _ = signed_in
    store.sql("UPDATE session SET used_at = now() - interval '5 minutes'")
    other = store.connect(store.owner_dsn)
    with other.cursor() as cursor:
        cursor.execute("SELECT FROM session FOR UPDATE")
        begin = time.monotonic()
        assert demo("session_find", "token", HOUR)["found"]
        assert time.monotonic() - begin < 1
    other.close()


def test_blocking_a_user_ends_sessions(signed_in):
    store, demo, user = signed_in
    store.sql("UPDATE pbx_user SET status = 'blocked'")
    assert not demo("session_find", "token", HOUR)["found"]
    assert demo("session_insert", user, "new", "", HOUR) == {"status": "OK", "made": False}
    store.sql("UPDATE pbx_user SET status = 'active'")
    assert demo("session_find", "token", HOUR)["found"]
    assert set_user(demo, user, access="read_only")["status"] == "OK"
    assert demo("session_find", "token", HOUR)["access"] == "read_only"
    assert set_user(demo, user, status="blocked")["status"] == "OK"
    assert store.one("SELECT count(*) FROM session") == 0
    assert [row[0] for row in store.audit()].count("sign_in") == 1


def test_a_new_password_ends_sessions(signed_in):
    store, demo, user = signed_in
    other = add_user(demo, "client2")
    demo("session_insert", other, "other", "", HOUR)
    demo("user_password", user, "$y$new")
    assert not demo("session_find", "token", HOUR)["found"]
    assert demo("session_find", "other", HOUR)["found"]
    assert store.one("SELECT count(*) FROM session") == 1


# ---- applications -----------------------------------------------------------------------------


def test_app_comes_back_as_it_was_written(store):
    demo = store.demo()
    owner = add_user(demo)
    urls = ["https://a.example/cb?x=1,2&y={3}", 'https://b.example/"quoted"/\\back\\',
            "com.example.app:/cb", "https://c.example/NULL"]
    made = add_app(demo, owner, name="Ä <b>, 'x'", level="all", urls=urls)
    assert made.pop("made") is True
    assert made["redirect_urls"] == urls
    assert (made["name"], made["type"], made["level"], made["native"], made["owner_login"],
            made["last_used_ms"]) == ("Ä <b>, 'x'", "trusted", "all", False, "client1", 0)
    assert made["description"] == "What it does\nin two lines"
    assert abs(made["created_ms"] - time.time() * 1000) < 60000
    assert demo("app_find", made["app_id"]) == {"found": True, **made}
    assert store.sql("SELECT redirect_urls FROM app") == [(urls,)]
    assert store.sql("SELECT encode(secret, 'hex'), tail FROM app_secret") == [
        (sha256("secret"), "tail")]
    assert store.audit()[1] == (
        "app.register", "app", made["app_id"], owner, "actor", "192.0.2.7", "request-1",
        {"name": "Ä <b>, 'x'", "type": "trusted", "level": "all", "native": False})
    assert demo("app_find", "0" * 32) == {"status": "OK", "found": False}


def test_a_native_app_has_no_secret(store):
    demo = store.demo()
    made = add_app(demo, add_user(demo), secret="", kind="public", native=1)
    assert made["native"] and made["redirect_urls"] == []
    assert store.one("SELECT count(*) FROM app_secret") == 0


def test_a_form_sent_again_makes_no_second(store):
    demo = store.demo()
    owner, other = add_user(demo), add_user(demo, "client2")
    first = add_app(demo, owner, form_key="key", name="First")
    again = add_app(demo, owner, form_key="key", name="Second", secret="other secret")
    assert first["made"] and not again["made"]
    assert again == {**first, "made": False}
    assert add_app(demo, other, form_key="key")["made"]
    assert add_app(demo, owner)["made"] and add_app(demo, owner)["made"]
    assert store.one("SELECT count(*) FROM app") == 4
    assert store.one("SELECT count(*) FROM app_secret") == 4
    assert [row[0] for row in store.audit()].count("app.register") == 4


def test_a_form_sent_twice_at_once_makes_no_second(store):
    owner = add_user(store.demo())
    demos = [store.demo() for _ in range(8)]
    for demo in demos:
        assert demo("check")["good"]
    answers = []
    threads = [threading.Thread(target=lambda d=demo: answers.append(add_app(d, owner, form_key="k")))
               for demo in demos]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer["made"] for answer in answers].count(True) == 1
    assert len({answer["app_id"] for answer in answers}) == 1
    assert store.one("SELECT count(*) FROM app") == 1


def test_apps_are_listed_newest_first_and_paged(store):
    demo = store.demo()
    owner, other = add_user(demo), add_user(demo, "client2")
    rows = [add_app(demo, owner)["row"] for _ in range(5)]
    add_app(demo, other)
    rows.reverse()
    assert demo("app_list", owner, 0, 2) == {"status": "OK", "more": True, "rows": rows[:2]}
    assert demo("app_list", owner, rows[1], 2) == {"status": "OK", "more": True, "rows": rows[2:4]}
    assert demo("app_list", owner, rows[3], 2) == {"status": "OK", "more": False, "rows": rows[4:]}
    assert demo("app_list", owner, 0, 5) == {"status": "OK", "more": False, "rows": rows}
    assert demo("app_list", 999, 0, 5) == {"status": "OK", "more": False, "rows": []}


# ---- tokens -----------------------------------------------------------------------------------

GOOD = {"status": "OK", "app_found": True, "app_active": True, "authenticated": True,
        "type": "trusted", "user_active": True, "written": True}
UNKNOWN = {"status": "OK", "app_found": False, "app_active": False, "authenticated": False,
           "type": "public", "user_active": False, "written": False}


@pytest.fixture
def client(store):
    demo = store.demo()
    owner = add_user(demo)
    app = add_app(demo, owner)
    return store, demo, app["app_id"], owner


@pytest.mark.parametrize("change, secret, facts", [
    (None, "secret", {}),
    (None, "wrong", {"authenticated": False}),
    ("UPDATE app_secret SET expires_at = now() + interval '1 minute'", "secret", {}),
    ("UPDATE app_secret SET expires_at = now() - interval '1 second'", "secret",
     {"authenticated": False}),
    ("UPDATE app_secret SET secret = sha256('other')", "secret", {"authenticated": False}),
    ("DELETE FROM app_secret", "secret", {"authenticated": False}),
    ("INSERT INTO app_secret (app, secret, tail) SELECT id, sha256('second'), 'cond' FROM app",
     "secret", {}),
    ("INSERT INTO app_secret (app, secret, tail) SELECT id, sha256('second'), 'cond' FROM app",
     "second", {}),
    ("UPDATE app SET type = 'public'", "secret", {"type": "public"}),
    ("UPDATE app SET type = 'password_credentials'", "secret", {"type": "password_credentials"}),
    ("UPDATE pbx_user SET status = 'blocked'", "secret", {"user_active": False}),
    ("UPDATE app SET status = 'disabled'", "secret", {"app_active": False}),
    ("UPDATE app SET status = 'disabled'", "wrong",
     {"app_active": False, "authenticated": False}),
])
def test_issue_tells_the_facts(client, change, secret, facts):
    store, demo, app_id, owner = client
    if change:
        store.sql(change)
    # Whether the user is active is looked at only for a client that may ask.
    expected = {**GOOD, **facts, "written": facts == {}, "user_active": facts == {}}
    assert demo("issue", app_id, secret, "token", HOUR) == expected
    rows = store.sql("SELECT encode(token, 'hex'), user_id, extract(epoch FROM expires_at - created_at)::int"
                     " FROM access_token")
    assert rows == ([(sha256("token"), owner, 3600)] if facts == {} else [])
    assert store.one("SELECT last_used_at IS NOT NULL FROM app") == (facts == {})
    assert store.one("SELECT count(*) FROM app_secret WHERE last_used_at IS NOT NULL"
                     " AND secret = decode(%s, 'hex')", sha256(secret)) == (1 if facts == {} else 0)
    assert [row[0] for row in store.audit()] == ["user.add", "app.register"]


def test_issue_for_an_unknown_app(client):
    store, demo, _, _ = client
    assert demo("issue", "0" * 32, "secret", "token", HOUR) == UNKNOWN
    assert store.one("SELECT count(*) FROM access_token") == 0


def test_another_apps_secret_does_not_do(client):
    store, demo, app_id, owner = client
    add_app(demo, owner, secret="theirs")
    assert demo("issue", app_id, "theirs", "token", HOUR) == {
        **GOOD, "authenticated": False, "user_active": False, "written": False}
    assert store.one("SELECT count(*) FROM access_token") == 0


@pytest.mark.parametrize("used_s, noted", [(30, False), (90, True)])
def test_use_of_app_and_secret_is_noted_once_a_minute(client, used_s, noted):
    store, demo, app_id, _ = client
    for table in ("app", "app_secret"):
        store.sql(f"UPDATE {table} SET last_used_at = now() - %s * interval '1 second'", used_s)
    assert demo("issue", app_id, "secret", "token", HOUR)["written"]
    for table in ("app", "app_secret"):
        ago = float(store.one(f"SELECT extract(epoch FROM now() - last_used_at) FROM {table}"))
        assert (ago < used_s / 2) == noted


def test_issues_wait_for_nobody(client):
    """Somebody in the middle of issuing, as far as the same rows are concerned."""
    store, demo, app_id, _ = client
    other = store.connect(store.user_dsn)
    with other.cursor() as cursor:
        cursor.execute("INSERT INTO permission (app, user_id, level, redirect_urls, generation)"
                       " SELECT id, owner_id, 'call_api', '{}', 1 FROM app")
        begin = time.monotonic()
        assert demo("issue", app_id, "secret", "token 1", HOUR)["written"]
        # The other's foreign key holds the row, which is no reason not to note the use.
        assert store.one("SELECT last_used_at IS NOT NULL FROM app")
        store.sql("UPDATE app SET last_used_at = NULL")
        store.sql("UPDATE app_secret SET last_used_at = NULL")
        cursor.execute("UPDATE app SET last_used_at = now()")
        cursor.execute("UPDATE app_secret SET last_used_at = now()")
        assert demo("issue", app_id, "secret", "token 2", HOUR)["written"]
        assert time.monotonic() - begin < 2
    other.close()


def test_fifty_issues_at_once_all_succeed(client):
    store, _, app_id, _ = client
    demos = [store.demo() for _ in range(10)]
    answers = []

    def issue(number, demo):
        for count in range(5):
            answers.append(demo("issue", app_id, "secret", f"token {number} {count}", HOUR))

    threads = [threading.Thread(target=issue, args=pair) for pair in enumerate(demos)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [GOOD] * 50
    assert store.one("SELECT count(*) FROM access_token") == 50


def test_token_is_found_with_all_it_stands_for(client):
    store, demo, app_id, owner = client
    demo("issue", app_id, "secret", "token", HOUR)
    found = demo("token_find", "token")
    assert found["found"] and found["app_active"] and found["user_active"]
    assert not found["revoked"]
    assert (found["app_id"], found["level"], found["id"], found["login"], found["client_id"]) == (
        app_id, "call_api", owner, "client1", 12)
    assert found["app_row"] == store.one("SELECT id FROM app")
    assert abs(found["expires_ms"] - time.time() * 1000 - HOUR) < 60000
    assert demo("token_find", "another") == {"status": "OK", "found": False}


@pytest.mark.parametrize("change, fact, value", [
    ("UPDATE access_token SET expires_at = now()", "found", False),
    ("UPDATE app SET generation = generation + 1", "found", False),
    ("UPDATE access_token SET revoked_at = now()", "revoked", True),
    ("UPDATE app SET status = 'disabled'", "app_active", False),
    ("UPDATE pbx_user SET status = 'blocked'", "user_active", False),
    ("UPDATE pbx_user SET access = 'read_only'", "access", "read_only"),
    ("UPDATE app SET level = 'all'", "level", "all"),
])
def test_a_change_shows_in_the_token_at_once(client, change, fact, value):
    store, demo, app_id, _ = client
    demo("issue", app_id, "secret", "token", HOUR)
    assert demo("token_find", "token")[fact] != value
    store.sql(change)
    assert demo("token_find", "token")[fact] == value, change


@pytest.mark.parametrize("until, left", [
    ("NULL", 0), ("now() - interval '1 s'", 0), ("now()", 0), ("now() + interval '1 us'", 1),
    ("now() + interval '400 us'", 1), ("now() + interval '90 s'", 90000),
])
def test_the_time_that_a_level_has_left(client, until, left):
    """0 means that it has no end: one that ends within the millisecond does have one."""
    store, demo, app_id, _ = client
    demo("issue", app_id, "secret", "token", HOUR)
    text = demo("sql", "TOKEN_FIND")["sql"].replace("$1::bytea", "sha256('token')")
    connection = store.connect(store.owner_dsn)
    with connection, connection.cursor() as cursor:   # one now() for both
        cursor.execute(f"UPDATE app SET level = 'all', level_until = {until}")
        cursor.execute(text)
        row = cursor.fetchone()
    falls = until not in ("NULL",) and left == 0
    assert row[7] == ("call_api" if falls else "all") and row[9] == left
    connection.close()


# ---- purge ------------------------------------------------------------------------------------


def test_purge_deletes_what_has_ended(client):
    store, demo, _, _ = client
    day = 24 * HOUR
    for ended, count in ((True, 2500), (False, 3)):
        sign = "-" if ended else "+"
        row = f"sha256(('{sign}' || n)::bytea)"
        many = f"generate_series(1, {count}) n"
        store.sql(f"INSERT INTO session (token, user_id, expires_at) SELECT"
                  f" {row}, owner_id, now() {sign} interval '1 minute' FROM app, {many}")
        store.sql(f"INSERT INTO throttle (key, failures, ends_at) SELECT {row}, 1,"
                  f" now() {sign} interval '1 minute' FROM {many}")
        store.sql(f"INSERT INTO token_grant (app, user_id, level, generation, expires_at, leaf) SELECT"
                  f" id, owner_id, 'all', 1, now() {sign} interval '1 minute', {row} FROM app, {many}")
    store.sql("INSERT INTO token_grant (app, user_id, level, generation, expires_at, leaf, revoked_at, used_at)"
              " SELECT id, owner_id, 'all', 1, now() + interval '1 year', sha256('x'), revoked, used FROM app,"
              " (VALUES (now() - interval '23 hours', now()), (now() - interval '25 hours', now()),"
              " (NULL, now() - interval '25 hours')) AS v (revoked, used)")
    ended = {"sessions": 1300, "throttles": 1300, "grants": 1302, "codes": 0}
    nothing = {"status": "OK", "made": 0, "dropped": 0}
    assert demo("purge", 1200, day) == {**nothing, **dict.fromkeys(ended, 1200), "codes": 0}
    assert demo("purge", 100000, day) == {**nothing, **ended}
    assert demo("purge", 100000, day) == {**nothing, **dict.fromkeys(ended, 0)}
    for table, left in (("session", 3), ("throttle", 3), ("token_grant", 3 + 1)):  # 1: revoked, but not for a day
        assert store.one(f"SELECT count(*) FROM {table}") == left


def test_a_code_is_kept_for_a_day(client):
    """Its second use is to be noticed."""
    store, demo, _, _ = client
    store.sql("INSERT INTO permission (app, user_id, level, redirect_urls, generation)"
              " SELECT id, owner_id, 'call_api', '{}', 1 FROM app")
    store.sql("INSERT INTO auth_code (code, app, user_id, permission, level, redirect_url, redirect_sent,"
              " generation, expires_at) SELECT sha256(n::text::bytea), app, user_id, id, level, '', false, 1,"
              " now() - n * interval '1 hour' FROM permission, generate_series(1, 30) n")
    assert demo("purge", 100, HOUR)["codes"] == 7
    assert store.one("SELECT count(*) FROM auth_code") == 23


# ---- plans ------------------------------------------------------------------------------------


@pytest.mark.parametrize("statement, values, indexes", [
    ("TOKEN_FIND", "sha256('1')", {"app_pkey", "pbx_user_pkey"}),
    ("SESSION_FIND", "sha256('1'), 3600000", {"session_token_key", "pbx_user_pkey"}),
    ("APP_FIND", "'x'", {"app_app_id_key"}),
    ("APP_LIST", "1, 9000000000, 51", {"app_owner"}),
    ("USER_FIND_BY_LOGIN", "'x'", {"pbx_user_login_key"}),
    ("TOKEN_ISSUE", "'x', sha256('s'), sha256('t'), 'trusted', sha256('n'), 1",
     {"app_app_id_key", "app_secret_app"}),
    ("TOKEN_REFRESH", "'x', sha256('s'), sha256('t'), 'public', sha256('r'), 1, sha256('n'), 1",
     {"refresh_token_pkey", "token_grant_pkey"}),
    ("PURGE_SESSIONS", "10", {"session_expires"}),
])
def test_look_ups_use_an_index(store, statement, values, indexes):
    store.sql("INSERT INTO pbx_user (login, client_id, tenant_id)"
              " SELECT 'u' || n, n, n FROM generate_series(1, 3000) n")
    store.sql("INSERT INTO app (app_id, owner_id, name, type) SELECT md5(id::text), id, 'x', 'trusted'"
              " FROM pbx_user")
    store.sql("INSERT INTO app_secret (app, secret, tail) SELECT id, sha256('s'), '' FROM app")
    store.sql("INSERT INTO access_token (token, app, user_id, generation, expires_at)"
              " SELECT sha256(id::text::bytea), id, owner_id, 1, now() + id * interval '55 s' FROM app")
    store.sql("INSERT INTO throttle (key, failures, ends_at)"
              " SELECT sha256(id::text::bytea), 1, now() + id * interval '1 s' FROM app")
    store.sql("INSERT INTO token_grant (app, user_id, level, generation, expires_at, leaf)"
              " SELECT id, owner_id, 'all', 1, now() + id * interval '1 s', sha256('l') FROM app")
    store.sql("INSERT INTO session (token, user_id, expires_at)"
              " SELECT sha256(id::text::bytea), id, now() + id * interval '1 s' FROM pbx_user")
    store.sql("ANALYZE")
    # The plan for any value, which prepared statements come to use.
    store.sql("SET plan_cache_mode = force_generic_plan")
    # A partition of a few pages would be read through; what is asked is whether it need be.
    store.sql("SET enable_seqscan = off")
    store.sql("DEALLOCATE ALL")
    store.sql(f"PREPARE looked_at AS {store.demo()('sql', statement)['sql']}")
    plan = "\n".join(row[0] for row in store.sql(f"EXPLAIN EXECUTE looked_at ({values})"))
    for index in indexes:
        assert index in plan, plan
    assert "Seq Scan" not in plan, plan


def scans_of_tokens(store):
    """A connection writes its counts when it ends, but else at times of its own: TRUNCATE's, which builds
    indexes anew, as well."""
    store.disconnect()
    deadline = time.monotonic() + 30
    while store.seen_by_admin("SELECT FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'",
                              store.name):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return store.one("SELECT sum(seq_scan) FROM pg_stat_user_tables WHERE relname ~ '^access_token_'")


def test_a_plan_made_while_tables_were_empty_does_not_last(store):
    store.sql("VACUUM ANALYZE access_token")
    store.tidy()
    before = scans_of_tokens(store)
    demo = store.demo()
    add_app(demo, add_user(demo))
    for _ in range(10):
        assert demo("token_find", "token")["status"] == "OK"
    store.log_of(demo)
    assert scans_of_tokens(store) == before


# ---- a connection that is lost ----------------------------------------------------------------


def backend_of(store):
    return store.one("SELECT pid FROM pg_stat_activity WHERE usename = %s"
                     " AND application_name = 'dao_demo' ORDER BY backend_start DESC LIMIT 1",
                     store.user)


def end_backend(store, pid):
    store.run_admin(f"SELECT pg_terminate_backend({pid})")
    deadline = time.monotonic() + 10
    while store.sql("SELECT 1 FROM pg_stat_activity WHERE pid = %s", pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("command", [
    ("user_find", "client1"), ("audit", "an.act", "", "", "")])
def test_an_ended_idle_connection_is_made_again(store, command):
    """A write too: nothing had been sent."""
    demo = store.demo()
    add_user(demo)
    end_backend(store, backend_of(store))
    assert demo(*command)["status"] == "OK", store.log_of(demo)
    log = store.log_of(demo)
    assert log.count("database connection lost") == 1
    assert log.count("database connected again") == 1
    assert "level=error" not in log


def blocked_call(store, demo, lock, *command):
    """Starts `command`, which waits for `lock`; the answer's list fills when it is there."""
    other = store.connect(store.owner_dsn)
    with other.cursor() as cursor:
        cursor.execute(lock)
    answers = []
    thread = threading.Thread(target=lambda: answers.append(demo(*command)))
    thread.start()
    deadline = time.monotonic() + 10
    while not store.seen_by_admin("SELECT FROM pg_stat_activity WHERE usename = %s"
                                  " AND wait_event_type = 'Lock'", store.user):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return other, thread, answers


def test_a_read_in_flight_is_tried_again_a_write_is_not(store):
    demo = store.demo(timeout_ms=10000)
    add_user(demo)
    for command, status in ((("user_find", "client1"), "OK"),
                            (("user_renew", "1", "a", "b"), "E_DB_DOWN")):
        other, thread, answers = blocked_call(
            store, demo, "LOCK TABLE pbx_user IN ACCESS EXCLUSIVE MODE", *command)
        end_backend(store, backend_of(store))
        other.close()
        thread.join()
        assert answers[0]["status"] == status, command
    assert demo("user_find", "client1")["found"]


def test_a_slow_statement_ends_by_its_timeout(store):
    add_user(store.demo())
    demo = store.demo(timeout_ms=3000)  # time enough for what is not held up, on a busy machine too
    other, thread, answers = blocked_call(
        store, demo, "LOCK TABLE pbx_user IN ACCESS EXCLUSIVE MODE", "user_find", "client1")
    thread.join()
    other.close()
    assert answers[0]["status"] == "E_DB_DOWN"
    pid = backend_of(store)
    assert demo("user_find", "client1")["found"]
    assert backend_of(store) == pid  # it is no reason to connect anew


def test_nobody_there(store, tmp_path):
    demo = store.demo(conninfo(store.user_dsn, host=str(tmp_path)))
    assert demo("user_find", "client1")["status"] == "E_DB_DOWN"
    answer = demo("check")
    assert not answer["good"] and str(tmp_path) in answer["fault"]


def test_a_wrong_password_is_told_and_not_shown(store):
    demo = store.demo("port=99999 password=hunter2 dbname=x")
    answer = demo("check")
    assert not answer["good"] and "hunter2" not in answer["fault"]
    assert "hunter2" not in store.log_of(demo)


# ---- a server that stops: one of our own ------------------------------------------------------


class Server:
    """A private cluster, as its own user if we are root (PostgreSQL refuses root)."""

    def __init__(self):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
        initdb = found[-1] if found else shutil.which("initdb")
        assert initdb, "initdb is not installed"
        self.bin = os.path.dirname(initdb)
        self.dir = tempfile.mkdtemp(prefix="callgate-store-", dir="/var/tmp")
        self.as_user = []
        if os.geteuid() == 0:
            entry = pwd.getpwnam("postgres")
            os.chown(self.dir, entry.pw_uid, entry.pw_gid)
            self.as_user = ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}",
                            "--clear-groups"]
        os.chmod(self.dir, 0o700)
        self.dsn = f"host={self.dir} dbname=postgres user=admin"
        self.run("initdb", "-D", f"{self.dir}/data", "-A", "trust", "-U", "admin", "--no-sync",
                 "-E", "UTF8")

    def run(self, program, *words):
        done = subprocess.run(
            [*self.as_user, f"{self.bin}/{program}", *words], cwd="/", check=False, text=True,
            env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        assert done.returncode == 0, done.stderr

    def start(self):
        self.run("pg_ctl", "-D", f"{self.dir}/data", "-s", "-w", "-l", f"{self.dir}/log", "-o",
                 f"-c listen_addresses= -k {self.dir} -c fsync=off", "start")

    def stop(self, mode="fast"):
        self.run("pg_ctl", "-D", f"{self.dir}/data", "-s", "-w", "-m", mode, "stop")

    def postmaster(self):
        with open(f"{self.dir}/data/postmaster.pid", encoding="ascii") as file:
            return int(file.readline())

    def close(self):
        if os.path.exists(f"{self.dir}/data/postmaster.pid"):
            self.stop("immediate")
        shutil.rmtree(self.dir)


@pytest.fixture(scope="module")
def server():
    server = Server()
    server.start()
    yield server
    server.close()


@pytest.fixture
def stoppable(server):
    store = Store(server.dsn)
    store.make_role()
    assert store.migrate()["good"]
    yield store
    store.tidy()


def test_a_stopped_server_is_503_and_comes_back(server, stoppable):
    store = stoppable
    demo, late = store.demo(), store.demo()
    add_user(demo)
    for mode in ("fast", "immediate"):
        server.stop(mode)
        begin = time.monotonic()
        for command in (("user_find", "client1"), ("audit", "an.act", "", "", ""),
                        ("issue", "0" * 32, "s", "t", HOUR)):
            assert demo(*command)["status"] == "E_DB_DOWN"
            assert late(*command)["status"] == "E_DB_DOWN"
        assert time.monotonic() - begin < 3
        server.start()
        for one in (demo, late):
            assert one("user_find", "client1")["found"]
            assert one("audit", "an.act", "", "", "")["status"] == "OK"


def test_a_frozen_server_holds_nobody_for_long(server, stoppable):
    """It takes connections (the kernel does) and statements, and answers nothing."""
    store = stoppable
    connected, fresh = store.demo(timeout_ms=500), store.demo(timeout_ms=500)
    add_user(connected)
    pids = [backend_of(store), server.postmaster()]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        for demo in (connected, fresh):
            begin = time.monotonic()
            assert demo("user_find", "client1")["status"] == "E_DB_DOWN"
            assert time.monotonic() - begin < 5
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    for demo in (connected, fresh):
        assert demo("user_find", "client1")["found"]
