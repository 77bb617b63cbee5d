/*
 * language.c - the language of an answer: the reader's choice, else what the browser asks for.
 *
 * The choice is a cookie, so that it holds before anybody signs in; and a field of the user's, so
 * that it goes with them to another browser.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "web/web.h"

static const char COOKIE[] = "callgate_language";

enum { COOKIE_SECONDS = 31536000 };

const struct view *
web_language_find(const struct web *web, const char *language)
{
    for (size_t i = 0; i < web->view_count; i++)
        if (text_equal(view_language(web->views[i]), language))
            return web->views[i];
    return NULL;
}

void
web_language_load(struct web_request *request)
{
    const struct web *web = request->web;
    const char *languages[HTTP_LANGUAGES_MAX];
    if (web->view_count == 0)
        return;
    const char *chosen = http_pairs_find(&request->http->cookies, COOKIE);
    const struct view *view = chosen == NULL ? NULL : web_language_find(web, chosen);
    for (size_t i = 0; i < web->view_count; i++)
        languages[i] = view_language(web->views[i]);
    if (view == NULL) {
        int best = http_language_choose(http_header(request->http, "Accept-Language"), languages,
                                        web->view_count);
        view = web->views[best < 0 ? 0 : best];
    }
    request->view = view;
}

void
web_language_set_cookie(struct web_request *request, const char *language)
{
    const char *cookie = http_cookie_format(request->arena, COOKIE, language, request->web->https);
    http_response_header(request->response, "Set-Cookie",
                         arena_printf(request->arena, "%s; Max-Age=%d", cookie, COOKIE_SECONDS));
}
