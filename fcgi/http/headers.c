/*
 * headers.c - request headers by name, their parameters, the credentials in Authorization.
 *
 * The web server folds a header's name to HTTP_UPPER_CASE, so X-A and X_A can't be told apart here.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>
#include <strings.h>

#include "http/http.h"

static const char BLANKS[] = " \t";

const char *
http_param(const struct http_request *request, const char *name)
{
    return http_pairs_find(&request->params, name);
}

/* "Sec-Fetch-Site" is written SEC_FETCH_SITE. */
static bool
is_folded(const char *param, const char *header)
{
    for (; *header != '\0'; header++, param++) {
        char c = *header;
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        if (*param != (c == '-' ? '_' : c))
            return false;
    }
    return *param == '\0';
}

const char *
http_header(const struct http_request *request, const char *name)
{
    /* RFC 3875 §4.1: these two are the only ones without the prefix. */
    bool bare =
        text_equal_nocase(name, "Content-Type") || text_equal_nocase(name, "Content-Length");
    const char *prefix = bare ? "" : "HTTP_";
    for (size_t i = 0; i < request->params.count; i++) {
        const struct http_pair *param = &request->params.items[i];
        if (text_starts(param->name, prefix) && is_folded(param->name + strlen(prefix), name))
            return param->value;
    }
    return NULL;
}

/* Browsers write a lone backslash as it is; only \" and \\ are escapes in the field. */
static bool
is_quoted_pair(const char *p)
{
    return p[0] == '\\' && (p[1] == '"' || p[1] == '\\');
}

/* `p` is behind the opening quote; returns what follows the closing one, NULL if there is none. */
static const char *
parse_quoted(struct arena *arena, const char *p, const char **out)
{
    const char *end = p;
    for (; *end != '"'; end++) {
        if (*end == '\0')
            return NULL;
        if (is_quoted_pair(end))
            end++;
    }
    char *text = arena_alloc(arena, (size_t)(end - p) + 1);
    *out = text;
    while (p < end) {
        if (is_quoted_pair(p))
            p++;
        *text++ = *p++;
    }
    return end + 1;
}

static const char *
parse_value(struct arena *arena, const char *p, const char **out)
{
    if (*p == '"')
        return parse_quoted(arena, p + 1, out);
    size_t length = strcspn(p, "; \t");
    *out = arena_strndup(arena, p, length);
    return p + length;
}

bool
http_parameter_next(struct arena *arena, const char **cursor, struct http_pair *out)
{
    const char *start = *cursor + strspn(*cursor, "; \t");
    size_t length = strcspn(start, "=; \t");
    *cursor = start;
    const char *p = start + length;
    p += strspn(p, BLANKS);
    if (length == 0 || *p != '=')
        return false;
    p++;
    p = parse_value(arena, p + strspn(p, BLANKS), &out->value);
    if (p == NULL)
        return false;
    p += strspn(p, BLANKS);
    if (*p != ';' && *p != '\0')
        return false;
    out->name = arena_strndup(arena, start, length);
    *cursor = p;
    return true;
}

const char *
http_credentials(struct arena *arena, const char *authorization, const char *scheme)
{
    if (authorization == NULL)
        return NULL;
    const char *p = authorization + strspn(authorization, BLANKS);
    size_t length = strlen(scheme);
    if (strcspn(p, BLANKS) != length || strncasecmp(p, scheme, length) != 0)
        return NULL;
    p += length;
    p += strspn(p, BLANKS);
    for (length = 0; p[length] > ' ' && p[length] <= '~'; length++)
        ;
    if (p[length + strspn(p + length, BLANKS)] != '\0')
        return "";
    return arena_strndup(arena, p, length);
}
