/*
 * cors.c - pages of other origins that may call us, if the operator lists them.
 *
 * Never with credentials: what such a page sends is what it was given, not the browser's cookies.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "web/web.h"

void
web_cors_load(struct web_request *request, const struct web_route *route)
{
    const char *origin = http_header(request->http, "Origin");
    const char *allowed = request->web->settings->cors_origins;
    if (!route->cors || *allowed == '\0')
        return;
    request->varies = true;
    if (text_is_empty(origin) || strchr(origin, ' ') != NULL)
        return;
    if (strstr(allowed, arena_printf(request->arena, " %s ", origin)) != NULL)
        request->cors_origin = origin;
}

enum status
web_cors_preflight(struct web_request *request, const char *allow)
{
    struct http_response *response = request->response;
    http_response_header(response, "Access-Control-Allow-Methods", allow);
    http_response_header(response, "Access-Control-Allow-Headers", "Authorization, Content-Type");
    http_response_header(response, "Access-Control-Max-Age", "600");
    return web_reply_nothing(request, 204);
}
