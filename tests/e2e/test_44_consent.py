# test_44_consent.py - the consent page: what it says, that nobody but the user answers it and only
# what was shown is allowed, how long it is remembered, and the page that shows a code instead.
# ATTACKS 12-15.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

import callgate
import oauth
from callgate import (FORM_TYPE, URL, Client, audit_rows, make_admin, make_app, make_user, one, signed_in, sql,
                      token_request)
from oauth import (AUTHORIZE, CALLBACK, LOOPBACK, SCHEME, answer_of, authorize, code_for, code_on, consent, exchange,
                   grants, is_consent, make_public, parameters, permissions, permit, place_of, proof, set_app,
                   tokens_for)

SECOND = "https://client.example/second"


@pytest.fixture(scope="module")
def world():
    """An owner, and another user, signed in."""
    owner, user = make_user(), make_user(client_id=13, tenant_id=13)
    return owner, user, signed_in(user)


def codes(user, app):
    return callgate.one("SELECT count(*) FROM auth_code WHERE user_id = %s AND app = %s", user.id, oauth.id_of(app))


def asks(answer):
    """The consent page; otherwise a code came at once."""
    if is_consent(answer):
        return True
    assert "code" in answer_of(answer), answer
    return False


def nothing_given(user, app, answer):
    assert "code=" not in (answer.get("Location") or ""), answer
    assert codes(user, app) == 0 and permissions(user, app) == []


# ---- 12: frames ----

def policy_of(answer):
    parts = [part.split() for part in answer.get("Content-Security-Policy").split(";") if part.strip()]
    return {words[0]: words[1:] for words in parts}


FORM_ACTIONS = [
    (CALLBACK, None, ["'self'", "https://client.example", "https:"]),
    ("https://client.example:8443/callback?x=1", None, ["'self'", "https://client.example:8443", "https:"]),
    (LOOPBACK, None, ["'self'", "http://127.0.0.1", "https:"]),
    (LOOPBACK, "http://127.0.0.1:51004/callback", ["'self'", "http://127.0.0.1:51004", "https:"]),
    # The grammar of the policy has no IPv6 address: Chromium ignores one, and would block the redirect.
    ("http://[::1]/callback", "http://[::1]:51004/callback", ["'self'", "http://*:51004", "https:"]),
    ("https://[2001:db8::1]/callback", None, ["'self'", "https://*", "https:"]),
    (SCHEME, None, ["'self'", "com.example.app:"]),
    (None, None, ["'self'"]),
]


@pytest.mark.parametrize("registered, asked, allowed", FORM_ACTIONS, ids=[f"{r} {a}" for r, a, _ in FORM_ACTIONS])
def test_12_framed_nowhere_and_leads_to_the_application_only(world, registered, asked, allowed):
    owner, _, _ = world
    app = make_public(owner, [registered] if registered else [])
    changes = {"redirect_uri": asked} if asked else {}
    stranger = Client()
    for who, answer in ((owner, authorize(signed_in(owner), app, **changes)),
                        (None, stranger.follow(authorize(stranger, app, **changes)))):
        assert answer.status == 200
        policy = policy_of(answer)
        assert answer.get("X-Frame-Options") == "DENY" and policy["frame-ancestors"] == ["'none'"]
        assert policy["default-src"] == ["'none'"] and policy["base-uri"] == ["'none'"]
        assert policy["form-action"] == allowed, who
        assert answer.get("Cache-Control") == "no-store" and answer.get("X-Content-Type-Options") == "nosniff"


def test_12_a_hostile_address_adds_nothing_to_the_policy(world):
    owner, _, client = world
    for url in ("https://client.example/a;script-src%20*", "https://client.example/'unsafe-inline'",
                "https://client.example/;default-src"):
        answer = authorize(client, make_public(owner, [url]))
        policy = policy_of(answer)
        assert policy["form-action"] == ["'self'", "https://client.example", "https:"]
        assert policy["default-src"] == ["'none'"] and policy["script-src"] == ["'self'"]


# ---- 13: forms from elsewhere ----

