/*
 * test_http_cookie.c - cookies in and out.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

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
test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        size_t count;
        struct http_pair pairs[3];
    } rows[] = {
        { "", 0, { { 0 } } },
        { "a=1", 1, { { "a", "1" } } },
        { "a=1; b=2", 2, { { "a", "1" }, { "b", "2" } } },
        { "a=1;b=2;\tc=3 ;", 3, { { "a", "1" }, { "b", "2" }, { "c", "3" } } },
        { "a=1; a=2", 2, { { "a", "1" }, { "a", "2" } } },
        { "a=b=c", 1, { { "a", "b=c" } } },
        { "a = b c ", 1, { { "a", "b c" } } },
        { "a=", 1, { { "a", "" } } },
        { "a= ;b=2", 2, { { "a", "" }, { "b", "2" } } },
        { "__Host-s=x%20y", 1, { { "__Host-s", "x%20y" } } },
        { "a=\"x\"", 1, { { "a", "\"x\"" } } },
        { "a=\xd0\xb9", 1, { { "a", "\xd0\xb9" } } },
        /* pieces left out, the good ones around them kept */
        { "a=1; nonsense; b=2", 2, { { "a", "1" }, { "b", "2" } } },
        { "=x; a=1", 1, { { "a", "1" } } },
        { ";;; ;a=1;;", 1, { { "a", "1" } } },
        { "a b=1; c=2", 1, { { "c", "2" } } },
        { "a(=1; c=2", 1, { { "c", "2" } } },
        { "\xd0\xb9=1; c=2", 1, { { "c", "2" } } },
        { "a=\xff; c=2", 1, { { "c", "2" } } },
        { "a=\xd0; \xb9=1; c=2", 1, { { "c", "2" } } },
        { "a=x\ny; c=2", 1, { { "c", "2" } } },
        { "a=\x7f; c=2", 1, { { "c", "2" } } },
        { "x; =", 0, { { 0 } } },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct http_pairs pairs;
        assert_int_equal(http_cookie_parse(arena, rows[i].header, &pairs), HTTP_FINE);
        if (pairs.count != rows[i].count)
            fail_msg("%s: %zu pairs", rows[i].header, pairs.count);
        for (size_t j = 0; j < pairs.count; j++) {
            assert_string_equal(pairs.items[j].name, rows[i].pairs[j].name);
            assert_string_equal(pairs.items[j].value, rows[i].pairs[j].value);
        }
    }
}

static char *
repeated(const char *piece, size_t count)
{
    struct buf buf;
    buf_init(&buf, arena, SIZE_MAX);
    for (size_t i = 0; i < count; i++)
        buf_text(&buf, piece);
    return buf.data;
}

/* What glibc has handed out; nothing under a sanitizer, which brings its own allocator. */
static size_t
memory_in_use(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static void
test_limit(void **state)
{
    (void)state;
    struct http_pairs pairs;
    assert_int_equal(http_cookie_parse(arena, repeated("a=1; ", HTTP_PAIRS_MAX), &pairs),
                     HTTP_FINE);
    assert_int_equal(pairs.count, HTTP_PAIRS_MAX);
    assert_int_equal(http_cookie_parse(arena, repeated("a=1; ", HTTP_PAIRS_MAX + 1), &pairs),
                     HTTP_TOO_MANY_PAIRS);
    assert_int_equal(pairs.count, 0);

    const char *many = repeated("a=1; ", 100000), *junk = repeated("=\xff;", 100000);
    size_t before = memory_in_use();
    assert_int_equal(http_cookie_parse(arena, many, &pairs), HTTP_TOO_MANY_PAIRS);
    assert_int_equal(http_cookie_parse(arena, junk, &pairs), HTTP_FINE);
    assert_int_equal(pairs.count, 0);
    assert_true(memory_in_use() <= before + 128 * 1024);
}

static void
test_format(void **state)
{
    (void)state;
    assert_string_equal(http_cookie_format(arena, "s", "abc", false),
                        "s=abc; Path=/; HttpOnly; SameSite=Lax");
    assert_string_equal(http_cookie_format(arena, "__Host-s", "abc", true),
                        "__Host-s=abc; Path=/; HttpOnly; SameSite=Lax; Secure");
    assert_string_equal(http_cookie_format(arena, "s", "", false),
                        "s=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    assert_string_equal(http_cookie_format(arena, "__Host-s", "", true),
                        "__Host-s=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure");
}

/* Runs in a child whose words are thrown away; true if it aborted. */
static bool
format_panics(const char *name, const char *value)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit no_core = { 0, 0 };
        setrlimit(RLIMIT_CORE, &no_core);
        dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        http_cookie_format(arena, name, value, false);
        _exit(0);
    }
    int how;
    assert_int_equal(waitpid(child, &how, 0), child);
    return WIFSIGNALED(how) && WTERMSIG(how) == SIGABRT;
}

static void
test_format_refuses_what_needs_quoting(void **state)
{
    (void)state;
    assert_false(format_panics("s", "abc"));
    static const char *const values[] = { "a;b", "a b", "a\r\nb", "a,b", "a\\b", "\"", "\xd0\xb9" };
    for (size_t i = 0; i < LENGTH_OF(values); i++)
        assert_true(format_panics("s", values[i]));
    assert_true(format_panics("", "x"));
    assert_true(format_panics("a=b", "x"));
    assert_true(format_panics("a\n", "x"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_parse, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_format, setup, teardown),
        cmocka_unit_test_setup_teardown(test_format_refuses_what_needs_quoting, setup, teardown),
    };
    return cmocka_run_group_tests_name("http/cookie", tests, NULL, NULL);
}
