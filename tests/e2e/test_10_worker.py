# test_10_worker.py - master and workers through their socket: whole, broken, slow, dying.
#
# Runs tests/unit/server_demo (its path in CALLGATE_SERVER_DEMO). No test sleeps and hopes: what is
# to happen is polled for until a deadline that only a broken server reaches. Each test names the
# deaths it causes; any other worker that dies, and any "panic", fails it.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import concurrent.futures
import fcntl
import os
import re
import resource
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

import pytest

import fcgi_client as fcgi

DEADLINE = 30.0
IO_TIMEOUT_MS = 1000  # of the pools of these tests


def wait_for(question, what):
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        answer = question()
        if answer:
            return answer
        time.sleep(0.01)
    pytest.fail(f"not within {DEADLINE} s: {what}")


class Pool:
    def __init__(self, workers, words=(), io_timeout_ms=IO_TIMEOUT_MS, drain_ms=20000,
                 address=None, **options):
        binary = os.environ.get("CALLGATE_SERVER_DEMO")
        assert binary, "CALLGATE_SERVER_DEMO is not set: the path of tests/unit/server_demo"
        self.directory = tempfile.mkdtemp(prefix="callgate-worker-")
        self.address = os.path.join(self.directory, "demo.sock")
        self.log = os.path.join(self.directory, "log")
        self.deaths = 0  # how many the test causes
        self.process = subprocess.Popen(
            [binary, address or self.address, str(workers), str(io_timeout_ms), str(drain_ms),
             self.log, *words], stdin=subprocess.DEVNULL, **options)

    def ask(self, order=None, body=b"", timeout=DEADLINE, **more):
        values = {"REQUEST_METHOD": "GET", "REQUEST_URI": "/"}
        if order is not None:
            values["DEMO"] = order
        return fcgi.request(self.address, values, body, timeout=timeout, **more)

    def start_asking(self, order):
        """A request that waits for its answer; returns once it is being handled."""
        before = self.count("handle called")
        connection = fcgi.connect(self.address, DEADLINE)
        connection.sendall(fcgi.begin() + fcgi.params({"DEMO": order}) + fcgi.record(fcgi.STDIN))
        wait_for(lambda: self.count("handle called") > before, "the request is handled")
        return connection

    def lines(self, what):
        if not os.path.exists(self.log):
            return []
        with open(self.log, encoding="utf-8") as log:
            return [line for line in log
                    if f'what="{what}"' in line or f"what={what} " in line
                    or line.rstrip().endswith(f"what={what}")]

    def count(self, what):
        return len(self.lines(what))

    def pids(self):
        return [int(re.search(r"pid=(\d+)", line)[1]) for line in self.lines("worker started")]

    def is_up(self):
        assert self.process.poll() is None, f"the demo ended: {self.process.returncode}"
        try:
            fcgi.connect(self.address).close()
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        return True

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(DEADLINE)

    def clean_up(self):
        # A process that a test left behind holds the log's directory and the machine's memory.
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(DEADLINE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        died, panics = self.lines("worker died"), self.lines("panic")
        shutil.rmtree(self.directory)
        assert len(died) == self.deaths, "".join(died)
        assert panics == []


@pytest.fixture
def start():
    pools = []

    def start_pool(workers, *arguments, **options):
        pool = Pool(workers, *arguments, **options)
        pools.append(pool)
        wait_for(pool.is_up, "the demo listens")
        # That probe was a connection without a request: gone before the test begins.
        wait_for(lambda: pool.count("connection dropped") >= 1, "the probe is dropped")
        return pool

    yield start_pool
    for pool in pools:
        pool.clean_up()


def assert_serves(pool):
    answer = pool.ask()
    assert answer.status == 200 and answer.ended
    return answer


def wait_until_all_serve(pool, workers):
    """A worker is logged as started when it is forked: some way before it serves."""
    def serving():
        with concurrent.futures.ThreadPoolExecutor(workers) as threads:
            answers = list(threads.map(lambda _: pool.ask("sleep:50"), range(workers)))
        return len({answer.fields["pid"] for answer in answers}) == workers
    wait_for(serving, f"{workers} workers serve")


def is_gone(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


# ---- whole requests ----

def test_a_request_is_answered_whole(start):
    pool = start(1)
    values = [("REQUEST_METHOD", "POST"), ("DEMO_ECHO", "a=b=c"), ("DEMO_ECHO", "second"),
              ("DEMO", "body"), ("EMPTY", "")]
    answer = fcgi.request(pool.address, values, b"x" * 200000)
    assert answer.status == 200 and answer.ended and answer.stderr == b""
    assert answer.headers["content-type"] == "text/plain"
    assert answer.headers["content-length"] == str(len(answer.body))
    assert answer.fields["method"] == "POST"
    assert answer.fields["role"] == "responder"
    assert answer.fields["echo"] == "a=b=c"
    assert answer.fields["body"] == "200000" and answer.fields["read"] == "0"
    # The five, and FCGI_ROLE, which libfcgi puts in front.
    assert answer.fields["params"] == "6"
    assert int(answer.fields["pid"]) in pool.pids()


def test_each_request_has_its_own_id_in_all_its_log_lines(start):
    pool = start(1)
    ids = {pool.ask().fields["id"] for _ in range(20)}
    assert len(ids) == 20
    assert all(re.fullmatch(r"[0-9a-f]{16}", name) for name in ids)
    wait_for(lambda: open(pool.log).read().count("status=200") == 20, "20 access lines")
    with open(pool.log, encoding="utf-8") as log:
        text = log.read()
    for name in ids:
        assert text.count(f"id={name}") == 2  # "handle called" and the access line
    assert pool.end() == 0
    assert " id=" not in pool.lines("drained")[0]


def test_forty_parallel_requests_over_four_workers(start):
    pool = start(4)
    wait_until_all_serve(pool, 4)
    with concurrent.futures.ThreadPoolExecutor(40) as threads:
        answers = list(threads.map(lambda _: pool.ask("sleep:50"), range(40)))
    assert [answer.status for answer in answers] == [200] * 40
    # Whoever sleeps can't take the next one.
    assert len({answer.fields["pid"] for answer in answers}) == 4


def test_a_large_answer_arrives_whole(start):
    pool = start(1)
    answer = pool.ask("big:3000000")
    assert answer.ended and answer.body.count(b"123456789\n") == 300000


def test_an_authorizer_is_answered_without_input(start):
    pool = start(1, io_timeout_ms=600000)
    answer = pool.ask("body", role=fcgi.AUTHORIZER)
    assert answer.status == 200
    assert answer.fields["role"] == "authorizer"
    assert answer.fields["body"] == "0" and answer.fields["read"] == "0"


def test_a_kept_connection_is_closed_after_its_answer(start):
    pool = start(1, io_timeout_ms=600000)
    with fcgi.connect(pool.address, DEADLINE) as kept:
        kept.sendall(fcgi.begin(flags=fcgi.KEEP_CONNECTION) + fcgi.params({}) +
                     fcgi.record(fcgi.STDIN))
        assert fcgi.read_answer(kept).status == 200
        # While it stays open on this side, the one worker serves others.
        assert_serves(pool)
        assert fcgi.is_closed(kept)


def test_a_body_that_nobody_reads_can_still_be_sent(start):
    # mod_fcgid makes a 500 of a body that it can't get rid of, whatever the answer is.
    pool = start(1)
    with fcgi.connect(pool.address, DEADLINE) as connection:
        connection.sendall(fcgi.begin() + fcgi.params({"REQUEST_METHOD": "POST"}) +
                           fcgi.stream(fcgi.STDIN, b"x" * 1000000))
        answer = fcgi.read_answer(connection)
    assert answer.status == 200 and answer.ended
    assert_serves(pool)


def test_a_web_server_that_goes_on_sending_is_cut(start):
    pool = start(1, io_timeout_ms=600000)
    with fcgi.connect(pool.address, DEADLINE) as endless:
        endless.sendall(fcgi.begin() + fcgi.params({}))
        assert fcgi.read_answer(endless).status == 200

        def is_cut():
            try:
                endless.sendall(fcgi.record(fcgi.STDIN, b"x"))
            except (ConnectionResetError, BrokenPipeError):
                return True
            return False
        wait_for(is_cut, "the connection is cut")
    assert_serves(pool)


def test_a_socket_on_another_descriptor_number_and_tcp(start):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(50)
        pool = Pool(2, address=f"fd:{listener.fileno()}", pass_fds=[listener.fileno()])
        try:
            pool.address = listener.getsockname()
            assert_serves(pool)
            # Or a worker would wait in accept() for what a sibling took, deaf to signals.
            assert fcntl.fcntl(listener, fcntl.F_GETFL) & os.O_NONBLOCK
            with fcgi.connect(pool.address, DEADLINE) as silent:
                assert fcgi.is_closed(silent)
            assert_serves(pool)
        finally:
            pool.clean_up()


# ---- broken, slow and silent ones ----

WHOLE = fcgi.begin() + fcgi.params({"REQUEST_METHOD": "GET", "DEMO_ECHO": "x" * 100})


@pytest.mark.parametrize("start_of_a_request", [
    pytest.param(b"", id="nothing"),
    pytest.param(WHOLE[:5], id="half-a-header"),
    pytest.param(WHOLE[:12], id="half-a-begin-record"),
    pytest.param(WHOLE[:16], id="no-parameters"),
    pytest.param(WHOLE[:60], id="half-the-parameters"),
    pytest.param(WHOLE[:-8], id="parameters-without-an-end"),
])
def test_silence_in_the_middle_is_dropped_and_the_worker_serves_on(start, start_of_a_request):
    pool = start(1)
    with fcgi.connect(pool.address, DEADLINE) as silent:
        silent.sendall(start_of_a_request)
        answer = fcgi.read_answer(silent)
        assert answer.closed and answer.is_empty
    assert pool.count("handle called") == 0
    assert_serves(pool)


@pytest.mark.parametrize("start_of_a_request", [
    pytest.param(WHOLE[:5], id="half-a-header"),
    pytest.param(WHOLE[:60], id="half-the-parameters"),
    pytest.param(WHOLE[:-8], id="parameters-without-an-end"),
])
def test_a_web_server_that_leaves_in_the_middle(start, start_of_a_request):
    pool = start(1, io_timeout_ms=600000)
    fcgi_connection = fcgi.connect(pool.address)
    fcgi_connection.sendall(start_of_a_request)
    fcgi_connection.close()
    assert_serves(pool)
    assert pool.count("handle called") == 1
    assert pool.count("connection dropped") == 2  # this one and the fixture's probe


def test_aborted_parameters_are_no_request(start):
    pool = start(1, io_timeout_ms=600000)
    whole_pairs = fcgi.pair("REQUEST_METHOD", "GET") + fcgi.pair("REQUEST_URI", "/")
    with fcgi.connect(pool.address, DEADLINE) as connection:
        connection.sendall(fcgi.begin() + fcgi.record(fcgi.PARAMS, whole_pairs) +
                           fcgi.record(fcgi.ABORT))
        answer = fcgi.read_answer(connection)
    assert answer.closed and answer.is_empty
    assert pool.count("handle called") == 0
    assert any("cut short" in line for line in pool.lines("connection dropped"))
    assert_serves(pool)


@pytest.mark.parametrize("bytes_sent", [
    pytest.param(b"GET / HTTP/1.0\r\n\r\n", id="http"),
    pytest.param(b"\x02" + WHOLE[1:], id="unknown-version"),
    pytest.param(fcgi.begin(role=9) + fcgi.params({}), id="unknown-role"),
    pytest.param(fcgi.begin(role=fcgi.FILTER) + fcgi.params({}) + fcgi.record(fcgi.STDIN),
                 id="filter"),
    pytest.param(fcgi.begin(request_id=0) + fcgi.params({}), id="request-0"),
    pytest.param(fcgi.params({}), id="no-begin"),
    pytest.param(fcgi.begin() + fcgi.record(fcgi.PARAMS, b"\x05\x05ab") +
                 fcgi.record(fcgi.PARAMS), id="pair-cut-by-the-end"),
])
def test_what_is_no_request_is_dropped(start, bytes_sent):
    pool = start(1)
    with fcgi.connect(pool.address, DEADLINE) as connection:
        connection.sendall(bytes_sent)
        answer = fcgi.read_answer(connection)
    assert answer.closed and answer.is_empty
    assert pool.count("handle called") == 0
    assert_serves(pool)


def test_an_oversized_length_closes_cleanly(start):
    pool = start(1)
    huge = struct.pack(">II", 0xffffffff, 0xffffffff)  # 0x7fffffff each
    with fcgi.connect(pool.address, DEADLINE) as connection:
        connection.sendall(fcgi.begin() + fcgi.record(fcgi.PARAMS, huge + b"ab"))
        answer = fcgi.read_answer(connection)
    assert answer.closed and answer.is_empty
    assert pool.count("handle called") == 0
    assert_serves(pool)
    assert len(pool.pids()) == 1


@pytest.mark.parametrize("huge", [struct.pack(">II", 0xfffffffe, 0xfffffffe),
                                  struct.pack(">IB", 0xfffffffe, 0x10)])
def test_an_overflowing_length_may_kill_a_worker_not_the_pool(start, huge):
    # The end of the worker is libfcgi's, and wanted here: no finding of a sanitizer's to be kept.
    pool = start(2, env={**os.environ, "ASAN_OPTIONS": ""})
    with fcgi.connect(pool.address, DEADLINE) as connection:
        connection.sendall(fcgi.begin() + fcgi.record(fcgi.PARAMS, huge + b"ab"))
        answer = fcgi.read_answer(connection)
    assert answer.closed and answer.is_empty
    assert pool.count("handle called") == 0
    for _ in range(4):
        assert_serves(pool)
    # Who died is known when nobody else can: the master buries all before it ends.
    assert pool.end() == 0
    pool.deaths = pool.count("worker died")
    assert pool.deaths <= 1


def test_a_hundred_thousand_parameters(start):
    pool = start(1)
    answer = fcgi.request(pool.address, [("HTTP_X_%d" % i, "v") for i in range(100000)])
    assert answer.fields["params"] == "100001"
    assert_serves(pool)


def test_a_body_shorter_than_announced(start):
    pool = start(1)
    values = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "100", "DEMO": "body"}
    answer = fcgi.request(pool.address, values, b"x" * 40)
    assert answer.fields["body"] == "40" and answer.fields["read"] == "0"
    assert_serves(pool)


@pytest.mark.parametrize("tail", [
    pytest.param(b"", id="silence"),
    pytest.param(fcgi.record(fcgi.ABORT), id="abort"),
    pytest.param(fcgi.record(fcgi.STDIN, b"y" * 50)[:20], id="half-a-record"),
])
def test_a_body_cut_short_is_a_failure_not_an_end(start, tail):
    pool = start(1)
    values = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "100", "DEMO": "body"}
    with fcgi.connect(pool.address, DEADLINE) as connection:
        connection.sendall(fcgi.begin() + fcgi.params(values) + fcgi.record(fcgi.STDIN, b"x" * 40) +
                           tail)
        answer = fcgi.read_answer(connection)
    assert answer.fields["read"] == "-1"
    assert_serves(pool)


