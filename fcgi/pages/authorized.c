/*
 * authorized.c - the applications that may act for this user, and taking that back.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "pages/pages.h"

enum { SHOWN_MAX = 200 };

const struct view_page page_authorized = {
    .template = "authorized",
    .names = (const char *const[]){ "apps", "apps.name", "apps.app_id", "apps.owner",
                                    "apps.level_label", "apps.level_all", "apps.by_password",
                                    "apps.since", "apps.last_used", "empty", NULL },
};

const struct web_field page_authorized_fields[] = { { .name = "app_id" }, { 0 } };

static void
fill(struct web_request *request, struct model *model, const struct dao_authorized *row)
{
    const struct view *view = request->view;
    struct arena *arena = request->arena;
    const char *key = arena_printf(arena, "level.%s.label", app_level_names[row->level]);
    model_text(model, "name", row->name);
    model_text(model, "app_id", row->app_id);
    model_text(model, "owner", row->owner_login);
    model_text(model, "level_label", view_message(view, arena, key, NULL));
    model_flag(model, "level_all", row->level == LEVEL_ALL);
    model_flag(model, "by_password", row->by_password);
    model_text(model, "since", web_date(request, row->since_ms));
    model_text(model, "last_used", web_date(request, row->used_ms));
}

enum status
page_authorized_show(struct web_request *request)
{
    struct dao_authorized_list list;
    enum status status =
        dao_authorized_list(request->web->dao, request->arena, request->session.user.id,
                            request->web->settings->tokens_refresh_idle, SHOWN_MAX, &list);
    if (status != OK)
        return status;
    struct model *model = web_frame(request, "title.authorized");
    struct model *apps = model_list(model, "apps");
    for (size_t i = 0; i < list.count; i++)
        fill(request, model_append(apps), &list.items[i]);
    model_flag(model, "empty", list.count == 0);
    return web_reply_page(request, 200, &page_authorized, model);
}

/* What is not there any more was withdrawn in another window: the list says so. */
enum status
page_authorized_withdraw(struct web_request *request)
{
    struct action action = web_action(request);
    const char *app_id = web_field(request, "app_id");
    bool ended;
    if (!text_is_hex(app_id, APP_ID_LENGTH))
        return web_reply_not_found(request);
    enum status status = action_withdraw(&action, app_id, &ended);
    if (status != OK)
        return status;
    request->http->log_app = app_id;
    return web_reply_redirect(request, "/app/authorized");
}
