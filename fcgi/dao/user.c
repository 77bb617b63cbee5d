/*
 * user.c - PBX users.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <stdint.h>

#include "dao/dao_int.h"

/* USER_COLUMNS, in their order. */
void
user_read(struct reply *reply, struct user *out)
{
    out->id = reply_int(reply);
    out->login = reply_text(reply);
    out->name = reply_text(reply);
    out->email = reply_text(reply);
    out->status = (enum user_status)reply_name(reply, user_status_names, USER_STATUS__MAX);
    out->access = (enum user_access)reply_name(reply, user_access_names, ACCESS__MAX);
    out->admin = reply_bool(reply);
    out->dealer_id = reply_int(reply);
    out->client_id = reply_int(reply);
    out->extension_group_id = reply_int(reply);
    out->extension_id = reply_int(reply);
    out->tenant_id = reply_int(reply);
    out->timezone = reply_text(reply);
    out->extra_params = reply_text_or_null(reply);
    out->must_change_password = reply_bool(reply);
}

/* USER_VALUES, $5 to $17. */
static void
params_user(struct params *params, const struct user *user)
{
    params_text(params, user->name);
    params_text(params, user->email);
    params_text(params, user_status_names[user->status]);
    params_text(params, user_access_names[user->access]);
    params_bool(params, user->admin);
    params_id(params, user->dealer_id);
    params_id(params, user->client_id);
    params_id(params, user->extension_group_id);
    params_id(params, user->extension_id);
    params_id(params, user->tenant_id);
    params_text(params, user->timezone);
    params_text(params, user->extra_params);
    params_bool(params, user->must_change_password);
}

enum status
dao_user_find_by_login(struct dao *dao, struct arena *arena, const char *login, struct user *out,
                       const char **password_hash, bool *found)
{
    struct params params = { 0 };
    struct reply reply;
    params_text(&params, login);
    enum status status = dao_run(dao, arena, SQL_USER_FIND_BY_LOGIN, &params, &reply);
    if (status != OK)
        return status;
    *found = reply.rows > 0;
    if (*found) {
        *password_hash = reply_text_or_null(&reply);
        user_read(&reply, out);
    }
    return reply_close(&reply);
}

/* At most `limit` rows; those that came besides tell that there are more. */
static enum status
read_list(struct reply *reply, size_t limit, struct dao_user_list *out)
{
    size_t rows = (size_t)reply->rows, count = rows > limit ? limit : rows;
    struct user *items = arena_alloc(reply->arena, count * sizeof *items);
    for (size_t i = 0; i < count; i++, reply_next_row(reply))
        user_read(reply, &items[i]);
    *out = (struct dao_user_list){ .items = items, .count = count, .more = rows > limit };
    return reply_close(reply);
}

enum status
dao_user_list(struct dao *dao, struct arena *arena, struct dao_user_list *out)
{
    struct params params = { 0 };
    struct reply reply;
    enum status status = dao_run(dao, arena, SQL_USER_LIST, &params, &reply);
    return status != OK ? status : read_list(&reply, SIZE_MAX, out);
}

const char *const dao_user_show_names[DAO_USER_SHOW__MAX] = { "", "blocked", "admin",
                                                              "must_change" };

/* By what finds the fewest. */
static enum statement_id
page_statement(const struct dao_user_filter *filter)
{
    static const enum statement_id by_show[] = { SQL_USER_PAGE_ALL, SQL_USER_PAGE_BLOCKED,
                                                 SQL_USER_PAGE_ADMIN, SQL_USER_PAGE_MUST_CHANGE };
    bool of_tenant = filter->tenant_id != 0, has_text = !text_is_empty(filter->text);
    if (filter->show == DAO_USER_ADMIN || (filter->show != DAO_USER_ALL && !of_tenant))
        return by_show[filter->show];
    if (has_text)
        return of_tenant ? SQL_USER_FOUND_TENANT : SQL_USER_FOUND_ALL;
    return of_tenant ? SQL_USER_PAGE_TENANT : SQL_USER_PAGE_ALL;
}

