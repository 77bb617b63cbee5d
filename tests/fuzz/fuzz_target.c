/*
 * fuzz_target.c - an address found fine has one reading: taken apart, put together again and judged
 * anew it says the same.
 *
 * The first byte says whether the method reads.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <assert.h>
#include <string.h>

#include "rules/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Decoded: nothing in it parts a path, climbs or is decoded once more. */
static void
check_segment(const char *segment)
{
    assert(*segment != '\0' && !text_equal(segment, ".") && !text_equal(segment, ".."));
    for (const char *p = segment; *p != '\0'; p++)
        assert(*p >= 0x20 && *p < 0x7f && strchr("/\\;%?#", *p) == NULL);
}

static void
check(struct arena *arena, const char *raw, const struct target *target)
{
    struct target again;
    assert(target->path[0] == '/' && strlen(target->path) <= strlen(raw));
    assert(strstr(target->path, "//") == NULL && strpbrk(target->path, "?#;\\ ") == NULL);
    assert(target->count <= TARGET_SEGMENTS_MAX);
    for (size_t i = 0; i < target->count; i++)
        check_segment(target->segments[i]);
    assert(target_check(arena, target->path, false, &again) == TARGET_FINE);
    assert(text_equal(again.path, target->path) && again.count == target->count);
    for (size_t i = 0; i < target->count; i++)
        assert(text_equal(again.segments[i], target->segments[i]));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct arena *arena = arena_open();
    const char *raw = arena_strndup(arena, (const char *)data + 1, size - 1);
    struct target target;
    bool is_read = data[0] == 'r';
    if (target_check(arena, raw, is_read, &target) == TARGET_FINE) {
        check(arena, raw, &target);
        /* What may be written may be read. */
        assert(target_check(arena, raw, true, &target) == TARGET_FINE);
    }
    arena_close(arena);
    return 0;
}