@pytest.mark.parametrize("order", ["sleep:300", "big:5000000"])
def test_a_client_gone_before_its_answer_leaves_the_worker_alive(start, order):
    pool = start(1)
    connection = pool.start_asking(order)
    connection.close()
    assert_serves(pool)
    assert len(pool.pids()) == 1


def test_a_reader_that_never_reads_is_dropped(start):
    pool = start(1)
    connection = pool.start_asking("big:20000000")
    assert_serves(pool)
    assert any("does not take the answer" in line for line in pool.lines("connection dropped"))
    connection.close()


def test_more_than_1024_inherited_descriptors(start):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 1400
    assert hard == resource.RLIM_INFINITY or hard >= wanted, "the hard limit is too low"
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    try:
        pool = start(2, ["crowded"])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    for _ in range(4):
        assert int(assert_serves(pool).fields["lowest_fd"]) > 1024
    answer = pool.ask("body", b"x" * 50000)
    assert answer.fields["body"] == "50000"
    os.kill(pool.pids()[0], signal.SIGKILL)
    pool.deaths = 1
    wait_for(lambda: len(pool.pids()) == 3, "the replacement")
    assert_serves(pool)


# ---- workers that die ----

def test_a_killed_worker_is_replaced(start):
    pool = start(2)
    wait_for(lambda: len(pool.pids()) == 2, "both workers")
    pool.deaths = 2
    for pid in pool.pids():
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: len(pool.pids()) == 4, "two new workers")
    first, new = pool.pids()[:2], pool.pids()[2:]
    for _ in range(4):
        assert int(assert_serves(pool).fields["pid"]) in new
    died = "".join(pool.lines("worker died"))
    assert all(f"pid={pid} " in died for pid in first)
    assert died.count('how="signal 9"') == 2


