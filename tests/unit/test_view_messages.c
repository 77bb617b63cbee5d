/*
 * test_view_messages.c - the catalogue: what is taken, what is refused, overriding, plain texts.
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

#include "view/view_int.h"

static const char OURS[] = "{\n"
                           "  \"app.title\": \"Applications\",\n"
                           "  \"app.count\": \"{count} of {total}, {count}!\",\n"
                           "  \"empty\": \"\",\n"
                           "  \"edge\": \"{a}{b.c}\"\n"
                           "}\n";

static struct source
source(const char *label, const char *text)
{
    return (struct source){ label, label, text, strlen(text) };
}

static struct view *
build(struct arena *arena, const char *ours, const char *theirs, struct fault *fault)
{
    struct sources sources = { .messages = source("messages.en.json", ours) };
    if (theirs != NULL)
        sources.override_messages = source("/op/messages.en.json", theirs);
    return view_build(arena, &sources, fault);
}

/* clang-format off */
static const struct refused_case {
    const char *what, *text, *fault;
} refused_cases[] = {
    { "nothing", "", "messages.en.json:1: not JSON" },
    { "no JSON", "{\n\"a\": \"x\"\n\"b\": \"y\"}", "messages.en.json:3: not JSON" },
    { "comma at the end", "{\"a\": \"x\",\n}", "messages.en.json:2: not JSON" },
    { "something behind", "{}\n\n{}", "messages.en.json:3: not JSON" },
    { "list", "[]", "messages.en.json:1: not an object" },
    { "text", "\"a\"", "messages.en.json:1: not an object" },
    { "null", "null", "messages.en.json:1: not an object" },
    { "not UTF-8", "{\"a\":\n\"\xff\"}", "messages.en.json:2: not JSON in UTF-8" },
    { "nested", "{\"a\": \"x\",\n\"b\": {\"c\": \"y\"}}", "messages.en.json:2: b: not a text" },
    { "number", "{\"a\": 1}", "messages.en.json:1: a: not a text" },
    { "null text", "{\"a\": null}", "messages.en.json:1: a: not a text" },
    { "capital in a key", "{\n\"App\": \"x\"}", "messages.en.json:2: App: bad key" },
    { "dash in a key", "{\"a-b\": \"x\"}", "messages.en.json:1: a-b: bad key" },
    { "empty key", "{\"\": \"x\"}", "messages.en.json:1: : bad key" },
    { "key given twice", "{\"a\": \"x\",\n\"b\": \"\",\n\"a\" : \"y\"}",
      "messages.en.json:1: a: given twice" },
    { "brace never closed", "{\"a\":\"\",\n\n\"b\": \"x {y\"}", "messages.en.json:3: b: unbalanced" },
    { "brace never opened", "{\"b\": \"x y}\"}", "messages.en.json:1: b: unbalanced" },
    { "two closed", "{\"b\": \"x }}\"}", "messages.en.json:1: b: unbalanced" },
    { "brace in brace", "{\"b\": \"{a{b}}\"}", "messages.en.json:1: b: unbalanced" },
    { "doubled braces", "{\"b\": \"{{a}}\"}", "messages.en.json:1: b: unbalanced" },
    { "no name", "{\"b\": \"{}\"}", "messages.en.json:1: b: bad name {}" },
    { "blank in a name", "{\"b\": \"{a b}\"}", "messages.en.json:1: b: bad name {a b}" },
    { "dot as a name", "{\"b\": \"{.}\"}", "messages.en.json:1: b: bad name {.}" },
    { "message in a message", "{\"a\": \"x\", \"b\": \"{t.a}\"}",
      "messages.en.json:1: b: bad name {t.a}" },
    { "NUL", "{\"b\": \"x\\u0000y\"}", "messages.en.json:1: b: holds a NUL" },
};

static const struct override_case {
    const char *what, *text, *fault; /* NULL: taken */
} override_cases[] = {
    { "nothing", "{}", NULL },
    { "one text", "{\"app.title\": \"Apps\"}", NULL },
    { "fewer parameters", "{\"app.count\": \"{total}\"}", NULL },
    { "no parameters", "{\"app.count\": \"many\"}", NULL },
    { "unknown key", "{\"app.title\": \"Apps\",\n\"app.titel\": \"x\"}",
      "/op/messages.en.json:2: app.titel: unknown key" },
    { "unknown parameter", "{\"app.count\": \"{cuont}\"}",
      "/op/messages.en.json:1: app.count: unknown parameter {cuont}" },
    { "no JSON", "{", "/op/messages.en.json:1: not JSON in UTF-8" },
    { "unbalanced", "{\"app.title\": \"}\"}",
      "/op/messages.en.json:1: app.title: unbalanced brace" },
};
/* clang-format on */

