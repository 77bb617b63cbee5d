/*
 * app_list.c - a user's applications, newest first.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "pages/pages.h"

enum { PAGE_SIZE = 50 };

const struct view_page page_app_list = {
    .template = "app_list",
    .names = (const char *const[]){ "apps", "apps.name", "apps.page_url", "apps.app_id",
                                    "apps.type_label", "apps.level_label", "apps.level_all",
                                    "apps.created", "apps.last_used", "empty", "older_url",
                                    "newest_url", NULL },
};

static void
fill(struct web_request *request, struct model *model, const struct dao_app_list *list)
{
    struct model *apps = model_list(model, "apps");
    for (size_t i = 0; i < list->count; i++) {
        const struct app *app = &list->items[i];
        struct model *one = model_append(apps);
        page_app_model(request, one, app);
        model_flag(one, "level_all", app->level == LEVEL_ALL);
        model_text(one, "created", web_date(request, app->created_ms));
        model_text(one, "last_used", web_date(request, app->last_used_ms));
    }
    if (list->more)
        model_text(model, "older_url",
                   arena_printf(request->arena, "/app/?before=%lld",
                                (long long)list->items[list->count - 1].id));
}

enum status
page_app_list_show(struct web_request *request)
{
    const char *from = http_pairs_find(&request->http->query, "before");
    int64_t before = 0;
    if (from != NULL && !text_to_int(from, INT64_MAX, &before))
        return web_reply_not_found(request);
    struct dao_app_list list;
    enum status status = dao_app_list(request->web->dao, request->arena, request->session.user.id,
                                      before, PAGE_SIZE, &list);
    if (status != OK)
        return status;
    struct model *model = web_frame(request, "title.app_list");
    fill(request, model, &list);
    model_flag(model, "empty", list.count == 0 && before == 0);
    model_text(model, "newest_url", before == 0 ? NULL : "/app/");
    return web_reply_page(request, 200, &page_app_list, model);
}
