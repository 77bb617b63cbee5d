/*
 * session.c - the cookie and the sign-in behind it.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "web/web.h"

enum status
web_session_load(struct web_request *request)
{
    const char *cookie = http_pairs_find(&request->http->cookies, request->web->cookie_name);
    if (text_is_empty(cookie))
        return OK;
    enum status status = digest_of(cookie, &request->session_token);
    if (status != OK)
        return status;
    request->has_session_cookie = true;
    status = dao_session_find(request->web->dao, request->arena, &request->session_token,
                              request->web->settings->session_idle, &request->session,
                              &request->signed_in);
    if (status != OK || !request->signed_in)
        return status;
    request->http->log_user = request->session.user.login;
    const struct view *chosen = web_language_find(request->web, request->session.language);
    if (chosen != NULL)
        request->view = chosen;
    return OK;
}

void
web_session_set_cookie(struct web_request *request, const char *token)
{
    http_response_header(
        request->response, "Set-Cookie",
        http_cookie_format(request->arena, request->web->cookie_name, token, request->web->https));
}
