/*
 * test_rules_redirect.c - which redirect URLs may be registered, what is said of the others, and
 * which registered one a request means.
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

/* ---- which one a request means ---- */

static const char *const registered[] = {
    "https://app.example/cb",    "https://app.example/q?keep=1",
    "http://127.0.0.1/cb",       "http://[::1]:8080/cb?x=1",
    "http://127.0.0.1",          "com.example.app:/cb",
    "https://App.Example/Cased", "HTTP://127.0.0.1/cased",
};

static const struct app app_with_all = { .redirect_urls = registered,
                                         .redirect_url_count = LENGTH_OF(registered) };

static void
test_which_one_is_meant(void **state)
{
    (void)state;
    static const struct {
        const char *asked;
        const char *by; /* the registered one; NULL: refused */
    } rows[] = {
        { "https://app.example/cb", "https://app.example/cb" },
        { "https://app.example/q?keep=1", "https://app.example/q?keep=1" },
        { "com.example.app:/cb", "com.example.app:/cb" },
        { "https://App.Example/Cased", "https://App.Example/Cased" },
        { "HTTP://127.0.0.1/cased", "HTTP://127.0.0.1/cased" },

        /* more, less or other than was registered */
        { "https://app.example/cb?x=1", NULL },
        { "https://app.example/cb?", NULL },
        { "https://app.example/cb;x=1", NULL },
        { "https://user@app.example/cb", NULL },
        { "https://app.example@evil.example/cb", NULL },
        { "https://app.example/cb#", NULL },
        { "https://app.example/cb#x", NULL },
        { "https://app.example/CB", NULL },
        { "https://APP.example/cb", NULL },
        { "HTTPS://app.example/cb", NULL },
        { "https://app.example/cb/", NULL },
        { "https://app.example/c", NULL },
        { "https://app.example/", NULL },
        { "https://app.example", NULL },
        { "https://app.example/%63b", NULL },
        { "https://app.example/%2e/cb", NULL },
        { "https://app.example/cb%2e", NULL },
        { "https://app.example/x/../cb", NULL },
        { "https://app.example/cb/../evil", NULL },
        { "https://app.example//cb", NULL },
        { "https://app.example\\cb", NULL },
        { "https:\\\\app.example/cb", NULL },
        { "https://app.example/cb\\", NULL },
        { "\thttps://app.example/cb", NULL },
        { "\nhttps://app.example/cb", NULL },
        { " https://app.example/cb", NULL },
        { "https://app.example/cb ", NULL },
        { "https://app.example/cb\n", NULL },
        { "https://app.example:443/cb", NULL },
        { "https://app.example:8443/cb", NULL },
        { "https://app.example./cb", NULL },
        { "https://sub.app.example/cb", NULL },
        { "https://app.example.evil.example/cb", NULL },
        { "http://app.example/cb", NULL },
        { "//app.example/cb", NULL },
        { "/cb", NULL },
        { "*", NULL },
        { "https://evil.example/https://app.example/cb", NULL },
        { "https://app.example/cb https://app.example/q?keep=1", NULL },
        { "https://app.example/q?keep=2", NULL },
        { "https://app.example/q?keep=1&x=2", NULL },
        { "https://app.example/q", NULL },
        { "https://app.example/cased", NULL },
        { "com.example.app:/cb?x", NULL },
        { "com.example.app://cb", NULL },
        { "COM.example.app:/cb", NULL },

        /* only the port of a loopback one is free */
        { "http://127.0.0.1/cb", "http://127.0.0.1/cb" },
        { "http://127.0.0.1:51004/cb", "http://127.0.0.1/cb" },
        { "http://127.0.0.1:0/cb", "http://127.0.0.1/cb" },
        { "http://127.0.0.1:65535/cb", "http://127.0.0.1/cb" },
        { "http://127.0.0.1:65536/cb", NULL },
        { "http://127.0.0.1:99999/cb", NULL },
        { "http://127.0.0.1:100000/cb", NULL },
        { "http://127.0.0.1:4294967376/cb", NULL },
        { "http://127.0.0.1:/cb", NULL },
        { "http://127.0.0.1:x/cb", NULL },
        { "http://127.0.0.1:80x/cb", NULL },
        { "http://127.0.0.1:-1/cb", NULL },
        { "http://127.0.0.1:+80/cb", NULL },
        { "http://127.0.0.1: 80/cb", NULL },
        { "http://127.0.0.1:80:80/cb", NULL },
        { "http://127.0.0.1:80\\/cb", NULL },
        { "http://127.0.0.1:80@evil.example/cb", NULL },
        { "http://127.0.0.1:80#/cb", NULL },
        { "http://127.0.0.1:51004/cb/", NULL },
        { "http://127.0.0.1:51004/CB", NULL },
        { "http://127.0.0.1:51004/cb?x=1", NULL },
        { "http://127.0.0.1:51004/cb#x", NULL },
        { "https://127.0.0.1:51004/cb", NULL },
        { "HTTP://127.0.0.1:51004/cb", NULL },
        { "HTTP://127.0.0.1:51004/cased", NULL },
        { "http://localhost/cb", NULL },
        { "http://localhost:51004/cb", NULL },
        { "http://127.0.0.1@evil.example/cb", NULL },
        { "http://user@127.0.0.1:51004/cb", NULL },
        { "http://127.0.0.1.evil.example/cb", NULL },
        { "http://127.0.0.1evil.example/cb", NULL },
        { "http://127.0.0.10/cb", NULL },
        { "http://127.0.0.2:51004/cb", NULL },
        { "http://127.1:51004/cb", NULL },
        { "http://[::1]:51004/cb", NULL },
        { "http://[::1]/cb?x=1", "http://[::1]:8080/cb?x=1" },
        { "http://[::1]:51004/cb?x=1", "http://[::1]:8080/cb?x=1" },
        { "http://[::1]:8080/cb?x=1", "http://[::1]:8080/cb?x=1" },
        { "http://[::1]:8080/cb?x=2", NULL },
        { "http://[::1]:8080/cb", NULL },
        { "http://[::1].evil.example/cb?x=1", NULL },
        { "http://[::1]@evil.example/cb?x=1", NULL },
        { "http://[::2]:8080/cb?x=1", NULL },
        { "http://[0:0:0:0:0:0:0:1]:8080/cb?x=1", NULL },
        { "http://127.0.0.1:8080/cb?x=1", NULL },
        { "http://127.0.0.1", "http://127.0.0.1" },
        { "http://127.0.0.1:51004", "http://127.0.0.1" },
        { "http://127.0.0.1:51004/", NULL },
        { "http://127.0.0.1:51004?", NULL },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct redirect_target target;
        enum redirect_match match = redirect_match(arena, &app_with_all, rows[i].asked, &target);
        if (match != (rows[i].by == NULL ? REDIRECT_UNKNOWN : REDIRECT_FITS))
            fail_msg("\"%s\": %d", rows[i].asked, (int)match);
        assert_string_equal(target.url, rows[i].by == NULL ? "" : rows[i].asked);
        assert_string_equal(target.registered, rows[i].by == NULL ? "" : rows[i].by);
    }
}

