/*
 * test_doctor_judge.c - what an answer is: the back-end's, a refusal, something else.
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

#include "doctor/doctor_int.h"

#define JSON "application/json"

static struct arena *arena;

static struct doctor_answer
answer_of(int status, const char *type, const char *body)
{
    struct doctor_header *headers = arena_alloc(arena, sizeof *headers);
    headers[0] = (struct doctor_header){ "content-type", type };
    return (struct doctor_answer){
        .status = status, .headers = headers, .header_count = 1, .body = body
    };
}

static void
test_kinds(void **state)
{
    (void)state;
    static const char echo[] = "{\"method\":\"GET\",\"target\":\"/x\",\"headers\":{}}";
    static const struct {
        int status;
        const char *type, *body;
        bool is_refusal, passed;
    } rows[] = {
        { 401, JSON, "{\"error\":\"x\",\"message\":\"y\"}", true, false },
        { 401, JSON "; charset=utf-8", "{\"error\":\"x\",\"message\":\"y\"}", true, false },
        { 401, "text/html", "{\"error\":\"x\",\"message\":\"y\"}", false, false },
        /* somebody's JSON, but not ours */
        { 401, JSON, "{\"error\":\"x\"}", false, true },
        { 401, JSON, "{\"error\":null,\"message\":1}", false, true },
        { 401, JSON, "{\"error\":\"x\",\"message\":\"y\"", false, true },
        { 401, JSON, "[\"error\",\"message\"]", false, true },
        { 401, JSON, "null", false, true },
        { 401, JSON, "", false, true },
        { 401, JSON, "\xff\xfe", false, true },
        { 404, JSON, "{\"message\":\"none\"}", false, true },
        { 503, JSON, "{\"message\":\"none\"}", false, false },
        { 401, "text/html", "<p>", false, false },
        { 200, "text/html", "<p>", false, true },
        { 204, "text/html", "", false, true },
        { 303, "text/html", "", false, false },
        { 500, "text/html", "", false, false },
        { 0, JSON, NULL, false, false },
        { 200, JSON, echo, false, true },
        { 404, JSON, echo, false, true }, /* reached, whatever the status */
        { 500, JSON, "{\"method\":\"GET\",\"target\":1,\"headers\":{}}", false, false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct doctor_answer answer = answer_of(rows[i].status, rows[i].type, rows[i].body);
        if (doctor_answer_is_refusal(arena, &answer) != rows[i].is_refusal ||
            doctor_answer_passed(arena, &answer) != rows[i].passed)
            fail_msg("row %zu", i);
    }
}

static void
test_whose(void **state)
{
    (void)state;
    struct doctor_answer answer = answer_of(401, "text/html", "");
    assert_true(doctor_answer_is_servers(&answer));
    assert_false(doctor_answer_is_verdict(&answer));
    answer.status = 404;
    assert_false(doctor_answer_is_servers(&answer));
    answer = answer_of(403, JSON, "{}");
    assert_false(doctor_answer_is_servers(&answer));
    answer.headers[0].name = "callgate-request";
    assert_true(doctor_answer_is_verdict(&answer));
    assert_false(doctor_answer_passed(arena, &answer)); /* a verdict, whatever came of its body */
}

static void
test_echo(void **state)
{
    (void)state;
    struct doctor_answer answer =
        answer_of(200, JSON,
                  "{\"method\":\"GET\",\"target\":\"/x\",\"headers\":{\"Callgate\":\"user=1\","
                  "\"callgate\":\"user=2\",\"Cookie\":\"\",\"Odd\":[1]}}");
    struct doctor_echo echo;
    const char *value;
    assert_true(doctor_echo_read(arena, &answer, &echo));
    assert_string_equal(echo.target, "/x");
    assert_int_equal(doctor_echo_header(&echo, "CALLGATE", &value), 2);
    assert_string_equal(value, "user=2");
    assert_int_equal(doctor_echo_header(&echo, "cookie", &value), 0); /* emptied is gone */
    assert_int_equal(doctor_echo_header(&echo, "odd", &value), 0);
    assert_null(value);
}

static void
test_targets(void **state)
{
    (void)state;
    static const struct {
        const char *sent, *seen;
        bool same;
    } rows[] = {
        { "/a/b/", "/a/b/", true },         { "//a///b//", "/a/b/", true },
        { "/a/b", "/a/b/", false },         { "/a/%40me/", "/a/@me/", true },
        { "/a/@me/", "/a/%40me/", true },   { "http://host:1/a/", "/a/", true },
        { "http://host", "", true },        { "/a/../b/", "/b/", false },
        { "/a/;x/", "/a/", false },         { "/a/?x=//1", "/a/?x=//1", true },
        { "/a/?x=//1", "/a/?x=/1", false }, { "/a/?x", "/a/", false },
        { "/a/%", "/a/%", true },           { "/a/%2", "/a/%25", false },
        { "/api/a/", "/a/", false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        if (doctor_target_is_same(arena, rows[i].sent, rows[i].seen) != rows[i].same)
            fail_msg("%s, %s", rows[i].sent, rows[i].seen);
}

static void
test_words(void **state)
{
    (void)state;
    assert_int_equal(doctor_server_guess("nginx/1.22.1"), DOCTOR_NGINX);
    assert_int_equal(doctor_server_guess("Apache/2.4 (Debian)"), DOCTOR_APACHE);
    assert_int_equal(doctor_server_guess("lighttpd/1.4.69"), DOCTOR_LIGHTTPD);
    assert_int_equal(doctor_server_guess("cloud"), -1);
    assert_int_equal(doctor_server_guess(NULL), -1);
    assert_true(doctor_host_is_loopback("localhost"));
    assert_true(doctor_host_is_loopback("127.0.0.2"));
    assert_true(doctor_host_is_loopback("::1"));
    assert_false(doctor_host_is_loopback("pbx.example.com"));
    assert_string_equal(doctor_printable(arena, "a\x1b[0m\r\n\xd0\xb9"), "a?[0m????");
    assert_int_equal(strlen(doctor_printable(arena, arena_printf(arena, "%0500d", 1))), 200);
}

static void
test_stalls(void **state)
{
    (void)state;
    static const struct {
        int64_t ms[4], alone;
        bool stalled;
    } rows[] = {
        { { 5, 6, 7, 8 }, 5, false },
        { { 5, 6, 7, 1005 }, 5, true },
        { { 1005, 1006, 1007, 1008 }, 5, true },
        { { 300, 600, 900, 1200 }, 300, false }, /* one after the other */
        { { 5, 6, 7, 500 }, 5, false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct doctor_answer answers[4] = { 0 };
        for (size_t n = 0; n < LENGTH_OF(answers); n++)
            answers[n].ms = rows[i].ms[n];
        assert_int_equal(doctor_is_stalled(answers, LENGTH_OF(answers), rows[i].alone),
                         rows[i].stalled);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),   cmocka_unit_test(test_whose), cmocka_unit_test(test_echo),
        cmocka_unit_test(test_targets), cmocka_unit_test(test_words), cmocka_unit_test(test_stalls),
    };
    arena = arena_open();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_close(arena);
    return failed;
}
