# test_71_level_request.py - an owner asks for All, an administrator answers with the evidence in view,
# and the application has it from its next request on, for as long as was said.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import datetime
import re
import threading
import time

import pytest

import callgate
from callgate import API, api, audit_rows, make_admin, make_app, make_token, make_user, one, signed_in, sql, wait_for

QUEUE = API + "/extension/7/queue/"
RULE = "/extension/{}/queue/"


class Story:
    """An owner with an application, and an administrator, both signed in."""

    def __init__(self, **columns):
        self.user, self.admin = make_user(), make_admin()
        self.app = make_app(self.user, **columns)
        self.row = one("SELECT id FROM app WHERE app_id = %s", self.app.app_id)
        self.owner, self.administrator = signed_in(self.user), signed_in(self.admin)
        self.page = f"/app/{self.app.app_id}/request-level"

    def ask(self, reason="It sets up queues", until="", act="ask"):
        return self.owner.post(self.page, {"reason": reason, "until": until, "act": act})

    def asked(self, **words):
        answer = self.ask(**words)
        assert answer.location == self.page, answer
        return self.last["id"]

    @property
    def last(self):
        return sql("SELECT * FROM level_request WHERE app = %s ORDER BY id", self.row)[-1]

    @property
    def count(self):
        return one("SELECT count(*) FROM level_request WHERE app = %s", self.row)

    def answer(self, number, decision, until="", answer="", client=None):
        return (client or self.administrator).post(f"/admin/request/{number}/", {
            "decision": decision, "until": until, "answer": answer})

    @property
    def level(self):
        (row,) = sql("SELECT level, level_until FROM app WHERE id = %s", self.row)
        return row["level"], row["level_until"]

    def audit(self, act):
        return [row["detail"] for row in audit_rows(act=act, object_kind="app", object_id=self.app.app_id)]


def soon(token, status):
    """Each worker of the gate is told of a change (test_65_gate_freshness.py says how soon)."""
    return wait_for(lambda: api(token, QUEUE, "PUT").status == status, f"a change of queues is answered {status}")


def day(days):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y-%m-%d")


def end_of(text):
    """The moment at which a day (UTC) is over."""
    begin = datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc)
    return begin + datetime.timedelta(days=1)


@pytest.fixture
def story():
    return Story()


# ---- asking ----

def test_asking(story):
    page = story.owner.get(story.page)
    assert page.status == 200 and page.form("reason", "until").fields == {"reason": "", "until": ""}
    story.asked(reason="Because\nof <queues>", until=day(30))
    row = story.last
    assert (row["reason"].replace("\r", ""), row["wanted_until"], row["state"], row["user_id"]) == (
        "Because\nof <queues>", end_of(day(30)), "open", story.user.id)
    page = story.owner.get(story.page)
    assert "Open" in page.page.text and "of <queues>" in page.page.text
    assert page.form("reason").fields == {"reason": row["reason"], "until": day(30)}
    (detail,) = story.audit("level_request.ask")
    assert detail["request"] == row["id"] and detail["reason"] == row["reason"]
    assert story.page in story.owner.get(f"/app/{story.app.app_id}/").text


def test_asking_again_replaces_nothing(story):
    number = story.asked(reason="The first")
    answer = story.ask(reason="The second")
    assert answer.status == 409 and "has not been answered" in answer.text
    assert story.count == 1 and story.last["reason"] == "The first"
    # What is open can be edited, and is the same request.
    assert story.ask(reason="Better words", until=day(3), act="edit").location == story.page
    assert (story.last["id"], story.last["reason"]) == (number, "Better words")
    (detail,) = story.audit("level_request.edit")
    assert (detail["before"]["reason"], detail["after"]["reason"]) == ("The first", "Better words")
    # Nothing changed: nothing is written down.
    story.ask(reason="Better words", until=day(3), act="edit")
    assert len(story.audit("level_request.edit")) == 1
    assert story.ask(reason="", act="withdraw").location == story.page
    assert story.last["state"] == "withdrawn" and len(story.audit("level_request.withdraw")) == 1
    assert story.ask(act="edit").status == story.ask(act="withdraw").status == 409
    assert story.asked(reason="Once more") != number


