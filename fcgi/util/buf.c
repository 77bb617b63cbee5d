/*
 * buf.c - text that grows in an arena, up to a limit.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <stdio.h>
#include <string.h>

#include "util/util.h"

enum { FIRST_SIZE = 256 };

void
buf_init(struct buf *buf, struct arena *arena, size_t limit)
{
    *buf = (struct buf){ .arena = arena, .size = FIRST_SIZE, .limit = limit };
    buf->data = arena_alloc(arena, buf->size);
}

static bool
make_room(struct buf *buf, size_t length)
{
    if (buf->failed)
        return false;
    if (length > buf->limit - buf->length || length > SIZE_MAX / 4) {
        buf->failed = true;
        return false;
    }
    size_t needed = buf->length + length + 1;
    if (needed <= buf->size)
        return true;
    size_t size = buf->size;
    while (size < needed)
        size *= 2;
    char *data = arena_alloc(buf->arena, size);
    memcpy(data, buf->data, buf->length);
    buf->data = data;
    buf->size = size;
    return true;
}

void
buf_add(struct buf *buf, const char *data, size_t length)
{
    if (length == 0 || !make_room(buf, length))
        return;
    memcpy(buf->data + buf->length, data, length);
    buf->length += length;
    buf->data[buf->length] = '\0';
}

void
buf_text(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

void
buf_char(struct buf *buf, char c)
{
    buf_add(buf, &c, 1);
}

void
buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    /* What fits in the room there is, and most does, is formatted once. */
    size_t room = buf->size - buf->length;
    int length = vsnprintf(buf->data + buf->length, room, format, again);
    va_end(again);
    if (length < 0)
        panic("bad format: %s", format);
    if (make_room(buf, (size_t)length)) {
        if ((size_t)length >= room)
            vsnprintf(buf->data + buf->length, (size_t)length + 1, format, args);
        buf->length += (size_t)length;
    } else {
        buf->data[buf->length] = '\0';
    }
    va_end(args);
}
