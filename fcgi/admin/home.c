/*
 * home.c - where an administrator begins: what waits, what to look for, what happened last.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "admin/admin_int.h"

enum { COUNTED_MAX = 1000, REQUESTS_SHOWN = 5, ROWS_SHOWN = 10, DAY_MS = 24 * 60 * 60 * 1000 };

const struct view_page admin_home_page = {
    .template = "admin_home",
    .names = (const char *const[]){ ADMIN_REQUEST_NAMES, ADMIN_AUDIT_NAMES("rows"), "open_requests",
                                    "has_requests", "unused_url", NULL },
};

static const char *
count_text(struct web_request *request, int64_t count)
{
    const char *text = web_number(request, count);
    return count == COUNTED_MAX ? arena_printf(request->arena, "%s+", text) : text;
}

enum status
admin_home_show(struct web_request *request)
{
    struct dao *dao = request->web->dao;
    struct dao_level_request_list open;
    struct dao_audit_list acts;
    struct dao_audit_filter all = { 0 };
    int64_t count, unused_days = request->web->settings->app_unused_warn / DAY_MS;
    enum status status = dao_level_request_count(dao, COUNTED_MAX, &count);
    if (status == OK)
        status =
            dao_level_request_list(dao, request->arena, REQUEST_OPEN, 0, REQUESTS_SHOWN, &open);
    if (status == OK)
        status = dao_audit_list(dao, request->arena, &all, ROWS_SHOWN, &acts);
    if (status != OK)
        return status;
    struct model *model = web_frame(request, "title.admin_home");
    struct model *requests = model_list(model, "requests"), *rows = model_list(model, "rows");
    model_text(model, "open_requests", count_text(request, count));
    model_flag(model, "has_requests", open.count > 0);
    model_flag(model, "is_open", true);
    for (size_t i = 0; i < open.count; i++)
        admin_request_row(request, model_append(requests), &open.items[i]);
    for (size_t i = 0; i < acts.count; i++)
        admin_audit_row(request, model_append(rows), &acts.items[i]);
    model_text(model, "unused_url",
               unused_days == 0 ? NULL
                                : arena_printf(request->arena, "/admin/app/?unused=%lld",
                                               (long long)unused_days));
    return web_reply_page(request, 200, &admin_home_page, model);
}