ELSEWHERE = [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
             {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://client.example", "Sec-Fetch-Site": "cross-site"},
             {"Origin": URL, "Sec-Fetch-Site": "cross-site"}, {"Origin": URL + ".evil.example"}]


@pytest.mark.parametrize("headers", ELSEWHERE, ids=str)
@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_13_an_answer_from_another_site_is_refused(world, headers, decision):
    owner, user, client = world
    app = make_public(owner)
    page = authorize(client, app, state="s")
    told = {"Origin": None, "Sec-Fetch-Site": None, **headers}
    fields = {**page.form("consent").fields, "decision": decision}
    for send in (lambda: client.post(AUTHORIZE, fields, told),
                 lambda: client.post(f"{AUTHORIZE}?{callgate.encode(fields).decode()}", {}, told)):
        answer = send()
        assert answer.status == 403 and answer.get("Location") is None
        nothing_given(user, app, answer)
    assert audit_rows(act=f"permission.{decision}", object_id=app.app_id) == []


def test_13_no_link_answers_it(world):
    """What a GET says of a decision is nothing: another site can make anybody's browser follow a link."""
    owner, user, client = world
    app = make_public(owner)
    fields = authorize(client, app, state="s").form("consent").fields
    for decision in ("allow", "deny"):
        answer = client.get(oauth.target({**fields, "decision": decision}))
        assert is_consent(answer)
        nothing_given(user, app, answer)


def test_13_nothing_sent_by_a_client_that_is_no_browser(world):
    """Neither header: a scripted client, which has no session that another site could ride on."""
    owner, _, client = world
    page = authorize(client, make_public(owner))
    answer = consent_without_headers(client, page)
    assert "code" in answer_of(answer)


def consent_without_headers(client, page):
    fields = {**page.form("consent").fields, "decision": "allow"}
    return client.post(AUTHORIZE, fields, {"Origin": None, "Sec-Fetch-Site": None})


# ---- 14: an edited form ----

EDITED = {
    "no consent": {"consent": ""},
    "made-up consent": {"consent": "A" * 43},
    "hex": {"consent": "0" * 64},
    "long": {"consent": "x" * 5000},
    "state": {"state": "other"},
    "no state": {"state": ""},
    "another address": {"redirect_uri": SECOND},
    "no address": {"redirect_uri": ""},
    "foreign address": {"redirect_uri": "https://evil.example/"},
    "no challenge": {"code_challenge": "", "code_challenge_method": ""},
    "another challenge": {"code_challenge": oauth.challenge_of("x" * 43)},
    "plain": {"code_challenge_method": "plain"},
    "more scope": {"scope": "all root"},
    "response type": {"response_type": "token"},
    "unknown client": {"client_id": "0" * 32},
}


@pytest.mark.parametrize("edited", EDITED.values(), ids=EDITED.keys())
def test_14_only_what_was_shown_is_allowed(world, edited):
    owner, user, client = world
    app = make_public(owner, [CALLBACK, SECOND])
    page = authorize(client, app, state="s", **oauth.proof().asked)
    answer = consent(client, page, **edited)
    assert answer.status in (200, 303, 400)
    if answer.status == 303:
        assert "error" in answer_of(answer) and place_of(answer) == CALLBACK
    nothing_given(user, app, answer)
    # The page was no one-time thing: as it was shown it still counts.
    assert "code" in answer_of(consent(client, page))


def test_14_another_application_with_the_same_address(world):
    owner, user, client = world
    shown = make_public(owner, name="One")
    # The second is like the first in all that people see.
    for other in (make_public(owner, level="all"), make_public(owner, name="One")):
        answer = consent(client, authorize(client, shown), client_id=other.app_id)
        assert is_consent(answer)
        nothing_given(user, other, answer)
        nothing_given(user, shown, answer)


def test_14_another_users_page(world):
    """The digest of a page that an attacker got for himself is good for nobody else."""
    owner, user, client = world
    app = make_public(owner)
    page = authorize(signed_in(make_user()), app, state="s")
    answer = consent(client, page)
    assert is_consent(answer)
    nothing_given(user, app, answer)


CHANGES = {"level": {"level": "all"}, "owner or type": {"generation": 2}, "name": {"name": "Another"},
           "description": {"description": "Other words."}}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_14_what_changed_meanwhile_is_shown_again(world, change):
    owner, user, client = world
    app = make_public(owner)
    page = authorize(client, app, state="s")
    set_app(app, **change)
    again = consent(client, page)
    assert is_consent(again)
    nothing_given(user, app, again)
    # It says so, and what it says now counts.
    assert again.page.one("main").text != authorize(client, app, state="s").page.one("main").text
    assert answer_of(consent(client, again))["state"] == "s"


def test_14_a_user_who_may_more_meanwhile_is_asked_again(world):
    owner, _, _ = world
    user = make_user(access="read_only")
    client, app = signed_in(user), make_public(owner)
    page = authorize(client, app)
    sql("UPDATE pbx_user SET access = 'full' WHERE id = %s", user.id)
    answer = consent(client, page)
    assert is_consent(answer)
    nothing_given(user, app, answer)


def test_14_an_application_that_went_meanwhile(world):
    owner, user, client = world
    for columns, status in (({"status": "disabled"}, 400), ({"redirect_urls": [SECOND]}, 400),
                            ({"type": "trusted"}, 303)):
        app = make_public(owner)
        page = authorize(client, app)
        set_app(app, **columns)
        answer = consent(client, page)
        assert answer.status == status
        nothing_given(user, app, answer)
    assert answer_of(answer)["error"] == "unauthorized_client"


@pytest.mark.parametrize("decision", [None, "", "maybe", "ALLOW", "allowed", "1", "true"])
def test_a_post_without_a_decision_is_a_get(world, decision):
    owner, user, client = world
    app = make_public(owner)
    fields = authorize(client, app, state="s").form("consent").fields
    fields = fields if decision is None else {**fields, "decision": decision}
    answer = client.post(AUTHORIZE, fields)
    assert is_consent(answer) or answer.status == 400
    assert decision or is_consent(answer)
    nothing_given(user, app, answer)


def test_a_post_without_a_decision_gets_a_remembered_code(world):
    owner, user, client = world
    app = make_public(owner)
    permit(user, app)
    assert set(answer_of(client.post(AUTHORIZE, parameters(app)))) == {"code"}


def test_a_decision_twice(world):
    owner, user, client = world
    app = make_public(owner)
    fields = authorize(client, app).form("consent").fields
    answer = client.post(AUTHORIZE, [*fields.items(), ("decision", "deny"), ("decision", "allow")])
    assert answer.status == 400
    nothing_given(user, app, answer)


def test_a_decision_without_the_page(world):
    owner, user, client = world
    app = make_public(owner)
    answer = client.post(AUTHORIZE, {**parameters(app), "decision": "allow"})
    assert is_consent(answer)
    nothing_given(user, app, answer)


def test_allow_pressed_many_times_at_once(world):
    owner, user, client = world
    app = make_public(owner)
    page = authorize(client, app)
    fields = {**page.form("consent").fields, "decision": "allow"}

    def press(_):
        other = Client()
        other.cookies = dict(client.cookies)
        return answer_of(other.post(AUTHORIZE, fields))["code"]

    with ThreadPoolExecutor(6) as pool:
        found = set(pool.map(press, range(6)))
    assert len(found) == 6 and len(permissions(user, app)) == 1


# ---- 15: what it says ----

def words(answer):
    assert is_consent(answer), answer
    return answer.page.one("main").text


def test_15_whose_application_for_whom_and_how_to_end_it(world):
    owner, user, client = world
    app = make_public(owner, name="An Exchange of Calls", description="It calls your customers.")
    answer = authorize(client, app)
    text = words(answer)
    for word in ("An Exchange of Calls", owner.login, user.login, "client.example", "30 days"):
        assert word in text, word
    assert [link for link in answer.page.all("a") if link.get("href") == "/app/authorized"]
    buttons = answer.form("consent").node.all("button", name="decision")
    assert sorted(button.get("value") for button in buttons) == ["allow", "deny"]
    assert all(button.get("type", "submit") == "submit" and button.text for button in buttons)
    assert answer.form("consent").method == "POST"


def abilities(answer):
    """The list of what it will be able to do."""
    assert is_consent(answer), answer
    return [item.text for item in answer.page.one("main").one("ul").all("li")]


def test_15_levels_are_told_apart_in_words(world):
    owner, _, client = world
    low = abilities(authorize(client, make_public(owner)))
    high = abilities(authorize(client, make_public(owner, level="all")))
    # DESIGN §5: starting calls, listening in, recordings; with All also the configuration.
    for items in (low, high):
        for word in ("calls, at your cost", "Listen in", "recordings"):
            assert [item for item in items if word in item], word
    assert set(low) < set(high) and [item for item in high if "onfiguration" in item]
    assert not [item for item in low if "onfiguration" in item]


@pytest.mark.parametrize("level", ["call_api", "all"])
def test_15_a_read_only_user_is_told_so(world, level):
    owner, _, client = world
    app = make_public(owner, level=level)
    items = abilities(authorize(signed_in(make_user(access="read_only")), app))
    assert items and not [item for item in items if re.search("start|listen|change|cost", item, re.I)]
    assert items != abilities(authorize(client, app))


def test_15_where_the_answer_goes_is_told_apart(world):
    owner, _, _ = world
    client = signed_in(owner)
    texts = {words(authorize(client, make_public(owner, urls, name="Same")))
             for urls in ([CALLBACK], [LOOPBACK], [SCHEME], [])}
    assert len(texts) == 4
    assert "com.example.app" in words(authorize(client, make_public(owner, [SCHEME])))


HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</title><base href=//evil.example>",
           "&lt;b&gt;", "{{user.login}}{{#read_only}}", "' onmouseover='x", "\u202egnp.elif", "a\u200bb\u2066c",
           "Zahlen ✓ ü"]


