/*
 * test_view_plural.c - forms by number, in plain texts and in templates; numbers in digits.
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

#include "view/view_int.h"

static const char ENGLISH[] = "{\"number.group\":\",\",\"day.one\":\"{n} day of {who}\","
                              "\"day.other\":\"{n} days of {who}\",\"single.one\":\"one\","
                              "\"single.other\":\"{n}\",\"plain.other\":\"x\"}";
static const char RUSSIAN[] = "{\"number.group\":\"\u00a0\",\"day.one\":\"{n} день {who}\","
                              "\"day.few\":\"{n} дня {who}\",\"day.many\":\"{n} дней {who}\","
                              "\"single.one\":\"{n} раз\",\"single.few\":\"{n} раза\","
                              "\"single.many\":\"{n} раз\",\"plain.other\":\"ы\"}";

static struct source
source(const char *name, const char *text)
{
    return (struct source){ name, name, text, strlen(text) };
}

static struct view *
build(struct arena *arena, const char *russian, const char *theirs, struct fault *fault)
{
    struct sources *sources = arena_alloc(arena, sizeof *sources);
    struct source *page = arena_alloc(arena, sizeof *page);
    *page = source("page", "{{t.day}}|{{t.single}}|{{t.plain.other}}");
    *sources = (struct sources){ .templates = page, .template_count = 1, .language = "en" };
    sources->messages = source("messages.en.json", ENGLISH);
    if (russian != NULL) {
        sources->language = "ru";
        sources->base = sources->messages;
        sources->messages = source("messages.ru.json", russian);
    }
    if (theirs != NULL)
        sources->override_messages = source("/op/messages.json", theirs);
    return view_build(arena, sources, fault);
}

/* clang-format off */
static const struct { int64_t number; enum plural english, russian; } rules[] = {
    { 0, PLURAL_OTHER, PLURAL_MANY }, { 1, PLURAL_ONE, PLURAL_ONE }, { 2, PLURAL_OTHER, PLURAL_FEW },
    { 4, PLURAL_OTHER, PLURAL_FEW }, { 5, PLURAL_OTHER, PLURAL_MANY },
    { 10, PLURAL_OTHER, PLURAL_MANY }, { 11, PLURAL_OTHER, PLURAL_MANY },
    { 12, PLURAL_OTHER, PLURAL_MANY }, { 14, PLURAL_OTHER, PLURAL_MANY },
    { 20, PLURAL_OTHER, PLURAL_MANY }, { 21, PLURAL_OTHER, PLURAL_ONE },
    { 22, PLURAL_OTHER, PLURAL_FEW }, { 25, PLURAL_OTHER, PLURAL_MANY },
    { 101, PLURAL_OTHER, PLURAL_ONE }, { 111, PLURAL_OTHER, PLURAL_MANY },
    { 112, PLURAL_OTHER, PLURAL_MANY }, { 122, PLURAL_OTHER, PLURAL_FEW },
    { 1000000001, PLURAL_OTHER, PLURAL_ONE }, { 1000000011, PLURAL_OTHER, PLURAL_MANY },
};
/* clang-format on */

static void
test_rules(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rules); i++) {
        assert_int_equal(plural_rule_of("en")(rules[i].number), rules[i].english);
        assert_int_equal(plural_rule_of("ru")(rules[i].number), rules[i].russian);
        assert_true(plural_is_used("en", rules[i].english));
        assert_true(plural_is_used("ru", rules[i].russian));
    }
}

static void
test_plain_texts(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    struct fault fault = { "" };
    struct view *english = build(arena, NULL, NULL, &fault);
    struct view *russian = build(arena, RUSSIAN, NULL, &fault);
    assert_non_null(english);
    assert_non_null(russian);
    assert_string_equal(view_language(english), "en");
    assert_string_equal(view_language(russian), "ru");
#define SAID(view, number) view_message_count(view, arena, "day", number, "who", "Ann", NULL)
    assert_string_equal(SAID(english, 1), "1 day of Ann");
    assert_string_equal(SAID(english, 5), "5 days of Ann");
    assert_string_equal(SAID(english, 1234567), "1,234,567 days of Ann");
    assert_string_equal(SAID(russian, 21), "21 день Ann");
    assert_string_equal(SAID(russian, 3), "3 дня Ann");
    assert_string_equal(SAID(russian, 1005), "1\u00a0005 дней Ann");
#undef SAID
    assert_string_equal(view_message_count(english, arena, "single", 1, NULL), "one");
    assert_string_equal(view_message(english, arena, "plain.other", NULL), "x");
    arena_close(arena);
}

