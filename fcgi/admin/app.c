/*
 * app.c - an application as administrators see it, and what they do with it.
 *
 * Each change is a form of its own, so that nothing goes back to what it was when the page was
 * opened. What ends or refuses something shows that first (confirm); what raises something asks for
 * the password, if it was given long ago.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "admin/admin.h"

enum { PREVIEW_DAYS = 30, PREVIEW_MAX = 200 };

const struct view_page admin_app_page = {
    .template = "admin_app",
    .names = (const char *const[]){ "app",
                                    "app.name",
                                    "app.app_id",
                                    "app.owner",
                                    "app.client",
                                    "app.type_label",
                                    "app.native",
                                    "app.level_label",
                                    "app.level_all",
                                    "app.level_until",
                                    "app.description",
                                    "app.redirect_urls",
                                    "app.has_redirect_urls",
                                    "app.created",
                                    "app.last_used",
                                    "app.unused",
                                    "app.disabled",
                                    "app.api_backend",
                                    "app.generation",
                                    "app.secrets",
                                    "app.consents",
                                    "app.open_request_url",
                                    "form_url",
                                    "revoke_url",
                                    "delete_url",
                                    "types",
                                    "types.value",
                                    "types.label",
                                    "types.chosen",
                                    "levels",
                                    "levels.value",
                                    "levels.label",
                                    "levels.chosen",
                                    "until_value",
                                    "owner_value",
                                    "field",
                                    "field.until",
                                    "field.until.error",
                                    "field.owner",
                                    "field.owner.error",
                                    "field.api_backend",
                                    "field.api_backend.error",
                                    "field.name",
                                    "field.name.error",
                                    "errors",
                                    "errors.name",
                                    "errors.text",
                                    "has_errors",
                                    ADMIN_EVIDENCE_NAMES,
                                    NULL },
};

const struct view_page admin_app_confirm_page = {
    .template = "admin_app_confirm",
    .names =
        (const char *const[]){ "app", "app.name", "app.app_id", "app.page_url", "form_url",
                               "lowers", "anew", "hidden", "hidden.name", "hidden.value", "refused",
                               "refused.request", "refused.count", "is_refused", NULL },
};

static const char *
check_choice(const char *const *names, int count, const char *value)
{
    return *value == '\0' || name_index(names, count, value) >= 0 ? NULL : "error.type.unknown";
}

static const char *
check_type(const char *value)
{
    return check_choice(app_type_names, APP_TYPE__MAX, value);
}

static const char *
check_level(const char *value)
{
    return check_choice(app_level_names, LEVEL__MAX, value);
}

static const char *
check_status(const char *value)
{
    return check_choice(app_status_names, APP_STATUS__MAX, value);
}

static const char *
check_yes_no(const char *value)
{
    static const char *const names[] = { "no", "yes" };
    return check_choice(names, 2, value);
}

/* One form sends what it changes, and `sure` once it was shown what that ends. */
const struct web_field admin_app_fields[] = {
    { .name = "level", .check = check_level },
    { .name = "until" },
    { .name = "type", .check = check_type },
    { .name = "status", .check = check_status },
    { .name = "owner" },
    { .name = "api_backend", .check = check_yes_no },
    { .name = "sure" },
    { 0 },
};
const struct web_field admin_app_revoke_fields[] = { { 0 } };
const struct web_field admin_app_delete_fields[] = { { .name = "name", .is_exact = true }, { 0 } };

static bool
has_field(const struct web_request *request, const char *name)
{
    const struct web_field *fields = request->route->fields;
    for (size_t i = 0; fields != NULL && fields[i].name != NULL; i++)
        if (text_equal(fields[i].name, name))
            return true;
    return false;
}

static void
fill_app(struct web_request *request, struct model *one, const struct app *app)
{
    int64_t warn_ms = request->web->settings->app_unused_warn;
    model_text(one, "name", app->name);
    model_text(one, "app_id", app->app_id);
    model_text(one, "owner", app->owner_login);
    model_id(one, "client", app->owner_tenant_id);
    model_text(one, "type_label", admin_label(request, "type", app_type_names[app->type]));
    model_flag(one, "native", app->native);
    model_text(one, "level_label", admin_label(request, "level", app_level_names[app->level]));
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
    model_flag(one, "unused", app_is_unused(app, clock_wall_ms(), warn_ms));
    model_flag(one, "disabled", app->status == APP_DISABLED);
    model_flag(one, "api_backend", app->api_backend);
    model_number(one, "generation", app->generation);
}

