/*
 * oauth.h - the protocol's endpoints, one a file.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifndef CALLGATE_OAUTH_H
#define CALLGATE_OAUTH_H

#include "web/web.h"

/* authorize.c: GET and POST /oauth/authorize (RFC 6749 §3.1) */
extern const struct view_page oauth_consent_page, oauth_code_page;
extern const struct web_field oauth_authorize_fields[];
enum status oauth_authorize(struct web_request *request);

/* token.c: POST /oauth/token (RFC 6749 §3.2) */
extern const struct web_field oauth_token_fields[];
enum status oauth_token(struct web_request *request);

/* revoke.c: POST /oauth/revoke (RFC 7009) */
extern const struct web_field oauth_revoke_fields[];
enum status oauth_revoke(struct web_request *request);

/* introspect.c: POST /oauth/introspect (RFC 7662) */
extern const struct web_field oauth_introspect_fields[];
enum status oauth_introspect(struct web_request *request);

/* metadata.c: GET /.well-known/oauth-authorization-server (RFC 8414) */
enum status oauth_metadata(struct web_request *request);

/* openapi.c: GET /oauth/openapi.json, the document of all that programs may ask */
enum status oauth_openapi(struct web_request *request);

#endif
