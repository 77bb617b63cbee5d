# test_64_gate_answers.py - what the client hears of a refusal, and what the back-end hears of who calls
# (ATTACKS 41, 42, 43, 44, 53).
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import hashlib
import re
import string

import pytest

import callgate
from callgate import API, SERVER, api, make_app, make_token, make_user, send, sql, wait_for

READ, WRITE = API + "/client/@me/extension/", API + "/extension/7/queue/"
NO_BODY = [("Content-Length", "0")]
KEY = r'[a-z]+=(?:\?[01]|[0-9]+|[a-z_]+|"[\x20-\x21\x23-\x5b\x5d-\x7e]*")'


@pytest.fixture(scope="module")
def person():
    return make_user(client_id=12, tenant_id=12)


@pytest.fixture(scope="module")
def app(person):
    return make_app(person)


@pytest.fixture(scope="module")
def token(app):
    return make_token(app)


def identity_of(answer):
    """The header Callgate at the back-end: a dictionary of RFC 8941, and nothing else."""
    values = [value for name, value in answer.json["pairs"] if name.lower() == "callgate"]
    assert len(values) == 1 and re.fullmatch(f"{KEY}(?:, {KEY})*", values[0]), values
    return dict(pair.split("=", 1) for pair in values[0].split(", "))


def refusal(answer, status, error=None):
    assert answer.status == status and answer.get("Content-Type") == "application/json"
    assert {"error", "error_description", "message"} <= set(answer.json) and answer.body.isascii()
    assert error is None or answer.json["error"] == error
    assert answer.get("Cache-Control") == "no-store" and re.fullmatch("[0-9a-f]{16}", answer.get("Callgate-Request"))
    assert answer.get("Callgate") is None and not [name for name, _ in answer.headers if "variable" in name.lower()]
    return answer


def test_41_without_a_token():
    answer = refusal(send("GET", READ), 401)
    assert answer.json["message"] == "Unauthorized"
    challenge, = answer.all("WWW-Authenticate")
    assert challenge.startswith("Bearer realm=") and "error" not in challenge


@pytest.mark.parametrize("value", ["Bearer undefined", "Bearer " + "x" * 30, "Bearer " + "x" * 7000, "Bearer a b", "bearer ?"])
def test_42_with_a_bad_one(value):
    answer = refusal(send("GET", READ, headers={"Authorization": value}), 401, "invalid_token")
    assert answer.json["message"] == "Unauthorized" and len(answer.all("WWW-Authenticate")) == 1


def test_42_too_low_a_level(token):
    answer = refusal(api(token, WRITE, "PUT"), 403, "insufficient_scope")
    assert "All" in answer.json["message"] and answer.get("WWW-Authenticate") is None


def test_43_two_tokens_or_one_in_the_address(token):
    pairs = [("Authorization", f"Bearer {token}"), ("Authorization", "Bearer " + "x" * 30)]
    assert send("GET", READ, headers=pairs).status in (400, 401)
    refusal(api(None, f"{READ}?access_token={token}"), 400, "invalid_request")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer "])
def test_44_spellings(token, scheme):
    assert send("GET", READ, headers={"Authorization": f"{scheme} {token}"}).status == 200


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "x-http-method", "X-Method-Override"])
def test_45_no_other_method(token, name):
    refusal(api(token, READ, headers=[(name, "PUT")]), 400, "invalid_request")


def test_the_back_end_is_told_who_calls(token, app, person):
    answer = api(token, READ)
    identity = identity_of(answer)
    assert identity.pop("request").strip('"') and identity == {
        "user": str(person.id), "login": f'"{person.login}"', "client": "12", "tenant": "12", "admin": "?0",
        "access": "full", "app": f'"{app.app_id}"', "level": "call_api"}
    assert answer.get("Callgate") is None and not [name for name, _ in answer.headers if "variable" in name.lower()]


@pytest.mark.parametrize("name", ["Callgate", "callgate", "CALLGATE", "Variable-Callgate", "X-Callgate"])
def test_53_nobody_says_it_himself(token, person, name):
    pairs = [(name, "user=1, admin=?1, level=all"), (name, "user=2")]
    identity = identity_of(api(token, READ, headers=pairs))
    assert identity["user"] == str(person.id) and identity["admin"] == "?0" and identity["level"] == "call_api"


