/*
 * token.c - may this application have a token, and what does a token stand for?
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "rules/rules.h"

const char *const grant_names[GRANT__MAX] = {
    [GRANT_AUTHORIZATION_CODE] = "authorization_code",
    [GRANT_CLIENT_CREDENTIALS] = "client_credentials",
    [GRANT_PASSWORD] = "password",
    [GRANT_REFRESH_TOKEN] = "refresh_token",
};

bool
grant_is_allowed(enum app_type type, enum grant grant)
{
    static const bool allowed[APP_TYPE__MAX][GRANT__MAX] = {
        [APP_PUBLIC] = { [GRANT_AUTHORIZATION_CODE] = true, [GRANT_REFRESH_TOKEN] = true },
        [APP_TRUSTED] = { [GRANT_CLIENT_CREDENTIALS] = true },
        [APP_PASSWORD_CREDENTIALS] = { [GRANT_PASSWORD] = true, [GRANT_REFRESH_TOKEN] = true },
    };
    return allowed[type][grant];
}

enum oauth_error
client_check(const struct client_facts *facts)
{
    bool proved = facts->found && facts->active && facts->authenticated;
    return proved ? OAUTH_NONE : OAUTH_INVALID_CLIENT;
}

static enum oauth_error
check(const struct client_facts *client, enum grant grant)
{
    enum oauth_error error = client_check(client);
    if (error == OAUTH_NONE && !grant_is_allowed(client->type, grant))
        error = OAUTH_UNAUTHORIZED_CLIENT;
    return error;
}

enum oauth_error
issue_check(const struct issue_facts *facts, enum grant grant)
{
    enum oauth_error error = check(&facts->client, grant);
    if (error != OAUTH_NONE)
        return error;
    if (!facts->user_active)
        return OAUTH_INVALID_GRANT;
    return facts->written ? OAUTH_NONE : OAUTH_SERVER_ERROR;
}

/* A wrong exchange is told apart from a dead code: who holds both code and secret may know. */
static const char *
redeem_problem(const struct redeem_facts *facts)
{
    if (!facts->found)
        return "The code is unknown, or was given to another application. Ask the user again.";
    if (facts->used || facts->replayed)
        return "The code was used before, so what it gave has ended. Ask the user again.";
    if (facts->expired)
        return "The code has expired. Exchange it at once, or ask the user again.";
    if (!facts->redirect_matches)
        return facts->redirect_sent
                   ? "redirect_uri is not the one that the code was asked for with. Send the same."
                   : "redirect_uri is not the application's. Leave it out, as you did before.";
    if (!facts->challenge_matches)
        return facts->challenge_stored
                   ? "code_verifier does not answer the code_challenge that was sent before."
                   : "code_verifier came, but the code was asked for without code_challenge.";
    if (!facts->user_active)
        return "The user who allowed this is blocked.";
    return NULL;
}

enum oauth_error
redeem_check(const struct redeem_facts *facts, const char **text)
{
    *text = NULL;
    enum oauth_error error = check(&facts->client, GRANT_AUTHORIZATION_CODE);
    if (error != OAUTH_NONE)
        return error;
    if (facts->written)
        return OAUTH_NONE;
    *text = redeem_problem(facts);
    /* Nothing speaks against it, and yet another request was faster or the consent has just gone.
     */
    if (*text == NULL)
        *text = "The code is not good any more. Ask the user again.";
    return OAUTH_INVALID_GRANT;
}

enum oauth_error
refresh_check(const struct refresh_facts *facts, const char **text)
{
    *text = NULL;
    enum oauth_error error = check(&facts->client, GRANT_REFRESH_TOKEN);
    if (error != OAUTH_NONE)
        return error;
    if (facts->written)
        return OAUTH_NONE;
    if (facts->replayed)
        *text = "The refresh token was used before, so all that came of it has ended. Ask the user "
                "again.";
    else if (facts->found && facts->expired)
        *text = "The refresh token has expired. Ask the user again.";
    else
        *text = "The refresh token is unknown, was revoked, or was given to another application. "
                "Ask the user again.";
    return OAUTH_INVALID_GRANT;
}

enum oauth_error
bearer_check(const struct bearer_facts *facts)
{
    bool alive = facts->found && !facts->revoked && facts->app_active && facts->user_active;
    return alive ? OAUTH_NONE : OAUTH_INVALID_TOKEN;
}
