/*
 * bearer.c - the bearer token of an API request (RFC 6750 §2.1).
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "web/web.h"

enum status
web_bearer_load(struct web_request *request, enum oauth_error *error, bool *given)
{
    const char *authorization = http_header(request->http, "Authorization");
    const char *token =
        authorization == NULL ? NULL : http_credentials(request->arena, authorization, "Bearer");
    *given = token != NULL && *token != '\0';
    *error = OAUTH_INVALID_TOKEN;
    /* No token of ours has another form, so the database need not be asked. */
    if (!*given || strlen(token) != TOKEN_LENGTH || strspn(token, BASE62) != TOKEN_LENGTH)
        return OK;
    struct digest digest;
    enum status status = digest_of(token, &digest);
    if (status == OK)
        status = dao_token_find(request->web->dao, request->arena, &digest, &request->bearer);
    if (status != OK)
        return status;
    *error = bearer_check(&request->bearer);
    if (request->bearer.found) {
        request->http->log_app = request->bearer.app_id;
        request->http->log_user = request->bearer.user.login;
    }
    return OK;
}

void
web_user_fill(struct model *model, const struct user *user)
{
    model_id(model, "dealer_id", user->dealer_id);
    model_flag(model, "admin", user->admin);
    if (user->extra_params == NULL)
        model_null(model, "extra_params");
    else
        model_json(model, "extra_params", user->extra_params);
    model_text(model, "access", user_access_names[user->access]);
    model_id(model, "extension_id", user->extension_id);
    model_id(model, "client_id", user->client_id);
    model_id(model, "extension_group_id", user->extension_group_id);
    model_text(model, "timezone", user->timezone);
    model_text(model, "login", user->login);
    model_number(model, "id", user->id);
}
