/*
 * grant_client.c - client_credentials (RFC 6749 §4.4): the application acts for the user who made
 * it, and gets no refresh token.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "oauth/oauth_int.h"

enum status
oauth_grant_client(struct web_request *request)
{
    struct oauth_client client;
    struct oauth_tokens tokens;
    struct issue_facts facts;
    enum status status;
    if ((status = oauth_client_init(request, &client)) != OK ||
        (status = oauth_tokens_init(request, &tokens)) != OK ||
        (status = dao_token_issue(request->web->dao, &client.row, &tokens.row, &facts)) != OK)
        return status;
    oauth_client_log(request, &facts.client);
    enum oauth_error error = issue_check(&facts, GRANT_CLIENT_CREDENTIALS);
    if (error == OAUTH_INVALID_GRANT)
        return oauth_refuse(request, &client, &facts.client, error,
                            "The user who owns the application is blocked. Ask an administrator.");
    if (error != OAUTH_NONE)
        return oauth_refuse(request, &client, &facts.client, error, NULL);
    return oauth_answer(request, &facts.client, GRANT_CLIENT_CREDENTIALS, tokens.access, NULL);
}
