/*
 * fuzz_request.c - three lines: target, Cookie, Authorization.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <assert.h>
#include <string.h>

#include "http/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *
next_line(struct arena *arena, const char **at, const char *end)
{
    size_t left = (size_t)(end - *at);
    const char *line_end = left == 0 ? NULL : memchr(*at, '\n', left);
    size_t length = line_end == NULL ? left : (size_t)(line_end - *at);
    const char *line = arena_strndup(arena, *at, length);
    *at = line_end == NULL ? end : line_end + 1;
    return line;
}

static void
check_pairs(const struct http_pairs *pairs)
{
    assert(pairs->count <= HTTP_PAIRS_MAX);
    for (size_t i = 0; i < pairs->count; i++) {
        const char *name = pairs->items[i].name, *value = pairs->items[i].value;
        assert(utf8_valid(name, strlen(name)) && utf8_valid(value, strlen(value)));
    }
}

static void
check_path(const char *path)
{
    assert(path[0] == '/' && utf8_valid(path, strlen(path)));
    assert(!text_has_control(path) && strchr(path, '\\') == NULL);
    assert(strstr(path, "/../") == NULL && strstr(path, "/./") == NULL);
    assert(!text_ends(path, "/..") && !text_ends(path, "/."));
}

static void
check_credentials(struct arena *arena, const char *authorization, const char *scheme)
{
    const char *found = http_credentials(arena, authorization, scheme);
    for (; found != NULL && *found != '\0'; found++)
        assert(*found > ' ' && *found <= '~');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_open();
    const char *at = size == 0 ? "" : (const char *)data, *end = at + size;
    struct http_pair params[] = {
        { "REQUEST_METHOD", "GET" },
        { "REQUEST_URI", NULL },
        { "HTTP_COOKIE", NULL },
        { "HTTP_AUTHORIZATION", NULL },
    };
    for (size_t i = 1; i < LENGTH_OF(params); i++)
        params[i].value = next_line(arena, &at, end);
    struct http_request request = { .arena = arena, .params = { params, LENGTH_OF(params) } };
    if (http_request_parse(&request) == HTTP_FINE)
        check_path(request.path);
    check_pairs(&request.query);
    check_pairs(&request.cookies);
    assert(text_equal(request.target, params[1].value));
    const char *authorization = http_header(&request, "Authorization");
    assert(authorization != NULL);
    check_credentials(arena, authorization, "Bearer");
    check_credentials(arena, authorization, "Basic");
    arena_close(arena);
    return 0;
}
