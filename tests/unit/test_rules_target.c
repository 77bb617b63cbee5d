/*
 * test_rules_target.c - which API addresses can be judged: those that can be read in one way only.
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

#include "rules/rules.h"

static const struct {
    const char *raw;
    enum target_fault read, written; /* for GET and HEAD; for any other method */
} rows[] = {
    { "/", TARGET_FINE, TARGET_FINE },
    { "/api/ver1.0/user/", TARGET_FINE, TARGET_FINE },
    { "/api/ver1.0/user", TARGET_FINE, TARGET_FINE },
    { "/api/ver1.0/client/@me/did/", TARGET_FINE, TARGET_FINE },
    { "/api/ver1.0/client/%40me/did/", TARGET_FINE, TARGET_FINE },
    { "/a/*/b!$&'()+,=:@~-_.x", TARGET_FINE, TARGET_FINE },
    { "/a/%41%2A%3a%20", TARGET_FINE, TARGET_FINE },
    { "/a/...", TARGET_FINE, TARGET_FINE },
    { "/a/.b/c.", TARGET_FINE, TARGET_FINE },
    { "/a?x=/../b;c\\#", TARGET_FINE, TARGET_FINE },
    { "/a?", TARGET_FINE, TARGET_FINE },
    { "/a?_methods=1&method=2&my_method=3", TARGET_FINE, TARGET_FINE },
    /* a client in the field doubles slashes when it reads */
    { "//a", TARGET_FINE, TARGET_ODD },
    { "/a//b", TARGET_FINE, TARGET_ODD },
    { "/a///b//", TARGET_FINE, TARGET_ODD },
    { "", TARGET_ODD, TARGET_ODD },
    { "*", TARGET_ODD, TARGET_ODD },
    { "a", TARGET_ODD, TARGET_ODD },
    { "?a", TARGET_ODD, TARGET_ODD },
    { "http://host/a", TARGET_ODD, TARGET_ODD },
    { "/.", TARGET_ODD, TARGET_ODD },
    { "/..", TARGET_ODD, TARGET_ODD },
    { "/a/./b", TARGET_ODD, TARGET_ODD },
    { "/a/../b", TARGET_ODD, TARGET_ODD },
    { "/a/..", TARGET_ODD, TARGET_ODD },
    { "/a/..?x", TARGET_ODD, TARGET_ODD },
    { "/a/%2e%2e/b", TARGET_ODD, TARGET_ODD },
    { "/a/.%2E/b", TARGET_ODD, TARGET_ODD },
    { "/a/%2e", TARGET_ODD, TARGET_ODD },
    { "/a%2fb", TARGET_ODD, TARGET_ODD },
    { "/a%2Fb", TARGET_ODD, TARGET_ODD },
    { "/a%5cb", TARGET_ODD, TARGET_ODD },
    { "/a%3bb", TARGET_ODD, TARGET_ODD },
    { "/a%25b", TARGET_ODD, TARGET_ODD },
    { "/a%252fb", TARGET_ODD, TARGET_ODD },
    { "/a%3fb", TARGET_ODD, TARGET_ODD },
    { "/a%23b", TARGET_ODD, TARGET_ODD },
    { "/a%26b", TARGET_ODD, TARGET_ODD },
    { "/a%3Db", TARGET_ODD, TARGET_ODD },
    { "/a%2bb", TARGET_ODD, TARGET_ODD },
    { "/a%00b", TARGET_ODD, TARGET_ODD },
    { "/a%0ab", TARGET_ODD, TARGET_ODD },
    { "/a%1fb", TARGET_ODD, TARGET_ODD },
    { "/a%7fb", TARGET_ODD, TARGET_ODD },
    { "/a%80b", TARGET_ODD, TARGET_ODD },
    { "/a%c0%afb", TARGET_ODD, TARGET_ODD },
    { "/a%ffb", TARGET_ODD, TARGET_ODD },
    { "/a%", TARGET_ODD, TARGET_ODD },
    { "/a%2", TARGET_ODD, TARGET_ODD },
    { "/a%zz", TARGET_ODD, TARGET_ODD },
    { "/a%4", TARGET_ODD, TARGET_ODD },
    { "/a%4/b", TARGET_ODD, TARGET_ODD },
    { "/a%u0041", TARGET_ODD, TARGET_ODD },
    { "/a;b", TARGET_ODD, TARGET_ODD },
    { "/a;b=c/d", TARGET_ODD, TARGET_ODD },
    { "/a\\b", TARGET_ODD, TARGET_ODD },
    { "/a#b", TARGET_ODD, TARGET_ODD },
    { "/a b", TARGET_ODD, TARGET_ODD },
    { "/a\tb", TARGET_ODD, TARGET_ODD },
    { "/a\x01", TARGET_ODD, TARGET_ODD },
    { "/a\x7f", TARGET_ODD, TARGET_ODD },
    { "/a\xc3\xa4", TARGET_ODD, TARGET_ODD },
    { "/a?x=\x01", TARGET_ODD, TARGET_ODD },
    { "/a?_method=PUT", TARGET_OVERRIDE, TARGET_OVERRIDE },
    { "/a?x&_method", TARGET_OVERRIDE, TARGET_OVERRIDE },
    { "/a?x;_method=PUT", TARGET_OVERRIDE, TARGET_OVERRIDE },
    { "/a?%5fmethod=PUT", TARGET_OVERRIDE, TARGET_OVERRIDE },
    { "/a?_%6Dethod=PUT", TARGET_OVERRIDE, TARGET_OVERRIDE },
    { "/a?access_token=x", TARGET_OVERRIDE, TARGET_OVERRIDE },
    { "/a?x=1&access_token=", TARGET_OVERRIDE, TARGET_OVERRIDE },
    { "/a?ACCESS_TOKEN=x", TARGET_OVERRIDE, TARGET_OVERRIDE },
    { "/a?.method=PUT", TARGET_OVERRIDE, TARGET_OVERRIDE },
    { "/a?_method[]=PUT", TARGET_OVERRIDE, TARGET_OVERRIDE },
    { "/a?%20_method=PUT", TARGET_OVERRIDE, TARGET_OVERRIDE },
    { "/a?access.token=x", TARGET_OVERRIDE, TARGET_OVERRIDE },
};