static void
test_templates(void **state)
{
    (void)state;
    static const struct {
        const char *model, *english, *russian;
    } rows[] = {
        { "{\"n\":1,\"who\":\"A\"}", "1 day of A|one|x", "1 день A|1 раз|ы" },
        { "{\"n\":2,\"who\":\"A\"}", "2 days of A|2|x", "2 дня A|2 раза|ы" },
        { "{\"n\":\"1,011\",\"who\":\"<\"}", "1,011 days of &lt;|1,011|x",
          "1,011 дней &lt;|1,011 раз|ы" },
        { "{\"n\":\"12345678901234567890021\"}",
          "12345678901234567890021 days of "
          "|12345678901234567890021|x",
          "12345678901234567890021 день "
          "|12345678901234567890021 раз|ы" },
        { "{}", " days of ||x", " дней | раз|ы" },
    };
    struct arena *arena = arena_open();
    struct fault fault = { "" };
    struct view *english = build(arena, NULL, NULL, &fault);
    struct view *russian = build(arena, RUSSIAN, NULL, &fault);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const struct model *model = model_parse(arena, rows[i].model);
        struct buf out;
        buf_init(&out, arena, SIZE_MAX);
        view_render(english, "page", model, &out);
        assert_string_equal(out.data, rows[i].english);
        buf_init(&out, arena, SIZE_MAX);
        view_render(russian, "page", model, &out);
        assert_string_equal(out.data, rows[i].russian);
    }
    arena_close(arena);
}

static void
test_names_of_all_forms_are_checked(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    struct fault fault = { "" };
    struct view *view = build(arena, RUSSIAN, NULL, &fault);
    static const char *const some[] = { "n", NULL }, *const all[] = { "n", "who", NULL };
    static const char *const frame[] = { NULL };
    assert_false(view_check(view, &(struct view_page){ "page", some }, frame, &fault));
    assert_non_null(strstr(fault.text, "\"who\" in message \"day.one\""));
    assert_true(view_check(view, &(struct view_page){ "page", all }, frame, &fault));
    arena_close(arena);
}

static void
test_the_operator_rewords_forms(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    struct fault fault = { "" };
    struct view *view = build(arena, RUSSIAN, "{\"day.few\":\"{n} сут.\"}", &fault);
    assert_non_null(view);
    assert_string_equal(view_message_count(view, arena, "day", 3, NULL), "3 сут.");
    assert_null(build(arena, NULL, "{\"day\":\"{n}\"}", &fault));
    assert_non_null(strstr(fault.text, "day: unknown key"));
    arena_close(arena);
}

/* ---- another language against English ---- */

/* clang-format off */
static const struct { const char *from, *to, *fault; } changes[] = {
    { "\"plain.other\"", "\"plain.othre\"", "messages.ru.json:1: plain.othre: unknown key" },
    { ",\"plain.other\":\"ы\"", "", "messages.ru.json: misses plain.other" },
    { "\"day.few\":\"{n} дня {who}\",", "", "messages.ru.json: misses day.few" },
    { "\"day.few\"", "\"day.other\"", "messages.ru.json:1: day.other: unknown key" },
    { "{n} дня {who}", "{n} дня", "messages.ru.json:1: day.few: misses the parameter {who}" },
    { "{n} дня {who}", "{n} дня {whom}", "messages.ru.json:1: day.few: unknown parameter {whom}" },
    { "\"ы\"", "\"{n}\"", "messages.ru.json:1: plain.other: unknown parameter {n}" },
};
/* clang-format on */

static void
test_what_a_language_must_have(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(changes); i++) {
        struct arena *arena = arena_open();
        struct fault fault = { "" };
        const char *at = strstr(RUSSIAN, changes[i].from);
        assert_non_null(at);
        const char *text = arena_printf(arena, "%.*s%s%s", (int)(at - RUSSIAN), RUSSIAN,
                                        changes[i].to, at + strlen(changes[i].from));
        assert_null(build(arena, text, NULL, &fault));
        assert_string_equal(fault.text, changes[i].fault);
        arena_close(arena);
    }
}

static void
test_what_is_missing_is_named(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    struct fault fault = { "" };
    assert_null(build(arena, "{}", NULL, &fault));
    assert_string_equal(fault.text, "messages.ru.json: misses day.one, day.few, day.many, "
                                    "number.group, plain.other, single.one, single.few, "
                                    "single.many");
    arena_close(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_plain_texts),
        cmocka_unit_test(test_templates),
        cmocka_unit_test(test_names_of_all_forms_are_checked),
        cmocka_unit_test(test_the_operator_rewords_forms),
        cmocka_unit_test(test_what_a_language_must_have),
        cmocka_unit_test(test_what_is_missing_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
