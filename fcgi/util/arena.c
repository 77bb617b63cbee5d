/*
 * arena.c - request memory: handed out piece by piece, wiped and taken back at once.
 *
 * Blocks are chained; a reset keeps the first. Under a sanitizer (ARENA_MALLOC) every piece is a
 * malloc of its own, so that AddressSanitizer sees an overflow between neighbours.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/util.h"

enum { BLOCK_SIZE = 64 * 1024, ALIGNMENT = alignof(max_align_t) };

struct block {
    struct block *next;
    size_t size, used;
    alignas(max_align_t) char data[];
};

struct deferred {
    struct deferred *next;
    void (*undo)(void *pointer);
    void *pointer;
};

struct arena {
    struct block *blocks; /* the newest first; the last one is kept */
    struct deferred *deferred;
};

static struct block *
block_open(size_t size)
{
    struct block *block = malloc(sizeof *block + size);
    if (block == NULL)
        fatal("out of memory (%zu bytes)", size);
    block->next = NULL;
    block->size = size;
    block->used = 0;
    return block;
}

struct arena *
arena_open(void)
{
    struct arena *arena = calloc(1, sizeof *arena);
    if (arena == NULL)
        fatal("out of memory");
    return arena;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2)
        fatal("out of memory (%zu bytes)", size);
#ifdef ARENA_MALLOC
    struct block *block = block_open(size);
    block->next = arena->blocks;
    arena->blocks = block;
    block->used = size;
    return memset(block->data, 0, size);
#else
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct block *block = arena->blocks;
    if (block == NULL || block->size - block->used < size) {
        block = block_open(size > BLOCK_SIZE ? size : BLOCK_SIZE);
        block->next = arena->blocks;
        arena->blocks = block;
    }
    void *piece = block->data + block->used;
    block->used += size;
    return memset(piece, 0, size);
#endif
}

char *
arena_strndup(struct arena *arena, const char *text, size_t length)
{
    char *copy = arena_alloc(arena, length + 1);
    if (length > 0)
        memcpy(copy, text, length);
    return copy;
}

char *
arena_strdup(struct arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}

char *
arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0)
        panic("bad format: %s", format);
    char *text = arena_alloc(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, args);
    return text;
}

char *
arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

void
arena_defer(struct arena *arena, void (*undo)(void *pointer), void *pointer)
{
    struct deferred *deferred = arena_alloc(arena, sizeof *deferred);
    deferred->next = arena->deferred;
    deferred->undo = undo;
    deferred->pointer = pointer;
    arena->deferred = deferred;
}

static void
release(struct arena *arena, bool keep_last)
{
    while (arena->deferred != NULL) {
        struct deferred *deferred = arena->deferred;
        arena->deferred = deferred->next;
        deferred->undo(deferred->pointer);
    }
    while (arena->blocks != NULL) {
        struct block *block = arena->blocks;
        explicit_bzero(block->data, block->used);
        block->used = 0;
        /* A block that one large request needed is not kept for ever. */
        if (keep_last && block->next == NULL && block->size == BLOCK_SIZE)
            break;
        arena->blocks = block->next;
        free(block);
    }
}

void
arena_reset(struct arena *arena)
{
    release(arena, true);
}

void
arena_close(struct arena *arena)
{
    if (arena == NULL)
        return;
    release(arena, false);
    free(arena);
}
