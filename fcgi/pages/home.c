/*
 * home.c - the site's front door.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "pages/pages.h"

enum status
page_home(struct web_request *request)
{
    return web_reply_redirect(request, "/app/");
}
