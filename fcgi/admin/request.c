/*
 * request.c - one request for All: who asks for what and why, the evidence, and the answer.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "admin/admin.h"

const struct view_page admin_request_page = {
    .template = "admin_request",
    .names = (const char *const[]){ "app",
                                    "app.name",
                                    "app.app_id",
                                    "app.page_url",
                                    "app.owner",
                                    "app.type_label",
                                    "app.native",
                                    "app.level_label",
                                    "app.level_all",
                                    "app.level_until",
                                    "app.disabled",
                                    "app.redirect_urls",
                                    "app.has_redirect_urls",
                                    "app.created",
                                    "app.consents",
                                    "asked",
                                    "asked.login",
                                    "asked.reason",
                                    "asked.wanted_until",
                                    "asked.created",
                                    "asked.state_label",
                                    "asked.open",
                                    "asked.approved",
                                    "asked.decided",
                                    "asked.decided_by",
                                    "asked.answer",
                                    "asked.granted_until",
                                    "form_url",
                                    "choose_approve",
                                    "choose_until",
                                    "choose_decline",
                                    "until_value",
                                    "answer_value",
                                    "problem",
                                    "field",
                                    "field.decision",
                                    "field.decision.error",
                                    "field.until",
                                    "field.until.error",
                                    "field.answer",
                                    "field.answer.error",
                                    "errors",
                                    "errors.name",
                                    "errors.text",
                                    "has_errors",
                                    ADMIN_EVIDENCE_NAMES,
                                    NULL },
};

const struct web_field admin_request_fields[] = {
    { .name = "decision" }, { .name = "until" }, { .name = "answer" }, { 0 }
};

static void
fill_app(struct web_request *request, struct model *model, const struct app *app, int64_t consents)
{
    struct model *one = model_child(model, "app");
    model_text(one, "name", app->name);
    model_text(one, "app_id", app->app_id);
    model_text(one, "page_url", arena_printf(request->arena, "/admin/app/%s/", app->app_id));
    model_text(one, "owner", app->owner_login);
    model_text(one, "type_label", admin_label(request, "type", app_type_names[app->type]));
    model_flag(one, "native", app->native);
    model_text(one, "level_label", admin_label(request, "level", app_level_names[app->level]));
    model_flag(one, "level_all", app->level == LEVEL_ALL);
    model_text(one, "level_until",
               app->level == LEVEL_ALL ? web_date(request, app->level_until_ms) : NULL);
    model_flag(one, "disabled", app->status == APP_DISABLED);
    struct model *urls = model_list(one, "redirect_urls");
    for (size_t i = 0; i < app->redirect_url_count; i++)
        model_append_text(urls, app->redirect_urls[i]);
    model_flag(one, "has_redirect_urls", app->redirect_url_count > 0);
    model_text(one, "created", web_date(request, app->created_ms));
    model_number(one, "consents", consents);
}

static void
fill_asked(struct web_request *request, struct model *model, const struct dao_level_request *asked)
{
    struct arena *arena = request->arena;
    struct model *one = model_child(model, "asked");
    const char *key = arena_printf(arena, "request_state.%s", request_state_names[asked->state]);
    model_text(one, "login", asked->login);
    model_text(one, "reason", asked->reason);
    model_text(one, "wanted_until", web_date(request, asked->wanted_until_ms));
    model_text(one, "created", web_date(request, asked->created_ms));
    model_text(one, "state_label", view_message(request->view, arena, key, NULL));
    model_flag(one, "open", asked->state == REQUEST_OPEN);
    model_flag(one, "approved", asked->state == REQUEST_APPROVED);
    model_text(one, "decided", web_date(request, asked->decided_ms));
    model_text(one, "decided_by", *asked->decided_by == '\0' ? NULL : asked->decided_by);
    model_text(one, "answer", *asked->answer == '\0' ? NULL : asked->answer);
    model_text(one, "granted_until", web_date(request, asked->granted_until_ms));
}

/* What was typed; at first the day that is asked for. */
static void
fill_form(struct web_request *request, struct model *model, const struct dao_level_request *asked)
{
    char text[21];
    bool is_form = request->route->fields != NULL;
    const char *decision = is_form ? web_field(request, "decision") : "";
    const char *until = is_form ? web_field(request, "until") : "";
    if (!is_form && asked->wanted_until_ms > clock_wall_ms()) {
        clock_format_utc(asked->wanted_until_ms - 1, text);
        until = arena_strndup(request->arena, text, 10);
    }
    model_text(model, "form_url",
               arena_printf(request->arena, "/admin/request/%lld/", (long long)asked->id));
    model_flag(model, "choose_approve", text_equal(decision, "approve"));
    model_flag(model, "choose_until", text_equal(decision, "until"));
    model_flag(model, "choose_decline", text_equal(decision, "decline"));
    model_text(model, "until_value", until);
    model_text(model, "answer_value", is_form ? web_field(request, "answer") : "");
    web_fields_model(request, model);
}

