/*
 * test_web_count.c - what is counted, what a batch holds, and that no request can spoil one.
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

#include "web/web.h"

static struct arena *arena;
static struct web web;

static struct {
    enum status status;
    int calls;
    const struct dao_usage *items;
    size_t count;
} database;

/* The linker's --wrap makes these names. NOLINTBEGIN(cert-dcl51-cpp) */
enum status __wrap_dao_usage_add(struct dao *dao, struct arena *room, const struct dao_usage *items,
                                 size_t count);

enum status
__wrap_dao_usage_add(struct dao *dao, struct arena *room, const struct dao_usage *items,
                     size_t count)
{
    (void)dao;
    (void)room;
    database.calls++;
    database.items = items;
    database.count = count;
    return database.status;
}
/* NOLINTEND(cert-dcl51-cpp) */

static int
setup(void **state)
{
    (void)state;
    arena = arena_open();
    memset(&database, 0, sizeof database);
    web.counts = web_counts_open();
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    web_counts_close(web.counts);
    arena_close(arena);
    return 0;
}

static void
count(int64_t app, const char *reason, const char *method, const char *rule, const char *id)
{
    struct web_event event = {
        .app_row = app, .reason = reason, .method = method, .rule = rule, .request_id = id
    };
    web_count(web.counts, &event);
}

static void
test_kinds(void **state)
{
    (void)state;
    const char *reason = gate_reason_names[GATE_LEVEL];
    web_counts_flush(&web, arena);
    assert_int_equal(database.calls, 0);
    count(1, NULL, "GET", "/a", "r1");
    count(1, NULL, "GET", "/a", "r2");
    count(1, reason, "GET", "/a", "r3");
    count(1, NULL, "PUT", "/a", "r4");
    count(1, NULL, "GET", "/b", "r5");
    count(2, NULL, "GET", "/a", "r6");
    count(1, NULL, "GET", "/a", "r7");
    web_counts_flush(&web, arena);
    assert_int_equal(database.count, 5);
    assert_int_equal(database.items[0].count, 3);
    assert_string_equal(database.items[0].last_request, "r7");
    assert_null(database.items[0].reason);
    for (size_t i = 1; i < 5; i++)
        assert_int_equal(database.items[i].count, 1);
    assert_string_equal(database.items[1].reason, "level");
    web_counts_flush(&web, arena);
    assert_int_equal(database.calls, 1);
}

/* Tokens are told apart by application and grant, and from requests. */
static void
test_tokens(void **state)
{
    (void)state;
    struct web_event event = { .method = "", .rule = "", .request_id = "r1" };
    for (int64_t app = 1; app <= 2; app++) {
        for (size_t grant = 0; grant < GRANT__MAX; grant++) {
            event.app_row = app;
            event.grant = grant_names[grant];
            web_count(web.counts, &event);
        }
    }
    web_count(web.counts, &event);
    count(2, NULL, "", "", "r2");
    web_counts_flush(&web, arena);
    assert_int_equal(database.count, 2 * GRANT__MAX + 1);
    assert_string_equal(database.items[0].grant, "authorization_code");
    assert_int_equal(database.items[0].count, 1);
    assert_int_equal(database.items[2 * GRANT__MAX - 1].count, 2);
    assert_null(database.items[2 * GRANT__MAX].grant);
}

/* Kept until a database takes it. */
static void
test_without_database(void **state)
{
    (void)state;
    database.status = E_DB_DOWN;
    count(1, NULL, "GET", "/a", "r1");
    web_counts_flush(&web, arena);
    count(1, NULL, "GET", "/a", "r2");
    database.status = OK;
    web_counts_flush(&web, arena);
    assert_int_equal(database.count, 1);
    assert_int_equal(database.items[0].count, 2);
}

static void
test_texts(void **state)
{
    (void)state;
    static const struct {
        const char *method, *shown;
    } rows[] = {
        { "GET", "GET" },         { "", "-" },
        { "A\nB", "A?B" },        { "\r", "?" },
        { "\xff\xc3", "??" },     { "\xd0\xb6", "??" },
        { "A B\t\x7f", "A?B??" }, { "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "ABCDEFGHIJKLMNO" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        count(1, NULL, rows[i].method, "", "r1");
        web_counts_flush(&web, arena);
        assert_int_equal(database.count, 1);
        assert_string_equal(database.items[0].method, rows[i].shown);
        assert_string_equal(database.items[0].rule, "-");
    }
}

/* A flood of kinds fills the room and no more; what has a place in it is counted on. */
static void
test_room(void **state)
{
    (void)state;
    for (int64_t app = 1; app <= 2000; app++)
        count(app, NULL, "GET", "/a", "r1");
    count(1, NULL, "GET", "/a", "r2");
    web_counts_flush(&web, arena);
    assert_int_equal(database.count, 1024);
    assert_int_equal(database.items[0].count, 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kinds, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tokens, setup, teardown),
        cmocka_unit_test_setup_teardown(test_without_database, setup, teardown),
        cmocka_unit_test_setup_teardown(test_texts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_room, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
