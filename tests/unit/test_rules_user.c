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

static void
test_fields(void **state)
{
    (void)state;
    char longest[USER_TEXT_MAX + 2];
    memset(longest, 'x', sizeof longest - 1);
    longest[USER_TEXT_MAX + 1] = '\0';
    assert_key("too long", user_check_name(longest), "error.user_name.long");
    longest[USER_TEXT_MAX] = '\0';
    assert_key("longest", user_check_name(longest), NULL);
    static const struct {
        const char *(*check)(const char *);
        const char *value, *problem;
    } rows[] = {
        { user_check_name, "", NULL },
        { user_check_name, "a\tb", "error.user_name.characters" },
        { user_check_email, "", NULL },
        { user_check_email, "a@b", NULL },
        { user_check_email, "a", "error.email.form" },
        { user_check_email, "@b", "error.email.form" },
        { user_check_email, "a@", "error.email.form" },
        { user_check_email, "a b@c", "error.email.form" },
        { user_check_email, "a@b\n", "error.email.form" },
        { user_check_timezone, "", NULL },
        { user_check_timezone, "America/Argentina/Buenos_Aires", NULL },
        { user_check_timezone, "Etc/GMT+3", NULL },
        { user_check_timezone, "a b", "error.timezone.form" },
        { user_check_timezone, "../../etc/passwd", "error.timezone.form" },
        { user_check_id, "", NULL },
        { user_check_id, "1", NULL },
        { user_check_id, "0", "error.id.form" },
        { user_check_id, "-1", "error.id.form" },
        { user_check_id, "9223372036854775808", "error.id.form" },
        { user_check_status, "blocked", NULL },
        { user_check_status, "", "error.status.unknown" },
        { user_check_access, "read_only", NULL },
        { user_check_access, "READ_ONLY", "error.access.unknown" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        assert_key(rows[i].value, rows[i].check(rows[i].value), rows[i].problem);
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
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests_name("rules/user", tests, NULL, NULL);
}