@pytest.mark.parametrize("text", HOSTILE)
def test_15_hostile_names_are_text(world, text):
    owner, _, client = world
    app = make_public(owner, name=text, description=text)
    answer = authorize(client, app, state=text)
    page = answer.page
    assert page.all("script", "img", "base", "b") == []
    assert not [node for node in page.walk() for name in node.attributes if name.startswith("on")]
    # A name that turns the direction of writing stays inside its own element.
    assert text in [node.raw for node in page.all("bdi")]
    assert answer.form("consent").fields["state"] == text
    assert answer_of(consent(client, answer))["state"] == text


def test_15_the_form_holds_the_request_and_nothing_that_grants(world):
    owner, user, client = world
    app = make_public(owner)
    pair = proof()
    fields = authorize(client, app, state="s", scope="all", **pair.asked).form("consent").fields
    assert fields.pop("consent")
    assert fields == {**parameters(app, state="s", scope="all", **pair.asked)}
    assert codes(user, app) == 0


# ---- deny ----

def test_deny(world):
    owner, user, client = world
    app = make_public(owner)
    fields = answer_of(consent(client, authorize(client, app, state="s t&=%"), "deny"))
    assert fields["error"] == "access_denied" and fields["state"] == "s t&=%" and fields["iss"] == URL
    assert permissions(user, app) == [] and codes(user, app) == 0
    (row,) = audit_rows(act="permission.deny", object_id=app.app_id)
    assert (row["actor_login"], row["object_kind"]) == (user.login, "app")
    # It is asked anew, not remembered.
    assert is_consent(authorize(client, app))


