/*
 * login.c - signing in with the virtual-PBX login.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "pages/pages.h"

const struct view_page page_login = {
    .template = "login",
    .names = (const char *const[]){ "next", "refused", "too_many", "wait", "field",
                                    "field.username", "field.username.value", NULL },
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

/*
 * Signing in may lead straight on to an application's redirect URL, which the page's policy has to
 * allow (DESIGN §8). Whatever the address asks for is judged by authorize.c when it comes.
 */
static enum status
allow_pending(struct web_request *request, const char *next)
{
    static const char path[] = "/oauth/authorize?";
    struct arena *arena = request->arena;
    struct http_pairs query;
    struct redirect_target target;
    struct app app;
    bool found = false;
    if (!text_starts(next, path) ||
        http_form_parse_urlencoded(arena, next + strlen(path), strlen(next + strlen(path)),
                                   &query) != HTTP_FINE)
        return OK;
    const char *app_id = http_pairs_find(&query, "client_id");
    const char *url = http_pairs_find(&query, "redirect_uri");
    if (app_id == NULL || !text_is_hex(app_id, APP_ID_LENGTH))
        return OK;
    enum status status = dao_app_find(request->web->dao, arena, app_id, &app, &found);
    if (status == OK && found &&
        redirect_match(arena, &app, url == NULL ? "" : url, &target) == REDIRECT_FITS)
        web_reply_may_lead_to(request, &target);
    return status;
}

struct sign_in_page {
    const char *next, *username;
    enum attempt_outcome outcome; /* ATTEMPT_RIGHT: nothing was tried yet */
    int64_t wait_ms;
};

static enum status
show(struct web_request *request, const struct sign_in_page *page)
{
    static const int statuses[] = {
        [ATTEMPT_RIGHT] = 200, [ATTEMPT_WRONG] = 403, [ATTEMPT_TOO_MANY] = 429
    };
    bool too_many = page->outcome == ATTEMPT_TOO_MANY;
    enum status status = allow_pending(request, page->next);
    if (status != OK)
        return status;
    struct model *model = web_frame(request, "title.login");
    model_text(model, "next", page->next);
    model_flag(model, "refused", page->outcome == ATTEMPT_WRONG);
    model_flag(model, "too_many", too_many);
    model_text(model, "wait",
               arena_printf(request->arena, "%lld", (long long)(page->wait_ms + 59999) / 60000));
    struct model *field = model_child(model_child(model, "field"), "username");
    model_text(field, "value", page->username);
    if (too_many)
        web_reply_retry_after(request, page->wait_ms);
    return web_reply_page(request, statuses[page->outcome], &page_login, model);
}

enum status
page_login_show(struct web_request *request)
{
    const char *next = own_path(http_pairs_find(&request->http->query, "next"));
    if (request->signed_in)
        return web_reply_redirect(request, next);
    return show(request, &(struct sign_in_page){ .next = next, .username = "" });
}

enum status
page_login_here(struct web_request *request, const char *next)
{
    return show(request, &(struct sign_in_page){ .next = own_path(next), .username = "" });
}

enum status
page_login_submit(struct web_request *request)
{
    struct action action = web_action(request);
    struct throttle_limits limits = web_throttle_limits(request);
    struct sign_in in = {
        .login = web_field(request, "username"),
        .password = web_field(request, "password"),
        .old_session = request->has_session_cookie ? &request->session_token : NULL,
        .absolute_ms = request->web->settings->session_absolute,
        .limits = &limits,
    };
    /* A form sent to /login?next=… without the field (scripted clients do) goes there as well. */
    const char *next = web_field(request, "next");
    if (*next == '\0')
        next = http_pairs_find(&request->http->query, "next");
    struct signed_in out;
    enum status status = action_sign_in(&action, &in, &out);
    if (status != OK)
        return status;
    if (out.outcome != ATTEMPT_RIGHT)
        return show(request, &(struct sign_in_page){ .next = own_path(next),
                                                     .username = in.login,
                                                     .outcome = out.outcome,
                                                     .wait_ms = out.wait_ms });
    request->http->log_user = in.login;
    web_session_set_cookie(request, arena_strdup(request->arena, out.token));
    return web_reply_redirect(request, own_path(next));
}
