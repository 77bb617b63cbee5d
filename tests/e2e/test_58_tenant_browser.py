# test_58_tenant_browser.py - in a real browser: who looks after a client (tenant) sees and ends what its
# users have registered and allowed. A leaver's trusted application must not outlive him: at the gate as well.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import pytest

import oauth
from callgate import API, api, make_app, make_token, make_user, one, signed_in, token_request, wait_for
from chromium import refusal
from manage import boss_of, member_of, tenant

READ = API + "/extension/7/record/"


@pytest.fixture
def office():
    """A client: its boss, a colleague, and a leaver whose application works."""
    number = tenant()
    return boss_of(number), member_of(number), member_of(number)


def soon(token, status):
    """Each worker of the gate is told of a change (test_65_gate_freshness.py says how soon)."""
    for target in (READ, API + "/user/"):
        wait_for(lambda t=target: api(token, t).status == status, f"{target} is answered {status}")


def end_by_name(browser, name):
    """With a mistake on the way."""
    browser.link("Delete")
    browser.expected.append(refusal(422))
    browser.type("#field-name", name[:-1])
    browser.button("Delete for good")
    assert browser.find("#name-error").is_displayed()
    browser.type("#field-name", name)
    browser.button("Delete for good")


def refused_for_good(app):
    answer = token_request({"grant_type": "client_credentials", **oauth.credentials(app)})
    return answer.status, answer.json["error"]


def test_colleagues_applications_are_seen_disabled_and_ended(browser, office):
    boss, colleague, leaver = office
    trusted, other = make_app(leaver, name="Of the leaver"), make_app(colleague, name="Of the colleague")
    elsewhere = make_app(boss_of(tenant()), name="Of another client")
    tokens = [make_token(app) for app in (trusted, other)]
    for token in tokens:
        soon(token, 200)
    browser.open("/login")
    browser.sign_in(boss)
    browser.link("Of all users")
    for words in ("Of the leaver", "Of the colleague", leaver.login, colleague.login):
        assert words in browser.text
    assert "Of another client" not in browser.text and elsewhere.app_id not in browser.driver.page_source
    browser.type("#field-q", "LEAVER")
    browser.button("Show")
    assert "Of the leaver" in browser.text and "Of the colleague" not in browser.text
    browser.link("Of the leaver")
    # What it is may be seen; what grants access and what only its owner may do, is not there.
    assert leaver.login in browser.text and trusted.app_id in browser.text
    assert "…" + trusted.secret[-4:] not in browser.driver.page_source
    for rest in ("edit", "secret", "transfer", "request-level"):
        assert not browser.has(f"a[href$='/{rest}']")
    # Disabled: at once at the gate, and no new tokens.
    browser.button("Disable")
    assert browser.find("[role=status]").text == "The application is disabled."
    soon(tokens[0], 401)
    assert refused_for_good(trusted) == (401, "invalid_client")
    # Ended.
    end_by_name(browser, "Of the leaver")
    assert browser.path == "/app/?scope=tenant" and "Of the leaver" not in browser.text
    assert one("SELECT count(*) FROM app WHERE app_id = %s", trusted.app_id) == 0
    soon(tokens[0], 401)
    assert refused_for_good(trusted) == (401, "invalid_client")
    # The colleague's is as it was.
    assert "Of the colleague" in browser.text
    soon(tokens[1], 200)


def test_ended_without_disabling_it_before(browser, office):
    boss, _, leaver = office
    app = make_app(leaver, name="Left behind")
    token = make_token(app)
    soon(token, 200)
    browser.enter(boss)
    browser.open("/app/?scope=tenant")
    browser.link("Left behind")
    browser.button("End its tokens")
    assert browser.find("[role=status]").text == "All its tokens have ended."
    soon(token, 401)
    # The secret is still good: that is not the end of it.
    token = make_token(app)
    soon(token, 200)
    end_by_name(browser, "Left behind")
    soon(token, 401)
    assert refused_for_good(app) == (401, "invalid_client")


def test_a_consent_of_a_user_is_withdrawn(browser, office):
    boss, colleague, leaver = office
    app = oauth.make_public(make_user(client_id=13, tenant_id=13), name="Allowed by many")
    held = {user: oauth.tokens_for(signed_in(user), app) for user in (colleague, leaver)}
    soon(held[leaver]["access_token"], 200)
    browser.enter(boss)
    browser.open("/app/")
    browser.link("Allowed")
    browser.link("Of all users")
    assert browser.path == "/app/authorized?scope=tenant"
    assert colleague.login in browser.text and leaver.login in browser.text
    browser.button(f"Withdraw: Allowed by many, {leaver.login}")
    assert colleague.login in browser.text and leaver.login not in browser.text
    soon(held[leaver]["access_token"], 401)
    assert oauth.refresh(app, held[leaver]["refresh_token"]).json["error"] == "invalid_grant"
    assert oauth.permissions(leaver, app) == [] and len(oauth.permissions(colleague, app)) == 1
    soon(held[colleague]["access_token"], 200)
