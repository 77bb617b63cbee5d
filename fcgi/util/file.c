/*
 * file.c - reading a file whole.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/util.h"

static bool
read_whole(struct arena *arena, const char *path, size_t max, struct buf *out, struct fault *fault)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return fault_set(fault, "%s: %s", path, strerror(errno));
    char piece[4096];
    size_t length;
    buf_init(out, arena, max);
    while (!out->failed && (length = fread(piece, 1, sizeof piece, file)) > 0)
        buf_add(out, piece, length);
    bool failed = ferror(file) != 0;
    fclose(file);
    if (failed || out->failed)
        return fault_set(fault, "%s: can't be read, or is over %zu KiB", path, max / 1024);
    return true;
}

const char *
file_read_text(struct arena *arena, const char *path, struct fault *fault)
{
    struct buf text;
    if (!read_whole(arena, path, FILE_TEXT_MAX, &text, fault))
        return NULL;
    if (strlen(text.data) != text.length || !utf8_valid(text.data, text.length)) {
        fault_set(fault, "%s: is not UTF-8 text", path);
        return NULL;
    }
    return text.data;
}

const char *
file_read_bytes(struct arena *arena, const char *path, size_t max, size_t *length,
                struct fault *fault)
{
    struct buf bytes;
    if (!read_whole(arena, path, max, &bytes, fault))
        return NULL;
    *length = bytes.length;
    return bytes.data;
}
