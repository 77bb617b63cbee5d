# test_73_admin_rules.py - the rule tester: what the gate would say, by the rules that it works by, to one
# request and to a list; nothing is sent and nothing is kept.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import json

import pytest

import callgate
from callgate import API, api, make_admin, make_app, make_token, make_user, multipart, run, signed_in

CALL, CONFIG, READ = API + "/extension/7/event/", API + "/extension/7/queue/", API + "/client/@me/record/"
FORM = {"method": "", "target": "", "list": "", "access": "full", "level": "call_api", "client": ""}


@pytest.fixture(scope="module")
def admin():
    return signed_in(make_admin())


def ask(who, **fields):
    return who.post("/admin/rules/", {**FORM, **fields})


def rows(answer):
    """Request, verdict, class, rule of each row."""
    assert answer.status == 200, answer
    return [[cell.text for cell in row.all("th", "td")] for row in answer.page.all("tr") if row.all("td")]


def of_shell(*words):
    return json.loads(run("rules", "test", *words, "--json").stdout)


CASES = [("GET", READ, {}), ("HEAD", READ, {}), ("POST", CALL, {}), ("PUT", CONFIG, {}), ("PUT", CONFIG, {"level": "all"}),
         ("POST", CALL, {"access": "read_only"}), ("GET", API + "/client/13/record/", {"client": "12"}),
         ("GET", API + "/nobody/knows", {}), ("BREW", CALL, {}), ("GET", API + "/a/../b", {}), ("GET", "/elsewhere", {}),
         ("GET", READ + "?_method=PUT", {})]


@pytest.mark.parametrize("method, target, fields", CASES)
def test_one_request_as_the_shell_has_it(admin, method, target, fields):
    options = [f"--{name.replace('client', 'client-id')}={value}" for name, value in fields.items()]
    said = of_shell(method, target, *options)
    ((request, verdict, kind, rule),) = rows(ask(admin, method=method, target=target, **fields))
    assert request == f"{method} {target}"
    if said["verdict"] == "pass":
        assert verdict == "passes"
    else:
        assert verdict.startswith(f"refused: {said['status']} ")
    if said["status"] in (400, 404):
        assert kind == rule == ""
        return
    assert kind == said["class"]
    if said["line"]:
        assert rule.startswith(f"line {said['line']}: {kind} ") and rule.endswith(said["rule"])
    else:
        assert rule == "no line says otherwise"


def test_the_gate_says_the_same(admin):
    token = make_token(make_app(make_user()))
    for method, target in (("GET", READ), ("PUT", CONFIG), ("DELETE", CALL + "8"), ("GET", API + "/client/13/record/")):
        ((_, verdict, _, _),) = rows(ask(admin, method=method, target=target, client="12"))
        status = api(token, target, method).status
        assert verdict == "passes" if status == 200 else verdict.startswith(f"refused: {status} "), (method, target)


def test_a_list(admin):
    text = f"# mine\r\nGET {READ}\r\n\r\n  PUT   {CONFIG}  \r\nGET /elsewhere"
    answer = ask(admin, list=text)
    assert [(row[0], row[1].partition(" ")[0]) for row in rows(answer)] == [
        (f"GET {READ}", "passes"), (f"PUT {CONFIG}", "refused:"), ("GET /elsewhere", "refused:")]
    assert answer.form("list").fields["list"].replace("\r", "").startswith("# mine\nGET ")
    # Both at once: the one comes first.
    assert [row[0] for row in rows(ask(admin, method="GET", target="/x", list=f"GET {READ}"))] == ["GET /x", f"GET {READ}"]


def test_a_long_list(admin):
    lines = [f"GET {API}/extension/{number}/record/" for number in range(500)]
    kind, body = multipart({**FORM, "list": "\r\n".join(lines)})
    headers = {"Content-Type": kind, "Origin": callgate.URL, "Sec-Fetch-Site": "same-origin"}
    assert [row[0] for row in rows(admin.send("POST", "/admin/rules/", body, headers))] == lines
    kind, body = multipart({**FORM, "list": "\r\n".join(lines + ["GET /x"])})
    answer = admin.send("POST", "/admin/rules/", body, {**headers, "Content-Type": kind})
    assert answer.status == 422 and "500" in answer.page.one("div", role="alert").text
    kind, body = multipart({**FORM, "list": "x" * 65536})
    assert admin.send("POST", "/admin/rules/", body, {**headers, "Content-Type": kind}).status == 413


@pytest.mark.parametrize("fields, words", [
    ({}, "Enter a method"), ({"method": "GET"}, "Enter a method"), ({"target": READ}, "Enter a method"),
    ({"list": "GET"}, "Line 1"), ({"list": f"GET {READ}\nGET a b"}, "Line 2"),
    ({"method": "GET", "target": READ, "client": "x"}, "whole number")])
def test_what_can_not_be_asked(admin, fields, words):
    answer = ask(admin, **fields)
    assert answer.status == 422 and words in answer.page.one("div", role="alert").text
    assert not answer.page.all("table")
    for name, value in fields.items():
        assert answer.form("list").fields.get(name, value) == value


def test_the_form_is_multipart(admin):
    """Escapes would make three bytes of many, and the limit is of bytes."""
    form = admin.get("/admin/rules/").form("method", "list")
    assert form.method == "POST" and form.node.get("enctype") == "multipart/form-data"


def test_64_for_administrators_alone(admin):
    for client in (signed_in(make_user()), signed_in(make_user(client_id=13, tenant_id=13))):
        assert client.get("/admin/rules/").status == ask(client, method="GET", target=READ).status == 403
    stranger = callgate.Client()
    assert stranger.get("/admin/rules/").location.startswith("/login")
    assert ask(stranger, method="GET", target=READ).location.startswith("/login")
    headers = {"Origin": "https://attacker.example", "Sec-Fetch-Site": "cross-site"}
    assert admin.post("/admin/rules/", FORM, headers).status == 403


def test_66_hostile_words_are_words(admin):
    text = "<script>alert(1)</script>{{title}}"
    answer = ask(admin, method=text, target=text, list=f"{text} {text}", client="1")
    assert len(rows(answer)) == 2 and not answer.page.all("script") and text in answer.page.text


# ---- the shell's list ----

def test_a_list_from_the_shell(tmp_path):
    text = f"# mine\nGET {READ}\n\nPUT {CONFIG}\n"
    path = tmp_path / "list"
    path.write_text(text, encoding="utf-8")
    for answer in (run("rules", "test", f"--list={path}"), run("rules", "test", "--list=-", stdin=text)):
        lines = [line.split() for line in answer.stdout.splitlines()]
        assert answer.returncode == 3 and [(line[0], line[1], line[3], line[4]) for line in lines] == [
            ("200", "get", "GET", READ), ("403", "config", "PUT", CONFIG)]
    answer = run("rules", "test", "--list=-", "--level=all", "--json", stdin=text)
    said = [json.loads(line) for line in answer.stdout.splitlines()]
    assert answer.returncode == 0 and [one["verdict"] for one in said] == ["pass", "pass"]
    assert [(one["method"], one["address"]) for one in said] == [("GET", READ), ("PUT", CONFIG)]


@pytest.mark.parametrize("words, stdin, code", [
    (["--list=-"], "GET\n", 2), (["--list=-"], "GET a b\n", 2), (["--list=-"], "", 0), (["--list=/nonexistent"], "", 1),
    (["GET", READ, "--list=-"], "", 2), (["GET", "--list=-"], "", 2)])
def test_a_list_that_is_none(words, stdin, code):
    assert run("rules", "test", *words, stdin=stdin).returncode == code
