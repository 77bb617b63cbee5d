/*
 * app.c - applications.
 *
 * Redirect URLs travel as lines: they hold no control characters, but commas, quotes and
 * backslashes.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <stdint.h>
#include <string.h>

#include "dao/dao_int.h"

const char *
lines_join(struct arena *arena, const struct redirect_urls *urls)
{
    struct buf lines;
    if (urls == NULL)
        return NULL;
    buf_init(&lines, arena, SIZE_MAX);
    for (size_t i = 0; i < urls->count; i++) {
        if (i > 0)
            buf_char(&lines, '\n');
        buf_text(&lines, urls->items[i]);
    }
    return lines.data;
}

static void
split_lines(struct arena *arena, const char *lines, struct app *out)
{
    out->redirect_urls = NULL;
    out->redirect_url_count = 0;
    if (lines[0] == '\0')
        return;
    size_t most = 1;
    for (const char *p = lines; (p = strchr(p, '\n')) != NULL; p++)
        most++;
    const char **items = arena_alloc(arena, most * sizeof *items);
    for (size_t i = 0; i < most; i++) {
        size_t length = strcspn(lines, "\n");
        items[i] = arena_strndup(arena, lines, length);
        lines += length + 1;
    }
    out->redirect_urls = items;
    out->redirect_url_count = most;
}

/* APP_COLUMNS, in their order. */
void
app_read(struct reply *reply, struct app *out)
{
    out->id = reply_int(reply);
    out->app_id = reply_text(reply);
    out->owner_id = reply_int(reply);
    out->owner_login = reply_text(reply);
    out->owner_tenant_id = reply_int(reply);
    out->name = reply_text(reply);
    out->description = reply_text(reply);
    out->type = (enum app_type)reply_name(reply, app_type_names, APP_TYPE__MAX);
    out->level = (enum app_level)reply_name(reply, app_level_names, LEVEL__MAX);
    out->level_until_ms = reply_int(reply);
    out->status = (enum app_status)reply_name(reply, app_status_names, APP_STATUS__MAX);
    out->native = reply_bool(reply);
    out->api_backend = reply_bool(reply);
    out->generation = reply_int(reply);
    split_lines(reply->arena, reply_text(reply), out);
    out->created_ms = reply_int(reply);
    out->last_used_ms = reply_int(reply);
    out->unused_since_ms = reply_int(reply);
    out->created_by = reply_text_or_null(reply);
    out->created_by_name = reply_text(reply);
}

enum status
dao_app_insert(struct dao *dao, struct arena *arena, const struct dao_actor *actor,
               const struct dao_app_new *app, struct app *out, bool *made)
{
    struct params params = { 0 };
    struct reply reply;
    params_actor(&params, actor);
    params_text(&params, app->app_id);
    params_text(&params, app->name);
    params_text(&params, app->description);
    params_text(&params, app_type_names[app->type]);
    params_text(&params, app_level_names[app->level]);
    params_bool(&params, app->native);
    params_text(&params, lines_join(arena, app->redirect_urls));
    params_digest(&params, app->form_key);
    params_digest(&params, app->secret);
    params_text(&params, app->secret_tail);
    params_id(&params, app->created_by);
    enum status status = dao_run(dao, arena, SQL_APP_INSERT, &params, &reply);
    if (status != OK)
        return status;
    *made = reply_bool(&reply);
    app_read(&reply, out);
    return reply_close(&reply);
}

enum status
dao_app_find(struct dao *dao, struct arena *arena, const char *app_id, struct app *out, bool *found)
{
    struct params params = { 0 };
    struct reply reply;
    params_text(&params, app_id);
    enum status status = dao_run(dao, arena, SQL_APP_FIND, &params, &reply);
    if (status != OK)
        return status;
    *found = reply.rows > 0;
    if (*found)
        app_read(&reply, out);
    return reply_close(&reply);
}

/* One row more than `limit` tells whether there are more. */
static enum status
read_list(struct dao *dao, struct arena *arena, enum statement_id id, const struct params *params,
          size_t limit, struct dao_app_list *out)
{
    struct reply reply;
    enum status status = dao_run(dao, arena, id, params, &reply);
    if (status != OK)
        return status;
    size_t rows = (size_t)reply.rows;
    size_t count = rows > limit ? limit : rows;
    struct app *items = arena_alloc(arena, count * sizeof *items);
    for (size_t i = 0; i < count; i++, reply_next_row(&reply))
        app_read(&reply, &items[i]);
    *out = (struct dao_app_list){ .items = items, .count = count, .more = rows > limit };
    return reply_close(&reply);
}

