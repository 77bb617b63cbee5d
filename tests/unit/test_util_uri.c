/*
 * test_util_uri.c - what RFC 3986 calls an absolute URI, part by part.
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

#include "util/util.h"

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

/* NULL and "" differ: a part that is empty is there. */
static void
assert_part(const char *uri, const char *name, const char *got, const char *expected)
{
    if (got == NULL || expected == NULL ? got != expected : !text_equal(got, expected))
        fail_msg("%s: %s is %s, not %s", uri, name, got == NULL ? "(none)" : got,
                 expected == NULL ? "(none)" : expected);
}

static void
test_parts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct uri uri;
    } rows[] = {
        { "https://example.com", { .scheme = "https", .host = "example.com", .path = "" } },
        { "HTTPS://Example.COM/Path",
          { .scheme = "https", .host = "example.com", .path = "/Path" } },
        { "https://u:p@h:8443/a/b?q=1&r#f",
          { .scheme = "https",
            .userinfo = "u:p",
            .host = "h",
            .port = "8443",
            .path = "/a/b",
            .query = "q=1&r",
            .fragment = "f" } },
        { "https://h?#",
          { .scheme = "https", .host = "h", .path = "", .query = "", .fragment = "" } },
        { "https://h/#", { .scheme = "https", .host = "h", .path = "/", .fragment = "" } },
        { "https://@h:/",
          { .scheme = "https", .userinfo = "", .host = "h", .port = "", .path = "/" } },
        { "http://127.0.0.1:80/cb",
          { .scheme = "http", .host = "127.0.0.1", .port = "80", .path = "/cb" } },
        { "http://[::1]:80/",
          { .scheme = "http", .host = "::1", .host_is_ipv6 = true, .port = "80", .path = "/" } },
        { "http://[2001:DB8::A]",
          { .scheme = "http", .host = "2001:db8::a", .host_is_ipv6 = true, .path = "" } },
        { "com.example.app:/cb", { .scheme = "com.example.app", .path = "/cb" } },
        { "com.example.app:cb/%2F", { .scheme = "com.example.app", .path = "cb/%2F" } },
        { "javascript:alert(1)", { .scheme = "javascript", .path = "alert(1)" } },
        { "file:///etc", { .scheme = "file", .host = "", .path = "/etc" } },
        { "https://h/a/../b//c/.", { .scheme = "https", .host = "h", .path = "/a/../b//c/." } },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const char *text = rows[i].text;
        struct uri uri;
        if (!uri_parse(arena, text, &uri))
            fail_msg("%s is refused", text);
        assert_part(text, "scheme", uri.scheme, rows[i].uri.scheme);
        assert_part(text, "userinfo", uri.userinfo, rows[i].uri.userinfo);
        assert_part(text, "host", uri.host, rows[i].uri.host);
        assert_part(text, "port", uri.port, rows[i].uri.port);
        assert_part(text, "path", uri.path, rows[i].uri.path);
        assert_part(text, "query", uri.query, rows[i].uri.query);
        assert_part(text, "fragment", uri.fragment, rows[i].uri.fragment);
        if (uri.host_is_ipv6 != rows[i].uri.host_is_ipv6)
            fail_msg("%s: IPv6 or not", text);
    }
}

static void
test_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "/cb",
        "cb",
        "//host/cb",
        "?q",
        "#f",
        "1http://h",
        "ht tp://h",
        "https://h/a b",
        "https://h/%zz",
        "https://h/%2",
        "https://h:x/",
        "https://[::1",
        "https://[g::]/",
        "https://h/\"",
        "https://h/<",
        "https://h\\x",
        "https://\xd0\xb9/",
        "https://h/\x01",
        "https://h/\n",
        "https://h/{}",
        ":/x",
        "https://a@b@c/",
    };
    struct uri uri;
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        if (uri_parse(arena, rows[i], &uri))
            fail_msg("\"%s\" is taken", rows[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_parts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
    };
    return cmocka_run_group_tests_name("util/uri", tests, NULL, NULL);
}
