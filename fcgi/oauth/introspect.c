/*
 * introspect.c - POST /oauth/introspect: what a token stands for (RFC 7662).
 *
 * An application sees its own tokens; one with api_backend, which is the API's own, all of them.
 * Of any other token nobody learns more than that it is not active.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "oauth/oauth_int.h"

const struct web_field oauth_introspect_fields[] = {
    { .name = "client_id" },
    { .name = "client_secret", .is_secret = true },
    { .name = "token", .is_secret = true },
    { .name = "token_type_hint" }, /* §2.1: may be wrong, so both kinds are looked up anyway */
    { 0 },
};

/* §2.2; client_id is the application's, as OAuth2 means it, the user's is inside `user`. */
static void
fill(struct web_request *request, struct model *model, const struct bearer_facts *facts,
     const char *type)
{
    model_text(model, "scope", "all");
    model_text(model, "client_id", facts->app_id);
    model_text(model, "username", facts->user.login);
    model_text(model, "token_type", type);
    model_number(model, "exp", facts->expires_ms / 1000);
    model_number(model, "iat", facts->issued_ms / 1000);
    model_text(model, "sub", arena_printf(request->arena, "%lld", (long long)facts->user.id));
    model_text(model, "iss", request->web->settings->site_url);
    model_text(model, "level", app_level_names[facts->level]);
    model_text(model, "access", user_access_names[facts->user.access]);
    web_user_fill(model_child(model, "user"), &facts->user);
}

enum status
oauth_introspect(struct web_request *request)
{
    struct oauth_client client;
    struct client_facts asker;
    struct bearer_facts facts;
    struct digest token;
    struct dao *dao = request->web->dao;
    const char *type = "Bearer";
    enum status status;
    if (*web_field(request, "token") == '\0')
        return web_reply_oauth_error(request, OAUTH_INVALID_REQUEST, "token is missing.");
    if ((status = oauth_client_init(request, &client)) != OK ||
        (status = digest_of(web_field(request, "token"), &token)) != OK ||
        (status = dao_client_find(dao, &client.row, &asker)) != OK)
        return status;
    oauth_client_log(request, &asker);
    enum oauth_error error = client_check(&asker);
    if (error != OAUTH_NONE)
        return oauth_refuse(request, &client, &asker, error, NULL);
    if (asker.native) /* §2.1: an App ID alone proves nothing */
        return web_reply_oauth_error(request, OAUTH_INVALID_CLIENT,
                                     "Only an application with App secret may ask about tokens.");
    status = dao_token_find(dao, request->arena, &token, &facts);
    if (status == OK && !facts.found) {
        type = "refresh_token";
        status = dao_refresh_find(dao, request->arena, &token,
                                  request->web->settings->tokens_refresh_idle, &facts);
    }
    if (status != OK)
        return status;
    bool active =
        bearer_check(&facts) == OAUTH_NONE && (asker.api_backend || facts.app_row == asker.app_row);
    struct model *model = model_object(request->arena);
    model_flag(model, "active", active);
    if (active)
        fill(request, model, &facts, type);
    return web_reply_json(request, 200, model);
}
