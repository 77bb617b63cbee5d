/*
 * test_http_language.c - which language a browser would rather have: what Accept-Language says, and
 * what it may not do.
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

#include "http/http.h"

static const char *const languages[] = { "en", "ru" };

/* clang-format off */
static const struct {
    const char *header;
    int expected; /* -1: none */
} rows[] = {
    { NULL, -1 }, { "", -1 }, { "   ", -1 }, { ",,,", -1 },
    { "en", 0 }, { "ru", 1 }, { "RU", 1 }, { "de", -1 }, { "rus", -1 }, { "r", -1 },
    { "ru-RU", 1 }, { "ru_RU", 1 }, { "ru-Cyrl-RU", 1 }, { "zh-ru", -1 },
    { "ru-RU,ru;q=0.9,en-US;q=0.8,en;q=0.7", 1 }, { "en-US,en;q=0.9,ru;q=0.8", 0 },
    { "de-DE,de;q=0.9,ru;q=0.4,en;q=0.3", 1 },
    { "en;q=0.3, ru;q=0.7", 1 }, { "en;q=0.7,ru;q=0.3", 0 }, { "en ; q=0.3 , ru ; q=0.7", 1 },
    { "en;q=0.001,ru;q=0.002", 1 }, { "en;q=1,ru;q=1.000", 0 }, { "ru;q=1.0,en", 1 },
    { "ru,en", 1 }, { "en,ru", 0 }, /* equals: as they come */
    { "ru;q=0,en;q=0.1", 0 }, { "ru;q=0", -1 }, { "en;q=0,*", 1 }, { "*", 0 }, { "*;q=0", -1 },
    { "*;q=0.9,ru;q=0.1", 0 }, { "ru;q=0.5,*;q=0.1", 1 }, { "de,*;q=0", -1 },
    { "ru;Q=0.9,en;q=0.8", 1 },
    /* What is malformed is not there. */
    { "ru;q=2,en;q=0.1", 0 }, { "ru;q=-1,en;q=0.1", 0 }, { "ru;q=,en;q=0.1", 0 },
    { "ru;q=0.1234,en;q=0.1", 0 }, { "ru;q=1.1,en;q=0.1", 0 }, { "ru;q=.9,en;q=0.1", 0 },
    { "ru;q=0x1,en;q=0.1", 0 }, { "ru;x=1,en;q=0.1", 0 }, { "ru;q=0.9;x=1,en;q=0.1", 0 },
    { "ru q=0.9,en;q=0.1", 0 }, { "ru;,en;q=0.1", 0 }, { "/ru,en;q=0.1", 0 }, { "ru\xff", 1 },
    { "\xd1\x80", -1 }, { ";q=1", -1 }, { "ru;q", -1 }, { "ru;q=0.", -1 }, { "en;q=0.9999999999999", -1 },
};
/* clang-format on */

static void
test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        int got = http_language_choose(rows[i].header, languages, LENGTH_OF(languages));
        if (got != rows[i].expected)
            fail_msg("«%s»: %d, not %d", rows[i].header, got, rows[i].expected);
    }
}

/* A copy of exactly its size each time, so that a sanitizer sees a look beyond its end. */
static void
test_every_beginning(void **state)
{
    (void)state;
    static const char header[] = " ru-RU ;\tq=0.9 , *;q=0.001, en ;q=1.000,, ;q=0,";
    for (size_t length = 0; length < sizeof header; length++) {
        struct arena *arena = arena_open();
        char *text = arena_strndup(arena, header, length);
        int got = http_language_choose(text, languages, LENGTH_OF(languages));
        assert_true(got >= -1 && got < 2);
        arena_close(arena);
    }
}

static void
test_many_ranges(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    struct buf header;
    buf_init(&header, arena, SIZE_MAX);
    for (int i = 0; i < 1000; i++)
        buf_text(&header, "de;q=0.1,");
    buf_text(&header, "ru");
    assert_int_equal(http_language_choose(header.data, languages, LENGTH_OF(languages)), -1);
    arena_close(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_every_beginning),
        cmocka_unit_test(test_many_ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
