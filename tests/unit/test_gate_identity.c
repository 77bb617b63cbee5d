/*
 * test_gate_identity.c - the caller, as the back-end is told: nobody can add a line or a key to it.
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

#include "gate/gate_int.h"

#define APP_ID "00112233445566778899aabbccddeeff"

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

static void
test_levels(void **state)
{
    (void)state;
    struct bearer_facts facts = {
        .app_id = APP_ID,
        .user = { .id = 20, .login = "ann", .client_id = 5, .tenant_id = 5 },
    };
    assert_string_equal(gate_identity(arena, &facts, "5f0c"),
                        "user=20, login=\"ann\", client=5, tenant=5, admin=?0, access=full, "
                        "app=\"" APP_ID "\", level=call_api, request=\"5f0c\"");
    facts.level = LEVEL_ALL;
    facts.user =
        (struct user){ .id = 21, .login = "root", .admin = true, .access = ACCESS_READ_ONLY };
    assert_string_equal(gate_identity(arena, &facts, "5f0c"),
                        "user=21, login=\"root\", admin=?1, access=read_only, app=\"" APP_ID
                        "\", level=all, request=\"5f0c\"");
    facts.user = (struct user){ .id = INT64_MAX,
                                .login = "d",
                                .dealer_id = 1,
                                .client_id = 2,
                                .extension_group_id = 3,
                                .extension_id = 4,
                                .tenant_id = 5 };
    assert_string_equal(gate_identity(arena, &facts, "5f0c"),
                        "user=9223372036854775807, login=\"d\", client=2, group=3, extension=4, "
                        "dealer=1, tenant=5, admin=?0, access=full, app=\"" APP_ID
                        "\", level=all, request=\"5f0c\"");
}

static void
test_text(void **state)
{
    (void)state;
    static const struct {
        const char *login, *shown;
    } rows[] = {
        { "", "" },
        { "a b~!#$&'()*,;=@[]{}", "a b~!#$&'()*,;=@[]{}" },
        { "a\", admin=?1, x=\"", "a%22, admin=?1, x=%22" },
        { "a\\", "a%5C" },
        { "100%22", "100%2522" },
        { "a\r\nX: y", "a%0D%0AX: y" },
        { "\t\x01\x7f", "%09%01%7F" },
        { "\xd0\xb6\xff", "%D0%B6%FF" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct bearer_facts facts = { .app_id = APP_ID, .user = { .login = rows[i].login } };
        const char *wanted = arena_printf(arena, "user=0, login=\"%s\", admin=", rows[i].shown);
        const char *got = gate_identity(arena, &facts, "5f0c");
        if (!text_starts(got, wanted))
            fail_msg("%s", got);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_levels, setup, teardown),
        cmocka_unit_test_setup_teardown(test_text, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
