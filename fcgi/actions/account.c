/*
 * account.c - what users do with their own account.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "actions/actions.h"

static const char *
check_new(const struct action *action, const struct own_password *in)
{
    const char *problem = user_check_password(in->new);
    if (problem != NULL)
        return problem;
    if (text_equal(in->new, in->old))
        return "error.password.same";
    return text_equal_nocase(in->new, action->actor.login) ? "error.password.login" : NULL;
}

static enum status
change(const struct action *action, const struct own_password *in, const char *old_hash,
       struct own_password_set *out)
{
    char fresh[TOKEN_LENGTH + 1];
    struct digest token;
    const char *new_hash;
    bool changed;
    enum status status;
    if ((status = password_hash(action->arena, in->new, &new_hash)) != OK ||
        (status = random_token(fresh)) != OK || (status = digest_of(fresh, &token)) != OK)
        return status;
    struct dao_password_change row = { old_hash, new_hash, in->session_id, &token };
    status = dao_user_change_password(action->dao, &action->actor, &row, &changed);
    if (status == OK && changed)
        memcpy(out->token, fresh, sizeof fresh);
    return status;
}

enum status
action_own_password(const struct action *action, const struct own_password *in,
                    struct own_password_set *out)
{
    struct attempt attempt = {
        .login = action->actor.login,
        .password = in->old,
        .limits = in->limits,
    };
    struct attempted attempted;
    *out = (struct own_password_set){ .outcome = ATTEMPT_RIGHT };
    out->problem = check_new(action, in);
    if (out->problem != NULL)
        return OK;
    /* The hash was renewed by another sign-in: looking again tells. */
    for (int i = 0; i < 2 && *out->token == '\0'; i++) {
        enum status status = action_attempt(action, &attempt, &attempted);
        if (status != OK)
            return status;
        out->outcome = attempted.outcome;
        out->wait_ms = attempted.wait_ms;
        if (attempted.outcome != ATTEMPT_RIGHT)
            return OK;
        status = change(action, in, attempted.password_hash, out);
        if (status != OK)
            return status;
    }
    if (*out->token == '\0')
        out->outcome = ATTEMPT_WRONG;
    return OK;
}

enum status
action_own_set(const struct action *action, const char *timezone, const char *language)
{
    return dao_user_update_own(action->dao, &action->actor, timezone, language);
}

enum status
action_session_end(const struct action *action, int64_t session_id, bool *ended)
{
    return dao_session_end(action->dao, &action->actor, session_id, ended);
}

enum status
action_session_end_all(const struct action *action)
{
    return dao_session_end_all(action->dao, &action->actor);
}