def test_a_crash_costs_only_its_own_request(start):
    pool = start(2)
    pool.deaths = 1
    other = pool.start_asking("sleep:500")
    crash = pool.ask("abort")
    assert crash.closed and crash.is_empty
    assert fcgi.read_answer(other).status == 200
    assert_serves(pool)
    wait_for(lambda: len(pool.pids()) == 3, "the replacement")
    assert 'how="signal 6"' in pool.lines("worker died")[0]


def test_workers_that_die_young_come_back_later_and_later(start):
    pool = start(1)
    pool.deaths = 5
    for death in range(1, pool.deaths + 1):
        assert pool.ask("exit:3").closed
        wait_for(lambda: pool.count("worker died") == death, "the death is logged")
    assert_serves(pool)
    assert all('how="exit 3"' in line for line in pool.lines("worker died"))
    delays = [int(re.search(r"restart_ms=(\d+)", line)[1]) for line in pool.lines("worker died")]
    assert delays == [0, 100, 200, 400, 800]
    # Each death is followed by exactly one start.
    with open(pool.log, encoding="utf-8") as log:
        events = re.findall(r'what="worker (started|died)"', log.read())
    assert events == ["started", "died"] * 5 + ["started"]


def test_workers_that_can_not_start_are_tried_again_and_end_on_sigterm():
    pool = Pool(1, ["unready"])
    try:
        wait_for(lambda: pool.count("worker died") >= 4, "four deaths")
        assert pool.count("worker can't start") >= 4
        assert 'how="exit 1"' in pool.lines("worker died")[0]
        assert pool.end() == 0
        pool.deaths = pool.count("worker died")
    finally:
        pool.clean_up()


