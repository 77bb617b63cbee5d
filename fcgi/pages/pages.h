/*
 * pages.h - people's pages, one endpoint a file.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifndef CALLGATE_PAGES_H
#define CALLGATE_PAGES_H

#include "web/web.h"

/* Each file's pages, its fields (end with a NULL name), its handlers. */

/* app.c: an application's page */
extern const struct view_page page_app;
extern const struct web_field page_app_end_fields[];
enum status page_app_show(struct web_request *request);
enum status page_app_end(struct web_request *request);
/* The application that the address names, if the signed-in user owns it; else 404 is answered and
 * *found is false. */
enum status page_app_find(struct web_request *request, struct app *out, bool *found) MUST_CHECK;
/* The same for who may see it; *right is APP_RIGHT_NONE if 404 is answered. */
enum status page_app_see(struct web_request *request, struct app *out,
                         enum app_right *right) MUST_CHECK;
/* 404, and a line in the log that somebody asked for it (`app_id` NULL: there is no such one). */
enum status page_not_theirs(struct web_request *request, const char *app_id) MUST_CHECK;
/* The list `secrets` (tail, created, last_used, expires; id of those that may be removed), and
 * has_secrets. */
void page_secrets_model(struct web_request *request, struct model *model,
                        const struct dao_app_secret_list *list);

/* app_edit.c */
extern const struct view_page page_app_edit;
extern const struct web_field page_app_edit_fields[];
enum status page_app_edit_show(struct web_request *request);
enum status page_app_edit_submit(struct web_request *request);
enum status page_app_edit_refill(struct web_request *request);

/* app_secret.c */
extern const struct view_page page_app_secret;
extern const struct web_field page_app_secret_fields[], page_app_secret_remove_fields[];
enum status page_app_secret_show(struct web_request *request);
enum status page_app_secret_submit(struct web_request *request);
enum status page_app_secret_refill(struct web_request *request);
enum status page_app_secret_remove(struct web_request *request);

/* app_delete.c */
extern const struct view_page page_app_delete;
extern const struct web_field page_app_delete_fields[];
enum status page_app_delete_show(struct web_request *request);
enum status page_app_delete_submit(struct web_request *request);

/* app_transfer.c: handing over, and accepting it */
extern const struct view_page page_app_transfer, page_app_accept;
extern const struct web_field page_app_transfer_fields[], page_app_withdraw_fields[],
    page_app_accept_fields[];
enum status page_app_transfer_show(struct web_request *request);
enum status page_app_transfer_submit(struct web_request *request);
enum status page_app_transfer_withdraw(struct web_request *request);
enum status page_app_accept_show(struct web_request *request);
enum status page_app_accept_submit(struct web_request *request);

/* steps.c: what to do next with an application, by its type */
/* Fills the names of the partial `steps`; `secret` NULL: words in its place. */
void page_steps_model(struct web_request *request, struct model *model, const struct app *app,
                      const char *secret);
/* app.name, .app_id, .type_label, .level_label, .page_url: what all pages say of an application. */
void page_app_model(struct web_request *request, struct model *model, const struct app *app);

/* What says that nobody uses it, since when, and when that disables it; NULL: nothing is to be
 * said. */
const char *page_app_unused(struct web_request *request, const struct app *app);

/* app_list.c */
extern const struct view_page page_app_list;
enum status page_app_list_show(struct web_request *request);

/* app_register.c */
extern const struct view_page page_app_register, page_app_registered;
extern const struct web_field page_app_register_fields[];
enum status page_app_register_show(struct web_request *request);
enum status page_app_register_submit(struct web_request *request);
enum status page_app_register_refill(struct web_request *request);

/* app_refusals.c: what the gate refused to an application, and why */
extern const struct view_page page_app_refusals;
enum status page_app_refusals_show(struct web_request *request);

/* app_request_level.c: asking for All */
extern const struct view_page page_app_request_level;
extern const struct web_field page_app_request_level_fields[];
enum status page_app_request_level_show(struct web_request *request);
enum status page_app_request_level_submit(struct web_request *request);

/* app_usage.c: what an application did; under /app/, and for administrators under /admin/app/ */
extern const struct view_page page_app_usage;
enum status page_app_usage_show(struct web_request *request);
enum status page_app_usage_show_admin(struct web_request *request);

/* account.c: a user's own data and sign-ins */
extern const struct view_page page_account;
extern const struct web_field page_account_fields[], page_account_session_fields[];
enum status page_account_show(struct web_request *request);
enum status page_account_submit(struct web_request *request);
enum status page_account_refill(struct web_request *request);
enum status page_account_session_end(struct web_request *request);

/* account_password.c: a new password of one's own */
extern const struct view_page page_account_password;
extern const struct web_field page_account_password_fields[];
enum status page_account_password_show(struct web_request *request);
enum status page_account_password_submit(struct web_request *request);
enum status page_account_password_refill(struct web_request *request);

/* language.c: another language, from any page */
extern const struct web_field page_language_fields[];
enum status page_language_submit(struct web_request *request);

/* asset.c: style sheet, script, logo, icon */
enum status page_asset_style(struct web_request *request);
enum status page_asset_script(struct web_request *request);
enum status page_asset_logo(struct web_request *request);
enum status page_asset_icon(struct web_request *request);

/* authorized.c: what the user has allowed */
extern const struct view_page page_authorized, page_authorized_tenant;
extern const struct web_field page_authorized_fields[];
enum status page_authorized_show(struct web_request *request);
enum status page_authorized_withdraw(struct web_request *request);

/* home.c: / leads to /app/ */
enum status page_home(struct web_request *request);

/* login.c, logout.c */
extern const struct view_page page_login;
extern const struct web_field page_login_fields[], page_logout_fields[];
enum status page_login_show(struct web_request *request);
/* In answer to any request for a page: signing in leads to `next`. */
enum status page_login_here(struct web_request *request, const char *next);
enum status page_login_submit(struct web_request *request);
enum status page_logout(struct web_request *request);

#endif
