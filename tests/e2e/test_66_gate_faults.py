# test_66_gate_faults.py - the gate when things break under load: no database, workers that die, floods of
# refusals, requests that never end. Nothing passes that should not, and all is well again by itself
# (ATTACKS 52, 61).
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import collections
import contextlib
import json
import os
import signal
import socket
import subprocess
import time

import pytest

import callgate
import fcgi_client as fcgi
from callgate import API, HOST, PORT, SERVER, DEADLINE, digest, make_app, make_token, make_user, one, sql, wait_for
from gate_load import Load, Question
from running import kill, workers
from served import GATE, WORKERS, values_of

READ, CALL, CONFIG = ("GET", "/client/@me/record/"), ("POST", "/extension/7/event/"), ("PUT", "/extension/7/queue/")
CLIENTS = 6
# What the servers say by themselves, or the gate about the database.
FAILED = {500, 502, 503, 504, None}


def expired(app):
    token = make_token(app)
    sql("UPDATE access_token SET expires_at = now() WHERE token = %s", digest(token))
    return token


@pytest.fixture(scope="module")
def questions():
    """What may pass and what may not."""
    user, reader = make_user(), make_user(access="read_only")
    app = make_app(user)
    low, high = make_token(app), make_token(make_app(user, level="all"))
    reading = make_token(make_app(reader, level="all"))
    return [Question(*READ, low), Question(*CALL, low), Question(*CONFIG, high),
            Question(*READ, None, 401), Question(*READ, "x" * 30, 401), Question(*READ, expired(app), 401),
            Question(*CONFIG, low, 403), Question(*CALL, reading, 403),
            Question("GET", "/client/13/record/", high, 403),
            Question("DELETE", "/client/@me/%2e%2e/13", high, 400)]


def has_failed(asked):
    """Apache refuses with the bare 401 of its check, in its own words, if who was to say why has died."""
    return asked.status in FAILED or SERVER == "apache" and asked.status == 401 and not asked.body.startswith(b"{")


def only_what_may_pass(load):
    """Nobody is passed wrongly or told wrongly; the statuses of what was asked."""
    assert [asked for asked in load.reached() if asked.question.right != 200] == []
    assert [(asked, asked.body[:200]) for asked in load.asked if not asked.is_right and not has_failed(asked)] == []
    return collections.Counter(asked.status for asked in load.asked)


def database(word):
    subprocess.run([os.path.join(os.environ["CALLGATE_STATE"], "database"), word], check=True, timeout=120,
                   stdin=subprocess.DEVNULL)


def test_without_a_database_nothing_passes(questions):
    with Load(questions, CLIENTS) as load:
        load.goes_right()
        database("stop")
        try:
            stopped = time.monotonic()
            wait_for(lambda: len(load.since(stopped)) > 10 * len(questions), "everybody has asked again")
            back = time.monotonic()
        finally:
            database("start")
        load.goes_right(100)
    while_away = [asked for asked in load.since(stopped) if asked.answered < back]
    assert while_away and not set(while_away) & set(load.reached())
    # Who has no token needs no database to be refused.
    assert {asked.status for asked in while_away if asked.question.right == 200} <= FAILED
    assert {asked.status for asked in while_away if asked.question.token is None} == {401}
    print(f"database away, {SERVER}: {only_what_may_pass(load)}, {len(while_away)} of them while it was")


def test_workers_are_killed_one_after_another(questions):
    before = workers()
    # mod_fcgid thinks twice about a program that often dies.
    victims = sorted(before)[:3] if SERVER == "apache" else sorted(before)
    with Load(questions, CLIENTS) as load:
        load.goes_right()
        for pid in victims:
            kill(pid)
            wait_for(lambda: pid not in workers(), "it has ended")
            load.goes_right()
        if SERVER != "apache":
            wait_for(lambda: len(workers()) == len(before), "the pools are whole again")
        load.goes_right(100)
    lost = [asked for asked in load.asked if has_failed(asked)]
    print(f"{len(victims)} workers killed, {SERVER}: {only_what_may_pass(load)}, {len(lost)} lost, "
          f"{[asked for asked in lost if asked.status == 401]}")
    assert len(lost) <= CLIENTS * len(victims)


