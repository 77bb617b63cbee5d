/*
 * test_util_encode.c - hex, the base62 alphabet, percent-encoding.
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
test_hex_both_ways(void **state)
{
    (void)state;
    unsigned char bytes[256], back[256];
    char text[2 * 256 + 1];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)i;
    hex_encode(bytes, sizeof bytes, text);
    assert_int_equal(strlen(text), 512);
    assert_memory_equal(text, "000102", 6);
    assert_string_equal(text + 506, "fdfeff");
    assert_true(hex_decode(text, back, sizeof back));
    assert_memory_equal(back, bytes, sizeof bytes);
    hex_encode(bytes, 0, text);
    assert_string_equal(text, "");
}

static void
test_hex_decode(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
    } rows[] = {
        { "00ff", true },   { "aBcD", true },    { "", false },           { "00f", false },
        { "00ff0", false }, { "00ff00", false }, { "00fg", false },       { "0 ff", false },
        { "0x0f", false },  { "+0ff", false },   { "00\xc3\xbf", false },
    };
    unsigned char out[2];
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        if (hex_decode(rows[i].text, out, 2) != rows[i].good)
            fail_msg("\"%s\"", rows[i].text);
    assert_true(hex_decode("aBcD", out, 2));
    assert_memory_equal(out, "\xab\xcd", 2);
}

static void
test_base62(void **state)
{
    (void)state;
    assert_int_equal(strlen(BASE62), 62);
    for (int c = 1; c < 256; c++) {
        bool is_member = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        const char *first = strchr(BASE62, c);
        assert_int_equal(first != NULL, is_member);
        assert_true(first == NULL || strchr(first + 1, c) == NULL);
    }
}

static void
test_uri_escape(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "", "" },
        { "AZaz09-._~", "AZaz09-._~" },
        { "/app/?a=b&c#d", "%2Fapp%2F%3Fa%3Db%26c%23d" },
        { "a b+c%", "a%20b%2Bc%25" },
        { "\"'<>\\\r\n", "%22%27%3C%3E%5C%0D%0A" },
        { "\xd0\xb9\xff", "%D0%B9%FF" },
        { "\x01\x7f", "%01%7F" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        assert_string_equal(uri_escape(arena, rows[i][0]), rows[i][1]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hex_both_ways),
        cmocka_unit_test(test_hex_decode),
        cmocka_unit_test(test_base62),
        cmocka_unit_test_setup_teardown(test_uri_escape, setup, teardown),
    };
    return cmocka_run_group_tests_name("util/encode", tests, NULL, NULL);
}
