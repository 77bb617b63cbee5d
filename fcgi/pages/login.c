/*
 * login.c - signing in with the virtual-PBX login.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "pages/pages.h"

const struct view_page page_login = {
    .template = "login",
    .names = (const char *const[]){ "next", "refused", "field", "field.username",
                                    "field.username.value", NULL },
};

/* No checks: a login or password of any form may be wrong, and is told so in one way only. */
const struct web_field page_login_fields[] = {
    { .name = "username" },
    { .name = "password", .is_secret = true },
    { .name = "next" },
    { 0 },
};

static const char *
own_path(const char *next)
{
    return next != NULL && own_path_is_valid(next) ? next : "/app/";
}

static enum status
show(struct web_request *request, const char *next, const char *username, bool refused)
{
    struct model *model = web_frame(request, "title.login");
    model_text(model, "next", next);
    model_flag(model, "refused", refused);
    struct model *field = model_child(model_child(model, "field"), "username");
    model_text(field, "value", username);
    return web_reply_page(request, refused ? 403 : 200, &page_login, model);
}

enum status
page_login_show(struct web_request *request)
{
    const char *next = own_path(http_pairs_find(&request->http->query, "next"));
    if (request->signed_in)
        return web_reply_redirect(request, next);
    return show(request, next, "", false);
}

enum status
page_login_submit(struct web_request *request)
{
    struct action action = web_action(request);
    struct sign_in in = {
        .login = web_field(request, "username"),
        .password = web_field(request, "password"),
        .old_session = request->has_session_cookie ? &request->session_token : NULL,
        .absolute_ms = request->web->settings->session_absolute,
    };
    /* A form sent to /login?next=… without the field (scripted clients do) goes there as well. */
    const char *next = web_field(request, "next");
    if (*next == '\0')
        next = http_pairs_find(&request->http->query, "next");
    char token[TOKEN_LENGTH + 1];
    enum status status = action_sign_in(&action, &in, token);
    if (status != OK)
        return status;
    if (*token == '\0')
        return show(request, own_path(next), in.login, true);
    request->http->log_user = in.login;
    web_session_set_cookie(request, arena_strdup(request->arena, token));
    return web_reply_redirect(request, own_path(next));
}