def test_many_at_once_ask_once(story):
    clients = [signed_in(story.user) for _ in range(6)]
    together, answers = threading.Barrier(6), []

    def ask(client):
        together.wait(30)
        answers.append(client.post(story.page, {"reason": "At once", "until": "", "act": "ask"}).status)

    threads = [threading.Thread(target=ask, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [303] + [409] * 5 and story.count == 1


@pytest.mark.parametrize("fields, field", [
    ({"reason": ""}, "reason"), ({"reason": " \n "}, "reason"), ({"reason": "x" * 1001}, "reason"),
    ({"reason": "a\x07b"}, "reason"), ({"until": "soon"}, "until"), ({"until": "2999-02-30"}, "until"),
    ({"until": "2020-01-01"}, "until")])
def test_asking_wrongly(story, fields, field):
    answer = story.owner.post(story.page, {"reason": "Kept", "until": "", "act": "ask", **fields})
    assert answer.status == 422 and story.count == 0
    assert answer.page.one(id=f"{field}-error").text and answer.page.all("a", href=f"#field-{field}")
    form = answer.form("reason")
    assert form.fields == {"reason": fields.get("reason", "Kept").strip(), "until": fields.get("until", "")}


def test_a_thousand_characters_will_do(story):
    story.asked(reason="ф" * 1000)
    assert story.last["reason"] == "ф" * 1000


def test_an_unknown_act_does_nothing(story):
    assert story.ask(act="approve").status == 422 and story.count == 0


def test_who_has_all_needs_not_ask(story):
    sql("UPDATE app SET level = 'all' WHERE id = %s", story.row)
    answer = story.ask()
    assert answer.status == 409 and "already has All" in answer.text and story.count == 0
    page = story.owner.get(story.page)
    assert "already has All" in page.text and not page.page.all("textarea")
    # All that ends may be asked for anew.
    sql("UPDATE app SET level_until = now() + interval '1 day' WHERE id = %s", story.row)
    assert story.owner.get(story.page).page.all("textarea")
    story.asked()


# ---- 64, 65: others ----

def test_64_nobody_else_asks(story):
    story.asked()
    others = {"same client": make_user(), "another client": make_user(client_id=13, tenant_id=13),
              "administrator": make_admin()}
    for name, user in others.items():
        client = signed_in(user)
        assert client.get(story.page).status == 404, name
        for act in ("ask", "edit", "withdraw"):
            answer = client.post(story.page, {"reason": "Mine", "until": "", "act": act})
            assert answer.status == 404, name
    assert story.last["state"] == "open" and story.last["reason"] == "It sets up queues" and story.count == 1
    stranger = callgate.Client()
    assert stranger.get(story.page).location.startswith("/login")
    assert stranger.post(story.page, {"reason": "x", "act": "withdraw"}).location.startswith("/login")
    assert story.last["state"] == "open"


def test_64_nobody_else_answers(story):
    number = story.asked()
    target = f"/admin/request/{number}/"
    for client in (story.owner, signed_in(make_user(client_id=13, tenant_id=13))):
        assert client.get("/admin/request/").status == client.get(target).status == 403
        assert story.answer(number, "approve", client=client).status == 403
    stranger = callgate.Client()
    assert stranger.get(target).location.startswith("/login")
    assert story.answer(number, "approve", client=stranger).location.startswith("/login")
    assert story.level == ("call_api", None) and story.last["state"] == "open"


def test_65_no_field_says_what_an_administrator_says(story):
    fields = {"reason": "Mine", "until": "", "act": "ask", "state": "approved", "level": "all", "user_id": "1",
              "granted_until": day(9), "decision": "approve"}
    assert story.owner.post(story.page, fields).location == story.page
    assert (story.last["state"], story.last["granted_until"]) == ("open", None)
    assert story.level == ("call_api", None)
    twice = [*fields.items(), ("act", "ask")]
    assert story.owner.post(story.page, twice).status == 400


def test_66_hostile_words_are_words(story):
    text = "<script>alert(1)</script>{{app.name}}'); DROP TABLE app; --"
    number = story.asked(reason=text)
    story.answer(number, "decline", answer=text)
    for client, target in ((story.owner, story.page), (story.administrator, f"/admin/request/{number}/"),
                           (story.administrator, "/admin/request/?state=declined")):
        answer = client.get(target)
        assert answer.status == 200 and text in answer.page.text and not answer.page.all("script")
    assert story.owner.post(story.page, b"reason=%ff&act=ask").status == 400


def test_forms_of_other_sites(story):
    number = story.asked()
    headers = {"Origin": "https://attacker.example", "Sec-Fetch-Site": "cross-site"}
    for client, target, fields in (
            (story.owner, story.page, {"act": "withdraw"}),
            (story.administrator, f"/admin/request/{number}/", {"decision": "approve"})):
        assert client.post(target, fields, headers).status == 403
    assert story.last["state"] == "open"


# ---- the evidence ----

def try_it(story, token):
    """14 changes of queues, which are refused, and 2 reads, which are not; as counted."""
    for _ in range(14):
        soon(token, 403)
    for _ in range(2):
        assert api(token, API + "/client/@me/record/").status == 200
    wait_for(lambda: one("SELECT coalesce(sum(count), 0) FROM refusal WHERE app = %s", story.row) == 14
             and one("SELECT coalesce(sum(passed), 0) FROM usage_hour WHERE app = %s", story.row) == 2, "counts")


def test_evidence(story):
    try_it(story, make_token(story.app))
    number = story.asked()
    page = story.administrator.get(f"/admin/request/{number}/").page
    rule = one("SELECT rule FROM refusal WHERE app = %s", story.row)
    sentence = f"Asked 14 × for PUT {rule}: needs All"
    assert sentence in page.text
    row = [node for node in page.all("tr") if "GET /client/{client}/record/" in node.text]
    assert len(row) == 1 and row[0].all("td")[0].text == "2"
    for word in (story.user.login, story.app.app_id, "Trusted", "Call API"):
        assert word in page.text
    # Its owner reads the same, and the way to ask.
    refusals = story.owner.get(f"/app/{story.app.app_id}/refusals")
    assert sentence in refusals.page.text and refusals.page.one("a", class_="button").get("href") == story.page
    sql("UPDATE app SET level = 'all' WHERE id = %s", story.row)
    assert story.page not in story.owner.get(f"/app/{story.app.app_id}/refusals").text


def test_evidence_is_of_seven_days(story):
    sql("INSERT INTO refusal (app, hour, reason, method, rule, count, last_at, last_request)"
        " SELECT %s, now() - d * interval '1 day', 'level', 'PUT', '/d' || d, d, now(), 'x' FROM unnest(ARRAY[6, 8]) d",
        story.row)
    number = story.asked()
    text = story.administrator.get(f"/admin/request/{number}/").page.text
    assert "PUT /d6" in text and "PUT /d8" not in text


# ---- answering ----

def test_approving_for_good(story):
    token = make_token(story.app)
    soon(token, 403)
    number = story.asked()
    assert story.answer(number, "approve", answer="Fine").location == f"/admin/request/{number}/"
    assert story.level == ("all", None)
    soon(token, 200)
    row = story.last
    assert (row["state"], row["decided_by"], row["answer"], row["granted_until"]) == (
        "approved", story.admin.login, "Fine", None)
    (detail,) = story.audit("level_request.approve")
    assert detail["before"] == {"level": "call_api", "level_until": None}
    assert detail["after"] == {"level": "all", "level_until": None}
    (audit,) = audit_rows(act="level_request.approve", object_id=story.app.app_id)
    assert (audit["actor_login"], audit["actor_id"]) == (story.admin.login, story.admin.id) and audit["address"]
    page = story.owner.get(story.page).page
    assert "Approved" in page.text and "Fine" in page.text


def test_approving_until_a_day(story):
    number = story.asked(until=day(30))
    form = story.administrator.get(f"/admin/request/{number}/").form("until")
    assert form.fields["until"] == day(30) and "decision" not in form.fields
    assert story.answer(number, "until", until=day(10)).status == 303
    assert story.level == ("all", end_of(day(10))) and story.last["granted_until"] == end_of(day(10))
    assert story.audit("level_request.approve")[0]["after"]["level"] == "all"


def test_all_falls_back_by_itself(story):
    """At its moment, for the tokens there are, without anybody's doing."""
    token = make_token(story.app)
    number = story.asked()
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 4))
    assert story.answer(number, "until", until=moment).status == 303
    wait_for(lambda: api(token, QUEUE, "PUT").status == 403, "All has ended")
    assert "Call API" in story.owner.get(story.page).page.text
    assert story.owner.get(story.page).page.all("textarea")


