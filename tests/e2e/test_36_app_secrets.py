# test_36_app_secrets.py - rotating an application's secrets without an outage: two live ones at most,
# a new one shown in one answer alone however often the form is sent, the older one removed, never the
# last.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import concurrent.futures

import pytest

import callgate
from callgate import HEX32, api, make_app, make_token, make_user, one, registered, run_fine, signed_in, sql
from manage import acts, row_of, state_of, with_secret
from oauth import make_public

DAY = 86400
NAMES = ["round"]


def page_of(app):
    return f"/app/{app.app_id}/secret"


def renew(client, app, overlap="1"):
    return client.submit(client.get(page_of(app)), NAMES, {"overlap": overlap})


def tails(answer):
    """Last four characters of those that the page lists, newest first."""
    return [node.one("code").text.removeprefix("…") for node in answer.page.one("ul", class_="secrets").all("li")]


def told(answer):
    """What the page says of each."""
    return [{item.one("dt").text: item.one("dd").text for item in node.one("dl").all("div")}
            for node in answer.page.one("ul", class_="secrets").all("li")]


def left(secret):
    return one("SELECT extract(epoch FROM expires_at - now())::float FROM app_secret WHERE secret = %s",
               callgate.digest(secret))


def test_rotation_without_an_outage(member):
    user, client = member
    app = make_app(user)
    token = make_token(app)
    answer = renew(client, app, "7")
    fresh = registered(answer)
    assert fresh.app_id == app.app_id and fresh.secret != app.secret
    assert answer.get("Cache-Control") == "no-store" and tails(answer) == [fresh.secret[-4:], app.secret[-4:]]
    assert with_secret(app, app.secret) == with_secret(app, fresh.secret) == 200
    assert api(token).status == 200
    assert 7 * DAY - 60 < left(app.secret) <= 7 * DAY and left(fresh.secret) is None
    assert acts(app, user)[-1] == ("app.secret", {"overlap_ms": 7 * DAY * 1000})
    # It is there once.
    assert set(HEX32.findall(client.get(page_of(app)).text)) == {app.app_id}
    # A third: the oldest ends.
    third = registered(renew(client, app, "1"))
    assert [with_secret(app, secret) for secret in (app.secret, fresh.secret, third.secret)] == [401, 200, 200]
    fourth = registered(renew(client, app, "0"))
    assert [with_secret(app, secret) for secret in (fresh.secret, third.secret, fourth.secret)] == [401, 401, 200]


def test_what_the_page_says(member):
    user, client = member
    app = make_app(user)
    make_token(app)
    fresh = registered(renew(client, app, "2"))
    for target in (page_of(app), f"/app/{app.app_id}/"):
        new, old = told(client.get(target))
        assert new["Last used"] == "Never" and new["Works until"] == "No end"
        assert "20" in old["Last used"] and "20" in old["Works until"] and "20" in old["Made"]
    sql("UPDATE app_secret SET expires_at = now() WHERE secret = %s", callgate.digest(app.secret))
    assert tails(client.get(page_of(app))) == [fresh.secret[-4:]]


@pytest.mark.parametrize("overlap", ["8", "-1", "1.5", "x", "7 days", "999999999999999999999", "0x1"])
def test_odd_overlaps(member, overlap):
    user, client = member
    app = make_app(user)
    before = state_of(app)
    answer = renew(client, app, overlap)
    assert answer.status == 422 and state_of(app) == before
    control = answer.page.one("input", id="field-overlap")
    assert control.get("value") == overlap and control.get("aria-invalid") == "true"
    assert answer.page.one("p", id="overlap-error").text == "Enter a number of days from 0 to 7."
    assert registered(client.submit(answer, NAMES, {"overlap": "7"})).secret


def test_71_sent_again(member):
    user, client = member
    app = make_app(user)
    form = client.get(page_of(app)).form(*NAMES)
    fresh = registered(client.post(form.action, form.fields))
    before = state_of(app)
    again = client.post(form.action, form.fields)
    assert again.status == 200 and set(HEX32.findall(again.text)) == {app.app_id}
    assert again.page.all("input", id="app-secret") == [] and "No App secret was made." in again.page.text
    assert state_of(app) == before and with_secret(app, fresh.secret) == 200
    # Nor once it was removed, or another was made from the shell.
    callgate.keep(run_fine("app", "secret", app.app_id).strip())
    before = state_of(app)
    assert "No App secret was made." in client.post(form.action, form.fields).page.text
    assert state_of(app) == before


def test_sent_many_times_at_once(member):
    user, client = member
    app = make_app(user)
    form = client.get(page_of(app)).form(*NAMES)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.post(form.action, form.fields), range(8)))
    assert [answer.status for answer in answers] == [200] * 8
    shown = [node.get("value") for answer in answers for node in answer.page.all("input", id="app-secret")]
    assert len(shown) == 1 and with_secret(app, shown[0]) == 200
    assert one("SELECT count(*) FROM app_secret WHERE app = %s", row_of(app)["id"]) == 2


@pytest.mark.parametrize("fields", [{}, {"round": ""}, {"round": "-1"}, {"round": "x"}, {"round": "99"}],
                         ids=lambda fields: str(fields.get("round", "none")))
