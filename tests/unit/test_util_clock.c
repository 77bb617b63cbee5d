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

static void
test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms; /* -1: refused */
    } rows[] = {
        { "1970-01-01T00:00:00Z", 0 },
        { "2024-02-29T12:34:56Z", 1709210096000 },
        { "2024-02-29", 1709164800000 },
        { "9999-12-31T23:59:59Z", 253402300799000 },
        { "2023-02-29", -1 },
        { "2026-04-31", -1 },
        { "2026-00-10", -1 },
        { "2026-13-01", -1 },
        { "2026-01-00", -1 },
        { "2026-01-01T24:00:00Z", -1 },
        { "2026-01-01T23:60:00Z", -1 },
        { "2026-01-01T23:59:60Z", -1 },
        { "2026-01-01T23:59:59", -1 },
        { "2026-01-01 23:59:59Z", -1 },
        { "2026-01-01T23:59:59+00:00", -1 },
        { "2026-1-1", -1 },
        { " 2026-01-01", -1 },
        { "2026-01-01 ", -1 },
        { "", -1 },
        { "tomorrow", -1 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        int64_t ms;
        assert_int_equal(clock_parse_utc(rows[i].text, &ms), rows[i].ms >= 0);
        if (rows[i].ms >= 0)
            assert_int_equal(ms, rows[i].ms);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wall),
        cmocka_unit_test(test_monotonic),
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_parse),
    };
    return cmocka_run_group_tests_name("util/clock", tests, NULL, NULL);
}