/* $2 and $3 of both lists. */
static enum status
list(struct dao *dao, struct arena *arena, enum statement_id id, struct params *params,
     int64_t before, size_t limit, struct dao_app_list *out)
{
    params_int(params, before == 0 ? INT64_MAX : before);
    params_int(params, (int64_t)limit + 1);
    return read_list(dao, arena, id, params, limit, out);
}

enum status
dao_app_list(struct dao *dao, struct arena *arena, int64_t owner_id, int64_t before, size_t limit,
             struct dao_app_list *out)
{
    struct params params = { 0 };
    params_int(&params, owner_id);
    return list(dao, arena, SQL_APP_LIST, &params, before, limit, out);
}

enum status
dao_app_list_all(struct dao *dao, struct arena *arena, const char *owner_login, int64_t before,
                 size_t limit, struct dao_app_list *out)
{
    struct params params = { 0 };
    params_text(&params, owner_login);
    return list(dao, arena, SQL_APP_LIST_ALL, &params, before, limit, out);
}

static enum statement_id
page_params(const struct dao_app_search *search, struct params *params)
{
    static const enum statement_id pages[DAO_APP_ORDER__MAX] = {
        [DAO_APP_NEWEST] = SQL_APP_PAGE_NEWEST,
        [DAO_APP_NAME] = SQL_APP_PAGE_NAME,
        [DAO_APP_USED] = SQL_APP_PAGE_USED,
    };
    static const enum statement_id found[DAO_APP_ORDER__MAX] = {
        [DAO_APP_NEWEST] = SQL_APP_FOUND_NEWEST,
        [DAO_APP_NAME] = SQL_APP_FOUND_NAME,
        [DAO_APP_USED] = SQL_APP_FOUND_USED,
    };
    bool ascends = search->order == DAO_APP_NAME;
    params_id(params, search->owner_id);
    params_id(params, search->tenant_id);
    params_int(params, search->id == 0 && !ascends ? INT64_MAX : search->id);
    params_int(params, (int64_t)search->limit + 1);
    if (search->order == DAO_APP_NAME)
        params_text(params, search->key == NULL ? "" : search->key);
    else if (search->order == DAO_APP_USED)
        params_text(params, search->key);
    if (*search->text == '\0')
        return pages[search->order];
    params_text(params, search->text);
    return found[search->order];
}

enum status
dao_app_page(struct dao *dao, struct arena *arena, const struct dao_app_search *search,
             struct dao_app_page *out)
{
    struct params params = { 0 };
    struct reply reply;
    enum statement_id id = page_params(search, &params);
    enum status status = dao_run(dao, arena, id, &params, &reply);
    if (status != OK)
        return status;
    size_t rows = (size_t)reply.rows;
    bool more = rows > search->limit;
    size_t count = more ? search->limit : rows;
    struct app *items = arena_alloc(arena, count * sizeof *items);
    *out = (struct dao_app_page){ .items = items, .count = count };
    for (size_t i = 0; i < count; i++, reply_next_row(&reply)) {
        out->next_key = reply_text(&reply);
        app_read(&reply, &items[i]);
    }
    out->next_id = more ? items[count - 1].id : 0;
    return reply_close(&reply);
}

/* By what finds the fewest. */
static enum statement_id
lookup_statement(const struct dao_app_lookup *search)
{
    bool has_name = search->name_part != NULL;
    if (search->owner_id != 0)
        return has_name ? SQL_APP_SEARCH_OWNER_NAME : SQL_APP_SEARCH_OWNER;
    if (search->client_id != 0)
        return has_name ? SQL_APP_SEARCH_CLIENT_NAME : SQL_APP_SEARCH_CLIENT;
    if (has_name)
        return SQL_APP_SEARCH_NAME;
    if (search->unused_ms != 0)
        return SQL_APP_SEARCH_UNUSED;
    return search->type == NULL && search->level == NULL ? SQL_APP_SEARCH : SQL_APP_SEARCH_KIND;
}

/* NULL: any, which is what a statement by type takes as all of them. */
static const char *
lookup_types(struct arena *arena, const struct dao_app_lookup *search, enum statement_id id)
{
    struct buf out;
    if (search->type != NULL)
        return app_type_names[*search->type];
    if (id != SQL_APP_SEARCH_KIND)
        return NULL;
    buf_init(&out, arena, SIZE_MAX);
    for (int i = 0; i < APP_TYPE__MAX; i++)
        buf_printf(&out, "%s%s", i == 0 ? "" : " ", app_type_names[i]);
    return out.data;
}

