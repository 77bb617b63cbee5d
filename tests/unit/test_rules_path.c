/*
 * test_rules_path.c - a sign-in returns to our own paths only.
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

static void
test_own_path(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        bool valid;
    } rows[] = {
        { "/", true },
        { "/app/", true },
        { "/app/register?type=trusted&x=%2F%2Fy#z", true },
        { "/app//x", true },
        { "/\xd0\xb9", true },
        { "/login?next=https://evil.example/", true }, /* no other site by itself */
        { "", false },
        { "app/", false },
        { "//evil.example/", false },
        { "///evil.example/", false },
        { "/\\evil.example/", false },
        { "\\\\evil.example", false },
        { "/app\\x", false },
        { "https://evil.example/", false },
        { "javascript:alert(1)", false },
        { " /app/", false },
        { "/\t/evil.example/", false },
        { "/\n/evil.example/", false },
        { "/app/\r\nSet-Cookie: a=b", false },
        { "/\x7f", false },
        { "/\xff", false },
        { "/\xc0\xaf", false },
        { "?x", false },
        { "#x", false },
        { "@evil.example/", false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        if (own_path_is_valid(rows[i].path) != rows[i].valid)
            fail_msg("\"%s\"", rows[i].path);
}

static void
test_length(void **state)
{
    (void)state;
    static char path[OWN_PATH_MAX + 2];
    memset(path, 'x', sizeof path);
    path[0] = '/';
    path[OWN_PATH_MAX + 1] = '\0';
    assert_false(own_path_is_valid(path));
    path[OWN_PATH_MAX] = '\0';
    assert_true(own_path_is_valid(path));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_path),
        cmocka_unit_test(test_length),
    };
    return cmocka_run_group_tests_name("rules/path", tests, NULL, NULL);
}
