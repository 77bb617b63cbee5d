/*
 * app.c - an application's page: for its owner, and without what is his alone for who looks after
 * the client.
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
                                    "app.usage_url",
                                    "app.refusals_url",
                                    "app.edit_url",
                                    "app.secret_url",
                                    "app.transfer_url",
                                    "app.delete_url",
                                    "app.end_url",
                                    "app.request_url",
                                    "app.list_url",
                                    "app.unused",
                                    "app.owner",
                                    "app.made_by",
                                    "app.made_by_id",
                                    "app.status_disabled",
                                    "own",
                                    "done",
                                    "secrets",
                                    "secrets.tail",
                                    "secrets.created",
                                    "secrets.last_used",
                                    "secrets.expires",
                                    "secrets.id",
                                    "remove_url",
                                    "has_secrets",
                                    "transfer",
                                    "transfer.to",
                                    "transfer.since",
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

/* `act`: tokens, or (of somebody else's) disable. */
const struct web_field page_app_end_fields[] = { { .name = "act" }, { 0 } };

static const char *
below(struct web_request *request, const struct app *app, const char *rest)
{
    return arena_printf(request->arena, "/app/%s/%s", app->app_id, rest);
}

static void
fill_links(struct web_request *request, struct model *model, const struct app *app, bool own)
{
    model_text(model, "usage_url", below(request, app, "usage"));
    model_text(model, "refusals_url", own ? below(request, app, "refusals") : NULL);
    model_text(model, "edit_url", own ? below(request, app, "edit") : NULL);
    model_text(model, "secret_url", own ? below(request, app, "secret") : NULL);
    model_text(model, "transfer_url", own ? below(request, app, "transfer") : NULL);
    bool has_all = app->level == LEVEL_ALL && app->level_until_ms == 0;
    model_text(model, "request_url", own && !has_all ? below(request, app, "request-level") : NULL);
    model_text(model, "delete_url", below(request, app, "delete"));
    model_text(model, "end_url", below(request, app, "end"));
    model_text(model, "list_url", own ? "/app/" : "/app/?scope=tenant");
}

static void
fill(struct web_request *request, struct model *model, const struct app *app, bool own)
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
    model_text(one, "unused", page_app_unused(request, app));
    model_text(one, "owner", app->owner_login);
    model_text(one, "made_by", app->created_by == NULL ? NULL : app->created_by_name);
    model_text(one, "made_by_id", app->created_by);
    model_flag(one, "status_disabled", app->status == APP_DISABLED);
    fill_links(request, one, app, own);
    model_flag(model, "own", own);
    page_steps_model(request, model, app, NULL);
}

void
page_secrets_model(struct web_request *request, struct model *model,
                   const struct dao_app_secret_list *list)
{
    struct model *secrets = model_list(model, "secrets");
    for (size_t i = 0; i < list->count; i++) {
        const struct dao_app_secret *secret = &list->items[i];
        struct model *one = model_append(secrets);
        model_text(one, "tail", secret->tail);
        model_text(one, "created", web_date(request, secret->created_ms));
        model_text(one, "last_used", web_date(request, secret->last_used_ms));
        model_text(one, "expires", web_date(request, secret->expires_ms));
        /* The newest stays: it is the one that has no other behind it. */
        model_text(one, "id",
                   i == 0 ? NULL : arena_printf(request->arena, "%lld", (long long)secret->id));
    }
    model_flag(model, "has_secrets", list->count > 0);
}

static enum status
fill_own(struct web_request *request, struct model *model, const struct app *app)
{
    struct dao *dao = request->web->dao;
    struct dao_app_secret_list secrets;
    struct dao_transfer transfer;
    bool found;
    enum status status = dao_app_secret_list(dao, request->arena, app->id, &secrets);
    if (status == OK)
        status = dao_transfer_find(dao, request->arena, app->app_id, &transfer, &found);
    if (status != OK)
        return status;
    page_secrets_model(request, model, &secrets);
    if (found) {
        struct model *one = model_child(model, "transfer");
        model_text(one, "to", transfer.to_login);
        model_text(one, "since", web_date(request, transfer.since_ms));
    }
    return OK;
}

enum status
page_app_see(struct web_request *request, struct app *out, enum app_right *right)
{
    const char *app_id = request->arguments[0];
    enum status status = OK;
    bool found = false;
    *right = APP_RIGHT_NONE;
    if (text_is_hex(app_id, APP_ID_LENGTH))
        status = dao_app_find(request->web->dao, request->arena, app_id, out, &found);
    if (status != OK)
        return status;
    if (found)
        *right = app_right_of(&request->session.user, out);
    if (*right == APP_RIGHT_NONE)
        return page_not_theirs(request, found ? app_id : NULL);
    request->http->log_app = out->app_id;
    return OK;
}

enum status
page_app_find(struct web_request *request, struct app *out, bool *found)
{
    enum app_right right;
    enum status status = page_app_see(request, out, &right);
    *found = right == APP_RIGHT_OWN;
    if (status != OK || right != APP_RIGHT_END)
        return status;
    return page_not_theirs(request, out->app_id);
}

enum status
page_not_theirs(struct web_request *request, const char *app_id)
{
    if (app_id != NULL)
        log_event(LOG_AT_WARNING, "application of somebody else asked for", "user",
                  request->session.user.login, "app", app_id, NULL);
    return web_reply_not_found(request);
}

/* What was just done, as the address that a form leads to says. */
static const char *
done_text(struct web_request *request)
{
    static const char *const known[] = { "accepted", "disabled", "saved", "tokens" };
    const char *done = http_pairs_find(&request->http->query, "done");
    if (done == NULL || name_index(known, LENGTH_OF(known), done) < 0)
        return NULL;
    return view_message(request->view, request->arena,
                        arena_printf(request->arena, "app.done.%s", done), NULL);
}

enum status
page_app_show(struct web_request *request)
{
    struct app app;
    enum app_right right;
    enum status status = page_app_see(request, &app, &right);
    if (status != OK || right == APP_RIGHT_NONE)
        return status;
    struct model *model = web_frame(request, "title.app");
    model_text(model, "title", app.name);
    model_text(model, "done", done_text(request));
    fill(request, model, &app, right == APP_RIGHT_OWN);
    if (right == APP_RIGHT_OWN)
        status = fill_own(request, model, &app);
    return status != OK ? status : web_reply_page(request, 200, &page_app, model);
}

static enum status
disable(const struct action *action, const struct app *app, const char **problem)
{
    static const enum app_status disabled = APP_DISABLED;
    struct app_change change = {
        .app_id = app->app_id,
        .seen_owner_id = app->owner_id,
        .status = &disabled,
    };
    struct dao_app_changed changed;
    return action_app_set(action, &change, &changed, problem);
}

enum status
page_app_end(struct web_request *request)
{
    struct app app;
    enum app_right right;
    const char *problem, *act = web_field(request, "act"), *done;
    enum status status = page_app_see(request, &app, &right);
    if (status != OK || right == APP_RIGHT_NONE)
        return status;
    struct action action = web_action(request);
    if (text_equal(act, "tokens")) {
        done = "tokens";
        status = action_app_end_tokens(&action, &app, &problem);
    } else if (text_equal(act, "disable") && right == APP_RIGHT_END) {
        done = "disabled";
        status = disable(&action, &app, &problem);
    } else {
        return web_reply_error(request, 422, "unprocessable", NULL);
    }
    if (status != OK)
        return status;
    if (problem != NULL)
        return web_reply_not_found(request);
    return web_reply_redirect(request,
                              below(request, &app, arena_printf(request->arena, "?done=%s", done)));
}
