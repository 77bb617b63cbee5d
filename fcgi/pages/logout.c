/*
 * logout.c - signing out: the session ends here, not just the cookie.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "pages/pages.h"

const struct web_field page_logout_fields[] = { { 0 } };

enum status
page_logout(struct web_request *request)
{
    if (request->has_session_cookie) {
        struct action action = web_action(request);
        enum status status = action_sign_out(&action, &request->session_token);
        if (status != OK)
            return status;
        web_session_set_cookie(request, "");
    }
    http_response_header(request->response, "Clear-Site-Data", "\"cache\", \"storage\"");
    return web_reply_redirect(request, "/login");
}
