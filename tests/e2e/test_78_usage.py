# test_78_usage.py - what applications did is counted and shown: requests passed and refused, tokens
# issued, by time, class and rule; to whom it concerns and to nobody else (ATTACKS 64).
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import oauth
from callgate import Server, keep, make_app, make_token, make_user, one, run_fine, signed_in, sql, token_request, wait_for


# ---- counting ----

def issued(app):
    """Tokens by grant, whatever the hour."""
    rows = sql("SELECT grant_type, sum(issued)::int AS issued FROM token_hour WHERE app = %s GROUP BY grant_type",
               oauth.id_of(app))
    return {row["grant_type"]: row["issued"] for row in rows}


def test_tokens_are_counted_by_grant():
    user = make_user()
    app, trusted = oauth.make_public(user), make_app(user)
    password_app = make_app(user, type="password_credentials")
    client = signed_in(user)
    tokens = [oauth.tokens_for(client, app) for _ in range(2)]
    for _ in range(3):
        keep(oauth.refresh(app, tokens[0]["refresh_token"]).json["access_token"])
    for _ in range(2):
        make_token(trusted)
    answer = token_request({"grant_type": "password", "username": user.login, "password": user.password,
                            **oauth.credentials(password_app)})
    keep(answer.json["access_token"])
    for which, expected in ((app, {"authorization_code": 2, "refresh_token": 3}), (trusted, {"client_credentials": 2}),
                            (password_app, {"password": 1})):
        wait_for(lambda w=which, e=expected: issued(w) == e, f"counted: {expected}")


def test_what_a_worker_has_counted_is_written_when_it_ends():
    """Tokens, and nothing of what was refused."""
    app = make_app(make_user())
    asked = {"grant_type": "client_credentials", **oauth.credentials(app)}
    with Server(CALLGATE_SERVER_WORKERS="1") as server:
        for fields in ({"client_secret": "wrong"}, {"grant_type": "refresh_token", "refresh_token": "x" * 30},
                       {"grant_type": "nothing"}, {"scope": "some"}):
            assert server.post("/oauth/token", {**asked, **fields}).status in (400, 401)
        answer = server.post("/oauth/token", asked)
        keep(answer.json["access_token"])
    assert issued(app) == {"client_credentials": 1}


def test_counts_end_after_a_month():
    app = oauth.id_of(make_app(make_user()))
    for days in (30, 32):
        sql("INSERT INTO token_hour (app, hour, grant_type, issued) VALUES"
            " (%s, date_trunc('hour', now()) - %s * interval '1 day', 'password', %s)", app, days, days)
    run_fine("purge")
    assert one("SELECT issued FROM token_hour WHERE app = %s", app) == 30
