/*
 * test_web_client.c - how a client shows who it is: in exactly one way, and decoded right.
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

/* APP_ID:s3cret, in base64 */
#define BASIC_GOOD "Basic MDAxMTIyMzM0NDU1NjY3Nzg4OTlhYWJiY2NkZGVlZmY6czNjcmV0"

static const struct web_field fields[] = {
    { .name = "grant_type" },
    { .name = "client_id" },
    { .name = "client_secret", .is_secret = true },
    { 0 },
};

static const struct web_route route = { .path = "/oauth/token",
                                        .query = QUERY_BY_SETTING,
                                        .fields = fields };

struct question {
    const char *authorization; /* NULL: none */
    const char *id, *secret;   /* of the body; NULL: absent, which is "" */
    const char *query;         /* name of a query parameter; NULL: none */
    bool allowed;              /* oauth.query_credentials */
};

struct answer {
    enum oauth_error error;
    struct web_client client;
    const char *text, *log_app;
};

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

static struct answer
ask(const struct question *question)
{
    struct http_pair header = { "HTTP_AUTHORIZATION", question->authorization };
    struct http_pair parameter = { question->query, "x" };
    struct http_request http = {
        .arena = arena,
        .params = { &header, question->authorization != NULL },
        .query = { &parameter, question->query != NULL },
    };
    struct settings settings = { .oauth_query_credentials = question->allowed ? "on" : "off" };
    struct web web = { .settings = &settings };
    struct web_request request = { .web = &web, .http = &http, .arena = arena, .route = &route };
    for (size_t i = 0; i < 3; i++)
        request.values[i].value = "";
    if (question->id != NULL)
        request.values[1].value = question->id;
    if (question->secret != NULL)
        request.values[2].value = question->secret;
    struct answer answer;
    answer.error = web_client_load(&request, &answer.text);
    answer.client = request.client;
    answer.log_app = http.log_app;
    return answer;
}

static void
test_taken(void **state)
{
    (void)state;
    static const struct {
        struct question question;
        struct web_client client;
    } rows[] = {
        { { .id = APP_ID, .secret = "s3cret" }, { APP_ID, "s3cret", false } },
        { { .id = APP_ID }, { APP_ID, "", false } },
        { { .id = "x", .secret = " a b " }, { "x", " a b ", false } },
        { { BASIC_GOOD, NULL, NULL, NULL, false }, { APP_ID, "s3cret", true } },
        { { "basic  MDAxMTIyMzM0NDU1NjY3Nzg4OTlhYWJiY2NkZGVlZmY6czNjcmV0 ", NULL, NULL, NULL,
            false },
          { APP_ID, "s3cret", true } },
        { { BASIC_GOOD, APP_ID, NULL, NULL, false }, { APP_ID, "s3cret", true } },
        { { BASIC_GOOD, NULL, NULL, "state", false }, { APP_ID, "s3cret", true } },
        /* app:x */
        { { "Basic YXBwOng=", NULL, NULL, NULL, false }, { "app", "x", true } },
        /* app: */
        { { "Basic YXBwOg==", NULL, NULL, NULL, false }, { "app", "", true } },
        /* a%3Ab:c%3Ad */
        { { "Basic YSUzQWI6YyUzQWQ=", NULL, NULL, NULL, false }, { "a:b", "c:d", true } },
        /* app:a:b - only the first colon parts */
        { { "Basic YXBwOmE6Yg==", NULL, NULL, NULL, false }, { "app", "a:b", true } },
        /* app:a+b%2Bc%25 */
        { { "Basic YXBwOmErYiUyQmMlMjU=", NULL, NULL, NULL, false }, { "app", "a b+c%", true } },
        /* app:%D0%B9 */
        { { "Basic YXBwOiVEMCVCOQ==", NULL, NULL, NULL, false }, { "app", "\xd0\xb9", true } },
        /* the same two bytes as they are */
        { { "Basic YXBwOtC5", NULL, NULL, NULL, false }, { "app", "\xd0\xb9", true } },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct answer answer = ask(&rows[i].question);
        if (answer.error != OAUTH_NONE)
            fail_msg("row %zu: %s", i, answer.text);
        assert_null(answer.text);
        assert_string_equal(answer.client.app_id, rows[i].client.app_id);
        assert_string_equal(answer.client.secret, rows[i].client.secret);
        assert_int_equal(answer.client.by_basic, rows[i].client.by_basic);
    }
}

