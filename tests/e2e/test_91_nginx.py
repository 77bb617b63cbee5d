# test_91_nginx.py - nginx before `callgate serve`, which it can't start: what it cuts, keeps to itself or
# answers in its own words by default does not get in the way.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import os
import signal
import subprocess
from urllib.parse import parse_qs, urlsplit

import pytest

import callgate
from beside import Beside, bad, doctor
from callgate import API, Client, api, make_app, make_token, make_user, send, token_request, wait_for
from running import callgates, processes, started

READ = API + "/client/@me/record/"
KIB = 1024


@pytest.fixture(scope="module")
def user():
    return make_user(client_id=12, tenant_id=12)


@pytest.fixture(scope="module")
def token(user):
    return make_token(make_app(user))


def test_pools_of_their_own():
    """One master; each worker is its child."""
    ours = callgates()
    master = int(started("serve"))
    assert set(ours.values()) - {master} == {processes()[master][1]} and len(ours) >= 7


def test_a_redirect_that_is_longer_than_a_page_of_memory(user):
    app = make_app(user, type="public", redirect_urls=["https://app.example/cb"])
    state = "%" * 2000
    answer = Client().post("/oauth/authorize", {"response_type": "token", "client_id": app.app_id, "state": state,
                                                "redirect_uri": "https://app.example/cb"})
    assert answer.status == 303 and len(answer.get("Location")) > 6000
    assert parse_qs(urlsplit(answer.get("Location")).query)["state"] == [state]


@pytest.mark.parametrize("size", [64 * KIB + 1, 1024 * KIB, 1024 * KIB + 1, 8192 * KIB])
def test_large_forms_are_413_in_our_words(shared_member, size):
    _, client = shared_member
    assert token_request(b"x" * size).json["error"]
    answer = client.post("/app/register", b"x" * size)
    assert answer.status == 413 and answer.page.one("h1").text


@pytest.mark.parametrize("path", ["/_callgate/gate", "/_callgate/gate/", "/_callgate%2fgate", "/x/../_callgate/gate",
                                  "/@callgate_error", "/_callgate/error"])
def test_its_own_addresses_are_nobodys(token, path):
    for headers in ([], [("Authorization", f"Bearer {token}")]):
        answer = send("GET", path, headers=headers)
        assert answer.status in (400, 404) and answer.get("Callgate") is None


def test_without_a_slash_no_redirect(token):
    for path in ("/api/ver1.0", "/api/ver1.0/user", "/api/ver1.0/user/oauth/session"):
        assert api(token, path).status == (404 if path == "/api/ver1.0" else 200)


def test_names_with_an_underscore_end_here(token):
    names = ["X_HTTP_Method_Override", "X-HTTP_Method", "_Callgate", "Callgate_"]
    answer = api(token, READ, headers=[(name, "PUT") for name in names])
    assert answer.status == 200 and not {name for name, _ in answer.json["pairs"] if "_" in name}


def test_an_answer_of_the_back_end_is_never_ours(token):
    """What the gate lets pass has the back-end's status and head, refused or not."""
    answer = api(token, READ)
    assert answer.status == 200 and answer.get("Callgate-Request") is None and answer.get("Cache-Control") is None


def test_nobody_at_the_gate_nothing_passes(token):
    gate = os.path.join(started("run"), "web", "gate.sock")
    record = os.path.join(started("run"), "web", "echo.record")
    os.rename(gate, gate + ".away")
    try:
        before = os.path.getsize(record)
        assert [api(token, READ).status for _ in range(5)] == [502] * 5
        assert os.path.getsize(record) == before
        assert Client().get("/login").status == 200
    finally:
        os.rename(gate + ".away", gate)
    wait_for(lambda: api(token, READ).status == 200, "the gate is asked again", 15)


def test_killed_workers_are_replaced(token):
    master = int(started("serve"))
    for pid in callgates():
        if pid != master:
            os.kill(pid, signal.SIGKILL)
    wait_for(lambda: api(token, READ).status == 200 and Client().get("/login").status == 200, "all is well again", 10)
    assert [api(token, READ).status for _ in range(10)] == [200] * 10


# ---- https, as `callgate doctor` sees it ----

@pytest.fixture
def beside():
    made = Beside()
    yield made
    made.clean_up()


@pytest.fixture(scope="module")
def tls_files(tmp_path_factory):
    """Key and certificate of localhost, for beside.serving()."""
    folder = tmp_path_factory.mktemp("tls")
    names = [folder / "key.pem", folder / "tls.pem"]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                    "-keyout", names[0], "-out", names[1]], check=True, capture_output=True)
    return [(name.name, name.read_text()) for name in names]


HIDDEN = "fastcgi_hide_header Strict-Transport-Security;"


@pytest.mark.parametrize("wrong, found", [("", set()), (HIDDEN, {"own-pages"})], ids=["right", "no-hsts"])
def test_https(beside, tls_files, wrong, found):
    url = beside.url.replace("http:", "https:")
    changes = [(f":{beside.port};", f":{beside.port} ssl;"),
               ("client_max_body_size 17m;", f"client_max_body_size 17m; ssl_certificate {beside.folder}/tls.pem;\n"
                f"ssl_certificate_key {beside.folder}/key.pem;\n{wrong}")]
    with beside.serving(changes, tls_files, url):
        unknown = callgate.run("doctor", url)
        code, report = doctor(url, make_app(make_user()), f"--ca={beside.folder}/tls.pem")
    assert unknown.returncode == 3 and "certificate" in unknown.stderr
    assert code == bool(found) and set(bad(report)) == found
