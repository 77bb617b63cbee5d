/*
 * test_http_form.c - percent-decoding, urlencoded fields, pairs, and what faults are called.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "http/http.h"

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

#define BYTES(literal) (literal), sizeof(literal) - 1

static void
test_decode(void **state)
{
    (void)state;
    static const struct {
        const char *data;
        size_t length;
        bool plus;
        enum http_fault fault;
        const char *text;
    } rows[] = {
        { BYTES(""), true, HTTP_FINE, "" },
        { BYTES("abc"), true, HTTP_FINE, "abc" },
        { BYTES("a+b"), true, HTTP_FINE, "a b" },
        { BYTES("a+b"), false, HTTP_FINE, "a+b" },
        { BYTES("a%2Bb%20c"), true, HTTP_FINE, "a+b c" },
        { BYTES("%41%6a%6A"), false, HTTP_FINE, "Ajj" },
        { BYTES("%2541"), false, HTTP_FINE, "%41" },
        { BYTES("%D0%B9\xd0\xb9"), false, HTTP_FINE, "\xd0\xb9\xd0\xb9" },
        { BYTES("\xd0%B9"), false, HTTP_FINE, "\xd0\xb9" },
        { BYTES("%F0%9F%98%80"), false, HTTP_FINE, "\xf0\x9f\x98\x80" },
        { BYTES("%01"), false, HTTP_FINE, "\x01" },
        { BYTES("%"), false, HTTP_BAD_ESCAPE, NULL },
        { BYTES("a%4"), false, HTTP_BAD_ESCAPE, NULL },
        { BYTES("%zz"), false, HTTP_BAD_ESCAPE, NULL },
        { BYTES("%4g"), false, HTTP_BAD_ESCAPE, NULL },
        { BYTES("% 41"), false, HTTP_BAD_ESCAPE, NULL },
        { BYTES("%+4"), true, HTTP_BAD_ESCAPE, NULL },
        { BYTES("%4\0"), false, HTTP_BAD_ESCAPE, NULL },
        { BYTES("%\0\0"), false, HTTP_BAD_ESCAPE, NULL },
        { BYTES("%u0041"), false, HTTP_BAD_ESCAPE, NULL },
        { BYTES("a%00b"), false, HTTP_BAD_NUL, NULL },
        { BYTES("a\0b"), false, HTTP_BAD_NUL, NULL },
        { BYTES("%ff"), false, HTTP_BAD_UTF8, NULL },
        { BYTES("%C0%AF"), false, HTTP_BAD_UTF8, NULL },
        { BYTES("%ED%A0%80"), false, HTTP_BAD_UTF8, NULL },
        { BYTES("%F4%90%80%80"), false, HTTP_BAD_UTF8, NULL },
        { BYTES("%D0"), false, HTTP_BAD_UTF8, NULL },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const char *text = NULL;
        enum http_fault fault =
            http_decode(arena, rows[i].data, rows[i].length, rows[i].plus, &text);
        if (fault != rows[i].fault)
            fail_msg("row %zu (%s): fault %d, not %d", i, rows[i].data, fault, rows[i].fault);
        if (rows[i].text != NULL)
            assert_string_equal(text, rows[i].text);
        else
            assert_null(text);
    }
}

static void
test_decode_stays_within_its_length(void **state)
{
    (void)state;
    const char *text = NULL;
    assert_int_equal(http_decode(arena, "%41%42", 3, false, &text), HTTP_FINE);
    assert_string_equal(text, "A");
    assert_int_equal(http_decode(arena, "%41%42", 5, false, &text), HTTP_BAD_ESCAPE);
    assert_int_equal(http_decode(arena, "%41%42", 4, false, &text), HTTP_BAD_ESCAPE);
}

static enum http_fault
parse(const char *data, struct http_pairs *out)
{
    return http_form_parse_urlencoded(arena, data, strlen(data), out);
}

static void
test_urlencoded(void **state)
{
    (void)state;
    static const struct {
        const char *data;
        size_t count;
        struct http_pair pairs[4];
    } rows[] = {
        { "", 0, { { 0 } } },
        { "&", 0, { { 0 } } },
        { "&&&", 0, { { 0 } } },
        { "a=1", 1, { { "a", "1" } } },
        { "a=1&b=2", 2, { { "a", "1" }, { "b", "2" } } },
        { "&a=1&&b=2&", 2, { { "a", "1" }, { "b", "2" } } },
        { "a", 1, { { "a", "" } } },
        { "a&b=", 2, { { "a", "" }, { "b", "" } } },
        { "a=b=c", 1, { { "a", "b=c" } } },
        { "a=1&a=2", 2, { { "a", "1" }, { "a", "2" } } },
        { "first+name=J%C3%BCrgen+M%26M", 1, { { "first name", "J\xc3\xbcrgen M&M" } } },
        { "a%3Db=%3D", 1, { { "a=b", "=" } } },
        { "=", 1, { { "", "" } } },
        { "a=1;b=2", 1, { { "a", "1;b=2" } } },
        { "t=%0D%0Ax", 1, { { "t", "\r\nx" } } },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct http_pairs pairs;
        assert_int_equal(parse(rows[i].data, &pairs), HTTP_FINE);
        if (pairs.count != rows[i].count)
            fail_msg("%s: %zu pairs", rows[i].data, pairs.count);
        for (size_t j = 0; j < pairs.count; j++) {
            assert_string_equal(pairs.items[j].name, rows[i].pairs[j].name);
            assert_string_equal(pairs.items[j].value, rows[i].pairs[j].value);
        }
    }
}

static void
test_urlencoded_faults(void **state)
{
    (void)state;
    static const struct {
        const char *data;
        size_t length;
        enum http_fault fault;
    } rows[] = {
        { BYTES("a=%"), HTTP_BAD_ESCAPE },      { BYTES("a=%4&b=1"), HTTP_BAD_ESCAPE },
        { BYTES("a=%4&1=b"), HTTP_BAD_ESCAPE }, /* an escape doesn't reach over the & */
        { BYTES("%x=1"), HTTP_BAD_ESCAPE },     { BYTES("a=1&b=%00"), HTTP_BAD_NUL },
        { BYTES("a\0=1"), HTTP_BAD_NUL },       { BYTES("a=\xff"), HTTP_BAD_UTF8 },
        { BYTES("\xe2\x82=1"), HTTP_BAD_UTF8 }, { BYTES("a=%D0&%B9=1"), HTTP_BAD_UTF8 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct http_pairs pairs = { .count = 7 };
        enum http_fault fault =
            http_form_parse_urlencoded(arena, rows[i].data, rows[i].length, &pairs);
        if (fault != rows[i].fault)
            fail_msg("row %zu (%s): fault %d, not %d", i, rows[i].data, fault, rows[i].fault);
        assert_int_equal(pairs.count, 0);
    }
}

