/*
 * home.c - where an administrator begins.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "admin/admin.h"

const struct view_page admin_home_page = {
    .template = "admin_home",
    .names = (const char *const[]){ NULL },
};

enum status
admin_home_show(struct web_request *request)
{
    return web_reply_page(request, 200, &admin_home_page, web_frame(request, "title.admin_home"));
}