def test_deny_where_the_code_would_be_shown(world):
    owner, _, _ = world
    app = make_public(owner, [])
    client = signed_in(owner)
    answer = consent(client, authorize(client, app, state="s"), "deny")
    assert answer.location == "/app/"
    assert codes(owner, app) == 0 and permissions(owner, app) == []


def test_allow_is_on_record(world):
    owner, user, client = world
    app = make_public(owner, level="all")
    answer = consent(client, authorize(client, app))
    (row,) = audit_rows(act="permission.allow", object_id=app.app_id)
    assert (row["actor_login"], row["actor_id"], row["object_kind"]) == (user.login, user.id, "app")
    assert row["address"] in ("127.0.0.1", "::1") and "all" in str(row["detail"])
    assert answer_of(answer)["code"] not in str(row)
    (kept,) = permissions(user, app)
    assert (kept["level"], kept["redirect_urls"], kept["generation"]) == ("all", [CALLBACK], 1)
    # A code that a remembered consent gives is no new consent.
    code_for(client, app)
    assert len(audit_rows(act="permission.allow", object_id=app.app_id)) == 1


# ---- remembered, for exactly what was allowed ----

@pytest.fixture
def allowed(world):
    """An application that the user has just allowed, by the page."""
    owner, user, client = world
    app = make_public(owner)
    assert asks(consent(client, authorize(client, app))) is False
    return user, client, app


def test_remembered(allowed):
    _, client, app = allowed
    for changes in ({}, {"state": "s"}, {"scope": "all"}, {"redirect_uri": None}, proof().asked):
        assert not asks(authorize(client, app, **changes))


def test_asks_again_for_a_higher_level(allowed):
    user, client, app = allowed
    set_app(app, level="all")
    assert asks(authorize(client, app))
    consent(client, authorize(client, app), "deny")
    assert permissions(user, app)[0]["level"] == "call_api"
    assert asks(authorize(client, app))
    consent(client, authorize(client, app))
    assert permissions(user, app)[0]["level"] == "all" and not asks(authorize(client, app))


