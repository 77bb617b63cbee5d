/*
 * digest.c - SHA-256 by OpenSSL, and the comparison that takes the same time for all.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "crypto/crypto.h"

enum status
digest_of_bytes(const void *data, size_t length, struct digest *out)
{
    /* Looked up once: for a token that costs OpenSSL as much as hashing it. */
    static EVP_MD *sha256;
    if (sha256 == NULL)
        sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (sha256 == NULL || EVP_Digest(data, length, out->bytes, NULL, sha256, NULL) != 1) {
        log_event(LOG_AT_ERROR, "SHA-256 failed", NULL);
        return E_CRYPTO;
    }
    return OK;
}

enum status
digest_of(const char *text, struct digest *out)
{
    return digest_of_bytes(text, strlen(text), out);
}

bool
digest_equal(const struct digest *a, const struct digest *b)
{
    return CRYPTO_memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}
