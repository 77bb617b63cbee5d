/*
 * test_view_model.c - models: every setter, lists, parsed JSON, and the bugs that end the process.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "view/view.h"

static void
test_setters(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    struct model *model = model_object(arena);
    char text[] = "one";
    model_text(model, "text", text);
    text[0] = 'X';
    model_text(model, "absent", NULL);
    model_number(model, "low", INT64_MIN);
    model_number(model, "high", INT64_MAX);
    model_flag(model, "yes", true);
    model_flag(model, "no", false);
    model_null(model, "null");
    assert_string_equal(model_emit_json(arena, model),
                        "{\"text\":\"one\",\"absent\":null,\"low\":-9223372036854775808,"
                        "\"high\":9223372036854775807,\"yes\":true,\"no\":false,\"null\":null}");
    arena_close(arena);
}

static void
test_children_and_lists(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    struct model *model = model_object(arena);
    model_text(model_child(model, "user"), "name", "Ann");
    struct model *apps = model_list(model, "apps");
    for (int i = 1; i <= 2; i++)
        model_number(model_append(apps), "id", i);
    struct model *urls = model_list(model, "urls");
    model_append_text(urls, "a");
    model_append_text(urls, NULL);
    model_list(model, "none");
    assert_string_equal(model_emit_json(arena, model),
                        "{\"user\":{\"name\":\"Ann\"},\"apps\":[{\"id\":1},{\"id\":2}],"
                        "\"urls\":[\"a\",null],\"none\":[]}");
    arena_close(arena);
}

static void
test_setting_again_replaces(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    struct model *model = model_object(arena);
    model_number(model_child(model, "a"), "x", 1);
    model_text(model, "a", "two");
    assert_string_equal(model_emit_json(arena, model), "{\"a\":\"two\"}");
    arena_close(arena);
}

/* clang-format off */
static const struct json_case {
    const char *json, *expected;
} json_cases[] = {
    { NULL, "null" },
    { "", "null" },
    { "{\"a\":[1,{\"b\":null}]}", "{\"a\":[1,{\"b\":null}]}" },
    { " [1 , 2.50]\n", "[1,2.50]" },
    { "\"x\"", "\"x\"" },
    { "17", "17" },
    { "true", "true" },
    { "null", "null" },
    { "{\"a\":1,}", "null" },
    { "{\"a\":1} x", "null" },
    { "/* a */ 1", "null" },
    { "nul", "null" },
    { "[1", "null" },
    { "NaN", "null" },
    { "[{\"a\":Infinity}]", "null" },
    { "-Infinity", "null" },
    { "\"\xff\"", "null" },
};
/* clang-format on */

static void
test_json_columns(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(json_cases); i++) {
        struct arena *arena = arena_open();
        struct model *model = model_object(arena);
        model_json(model, "v", json_cases[i].json);
        assert_string_equal(model_emit_json(arena, model),
                            arena_printf(arena, "{\"v\":%s}", json_cases[i].expected));
        arena_close(arena);
    }
}

static void
test_parse(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    assert_null(model_parse(arena, ""));
    assert_null(model_parse(arena, "{"));
    assert_null(model_parse(arena, "null"));
    assert_null(model_parse(arena, "{} {}"));
    struct model *model = model_parse(arena, "{\"a\": [ ]}");
    assert_non_null(model);
    model_flag(model, "b", true);
    assert_string_equal(model_emit_json(arena, model), "{\"a\":[],\"b\":true}");
    assert_non_null(model_parse(arena, "[1]"));
    arena_close(arena);
}

static void
test_parse_depth(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    char *text = arena_alloc(arena, 200001);
    memset(text, '[', 100000);
    memset(text + 100000, ']', 100000);
    assert_null(model_parse(arena, text));
    text[100020] = '\0';
    assert_non_null(model_parse(arena, text + 100000 - 20));
    arena_close(arena);
}

static void
bad_text(struct arena *arena)
{
    model_text(model_object(arena), "a", "\xc3(");
}

static void
bad_item(struct arena *arena)
{
    model_append_text(model_list(model_object(arena), "a"), "\xed\xa0\x80");
}

static void
name_in_list(struct arena *arena)
{
    model_number(model_list(model_object(arena), "a"), "b", 1);
}

static void
item_in_object(struct arena *arena)
{
    model_append(model_object(arena));
}

static void
test_panics(void **state)
{
    (void)state;
    static void (*const bugs[])(struct arena *) = { bad_text, bad_item, name_in_list,
                                                    item_in_object };
    for (size_t i = 0; i < LENGTH_OF(bugs); i++) {
        struct arena *arena = arena_open();
        pid_t child = fork();
        if (child == 0) {
            /* The panic line is expected: it need not be seen. cmocka's own handler neither. */
            dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
            signal(SIGABRT, SIG_DFL);
            bugs[i](arena);
            _exit(0);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
        arena_close(arena);
    }
}

static void
test_reading(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    const struct model *model =
        model_parse(arena, "{\"a\":\"x\",\"n\":1,\"o\":{\"b\":\"\\u0439\"},\"z\":null}");
    const char *name, *text;
    assert_string_equal(model_find_text(model, "a"), "x");
    assert_null(model_find_text(model, "n"));
    assert_null(model_find_text(model, "none"));
    assert_null(model_find(model, "z"));
    assert_string_equal(model_find_text(model_find(model, "o"), "b"), "\xd0\xb9");
    assert_null(model_find_text(model_find(model, "a"), "b")); /* in what is no object */
    assert_true(model_text_at(model, 0, &name, &text));
    assert_string_equal(name, "a");
    assert_string_equal(text, "x");
    assert_true(model_text_at(model, 1, &name, &text));
    assert_null(text);
    assert_false(model_text_at(model, 4, &name, &text));
    assert_false(model_text_at(model_find(model, "a"), 0, &name, &text));
    arena_close(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_setters),
        cmocka_unit_test(test_children_and_lists),
        cmocka_unit_test(test_setting_again_replaces),
        cmocka_unit_test(test_json_columns),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_parse_depth),
        cmocka_unit_test(test_reading),
        cmocka_unit_test(test_panics),
    };
    return cmocka_run_group_tests_name("view_model", tests, NULL, NULL);
}
