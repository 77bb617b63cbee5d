/*
 * app.c - an application's page, for its owner.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "pages/pages.h"

const struct view_page page_app = {
    .template = "app",
    .names = (const char *const[]){ "app",
                                    "app.name",
                                    "app.app_id",
                                    "app.type_label",
                                    "app.level_label",
                                    "app.level_all",
                                    "app.level_until",
                                    "app.description",
                                    "app.redirect_urls",
                                    "app.has_redirect_urls",
                                    "app.created",
                                    "app.last_used",
                                    "app.refusals_url",
                                    "app.owner",
                                    "app.status_disabled",
                                    "native",
                                    "is_public",
                                    "is_trusted",
                                    "is_password",
                                    "secret_or_word",
                                    "token_url",
                                    "authorize_url",
                                    "api_user_url",
                                    "first_redirect_url",
                                    "try_url",
                                    NULL },
};

static void
fill(struct web_request *request, struct model *model, const struct app *app)
{
    struct model *one = model_child(model, "app");
    page_app_model(request, one, app);
    model_flag(one, "level_all", app->level == LEVEL_ALL);
    model_text(one, "level_until",
               app->level == LEVEL_ALL ? web_date(request, app->level_until_ms) : NULL);
    model_text(one, "description", *app->description == '\0' ? NULL : app->description);
    struct model *urls = model_list(one, "redirect_urls");
    for (size_t i = 0; i < app->redirect_url_count; i++)
        model_append_text(urls, app->redirect_urls[i]);
    model_flag(one, "has_redirect_urls", app->redirect_url_count > 0);
    model_text(one, "created", web_date(request, app->created_ms));
    model_text(one, "last_used", web_date(request, app->last_used_ms));
    model_text(one, "refusals_url", arena_printf(request->arena, "/app/%s/refusals", app->app_id));
    model_text(one, "owner", app->owner_login);
    model_flag(one, "status_disabled", app->status == APP_DISABLED);
    page_steps_model(request, model, app, NULL);
}

enum status
page_app_find(struct web_request *request, struct app *out, bool *found)
{
    const char *app_id = request->arguments[0];
    enum status status = OK;
    *found = false;
    if (text_is_hex(app_id, APP_ID_LENGTH))
        status = dao_app_find(request->web->dao, request->arena, app_id, out, found);
    if (status != OK)
        return status;
    if (*found && out->owner_id != request->session.user.id) {
        log_event(LOG_AT_WARNING, "application of somebody else asked for", "user",
                  request->session.user.login, "app", app_id, NULL);
        *found = false;
    }
    if (!*found)
        return web_reply_not_found(request);
    request->http->log_app = out->app_id;
    return OK;
}

enum status
page_app_show(struct web_request *request)
{
    struct app app;
    bool found;
    enum status status = page_app_find(request, &app, &found);
    if (status != OK || !found)
        return status;
    struct model *model = web_frame(request, "title.app");
    model_text(model, "title", app.name);
    fill(request, model, &app);
    return web_reply_page(request, 200, &page_app, model);
}
