/*
 * app_register.c - registering an application, and the one answer that shows its secret.
 *
 * The form carries a key that works once: sent again, it shows what the first sending made.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "pages/pages.h"

const struct view_page page_app_register = {
    .template = "app_register",
    .names = (const char *const[]){ "field",
                                    "field.name",
                                    "field.name.value",
                                    "field.name.error",
                                    "field.redirect_url",
                                    "field.redirect_url.value",
                                    "field.redirect_url.error",
                                    "field.description",
                                    "field.description.value",
                                    "field.description.error",
                                    "field.type",
                                    "field.type.error",
                                    "field.level",
                                    "field.level.error",
                                    "field.native",
                                    "field.native.error",
                                    "types",
                                    "types.value",
                                    "types.label",
                                    "types.help",
                                    "types.checked",
                                    "types.disabled",
                                    "types.why",
                                    "levels",
                                    "levels.value",
                                    "levels.label",
                                    "levels.help",
                                    "levels.checked",
                                    "levels.disabled",
                                    "levels.why",
                                    "native_checked",
                                    "form_key",
                                    "errors",
                                    "errors.name",
                                    "errors.text",
                                    "has_errors",
                                    NULL },
};

const struct view_page page_app_registered = {
    .template = "app_registered",
    .names = (const char *const[]){ "app", "app.name", "app.app_id", "app.type_label",
                                    "app.level_label", "app.page_url", "secret", "native",
                                    "repeated", "is_public", "is_trusted", "is_password",
                                    "secret_or_word", "token_url", "authorize_url", "api_user_url",
                                    "first_redirect_url", "try_url", NULL },
};

static const char *
check_native(const char *value)
{
    return *value == '\0' || text_equal(value, "1") ? NULL : "error.native.type";
}

/* A form without type or level (a scripted client's) means the defaults. */
static const char *
check_type(const char *value)
{
    return *value == '\0' ? NULL : app_check_type(value);
}

static const char *
check_level(const char *value)
{
    return *value == '\0' ? NULL : app_check_level(value);
}

/* In the form's order, which the summary of errors follows. */
const struct web_field page_app_register_fields[] = {
    { .name = "name", .check = app_check_name },
    { .name = "redirect_url", .check = redirect_urls_check },
    { .name = "description", .check = app_check_description },
    { .name = "type", .check = check_type },
    { .name = "native", .check = check_native },
    { .name = "level", .check = check_level },
    { .name = "form_key" },
    { 0 },
};

struct choice {
    const char *table; /* "type", "level": of message keys */
    const char *name;
    bool checked, allowed;
};

static void
add_choice(struct web_request *request, struct model *list, const struct choice *choice)
{
    const struct view *view = request->view;
    struct arena *arena = request->arena;
    const char *key = arena_printf(arena, "%s.%s", choice->table, choice->name);
    struct model *one = model_append(list);
    model_text(one, "value", choice->name);
    model_text(one, "label", view_message(view, arena, arena_printf(arena, "%s.label", key), NULL));
    model_text(one, "help", view_message(view, arena, arena_printf(arena, "%s.help", key), NULL));
    model_flag(one, "checked", choice->checked);
    model_flag(one, "disabled", !choice->allowed);
    if (!choice->allowed)
        model_text(one, "why", view_message(view, arena, arena_printf(arena, "%s.why", key), NULL));
}

static int
chosen(const char *const *names, int count, const char *value)
{
    int index = name_index(names, count, value);
    return index < 0 ? 0 : index;
}

/* The form with what was typed; `values` empty on the first visit. */
static enum status
show(struct web_request *request, int status, const char *const values[static 3], const char *key)
{
    const struct user *user = &request->session.user;
    struct model *model = web_frame(request, "title.app_register");
    web_fields_model(request, model);
    int type = chosen(app_type_names, APP_TYPE__MAX, values[0]);
    int level = chosen(app_level_names, LEVEL__MAX, values[1]);
    struct model *types = model_list(model, "types"), *levels = model_list(model, "levels");
    for (int i = 0; i < APP_TYPE__MAX; i++)
        add_choice(request, types,
                   &(struct choice){ "type", app_type_names[i], i == type,
                                     app_may_set_type(user, (enum app_type)i) });
    for (int i = 0; i < LEVEL__MAX; i++)
        add_choice(request, levels,
                   &(struct choice){ "level", app_level_names[i], i == level,
                                     app_may_set_level(user, (enum app_level)i) });
    model_flag(model, "native_checked", text_equal(values[2], "1"));
    model_text(model, "form_key", key);
    return web_reply_page(request, status, &page_app_register, model);
}

enum status
page_app_register_show(struct web_request *request)
{
    char key[TOKEN_LENGTH + 1];
    enum status status = random_token(key);
    if (status != OK)
        return status;
    return show(request, 200, (const char *const[]){ "", "", "" }, key);
}

enum status
page_app_register_refill(struct web_request *request)
{
    struct redirect_urls urls;
    struct web_value *redirect_url = web_value(request, "redirect_url");
    if (redirect_url->problem != NULL) {
        redirect_url->problem = redirect_urls_parse(request->arena, redirect_url->value, &urls);
        redirect_url->about = urls.bad;
    }
    const char *values[] = { web_field(request, "type"), web_field(request, "level"),
                             web_field(request, "native") };
    return show(request, 422, values, web_field(request, "form_key"));
}

static enum status
show_registered(struct web_request *request, const struct registered *registered)
{
    const struct app *app = &registered->app;
    const char *secret = *registered->secret == '\0' ? NULL : registered->secret;
    struct model *model = web_frame(request, "title.app_registered");
    page_app_model(request, model_child(model, "app"), app);
    model_text(model, "secret", secret);
    model_flag(model, "repeated", registered->outcome == REGISTERED_BEFORE);
    page_steps_model(request, model, app, secret);
    return web_reply_page(request, 200, &page_app_registered, model);
}

enum status
page_app_register_submit(struct web_request *request)
{
    struct redirect_urls urls;
    struct registration in = {
        .name = web_field(request, "name"),
        .description = web_field(request, "description"),
        .type = (enum app_type)chosen(app_type_names, APP_TYPE__MAX, web_field(request, "type")),
        .level = (enum app_level)chosen(app_level_names, LEVEL__MAX, web_field(request, "level")),
        .native = text_equal(web_field(request, "native"), "1"),
        .redirect_urls = &urls,
        .form_key = web_field(request, "form_key"),
    };
    if (in.native && in.type != APP_PUBLIC) {
        web_value(request, "native")->problem = "error.native.type";
        return page_app_register_refill(request);
    }
    if (redirect_urls_parse(request->arena, web_field(request, "redirect_url"), &urls) != NULL)
        panic("a checked field is invalid");
    struct action action = web_action(request);
    struct registered registered;
    enum status status = action_register(&action, &request->session.user, &in, &registered);
    if (status != OK)
        return status;
    if (registered.outcome == REGISTER_REFUSED)
        return web_reply_error(request, 403, "forbidden_field", NULL);
    request->http->log_app = registered.app.app_id;
    return show_registered(request, &registered);
}