static void
test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(refused_cases); i++) {
        const struct refused_case *row = &refused_cases[i];
        struct arena *arena = arena_open();
        struct fault fault = { "" };
        if (build(arena, row->text, NULL, &fault) != NULL)
            fail_msg("%s: was taken", row->what);
        if (!text_starts(fault.text, row->fault))
            fail_msg("%s: got «%s», expected «%s»", row->what, fault.text, row->fault);
        arena_close(arena);
    }
}

static void
test_override(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(override_cases); i++) {
        const struct override_case *row = &override_cases[i];
        struct arena *arena = arena_open();
        struct fault fault = { "" };
        bool taken = build(arena, OURS, row->text, &fault) != NULL;
        if (taken != (row->fault == NULL))
            fail_msg("%s: %s", row->what, taken ? "was taken" : fault.text);
        if (!taken)
            assert_string_equal(fault.text, row->fault);
        arena_close(arena);
    }
}

static void
test_override_by_key(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    struct fault fault = { "" };
    struct view *view = build(
        arena, OURS, "{\"app.title\": \"Programs\", \"app.count\": \"{total}: {count}\"}", &fault);
    assert_non_null(view);
    assert_string_equal(view_message(view, arena, "app.title", NULL), "Programs");
    assert_string_equal(view_message(view, arena, "app.count", "count", "1", "total", "2", NULL),
                        "2: 1");
    assert_string_equal(view_message(view, arena, "edge", "a", "x", "b.c", "y", NULL), "xy");
    arena_close(arena);
}

static void
test_plain_text(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    struct fault fault = { "" };
    struct view *view = build(arena, OURS, NULL, &fault);
    assert_non_null(view);
    assert_string_equal(view_message(view, arena, "app.title", NULL), "Applications");
    assert_string_equal(view_message(view, arena, "empty", NULL), "");
    assert_string_equal(view_message(view, arena, "app.count", "total", "<9>", "other", "no",
                                     "count", "{total}", NULL),
                        "{total} of <9>, {total}!");
    assert_string_equal(view_message(view, arena, "app.count", "total", NULL, "count", "1", NULL),
                        "1 of , 1!");
    arena_close(arena);
}

static void
test_has_message(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    struct fault fault = { "" };
    struct view *view = build(arena, OURS, NULL, &fault);
    assert_non_null(view);
    assert_true(view_has_message(view, "app.title"));
    assert_true(view_has_message(view, "empty"));
    assert_false(view_has_message(view, "app"));
    assert_false(view_has_message(view, ""));
    view = build(arena, "{}", NULL, &fault);
    assert_non_null(view);
    assert_false(view_has_message(view, "app.title"));
    arena_close(arena);
}

static void
ask_unknown_key(const struct view *view, struct arena *arena)
{
    view_message(view, arena, "nothing", NULL);
}

static void
forget_parameter(const struct view *view, struct arena *arena)
{
    view_message(view, arena, "app.count", "count", "1", NULL);
}

static void
test_panics(void **state)
{
    (void)state;
    static void (*const bugs[])(const struct view *, struct arena *) = { ask_unknown_key,
                                                                         forget_parameter };
    struct arena *arena = arena_open();
    struct fault fault = { "" };
    struct view *view = build(arena, OURS, NULL, &fault);
    assert_non_null(view);
    for (size_t i = 0; i < LENGTH_OF(bugs); i++) {
        pid_t child = fork();
        if (child == 0) {
            /* The panic line is expected: it need not be seen. cmocka's own handler neither. */
            dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
            signal(SIGABRT, SIG_DFL);
            bugs[i](view, arena);
            _exit(0);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    }
    arena_close(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),         cmocka_unit_test(test_override),
        cmocka_unit_test(test_override_by_key), cmocka_unit_test(test_plain_text),
        cmocka_unit_test(test_has_message),     cmocka_unit_test(test_panics),
    };
    return cmocka_run_group_tests_name("view_messages", tests, NULL, NULL);
}
