/*
 * api_int.h - what the files of api/ share.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifndef CALLGATE_API_INT_H
#define CALLGATE_API_INT_H

#include "api/api.h"

/* ---- fields.c ---- */

/* Fields came twice or are invalid: 400 or 422 is answered and *pass is false. */
enum status api_fields_check(struct web_request *request, bool *pass) MUST_CHECK;

/*
 * A field says something that nobody may set here ("level": "all"), or that `app` (NULL: a new one)
 * is what it is not: 403, in the audit log, and *pass is false. What is so already is no wish.
 */
enum status api_fields_refuse(struct web_request *request, const struct app *app,
                              bool *pass) MUST_CHECK;

/* Marks of redirect_uris which of them is wrong. */
void api_redirect_uris_check(struct web_request *request);

/* 1, true; 0, false and "" are the other. */
bool api_is_yes(const char *value);
const char *api_check_flag(const char *value);

/* A check of `value`, but for "". */
const char *api_check_type(const char *value);
const char *api_check_level(const char *value);

/* Of a list; its rows name these fields. */
#define API_PAGE_FIELDS                                                                            \
    { .name = "per_page", .check = api_check_per_page },                                           \
        { .name = "before", .check = api_check_before },                                           \
    {                                                                                              \
        .name = "page", .check = api_check_page                                                    \
    }
const char *api_check_per_page(const char *value);
const char *api_check_before(const char *value);
const char *api_check_page(const char *value);
size_t api_per_page(const struct web_request *request);
int64_t api_before(const struct web_request *request); /* 0: from the newest */
/* RFC 8288: where the list goes on behind the row `last`; the same query otherwise. */
void api_link_next(struct web_request *request, int64_t last);

/* "2026-01-31 12:34:56", UTC, as the platform writes it; NULL for 0. */
const char *api_date(struct arena *arena, int64_t ms);

/* ---- application.c ---- */

/* The application that the address names, if the token's user owns it; else 404 is answered and
 * *found is false. */
enum status api_application_find(struct web_request *request, struct app *out,
                                 bool *found) MUST_CHECK;

/* `secret` NULL: not to be seen. */
enum status api_application_reply(struct web_request *request, int status, const struct app *app,
                                  const char *secret) MUST_CHECK;

#endif
