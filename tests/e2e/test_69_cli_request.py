# test_69_cli_request.py - requests for All from the shell: listed, shown with the evidence, answered, by
# the same acts as on the pages.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import datetime
import json
import re

import pytest

from callgate import API, api, audit_rows, make_app, make_token, make_user, one, run, run_fine, signed_in, sql, wait_for

DONE, CANNOT, USAGE, REFUSED = 0, 1, 2, 3
QUEUE = API + "/extension/7/queue/"


def soon(token, status):
    """Each worker of the gate is told of a change (test_65_gate_freshness.py says how soon)."""
    return wait_for(lambda: api(token, QUEUE, "PUT").status == status, f"a change of queues is answered {status}")


def failed(result, code, *words):
    assert result.returncode == code and result.stdout == "", result
    assert result.stderr.startswith("callgate: ") and all(word in result.stderr for word in words), result


def asked(**columns):
    """An application and the number of its request, asked for on the page."""
    user = make_user()
    app = make_app(user, **columns)
    fields = {"reason": "It sets up\nqueues", "until": "2999-12-31", "act": "ask"}
    assert signed_in(user).post(f"/app/{app.app_id}/request-level", fields).status == 303
    return user, app, one("SELECT r.id FROM level_request r JOIN app a ON a.id = r.app WHERE a.app_id = %s", app.app_id)


def state(number):
    (row,) = sql("SELECT * FROM level_request WHERE id = %s", number)
    return row


def level(app):
    (row,) = sql("SELECT level, level_until FROM app WHERE app_id = %s", app.app_id)
    return row["level"], row["level_until"]


@pytest.mark.parametrize("words", [
    ["request"], ["request", "list", "x"], ["request", "list", "--state=gone"], ["request", "show"],
    ["request", "show", "x"], ["request", "show", "-1"], ["request", "approve"], ["request", "approve", "1", "2"],
    ["request", "approve", "x"], ["request", "approve", "1", "--answer=a\nb"], ["request", "decline"],
    ["request", "decline", "1", "--until=2999-12-31"], ["app", "revoke"]])
def test_wrong_usage(words):
    assert run(*words).returncode == USAGE


def test_list():
    user, app, number = asked(name="Asks")
    lines = [line for line in run_fine("request", "list").splitlines() if app.app_id in line]
    assert len(lines) == 1 and lines[0].split()[0] == str(number)
    assert user.login in lines[0] and lines[0].endswith(" Asks")
    (said,) = [row for row in map(json.loads, run_fine("request", "list", "--json").splitlines())
               if row["id"] == number]
    assert (said["app_id"], said["user"], said["state"], said["wanted_until"], said["reason"].replace("\r", "")) == (
        app.app_id, user.login, "open", "3000-01-01T00:00:00Z", "It sets up\nqueues")
    run_fine("request", "approve", str(number))
    assert app.app_id not in run_fine("request", "list")
    assert app.app_id in run_fine("request", "list", "--state=approved")


def test_list_has_the_oldest_first():
    numbers = [asked()[2] for _ in range(2)]
    listed = [row["id"] for row in map(json.loads, run_fine("request", "list", "--json").splitlines())]
    assert listed == sorted(listed) and set(numbers) <= set(listed)


def test_show_with_the_evidence():
    user, app, number = asked(name="Looked\x1b at")
    sql("INSERT INTO refusal (app, hour, reason, method, rule, count, last_at, last_request)"
        " SELECT id, now(), 'level', 'PUT', '/extension/{}/queue/', 14, now(), 'x' FROM app WHERE app_id = %s", app.app_id)
    sql("INSERT INTO usage_hour (app, hour, method, rule, passed) SELECT id, now(), 'GET', '/user/', 3 FROM app"
        " WHERE app_id = %s", app.app_id)
    text = run_fine("request", "show", str(number))
    assert "Looked? at" in text and user.login in text and "3000-01-01T00:00:00Z" in text
    assert re.search(r"^Reason +It sets up\n +queues$", text, re.MULTILINE)
    assert re.search(r"^ +14 +level +PUT /extension/\{\}/queue/$", text, re.MULTILINE)
    assert re.search(r"^ +3 +passed +GET /user/$", text, re.MULTILINE)
    run_fine("request", "decline", str(number), "--answer=Not now")
    text = run_fine("request", "show", str(number))
    assert re.search(r"^State +declined$", text, re.MULTILINE) and "Not now" in text and "shell:" in text


def test_approve():
    _, app, number = asked()
    token = make_token(app)
    soon(token, 403)
    assert run_fine("request", "approve", str(number), "--until=2999-12-31", "--answer=Fine") == ""
    soon(token, 200)
    end = datetime.datetime(3000, 1, 1, tzinfo=datetime.timezone.utc)
    assert level(app) == ("all", end)
    row = state(number)
    assert (row["state"], row["answer"], row["granted_until"]) == ("approved", "Fine", end)
    (audit,) = audit_rows(act="level_request.approve", object_id=app.app_id)
    assert audit["actor_login"].startswith("shell:") and row["decided_by"] == audit["actor_login"]
    failed(run("request", "approve", str(number)), REFUSED, "not open")
    failed(run("request", "decline", str(number), "--answer=No"), REFUSED, "not open")
    assert len(audit_rows(object_id=app.app_id, act="level_request.decline")) == 0


def test_approve_for_good():
    _, app, number = asked()
    run_fine("request", "approve", str(number))
    assert level(app) == ("all", None)


@pytest.mark.parametrize("until, word", [("2020-01-01", "passed"), ("soon", "2026-12-31")])
def test_until_is_a_moment_to_come(until, word):
    _, app, number = asked()
    failed(run("request", "approve", str(number), f"--until={until}"), REFUSED, word)
    assert level(app) == ("call_api", None) and state(number)["state"] == "open"


def test_decline():
    user, app, number = asked()
    failed(run("request", "decline", str(number)), REFUSED, "why not")
    failed(run("request", "decline", str(number), "--answer=" + "x" * 1001), REFUSED, "1000")
    assert state(number)["state"] == "open"
    assert run_fine("request", "decline", str(number), "--answer=Use @me") == ""
    assert (state(number)["state"], level(app)) == ("declined", ("call_api", None))
    assert "Use @me" in signed_in(user).get(f"/app/{app.app_id}/request-level").page.text


def test_requests_that_are_not_there():
    for words in (["show", "0"], ["approve", "0"], ["decline", "0", "--answer=No"]):
        failed(run("request", *words), REFUSED, "no request")


@pytest.mark.parametrize("words", [["request", "list"], ["request", "show", "1"], ["request", "approve", "1"],
                                   ["request", "decline", "1", "--answer=x"], ["app", "revoke", "0" * 32]])
def test_no_database(words):
    result = run(*words, env={"CALLGATE_DATABASE_CONNINFO": "host=/nonexistent dbname=x user=x"})
    assert result.returncode == CANNOT and "database" in result.stderr


@pytest.mark.parametrize("command", ["request list", "request show", "request approve", "request decline", "app revoke"])
def test_help(command):
    assert f"\n  {command}" in run_fine("--help") and command in run_fine(*command.split(), "--help")
