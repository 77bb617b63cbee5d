# running.py - what runs of this site, and where: by the quick start's notes and /proc.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import contextlib
import os
import signal

from callgate import API, SERVER, send, wait_for

ORIGIN = "https://spa.example"
# What tests have killed, whose deaths stand in the log.
KILLED = set()


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
    """The program's processes of this site: pid and parent."""
    everything = processes()
    leaders = {int(started("serve" if SERVER == "nginx" else "web"))}

    def is_ours(pid):
        while pid in everything and pid not in leaders:
            pid = everything[pid][1]
        return pid in leaders

    return {pid: parent for pid, (name, parent) in everything.items() if name == "callgate" and is_ours(pid)}


def workers():
    """Those that serve: under mod_fcgid all of them."""
    ours = callgates()
    return {pid for pid in ours if SERVER == "apache" or ours[pid] in ours}


def kill(pid):
    """It may have ended by itself, under mod_fcgid."""
    KILLED.add(pid)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def read_settings_anew():
    """By a signal to each master; mod_fcgid has none, but starts another process for each that ends.
    Returns once none is left that knows the settings of before."""
    ours = callgates()
    masters = {pid for pid in ours if SERVER != "apache" and ours[pid] not in ours}
    for pid in ours:
        if SERVER == "apache":
            os.kill(pid, signal.SIGTERM)
        elif pid in masters:
            os.kill(pid, signal.SIGHUP)
    wait_for(lambda: not callgates().keys() & (ours.keys() - masters), "the workers of before have ended")


def preflight():
    return send("OPTIONS", API + "/client/@me/record/",
                headers=[("Origin", ORIGIN), ("Access-Control-Request-Method", "GET")])


@contextlib.contextmanager
def other_origins():
    """The site, while pages of ORIGIN may call it."""
    path = os.path.join(started("run"), "callgate.conf")
    with open(path, encoding="utf-8") as file:
        before = file.read()

    def write(text, status):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        read_settings_anew()
        assert preflight().status == status

    try:
        write(f"{before}\n[cors]\norigins = {ORIGIN}\n", 204)
        yield
    finally:
        write(before, 401)
