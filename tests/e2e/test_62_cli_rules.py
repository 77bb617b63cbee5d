# test_62_cli_rules.py - the gate's rules from the shell: proved, asked, and why a token does not pass.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import json

import pytest

import callgate
from callgate import API, make_app, make_token, make_user, run, run_fine

DONE, CANNOT, USAGE, REFUSED = 0, 1, 2, 3
CALL, CONFIG, READ = API + "/extension/7/event/", API + "/extension/7/queue/", API + "/client/@me/record/"


def test_the_rules_that_are_installed():
    assert run_fine("rules", "check") == ""


@pytest.mark.parametrize("text, line", [("call POST /a\ncall POST /a/\n", 2), ("\n\nread GET /a\n", 3), ("call post /a", 1)])
def test_a_bad_line_is_named(tmp_path, text, line):
    path = tmp_path / "own.rules"
    path.write_text(text, encoding="utf-8")
    for answer, code in ((run("rules", "check", str(path)), REFUSED),
                         (run("rules", "check", env={"CALLGATE_GATE_RULES": str(path)}), REFUSED),
                         (run("check", env={"CALLGATE_GATE_RULES": str(path)}), CANNOT)):
        assert answer.returncode == code and f"api.rules:{line}: " in answer.stdout + answer.stderr


def test_rules_of_ones_own_decide(tmp_path):
    path = tmp_path / "own.rules"
    path.write_text("# mine\ncall PUT /extension/{}/queue\n", encoding="utf-8")
    answer = run("rules", "test", "PUT", CONFIG, env={"CALLGATE_GATE_RULES": str(path)})
    assert answer.returncode == DONE and "line 2" in answer.stdout


@pytest.mark.parametrize("words, code, status, kind", [
    (("GET", READ), DONE, 200, "get"), (("HEAD", API + "/nobody/knows"), DONE, 200, "get"), (("POST", CALL), DONE, 200, "call"),
    (("PUT", CONFIG), REFUSED, 403, "config"), (("PUT", CONFIG, "--level=all"), DONE, 200, "config"),
    (("POST", CALL, "--access=read_only"), REFUSED, 403, "call"), (("GET", READ, "--access=read_only"), DONE, 200, "get"),
    (("GET", API + "/client/13/record/", "--client-id=12"), REFUSED, 403, "get"),
    (("GET", API + "/client/12/record/", "--client-id=12"), DONE, 200, "get"),
    (("GET", API + "/a/../b"), REFUSED, 400, "config"), (("GET", READ + "?_method=PUT"), REFUSED, 400, "config"),
    (("GET", "/elsewhere"), REFUSED, 404, "config"),
])
def test_asking(words, code, status, kind):
    answer = run("rules", "test", *words)
    assert answer.returncode == code and f"({status})" in answer.stdout
    said = json.loads(run("rules", "test", *words, "--json").stdout)
    assert (said["status"], said["class"]) == (status, kind) and (said["verdict"] == "pass") == (code == DONE)


@pytest.mark.parametrize("words", [("GET",), (), ("GET", READ, "more"), ("GET", READ, "--level=some"), ("GET", READ, "--client-id=x")])
def test_wrong_usage(words):
    assert run("rules", "test", *words).returncode == USAGE


@pytest.fixture(scope="module")
def token():
    return make_token(make_app(make_user(client_id=12, tenant_id=12)))


def test_a_token_is_explained(token):
    answer = run("token", "explain", "POST", CALL, stdin=token + "\n")
    assert answer.returncode == DONE and "verdict  pass" in answer.stdout and token not in answer.stdout
    answer = run("token", "explain", "PUT", CONFIG, stdin=token + "\n")
    assert answer.returncode == REFUSED and "class config" in answer.stdout and "verdict  403 level" in answer.stdout
    answer = run("token", "explain", "GET", READ, stdin="x" * 30 + "\n")
    assert answer.returncode == REFUSED and "verdict  401 token_invalid" in answer.stdout
    answer = run("token", "explain", "GET", API + "/a//../b", stdin=token + "\n")
    assert answer.returncode == REFUSED and "verdict  400 target" in answer.stdout


def test_a_token_whose_user_is_blocked_is_explained():
    user = make_user(client_id=12, tenant_id=12)
    token = make_token(make_app(user))
    callgate.run_fine("user", "set", user.login, "--status=blocked")
    answer = run("token", "explain", "GET", READ, stdin=token + "\n")
    assert answer.returncode == REFUSED and "blocked" in answer.stdout
    assert run("token", "explain", "GET", READ, stdin="").returncode == USAGE
