/*
 * client.c - who asks at the token, revocation and introspection endpoints, and how it is refused.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "oauth/oauth_int.h"

enum status
oauth_client_init(const struct web_request *request, struct oauth_client *out)
{
    const struct web_client *client = &request->client;
    *out = (struct oauth_client){
        .row = {
            .app_id = client->app_id,
            .secret = *client->secret == '\0' ? NULL : &out->secret,
            .throttle_key = &out->throttle_key,
        },
    };
    enum status status = digest_of(client->secret, &out->secret);
    if (status == OK)
        status = throttle_client_key(request->arena, client->app_id, request->http->remote_addr,
                                     &out->throttle_key);
    return status;
}

void
oauth_client_log(struct web_request *request, const struct client_facts *facts)
{
    if (facts->found)
        request->http->log_app = request->client.app_id;
}

enum status
oauth_refuse(struct web_request *request, const struct oauth_client *client,
             const struct client_facts *facts, enum oauth_error error, const char *text)
{
    struct throttle_limits limits = web_throttle_limits(request);
    if (error != OAUTH_INVALID_CLIENT)
        return web_reply_oauth_error(request, error, text);
    if (facts->failures >= limits.address) {
        web_reply_retry_after(request, facts->left_ms);
        return web_reply_oauth_error(request, OAUTH_SLOW_DOWN, NULL);
    }
    if (facts->failures + 1 == limits.address)
        log_event(LOG_AT_WARNING, "too many wrong App secrets", "addr", request->http->remote_addr,
                  "app", request->http->log_app, NULL);
    enum status status =
        dao_throttle_count(request->web->dao, &client->throttle_key, NULL, limits.window_ms);
    return status != OK ? status : web_reply_oauth_error(request, error, text);
}
