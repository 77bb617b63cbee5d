/*
 * test_util_buf.c - growing text, and a failure that sticks.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

static void
assert_buf(const struct buf *buf, const char *text, bool failed)
{
    assert_string_equal(buf->data, text);
    assert_int_equal(buf->length, strlen(text));
    assert_int_equal(buf->failed, failed);
}

static void
test_all_ways_to_add(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, arena, SIZE_MAX);
    assert_buf(&buf, "", false);
    buf_add(&buf, "abcdef", 2);
    buf_add(&buf, "zzz", 0);
    buf_text(&buf, "cd");
    buf_text(&buf, "");
    buf_char(&buf, 'e');
    buf_printf(&buf, "%d-%s", 5, "f");
    buf_printf(&buf, "%s", "");
    assert_buf(&buf, "abcde5-f", false);
}

static void
test_any_byte(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, arena, SIZE_MAX);
    buf_add(&buf, "a\0b", 3);
    buf_char(&buf, '\0');
    assert_int_equal(buf.length, 4);
    assert_memory_equal(buf.data, "a\0b\0", 5);
}

static void
test_grows(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, arena, SIZE_MAX);
    for (int i = 0; i < 10000; i++)
        buf_char(&buf, (char)('a' + i % 26));
    buf_printf(&buf, "%*s", 5000, "end");
    assert_int_equal(buf.length, 15000);
    assert_false(buf.failed);
    for (int i = 0; i < 10000; i++)
        assert_int_equal(buf.data[i], 'a' + i % 26);
    assert_string_equal(buf.data + 14997, "end");
}

static void
test_limit(void **state)
{
    (void)state;
    static const struct {
        size_t limit;
        const char *first, *second, *text;
        bool failed;
    } rows[] = {
        { 4, "abcd", "", "abcd", false }, { 4, "abc", "d", "abcd", false },
        { 4, "abc", "de", "abc", true },  { 4, "abcde", "", "", true },
        { 0, "", "", "", false },         { 0, "a", "", "", true },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct buf buf;
        buf_init(&buf, arena, rows[i].limit);
        buf_text(&buf, rows[i].first);
        buf_text(&buf, rows[i].second);
        assert_buf(&buf, rows[i].text, rows[i].failed);
        buf_init(&buf, arena, rows[i].limit);
        buf_printf(&buf, "%s", rows[i].first);
        buf_printf(&buf, "%s", rows[i].second);
        assert_buf(&buf, rows[i].text, rows[i].failed);
    }
}

static void
test_failure_sticks(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, arena, 4);
    buf_text(&buf, "ab");
    buf_text(&buf, "cde");
    buf_char(&buf, 'x');
    buf_printf(&buf, "y");
    assert_buf(&buf, "ab", true);
    buf_init(&buf, arena, SIZE_MAX);
    buf_add(&buf, "ab", 2);
    buf_add(&buf, "impossible", SIZE_MAX - 1);
    assert_buf(&buf, "ab", true);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all_ways_to_add, setup, teardown),
        cmocka_unit_test_setup_teardown(test_any_byte, setup, teardown),
        cmocka_unit_test_setup_teardown(test_grows, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_failure_sticks, setup, teardown),
    };
    return cmocka_run_group_tests_name("util/buf", tests, NULL, NULL);
}
