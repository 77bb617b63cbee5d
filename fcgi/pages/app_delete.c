/*
 * app_delete.c - deleting an application: by its owner, or by who looks after the client.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "pages/pages.h"

enum { COUNTED_MAX = 10000 };

const struct view_page page_app_delete = {
    .template = "app_delete",
    .names =
        (const char *const[]){ "app", "app.name", "app.app_id", "app.page_url", "app.type_label",
                               "app.level_label", "owner", "users", "has_secrets", "form_url",
                               "field", "field.name", "field.name.value", "field.name.error",
                               "errors", "errors.name", "errors.text", "has_errors", NULL },
};

const struct web_field page_app_delete_fields[] = { { .name = "name" }, { 0 } };

static enum status
show(struct web_request *request, int reply_status, const struct app *app)
{
    int64_t users;
    struct arena *arena = request->arena;
    enum status status = dao_permission_count(request->web->dao, app->id, COUNTED_MAX + 1, &users);
    if (status != OK)
        return status;
    struct model *model = web_frame(request, "title.app_delete");
    if (reply_status == 422)
        web_fields_model(request, model);
    page_app_model(request, model_child(model, "app"), app);
    model_text(model, "owner", app->owner_id == request->session.user.id ? NULL : app->owner_login);
    model_text(model, "users",
               users > COUNTED_MAX ? arena_printf(arena, "> %d", COUNTED_MAX)
                                   : arena_printf(arena, "%lld", (long long)users));
    model_flag(model, "has_secrets", !app->native);
    model_text(model, "form_url", arena_printf(arena, "/app/%s/delete", app->app_id));
    return web_reply_page(request, reply_status, &page_app_delete, model);
}

enum status
page_app_delete_show(struct web_request *request)
{
    struct app app;
    enum app_right right;
    enum status status = page_app_see(request, &app, &right);
    return status != OK || right == APP_RIGHT_NONE ? status : show(request, 200, &app);
}

enum status
page_app_delete_submit(struct web_request *request)
{
    struct app app;
    enum app_right right;
    const char *problem;
    enum status status = page_app_see(request, &app, &right);
    if (status != OK || right == APP_RIGHT_NONE)
        return status;
    if (!text_equal(web_field(request, "name"), text_trim(request->arena, app.name))) {
        web_value(request, "name")->problem = "error.delete.name";
        return show(request, 422, &app);
    }
    struct action action = web_action(request);
    status = action_app_delete(&action, app.app_id, app.owner_id, &problem);
    if (status != OK)
        return status;
    if (problem != NULL)
        return web_reply_not_found(request);
    return web_reply_redirect(request, right == APP_RIGHT_OWN ? "/app/" : "/app/?scope=tenant");
}
