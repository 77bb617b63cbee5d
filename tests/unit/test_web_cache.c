/*
 * test_web_cache.c - what tokens stand for, kept for a while: never longer than it holds.
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

static struct digest token, other;

static struct bearer_facts
facts(void)
{
    return (struct bearer_facts){
        .found = true,
        .app_row = 3,
        .app_id = "0123456789abcdef0123456789abcdef",
        .grant_id = 9,
        .left_ms = 3600000,
        .user = { .id = 20, .login = "client1", .extra_params = "{}" },
    };
}

static int
setup(void **state)
{
    assert_int_equal(digest_of("token", &token), OK);
    assert_int_equal(digest_of("other", &other), OK);
    *state = web_cache_open(5000);
    return 0;
}

static int
teardown(void **state)
{
    web_cache_close(*state);
    return 0;
}

static bool
is_there(struct web_cache *cache, int64_t now)
{
    struct bearer_facts out = { 0 };
    bool found = web_cache_find(cache, &token, now, &out);
    assert_true(!found || (out.user.id == 20 && text_equal(out.user.login, "client1")));
    return found;
}

static void
test_times(void **state)
{
    static const struct {
        int64_t left_ms, level_left_ms, kept_ms;
    } rows[] = {
        { 3600000, 0, 5000 }, { 1200, 0, 1200 }, { 3600000, 700, 700 }, { 300, 700, 300 }
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct bearer_facts one = facts();
        one.left_ms = rows[i].left_ms;
        one.level_left_ms = rows[i].level_left_ms;
        web_cache_insert(*state, &token, 1000, &one);
        assert_true(is_there(*state, 1000 + rows[i].kept_ms - 1));
        assert_false(is_there(*state, 1000 + rows[i].kept_ms));
    }
}

static void
test_notices(void **state)
{
    const struct {
        struct dao_notice notice;
        bool evicts;
    } rows[] = {
        { { .kind = NOTICE_ALL }, true },
        { { .kind = NOTICE_APP, .id = 3 }, true },
        { { .kind = NOTICE_APP, .id = 20 }, false },
        { { .kind = NOTICE_USER, .id = 20 }, true },
        { { .kind = NOTICE_USER, .id = 3 }, false },
        { { .kind = NOTICE_GRANT, .id = 9 }, true },
        { { .kind = NOTICE_GRANT, .id = 3 }, false },
        { { .kind = NOTICE_TOKEN, .token = token }, true },
        { { .kind = NOTICE_TOKEN, .token = other }, false },
    };
    struct bearer_facts one = facts();
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        web_cache_insert(*state, &token, 0, &one);
        web_cache_evict(*state, &rows[i].notice);
        assert_int_equal(is_there(*state, 1), !rows[i].evicts);
    }
}

static void
test_what_is_not_kept(void **state)
{
    char login[300];
    struct bearer_facts one = facts(), out;
    assert_false(web_cache_find(*state, &other, 0, &out));
    memset(login, 'x', sizeof login - 1);
    login[sizeof login - 1] = '\0';
    one.user.login = login;
    web_cache_insert(*state, &token, 0, &one);
    assert_false(is_there(*state, 1));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_times, setup, teardown),
        cmocka_unit_test_setup_teardown(test_notices, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_not_kept, setup, teardown),
    };
    return cmocka_run_group_tests_name("web/cache", tests, NULL, NULL);
}
