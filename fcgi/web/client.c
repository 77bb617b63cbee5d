/*
 * client.c - client authentication at the OAuth endpoints (RFC 6749 §2.3.1).
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "web/web.h"

static enum oauth_error
refuse(const char **text, const char *what)
{
    *text = what;
    return OAUTH_INVALID_REQUEST;
}

/* Both halves are form-encoded before they are joined, so that a colon may be in them. */
static enum oauth_error
load_basic(struct web_request *request, const char *credentials, const char **text)
{
    struct arena *arena = request->arena;
    const char *pair = base64_decode(arena, credentials);
    const char *colon = pair == NULL ? NULL : strchr(pair, ':');
    if (colon == NULL)
        return refuse(text, "The Basic credentials are not base64 of App ID, colon, App secret.");
    if (http_decode(arena, pair, (size_t)(colon - pair), true, &request->client.app_id) !=
            HTTP_FINE ||
        http_decode(arena, colon + 1, strlen(colon + 1), true, &request->client.secret) !=
            HTTP_FINE)
        return refuse(text, "App ID and App secret in Basic credentials must be form-encoded.");
    request->client.by_basic = true;
    return OAUTH_NONE;
}

enum oauth_error
web_client_load(struct web_request *request, const char **text)
{
    const char *authorization = http_header(request->http, "Authorization");
    const char *body_id = web_field(request, "client_id");
    const char *body_secret = web_field(request, "client_secret");
    request->client = (struct web_client){ .app_id = body_id, .secret = body_secret };
    *text = NULL;
    if (web_fields_in_address(request))
        return refuse(text, "Parameters in the URL are not taken here: they end up in logs. Send "
                            "them, client_id and client_secret too, in the body. (The operator can "
                            "allow them by the setting oauth.query_credentials.)");
    if (authorization != NULL) {
        const char *credentials = http_credentials(request->arena, authorization, "Basic");
        if (credentials == NULL)
            return refuse(text, "The only Authorization scheme here is Basic.");
        if (*body_secret != '\0')
            return refuse(text, "Credentials came twice, in Authorization and in the body.");
        enum oauth_error error = load_basic(request, credentials, text);
        if (error != OAUTH_NONE)
            return error;
        if (*body_id != '\0' && !text_equal(body_id, request->client.app_id))
            return refuse(text, "client_id in the body is not the one in Authorization.");
    }
    if (*request->client.app_id == '\0') { /* RFC 6749 §5.2: no client authentication included */
        *text = "client_id is missing. Send it with client_secret, or both as Basic credentials.";
        return OAUTH_INVALID_CLIENT;
    }
    return OAUTH_NONE;
}
