/*
 * session.c - GET /user/oauth/session/: the token itself, as far as it may be told.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "api/api_int.h"

enum status
api_session(struct web_request *request)
{
    const struct bearer_facts *bearer = &request->bearer;
    struct model *model = model_object(request->arena);
    model_text(model, "expires", api_date(request->arena, bearer->expires_ms));
    model_text(model, "app_id", bearer->app_id);
    /* Names the session in the log's and the support's words; nothing can be done with it. */
    model_id(model, "id", bearer->grant_id);
    return web_reply_json(request, 200, model);
}
