/*
 * code.c - authorization codes: given on a consent, exchanged once.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "dao/dao_int.h"

enum status
dao_code_insert(struct dao *dao, const struct dao_actor *actor, const struct dao_code_new *code,
                bool *made)
{
    struct params params = { 0 };
    struct reply reply;
    params_actor(&params, actor);
    params_int(&params, code->app->id);
    params_int(&params, code->app->generation);
    params_text(&params, app_level_names[code->level]);
    params_text(&params, code->registered);
    params_text(&params, code->redirect_url);
    params_bool(&params, code->redirect_sent);
    params_text(&params, code->challenge);
    params_digest(&params, code->code);
    params_int(&params, code->lifetime_ms);
    params_bool(&params, code->consented);
    params_id(&params, code->level_until_ms);
    enum status status = dao_run(dao, NULL, SQL_CODE_INSERT, &params, &reply);
    if (status != OK)
        return status;
    *made = reply_bool(&reply);
    return reply_close(&reply);
}

static enum status
end_what_it_gave(struct dao *dao, const struct dao_actor *actor, const struct digest *code)
{
    struct params params = { 0 };
    struct reply reply;
    params_actor(&params, actor);
    params_digest(&params, code);
    enum status status = dao_run(dao, NULL, SQL_CODE_REPLAYED, &params, &reply);
    return status != OK ? status : reply_close(&reply);
}

enum status
dao_code_redeem(struct dao *dao, const struct dao_actor *actor, const struct dao_client *client,
                const struct dao_redeem *redeem, const struct dao_tokens *tokens,
                struct redeem_facts *out)
{
    struct params params = { 0 };
    struct reply reply;
    params_client(&params, client, GRANT_AUTHORIZATION_CODE);
    params_digest(&params, redeem->code);
    params_text(&params, redeem->redirect_uri);
    params_text(&params, redeem->challenge);
    params_digest(&params, tokens->access);
    params_int(&params, tokens->access_ms);
    params_digest(&params, tokens->refresh);
    params_int(&params, tokens->refresh_max_ms);
    enum status status = dao_run(dao, NULL, SQL_CODE_REDEEM, &params, &reply);
    if (status != OK)
        return status;
    client_read(&reply, &out->client);
    out->found = reply_bool(&reply);
    out->expired = reply_bool(&reply);
    out->used = reply_bool(&reply);
    out->redirect_matches = reply_bool(&reply);
    out->redirect_sent = reply_bool(&reply);
    out->challenge_stored = reply_bool(&reply);
    out->challenge_matches = reply_bool(&reply);
    out->user_active = reply_bool(&reply);
    out->written = reply_bool(&reply);
    out->replayed = reply_bool(&reply);
    status = reply_close(&reply);
    if (status == OK && out->replayed)
        status = end_what_it_gave(dao, actor, redeem->code);
    return status;
}
