/*
 * test_http_multipart.c - fields in multipart/form-data, and everything that can be wrong with
 * them.
 *
 * Each body is parsed from a heap block of exactly its size, so that a sanitizer sees one byte too
 * many.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

static enum http_fault
parse(const char *data, size_t length, const char *boundary, struct http_pairs *out)
{
    char *exact = malloc(length);
    assert_non_null(exact);
    memcpy(exact, data, length);
    enum http_fault fault = http_form_parse_multipart(arena, exact, length, boundary, out);
    free(exact);
    return fault;
}

#define BYTES(literal)   (literal), sizeof(literal) - 1
#define FIELD(name)      "Content-Disposition: form-data; name=\"" name "\"\r\n"
#define PART(name, text) "--b\r\n" FIELD(name) "\r\n" text "\r\n"
#define END              "--b--\r\n"

static void
test_fields(void **state)
{
    (void)state;
    static const struct {
        const char *data;
        size_t count;
        struct http_pair pairs[3];
    } rows[] = {
        { END, 0, { { 0 } } },
        { "--b--", 0, { { 0 } } },
        { PART("a", "1") END, 1, { { "a", "1" } } },
        { PART("a", "1") "--b--", 1, { { "a", "1" } } },
        { PART("a", "1") "--b--  \t", 1, { { "a", "1" } } },
        { PART("a", "") END, 1, { { "a", "" } } },
        { PART("a", "1") PART("b", "2") PART("a", "3") END,
          3,
          { { "a", "1" }, { "b", "2" }, { "a", "3" } } },
        /* preamble, epilogue, transport padding */
        { "Hello.\r\n" PART("a", "1") END "--b\r\nbye", 1, { { "a", "1" } } },
        { "\r\n" PART("a", "1") END, 1, { { "a", "1" } } },
        { "--b \t\r\n" FIELD("a") "\r\n1\r\n--b-- \r\n", 1, { { "a", "1" } } },
        /* values are bytes up to the delimiter */
        { PART("a", "x\r\ny\r\n") END, 1, { { "a", "x\r\ny\r\n" } } },
        { PART("a", "\r\n\r\n") END, 1, { { "a", "\r\n\r\n" } } },
        { PART("a", "x--b") END, 1, { { "a", "x--b" } } },
        { PART("a", "-\r\n-\r\n--\n--b") END, 1, { { "a", "-\r\n-\r\n--\n--b" } } },
        { PART("a", "%41+\xd0\xb9") END, 1, { { "a", "%41+\xd0\xb9" } } },
        /* other headers, in any case and order */
        { "--b\r\nContent-Type: text/plain; charset=ISO-8859-1\r\n" FIELD(
              "a") "X: y\r\n\r\n1\r\n" END,
          1,
          { { "a", "1" } } },
        { "--b\r\ncontent-disposition:FORM-DATA;NAME=a\r\n\r\n1\r\n" END, 1, { { "a", "1" } } },
        { "--b\r\nContent-Disposition:\t form-data ; name = \"a\" ; \r\n\r\n1\r\n" END,
          1,
          { { "a", "1" } } },
        { "--b\r\nContent-Disposition: form-data; size=1; name=a\r\n\r\n1\r\n" END,
          1,
          { { "a", "1" } } },
        /* names */
        { PART("a%22b", "1") END, 1, { { "a\"b", "1" } } },
        { PART("a\\\"b", "1") END, 1, { { "a\"b", "1" } } },
        { PART("a\\\\", "1") END, 1, { { "a\\", "1" } } },
        { PART("a\\b%41%", "1") END, 1, { { "a\\b%41%", "1" } } },
        { PART("a;b=c: d", "1") END, 1, { { "a;b=c: d", "1" } } },
        { PART("\xd0\xb9", "1") END, 1, { { "\xd0\xb9", "1" } } },
        { PART("", "1") END, 1, { { "", "1" } } },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct http_pairs pairs;
        enum http_fault fault = parse(rows[i].data, strlen(rows[i].data), "b", &pairs);
        if (fault != HTTP_FINE || pairs.count != rows[i].count)
            fail_msg("row %zu: fault %d, %zu pairs:\n%s", i, fault, pairs.count, rows[i].data);
        for (size_t j = 0; j < pairs.count; j++) {
            assert_string_equal(pairs.items[j].name, rows[i].pairs[j].name);
            assert_string_equal(pairs.items[j].value, rows[i].pairs[j].value);
        }
    }
}

