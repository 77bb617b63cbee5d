# test_11_pools.py - `callgate serve` whole: the pools of web and gate, one socket for both, sockets from
# systemd, and counters, by the real program.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import concurrent.futures
import contextlib
import os
import re
import resource
import signal
import socket
import subprocess
import sys

import pytest

import fcgi_client as fcgi
from callgate import BINARY, DEADLINE, wait_for
from served import (FINE, GATE, POOLS, WEB, WORKERS, Load, assert_refused, held_hashes, start_signing_in)


# ---- two pools ----

@pytest.mark.parametrize("pool", POOLS)
def test_both_sockets_answer(served, pool):
    one = served().started()
    answer = one.ask(pool)
    assert answer.status == FINE[pool] and answer.ended
    # No page on the gate's socket: nothing there can have it hash a password.
    assert one.ask(pool, "/login").status == (200 if pool == WEB else 404)
    mode = os.stat(one.address[pool]).st_mode
    assert mode & 0o777 == 0o660
    assert not one.workers(WEB) & one.workers(GATE)
    assert one.end() == 0


@pytest.mark.parametrize("killed, spared", [(GATE, WEB), (WEB, GATE)])
def test_a_pool_that_dies_leaves_the_other_alone(served, killed, spared):
    one = served().started()
    before = one.workers(spared)
    with Load(one, 2, [spared]) as load:
        for number in (1, 2, 3):
            one.kill(one.workers(killed))
            wait_for(lambda: len(one.lines("worker died", pool=killed)) == WORKERS[killed] * number,
                     "the deaths are noticed")
            load.goes_on()
            wait_for(lambda: len(one.workers(killed)) == WORKERS[killed], "they are replaced")
            assert one.ask(killed).status == FINE[killed]
    assert load.failed == []
    assert one.workers(spared) == before
    delays = [int(re.search(r"restart_ms=(\d+)", line)[1]) for line in one.lines("worker died")]
    assert sorted(delays) == [0, 0, 100, 100, 200, 200]
    assert one.end() == 0
    assert one.counters(killed)["worker_deaths"] == 6
    assert one.counters(spared)["worker_deaths"] == 0


def test_hashing_never_holds_the_gate_up(served):
    one = served(password__parallel=1).started()
    with held_hashes() as hashes:
        waiting = [start_signing_in(one) for _ in range(WORKERS[WEB] + 1)]
        # All the web's workers are at it, and stay so while the gate is asked.
        wait_for(lambda: hashes.waiting() >= one.workers(WEB), "every web worker hashes")
        for _ in range(50):
            assert one.ask(GATE).status == FINE[GATE]
        assert hashes.waiting() >= one.workers(WEB)
        assert not hashes.waiting() & one.workers(GATE)
    for connection in waiting:
        assert_refused(connection)


def test_a_crash_under_load_costs_what_was_in_flight(served):
    one = served().started()
    with Load(one, 4) as load:
        for _ in range(5):
            for pool in POOLS:
                one.kill(list(one.workers(pool))[:1])
                wait_for(lambda: len(one.workers(pool)) == WORKERS[pool], "it is replaced")
            load.goes_on()
    # A worker has one request at a time.
    assert len(load.failed) <= one.deaths
    assert all(isinstance(answer, fcgi.Answer) for _, answer in load.failed)


def test_the_same_address_twice_is_refused(served):
    one = served()
    one.set(server__gate_listen=one.address[WEB])
    one.start(stderr=subprocess.PIPE)
    assert one.process.wait(DEADLINE) == 1
    assert b"server.web_listen and server.gate_listen are the same" in one.process.stderr.read()


def test_a_gate_that_may_not_listen_stops_the_start(served):
    one = served(server__gate_listen="/nonexistent/gate.sock")
    one.start(stderr=subprocess.PIPE)
    assert one.process.wait(DEADLINE) == 1
    assert b"server.gate_listen: /nonexistent/gate.sock: " in one.process.stderr.read()


def test_more_than_1024_descriptors(served):
    wanted = 1400
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert hard == resource.RLIM_INFINITY or hard >= wanted, "the hard limit is too low"
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    ends = socket.socketpair()
    many = [os.dup(ends[0].fileno()) for _ in range(1100)]
    try:
        one = served().started(pass_fds=many)
    finally:
        for fd in many:
            os.close(fd)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    with ends[0], ends[1]:
        for pool in POOLS:
            assert one.ask(pool).status == FINE[pool]
            (pid, *_) = one.workers(pool)
            assert max(map(int, os.listdir(f"/proc/{pid}/fd"))) > 1024
        one.hang_up()
        for pool in POOLS:
            assert one.ask(pool).status == FINE[pool]


# ---- a socket that a web server gives ----

