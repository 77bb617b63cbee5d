/*
 * user.c - GET /user/: whom the token acts for.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "api/api.h"

enum status
api_user(struct web_request *request)
{
    const struct user *user = &request->bearer.user;
    struct model *model = model_object(request->arena);
    model_id(model, "dealer_id", user->dealer_id);
    model_flag(model, "admin", user->admin);
    if (user->extra_params == NULL)
        model_null(model, "extra_params");
    else
        model_json(model, "extra_params", user->extra_params);
    model_text(model, "access", user_access_names[user->access]);
    model_id(model, "extension_id", user->extension_id);
    model_id(model, "client_id", user->client_id);
    model_id(model, "extension_group_id", user->extension_group_id);
    model_text(model, "timezone", user->timezone);
    model_text(model, "login", user->login);
    model_number(model, "id", user->id);
    return web_reply_json(request, 200, model);
}
