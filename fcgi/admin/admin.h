/*
 * admin.h - administrators' pages, one endpoint a file.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifndef CALLGATE_ADMIN_H
#define CALLGATE_ADMIN_H

#include "web/web.h"

/* Each file's pages, its fields (end with a NULL name), its handlers. */

/* home.c: /admin/, where each of the others has its link */
extern const struct view_page admin_home_page;
enum status admin_home_show(struct web_request *request);

#endif
