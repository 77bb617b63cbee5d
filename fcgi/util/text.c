/*
 * text.c - small questions about strings, and UTF-8.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>
#include <strings.h>

#include "util/util.h"

bool
text_equal(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

bool
text_equal_nocase(const char *a, const char *b)
{
    return strcasecmp(a, b) == 0;
}

bool
text_starts(const char *text, const char *prefix)
{
    /* Most texts differ at once: no need to measure the prefix first. */
    while (*prefix != '\0')
        if (*text++ != *prefix++)
            return false;
    return true;
}

bool
text_ends(const char *text, const char *suffix)
{
    size_t length = strlen(text), tail = strlen(suffix);
    return length >= tail && strcmp(text + length - tail, suffix) == 0;
}

bool
text_is_empty(const char *text)
{
    return text == NULL || *text == '\0';
}

bool
text_has_control(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++)
        if (*p < 0x20 || *p == 0x7f)
            return true;
    return false;
}

bool
text_to_int(const char *text, int64_t max, int64_t *out)
{
    int64_t value = 0;
    if (*text == '\0')
        return false;
    for (const char *p = text; *p != '\0'; p++) {
        if (*p < '0' || *p > '9')
            return false;
        int digit = *p - '0';
        if (digit > max || value > (max - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

bool
text_is_hex(const char *text, size_t length)
{
    return strlen(text) == length && strspn(text, "0123456789abcdef") == length;
}

static const char BLANKS[] = " \t\n\r";

char *
text_trim(struct arena *arena, const char *text)
{
    text += strspn(text, BLANKS);
    size_t length = strlen(text);
    while (length > 0 && strchr(BLANKS, text[length - 1]) != NULL)
        length--;
    return arena_strndup(arena, text, length);
}

char *
text_word(struct arena *arena, const char **cursor)
{
    const char *start = *cursor + strspn(*cursor, BLANKS);
    size_t length = strcspn(start, BLANKS);
    *cursor = start + length;
    return length == 0 ? NULL : arena_strndup(arena, start, length);
}

/* Length of the sequence at p (at most `left` bytes) and its code point; 0 if it is not UTF-8. */
static size_t
decode(const unsigned char *p, size_t left, uint32_t *point)
{
    static const uint32_t lowest[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t length = p[0] < 0x80   ? 1
                    : p[0] < 0xc0 ? 0
                    : p[0] < 0xe0 ? 2
                    : p[0] < 0xf0 ? 3
                    : p[0] < 0xf8 ? 4
                                  : 0;
    if (length == 0 || length > left)
        return 0;
    uint32_t value = length == 1 ? p[0] : p[0] & (0x7fU >> length);
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (p[i] & 0x3fU);
    }
    if (value < lowest[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 0;
    *point = value;
    return length;
}

bool
utf8_valid(const char *text, size_t length)
{
    const unsigned char *p = (const unsigned char *)text;
    while (length > 0) {
        uint32_t point;
        size_t step = decode(p, length, &point);
        if (step == 0)
            return false;
        p += step;
        length -= step;
    }
    return true;
}

size_t
utf8_length(const char *text)
{
    size_t count = 0;
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++)
        count += (*p & 0xc0) != 0x80;
    return count;
}

static bool
is_invisible(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad || c == 0x61c || c == 0x180e ||
           (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
           (c >= 0xe0000 && c <= 0xe007f);
}

bool
utf8_has_invisible(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t left = strlen(text);
    while (left > 0) {
        uint32_t point;
        size_t step = decode(p, left, &point);
        if (step == 0 || is_invisible(point))
            return true;
        p += step;
        left -= step;
    }
    return false;
}