def test_no_form_of_ours(member, fields):
    user, client = member
    app = make_app(user)
    before = state_of(app)
    answer = client.post(page_of(app), {"overlap": "0", **fields})
    assert answer.status == 200 and "No App secret was made." in answer.page.text and state_of(app) == before


def test_70_the_password_is_asked_for_first(member):
    user, client = member
    app = make_app(user)
    before = state_of(app)
    page = client.get(page_of(app))
    sql("UPDATE session SET proved_at = now() - interval '16 minutes' WHERE user_id = %s", user.id)
    answer = client.submit(page, NAMES, {"overlap": "3"})
    form = answer.form("confirm_password")
    assert form.action == page_of(app) and form.fields["overlap"] == "3" and state_of(app) == before
    fresh = registered(client.post(form.action, {**form.fields, "confirm_password": user.password}))
    assert 3 * DAY - 60 < left(app.secret) <= 3 * DAY and with_secret(app, fresh.secret) == 200


# ---- the older one goes ----

def test_remove(member):
    user, client = member
    app = make_app(user)
    fresh = registered(renew(client, app, "7"))
    page = client.get(page_of(app))
    form = page.form("secret_id")
    assert form.action == page_of(app) + "/remove" and len([
        each for each in page.page.all("form") if each.get("action") == form.action]) == 1
    answer = client.post(form.action, form.fields)
    assert answer.location == page_of(app) and tails(client.follow(answer)) == [fresh.secret[-4:]]
    assert with_secret(app, app.secret) == 401 and with_secret(app, fresh.secret) == 200
    assert acts(app, user)[-1] == ("app.secret.remove", {"tail": app.secret[-4:]})
    before = state_of(app)
    assert client.post(form.action, form.fields).status == 422 and state_of(app) == before


def test_the_last_stays(member):
    user, client = member
    app = make_app(user)
    page = client.get(page_of(app))
    assert "/remove" not in page.text

    def id_of(secret):
        return one("SELECT id FROM app_secret WHERE secret = %s", callgate.digest(secret))

    def refused(secret):
        before = state_of(app)
        answer = client.post(page_of(app) + "/remove", {"secret_id": id_of(secret)})
        assert answer.status == 422 and "cannot be removed" in answer.page.one("div", role="alert").text
        assert state_of(app) == before

    refused(app.secret)
    fresh = registered(renew(client, app, "7"))
    refused(fresh.secret)  # the newest, though there is another
    sql("UPDATE app_secret SET expires_at = now() WHERE secret = %s", callgate.digest(app.secret))
    refused(fresh.secret)


@pytest.mark.parametrize("secret", ["", "0", "-1", "x", "9223372036854775808", "1;"])
def test_odd_ids(member, secret):
    user, client = member
    app = make_app(user)
    callgate.keep(run_fine("app", "secret", app.app_id, "--overlap=7").strip())
    before = state_of(app)
    assert client.post(page_of(app) + "/remove", {"secret_id": secret}).status == 404 and state_of(app) == before


def test_a_secret_of_another_application(member):
    user, client = member
    mine, other = make_app(user), make_app(make_user())
    for app in (mine, other):
        callgate.keep(run_fine("app", "secret", app.app_id, "--overlap=7").strip())
    foreign = one("SELECT id FROM app_secret WHERE secret = %s", callgate.digest(other.secret))
    before = state_of(other)
    assert client.post(page_of(mine) + "/remove", {"secret_id": foreign}).status == 422
    assert state_of(other) == before and with_secret(other, other.secret) == 200


# ---- those that have none ----

def test_a_native_application_has_none(member):
    user, client = member
    app = make_public(user, native=True)
    page = client.get(page_of(app))
    assert page.status == 200 and "has no App secret" in page.page.text
    assert page.page.one("main").all("form") == []
    before = state_of(app)
    answer = client.post(page_of(app), {"round": "0", "overlap": "1"})
    assert answer.status == 200 and set(HEX32.findall(answer.text)) <= {app.app_id} and state_of(app) == before
    assert "Make a new App secret" not in client.get(f"/app/{app.app_id}/").text


def test_an_application_that_has_lost_its_secrets(member):
    user, client = member
    app = make_app(user)
    run_fine("app", "set", app.app_id, "--type=public")
    page = client.get(page_of(app))
    assert "There is none now." in page.page.text and page.page.all("input", id="field-overlap") == []
    assert "has no App secret" in client.get(f"/app/{app.app_id}/").page.text
    fresh = registered(client.submit(page, NAMES))
    assert fresh.secret and tails(client.get(page_of(app))) == [fresh.secret[-4:]]


def test_by_another_user_it_is_not_there():
    app = make_app(make_user(client_id=13, tenant_id=13))
    client = signed_in(make_user())
    before = state_of(app)
    for answer in (client.get(page_of(app)), client.post(page_of(app), {"round": "0", "overlap": "8"}),
                   client.post(page_of(app), {"round": "0", "overlap": "0"})):
        assert answer.status == 404 and state_of(app) == before
