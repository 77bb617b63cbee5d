/*
 * test_http_headers.c - headers by name, their parameters, credentials.
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
test_lookup(void **state)
{
    (void)state;
    static const struct http_pair params[] = {
        { "SEC_FETCH_SITE", "unprefixed" },
        { "HTTP_SEC_FETCH_SITE_X", "longer" },
        { "HTTP_SEC_FETCH", "shorter" },
        { "HTTP_SEC_FETCH_SITE", "same-origin" },
        { "HTTP_X", "first" },
        { "HTTP_X", "second" },
        { "CONTENT_TYPE", "text/plain" },
        { "HTTP_CONTENT_LENGTH", "9" },
        { "CONTENT_LENGTH", "5" },
        { "REMOTE_ADDR", "192.0.2.1" },
    };
    const struct http_request request = { .params = { params, LENGTH_OF(params) } };
    static const struct {
        const char *name, *value;
    } rows[] = {
        { "Sec-Fetch-Site", "same-origin" },
        { "SEC-FETCH-SITE", "same-origin" },
        { "sec-fetch-site", "same-origin" },
        { "Sec-Fetch", "shorter" },
        { "x", "first" },
        { "Content-Type", "text/plain" },
        { "content-length", "5" },
        { "Remote-Addr", NULL },
        { "Sec-Fetch-Sit", NULL },
        { "", NULL },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const char *value = http_header(&request, rows[i].name);
        if (rows[i].value == NULL)
            assert_null(value);
        else
            assert_string_equal(value, rows[i].value);
    }
    assert_string_equal(http_param(&request, "REMOTE_ADDR"), "192.0.2.1");
    assert_string_equal(http_param(&request, "HTTP_X"), "first");
    assert_null(http_param(&request, "remote_addr"));
}

static void
test_parameters(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t count;
        struct http_pair pairs[3];
        bool is_whole;
    } rows[] = {
        { "", 0, { { 0 } }, true },
        { " ; ;\t", 0, { { 0 } }, true },
        { ";a=1", 1, { { "a", "1" } }, true },
        { "; A = 1 ;b=\"2\";", 2, { { "A", "1" }, { "b", "2" } }, true },
        { ";a=\"x;y=\\\"z\\\" \\\\ \\n\"", 1, { { "a", "x;y=\"z\" \\ \\n" } }, true },
        { ";a=;b=\"\"", 2, { { "a", "" }, { "b", "" } }, true },
        { ";a=b=c", 1, { { "a", "b=c" } }, true },
        { ";a=1;b", 1, { { "a", "1" } }, false },
        { ";a=1;b;c=2", 1, { { "a", "1" } }, false },
        { ";=1", 0, { { 0 } }, false },
        { ";a=\"1", 0, { { 0 } }, false },
        { ";a=\"1\\\"", 0, { { 0 } }, false },
        { ";a=\"1\"2", 0, { { 0 } }, false },
        { ";a=1 2", 0, { { 0 } }, false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const char *cursor = rows[i].text;
        struct http_pair pair;
        size_t count = 0;
        for (; http_parameter_next(arena, &cursor, &pair); count++) {
            assert_true(count < rows[i].count);
            assert_string_equal(pair.name, rows[i].pairs[count].name);
            assert_string_equal(pair.value, rows[i].pairs[count].value);
        }
        if (count != rows[i].count || (*cursor == '\0') != rows[i].is_whole)
            fail_msg("%s: %zu parameters, rest \"%s\"", rows[i].text, count, cursor);
    }
}

static void
test_credentials(void **state)
{
    (void)state;
    static const struct {
        const char *authorization, *scheme, *credentials;
    } rows[] = {
        { "Bearer abc", "Bearer", "abc" },
        { "bearer abc", "Bearer", "abc" },
        { "BEARER abc", "bearer", "abc" },
        { " \tBearer \t  abc \t", "Bearer", "abc" },
        { "Basic YTpi=", "Basic", "YTpi=" },
        { "Bearer a,b!~", "Bearer", "a,b!~" },
        { "Bearer", "Bearer", "" },
        { "Bearer  ", "Bearer", "" },
        { "Bearer a b", "Bearer", "" },
        { "Bearer good, Bearer bad", "Bearer", "" },
        { "Bearer a\x01", "Bearer", "" },
        { "Bearer a\r\nX: y", "Bearer", "" },
        { "Bearer \x7f", "Bearer", "" },
        { "Bearer \xd0\xb9", "Bearer", "" },
        { "Basic abc", "Bearer", NULL },
        { "Bearerabc", "Bearer", NULL },
        { "Beare abc", "Bearer", NULL },
        { "Bearer, Bearer abc", "Bearer", NULL },
        { "abc", "Bearer", NULL },
        { "", "Bearer", NULL },
        { " ", "Bearer", NULL },
        { NULL, "Bearer", NULL },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const char *found = http_credentials(arena, rows[i].authorization, rows[i].scheme);
        if ((found == NULL) != (rows[i].credentials == NULL))
            fail_msg("\"%s\" gives %s", rows[i].authorization, found == NULL ? "NULL" : found);
        if (found != NULL)
            assert_string_equal(found, rows[i].credentials);
    }
}

static void
test_long_credentials(void **state)
{
    (void)state;
    enum { LENGTH = 10 * 1024 };
    char *token = arena_alloc(arena, LENGTH + 1);
    memset(token, 'x', LENGTH);
    const char *found = http_credentials(arena, arena_printf(arena, "Bearer %s", token), "Bearer");
    assert_string_equal(found, token);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lookup),
        cmocka_unit_test_setup_teardown(test_parameters, setup, teardown),
        cmocka_unit_test_setup_teardown(test_credentials, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long_credentials, setup, teardown),
    };
    return cmocka_run_group_tests_name("http/headers", tests, NULL, NULL);
}
