/*
 * token.c - POST /oauth/token: a grant is exchanged for an access token (RFC 6749 §4.4, §5).
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "oauth/oauth.h"

const struct web_field oauth_token_fields[] = {
    { .name = "grant_type" },
    { .name = "client_id" },
    { .name = "client_secret", .is_secret = true },
    { .name = "scope" },
    { 0 },
};

static enum status
answer_token(struct web_request *request, const char *token)
{
    struct model *model = model_object(request->arena);
    model_text(model, "access_token", token);
    model_text(model, "token_type", "Bearer");
    model_number(model, "expires_in", request->web->settings->tokens_access / 1000);
    model_text(model, "scope", "all");
    return web_reply_json(request, 200, model);
}

/* RFC 6749 §4.4: the application acts for the user who made it; there is no refresh token. */
static enum status
client_credentials(struct web_request *request)
{
    char token[TOKEN_LENGTH + 1];
    struct digest token_digest, secret_digest;
    enum status status;
    if ((status = random_token(token)) != OK || (status = digest_of(token, &token_digest)) != OK ||
        (status = digest_of(request->client.secret, &secret_digest)) != OK)
        return status;
    struct dao_issue issue = {
        .app_id = request->client.app_id,
        .secret = &secret_digest,
        .token = &token_digest,
        .grant = GRANT_CLIENT_CREDENTIALS,
        .lifetime_ms = request->web->settings->tokens_access,
    };
    struct issue_facts facts;
    status = dao_token_issue(request->web->dao, &issue, &facts);
    if (status != OK)
        return status;
    enum oauth_error error = issue_check(&facts, issue.grant);
    if (error != OAUTH_NONE)
        return web_reply_oauth_error(request, error, NULL);
    return answer_token(request, token);
}

static const struct {
    enum grant grant;
    web_handler handler;
} grants[] = {
    { GRANT_CLIENT_CREDENTIALS, client_credentials },
};

enum status
oauth_token(struct web_request *request)
{
    const char *grant_type = web_field(request, "grant_type");
    const char *scope = web_field(request, "scope");
    if (*grant_type == '\0')
        return web_reply_oauth_error(request, OAUTH_INVALID_REQUEST, "grant_type is missing.");
    if (*scope != '\0' && !text_equal(scope, "all"))
        return web_reply_oauth_error(request, OAUTH_INVALID_SCOPE, NULL);
    for (size_t i = 0; i < LENGTH_OF(grants); i++)
        if (text_equal(grant_names[grants[i].grant], grant_type))
            return grants[i].handler(request);
    return web_reply_oauth_error(request, OAUTH_UNSUPPORTED_GRANT_TYPE, NULL);
}
