/*
 * test_util_text.c - questions about strings, and UTF-8 to the letter of RFC 3629.
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
test_comparisons(void **state)
{
    (void)state;
    assert_true(text_equal("a", "a"));
    assert_false(text_equal("a", "A"));
    assert_false(text_equal("a", "ab"));
    assert_true(text_equal_nocase("bAsIc", "BaSiC"));
    assert_false(text_equal_nocase("basic", "basicx"));
    assert_true(text_starts("abc", "ab"));
    assert_true(text_starts("abc", ""));
    assert_false(text_starts("ab", "abc"));
    assert_true(text_ends("abc", "bc"));
    assert_true(text_ends("abc", ""));
    assert_false(text_ends("bc", "abc"));
    assert_false(text_ends("abcd", "bc"));
    assert_true(text_is_empty(NULL));
    assert_true(text_is_empty(""));
    assert_false(text_is_empty(" "));
}

static void
test_control(void **state)
{
    (void)state;
    for (int c = 1; c < 256; c++) {
        char text[] = { 'a', (char)c, 'b', '\0' };
        assert_int_equal(text_has_control(text), c < 0x20 || c == 0x7f);
    }
    assert_false(text_has_control(""));
}

static void
test_to_int(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t max;
        bool fits;
        int64_t value;
    } rows[] = {
        { "0", 0, true, 0 },
        { "1", 0, false, 0 },
        { "9", 0, false, 0 },
        { "4", 4, true, 4 },
        { "5", 4, false, 0 },
        { "9", 8, false, 0 },
        { "42", 42, true, 42 },
        { "43", 42, false, 0 },
        { "420", 42, false, 0 },
        { "0000000000000000000000042", 42, true, 42 },
        { "9223372036854775807", INT64_MAX, true, INT64_MAX },
        { "9223372036854775808", INT64_MAX, false, 0 },
        { "99999999999999999999999999", INT64_MAX, false, 0 },
        { "", 9, false, 0 },
        { "-1", 9, false, 0 },
        { "+1", 9, false, 0 },
        { " 1", 9, false, 0 },
        { "1 ", 9, false, 0 },
        { "0x1", 99, false, 0 },
        { "1.0", 99, false, 0 },
        { "\xd9\xa1", 99, false, 0 }, /* ARABIC-INDIC DIGIT ONE */
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        int64_t value = -77;
        if (text_to_int(rows[i].text, rows[i].max, &value) != rows[i].fits)
            fail_msg("\"%s\" up to %lld", rows[i].text, (long long)rows[i].max);
        assert_int_equal(value, rows[i].fits ? rows[i].value : -77);
    }
}

static void
test_is_hex(void **state)
{
    (void)state;
    assert_true(text_is_hex("0123456789abcdef", 16));
    assert_true(text_is_hex("", 0));
    assert_false(text_is_hex("0123456789abcde", 16));
    assert_false(text_is_hex("0123456789abcdef0", 16));
    assert_false(text_is_hex("0123456789ABCDEF", 16));
    assert_false(text_is_hex("0123456789abcdeg", 16));
    assert_false(text_is_hex("0123456789abcde ", 16));
}

static void
test_trim(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "", "" },
        { " \t\r\n", "" },
        { "a", "a" },
        { " \n a b\tc \r\n", "a b\tc" },
        { "\va\f", "\va\f" },
        { "\xc2\xa0"
          "a",
          "\xc2\xa0"
          "a" }, /* a no-break space is no blank */
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        assert_string_equal(text_trim(arena, rows[i][0]), rows[i][1]);
}

static void
test_words(void **state)
{
    (void)state;
    const char *cursor = " one\r\n\ttwo three ";
    assert_string_equal(text_word(arena, &cursor), "one");
    assert_string_equal(text_word(arena, &cursor), "two");
    assert_string_equal(text_word(arena, &cursor), "three");
    assert_null(text_word(arena, &cursor));
    assert_null(text_word(arena, &cursor));
    cursor = "";
    assert_null(text_word(arena, &cursor));
}

#define BYTES(literal) (literal), sizeof(literal) - 1

