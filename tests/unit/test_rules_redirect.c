/*
 * test_rules_redirect.c - which redirect URLs may be registered, and what is said of the others.
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

#include "rules/rules.h"

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

/* NULL is "fine". */
static void
assert_key(const char *value, const char *got, const char *expected)
{
    if (got == NULL || expected == NULL ? got != expected : !text_equal(got, expected))
        fail_msg("\"%s\": %s, not %s", value, got == NULL ? "fine" : got,
                 expected == NULL ? "fine" : expected);
}

/* "https://h/xxx…" of `length` bytes. */
static const char *
long_url(size_t length)
{
    char *url = arena_alloc(arena, length + 1);
    memset(url, 'x', length);
    memcpy(url, "https://h/", strlen("https://h/"));
    return url;
}

static void
test_one(void **state)
{
    (void)state;
    const struct {
        const char *url, *problem;
    } rows[] = {
        { "https://app.example/cb", NULL },
        { "https://app.example", NULL },
        { "HTTPS://App.Example/cb?keep=1&x=%20", NULL },
        { "https://192.0.2.1:8443/cb", NULL },
        { "https://[2001:db8::1]/cb", NULL },
        { "https://localhost/cb", NULL },
        { "http://127.0.0.1/cb", NULL },
        { "http://127.0.0.1:49152/cb", NULL },
        { "http://[::1]/cb", NULL },
        { "http://[::1]:80/cb", NULL },
        { "com.example.app:/cb", NULL },
        { "com.example.app://cb", NULL },
        { "com.example.app:cb", NULL },
        { long_url(2000), NULL },

        { long_url(2001), "redirect.long" },
        { "/cb", "redirect.relative" },
        { "cb", "redirect.relative" },
        { "//app.example/cb", "redirect.relative" },
        { "app.example/cb", "redirect.relative" },
        { "?a=b", "redirect.relative" },
        { "https://app.example/%zz", "redirect.relative" },
        { "https://app.example\\@evil.example/", "redirect.relative" },
        { "https://app.example/#f", "redirect.fragment" },
        { "https://app.example/#", "redirect.fragment" },
        { "com.example.app:/cb#f", "redirect.fragment" },
        { "https://user@app.example/", "redirect.userinfo" },
        { "https://user:pw@app.example/", "redirect.userinfo" },
        { "https://@app.example/", "redirect.userinfo" },
        { "http://127.0.0.1@evil.example/", "redirect.userinfo" },
        { "com.example.app://user@host/", "redirect.userinfo" },
        { "https:", "redirect.host" },
        { "https:/cb", "redirect.host" },
        { "https:cb", "redirect.host" },
        { "https:///cb", "redirect.host" },
        { "https://*.example.com/cb", "redirect.host" },
        { "https://x;sandbox/cb", "redirect.host" },
        { "https://x,y.example/cb", "redirect.host" },
        { "http://app.example/cb", "redirect.http" },
        { "http://localhost/cb", "redirect.http" }, /* RFC 8252 §8.3: a name can be made to lie */
        { "http://127.0.0.1.evil.example/", "redirect.http" },
        { "http://127.0.0.2/", "redirect.http" },
        { "http://127.1/", "redirect.http" },
        { "http://2130706433/", "redirect.http" },
        { "http://[::ffff:127.0.0.1]/", "redirect.http" },
        { "http:/cb", "redirect.http" },
        { "http:", "redirect.http" },
        { "javascript:alert(1)", "redirect.scheme" },
        { "JavaScript:alert(1)", "redirect.scheme" },
        { "data:text/html,x", "redirect.scheme" },
        { "file:///etc/passwd", "redirect.scheme" },
        { "ftp://app.example/", "redirect.scheme" },
        { "myapp:/cb", "redirect.scheme" },
        { "localhost:8080", "redirect.scheme" },
        { "app.:/cb", "redirect.scheme" },
        { "https://app.example/\x01", "redirect.control" },
        { "https://app.example/\x7f", "redirect.control" },
        { "https://app.example/\v", "redirect.control" },
        { "https://app.example/\xff", "redirect.control" },
        { "https://app.example/\xc0\xaf", "redirect.control" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct redirect_urls urls;
        const char *problem = redirect_urls_parse(arena, rows[i].url, &urls);
        assert_key(rows[i].url, problem, rows[i].problem);
        assert_key(rows[i].url, redirect_urls_check(rows[i].url), rows[i].problem);
        if (problem == NULL) {
            assert_int_equal(urls.count, 1);
            assert_string_equal(urls.items[0], rows[i].url); /* exactly as it was written */
            assert_null(urls.bad);
        } else {
            assert_string_equal(urls.bad, rows[i].url);
        }
    }
}

static void
test_none(void **state)
{
    (void)state;
    struct redirect_urls urls;
    assert_null(redirect_urls_parse(arena, "", &urls));
    assert_int_equal(urls.count, 0);
    assert_null(redirect_urls_parse(arena, " \r\n\t ", &urls));
    assert_int_equal(urls.count, 0);
    assert_null(redirect_urls_check(""));
}

static void
test_several(void **state)
{
    (void)state;
    struct redirect_urls urls;
    assert_null(redirect_urls_parse(arena,
                                    "\nhttps://a.example/  com.example.app:/cb\r\n"
                                    "http://[::1]:1/\thttps://A.example/",
                                    &urls));
    assert_int_equal(urls.count, 4);
    assert_string_equal(urls.items[0], "https://a.example/");
    assert_string_equal(urls.items[1], "com.example.app:/cb");
    assert_string_equal(urls.items[2], "http://[::1]:1/");
    assert_string_equal(urls.items[3], "https://A.example/");
}

static void
test_the_bad_one_is_named(void **state)
{
    (void)state;
    struct redirect_urls urls;
    assert_string_equal(
        redirect_urls_parse(arena, "https://a.example/ bad https://b.example/", &urls),
        "redirect.relative");
    assert_string_equal(urls.bad, "bad");
    assert_string_equal(redirect_urls_parse(arena, "https://a/ https://b/ https://a/", &urls),
                        "redirect.twice");
    assert_string_equal(urls.bad, "https://a/");
}

static void
test_at_most_twenty(void **state)
{
    (void)state;
    struct redirect_urls urls;
    struct buf field;
    buf_init(&field, arena, SIZE_MAX);
    for (int i = 1; i <= 20; i++)
        buf_printf(&field, "https://h/%d ", i);
    assert_null(redirect_urls_parse(arena, field.data, &urls));
    assert_int_equal(urls.count, 20);
    assert_string_equal(urls.items[19], "https://h/20");
    buf_text(&field, "https://h/21");
    assert_string_equal(redirect_urls_parse(arena, field.data, &urls), "redirect.many");
    assert_null(urls.bad); /* it is about the whole */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one, setup, teardown),
        cmocka_unit_test_setup_teardown(test_none, setup, teardown),
        cmocka_unit_test_setup_teardown(test_several, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_bad_one_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(test_at_most_twenty, setup, teardown),
    };
    return cmocka_run_group_tests_name("rules/redirect", tests, NULL, NULL);
}
