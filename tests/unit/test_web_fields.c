/*
 * test_web_fields.c - a route's fields: from the body, from the address, and never twice.
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

static const char *
check_short(const char *value)
{
    return strlen(value) > 3 ? "error.name.long" : NULL;
}

static const struct web_field fields[] = {
    { .name = "plain" },
    { .name = "secret", .is_secret = true },
    { .name = "exact", .is_exact = true },
    { .name = "short", .check = check_short },
    { 0 },
};

enum { NO = QUERY_NO, BY_SETTING = QUERY_BY_SETTING, TOO = QUERY_TOO };

struct question {
    int query; /* the row's */
    bool allowed;
    const char *address, *body; /* as they are written; body NULL: GET */
};

static struct web_request request;

static long
read_body(void *context, char *data, size_t size)
{
    const char **rest = context;
    size_t length = strlen(*rest);
    if (length > size)
        length = size;
    memcpy(data, *rest, length);
    *rest += length;
    return (long)length;
}

/* Leaves what was read in `request`; the fault. */
static enum http_fault
ask(const struct question *question)
{
    static struct settings settings;
    static struct web web;
    static struct http_request http;
    static struct web_route route;
    const char *body = question->body;
    settings = (struct settings){ .oauth_query_credentials = question->allowed ? "on" : "off",
                                  .http_body_limit = 64 };
    web = (struct web){ .settings = &settings };
    route = (struct web_route){ .method = body == NULL ? HTTP_GET : HTTP_POST,
                                .path = "/",
                                .query = (enum web_query)question->query,
                                .fields = fields };
    http = (struct http_request){ .arena = arena,
                                  .method = route.method,
                                  .content_type = "",
                                  .content_length = body == NULL ? 0 : (int64_t)strlen(body),
                                  .read = read_body,
                                  .read_context = &body };
    assert_int_equal(http_form_parse_urlencoded(arena, question->address, strlen(question->address),
                                                &http.query),
                     HTTP_FINE);
    request = (struct web_request){ .web = &web, .http = &http, .arena = arena, .route = &route };
    return web_fields_read(&request);
}

