/*
 * pkce.c - proof key for code exchange (RFC 7636): S256, and nothing weaker.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "rules/rules.h"

static bool
consists_of(const char *text, const char *others)
{
    for (; *text != '\0'; text++)
        if (strchr(BASE62, *text) == NULL && strchr(others, *text) == NULL)
            return false;
    return true;
}

bool
pkce_challenge_is_valid(const char *challenge)
{
    return strlen(challenge) == PKCE_CHALLENGE_LENGTH && consists_of(challenge, "-_");
}

/* RFC 7636 §4.1 */
bool
pkce_verifier_is_valid(const char *verifier)
{
    size_t length = strlen(verifier);
    return length >= 43 && length <= 128 && consists_of(verifier, "-._~");
}

enum status
pkce_challenge_of(const char *verifier, char out[static PKCE_CHALLENGE_LENGTH + 1])
{
    struct digest digest;
    enum status status = digest_of(verifier, &digest);
    if (status == OK)
        digest_base64url(&digest, out);
    return status;
}