static void
fill_forms(struct web_request *request, struct model *model, const struct app *app)
{
    struct arena *arena = request->arena;
    struct model *types = model_list(model, "types"), *levels = model_list(model, "levels");
    model_text(model, "form_url", arena_printf(arena, "/admin/app/%s/", app->app_id));
    model_text(model, "revoke_url", arena_printf(arena, "/admin/app/%s/revoke", app->app_id));
    model_text(model, "delete_url", arena_printf(arena, "/admin/app/%s/delete", app->app_id));
    for (int i = 0; i < APP_TYPE__MAX; i++)
        admin_option(types, app_type_names[i], admin_label(request, "type", app_type_names[i]),
                     i == (int)app->type);
    for (int i = 0; i < LEVEL__MAX; i++)
        admin_option(levels, app_level_names[i], admin_label(request, "level", app_level_names[i]),
                     i == (int)app->level);
    model_text(model, "until_value",
               has_field(request, "until") ? web_field(request, "until") : "");
    model_text(model, "owner_value",
               has_field(request, "owner") ? web_field(request, "owner") : "");
    web_fields_model(request, model);
}

/* The application that the address names; else 404 is answered and *found is false. */
static enum status
find(struct web_request *request, struct app *out, bool *found)
{
    const char *app_id = request->arguments[0];
    enum status status = OK;
    *found = false;
    if (text_is_hex(app_id, APP_ID_LENGTH))
        status = dao_app_find(request->web->dao, request->arena, app_id, out, found);
    if (status != OK)
        return status;
    if (!*found)
        return web_reply_not_found(request);
    request->http->log_app = out->app_id;
    return OK;
}

static enum status
show(struct web_request *request, int status, const struct app *app)
{
    struct dao_app_facts facts;
    enum status result = dao_app_facts(request->web->dao, app->id, &facts);
    if (result != OK)
        return result;
    struct model *model = web_frame(request, "title.admin_app");
    struct model *one = model_child(model, "app");
    fill_app(request, one, app);
    model_number(one, "secrets", facts.secrets);
    model_number(one, "consents", facts.consents);
    model_text(one, "open_request_url",
               facts.open_request == 0 ? NULL
                                       : arena_printf(request->arena, "/admin/request/%lld/",
                                                      (long long)facts.open_request));
    fill_forms(request, model, app);
    result = admin_evidence_model(request, model, app->id);
    return result != OK ? result : web_reply_page(request, status, &admin_app_page, model);
}

enum status
admin_app_show(struct web_request *request)
{
    struct app app;
    bool found;
    enum status status = find(request, &app, &found);
    return status != OK || !found ? status : show(request, 200, &app);
}

static enum status
back_to(struct web_request *request, const struct app *app)
{
    return web_reply_redirect(request, arena_printf(request->arena, "/admin/app/%s/", app->app_id));
}

/* ---- changing it ---- */

/* What an app_change points to. */
struct chosen {
    enum app_type type;
    enum app_level level;
    enum app_status status;
    bool api_backend;
    struct app_change change;
    bool lowers; /* from All to Call API */
    bool anew;   /* another type or owner */
    bool raises;
};

static void
take(const struct web_request *request, const struct app *app, struct chosen *out)
{
    int level = name_index(app_level_names, LEVEL__MAX, web_field(request, "level"));
    int type = name_index(app_type_names, APP_TYPE__MAX, web_field(request, "type"));
    int state = name_index(app_status_names, APP_STATUS__MAX, web_field(request, "status"));
    const char *owner = web_field(request, "owner"), *backend = web_field(request, "api_backend");
    *out = (struct chosen){ .type = (enum app_type)type,
                            .level = (enum app_level)level,
                            .status = (enum app_status)state,
                            .api_backend = text_equal(backend, "yes"),
                            .change = { .app_id = app->app_id } };
    out->change.level = level < 0 ? NULL : &out->level;
    out->change.type = type < 0 ? NULL : &out->type;
    out->change.status = state < 0 ? NULL : &out->status;
    out->change.api_backend = *backend == '\0' ? NULL : &out->api_backend;
    out->change.owner_login = *owner == '\0' ? NULL : owner;
    out->lowers = level == LEVEL_CALL_API && app->level == LEVEL_ALL;
    out->anew = (type >= 0 && type != (int)app->type) ||
                (*owner != '\0' && !text_equal(owner, app->owner_login));
    out->raises = level == LEVEL_ALL || out->anew || out->api_backend;
}

