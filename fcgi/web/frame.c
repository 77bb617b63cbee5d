/*
 * frame.c - what every page has around its own.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "web/web.h"

const char *const web_frame_names[] = {
    "title", "site_name",  "site_url",   "style_url",  "signed_in",
    "user",  "user.login", "user.admin", "request_id", NULL,
};

struct model *
web_frame(struct web_request *request, const char *title)
{
    const struct settings *settings = request->web->settings;
    struct model *model = model_object(request->arena);
    model_text(model, "title", view_message(request->view, request->arena, title, NULL));
    model_text(model, "site_name", settings->site_name);
    model_text(model, "site_url", settings->site_url);
    model_text(model, "style_url", request->web->style_url);
    model_text(model, "request_id", request->http->id);
    model_flag(model, "signed_in", request->signed_in);
    if (request->signed_in) {
        struct model *user = model_child(model, "user");
        model_text(user, "login", request->session.user.login);
        model_flag(user, "admin", request->session.user.admin);
    }
    return model;
}

const char *
web_date(struct web_request *request, int64_t ms)
{
    char utc[21];
    if (ms == 0)
        return NULL;
    clock_format_utc(ms, utc);
    return arena_printf(request->arena, "%.10s %.5s UTC", utc, utc + 11);
}
