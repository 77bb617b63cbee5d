/*
 * asset.c - the style sheet and the icon, ours or the operator's.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "pages/pages.h"

static enum status
send_asset(struct web_request *request, const char *name, const char *type)
{
    size_t length;
    const char *data = view_asset(request->view, name, &length);
    if (data == NULL)
        return web_reply_not_found(request);
    return web_reply_asset(request, type, data, length);
}

enum status
page_asset_style(struct web_request *request)
{
    return send_asset(request, "style.css", "text/css; charset=utf-8");
}

/* Browsers ask for /favicon.ico by themselves, and take any kind of picture for an answer. */
enum status
page_asset_icon(struct web_request *request)
{
    return send_asset(request, "icon.svg", "image/svg+xml");
}
