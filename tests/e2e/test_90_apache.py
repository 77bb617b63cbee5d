# test_90_apache.py - Apache with mod_fcgid, which is the process manager there: each process serves by
# itself, and what mod_fcgid keeps back or limits by default does not get in the way.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import base64
import concurrent.futures
import contextlib
import os
import re
import signal
import socket
import subprocess

import pytest

import callgate
from callgate import (API, Client, Server, api, make_app, make_token, make_user, register, registered, send,
                      token_request, wait_for)
from running import callgates, processes, started


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


# ---- the gate ----

READ, CONFIG = API + "/client/@me/record/", API + "/extension/7/queue/"
# Common enough in a virtual host, and nothing that is said to the gate.
OPEN_TO_ALL = '<Location "/">\n    Require all granted\n</Location>\n'


@pytest.fixture(scope="module")
def token():
    return make_token(make_app(make_user(client_id=12, tenant_id=12)))


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


@pytest.fixture
def another(monkeypatch, tmp_path):
    """Starts Apache once more, with the site's configuration as `change` makes it; requests go there."""
    with contextlib.ExitStack() as stack:

        def start(change):
            port, conf = free_port(), tmp_path / "apache.conf"
            with open(os.path.join(started("run"), "apache.conf"), encoding="utf-8") as file:
                text = change(file.read())
            text = re.sub(r"(?m)^Listen .*\n", "", text) + f"\nListen 127.0.0.1:{port}\n"
            conf.write_text(re.sub(r"/web/(apache\.pid|fcgid_shm)", rf"/web/{port}.\1", text), encoding="utf-8")
            apache = stack.enter_context(subprocess.Popen(["/usr/sbin/apache2", "-DFOREGROUND", "-f", conf], env={}))
            stack.callback(apache.terminate)
            monkeypatch.setattr(callgate, "HOST", "127.0.0.1")
            monkeypatch.setattr(callgate, "PORT", port)
            wait_for(answers, "Apache answers")

        def answers():
            with contextlib.suppress(ConnectionRefusedError):
                return Client().get("/login").status == 200

        yield start


def refused_body(token, size):
    pairs = [("Host", callgate.AUTHORITY), ("Content-Length", str(size)), ("Authorization", f"Bearer {token}")]
    return callgate.exchange(callgate.head_bytes("PUT", CONFIG, pairs) + b"x" * size, "PUT")


def holds(token):
    """As it does at the site."""
    for answer, status in ((api("x" * 30, READ), 401), (refused_body(token, 0), 403),
                           (api(token, API + "/a/../b"), 400)):
        assert answer.status == status and answer.json["message"], answer
        assert len(answer.all("WWW-Authenticate")) == (status == 401)
    answer = api(token, READ)
    assert answer.status == 200 and answer.json["headers"]["Callgate"].startswith("user=")
    assert api(token).json["login"]


def test_the_gate_holds_whatever_other_sections_say(another, token):
    another(lambda text: text + OPEN_TO_ALL + OPEN_TO_ALL.replace('"/"', f'"{API}/"'))
    holds(token)


def away(text):
    """The same, with nobody where the back-end was."""
    return re.sub(r"(http://127\.0\.0\.1:)\d+", rf"\g<1>{free_port()}", text)


def is_told_unavailable(token):
    answer = api(token, READ)
    assert answer.status in (502, 503) and answer.json["message"] and int(answer.get("Retry-After")) > 0
    assert not [name for name, _ in answer.headers if "variable" in name] and "user=" not in str(answer.headers)


def test_the_back_end_is_away(another, token):
    another(away)
    is_told_unavailable(token)


def test_a_refused_body_ends_the_connection(token):
    """What mod_fcgid did not read must not be read as a request."""
    assert refused_body(token, 64 * KIB).get("Connection") is None
    answer = refused_body(token, 64 * KIB + 1)
    assert answer.status == 403 and answer.get("Connection") == "close"


# ---- without mod_fcgid ----

def by_serve(server, port):
    """The other configuration that is shipped, with the modules it asks for."""
    def change(text):
        head = text[:text.index("# Callgate behind Apache")]
        back_end, = set(re.findall(r"http://127\.0\.0\.1:(\d+)", text))
        examples = os.path.join(started("run"), "examples")
        with open(os.path.join(examples, "apache", "callgate-serve.conf"), encoding="utf-8") as file:
            shipped = file.read()
        for word, value in (("/usr/local/share/doc/callgate/examples", examples), ("8091", str(port)),
                            ("8090", back_end), ("/run/callgate/web.sock", server.socket)):
            shipped = shipped.replace(word, value)
        head = re.sub(r"(?m)^Fcgid.*\n|^LoadModule (?!mpm_|authz_core).*\n", "", head)
        modules = re.findall(r"[a-z_]+", re.search(r"Modules: ([^.]*)\.", shipped)[1])
        return "\n".join([*(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in modules),
                          head, shipped])
    return change


@pytest.fixture(scope="module")
def served():
    port = free_port()
    with Server(CALLGATE_SERVER_GATE_LISTEN=f"127.0.0.1:{port}") as server:
        os.chmod(server.folder, 0o711)
        os.chmod(server.socket, 0o666)
        yield by_serve(server, port)


def test_by_serve(another, served, token):
    another(served)
    holds(token)
    answer = refused_body(token, 20 * KIB * KIB)
    assert answer is None or answer.status == 403 and answer.json["error"] == "insufficient_scope"


def test_by_serve_applications_are_callgate_s(another, served, token):
    """What it answers itself of the API goes neither to the gate nor to the back-end."""
    another(served)
    for path in ("/application/", "/application", "/application/permission/", "/user/"):
        answer = api(token, API + path)
        assert answer.status == 200 and '"target"' not in answer.text
    assert api(token, API + "/application/x/y").json["error"] == "not_found"
    assert api(None, API + "/application/").json["message"] == "Unauthorized"
    answer = send("POST", API + "/application/", b'{"name":"By serve"}',
                  {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
    assert answer.status == 403 and answer.json["error"] == "insufficient_scope"


def test_by_serve_nothing_passes_that_nobody_was_asked_about(another, served, token):
    """mod_authnz_fcgi asks where a user is required, and another section may say that none is."""
    record = os.path.join(started("run"), "web", "echo.record")
    another(lambda text: served(text) + OPEN_TO_ALL)
    size = os.path.getsize(record)
    assert [api(sent, READ).status for sent in (token, "x" * 30)] == [403, 403]
    assert os.path.getsize(record) == size


def test_by_serve_the_back_end_is_away(another, served, token):
    another(lambda text: away(served(text)))
    is_told_unavailable(token)
