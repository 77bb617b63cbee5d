/*
 * test_rules_user.c - a PBX user's login, password and level.
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
test_login(void **state)
{
    (void)state;
    const struct {
        const char *login, *problem;
    } rows[] = {
        { "a", NULL },
        { "client1", NULL },
        { "Ann.Admin+x_y-z@pbx.example", NULL },
        { times("x", 64), NULL },
        { "", "error.login.length" },
        { times("x", 65), "error.login.length" },
        { "a b", "error.login.characters" },
        { "a/b", "error.login.characters" },
        { "a\n", "error.login.characters" },
        { "a'b", "error.login.characters" },
        { "a,b", "error.login.characters" },
        { "<b>", "error.login.characters" },
        { "\xd0\xb9", "error.login.characters" },
        { "\xff", "error.login.characters" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        assert_key(rows[i].login, user_check_login(rows[i].login), rows[i].problem);
}

static void
test_password(void **state)
{
    (void)state;
    const struct {
        const char *password, *problem;
    } rows[] = {
        { "1234567x", NULL },
        { "        ", NULL },
        { times("\xd0\xb9", 8), NULL },
        { times("x", 128), NULL },
        { times("\xf0\x9f\x98\x80", 127), NULL },
        { "", "error.password.short" },
        { "password", "error.password.common" },
        { "PassWord1", "error.password.common" },
        { "qwertyuiop", "error.password.common" },
        { "\xd0\xbf\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb\xd1\x8c"
          "123",
          "error.password.common" },
        { "password1 and more", NULL },
        { "1234567", "error.password.short" },
        { times("\xd0\xb9", 7), "error.password.short" }, /* 14 bytes */
        { times("x", 129), "error.password.long" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        assert_key(rows[i].password, user_check_password(rows[i].password), rows[i].problem);
}

static void
test_level(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct user user;
        const char *problem;
    } rows[] = {
        { "admin", { .admin = true }, NULL },
        { "dealer", { .dealer_id = 1 }, NULL },
        { "client", { .client_id = 1, .tenant_id = 1 }, NULL },
        { "group", { .extension_group_id = 1, .tenant_id = 9 }, NULL },
        { "extension", { .extension_id = 1, .tenant_id = 9 }, NULL },
        { "nothing", { .tenant_id = 9 }, "error.level.one" },
        { "two", { .client_id = 1, .tenant_id = 1, .extension_id = 2 }, "error.level.one" },
        { "all",
          { .dealer_id = 1, .client_id = 1, .extension_group_id = 1, .extension_id = 1 },
          "error.level.one" },
        { "admin and client",
          { .admin = true, .client_id = 1, .tenant_id = 1 },
          "error.level.admin" },
        { "client of another tenant", { .client_id = 1, .tenant_id = 2 }, "error.level.tenant" },
        { "client of no tenant", { .client_id = 1 }, "error.level.tenant" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        assert_key(rows[i].what, user_check_level(&rows[i].user), rows[i].problem);
}

/* The names are the database's: their order is the enum's. */
static void
test_names(void **state)
{
    (void)state;
    assert_string_equal(user_status_names[USER_ACTIVE], "active");
    assert_string_equal(user_status_names[USER_BLOCKED], "blocked");
    assert_string_equal(user_access_names[ACCESS_FULL], "full");
    assert_string_equal(user_access_names[ACCESS_READ_ONLY], "read_only");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_login, setup, teardown),
        cmocka_unit_test_setup_teardown(test_password, setup, teardown),
        cmocka_unit_test(test_level),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests_name("rules/user", tests, NULL, NULL);
}
