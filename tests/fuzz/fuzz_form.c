/*
 * fuzz_form.c - any bytes as application/x-www-form-urlencoded.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <assert.h>
#include <string.h>

#include "http/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_open();
    struct http_pairs pairs;
    enum http_fault fault = http_form_parse_urlencoded(arena, (const char *)data, size, &pairs);
    assert(fault == HTTP_FINE || pairs.count == 0);
    assert(pairs.count <= HTTP_PAIRS_MAX);
    for (size_t i = 0; i < pairs.count; i++) {
        const char *name = pairs.items[i].name, *value = pairs.items[i].value;
        assert(utf8_valid(name, strlen(name)) && utf8_valid(value, strlen(value)));
        assert(http_pairs_find(&pairs, name) != NULL);
        /* What was decoded once comes back the same from being encoded again. */
        struct http_pairs again;
        const char *text =
            arena_printf(arena, "%s=%s", uri_escape(arena, name), uri_escape(arena, value));
        fault = http_form_parse_urlencoded(arena, text, strlen(text), &again);
        assert(fault == HTTP_FINE && again.count == 1);
        assert(text_equal(again.items[0].name, name) && text_equal(again.items[0].value, value));
    }
    arena_close(arena);
    return 0;
}
