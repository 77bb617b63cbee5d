/*
 * routes.h - the one route table.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifndef CALLGATE_ROUTES_H
#define CALLGATE_ROUTES_H

#include "web/web.h"

extern const struct web_route routes[];
extern const size_t route_count;

/* For struct web. */
enum status sign_in_page(struct web_request *request, const char *next) MUST_CHECK;

#endif
