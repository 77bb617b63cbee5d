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
        if (ours == NULL || ours->rule != NULL)
            return wrong(&reader, row->key, "unknown key");
        for (const struct part *part = row->parts; part != NULL; part = part->next)
            if (part->text == NULL && !has_parameter(ours, part->name.text))
                return wrong(&reader, row->key, "unknown parameter {%s}", part->name.text);
        ours->parts = row->parts;
    }
    return true;
}

/* ---- forms by number ---- */

static const struct message *
find_form(struct arena *arena, const struct catalogue *catalogue, const char *stem,
          enum plural form)
{
    return find(catalogue, arena_printf(arena, "%s.%s", stem, plural_names[form]));
}

static const struct name *
first_parameter(const struct message *message)
{
    for (const struct part *part = message->parts; part != NULL; part = part->next)
        if (part->text == NULL)
            return &part->name;
    return NULL;
}

/* "a.day" for "a.day.few", if English has forms of it, with a number; else NULL. */
static const char *
stem_of(struct arena *arena, const struct catalogue *base, const char *key)
{
    const char *dot = strrchr(key, '.');
    if (dot == NULL || plural_by_name(dot + 1) == PLURAL__MAX)
        return NULL;
    const char *stem = arena_strndup(arena, key, (size_t)(dot - key));
    const struct message *other = find_form(arena, base, stem, PLURAL_OTHER);
    bool has_forms = other != NULL && first_parameter(other) != NULL &&
                     find_form(arena, base, stem, PLURAL_ONE) != NULL;
    return has_forms ? stem : NULL;
}

/* Its forms are sought last, where the rows have come to stay. */
static void
fill_forms(struct arena *arena, struct catalogue *catalogue, const char *language)
{
    for (size_t i = 0; i < catalogue->count; i++) {
        struct message *row = &catalogue->rows[i];
        for (int form = 0; row->rule != NULL && form < PLURAL__MAX; form++)
            if (plural_is_used(language, (enum plural)form))
                row->forms[form] = find_form(arena, catalogue, row->key, (enum plural)form);
    }
}

void
catalogue_add_forms(struct arena *arena, const struct catalogue *base, struct catalogue *catalogue,
                    const char *language)
{
    size_t size = base->count + catalogue->count;
    struct catalogue all = { arena_alloc(arena, size * sizeof *all.rows), catalogue->count };
    if (catalogue->count > 0)
        memcpy(all.rows, catalogue->rows, catalogue->count * sizeof *all.rows);
    for (size_t i = 0; i < base->count; i++) {
        const struct message *other = &base->rows[i];
        const char *stem = stem_of(arena, base, other->key);
        const struct name *count = first_parameter(other);
        if (stem != NULL && count != NULL && text_ends(other->key, ".other") &&
            find(catalogue, stem) == NULL)
            all.rows[all.count++] =
                (struct message){ .key = stem, .count = *count, .rule = plural_rule_of(language) };
    }
    if (all.count > 0)
        qsort(all.rows, all.count, sizeof *all.rows, compare);
    fill_forms(arena, &all, language);
    *catalogue = all;
}

/* ---- another language against English ---- */

struct missing {
    struct buf names;
    size_t count;
};

enum { MISSING_NAMED = 10 };

static void
note_missing(struct missing *missing, const char *key)
{
    if (missing->count++ < MISSING_NAMED)
        buf_printf(&missing->names, "%s%s", missing->count == 1 ? "" : ", ", key);
}

/* `ours` is the English message, or the English form that has all parameters. */
static bool
match_parameters(const struct reader *reader, const struct message *ours,
                 const struct message *theirs)
{
    const struct part *part;
    for (part = theirs->parts; part != NULL; part = part->next)
        if (part->text == NULL && !has_parameter(ours, part->name.text))
            return wrong(reader, theirs->key, "unknown parameter {%s}", part->name.text);
    for (part = ours->parts; part != NULL; part = part->next)
        if (part->text == NULL && !has_parameter(theirs, part->name.text))
            return wrong(reader, theirs->key, "misses the parameter {%s}", part->name.text);
    return true;
}

/* The English message that theirs of this key is measured by; NULL: there is none. */
static const struct message *
measure_of(struct arena *arena, const struct catalogue *base, const char *key, const char *language)
{
    const char *stem = stem_of(arena, base, key);
    if (stem == NULL)
        return find(base, key);
    return plural_is_used(language, plural_by_name(key + strlen(stem) + 1))
               ? find_form(arena, base, stem, PLURAL_OTHER)
               : NULL;
}

