# manage.py - what the end-to-end tests of looking after applications share: clients (tenants) of a
# test's own, who stands how to an application, what is logged.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import os
import secrets

import callgate
from callgate import audit_rows, make_admin, make_user, one, signed_in, sql


def tenant():
    """The number of a client that no other test has."""
    return secrets.randbelow(10**9) + 10**6


def boss_of(number, **columns):
    """A client-level user: looks after the client."""
    return make_user(client_id=number, tenant_id=number, **columns)


def member_of(number, **columns):
    """A user of the client's that looks after nothing but his own."""
    return make_user(**{"client_id": None, "extension_id": 7, "tenant_id": number, **columns})


def strangers(number):
    """By what they are, signed in: to none of them an application of a member of that client is there."""
    users = {"of another client": boss_of(number + 1), "of the same client": member_of(number),
             "of no client": make_user(client_id=None, dealer_id=7, tenant_id=None), "administrator": make_admin()}
    return {what: (user, signed_in(user)) for what, user in users.items()}


def row_of(app):
    return one("SELECT to_jsonb(a) FROM app a WHERE app_id = %s", app.app_id)


def state_of(app):
    """All that pages can change of it, in one value."""
    rows = {"app": row_of(app)}
    for table in ("app_secret", "permission", "app_transfer"):
        rows[table] = sql(f"SELECT to_jsonb(t) AS row FROM {table} t WHERE app = %s ORDER BY to_jsonb(t)::text",
                          rows["app"]["id"])
    return rows


def acts(app, user=None):
    """Its audit rows from the web as (act, detail), of a user if one is given."""
    rows = [row for row in audit_rows(object_kind="app", object_id=app.app_id)
            if not row["actor_login"].startswith("shell:")]
    assert all(row["address"] and row["request_id"] for row in rows), rows
    return [(row["act"], row["detail"]) for row in rows if user is None or row["actor_id"] == user.id]


def logged(app, user):
    """How often the log says that this user asked for what is not his."""
    with open(os.path.join(os.environ["CALLGATE_TEST_LOGS"], "callgate.log"), encoding="utf-8") as file:
        return sum("application of somebody else asked for" in line and app.app_id in line and user.login in line
                   for line in file)


def with_secret(app, secret):
    """The status that the token endpoint answers to it."""
    answer = callgate.token_request({"grant_type": "client_credentials", "client_id": app.app_id,
                                     "client_secret": secret})
    return answer.status
