/*
 * test_dao_notify.c - what a notification says; what is not understood means everything.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dao/dao_int.h"

static void
test_parse(void **state)
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
        { "", NOTICE_ALL, 0 },
        { "a", NOTICE_ALL, 0 },
        { "a7", NOTICE_ALL, 0 },
        { "a x", NOTICE_ALL, 0 },
        { "z 7", NOTICE_ALL, 7 },
        { "u -1", NOTICE_ALL, 0 },
        { "t 00ff", NOTICE_ALL, 0 },
        { "t 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", NOTICE_TOKEN, 0 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct dao_notice notice;
        notice_parse(rows[i].payload, &notice);
        if ((int)notice.kind != rows[i].kind || notice.id != rows[i].id)
            fail_msg("%s", rows[i].payload);
        if (notice.kind == NOTICE_TOKEN)
            assert_int_equal(notice.token.bytes[31], 0xff);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_parse) };
    return cmocka_run_group_tests_name("dao/notify", tests, NULL, NULL);
}
