/*
 * audit.c - the audit log: rows that stand alone, and reading it.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <stdint.h>

#include "dao/dao_int.h"

enum status
dao_audit_insert(struct dao *dao, const struct dao_actor *actor, const struct dao_audit *audit)
{
    struct params params = { 0 };
    struct reply reply;
    params_actor(&params, actor);
    params_text(&params, audit->act);
    params_text(&params, audit->object_kind);
    params_text(&params, audit->object_id);
    params_text(&params, audit->detail == NULL ? "{}" : audit->detail);
    enum status status = dao_run(dao, NULL, SQL_AUDIT_INSERT, &params, &reply);
    return status != OK ? status : reply_close(&reply);
}

static const char *
or_null(const char *text)
{
    return text_is_empty(text) ? NULL : text;
}

/* By what finds the fewest. */
static enum statement_id
list_statement(const struct dao_audit_filter *filter)
{
    if (!text_is_empty(filter->object_kind) && !text_is_empty(filter->object_id))
        return SQL_LOGGED_BY_OBJECT;
    if (!text_is_empty(filter->actor_login))
        return SQL_LOGGED_BY_ACTOR;
    return text_is_empty(filter->act) ? SQL_LOGGED_ALL : SQL_LOGGED_BY_ACT;
}

static void
read_row(struct reply *reply, struct dao_audit_row *out)
{
    out->id = reply_int(reply);
    out->at_ms = reply_int(reply);
    out->actor_id = reply_int(reply);
    out->actor_login = reply_text(reply);
    out->address = reply_text(reply);
    out->request_id = reply_text(reply);
    out->act = reply_text(reply);
    out->object_kind = reply_text(reply);
    out->object_id = reply_text(reply);
    out->detail = reply_text(reply);
    out->before = reply_text_or_null(reply);
    out->after = reply_text_or_null(reply);
    out->rest = reply_text_or_null(reply);
}

enum status
dao_audit_list(struct dao *dao, struct arena *arena, const struct dao_audit_filter *filter,
               size_t limit, struct dao_audit_list *out)
{
    struct params params = { 0 };
    struct reply reply;
    params_text(&params, or_null(filter->actor_login));
    params_text(&params, or_null(filter->object_kind));
    params_text(&params, or_null(filter->object_id));
    params_text(&params, or_null(filter->act));
    params_id(&params, filter->from_ms);
    params_id(&params, filter->to_ms);
    params_int(&params, filter->before == 0 ? INT64_MAX : filter->before);
    params_int(&params, (int64_t)limit + 1);
    enum status status = dao_run(dao, arena, list_statement(filter), &params, &reply);
    if (status != OK)
        return status;
    size_t rows = (size_t)reply.rows, count = rows > limit ? limit : rows;
    struct dao_audit_row *items = arena_alloc(arena, count * sizeof *items);
    for (size_t i = 0; i < count; i++, reply_next_row(&reply))
        read_row(&reply, &items[i]);
    *out = (struct dao_audit_list){ .items = items, .count = count, .more = rows > limit };
    return reply_close(&reply);
}
