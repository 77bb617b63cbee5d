# test_37_app_transfer.py - an application is handed over to another user of the same client, who has
# to accept it: nothing changes before, and nothing that was given out works after (DESIGN §5).
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import concurrent.futures

import pytest

import callgate
import oauth
from callgate import api, make_admin, make_app, make_token, make_user, one, registered, run_fine, signed_in, sql
from manage import acts, boss_of, logged, member_of, row_of, state_of, tenant, with_secret
from oauth import authorize, code_for, exchange, is_consent, make_public, tokens_for


class Story:
    """An application, its owner and the one who is to have it, each signed in."""

    def __init__(self, make=make_public, **columns):
        self.number = tenant()
        self.giver, self.taker = boss_of(self.number), member_of(self.number)
        self.app = make(self.giver, **columns)
        self.give, self.take = signed_in(self.giver), signed_in(self.taker)

    def page(self, rest):
        return f"/app/{self.app.app_id}/{rest}"

    def offer(self, login=None):
        return self.give.submit(self.give.get(self.page("transfer")), ["login"], {"login": login or self.taker.login})

    def offered(self):
        return sql("SELECT to_user FROM app_transfer WHERE app = %s", oauth.id_of(self.app))


@pytest.fixture
def story():
    return Story()


def accept(story):
    answer = story.take.post(story.page("accept"), {"decision": "accept"})
    assert answer.location == story.page("?done=accepted"), answer


