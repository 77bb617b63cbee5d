/*
 * account_password.c - a new password of one's own; and the only page, but for signing out, of a
 * user whose password somebody else knows.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "pages/pages.h"

const struct view_page page_account_password = {
    .template = "account_password",
    .names = (const char *const[]){ "must", "next", "too_many", "wait", "field",
                                    "field.old_password", "field.old_password.error",
                                    "field.new_password", "field.new_password.error",
                                    "field.new_password_again", "field.new_password_again.error",
                                    "has_errors", "errors", "errors.name", "errors.text", NULL },
};

const struct web_field page_account_password_fields[] = {
    { .name = "old_password", .is_secret = true },
    { .name = "new_password", .is_secret = true, .check = user_check_password },
    { .name = "new_password_again", .is_secret = true },
    { .name = "next" },
    { 0 },
};

static const char *
own_path(const char *next)
{
    return !text_is_empty(next) && own_path_is_valid(next) ? next : NULL;
}

static enum status
show(struct web_request *request, int status, int64_t wait_ms)
{
    bool sent = request->http->method == HTTP_POST;
    const char *next =
        sent ? web_field(request, "next") : http_pairs_find(&request->http->query, "next");
    struct model *model = web_frame(request, "title.account_password");
    model_flag(model, "must", request->session.must_change_password);
    model_text(model, "next", own_path(next));
    model_flag(model, "too_many", wait_ms > 0);
    model_text(model, "wait",
               arena_printf(request->arena, "%lld", (long long)(wait_ms + 59999) / 60000));
    if (sent)
        web_fields_model(request, model);
    if (wait_ms > 0)
        web_reply_retry_after(request, wait_ms);
    return web_reply_page(request, status, &page_account_password, model);
}

enum status
page_account_password_show(struct web_request *request)
{
    return show(request, 200, 0);
}

enum status
page_account_password_refill(struct web_request *request)
{
    return show(request, 422, 0);
}

static enum status
refuse(struct web_request *request, const char *field, const char *problem)
{
    web_value(request, field)->problem = problem;
    return show(request, 422, 0);
}

enum status
page_account_password_submit(struct web_request *request)
{
    struct action action = web_action(request);
    struct throttle_limits limits = web_throttle_limits(request);
    struct own_password in = {
        .session_id = request->session.id,
        .old = web_field(request, "old_password"),
        .new = web_field(request, "new_password"),
        .limits = &limits,
    };
    struct own_password_set out;
    if (!text_equal(in.new, web_field(request, "new_password_again")))
        return refuse(request, "new_password_again", "error.password.again");
    enum status status = action_own_password(&action, &in, &out);
    if (status != OK)
        return status;
    if (out.problem != NULL)
        return refuse(request, "new_password", out.problem);
    if (out.outcome == ATTEMPT_WRONG)
        return refuse(request, "old_password", "confirm.refused");
    if (out.outcome == ATTEMPT_TOO_MANY)
        return show(request, 429, out.wait_ms);
    web_session_set_cookie(request, arena_strdup(request->arena, out.token));
    const char *next = own_path(web_field(request, "next"));
    return web_reply_redirect(request, next == NULL ? "/app/account?saved=password" : next);
}
