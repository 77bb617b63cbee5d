/*
 * test_util_clock.c - two clocks, and UTC as text.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>

#include "util/util.h"

static void
test_wall(void **state)
{
    (void)state;
    int64_t before = (int64_t)time(NULL);
    int64_t now = clock_wall_ms();
    int64_t after = (int64_t)time(NULL);
    /* time() may lag behind the clock by a tick. */
    assert_true(now >= before * 1000 && now < (after + 2) * 1000);
}

static void
test_monotonic(void **state)
{
    (void)state;
    int64_t before = clock_monotonic_ms();
    nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
    int64_t passed = clock_monotonic_ms() - before;
    assert_true(passed >= 19 && passed < 10000);
}

static void
test_format(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *text;
    } rows[] = {
        { 0, "1970-01-01T00:00:00Z" },
        { 999, "1970-01-01T00:00:00Z" },
        { 1000, "1970-01-01T00:00:01Z" },
        { 1709210096789, "2024-02-29T12:34:56Z" },
        { 4102444799000, "2099-12-31T23:59:59Z" },
        { 253402300799000, "9999-12-31T23:59:59Z" },
        { 253402300800000, "" }, /* a fifth digit would not fit */
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char text[21];
        clock_format_utc(rows[i].ms, text);
        assert_string_equal(text, rows[i].text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wall),
        cmocka_unit_test(test_monotonic),
        cmocka_unit_test(test_format),
    };
    return cmocka_run_group_tests_name("util/clock", tests, NULL, NULL);
}
