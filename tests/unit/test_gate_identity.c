/*
 * test_gate_identity.c - who calls, as the back-end is told (RFC 8941).
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gate/gate_int.h"

static void
check(struct bearer_facts facts, const char *expected)
{
    struct arena *arena = arena_open();
    facts.app_id = "app";
    assert_string_equal(gate_identity(arena, &facts, "5f0c"), expected);
    arena_close(arena);
}

static void
test_identity(void **state)
{
    (void)state;
    check(
        (struct bearer_facts){
            .user = { .id = 20, .login = "client1", .client_id = 12, .tenant_id = 12 } },
        "user=20, login=\"client1\", client=12, tenant=12, admin=?0, access=full, app=\"app\", "
        "level=call_api, request=\"5f0c\"");
    check((struct bearer_facts){ .level = LEVEL_ALL,
                                 .user = { .id = 1,
                                           .login = "a\"b\\c%\xc3\xa4\n",
                                           .admin = true,
                                           .access = ACCESS_READ_ONLY } },
          "user=1, login=\"a%22b%5Cc%25%C3%A4%0A\", admin=?1, access=read_only, app=\"app\", "
          "level=all, request=\"5f0c\"");
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_identity) };
    return cmocka_run_group_tests_name("gate/identity", tests, NULL, NULL);
}