enum status
dao_app_lookup(struct dao *dao, struct arena *arena, const struct dao_app_lookup *search,
               size_t limit, struct dao_app_list *out)
{
    struct params params = { 0 };
    enum statement_id id = lookup_statement(search);
    int64_t number = search->owner_id != 0 ? search->owner_id : search->client_id;
    params_int(&params, search->before == 0 ? INT64_MAX : search->before);
    params_int(&params, (int64_t)limit + 1);
    params_text(&params, lookup_types(arena, search, id));
    params_text(&params, search->level == NULL ? NULL : app_level_names[*search->level]);
    params_id(&params, search->unused_ms);
    params_text(&params, search->name_part);
    if (number != 0)
        params_int(&params, number);
    return read_list(dao, arena, id, &params, limit, out);
}

enum status
dao_app_facts(struct dao *dao, int64_t app_row, struct dao_app_facts *out)
{
    struct params params = { 0 };
    struct reply reply;
    params_int(&params, app_row);
    enum status status = dao_run(dao, NULL, SQL_APP_FACTS, &params, &reply);
    if (status != OK)
        return status;
    out->consents = reply_int(&reply);
    out->secrets = reply_int(&reply);
    out->open_request = reply_int(&reply);
    return reply_close(&reply);
}

enum status
dao_app_count(struct dao *dao, enum app_type type, int64_t *out)
{
    struct params params = { 0 };
    struct reply reply;
    params_text(&params, app_type_names[type]);
    enum status status = dao_run(dao, NULL, SQL_APP_COUNT, &params, &reply);
    if (status != OK)
        return status;
    *out = reply_int(&reply);
    return reply_close(&reply);
}

enum status
dao_app_change(struct dao *dao, const struct dao_actor *actor, const struct dao_app_change *change,
               struct dao_app_changed *out)
{
    struct arena *arena = arena_open();
    struct params params = { 0 };
    struct reply reply;
    params_actor(&params, actor);
    params_text(&params, change->app_id);
    params_text(&params, change->name);
    params_text(&params, change->level == NULL ? NULL : app_level_names[*change->level]);
    params_text(&params, change->type == NULL ? NULL : app_type_names[*change->type]);
    params_text(&params, change->status == NULL ? NULL : app_status_names[*change->status]);
    if (change->api_backend == NULL)
        params_text(&params, NULL);
    else
        params_bool(&params, *change->api_backend);
    params_id(&params, change->owner_id == NULL ? 0 : *change->owner_id);
    params_id(&params, change->level == NULL ? 0 : change->level_until_ms);
    params_text(&params, change->description);
    params_text(&params, lines_join(arena, change->redirect_urls));
    params_id(&params, change->seen_owner_id);
    enum status status = dao_run(dao, NULL, SQL_APP_CHANGE, &params, &reply);
    arena_close(arena);
    if (status != OK)
        return status;
    out->found = reply_bool(&reply);
    out->changed = reply_bool(&reply);
    out->anew = reply_bool(&reply);
    return reply_close(&reply);
}

enum status
dao_app_end_tokens(struct dao *dao, const struct dao_actor *actor, const char *app_id,
                   int64_t seen_owner_id, bool *found)
{
    struct params params = { 0 };
    struct reply reply;
    params_actor(&params, actor);
    params_text(&params, app_id);
    params_id(&params, seen_owner_id);
    enum status status = dao_run(dao, NULL, SQL_APP_END_TOKENS, &params, &reply);
    if (status != OK)
        return status;
    *found = reply_bool(&reply);
    return reply_close(&reply);
}

enum status
dao_app_delete(struct dao *dao, const struct dao_actor *actor, const char *app_id,
               int64_t seen_owner_id, bool *found)
{
    struct params params = { 0 };
    struct reply reply;
    params_actor(&params, actor);
    params_text(&params, app_id);
    params_id(&params, seen_owner_id);
    enum status status = dao_run(dao, NULL, SQL_APP_DELETE, &params, &reply);
    if (status != OK)
        return status;
    *found = reply_bool(&reply);
    return reply_close(&reply);
}

enum status
dao_app_disable_unused(struct dao *dao, const struct dao_actor *actor, int64_t unused_ms,
                       size_t limit, int64_t *disabled)
{
    struct params params = { 0 };
    struct reply reply;
    params_actor(&params, actor);
    params_int(&params, unused_ms);
    params_int(&params, (int64_t)limit);
    enum status status = dao_run(dao, NULL, SQL_APP_DISABLE_UNUSED, &params, &reply);
    if (status != OK)
        return status;
    *disabled = reply_int(&reply);
    return reply_close(&reply);
}
