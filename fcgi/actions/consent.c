/*
 * consent.c - a user allows an application to act, denies it, or takes it back.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "actions/actions.h"

enum status
action_allow(const struct action *action, const struct consent *in,
             char code[static TOKEN_LENGTH + 1])
{
    char fresh[TOKEN_LENGTH + 1];
    struct digest digest;
    bool made;
    enum status status;
    code[0] = '\0';
    if ((status = random_token(fresh)) != OK || (status = digest_of(fresh, &digest)) != OK)
        return status;
    struct dao_code_new row = {
        .code = &digest,
        .app = in->app,
        .level = in->level,
        .level_until_ms = in->level == LEVEL_ALL ? in->app->level_until_ms : 0,
        .consented = in->consented,
        .registered = in->target->registered,
        .redirect_url = in->target->url,
        .redirect_sent = in->redirect_sent,
        .challenge = *in->challenge == '\0' ? NULL : in->challenge,
        .lifetime_ms = in->code_ms,
    };
    status = dao_code_insert(action->dao, &action->actor, &row, &made);
    if (status == OK && made)
        memcpy(code, fresh, sizeof fresh);
    return status;
}

enum status
action_deny(const struct action *action, const struct app *app)
{
    struct dao_audit audit = {
        .act = "permission.deny",
        .object_kind = "app",
        .object_id = app->app_id,
    };
    return dao_audit_insert(action->dao, &action->actor, &audit);
}

enum status
action_withdraw(const struct action *action, const char *app_id, const struct dao_holder *of,
                bool *ended)
{
    return dao_permission_delete(action->dao, &action->actor, app_id, of, ended);
}
