/*
 * target.c - which API addresses can be judged at all.
 *
 * Whoever forwards a request may decode, normalise and encode its path again. A path is judged only
 * if all of that leaves it as it is (DESIGN §6.1): then it can mean no other to the back-end.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "rules/rules.h"

static int
hex_value(char c)
{
    const char *digits = "0123456789abcdef";
    char lower = (char)(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
    const char *at = c == '\0' ? NULL : strchr(digits, lower);
    return at == NULL ? -1 : (int)(at - digits);
}

/* What an escape stands for, if that is nothing that means something in a path; else -1. */
static int
escaped(const char *at)
{
    int high = hex_value(at[1]), low = high < 0 ? -1 : hex_value(at[2]);
    int value = low < 0 ? -1 : high * 16 + low;
    if (value < 0x20 || value >= 0x7f || strchr("/\\.;%?#&=+", value) != NULL)
        return -1;
    return value;
}

/* One segment, decoded; its length as written in *used, NULL if it is odd. */
static char *
read_segment(struct arena *arena, const char *at, size_t *used)
{
    size_t written = 0;
    char *out = arena_alloc(arena, strcspn(at, "/?") + 1);
    const char *p = at;
    for (; *p != '\0' && *p != '/' && *p != '?'; p++) {
        int value = (unsigned char)*p;
        if (value == '%') {
            value = escaped(p);
            if (value < 0)
                return NULL;
            p += 2;
        } else if (value <= 0x20 || value >= 0x7f || strchr("\\;#", value) != NULL)
            return NULL;
        out[written++] = (char)value;
    }
    *used = (size_t)(p - at);
    return text_equal(out, ".") || text_equal(out, "..") ? NULL : out;
}

static bool
read_path(struct arena *arena, const char *raw, bool is_read, struct target *out)
{
    struct buf path;
    buf_init(&path, arena, SIZE_MAX);
    while (*raw == '/') {
        size_t used;
        buf_char(&path, '/');
        raw++;
        if (is_read)
            raw += strspn(raw, "/");
        char *segment = read_segment(arena, raw, &used);
        if (segment == NULL)
            return false;
        buf_add(&path, raw, used);
        raw += used;
        if (used == 0 && *raw == '/') /* `//` */
            return false;
        if (used == 0)
            break;
        if (out->count == TARGET_SEGMENTS_MAX)
            return false;
        out->segments[out->count++] = segment;
    }
    out->path = path.data;
    return *raw == '\0' || *raw == '?';
}

/* As back-ends read keys: in any letter case, without blanks before it, without an index behind it,
 * and with a dot, a blank or a bracket that nothing closes for an underscore (PHP). */
static bool
key_means(const char *key, const char *wanted)
{
    while (*key == ' ' || *key == '+')
        key++;
    for (; *wanted != '\0'; key++, wanted++) {
        char c = *key != '\0' && strchr(". +[", *key) != NULL ? '_' : *key;
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if (c != *wanted)
            return false;
    }
    return *key == '\0' || *key == '[';
}

/* Is one of the query's keys, as it is written or decoded once, one that overrides? */
static bool
overrides(struct arena *arena, const char *query)
{
    static const char *const keys[] = { "_method", "access_token" };
    while (*query != '\0') {
        size_t length = strcspn(query, "&;"), key_length = strcspn(query, "=&;");
        char *key = arena_alloc(arena, key_length + 1);
        size_t written = 0;
        for (size_t i = 0; i < key_length; i++) {
            int high = query[i] == '%' && i + 2 < key_length ? hex_value(query[i + 1]) : -1;
            int low = high < 0 ? -1 : hex_value(query[i + 2]);
            if (low >= 0)
                i += 2;
            key[written++] = low >= 0 ? (char)(high * 16 + low) : query[i];
        }
        for (size_t i = 0; i < LENGTH_OF(keys); i++)
            if (key_means(key, keys[i]))
                return true;
        query += length;
        query += *query != '\0';
    }
    return false;
}

enum target_fault
target_check(struct arena *arena, const char *raw, bool is_read, struct target *out)
{
    *out = (struct target){ .path = "" };
    if (raw[0] != '/' || strlen(raw) > TARGET_LENGTH_MAX || !read_path(arena, raw, is_read, out))
        return TARGET_ODD;
    const char *query = strchr(raw, '?');
    if (query != NULL && text_has_control(query))
        return TARGET_ODD;
    return query != NULL && overrides(arena, query + 1) ? TARGET_OVERRIDE : TARGET_FINE;
}
