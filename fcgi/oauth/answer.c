/*
 * answer.c - the answer that holds tokens.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "oauth/oauth_int.h"

enum status
oauth_tokens_init(const struct web_request *request, struct oauth_tokens *out)
{
    const struct settings *settings = request->web->settings;
    enum status status;
    if ((status = random_token(out->access)) != OK || (status = random_token(out->refresh)) != OK ||
        (status = digest_of(out->access, &out->access_digest)) != OK ||
        (status = digest_of(out->refresh, &out->refresh_digest)) != OK)
        return status;
    out->row = (struct dao_tokens){
        .access = &out->access_digest,
        .access_ms = settings->tokens_access,
        .refresh = &out->refresh_digest,
        .refresh_max_ms = settings->tokens_refresh_max,
    };
    return OK;
}

enum status
oauth_answer(struct web_request *request, const struct client_facts *client, enum grant grant,
             const char *access, const char *refresh)
{
    struct web_event event = {
        .app_row = client->app_row,
        .grant = grant_names[grant],
        .method = "",
        .rule = "",
        .request_id = request->http->id,
    };
    web_count(request->web->counts, &event);
    struct model *model = model_object(request->arena);
    model_text(model, "access_token", access);
    model_text(model, "token_type", "Bearer");
    model_number(model, "expires_in", request->web->settings->tokens_access / 1000);
    model_text(model, "scope", "all");
    if (refresh != NULL)
        model_text(model, "refresh_token", refresh);
    return web_reply_json(request, 200, model);
}
