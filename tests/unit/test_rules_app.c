/*
 * test_rules_app.c - an application's fields, and who may set what.
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

/* NULL is "fine". */
static void
assert_key(const char *value, const char *got, const char *expected)
{
    if (got == NULL || expected == NULL ? got != expected : !text_equal(got, expected))
        fail_msg("\"%s\": %s, not %s", value, got == NULL ? "fine" : got,
                 expected == NULL ? "fine" : expected);
}

/* `count` times `piece`. */
static const char *
times(const char *piece, int count)
{
    struct buf buf;
    buf_init(&buf, arena, SIZE_MAX);
    for (int i = 0; i < count; i++)
        buf_text(&buf, piece);
    return buf.data;
}

static void
test_name(void **state)
{
    (void)state;
    const struct {
        const char *name, *problem;
    } rows[] = {
        { "x", NULL },
        { "My phone book", NULL },
        { "<script>alert(1)</script>", NULL }, /* text is text: templates escape */
        { "\xd0\xa2\xd0\xb5\xd0\xbb\xd0\xb5\xd1\x84\xd0\xbe\xd0\xbd \xf0\x9f\x93\x9e", NULL },
        { "", "error.name.empty" },
        { " ", "error.name.empty" },
        { "    ", "error.name.empty" },
        { times("x", 100), NULL },
        { times("\xf0\x9f\x98\x80", 100), NULL }, /* characters, not bytes */
        { times("x", 101), "error.name.long" },
        { times("\xd0\xb9", 101), "error.name.long" },
        { "a\nb", "error.name.characters" },
        { "a\tb", "error.name.characters" },
        { "a\x01", "error.name.characters" },
        { "a\x7f", "error.name.characters" },
        { "a\xc2\x85"
          "b",
          "error.name.characters" },
        { "\xe2\x80\x8b", "error.name.characters" },
        { "nice\xe2\x80\xaegpj", "error.name.characters" },
        { "bad\xff", "error.name.characters" },
        { "bad\xc0\xaf", "error.name.characters" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        assert_key(rows[i].name, app_check_name(rows[i].name), rows[i].problem);
}

static void
test_description(void **state)
{
    (void)state;
    const struct {
        const char *text, *problem;
    } rows[] = {
        { "", NULL },
        { "Two\r\nlines\tand a tab", NULL },
        { times("\xd0\xb9", 1000), NULL },
        { times("x", 1001), "error.description.long" },
        { "a\x01", "error.description.characters" },
        { "a\x0b", "error.description.characters" },
        { "a\x1b[31m", "error.description.characters" },
        { "a\x7f", "error.description.characters" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        assert_key(rows[i].text, app_check_description(rows[i].text), rows[i].problem);
}

static void
test_type_and_level(void **state)
{
    (void)state;
    static const char *const types[] = { "public", "trusted", "password_credentials" };
    static const char *const levels[] = { "call_api", "all" };
    static const char *const neither[] = { "", "Public", "public ", "publi", "ALL", "All", "0" };
    for (size_t i = 0; i < LENGTH_OF(types); i++)
        assert_key(types[i], app_check_type(types[i]), NULL);
    for (size_t i = 0; i < LENGTH_OF(levels); i++)
        assert_key(levels[i], app_check_level(levels[i]), NULL);
    for (size_t i = 0; i < LENGTH_OF(neither); i++) {
        assert_key(neither[i], app_check_type(neither[i]), "error.type.unknown");
        assert_key(neither[i], app_check_level(neither[i]), "error.level.unknown");
    }
    assert_key("call_api", app_check_type("call_api"), "error.type.unknown");
    assert_key("trusted", app_check_level("trusted"), "error.level.unknown");
}

/* The names are the database's and the forms': their order is the enum's. */
static void
test_names(void **state)
{
    (void)state;
    assert_string_equal(app_type_names[APP_PUBLIC], "public");
    assert_string_equal(app_type_names[APP_TRUSTED], "trusted");
    assert_string_equal(app_type_names[APP_PASSWORD_CREDENTIALS], "password_credentials");
    assert_string_equal(app_level_names[LEVEL_CALL_API], "call_api");
    assert_string_equal(app_level_names[LEVEL_ALL], "all");
    assert_string_equal(app_status_names[APP_ACTIVE], "active");
    assert_string_equal(app_status_names[APP_DISABLED], "disabled");
    assert_int_equal(name_index(app_type_names, APP_TYPE__MAX, "trusted"), APP_TRUSTED);
    assert_int_equal(name_index(app_type_names, APP_TYPE__MAX, "Trusted"), -1);
    assert_int_equal(name_index(app_type_names, 1, "trusted"), -1);
    assert_int_equal(name_index(app_type_names, 0, "public"), -1);
}

static void
test_who_may_set_what(void **state)
{
    (void)state;
    static const struct user someone = { .client_id = 5, .tenant_id = 5 };
    static const struct user admin = { .admin = true };
    for (int type = 0; type < APP_TYPE__MAX; type++) {
        assert_true(app_may_set_type(&admin, (enum app_type)type));
        assert_int_equal(app_may_set_type(&someone, (enum app_type)type),
                         type != APP_PASSWORD_CREDENTIALS);
    }
    for (int level = 0; level < LEVEL__MAX; level++) {
        assert_true(app_may_set_level(&admin, (enum app_level)level));
        assert_int_equal(app_may_set_level(&someone, (enum app_level)level), level != LEVEL_ALL);
    }
}

static void
test_lower_level(void **state)
{
    (void)state;
    assert_int_equal(level_lower(LEVEL_ALL, LEVEL_ALL), LEVEL_ALL);
    assert_int_equal(level_lower(LEVEL_ALL, LEVEL_CALL_API), LEVEL_CALL_API);
    assert_int_equal(level_lower(LEVEL_CALL_API, LEVEL_ALL), LEVEL_CALL_API);
    assert_int_equal(level_lower(LEVEL_CALL_API, LEVEL_CALL_API), LEVEL_CALL_API);
}

static void
test_rights(void **state)
{
    (void)state;
    static const struct {
        int64_t owner, owner_tenant, user, client;
        enum app_right right;
    } rows[] = {
        { 7, 5, 7, 0, APP_RIGHT_OWN },
        { 7, 0, 7, 0, APP_RIGHT_OWN },
        { 7, 5, 7, 5, APP_RIGHT_OWN },
        { 7, 5, 8, 5, APP_RIGHT_END }, /* of the client's own level */
        { 7, 5, 8, 6, APP_RIGHT_NONE },
        { 7, 5, 8, 0, APP_RIGHT_NONE },
        { 7, 0, 8, 0, APP_RIGHT_NONE }, /* no tenant is nobody's */
        { 5, 7, 8, 5, APP_RIGHT_NONE },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct app app = { .owner_id = rows[i].owner, .owner_tenant_id = rows[i].owner_tenant };
        struct user user = { .id = rows[i].user, .client_id = rows[i].client, .tenant_id = 5 };
        assert_int_equal(app_right_of(&user, &app), rows[i].right);
        user.admin = true; /* an administrator has pages of his own */
        assert_int_equal(app_right_of(&user, &app), rows[i].right);
    }
}

static void
test_level_until(void **state)
{
    (void)state;
    static const struct {
        const char *text, *problem;
        int64_t until;
    } rows[] = {
        { "2026-12-31", NULL, 1798761600000 },
        { "2026-12-31T18:00:00Z", NULL, 1798740000000 },
        { "2026-11-24", NULL, 1795564800000 }, /* today still lasts */
        { "2026-11-23", "error.until.past", 0 },
        { "2026-11-24T12:00:00Z", "error.until.past", 0 }, /* now */
        { "2026-11-24T12:00:01Z", NULL, 1795521601000 },
        { "31.12.2026", "error.until.form", 0 },
        { "", "error.until.form", 0 },
    };
    const int64_t now = 1795521600000; /* 2026-11-24T12:00:00Z */
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        int64_t until;
        const char *problem = app_level_until_parse(rows[i].text, now, &until);
        if (rows[i].problem == NULL) {
            assert_null(problem);
            assert_int_equal(until, rows[i].until);
        } else {
            assert_string_equal(problem, rows[i].problem);
        }
    }
}

static void
test_requests(void **state)
{
    (void)state;
    const struct {
        const char *text, *reason, *answer;
    } rows[] = {
        { "", "error.reason.empty", NULL },
        { "Why\n\tnot", NULL, NULL },
        { times("\xd1\x84", 1000), NULL, NULL },
        { times("x", 1001), "error.reason.long", "error.answer.long" },
        { "a\x07z", "error.reason.characters", "error.answer.characters" },
        { "a\x7fz", "error.reason.characters", "error.answer.characters" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        assert_key(rows[i].text, request_check_reason(rows[i].text), rows[i].reason);
        assert_key(rows[i].text, request_check_answer(rows[i].text), rows[i].answer);
    }
    assert_string_equal(request_state_names[REQUEST_WITHDRAWN], "withdrawn");
}

static void
test_unused(void **state)
{
    (void)state;
    struct app app = { .unused_since_ms = 1000 };
    assert_false(app_is_unused(&app, 3000, 2000));
    assert_true(app_is_unused(&app, 3001, 2000));
    assert_false(app_is_unused(&app, INT64_MAX, 0)); /* never */
    app.api_backend = true;
    assert_false(app_is_unused(&app, 3001, 2000));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_name, setup, teardown),
        cmocka_unit_test_setup_teardown(test_description, setup, teardown),
        cmocka_unit_test(test_type_and_level),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_who_may_set_what),
        cmocka_unit_test(test_lower_level),
        cmocka_unit_test(test_level_until),
        cmocka_unit_test(test_rights),
        cmocka_unit_test_setup_teardown(test_requests, setup, teardown),
        cmocka_unit_test(test_unused),
    };
    return cmocka_run_group_tests_name("rules/app", tests, NULL, NULL);
}
