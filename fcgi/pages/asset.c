/*
 * asset.c - style sheet, script, logo and icon, ours or the operator's.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "pages/pages.h"

enum status
page_asset_style(struct web_request *request)
{
    return web_reply_asset(request, &request->web->style);
}

enum status
page_asset_script(struct web_request *request)
{
    return web_reply_asset(request, &request->web->script);
}

enum status
page_asset_logo(struct web_request *request)
{
    if (request->web->logo.data == NULL)
        return web_reply_not_found(request);
    return web_reply_asset(request, &request->web->logo);
}

/* Browsers ask for /favicon.ico by themselves, and take any kind of picture for an answer. */
enum status
page_asset_icon(struct web_request *request)
{
    struct web_asset icon = { .type = "image/svg+xml" };
    icon.data = view_asset(request->web->view, "icon.svg", &icon.length);
    if (icon.data == NULL)
        return web_reply_not_found(request);
    return web_reply_asset(request, &icon);
}
