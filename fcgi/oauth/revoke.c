/*
 * revoke.c - POST /oauth/revoke: an application gives a token back, with all that came of the same
 * consent or sign-in (RFC 7009).
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "oauth/oauth_int.h"

const struct web_field oauth_revoke_fields[] = {
    { .name = "client_id" },
    { .name = "client_secret", .is_secret = true },
    { .name = "token", .is_secret = true },
    { .name = "token_type_hint" },
    { 0 },
};

enum status
oauth_revoke(struct web_request *request)
{
    struct oauth_client client;
    struct client_facts facts;
    struct digest token;
    struct action action = web_action(request);
    const char *hint = web_field(request, "token_type_hint");
    enum status status;
    if (*web_field(request, "token") == '\0')
        return web_reply_oauth_error(request, OAUTH_INVALID_REQUEST, "token is missing.");
    if (*hint != '\0' && !text_equal(hint, "access_token") && !text_equal(hint, "refresh_token"))
        return web_reply_oauth_error(request, OAUTH_UNSUPPORTED_TOKEN_TYPE, NULL);
    if ((status = oauth_client_init(request, &client)) != OK ||
        (status = digest_of(web_field(request, "token"), &token)) != OK ||
        (status =
             dao_token_revoke(request->web->dao, &action.actor, &client.row, &token, &facts)) != OK)
        return status;
    oauth_client_log(request, &facts);
    enum oauth_error error = client_check(&facts);
    if (error != OAUTH_NONE)
        return oauth_refuse(request, &client, &facts, error, NULL);
    return web_reply_nothing(request, 200); /* §2.2: whether or not there was such a token */
}
