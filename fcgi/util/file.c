/*
 * file.c - reading a text file whole.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/util.h"

const char *
file_read_text(struct arena *arena, const char *path, struct fault *fault)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        fault_set(fault, "%s: %s", path, strerror(errno));
        return NULL;
    }
    struct buf text;
    char piece[4096];
    size_t length;
    buf_init(&text, arena, FILE_TEXT_MAX);
    while ((length = fread(piece, 1, sizeof piece, file)) > 0)
        buf_add(&text, piece, length);
    bool failed = ferror(file) != 0;
    fclose(file);
    if (failed || text.failed || strlen(text.data) != text.length ||
        !utf8_valid(text.data, text.length)) {
        fault_set(fault, "%s: can't be read, is over 1 MiB, or is not UTF-8 text", path);
        return NULL;
    }
    return text.data;
}
