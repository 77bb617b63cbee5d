/*
 * user_form.c - the fields of a user, as adding and changing have them alike.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "admin/admin_int.h"

const char *
admin_check_tick(const char *value)
{
    return *value == '\0' || text_equal(value, "1") ? NULL : "error.tick.value";
}

static const char *
id_text(struct web_request *request, int64_t id)
{
    return id == 0 ? "" : arena_printf(request->arena, "%lld", (long long)id);
}

static bool
is_typed(const struct web_request *request)
{
    return request->route->fields != NULL;
}

static const char *
error_of(struct web_request *request, const char *name)
{
    const struct web_value *value = is_typed(request) ? web_value(request, name) : NULL;
    if (value == NULL || value->problem == NULL)
        return NULL;
    return view_message(request->view, request->arena, value->problem, "text_max",
                        arena_printf(request->arena, "%d", USER_TEXT_MAX), NULL);
}

static const char *
label(struct web_request *request, const char *name, const char *part)
{
    const char *key = arena_printf(request->arena, "user_fields.%s%s", name, part);
    return view_message(request->view, request->arena, key, NULL);
}

static struct model *
put_field(struct web_request *request, struct model *list, const char *name, const char *value)
{
    struct model *one = model_append(list);
    model_text(one, "name", name);
    model_text(one, "label", label(request, name, ""));
    model_text(one, "value", is_typed(request) ? web_field(request, name) : value);
    model_text(one, "error", error_of(request, name));
    return one;
}

static void
put_text(struct web_request *request, struct model *list, const char *name, const char *value)
{
    struct model *one = put_field(request, list, name, value);
    model_text(one, "help", label(request, name, ".help"));
}

void
admin_user_form(struct web_request *request, struct model *model, const struct user *user)
{
    bool typed = is_typed(request);
    if (typed)
        web_fields_model(request, model);
    else
        model_flag(model, "has_errors", false);
    struct model *texts = model_list(model, "texts"), *levels = model_list(model, "levels");
    if (*user->login == '\0')
        put_text(request, texts, "login", "");
    put_text(request, texts, "name", user->name);
    put_text(request, texts, "email", user->email);
    put_text(request, texts, "timezone", user->timezone);
    put_field(request, levels, "dealer_id", id_text(request, user->dealer_id));
    put_field(request, levels, "client_id", id_text(request, user->client_id));
    put_field(request, levels, "extension_group_id", id_text(request, user->extension_group_id));
    put_field(request, levels, "extension_id", id_text(request, user->extension_id));
    put_field(request, levels, "tenant_id", id_text(request, user->tenant_id));
    const char *chosen = typed ? web_field(request, "access") : user_access_names[user->access];
    struct model *access = model_list(model, "access");
    for (int i = 0; i < ACCESS__MAX; i++) {
        struct model *one = model_append(access);
        const char *name = arena_printf(request->arena, "access.%s", user_access_names[i]);
        model_text(one, "value", user_access_names[i]);
        model_text(one, "label", label(request, name, ""));
        model_text(one, "help", label(request, name, ".help"));
        model_flag(one, "checked", text_equal(user_access_names[i], chosen));
    }
    model_text(model, "access_error", error_of(request, "access"));
    model_flag(model, "admin_checked",
               typed ? text_equal(web_field(request, "admin"), "1") : user->admin);
    model_text(model, "admin_error", error_of(request, "admin"));
}

static int64_t
typed_id(struct web_request *request, const char *name)
{
    int64_t id = 0;
    return text_to_int(web_field(request, name), INT64_MAX, &id) ? id : 0;
}

void
admin_user_typed(struct web_request *request, struct user *user)
{
    const char *timezone = web_field(request, "timezone");
    user->name = web_field(request, "name");
    user->email = web_field(request, "email");
    user->timezone = *timezone == '\0' ? "UTC" : timezone;
    user->access =
        (enum user_access)name_index(user_access_names, ACCESS__MAX, web_field(request, "access"));
    user->admin = text_equal(web_field(request, "admin"), "1");
    user->dealer_id = typed_id(request, "dealer_id");
    user->client_id = typed_id(request, "client_id");
    user->extension_group_id = typed_id(request, "extension_group_id");
    user->extension_id = typed_id(request, "extension_id");
    user->tenant_id = typed_id(request, "tenant_id");
    /* A client-level user's own by itself, as on the command line. */
    if (user->client_id != 0 && user->tenant_id == 0)
        user->tenant_id = user->client_id;
}

void
admin_user_problem(struct web_request *request, const char *problem)
{
    const char *name = text_equal(problem, "error.login.taken")    ? "login"
                       : text_equal(problem, "error.level.tenant") ? "tenant_id"
                                                                   : "admin";
    web_value(request, name)->problem = problem;
}
