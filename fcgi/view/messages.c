/*
 * messages.c - the wording, from messages.<language>.json: a flat object of texts.
 *
 * A text's {name} is found in the template's context, or given by C code to view_message(). Braces
 * have no other use. The operator may reword, not invent: keys and parameters must be ours, so
 * that nothing can be missing when a page is made.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view/view_int.h"

static const char KEY_CHARACTERS[] = "abcdefghijklmnopqrstuvwxyz0123456789_.";

struct reader {
    struct arena *arena;
    const struct source *source;
    struct fault *fault;
};

static int
line_at(const struct source *source, size_t at)
{
    int line = 1;
    for (size_t i = 0; i < at && i < source->length; i++)
        line += source->text[i] == '\n';
    return line;
}

/*
 * Where `key` is defined from `from` on, NULL if nowhere. json-c tells no positions and keeps the
 * last of two; a quoted key before a colon can't be anything else in JSON.
 */
static const char *
find_key(const struct source *source, const char *from, const char *key)
{
    size_t length = strlen(key);
    const char *end = source->text + source->length;
    for (; from + length + 2 < end; from++) {
        if (from[0] != '"' || memcmp(from + 1, key, length) != 0 || from[length + 1] != '"')
            continue;
        const char *next = from + length + 2;
        while (next < end && strchr(" \t\r\n", *next) != NULL)
            next++;
        if (next < end && *next == ':')
            return from;
    }
    return NULL;
}

static bool wrong(const struct reader *reader, const char *key, const char *format, ...)
    PRINTF_LIKE(3, 4);

static bool
wrong(const struct reader *reader, const char *key, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const struct source *source = reader->source;
    const char *place = find_key(source, source->text, key);
    int line = place == NULL ? 1 : line_at(source, (size_t)(place - source->text));
    return fault_set(reader->fault, "%s:%d: %s: %s", source->label, line, key, text);
}

static struct part *
add_part(struct arena *arena, struct part ***tail)
{
    struct part *part = arena_alloc(arena, sizeof *part);
    **tail = part;
    *tail = &part->next;
    return part;
}

static bool
parse_text(const struct reader *reader, struct message *message, const char *text)
{
    struct part **tail = &message->parts;
    while (*text != '\0') {
        size_t length = strcspn(text, "{}");
        if (length > 0)
            add_part(reader->arena, &tail)->text = arena_strndup(reader->arena, text, length);
        text += length;
        if (*text == '\0')
            break;
        length = *text == '{' ? strcspn(text + 1, "{}") : 0;
        if (*text == '}' || text[length + 1] != '}')
            return wrong(reader, message->key, "unbalanced brace");
        struct name *name = &add_part(reader->arena, &tail)->name;
        if (!name_parse(reader->arena, text + 1, length, name) || name->count == 0 ||
            text_equal(name->parts[0], "t"))
            return wrong(reader, message->key, "bad name {%.60s}", name->text);
        text += length + 2;
    }
    return true;
}

static bool
parse_row(const struct reader *reader, const char *key, struct json_object *value,
          struct message *out)
{
    *out = (struct message){ .key = arena_strdup(reader->arena, key) };
    if (*key == '\0' || strspn(key, KEY_CHARACTERS) != strlen(key))
        return wrong(reader, key, "bad key (a-z, 0-9, _ and . only)");
    if (!json_object_is_type(value, json_type_string))
        return wrong(reader, key, "not a text");
    const char *text = json_object_get_string(value);
    if (strlen(text) != (size_t)json_object_get_string_len(value))
        return wrong(reader, key, "holds a NUL");
    const char *first = find_key(reader->source, reader->source->text, key);
    if (first != NULL && find_key(reader->source, first + 1, key) != NULL)
        return wrong(reader, key, "given twice");
    return parse_text(reader, out, text);
}

static int
compare(const void *a, const void *b)
{
    return strcmp(((const struct message *)a)->key, ((const struct message *)b)->key);
}

