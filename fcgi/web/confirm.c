/*
 * confirm.c - what must not be done from a browser somebody left alone: where a row says `recent`,
 * the password is asked for again once it was given too long ago (session.recent).
 *
 * The page brings back the whole form, so that nothing typed is lost, and the handler runs as if
 * the form had just been sent.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "web/web.h"

const struct view_page web_confirm_page = {
    .template = "confirm",
    .names = (const char *const[]){ "form_url", "hidden", "hidden.name", "hidden.value", "refused",
                                    "too_many", "wait", NULL },
};

/* Not a declared field: no form has it but this page's. */
static const char FIELD[] = "confirm_password";

static enum status
ask(struct web_request *request, const struct proved *proved)
{
    static const int statuses[] = {
        [ATTEMPT_RIGHT] = 200, [ATTEMPT_WRONG] = 403, [ATTEMPT_TOO_MANY] = 429
    };
    const struct web_field *fields = request->route->fields;
    struct model *model = web_frame(request, "title.confirm");
    model_text(model, "form_url", request->http->path);
    struct model *hidden = model_list(model, "hidden");
    for (size_t i = 0; fields[i].name != NULL; i++) {
        if (request->values[i].count == 0)
            continue;
        struct model *one = model_append(hidden);
        model_text(one, "name", fields[i].name);
        model_text(one, "value", request->values[i].value);
    }
    model_flag(model, "refused", proved->outcome == ATTEMPT_WRONG);
    model_flag(model, "too_many", proved->outcome == ATTEMPT_TOO_MANY);
    model_text(model, "wait",
               arena_printf(request->arena, "%lld", (long long)(proved->wait_ms + 59999) / 60000));
    if (proved->outcome == ATTEMPT_TOO_MANY)
        web_reply_retry_after(request, proved->wait_ms);
    return web_reply_page(request, statuses[proved->outcome], &web_confirm_page, model);
}

enum status
web_confirm(struct web_request *request, bool *pass)
{
    const char *password = http_pairs_find(&request->http->form, FIELD);
    struct proved proved = { .outcome = ATTEMPT_RIGHT };
    if (request->session.proved_ago_ms <= request->web->settings->session_recent)
        return OK;
    if (text_is_empty(password)) {
        *pass = false;
        return ask(request, &proved);
    }
    struct action action = web_action(request);
    struct throttle_limits limits = web_throttle_limits(request);
    struct prove in = {
        .session_id = request->session.id,
        .password = password,
        .limits = &limits,
    };
    enum status status = action_prove(&action, &in, &proved);
    if (status != OK || proved.outcome == ATTEMPT_RIGHT)
        return status;
    *pass = false;
    return ask(request, &proved);
}