def test_workers_do_not_outlive_their_master(start):
    pool = start(3)
    wait_until_all_serve(pool, 3)
    connection = pool.start_asking("sleep:500")
    pool.process.kill()
    pool.process.wait(DEADLINE)
    assert fcgi.read_answer(connection).status == 200
    for pid in pool.pids():
        wait_for(lambda: is_gone(pid), f"worker {pid} ends")
    assert pool.count("drained") == 3


# ---- signals ----

@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("workers", [0, 1, 3])
def test_a_request_in_flight_is_answered_before_the_end(start, workers, number):
    pool = start(workers)
    connection = pool.start_asking("sleep:500")
    pool.process.send_signal(number)
    assert fcgi.read_answer(connection).status == 200
    assert pool.process.wait(DEADLINE) == 0
    assert pool.count("drained") == max(workers, 1)


@pytest.mark.parametrize("words", [[], ["tick"], ["ready"]])
@pytest.mark.parametrize("workers", [0, 3])
def test_an_idle_pool_ends_at_once(start, workers, words):
    # Nothing would end it before the test's deadline but the signal itself.
    pool = start(workers, words, drain_ms=900000)
    assert_serves(pool)
    assert pool.end() == 0
    assert pool.count("drained") == max(workers, 1)
    assert all(is_gone(pid) for pid in pool.pids())