# ---- a burst of refusals ----

def counted(app):
    return sql("SELECT reason, method, rule, sum(count)::int AS count, count(*)::int AS rows FROM refusal"
               " JOIN app ON app.id = refusal.app WHERE app_id = %s GROUP BY reason, method, rule", app.app_id)


def writes():
    """Transactions that wrote anything, in the whole cluster; this one among them."""
    return int(one("SELECT pg_current_xact_id()::text"))


def test_a_thousand_refusals_are_few_writes():
    app = make_app(make_user())
    low, ended = Question(*CONFIG, make_token(app), 403), Question(*READ, make_token(app), 401)
    assert callgate.revoke(app, ended.token).status == 200
    before, start, seen = writes(), time.monotonic(), workers()
    load = Load([low, ended], CLIENTS)
    for asked in load.times(1000):
        said = json.loads(asked.body)
        assert (said["error"], said["message"]) == ("invalid_token", "Unauthorized") if asked.question is ended \
            else said["error"] == "insufficient_scope"
    seen |= workers()
    assert collections.Counter(asked.status for asked in load.asked) == {403: 500, 401: 500} and load.reached() == []
    assert {asked.status for asked in Load([low._replace(method="GET", right=200)]).times(20)} == {200}
    wait_for(lambda: sum(row["count"] for row in counted(app)) >= 1000, "all are counted")
    written, seconds = writes() - before, time.monotonic() - start
    rows = counted(app)
    assert {(row["method"], row["count"]) for row in rows} == {("PUT", 500), ("GET", 500)} and len(rows) == 2
    assert all(row["rows"] <= 2 for row in rows)   # an hour may have ended
    print(f"1000 refusals, {SERVER}: {written} transactions in {seconds:.1f} s by {len(seen)} processes")
    # Each process writes once a second at most; others write, too.
    assert written <= len(seen) * (seconds + 1) + 50


# ---- requests that never end ----

def halves(question, nobody):
    """Heads, bodies and chunks that stop in the middle; `nobody` has no token."""
    whole = question.head("?half", [("Content-Length", "1000")])
    chunked = question.head("?half", [("Transfer-Encoding", "chunked")])
    return [whole[:20], whole[:-30], whole[:-2], whole, whole + b"x" * 10, chunked + b"5\r\nab",
            chunked + b"5\r\nabcde\r\n", nobody.head("?nobody", [("Content-Length", "1000")])]


def test_half_a_request_holds_nobody_up(questions):
    with contextlib.ExitStack() as stack, Load(questions, CLIENTS) as load:
        half = halves(questions[1], questions[1]._replace(token=None))
        for data in half * 4:
            connection = stack.enter_context(socket.create_connection((HOST, PORT), DEADLINE))
            connection.sendall(data)
        load.goes_right(200)
    only_what_may_pass(load)
    assert "?nobody" not in str(load.record)


def ask_gate(one, token):
    values = {**values_of(API + READ[1]), "HTTP_AUTHORIZATION": f"Bearer {token}"}
    return fcgi.request(one.address[GATE], values, role=fcgi.AUTHORIZER, timeout=DEADLINE)


def test_half_a_question_holds_a_worker_for_a_while(served, questions):
    """What only a broken web server sends: each worker is free again after server.io_timeout."""
    one, token = served().started(), questions[0].token
    assert ask_gate(one, token).status == 200
    values = {**values_of(API + READ[1]), "HTTP_AUTHORIZATION": f"Bearer {token}"}
    whole = fcgi.begin(fcgi.AUTHORIZER) + fcgi.params(values)
    with contextlib.ExitStack() as stack:
        silent = [stack.enter_context(fcgi.connect(one.address[GATE], DEADLINE)) for _ in range(2 * WORKERS[GATE])]
        for number, connection in enumerate(silent):
            connection.sendall(whole[:(4, 12, 60, -8)[number % 4]])
        assert ask_gate(one, token).status == 200
        for connection in silent:
            answer = fcgi.read_answer(connection)
            assert answer.closed and answer.is_empty
    assert one.ask(GATE).status == 401
