/*
 * application.c - /application/: the applications of the token's user, listed, looked at, made.
 *
 * A secret is in the answer that made it and in none after that. What is made here belongs to the
 * token's user and is marked as made by the token's application; it begins with Call API.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "api/api_int.h"

/* The platform's own words. */
#define SECRET_HIDDEN "visible_only_when_creating_or_resetting"

const struct web_field api_application_list_fields[] = { API_PAGE_FIELDS, { 0 } };

const struct web_field api_application_add_fields[] = {
    { .name = "name", .check = app_check_name },
    { .name = "type", .check = api_check_type },
    { .name = "redirect_uris", .check = redirect_urls_check, .is_list = true },
    { .name = "description", .check = app_check_description },
    { .name = "native", .check = api_check_flag },
    { .name = "level", .check = api_check_level },
    { .name = "owner" },
    { .name = "api_backend" },
    { .name = "password_credentials" },
    { .name = "status" },
    { 0 },
};

static void
fill(struct web_request *request, struct model *model, const struct app *app, const char *secret)
{
    struct arena *arena = request->arena;
    bool is_all = app->level == LEVEL_ALL;
    model_text(model, "app_id", app->app_id);
    model_text(model, "secret", app->native ? NULL : secret == NULL ? SECRET_HIDDEN : secret);
    model_text(model, "name", app->name);
    model_text(model, "description", app->description);
    model_text(model, "type", app_type_names[app->type]);
    model_flag(model, "native", app->native);
    struct model *urls = model_list(model, "redirect_uris");
    for (size_t i = 0; i < app->redirect_url_count; i++)
        model_append_text(urls, app->redirect_urls[i]);
    model_text(model, "level", app_level_names[app->level]);
    model_text(model, "level_until", is_all ? api_date(arena, app->level_until_ms) : NULL);
    model_text(model, "status", app_status_names[app->status]);
    model_text(model, "created_by_app", app->created_by);
    model_text(model, "created", api_date(arena, app->created_ms));
    model_text(model, "last_used", api_date(arena, app->last_used_ms));
}

enum status
api_application_reply(struct web_request *request, int status, const struct app *app,
                      const char *secret)
{
    struct model *model = model_object(request->arena);
    fill(request, model, app, secret);
    return web_reply_json(request, status, model);
}

enum status
api_application_find(struct web_request *request, struct app *out, bool *found)
{
    const char *app_id = request->arguments[0];
    const struct user *user = &request->bearer.user;
    enum status status = OK;
    *found = false;
    if (text_is_hex(app_id, APP_ID_LENGTH))
        status = dao_app_find(request->web->dao, request->arena, app_id, out, found);
    if (status != OK)
        return status;
    if (*found && out->owner_id != user->id) {
        log_event(LOG_AT_WARNING, "application of somebody else asked for", "user", user->login,
                  "app", app_id, "by_app", request->bearer.app_id, NULL);
        *found = false;
    }
    return *found ? OK : web_reply_not_found(request);
}

enum status
api_application_list(struct web_request *request)
{
    struct dao_app_list list;
    bool pass;
    enum status status = api_fields_check(request, &pass);
    if (status != OK || !pass)
        return status;
    status = dao_app_list(request->web->dao, request->arena, request->bearer.user.id,
                          api_before(request), api_per_page(request), &list);
    if (status != OK)
        return status;
    struct model *model = model_list_root(request->arena);
    for (size_t i = 0; i < list.count; i++)
        fill(request, model_append(model), &list.items[i], NULL);
    if (list.more)
        api_link_next(request, list.items[list.count - 1].id);
    return web_reply_json(request, 200, model);
}

enum status
api_application_show(struct web_request *request)
{
    struct app app;
    bool found;
    enum status status = api_application_find(request, &app, &found);
    if (status != OK || !found)
        return status;
    return api_application_reply(request, 200, &app, NULL);
}

enum status
api_application_add(struct web_request *request)
{
    struct redirect_urls urls;
    bool pass;
    const char *type = web_field(request, "type");
    struct registration in = {
        .name = web_field(request, "name"),
        .description = web_field(request, "description"),
        .type = text_equal(type, app_type_names[APP_TRUSTED]) ? APP_TRUSTED : APP_PUBLIC,
        .level = LEVEL_CALL_API,
        .native = api_is_yes(web_field(request, "native")),
        .redirect_urls = &urls,
        .form_key = "",
        .created_by = request->bearer.app_row,
    };
    struct web_value *native = web_value(request, "native");
    if (native->problem == NULL && in.native && in.type != APP_PUBLIC)
        native->problem = "error.native.type";
    api_redirect_uris_check(request);
    enum status status = api_fields_refuse(request, NULL, &pass);
    if (status == OK && pass)
        status = api_fields_check(request, &pass);
    if (status != OK || !pass)
        return status;
    if (redirect_urls_parse(request->arena, web_field(request, "redirect_uris"), &urls) != NULL)
        panic("a checked field is invalid");
    struct action action = web_action(request);
    struct registered registered;
    status = action_register(&action, &request->bearer.user, &in, &registered);
    if (status != OK)
        return status;
    if (registered.outcome != REGISTERED)
        panic("a checked registration was refused");
    return api_application_reply(request, 201, &registered.app, registered.secret);
}
