/*
 * parse.c - a template's text into nodes.
 *
 * A tag other than a variable that stands alone on its line takes the line with it, as the mustache
 * specification wants; text is kept line by line, so that a partial can be indented while
 * rendering. Whatever the subset does not have is refused with its line, never taken for text.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <stdio.h>
#include <string.h>

#include "view/view_int.h"

static const char NAME_CHARACTERS[] = "abcdefghijklmnopqrstuvwxyz"
                                      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789_";
static const char FILE_CHARACTERS[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
static const char MESSAGE_PREFIX[] = "t.";

struct tag {
    char kind;        /* # ^ / > ! or, for a variable, 0 */
    size_t open, end; /* of "{{" and behind "}}" */
    int line;
    const char *name; /* what is between, trimmed */
    size_t length;
};

struct level {
    struct node *section; /* NULL: the template itself */
    struct node **tail;
};

struct parser {
    struct arena *arena;
    const struct source *source;
    const struct catalogue *messages;
    struct fault *fault;
    size_t at; /* everything before is done */
    int line;  /* of `at` */
    bool line_start;
    struct level levels[DEPTH_MAX + 1];
    size_t depth;
};

static bool wrong(const struct parser *parser, int line, const char *format, ...) PRINTF_LIKE(3, 4);

static bool
wrong(const struct parser *parser, int line, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return fault_set(parser->fault, "%s:%d: %s", parser->source->label, line, text);
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool
is_space(char c)
{
    return is_blank(c) || c == '\n' || c == '\r';
}

/* ---- names ---- */

bool
name_parse(struct arena *arena, const char *text, size_t length, struct name *out)
{
    char *copy = arena_strndup(arena, text, length);
    *out = (struct name){ .text = copy };
    if (text_equal(copy, "."))
        return true;
    size_t dots = 0;
    for (size_t i = 0; i < length; i++)
        dots += copy[i] == '.';
    const char **parts = arena_alloc(arena, (dots + 1) * sizeof *parts);
    for (size_t i = 0; i <= dots; i++) {
        size_t part = strspn(copy, NAME_CHARACTERS);
        if (part == 0 || copy[part] != (i < dots ? '.' : '\0'))
            return false;
        parts[i] = arena_strndup(arena, copy, part);
        copy += part + 1;
    }
    out->parts = parts;
    out->count = dots + 1;
    return copy == out->text + length + 1;
}

/* For a fault: what was written, as far as it fits on a line. */
static const char *
excerpt(const struct parser *parser, const struct tag *tag)
{
    size_t length = 0;
    while (length < tag->length && length < 60 && (unsigned char)tag->name[length] >= ' ')
        length++;
    return arena_strndup(parser->arena, tag->name, length);
}

static bool
bad_name(const struct parser *parser, const struct tag *tag)
{
    return wrong(parser, tag->line, "bad name \"%s\"", excerpt(parser, tag));
}

/* ---- nodes ---- */

static struct node *
append(struct parser *parser, enum node_kind kind, int line)
{
    struct level *level = &parser->levels[parser->depth];
    struct node *node = arena_alloc(parser->arena, sizeof *node);
    node->kind = kind;
    node->line = line;
    node->line_start = parser->line_start;
    parser->line_start = false;
    *level->tail = node;
    level->tail = &node->next;
    return node;
}

static void
append_text(struct parser *parser, size_t end)
{
    struct node *node = append(parser, NODE_TEXT, parser->line);
    node->text = parser->source->text + parser->at;
    node->length = end - parser->at;
    parser->at = end;
}

/* Text up to `end`, a node a line. */
static void
add_text(struct parser *parser, size_t end)
{
    const char *text = parser->source->text;
    while (parser->at < end) {
        const char *newline = memchr(text + parser->at, '\n', end - parser->at);
        append_text(parser, newline == NULL ? end : (size_t)(newline - text) + 1);
        if (newline == NULL)
            return;
        parser->line++;
        parser->line_start = true;
    }
}

static int
count_lines(const char *text, size_t length)
{
    int count = 0;
    for (size_t i = 0; i < length; i++)
        count += text[i] == '\n';
    return count;
}

static void
skip(struct parser *parser, size_t end)
{
    parser->line += count_lines(parser->source->text + parser->at, end - parser->at);
    parser->at = end;
}

/* ---- tags ---- */

/* Where the doubled `brace` is, from `at` on; the source's length if it is nowhere. */
static size_t
find_pair(const struct source *source, size_t at, char brace)
{
    for (; at + 1 < source->length; at++)
        if (source->text[at] == brace && source->text[at + 1] == brace)
            return at;
    return source->length;
}

static bool
read_tag(const struct parser *parser, size_t open, struct tag *tag)
{
    const struct source *source = parser->source;
    const char *text = source->text;
    int line = parser->line + count_lines(text + parser->at, open - parser->at);
    size_t start = open + 2;
    while (start < source->length && is_space(text[start]))
        start++;
    char kind = '\0';
    if (start < source->length)
        kind = text[start];
    if (kind == '{' || kind == '&')
        return wrong(parser, line, "{{%c would leave a value unescaped: there is no such tag",
                     kind);
    if (kind == '=')
        return wrong(parser, line, "{{= would change the delimiters: there is no such tag");
    if (kind != '\0' && strchr("#^/>!", kind) != NULL)
        start++;
    else
        kind = '\0';
    size_t close = find_pair(source, start, '}');
    if (close == source->length)
        return wrong(parser, line, "{{ without }}");
    size_t end = close;
    while (start < end && is_space(text[start]))
        start++;
    while (end > start && is_space(text[end - 1]))
        end--;
    *tag = (struct tag){ kind, open, close + 2, line, text + start, end - start };
    return true;
}

/* True if nothing but blanks is on the tag's line: *begin is where that starts, *next the next. */
static bool
stands_alone(const struct source *source, const struct tag *tag, size_t *begin, size_t *next)
{
    const char *text = source->text;
    size_t at = tag->open;
    while (at > 0 && is_blank(text[at - 1]))
        at--;
    if (at > 0 && text[at - 1] != '\n')
        return false;
    *begin = at;
    at = tag->end;
    while (at < source->length && is_blank(text[at]))
        at++;
    if (at + 1 < source->length && text[at] == '\r' && text[at + 1] == '\n')
        at++;
    if (at < source->length && text[at] != '\n')
        return false;
    *next = at < source->length ? at + 1 : at;
    return true;
}

static bool
add_variable(struct parser *parser, const struct tag *tag)
{
    struct node *node = append(parser, NODE_VARIABLE, tag->line);
    if (!name_parse(parser->arena, tag->name, tag->length, &node->name))
        return bad_name(parser, tag);
    if (text_equal(node->name.text, "t"))
        return wrong(parser, tag->line, "\"t\" without the key of a message");
    if (!text_starts(node->name.text, MESSAGE_PREFIX))
        return true;
    const char *key = node->name.text + strlen(MESSAGE_PREFIX);
    node->kind = NODE_MESSAGE;
    node->message = catalogue_find(parser->messages, key);
    if (node->message == NULL)
        return wrong(parser, tag->line, "unknown message \"%s\"", key);
    return true;
}

static bool
open_section(struct parser *parser, const struct tag *tag)
{
    enum node_kind kind = tag->kind == '#' ? NODE_SECTION : NODE_INVERTED;
    struct node *node = append(parser, kind, tag->line);
    if (!name_parse(parser->arena, tag->name, tag->length, &node->name))
        return bad_name(parser, tag);
    if (text_equal(node->name.text, "t") || text_starts(node->name.text, MESSAGE_PREFIX))
        return wrong(parser, tag->line, "a message is no section: \"%s\"", node->name.text);
    if (parser->depth == DEPTH_MAX)
        return wrong(parser, tag->line, "sections are nested more than %d deep", DEPTH_MAX);
    parser->levels[++parser->depth] = (struct level){ node, &node->children };
    return true;
}

static bool
close_section(struct parser *parser, const struct tag *tag)
{
    const struct node *section = parser->levels[parser->depth].section;
    if (section == NULL)
        return wrong(parser, tag->line, "{{/%s}} closes a section that is not open",
                     excerpt(parser, tag));
    const char *name = section->name.text;
    if (strlen(name) != tag->length || memcmp(name, tag->name, tag->length) != 0)
        return wrong(parser, tag->line, "{{/%s}} where section \"%s\" of line %d is open",
                     excerpt(parser, tag), name, section->line);
    if (parser->line_start)
        append_text(parser, parser->at);
    parser->depth--;
    return true;
}

static bool
add_partial(struct parser *parser, const struct tag *tag, bool alone)
{
    struct node *node = append(parser, NODE_PARTIAL, tag->line);
    node->name.text = arena_strndup(parser->arena, tag->name, tag->length);
    if (tag->length == 0 || strspn(node->name.text, FILE_CHARACTERS) != tag->length)
        return bad_name(parser, tag);
    node->standalone = alone;
    node->text = parser->source->text + parser->at;
    node->length = tag->open - parser->at;
    return true;
}

static bool
take_tag(struct parser *parser, const struct tag *tag, bool alone)
{
    /* The specification drops a line that a standalone tag took: nothing of it is indented. */
    if (alone)
        parser->line_start = false;
    switch (tag->kind) {
    case '#':
    case '^':
        return open_section(parser, tag);
    case '/':
        return close_section(parser, tag);
    case '>':
        return add_partial(parser, tag, alone);
    case '!':
        return true;
    default:
        return add_variable(parser, tag);
    }
}

static bool
check_text(const struct parser *parser)
{
    const char *text = parser->source->text, *end = text + parser->source->length;
    if (parser->source->length > FILE_SIZE_MAX)
        return wrong(parser, 1, "larger than 1 MiB");
    for (int line = 1; text < end; line++) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t length = (size_t)((newline == NULL ? end : newline) - text);
        if (!utf8_valid(text, length) || memchr(text, '\0', length) != NULL)
            return wrong(parser, line, "not UTF-8 text");
        text += length + 1;
    }
    return true;
}

bool
template_parse(struct arena *arena, const struct source *source, const struct catalogue *messages,
               struct template *out, struct fault *fault)
{
    struct parser parser = { .arena = arena,
                             .source = source,
                             .messages = messages,
                             .fault = fault,
                             .line = 1,
                             .line_start = true };
    *out = (struct template){ .name = source->name, .label = source->label };
    parser.levels[0].tail = &out->nodes;
    if (!check_text(&parser))
        return false;
    size_t open;
    while ((open = find_pair(source, parser.at, '{')) < source->length) {
        struct tag tag = { 0 };
        if (!read_tag(&parser, open, &tag))
            return false;
        size_t begin = open, next = tag.end;
        bool alone = tag.kind != '\0' && stands_alone(source, &tag, &begin, &next);
        add_text(&parser, alone ? begin : open);
        if (!take_tag(&parser, &tag, alone))
            return false;
        skip(&parser, alone ? next : tag.end);
        if (alone)
            parser.line_start = true;
    }
    add_text(&parser, source->length);
    const struct node *section = parser.levels[parser.depth].section;
    if (section != NULL)
        return wrong(&parser, section->line, "section \"%s\" is never closed", section->name.text);
    return true;
}