def test_the_whole_way():
    story = Story(level="all", name="Handed over")
    app = story.app
    browser = signed_in(make_user())
    tokens, code = tokens_for(browser, app), code_for(browser, app)
    before = row_of(app)

    assert story.offer().location == story.page("transfer")
    assert story.taker.login in story.give.get(story.page("transfer")).page.text
    assert f"It is being handed over to {story.taker.login}." in story.give.get(story.page("")).page.text
    # Nothing has changed.
    assert row_of(app) == before and api(tokens["access_token"]).status == 200
    assert story.take.get(story.page("")).status == 404

    (link,) = [link for link in story.take.get("/app/").page.one("section", class_="notice").all("a")]
    assert (link.get("href"), link.text) == (story.page("accept"), "Handed over")
    page = story.take.get(link.get("href"))
    assert story.giver.login in page.page.text and app.app_id in page.page.text
    accept(story)

    row = row_of(app)
    assert row == {**before, "owner_id": story.taker.id, "level": "call_api", "generation": 2, "form_key": None}
    assert "The application is yours now." in story.take.get(story.page("?done=accepted")).page.text
    assert story.give.get(story.page("")).status == 200  # he looks after the client, no more
    assert story.give.get(story.page("edit")).status == 404
    assert api(tokens["access_token"]).status == 401
    assert exchange(app, code).json["error"] == "invalid_client"  # its secret has ended
    assert story.offered() == [] and "section" not in [node.tag for node in story.take.get("/app/").page.walk()]
    assert one("SELECT count(*) FROM permission WHERE app = %s", row["id"]) == 0

    fresh = registered(story.take.submit(story.take.get(story.page("secret")), ["round"]))
    app = app._replace(secret=fresh.secret)
    assert oauth.refresh(app, tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert exchange(app, code).json["error"] == "invalid_grant"
    assert is_consent(authorize(browser, app))
    (offered, accepted) = acts(app)[-3:-1]
    assert offered == ("app.transfer", {"to": story.taker.login})
    assert accepted[0] == "app.transfer.accept"
    assert (accepted[1]["before"]["owner_id"], accepted[1]["after"]["owner_id"]) == (story.giver.id, story.taker.id)
    assert (accepted[1]["before"]["level"], accepted[1]["after"]["level"]) == ("all", "call_api")
    assert [act for act, _ in acts(app, story.taker)] == ["app.transfer.accept", "app.secret"]


def test_a_trusted_one_acts_for_the_new_owner():
    story = Story(make_app)
    token = make_token(story.app)
    story.offer()
    accept(story)
    assert api(token).status == 401 and with_secret(story.app, story.app.secret) == 401
    fresh = registered(story.take.submit(story.take.get(story.page("secret")), ["round"]))
    assert api(make_token(fresh)).json["login"] == story.taker.login


def test_a_native_one():
    story = Story(native=True)
    browser = signed_in(make_user())
    tokens = tokens_for(browser, story.app)
    story.offer()
    accept(story)
    assert api(tokens["access_token"]).status == 401
    assert oauth.refresh(story.app, tokens["refresh_token"]).json["error"] == "invalid_grant"
    assert row_of(story.app)["native"] is True


def test_what_it_asked_for_and_who_made_it_are_the_old_owners(story):
    maker = oauth.id_of(make_app(story.giver))
    sql("UPDATE app SET created_by_app = %s WHERE app_id = %s", maker, story.app.app_id)
    sql("INSERT INTO level_request (app, user_id, reason) VALUES (%s, %s, 'because')", oauth.id_of(story.app),
        story.giver.id)
    story.offer()
    accept(story)
    assert row_of(story.app)["created_by_app"] is None
    assert one("SELECT state FROM level_request WHERE app = %s", oauth.id_of(story.app)) == "withdrawn"


# ---- to whom ----

def test_67_who_can_have_it(story):
    """Of all others it is not even told that they exist."""
    nobodies = {"unknown": "nobody-of-this-name", "another client's": boss_of(story.number + 1).login,
                "blocked": member_of(story.number, status="blocked").login, "administrator": make_admin().login,
                "of no client": make_user(client_id=None, dealer_id=3, tenant_id=None).login,
                "himself": story.giver.login, "nothing": " ", "hostile": "<b>' OR true --", "long": "x" * 5000}
    told = set()
    for what, login in nobodies.items():
        answer = story.offer(login)
        assert answer.status == 422, what
        control = answer.page.one("input", id="field-login")
        assert control.get("value") == login.strip() and control.get("aria-invalid") == "true"
        told.add((answer.page.one("p", id="login-error").text, answer.page.one("div", role="alert").text))
    assert len(told) == 1
    assert story.offered() == [] and acts(story.app) == []


def test_an_owner_of_no_client_has_nobody():
    for owner in (make_admin(), make_user(client_id=None, dealer_id=3, tenant_id=None)):
        app, client = make_app(owner), signed_in(owner)
        page = client.get(f"/app/{app.app_id}/transfer")
        assert page.status == 200 and page.page.all("input", id="field-login") == []
        others = make_user(client_id=None, dealer_id=3, tenant_id=None)
        assert client.post(f"/app/{app.app_id}/transfer", {"login": others.login}).status == 422
        assert acts(app) == []


def test_offered_to_another_one_instead(story):
    other = member_of(story.number)
    story.offer()
    story.offer(other.login)
    assert story.offered() == [{"to_user": other.id}]
    assert story.take.get(story.page("accept")).status == 404
    assert story.take.post(story.page("accept"), {"decision": "accept"}).status == 404
    assert signed_in(other).get(story.page("accept")).status == 200


# ---- nothing comes of it ----

def test_taken_back(story):
    before = state_of(story.app)
    story.offer()
    page = story.give.get(story.page("transfer"))
    (form,) = [node for node in page.page.all("form") if node.get("action") == story.page("transfer/withdraw")]
    answer = story.give.post(form.get("action"))
    assert answer.location == story.page("transfer") and state_of(story.app) == before
    assert story.take.get(story.page("accept")).status == 404
    assert story.take.post(story.page("accept"), {"decision": "accept"}).status == 404
    assert acts(story.app)[-1] == ("app.transfer.withdraw", {"to": story.taker.login})
    # Once more does nothing.
    assert story.give.post(form.get("action")).status == 303 and len(acts(story.app)) == 2


def test_declined(story):
    before = state_of(story.app)
    story.offer()
    assert story.take.post(story.page("accept"), {"decision": "decline"}).location == "/app/"
    assert state_of(story.app) == before
    assert acts(story.app, story.taker) == [("app.transfer.decline", {"to": story.taker.login})]
    assert story.take.post(story.page("accept"), {"decision": "decline"}).status == 404


@pytest.mark.parametrize("decision", ["", "yes", "ACCEPT", "allow"])
def test_no_decision(story, decision):
    story.offer()
    before = state_of(story.app)
    assert story.take.post(story.page("accept"), {"decision": decision}).status == 422
    assert state_of(story.app) == before


def test_65_more_fields_than_the_form_has(story):
    story.offer()
    extra = {"level": "all", "type": "trusted", "owner": "admin", "owner_id": "1", "to_user": "1"}
    assert story.take.post(story.page("accept"), {"decision": "accept", **extra}).status == 303
    row = row_of(story.app)
    assert (row["owner_id"], row["level"], row["type"]) == (story.taker.id, "call_api", "public")


@pytest.mark.parametrize("change", ["blocked", "another client", "another owner", "deleted"])
def test_what_has_changed_meanwhile(story, change):
    story.offer()
    page = story.take.get(story.page("accept"))
    other = boss_of(story.number)
    if change == "blocked":
        sql("UPDATE pbx_user SET status = 'blocked' WHERE id = %s", story.taker.id)
    elif change == "another client":
        sql("UPDATE pbx_user SET tenant_id = %s WHERE id = %s", story.number + 1, story.taker.id)
    elif change == "another owner":
        run_fine("app", "set", story.app.app_id, f"--owner={other.login}")
        assert story.offered() == []
    else:
        run_fine("app", "delete", story.app.app_id, "--yes")
    answer = story.take.post(page.target, {"decision": "accept"})
    assert answer.status == 404 or answer.location.startswith("/login")
    if change != "deleted":
        assert row_of(story.app)["owner_id"] == (other.id if change == "another owner" else story.giver.id)


def test_of_all_answers_at_once_one_counts(story):
    story.offer()
    words = ["accept", "decline"] * 4
    with concurrent.futures.ThreadPoolExecutor(9) as pool:
        back = pool.submit(story.give.post, story.page("transfer/withdraw"))
        answers = list(pool.map(lambda word: story.take.post(story.page("accept"), {"decision": word}), words))
    assert {answer.status for answer in answers} <= {303, 404} and back.result().status in (303, 404)
    did = [act for act, _ in acts(story.app) if act != "app.transfer"]
    assert len(did) == 1 and story.offered() == []
    accepted = did == ["app.transfer.accept"]
    assert row_of(story.app)["owner_id"] == (story.taker.id if accepted else story.giver.id)


def test_64_nobody_else_sees_or_answers_it(story):
    story.offer()
    before = state_of(story.app)
    for who in (boss_of(story.number), member_of(story.number), boss_of(story.number + 1), make_admin(), story.giver):
        client = signed_in(who)
        for answer in (client.get(story.page("accept")), client.post(story.page("accept"), {"decision": "accept"}),
                       client.post(story.page("accept"), {"decision": "decline"})):
            assert answer.status == 404
        assert logged(story.app, who) == 3
    for target in ("transfer", "transfer/withdraw"):
        assert story.take.post(story.page(target), {"login": story.taker.login}).status == 404
    assert state_of(story.app) == before


def test_many_offers():
    number = tenant()
    giver, taker = boss_of(number), member_of(number)
    apps = [make_app(giver, name=f"Offer {n}") for n in range(3)]
    for app in apps:
        sql("INSERT INTO app_transfer (app, from_user, to_user) VALUES (%s, %s, %s)", oauth.id_of(app), giver.id,
            taker.id)
    section = signed_in(taker).get("/app/").page.one("section", class_="notice")
    assert [link.text for link in section.all("a")] == ["Offer 2", "Offer 1", "Offer 0"]
    assert signed_in(giver).get("/app/").page.all("section") == []


def test_66_hostile_words_on_the_way(story):
    text = "<script>alert(1)</script>"
    sql("UPDATE app SET name = %s, description = %s WHERE app_id = %s", text, text, story.app.app_id)
    story.offer()
    for page in (story.take.get("/app/"), story.take.get(story.page("accept")), story.give.get(story.page("transfer"))):
        assert text in page.page.text and page.page.all("script") == []


def test_it_goes_with_the_users(story):
    story.offer()
    callgate.sql("DELETE FROM pbx_user WHERE id = %s", story.taker.id)
    assert story.offered() == [] and row_of(story.app)["owner_id"] == story.giver.id