static void
test_faults(void **state)
{
    (void)state;
    static const struct {
        const char *data;
        size_t length;
        enum http_fault fault;
    } rows[] = {
        { BYTES(""), HTTP_BAD_MULTIPART },
        { BYTES("a=1&b=2"), HTTP_BAD_MULTIPART },
        { BYTES("--c\r\n" FIELD("a") "\r\n1\r\n--c--\r\n"), HTTP_BAD_MULTIPART },
        { BYTES("x" PART("a", "1") "--c--"), HTTP_BAD_MULTIPART },
        { BYTES("--b"), HTTP_BAD_MULTIPART },
        { BYTES("--b\r\n"), HTTP_BAD_MULTIPART },
        { BYTES("--b-"), HTTP_BAD_MULTIPART },
        { BYTES("--b--x"), HTTP_BAD_MULTIPART },
        { BYTES("--b\r\n" END), HTTP_BAD_MULTIPART },
        { BYTES("--b\r\n\r\n1\r\n" END), HTTP_BAD_MULTIPART },
        /* no closing delimiter */
        { BYTES(PART("a", "1")), HTTP_BAD_MULTIPART },
        { BYTES(PART("a", "1") "--b\r\n"), HTTP_BAD_MULTIPART },
        { BYTES(PART("a", "1") "--bc"), HTTP_BAD_MULTIPART },
        /* a value must not hold the delimiter (RFC 2046 §5.1.1), not even as the start of a line */
        { BYTES(PART("a", "--b") END), HTTP_BAD_MULTIPART },
        { BYTES(PART("a", "x\r\n--bc") END), HTTP_BAD_MULTIPART },
        /* line ends */
        { BYTES("--b\n" FIELD("a") "\r\n1\r\n" END), HTTP_BAD_MULTIPART },
        { BYTES("--b\rX" FIELD("a") "\r\n1\r\n" END), HTTP_BAD_MULTIPART },
        { BYTES("--b\r\nContent-Disposition: form-data; name=a\n\n1\r\n" END), HTTP_BAD_MULTIPART },
        { BYTES("--b\r\nX: y\n" FIELD("a") "\r\n1\r\n" END), HTTP_BAD_MULTIPART },
        { BYTES("--b\r\nX: y\r" FIELD("a") "\r\n1\r\n" END), HTTP_BAD_MULTIPART },
        { BYTES("--b\r\n" FIELD("a") "X: y\nZ: w\r\n\r\n1\r\n" END), HTTP_BAD_MULTIPART },
        { BYTES("--b\r\n" FIELD("a") "X: y\rZ: w\r\n\r\n1\r\n" END), HTTP_BAD_MULTIPART },
        { BYTES("--b\r\n" FIELD("a") "1\r\n" END), HTTP_BAD_MULTIPART },
        { BYTES("--b\r\n" FIELD("a") END), HTTP_BAD_MULTIPART },
        /* disposition */
        { BYTES("--b\r\nX: y\r\n\r\n1\r\n" END), HTTP_BAD_MULTIPART },
        { BYTES("--b\r\n" FIELD("a") FIELD("a") "\r\n1\r\n" END), HTTP_BAD_MULTIPART },
        { BYTES("--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n" END), HTTP_BAD_MULTIPART },
        { BYTES("--b\r\nContent-Disposition: attachment; name=a\r\n\r\n1\r\n" END),
          HTTP_BAD_MULTIPART },
        { BYTES("--b\r\nContent-Disposition: form-datax; name=a\r\n\r\n1\r\n" END),
          HTTP_BAD_MULTIPART },
        { BYTES("--b\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n" END),
          HTTP_BAD_MULTIPART },
        { BYTES("--b\r\nContent-Disposition: form-data; name=\"a\\\"\r\n\r\n1\r\n" END),
          HTTP_BAD_MULTIPART },
        { BYTES("--b\r\nContent-Disposition: form-data; name=\"a\"b\r\n\r\n1\r\n" END),
          HTTP_BAD_MULTIPART },
        { BYTES("--b\r\nContent-Disposition: form-data; name=a; name=b\r\n\r\n1\r\n" END),
          HTTP_BAD_MULTIPART },
        { BYTES("--b\r\nContent-Disposition: form-data; name\r\n\r\n1\r\n" END),
          HTTP_BAD_MULTIPART },
        { BYTES("--b\r\nContent-Disposition: form-data;\r\n name=a\r\n\r\n1\r\n" END),
          HTTP_BAD_MULTIPART },
        /* files */
        { BYTES("--b\r\nContent-Disposition: form-data; name=a; filename=x\r\n\r\n1\r\n" END),
          HTTP_BAD_MULTIPART },
        { BYTES("--b\r\nContent-Disposition: form-data; FileName=\"\"; name=a\r\n\r\n1\r\n" END),
          HTTP_BAD_MULTIPART },
        { BYTES(
              "--b\r\nContent-Disposition: form-data; name=a; filename*=UTF-8''x\r\n\r\n1\r\n" END),
          HTTP_BAD_MULTIPART },
        /* text */
        { BYTES("--b\r\n" FIELD("a") "\r\nx\0y\r\n" END), HTTP_BAD_NUL },
        { BYTES("--b\r\n" FIELD("a\0b") "\r\nx\r\n" END), HTTP_BAD_NUL },
        { BYTES(PART("a", "\xff") END), HTTP_BAD_UTF8 },
        { BYTES(PART("a", "\xe2\x82") END), HTTP_BAD_UTF8 },
        { BYTES(PART("\xc0\xaf", "1") END), HTTP_BAD_UTF8 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct http_pairs pairs = { .count = 7 };
        enum http_fault fault = parse(rows[i].data, rows[i].length, "b", &pairs);
        if (fault != rows[i].fault)
            fail_msg("row %zu: fault %d, not %d:\n%s", i, fault, rows[i].fault, rows[i].data);
        assert_int_equal(pairs.count, 0);
    }
}

static void
test_boundary_length(void **state)
{
    (void)state;
    struct http_pairs pairs;
    char boundary[HTTP_BOUNDARY_MAX + 2] = "";
    memset(boundary, '-', HTTP_BOUNDARY_MAX);
    const char *body =
        arena_printf(arena, "--%s\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--%s--",
                     boundary, boundary);
    assert_int_equal(parse(body, strlen(body), boundary, &pairs), HTTP_FINE);
    assert_string_equal(http_pairs_find(&pairs, "a"), "1");
    boundary[HTTP_BOUNDARY_MAX] = '-';
    assert_int_equal(parse(body, strlen(body), boundary, &pairs), HTTP_BAD_MULTIPART);
    assert_int_equal(parse(body, strlen(body), "", &pairs), HTTP_BAD_MULTIPART);
}

static void
test_cut_anywhere(void **state)
{
    (void)state;
    static const char body[] = "pre\r\n" PART("a", "1") PART("b\\\"", "x\r\ny") "--b--";
    struct http_pairs pairs;
    for (size_t length = 1; length < sizeof body - 1; length++)
        if (parse(body, length, "b", &pairs) != HTTP_BAD_MULTIPART)
            fail_msg("taken although cut after %zu bytes", length);
    assert_int_equal(parse(body, sizeof body - 1, "b", &pairs), HTTP_FINE);
    assert_int_equal(pairs.count, 2);
}

static char *
many_parts(size_t count)
{
    struct buf buf;
    buf_init(&buf, arena, SIZE_MAX);
    for (size_t i = 0; i < count; i++)
        buf_printf(&buf, "--b\r\nContent-Disposition: form-data; name=n%zu\r\n\r\n1\r\n", i);
    buf_text(&buf, END);
    return buf.data;
}

static void
test_parts_limit(void **state)
{
    (void)state;
    struct http_pairs pairs;
    const char *body = many_parts(HTTP_PAIRS_MAX);
    assert_int_equal(parse(body, strlen(body), "b", &pairs), HTTP_FINE);
    assert_int_equal(pairs.count, HTTP_PAIRS_MAX);
    assert_string_equal(pairs.items[127].name, "n127");
    body = many_parts(HTTP_PAIRS_MAX + 1);
    assert_int_equal(parse(body, strlen(body), "b", &pairs), HTTP_TOO_MANY_PAIRS);
    assert_int_equal(pairs.count, 0);
    body = many_parts(100000);
    assert_int_equal(parse(body, strlen(body), "b", &pairs), HTTP_TOO_MANY_PAIRS);
}

/* What glibc has handed out; nothing under a sanitizer, which brings its own allocator. */
static size_t
memory_in_use(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static char *
repeated(const char *head, const char *piece, size_t count, const char *tail, size_t *length)
{
    size_t head_length = strlen(head), piece_length = strlen(piece), tail_length = strlen(tail);
    *length = head_length + piece_length * count + tail_length;
    char *text = malloc(*length);
    assert_non_null(text);
    char *p = text;
    memcpy(p, head, head_length);
    p += head_length;
    for (size_t i = 0; i < count; i++, p += piece_length)
        memcpy(p, piece, piece_length);
    memcpy(p, tail, tail_length);
    return text;
}

/* 2 MiB of each would take minutes, or gigabytes, if time or memory grew with the square. */
static void
test_hostile_bodies_stay_linear(void **state)
{
    (void)state;
    static const char begin[] = "--bbbbbbbb\r\nContent-Disposition: form-data; name=a";
    static const struct {
        const char *head, *piece, *tail;
        enum http_fault fault;
    } rows[] = {
        { "", "\r\n--bbbbbbb", "", HTTP_BAD_MULTIPART },
        { "", "\r\n-", "", HTTP_BAD_MULTIPART },
        { "--bbbbbbbb", " ", "", HTTP_BAD_MULTIPART },
        { "--bbbbbbbb\r\n", "\r", "\r\n--bbbbbbbb--", HTTP_BAD_MULTIPART },
        { begin, ";x=\"\"", "\r\n\r\n1\r\n--bbbbbbbb--", HTTP_FINE },
        { begin, ";x=\"", "\r\n\r\n1\r\n--bbbbbbbb--", HTTP_FINE },
        { begin, "\r\nX:y", "\r\n\r\n1\r\n--bbbbbbbb--", HTTP_FINE },
        { begin, "\r\nContent-Disposition", "\r\n\r\n1\r\n--bbbbbbbb--", HTTP_BAD_MULTIPART },
        { begin, ";;", "\r\n\r\n1\r\n--bbbbbbbb--", HTTP_FINE },
    };
    enum { SIZE = 2 * 1024 * 1024 };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        size_t length;
        struct http_pairs pairs;
        struct arena *own = arena_open();
        char *body = repeated(rows[i].head, rows[i].piece, SIZE / strlen(rows[i].piece),
                              rows[i].tail, &length);
        size_t before = memory_in_use();
        clock_t start = clock();
        enum http_fault fault = http_form_parse_multipart(own, body, length, "bbbbbbbb", &pairs);
        double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
        size_t grown = memory_in_use() - before;
        if (fault != rows[i].fault || seconds > 5 || grown > (size_t)SIZE * 16)
            fail_msg("row %zu: fault %d, %.1f s, %zu bytes", i, fault, seconds, grown);
        free(body);
        arena_close(own);
    }
}

/* A file is a field where it is taken; its name and type do not matter. */
static void
test_files(void **state)
{
    (void)state;
    static const char file[] =
        "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"../x.csv\"\r\n"
        "Content-Type: text/csv\r\n\r\na,b\r\nc\r\n" PART("t", "1") END;
    struct http_pairs pairs;
    assert_int_equal(parse(file, strlen(file), "b", &pairs), HTTP_BAD_MULTIPART);
    assert_int_equal(http_form_parse_files(arena, file, strlen(file), "b", &pairs), HTTP_FINE);
    assert_int_equal(pairs.count, 2);
    assert_string_equal(http_pairs_find(&pairs, "f"), "a,b\r\nc");
    assert_string_equal(http_pairs_find(&pairs, "t"), "1");
    static const char binary[] =
        "--b\r\nContent-Disposition: form-data; name=f; filename=x\r\n\r\n\xff\r\n" END;
    assert_int_equal(http_form_parse_files(arena, binary, strlen(binary), "b", &pairs),
                     HTTP_BAD_UTF8);
    assert_int_equal(pairs.count, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fields, setup, teardown),
        cmocka_unit_test_setup_teardown(test_files, setup, teardown),
        cmocka_unit_test_setup_teardown(test_faults, setup, teardown),
        cmocka_unit_test_setup_teardown(test_boundary_length, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cut_anywhere, setup, teardown),
        cmocka_unit_test_setup_teardown(test_parts_limit, setup, teardown),
        cmocka_unit_test(test_hostile_bodies_stay_linear),
    };
    return cmocka_run_group_tests_name("http/multipart", tests, NULL, NULL);
}
