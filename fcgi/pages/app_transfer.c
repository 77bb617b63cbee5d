/*
 * app_transfer.c - handing an application over: the giver's page and the receiver's.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "pages/pages.h"

const struct view_page page_app_transfer = {
    .template = "app_transfer",
    .names =
        (const char *const[]){ "app", "app.name", "app.page_url", "form_url", "withdraw_url",
                               "has_tenant", "transfer", "transfer.to", "transfer.since", "field",
                               "field.login", "field.login.value", "field.login.error", "errors",
                               "errors.name", "errors.text", "has_errors", NULL },
};

const struct view_page page_app_accept = {
    .template = "app_accept",
    .names = (const char *const[]){ "app", "app.name", "app.app_id", "app.type_label",
                                    "description", "owner", "since", "native", "redirect_urls",
                                    "has_redirect_urls", "form_url", NULL },
};

const struct web_field page_app_transfer_fields[] = { { .name = "login" }, { 0 } };
/* A form without fields is one all the same: it must come from here. */
const struct web_field page_app_withdraw_fields[] = { { 0 } };
const struct web_field page_app_accept_fields[] = { { .name = "decision" }, { 0 } };

static enum status
show(struct web_request *request, int reply_status, const struct app *app)
{
    struct arena *arena = request->arena;
    struct dao_transfer transfer;
    bool found;
    enum status status =
        dao_transfer_find(request->web->dao, arena, app->app_id, &transfer, &found);
    if (status != OK)
        return status;
    struct model *model = web_frame(request, "title.app_transfer");
    if (reply_status == 422)
        web_fields_model(request, model);
    page_app_model(request, model_child(model, "app"), app);
    if (found) {
        struct model *one = model_child(model, "transfer");
        model_text(one, "to", transfer.to_login);
        model_text(one, "since", web_date(request, transfer.since_ms));
    }
    model_flag(model, "has_tenant", app->owner_tenant_id != 0);
    model_text(model, "form_url", arena_printf(arena, "/app/%s/transfer", app->app_id));
    model_text(model, "withdraw_url",
               arena_printf(arena, "/app/%s/transfer/withdraw", app->app_id));
    return web_reply_page(request, reply_status, &page_app_transfer, model);
}

enum status
page_app_transfer_show(struct web_request *request)
{
    struct app app;
    bool found;
    enum status status = page_app_find(request, &app, &found);
    return status != OK || !found ? status : show(request, 200, &app);
}

enum status
page_app_transfer_submit(struct web_request *request)
{
    struct app app;
    bool found;
    const char *problem;
    enum status status = page_app_find(request, &app, &found);
    if (status != OK || !found)
        return status;
    struct action action = web_action(request);
    status = action_transfer(&action, app.app_id, web_field(request, "login"), &problem);
    if (status != OK)
        return status;
    if (problem != NULL && text_equal(problem, "error.app.unknown"))
        return web_reply_not_found(request);
    if (problem != NULL) {
        web_value(request, "login")->problem = problem;
        return show(request, 422, &app);
    }
    return web_reply_redirect(request,
                              arena_printf(request->arena, "/app/%s/transfer", app.app_id));
}

/* What is not on offer any more was accepted or declined meanwhile: the page says so. */
enum status
page_app_transfer_withdraw(struct web_request *request)
{
    struct app app;
    bool found, done;
    enum status status = page_app_find(request, &app, &found);
    if (status != OK || !found)
        return status;
    struct action action = web_action(request);
    status = action_transfer_withdraw(&action, app.app_id, &done);
    if (status != OK)
        return status;
    return web_reply_redirect(request,
                              arena_printf(request->arena, "/app/%s/transfer", app.app_id));
}

/* What is offered to the signed-in user; else 404 is answered and *found is false. */
static enum status
find_offer(struct web_request *request, struct dao_transfer *out, bool *found)
{
    const char *app_id = request->arguments[0];
    enum status status = OK;
    *found = false;
    if (text_is_hex(app_id, APP_ID_LENGTH))
        status = dao_transfer_find(request->web->dao, request->arena, app_id, out, found);
    if (status != OK)
        return status;
    if (*found && out->to_id != request->session.user.id) {
        *found = false;
        return page_not_theirs(request, app_id);
    }
    if (!*found)
        return page_not_theirs(request, NULL);
    request->http->log_app = out->app.app_id;
    return OK;
}

enum status
page_app_accept_show(struct web_request *request)
{
    struct dao_transfer transfer;
    bool found;
    enum status status = find_offer(request, &transfer, &found);
    if (status != OK || !found)
        return status;
    const struct app *app = &transfer.app;
    struct model *model = web_frame(request, "title.app_accept");
    page_app_model(request, model_child(model, "app"), app);
    model_text(model, "description", *app->description == '\0' ? NULL : app->description);
    model_text(model, "owner", app->owner_login);
    model_text(model, "since", web_date(request, transfer.since_ms));
    model_flag(model, "native", app->native);
    struct model *urls = model_list(model, "redirect_urls");
    for (size_t i = 0; i < app->redirect_url_count; i++)
        model_append_text(urls, app->redirect_urls[i]);
    model_flag(model, "has_redirect_urls", app->redirect_url_count > 0);
    model_text(model, "form_url", arena_printf(request->arena, "/app/%s/accept", app->app_id));
    return web_reply_page(request, 200, &page_app_accept, model);
}

enum status
page_app_accept_submit(struct web_request *request)
{
    struct dao_transfer transfer;
    bool found, done;
    const char *decision = web_field(request, "decision");
    enum status status = find_offer(request, &transfer, &found);
    if (status != OK || !found)
        return status;
    const char *app_id = transfer.app.app_id;
    struct action action = web_action(request);
    if (text_equal(decision, "decline")) {
        status = action_transfer_decline(&action, app_id, &done);
        return status != OK ? status : web_reply_redirect(request, "/app/");
    }
    if (!text_equal(decision, "accept"))
        return web_reply_error(request, 422, "unprocessable", NULL);
    status = action_transfer_accept(&action, app_id, &done);
    if (status != OK)
        return status;
    if (!done)
        return web_reply_not_found(request);
    return web_reply_redirect(request,
                              arena_printf(request->arena, "/app/%s/?done=accepted", app_id));
}
