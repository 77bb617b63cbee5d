/*
 * grant_password.c - password (RFC 6749 §4.3): for applications that an administrator made so.
 *
 * The client is proved first: nobody without its secret gets a password hashed.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "oauth/oauth_int.h"

static enum oauth_error
may_ask(const struct client_facts *facts)
{
    enum oauth_error error = client_check(facts);
    if (error == OAUTH_NONE && !grant_is_allowed(facts->type, GRANT_PASSWORD))
        error = OAUTH_UNAUTHORIZED_CLIENT;
    return error;
}

static enum status
refuse_user(struct web_request *request, const struct attempted *attempted)
{
    if (attempted->outcome == ATTEMPT_TOO_MANY) {
        web_reply_retry_after(request, attempted->wait_ms);
        return web_reply_oauth_error(request, OAUTH_SLOW_DOWN, NULL);
    }
    return web_reply_oauth_error(request, OAUTH_INVALID_GRANT,
                                 "Wrong login or password. Ask the user for both again.");
}

/* *gone: the user was blocked, or has another hash, since `attempted` looked; nothing is answered.
 */
static enum status
give(struct web_request *request, const struct oauth_client *client,
     const struct attempted *attempted, bool *gone)
{
    struct oauth_tokens tokens;
    struct issue_facts facts;
    struct action action = web_action(request);
    action.actor.user_id = attempted->user.id;
    action.actor.login = attempted->user.login;
    *gone = false;
    enum status status = oauth_tokens_init(request, &tokens);
    if (status == OK)
        status = dao_password_grant(request->web->dao, &action.actor, &client->row,
                                    attempted->password_hash, &tokens.row, &facts);
    if (status != OK)
        return status;
    enum oauth_error error = issue_check(&facts, GRANT_PASSWORD);
    *gone = error == OAUTH_INVALID_GRANT;
    if (*gone)
        return OK;
    if (error != OAUTH_NONE)
        return oauth_refuse(request, client, &facts.client, error, NULL);
    action_renew_hash(&action, attempted, web_field(request, "password"));
    return oauth_answer(request, &facts.client, GRANT_PASSWORD, tokens.access, tokens.refresh);
}

enum status
oauth_grant_password(struct web_request *request)
{
    struct oauth_client client;
    struct client_facts facts;
    struct attempted attempted;
    struct throttle_limits limits = web_throttle_limits(request);
    struct action action = web_action(request);
    enum status status;
    if ((status = oauth_client_init(request, &client)) != OK ||
        (status = dao_client_find(request->web->dao, &client.row, &facts)) != OK)
        return status;
    oauth_client_log(request, &facts);
    enum oauth_error error = may_ask(&facts);
    if (error != OAUTH_NONE)
        return oauth_refuse(request, &client, &facts, error, NULL);
    struct attempt attempt = {
        .login = web_field(request, "username"),
        .password = web_field(request, "password"),
        .app_id = client.row.app_id,
        .limits = &limits,
    };
    /* The hash was renewed by another sign-in, or the user blocked: looking again tells. */
    bool gone = true;
    for (int i = 0; i < 2 && gone; i++) {
        status = action_attempt(&action, &attempt, &attempted);
        if (status != OK)
            return status;
        if (attempted.outcome != ATTEMPT_RIGHT)
            return refuse_user(request, &attempted);
        request->http->log_user = attempted.user.login;
        status = give(request, &client, &attempted, &gone);
    }
    attempted.outcome = ATTEMPT_WRONG;
    return gone && status == OK ? refuse_user(request, &attempted) : status;
}
