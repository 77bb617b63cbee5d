/*
 * test_http_response.c - answers as the web server gets them.
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
test_emit(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
        size_t length;
        bool head;
        const char *expected;
    } rows[] = {
        { 200, "hi", 2, false,
          "Status: 200 OK\r\nB: 1\r\nA: 2\r\nB: 3\r\nContent-Length: 2\r\n\r\nhi" },
        { 200, "hi", 2, true,
          "Status: 200 OK\r\nB: 1\r\nA: 2\r\nB: 3\r\nContent-Length: 2\r\n\r\n" },
        { 404, "", 0, false,
          "Status: 404 Not Found\r\nB: 1\r\nA: 2\r\nB: 3\r\nContent-Length: 0\r\n\r\n" },
        { 303, NULL, 9, false,
          "Status: 303 See Other\r\nB: 1\r\nA: 2\r\nB: 3\r\nContent-Length: 0\r\n\r\n" },
        { 204, "hi", 2, false, "Status: 204 No Content\r\nB: 1\r\nA: 2\r\nB: 3\r\n\r\n" },
        { 304, "hi", 2, false, "Status: 304 Not Modified\r\nB: 1\r\nA: 2\r\nB: 3\r\n\r\n" },
        { 299, NULL, 0, false, "Status: 299\r\nB: 1\r\nA: 2\r\nB: 3\r\nContent-Length: 0\r\n\r\n" },
        { 0, NULL, 0, false,
          "Status: 500 Internal Server Error\r\nB: 1\r\nA: 2\r\nB: 3\r\nContent-Length: 0\r\n\r\n" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct http_response response;
        struct buf out;
        http_response_init(&response, arena);
        assert_int_equal(response.status, 0);
        assert_null(response.body);
        response.status = rows[i].status;
        http_response_header(&response, "B", "1");
        http_response_header(&response, "A", "2");
        http_response_header(&response, "B", "3");
        response.body = rows[i].body;
        response.body_length = rows[i].length;
        buf_init(&out, arena, SIZE_MAX);
        http_response_emit(&response, rows[i].head, &out);
        assert_string_equal(out.data, rows[i].expected);
    }
}

static void
test_body_may_hold_any_byte(void **state)
{
    (void)state;
    static const char body[] = { 'a', '\0', '\r', '\n', (char)0xff };
    struct http_response response;
    struct buf out;
    http_response_init(&response, arena);
    response.status = 200;
    response.body = body;
    response.body_length = sizeof body;
    buf_init(&out, arena, SIZE_MAX);
    http_response_emit(&response, false, &out);
    static const char head[] = "Status: 200 OK\r\nContent-Length: 5\r\n\r\n";
    assert_int_equal(out.length, sizeof head - 1 + sizeof body);
    assert_memory_equal(out.data, head, sizeof head - 1);
    assert_memory_equal(out.data + sizeof head - 1, body, sizeof body);
}

static void
add_headers(const char *name, const char *value, size_t count)
{
    struct http_response response;
    http_response_init(&response, arena);
    for (size_t i = 0; i < count; i++)
        http_response_header(&response, name, value);
}

/* Runs in a child whose words are thrown away; true if it aborted. */
static bool
headers_panic(const char *name, const char *value, size_t count)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit no_core = { 0, 0 };
        setrlimit(RLIMIT_CORE, &no_core);
        dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        add_headers(name, value, count);
        _exit(0);
    }
    int how;
    assert_int_equal(waitpid(child, &how, 0), child);
    return WIFSIGNALED(how) && WTERMSIG(how) == SIGABRT;
}

static void
test_headers_that_would_split(void **state)
{
    (void)state;
    static const char *const values[] = { "a\r\nX: y", "a\nb", "a\rb", "\x01", "\x7f", "\t" };
    for (size_t i = 0; i < LENGTH_OF(values); i++) {
        assert_true(headers_panic("A", values[i], 1));
        assert_true(headers_panic(values[i], "a", 1));
    }
    assert_false(headers_panic("A", "a b \xd0\xb9", 1));
}

static void
test_headers_limit(void **state)
{
    (void)state;
    assert_false(headers_panic("A", "a", HTTP_HEADERS_MAX));
    assert_true(headers_panic("A", "a", HTTP_HEADERS_MAX + 1));
}

static void
test_reasons(void **state)
{
    (void)state;
    static const int used[] = { 200, 201, 204, 302, 303, 304, 400, 401, 403, 404, 405,
                                409, 411, 413, 414, 415, 422, 429, 500, 501, 503 };
    for (size_t i = 0; i < LENGTH_OF(used); i++)
        assert_string_not_equal(http_status_reason(used[i]), "");
    assert_string_equal(http_status_reason(404), "Not Found");
    assert_string_equal(http_status_reason(299), "");
    assert_string_equal(http_status_reason(0), "");
    assert_string_equal(http_status_reason(-1), "");
    for (int i = HTTP_FINE; i < HTTP_FAULT__MAX; i++)
        assert_string_not_equal(http_status_reason(http_fault_status((enum http_fault)i)), "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_emit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_body_may_hold_any_byte, setup, teardown),
        cmocka_unit_test_setup_teardown(test_headers_that_would_split, setup, teardown),
        cmocka_unit_test_setup_teardown(test_headers_limit, setup, teardown),
        cmocka_unit_test(test_reasons),
    };
    return cmocka_run_group_tests_name("http/response", tests, NULL, NULL);
}
