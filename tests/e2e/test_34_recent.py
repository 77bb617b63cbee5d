# test_34_recent.py - what matters asks for the password again once it was given too long ago
# (session.recent, ATTACKS 70), and pages for administrators are for them alone.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import pytest

import callgate
from callgate import audit_rows, make_admin, make_user, signed_in, sql

FORM = {"name": "Kept", "redirect_url": "https://one.example/cb https://two.example/", "type": "public",
        "level": "call_api", "description": "Two\nlines & <more>", "native": "1"}


@pytest.fixture
def old():
    """A user whose sign-in is older than session.recent."""
    user = make_user()
    client = signed_in(user)
    sql("UPDATE session SET proved_at = now() - interval '15 minutes 1 second' WHERE user_id = %s", user.id)
    return user, client


def apps(user):
    return sql("SELECT * FROM app WHERE owner_id = %s", user.id)


def asked(answer, status=200):
    assert answer.status == status, answer
    return answer.form("confirm_password")


def test_70_the_form_goes_on_where_it_was(old):
    user, client = old
    form = asked(client.post("/app/register", FORM))
    assert form.method == "POST" and form.action == "/app/register" and apps(user) == []
    assert {name: form.fields[name].replace("\r\n", "\n") for name in FORM} == FORM
    answer = client.post("/app/register", {**form.fields, "confirm_password": user.password})
    (app,) = apps(user)
    assert answer.status == 200 and app["app_id"] in answer.text
    assert (app["name"], app["description"]) == ("Kept", "Two\nlines & <more>")
    assert app["redirect_urls"] == FORM["redirect_url"].split()
    # It is recent now.
    assert "confirm_password" not in client.post("/app/register", {**FORM, "name": "Second"}).text
    assert len(audit_rows(actor_id=user.id, act="sign_in.again")) == 1


def test_70_a_wrong_password_does_nothing(old):
    user, client = old
    form = asked(client.post("/app/register", FORM))
    answer = client.post("/app/register", {**form.fields, "confirm_password": "wrong-password"})
    assert asked(answer, 403).fields["name"] == "Kept" and "wrong-password" not in answer.text
    assert apps(user) == [] and len(audit_rows(actor_id=user.id, act="sign_in.refused")) == 1


def test_68_wrong_passwords_are_counted(old):
    user, client = old
    answers = [client.post("/app/register", {**FORM, "confirm_password": "wrong-password"}) for _ in range(11)]
    assert [answer.status for answer in answers] == [403] * 10 + [429]
    assert int(answers[-1].get("Retry-After")) > 0
    assert client.post("/app/register", {**FORM, "confirm_password": user.password}).status == 429
    assert apps(user) == []


def test_bad_input_is_told_first(old):
    user, client = old
    answer = client.post("/app/register", {**FORM, "name": ""})
    assert answer.status == 422 and "confirm_password" not in answer.text


def test_reading_asks_for_nothing(old):
    user, client = old
    assert client.get("/app/register").status == 200 and client.get("/app/").status == 200


def test_a_field_of_that_name_is_no_sign_in():
    """A client without session gets no further by it."""
    answer = callgate.Client().post("/app/register", {**FORM, "confirm_password": "x" * 12})
    assert answer.location.startswith("/login")


def test_pages_for_administrators():
    assert signed_in(make_admin()).get("/admin/").status == 200
    refused = signed_in(make_user()).get("/admin/")
    assert refused.status == 403 and "administrators" in refused.text
    assert callgate.Client().get("/admin/").location == "/login?next=%2Fadmin%2F"