def test_one_socket_on_descriptor_0_is_served_for_both(served):
    one = served()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(one.address[WEB])
        listener.listen(50)
        one.start((BINARY,), stdin=listener)
        wait_for(lambda: len(one.workers(WEB)) == WORKERS[WEB], "all workers")
    assert one.ask().status == 200
    before = one.workers(WEB)
    one.set(site__name="Another name")
    one.hang_up()
    assert "Another name" in one.site_name()
    assert not before & one.workers(WEB) and len(one.workers(WEB)) == WORKERS[WEB]
    assert one.lines("worker started", pool=GATE) == []
    assert one.lines("a listening address changes by a restart only") == []
    assert one.end() == 0


def test_under_mod_fcgid_sighup_ends_the_process_after_its_request(served):
    # Which is how it gets new settings: mod_fcgid starts another one.
    one = served(password__parallel=1)
    one.address[WEB] = str(one.directory / "4711.0")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(one.address[WEB])
        listener.listen(50)
        one.start((BINARY,), stdin=listener)
    assert one.ask().status == 200
    with held_hashes() as hashes:
        connection = start_signing_in(one)
        wait_for(lambda: one.process.pid in hashes.waiting(), "it hashes")
        one.signal(signal.SIGHUP)
    assert_refused(connection)
    assert one.process.wait(DEADLINE) == 0
    assert one.counters(WEB)["requests"] == 2


# ---- socket activation ----

# What systemd does between fork and exec: the sockets from 3 on, and whom they are for.
ACTIVATE = """
import os, sys
binary, names, *fds = sys.argv[1:]
high = [os.dup2(int(fd), 100 + i) for i, fd in enumerate(fds)]
for i, fd in enumerate(high):
    os.dup2(fd, 3 + i, inheritable=True)
    os.close(fd)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(fds)))
if names != "-":
    os.environ["LISTEN_FDNAMES"] = names
os.execv(binary, [binary, "serve"])
"""


def activate(one, names, listeners, **options):
    fds = [listener.fileno() for listener in listeners]
    return one.start((sys.executable, "-c", ACTIVATE, BINARY, names, *map(str, fds)), pass_fds=fds, **options)


@contextlib.contextmanager
def listening(count):
    with contextlib.ExitStack() as stack:
        listeners = [stack.enter_context(socket.socket(socket.AF_INET)) for _ in range(count)]
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
            listener.listen(50)
        yield listeners


@pytest.mark.parametrize("names, order", [("web:gate", POOLS), ("gate:web", POOLS[::-1]), ("-", POOLS)])
def test_sockets_from_systemd(served, names, order):
    one = served()
    elsewhere = dict(one.address)
    with listening(2) as listeners:
        for pool, listener in zip(order, listeners):
            one.address[pool] = listener.getsockname()
        # Whoever comes before the program waits for it, and for the next one after it.
        for _ in range(2):
            with concurrent.futures.ThreadPoolExecutor(2) as threads:
                early = [threads.submit(one.ask, pool) for pool in POOLS]
                activate(one, names, listeners)
                assert [answer.result().status for answer in early] == [FINE[WEB], FINE[GATE]]
            assert one.end() == 0
        for pool in POOLS:
            assert one.counters(pool)["requests"] == 1
    # Its own addresses were of no interest.
    assert not any(os.path.exists(path) for path in elsewhere.values())


def test_a_socket_that_systemd_does_not_give_is_opened(served):
    one = served()
    with listening(1) as listeners:
        activate(one, "web", listeners)
        one.address[WEB] = listeners[0].getsockname()
        assert one.ask(WEB).status == 200
        assert one.ask(GATE).status == FINE[GATE]


def test_what_systemd_gives_and_nobody_knows_stops_the_start(served):
    one = served()
    with listening(2) as listeners:
        activate(one, "web:callgate-gate.socket", listeners, stderr=subprocess.PIPE)
        assert one.process.wait(DEADLINE) == 1
    assert b'"callgate-gate.socket" is a name of no socket here' in one.process.stderr.read()


# ---- counters ----

def test_counters_outlive_workers(served):
    one = served().started()
    for _ in range(3):
        assert one.ask(WEB).status == 200
    assert one.ask(WEB, "/app/").status == 303
    assert one.ask(WEB, "/nothing").status == 404
    assert one.ask(GATE, "/nothing").status == 404
    one.kill(one.workers(WEB))
    wait_for(lambda: len(one.lines("worker died")) == WORKERS[WEB], "the deaths are noticed")
    one.hang_up()
    assert one.ask(WEB).status == 200
    one.signal(signal.SIGUSR1)
    wait_for(lambda: len(one.lines("counters")) == 2, "a line a pool")
    assert one.counters(WEB) == {
        "requests": 6, "status_2xx": 4, "status_3xx": 1, "status_4xx": 1, "status_5xx": 0,
        "worker_deaths": 2, "reloads": 1, "reloads_refused": 0}
    assert one.counters(GATE) == {
        "requests": 1, "status_2xx": 0, "status_3xx": 0, "status_4xx": 1, "status_5xx": 0,
        "worker_deaths": 0, "reloads": 1, "reloads_refused": 0}
    assert one.ask(GATE).status == FINE[GATE]
    assert one.end() == 0
    assert one.counters(GATE)["requests"] == 2
