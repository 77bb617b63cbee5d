/*
 * permission.c - what users have allowed.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "dao/dao_int.h"

enum status
dao_permission_find(struct dao *dao, int64_t app_row, int64_t user_id, const char *registered,
                    struct permission *out)
{
    struct params params = { 0 };
    struct reply reply;
    params_int(&params, app_row);
    params_int(&params, user_id);
    params_text(&params, registered);
    enum status status = dao_run(dao, NULL, SQL_PERMISSION_FIND, &params, &reply);
    if (status != OK)
        return status;
    *out = (struct permission){ .found = reply.rows > 0 };
    if (out->found) {
        out->level = (enum app_level)reply_name(&reply, app_level_names, LEVEL__MAX);
        out->level_until_ms = reply_int(&reply);
        out->generation = reply_int(&reply);
        out->covers_redirect = reply_bool(&reply);
    }
    return reply_close(&reply);
}

enum status
dao_permission_delete(struct dao *dao, const struct dao_actor *actor, const char *app_id,
                      const struct dao_holder *of, bool *ended)
{
    struct params params = { 0 };
    struct reply reply;
    params_actor(&params, actor);
    params_text(&params, app_id);
    params_text(&params, of == NULL ? NULL : of->login);
    params_id(&params, of == NULL ? 0 : of->tenant_id);
    enum status status = dao_run(dao, NULL, SQL_PERMISSION_DELETE, &params, &reply);
    if (status != OK)
        return status;
    *ended = reply_bool(&reply);
    return reply_close(&reply);
}

enum status
dao_permission_count(struct dao *dao, int64_t app_row, int64_t most, int64_t *out)
{
    struct params params = { 0 };
    struct reply reply;
    params_int(&params, app_row);
    params_int(&params, most);
    enum status status = dao_run(dao, NULL, SQL_PERMISSION_COUNT, &params, &reply);
    if (status != OK)
        return status;
    *out = reply_int(&reply);
    return reply_close(&reply);
}

/* AUTHORIZED_COLUMNS, in their order. */
static void
permission_read(struct reply *reply, struct dao_permission *out)
{
    out->id = reply_int(reply);
    out->app_id = reply_text(reply);
    out->name = reply_text(reply);
    enum app_level level = (enum app_level)reply_name(reply, app_level_names, LEVEL__MAX);
    enum app_level consented = (enum app_level)reply_name(reply, app_level_names, LEVEL__MAX);
    out->level = level_lower(level, consented);
    out->created_ms = reply_int(reply);
    out->used_ms = reply_int(reply);
}

enum status
dao_permission_list(struct dao *dao, struct arena *arena, const struct dao_permission_query *query,
                    struct dao_permission_list *out)
{
    struct params params = { 0 };
    struct reply reply;
    params_int(&params, query->user_id);
    params_text(&params, query->app_id);
    params_id(&params, query->id);
    params_int(&params, query->before == 0 ? INT64_MAX : query->before);
    params_int(&params, (int64_t)query->limit + 1);
    enum status status = dao_run(dao, arena, SQL_PERMISSION_LIST, &params, &reply);
    if (status != OK)
        return status;
    size_t rows = (size_t)reply.rows, count = rows > query->limit ? query->limit : rows;
    struct dao_permission *items = arena_alloc(arena, count * sizeof *items);
    for (size_t i = 0; i < count; i++, reply_next_row(&reply))
        permission_read(&reply, &items[i]);
    *out =
        (struct dao_permission_list){ .items = items, .count = count, .more = rows > query->limit };
    return reply_close(&reply);
}

static void
authorized_read(struct reply *reply, struct dao_authorized *out)
{
    out->app_id = reply_text(reply);
    out->name = reply_text(reply);
    out->owner_login = reply_text(reply);
    enum app_level level = (enum app_level)reply_name(reply, app_level_names, LEVEL__MAX);
    enum app_level consented = (enum app_level)reply_name(reply, app_level_names, LEVEL__MAX);
    out->level = level_lower(level, consented);
    out->by_password = reply_bool(reply);
    out->since_ms = reply_int(reply);
    out->used_ms = reply_int(reply);
}

enum status
dao_authorized_list(struct dao *dao, struct arena *arena, int64_t user_id, int64_t idle_ms,
                    size_t limit, struct dao_authorized_list *out)
{
    struct params params = { 0 };
    struct reply reply;
    params_int(&params, user_id);
    params_int(&params, idle_ms);
    params_int(&params, (int64_t)limit);
    enum status status = dao_run(dao, arena, SQL_AUTHORIZED_LIST, &params, &reply);
    if (status != OK)
        return status;
    size_t count = (size_t)reply.rows;
    struct dao_authorized *items = arena_alloc(arena, count * sizeof *items);
    for (size_t i = 0; i < count; i++, reply_next_row(&reply)) {
        authorized_read(&reply, &items[i]);
        items[i].made = reply_text(&reply);
    }
    *out = (struct dao_authorized_list){ .items = items, .count = count };
    return reply_close(&reply);
}

enum status
dao_authorized_tenant(struct dao *dao, struct arena *arena, int64_t tenant_id, int64_t idle_ms,
                      size_t limit, struct dao_authorized_place *place,
                      struct dao_authorized_list *out)
{
    struct params params = { 0 };
    struct reply reply;
    params_int(&params, tenant_id);
    params_int(&params, idle_ms);
    params_int(&params, (int64_t)limit + 1);
    params_id(&params, place->app == 0 ? 0 : place->since_us);
    params_int(&params, place->app);
    params_int(&params, place->user);
    enum status status = dao_run(dao, arena, SQL_AUTHORIZED_TENANT, &params, &reply);
    if (status != OK)
        return status;
    size_t rows = (size_t)reply.rows;
    size_t count = rows > limit ? limit : rows;
    struct dao_authorized *items = arena_alloc(arena, count * sizeof *items);
    for (size_t i = 0; i < count; i++, reply_next_row(&reply)) {
        place->since_us = reply_int(&reply);
        place->app = reply_int(&reply);
        place->user = reply_int(&reply);
        items[i].user_login = reply_text(&reply);
        authorized_read(&reply, &items[i]);
    }
    if (rows <= limit)
        place->app = 0;
    *out = (struct dao_authorized_list){ .items = items, .count = count };
    return reply_close(&reply);
}
