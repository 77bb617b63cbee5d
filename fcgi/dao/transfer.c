/*
 * transfer.c - applications on their way from one owner to another.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "dao/dao_int.h"

enum status
dao_transfer_insert(struct dao *dao, const struct dao_actor *actor, const char *app_id,
                    const char *to_login, bool *found, bool *made)
{
    struct params params = { 0 };
    struct reply reply;
    params_actor(&params, actor);
    params_text(&params, app_id);
    params_text(&params, to_login);
    enum status status = dao_run(dao, NULL, SQL_TRANSFER_INSERT, &params, &reply);
    if (status != OK)
        return status;
    *found = reply_bool(&reply);
    *made = reply_bool(&reply);
    return reply_close(&reply);
}

/* TRANSFER_COLUMNS, in their order. */
static void
transfer_read(struct reply *reply, struct dao_transfer *out)
{
    out->to_id = reply_int(reply);
    out->to_login = reply_text(reply);
    out->to_name = reply_text(reply);
    out->since_ms = reply_int(reply);
    app_read(reply, &out->app);
}

enum status
dao_transfer_find(struct dao *dao, struct arena *arena, const char *app_id,
                  struct dao_transfer *out, bool *found)
{
    struct params params = { 0 };
    struct reply reply;
    params_text(&params, app_id);
    enum status status = dao_run(dao, arena, SQL_TRANSFER_FIND, &params, &reply);
    if (status != OK)
        return status;
    *found = reply.rows > 0;
    if (*found)
        transfer_read(&reply, out);
    return reply_close(&reply);
}

enum status
dao_transfer_list(struct dao *dao, struct arena *arena, int64_t to_user, size_t limit,
                  struct dao_transfer_list *out)
{
    struct params params = { 0 };
    struct reply reply;
    params_int(&params, to_user);
    params_int(&params, (int64_t)limit);
    enum status status = dao_run(dao, arena, SQL_TRANSFER_LIST, &params, &reply);
    if (status != OK)
        return status;
    size_t count = (size_t)reply.rows;
    struct dao_transfer *items = arena_alloc(arena, count * sizeof *items);
    for (size_t i = 0; i < count; i++, reply_next_row(&reply))
        transfer_read(&reply, &items[i]);
    *out = (struct dao_transfer_list){ .items = items, .count = count };
    return reply_close(&reply);
}

enum status
dao_transfer_delete(struct dao *dao, const struct dao_actor *actor, const char *app_id,
                    bool as_giver, bool *gone)
{
    struct params params = { 0 };
    struct reply reply;
    params_actor(&params, actor);
    params_text(&params, app_id);
    params_bool(&params, as_giver);
    enum status status = dao_run(dao, NULL, SQL_TRANSFER_DELETE, &params, &reply);
    if (status != OK)
        return status;
    *gone = reply_bool(&reply);
    return reply_close(&reply);
}

enum status
dao_transfer_accept(struct dao *dao, const struct dao_actor *actor, const char *app_id, bool *done)
{
    struct params params = { 0 };
    struct reply reply;
    params_actor(&params, actor);
    params_text(&params, app_id);
    enum status status = dao_run(dao, NULL, SQL_TRANSFER_ACCEPT, &params, &reply);
    if (status != OK)
        return status;
    *done = reply_bool(&reply);
    return reply_close(&reply);
}
