/*
 * cookie.c - the Cookie header in, Set-Cookie out.
 *
 * Values are taken as they come: no unquoting, no percent-decoding, as neither is the standard's.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "http/http.h"

static const char BLANKS[] = " \t";

/* RFC 9110 §5.6.2: how many characters of a token `text` begins with. */
static size_t
token_length(const char *text)
{
    size_t length = 0;
    while (text[length] > ' ' && text[length] <= '~' &&
           strchr("\"(),/:;<=>?@[\\]{}", text[length]) == NULL)
        length++;
    return length;
}

/* RFC 6265 §4.1.1: cookie-octets, the only ones that every client gives back unchanged. */
static bool
is_cookie_value(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text <= ' ' || *text > '~' || strchr("\",;\\", *text) != NULL)
            return false;
    return true;
}

/* Nothing is copied before it is found good, so junk costs no memory. */
static bool
parse_piece(struct arena *arena, const char *piece, const char *end, struct http_pair *out)
{
    size_t length = token_length(piece);
    const char *value = piece + length + strspn(piece + length, BLANKS);
    if (length == 0 || *value != '=')
        return false;
    value++;
    value += strspn(value, BLANKS);
    while (end > value && strchr(BLANKS, end[-1]) != NULL)
        end--;
    for (const char *p = value; p < end; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            return false;
    if (!utf8_valid(value, (size_t)(end - value)))
        return false;
    out->name = arena_strndup(arena, piece, length);
    out->value = arena_strndup(arena, value, (size_t)(end - value));
    return true;
}

enum http_fault
http_cookie_parse(struct arena *arena, const char *header, struct http_pairs *out)
{
    *out = (struct http_pairs){ 0 };
    if (text_is_empty(header))
        return HTTP_FINE;
    struct http_pair *items = arena_alloc(arena, HTTP_PAIRS_MAX * sizeof *items);
    size_t count = 0;
    while (*header != '\0') {
        header += strspn(header, BLANKS);
        size_t length = strcspn(header, ";");
        struct http_pair pair;
        if (parse_piece(arena, header, header + length, &pair)) {
            if (count == HTTP_PAIRS_MAX)
                return HTTP_TOO_MANY_PAIRS;
            items[count++] = pair;
        }
        header += length;
        header += *header == ';';
    }
    *out = (struct http_pairs){ items, count };
    return HTTP_FINE;
}

const char *
http_cookie_format(struct arena *arena, const char *name, const char *value, bool secure)
{
    size_t length = token_length(name);
    if (length == 0 || name[length] != '\0' || !is_cookie_value(value))
        panic("cookie %s: a name or value that would need quoting", name);
    return arena_printf(arena, "%s=%s; Path=/; HttpOnly; SameSite=Lax%s%s", name, value,
                        *value == '\0' ? "; Max-Age=0" : "", secure ? "; Secure" : "");
}
