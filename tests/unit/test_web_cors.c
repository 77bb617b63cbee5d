/*
 * test_web_cors.c - pages of which other origins may call us, and where.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

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

/* As the program's start makes them of cors.origins. */
static struct settings
settings_of(const char *origins)
{
    struct settings settings;
    struct fault fault = { "" };
    setenv("CALLGATE_SITE_URL", "https://pbx.example", 1);
    setenv("CALLGATE_DATABASE_CONNINFO", "dbname=callgate", 1);
    setenv("CALLGATE_CORS_ORIGINS", origins, 1);
    if (!settings_load(&settings, arena, "/dev/null", &fault))
        fail_msg("%s", fault.text);
    unsetenv("CALLGATE_SITE_URL");
    unsetenv("CALLGATE_DATABASE_CONNINFO");
    unsetenv("CALLGATE_CORS_ORIGINS");
    return settings;
}

static struct http_response response;

/* The origin that is told it may; `origin` NULL: the request names none. */
static const char *
ask(const char *origins, const char *origin, bool cors)
{
    const struct web_route route = { .path = "/oauth/token", .cors = cors };
    struct settings settings = settings_of(origins);
    struct web web = { .settings = &settings };
    struct http_pair header = { "HTTP_ORIGIN", origin };
    struct http_request http = { .arena = arena, .params = { &header, origin != NULL } };
    http_response_init(&response, arena);
    struct web_request request = {
        .web = &web, .http = &http, .response = &response, .arena = arena, .kind = WEB_OAUTH
    };
    web_cors_load(&request, &route);
    assert_int_equal(web_cors_preflight(&request, "POST"), OK);
    return request.cors_origin;
}

/* NULL: it is not there. */
static const char *
header(const char *name)
{
    for (size_t i = 0; i < response.header_count; i++)
        if (text_equal_nocase(response.headers[i].name, name))
            return response.headers[i].value;
    return NULL;
}

#define TWO "https://app.example http://localhost:3000"

static void
test_who_may(void **state)
{
    (void)state;
    static const struct {
        const char *origins, *origin;
        bool may;
    } rows[] = {
        { TWO, "https://app.example", true },
        { TWO, "http://localhost:3000", true },
        { "HTTPS://App.Example:443/", "https://app.example", true },
        { "http://[::1]:3000", "http://[::1]:3000", true },
        { TWO, NULL, false },
        { TWO, "", false },
        { TWO, " ", false },
        { TWO, "null", false },
        { TWO, "*", false },
        { TWO, "https://evil.example", false },
        { TWO, "http://app.example", false },
        { TWO, "https://app.example:443", false },
        { TWO, "https://app.example:8443", false },
        { TWO, "https://APP.example", false },
        { TWO, "http://localhost", false },
        { TWO, "http://localhost:30000", false },
        /* a part of the list, or more than one of its origins */
        { TWO, "https://app.exampl", false },
        { TWO, "ttps://app.example", false },
        { TWO, "app.example", false },
        { TWO, "https://app.example.evil.example", false },
        { TWO, "https://evil.example/https://app.example", false },
        { TWO, "https://app.example ", false },
        { TWO, " https://app.example", false },
        { TWO, TWO, false },
        { TWO, "https://app.example\thttp://localhost:3000", false },
        { TWO, "https://pbx.example", false }, /* our own pages have no need of it */
        { "off", "https://app.example", false },
        { "off", "off", false },
        { "off", "null", false },
        { "off", "", false },
        { "off", " ", false },
        { "", "https://app.example", false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const char *told = ask(rows[i].origins, rows[i].origin, true);
        if ((told != NULL) != rows[i].may)
            fail_msg("\"%s\" of \"%s\": %s", rows[i].origin == NULL ? "-" : rows[i].origin,
                     rows[i].origins, told == NULL ? "refused" : "allowed");
        if (told != NULL)
            assert_string_equal(told, rows[i].origin);
        assert_null(ask(rows[i].origins, rows[i].origin, false));
    }
}

static void
test_preflight(void **state)
{
    (void)state;
    assert_non_null(ask(TWO, "https://app.example", true));
    assert_int_equal(response.status, 204);
    assert_null(response.body);
    assert_string_equal(header("Access-Control-Allow-Origin"), "https://app.example");
    assert_string_equal(header("Access-Control-Allow-Methods"), "POST");
    assert_string_equal(header("Access-Control-Allow-Headers"), "Authorization, Content-Type");
    assert_string_equal(header("Vary"), "Origin");
    assert_null(header("Access-Control-Allow-Credentials"));
    assert_null(ask(TWO, "https://evil.example", true));
    assert_null(header("Access-Control-Allow-Origin"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_who_may, setup, teardown),
        cmocka_unit_test_setup_teardown(test_preflight, setup, teardown),
    };
    return cmocka_run_group_tests_name("web/cors", tests, NULL, NULL);
}
