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

/* user_list.c, user_add.c, user.c, user_import.c: users */
extern const struct view_page admin_user_list_page, admin_user_add_page, admin_user_password_page,
    admin_user_page, admin_user_import_page;
extern const struct web_field admin_user_add_fields[], admin_user_set_fields[],
    admin_user_no_fields[], admin_user_import_fields[];
enum status admin_user_list_show(struct web_request *request);
enum status admin_user_add_show(struct web_request *request);
enum status admin_user_add_submit(struct web_request *request);
enum status admin_user_add_refill(struct web_request *request);
enum status admin_user_show(struct web_request *request);
enum status admin_user_set(struct web_request *request);
enum status admin_user_set_refill(struct web_request *request);
enum status admin_user_reset(struct web_request *request);
enum status admin_user_end_sessions(struct web_request *request);
enum status admin_user_end_tokens(struct web_request *request);
enum status admin_user_import_show(struct web_request *request);
enum status admin_user_import_submit(struct web_request *request);

/* audit.c */
extern const struct view_page admin_audit_page;
enum status admin_audit_show(struct web_request *request);
enum status admin_audit_export(struct web_request *request);

#endif
