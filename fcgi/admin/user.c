/*
 * user.c - a user as an administrator sees him: fields, password, sessions, tokens, applications.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "admin/admin_int.h"

enum { APPS_SHOWN = 10, ROWS_SHOWN = 10 };

const struct view_page admin_user_page = {
    .template = "user",
    .names = (const char *const[]){ ADMIN_USER_FORM_NAMES,
                                    ADMIN_AUDIT_NAMES("rows"),
                                    "done",
                                    "login",
                                    "person_name",
                                    "set_url",
                                    "password_url",
                                    "sessions_url",
                                    "tokens_url",
                                    "level",
                                    "blocked",
                                    "is_admin",
                                    "must_change",
                                    "created",
                                    "signed_in_at",
                                    "sessions",
                                    "statuses",
                                    "statuses.value",
                                    "statuses.label",
                                    "statuses.help",
                                    "statuses.checked",
                                    "status_error",
                                    "must_change_checked",
                                    "apps",
                                    "apps.name",
                                    "apps.app_id",
                                    "apps.page_url",
                                    "apps.disabled",
                                    "apps_url",
                                    "more_apps",
                                    "rows_url",
                                    "acts_url",
                                    NULL },
};

const struct web_field admin_user_set_fields[] = {
    ADMIN_USER_FORM_FIELDS,
    { .name = "status", .check = user_check_status },
    { .name = "must_change_password", .check = admin_check_tick },
    { 0 },
};

const struct web_field admin_user_no_fields[] = { { 0 } };

const char *
admin_user_level(struct web_request *request, const struct user *user)
{
    const char *name = user->admin                     ? "admin"
                       : user->dealer_id != 0          ? "dealer"
                       : user->client_id != 0          ? "client"
                       : user->extension_group_id != 0 ? "extension_group"
                                                       : "extension";
    long long id =
        user->dealer_id + user->client_id + user->extension_group_id + user->extension_id;
    const char *label = view_message(request->view, request->arena,
                                     arena_printf(request->arena, "user_level.%s", name), NULL);
    return id == 0 ? label : arena_printf(request->arena, "%s %lld", label, id);
}

/* ---- the page ---- */

/* What was done before the page came back, by the address; anything else is ignored. */
static const char *
done_text(struct web_request *request)
{
    static const char *const known[] = { "set", "sessions", "tokens" };
    const char *done = http_pairs_find(&request->http->query, "done");
    if (request->http->method == HTTP_POST || done == NULL ||
        name_index(known, LENGTH_OF(known), done) < 0)
        return NULL;
    return view_message(request->view, request->arena,
                        arena_printf(request->arena, "user.done.%s", done), NULL);
}

static bool
is_set_form(const struct web_request *request)
{
    return request->route->fields == admin_user_set_fields;
}

static void
fill_status(struct web_request *request, struct model *model, const struct user *user)
{
    bool typed = is_set_form(request);
    const char *chosen = typed ? web_field(request, "status") : user_status_names[user->status];
    const char *problem = typed ? web_value(request, "status")->problem : NULL;
    struct model *statuses = model_list(model, "statuses");
    for (int i = 0; i < USER_STATUS__MAX; i++) {
        const char *key = arena_printf(request->arena, "user.status.%s", user_status_names[i]);
        struct model *one = model_append(statuses);
        model_text(one, "value", user_status_names[i]);
        model_text(one, "label", view_message(request->view, request->arena, key, NULL));
        model_text(one, "help",
                   view_message(request->view, request->arena,
                                arena_printf(request->arena, "%s.help", key), NULL));
        model_flag(one, "checked", text_equal(chosen, user_status_names[i]));
    }
    model_text(model, "status_error",
               problem == NULL ? NULL : view_message(request->view, request->arena, problem, NULL));
    model_flag(model, "must_change_checked",
               typed ? text_equal(web_field(request, "must_change_password"), "1")
                     : user->must_change_password);
}

static void
fill_facts(struct web_request *request, struct model *model, const struct user *user,
           const struct dao_user_facts *facts)
{
    struct arena *arena = request->arena;
    const char *login = user->login, *escaped = uri_escape(arena, login);
    model_text(model, "login", login);
    model_text(model, "person_name", *user->name == '\0' ? NULL : user->name);
    model_text(model, "set_url", arena_printf(arena, "/admin/user/%s/set", login));
    model_text(model, "password_url", arena_printf(arena, "/admin/user/%s/password", login));
    model_text(model, "sessions_url", arena_printf(arena, "/admin/user/%s/sessions", login));
    model_text(model, "tokens_url", arena_printf(arena, "/admin/user/%s/tokens", login));
    model_text(model, "apps_url", arena_printf(arena, "/admin/app/?owner=%s", escaped));
    model_text(model, "rows_url",
               arena_printf(arena, "/admin/audit/?object_kind=user&object_id=%s", escaped));
    model_text(model, "acts_url", arena_printf(arena, "/admin/audit/?actor=%s", escaped));
    model_text(model, "level", admin_user_level(request, user));
    model_flag(model, "blocked", user->status == USER_BLOCKED);
    model_flag(model, "is_admin", user->admin);
    model_flag(model, "must_change", user->must_change_password);
    model_text(model, "created", web_date(request, facts->created_ms));
    model_text(model, "signed_in_at", web_date(request, facts->signed_in_ms));
    model_text(model, "sessions", arena_printf(arena, "%lld", (long long)facts->sessions));
}

