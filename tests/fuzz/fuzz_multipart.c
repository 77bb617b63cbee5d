/*
 * fuzz_multipart.c - a Content-Type on the first line, the body after it.
 *
 * The body is read as a server would hand it over, so Content-Type, boundary and form meet here.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <assert.h>
#include <string.h>

#include "http/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LIMIT = 64 * 1024, STEP = 1000 };

struct source {
    const char *at, *end;
};

static long
read_source(void *context, char *data, size_t size)
{
    struct source *source = context;
    size_t left = (size_t)(source->end - source->at);
    size_t step = size < STEP ? size : STEP;
    if (step > left)
        step = left;
    if (step > 0)
        memcpy(data, source->at, step);
    source->at += step;
    return (long)step;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct arena *arena = arena_open();
    const char *text = (const char *)data;
    const char *line_end = memchr(text, '\n', size);
    size_t length = line_end == NULL ? size : (size_t)(line_end - text);
    struct source source = { line_end == NULL ? text + size : line_end + 1, text + size };
    const struct http_pair params[] = {
        { "REQUEST_METHOD", "POST" },
        { "REQUEST_URI", "/" },
        { "CONTENT_TYPE", arena_strndup(arena, text, length) },
    };
    struct http_request request = {
        .arena = arena,
        .params = { params, LENGTH_OF(params) },
        .read = read_source,
        .read_context = &source,
        .takes_files = size % 2 == 1,
    };
    enum http_fault fault = http_request_parse(&request);
    assert(fault == HTTP_FINE);
    assert(request.boundary == NULL || strlen(request.boundary) <= HTTP_BOUNDARY_MAX);
    fault = http_request_read_form(&request, LIMIT);
    assert(fault == HTTP_FINE || request.form.count == 0);
    assert(request.form.count <= HTTP_PAIRS_MAX);
    for (size_t i = 0; i < request.form.count; i++) {
        const char *name = request.form.items[i].name, *value = request.form.items[i].value;
        assert(utf8_valid(name, strlen(name)) && utf8_valid(value, strlen(value)));
    }
    arena_close(arena);
    return 0;
}
