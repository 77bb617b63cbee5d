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

/* request_list.c: who asks for All */
extern const struct view_page admin_request_list_page;
enum status admin_request_list_show(struct web_request *request);

/* request.c: one request with the evidence, and the answer to it */
extern const struct view_page admin_request_page;
extern const struct web_field admin_request_fields[];
enum status admin_request_show(struct web_request *request);
enum status admin_request_decide(struct web_request *request);

/* app_list.c: everybody's applications */
extern const struct view_page admin_app_list_page;
enum status admin_app_list_show(struct web_request *request);

/* app.c: one of them, and what an administrator does with it */
extern const struct view_page admin_app_page, admin_app_confirm_page;
extern const struct web_field admin_app_fields[], admin_app_revoke_fields[],
    admin_app_delete_fields[];
enum status admin_app_show(struct web_request *request);
enum status admin_app_set(struct web_request *request);
enum status admin_app_revoke(struct web_request *request);
enum status admin_app_delete(struct web_request *request);

/* rules.c: what the gate says to requests that nobody sends */
extern const struct view_page admin_rules_page;
extern const struct web_field admin_rules_fields[];
enum status admin_rules_show(struct web_request *request);
enum status admin_rules_test(struct web_request *request);

/* evidence.c: what an application did and was refused, for the partial `evidence` */
#define ADMIN_EVIDENCE_NAMES                                                                       \
    "evidence", "evidence.refused", "evidence.is_refused", "evidence.passed",                      \
        "evidence.is_passed", "evidence.passed.request", "evidence.passed.count"
/* Fills them. */
enum status admin_evidence_model(struct web_request *request, struct model *model,
                                 int64_t app_row) MUST_CHECK;
/* The label of a value: label(request, "level", "all") is message level.all.label. */
const char *admin_label(struct web_request *request, const char *table, const char *name);
/* A choice of a form, at the end of `list`: value, label, chosen. */
void admin_option(struct model *list, const char *value, const char *label, bool chosen);

#endif
