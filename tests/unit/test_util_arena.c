/*
 * test_util_arena.c - what a reset promises: undone, wiped, taken back.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdalign.h>
#include <string.h>

#include "util/util.h"

static struct arena *arena;

static int
setup(void **state)
{
    (void)state;
    arena = arena_open();
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    arena_close(arena);
    return 0;
}

static bool
is_zero(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

static void
test_zeroed_and_aligned(void **state)
{
    (void)state;
    for (int round = 0; round < 2; round++) {
        for (size_t size = 0; size < 200; size++) {
            char *piece = arena_alloc(arena, size);
            assert_int_equal((uintptr_t)piece % alignof(max_align_t), 0);
            assert_true(is_zero(piece, size));
            memset(piece, 0xa5, size);
        }
        arena_reset(arena);
    }
}

static void
test_pieces_do_not_overlap(void **state)
{
    (void)state;
    static const size_t sizes[] = { 1, 15, 16, 17, 60000, 6000, 64 * 1024, 200000, 3 };
    char *pieces[LENGTH_OF(sizes)];
    for (size_t i = 0; i < LENGTH_OF(sizes); i++) {
        pieces[i] = arena_alloc(arena, sizes[i]);
        memset(pieces[i], (int)i + 1, sizes[i]);
    }
    for (size_t i = 0; i < LENGTH_OF(sizes); i++)
        for (size_t at = 0; at < sizes[i]; at++)
            assert_int_equal(pieces[i][at], (int)i + 1);
}

static void
test_copies(void **state)
{
    (void)state;
    char source[] = "secret";
    char *copy = arena_strdup(arena, source);
    char *part = arena_strndup(arena, source, 3);
    char *bytes = arena_strndup(arena, "a\0b", 3);
    source[0] = 'X';
    assert_string_equal(copy, "secret");
    assert_string_equal(part, "sec");
    assert_memory_equal(bytes, "a\0b", 4);
    assert_string_equal(arena_strdup(arena, ""), "");
    assert_string_equal(arena_strndup(arena, source, 0), "");
    assert_string_equal(arena_printf(arena, "%s=%d", "n", 7), "n=7");
    assert_string_equal(arena_printf(arena, "%s", ""), "");
}

static void
test_printf_of_any_length(void **state)
{
    (void)state;
    char *text = arena_printf(arena, "%*d|", 100000, 1);
    assert_int_equal(strlen(text), 100001);
    assert_string_equal(text + 99999, "1|");
}

static char undone[8];

static void
note(void *pointer)
{
    strcat(undone, pointer);
}

static void
test_deferred_last_in_first_out(void **state)
{
    (void)state;
    undone[0] = '\0';
    char a[] = "a", b[] = "b", c[] = "c";
    arena_defer(arena, note, a);
    arena_defer(arena, note, b);
    arena_defer(arena, note, c);
    assert_string_equal(undone, "");
    arena_reset(arena);
    assert_string_equal(undone, "cba");
    arena_reset(arena);
    assert_string_equal(undone, "cba");
}

static void
test_close_runs_deferred(void **state)
{
    (void)state;
    undone[0] = '\0';
    char a[] = "a";
    struct arena *other = arena_open();
    arena_defer(other, note, a);
    arena_close(other);
    assert_string_equal(undone, "a");
    arena_close(NULL);
}

static void
check_still_there(void *pointer)
{
    assert_string_equal(pointer, "still there");
    undone[0] = '!';
}

static void
test_deferred_runs_before_the_wipe(void **state)
{
    (void)state;
    undone[0] = '\0';
    arena_defer(arena, check_still_there, arena_strdup(arena, "still there"));
    arena_reset(arena);
    assert_int_equal(undone[0], '!');
}

/* The first block is kept, so what lay in it may still be looked at. */
static void
test_reset_wipes(void **state)
{
    (void)state;
#ifdef ARENA_MALLOC
    skip();
#else
    char *secret = arena_strdup(arena, "hunter2 hunter2 hunter2");
    arena_reset(arena);
    assert_true(is_zero(secret, strlen("hunter2 hunter2 hunter2")));
#endif
}

static void
test_memory_is_used_again(void **state)
{
    (void)state;
#ifdef ARENA_MALLOC
    skip();
#else
    char *first = arena_alloc(arena, 100);
    arena_alloc(arena, 1000000);
    arena_reset(arena);
    assert_ptr_equal(arena_alloc(arena, 100), first);
#endif
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_zeroed_and_aligned, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pieces_do_not_overlap, setup, teardown),
        cmocka_unit_test_setup_teardown(test_copies, setup, teardown),
        cmocka_unit_test_setup_teardown(test_printf_of_any_length, setup, teardown),
        cmocka_unit_test_setup_teardown(test_deferred_last_in_first_out, setup, teardown),
        cmocka_unit_test_setup_teardown(test_close_runs_deferred, setup, teardown),
        cmocka_unit_test_setup_teardown(test_deferred_runs_before_the_wipe, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reset_wipes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_memory_is_used_again, setup, teardown),
    };
    return cmocka_run_group_tests_name("util/arena", tests, NULL, NULL);
}
