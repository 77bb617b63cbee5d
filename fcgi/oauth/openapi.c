/*
 * openapi.c - GET /oauth/openapi.json: everything that Callgate answers to programs, as
 * OpenAPI 3.1.
 *
 * The document is templates/openapi.json, written for https://callgate.example and the usual
 * prefix; this site's own take their places.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "oauth/oauth_int.h"

#define WRITTEN_SITE   "https://callgate.example"
#define WRITTEN_PREFIX "/api/ver1.0/"

/* As it stands between the quotes of a JSON text. */
static const char *
escaped(struct arena *arena, const char *text)
{
    struct model *model = model_object(arena);
    model_text(model, "v", text);
    const char *json = model_emit_json(arena, model); /* {"v":"..."} */
    return arena_strndup(arena, json + 6, strlen(json) - 8);
}

enum status
oauth_openapi(struct web_request *request)
{
    const struct settings *settings = request->web->settings;
    const char *site = escaped(request->arena, settings->site_url);
    const char *prefix = escaped(request->arena, settings->gate_prefix);
    size_t length;
    struct buf out;
    const char *at = view_asset(request->web->view, "openapi.json", &length);
    if (at == NULL)
        return web_reply_not_found(request);
    const char *end = at + length;
    buf_init(&out, request->arena, SIZE_MAX);
    while (at < end) {
        const char *site_at = memmem(at, (size_t)(end - at), WRITTEN_SITE, strlen(WRITTEN_SITE));
        const char *prefix_at =
            memmem(at, (size_t)(end - at), WRITTEN_PREFIX, strlen(WRITTEN_PREFIX));
        bool is_site = site_at != NULL && (prefix_at == NULL || site_at < prefix_at);
        const char *found = is_site ? site_at : prefix_at;
        buf_add(&out, at, (size_t)((found == NULL ? end : found) - at));
        if (found == NULL)
            break;
        buf_text(&out, is_site ? site : prefix);
        at = found + strlen(is_site ? WRITTEN_SITE : WRITTEN_PREFIX);
    }
    struct web_asset document = { .data = out.data,
                                  .length = out.length,
                                  .type = "application/json" };
    return web_reply_asset(request, &document);
}
