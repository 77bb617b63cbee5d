# test_46_authorized.py - what a user allowed, and which applications hold tokens by his password: the
# list, and that withdrawing one ends all of it at once and nothing of others.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import pytest

import callgate
import oauth
from callgate import api, audit_rows, make_admin, make_app, make_user, signed_in, sql, token_request
from oauth import authorize, code_for, exchange, is_consent, make_public, permissions, permit, refresh, tokens_for

PAGE = "/app/authorized"


@pytest.fixture(scope="module")
def owner():
    return make_user()


@pytest.fixture(scope="module")
def admin():
    return make_admin()


def password_app(admin, **columns):
    return make_app(admin, type="password_credentials", **columns)


def password_tokens(app, user):
    answer = token_request({"grant_type": "password", "username": user.login, "password": user.password,
                            **oauth.credentials(app)})
    assert answer.status == 200, answer
    return answer.json


def listed(client):
    """App IDs on the page, in order, each once."""
    answer = client.get(PAGE)
    assert answer.status == 200, answer
    # Alone in an element, so that it is easy to copy.
    return list(dict.fromkeys(node.text for node in answer.page.walk() if callgate.HEX32.fullmatch(node.text)))


def form_of(answer, app):
    (form,) = [callgate.Form(node) for node in answer.page.all("form")
               if callgate.Form(node).fields.get("app_id") == app.app_id]
    return form


def withdraw(client, app):
    """By the button of the page."""
    form = form_of(client.get(PAGE), app)
    assert form.method == "POST" and form.action.rstrip("/") == PAGE
    return client.post(form.action, form.fields)


def dead(app, tokens):
    assert api(tokens["access_token"]).status == 401
    answer = refresh(app, tokens["refresh_token"])
    assert answer.status == 401 and answer.json["error"] == "invalid_grant"


def alive(app, tokens):
    assert api(tokens["access_token"]).status == 200
    assert refresh(app, tokens["refresh_token"]).status == 200


# ---- the list ----

def test_a_stranger_is_sent_to_sign_in(client):
    for target in (PAGE, PAGE + "/"):
        assert client.get(target).location.startswith("/login?next=%2Fapp%2Fauthorized")
    assert client.post(PAGE, {"app_id": "0" * 32}).location.startswith("/login")


def test_nothing_allowed(member):
    _, client = member
    answer = client.get(PAGE)
    assert answer.status == 200 and listed(client) == [] and answer.page.one("h1").text
    # The frame leads here.
    assert [link for link in client.get("/app/").page.all("a") if link.get("href") == PAGE]


def test_what_was_allowed(owner, member):
    user, client = member
    app = make_public(owner, name="Allowed by me")
    oauth.code_for(client, app)
    answer = client.get(PAGE)
    assert listed(client) == [app.app_id]
    text = answer.page.one("main").text
    assert "Allowed by me" in text and owner.login in text
    assert listed(signed_in(owner)) == [] and permissions(user, app)


def test_a_remembered_consent_without_a_token(owner, member):
    user, client = member
    app = make_public(owner)
    permit(user, app)
    assert listed(client) == [app.app_id]


def test_an_application_that_holds_tokens_by_password(admin, member):
    user, client = member
    app = password_app(admin, name="By password")
    password_tokens(app, user)
    answer = client.get(PAGE)
    assert listed(client) == [app.app_id] and "By password" in answer.page.text and admin.login in answer.page.text
    # Once, however many sign-ins there were.
    password_tokens(app, user)
    assert listed(client) == [app.app_id] and form_of(client.get(PAGE), app)


def test_ones_own_trusted_application_is_no_permission(member):
    user, client = member
    callgate.make_token(make_app(user))
    assert listed(client) == []


def main_text(client, *apps):
    text = client.get(PAGE).page.one("main").text
    for app in apps:
        text = text.replace(app.app_id, "APP")
    return text


def test_levels_are_told_apart(owner):
    texts = set()
    for level in ("call_api", "all"):
        user, app = make_user(), make_public(owner, name="Same", level=level)
        permit(user, app)
        texts.add(main_text(signed_in(user), app))
    assert len(texts) == 2


def test_since_when_and_last_used(owner, member):
    user, client = member
    app = make_public(owner)
    permission = permit(user, app)
    sql("UPDATE permission SET created_at = '2024-02-29 12:00Z' WHERE id = %s", permission)
    unused = main_text(client)
    assert "2024" in unused
    tokens_for(client, app)
    assert main_text(client) != unused


def test_everything_of_one_user_and_nothing_of_others(owner, admin, member):
    user, client = member
    other = make_user()
    mine = [make_public(owner) for _ in range(30)]
    for app in mine:
        permit(user, app)
    theirs = make_public(owner)
    permit(other, theirs)
    assert sorted(listed(client)) == sorted(app.app_id for app in mine)
    assert listed(signed_in(other)) == [theirs.app_id]


def test_what_counts_no_more_is_not_listed(owner, member):
    """A new owner or type ends all: there is nothing left to withdraw."""
    user, client = member
    app = make_public(owner)
    tokens_for(client, app)
    oauth.set_app(app, generation=2)
    assert listed(client) == []
    callgate.run_fine("app", "delete", app.app_id, "--yes")
    assert client.get(PAGE).status == 200


@pytest.mark.parametrize("change", ["expires_at = now()", "used_at = now() - interval '31 days'",
                                    "revoked_at = now()"], ids=["expired", "unused for long", "revoked"])
