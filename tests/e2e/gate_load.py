# gate_load.py - requests to the gate from several clients at once, and what of them reached the back-end.
#
# Each request has a number of its own in its address, by which it is found in the back-end's record. So
# "it passed" is what the back-end says, and "after the change" is when the client began to send.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import concurrent.futures
import http.client
import itertools
import os
import re
import threading
import time
from typing import NamedTuple

import callgate
from callgate import API, exchange, head_bytes, wait_for
from running import started


class BackEnd:
    """What reached it since it was asked last: method and target."""

    def __init__(self):
        self.file = open(os.path.join(started("run"), "web", "echo.record"), encoding="latin-1")
        self.file.seek(0, os.SEEK_END)

    def news(self):
        return [tuple(line.rstrip("\n").split(" ", 1)) for line in self.file.readlines()]


class Question(NamedTuple):
    method: str
    path: str           # below the prefix
    token: str | None
    right: int = 200    # the answer while all is well

    def head(self, query="", pairs=(("Content-Length", "0"),)):
        pairs = [("Host", callgate.AUTHORITY), ("Connection", "close"), *pairs]
        if self.token is not None:
            pairs.append(("Authorization", f"Bearer {self.token}"))
        return head_bytes(self.method, API + self.path + query, pairs)


class Asked(NamedTuple):
    question: Question
    number: int
    sent: float          # monotonic, before the first byte
    answered: float
    status: int | None   # None: the connection ended without an answer
    body: bytes

    def __repr__(self):
        what = self.question
        return f"{self.number} at {self.sent:.3f}: {what.method} {what.path} got {self.status}, right is {what.right}"

    @property
    def is_right(self):
        return self.status == self.question.right


class Load:
    """Asks all questions in turn, each of `threads` clients one at a time: until the block ends, or by
    times() just so often."""

    def __init__(self, questions, threads=4):
        self.questions, self.threads = questions, threads
        self.mark, self.numbers = callgate.fresh("load"), itertools.count()
        self.asked, self.stop = [], threading.Event()
        self.back_end, self.record = BackEnd(), []

    def ask(self):
        number = next(self.numbers)
        question = self.questions[number % len(self.questions)]
        head, sent = question.head(f"?n={self.mark}-{number}"), time.monotonic()
        try:
            answer = exchange(head, question.method)
        except (OSError, http.client.HTTPException):
            answer = None
        status, body = (answer.status, answer.body) if answer else (None, b"")
        self.asked.append(Asked(question, number, sent, time.monotonic(), status, body))

    def ask_on(self):
        while not self.stop.is_set():
            self.ask()

    def times(self, count):
        with concurrent.futures.ThreadPoolExecutor(self.threads) as executor:
            for job in [executor.submit(self.ask) for _ in range(count)]:
                job.result()
        return self.asked

    def since(self, moment):
        """Those that were sent later, in the order of their sending."""
        return sorted((asked for asked in list(self.asked) if asked.sent > moment), key=lambda asked: asked.sent)

    def goes_on(self, count=40):
        """Waits for that many more answers."""
        before = len(self.asked)
        wait_for(lambda: len(self.asked) >= before + count, "more answers")

    def goes_right(self, count=40):
        """Waits for that many right answers, one after another, from now on."""
        start = time.monotonic()

        def is_well():
            last = self.since(start)[-count:]
            return len(last) == count and all(asked.is_right for asked in last)

        wait_for(is_well, f"{count} right answers", 60)

    def reached(self):
        """What of it has reached the back-end, by number; once nothing is under way any more."""
        self.record += self.back_end.news()
        targets = " ".join(target for _, target in self.record)
        numbers = {int(number) for number in re.findall(rf"\?n={self.mark}-(\d+)", targets)}
        passed = [asked for asked in self.asked if asked.number in numbers]
        assert {asked.number for asked in self.asked if asked.status == 200} <= numbers
        return passed

    def __enter__(self):
        self.executor = concurrent.futures.ThreadPoolExecutor(self.threads)
        self.jobs = [self.executor.submit(self.ask_on) for _ in range(self.threads)]
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.executor.shutdown()
        for job in self.jobs:
            job.result()