/* The request that the address names; else 404 is answered and *found is false. */
static enum status
find(struct web_request *request, struct dao_level_request *asked, bool *found)
{
    int64_t id;
    *found = false;
    if (!text_to_int(request->arguments[0], INT64_MAX, &id))
        return web_reply_not_found(request);
    enum status status =
        dao_level_request_find(request->web->dao, request->arena, id, asked, found);
    return status != OK || *found ? status : web_reply_not_found(request);
}

/* `problem` NULL: none but those of fields. */
static enum status
show(struct web_request *request, int status, const char *problem)
{
    struct dao *dao = request->web->dao;
    struct dao_level_request asked;
    struct app app;
    struct dao_app_facts facts;
    bool found;
    enum status result = find(request, &asked, &found);
    if (result != OK || !found)
        return result;
    result = dao_app_find(dao, request->arena, asked.app_id, &app, &found);
    if (result == OK && !found)
        return web_reply_not_found(request);
    if (result == OK)
        result = dao_app_facts(dao, app.id, &facts);
    if (result != OK)
        return result;
    request->http->log_app = app.app_id;
    struct model *model = web_frame(request, "title.admin_request");
    fill_app(request, model, &app, facts.consents);
    fill_asked(request, model, &asked);
    fill_form(request, model, &asked);
    model_text(model, "problem",
               problem == NULL ? NULL : view_message(request->view, request->arena, problem, NULL));
    result = admin_evidence_model(request, model, app.id);
    return result != OK ? result : web_reply_page(request, status, &admin_request_page, model);
}

enum status
admin_request_show(struct web_request *request)
{
    return show(request, 200, NULL);
}

enum status
admin_request_decide(struct web_request *request)
{
    const char *choice = web_field(request, "decision"), *until = web_field(request, "until");
    const char *problem;
    bool found, approve = !text_equal(choice, "decline");
    struct dao_level_request asked;
    struct dao_level_decision decision = { .answer = web_field(request, "answer") };
    enum status status = find(request, &asked, &found);
    if (status != OK || !found)
        return status;
    if (text_equal(choice, "until"))
        web_value(request, "until")->problem =
            *until == '\0' ? "error.until.empty"
                           : app_level_until_parse(until, clock_wall_ms(), &decision.until_ms);
    else if (approve && !text_equal(choice, "approve"))
        web_value(request, "decision")->problem = "error.decision.empty";
    web_value(request, "answer")->problem = request_check_answer(decision.answer);
    if (!approve && *decision.answer == '\0')
        web_value(request, "answer")->problem = "error.answer.empty";
    if (!web_fields_are_valid(request))
        return show(request, 422, NULL);
    decision.id = asked.id;
    struct action action = web_action(request);
    status = action_level_decide(&action, approve, &decision, &problem);
    if (status != OK)
        return status;
    if (problem != NULL)
        return show(request, 409, problem);
    return web_reply_redirect(
        request, arena_printf(request->arena, "/admin/request/%lld/", (long long)asked.id));
}
