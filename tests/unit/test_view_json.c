/*
 * test_view_json.c - JSON goes out in pure ASCII and reads back as what it was.
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
#include <string.h>

#include "view/view.h"

/* clang-format off */
static const struct emit_case {
    const char *text, *expected;
} emit_cases[] = {
    { "", "" },
    { "plain ~", "plain ~" },
    { "\x7f", "\x7f" },
    { "https://a/b", "https://a/b" },
    { "\" \\", "\\\" \\\\" },
    { "\b\f\n\r\t", "\\b\\f\\n\\r\\t" },
    { "\x01\x1f", "\\u0001\\u001f" },
    { "<script>&'", "<script>&'" },
    { "\xc2\x80", "\\u0080" },
    { "ä", "\\u00e4" },
    { "\xdf\xbf", "\\u07ff" },
    { "\xe0\xa0\x80", "\\u0800" },
    { "€", "\\u20ac" },
    { "\xed\x9f\xbf", "\\ud7ff" },
    { "\xef\xbf\xbf", "\\uffff" },
    { "\xf0\x90\x80\x80", "\\ud800\\udc00" },
    { "😀", "\\ud83d\\ude00" },
    { "\xf4\x8f\xbf\xbf", "\\udbff\\udfff" },
    { "a€b😀c", "a\\u20acb\\ud83d\\ude00c" },
};
/* clang-format on */

static void
test_ascii(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(emit_cases); i++) {
        const struct emit_case *row = &emit_cases[i];
        struct arena *arena = arena_open();
        struct model *model = model_object(arena);
        model_text(model, "v", row->text);
        const char *json = model_emit_json(arena, model);
        assert_string_equal(json, arena_printf(arena, "{\"v\":\"%s\"}", row->expected));
        struct model *again = model_parse(arena, json);
        assert_non_null(again);
        assert_string_equal(model_emit_json(arena, again), json);
        arena_close(arena);
    }
}

static void
test_names_are_ascii_too(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    struct model *model = model_object(arena);
    model_json(model, "extra", "{\"schön/\": \"\\u00e4\\/\", \"nul\": \"a\\u0000b\"}");
    assert_string_equal(model_emit_json(arena, model),
                        "{\"extra\":{\"sch\\u00f6n/\":\"\\u00e4/\",\"nul\":\"a\\u0000b\"}}");
    arena_close(arena);
}

static void
test_emitting_twice(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    struct model *model = model_object(arena);
    model_text(model, "a", "ä");
    const char *first = model_emit_json(arena, model);
    model_number(model, "b", 1);
    assert_string_equal(model_emit_json(arena, model), "{\"a\":\"\\u00e4\",\"b\":1}");
    assert_string_equal(first, "{\"a\":\"\\u00e4\"}");
    arena_close(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ascii),
        cmocka_unit_test(test_names_are_ascii_too),
        cmocka_unit_test(test_emitting_twice),
    };
    return cmocka_run_group_tests_name("view_json", tests, NULL, NULL);
}
