/*
 * base64.c - base64 by OpenSSL, for HTTP Basic and PKCE.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include <openssl/evp.h>

#include "crypto/crypto.h"

const char *
base64_decode(struct arena *arena, const char *text)
{
    size_t length = strlen(text);
    if (length == 0 || length % 4 != 0 || length > 64 * 1024)
        return NULL;
    /* OpenSSL forgives white space; a credential has none. */
    size_t body = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    size_t padding = length - body;
    if (padding > 2 || strspn(text + body, "=") != padding)
        return NULL;
    unsigned char *out = arena_alloc(arena, length / 4 * 3 + 1);
    int decoded = EVP_DecodeBlock(out, (const unsigned char *)text, (int)length);
    if (decoded < (int)padding)
        return NULL;
    size_t size = (size_t)decoded - padding;
    out[size] = '\0';
    return memchr(out, '\0', size) == NULL ? (const char *)out : NULL;
}

void
digest_base64url(const struct digest *digest, char out[static 44])
{
    unsigned char padded[45];
    EVP_EncodeBlock(padded, digest->bytes, sizeof digest->bytes);
    for (int i = 0; i < 43; i++)
        out[i] = padded[i] == '+' ? '-' : padded[i] == '/' ? '_' : (char)padded[i];
    out[43] = '\0';
}