static bool
parse_rows(const struct reader *reader, struct json_object *object, struct catalogue *out)
{
    out->rows =
        arena_alloc(reader->arena, (size_t)json_object_object_length(object) * sizeof *out->rows);
    json_object_object_foreach(object, key, value)
    {
        if (!parse_row(reader, key, value, &out->rows[out->count++]))
            return false;
    }
    if (out->count > 0)
        qsort(out->rows, out->count, sizeof *out->rows, compare);
    return true;
}

bool
catalogue_parse(struct arena *arena, const struct source *source, struct catalogue *out,
                struct fault *fault)
{
    struct reader reader = { arena, source, fault };
    struct json_object *object;
    size_t error_at;
    *out = (struct catalogue){ 0 };
    if (source->length > FILE_SIZE_MAX)
        return fault_set(fault, "%s:1: larger than 1 MiB", source->label);
    if (!json_read(source->text, source->length, &object, &error_at))
        return fault_set(fault, "%s:%d: not JSON in UTF-8", source->label,
                         line_at(source, error_at));
    bool good = json_object_is_type(object, json_type_object)
                    ? parse_rows(&reader, object, out)
                    : fault_set(fault, "%s:1: not an object of texts", source->label);
    json_object_put(object);
    return good;
}

static struct message *
find(const struct catalogue *catalogue, const char *key)
{
    struct message wanted = { .key = key };
    if (catalogue->count == 0)
        return NULL;
    return bsearch(&wanted, catalogue->rows, catalogue->count, sizeof *catalogue->rows, compare);
}

const struct message *
catalogue_find(const struct catalogue *catalogue, const char *key)
{
    return find(catalogue, key);
}

static bool
has_parameter(const struct message *message, const char *name)
{
    for (const struct part *part = message->parts; part != NULL; part = part->next)
        if (part->text == NULL && text_equal(part->name.text, name))
            return true;
    return false;
}

bool
catalogue_override(struct arena *arena, const struct source *source, struct catalogue *catalogue,
                   struct fault *fault)
{
    struct reader reader = { arena, source, fault };
    struct catalogue theirs;
    if (!catalogue_parse(arena, source, &theirs, fault))
        return false;
    for (size_t i = 0; i < theirs.count; i++) {
        const struct message *row = &theirs.rows[i];
        struct message *ours = find(catalogue, row->key);
        if (ours == NULL)
            return wrong(&reader, row->key, "unknown key");
        for (const struct part *part = row->parts; part != NULL; part = part->next)
            if (part->text == NULL && !has_parameter(ours, part->name.text))
                return wrong(&reader, row->key, "unknown parameter {%s}", part->name.text);
        ours->parts = row->parts;
    }
    return true;
}

bool
view_has_message(const struct view *view, const char *key)
{
    return catalogue_find(&view->messages, key) != NULL;
}

/* The value of `name` among the pairs (name, value, …, NULL); a NULL value is an empty text. */
static const char *
pair_value(const char *key, const char *name, va_list pairs)
{
    const char *pair;
    while ((pair = va_arg(pairs, const char *)) != NULL) {
        const char *value = va_arg(pairs, const char *);
        if (text_equal(pair, name))
            return value == NULL ? "" : value;
    }
    panic("message %s: no value for {%s}", key, name);
}

const char *
view_message(const struct view *view, struct arena *arena, const char *key, ...)
{
    const struct message *message = catalogue_find(&view->messages, key);
    if (message == NULL)
        panic("no message \"%s\"", key);
    struct buf out;
    buf_init(&out, arena, SIZE_MAX);
    for (const struct part *part = message->parts; part != NULL; part = part->next) {
        if (part->text != NULL) {
            buf_text(&out, part->text);
            continue;
        }
        va_list pairs;
        va_start(pairs, key);
        buf_text(&out, pair_value(key, part->name.text, pairs));
        va_end(pairs);
    }
    return out.data;
}
