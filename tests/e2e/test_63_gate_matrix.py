# test_63_gate_matrix.py - tokens, levels, access, addresses and methods, all with all, through the web
# server, against a back-end that writes down what reached it (ATTACKS 42, 45, 46, 57).
#
# gate_model.py says what must happen. What is refused must not have reached the back-end, and what did
# reach it must be classed there as it was judged here.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import collections
import re
import secrets

import pytest

import callgate
import gate_model
from callgate import API, SERVER, digest, make_app, make_user, sql
from gate_load import BackEnd

CLIENT = 12
# Answered by Callgate itself, past the gate.
OWN = ("user/", "user/oauth/session/")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "get", "Post", "PROPFIND", "BREW")
PLACES = ("/extension/7/queue/", "/extension/7/event/", "/client/@me/record/")
PIECES = ("..", ".", "%2e%2e", "%2e", ".%2e", "%252e%252e", "..;", "..%2f", "..%5c", "%2f", "%2F", "%5c", "%252f", "%00",
          "%0a", "%0d%0a", "%09", "%20", "%7f", "%80", "%ff", "%c0%ae", "%c0%af", "%e0%80%af", "%u002f", "%", "%2", "%zz",
          ";", ";x=1", ";/..", "\\", "..\\", "%3b", "%3f", "%23", "%26", "%3d", "%2b", "%25", "+", "*", "@me", "%40me",
          "~", "a.b", "a.", ".a", "...", "A", "\xe4", "a b", "a\tb", "\x01", "#", "#x", "?", "?x", "?/../", "?#",
          "?_method=PUT", "?access_token=x", "?a&_method=DELETE", "?%5fmethod=PUT", "{}", "|", "^", "`", "\"", "<x>", "'")
SHAPES = ("{place}{piece}", "{place}{piece}/", "{before}/{piece}{rest}", "{place}{piece}/../x")
ODD = ["//", "/api", "/api/", API, API + "/", "//api/ver1.0/user/x", "/api//ver1.0/extension/7", "/API/ver1.0/extension/7",
       "/api/ver1.0;/extension/7", "/api/ver1%2e0/extension/7", "/%61pi/ver1.0/extension/7", "/api%2fver1.0/extension/7",
       "/api/../api/ver1.0/extension/7", "/x/../api/ver1.0/extension/7", "/api/ver1.0/./extension/7",
       "http://evil.example/api/ver1.0/extension/7", "http://localhost/api/ver1.0/extension/7", "*",
       "/api/ver1.0//extension/7", "/api/ver1.0/extension//7", "/api/ver1.0/extension/7//", API + "/" + "a" * 5000]


def token_of(app, user, expires="1 hour", revoked=False):
    token = callgate.fresh("")[-4:] + secrets.token_hex(13)
    sql("INSERT INTO access_token (token, app, user_id, generation, expires_at, revoked_at)"
        " SELECT %s, id, %s, 1, now() + %s::interval, CASE WHEN %s THEN now() END FROM app WHERE app_id = %s",
        digest(token), user.id, expires, revoked, app.app_id)
    callgate.keep(token)
    return token


class Asker:
    """A kind of token, and what the model is told of it."""

    def __init__(self, name, token, kind="good", access="full", level="call_api"):
        self.name, self.token, self.kind, self.access, self.level = name, token, kind, access, level


@pytest.fixture(scope="module")
def askers():
    out = [Asker("none", None, None), Asker("empty", "", "bad"), Asker("garbage", "x" * 30, "bad"),
           Asker("odd", "a-b", "bad")]
    for access in ("full", "read_only"):
        user = make_user(client_id=CLIENT, tenant_id=CLIENT, access=access)
        for level in ("call_api", "all"):
            out.append(Asker(f"{level} {access}", token_of(make_app(user, level=level), user), "good", access, level))
    app = make_app(user, level="all")
    out.append(Asker("revoked", token_of(app, user, revoked=True), "bad"))
    out.append(Asker("expired", token_of(app, user, expires="1 millisecond"), "bad"))
    return out


