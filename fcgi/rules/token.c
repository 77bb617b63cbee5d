/*
 * token.c - may this application have a token, and what does a token stand for?
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "rules/rules.h"

const char *const grant_names[GRANT__MAX] = {
    [GRANT_AUTHORIZATION_CODE] = "authorization_code",
    [GRANT_CLIENT_CREDENTIALS] = "client_credentials",
    [GRANT_PASSWORD] = "password",
    [GRANT_REFRESH_TOKEN] = "refresh_token",
};

bool
grant_is_allowed(enum app_type type, enum grant grant)
{
    static const bool allowed[APP_TYPE__MAX][GRANT__MAX] = {
        [APP_PUBLIC] = { [GRANT_AUTHORIZATION_CODE] = true, [GRANT_REFRESH_TOKEN] = true },
        [APP_TRUSTED] = { [GRANT_CLIENT_CREDENTIALS] = true },
        [APP_PASSWORD_CREDENTIALS] = { [GRANT_PASSWORD] = true, [GRANT_REFRESH_TOKEN] = true },
    };
    return allowed[type][grant];
}

enum oauth_error
issue_check(const struct issue_facts *facts, enum grant grant)
{
    /* Nothing is said about an application to somebody who does not know its secret. */
    if (!facts->app_found || !facts->secret_matches || !facts->app_active)
        return OAUTH_INVALID_CLIENT;
    if (!grant_is_allowed(facts->type, grant))
        return OAUTH_UNAUTHORIZED_CLIENT;
    if (!facts->user_active)
        return OAUTH_INVALID_GRANT;
    return facts->written ? OAUTH_NONE : OAUTH_SERVER_ERROR;
}

enum oauth_error
bearer_check(const struct bearer_facts *facts)
{
    bool alive = facts->found && !facts->expired && !facts->revoked && facts->app_active &&
                 facts->user_active;
    return alive ? OAUTH_NONE : OAUTH_INVALID_TOKEN;
}
