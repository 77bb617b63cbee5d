/*
 * form.c - percent-decoding, urlencoded fields, and looking pairs up.
 *
 * Stricter than the URL standard where that would guess: a bad escape is a fault, not text.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "http/http.h"

const char *
http_pairs_find(const struct http_pairs *pairs, const char *name)
{
    for (size_t i = 0; i < pairs->count; i++)
        if (text_equal(pairs->items[i].name, name))
            return pairs->items[i].value;
    return NULL;
}

size_t
http_pairs_count(const struct http_pairs *pairs, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < pairs->count; i++)
        count += text_equal(pairs->items[i].name, name);
    return count;
}

/* The byte written as %XX at `data`; false if it is not written so within `left` bytes. */
static bool
decode_escape(const char *data, size_t left, char *out)
{
    unsigned char byte;
    if (left < 3)
        return false;
    char digits[3] = { data[1], data[2], '\0' };
    if (!hex_decode(digits, &byte, 1))
        return false;
    *out = (char)byte;
    return true;
}

enum http_fault
http_decode(struct arena *arena, const char *data, size_t length, bool plus, const char **out)
{
    char *text = arena_alloc(arena, length + 1);
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        char c = data[i];
        if (c == '%') {
            if (!decode_escape(data + i, length - i, &c))
                return HTTP_BAD_ESCAPE;
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        if (c == '\0')
            return HTTP_BAD_NUL;
        text[used++] = c;
    }
    if (!utf8_valid(text, used))
        return HTTP_BAD_UTF8;
    *out = text;
    return HTTP_FINE;
}

static enum http_fault
parse_pair(struct arena *arena, const char *data, size_t length, struct http_pair *out)
{
    const char *equals = memchr(data, '=', length);
    size_t name_length = equals == NULL ? length : (size_t)(equals - data);
    out->value = "";
    enum http_fault fault = http_decode(arena, data, name_length, true, &out->name);
    if (fault != HTTP_FINE || equals == NULL)
        return fault;
    return http_decode(arena, equals + 1, length - name_length - 1, true, &out->value);
}

enum http_fault
http_form_parse_urlencoded(struct arena *arena, const char *data, size_t length,
                           struct http_pairs *out)
{
    *out = (struct http_pairs){ 0 };
    if (length == 0)
        return HTTP_FINE;
    struct http_pair *items = arena_alloc(arena, HTTP_PAIRS_MAX * sizeof *items);
    const char *end = data + length;
    size_t count = 0;
    while (data < end) {
        const char *ampersand = memchr(data, '&', (size_t)(end - data));
        const char *piece_end = ampersand == NULL ? end : ampersand;
        if (piece_end > data) {
            if (count == HTTP_PAIRS_MAX)
                return HTTP_TOO_MANY_PAIRS;
            enum http_fault fault =
                parse_pair(arena, data, (size_t)(piece_end - data), &items[count++]);
            if (fault != HTTP_FINE)
                return fault;
        }
        data = ampersand == NULL ? end : ampersand + 1;
    }
    *out = (struct http_pairs){ items, count };
    return HTTP_FINE;
}