/* What passed in the last days and All alone let pass. */
static enum status
fill_refused(struct web_request *request, struct model *model, const struct app *app)
{
    struct dao_usage_query query = { app->id, PREVIEW_DAYS, PREVIEW_MAX };
    struct dao_usage_list list;
    bool any = false;
    enum status status = dao_usage_list(request->web->dao, request->arena, &query, &list);
    if (status != OK)
        return status;
    struct model *refused = model_list(model, "refused");
    for (size_t i = 0; i < list.count; i++) {
        const struct dao_usage *row = &list.items[i];
        if (row->reason != NULL || api_rules_class_of(request->arena, request->web->rules,
                                                      row->method, row->rule) != CLASS_CONFIG)
            continue;
        struct model *one = model_append(refused);
        model_text(one, "request", web_rule_text(request, row->method, row->rule));
        model_number(one, "count", row->count);
        any = true;
    }
    model_flag(model, "is_refused", any);
    return OK;
}

static enum status
confirm(struct web_request *request, const struct app *app, const struct chosen *chosen)
{
    const struct web_field *fields = request->route->fields;
    struct model *model = web_frame(request, "title.admin_app_confirm");
    struct model *one = model_child(model, "app");
    model_text(one, "name", app->name);
    model_text(one, "app_id", app->app_id);
    model_text(one, "page_url", arena_printf(request->arena, "/admin/app/%s/", app->app_id));
    model_text(model, "form_url", arena_printf(request->arena, "/admin/app/%s/", app->app_id));
    model_flag(model, "lowers", chosen->lowers);
    model_flag(model, "anew", chosen->anew);
    struct model *hidden = model_list(model, "hidden");
    for (size_t i = 0; fields[i].name != NULL; i++) {
        const char *value = request->values[i].value;
        if (*value == '\0' || text_equal(fields[i].name, "sure"))
            continue;
        struct model *field = model_append(hidden);
        model_text(field, "name", fields[i].name);
        model_text(field, "value", value);
    }
    enum status status = fill_refused(request, model, app);
    return status != OK ? status : web_reply_page(request, 200, &admin_app_confirm_page, model);
}

/* The field that a refused change is about. */
static const char *
field_of(const char *problem)
{
    return text_equal(problem, "error.app.no_backend") ? "api_backend" : "owner";
}

enum status
admin_app_set(struct web_request *request)
{
    struct app app;
    struct chosen chosen;
    struct dao_app_changed changed;
    bool found, pass = true;
    const char *problem, *until = web_field(request, "until");
    enum status status = find(request, &app, &found);
    if (status != OK || !found)
        return status;
    take(request, &app, &chosen);
    if (*until != '\0' && chosen.change.level != NULL && chosen.level == LEVEL_ALL)
        web_value(request, "until")->problem =
            app_level_until_parse(until, clock_wall_ms(), &chosen.change.level_until_ms);
    if (!web_fields_are_valid(request))
        return show(request, 422, &app);
    if ((chosen.lowers || chosen.anew) && !text_equal(web_field(request, "sure"), "1"))
        return confirm(request, &app, &chosen);
    if (chosen.raises)
        status = web_confirm(request, &pass);
    if (status != OK || !pass)
        return status;
    struct action action = web_action(request);
    status = action_app_set(&action, &chosen.change, &changed, &problem);
    if (status != OK)
        return status;
    if (problem == NULL)
        return back_to(request, &app);
    web_value(request, field_of(problem))->problem = problem;
    return show(request, 422, &app);
}

enum status
admin_app_revoke(struct web_request *request)
{
    struct app app;
    bool found;
    const char *problem;
    enum status status = find(request, &app, &found);
    if (status != OK || !found)
        return status;
    struct action action = web_action(request);
    status = action_app_revoke_tokens(&action, app.app_id, &problem);
    if (status != OK)
        return status;
    return problem != NULL ? web_reply_not_found(request) : back_to(request, &app);
}

enum status
admin_app_delete(struct web_request *request)
{
    struct app app;
    bool found;
    const char *problem;
    enum status status = find(request, &app, &found);
    if (status != OK || !found)
        return status;
    if (!text_equal(text_trim(request->arena, web_field(request, "name")),
                    text_trim(request->arena, app.name))) {
        web_value(request, "name")->problem = "error.app.name_typed";
        return show(request, 422, &app);
    }
    struct action action = web_action(request);
    status = action_app_delete(&action, app.app_id, 0, &problem);
    if (status != OK)
        return status;
    return problem != NULL ? web_reply_not_found(request)
                           : web_reply_redirect(request, "/admin/app/");
}