def test_a_worker_that_does_not_end_is_killed_after_the_drain(start):
    pool = start(1, drain_ms=200)
    pool.deaths = 1
    connection = pool.start_asking("sleep:600000")
    assert pool.end() == 0
    assert fcgi.read_answer(connection).is_empty
    assert 'how="signal 9"' in pool.lines("worker died")[0]


@pytest.mark.parametrize("workers", [0, 2])
def test_sigusr1_reopens_the_log(start, workers):
    pool = start(workers)
    wait_for(lambda: len(pool.pids()) == workers, "all workers")
    os.rename(pool.log, pool.log + ".1")
    pool.process.send_signal(signal.SIGUSR1)

    def writes_to_the_new_file():
        assert_serves(pool)
        return "status=200" in (open(pool.log).read() if os.path.exists(pool.log) else "")
    wait_for(writes_to_the_new_file, "the access line is in the new file")
    assert pool.end() == 0
    assert pool.count("drained") == max(workers, 1)


# ---- one generation after the other; what the program makes of it is test_11_pools.py's ----

def hang_up(pool, what="all workers are new"):
    before = pool.count(what)
    pool.process.send_signal(signal.SIGHUP)
    wait_for(lambda: pool.count(what) > before, what)


@pytest.fixture
def marked(start):
    """A pool of one worker, and the file that keeps the next ones from serving."""
    pool = start(1)
    wait_for(lambda: assert_serves(pool), "it serves")
    return pool, lambda word: open(f"{pool.log}.{word}", "w").close(), \
        lambda word: os.remove(f"{pool.log}.{word}")


