/*
 * bearer.c - the bearer token of an API request (RFC 6750 §2.1), and what it stands for.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "web/web.h"

enum status
web_bearer_read(struct arena *arena, const char *authorization, struct digest *out,
                enum web_token *kind)
{
    const char *token =
        authorization == NULL ? NULL : http_credentials(arena, authorization, "Bearer");
    *kind = TOKEN_MISSING;
    if (text_is_empty(token))
        return OK;
    /* No token of ours has another form, so the database need not be asked. */
    *kind = TOKEN_MALFORMED;
    if (strlen(token) != TOKEN_LENGTH || strspn(token, BASE62) != TOKEN_LENGTH)
        return OK;
    *kind = TOKEN_GIVEN;
    return digest_of(token, out);
}

enum status
web_bearer_find(const struct web *web, struct arena *arena, int64_t monotonic_ms,
                const struct digest *token, struct bearer_facts *out)
{
    bool cached = web->cache != NULL && dao_is_current(web->dao);
    if (cached && web_cache_find(web->cache, token, monotonic_ms, out))
        return OK;
    enum status status = dao_token_find(web->dao, arena, token, out);
    if (status == OK && out->found && web->cache != NULL)
        web_cache_insert(web->cache, token, monotonic_ms, out);
    return status;
}

bool
web_method_is_overridden(const struct http_request *http)
{
    return http_header(http, "X-HTTP-Method-Override") != NULL ||
           http_header(http, "X-HTTP-Method") != NULL ||
           http_header(http, "X-Method-Override") != NULL;
}

enum status
web_bearer_load(struct web_request *request, enum gate_reason *reason)
{
    struct http_request *http = request->http;
    const struct web *web = request->web;
    struct bearer_facts *facts = &request->bearer;
    struct gate_question question = {
        .method = http->method_text,
        .target = http->target,
        .prefix = web->settings->gate_prefix,
        .overridden = web_method_is_overridden(http),
    };
    struct target target;
    struct api_rule_hit hit;
    struct digest token;
    enum web_token kind;
    *reason = gate_check_target(request->arena, &question, web->rules, &target, &hit);
    if (*reason != GATE_PASS)
        return OK;
    enum status status =
        web_bearer_read(request->arena, http_header(http, "Authorization"), &token, &kind);
    *reason = kind == TOKEN_MISSING ? GATE_TOKEN_MISSING : GATE_TOKEN_INVALID;
    if (status != OK || kind != TOKEN_GIVEN)
        return status;
    status = dao_token_find(web->dao, request->arena, &token, facts);
    if (status != OK || !facts->found)
        return status;
    http->log_app = facts->app_id;
    http->log_user = facts->user.login;
    if (bearer_check(facts) == OAUTH_NONE)
        *reason = gate_check_bearer(&question, &hit, facts);
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