static char *
many_pairs(size_t count)
{
    struct buf buf;
    buf_init(&buf, arena, SIZE_MAX);
    for (size_t i = 0; i < count; i++)
        buf_printf(&buf, "%sn%zu=v", i == 0 ? "" : "&", i);
    return buf.data;
}

static void
test_pairs_limit(void **state)
{
    (void)state;
    struct http_pairs pairs;
    assert_int_equal(parse(many_pairs(HTTP_PAIRS_MAX), &pairs), HTTP_FINE);
    assert_int_equal(pairs.count, HTTP_PAIRS_MAX);
    assert_string_equal(pairs.items[127].name, "n127");
    assert_int_equal(parse(many_pairs(HTTP_PAIRS_MAX + 1), &pairs), HTTP_TOO_MANY_PAIRS);
    assert_int_equal(pairs.count, 0);
    assert_int_equal(parse(arena_printf(arena, "&&%s&&&", many_pairs(HTTP_PAIRS_MAX)), &pairs),
                     HTTP_FINE);
}

/* What glibc has handed out; nothing under a sanitizer, which brings its own allocator. */
static size_t
memory_in_use(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static void
test_huge_forms_stay_bounded(void **state)
{
    (void)state;
    struct http_pairs pairs;
    char *many = many_pairs(100000);
    size_t before = memory_in_use();
    assert_int_equal(parse(many, &pairs), HTTP_TOO_MANY_PAIRS);
    assert_true(memory_in_use() <= before + 128 * 1024);

    size_t length = 1024 * 1024;
    char *ampersands = arena_alloc(arena, length + 1);
    memset(ampersands, '&', length);
    before = memory_in_use();
    assert_int_equal(parse(ampersands, &pairs), HTTP_FINE);
    assert_int_equal(pairs.count, 0);
    assert_true(memory_in_use() <= before + 128 * 1024);
}

static void
test_find_and_count(void **state)
{
    (void)state;
    struct http_pairs pairs;
    assert_int_equal(parse("a=1&B=2&a=3&c", &pairs), HTTP_FINE);
    assert_string_equal(http_pairs_find(&pairs, "a"), "1");
    assert_string_equal(http_pairs_find(&pairs, "c"), "");
    assert_null(http_pairs_find(&pairs, "b"));
    assert_null(http_pairs_find(&pairs, ""));
    assert_int_equal(http_pairs_count(&pairs, "a"), 2);
    assert_int_equal(http_pairs_count(&pairs, "B"), 1);
    assert_int_equal(http_pairs_count(&pairs, "b"), 0);
    const struct http_pairs none = { 0 };
    assert_null(http_pairs_find(&none, "a"));
    assert_int_equal(http_pairs_count(&none, "a"), 0);
}

static void
test_fault_names(void **state)
{
    (void)state;
    for (int i = HTTP_FINE; i < HTTP_FAULT__MAX; i++) {
        int expected = i == HTTP_BODY_TOO_LARGE    ? 413
                       : i == HTTP_TARGET_TOO_LONG ? 414
                       : i == HTTP_BAD_TYPE        ? 415
                                                   : 400;
        assert_int_equal(http_fault_status((enum http_fault)i), expected);
        const char *text = http_fault_text((enum http_fault)i);
        size_t length = strlen(text);
        assert_true(length > 20 && text[0] >= 'A' && text[0] <= 'Z' && text[length - 1] == '.');
        /* RFC 6749 §5.2: what an error_description may hold. */
        for (size_t j = 0; j < length; j++)
            assert_true(text[j] >= ' ' && text[j] <= '~' && text[j] != '"' && text[j] != '\\');
        for (int j = HTTP_FINE; j < i; j++)
            assert_string_not_equal(text, http_fault_text((enum http_fault)j));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_decode, setup, teardown),
        cmocka_unit_test_setup_teardown(test_decode_stays_within_its_length, setup, teardown),
        cmocka_unit_test_setup_teardown(test_urlencoded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_urlencoded_faults, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pairs_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_huge_forms_stay_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_find_and_count, setup, teardown),
        cmocka_unit_test(test_fault_names),
    };
    return cmocka_run_group_tests_name("http/form", tests, NULL, NULL);
}