static void
test_where_from(void **state)
{
    (void)state;
    static const struct {
        struct question question;
        const char *plain;
        const char *twice; /* NULL: nothing */
        bool in_address;   /* where it is forbidden */
    } rows[] = {
        { { NO, false, "", "plain=b" }, "b", NULL, false },
        { { NO, false, "", "" }, "", NULL, false },
        { { NO, false, "", "plain=b&plain=b" }, "b", "plain", false },
        { { NO, false, "", "plain=&plain=" }, "", "plain", false },
        { { NO, false, "", "plain&other&other&plain=b" }, "", "plain", false },
        { { NO, false, "", "other=1&other=2" }, "", NULL, false },
        { { NO, false, "", "PLAIN=b" }, "", NULL, false },
        /* an address that says nothing */
        { { NO, false, "plain=a", "plain=b" }, "b", NULL, false },
        { { NO, true, "plain=a", "" }, "", NULL, false },
        { { NO, true, "plain=a&plain=a", "plain=b" }, "b", NULL, false },
        /* as the operator says */
        { { BY_SETTING, false, "", "plain=b" }, "b", NULL, false },
        { { BY_SETTING, false, "plain=a", "" }, "", NULL, true },
        { { BY_SETTING, false, "plain=a", "plain=b" }, "b", NULL, true },
        { { BY_SETTING, false, "secret=", "plain=b" }, "b", NULL, true },
        { { BY_SETTING, false, "exact", "plain=b" }, "b", NULL, true },
        { { BY_SETTING, false, "other=a&v=1", "plain=b" }, "b", NULL, false },
        { { BY_SETTING, true, "plain=a", "" }, "a", NULL, false },
        { { BY_SETTING, true, "plain=+a%20", "" }, "a", NULL, false },
        { { BY_SETTING, true, "", "plain=b" }, "b", NULL, false },
        { { BY_SETTING, true, "plain=a", "plain=b" }, "b", "plain", false },
        { { BY_SETTING, true, "plain=a", "plain=" }, "", "plain", false },
        { { BY_SETTING, true, "plain=a&plain=a", "" }, "a", "plain", false },
        { { BY_SETTING, true, "secret=a", "plain=b&secret=a" }, "b", "secret", false },
        /* always */
        { { TOO, false, "plain=a", "" }, "a", NULL, false },
        { { TOO, false, "plain=a", NULL }, "a", NULL, false },
        { { TOO, false, "", NULL }, "", NULL, false },
        { { TOO, false, "plain=a&plain=a", NULL }, "a", "plain", false },
        { { TOO, false, "plain=&plain=a", NULL }, "", "plain", false },
        { { TOO, false, "plain=a", "plain=a" }, "a", "plain", false },
        { { TOO, false, "plain=a", "exact=b" }, "a", NULL, false },
        { { TOO, false, "exact=a", "plain=b&exact=a" }, "b", "exact", false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        assert_int_equal(ask(&rows[i].question), HTTP_FINE);
        const char *plain = web_field(&request, "plain"), *twice = web_fields_twice(&request);
        if (!text_equal(plain, rows[i].plain) ||
            web_fields_in_address(&request) != rows[i].in_address)
            fail_msg("row %zu: \"%s\"", i, plain);
        if (twice == NULL || rows[i].twice == NULL ? twice != rows[i].twice
                                                   : !text_equal(twice, rows[i].twice))
            fail_msg("row %zu: twice %s", i, twice == NULL ? "nothing" : twice);
    }
}

static void
test_trimmed(void **state)
{
    (void)state;
    static const char values[] = "plain=+a%0D%0A&secret=+a%0D%0A&exact=+a%0D%0A&short=+abc++";
    const struct question questions[] = { { NO, false, "", values }, { TOO, false, values, NULL } };
    for (size_t i = 0; i < LENGTH_OF(questions); i++) {
        assert_int_equal(ask(&questions[i]), HTTP_FINE);
        assert_string_equal(web_field(&request, "plain"), "a");
        assert_string_equal(web_field(&request, "secret"), " a\r\n");
        assert_string_equal(web_field(&request, "exact"), " a\r\n");
        assert_string_equal(web_field(&request, "short"), "abc");
        assert_true(web_fields_are_valid(&request)); /* as it is trimmed */
    }
}

static void
test_checked(void **state)
{
    (void)state;
    static const struct question questions[] = { { NO, false, "", "short=abcd" },
                                                 { TOO, false, "short=abcd", "" },
                                                 { TOO, false, "short=abcd", NULL },
                                                 { BY_SETTING, true, "short=abcd", "" } };
    for (size_t i = 0; i < LENGTH_OF(questions); i++) {
        assert_int_equal(ask(&questions[i]), HTTP_FINE);
        assert_false(web_fields_are_valid(&request));
        assert_string_equal(web_value(&request, "short")->problem, "error.name.long");
        assert_null(web_value(&request, "plain")->problem);
    }
    /* What is not taken from there is not looked at. */
    assert_int_equal(ask(&(struct question){ NO, false, "short=abcd", "" }), HTTP_FINE);
    assert_true(web_fields_are_valid(&request));
}

static void
test_body_that_is_none(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        int fault;
    } rows[] = {
        { "plain=%zz", HTTP_BAD_ESCAPE },
        { "plain=%00", HTTP_BAD_NUL },
        { "other=%ff", HTTP_BAD_UTF8 },
        { "plain=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
          HTTP_BODY_TOO_LARGE },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        assert_int_equal(ask(&(struct question){ TOO, true, "plain=a", rows[i].body }),
                         rows[i].fault);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_where_from, setup, teardown),
        cmocka_unit_test_setup_teardown(test_trimmed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_checked, setup, teardown),
        cmocka_unit_test_setup_teardown(test_body_that_is_none, setup, teardown),
    };
    return cmocka_run_group_tests_name("web/fields", tests, NULL, NULL);
}
