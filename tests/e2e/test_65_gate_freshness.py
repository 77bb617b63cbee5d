# test_65_gate_freshness.py - what ends or narrows a token holds at the gate, in every worker: at once where
# the database tells of it, within gate.cache where nobody does, by itself where it has an end (ATTACKS 47, 48).
#
# "At once" is no number of milliseconds here (those are printed): it is told from "forgotten by itself" by
# every worker's having refused before what it remembers can have ended. A machine that is too busy for
# that gets another try; a gate that is not told of a change fails all of them.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
import os
import signal
import time

import pytest

import callgate
import oauth
from callgate import SERVER, make_app, make_token, make_user, one, run_fine, sql, wait_for
from gate_load import Load, Question

CACHE = 5.0   # gate.cache, its default
READ, CALL, CONFIG = ("GET", "/client/@me/record/"), ("POST", "/extension/7/event/"), ("PUT", "/extension/7/queue/")
MANY = 60     # requests in a row, over all workers
# A server that asks the gate again for the words of a refusal may find a worker that would let it pass.
AGAIN = set() if SERVER == "lighttpd" else {503}


class Caller:
    """A user's application and its token; `allowed` to a public one, by a consent; perhaps `native`."""

    def __init__(self, what=READ, level="call_api", allowed=False, native=False):
        self.user = make_user()
        if allowed:
            self.app, self.client = oauth.make_public(self.user, native=native), callgate.signed_in(self.user)
            proof = oauth.proof()
            self.code = oauth.code_for(self.client, self.app, **proof.asked)
            tokens = oauth.exchange(self.app, self.code, code_verifier=proof.verifier).json
            self.token, self.refresh_token = tokens["access_token"], tokens["refresh_token"]
            self.again = {"code_verifier": proof.verifier}
        else:
            self.app = make_app(self.user, level=level)
            self.token = make_token(self.app)
        self.question = Question(*what, self.token)


def passes_until(caller, change, refused):
    """The load under which `change` was made, its moment, and the last of what was sent and passed."""
    with Load([caller.question]) as load:
        load.goes_on(MANY)
        assert {asked.status for asked in load.asked} == {200}
        change(caller)
        changed = time.monotonic()
        wait_for(lambda: (last := load.since(changed)[-MANY:]) and len(last) == MANY
                 and not [asked for asked in last if asked.status == 200], "it is refused")
        load.goes_on(MANY)
    statuses = {asked.status for asked in load.since(changed)}
    assert refused in statuses and statuses <= {200, refused} | AGAIN
    last = max(asked.sent for asked in load.reached())
    # Nothing is remembered longer than that from before the change.
    assert last < changed + CACHE
    return load, changed, last


def say(what, seconds):
    print(f"{what}, {SERVER}: last pass sent {1000 * seconds:+.1f} ms from when the change was known to be made")


def was_told(what, make, change, refused):
    """One try: whether all workers refused before any of them can have forgotten by itself."""
    load, changed, last = passes_until(make(), change, refused)
    say(what, last - changed)
    first = min(asked.sent for asked in load.asked)
    refusals = load.since(max(changed, last))
    return len(refusals) >= MANY and refusals[MANY - 1].answered < first + CACHE


def set_app(*options):
    return lambda caller: run_fine("app", "set", caller.app.app_id, *options)


def set_user(*options):
    return lambda caller: run_fine("user", "set", caller.user.login, *options)


def allowed():
    return Caller(allowed=True)


def allowed_native():
    return Caller(allowed=True, native=True)


def replay(caller):
    """Somebody else has the first refresh token, too."""
    second = oauth.refresh(caller.app, caller.refresh_token).json["refresh_token"]
    assert oauth.refresh(caller.app, second).status == 200
    assert oauth.refresh(caller.app, caller.refresh_token).status == 401


def change_password(caller):
    answer = caller.client.submit(
        caller.client.get("/app/account/password"), ["old_password", "new_password"],
        {"old_password": caller.user.password, "new_password": "another good password",
         "new_password_again": "another good password"})
    assert answer.status == 303, answer


def end_tokens(caller):
    answer = callgate.signed_in(callgate.make_admin()).post(f"/admin/user/{caller.user.login}/tokens", {})
    assert answer.status == 303, answer


