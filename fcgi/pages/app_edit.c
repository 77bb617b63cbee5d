/*
 * app_edit.c - changing an application's name, description and redirect URLs, and giving All back.
 *
 * Whatever else a form holds, its type and owner stay, and its level never rises here.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "pages/pages.h"

const struct view_page page_app_edit = {
    .template = "app_edit",
    .names = (const char *const[]){ "app",
                                    "app.name",
                                    "app.level_until",
                                    "app.page_url",
                                    "form_url",
                                    "field",
                                    "field.name",
                                    "field.name.value",
                                    "field.name.error",
                                    "field.redirect_url",
                                    "field.redirect_url.value",
                                    "field.redirect_url.error",
                                    "field.description",
                                    "field.description.value",
                                    "field.description.error",
                                    "level_all",
                                    "lowers",
                                    "errors",
                                    "errors.name",
                                    "errors.text",
                                    "has_errors",
                                    NULL },
};

/* In the form's order, which the summary of errors follows. */
const struct web_field page_app_edit_fields[] = {
    { .name = "name", .check = app_check_name },
    { .name = "redirect_url", .check = redirect_urls_check },
    { .name = "description", .check = app_check_description },
    { .name = "level" },
    { 0 },
};

static void
fill_app(struct web_request *request, struct model *model, const struct app *app)
{
    struct model *one = model_child(model, "app");
    page_app_model(request, one, app);
    model_text(one, "level_until",
               app->level == LEVEL_ALL ? web_date(request, app->level_until_ms) : NULL);
    model_flag(model, "level_all", app->level == LEVEL_ALL);
    model_text(model, "form_url", arena_printf(request->arena, "/app/%s/edit", app->app_id));
}

/* As it is, for a first look. */
static void
fill_fields(struct web_request *request, struct model *model, const struct app *app)
{
    struct model *field = model_child(model, "field");
    struct buf urls;
    buf_init(&urls, request->arena, SIZE_MAX);
    for (size_t i = 0; i < app->redirect_url_count; i++)
        buf_printf(&urls, "%s%s", i == 0 ? "" : "\n", app->redirect_urls[i]);
    model_text(model_child(field, "name"), "value", app->name);
    model_text(model_child(field, "redirect_url"), "value", urls.data);
    model_text(model_child(field, "description"), "value", app->description);
}

static bool
lowers(const struct web_request *request, const struct app *app)
{
    return app->level == LEVEL_ALL &&
           text_equal(web_field(request, "level"), app_level_names[LEVEL_CALL_API]);
}

enum status
page_app_edit_show(struct web_request *request)
{
    struct app app;
    bool found;
    enum status status = page_app_find(request, &app, &found);
    if (status != OK || !found)
        return status;
    struct model *model = web_frame(request, "title.app_edit");
    fill_app(request, model, &app);
    fill_fields(request, model, &app);
    return web_reply_page(request, 200, &page_app_edit, model);
}

enum status
page_app_edit_refill(struct web_request *request)
{
    struct app app;
    bool found;
    struct redirect_urls urls;
    struct web_value *redirect_url = web_value(request, "redirect_url");
    enum status status = page_app_find(request, &app, &found);
    if (status != OK || !found)
        return status;
    if (redirect_url->problem != NULL) {
        redirect_url->problem = redirect_urls_parse(request->arena, redirect_url->value, &urls);
        redirect_url->about = urls.bad;
    }
    struct model *model = web_frame(request, "title.app_edit");
    fill_app(request, model, &app);
    web_fields_model(request, model);
    model_flag(model, "lowers", lowers(request, &app));
    return web_reply_page(request, 422, &page_app_edit, model);
}

enum status
page_app_edit_submit(struct web_request *request)
{
    static const enum app_level call_api = LEVEL_CALL_API;
    struct app app;
    struct dao_app_changed changed;
    bool found;
    const char *problem;
    enum status status = page_app_find(request, &app, &found);
    if (status != OK || !found)
        return status;
    struct app_change change = {
        .app_id = app.app_id,
        .seen_owner_id = app.owner_id,
        .name = web_field(request, "name"),
        .description = web_field(request, "description"),
        .redirect_urls = web_field(request, "redirect_url"),
        .level = lowers(request, &app) ? &call_api : NULL,
    };
    struct action action = web_action(request);
    status = action_app_set(&action, &change, &changed, &problem);
    if (status != OK)
        return status;
    if (problem != NULL)
        return web_reply_not_found(request);
    return web_reply_redirect(request, arena_printf(request->arena, "/app/%s/%s", app.app_id,
                                                    changed.changed ? "?done=saved" : ""));
}
