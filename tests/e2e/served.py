# served.py - what tests of `callgate serve` share: the real program with settings, sockets and a log of
# its own, load on it, and passwords that are not hashed before a test says so.
#
# What takes long is made to: a test holds the lock that all password hashes take, and sees in
# /proc/locks who waits for it. So every state is known, and none is hoped for.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import collections
import concurrent.futures
import configparser
import contextlib
import fcntl
import os
import re
import secrets
import signal
import subprocess
import threading

import callgate
import fcgi_client as fcgi
from callgate import BINARY, DEADLINE, wait_for

WEB, GATE = "web", "gate"
POOLS = [WEB, GATE]
# What each answers when all is well.
FINE = {WEB: 200, GATE: 401}
WORKERS = {WEB: 2, GATE: 2}
# One that has no failed sign-ins behind it.
ADDRESS = f"198.51.{secrets.randbelow(256)}.{secrets.randbelow(256)}"


def read_conf():
    conf = configparser.ConfigParser(interpolation=None, comment_prefixes="#",
                                     inline_comment_prefixes=None)
    conf.read(os.environ["CALLGATE_CONF"], encoding="utf-8")
    return {name: dict(conf[name]) for name in conf.sections()}


class Served:
    """`callgate serve` with its own settings, sockets and log in `directory`."""

    def __init__(self, directory, settings):
        self.directory = directory
        self.conf, self.log = directory / "callgate.conf", directory / "log"
        self.address = {pool: str(directory / f"{pool}.sock") for pool in POOLS}
        self.settings = read_conf()
        self.set(**{"log__target": self.log, "server__io_timeout": "2 s",
                    "server__workers": WORKERS[WEB], "server__web_listen": self.address[WEB],
                    "server__gate_workers": WORKERS[GATE], "server__gate_listen": self.address[GATE],
                    **settings})
        self.deaths = 0  # that the test causes
        self.process = None

    def set(self, **settings):
        for name, value in settings.items():
            section, _, name = name.partition("__")
            self.settings.setdefault(section, {})[name] = str(value)
        text = "".join(f"[{section}]\n" + "".join(f"{name} = {value}\n" for name, value in rows.items())
                       for section, rows in self.settings.items())
        self.conf.write_text(text, encoding="utf-8")

    def start(self, command=(BINARY, "serve"), **options):
        env = {name: value for name, value in os.environ.items()
               if not re.match("CALLGATE_[A-Z]+_|LISTEN_", name) and name != "CALLGATE_CONF"}
        env["CALLGATE_CONF"] = str(self.conf)
        # AddressSanitizer keeps what was freed, which would look like a leak.
        env["ASAN_OPTIONS"] = (env.get("ASAN_OPTIONS", "") +
                               ":quarantine_size_mb=0:thread_local_quarantine_size_kb=0")
        options.setdefault("stdin", subprocess.DEVNULL)
        self.process = subprocess.Popen([*command], env=env, **options)
        return self

    def started(self, **options):
        self.start(**options)
        wait_for(lambda: all(len(self.workers(pool)) == WORKERS[pool] for pool in POOLS), "all workers")
        wait_for(lambda: all(os.path.exists(self.address[pool]) for pool in POOLS), "both sockets")
        return self

    # ---- its log ----

    def lines(self, what, **pairs):
        text = self.log.read_text(encoding="utf-8") if self.log.exists() else ""
        quoted = f'what="{what}"' if " " in what else f"what={what}"
        return [line for line in text.splitlines()
                if re.search(re.escape(quoted) + r"( |$)", line)
                and all(f" {name}={value} " in line + " " for name, value in pairs.items())]

    def pids(self, what, pool):
        return [int(re.search(r" pid=(\d+)", line)[1]) for line in self.lines(what, pool=pool)]

    def workers(self, pool):
        ended = self.pids("worker ended", pool) + self.pids("worker died", pool)
        return set(self.pids("worker started", pool)) - set(ended)

    def counters(self, pool):
        line = self.lines("counters", pool=pool)[-1]
        return {name: int(value) for name, value in re.findall(r" ([a-z0-9_]+)=(\d+)(?= |$)", line)}

    # ---- asking ----

    def ask(self, pool=WEB, uri=None):
        """A page; of the gate a verdict about a token that is none of ours, which the database knows."""
        values = values_of(uri or "/login")
        if pool == GATE and uri is None:
            values = {**values_of(f"{callgate.API}/client/@me/extension/"), "CALLGATE_ERR": "1",
                      "HTTP_AUTHORIZATION": "Bearer " + "x" * 30}
        return fcgi.request(self.address[pool], values, timeout=DEADLINE)

    def site_name(self, pool=WEB):
        answer = self.ask(pool)
        assert answer.status == FINE[pool] and answer.ended
        if pool == GATE:
            return answer.headers["www-authenticate"]
        return callgate.Page(answer.body.decode()).root.one("title").text

    # ---- telling ----

    def signal(self, number):
        self.process.send_signal(number)

    def hang_up(self, what="all workers are new"):
        """SIGHUP, and until it has had its effect."""
        before = len(self.lines(what))
        self.signal(signal.SIGHUP)
        wait_for(lambda: len(self.lines(what)) > before, what)

    def kill(self, pids):
        for pid in pids:
            self.deaths += 1
            os.kill(pid, signal.SIGKILL)

    def end(self):
        self.signal(signal.SIGTERM)
        return self.process.wait(DEADLINE)

    def clean_up(self):
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(DEADLINE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        died = self.lines("worker died")
        assert len(died) == self.deaths, died
        assert self.lines("panic") == []


def values_of(uri, method="GET", body=b""):
    values = {"REQUEST_METHOD": method, "REQUEST_URI": uri, "REMOTE_ADDR": ADDRESS,
              "SERVER_PROTOCOL": "HTTP/1.1"}
    if body:
        values.update(CONTENT_TYPE=callgate.FORM_TYPE, CONTENT_LENGTH=str(len(body)))
    return values


class Load:
    """Asks all the while, from several threads, until the block ends; keeps every answer."""

    def __init__(self, served, threads=4, pools=POOLS):
        self.served, self.threads, self.pools = served, threads, pools
        self.answered, self.failed = collections.Counter(), []
        self.stop = threading.Event()

    def ask(self, pool):
        while not self.stop.is_set():
            try:
                answer = self.served.ask(pool)
                whole = answer.ended and answer.status == FINE[pool]
            except OSError as fault:
                answer, whole = fault, False
            if whole:
                self.answered[pool] += 1
            else:
                self.failed.append((pool, answer))

    def goes_on(self, count=20):
        """Waits for that many more answers from each pool."""
        before = self.answered.copy()
        wait_for(lambda: all(self.answered[pool] >= before[pool] + count for pool in self.pools),
                 "more answers")

    def __enter__(self):
        self.executor = concurrent.futures.ThreadPoolExecutor(self.threads * len(self.pools))
        self.jobs = [self.executor.submit(self.ask, pool)
                     for pool in self.pools for _ in range(self.threads)]
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.executor.shutdown()
        for job in self.jobs:
            job.result()


# ---- passwords that are not hashed before the test says so ----

class Hashes:
    """Holds the one place where passwords are hashed (password.parallel = 1)."""

    def __init__(self):
        self.file = open(f"/dev/shm/callgate-password-{os.geteuid()}", "r+b")
        self.inode = os.fstat(self.file.fileno()).st_ino
        fcntl.lockf(self.file, fcntl.LOCK_EX, 1, 0)

    def waiting(self):
        """The processes that stand in line for it."""
        with open("/proc/locks", encoding="ascii") as locks:
            rows = [line.split() for line in locks]
        return {int(row[5]) for row in rows
                if row[1] == "->" and row[6].rpartition(":")[2] == str(self.inode)}

    def release(self):
        self.file.close()


@contextlib.contextmanager
def held_hashes():
    hashes = Hashes()
    try:
        yield hashes
    finally:
        hashes.release()


def start_signing_in(served):
    """As somebody else each time, or it would be one attempt too many."""
    form = callgate.encode({"username": callgate.fresh("nobody"), "password": "wrong"})
    connection = fcgi.connect(served.address[WEB], DEADLINE)
    connection.sendall(fcgi.begin() + fcgi.params(values_of("/login", "POST", form)) +
                       fcgi.stream(fcgi.STDIN, form))
    return connection


def assert_refused(connection):
    with connection:
        answer = fcgi.read_answer(connection)
    assert answer.ended and answer.status == 403, answer.stdout
