/*
 * user.c - PBX users.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
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
}

/* USER_VALUES, $5 to $16. */
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

enum status
dao_user_list(struct dao *dao, struct arena *arena, struct dao_user_list *out)
{
    struct params params = { 0 };
    struct reply reply;
    enum status status = dao_run(dao, arena, SQL_USER_LIST, &params, &reply);
    if (status != OK)
        return status;
    size_t count = (size_t)reply.rows;
    struct user *items = arena_alloc(arena, count * sizeof *items);
    for (size_t i = 0; i < count; i++, reply_next_row(&reply))
        user_read(&reply, &items[i]);
    *out = (struct dao_user_list){ .items = items, .count = count };
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
dao_user_update(struct dao *dao, const struct dao_actor *actor, const struct user *user)
{
    struct params params = { 0 };
    struct reply reply;
    params_actor(&params, actor);
    params_user(&params, user);
    params_int(&params, user->id);
    enum status status = dao_run(dao, NULL, SQL_USER_UPDATE, &params, &reply);
    return status != OK ? status : reply_close(&reply);
}

enum status
dao_user_update_password(struct dao *dao, const struct dao_actor *actor, int64_t user_id,
                         const char *password_hash)
{
    struct params params = { 0 };
    struct reply reply;
    params_actor(&params, actor);
    params_int(&params, user_id);
    params_text(&params, password_hash);
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
