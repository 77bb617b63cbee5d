/*
 * application_made.c - /application/{app_id}: changing it, renewing its secret, deleting it.
 *
 * The token's application changes what it made, and nothing else: another application's redirect
 * URLs decide who gets its codes, its secret who it is. Deleting takes from nobody but the user
 * whose token this is, so it is allowed for whatever the user owns, but for the application itself.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "api/api_int.h"

enum { OVERLAP_DAYS_MAX = 7, DAY_MS = 24 * 60 * 60 * 1000 };

static const char *
check_name(const char *value)
{
    return *value == '\0' ? NULL : app_check_name(value);
}

static const char *
check_overlap(const char *value)
{
    int64_t days;
    return *value == '\0' || text_to_int(value, OVERLAP_DAYS_MAX, &days) ? NULL
                                                                         : "error.overlap_days";
}

const struct web_field api_application_change_fields[] = {
    { .name = "name", .check = check_name },
    { .name = "redirect_uris", .check = redirect_urls_check, .is_list = true },
    { .name = "description", .check = app_check_description },
    { .name = "level", .check = api_check_level },
    { .name = "type" },
    { .name = "native" },
    { .name = "owner" },
    { .name = "api_backend" },
    { .name = "password_credentials" },
    { .name = "status" },
    { 0 },
};

const struct web_field api_application_reset_fields[] = {
    { .name = "overlap_days", .check = check_overlap },
    { 0 },
};

/* The user's, and made by the token's application; else 404 or 403 is answered. */
static enum status
find_made(struct web_request *request, struct app *out, bool *found)
{
    enum status status = api_application_find(request, out, found);
    if (status != OK || !*found)
        return status;
    if (out->created_by != NULL && text_equal(out->created_by, request->bearer.app_id))
        return OK;
    *found = false;
    return web_reply_error(request, 403, "not_made",
                           "An application changes only what it made itself. The user does the "
                           "rest on the pages of this site.");
}

/* The value if it was sent, else NULL: as it is. */
static const char *
sent(struct web_request *request, const char *name)
{
    const struct web_value *value = web_value(request, name);
    return value->count == 0 ? NULL : value->value;
}

enum status
api_application_change(struct web_request *request)
{
    struct app app;
    struct redirect_urls urls;
    bool found, pass;
    enum status status = find_made(request, &app, &found);
    if (status != OK || !found)
        return status;
    struct web_value *name = web_value(request, "name");
    if (name->count > 0 && *name->value == '\0')
        name->problem = "error.name.empty";
    api_redirect_uris_check(request);
    status = api_fields_refuse(request, &app, &pass);
    if (status == OK && pass)
        status = api_fields_check(request, &pass);
    if (status != OK || !pass)
        return status;
    if (redirect_urls_parse(request->arena, web_field(request, "redirect_uris"), &urls) != NULL)
        panic("a checked field is invalid");
    struct app_made_change change = {
        .app = &app,
        .created_by = request->bearer.app_row,
        .name = sent(request, "name"),
        .description = sent(request, "description"),
        .redirect_urls = sent(request, "redirect_uris") == NULL ? NULL : &urls,
        .lower = text_equal(web_field(request, "level"), app_level_names[LEVEL_CALL_API]),
    };
    struct action action = web_action(request);
    status = action_app_made_change(&action, &change, &found);
    if (status == OK && found)
        status = api_application_find(request, &app, &found);
    else if (status == OK)
        return web_reply_not_found(request);
    if (status != OK || !found)
        return status;
    return api_application_reply(request, 200, &app, NULL);
}

enum status
api_application_reset(struct web_request *request)
{
    struct app app;
    char secret[APP_ID_LENGTH + 1];
    const char *problem;
    int64_t days = 0;
    bool found, pass;
    enum status status = find_made(request, &app, &found);
    if (status != OK || !found)
        return status;
    status = api_fields_check(request, &pass);
    if (status != OK || !pass)
        return status;
    if (!text_to_int(web_field(request, "overlap_days"), OVERLAP_DAYS_MAX, &days))
        days = 0;
    struct action action = web_action(request);
    status = action_app_secret_seen(&action, &app, days * DAY_MS, secret, &problem);
    if (status != OK)
        return status;
    if (problem != NULL && app.native)
        return web_reply_error(request, 422, "unprocessable",
                               view_message(request->web->view, request->arena, problem, NULL));
    if (problem != NULL)
        return web_reply_not_found(request);
    status = api_application_reply(request, 200, &app,
                                   arena_strndup(request->arena, secret, APP_ID_LENGTH));
    explicit_bzero(secret, sizeof secret);
    return status;
}

enum status
api_application_delete(struct web_request *request)
{
    struct app app;
    const char *problem;
    bool found;
    enum status status = api_application_find(request, &app, &found);
    if (status != OK || !found)
        return status;
    if (app.id == request->bearer.app_row)
        return web_reply_error(request, 403, "not_made",
                               "An application can not delete itself. The user does it on the "
                               "pages of this site.");
    struct action action = web_action(request);
    status = action_app_delete(&action, app.app_id, app.owner_id, &problem);
    if (status != OK)
        return status;
    return problem != NULL ? web_reply_not_found(request) : web_reply_nothing(request, 204);
}
