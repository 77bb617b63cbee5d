# test_67_gate_web_server.py - what a web server's configuration has to see to, beyond asking the gate:
# bodies of any size, answers for pages of other origins (ATTACKS 53, 57, 58).
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import base64
import hashlib
import os
import re

import pytest

import callgate
from callgate import API, api, exchange, head_bytes, make_app, make_token, make_user
from running import ORIGIN, other_origins, preflight, started

READ, CALL, CONFIG = API + "/client/@me/record/", API + "/extension/7/event/", API + "/extension/7/queue/"
MB = 1024 * 1024


@pytest.fixture(scope="module")
def token():
    return make_token(make_app(make_user(client_id=12, tenant_id=12)))


def with_body(method, path, body, token=None, chunked=False):
    pairs = [("Host", callgate.AUTHORITY), ("Connection", "close"), ("Content-Type", "application/octet-stream")]
    if token:
        pairs.append(("Authorization", f"Bearer {token}"))
    if chunked:
        pairs.append(("Transfer-Encoding", "chunked"))
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    else:
        pairs.append(("Content-Length", str(len(body))))
    return exchange(head_bytes(method, path, pairs) + body, method, path)


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_a_body_of_any_size_passes(token, chunked):
    body = os.urandom(MB) * 20
    answer = with_body("POST", CALL, body, token, chunked)
    assert answer.status == 200 and answer.json["body_length"] == len(body)
    assert answer.json["body_sha256"] == hashlib.sha256(body).hexdigest()


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
@pytest.mark.parametrize("size", [64 * 1024, 64 * 1024 + 1, 20 * MB])
def test_a_body_of_any_size_is_refused_by_the_gate(token, size, chunked):
    """Not by a server's limit, with another status or in its own words."""
    for sent, status in ((None, 401), (token, 403)):
        answer = with_body("PUT", CONFIG, b"x" * size, sent, chunked)
        assert answer is None or answer.status == status and answer.json["message"]
        assert answer is not None or size > MB   # a server may close before it has read what nobody wants


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_what_is_in_a_refused_body_is_no_request(token, chunked):
    mark = callgate.fresh("inside")
    inner = head_bytes("GET", READ + mark, [("Host", callgate.AUTHORITY), ("Authorization", f"Bearer {token}")])
    for size in (1000, 200 * 1000):
        with_body("PUT", CONFIG, inner * (size // len(inner) + 1), token, chunked)
    assert api(token, READ).status == 200
    with open(os.path.join(started("run"), "web", "echo.record"), encoding="latin-1") as record:
        assert mark not in record.read()


def test_the_head_that_the_back_end_gets(token):
    """Its bytes, not what a parser makes of them."""
    pairs = [(name, "user=1, admin=?1") for name in ("Callgate", "callgate", "CALLGATE")] + [("Connection", "Callgate")]
    head = base64.b64decode(api(token, READ, headers=[*pairs, ("Cookie", "a=b")]).json["raw"])
    assert len(re.findall(rb"(?im)^\s*callgate\b", head)) == 1 and b"admin=?1" not in head
    assert not re.search(rb"(?im)^(cookie|authorization): *\S", head) and token.encode() not in head


def allowed(answer):
    assert answer.all("Access-Control-Allow-Credentials") == []
    assert "Origin" in [word.strip() for line in answer.all("Vary") for word in line.split(",")]
    assert not [name for name, _ in answer.headers if name in ("callgate", "callgate-cors", "callgate-vary")
                or name.startswith("variable")]
    return answer.get("Access-Control-Allow-Origin")


def test_pages_of_other_origins(token):
    origin, evil = [("Origin", ORIGIN)], [("Origin", "https://evil.example")]
    assert api(token, READ, headers=origin).all("Vary") == []
    with other_origins():
        for target, method, sent, status in ((READ, "GET", token, 200), (READ, "HEAD", token, 200),
                                             (CALL, "POST", token, 200), (CONFIG, "PUT", token, 403),
                                             (READ, "GET", "x" * 30, 401), (API + "/a/../b", "GET", token, 400),
                                             (API + "/user/", "GET", token, 200)):
            body = [] if method in ("GET", "HEAD") else [("Content-Length", "0")]
            answer = api(sent, target, method, origin + body)
            assert answer.status == status and allowed(answer) == ORIGIN, answer
            answer = api(sent, target, method, evil + body)
            assert answer.status == status and allowed(answer) is None, answer
            assert allowed(api(sent, target, method, body)) is None
        answer = preflight()
        assert answer.status == 204 and allowed(answer) == ORIGIN and answer.body == b""
        assert "authorization" in answer.get("Access-Control-Allow-Headers").lower()
