/*
 * app_made.c - applications that look after what they made for a user.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "actions/actions.h"

enum status
action_app_made_change(const struct action *action, const struct app_made_change *change,
                       bool *found)
{
    static const enum app_level lowest = LEVEL_CALL_API;
    struct dao_app_made_change row = {
        .app_id = change->app->app_id,
        .created_by = change->created_by,
        .name = change->name,
        .description = change->description,
        .redirect_urls = change->redirect_urls,
        .level = change->lower && change->app->level != lowest ? &lowest : NULL,
    };
    return dao_app_made_change(action->dao, action->arena, &action->actor, &row, found);
}

enum status
action_app_made_end(const struct action *action, const char *app_id, int64_t *count)
{
    return dao_app_made_disable(action->dao, &action->actor, app_id, count);
}

enum status
action_app_field_refused(const struct action *action, const char *app_id, const char *field)
{
    struct dao_audit audit = {
        .act = "app.set.refused",
        .object_kind = "app",
        .object_id = app_id,
        .detail = arena_printf(action->arena, "{\"field\":\"%s\"}", field),
    };
    return dao_audit_insert(action->dao, &action->actor, &audit);
}