static void
test_refused(void **state)
{
    (void)state;
    static const struct {
        struct question question;
        const char *text; /* how what is said begins */
    } rows[] = {
        { { .authorization = BASIC_GOOD, .id = APP_ID, .secret = "s3cret" },
          "Credentials came twice" },
        { { .authorization = BASIC_GOOD, .secret = "s3cret" }, "Credentials came twice" },
        { { .authorization = BASIC_GOOD, .secret = "other" }, "Credentials came twice" },
        { { .authorization = BASIC_GOOD, .id = "other" }, "client_id in the body is not the one" },
        { { .authorization = "Bearer abc", .id = APP_ID, .secret = "x" },
          "The only Authorization scheme here is Basic." },
        { { .authorization = "Digest username=x", .id = APP_ID },
          "The only Authorization scheme here is Basic." },
        { { .authorization = "", .id = APP_ID, .secret = "x" },
          "The only Authorization scheme here is Basic." },
        { { .authorization = "Basicx YXBwOng=" }, "The only Authorization scheme here is Basic." },
        { { .authorization = "Basic", .id = APP_ID }, "The Basic credentials are not base64" },
        { { .authorization = "Basic  " }, "The Basic credentials are not base64" },
        { { .authorization = "Basic app:x" }, "The Basic credentials are not base64" },
        { { .authorization = "Basic YXBwOng" }, "The Basic credentials are not base64" },
        { { .authorization = "Basic YXBwOng= x" }, "The Basic credentials are not base64" },
        { { .authorization = "Basic YXBw" }, "The Basic credentials are not base64" },     /* app */
        { { .authorization = "Basic YQA6eA==" }, "The Basic credentials are not base64" }, /* NUL */
        /* app:a%zz, app:a%, app:%00, app:%FF, a%:x, and a bare byte FF */
        { { .authorization = "Basic YXBwOmEleno=" }, "App ID and App secret in Basic" },
        { { .authorization = "Basic YXBwOmEl" }, "App ID and App secret in Basic" },
        { { .authorization = "Basic YXBwOiUwMA==" }, "App ID and App secret in Basic" },
        { { .authorization = "Basic YXBwOiVGRg==" }, "App ID and App secret in Basic" },
        { { .authorization = "Basic YSU6eA==" }, "App ID and App secret in Basic" },
        { { .authorization = "Basic YXBwOv8=" }, "App ID and App secret in Basic" },
        { { .id = APP_ID, .secret = "x", .query = "client_secret" }, "Parameters in the URL" },
        { { .id = APP_ID, .secret = "x", .query = "client_id" }, "Parameters in the URL" },
        { { .id = APP_ID, .secret = "x", .query = "grant_type" }, "Parameters in the URL" },
        { { .authorization = BASIC_GOOD, .query = "client_id" }, "Parameters in the URL" },
        { { .query = "client_secret" }, "Parameters in the URL" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct answer answer = ask(&rows[i].question);
        if (answer.error != OAUTH_INVALID_REQUEST)
            fail_msg("row %zu: %s", i, oauth_error_name(answer.error));
        if (answer.text == NULL || !text_starts(answer.text, rows[i].text))
            fail_msg("row %zu: %s", i, answer.text);
    }
}

/* RFC 6749 §5.2: no client authentication included. */
static void
test_missing(void **state)
{
    (void)state;
    static const struct question rows[] = {
        { 0 }, { .secret = "s3cret" }, { .authorization = "Basic OnMzY3JldA==" }, /* :s3cret */
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct answer answer = ask(&rows[i]);
        assert_int_equal(answer.error, OAUTH_INVALID_CLIENT);
        assert_true(text_starts(answer.text, "client_id is missing."));
    }
}

/* The body's, or the address's where the setting allows it: web/fields.c has put both together. */
static void
test_in_the_address(void **state)
{
    (void)state;
    struct answer answer = ask(
        &(struct question){ .id = APP_ID, .secret = "x", .query = "client_id", .allowed = true });
    assert_int_equal(answer.error, OAUTH_NONE);
    assert_string_equal(answer.client.app_id, APP_ID);
}

/* What was sent may be a secret in the wrong place: the log names an application once it is found.
 */
static void
test_nothing_is_logged(void **state)
{
    (void)state;
    struct answer answer = ask(&(struct question){ .id = APP_ID });
    assert_null(answer.log_app);
    answer = ask(&(struct question){ .authorization = BASIC_GOOD });
    assert_null(answer.log_app);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_missing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_in_the_address, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_is_logged, setup, teardown),
    };
    return cmocka_run_group_tests_name("web/client", tests, NULL, NULL);
}
