/*
 * token.c - access tokens: given, and looked up.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "dao/dao_int.h"

/* The rule is rules/token.c's; the statement, which is the arbiter, is handed its outcome. */
static void
list_types(enum grant grant, char *out, size_t size)
{
    size_t length = 0;
    out[0] = '\0';
    for (int type = 0; type < APP_TYPE__MAX; type++) {
        if (!grant_is_allowed((enum app_type)type, grant))
            continue;
        snprintf(out + length, size - length, "%s%s", length > 0 ? " " : "", app_type_names[type]);
        length = strlen(out);
    }
}

enum status
dao_token_issue(struct dao *dao, const struct dao_issue *issue, struct issue_facts *out)
{
    struct params params = { 0 };
    struct reply reply;
    char types[128];
    /* The others need more than a client: a code, a password, an earlier token. */
    assert(issue->grant == GRANT_CLIENT_CREDENTIALS);
    list_types(issue->grant, types, sizeof types);
    params_text(&params, issue->app_id);
    params_digest(&params, issue->secret);
    params_digest(&params, issue->token);
    params_int(&params, issue->lifetime_ms);
    params_text(&params, types);
    enum status status = dao_run(dao, NULL, SQL_TOKEN_ISSUE, &params, &reply);
    if (status != OK)
        return status;
    out->app_found = reply_bool(&reply);
    out->app_active = reply_bool(&reply);
    out->secret_matches = reply_bool(&reply);
    out->type = (enum app_type)reply_name(&reply, app_type_names, APP_TYPE__MAX);
    out->user_active = reply_bool(&reply);
    out->written = reply_bool(&reply);
    return reply_close(&reply);
}

enum status
dao_token_find(struct dao *dao, struct arena *arena, const struct digest *token,
               struct bearer_facts *out)
{
    struct params params = { 0 };
    struct reply reply;
    params_digest(&params, token);
    enum status status = dao_run(dao, arena, SQL_TOKEN_FIND, &params, &reply);
    if (status != OK)
        return status;
    *out = (struct bearer_facts){ .found = reply.rows > 0 };
    if (out->found) {
        out->expired = reply_bool(&reply);
        out->revoked = reply_bool(&reply);
        out->expires_ms = reply_int(&reply);
        out->app_active = reply_bool(&reply);
        out->app_row = reply_int(&reply);
        out->app_id = reply_text(&reply);
        out->level = (enum app_level)reply_name(&reply, app_level_names, LEVEL__MAX);
        user_read(&reply, &out->user);
        out->user_active = out->user.status == USER_ACTIVE;
    }
    return reply_close(&reply);
}
