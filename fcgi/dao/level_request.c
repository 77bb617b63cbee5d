/*
 * level_request.c - asking for All, and the answer, which changes the application in the same
 * statement.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <stdint.h>

#include "dao/dao_int.h"

/* REQUEST_COLUMNS, in their order. */
static void
request_read(struct reply *reply, struct dao_level_request *out)
{
    out->id = reply_int(reply);
    out->app_id = reply_text(reply);
    out->app_name = reply_text(reply);
    out->owner_login = reply_text(reply);
    out->login = reply_text(reply);
    out->level = (enum app_level)reply_name(reply, app_level_names, LEVEL__MAX);
    out->reason = reply_text(reply);
    out->wanted_until_ms = reply_int(reply);
    out->state = (enum request_state)reply_name(reply, request_state_names, REQUEST_STATE__MAX);
    out->created_ms = reply_int(reply);
    out->decided_ms = reply_int(reply);
    out->decided_by = reply_text(reply);
    out->answer = reply_text(reply);
    out->granted_until_ms = reply_int(reply);
}

static void
params_ask(struct params *params, const struct dao_actor *actor, const struct dao_level_ask *ask)
{
    params_actor(params, actor);
    params_text(params, ask->app_id);
    params_text(params, ask->reason);
    params_id(params, ask->until_ms);
}

enum status
dao_level_request_insert(struct dao *dao, const struct dao_actor *actor,
                         const struct dao_level_ask *ask, struct dao_level_asked *out)
{
    struct params params = { 0 };
    struct reply reply;
    params_ask(&params, actor, ask);
    enum status status = dao_run(dao, NULL, SQL_REQUEST_INSERT, &params, &reply);
    if (status != OK)
        return status;
    out->found = reply_bool(&reply);
    out->has_all = reply_bool(&reply);
    out->made = reply_bool(&reply);
    return reply_close(&reply);
}

enum status
dao_level_request_update(struct dao *dao, const struct dao_actor *actor,
                         const struct dao_level_ask *ask, bool *found)
{
    struct params params = { 0 };
    struct reply reply;
    params_ask(&params, actor, ask);
    enum status status = dao_run(dao, NULL, SQL_REQUEST_UPDATE, &params, &reply);
    if (status != OK)
        return status;
    *found = reply_bool(&reply);
    return reply_close(&reply);
}

enum status
dao_level_request_withdraw(struct dao *dao, const struct dao_actor *actor, const char *app_id,
                           bool *found)
{
    struct params params = { 0 };
    struct reply reply;
    params_actor(&params, actor);
    params_text(&params, app_id);
    enum status status = dao_run(dao, NULL, SQL_REQUEST_WITHDRAW, &params, &reply);
    if (status != OK)
        return status;
    *found = reply_bool(&reply);
    return reply_close(&reply);
}

static enum status
decide(struct dao *dao, enum statement_id id, const struct params *params, bool *found,
       bool *decided)
{
    struct reply reply;
    enum status status = dao_run(dao, NULL, id, params, &reply);
    if (status != OK)
        return status;
    *found = reply_bool(&reply);
    *decided = reply_bool(&reply);
    return reply_close(&reply);
}

enum status
dao_level_request_approve(struct dao *dao, const struct dao_actor *actor,
                          const struct dao_level_decision *decision, bool *found, bool *decided)
{
    struct params params = { 0 };
    params_actor(&params, actor);
    params_int(&params, decision->id);
    params_text(&params, decision->answer);
    params_id(&params, decision->until_ms);
    return decide(dao, SQL_REQUEST_APPROVE, &params, found, decided);
}

enum status
dao_level_request_decline(struct dao *dao, const struct dao_actor *actor,
                          const struct dao_level_decision *decision, bool *found, bool *decided)
{
    struct params params = { 0 };
    params_actor(&params, actor);
    params_int(&params, decision->id);
    params_text(&params, decision->answer);
    return decide(dao, SQL_REQUEST_DECLINE, &params, found, decided);
}

static enum status
find(struct dao *dao, struct arena *arena, enum statement_id id, int64_t key,
     struct dao_level_request *out)
{
    struct params params = { 0 };
    struct reply reply;
    *out = (struct dao_level_request){ 0 };
    params_int(&params, key);
    enum status status = dao_run(dao, arena, id, &params, &reply);
    if (status != OK)
        return status;
    if (reply.rows > 0)
        request_read(&reply, out);
    return reply_close(&reply);
}

enum status
dao_level_request_find(struct dao *dao, struct arena *arena, int64_t id,
                       struct dao_level_request *out, bool *found)
{
    enum status status = find(dao, arena, SQL_REQUEST_FIND, id, out);
    *found = out->id != 0;
    return status;
}

enum status
dao_level_request_find_last(struct dao *dao, struct arena *arena, int64_t app_row,
                            struct dao_level_request *out, bool *found)
{
    enum status status = find(dao, arena, SQL_REQUEST_FIND_LAST, app_row, out);
    *found = out->id != 0;
    return status;
}

enum status
dao_level_request_list(struct dao *dao, struct arena *arena, enum request_state state, int64_t from,
                       size_t limit, struct dao_level_request_list *out)
{
    struct params params = { 0 };
    struct reply reply;
    bool open = state == REQUEST_OPEN;
    params_int(&params, from == 0 && !open ? INT64_MAX : from);
    params_int(&params, (int64_t)limit + 1);
    if (!open)
        params_text(&params, request_state_names[state]);
    enum status status = dao_run(
        dao, arena, open ? SQL_REQUEST_LIST_OPEN : SQL_REQUEST_LIST_ANSWERED, &params, &reply);
    if (status != OK)
        return status;
    size_t rows = (size_t)reply.rows;
    size_t count = rows > limit ? limit : rows;
    struct dao_level_request *items = arena_alloc(arena, count * sizeof *items);
    for (size_t i = 0; i < count; i++, reply_next_row(&reply))
        request_read(&reply, &items[i]);
    *out = (struct dao_level_request_list){ .items = items, .count = count, .more = rows > limit };
    return reply_close(&reply);
}

enum status
dao_level_request_count(struct dao *dao, int64_t most, int64_t *out)
{
    struct params params = { 0 };
    struct reply reply;
    params_int(&params, most);
    enum status status = dao_run(dao, NULL, SQL_REQUEST_COUNT_OPEN, &params, &reply);
    if (status != OK)
        return status;
    *out = reply_int(&reply);
    return reply_close(&reply);
}
