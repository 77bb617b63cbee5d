# test_90_apache.py - Apache with mod_fcgid, which is the process manager there: each process serves by
# itself, and what mod_fcgid keeps back or limits by default does not get in the way.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import base64
import concurrent.futures
import os
import signal

import pytest

from callgate import (Client, api, make_app, make_token, make_user, register, registered,
                      token_request, wait_for)


def started(name):
    """What the quick start noted of this run."""
    with open(os.path.join(os.environ["CALLGATE_STATE"], "started"), encoding="utf-8") as file:
        return dict(line.rstrip("\n").split(" ", 1) for line in file)[name]


def processes():
    """pid: (name, parent) of every process."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
                text = file.read()
        except OSError:
            continue
        name, _, rest = text.partition("(")[2].rpartition(")")
        if rest.split()[0] != "Z":
            found[int(pid)] = (name, int(rest.split()[1]))
    return found


def callgates():
    """The program's processes under this site's Apache: pid and parent."""
    everything, leader = processes(), int(started("web"))

    def is_ours(pid):
        while pid in everything and pid != leader:
            pid = everything[pid][1]
        return pid == leader

    return {pid: parent for pid, (name, parent) in everything.items() if name == "callgate" and is_ours(pid)}


def in_parallel(count):
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(lambda _: Client().get("/login").status, range(4 * count)))


def test_processes_have_no_children():
    assert in_parallel(4) == [200] * 16
    ours = callgates()
    assert ours
    everything = processes()
    children = {pid for pid, (_, parent) in everything.items() if parent in ours}
    assert children == set()
    # All are children of mod_fcgid's own process manager, none of another callgate.
    (manager,) = set(ours.values())
    assert everything[manager][0] == "apache2"


def test_more_requests_than_processes():
    assert in_parallel(20) == [200] * 80
    assert len(callgates()) <= 40


def test_authorization_reaches_the_program():
    user = make_user()
    app = make_app(user)
    assert api(make_token(app)).json["login"] == user.login
    fields = {"grant_type": "client_credentials"}
    pair = base64.b64encode(":".join(app).encode()).decode()
    assert token_request(fields, {"Authorization": f"Basic {pair}"}).status == 200


KIB = 1024


@pytest.mark.parametrize("size", [128 * KIB, 128 * KIB + 1, 512 * KIB, 1024 * KIB, 1024 * KIB + 1, 8192 * KIB])
def test_large_bodies_are_413(shared_member, size):
    _, client = shared_member
    assert token_request(b"x" * size).status == 413
    assert client.post("/app/register", b"x" * size).status == 413
    assert Client().post("/login", b"x" * size).status == 413


def test_a_killed_process_is_replaced():
    user = make_user()
    token = make_token(make_app(user))
    for pid in callgates():
        os.kill(pid, signal.SIGKILL)
    # A request that met a dying process may fail; after that all is well.
    wait_for(lambda: api(token).status == 200, "the API works again", 10)
    assert [api(token).status for _ in range(5)] == [200] * 5


def test_a_process_that_is_asked_to_end_ends():
    assert Client().get("/login").status == 200
    pid = next(iter(callgates()))
    os.kill(pid, signal.SIGTERM)
    wait_for(lambda: pid not in processes(), "the process has ended", 10)
    assert Client().get("/login").status == 200


def test_encoded_slashes_are_the_programs_to_judge(client):
    answer = client.get("/app%2Fregister")
    assert answer.status in (400, 404) and answer.page.one("h1").text


def test_a_page_by_its_secret_once(member):
    """mod_fcgid passes the answer to a form on whole."""
    _, client = member
    assert registered(register(client, type="trusted")).secret
