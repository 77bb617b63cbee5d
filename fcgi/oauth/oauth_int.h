/*
 * oauth_int.h - what the endpoints share: who asks, how it is refused, the answer with tokens.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifndef CALLGATE_OAUTH_INT_H
#define CALLGATE_OAUTH_INT_H

#include "oauth/oauth.h"

/* ---- client.c ---- */

struct oauth_client {
    struct digest secret, throttle_key;
    struct dao_client row; /* points to the two above */
};

/* From request->client, which the guard has filled. */
enum status oauth_client_init(const struct web_request *request,
                              struct oauth_client *out) MUST_CHECK;

/* Names the application in the log once it is known to be one: a secret in the wrong field is none.
 */
void oauth_client_log(struct web_request *request, const struct client_facts *facts);

/*
 * The answer to an error of client_check() and what stands on it. A wrong secret is counted, and
 * who has had too many of them is told to slow down (429) instead; a right one never is.
 */
enum status oauth_refuse(struct web_request *request, const struct oauth_client *client,
                         const struct client_facts *facts, enum oauth_error error,
                         const char *text) MUST_CHECK;

/* ---- answer.c ---- */

struct oauth_tokens {
    char access[TOKEN_LENGTH + 1], refresh[TOKEN_LENGTH + 1];
    struct digest access_digest, refresh_digest;
    struct dao_tokens row; /* points to the digests */
};

/* Two new tokens with the lifetimes of the settings. */
enum status oauth_tokens_init(const struct web_request *request,
                              struct oauth_tokens *out) MUST_CHECK;

/* RFC 6749 §5.1; `refresh` NULL: none. Counts the token for the application. */
enum status oauth_answer(struct web_request *request, const struct client_facts *client,
                         enum grant grant, const char *access, const char *refresh) MUST_CHECK;

/* ---- grant_*.c: one grant each, called by token.c with its fields checked ---- */

enum status oauth_grant_client(struct web_request *request);
enum status oauth_grant_code(struct web_request *request);
enum status oauth_grant_password(struct web_request *request);
enum status oauth_grant_refresh(struct web_request *request);

#endif
