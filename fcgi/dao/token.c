/*
 * token.c - access and refresh tokens: given, renewed, ended, looked up.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "dao/dao_int.h"

/* CLIENT_FACTS, in their order. */
void
client_read(struct reply *reply, struct client_facts *out)
{
    out->found = reply_bool(reply);
    out->active = reply_bool(reply);
    out->authenticated = reply_bool(reply);
    out->app_row = reply_int(reply);
    out->type = (enum app_type)reply_name(reply, app_type_names, APP_TYPE__MAX);
    out->native = reply_bool(reply);
    out->api_backend = reply_bool(reply);
    out->failures = reply_int(reply);
    out->left_ms = reply_int(reply);
}

static enum status
read_issue(struct reply *reply, struct issue_facts *out)
{
    client_read(reply, &out->client);
    out->user_active = reply_bool(reply);
    out->written = reply_bool(reply);
    return reply_close(reply);
}

enum status
dao_client_find(struct dao *dao, const struct dao_client *client, struct client_facts *out)
{
    struct params params = { 0 };
    struct reply reply;
    params_text(&params, client->app_id);
    params_digest(&params, client->secret);
    params_digest(&params, client->throttle_key);
    enum status status = dao_run(dao, NULL, SQL_CLIENT_FIND, &params, &reply);
    if (status != OK)
        return status;
    client_read(&reply, out);
    return reply_close(&reply);
}

enum status
dao_token_issue(struct dao *dao, const struct dao_client *client, const struct dao_tokens *tokens,
                struct issue_facts *out)
{
    struct params params = { 0 };
    struct reply reply;
    params_client(&params, client, GRANT_CLIENT_CREDENTIALS);
    params_digest(&params, tokens->access);
    params_int(&params, tokens->access_ms);
    enum status status = dao_run(dao, NULL, SQL_TOKEN_ISSUE, &params, &reply);
    return status != OK ? status : read_issue(&reply, out);
}

enum status
dao_password_grant(struct dao *dao, const struct dao_actor *actor, const struct dao_client *client,
                   const char *password_hash, const struct dao_tokens *tokens,
                   struct issue_facts *out)
{
    struct params params = { 0 };
    struct reply reply;
    params_client(&params, client, GRANT_PASSWORD);
    params_actor(&params, actor);
    params_int(&params, actor->user_id);
    params_text(&params, password_hash);
    params_digest(&params, tokens->access);
    params_int(&params, tokens->access_ms);
    params_digest(&params, tokens->refresh);
    params_int(&params, tokens->refresh_max_ms);
    enum status status = dao_run(dao, NULL, SQL_PASSWORD_GRANT, &params, &reply);
    return status != OK ? status : read_issue(&reply, out);
}

enum status
dao_token_refresh(struct dao *dao, const struct dao_actor *actor, const struct dao_client *client,
                  const struct digest *refresh, int64_t idle_ms, const struct dao_tokens *tokens,
                  struct refresh_facts *out)
{
    struct params params = { 0 };
    struct reply reply;
    bool rotates = client->secret == NULL;
    params_client(&params, client, GRANT_REFRESH_TOKEN);
    if (rotates)
        params_actor(&params, actor);
    params_digest(&params, refresh);
    params_int(&params, idle_ms);
    params_digest(&params, tokens->access);
    params_int(&params, tokens->access_ms);
    if (rotates)
        params_digest(&params, tokens->refresh);
    enum status status =
        dao_run(dao, NULL, rotates ? SQL_TOKEN_ROTATE : SQL_TOKEN_REFRESH, &params, &reply);
    if (status != OK)
        return status;
    client_read(&reply, &out->client);
    out->found = reply_bool(&reply);
    out->revoked = reply_bool(&reply);
    out->expired = reply_bool(&reply);
    out->user_active = reply_bool(&reply);
    out->written = reply_bool(&reply);
    out->replayed = reply_bool(&reply);
    return reply_close(&reply);
}

enum status
dao_token_revoke(struct dao *dao, const struct dao_actor *actor, const struct dao_client *client,
                 const struct digest *token, struct client_facts *out)
{
    struct params params = { 0 };
    struct reply reply;
    params_client(&params, client, GRANT__MAX);
    params_actor(&params, actor);
    params_digest(&params, token);
    enum status status = dao_run(dao, NULL, SQL_TOKEN_REVOKE, &params, &reply);
    if (status != OK)
        return status;
    client_read(&reply, out);
    return reply_close(&reply);
}

/* BEARER_COLUMNS and what stands before them, in their order. */
static enum status
read_bearer(struct reply *reply, struct bearer_facts *out)
{
    *out = (struct bearer_facts){ .found = reply->rows > 0 };
    if (out->found) {
        out->revoked = reply_bool(reply);
        out->expires_ms = reply_int(reply);
        out->issued_ms = reply_int(reply);
        out->left_ms = reply_int(reply);
        out->app_active = reply_bool(reply);
        out->app_row = reply_int(reply);
        out->app_id = reply_text(reply);
        enum app_level level = (enum app_level)reply_name(reply, app_level_names, LEVEL__MAX);
        enum app_level consented = (enum app_level)reply_name(reply, app_level_names, LEVEL__MAX);
        out->level = level_lower(level, consented);
        out->level_left_ms = reply_int(reply);
        out->grant_id = reply_int(reply);
        user_read(reply, &out->user);
        out->user_active = out->user.status == USER_ACTIVE;
    }
    return reply_close(reply);
}

enum status
dao_token_find(struct dao *dao, struct arena *arena, const struct digest *token,
               struct bearer_facts *out)
{
    struct params params = { 0 };
    struct reply reply;
    params_digest(&params, token);
    enum status status = dao_run(dao, arena, SQL_TOKEN_FIND, &params, &reply);
    return status != OK ? status : read_bearer(&reply, out);
}

enum status
dao_refresh_find(struct dao *dao, struct arena *arena, const struct digest *token, int64_t idle_ms,
                 struct bearer_facts *out)
{
    struct params params = { 0 };
    struct reply reply;
    params_digest(&params, token);
    params_int(&params, idle_ms);
    enum status status = dao_run(dao, arena, SQL_REFRESH_FIND, &params, &reply);
    return status != OK ? status : read_bearer(&reply, out);
}
