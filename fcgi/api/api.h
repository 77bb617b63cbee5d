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

/* application.c: {prefix}application/, what the token's user owns: listed, looked at, made */
extern const struct web_field api_application_list_fields[], api_application_add_fields[];
enum status api_application_list(struct web_request *request);
enum status api_application_show(struct web_request *request);
enum status api_application_add(struct web_request *request);

/* application_made.c: {prefix}application/{app_id}: changed, its secret renewed, deleted */
extern const struct web_field api_application_change_fields[], api_application_reset_fields[];
enum status api_application_change(struct web_request *request);
enum status api_application_reset(struct web_request *request);
enum status api_application_delete(struct web_request *request);

/* permission.c: {prefix}application/permission/, what the token's user has allowed */
extern const struct web_field api_permission_list_fields[], api_permission_delete_fields[];
enum status api_permission_list(struct web_request *request);
enum status api_permission_show(struct web_request *request);
enum status api_permission_delete(struct web_request *request);

#endif