static void
test_faults(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    struct target target;
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        if (target_check(arena, rows[i].raw, true, &target) != rows[i].read ||
            target_check(arena, rows[i].raw, false, &target) != rows[i].written)
            fail_msg("row %zu: %s", i, rows[i].raw);
    arena_close(arena);
}

static void
test_segments(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    struct target target;
    assert_int_equal(target_check(arena, "//api//ver1.0/%40me/x/?y", true, &target), TARGET_FINE);
    assert_string_equal(target.path, "/api/ver1.0/%40me/x/");
    assert_int_equal(target.count, 4);
    assert_string_equal(target.segments[2], "@me");
    assert_string_equal(target.segments[3], "x");
    arena_close(arena);
}

static void
test_bounds(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    struct target target;
    char raw[TARGET_LENGTH_MAX + 2];
    memset(raw, 'a', sizeof raw);
    raw[0] = '/';
    raw[TARGET_LENGTH_MAX + 1] = '\0';
    assert_int_equal(target_check(arena, raw, true, &target), TARGET_ODD);
    raw[TARGET_LENGTH_MAX] = '\0';
    assert_int_equal(target_check(arena, raw, true, &target), TARGET_FINE);
    for (size_t i = 0; i < 2 * TARGET_SEGMENTS_MAX; i += 2)
        raw[i] = '/';
    raw[(size_t)2 * TARGET_SEGMENTS_MAX] = '\0';
    assert_int_equal(target_check(arena, raw, true, &target), TARGET_FINE);
    memcpy(raw + (size_t)2 * TARGET_SEGMENTS_MAX, "/b", 3);
    assert_int_equal(target_check(arena, raw, true, &target), TARGET_ODD);
    arena_close(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_segments),
        cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests_name("rules/target", tests, NULL, NULL);
}
