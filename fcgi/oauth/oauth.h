/*
 * oauth.h - the protocol's endpoints, one a file.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifndef CALLGATE_OAUTH_H
#define CALLGATE_OAUTH_H

#include "web/web.h"

/* token.c: POST /oauth/token (RFC 6749 §3.2) */
extern const struct web_field oauth_token_fields[];
enum status oauth_token(struct web_request *request);

#endif
