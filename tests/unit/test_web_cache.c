/*
 * test_web_cache.c - a token is remembered for as long as it may be, and forgotten when told to.
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

#define APP_ID "00112233445566778899aabbccddeeff"

enum { NOW = 1000000, LONGEST = 5000 };

static struct web_cache *cache;

static int
setup(void **state)
{
    (void)state;
    cache = web_cache_open(LONGEST);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    web_cache_close(cache);
    return 0;
}

/* `place` decides where it falls, `rest` tells apart what falls on the same place. */
static struct digest
token_of(int place, int rest)
{
    struct digest token = { .bytes = { (unsigned char)(place >> 8),
                                       (unsigned char)place, [31] = (unsigned char)rest } };
    return token;
}

static struct bearer_facts
facts_of(int64_t number)
{
    return (struct bearer_facts){
        .found = true,
        .app_active = true,
        .user_active = true,
        .user = { .id = 100 + number, .login = "ann", .access = ACCESS_READ_ONLY, .client_id = 5 },
        .app_row = 200 + number,
        .app_id = APP_ID,
        .level = LEVEL_ALL,
        .left_ms = 3600000,
        .grant_id = 300 + number,
    };
}

static void
insert(int place, const struct bearer_facts *facts)
{
    struct digest token = token_of(place, 0);
    web_cache_insert(cache, &token, NOW, facts);
}

static bool
is_found(int place, int64_t now)
{
    struct digest token = token_of(place, 0);
    struct bearer_facts out;
    return web_cache_find(cache, &token, now, &out);
}

static void
test_hit(void **state)
{
    (void)state;
    char login[] = "ann", app_id[] = APP_ID;
    struct bearer_facts facts = facts_of(1), out;
    struct digest token = token_of(1, 0), other = token_of(1, 1);
    facts.user.login = login;
    facts.app_id = app_id;
    assert_false(is_found(1, NOW));
    web_cache_insert(cache, &token, NOW, &facts);
    memset(login, 'x', strlen(login)); /* the request's arena is gone by then */
    memset(app_id, 'x', strlen(app_id));
    assert_true(web_cache_find(cache, &token, NOW, &out));
    assert_true(out.found);
    assert_string_equal(out.user.login, "ann");
    assert_string_equal(out.app_id, APP_ID);
    assert_int_equal(out.user.id, 101);
    assert_int_equal(out.user.client_id, 5);
    assert_int_equal(out.user.access, ACCESS_READ_ONLY);
    assert_int_equal(out.app_row, 201);
    assert_int_equal(out.level, LEVEL_ALL);
    assert_string_equal(out.user.name, "");
    assert_null(out.user.extra_params);
    assert_false(web_cache_find(cache, &other, NOW, &out));
}

static void
test_until(void **state)
{
    (void)state;
    static const struct {
        int64_t left, level_left, kept;
    } rows[] = {
        { 3600000, 0, LONGEST },
        { LONGEST, 0, LONGEST },
        { 1200, 0, 1200 },
        { 1, 0, 1 },
        { 0, 0, 0 },
        { -1, 0, 0 },
        { 3600000, 700, 700 },
        { 600, 700, 600 },
        { 3600000, 1, 1 },
        { 3600000, 90000, LONGEST },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct bearer_facts facts = facts_of(1);
        facts.left_ms = rows[i].left;
        facts.level_left_ms = rows[i].level_left;
        insert((int)i, &facts);
        if (rows[i].kept > 0)
            assert_true(is_found((int)i, NOW + rows[i].kept - 1));
        assert_false(is_found((int)i, NOW + rows[i].kept));
    }
}

static void
test_same_place(void **state)
{
    (void)state;
    struct bearer_facts facts = facts_of(1), out;
    struct digest first = token_of(7, 1), second = token_of(7, 2);
    web_cache_insert(cache, &first, NOW, &facts);
    facts = facts_of(2);
    web_cache_insert(cache, &second, NOW, &facts);
    assert_false(web_cache_find(cache, &first, NOW, &out));
    assert_true(web_cache_find(cache, &second, NOW, &out));
    assert_int_equal(out.user.id, 102);
    /* The first 16 bits are more than there are slots. */
    first = token_of(0xf007, 1);
    assert_false(web_cache_find(cache, &first, NOW, &out));
    web_cache_insert(cache, &first, NOW, &facts);
    assert_true(web_cache_find(cache, &first, NOW, &out));
}

static void
test_what_does_not_fit(void **state)
{
    (void)state;
    char login[300];
    struct bearer_facts facts = facts_of(1);
    memset(login, 'a', sizeof login);
    login[255] = '\0';
    facts.user.login = login;
    insert(1, &facts);
    assert_true(is_found(1, NOW));
    login[255] = 'a';
    login[256] = '\0';
    insert(2, &facts);
    assert_false(is_found(2, NOW));
    facts = facts_of(1);
    facts.app_id = APP_ID "0";
    insert(3, &facts);
    assert_false(is_found(3, NOW));
}

static void
test_no_time(void **state)
{
    (void)state;
    struct bearer_facts facts = facts_of(1);
    web_cache_close(cache);
    cache = web_cache_open(0);
    insert(1, &facts);
    assert_false(is_found(1, NOW));
}

enum { KEPT = 4 };

static void
test_evict(void **state)
{
    (void)state;
    static const struct {
        struct dao_notice notice;
        int gone; /* bits by number */
    } rows[] = {
        { { .kind = NOTICE_ALL }, 15 },
        { { .kind = NOTICE_USER, .id = 101 }, 2 },
        { { .kind = NOTICE_APP, .id = 202 }, 4 },
        { { .kind = NOTICE_GRANT, .id = 303 }, 8 },
        { { .kind = NOTICE_TOKEN, .token = { .bytes = { 0, 2 } } }, 4 },
        /* of another kind */
        { { .kind = NOTICE_USER, .id = 201 }, 0 },
        { { .kind = NOTICE_APP, .id = 101 }, 0 },
        { { .kind = NOTICE_GRANT, .id = 202 }, 0 },
        { { .kind = NOTICE_TOKEN, .token = { .bytes = { 0, 2, 1 } } }, 0 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        for (int number = 0; number < KEPT; number++) {
            struct bearer_facts facts = facts_of(number);
            insert(number, &facts);
        }
        web_cache_evict(cache, &rows[i].notice);
        for (int number = 0; number < KEPT; number++)
            if (is_found(number, NOW) == (rows[i].gone >> number & 1))
                fail_msg("row %zu, token %d", i, number);
    }
}

/* One application's tokens go together, wherever they fell. */
static void
test_evict_many(void **state)
{
    (void)state;
    struct bearer_facts facts = facts_of(1);
    for (int place = 0; place < 4096; place++)
        insert(place, &facts);
    const struct dao_notice notice = { .kind = NOTICE_APP, .id = 201 };
    web_cache_evict(cache, &notice);
    for (int place = 0; place < 4096; place++)
        assert_false(is_found(place, NOW));
    insert(1, &facts);
    assert_true(is_found(1, NOW));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_hit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_until, setup, teardown),
        cmocka_unit_test_setup_teardown(test_same_place, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_does_not_fit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_evict, setup, teardown),
        cmocka_unit_test_setup_teardown(test_evict_many, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
