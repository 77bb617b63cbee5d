/*
 * session.c - sign-ins: found by the digest of their cookie.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "dao/dao_int.h"

enum status
dao_session_insert(struct dao *dao, const struct dao_actor *actor,
                   const struct dao_session_new *session, bool *made)
{
    struct params params = { 0 };
    struct reply reply;
    params_actor(&params, actor);
    params_digest(&params, session->token);
    params_digest(&params, session->old);
    params_int(&params, session->absolute_ms);
    params_text(&params, session->password_hash);
    enum status status = dao_run(dao, NULL, SQL_SESSION_INSERT, &params, &reply);
    if (status != OK)
        return status;
    *made = reply_bool(&reply);
    return reply_close(&reply);
}

enum status
dao_session_find(struct dao *dao, struct arena *arena, const struct digest *token, int64_t idle_ms,
                 struct session *out, bool *found)
{
    struct params params = { 0 };
    struct reply reply;
    params_digest(&params, token);
    params_int(&params, idle_ms);
    enum status status = dao_run(dao, arena, SQL_SESSION_FIND, &params, &reply);
    if (status != OK)
        return status;
    *found = reply.rows > 0;
    if (*found) {
        out->id = reply_int(&reply);
        out->signed_in_ms = reply_int(&reply);
        out->proved_ago_ms = reply_int(&reply);
        out->must_change_password = reply_bool(&reply);
        out->language = reply_text(&reply);
        user_read(&reply, &out->user);
    }
    return reply_close(&reply);
}

enum status
dao_session_prove(struct dao *dao, const struct dao_actor *actor, int64_t session_id)
{
    struct params params = { 0 };
    struct reply reply;
    params_actor(&params, actor);
    params_int(&params, session_id);
    enum status status = dao_run(dao, NULL, SQL_SESSION_PROVE, &params, &reply);
    return status != OK ? status : reply_close(&reply);
}

enum status
dao_session_delete(struct dao *dao, const struct dao_actor *actor, const struct digest *token)
{
    struct params params = { 0 };
    struct reply reply;
    params_actor(&params, actor);
    params_digest(&params, token);
    enum status status = dao_run(dao, NULL, SQL_SESSION_DELETE, &params, &reply);
    return status != OK ? status : reply_close(&reply);
}

enum status
dao_session_list(struct dao *dao, struct arena *arena, int64_t user_id, int64_t idle_ms,
                 int64_t limit, struct dao_session_list *out)
{
    struct params params = { 0 };
    struct reply reply;
    params_int(&params, user_id);
    params_int(&params, idle_ms);
    params_int(&params, limit);
    enum status status = dao_run(dao, arena, SQL_SESSION_LIST, &params, &reply);
    if (status != OK)
        return status;
    size_t count = (size_t)reply.rows;
    struct dao_session_row *items = arena_alloc(arena, count * sizeof *items);
    for (size_t i = 0; i < count; i++, reply_next_row(&reply)) {
        items[i].id = reply_int(&reply);
        items[i].since_ms = reply_int(&reply);
        items[i].used_ms = reply_int(&reply);
        items[i].address = reply_text(&reply);
    }
    *out = (struct dao_session_list){ items, count };
    return reply_close(&reply);
}

enum status
dao_session_end(struct dao *dao, const struct dao_actor *actor, int64_t session_id, bool *ended)
{
    struct params params = { 0 };
    struct reply reply;
    params_actor(&params, actor);
    params_int(&params, session_id);
    enum status status = dao_run(dao, NULL, SQL_SESSION_END, &params, &reply);
    if (status != OK)
        return status;
    *ended = reply_bool(&reply);
    return reply_close(&reply);
}

enum status
dao_session_end_all(struct dao *dao, const struct dao_actor *actor)
{
    struct params params = { 0 };
    struct reply reply;
    params_actor(&params, actor);
    enum status status = dao_run(dao, NULL, SQL_SESSION_END_ALL, &params, &reply);
    return status != OK ? status : reply_close(&reply);
}
