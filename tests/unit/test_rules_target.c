/*
 * test_rules_target.c - addresses that can be judged, and those that could be read in two ways.
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

static const struct {
    const char *target;
    enum target_fault fault; /* of a PUT */
} rows[] = {
    { "/", TARGET_FINE },
    { "/a", TARGET_FINE },
    { "/a/", TARGET_FINE },
    { "/a/b", TARGET_FINE },
    { "/api/ver1.0/user/", TARGET_FINE },
    { "/api/ver1.0/client/@me/record/*", TARGET_FINE },
    { "/api/ver1.0/client/%40me/", TARGET_FINE },
    { "/%41%7a%30", TARGET_FINE },
    { "/a%20b", TARGET_FINE },
    { "/a%2Db", TARGET_FINE },
    { "/a%7E", TARGET_FINE },
    { "/~a_b-c!$'(),:@", TARGET_FINE },
    { "/a=b&c+d", TARGET_FINE },
    { "/...", TARGET_FINE },
    { "/.a", TARGET_FINE },
    { "/a.", TARGET_FINE },
    { "/..a", TARGET_FINE },
    { "/a..b/c", TARGET_FINE },
    { "/%22%3C%3E%5B%5D%5E%60%7B%7C%7D", TARGET_FINE },
    { "/\"<>[]^`{|}", TARGET_FINE },
    { "/a?", TARGET_FINE },
    { "/a??", TARGET_FINE },
    { "/a?b=/../c//d", TARGET_FINE },
    { "/a?b=%2e%2e%2f;%5c%00", TARGET_FINE },
    { "/a?b=2026-11-24 03:55:00", TARGET_FINE },
    { "/a?b=\xd0\xb6", TARGET_FINE },
    { "/a?b#c", TARGET_FINE },
    { "/a?method=PUT", TARGET_FINE },
    { "/a?__method=PUT", TARGET_FINE },
    { "/a?_methods=PUT", TARGET_FINE },
    { "/a?x=_method", TARGET_FINE },
    { "/a?x=access_token=1", TARGET_FINE },
    { "/a?xaccess_token=1", TARGET_FINE },
    { "/a?%5", TARGET_FINE },
    { "/a?%zz_method=1", TARGET_FINE },
    { "/a?%255fmethod=1", TARGET_FINE },
    { "", TARGET_ODD },
    { "a", TARGET_ODD },
    { "*", TARGET_ODD },
    { "?a", TARGET_ODD },
    { "http://pbx.example.net/a", TARGET_ODD },
    { "pbx.example.net:443", TARGET_ODD },
    { "\\a", TARGET_ODD },
    { " /a", TARGET_ODD },
    { "/.", TARGET_ODD },
    { "/..", TARGET_ODD },
    { "/./", TARGET_ODD },
    { "/../a", TARGET_ODD },
    { "/a/.", TARGET_ODD },
    { "/a/..", TARGET_ODD },
    { "/a/./b", TARGET_ODD },
    { "/a/../b", TARGET_ODD },
    { "/a/..?b", TARGET_ODD },
    { "/a/%2e", TARGET_ODD },
    { "/a/%2E%2e/b", TARGET_ODD },
    { "/a/.%2e/b", TARGET_ODD },
    { "/a/%2e./b", TARGET_ODD },
    { "/a%2eb", TARGET_ODD },
    { "/a%2fb", TARGET_ODD },
    { "/a%2Fb", TARGET_ODD },
    { "/a%5cb", TARGET_ODD },
    { "/a%5Cb", TARGET_ODD },
    { "/a%3bb", TARGET_ODD },
    { "/a%3Fb", TARGET_ODD },
    { "/a%23b", TARGET_ODD },
    { "/a%25b", TARGET_ODD },
    { "/a%252fb", TARGET_ODD },
    { "/a%26b", TARGET_ODD },
    { "/a%3db", TARGET_ODD },
    { "/a%2bb", TARGET_ODD },
    { "/a%00", TARGET_ODD },
    { "/a%0ab", TARGET_ODD },
    { "/a%0d%0aX:y", TARGET_ODD },
    { "/a%1f", TARGET_ODD },
    { "/a%7f", TARGET_ODD },
    { "/a%80", TARGET_ODD },
    { "/a%c0%af", TARGET_ODD },
    { "/a%D0%B6", TARGET_ODD },
    { "/a%ff", TARGET_ODD },
    { "/a%", TARGET_ODD },
    { "/a%4", TARGET_ODD },
    { "/a%4/b", TARGET_ODD },
    { "/a%4g", TARGET_ODD },
    { "/a%g4", TARGET_ODD },
    { "/a%u0041", TARGET_ODD },
    { "/a%-1", TARGET_ODD },
    { "/a%+4", TARGET_ODD },
    { "/a% 4", TARGET_ODD },
    { "/a%?41", TARGET_ODD },
    { "/a;b", TARGET_ODD },
    { "/a;/b", TARGET_ODD },
    { "/..;/a", TARGET_ODD },
    { "/a\\b", TARGET_ODD },
    { "/a\\..\\b", TARGET_ODD },
    { "/a#b", TARGET_ODD },
    { "/a b", TARGET_ODD },
    { "/a\tb", TARGET_ODD },
    { "/a\nb", TARGET_ODD },
    { "/a\rb", TARGET_ODD },
    { "/a\x01", TARGET_ODD },
    { "/a\x7f", TARGET_ODD },
    { "/a\x80", TARGET_ODD },
    { "/\xd0\xb6", TARGET_ODD },
    { "/a?b\nc", TARGET_ODD },
    { "/a?b\x7f", TARGET_ODD },
    { "/a?\t_method=PUT", TARGET_ODD },
    { "/a?_method=PUT", TARGET_OVERRIDE },
    { "/a?_method", TARGET_OVERRIDE },
    { "/a?_METHOD=PUT", TARGET_OVERRIDE },
    { "/a?b=c&_method=PUT", TARGET_OVERRIDE },
    { "/a?b=c;_method=PUT", TARGET_OVERRIDE },
    { "/a?&&_method=PUT", TARGET_OVERRIDE },
    { "/a?%5fmethod=PUT", TARGET_OVERRIDE },
    { "/a?%5Fmet%68od=PUT", TARGET_OVERRIDE },
    { "/a?_method%00=PUT", TARGET_OVERRIDE },
    { "/a?access_token=x", TARGET_OVERRIDE },
    { "/a?access%5ftoken=x", TARGET_OVERRIDE },
    { "/a?Access_Token=x", TARGET_OVERRIDE },
    { "/a?b&access_token", TARGET_OVERRIDE },
    { "/a?access.token=x", TARGET_OVERRIDE },
    { "/a?access+token=x", TARGET_OVERRIDE },
    { "/a?access%20token=x", TARGET_OVERRIDE },
    { "/a?access[token=x", TARGET_OVERRIDE },
    { "/a?access%5btoken=x", TARGET_OVERRIDE },
    { "/a?access_token[]=x", TARGET_OVERRIDE },
    { "/a?+%20access_token=x", TARGET_OVERRIDE },
    { "/a?.method=PUT", TARGET_OVERRIDE },
    { "/a?_method[0]=PUT", TARGET_OVERRIDE },
    { "/a?access[token]=x", TARGET_FINE },
    { "/a?access-token=x", TARGET_FINE },
    { "/a/../b?_method=PUT", TARGET_ODD },
};