def test_token_and_cookies_stay_here(token):
    answer = api(token, READ, headers=[("Cookie", "callgate=secret; other=1")])
    names = {name.lower() for name, value in answer.json["pairs"] if value}
    assert not names & {"cookie", "authorization"}


# What is sent in the field: nothing, text in a charset of its own, a fax of 5 MB as a form with a file.
NAME = "{\"name\": \"\u041f\u0440\u0438\u0432\u0435\u0442\"}".encode("windows-1251")
FAX_TYPE, FAX = callgate.multipart({"number": "+74951234567", "file": bytes(range(256)).decode("latin-1") * 13000})
BODIES = {"none": ("application/octet-stream", b""), "windows-1251": ("application/json; charset=windows-1251", NAME),
          "fax": (FAX_TYPE, FAX)}


def arrived(answer, body):
    """To the byte."""
    assert answer.status == 200 and answer.json["method"] == "POST"
    assert answer.json["body_length"] == len(body) and answer.json["body_sha256"] == hashlib.sha256(body).hexdigest()
    return True


@pytest.mark.parametrize("kind, body", BODIES.values(), ids=BODIES.keys())
def test_bodies_go_through(token, kind, body):
    answer = send("POST", API + "/extension/7/event/", body, {"Authorization": f"Bearer {token}", "Content-Type": kind})
    assert arrived(answer, body)
    assert [value for name, value in answer.json["pairs"] if name.lower() == "content-type"] == [kind]


@pytest.mark.parametrize("body", [b"abchello", NAME, FAX], ids=["short", "windows-1251", "fax"])
def test_a_chunked_body_goes_through(token, body):
    """In pieces of several sizes, the borders of which are nobody's business."""
    head = callgate.head_bytes("POST", API + "/extension/7/event/", [
        ("Host", callgate.AUTHORITY), ("Connection", "close"), ("Authorization", f"Bearer {token}"),
        ("Transfer-Encoding", "chunked")])
    borders = [0, 3, *range(8, len(body), 99991), len(body)]
    pieces = [body[first:last] for first, last in zip(borders, borders[1:]) if last > first]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    assert arrived(callgate.exchange(head + chunks + b"0\r\n\r\n", "POST"), body)


def test_head(token):
    answer = api(token, READ, "HEAD")
    assert answer.status == 200 and answer.body == b""
    assert api(None, READ, "HEAD").status == 401


def test_invented_methods_are_counted_as_one(person):
    """Anybody with a token may invent some: they get no rows of their own."""
    app = make_app(person)
    token = make_token(app)
    statuses = [api(token, READ, f"BREW{letter}", NO_BODY).status for letter in string.ascii_uppercase]
    assert set(statuses) <= {403, 501} and api(token, WRITE, "PUT", NO_BODY).status == 403
    rows = "SELECT r.method, r.count FROM refusal r JOIN app a ON a.id = r.app WHERE a.app_id = %s"
    refused = statuses.count(403) + 1
    # Each worker writes its own.
    wait_for(lambda: sum(row["count"] for row in sql(rows, app.app_id)) == refused, "the refusals are written")
    # lighttpd knows no such methods.
    assert {row["method"] for row in sql(rows, app.app_id)} == ({"PUT"} if SERVER == "lighttpd" else {"PUT", "other"})


def test_the_owner_sees_what_was_refused(person, app, token):
    # Each worker writes its own, so which of them is shown as the last is not certain.
    ids = [api(token, "/api/ver1.0/extension/7/ivr/", "PUT").get("Callgate-Request") for _ in range(3)]
    client = callgate.signed_in(person)
    page = f"/app/{app.app_id}/refusals"
    wait_for(lambda: any(one in client.get(page).text for one in ids), "the refusals are written")
    text = client.get(page).page.one("table").text
    assert "PUT /extension/{}/ivr/" in text
    assert callgate.signed_in(make_user()).get(page).status == 404
