/*
 * fuzz_uri.c - an address taken apart is, put together again, the same address.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <assert.h>
#include <string.h>

#include "util/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
add_part(struct buf *buf, const char *mark, const char *part)
{
    if (part == NULL)
        return;
    buf_text(buf, mark);
    buf_text(buf, part);
}

static void
check(struct arena *arena, const char *text, const struct uri *uri)
{
    struct buf joined;
    buf_init(&joined, arena, SIZE_MAX);
    buf_printf(&joined, "%s:", uri->scheme);
    if (uri->host != NULL) {
        size_t authority = joined.length + 2;
        buf_text(&joined, "//");
        if (uri->userinfo != NULL)
            buf_printf(&joined, "%s@", uri->userinfo);
        /* RFC 3986 also has a bracketed form for the IP versions to come. */
        bool bracketed = strlen(text) > joined.length && text[joined.length] == '[';
        assert(bracketed || !uri->host_is_ipv6);
        buf_printf(&joined, bracketed ? "[%s]" : "%s", uri->host);
        add_part(&joined, ":", uri->port);
        assert(strcspn(joined.data + authority, "/?#") == joined.length - authority);
    }
    buf_text(&joined, uri->path);
    add_part(&joined, "?", uri->query);
    add_part(&joined, "#", uri->fragment);
    /* Scheme and host are in lower case now. */
    assert(text_equal_nocase(joined.data, text));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_open();
    const char *text = arena_strndup(arena, (const char *)data, size);
    struct uri uri;
    if (uri_parse(arena, text, &uri))
        check(arena, text, &uri);
    arena_close(arena);
    return 0;
}
