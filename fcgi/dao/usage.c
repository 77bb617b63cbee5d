/*
 * usage.c - what the workers have counted, added in batches; and what of it people see.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <assert.h>

#include "dao/dao_int.h"

/* The columns of a batch, an item a line. */
struct columns {
    struct buf app, grant, reason, method, rule, count, request;
};

static void
columns_init(struct columns *columns, struct arena *arena)
{
    buf_init(&columns->app, arena, SIZE_MAX);
    buf_init(&columns->grant, arena, SIZE_MAX);
    buf_init(&columns->reason, arena, SIZE_MAX);
    buf_init(&columns->method, arena, SIZE_MAX);
    buf_init(&columns->rule, arena, SIZE_MAX);
    buf_init(&columns->count, arena, SIZE_MAX);
    buf_init(&columns->request, arena, SIZE_MAX);
}

static void
columns_add(struct columns *columns, const struct dao_usage *item)
{
    const char *end = columns->app.length > 0 ? "\n" : "";
    buf_printf(&columns->app, "%s%lld", end, (long long)item->app_row);
    buf_printf(&columns->grant, "%s%s", end, item->grant == NULL ? "" : item->grant);
    buf_printf(&columns->reason, "%s%s", end, item->reason == NULL ? "" : item->reason);
    buf_printf(&columns->method, "%s%s", end, item->method);
    buf_printf(&columns->rule, "%s%s", end, item->rule);
    buf_printf(&columns->count, "%s%lld", end, (long long)item->count);
    buf_printf(&columns->request, "%s%s", end,
               item->last_request == NULL ? "" : item->last_request);
}

enum status
dao_usage_add(struct dao *dao, struct arena *arena, const struct dao_usage *items, size_t count)
{
    struct columns passed, refused, issued;
    struct params params = { 0 };
    struct reply reply;
    columns_init(&passed, arena);
    columns_init(&refused, arena);
    columns_init(&issued, arena);
    for (size_t i = 0; i < count; i++)
        columns_add(items[i].grant != NULL    ? &issued
                    : items[i].reason != NULL ? &refused
                                              : &passed,
                    &items[i]);
    params_text(&params, passed.app.data);
    params_text(&params, passed.method.data);
    params_text(&params, passed.rule.data);
    params_text(&params, passed.count.data);
    params_text(&params, refused.app.data);
    params_text(&params, refused.reason.data);
    params_text(&params, refused.method.data);
    params_text(&params, refused.rule.data);
    params_text(&params, refused.count.data);
    params_text(&params, refused.request.data);
    params_text(&params, issued.app.data);
    params_text(&params, issued.grant.data);
    params_text(&params, issued.count.data);
    enum status status = dao_run(dao, NULL, SQL_USAGE_ADD, &params, &reply);
    return status != OK ? status : reply_close(&reply);
}

enum status
dao_refusal_list(struct dao *dao, struct arena *arena, int64_t app_row, size_t limit,
                 struct dao_refusal_list *out)
{
    struct params params = { 0 };
    struct reply reply;
    params_int(&params, app_row);
    params_int(&params, (int64_t)limit);
    enum status status = dao_run(dao, arena, SQL_REFUSAL_LIST, &params, &reply);
    if (status != OK)
        return status;
    size_t count = (size_t)reply.rows;
    struct dao_refusal *items = arena_alloc(arena, count * sizeof *items);
    for (size_t i = 0; i < count; i++, reply_next_row(&reply)) {
        items[i].reason = reply_text(&reply);
        items[i].method = reply_text(&reply);
        items[i].rule = reply_text(&reply);
        items[i].count = reply_int(&reply);
        items[i].last_ms = reply_int(&reply);
        items[i].last_request = reply_text(&reply);
    }
    *out = (struct dao_refusal_list){ .items = items, .count = count };
    return reply_close(&reply);
}

enum status
dao_usage_list(struct dao *dao, struct arena *arena, const struct dao_usage_query *query,
               struct dao_usage_list *out)
{
    struct params params = { 0 };
    struct reply reply;
    params_int(&params, query->app_row);
    params_int(&params, query->days);
    params_int(&params, (int64_t)query->limit);
    enum status status = dao_run(dao, arena, SQL_USAGE_LIST, &params, &reply);
    if (status != OK)
        return status;
    size_t count = (size_t)reply.rows;
    struct dao_usage *items = arena_alloc(arena, count * sizeof *items);
    for (size_t i = 0; i < count; i++, reply_next_row(&reply)) {
        items[i].app_row = query->app_row;
        items[i].reason = reply_text_or_null(&reply);
        items[i].method = reply_text(&reply);
        items[i].rule = reply_text(&reply);
        items[i].count = reply_int(&reply);
    }
    *out = (struct dao_usage_list){ .items = items, .count = count };
    return reply_close(&reply);
}

static void
read_slot(struct reply *reply, struct dao_usage_slot *out)
{
    out->begins_ms = reply_int(reply);
    reply_text(reply); /* method and rule are empty */
    reply_text(reply);
    out->passed = reply_int(reply);
    out->refused = reply_int(reply);
    for (size_t grant = 0; grant < GRANT__MAX; grant++)
        out->issued[grant] = reply_int(reply);
    reply_next_row(reply);
}

static void
read_rule(struct reply *reply, struct dao_usage_rule *out)
{
    reply_int(reply); /* NULL */
    out->method = reply_text(reply);
    out->rule = reply_text(reply);
    out->passed = reply_int(reply);
    out->refused = reply_int(reply);
    reply_next_row(reply);
}

enum status
dao_usage_read(struct dao *dao, struct arena *arena, int64_t app_row, int64_t begins_ms,
               size_t hours, struct dao_usage_read *out)
{
    struct params params = { 0 };
    struct reply reply;
    params_int(&params, app_row);
    params_int(&params, begins_ms);
    params_int(&params, (int64_t)hours);
    enum status status = dao_run(dao, arena, SQL_USAGE_READ, &params, &reply);
    if (status != OK)
        return status;
    assert((size_t)reply.rows >= hours);
    size_t count = (size_t)reply.rows - hours;
    struct dao_usage_slot *slots = arena_alloc(arena, hours * sizeof *slots);
    struct dao_usage_rule *rules = arena_alloc(arena, count * sizeof *rules);
    for (size_t i = 0; i < hours; i++)
        read_slot(&reply, &slots[i]);
    for (size_t i = 0; i < count; i++)
        read_rule(&reply, &rules[i]);
    *out = (struct dao_usage_read){
        .hours = slots, .hour_count = hours, .rules = rules, .rule_count = count
    };
    return reply_close(&reply);
}