static void
test_none_asked_for(void **state)
{
    (void)state;
    struct redirect_target target;
    struct app app = app_with_all;
    assert_int_equal(redirect_match(arena, &app, "", &target), REDIRECT_UNDECIDED);
    assert_int_equal(target.kind, REDIRECT_NONE);
    app.redirect_url_count = 2;
    assert_int_equal(redirect_match(arena, &app, "", &target), REDIRECT_UNDECIDED);
    app.redirect_url_count = 1;
    assert_int_equal(redirect_match(arena, &app, "", &target), REDIRECT_FITS);
    assert_string_equal(target.url, registered[0]);
    assert_string_equal(target.registered, registered[0]);
    assert_int_equal(target.kind, REDIRECT_HTTPS);
    app.redirect_url_count = 0;
    assert_int_equal(redirect_match(arena, &app, "", &target), REDIRECT_FITS);
    assert_int_equal(target.kind, REDIRECT_NONE);
    assert_string_equal(target.url, "");
    assert_string_equal(target.registered, "");
    assert_string_equal(target.origin, "");
    assert_string_equal(target.host, "");
    assert_int_equal(redirect_match(arena, &app, registered[0], &target), REDIRECT_UNKNOWN);
}

/* What the browser is told a form may lead to, and what a person reads. */
static void
test_target(void **state)
{
    (void)state;
    static const struct {
        const char *registered, *asked;
        int kind;
        const char *origin, *host;
    } rows[] = {
        { "https://app.example/cb", "", REDIRECT_HTTPS, "https://app.example", "app.example" },
        { "https://app.example", "", REDIRECT_HTTPS, "https://app.example", "app.example" },
        { "https://app.example?a=/b", "", REDIRECT_HTTPS, "https://app.example", "app.example" },
        { "HTTPS://App.Example:8443/Cb", "", REDIRECT_HTTPS, "https://app.example:8443",
          "app.example:8443" },
        { "https://app.example:443/", "", REDIRECT_HTTPS, "https://app.example:443",
          "app.example:443" },
        { "https://app.example:/cb", "", REDIRECT_HTTPS, "https://app.example", "app.example" },
        { "https://192.0.2.1/", "", REDIRECT_HTTPS, "https://192.0.2.1", "192.0.2.1" },
        { "http://127.0.0.1/cb", "", REDIRECT_LOOPBACK, "http://127.0.0.1", "127.0.0.1" },
        { "http://127.0.0.1:1/cb", "http://127.0.0.1:51004/cb", REDIRECT_LOOPBACK,
          "http://127.0.0.1:51004", "127.0.0.1:51004" },
        /* a policy has no IPv6 addresses (CSP 3 §2.3.1) */
        { "https://[2001:DB8::1]/cb", "", REDIRECT_HTTPS, "https://*", "[2001:db8::1]" },
        { "https://[2001:db8::1]:8443/", "", REDIRECT_HTTPS, "https://*:8443",
          "[2001:db8::1]:8443" },
        { "http://[::1]/cb", "http://[::1]:51004/cb", REDIRECT_LOOPBACK, "http://*:51004",
          "[::1]:51004" },
        { "com.example.app:/cb", "", REDIRECT_SCHEME, "com.example.app:", "com.example.app:" },
        { "Com.Example.App://h/cb", "", REDIRECT_SCHEME, "com.example.app:", "com.example.app:" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct redirect_target target;
        const struct app app = { .redirect_urls = &rows[i].registered, .redirect_url_count = 1 };
        assert_key(rows[i].registered, redirect_urls_check(rows[i].registered), NULL);
        assert_int_equal(redirect_match(arena, &app, rows[i].asked, &target), REDIRECT_FITS);
        assert_int_equal(target.kind, rows[i].kind);
        assert_string_equal(target.origin, rows[i].origin);
        assert_string_equal(target.host, rows[i].host);
    }
}

static void
test_parameters_added(void **state)
{
    (void)state;
    static const struct {
        const char *url, *one, *two, *expected;
    } rows[] = {
        { "https://h/cb", "a", "b", "https://h/cb?code=a&state=b" },
        { "https://h", "a", "b", "https://h?code=a&state=b" },
        { "https://h/cb?x=1", "a", "b", "https://h/cb?x=1&code=a&state=b" },
        { "https://h/cb?", "a", "b", "https://h/cb?code=a&state=b" },
        { "https://h/cb?x=1&", "a", "b", "https://h/cb?x=1&code=a&state=b" },
        { "https://h/cb?x?", "a", "b", "https://h/cb?x?&code=a&state=b" },
        { "https://h/a&", "a", "b", "https://h/a&?code=a&state=b" },
        { "com.example.app:/cb", "a", "b", "com.example.app:/cb?code=a&state=b" },
        { "https://h/cb", "", "", "https://h/cb?code=&state=" },
        { "https://h/cb", NULL, "b", "https://h/cb?state=b" },
        { "https://h/cb?x", NULL, "b", "https://h/cb?x&state=b" },
        { "https://h/cb?", NULL, "b", "https://h/cb?state=b" },
        { "https://h/cb", "a", NULL, "https://h/cb?code=a" },
        { "https://h/cb", NULL, NULL, "https://h/cb" },
        { "https://h/cb?", NULL, NULL, "https://h/cb?" },
        { "https://h/cb", "a&b=c#d", "%+ /?",
          "https://h/cb?code=a%26b%3Dc%23d&state=%25%2B%20%2F%3F" },
        { "https://h/cb", "\xd0\xb9", "\r\nX: y", "https://h/cb?code=%D0%B9&state=%0D%0AX%3A%20y" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        assert_string_equal(
            redirect_with(arena, rows[i].url, "code", rows[i].one, "state", rows[i].two, NULL),
            rows[i].expected);
    assert_string_equal(redirect_with(arena, "https://h/cb", NULL), "https://h/cb");
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
        cmocka_unit_test_setup_teardown(test_which_one_is_meant, setup, teardown),
        cmocka_unit_test_setup_teardown(test_none_asked_for, setup, teardown),
        cmocka_unit_test_setup_teardown(test_target, setup, teardown),
        cmocka_unit_test_setup_teardown(test_parameters_added, setup, teardown),
    };
    return cmocka_run_group_tests_name("rules/redirect", tests, NULL, NULL);
}
