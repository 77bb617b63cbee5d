/*
 * routes.c - method, path, who may, fields, handler: every address that Callgate answers.
 *
 * A row with {} stands behind the literal rows that would fit it too.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "routes.h"

#include "api/api.h"
#include "oauth/oauth.h"
#include "pages/pages.h"

const struct web_route routes[] = {
    { .method = HTTP_GET, .path = "/", .handler = page_home },
    { .method = HTTP_GET, .path = "/favicon.ico", .handler = page_asset_icon },
    { .method = HTTP_GET,
      .path = "/login",
      .need = TAKE_SESSION,
      .page = &page_login,
      .handler = page_login_show },
    { .method = HTTP_POST,
      .path = "/login",
      .need = TAKE_SESSION,
      .fields = page_login_fields,
      .handler = page_login_submit },
    { .method = HTTP_POST,
      .path = "/logout",
      .need = TAKE_SESSION,
      .fields = page_logout_fields,
      .handler = page_logout },
    { .method = HTTP_GET,
      .path = "/app/",
      .need = NEED_SESSION,
      .page = &page_app_list,
      .handler = page_app_list_show },
    { .method = HTTP_GET, .path = "/app/style.css", .handler = page_asset_style },
    { .method = HTTP_GET,
      .path = "/app/authorized",
      .need = NEED_SESSION,
      .page = &page_authorized,
      .handler = page_authorized_show },
    { .method = HTTP_POST,
      .path = "/app/authorized",
      .need = NEED_SESSION,
      .fields = page_authorized_fields,
      .handler = page_authorized_withdraw },
    { .method = HTTP_GET,
      .path = "/app/register",
      .need = NEED_SESSION,
      .page = &page_app_register,
      .handler = page_app_register_show },
    { .method = HTTP_POST,
      .path = "/app/register",
      .need = NEED_SESSION,
      .fields = page_app_register_fields,
      .second_page = &page_app_registered,
      .handler = page_app_register_submit,
      .refill = page_app_register_refill },
    { .method = HTTP_GET,
      .path = "/app/{}/",
      .need = NEED_SESSION,
      .page = &page_app,
      .handler = page_app_show },
    { .method = HTTP_GET,
      .path = "/oauth/authorize",
      .need = TAKE_SESSION,
      .query = QUERY_TOO,
      .fields = oauth_authorize_fields,
      .page = &oauth_consent_page,
      .second_page = &oauth_code_page,
      .handler = oauth_authorize },
    { .method = HTTP_POST,
      .path = "/oauth/authorize",
      .need = TAKE_SESSION,
      .query = QUERY_TOO,
      .fields = oauth_authorize_fields,
      .handler = oauth_authorize },
    { .method = HTTP_POST,
      .path = "/oauth/token",
      .kind = WEB_OAUTH,
      .need = NEED_CLIENT,
      .query = QUERY_BY_SETTING,
      .cors = true,
      .fields = oauth_token_fields,
      .handler = oauth_token },
    { .method = HTTP_POST,
      .path = "/oauth/revoke",
      .kind = WEB_OAUTH,
      .need = NEED_CLIENT,
      .query = QUERY_BY_SETTING,
      .cors = true,
      .fields = oauth_revoke_fields,
      .handler = oauth_revoke },
    { .method = HTTP_POST,
      .path = "/oauth/introspect",
      .kind = WEB_OAUTH,
      .need = NEED_CLIENT,
      .query = QUERY_BY_SETTING,
      .fields = oauth_introspect_fields,
      .handler = oauth_introspect },
    { .method = HTTP_GET,
      .path = "/.well-known/oauth-authorization-server",
      .kind = WEB_OAUTH,
      .cors = true,
      .handler = oauth_metadata },
    { .method = HTTP_GET,
      .path = "/user/",
      .under_prefix = true,
      .kind = WEB_API,
      .need = NEED_BEARER,
      .cors = true,
      .handler = api_user },
};

const size_t route_count = LENGTH_OF(routes);

enum status
sign_in_page(struct web_request *request, const char *next)
{
    return page_login_here(request, next);
}
