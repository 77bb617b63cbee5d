/*
 * app_refusals.c - what the gate refused to an application in the last 30 days, and the cure.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "pages/pages.h"

enum { SHOWN_MAX = 100, NEEDED_MAX = 5 };

const struct view_page page_app_refusals = {
    .template = "app_refusals",
    .names = (const char *const[]){ "app",
                                    "app.name",
                                    "app.app_id",
                                    "app.page_url",
                                    "app.type_label",
                                    "app.level_label",
                                    "refusals",
                                    "refusals.method",
                                    "refusals.rule",
                                    "refusals.unlisted",
                                    "refusals.reason",
                                    "refusals.cure",
                                    "refusals.count",
                                    "refusals.last",
                                    "refusals.request",
                                    "empty",
                                    "needs_all",
                                    "needed",
                                    "request_level_url",
                                    NULL },
};

static void
fill(struct web_request *request, struct model *model, const struct dao_refusal *row)
{
    const struct view *view = request->view;
    struct arena *arena = request->arena;
    const char *key = arena_printf(arena, "refusal.%s", row->reason);
    bool is_unlisted = text_equal(row->rule, "-");
    model_text(model, "method", row->method);
    model_text(model, "rule", is_unlisted ? NULL : row->rule);
    model_flag(model, "unlisted", is_unlisted);
    /* A reason of a newer version's, while hosts are upgraded one by one. */
    if (!view_has_message(view, key))
        key = "refusal.other";
    model_text(model, "reason", view_message(view, arena, key, NULL));
    model_text(model, "cure", view_message(view, arena, arena_printf(arena, "%s.cure", key), NULL));
    model_text(model, "count", web_number(request, row->count));
    model_text(model, "last", web_date(request, row->last_ms));
    model_text(model, "request", row->last_request);
}

/* What All would have let pass, as an administrator sees it beside a request for All. */
static void
fill_needed(struct web_request *request, struct model *model, const struct app *app,
            const struct dao_refusal_list *list)
{
    struct model *needed = model_list(model, "needed");
    size_t count = 0;
    for (size_t i = 0; i < list->count && count < NEEDED_MAX; i++) {
        const struct dao_refusal *row = &list->items[i];
        if (!text_equal(row->reason, gate_reason_names[GATE_LEVEL]))
            continue;
        struct dao_usage usage = {
            .reason = row->reason, .method = row->method, .rule = row->rule, .count = row->count
        };
        model_append_text(needed, web_refusal_text(request, &usage));
        count++;
    }
    model_flag(model, "needs_all", count > 0 && app->level == LEVEL_CALL_API);
    model_text(model, "request_level_url",
               arena_printf(request->arena, "/app/%s/request-level", app->app_id));
}

enum status
page_app_refusals_show(struct web_request *request)
{
    struct app app;
    bool found;
    struct dao_refusal_list list;
    enum status status = page_app_find(request, &app, &found);
    if (status != OK || !found)
        return status;
    status = dao_refusal_list(request->web->dao, request->arena, app.id, SHOWN_MAX, &list);
    if (status != OK)
        return status;
    struct model *model = web_frame(request, "title.app_refusals");
    page_app_model(request, model_child(model, "app"), &app);
    struct model *rows = model_list(model, "refusals");
    for (size_t i = 0; i < list.count; i++)
        fill(request, model_append(rows), &list.items[i]);
    fill_needed(request, model, &app, &list);
    model_flag(model, "empty", list.count == 0);
    return web_reply_page(request, 200, &page_app_refusals, model);
}
