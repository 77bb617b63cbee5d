/*
 * json.c - JSON text in and out, by json-c.
 *
 * What goes out is pure ASCII, so that no reader can guess another charset.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "view/view_int.h"

enum { JSON_DEPTH = 32 };

/* json-c reads NaN and Infinity even when told to be strict; RFC 8259 has no such numbers. */
static bool
has_nan(struct json_object *value)
{
    if (json_object_is_type(value, json_type_double))
        return strpbrk(json_object_to_json_string(value), "NI") != NULL;
    if (json_object_is_type(value, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(value); i++)
            if (has_nan(json_object_array_get_idx(value, i)))
                return true;
    }
    if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, key, member)
        {
            (void)key;
            if (has_nan(member))
                return true;
        }
    }
    return false;
}

bool
json_read(const char *text, size_t length, struct json_object **out, size_t *error_at)
{
    *out = NULL;
    *error_at = 0;
    /* The parser takes a NUL for the end, so what follows one would pass unread. */
    const char *nul = memchr(text, '\0', length);
    if (nul != NULL || length >= INT_MAX) {
        *error_at = nul != NULL ? (size_t)(nul - text) : length;
        return false;
    }
    struct json_tokener *tokener = json_tokener_new_ex(JSON_DEPTH);
    if (tokener == NULL)
        fatal("out of memory");
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    /* With the closing NUL, so that a number at the end is known to be complete. */
    char *copy = strndup(text, length);
    if (copy == NULL)
        fatal("out of memory (%zu bytes)", length);
    struct json_object *value = json_tokener_parse_ex(tokener, copy, (int)length + 1);
    bool good = json_tokener_get_error(tokener) == json_tokener_success && !has_nan(value);
    *error_at = json_tokener_get_parse_end(tokener);
    explicit_bzero(copy, length);
    free(copy);
    json_tokener_free(tokener);
    if (!good) {
        json_object_put(value);
        return false;
    }
    *out = value;
    return true;
}

/* The code point at *cursor, which is valid UTF-8 above 0x7f; moves behind it. */
static uint32_t
take_point(const char **cursor)
{
    const unsigned char *p = (const unsigned char *)*cursor;
    int more = *p >= 0xf0 ? 3 : *p >= 0xe0 ? 2 : 1;
    uint32_t point = *p & (0x3fU >> more);
    for (int i = 1; i <= more; i++)
        point = point << 6 | (p[i] & 0x3fU);
    *cursor += more + 1;
    return point;
}

static void
add_escaped(struct buf *out, uint32_t point)
{
    if (point < 0x10000) {
        buf_printf(out, "\\u%04x", point);
        return;
    }
    point -= 0x10000;
    buf_printf(out, "\\u%04x\\u%04x", 0xd800 + (point >> 10), 0xdc00 + (point & 0x3ff));
}

const char *
model_emit_json(struct arena *arena, const struct model *model)
{
    const char *text = json_object_to_json_string_ext(
        json_of(model), JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
    if (text == NULL)
        fatal("out of memory");
    if (!utf8_valid(text, strlen(text)))
        panic("a model holds a name that is no UTF-8");
    struct buf out;
    buf_init(&out, arena, SIZE_MAX);
    while (*text != '\0') {
        const char *plain = text;
        while ((unsigned char)*text - 1U < 0x7f)
            text++;
        buf_add(&out, plain, (size_t)(text - plain));
        if (*text != '\0')
            add_escaped(&out, take_point(&text));
    }
    return out.data;
}
