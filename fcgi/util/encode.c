/*
 * encode.c - hex, base62, percent-encoding.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "util/util.h"

const char BASE62[63] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static const char LOWER[] = "0123456789abcdef";

void
hex_encode(const unsigned char *bytes, size_t length, char *out)
{
    for (size_t i = 0; i < length; i++) {
        *out++ = LOWER[bytes[i] >> 4];
        *out++ = LOWER[bytes[i] & 15];
    }
    *out = '\0';
}

static int
hex_value(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

bool
hex_decode(const char *text, unsigned char *out, size_t length)
{
    if (strlen(text) != 2 * length)
        return false;
    for (size_t i = 0; i < length; i++) {
        int high = hex_value(text[2 * i]), low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

char *
uri_escape(struct arena *arena, const char *text)
{
    static const char upper[] = "0123456789ABCDEF";
    char *out = arena_alloc(arena, 3 * strlen(text) + 1), *end = out;
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (strchr(BASE62, c) != NULL || strchr("-._~", c) != NULL) {
            *end++ = *text;
            continue;
        }
        *end++ = '%';
        *end++ = upper[c >> 4];
        *end++ = upper[c & 15];
    }
    *end = '\0';
    return out;
}
