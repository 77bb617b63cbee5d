/*
 * test_view_fields.c - a JSON object is taken apart member by member, and nothing passes twice.
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

#include "view/view.h"

/* name=value, each with its kind before it: w a word, l a list of words, o anything else. */
static const char *
written(struct arena *arena, const struct json_fields *fields)
{
    struct buf out;
    buf_init(&out, arena, SIZE_MAX);
    for (size_t i = 0; i < fields->count; i++)
        buf_printf(&out, "%c%s=%s;", "wlo"[fields->items[i].kind], fields -> items[i].name,
                   fields->items[i].value);
    return out.data;
}

/* clang-format off */
static const struct {
    const char *text, *expected, *twice;
} good[] = {
    { "{}", "", NULL },
    { " { } \n", "", NULL },
    { "{\"a\":\"b\"}", "wa=b;", NULL },
    { "\t{ \"a\" : \"b\" , \"c\" : \"d\" }", "wa=b;wc=d;", NULL },
    { "{\"a\":1,\"b\":-2.5e3,\"c\":true,\"d\":false}", "wa=1;wb=-2.5e3;wc=true;wd=false;", NULL },
    { "{\"a\":null,\"b\":\"\"}", "wb=;", NULL },
    { "{\"a\":[]}", "la=;", NULL },
    { "{\"a\":[\"x\",\"y\"]}", "la=x y;", NULL },
    { "{\"a\":[\"x y\"]}", "oa=[\"x y\"];", NULL },
    { "{\"a\":[\"x\",\"\"]}", "oa=[\"x\",\"\"];", NULL },
    { "{\"a\":[\"x\\ny\"]}", "oa=[\"x\\ny\"];", NULL },
    { "{\"a\":[1]}", "oa=[1];", NULL },
    { "{\"a\":{\"b\":[\"}\",{}]},\"c\":\"d\"}", "oa={\"b\":[\"}\",{}]};wc=d;", NULL },
    { "{\"a\":\"x\\u0000y\"}", "oa=\"x\\u0000y\";", NULL },
    { "{\"a\":\"\\\"},{\\\\\"}", "wa=\"},{\\;", NULL },
    { "{\"\\u006cevel\":\"\\u0061ll\"}", "wlevel=all;", NULL },
    { "{\"a\":\"\\u00e9\\ud83d\\ude00\"}", "wa=é😀;", NULL },
    { "{\"a\":1,\"b\":2,\"a\":3}", "wa=1;wb=2;wa=3;", "a" },
    { "{\"level\":\"all\",\"\\u006cevel\":\"call_api\"}", "wlevel=all;wlevel=call_api;", "level" },
    { "{\"a\":null,\"a\":1}", "wa=1;", "a" },
    { "{\"\":1}", "w=1;", NULL },
};

static const char *const bad[] = {
    "", " ", "null", "[]", "\"a\"", "1", "{", "}", "{]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}",
    "{\"a\" 1}", "{\"a\":1 \"b\":2}", "{\"a\":1}{}", "{\"a\":1}x", "{a:1}", "{'a':1}", "{\"a\":'b'}",
    "{\"a\":\"b}", "{\"a\\u0000\":1}", "{\"a\":NaN}", "{\"a\":[NaN]}", "{\"a\":Infinity}", "{/* */}",
    "{\"a\":1}//", "{\"a\":\"\xff\"}", "{\"\xff\":1}", "{\"a\":\"\t\"", "\xef\xbb\xbf{}",
};
/* clang-format on */

static void
test_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(good); i++) {
        struct arena *arena = arena_open();
        struct json_fields fields;
        if (!json_fields_parse(arena, good[i].text, strlen(good[i].text), &fields))
            fail_msg("%s: refused", good[i].text);
        assert_string_equal(written(arena, &fields), good[i].expected);
        if (good[i].twice == NULL)
            assert_null(fields.twice);
        else
            assert_string_equal(fields.twice, good[i].twice);
        arena_close(arena);
    }
}

static void
refused(const char *text, size_t length)
{
    struct arena *arena = arena_open();
    struct json_fields fields;
    if (json_fields_parse(arena, text, length, &fields))
        fail_msg("%s: taken for %s", text, written(arena, &fields));
    assert_int_equal(fields.count, 0);
    arena_close(arena);
}

static void
test_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(bad); i++)
        refused(bad[i], strlen(bad[i]));
    refused("{\"a\":1}\0", 8);
    refused("{\"a\":\"\0\"}", 9);
}

static void
test_limits(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    for (int count = JSON_FIELDS_MAX; count <= JSON_FIELDS_MAX + 1; count++) {
        struct buf text;
        struct json_fields fields;
        buf_init(&text, arena, SIZE_MAX);
        for (int i = 0; i < count; i++)
            buf_printf(&text, "%s\"n%d\":%d", i == 0 ? "{" : ",", i, i);
        buf_char(&text, '}');
        assert_int_equal(json_fields_parse(arena, text.data, text.length, &fields),
                         count == JSON_FIELDS_MAX);
        assert_int_equal(fields.count, count == JSON_FIELDS_MAX ? JSON_FIELDS_MAX : 0);
    }
    for (int depth = 10; depth <= 40; depth += 30) {
        struct buf text;
        struct json_fields fields;
        buf_init(&text, arena, SIZE_MAX);
        buf_text(&text, "{\"a\":");
        for (int i = 0; i < depth; i++)
            buf_char(&text, '[');
        for (int i = 0; i < depth; i++)
            buf_char(&text, ']');
        buf_char(&text, '}');
        assert_int_equal(json_fields_parse(arena, text.data, text.length, &fields), depth == 10);
    }
    arena_close(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