class Tally:
    def __init__(self):
        self.back_end, self.counts, self.wrong = BackEnd(), collections.Counter(), []

    def ask(self, asker, method, target):
        # nginx hands on the path alone of an absolute address: that is judged, and that is what passes.
        if SERVER == "nginx":
            target, sent = re.sub("^http://[^/]*", "", target), target
        else:
            sent = target
        expected = gate_model.status(method, target, asker.kind, asker.access, asker.level, CLIENT)
        headers = {} if asker.token is None else {"Authorization": f"Bearer {asker.token}"}
        head = callgate.head_bytes(method, sent, [("Host", callgate.AUTHORITY), ("Connection", "close"),
                                                    ("Content-Length", "0"), *headers.items()])
        answer = callgate.exchange(head, method, sent)
        status = answer.status if answer else None
        reached = self.back_end.news()
        self.counts["tried"] += 1
        self.judge((asker.name, method, target, expected, status, reached), expected, status, reached)

    def judge(self, what, expected, status, reached):
        method, target = what[1:3]
        if reached and expected != 200:
            self.wrong.append(("wrongly passed", *what))
        elif reached:
            self.counts["passed"] += 1
            seen = gate_model.segments(reached[0][1], reached[0][0])
            if len(reached) > 1 or reached[0][0] != method or seen is None or \
                    gate_model.class_of(*reached[0]) != gate_model.class_of(method, target):
                self.wrong.append(("another one reached it", *what))
        elif status == expected != 200:
            self.counts["refused by the gate"] += 1
        elif status is None or status in (301, 400, 404, 405, 413, 414, 431, 501, 505):
            self.counts["refused by the web server"] += 1
        else:
            self.wrong.append(("another answer", *what))

    def end(self, name):
        self.counts["reached late"] += len(self.back_end.news())
        print(f"{name} behind {SERVER}: {dict(self.counts)}, wrong: {len(self.wrong)}")
        assert self.wrong == [] and self.counts["reached late"] == 0
        assert self.counts["passed"] > 0 and self.counts["refused by the gate"] > 0


def test_every_rule(askers):
    """ATTACKS 42, 45: every row, both slash forms, every kind of token."""
    tally = Tally()
    for _, method, path in gate_model.RULES:
        target = "/".join(path).replace("{client}", "@me").replace("{}", "7")
        if target + "/" in OWN or (target + "/").startswith("application/"):
            continue
        for number, asker in enumerate(askers):
            tally.ask(asker, method, f"{gate_model.PREFIX}{target}" + ("/" if number % 2 else ""))
            if asker.kind == "good":
                tally.ask(asker, method, f"{gate_model.PREFIX}{target}" + ("" if number % 2 else "/"))
    tally.end("every rule")


def test_every_method(askers):
    """ATTACKS 45: methods have letter case, and what is unknown is no reading."""
    tally = Tally()
    for place in PLACES:
        for method in METHODS:
            for asker in askers:
                tally.ask(asker, method, API + place)
    tally.end("every method")


def test_twisted_addresses(askers):
    """ATTACKS 46, 57: what two programs could read in two ways passes nowhere."""
    tally = Tally()
    targets = list(ODD)
    for place in PLACES[:2]:
        before, _, rest = (API + place).rstrip("/").rpartition("/")
        for piece in PIECES:
            targets += [shape.format(place=API + place, before=before, rest="/" + rest, piece=piece) for shape in SHAPES]
    assert len(set(targets)) > 400
    chosen = [asker for asker in askers if asker.name in ("none", "call_api full", "all full")]
    for number, target in enumerate(targets):
        for method in ("GET", "POST", "DELETE"):
            # Every address with every token, if not by every method.
            for asker in chosen if method == "POST" else [chosen[1 + number % 2]]:
                tally.ask(asker, method, target)
    tally.end("twisted addresses")


@pytest.mark.parametrize("own, other", [("@me", "13"), (str(CLIENT), "012")])
def test_another_client_s(askers, own, other):
    tally = Tally()
    for path in ("extension/", "record/1", "nobody/knows/this"):
        for client in (own, other):
            for asker in askers:
                tally.ask(asker, "GET", f"{gate_model.PREFIX}client/{client}/{path}")
    tally.end("another client's")
