/*
 * language.c - another language, from the foot of any page, and back to it.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "pages/pages.h"

const struct web_field page_language_fields[] = { { .name = "language" },
                                                  { .name = "here", .is_exact = true },
                                                  { 0 } };

enum status
page_language_submit(struct web_request *request)
{
    const char *language = web_field(request, "language"), *here = web_field(request, "here");
    if (web_language_find(request->web, language) == NULL)
        return web_reply_error(request, 422, "unprocessable", NULL);
    if (request->signed_in) {
        struct action action = web_action(request);
        enum status status = action_own_set(&action, NULL, language);
        if (status != OK)
            return status;
    }
    web_language_set_cookie(request, language);
    return web_reply_redirect(request, own_path_is_valid(here) ? here : "/app/");
}
