/*
 * api.h - the API resources that Callgate owns, one a file.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifndef CALLGATE_API_H
#define CALLGATE_API_H

#include "web/web.h"

/* user.c: GET {prefix}user/ */
enum status api_user(struct web_request *request);

/* session.c: GET {prefix}user/oauth/session/ */
enum status api_session(struct web_request *request);

#endif
