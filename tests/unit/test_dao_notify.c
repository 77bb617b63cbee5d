/*
 * test_dao_notify.c - what the database tells: taken by the letter, and else for a change of all.
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

#include "dao/dao_int.h"

#define HEX "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static void
test_ids(void **state)
{
    (void)state;
    static const struct {
        const char *payload;
        int kind;
        int64_t id;
    } rows[] = {
        { "a 7", NOTICE_APP, 7 },
        { "u 20", NOTICE_USER, 20 },
        { "g 31", NOTICE_GRANT, 31 },
        { "g 9223372036854775807", NOTICE_GRANT, INT64_MAX },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct dao_notice notice;
        notice_parse(rows[i].payload, &notice);
        assert_int_equal(notice.kind, rows[i].kind);
        assert_int_equal(notice.id, rows[i].id);
    }
}

static void
test_token(void **state)
{
    (void)state;
    struct dao_notice notice;
    notice_parse("t " HEX, &notice);
    assert_int_equal(notice.kind, NOTICE_TOKEN);
    for (size_t i = 0; i < sizeof notice.token.bytes; i++)
        assert_int_equal(notice.token.bytes[i], i);
}

/* What can't be read may be about anything. */
static void
test_unknown(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        " ",
        "a",
        "a ",
        "a  7",
        "a7",
        "A 7",
        "x 7",
        "aa 7",
        "a 7 ",
        "a -7",
        "a +7",
        "a 7.",
        "a 0x7",
        "u 7a",
        "g",
        "t ",
        "t 00",
        "t 7",
        "t",
        ("t " HEX "00"),
        ("t " HEX " "),
        ("t x" HEX),
        "g 9223372036854775808",
        "*",
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct dao_notice notice;
        notice_parse(rows[i], &notice);
        if (notice.kind != NOTICE_ALL)
            fail_msg("%s", rows[i]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_token),
        cmocka_unit_test(test_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
