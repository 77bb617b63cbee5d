/*
 * user_add.c - a new user, whose password is made here and shown in the one answer.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "admin/admin_int.h"

const struct view_page admin_user_add_page = {
    .template = "user_add",
    .names = (const char *const[]){ ADMIN_USER_FORM_NAMES, NULL },
};

const struct view_page admin_user_password_page = {
    .template = "user_password",
    .names = (const char *const[]){ "login", "password", "fresh", "page_url", NULL },
};

const struct web_field admin_user_add_fields[] = {
    { .name = "login", .check = user_check_login },
    ADMIN_USER_FORM_FIELDS,
    { 0 },
};

static enum status
show(struct web_request *request, int status)
{
    static const struct user nobody = { .login = "", .name = "", .email = "", .timezone = "UTC" };
    struct model *model = web_frame(request, "title.user_add");
    admin_user_form(request, model, &nobody);
    return web_reply_page(request, status, &admin_user_add_page, model);
}

enum status
admin_user_add_show(struct web_request *request)
{
    /* The user of that login has his page there. */
    if (text_ends(request->http->path, "/"))
        return admin_user_show_login(request, "add");
    return show(request, 200);
}

enum status
admin_user_add_refill(struct web_request *request)
{
    return show(request, 422);
}

enum status
admin_user_show_password(struct web_request *request, const char *login, const char *password,
                         bool fresh)
{
    struct model *model = web_frame(request, "title.user_password");
    model_text(model, "login", login);
    model_text(model, "password", password);
    model_flag(model, "fresh", fresh);
    model_text(model, "page_url", arena_printf(request->arena, "/admin/user/%s/", login));
    return web_reply_page(request, 200, &admin_user_password_page, model);
}

enum status
admin_user_add_submit(struct web_request *request)
{
    char password[USER_PASSWORD_LENGTH + 1];
    const char *problem;
    struct action action = web_action(request);
    struct user user = { .login = web_field(request, "login") };
    admin_user_typed(request, &user);
    enum status status = action_user_new(&action, &user, password, &problem);
    if (status != OK)
        return status;
    if (problem != NULL) {
        admin_user_problem(request, problem);
        return admin_user_add_refill(request);
    }
    status = admin_user_show_password(request, user.login, password, true);
    explicit_bzero(password, sizeof password);
    return status;
}