def test_declining(story):
    number = story.asked()
    answer = story.answer(number, "decline")
    assert answer.status == 422 and answer.page.one(id="answer-error").text
    assert answer.page.one("input", id="decision-decline").get("checked") is not None
    assert story.last["state"] == "open"
    assert story.answer(number, "decline", answer="Use @me").status == 303
    assert (story.last["state"], story.level) == ("declined", ("call_api", None))
    (detail,) = story.audit("level_request.decline")
    assert detail["answer"] == "Use @me" and detail["before"] == detail["after"]
    assert "Use @me" in story.owner.get(story.page).page.text


@pytest.mark.parametrize("fields, field", [
    ({}, "decision"), ({"decision": "withdraw"}, "decision"), ({"decision": "until"}, "until"),
    ({"decision": "until", "until": "2020-01-01"}, "until"), ({"decision": "until", "until": "x"}, "until"),
    ({"decision": "approve", "answer": "x" * 1001}, "answer")])
def test_answering_wrongly(story, fields, field):
    number = story.asked()
    answer = story.administrator.post(f"/admin/request/{number}/", fields)
    assert answer.status == 422 and answer.page.one(id=f"{field}-error").text
    assert story.last["state"] == "open" and story.level == ("call_api", None)


def test_nobody_answers_twice(story):
    number = story.asked()
    clients = [signed_in(make_admin()) for _ in range(6)]
    together, answers = threading.Barrier(6), []

    def work(client, decision):
        together.wait(30)
        answers.append(story.answer(number, decision, answer="At once", client=client).status)

    threads = [threading.Thread(target=work, args=(client, "approve" if n % 2 else "decline"))
               for n, client in enumerate(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [303] + [409] * 5
    assert len(story.audit("level_request.approve") + story.audit("level_request.decline")) == 1
    assert story.level[0] == ("all" if story.last["state"] == "approved" else "call_api")
    again = story.answer(number, "approve")
    assert again.status == 409 and "not open" in again.text


def test_what_was_withdrawn_is_not_approved(story):
    number = story.asked()
    story.ask(act="withdraw")
    assert story.answer(number, "approve").status == 409 and story.level == ("call_api", None)


@pytest.mark.parametrize("how", ["the act", "behind its back"])
def test_a_new_owner_gets_nothing_by_an_old_request(story, how):
    number = story.asked()
    other = make_user()
    if how == "the act":
        callgate.run_fine("app", "set", story.app.app_id, f"--owner={other.login}")
        assert story.last["state"] == "withdrawn"
    else:
        sql("UPDATE app SET owner_id = %s WHERE id = %s", other.id, story.row)
    assert story.answer(number, "approve").status == 409 and story.level == ("call_api", None)
    # He can ask himself.
    story.owner = signed_in(other)
    story.ask(reason="Mine", act="ask" if how == "the act" else "edit")
    assert story.answer(story.last["id"], "approve").status == 303 and story.level == ("all", None)


def test_70_an_old_sign_in_raises_nothing(story):
    number = story.asked()
    sql("UPDATE session SET proved_at = now() - interval '16 minutes' WHERE user_id = %s", story.admin.id)
    answer = story.answer(number, "approve", answer="Kept")
    form = answer.form("confirm_password")
    assert story.level == ("call_api", None) and form.fields["answer"] == "Kept"
    done = story.administrator.post(f"/admin/request/{number}/", {
        **form.fields, "confirm_password": story.admin.password})
    assert done.location == f"/admin/request/{number}/" and story.level == ("all", None)


@pytest.mark.parametrize("word", ["0", "9999999999", "x", "-1", "1.5", "99999999999999999999"])
def test_requests_that_are_not_there(story, word):
    assert story.administrator.get(f"/admin/request/{word}/").status == 404
    assert story.answer(word, "approve").status == 404


# ---- the queue ----

def names(answer):
    return [node.text for node in answer.page.all("th", scope="row")]


def pages(client, target):
    """All rows, page by page."""
    found = []
    while target:
        answer = client.get(target)
        assert answer.status == 200
        found.append(names(answer))
        target = next((node.get("href") for node in answer.page.all("a") if node.text == "More"), None)
    return found


def test_the_queue_is_paged_by_who_has_waited_longest():
    admin = signed_in(make_admin())
    user = make_user()
    apps = [make_app(user, name=f"queued {number:03}") for number in range(55)]
    for app in apps:
        sql("INSERT INTO level_request (app, user_id, reason) SELECT id, owner_id, 'x' FROM app WHERE app_id = %s",
            app.app_id)
    found = pages(admin, "/admin/request/")
    ours = [name for name in sum(found, []) if name.startswith("queued ")]
    assert ours == [f"queued {number:03}" for number in range(55)]
    assert all(len(page) == 50 for page in found[:-1]) and len(found) >= 2
    sql("UPDATE level_request SET state = 'declined', decided_at = now() WHERE user_id = %s", user.id)
    assert not [name for name in sum(pages(admin, "/admin/request/"), []) if name.startswith("queued ")]
    # What is answered comes newest first.
    ours = [name for name in sum(pages(admin, "/admin/request/?state=declined"), []) if name.startswith("queued ")]
    assert ours == [f"queued {number:03}" for number in reversed(range(55))]


def test_the_overview_counts_what_is_open(story):
    def shown():
        return int(re.search(r"(\d+)$", story.administrator.get("/admin/").page.one(id="requests-heading").text)[1])

    before = shown()
    story.asked()
    assert shown() == before + 1


def test_the_overview_shows_what_waits_longest_and_what_happened_last(story):
    story.asked()
    page = story.administrator.get("/admin/").page
    links = [link.get("href") for link in page.one("main").all("a")]
    waiting = [link for link in links if re.fullmatch(r"/admin/request/\d+/", link)]
    assert waiting == [f"/admin/request/{row['id']}/" for row in sql(
        "SELECT id FROM level_request WHERE state = 'open' ORDER BY id LIMIT 5")]
    rows = page.one("table", class_="apps audit").one("tbody").all("tr")
    assert len(rows) == 10 and f"/admin/app/{story.app.app_id}/" in [link.get("href") for link in rows[0].all("a")]
    assert rows[0].one("th").text == "level_request.ask"


@pytest.mark.parametrize("action, found", [("/admin/app/", "app"), ("/admin/user/", "user")])
def test_the_overview_searches(story, action, found):
    (form,) = [form for form in map(callgate.Form, story.administrator.get("/admin/").page.one("main").all("form"))
               if form.action == action]
    (name,) = form.fields
    sql("UPDATE app SET name = app_id WHERE id = %s", story.row)
    words = {"app": story.app.app_id, "user": story.user.login}[found]
    page = story.administrator.get(f"{action}?{name}={words}").page
    assert f"{action}{words}/" in [link.get("href") for link in page.one("main").all("a")]


@pytest.mark.parametrize("query", ["state=gone", "state=", "from=x", "from=-1"])
def test_queries_that_mean_nothing(query):
    assert signed_in(make_admin()).get("/admin/request/?" + query).status == 404
