/*
 * sign_in.c - signing in and out.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "actions/actions.h"

static enum status
make_session(const struct action *action, const struct sign_in *in,
             const struct attempted *attempted, struct signed_in *out)
{
    char fresh[TOKEN_LENGTH + 1];
    struct digest digest;
    bool made;
    enum status status;
    if ((status = random_token(fresh)) != OK || (status = digest_of(fresh, &digest)) != OK)
        return status;
    struct dao_session_new session = {
        .token = &digest,
        .old = in->old_session,
        .password_hash = attempted->password_hash,
        .absolute_ms = in->absolute_ms,
    };
    struct action as_user = *action;
    as_user.actor.user_id = attempted->user.id;
    as_user.actor.login = attempted->user.login;
    status = dao_session_insert(action->dao, &as_user.actor, &session, &made);
    if (status != OK || !made)
        return status;
    action_renew_hash(&as_user, attempted, in->password);
    memcpy(out->token, fresh, sizeof fresh);
    out->outcome = ATTEMPT_RIGHT;
    return OK;
}

enum status
action_sign_in(const struct action *action, const struct sign_in *in, struct signed_in *out)
{
    struct attempt attempt = {
        .login = in->login,
        .password = in->password,
        .limits = in->limits,
    };
    struct attempted attempted;
    *out = (struct signed_in){ .outcome = ATTEMPT_WRONG };
    /* Blocked a moment ago, or the hash was renewed by another sign-in: looking again tells. */
    for (int i = 0; i < 2 && *out->token == '\0'; i++) {
        enum status status = action_attempt(action, &attempt, &attempted);
        if (status != OK)
            return status;
        out->wait_ms = attempted.wait_ms;
        if (attempted.outcome != ATTEMPT_RIGHT) {
            out->outcome = attempted.outcome;
            return OK;
        }
        status = make_session(action, in, &attempted, out);
        if (status != OK)
            return status;
    }
    return OK;
}

enum status
action_prove(const struct action *action, const struct prove *in, struct proved *out)
{
    struct attempt attempt = {
        .login = action->actor.login,
        .password = in->password,
        .limits = in->limits,
    };
    struct attempted attempted;
    enum status status = action_attempt(action, &attempt, &attempted);
    if (status != OK)
        return status;
    *out = (struct proved){ .outcome = attempted.outcome, .wait_ms = attempted.wait_ms };
    if (attempted.outcome != ATTEMPT_RIGHT)
        return OK;
    return dao_session_prove(action->dao, &action->actor, in->session_id);
}

enum status
action_sign_out(const struct action *action, const struct digest *token)
{
    return dao_session_delete(action->dao, &action->actor, token);
}