bool
catalogue_match(struct arena *arena, const struct source *source, const struct catalogue *base,
                const struct catalogue *theirs, const char *language, struct fault *fault)
{
    struct reader reader = { arena, source, fault };
    struct missing missing = { .count = 0 };
    buf_init(&missing.names, arena, SIZE_MAX);
    for (size_t i = 0; i < theirs->count; i++) {
        const struct message *row = &theirs->rows[i];
        const struct message *ours = measure_of(arena, base, row->key, language);
        if (ours == NULL)
            return wrong(&reader, row->key, "unknown key");
        if (!match_parameters(&reader, ours, row))
            return false;
    }
    for (size_t i = 0; i < base->count; i++) {
        const char *key = base->rows[i].key, *stem = stem_of(arena, base, key);
        if (stem == NULL && find(theirs, key) == NULL)
            note_missing(&missing, key);
        for (int form = 0; stem != NULL && text_ends(key, ".other") && form < PLURAL__MAX; form++)
            if (plural_is_used(language, (enum plural)form) &&
                find_form(arena, theirs, stem, (enum plural)form) == NULL)
                note_missing(&missing, arena_printf(arena, "%s.%s", stem, plural_names[form]));
    }
    if (missing.count == 0)
        return true;
    const char *more = missing.count <= MISSING_NAMED
                           ? ""
                           : arena_printf(arena, " and %zu more", missing.count - MISSING_NAMED);
    return fault_set(fault, "%s: misses %s%s", source->label, missing.names.data, more);
}

/* ---- as plain text ---- */

bool
view_has_message(const struct view *view, const char *key)
{
    return catalogue_find(&view->messages, key) != NULL;
}

/* The value of `name` among the pairs (name, value, …, NULL), NULL if it is not there; a NULL value
 * is an empty text. */
static const char *
pair_value(const char *name, va_list pairs)
{
    const char *pair;
    while ((pair = va_arg(pairs, const char *)) != NULL) {
        const char *value = va_arg(pairs, const char *);
        if (text_equal(pair, name))
            return value == NULL ? "" : value;
    }
    return NULL;
}

static const struct message *
get(const struct view *view, const char *key, bool with_forms)
{
    const struct message *message = catalogue_find(&view->messages, key);
    if (message == NULL)
        panic("no message \"%s\"", key);
    if ((message->rule != NULL) != with_forms)
        panic("message \"%s\" has %s forms by number", key, with_forms ? "no" : "several");
    return message;
}

/* {number_name}: `number` (both NULL: none), if the pairs have no value for it. */
static const char *
compose(struct arena *arena, const struct message *message, const char *number_name,
        const char *number, va_list pairs)
{
    struct buf out;
    buf_init(&out, arena, SIZE_MAX);
    for (const struct part *part = message->parts; part != NULL; part = part->next) {
        if (part->text != NULL) {
            buf_text(&out, part->text);
            continue;
        }
        va_list again;
        va_copy(again, pairs);
        const char *value = pair_value(part->name.text, again);
        va_end(again);
        if (value == NULL && number_name != NULL && text_equal(part->name.text, number_name))
            value = number;
        if (value == NULL)
            panic("message %s: no value for {%s}", message->key, part->name.text);
        buf_text(&out, value);
    }
    return out.data;
}

const char *
view_message(const struct view *view, struct arena *arena, const char *key, ...)
{
    va_list pairs;
    va_start(pairs, key);
    const char *text = compose(arena, get(view, key, false), NULL, NULL, pairs);
    va_end(pairs);
    return text;
}

const char *
view_message_count(const struct view *view, struct arena *arena, const char *key, int64_t number,
                   ...)
{
    const struct message *message = get(view, key, true);
    va_list pairs;
    va_start(pairs, number);
    const char *text = compose(arena, message->forms[message->rule(number)], message->count.text,
                               view_number(view, arena, number), pairs);
    va_end(pairs);
    return text;
}

const char *
view_number(const struct view *view, struct arena *arena, int64_t number)
{
    const char *digits = arena_printf(arena, "%lld", (long long)number);
    const char *group = view_message(view, arena, "number.group", NULL);
    struct buf out;
    buf_init(&out, arena, SIZE_MAX);
    for (size_t left = strlen(digits); left > 0; left--) {
        buf_char(&out, *digits);
        if (left % 3 == 1 && left > 1 && *digits != '-')
            buf_text(&out, group);
        digits++;
    }
    return out.data;
}

const char *
view_language(const struct view *view)
{
    return view->language;
}
