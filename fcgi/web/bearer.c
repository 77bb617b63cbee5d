/*
 * bearer.c - the bearer token of an API request (RFC 6750 §2.1), and what it stands for.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "web/web.h"

enum token_kind { TOKEN_MISSING, TOKEN_MALFORMED, TOKEN_GIVEN };

/* The bearer token of an Authorization value (NULL: none), as its digest. */
static enum status
read_token(struct arena *arena, const char *authorization, struct digest *out,
           enum token_kind *kind)
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

/* From the cache only while the connection tells of changes. */
static enum status
find(const struct web *web, const struct http_request *http, const struct digest *token,
     bool remembered, struct bearer_facts *out)
{
    struct web_cache *cache = remembered ? web->cache : NULL;
    if (cache != NULL && dao_is_current(web->dao) &&
        web_cache_find(cache, token, http->monotonic_ms, out))
        return OK;
    enum status status = dao_token_find(web->dao, http->arena, token, out);
    if (status == OK && out->found && cache != NULL)
        web_cache_insert(cache, token, http->monotonic_ms, out);
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
web_judge(const struct web *web, struct http_request *http, bool remembered, struct web_judged *out)
{
    struct target target;
    struct digest token;
    enum token_kind kind;
    out->reason = gate_check_target(http->arena, &out->question, web->rules, &target, &out->hit);
    if (out->reason != GATE_PASS)
        return OK;
    enum status status = read_token(http->arena, http_header(http, "Authorization"), &token, &kind);
    out->reason = kind == TOKEN_MISSING ? GATE_TOKEN_MISSING : GATE_TOKEN_INVALID;
    if (status != OK || kind != TOKEN_GIVEN)
        return status;
    status = find(web, http, &token, remembered, &out->facts);
    if (status != OK || !out->facts.found)
        return status;
    http->log_app = out->facts.app_id;
    http->log_user = out->facts.user.login;
    if (bearer_check(&out->facts) == OAUTH_NONE)
        out->reason = gate_check_bearer(&out->question, &out->hit, &out->facts);
    return OK;
}

enum status
web_bearer_load(struct web_request *request, enum gate_reason *reason)
{
    struct http_request *http = request->http;
    struct web_judged judged = {
        .question = {
            .method = http->method_text,
            .target = http->target,
            .prefix = request->web->settings->gate_prefix,
            .overridden = web_method_is_overridden(http),
        },
    };
    enum status status = web_judge(request->web, http, false, &judged);
    request->bearer = judged.facts;
    *reason = judged.reason;
    if (status == OK && gate_reason_status(judged.reason) == 403 && judged.facts.found)
        web_count_judged(request->web->counts, http, &judged);
    return status;
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
