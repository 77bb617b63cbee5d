/*
 * multipart.c - multipart/form-data (RFC 7578 on RFC 2046): fields, and files of text where they
 * are taken.
 *
 * Each part is cut out by the delimiter behind it before anything in it is looked at, so no line of
 * a part can reach into the next. What the RFCs don't allow is a fault, not repaired; a part's own
 * Content-Type and charset are ignored: fields are UTF-8.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>
#include <strings.h>

#include "http/http.h"

struct scan {
    struct arena *arena;
    const char *at, *end;
    const char *delimiter; /* CR LF - - boundary */
    size_t delimiter_length;
    bool files; /* a part may be one */
};

/* Browsers write a quote in a field's name as %22 and leave other percent signs alone. */
static void
undo_quotes(char *text)
{
    char *out = text;
    while (*text != '\0') {
        bool is_quote = text_starts(text, "%22");
        *out++ = is_quote ? '"' : *text;
        text += is_quote ? 3 : 1;
    }
    *out = '\0';
}

static enum http_fault
parse_disposition(const struct scan *scan, const char *text, const char **out)
{
    static const char kind[] = "form-data";
    text += strspn(text, " \t");
    if (strcspn(text, "; \t") != sizeof kind - 1 || strncasecmp(text, kind, sizeof kind - 1) != 0)
        return HTTP_BAD_MULTIPART;
    const char *cursor = text + sizeof kind - 1, *name = NULL;
    struct http_pair parameter;
    while (http_parameter_next(scan->arena, &cursor, &parameter)) {
        bool is_name = text_equal_nocase(parameter.name, "name");
        bool is_file = text_equal_nocase(parameter.name, "filename") ||
                       text_equal_nocase(parameter.name, "filename*");
        if ((is_name && name != NULL) || (is_file && !scan->files))
            return HTTP_BAD_MULTIPART;
        if (is_name)
            name = parameter.value;
    }
    if (*cursor != '\0' || name == NULL)
        return HTTP_BAD_MULTIPART;
    if (!utf8_valid(name, strlen(name)))
        return HTTP_BAD_UTF8;
    char *copy = arena_strdup(scan->arena, name);
    undo_quotes(copy);
    *out = copy;
    return HTTP_FINE;
}

/* One line of a part's head; *name is set by the one that matters. */
static enum http_fault
parse_line(const struct scan *scan, const char *line, size_t length, const char **name)
{
    static const char wanted[] = "Content-Disposition";
    const char *colon = memchr(line, ':', length);
    if (colon == NULL || memchr(line, '\r', length) != NULL || memchr(line, '\n', length) != NULL)
        return HTTP_BAD_MULTIPART;
    size_t name_length = (size_t)(colon - line);
    if (name_length != sizeof wanted - 1 || strncasecmp(line, wanted, name_length) != 0)
        return HTTP_FINE;
    if (*name != NULL)
        return HTTP_BAD_MULTIPART;
    size_t value_length = length - name_length - 1;
    if (memchr(colon + 1, '\0', value_length) != NULL)
        return HTTP_BAD_NUL;
    return parse_disposition(scan, arena_strndup(scan->arena, colon + 1, value_length), name);
}

static enum http_fault
parse_part(const struct scan *scan, const char *data, const char *end, struct http_pair *out)
{
    const char *name = NULL;
    for (;;) {
        const char *line_end = memmem(data, (size_t)(end - data), "\r\n", 2);
        if (line_end == NULL)
            return HTTP_BAD_MULTIPART;
        const char *line = data;
        data = line_end + 2;
        if (line_end == line)
            break;
        enum http_fault fault = parse_line(scan, line, (size_t)(line_end - line), &name);
        if (fault != HTTP_FINE)
            return fault;
    }
    size_t length = (size_t)(end - data);
    if (name == NULL)
        return HTTP_BAD_MULTIPART;
    if (memchr(data, '\0', length) != NULL)
        return HTTP_BAD_NUL;
    if (!utf8_valid(data, length))
        return HTTP_BAD_UTF8;
    *out = (struct http_pair){ name, arena_strndup(scan->arena, data, length) };
    return HTTP_FINE;
}

static const char *
find_delimiter(const struct scan *scan)
{
    return memmem(scan->at, (size_t)(scan->end - scan->at), scan->delimiter,
                  scan->delimiter_length);
}

/* Goes behind the first delimiter, which may open the body without its CR LF. */
static bool
skip_preamble(struct scan *scan)
{
    size_t length = scan->delimiter_length - 2;
    if ((size_t)(scan->end - scan->at) >= length &&
        memcmp(scan->at, scan->delimiter + 2, length) == 0) {
        scan->at += length;
        return true;
    }
    const char *found = find_delimiter(scan);
    if (found != NULL)
        scan->at = found + scan->delimiter_length;
    return found != NULL;
}

/* The rest of a delimiter's line: `--` if it closes, transport padding, CR LF. */
static bool
finish_delimiter(struct scan *scan, bool *closes)
{
    const char *p = scan->at;
    *closes = scan->end - p >= 2 && memcmp(p, "--", 2) == 0;
    if (*closes)
        p += 2;
    while (p < scan->end && (*p == ' ' || *p == '\t'))
        p++;
    if (*closes && p == scan->end)
        return true;
    if (scan->end - p < 2 || memcmp(p, "\r\n", 2) != 0)
        return false;
    scan->at = p + 2;
    return true;
}

static enum http_fault
parse_parts(struct scan *scan, struct http_pair *items, size_t *count)
{
    if (!skip_preamble(scan))
        return HTTP_BAD_MULTIPART;
    for (;;) {
        bool closes;
        if (!finish_delimiter(scan, &closes))
            return HTTP_BAD_MULTIPART;
        if (closes)
            return HTTP_FINE;
        const char *part_end = find_delimiter(scan);
        if (part_end == NULL)
            return HTTP_BAD_MULTIPART;
        if (*count == HTTP_PAIRS_MAX)
            return HTTP_TOO_MANY_PAIRS;
        enum http_fault fault = parse_part(scan, scan->at, part_end, &items[*count]);
        if (fault != HTTP_FINE)
            return fault;
        ++*count;
        scan->at = part_end + scan->delimiter_length;
    }
}

static enum http_fault
parse(struct scan *scan, const char *boundary, struct http_pairs *out)
{
    struct arena *arena = scan->arena;
    *out = (struct http_pairs){ 0 };
    size_t boundary_length = strlen(boundary);
    if (scan->at == scan->end || boundary_length == 0 || boundary_length > HTTP_BOUNDARY_MAX)
        return HTTP_BAD_MULTIPART;
    scan->delimiter = arena_printf(arena, "\r\n--%s", boundary);
    scan->delimiter_length = boundary_length + 4;
    struct http_pair *items = arena_alloc(arena, HTTP_PAIRS_MAX * sizeof *items);
    size_t count = 0;
    enum http_fault fault = parse_parts(scan, items, &count);
    if (fault == HTTP_FINE)
        *out = (struct http_pairs){ items, count };
    return fault;
}

enum http_fault
http_form_parse_multipart(struct arena *arena, const char *data, size_t length,
                          const char *boundary, struct http_pairs *out)
{
    struct scan scan = { .arena = arena, .at = data, .end = data + length };
    return parse(&scan, boundary, out);
}

enum http_fault
http_form_parse_files(struct arena *arena, const char *data, size_t length, const char *boundary,
                      struct http_pairs *out)
{
    struct scan scan = { .arena = arena, .at = data, .end = data + length, .files = true };
    return parse(&scan, boundary, out);
}