enum status
dao_user_page(struct dao *dao, struct arena *arena, const struct dao_user_filter *filter,
              size_t limit, struct dao_user_list *out)
{
    struct params params = { 0 };
    struct reply reply;
    params_text(&params, text_is_empty(filter->text) ? NULL : filter->text);
    params_id(&params, filter->tenant_id);
    params_text(&params, dao_user_show_names[filter->show]);
    params_text(&params, filter->after == NULL ? "" : filter->after);
    params_int(&params, (int64_t)limit + 1);
    enum status status = dao_run(dao, arena, page_statement(filter), &params, &reply);
    return status != OK ? status : read_list(&reply, limit, out);
}

enum status
dao_user_facts(struct dao *dao, int64_t user_id, struct dao_user_facts *out)
{
    struct params params = { 0 };
    struct reply reply;
    params_int(&params, user_id);
    enum status status = dao_run(dao, NULL, SQL_USER_FACTS, &params, &reply);
    if (status != OK)
        return status;
    out->sessions = reply_int(&reply);
    out->signed_in_ms = reply_int(&reply);
    out->created_ms = reply_int(&reply);
    return reply_close(&reply);
}

enum status
dao_user_insert(struct dao *dao, const struct dao_actor *actor, const struct user *user,
                const char *password_hash, int64_t *id)
{
    struct params params = { .unique = "pbx_user_login_key" };
    struct reply reply;
    params_actor(&params, actor);
    params_user(&params, user);
    params_text(&params, user->login);
    params_text(&params, password_hash);
    enum status status = dao_run(dao, NULL, SQL_USER_INSERT, &params, &reply);
    if (status != OK)
        return status;
    *id = reply.taken ? 0 : reply_int(&reply);
    return reply_close(&reply);
}

enum status
dao_user_update(struct dao *dao, const struct dao_actor *actor, const struct user *user,
                bool *last_admin)
{
    struct params params = { 0 };
    struct reply reply;
    params_actor(&params, actor);
    params_user(&params, user);
    params_int(&params, user->id);
    enum status status = dao_run(dao, NULL, SQL_USER_UPDATE, &params, &reply);
    if (status != OK)
        return status;
    bool found = reply_bool(&reply);
    *last_admin = reply_bool(&reply) && found;
    return reply_close(&reply);
}

enum status
dao_user_update_password(struct dao *dao, const struct dao_actor *actor, int64_t user_id,
                         const char *password_hash, bool must_change)
{
    struct params params = { 0 };
    struct reply reply;
    params_actor(&params, actor);
    params_int(&params, user_id);
    params_text(&params, password_hash);
    params_bool(&params, must_change);
    enum status status = dao_run(dao, NULL, SQL_USER_UPDATE_PASSWORD, &params, &reply);
    return status != OK ? status : reply_close(&reply);
}

enum status
dao_user_update_own(struct dao *dao, const struct dao_actor *actor, const char *timezone,
                    const char *language)
{
    struct params params = { 0 };
    struct reply reply;
    params_actor(&params, actor);
    params_text(&params, timezone);
    params_text(&params, language);
    enum status status = dao_run(dao, NULL, SQL_USER_UPDATE_OWN, &params, &reply);
    return status != OK ? status : reply_close(&reply);
}

enum status
dao_user_change_password(struct dao *dao, const struct dao_actor *actor,
                         const struct dao_password_change *change, bool *changed)
{
    struct params params = { 0 };
    struct reply reply;
    params_actor(&params, actor);
    params_text(&params, change->old_hash);
    params_text(&params, change->new_hash);
    params_int(&params, change->session_id);
    params_digest(&params, change->token);
    enum status status = dao_run(dao, NULL, SQL_USER_CHANGE_PASSWORD, &params, &reply);
    if (status != OK)
        return status;
    *changed = reply_bool(&reply);
    return reply_close(&reply);
}