static void
test_targets(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct target target;
        for (int is_read = 0; is_read < 2; is_read++) {
            int got = (int)target_check(arena, rows[i].target, is_read, &target);
            if (got != (int)rows[i].fault)
                fail_msg("%s: %d, not %d", rows[i].target, got, (int)rows[i].fault);
        }
    }
}

/* For a client in the field, which only reads. */
static void
test_doubled_slashes(void **state)
{
    (void)state;
    static const struct {
        const char *target, *path;
        size_t count;
    } doubled[] = {
        { "/api/ver1.0//extension/7", "/api/ver1.0/extension/7", 4 },
        { "//a", "/a", 1 },
        { "//", "/", 0 },
        { "/a//", "/a/", 1 },
        { "/a///b////c?d", "/a/b/c", 3 },
    };
    struct target target;
    for (size_t i = 0; i < LENGTH_OF(doubled); i++) {
        assert_int_equal(target_check(arena, doubled[i].target, false, &target), TARGET_ODD);
        assert_int_equal(target_check(arena, doubled[i].target, true, &target), TARGET_FINE);
        assert_string_equal(target.path, doubled[i].path);
        assert_int_equal(target.count, doubled[i].count);
    }
    assert_int_equal(target_check(arena, "/a//../b", true, &target), TARGET_ODD);
    assert_int_equal(target_check(arena, "/a/%2fb", true, &target), TARGET_ODD);
    assert_int_equal(target_check(arena, "/a//?_method=PUT", true, &target), TARGET_OVERRIDE);
}

static void
test_segments(void **state)
{
    (void)state;
    struct target target;
    assert_int_equal(target_check(arena, "/api/%40me/a%20b/?c/d", false, &target), TARGET_FINE);
    assert_string_equal(target.path, "/api/%40me/a%20b/");
    assert_int_equal(target.count, 3);
    assert_string_equal(target.segments[0], "api");
    assert_string_equal(target.segments[1], "@me");
    assert_string_equal(target.segments[2], "a b");
    assert_int_equal(target_check(arena, "/", false, &target), TARGET_FINE);
    assert_int_equal(target.count, 0);
    assert_string_equal(target.path, "/");
}

static enum target_fault
check_repeated(const char *piece, size_t count)
{
    struct target target;
    struct buf text;
    buf_init(&text, arena, SIZE_MAX);
    buf_char(&text, '/');
    for (size_t i = 0; i < count; i++)
        buf_text(&text, piece);
    return target_check(arena, text.data, false, &target);
}

static void
test_bounds(void **state)
{
    (void)state;
    assert_int_equal(check_repeated("a/", TARGET_SEGMENTS_MAX), TARGET_FINE);
    assert_int_equal(check_repeated("a/", TARGET_SEGMENTS_MAX + 1), TARGET_ODD);
    assert_int_equal(check_repeated("a", TARGET_LENGTH_MAX - 1), TARGET_FINE);
    assert_int_equal(check_repeated("a", TARGET_LENGTH_MAX), TARGET_ODD);
}

/* Every byte, as it is and escaped, by the letter of the rule. */
static void
test_every_byte(void **state)
{
    (void)state;
    struct target target;
    for (int byte = 1; byte < 256; byte++) {
        bool plain = byte > 0x20 && byte < 0x7f && strchr("\\;#%", byte) == NULL;
        bool escaped = byte >= 0x20 && byte < 0x7f && strchr("/\\.;%?#&=+", byte) == NULL;
        char text[8] = { '/', 'a', (char)byte, 'b' };
        int got = (int)target_check(arena, text, false, &target);
        assert_int_equal(got, plain ? TARGET_FINE : TARGET_ODD);
        got = (int)target_check(arena, arena_printf(arena, "/a%%%02xb", (unsigned)byte), false,
                                &target);
        assert_int_equal(got, escaped ? TARGET_FINE : TARGET_ODD);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_targets, setup, teardown),
        cmocka_unit_test_setup_teardown(test_doubled_slashes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_segments, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bounds, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_byte, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
