/*
 * admin_int.h - what administrators' pages share.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifndef CALLGATE_ADMIN_INT_H
#define CALLGATE_ADMIN_INT_H

#include "admin/admin.h"

enum { ADMIN_PAGE_SIZE = 50 };

/* ---- user_form.c: the fields of templates/user_fields.html ---- */

/* Declared by each page that shows them. */
#define ADMIN_USER_FORM_NAMES                                                                      \
    "errors", "errors.name", "errors.text", "has_errors", "texts", "texts.name", "texts.label",    \
        "texts.help", "texts.value", "texts.error", "access", "access.value", "access.label",      \
        "access.help", "access.checked", "access_error", "admin_checked", "admin_error", "levels", \
        "levels.name", "levels.label", "levels.value", "levels.error"

/* Their rows of a web_field table. */
#define ADMIN_USER_FORM_FIELDS                                                                     \
    { .name = "name", .check = user_check_name }, { .name = "email", .check = user_check_email },  \
        { .name = "timezone", .check = user_check_timezone },                                      \
        { .name = "access", .check = user_check_access },                                          \
        { .name = "admin", .check = admin_check_tick },                                            \
        { .name = "dealer_id", .check = user_check_id },                                           \
        { .name = "client_id", .check = user_check_id },                                           \
        { .name = "extension_group_id", .check = user_check_id },                                  \
        { .name = "extension_id", .check = user_check_id },                                        \
    {                                                                                              \
        .name = "tenant_id", .check = user_check_id                                                \
    }

const char *admin_check_tick(const char *value);
/* Puts the fields: those of `user`, or what was typed if the request's form has them. */
void admin_user_form(struct web_request *request, struct model *model, const struct user *user);
/* What was typed, into the fields that the form has. */
void admin_user_typed(struct web_request *request, struct user *user);
/* Names the field that a problem of action_user_set() or _new() belongs to. */
void admin_user_problem(struct web_request *request, const char *problem);

/* ---- user.c ---- */

/* The page of the user with this login; also for logins that are addresses of other pages ("add").
 */
enum status admin_user_show_login(struct web_request *request, const char *login);
/* "administrator", "client 12", as people read it. */
const char *admin_user_level(struct web_request *request, const struct user *user);
/* The one answer that shows a new password; `fresh`: of a user just added. */
enum status admin_user_show_password(struct web_request *request, const char *login,
                                     const char *password, bool fresh);

/* ---- audit.c ---- */

/* Names of a row's fields below `list`, for view_page.names. */
#define ADMIN_AUDIT_NAMES(list)                                                                    \
    list, list ".id", list ".at", list ".actor", list ".address", list ".request_id", list ".act", \
        list ".object_kind", list ".object_id", list ".object_url", list ".has_detail",            \
        list ".before", list ".after", list ".rest"
void admin_audit_row(struct web_request *request, struct model *model,
                     const struct dao_audit_row *row);

/* ---- request_list.c ---- */

/* The names of the partial `request_rows`; is_open: none of them has been answered. */
#define ADMIN_REQUEST_NAMES                                                                        \
    "is_open", "requests", "requests.page_url", "requests.app_name", "requests.app_id",            \
        "requests.login", "requests.reason", "requests.wanted_until", "requests.created",          \
        "requests.decided", "requests.decided_by"
/* Fills one of the list `requests`. */
void admin_request_row(struct web_request *request, struct model *model,
                       const struct dao_level_request *row);

#endif
