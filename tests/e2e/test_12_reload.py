# test_12_reload.py - SIGHUP to `callgate serve`: new settings and templates without a lost request, and
# no change at all if anything has a fault.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import os
import re
import signal

import pytest

import fcgi_client as fcgi
from callgate import DEADLINE, wait_for
from served import (GATE, POOLS, WEB, WORKERS, Load, assert_refused, held_hashes, start_signing_in)


def test_a_reload_under_load_loses_nothing(served):
    one = served(site__name="Name 0").started()
    with Load(one, 4) as load:
        for number in range(1, 6):
            before = {pool: one.workers(pool) for pool in POOLS}
            one.set(site__name=f"Name {number}")
            one.hang_up()
            for pool in POOLS:
                assert not before[pool] & one.workers(pool)
                assert len(one.workers(pool)) == WORKERS[pool]
                assert f"Name {number}" in one.site_name(pool)
            load.goes_on()
    assert load.failed == []
    assert one.end() == 0
    for pool in POOLS:
        assert one.counters(pool)["reloads"] == 5
        assert one.counters(pool)["requests"] == load.answered[pool] + 5


def test_the_new_one_serves_before_the_old_one_ends(served):
    one = served(server__workers=1, password__parallel=1).start()
    (old,) = wait_for(lambda: one.workers(WEB), "the worker")
    wait_for(lambda: one.workers(GATE), "the gate")
    with held_hashes() as hashes:
        connection = start_signing_in(one)
        wait_for(lambda: old in hashes.waiting(), "it hashes")
        one.set(site__name="Another name")
        one.signal(signal.SIGHUP)
        # The only old worker is busy and stays so: this is the new one's answer.
        assert "Another name" in one.site_name()
        assert old in hashes.waiting()
        # One at a time: the gate's turn comes when the old one has ended.
        assert len(one.workers(WEB)) == 2 and len(one.pids("worker started", GATE)) == WORKERS[GATE]
    assert_refused(connection)
    wait_for(lambda: one.lines("all workers are new"), "all are replaced")
    assert old in one.pids("worker ended", WEB)


def test_an_old_worker_that_does_not_end_is_killed_after_the_drain(served):
    one = served(server__drain="200 ms", password__parallel=1).started()
    with held_hashes() as hashes:
        connection = start_signing_in(one)
        (busy,) = wait_for(lambda: hashes.waiting() & one.workers(WEB), "one hashes")
        one.deaths = 1
        one.hang_up()
        assert fcgi.read_answer(connection).is_empty
        connection.close()
    assert one.pids("worker died", WEB) == [busy]
    assert len(one.workers(WEB)) == WORKERS[WEB]


def write(one, name, text):
    (one.directory / "templates").mkdir(exist_ok=True)
    path = one.directory / "templates" / name
    path.write_text(text, encoding="utf-8")
    return path


FAULTS = {
    "syntax": (lambda one: one.conf.write_text("[server\n"), "not a line of an INI file"),
    "unknown": (lambda one: one.set(server__colour="red"), "server.colour"),
    "bounds": (lambda one: one.set(server__workers=0), "server.workers"),
    "required": (lambda one: one.set(site__url=""), "site.url is required"),
    "file": (lambda one: one.conf.unlink(), "No such file"),
    "template": (lambda one: write(one, "login.html", "{{#open}}"), "login.html"),
    "messages": (lambda one: write(one, "messages.en.json", "{"), "messages.en.json"),
    "rules": (lambda one: one.set(gate__rules=write(one, "own.rules", "call POST /a\n\ncall post /b\n")), "api.rules:3: "),
    "no rules": (lambda one: one.set(gate__rules="/nonexistent/api.rules"), "/nonexistent/api.rules"),
    "log": (lambda one: one.set(log__target="/nonexistent/log"), "log.target"),
    "password": (lambda one: one.set(password__scheme="bcrypt", password__cost=3), "password.cost"),
}


