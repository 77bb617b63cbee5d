/*
 * random.c - random bytes, App IDs, secrets and tokens.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "crypto/crypto.h"

enum status
random_bytes(unsigned char *out, size_t length)
{
    if (RAND_bytes(out, (int)length) != 1) {
        log_event(LOG_AT_ERROR, "no random bytes", NULL);
        return E_CRYPTO;
    }
    return OK;
}

enum status
random_hex(char out[static APP_ID_LENGTH + 1])
{
    unsigned char bytes[APP_ID_LENGTH / 2];
    enum status status = random_bytes(bytes, sizeof bytes);
    if (status != OK)
        return status;
    hex_encode(bytes, sizeof bytes, out);
    OPENSSL_cleanse(bytes, sizeof bytes);
    return OK;
}

enum status
random_token(char out[static TOKEN_LENGTH + 1])
{
    /* A byte of 248 or more would make the first of the 62 characters likelier: thrown away. */
    enum { FAIR = 256 / 62 * 62 };
    unsigned char bytes[TOKEN_LENGTH + 8];
    size_t length = 0;
    while (length < TOKEN_LENGTH) {
        enum status status = random_bytes(bytes, sizeof bytes);
        if (status != OK)
            return status;
        for (size_t i = 0; i < sizeof bytes && length < TOKEN_LENGTH; i++)
            if (bytes[i] < FAIR)
                out[length++] = BASE62[bytes[i] % 62];
    }
    out[length] = '\0';
    OPENSSL_cleanse(bytes, sizeof bytes);
    return OK;
}
