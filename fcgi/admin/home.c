/*
 * home.c - where an administrator begins.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "admin/admin.h"

enum { COUNTED_MAX = 1000, DAY_MS = 24 * 60 * 60 * 1000 };

const struct view_page admin_home_page = {
    .template = "admin_home",
    .names = (const char *const[]){ "open_requests", "has_requests", "unused_url", NULL },
};

enum status
admin_home_show(struct web_request *request)
{
    int64_t open, days = request->web->settings->app_unused_warn / DAY_MS;
    enum status status = dao_level_request_count(request->web->dao, COUNTED_MAX, &open);
    if (status != OK)
        return status;
    struct model *model = web_frame(request, "title.admin_home");
    model_text(
        model, "open_requests",
        arena_printf(request->arena, open == COUNTED_MAX ? "%lld+" : "%lld", (long long)open));
    model_flag(model, "has_requests", open > 0);
    model_text(model, "unused_url",
               days == 0
                   ? NULL
                   : arena_printf(request->arena, "/admin/app/?unused=%lld", (long long)days));
    return web_reply_page(request, 200, &admin_home_page, model);
}
