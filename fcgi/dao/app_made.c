/*
 * app_made.c - what applications made for users, through the API.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "dao/dao_int.h"

enum status
dao_app_made_change(struct dao *dao, struct arena *arena, const struct dao_actor *actor,
                    const struct dao_app_made_change *change, bool *found)
{
    struct params params = { 0 };
    struct reply reply;
    params_actor(&params, actor);
    params_text(&params, change->app_id);
    params_int(&params, change->created_by);
    params_text(&params, change->name);
    params_text(&params, change->description);
    params_text(&params, lines_join(arena, change->redirect_urls));
    params_text(&params, change->level == NULL ? NULL : app_level_names[*change->level]);
    enum status status = dao_run(dao, NULL, SQL_APP_MADE_CHANGE, &params, &reply);
    if (status != OK)
        return status;
    *found = reply_bool(&reply);
    return reply_close(&reply);
}

enum status
dao_app_made_list(struct dao *dao, struct arena *arena, int64_t user_id, const char *app_id,
                  size_t limit, struct dao_app_list *out)
{
    struct params params = { 0 };
    struct reply reply;
    params_int(&params, user_id);
    params_text(&params, app_id);
    params_int(&params, (int64_t)limit);
    enum status status = dao_run(dao, arena, SQL_APP_MADE_LIST, &params, &reply);
    if (status != OK)
        return status;
    size_t count = (size_t)reply.rows;
    struct app *items = arena_alloc(arena, count * sizeof *items);
    for (size_t i = 0; i < count; i++, reply_next_row(&reply))
        app_read(&reply, &items[i]);
    *out = (struct dao_app_list){ .items = items, .count = count };
    return reply_close(&reply);
}

enum status
dao_app_made_disable(struct dao *dao, const struct dao_actor *actor, const char *app_id,
                     int64_t *count)
{
    struct params params = { 0 };
    struct reply reply;
    params_actor(&params, actor);
    params_text(&params, app_id);
    enum status status = dao_run(dao, NULL, SQL_APP_MADE_DISABLE, &params, &reply);
    if (status != OK)
        return status;
    *count = reply_int(&reply);
    return reply_close(&reply);
}