def test_a_higher_level_is_allowed_since_the_first_time_and_until_its_own_end(allowed):
    user, client, app = allowed
    sql("UPDATE permission SET created_at = created_at - interval '3 days' WHERE user_id = %s", user.id)
    since = permissions(user, app)[0]["created_at"]
    end = until("2 days")
    set_app(app, level="all", level_until=end)
    consent(client, authorize(client, app))
    (row,) = permissions(user, app)
    assert (row["level"], row["level_until"], row["created_at"]) == ("all", end, since)
    # What a former owner was allowed is none of the new one's.
    set_app(app, generation=2)
    consent(client, authorize(client, app))
    (row,) = permissions(user, app)
    assert row["created_at"] > since and row["generation"] == 2


def test_a_lower_level_is_not_asked_for(world):
    owner, user, client = world
    app = make_public(owner, level="all")
    consent(client, authorize(client, app))
    set_app(app, level="call_api")
    assert not asks(authorize(client, app))
    set_app(app, level="all")
    assert not asks(authorize(client, app))


def test_asks_again_for_a_new_redirect_url(allowed):
    user, client, app = allowed
    set_app(app, redirect_urls=[CALLBACK, SECOND])
    assert not asks(authorize(client, app))
    assert asks(authorize(client, app, redirect_uri=SECOND))
    consent(client, authorize(client, app, redirect_uri=SECOND))
    assert not asks(authorize(client, app, redirect_uri=SECOND))
    # The first was not forgotten over it.
    assert not asks(authorize(client, app))
    assert sorted(permissions(user, app)[0]["redirect_urls"]) == [CALLBACK, SECOND]


def test_a_level_is_allowed_to_the_redirect_url_that_was_shown_with_it(allowed):
    _, client, app = allowed
    set_app(app, level="all", redirect_urls=[CALLBACK, SECOND])
    consent(client, authorize(client, app, redirect_uri=SECOND))
    assert not asks(authorize(client, app, redirect_uri=SECOND))
    assert asks(authorize(client, app))
    consent(client, authorize(client, app))
    assert not asks(authorize(client, app)) and not asks(authorize(client, app, redirect_uri=SECOND))


def test_asks_again_after_the_redirect_url_was_swapped(allowed):
    _, client, app = allowed
    set_app(app, redirect_urls=[SECOND])
    assert asks(authorize(client, app, redirect_uri=SECOND))
    assert asks(authorize(client, app, redirect_uri=None))


def test_asks_again_under_a_new_owner(allowed):
    user, client, app = allowed
    set_app(app, redirect_urls=[CALLBACK, SECOND])
    consent(client, authorize(client, app, redirect_uri=SECOND))
    set_app(app, generation=2, owner_id=make_user().id)
    assert asks(authorize(client, app))
    consent(client, authorize(client, app))
    assert not asks(authorize(client, app))
    # What was allowed to the former owner counts no more, redirect URLs too.
    assert asks(authorize(client, app, redirect_uri=SECOND))
    (kept,) = permissions(user, app)
    assert (kept["generation"], kept["redirect_urls"]) == (2, [CALLBACK])


def test_a_higher_level_of_the_former_owner_is_forgotten(world):
    owner, user, client = world
    app = make_public(owner, level="all")
    consent(client, authorize(client, app))
    set_app(app, generation=2, level="call_api", owner_id=make_user().id)
    consent(client, authorize(client, app))
    assert permissions(user, app)[0]["level"] == "call_api"
    set_app(app, level="all")
    assert asks(authorize(client, app))


def test_the_shells_change_of_owner_asks_again(allowed):
    _, client, app = allowed
    callgate.run_fine("app", "set", app.app_id, f"--owner={make_user().login}")
    assert asks(authorize(client, app))


def test_remembered_for_this_user_and_this_application_only(allowed, world):
    owner, _, _ = world
    _, client, app = allowed
    for login in (make_user(), owner):
        assert asks(authorize(signed_in(login), app))
    assert asks(authorize(client, make_public(owner)))


def test_disabled_and_enabled_again_is_remembered(allowed):
    _, client, app = allowed
    set_app(app, status="disabled")
    assert authorize(client, app).status == 400
    set_app(app, status="active")
    assert not asks(authorize(client, app))