CHANGES = {
    "consent withdrawn": (allowed, 401, lambda caller: caller.client.post(
        "/app/authorized", {"app_id": caller.app.app_id})),
    "grant revoked": (allowed, 401, lambda caller: callgate.revoke(caller.app, caller.refresh_token)),
    "token revoked": (Caller, 401, lambda caller: callgate.revoke(caller.app, caller.token)),
    "code used twice": (allowed, 401, lambda caller: oauth.exchange(caller.app, caller.code, **caller.again)),
    "refresh token used twice": (allowed_native, 401, replay),
    "user blocked": (Caller, 401, set_user("--status=blocked")),
    "password set": (allowed, 401, lambda caller: run_fine(
        "user", "passwd", caller.user.login, stdin="another good password\n")),
    "password changed": (allowed, 401, change_password),
    "all tokens of a user ended": (Caller, 401, end_tokens),
    "user may only read": (lambda: Caller(CALL), 403, set_user("--access=read_only")),
    "level lowered": (lambda: Caller(CONFIG, "all"), 403, set_app("--level=call_api")),
    "application disabled": (Caller, 401, set_app("--status=disabled")),
    "all its tokens revoked": (Caller, 401, lambda caller: run_fine("app", "revoke", caller.app.app_id)),
    "application deleted": (Caller, 401, lambda caller: run_fine("app", "delete", caller.app.app_id, "--yes")),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_told(what):
    make, refused, change = CHANGES[what]
    wait_for(lambda: was_told(what, make, change, refused), "every worker is told, and not by time", 60)


def test_what_is_given_back_counts_again():
    caller = Caller(CONFIG, "all")
    with Load([caller.question]) as load:
        for taken, given in ((set_user("--status=blocked"), set_user("--status=active")),
                             (set_app("--status=disabled"), set_app("--status=active")),
                             (set_app("--level=call_api"), set_app("--level=all"))):
            load.goes_right()
            taken(caller)
            wait_for(lambda: load.asked[-1].status in (401, 403), "it is refused")
            given(caller)
        load.goes_right()


# ---- of what nobody tells: a provider's own tables, changed past the program ----

def block_in_silence(caller):
    sql("UPDATE pbx_user SET status = 'blocked' WHERE id = %s", caller.user.id)


def test_what_changes_in_silence_is_forgotten_in_time():
    _, changed, last = passes_until(Caller(), block_in_silence, 401)
    say("in silence", last - changed)


def listeners():
    """The database's processes of the program's connections: all of them listen."""
    return {row["pid"] for row in sql("SELECT pid FROM pg_stat_activity WHERE usename = 'callgate'")}


def test_nothing_is_remembered_past_a_lost_connection():
    """Whatever was told meanwhile, nobody heard it."""
    caller = Caller()
    assert {asked.status for asked in Load([caller.question]).times(MANY)} == {200}
    block_in_silence(caller)
    heard = listeners()
    assert heard
    for pid in heard:
        os.kill(pid, signal.SIGTERM)
    wait_for(lambda: not listeners() & heard, "their connections have ended")
    load = Load([caller.question])
    assert {asked.status for asked in load.times(MANY)} == {401} and load.reached() == []
    # And they hear again.
    block = set_user("--status=blocked")
    wait_for(lambda: was_told("after a lost connection", Caller, block, 401), "they are told", 60)


# ---- what ends by itself ----

def test_what_has_an_end_ends_then():
    """To the moment, also where it is remembered, though nobody tells of it."""
    def is_seen():
        low, ending = Caller(CONFIG, "all"), Caller()
        end = float(one("WITH a AS (UPDATE app SET level_until = now() + interval '3 s' WHERE app_id = %s),"
                        " t AS (UPDATE access_token SET expires_at = now() + interval '3 s' WHERE token = %s)"
                        " SELECT extract(epoch FROM now() + interval '3 s')", low.app.app_id,
                        callgate.digest(ending.token)))
        moment = end - time.time() + time.monotonic() + 0.05   # two clocks are read one after another
        with Load([low.question, ending.question]) as load:
            wait_for(lambda: len(load.since(moment)) >= MANY, "it is over")
        passed = load.reached()
        later = load.since(moment)
        assert not set(passed) & set(later)
        assert {asked.status for asked in later if asked.question is low.question} == {403}
        assert {asked.status for asked in later if asked.question is ending.question} == {401}
        # All it loses is what All gave it.
        assert {asked.status for asked in Load([Question(*READ, low.token)]).times(8)} == {200}
        return {asked.question for asked in passed} == {low.question, ending.question}

    wait_for(is_seen, "both passed before", 60)