def test_sighup_replaces_the_workers(start):
    pool = start(3)
    wait_until_all_serve(pool, 3)
    hang_up(pool)
    wait_until_all_serve(pool, 3)
    first, new = pool.pids()[:3], pool.pids()[3:]
    assert len(new) == 3 and all(is_gone(pid) for pid in first)
    assert pool.count("drained") == 3


def test_sighup_without_a_master_is_an_end(start):
    pool = start(0)
    connection = pool.start_asking("sleep:500")
    pool.process.send_signal(signal.SIGHUP)
    assert fcgi.read_answer(connection).status == 200
    assert pool.process.wait(DEADLINE) == 0
    assert pool.count("drained") == 1


def test_the_end_of_a_terminal_is_no_workers_end(start):
    pool = start(1)
    (pid,) = wait_for(pool.pids, "the worker")
    assert_serves(pool)
    os.kill(pid, signal.SIGHUP)
    assert int(assert_serves(pool).fields["pid"]) == pid
    assert pool.end() == 0


def test_a_successor_that_can_not_start_is_tried_again_and_the_old_one_serves(marked):
    pool, put, remove = marked
    (old,) = pool.pids()
    put("fail")
    pool.process.send_signal(signal.SIGHUP)
    wait_for(lambda: pool.count("worker died") >= 3, "three deaths")
    assert int(assert_serves(pool).fields["pid"]) == old
    remove("fail")
    wait_for(lambda: pool.count("all workers are new"), "it is replaced")
    assert int(assert_serves(pool).fields["pid"]) != old
    assert pool.end() == 0
    pool.deaths = pool.count("worker died")
    delays = [int(re.search(r"restart_ms=(\d+)", line)[1]) for line in pool.lines("worker died")]
    assert delays[:3] == [0, 100, 200]


