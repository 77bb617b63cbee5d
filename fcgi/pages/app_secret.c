/*
 * app_secret.c - an application's two secrets: a new one, shown in this answer alone, and the end
 * of the older one.
 *
 * The form names the round of secrets that it was made for, and each change begins another: sent
 * again, it makes none.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "pages/pages.h"

enum { DAY_MS = 24 * 60 * 60 * 1000, OVERLAP_MAX_DAYS = 7 };

const struct view_page page_app_secret = {
    .template = "app_secret",
    .names = (const char *const[]){ "app",
                                    "app.name",
                                    "app.app_id",
                                    "app.page_url",
                                    "form_url",
                                    "remove_url",
                                    "secret",
                                    "repeated",
                                    "native",
                                    "secrets",
                                    "secrets.tail",
                                    "secrets.created",
                                    "secrets.last_used",
                                    "secrets.expires",
                                    "secrets.id",
                                    "has_secrets",
                                    "round",
                                    "field",
                                    "field.overlap",
                                    "field.overlap.value",
                                    "field.overlap.error",
                                    "errors",
                                    "errors.name",
                                    "errors.text",
                                    "has_errors",
                                    NULL },
};

static bool
overlap_days(const char *value, int64_t *days)
{
    *days = 0;
    return *value == '\0' || text_to_int(value, OVERLAP_MAX_DAYS, days);
}

static const char *
check_overlap(const char *value)
{
    int64_t days;
    return overlap_days(value, &days) ? NULL : "error.overlap.days";
}

const struct web_field page_app_secret_fields[] = {
    { .name = "overlap", .check = check_overlap },
    { .name = "round" },
    { 0 },
};

const struct web_field page_app_secret_remove_fields[] = { { .name = "secret_id" }, { 0 } };

struct shown {
    int status;
    const char *secret;  /* NULL: none */
    bool repeated;       /* the form had been sent before */
    const char *problem; /* with removing one: a message key; NULL: none */
};

static void
fill_problem(struct web_request *request, struct model *model, const char *problem)
{
    struct model *one = model_append(model_list(model, "errors"));
    model_text(one, "name", "secrets");
    model_text(one, "text", view_message(request->view, request->arena, problem, NULL));
    model_flag(model, "has_errors", true);
}

static enum status
show(struct web_request *request, const struct app *app, const struct shown *shown)
{
    struct dao_app_secret_list list;
    struct arena *arena = request->arena;
    enum status status = dao_app_secret_list(request->web->dao, arena, app->id, &list);
    if (status != OK)
        return status;
    struct model *model = web_frame(request, "title.app_secret");
    page_app_model(request, model_child(model, "app"), app);
    if (shown->problem != NULL)
        fill_problem(request, model, shown->problem);
    else if (shown->status == 422)
        web_fields_model(request, model);
    else
        model_text(model_child(model_child(model, "field"), "overlap"), "value", "1");
    page_secrets_model(request, model, &list);
    model_text(model, "form_url", arena_printf(arena, "/app/%s/secret", app->app_id));
    model_text(model, "remove_url", arena_printf(arena, "/app/%s/secret/remove", app->app_id));
    model_text(model, "round", arena_printf(arena, "%lld", (long long)list.round));
    model_text(model, "secret", shown->secret);
    model_flag(model, "repeated", shown->repeated);
    model_flag(model, "native", app->native);
    return web_reply_page(request, shown->status, &page_app_secret, model);
}

static enum status
find_and_show(struct web_request *request, int reply_status)
{
    struct app app;
    bool found;
    struct shown shown = { .status = reply_status };
    enum status status = page_app_find(request, &app, &found);
    return status != OK || !found ? status : show(request, &app, &shown);
}

enum status
page_app_secret_show(struct web_request *request)
{
    return find_and_show(request, 200);
}

enum status
page_app_secret_refill(struct web_request *request)
{
    return find_and_show(request, 422);
}

enum status
page_app_secret_submit(struct web_request *request)
{
    struct app app;
    bool found;
    int64_t days;
    char secret[APP_ID_LENGTH + 1];
    enum secret_outcome outcome;
    enum status status = page_app_find(request, &app, &found);
    if (status != OK || !found)
        return status;
    if (!overlap_days(web_field(request, "overlap"), &days))
        panic("a checked field is invalid");
    struct secret_form in = {
        .app_id = app.app_id,
        .seen_owner_id = app.owner_id,
        .overlap_ms = days * DAY_MS,
    };
    if (!text_to_int(web_field(request, "round"), INT64_MAX, &in.round))
        in.round =
            -1; /* no form of ours: none makes a secret without the promise to make just one */
    struct action action = web_action(request);
    status = action_app_secret_form(&action, &in, secret, &outcome);
    if (status != OK)
        return status;
    if (outcome == SECRET_NO_APP)
        return web_reply_not_found(request);
    struct shown shown = { .status = 200, .repeated = outcome == SECRET_MADE_BEFORE };
    if (outcome == SECRET_MADE)
        shown.secret = arena_strdup(request->arena, secret);
    explicit_bzero(secret, sizeof secret);
    return show(request, &app, &shown);
}

enum status
page_app_secret_remove(struct web_request *request)
{
    struct app app;
    bool found;
    int64_t id;
    const char *problem;
    enum status status = page_app_find(request, &app, &found);
    if (status != OK || !found)
        return status;
    if (!text_to_int(web_field(request, "secret_id"), INT64_MAX, &id) || id == 0)
        return web_reply_not_found(request);
    struct action action = web_action(request);
    status = action_app_secret_remove(&action, app.app_id, app.owner_id, id, &problem);
    if (status != OK)
        return status;
    struct shown shown = { .status = 422, .problem = problem };
    if (problem != NULL && text_equal(problem, "error.app.unknown"))
        return web_reply_not_found(request);
    if (problem != NULL)
        return show(request, &app, &shown);
    return web_reply_redirect(request, arena_printf(request->arena, "/app/%s/secret", app.app_id));
}
