/*
 * token.c - POST /oauth/token: a grant is exchanged for tokens (RFC 6749 §3.2, §5).
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "oauth/oauth_int.h"

const struct web_field oauth_token_fields[] = {
    { .name = "grant_type" },
    { .name = "client_id" },
    { .name = "client_secret", .is_secret = true },
    { .name = "scope" },
    { .name = "code", .is_secret = true },
    { .name = "redirect_uri", .is_exact = true },
    { .name = "code_verifier", .is_secret = true },
    { .name = "refresh_token", .is_secret = true },
    { .name = "username" },
    { .name = "password", .is_secret = true },
    { 0 },
};

static const struct {
    web_handler handler;
    const char *needs[2]; /* fields that may not be missing */
} grants[GRANT__MAX] = {
    [GRANT_AUTHORIZATION_CODE] = { oauth_grant_code, { "code" } },
    [GRANT_CLIENT_CREDENTIALS] = { oauth_grant_client, { NULL } },
    [GRANT_PASSWORD] = { oauth_grant_password, { "username", "password" } },
    [GRANT_REFRESH_TOKEN] = { oauth_grant_refresh, { "refresh_token" } },
};

enum status
oauth_token(struct web_request *request)
{
    const char *grant_type = web_field(request, "grant_type");
    const char *scope = web_field(request, "scope");
    if (*grant_type == '\0')
        return web_reply_oauth_error(request, OAUTH_INVALID_REQUEST, "grant_type is missing.");
    int grant = name_index(grant_names, GRANT__MAX, grant_type);
    if (grant < 0)
        return web_reply_oauth_error(request, OAUTH_UNSUPPORTED_GRANT_TYPE, NULL);
    if (*scope != '\0' && !text_equal(scope, "all"))
        return web_reply_oauth_error(request, OAUTH_INVALID_SCOPE, NULL);
    for (size_t i = 0; i < LENGTH_OF(grants[grant].needs); i++) {
        const char *name = grants[grant].needs[i];
        if (name != NULL && *web_field(request, name) == '\0')
            return web_reply_oauth_error(request, OAUTH_INVALID_REQUEST,
                                         arena_printf(request->arena, "%s is missing.", name));
    }
    return grants[grant].handler(request);
}
