/*
 * metadata.c - GET /.well-known/oauth-authorization-server: what is served here (RFC 8414).
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "oauth/oauth_int.h"

static void
add_url(struct web_request *request, struct model *model, const char *name, const char *path)
{
    model_text(model, name,
               arena_printf(request->arena, "%s%s", request->web->settings->site_url, path));
}

static void
add_list(struct model *model, const char *name, const char *const *items)
{
    struct model *list = model_list(model, name);
    for (; *items != NULL; items++)
        model_append_text(list, *items);
}

enum status
oauth_metadata(struct web_request *request)
{
    static const char *const secret_methods[] = { "client_secret_basic", "client_secret_post",
                                                  NULL };
    static const char *const methods[] = { "client_secret_basic", "client_secret_post", "none",
                                           NULL };
    struct model *model = model_object(request->arena);
    add_url(request, model, "issuer", "");
    add_url(request, model, "authorization_endpoint", "/oauth/authorize");
    add_url(request, model, "token_endpoint", "/oauth/token");
    add_url(request, model, "revocation_endpoint", "/oauth/revoke");
    add_url(request, model, "introspection_endpoint", "/oauth/introspect");
    add_list(model, "scopes_supported", (const char *const[]){ "all", NULL });
    add_list(model, "response_types_supported", (const char *const[]){ "code", NULL });
    add_list(model, "response_modes_supported", (const char *const[]){ "query", NULL });
    struct model *grants = model_list(model, "grant_types_supported");
    for (int i = 0; i < GRANT__MAX; i++)
        model_append_text(grants, grant_names[i]);
    add_list(model, "code_challenge_methods_supported", (const char *const[]){ "S256", NULL });
    add_list(model, "token_endpoint_auth_methods_supported", methods);
    add_list(model, "revocation_endpoint_auth_methods_supported", methods);
    add_list(model, "introspection_endpoint_auth_methods_supported", secret_methods);
    model_flag(model, "authorization_response_iss_parameter_supported", true); /* RFC 9207 §3 */
    return web_reply_json(request, 200, model);
}