def test_a_worker_that_dies_while_its_successor_starts_is_replaced_by_it(marked):
    pool, put, remove = marked
    (old,) = pool.pids()
    put("wait")
    pool.process.send_signal(signal.SIGHUP)
    wait_for(lambda: len(pool.pids()) == 2, "the successor")
    assert int(assert_serves(pool).fields["pid"]) == old
    pool.deaths = 1
    os.kill(old, signal.SIGKILL)
    wait_for(lambda: pool.count("all workers are new"), "it has its place")
    remove("wait")
    assert int(assert_serves(pool).fields["pid"]) == pool.pids()[1]
    assert len(pool.pids()) == 2


def test_a_reload_during_a_reload(marked):
    pool, put, remove = marked
    put("wait")
    pool.process.send_signal(signal.SIGHUP)
    wait_for(lambda: len(pool.pids()) == 2, "the successor")
    pool.process.send_signal(signal.SIGHUP)
    wait_for(lambda: pool.count("reloaded, workers are replaced one by one") == 2, "both")
    remove("wait")
    wait_for(lambda: pool.count("all workers are new"), "all are new")
    # The successor was of the first one: it served, and gave way to the second one's.
    assert len(pool.pids()) == 3
    assert int(assert_serves(pool).fields["pid"]) == pool.pids()[2]
    assert pool.count("drained") == 2


def test_a_parent_that_ignored_its_children_changes_nothing(start):
    pool = start(1, preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
    pool.deaths = 1
    os.kill(wait_for(pool.pids, "the worker")[0], signal.SIGKILL)
    wait_for(lambda: len(pool.pids()) == 2, "the replacement")
    assert_serves(pool)


# ---- the loop ----

def test_one_process_without_a_master(start):
    pool = start(0)
    answer = assert_serves(pool)
    assert int(answer.fields["pid"]) == pool.process.pid
    assert pool.pids() == []
    assert pool.ask("sleep:1").status == 200
    assert pool.end() == 0


def test_a_shut_down_listener_ends_the_process(start):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        directory = tempfile.mkdtemp(prefix="callgate-worker-")
        listener.bind(os.path.join(directory, "s"))
        listener.listen(5)
        pool = Pool(0, address=f"fd:{listener.fileno()}", pass_fds=[listener.fileno()])
        try:
            pool.address = os.path.join(directory, "s")
            assert_serves(pool)
            listener.shutdown(socket.SHUT_RDWR)
            assert pool.process.wait(DEADLINE) == 1
            assert pool.count("listening socket is broken") == 1
        finally:
            pool.clean_up()
            shutil.rmtree(directory)


def test_ticks_come_while_idle_and_between_requests(start):
    pool = start(1, ["tick"])
    wait_for(lambda: pool.count("tick") >= 3, "ticks while idle")

    def ticks_once_more(before):
        assert_serves(pool)
        return pool.count("tick") > before
    before = pool.count("tick")
    wait_for(lambda: ticks_once_more(before), "ticks under load")


def test_watched_descriptors_are_heard_and_may_come_and_go(start):
    pool = start(1)
    pool.ask("wake")
    wait_for(lambda: pool.count("readable") == 1, "the descriptor is heard while idle")
    # Closed, and opened again most likely with the same number.
    pool.ask("reopen")
    pool.ask("wake")
    wait_for(lambda: pool.count("readable") == 2, "the new descriptor is heard")
    pool.ask("vanish")
    pool.ask("wake")
    assert_serves(pool)
    assert_serves(pool)
    assert pool.count("readable") == 2
    assert pool.count("descriptor can't be watched") == 0


def test_a_descriptor_that_is_always_ready_starves_nobody(start):
    pool = start(2, ["ready"])
    for _ in range(4):
        assert_serves(pool)
    assert pool.end() == 0
