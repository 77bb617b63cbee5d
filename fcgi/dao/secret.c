/*
 * secret.c - applications' secrets: at most two are good at a time, of each only a digest is kept.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "dao/dao_int.h"

enum status
dao_app_secret_insert(struct dao *dao, const struct dao_actor *actor,
                      const struct dao_app_secret_new *secret, struct dao_app_secret_made *out)
{
    struct params params = { 0 };
    struct reply reply;
    params_actor(&params, actor);
    params_text(&params, secret->app_id);
    params_digest(&params, secret->secret);
    params_text(&params, secret->tail);
    params_int(&params, secret->overlap_ms);
    if (secret->round == NULL)
        params_text(&params, NULL);
    else
        params_int(&params, *secret->round);
    params_id(&params, secret->seen_owner_id);
    enum status status = dao_run(dao, NULL, SQL_APP_SECRET_INSERT, &params, &reply);
    if (status != OK)
        return status;
    out->found = reply_bool(&reply);
    out->native = reply_bool(&reply);
    out->made = reply_bool(&reply);
    return reply_close(&reply);
}

enum status
dao_app_secret_list(struct dao *dao, struct arena *arena, int64_t app_row,
                    struct dao_app_secret_list *out)
{
    struct params params = { 0 };
    struct reply reply;
    params_int(&params, app_row);
    enum status status = dao_run(dao, arena, SQL_APP_SECRET_LIST, &params, &reply);
    if (status != OK)
        return status;
    size_t rows = (size_t)reply.rows;
    struct dao_app_secret *items = arena_alloc(arena, rows * sizeof *items);
    *out = (struct dao_app_secret_list){ .items = items };
    for (size_t i = 0; i < rows; i++, reply_next_row(&reply)) {
        out->round = reply_int(&reply);
        items[i].id = reply_int(&reply);
        items[i].tail = reply_text(&reply);
        items[i].created_ms = reply_int(&reply);
        items[i].expires_ms = reply_int(&reply);
        items[i].last_used_ms = reply_int(&reply);
        out->count += items[i].id != 0;
    }
    return reply_close(&reply);
}

enum status
dao_app_secret_delete(struct dao *dao, const struct dao_actor *actor, const char *app_id,
                      int64_t seen_owner_id, int64_t secret_id, bool *found, bool *gone)
{
    struct params params = { 0 };
    struct reply reply;
    params_actor(&params, actor);
    params_text(&params, app_id);
    params_id(&params, secret_id);
    params_id(&params, seen_owner_id);
    enum status status = dao_run(dao, NULL, SQL_APP_SECRET_DELETE, &params, &reply);
    if (status != OK)
        return status;
    *found = reply_bool(&reply);
    *gone = reply_bool(&reply);
    return reply_close(&reply);
}
