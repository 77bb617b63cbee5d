/*
 * grant_refresh.c - refresh_token (RFC 6749 §6): kept by applications with a secret, rotated for
 * those without.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "oauth/oauth_int.h"

enum status
oauth_grant_refresh(struct web_request *request)
{
    struct oauth_client client;
    struct oauth_tokens tokens;
    struct refresh_facts facts;
    struct digest refresh;
    const char *text, *given = web_field(request, "refresh_token");
    struct action action = web_action(request);
    enum status status;
    if ((status = oauth_client_init(request, &client)) != OK ||
        (status = oauth_tokens_init(request, &tokens)) != OK ||
        (status = digest_of(given, &refresh)) != OK ||
        (status = dao_token_refresh(request->web->dao, &action.actor, &client.row, &refresh,
                                    request->web->settings->tokens_refresh_idle, &tokens.row,
                                    &facts)) != OK)
        return status;
    oauth_client_log(request, &facts.client);
    enum oauth_error error = refresh_check(&facts, &text);
    if (facts.replayed)
        log_event(LOG_AT_WARNING, "refresh token used twice", "app", client.row.app_id, NULL);
    /* Not as RFC 6749 §5.2: the platform's clients wait for 401 to authorise anew. */
    if (error == OAUTH_INVALID_GRANT)
        return web_reply_oauth_error_as(request, 401, error, text);
    if (error != OAUTH_NONE)
        return oauth_refuse(request, &client, &facts.client, error, text);
    return oauth_answer(request, &facts.client, GRANT_REFRESH_TOKEN, tokens.access,
                        facts.client.native ? tokens.refresh : given);
}
