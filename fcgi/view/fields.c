/*
 * fields.c - a JSON object that a program sent, member by member.
 *
 * json-c keeps the last of two members of one name and tells nobody, while what stands behind us
 * may take the first. So the object is taken apart here, once json-c has found it whole, and each
 * name and value is read by itself: what came twice is there twice.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "view/view_int.h"

struct scanner {
    struct arena *arena;
    const char *at, *end;
};

static void
skip_blanks(struct scanner *scanner)
{
    while (scanner->at < scanner->end && strchr(" \t\r\n", *scanner->at) != NULL)
        scanner->at++;
}

/* Moves behind the string that begins here. */
static void
skip_string(struct scanner *scanner)
{
    scanner->at++;
    while (scanner->at < scanner->end && *scanner->at != '"')
        scanner->at += *scanner->at == '\\' ? 2 : 1;
    scanner->at++;
}

/* Moves to what ends the value that begins here: a comma, or the end of the object. */
static void
skip_value(struct scanner *scanner)
{
    int depth = 0;
    while (scanner->at < scanner->end) {
        char c = *scanner->at;
        if (c == '"') {
            skip_string(scanner);
            continue;
        }
        if (depth == 0 && (c == ',' || c == '}'))
            return;
        depth += (c == '{' || c == '[') - (c == '}' || c == ']');
        scanner->at++;
    }
}

/* True, and moves behind it, if `c` stands here. */
static bool
take(struct scanner *scanner, char c)
{
    skip_blanks(scanner);
    if (scanner->at >= scanner->end || *scanner->at != c)
        return false;
    scanner->at++;
    return true;
}

/* A JSON text without NUL; NULL if it is something else. */
static const char *
plain_text(struct arena *arena, struct json_object *value)
{
    if (!json_object_is_type(value, json_type_string))
        return NULL;
    const char *text = json_object_get_string(value);
    size_t length = (size_t)json_object_get_string_len(value);
    if (strlen(text) != length || !utf8_valid(text, length))
        return NULL;
    return arena_strndup(arena, text, length);
}

static const char *
words_of(struct arena *arena, struct json_object *list)
{
    struct buf out;
    buf_init(&out, arena, SIZE_MAX);
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        const char *word = plain_text(arena, json_object_array_get_idx(list, i));
        if (text_is_empty(word) || strpbrk(word, " \t\r\n") != NULL)
            return NULL;
        if (i > 0)
            buf_char(&out, ' ');
        buf_text(&out, word);
    }
    return out.data;
}

static void
read_value(struct arena *arena, const char *text, size_t length, struct json_object *value,
           struct json_field *out)
{
    const char *taken = NULL;
    out->kind = JSON_WORD;
    if (json_object_is_type(value, json_type_array)) {
        out->kind = JSON_WORDS;
        taken = words_of(arena, value);
    } else if (json_object_is_type(value, json_type_string)) {
        taken = plain_text(arena, value);
    } else if (!json_object_is_type(value, json_type_object)) {
        taken = text_trim(arena, arena_strndup(arena, text, length));
    }
    if (taken == NULL) {
        out->kind = JSON_OTHER;
        taken = arena_strndup(arena, text, length);
    }
    out->value = taken;
}

/* One member; *is_null tells that it counts as absent. */
static bool
read_member(struct scanner *scanner, struct json_field *out, bool *is_null)
{
    struct json_object *name, *value;
    size_t error_at;
    skip_blanks(scanner);
    const char *begin = scanner->at;
    if (begin >= scanner->end || *begin != '"')
        return false;
    skip_string(scanner);
    if (scanner->at > scanner->end ||
        !json_read(begin, (size_t)(scanner->at - begin), &name, &error_at))
        return false;
    out->name = plain_text(scanner->arena, name);
    json_object_put(name);
    if (out->name == NULL || !take(scanner, ':'))
        return false;
    begin = scanner->at;
    skip_value(scanner);
    if (scanner->at > scanner->end ||
        !json_read(begin, (size_t)(scanner->at - begin), &value, &error_at))
        return false;
    *is_null = value == NULL;
    if (!*is_null)
        read_value(scanner->arena, begin, (size_t)(scanner->at - begin), value, out);
    json_object_put(value);
    return true;
}

static bool
is_there(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(names[i], name))
            return true;
    return false;
}

static bool
scan(struct scanner *scanner, struct json_fields *out)
{
    const char *names[JSON_FIELDS_MAX];
    struct json_field *items = arena_alloc(scanner->arena, JSON_FIELDS_MAX * sizeof *items);
    size_t seen = 0;
    if (!take(scanner, '{'))
        return false;
    while (!take(scanner, '}')) {
        struct json_field field;
        bool is_null;
        if (seen == JSON_FIELDS_MAX || (seen > 0 && !take(scanner, ',')) ||
            !read_member(scanner, &field, &is_null))
            return false;
        if (out->twice == NULL && is_there(names, seen, field.name))
            out->twice = field.name;
        names[seen++] = field.name;
        if (!is_null)
            items[out->count++] = field;
    }
    out->items = items;
    skip_blanks(scanner);
    return scanner->at == scanner->end;
}

bool
json_fields_parse(struct arena *arena, const char *text, size_t length, struct json_fields *out)
{
    struct json_object *whole;
    size_t error_at;
    struct scanner scanner = { .arena = arena, .at = text, .end = text + length };
    *out = (struct json_fields){ 0 };
    if (!json_read(text, length, &whole, &error_at))
        return false;
    bool good = json_object_is_type(whole, json_type_object) && scan(&scanner, out);
    json_object_put(whole);
    if (!good)
        *out = (struct json_fields){ 0 };
    return good;
}