def test_an_application_whose_tokens_by_password_ended_is_not_listed(admin, member, change):
    user, client = member
    app = password_app(admin)
    password_tokens(app, user)
    assert listed(client) == [app.app_id]
    sql(f"UPDATE token_grant SET {change} WHERE user_id = %s", user.id)
    assert listed(client) == []


HOSTILE = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "&lt;b&gt;", "{{#apps}}{{user.login}}",
           "\u202egnp.elif", "' onclick='x"]


def test_hostile_names_are_text(owner, member):
    user, client = member
    for text in HOSTILE:
        permit(user, make_public(owner, name=text))
    page = client.get(PAGE).page
    assert page.all("script", "img", "b") == []
    assert not [node for node in page.walk() for name in node.attributes if name.startswith("on")]
    shown = [node.raw for node in page.all("bdi")]
    assert [text for text in HOSTILE if text not in shown] == []


# ---- withdrawing ----

def test_withdrawing_ends_permission_codes_and_tokens_at_once(owner, member):
    user, client = member
    app = make_public(owner)
    first, second = tokens_for(client, app), tokens_for(client, app)
    code = code_for(client, app)
    later = refresh(app, first["refresh_token"]).json
    alive(app, first)
    answer = withdraw(client, app)
    assert answer.location.rstrip("/") == PAGE and listed(client) == []
    assert permissions(user, app) == []
    for tokens in (first, second):
        dead(app, tokens)
    assert api(later["access_token"]).status == 401
    answer = exchange(app, code)
    assert answer.status == 400 and answer.json["error"] == "invalid_grant"
    # Asked anew; and what comes then is not what was.
    assert is_consent(authorize(client, app))
    alive(app, tokens_for(client, app))
    dead(app, second)


def test_withdrawing_from_a_native_application(owner, member):
    _, client = member
    app = make_public(owner, native=True)
    tokens = tokens_for(client, app)
    withdraw(client, app)
    dead(app, tokens)


def test_withdrawing_what_a_password_gave(admin, member):
    user, client = member
    app = password_app(admin)
    first, second = password_tokens(app, user), password_tokens(app, user)
    alive(app, first)
    assert withdraw(client, app).location.rstrip("/") == PAGE
    assert listed(client) == []
    for tokens in (first, second):
        dead(app, tokens)


def test_others_are_not_touched(owner, admin, member):
    user, client = member
    other = make_user()
    app, kept = make_public(owner), make_public(owner)
    by_password = password_app(admin)
    mine, kept_mine = tokens_for(client, app), tokens_for(client, kept)
    theirs = tokens_for(signed_in(other), app)
    mine_by_password = password_tokens(by_password, user)
    withdraw(client, app)
    dead(app, mine)
    alive(app, theirs)
    alive(kept, kept_mine)
    alive(by_password, mine_by_password)
    assert len(permissions(other, app)) == 1
    theirs_by_password = password_tokens(by_password, other)
    withdraw(client, by_password)
    dead(by_password, mine_by_password)
    alive(by_password, theirs_by_password)


def test_withdrawing_is_on_record(owner, member):
    user, client = member
    app = make_public(owner)
    permit(user, app)
    withdraw(client, app)
    (row,) = audit_rows(act="permission.withdraw", object_id=app.app_id)
    assert (row["actor_login"], row["actor_id"], row["object_kind"]) == (user.login, user.id, "app")


def test_withdrawing_what_is_not_there_changes_nothing(owner, member):
    user, client = member
    other, app = make_user(), make_public(owner)
    permit(other, app)
    for app_id in (app.app_id, "0" * 32, "", "x", "' OR '1'='1", "<script>", app.app_id.upper() + " "):
        answer = client.post(PAGE, {"app_id": app_id})
        assert answer.status in (303, 400, 404, 422), answer
        assert answer.status != 303 or answer.location.rstrip("/") == PAGE
    assert len(permissions(other, app)) == 1
    assert audit_rows(act="permission.withdraw", actor_login=user.login) == []


def test_withdrawing_twice(owner, member):
    user, client = member
    app = make_public(owner)
    permit(user, app)
    form = form_of(client.get(PAGE), app)
    for _ in range(2):
        assert client.post(form.action, form.fields).status in (303, 404)
    assert len(audit_rows(act="permission.withdraw", actor_login=user.login)) == 1


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Origin": "null"},
                                     {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}], ids=str)
def test_from_another_site_it_is_refused(owner, member, headers):
    user, client = member
    app = make_public(owner)
    permit(user, app)
    answer = client.post(PAGE, {"app_id": app.app_id}, {"Origin": None, "Sec-Fetch-Site": None, **headers})
    assert answer.status == 403 and len(permissions(user, app)) == 1


def test_no_link_withdraws(owner, member):
    user, client = member
    app = make_public(owner)
    permit(user, app)
    client.get(f"{PAGE}?app_id={app.app_id}")
    assert len(permissions(user, app)) == 1


def test_a_read_only_user_may_withdraw(owner):
    user = make_user(access="read_only")
    client, app = signed_in(user), make_public(owner)
    tokens = tokens_for(client, app)
    withdraw(client, app)
    dead(app, tokens)


def test_methods_and_headers(member):
    _, client = member
    answer = client.send("PUT", PAGE, b"")
    assert answer.status == 405
    answer = client.get(PAGE)
    assert answer.get("Cache-Control") == "no-store" and answer.get("X-Frame-Options") == "DENY"
    assert answer.page.all("script") == [] and "form-action 'self';" in answer.get("Content-Security-Policy") + ";"
