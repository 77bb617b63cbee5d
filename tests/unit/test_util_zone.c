/*
 * test_util_zone.c - moments by the system's time zones; names that are none; and that TZ is as it
 * was afterwards.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util/util.h"

static const char *
shown(const char *zone, int64_t ms)
{
    static char text[64];
    struct zone_time at;
    zone_break_down(zone, ms, &at);
    snprintf(text, sizeof text, "%04d-%02d-%02d %02d:%02d %s", at.year, at.month, at.day, at.hour,
             at.minute, at.name);
    return text;
}

/* 2026-07-01T12:00:00Z, 2026-11-24T23:30:00Z, 2026-03-29T01:00:00Z: Berlin goes from 2 to 3. */
enum { SECOND = 1000 };
static const int64_t summer = 1782907200LL * SECOND, winter = 1795563000LL * SECOND,
                     change = 1774746000LL * SECOND;

static void
test_zones(void **state)
{
    (void)state;
    assert_string_equal(shown("UTC", summer), "2026-07-01 12:00 UTC");
    assert_string_equal(shown("Europe/Moscow", summer), "2026-07-01 15:00 MSK");
    assert_string_equal(shown("Europe/Berlin", summer), "2026-07-01 14:00 CEST");
    assert_string_equal(shown("Europe/Berlin", winter), "2026-11-25 00:30 CET");
    assert_string_equal(shown("Europe/Berlin", change - SECOND), "2026-03-29 01:59 CET");
    assert_string_equal(shown("Europe/Berlin", change), "2026-03-29 03:00 CEST");
    assert_string_equal(shown("America/New_York", winter), "2026-11-24 18:30 EST");
    assert_string_equal(shown("Asia/Kathmandu", winter), "2026-11-25 05:15 UTC+0545");
    assert_string_equal(shown("Asia/Dubai", winter), "2026-11-25 03:30 UTC+04");
    assert_string_equal(shown("America/Sao_Paulo", winter), "2026-11-24 20:30 UTC-03");
    assert_string_equal(shown("UTC", winter), "2026-11-24 23:30 UTC");
    zone_forget();
}

static void
test_names_that_are_none(void **state)
{
    (void)state;
    static const char *const names[] = {
        "",
        "Mars/Olympus",
        "../zoneinfo/UTC",
        "/usr/share/zoneinfo/UTC",
        "./UTC",
        ":UTC",
        "Europe",
        "Europe/",
        "zone.tab",
        "UTC+3",
        "EST5EDT4,M3.2.0,M11.1.0",
        "Europe/Moscow\n",
        "Europe/M\xd0\xbeskow",
        "Europe/Moscow/Moscow/Moscow/Moscow/Moscow/Moscow/Moscow/Moscow/Moscow",
    };
    for (size_t i = 0; i < LENGTH_OF(names); i++) {
        if (zone_is_known(names[i]))
            fail_msg("%s is taken for a zone", names[i]);
        assert_string_equal(shown(names[i], winter), "2026-11-24 23:30 UTC");
    }
    assert_true(zone_is_known("Europe/Moscow") && zone_is_known("Etc/GMT+3"));
    zone_forget();
}

/* An unknown name after a known one is UTC as well, not that one. */
static void
test_one_zone_is_not_the_next_ones(void **state)
{
    (void)state;
    assert_string_equal(shown("Europe/Moscow", winter), "2026-11-25 02:30 MSK");
    assert_string_equal(shown("nothing", winter), "2026-11-24 23:30 UTC");
    assert_string_equal(shown("Europe/Berlin", winter), "2026-11-25 00:30 CET");
    zone_forget();
}

static void
test_tz_is_put_back(void **state)
{
    (void)state;
    time_t seconds = winter / SECOND;
    struct tm parts;
    unsetenv("TZ");
    shown("Europe/Moscow", winter);
    assert_string_equal(getenv("TZ"), "Europe/Moscow");
    zone_forget();
    assert_null(getenv("TZ"));
    setenv("TZ", "America/New_York", 1);
    tzset();
    shown("Europe/Moscow", winter);
    shown("Europe/Berlin", winter);
    zone_forget();
    assert_string_equal(getenv("TZ"), "America/New_York");
    localtime_r(&seconds, &parts);
    assert_int_equal(parts.tm_hour, 18);
    zone_forget(); /* nothing to do */
    assert_string_equal(getenv("TZ"), "America/New_York");
}

static void
test_list(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    size_t count, moscow = 0;
    const char *const *names = zone_list(arena, &count);
    assert_true(count > 100);
    for (size_t i = 0; i < count; i++) {
        assert_true(zone_is_known(names[i]));
        assert_true(i < 1 || i == count - 1 || strcmp(names[i - 1], names[i]) < 0);
        moscow += text_equal(names[i], "Europe/Moscow");
    }
    assert_int_equal(moscow, 1);
    assert_string_equal(names[count - 1], "UTC");
    arena_close(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zones),
        cmocka_unit_test(test_names_that_are_none),
        cmocka_unit_test(test_one_zone_is_not_the_next_ones),
        cmocka_unit_test(test_tz_is_put_back),
        cmocka_unit_test(test_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
