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
    struct model *model = model_object(request->arena);
    web_user_fill(model, &request->bearer.user);
    return web_reply_json(request, 200, model);
}