static void
fill_lists(struct web_request *request, struct model *model, const struct dao_app_list *list,
           const struct dao_audit_list *rows)
{
    struct model *apps = model_list(model, "apps"), *audit = model_list(model, "rows");
    for (size_t i = 0; i < list->count; i++) {
        struct model *one = model_append(apps);
        model_text(one, "name", list->items[i].name);
        model_text(one, "app_id", list->items[i].app_id);
        model_text(one, "page_url",
                   arena_printf(request->arena, "/admin/app/%s/", list->items[i].app_id));
        model_flag(one, "disabled", list->items[i].status == APP_DISABLED);
    }
    model_flag(model, "more_apps", list->more);
    for (size_t i = 0; i < rows->count; i++)
        admin_audit_row(request, model_append(audit), &rows->items[i]);
}

static enum status
show(struct web_request *request, int code, const struct user *user)
{
    struct dao *dao = request->web->dao;
    struct dao_user_facts facts;
    struct dao_app_list apps;
    struct dao_audit_list rows;
    struct dao_audit_filter filter = { .object_kind = "user", .object_id = user->login };
    enum status status = dao_user_facts(dao, user->id, &facts);
    if (status == OK)
        status = dao_app_list(dao, request->arena, user->id, 0, APPS_SHOWN, &apps);
    if (status == OK)
        status = dao_audit_list(dao, request->arena, &filter, ROWS_SHOWN, &rows);
    if (status != OK)
        return status;
    struct model *model = web_frame(request, "title.user");
    model_text(model, "title", user->login);
    model_text(model, "done", done_text(request));
    fill_facts(request, model, user, &facts);
    admin_user_form(request, model, user);
    fill_status(request, model, user);
    fill_lists(request, model, &apps, &rows);
    return web_reply_page(request, code, &admin_user_page, model);
}

/* *found false: 404 was answered. */
static enum status
find(struct web_request *request, const char *login, struct user *user, bool *found)
{
    const char *hash;
    *found = false;
    enum status status =
        dao_user_find_by_login(request->web->dao, request->arena, login, user, &hash, found);
    if (status != OK || *found)
        return status;
    return web_reply_not_found(request);
}

enum status
admin_user_show_login(struct web_request *request, const char *login)
{
    struct user user;
    bool found;
    enum status status = find(request, login, &user, &found);
    return status != OK || !found ? status : show(request, 200, &user);
}

enum status
admin_user_show(struct web_request *request)
{
    return admin_user_show_login(request, request->arguments[0]);
}

/* ---- acts ---- */

static enum status
back(struct web_request *request, const struct user *user, const char *done)
{
    return web_reply_redirect(
        request, arena_printf(request->arena, "/admin/user/%s/?done=%s", user->login, done));
}

enum status
admin_user_set_refill(struct web_request *request)
{
    struct user user;
    bool found;
    enum status status = find(request, request->arguments[0], &user, &found);
    return status != OK || !found ? status : show(request, 422, &user);
}

enum status
admin_user_set(struct web_request *request)
{
    struct user user;
    const char *problem;
    bool found;
    struct action action = web_action(request);
    enum status status = find(request, request->arguments[0], &user, &found);
    if (status != OK || !found)
        return status;
    admin_user_typed(request, &user);
    user.status = (enum user_status)name_index(user_status_names, USER_STATUS__MAX,
                                               web_field(request, "status"));
    user.must_change_password = text_equal(web_field(request, "must_change_password"), "1");
    status = action_user_set(&action, &user, &problem);
    if (status != OK)
        return status;
    if (problem == NULL)
        return back(request, &user, "set");
    admin_user_problem(request, problem);
    return admin_user_set_refill(request);
}

enum status
admin_user_reset(struct web_request *request)
{
    char password[USER_PASSWORD_LENGTH + 1];
    struct user user;
    bool found;
    struct action action = web_action(request);
    enum status status = find(request, request->arguments[0], &user, &found);
    if (status != OK || !found)
        return status;
    status = action_user_reset(&action, user.id, password);
    if (status == OK)
        status = admin_user_show_password(request, user.login, password, false);
    explicit_bzero(password, sizeof password);
    return status;
}

enum status
admin_user_end_sessions(struct web_request *request)
{
    struct user user;
    int64_t ended;
    bool found;
    struct action action = web_action(request);
    enum status status = find(request, request->arguments[0], &user, &found);
    if (status != OK || !found)
        return status;
    status = dao_user_end_sessions(action.dao, &action.actor, user.id, &ended);
    return status != OK ? status : back(request, &user, "sessions");
}

enum status
admin_user_end_tokens(struct web_request *request)
{
    struct user user;
    bool found;
    struct action action = web_action(request);
    enum status status = find(request, request->arguments[0], &user, &found);
    if (status != OK || !found)
        return status;
    status = dao_user_end_tokens(action.dao, &action.actor, user.id);
    return status != OK ? status : back(request, &user, "tokens");
}