enum status
dao_user_end_sessions(struct dao *dao, const struct dao_actor *actor, int64_t user_id,
                      int64_t *ended)
{
    struct params params = { 0 };
    struct reply reply;
    params_actor(&params, actor);
    params_int(&params, user_id);
    enum status status = dao_run(dao, NULL, SQL_USER_END_SESSIONS, &params, &reply);
    if (status != OK)
        return status;
    *ended = reply_int(&reply);
    return reply_close(&reply);
}

enum status
dao_user_end_tokens(struct dao *dao, const struct dao_actor *actor, int64_t user_id)
{
    struct params params = { 0 };
    struct reply reply;
    params_actor(&params, actor);
    params_int(&params, user_id);
    enum status status = dao_run(dao, NULL, SQL_USER_END_TOKENS, &params, &reply);
    return status != OK ? status : reply_close(&reply);
}

enum status
dao_user_find_many(struct dao *dao, struct arena *arena, const char *logins,
                   struct dao_user_found *out)
{
    struct params params = { 0 };
    struct reply reply;
    params_text(&params, logins);
    enum status status = dao_run(dao, arena, SQL_USER_FIND_MANY, &params, &reply);
    if (status != OK)
        return status;
    out->count = (size_t)reply.rows;
    struct user *items = arena_alloc(arena, out->count * sizeof *items);
    const char **hashes = arena_alloc(arena, out->count * sizeof *hashes);
    for (size_t i = 0; i < out->count; i++, reply_next_row(&reply)) {
        hashes[i] = reply_text_or_null(&reply);
        user_read(&reply, &items[i]);
    }
    out->items = items;
    out->hashes = hashes;
    return reply_close(&reply);
}

enum { IMPORT_COLUMNS = 14 };

static void
add_id(struct buf *column, int64_t id)
{
    if (id != 0)
        buf_printf(column, "%lld", (long long)id);
}

/* USER_IMPORT's $5 to $18. */
static void
add_row(struct buf columns[static IMPORT_COLUMNS], const struct dao_user_import *row)
{
    const struct user *user = &row->user;
    struct buf *next = columns;
    buf_text(next++, user->login);
    buf_text(next++, row->password_hash == NULL ? "" : row->password_hash);
    buf_text(next++, user->name);
    buf_text(next++, user->email);
    buf_text(next++, user_status_names[user->status]);
    buf_text(next++, user_access_names[user->access]);
    buf_text(next++, user->admin ? "true" : "false");
    add_id(next++, user->dealer_id);
    add_id(next++, user->client_id);
    add_id(next++, user->extension_group_id);
    add_id(next++, user->extension_id);
    add_id(next++, user->tenant_id);
    buf_text(next++, user->timezone);
    buf_text(next++, user->must_change_password ? "true" : "false");
}

enum status
dao_user_import(struct dao *dao, struct arena *arena, const struct dao_actor *actor,
                const struct dao_user_rows *rows, struct dao_user_imported *out)
{
    struct params params = { 0 };
    struct reply reply;
    struct buf columns[IMPORT_COLUMNS];
    for (size_t i = 0; i < IMPORT_COLUMNS; i++)
        buf_init(&columns[i], arena, SIZE_MAX);
    for (size_t row = 0; row < rows->count; row++) {
        for (size_t i = 0; row > 0 && i < IMPORT_COLUMNS; i++)
            buf_char(&columns[i], '\n');
        add_row(columns, &rows->items[row]);
    }
    params_actor(&params, actor);
    for (size_t i = 0; i < IMPORT_COLUMNS; i++)
        params_text(&params, columns[i].data);
    enum status status = dao_run(dao, NULL, SQL_USER_IMPORT, &params, &reply);
    if (status != OK)
        return status;
    out->added = reply_int(&reply);
    out->changed = reply_int(&reply);
    return reply_close(&reply);
}

enum status
dao_user_renew_hash(struct dao *dao, int64_t user_id, const char *old_hash, const char *new_hash)
{
    struct params params = { 0 };
    struct reply reply;
    params_int(&params, user_id);
    params_text(&params, old_hash);
    params_text(&params, new_hash);
    enum status status = dao_run(dao, NULL, SQL_USER_RENEW_HASH, &params, &reply);
    return status != OK ? status : reply_close(&reply);
}
