/*
 * frame.c - what every page has around its own.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <stdio.h>
#include <string.h>

#include "web/web.h"

const char *const web_frame_names[] = {
    "title",
    "site_name",
    "site_url",
    "style_url",
    "script_url",
    "logo_url",
    "signed_in",
    "user",
    "user.login",
    "user.admin",
    "request_id",
    "languages",
    "languages.code",
    "languages.name",
    "languages.current",
    "here",
    "at",
    "at.list",
    "at.register",
    "at.authorized",
    "at.account",
    "at.admin",
    "at.home",
    "at.users",
    "at.audit",
    "at.requests",
    "at.apps",
    "at.rules",
    NULL,
};

/* Where the frame's links lead: those of the header, and those among administrators' pages. */
static const struct place {
    const char *name, *path;
} header[] = {
    { "list", "/app/" },
    { "register", "/app/register" },
    { "authorized", "/app/authorized" },
    { "account", "/app/account" },
    { "admin", "/admin/" },
}, administration[] = {
    { "home", "/admin/" },
    { "users", "/admin/user/" },
    { "audit", "/admin/audit/" },
    { "requests", "/admin/request/" },
    { "apps", "/admin/app/" },
    { "rules", "/admin/rules/" },
};

/* Where another language leads back to: this page, or what a form was sent from. */
static const char *
here(const struct web_request *request)
{
    bool again = request->http->method == HTTP_GET || request->http->method == HTTP_HEAD;
    const char *path = again ? request->http->target : request->http->path;
    return path != NULL && own_path_is_valid(path) ? path : "/app/";
}

static void
fill_languages(struct web_request *request, struct model *model)
{
    const struct web *web = request->web;
    if (web->view_count < 2)
        return;
    struct model *languages = model_list(model, "languages");
    for (size_t i = 0; i < web->view_count; i++) {
        const struct view *view = web->views[i];
        struct model *one = model_append(languages);
        model_text(one, "code", view_language(view));
        model_text(one, "name", view_message(view, request->arena, "frame.language", NULL));
        model_flag(one, "current", view == request->view);
    }
    model_text(model, "here", here(request));
}

/* The place that this page is, or is below: what aria-current says of its link. */
static void
fill_place(struct model *at, const struct place *places, size_t count, const char *path)
{
    const struct place *nearest = NULL;
    size_t longest = 0;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(places[i].path);
        if (length > longest && strncmp(path, places[i].path, length) == 0) {
            nearest = &places[i];
            longest = length;
        }
    }
    if (nearest != NULL)
        model_text(at, nearest->name, text_equal(path, nearest->path) ? "page" : "true");
}

struct model *
web_frame(struct web_request *request, const char *title)
{
    const struct web *web = request->web;
    struct model *model = model_object(request->arena);
    model_text(model, "title", view_message(request->view, request->arena, title, NULL));
    model_text(model, "site_name", web->settings->site_name);
    model_text(model, "site_url", web->settings->site_url);
    model_text(model, "style_url", web->style.url);
    model_text(model, "script_url", web->script.url);
    model_text(model, "logo_url", web->logo.url);
    model_text(model, "request_id", request->http->id);
    fill_languages(request, model);
    const char *path = request->http->path == NULL ? "" : request->http->path;
    struct model *at = model_child(model, "at");
    fill_place(at, header, LENGTH_OF(header), path);
    fill_place(at, administration, LENGTH_OF(administration), path);
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
    struct zone_time at;
    char year[12], month[12], day[12], hour[12], minute[12];
    if (ms == 0)
        return NULL;
    zone_break_down(request->signed_in ? request->session.user.timezone : "UTC", ms, &at);
    snprintf(year, sizeof year, "%04d", at.year);
    snprintf(month, sizeof month, "%02d", at.month);
    snprintf(day, sizeof day, "%02d", at.day);
    snprintf(hour, sizeof hour, "%02d", at.hour);
    snprintf(minute, sizeof minute, "%02d", at.minute);
    return view_message(request->view, request->arena, "date.minute", "year", year, "month", month,
                        "day", day, "hour", hour, "minute", minute, "zone", at.name, NULL);
}

const char *
web_number(struct web_request *request, int64_t number)
{
    return view_number(request->view, request->arena, number);
}