def test_asks_again_once_withdrawn(allowed):
    user, client, app = allowed
    sql("DELETE FROM permission WHERE user_id = %s AND app = %s", user.id, oauth.id_of(app))
    assert asks(authorize(client, app))


@pytest.mark.parametrize("url", [LOOPBACK, "http://127.0.0.1:51004/callback", SCHEME])
def test_loopback_and_scheme_always_ask(world, url):
    """RFC 8252 §8.6: any program of that machine could be the one that listens."""
    owner, user, client = world
    app = make_public(owner, [SCHEME if url == SCHEME else LOOPBACK], native=True)
    permit(user, app, redirect_urls=[LOOPBACK, SCHEME, url])
    for _ in range(2):
        answer = authorize(client, app, redirect_uri=url, **proof().asked)
        assert asks(answer) and "code" in answer_of(consent(client, answer))


def test_a_consent_to_one_kind_of_address_is_none_to_another(world):
    """An https address of an application that also has a loopback one."""
    owner, user, client = world
    app = make_public(owner, [LOOPBACK, CALLBACK])
    consent(client, authorize(client, app, redirect_uri=LOOPBACK))
    assert asks(authorize(client, app, redirect_uri=CALLBACK))
    consent(client, authorize(client, app, redirect_uri=CALLBACK))
    assert not asks(authorize(client, app, redirect_uri=CALLBACK))


# ---- the page that shows the code ----

def test_code_page_for_the_owner_and_his_colleagues(world):
    owner, _, _ = world
    app = make_public(owner, [], name="<b>Copied</b>")
    colleague = make_user(client_id=None, extension_id=5, tenant_id=12)
    for user in (owner, colleague):
        client = signed_in(user)
        answer = consent(client, authorize(client, app))
        assert answer.get("Location") is None and answer.get("Cache-Control") == "no-store"
        assert policy_of(answer)["form-action"] == ["'self'"]
        assert "<b>Copied</b>" in answer.page.text and answer.page.all("b", "script") == []
        # It says for how long.
        assert "60" in answer.page.one("main").text
        code = code_on(answer)
        answer = exchange(app, code)
        assert answer.status == 200 and callgate.api(answer.json["access_token"]).json["login"] == user.login


def test_code_page_and_PKCE(world):
    owner, _, _ = world
    app = make_public(owner, [], native=True)
    pair = proof()
    code = code_for(signed_in(owner), app, **pair.asked)
    assert exchange(app, code, code_verifier=pair.verifier).status == 200


OUTSIDERS = {
    "another client": lambda: make_user(client_id=14, tenant_id=14),
    "an extension of another client": lambda: make_user(client_id=None, extension_id=5, tenant_id=14),
    "a dealer": lambda: make_user(client_id=None, dealer_id=12, tenant_id=None),
    "an administrator": make_admin,
}


@pytest.mark.parametrize("outsider", OUTSIDERS.values(), ids=OUTSIDERS.keys())
def test_code_page_for_nobody_else(world, outsider):
    owner, _, _ = world
    user = outsider()
    client, app = signed_in(user), make_public(owner, [])
    permit(user, app, redirect_urls=[""])
    for answer in (authorize(client, app, state="s"), client.post(AUTHORIZE, parameters(app))):
        assert answer.status == 403 and answer.get("Location") is None
        assert not answer.page.all("input", name="consent")
    assert codes(user, app) == 0


def test_no_tenant_is_no_common_tenant():
    """Administrators and dealers have none: that is nothing in common."""
    owner = make_admin()
    app = make_public(owner, [])
    assert is_consent(authorize(signed_in(owner), app))
    for user in (make_admin(), make_user(client_id=None, dealer_id=7, tenant_id=None)):
        assert authorize(signed_in(user), app).status == 403


def test_the_former_owner_gets_no_code_page(world):
    owner = make_user(client_id=21, tenant_id=21)
    app = make_public(owner, [])
    client = signed_in(owner)
    page = authorize(client, app)
    set_app(app, owner_id=world[1].id, generation=2)
    assert consent(client, page).status == 403 and codes(owner, app) == 0


def test_a_consent_to_the_code_page_is_none_to_an_address(world):
    owner, _, _ = world
    app = make_public(owner, [])
    client = signed_in(owner)
    code_on(consent(client, authorize(client, app)))
    set_app(app, redirect_urls=[CALLBACK])
    assert asks(authorize(client, app, redirect_uri=CALLBACK))


