/*
 * app_request_level.c - an owner asks for All, sees the answer, edits or takes back what is open.
 *
 * One request is open at a time: asking again replaces nothing.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "pages/pages.h"

const struct view_page page_app_request_level = {
    .template = "app_request_level",
    .names = (const char *const[]){ "app",
                                    "app.name",
                                    "app.app_id",
                                    "app.type_label",
                                    "app.level_label",
                                    "app.page_url",
                                    "level_until",
                                    "last",
                                    "last.reason",
                                    "last.wanted_until",
                                    "last.created",
                                    "last.open",
                                    "last.approved",
                                    "last.declined",
                                    "last.withdrawn",
                                    "last.decided",
                                    "last.answer",
                                    "last.granted_until",
                                    "form_url",
                                    "refusals_url",
                                    "asks",
                                    "reason_value",
                                    "until_value",
                                    "problem",
                                    "field",
                                    "field.reason",
                                    "field.reason.error",
                                    "field.until",
                                    "field.until.error",
                                    "errors",
                                    "errors.name",
                                    "errors.text",
                                    "has_errors",
                                    NULL },
};

/* Checked by the handler: taking back needs no reason. */
const struct web_field page_app_request_level_fields[] = {
    { .name = "reason" }, { .name = "until" }, { .name = "act" }, { 0 }
};

/* As a date field has it: the last day. */
static const char *
day(struct arena *arena, int64_t until_ms)
{
    char text[21];
    if (until_ms == 0)
        return "";
    clock_format_utc(until_ms - 1, text);
    return arena_strndup(arena, text, 10);
}

static void
fill_last(struct web_request *request, struct model *model, const struct dao_level_request *last)
{
    struct model *one = model_child(model, "last");
    model_text(one, "reason", last->reason);
    model_text(one, "wanted_until", web_date(request, last->wanted_until_ms));
    model_text(one, "created", web_date(request, last->created_ms));
    model_flag(one, "open", last->state == REQUEST_OPEN);
    model_flag(one, "approved", last->state == REQUEST_APPROVED);
    model_flag(one, "declined", last->state == REQUEST_DECLINED);
    model_flag(one, "withdrawn", last->state == REQUEST_WITHDRAWN);
    model_text(one, "decided", web_date(request, last->decided_ms));
    model_text(one, "answer", *last->answer == '\0' ? NULL : last->answer);
    model_text(one, "granted_until", web_date(request, last->granted_until_ms));
}

/* `problem` NULL: none but those of fields. */
static enum status
show(struct web_request *request, int status, const struct app *app, const char *problem)
{
    struct dao_level_request last;
    bool found, is_form = request->route->fields != NULL;
    enum status status_of =
        dao_level_request_find_last(request->web->dao, request->arena, app->id, &last, &found);
    if (status_of != OK)
        return status_of;
    struct arena *arena = request->arena;
    struct model *model = web_frame(request, "title.app_request_level");
    bool is_open = found && last.state == REQUEST_OPEN;
    bool has_all = app->level == LEVEL_ALL && app->level_until_ms == 0;
    page_app_model(request, model_child(model, "app"), app);
    model_text(model, "level_until",
               app->level == LEVEL_ALL ? web_date(request, app->level_until_ms) : NULL);
    model_text(model, "form_url", arena_printf(arena, "/app/%s/request-level", app->app_id));
    model_text(model, "refusals_url", arena_printf(arena, "/app/%s/refusals", app->app_id));
    if (found)
        fill_last(request, model, &last);
    else
        model_null(model, "last");
    model_flag(model, "asks", is_open || !has_all);
    web_fields_model(request, model);
    model_text(model, "reason_value",
               is_form   ? web_field(request, "reason")
               : is_open ? last.reason
                         : "");
    model_text(model, "until_value",
               is_form   ? web_field(request, "until")
               : is_open ? day(arena, last.wanted_until_ms)
                         : "");
    model_text(model, "problem",
               problem == NULL ? NULL : view_message(request->view, arena, problem, NULL));
    return web_reply_page(request, status, &page_app_request_level, model);
}

/* The application, for its owner alone. */
static enum status
find_own(struct web_request *request, struct app *app, bool *found)
{
    enum status status = page_app_find(request, app, found);
    if (status != OK || !*found || app_right_of(&request->session.user, app) == APP_RIGHT_OWN)
        return status;
    *found = false;
    return web_reply_not_found(request);
}

enum status
page_app_request_level_show(struct web_request *request)
{
    struct app app;
    bool found;
    enum status status = find_own(request, &app, &found);
    return status != OK || !found ? status : show(request, 200, &app, NULL);
}

/* False: the fields say why not. */
static bool
take_ask(struct web_request *request, const struct app *app, struct dao_level_ask *out)
{
    const char *until = web_field(request, "until");
    *out = (struct dao_level_ask){ .app_id = app->app_id, .reason = web_field(request, "reason") };
    web_value(request, "reason")->problem = request_check_reason(out->reason);
    if (*until != '\0')
        web_value(request, "until")->problem =
            app_level_until_parse(until, clock_wall_ms(), &out->until_ms);
    return web_fields_are_valid(request);
}

enum status
page_app_request_level_submit(struct web_request *request)
{
    struct app app;
    bool found;
    const char *act = web_field(request, "act"), *problem;
    struct action action = web_action(request);
    struct dao_level_ask ask;
    enum status status = find_own(request, &app, &found);
    if (status != OK || !found)
        return status;
    if (text_equal(act, "withdraw"))
        status = action_level_withdraw(&action, app.app_id, &problem);
    else if (!text_equal(act, "ask") && !text_equal(act, "edit"))
        return web_reply_error(request, 422, "unprocessable", NULL);
    else if (!take_ask(request, &app, &ask))
        return show(request, 422, &app, NULL);
    else
        status = (text_equal(act, "ask") ? action_level_ask : action_level_edit)(&action, &ask,
                                                                                 &problem);
    if (status != OK)
        return status;
    if (problem != NULL)
        return show(request, 409, &app, problem);
    return web_reply_redirect(request,
                              arena_printf(request->arena, "/app/%s/request-level", app.app_id));
}
