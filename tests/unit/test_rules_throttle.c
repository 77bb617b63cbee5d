/*
 * test_rules_throttle.c - who is counted together for failures, and who never is.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

static struct digest
login_key(const char *login, const char *address)
{
    struct digest key;
    assert_int_equal(throttle_login_key(arena, login, address, &key), OK);
    return key;
}

static struct digest
address_key(const char *address)
{
    struct digest key;
    assert_int_equal(throttle_address_key(arena, address, &key), OK);
    return key;
}

static struct digest
client_key(const char *app_id, const char *address)
{
    struct digest key;
    assert_int_equal(throttle_client_key(arena, app_id, address, &key), OK);
    return key;
}

static bool
are_together(const char *a, const char *b)
{
    struct digest login_a = login_key("anna", a), login_b = login_key("anna", b);
    struct digest address_a = address_key(a), address_b = address_key(b);
    struct digest client_a = client_key("anna", a), client_b = client_key("anna", b);
    bool together = digest_equal(&address_a, &address_b);
    assert_int_equal(digest_equal(&login_a, &login_b), together);
    assert_int_equal(digest_equal(&client_a, &client_b), together);
    return together;
}

static void
assert_all_differ(const struct digest *keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (digest_equal(&keys[i], &keys[j]))
                fail_msg("keys %zu and %zu are the same", j, i);
}

static void
test_kinds(void **state)
{
    (void)state;
    const struct digest keys[] = {
        address_key("192.0.2.1"),        address_key("192.0.2.2"),
        login_key("anna", "192.0.2.1"),  login_key("anna", "192.0.2.2"),
        login_key("Anna", "192.0.2.1"),  login_key("", "192.0.2.1"),
        client_key("anna", "192.0.2.1"), client_key("anna", "192.0.2.2"),
        client_key("", "192.0.2.1"),     login_key("192.0.2.1", "anna"),
        client_key("192.0.2.1", "anna"),
    };
    assert_all_differ(keys, LENGTH_OF(keys));
    struct digest again = login_key("anna", "192.0.2.1");
    assert_true(digest_equal(&again, &keys[2]));
}

static void
test_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool together;
    } rows[] = {
        { "192.0.2.1", "192.0.2.1", true },
        { "192.0.2.1", "192.0.2.2", false },
        { "192.0.2.1", "192.0.3.1", false },
        /* IPv6: a subscriber has a /64 */
        { "2001:db8::1", "2001:db8::2", true },
        { "2001:db8::1", "2001:DB8:0:0:ffff:ffff:ffff:ffff", true },
        { "2001:db8:0:0::", "2001:db8::1", true },
        { "2001:db8::1", "2001:db8:0:1::1", false },
        { "2001:db8:0:fffe::", "2001:db8:0:ffff::", false },
        { "2001:db8::1", "2001:db9::1", false },
        { "::1", "::2", true },
        { "::1", "127.0.0.1", false },
        /* all of IPv4 is in one /64 there */
        { "::ffff:192.0.2.1", "::ffff:192.0.2.1", true },
        { "::ffff:192.0.2.1", "::ffff:192.0.2.2", false },
        { "::ffff:192.0.2.1", "::1", false },
        { "::ffff:192.0.2.1", "192.0.2.1", true },
        { "::ffff:192.0.2.1", "::FFFF:c000:201", true },
        /* not an address: as it is */
        { "", "", true },
        { "", "192.0.2.1", false },
        { "", "::", false },
        { "unix:", "unix:", true },
        { "unix:", "unix:a", false },
        { "fe80::1%eth0", "fe80::1%eth1", false },
        { "[2001:db8::1]", "[2001:db8::2]", false },
        { "2001:db8::1 ", "2001:db8::2 ", false },
        { "2001:db8::1/64", "2001:db8::2/64", false },
        { "192.0.2.01", "192.0.2.1", false },
        { "2001:db8::x", "2001:db8::y", false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        if (are_together(rows[i].a, rows[i].b) != rows[i].together)
            fail_msg("%s and %s are %s", rows[i].a, rows[i].b,
                     rows[i].together ? "apart" : "together");
}

/* What anyone can send is the login or the App ID: it makes no key but its own. */
static void
test_line_breaks(void **state)
{
    (void)state;
    static const char *const words[] = {
        "anna",
        "anna\n",
        "\nanna",
        "192.0.2.1\nanna",
        "anna\n192.0.2.1",
        "192.0.2.1",
        "192.0.2.2\nanna",
        "\n",
        "\n\n",
        "",
        "x\nclient\n192.0.2.1\nanna",
        "login\n192.0.2.1\nanna",
    };
    static const char *const addresses[] = { "192.0.2.1", "192.0.2.2", "2001:db8::1", "" };
    enum { WORDS = LENGTH_OF(words), ADDRESSES = LENGTH_OF(addresses) };
    struct digest keys[ADDRESSES * (2 * WORDS + 1)];
    size_t count = 0;
    for (size_t i = 0; i < ADDRESSES; i++) {
        keys[count++] = address_key(addresses[i]);
        for (size_t j = 0; j < WORDS; j++) {
            keys[count++] = login_key(words[j], addresses[i]);
            keys[count++] = client_key(words[j], addresses[i]);
        }
    }
    assert_all_differ(keys, count);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kinds, setup, teardown),
        cmocka_unit_test_setup_teardown(test_addresses, setup, teardown),
        cmocka_unit_test_setup_teardown(test_line_breaks, setup, teardown),
    };
    return cmocka_run_group_tests_name("rules/throttle", tests, NULL, NULL);
}