# ---- a token's level is the lower of two ----

def level_of(backend, token):
    answer = token_request({"token": token, **oauth.credentials(backend)}, target="/oauth/introspect")
    assert answer.status == 200 and answer.json["active"] is True, answer
    return answer.json["level"]


def test_the_tokens_level_is_the_lower(world):
    owner, user, client = world
    backend = make_app(owner, api_backend=True)
    app = make_public(owner)
    low = tokens_for(client, app)["access_token"]
    assert level_of(backend, low) == "call_api"
    set_app(app, level="all")
    # What was consented to stays the limit of what was given under it.
    assert level_of(backend, low) == "call_api"
    high = tokens_for(client, app)
    assert [level_of(backend, token) for token in (low, high["access_token"])] == ["call_api", "all"]
    set_app(app, level="call_api")
    assert level_of(backend, high["access_token"]) == "call_api"
    lowered = tokens_for(client, app)["access_token"]
    assert level_of(backend, lowered) == "call_api"
    again = oauth.refresh(app, high["refresh_token"])
    assert again.status == 200 and level_of(backend, again.json["access_token"]) == "call_api"


def until(interval):
    return one(f"SELECT date_trunc('second', now()) + interval '{interval}'")


def test_all_is_allowed_until_the_moment_that_was_shown(world):
    """A longer time, or one without end, is asked for; what was given before ends when it was said to."""
    owner, user, client = world
    backend = make_app(owner, api_backend=True)
    end = until("3 days")
    app = make_public(owner, level="all", level_until=end)
    page = authorize(client, app)
    assert f"until {end:%Y-%m-%d %H:%M} UTC" in page.page.text
    answer = exchange(app, answer_of(consent(client, page))["code"])
    token = answer.json["access_token"]
    assert permissions(user, app)[0]["level_until"] == end == grants(user, app)[0]["level_until"]
    assert not asks(authorize(client, app)) and level_of(backend, token) == "all"
    set_app(app, level_until=until("2 days"))
    assert not asks(authorize(client, app))
    for longer in (until("4 days"), None):
        set_app(app, level_until=longer)
        assert asks(authorize(client, app))
    sql("UPDATE token_grant SET level_until = now() - interval '1 second' WHERE user_id = %s", user.id)
    assert level_of(backend, token) == "call_api"
    sql("UPDATE permission SET level_until = now() - interval '1 second' WHERE user_id = %s", user.id)
    (card,) = [item for item in client.get("/app/authorized").page.all("li") if app.app_id in item.text]
    assert "Call API" in card.text


def test_the_end_is_part_of_what_was_shown(world):
    owner, user, client = world
    app = make_public(owner, level="all", level_until=until("3 days"))
    page = authorize(client, app)
    set_app(app, level_until=None)
    assert asks(consent(client, page)) and permissions(user, app) == []


def test_grants_hold_what_was_consented_to(world):
    owner, user, client = world
    app = make_public(owner, level="all")
    tokens_for(client, app)
    (grant,) = grants(user, app)
    assert (grant["level"], grant["generation"]) == ("all", 1)
    assert grant["permission"] == permissions(user, app)[0]["id"]


def test_a_read_only_user_may_allow(world):
    """DESIGN §8: read_only limits API requests, not these pages."""
    owner, _, _ = world
    user = make_user(access="read_only")
    token = tokens_for(signed_in(user), make_public(owner))["access_token"]
    answer = callgate.api(token)
    assert answer.status == 200 and answer.json["login"] == user.login


def test_parts_answer_too(world):
    """The form as multipart/form-data."""
    owner, _, client = world
    page = authorize(client, make_public(owner), state="ü")
    kind, body = callgate.multipart({**page.form("consent").fields, "decision": "allow"})
    assert kind != FORM_TYPE
    assert answer_of(client.post(AUTHORIZE, body, {"Content-Type": kind}))["state"] == "ü"


def test_one_h1_and_labels(world):
    owner, _, client = world
    answer = authorize(client, make_public(owner))
    assert len(answer.page.all("h1")) == 1 and answer.page.one("html").get("lang") == "en"
    identities = [node.get("id") for node in answer.page.walk() if node.get("id")]
    assert len(identities) == len(set(identities))
    assert not re.search(r"\{\{|\}\}", answer.text)