static void
test_utf8_valid(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t length;
        bool valid;
    } rows[] = {
        { BYTES(""), true },
        { BYTES("plain"), true },
        { BYTES("a\0b"), true },
        { BYTES("\x7f"), true },
        { BYTES("\xc2\x80"), true },         /* U+0080, the first of two bytes */
        { BYTES("\xdf\xbf"), true },         /* U+07FF */
        { BYTES("\xe0\xa0\x80"), true },     /* U+0800 */
        { BYTES("\xed\x9f\xbf"), true },     /* U+D7FF, before the surrogates */
        { BYTES("\xee\x80\x80"), true },     /* U+E000, behind them */
        { BYTES("\xef\xbf\xbf"), true },     /* U+FFFF */
        { BYTES("\xf0\x90\x80\x80"), true }, /* U+10000 */
        { BYTES("\xf4\x8f\xbf\xbf"), true }, /* U+10FFFF, the last */
        { BYTES("\xf4\x90\x80\x80"), false },
        { BYTES("\x80"), false },
        { BYTES("\xbf"
                "a"),
          false },
        { BYTES("\xc0\x80"), false }, /* NUL, overlong */
        { BYTES("\xc0\xaf"), false }, /* '/', overlong */
        { BYTES("\xc1\xbf"), false },
        { BYTES("\xe0\x80\xaf"), false },
        { BYTES("\xe0\x9f\xbf"), false },
        { BYTES("\xf0\x80\x80\xaf"), false },
        { BYTES("\xf0\x8f\xbf\xbf"), false },
        { BYTES("\xed\xa0\x80"), false }, /* U+D800 */
        { BYTES("\xed\xbf\xbf"), false }, /* U+DFFF */
        { BYTES("\xf5\x80\x80\x80"), false },
        { BYTES("\xf8\x88\x80\x80\x80"), false },
        { BYTES("\xfe"), false },
        { BYTES("\xff"), false },
        { BYTES("\xc3"), false },
        { BYTES("\xe2\x82"), false },
        { BYTES("\xf0\x9f\x98"), false },
        { BYTES("\xc3"
                "a"),
          false },
        { BYTES("\xe2\x82"
                "a"),
          false },
        { BYTES("ok\xf0\x9f\x98\x80ok"), true },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        if (utf8_valid(rows[i].text, rows[i].length) != rows[i].valid)
            fail_msg("row %zu", i);
    /* Only what the length covers counts. */
    assert_true(utf8_valid("a\xff", 1));
    assert_false(utf8_valid("\xc3\xa9", 1));
}

static void
test_utf8_length(void **state)
{
    (void)state;
    assert_int_equal(utf8_length(""), 0);
    assert_int_equal(utf8_length("abc"), 3);
    assert_int_equal(utf8_length("\xd0\x9e\xd0\xbf"), 2);
    assert_int_equal(utf8_length("\xf0\x9f\x98\x80"
                                 "e\xcc\x81"),
                     3);
}

static void
test_invisible(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool invisible;
    } rows[] = {
        { "", false },
        { "My phone book", false },
        { "\xd0\xa2\xd0\xb5\xd0\xbb\xd0\xb5\xd1\x84\xd0\xbe\xd0\xbd", false },
        { "caf\xc3\xa9 \xf0\x9f\x93\x9e", false },
        { "\xc2\xa0", false }, /* U+00A0 */
        { "a\tb", true },
        { "a\nb", true },
        { "\x7f", true },
        { "\xc2\x80", true },      /* U+0080 */
        { "\xc2\x85", true },      /* U+0085 NEXT LINE */
        { "\xc2\x9f", true },      /* U+009F */
        { "\xc2\xad", true },      /* U+00AD soft hyphen */
        { "\xd8\x9c", true },      /* U+061C Arabic letter mark */
        { "\xe2\x80\x8a", false }, /* U+200A hair space */
        { "\xe2\x80\x8b", true },  /* U+200B zero-width space */
        { "\xe2\x80\x8e", true },  /* U+200E left-to-right mark */
        { "\xe2\x80\xa8", true },  /* U+2028 line separator */
        { "gpj.\xe2\x80\xae"
          "exe",
          true },                 /* U+202E right-to-left override */
        { "\xe2\x81\xa6", true }, /* U+2066 */
        { "\xe2\x81\xa9", true }, /* U+2069 */
        { "\xef\xbb\xbf"
          "a",
          true },                     /* U+FEFF */
        { "\xf3\xa0\x81\x81", true }, /* U+E0041, a tag letter */
        { "bad\xff", true },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        if (utf8_has_invisible(rows[i].text) != rows[i].invisible)
            fail_msg("row %zu", i);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comparisons),
        cmocka_unit_test(test_control),
        cmocka_unit_test(test_to_int),
        cmocka_unit_test(test_is_hex),
        cmocka_unit_test_setup_teardown(test_trim, setup, teardown),
        cmocka_unit_test_setup_teardown(test_words, setup, teardown),
        cmocka_unit_test(test_utf8_valid),
        cmocka_unit_test(test_utf8_length),
        cmocka_unit_test(test_invisible),
    };
    return cmocka_run_group_tests_name("util/text", tests, NULL, NULL);
}