@pytest.mark.parametrize("spoil, says", FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_keeps_what_is_there(served, tmp_path, spoil, says):
    (tmp_path / "templates").mkdir()
    one = served(site__name="Before", templates__dir=tmp_path / "templates").started()
    before = {pool: one.workers(pool) for pool in POOLS}
    good = one.conf.read_text()
    one.set(site__name="After")
    spoil(one)
    one.hang_up("reload refused, everything stays as it was")
    assert says in one.lines("reload refused, everything stays as it was")[-1]
    assert {pool: one.workers(pool) for pool in POOLS} == before
    # Those that come now are of the old set too.
    one.kill(before[WEB])
    wait_for(lambda: len(one.workers(WEB) - before[WEB]) == WORKERS[WEB], "new workers")
    for _ in range(4):
        assert "Before" in one.site_name()
    assert_refused(start_signing_in(one))
    # And the next time it is right.
    for path in (tmp_path / "templates").iterdir():
        path.unlink()
    one.conf.write_text(good.replace("Before", "After"))
    one.hang_up()
    assert "After" in one.site_name()
    assert one.end() == 0
    assert (one.counters(WEB)["reloads"], one.counters(WEB)["reloads_refused"]) == (1, 1)


def test_templates_are_read_anew(served, tmp_path):
    (tmp_path / "templates").mkdir()
    one = served(templates__dir=tmp_path / "templates").started()
    style = b"/* of test 11 */"
    assert style not in one.ask(uri="/app/style.css").body
    write(one, "style.css", style.decode())
    one.hang_up()
    assert style in one.ask(uri="/app/style.css").body


@pytest.mark.parametrize("workers", [1, 4])
def test_the_number_of_workers_changes_by_a_reload(served, workers):
    one = served().started()
    with Load(one, 2) as load:
        one.set(server__gate_workers=workers)
        one.hang_up()
        wait_for(lambda: len(one.workers(GATE)) == workers, "as many workers")
        load.goes_on()
        assert len(one.workers(WEB)) == WORKERS[WEB]
    assert load.failed == []
    # Each of them comes back.
    before = one.workers(GATE)
    one.kill(before)
    wait_for(lambda: len(one.workers(GATE) - before) == workers, "they are replaced")


def test_a_listening_address_needs_a_restart_and_this_is_said(served):
    one = served().started()
    one.set(server__gate_listen=one.directory / "other.sock", site__name="Another name")
    one.hang_up()
    (line,) = one.lines("a listening address changes by a restart only")
    assert "server.gate_listen" in line and one.address[GATE] in line
    assert "Another name" in one.site_name(GATE)
    assert not (one.directory / "other.sock").exists()


def test_sigterm_in_the_middle_of_a_reload(served):
    one = served(password__parallel=1).started()
    with held_hashes() as hashes:
        connection = start_signing_in(one)
        (busy,) = wait_for(lambda: hashes.waiting() & one.workers(WEB), "one hashes")
        one.signal(signal.SIGHUP)
        wait_for(lambda: len(one.pids("worker started", WEB)) > WORKERS[WEB], "it has begun")
        one.signal(signal.SIGTERM)
        one.signal(signal.SIGHUP)
        wait_for(lambda: one.workers(WEB) == {busy}, "the idle ones end")
    assert_refused(connection)
    assert one.process.wait(DEADLINE) == 0
    assert one.workers(WEB) | one.workers(GATE) == set()


def memory_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1])


def test_fifty_reloads_leave_nothing_behind(served):
    one = served().started()
    pid = one.process.pid

    def reloads(first, last):
        for number in range(first, last):
            one.set(site__name=f"Name {number}")
            one.hang_up()

    reloads(0, 10)
    fds, kib = sorted(os.listdir(f"/proc/{pid}/fd")), memory_kib(pid)
    reloads(10, 50)
    assert sorted(os.listdir(f"/proc/{pid}/fd")) == fds
    # One set of templates alone is more than 100 KiB.
    assert memory_kib(pid) - kib < 2048
    for pool in POOLS:
        assert "Name 49" in one.site_name(pool)
        assert len(one.workers(pool)) == WORKERS[pool]
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
        assert set(map(int, children.read().split())) == one.workers(WEB) | one.workers(GATE)
    assert one.end() == 0
