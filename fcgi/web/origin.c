/*
 * origin.c - did this form come from our own page?
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "web/web.h"

/* Origin of a page that this very server showed, under whatever name: scheme aside, it is Host. */
static bool
is_host_header(const struct web_request *request, const char *origin)
{
    const char *host = http_header(request->http, "Host");
    const char *name = strstr(origin, "://");
    return host != NULL && name != NULL && text_equal_nocase(name + 3, host);
}

enum web_origin
web_origin_check(const struct web_request *request)
{
    const char *site = http_header(request->http, "Sec-Fetch-Site");
    const char *origin = http_header(request->http, "Origin");
    if (site != NULL && !text_equal(site, "same-origin") && !text_equal(site, "none"))
        return ORIGIN_FOREIGN;
    if (origin == NULL || text_equal(origin, request->web->settings->site_url))
        return ORIGIN_OWN;
    /* "null" beside same-origin is a browser that hides where it has been, on a page of ours. */
    if (text_equal(origin, "null"))
        return site == NULL ? ORIGIN_FOREIGN : ORIGIN_OWN;
    return site != NULL || is_host_header(request, origin) ? ORIGIN_OTHER_NAME : ORIGIN_FOREIGN;
}
