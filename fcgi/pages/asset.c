/*
 * asset.c - the style sheet, ours or the operator's.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "pages/pages.h"

enum status
page_asset_style(struct web_request *request)
{
    size_t length;
    const char *style = view_asset(request->web->view, "style.css", &length);
    if (style == NULL)
        return web_reply_not_found(request);
    return web_reply_asset(request, "text/css; charset=utf-8", style, length);
}
