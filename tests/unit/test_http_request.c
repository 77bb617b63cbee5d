/*
 * test_http_request.c - parameters to a request, body to fields, and the limits on both.
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

/* A body that comes in pieces of `step` bytes. */
struct source {
    const char *data; /* NULL: as many bytes as anybody asks for */
    size_t left, step, given;
    bool breaks; /* the connection fails at the end of the data */
};

static long
read_source(void *context, char *data, size_t size)
{
    struct source *source = context;
    if (source->left == 0)
        return source->breaks ? -1 : 0;
    if (size > source->step)
        size = source->step;
    if (size > source->left)
        size = source->left;
    if (source->data == NULL) {
        memset(data, 'x', size);
    } else {
        memcpy(data, source->data + source->given, size);
    }
    source->left -= size;
    source->given += size;
    return (long)size;
}

static struct http_request
request_with(const struct http_pair *params, size_t count)
{
    return (
        struct http_request){ .arena = arena, .params = { params, count }, .read = read_source };
}

static struct http_request
request_to(const char *method, const char *target)
{
    struct http_pair *params = arena_alloc(arena, 2 * sizeof *params);
    params[0] = (struct http_pair){ "REQUEST_METHOD", method };
    params[1] = (struct http_pair){ "REQUEST_URI", target };
    return request_with(params, 2);
}

static void
test_whole_request(void **state)
{
    (void)state;
    static const struct http_pair params[] = {
        { "REQUEST_METHOD", "POST" },
        { "REQUEST_URI", "/app/%61?q=a+b&r=%26" },
        { "QUERY_STRING", "ignored=1" },
        { "SCRIPT_NAME", "/ignored" },
        { "REMOTE_ADDR", "2001:db8::1" },
        { "HTTP_COOKIE", "s=abc; t=d" },
        { "CONTENT_TYPE", " Multipart/Form-Data ; charset = UTF-8; Boundary=\"x y\"" },
        { "CONTENT_LENGTH", "42" },
    };
    struct http_request request = request_with(params, LENGTH_OF(params));
    assert_int_equal(http_request_parse(&request), HTTP_FINE);
    assert_int_equal(request.method, HTTP_POST);
    assert_string_equal(request.method_text, "POST");
    assert_string_equal(request.target, "/app/%61?q=a+b&r=%26");
    assert_string_equal(request.path, "/app/a");
    assert_int_equal(request.query.count, 2);
    assert_string_equal(http_pairs_find(&request.query, "q"), "a b");
    assert_string_equal(http_pairs_find(&request.query, "r"), "&");
    assert_string_equal(http_pairs_find(&request.cookies, "t"), "d");
    assert_string_equal(request.remote_addr, "2001:db8::1");
    assert_string_equal(request.content_type, "multipart/form-data");
    assert_string_equal(request.boundary, "x y");
    assert_int_equal(request.content_length, 42);
    assert_int_equal(request.form.count, 0);
}

static void
test_methods(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum http_method method;
    } rows[] = {
        { "GET", HTTP_GET },    { "HEAD", HTTP_HEAD },       { "POST", HTTP_POST },
        { "PUT", HTTP_PUT },    { "PATCH", HTTP_PATCH },     { "DELETE", HTTP_DELETE },
        { "get", HTTP_OTHER },  { "OPTIONS", HTTP_OPTIONS }, { "TRACE", HTTP_OTHER },
        { "GET ", HTTP_OTHER }, { "GETX", HTTP_OTHER },      { "G", HTTP_OTHER },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct http_request request = request_to(rows[i].text, "/");
        assert_int_equal(http_request_parse(&request), HTTP_FINE);
        assert_int_equal(request.method, rows[i].method);
        assert_string_equal(request.method_text, rows[i].text);
        if (rows[i].method != HTTP_OTHER)
            assert_string_equal(http_method_name(rows[i].method), rows[i].text);
    }
    assert_string_equal(http_method_name(HTTP_OTHER), "");
}

static void
test_targets(void **state)
{
    (void)state;
    static const struct {
        const char *target;
        enum http_fault fault;
        const char *path;
    } rows[] = {
        { "/", HTTP_FINE, "/" },
        { "/a/b/", HTTP_FINE, "/a/b/" },
        { "//a///b", HTTP_FINE, "//a///b" },
        { "/a?b", HTTP_FINE, "/a" },
        { "/?", HTTP_FINE, "/" },
        { "/a%3Fb", HTTP_FINE, "/a?b" },
        { "/a+b%20c", HTTP_FINE, "/a+b c" },
        { "/%D0%B9", HTTP_FINE, "/\xd0\xb9" },
        { "/\xd0\xb9", HTTP_FINE, "/\xd0\xb9" },
        { "/%252F", HTTP_FINE, "/%2F" },
        { "/...", HTTP_FINE, "/..." },
        { "/.a/b./..c", HTTP_FINE, "/.a/b./..c" },
        { "/a?../%2F", HTTP_FINE, "/a" },
        { "http://h/a?b", HTTP_FINE, "/a" },
        { "HTTPS://user@h:80/a", HTTP_FINE, "/a" },
        { "http://h", HTTP_FINE, "/" },
        { "http://h?a=/b", HTTP_FINE, "/" },
        { "http://h//a", HTTP_FINE, "//a" },

        { "", HTTP_NO_TARGET, NULL },
        { "*", HTTP_NO_TARGET, NULL },
        { "a", HTTP_NO_TARGET, NULL },
        { "?a", HTTP_NO_TARGET, NULL },
        { "h:443", HTTP_NO_TARGET, NULL },
        { "%2Fa", HTTP_NO_TARGET, NULL },
        { " /a", HTTP_NO_TARGET, NULL },
        { "http://", HTTP_NO_TARGET, NULL },
        { "http:///a", HTTP_NO_TARGET, NULL },
        { "http:/a", HTTP_NO_TARGET, NULL },
        { "ftp://h/a", HTTP_NO_TARGET, NULL },

        { "/%", HTTP_BAD_ESCAPE, NULL },
        { "/%zz", HTTP_BAD_ESCAPE, NULL },
        { "/%2", HTTP_BAD_ESCAPE, NULL },
        { "/%%2F", HTTP_BAD_ESCAPE, NULL },
        { "/%4?1", HTTP_BAD_ESCAPE, NULL },
        { "/a?b=%", HTTP_BAD_ESCAPE, NULL },
        { "/a%00b", HTTP_BAD_NUL, NULL },
        { "/a?b=%00", HTTP_BAD_NUL, NULL },
        { "/%ff", HTTP_BAD_UTF8, NULL },
        { "/%C0%AE%C0%AE/", HTTP_BAD_UTF8, NULL },
        { "/a?b=%ff", HTTP_BAD_UTF8, NULL },

        { "/.", HTTP_BAD_PATH, NULL },
        { "/..", HTTP_BAD_PATH, NULL },
        { "/a/./b", HTTP_BAD_PATH, NULL },
        { "/a/../b", HTTP_BAD_PATH, NULL },
        { "/a//../b", HTTP_BAD_PATH, NULL },
        { "/a/..?b", HTTP_BAD_PATH, NULL },
        { "/a/%2e%2E/b", HTTP_BAD_PATH, NULL },
        { "/a/.%2e", HTTP_BAD_PATH, NULL },
        { "/a%2Fb", HTTP_BAD_PATH, NULL },
        { "/a%2fb", HTTP_BAD_PATH, NULL },
        { "/a\\b", HTTP_BAD_PATH, NULL },
        { "/a%5Cb", HTTP_BAD_PATH, NULL },
        { "/a\nb", HTTP_BAD_PATH, NULL },
        { "/a%0D%0Ab", HTTP_BAD_PATH, NULL },
        { "/a%1F", HTTP_BAD_PATH, NULL },
        { "/a%7f", HTTP_BAD_PATH, NULL },
        { "http://h/..", HTTP_BAD_PATH, NULL },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct http_request request = request_to("GET", rows[i].target);
        enum http_fault fault = http_request_parse(&request);
        if (fault != rows[i].fault)
            fail_msg("%s: fault %d, not %d", rows[i].target, fault, rows[i].fault);
        assert_string_equal(request.target, rows[i].target);
        assert_string_equal(request.method_text, "GET");
        if (rows[i].path != NULL && !text_equal(request.path, rows[i].path))
            fail_msg("%s: path %s", rows[i].target, request.path);
    }
}

static void
test_target_length(void **state)
{
    (void)state;
    char *target = arena_alloc(arena, HTTP_TARGET_MAX + 2);
    memset(target, 'a', HTTP_TARGET_MAX);
    target[0] = '/';
    struct http_request request = request_to("GET", target);
    assert_int_equal(http_request_parse(&request), HTTP_FINE);
    target[HTTP_TARGET_MAX] = 'a';
    assert_int_equal(http_request_parse(&request), HTTP_TARGET_TOO_LONG);
    assert_ptr_equal(request.target, target);
}

static void
test_missing_parameters(void **state)
{
    (void)state;
    struct http_request request = request_with(NULL, 0);
    request.method_text = request.target = request.remote_addr = NULL;
    assert_int_equal(http_request_parse(&request), HTTP_NO_TARGET);
    assert_string_equal(request.method_text, "");
    assert_string_equal(request.target, "");
    assert_string_equal(request.remote_addr, "");
    assert_string_equal(request.path, "");
    assert_string_equal(request.content_type, "");
    assert_int_equal(request.method, HTTP_OTHER);

    static const struct http_pair no_method[] = { { "REQUEST_URI", "/a" }, { "REMOTE_ADDR", "x" } };
    request = request_with(no_method, 2);
    assert_int_equal(http_request_parse(&request), HTTP_NO_TARGET);
    assert_string_equal(request.target, "/a");
    assert_string_equal(request.remote_addr, "x");

    request = request_to("", "/a");
    assert_int_equal(http_request_parse(&request), HTTP_NO_TARGET);
}

static void
test_duplicates(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum http_fault fault;
    } rows[] = {
        { "REQUEST_METHOD", HTTP_DUPLICATE_HEADER },
        { "REQUEST_URI", HTTP_DUPLICATE_HEADER },
        { "HTTP_AUTHORIZATION", HTTP_DUPLICATE_HEADER },
        { "HTTP_COOKIE", HTTP_DUPLICATE_HEADER },
        { "HTTP_ORIGIN", HTTP_DUPLICATE_HEADER },
        { "HTTP_HOST", HTTP_DUPLICATE_HEADER },
        { "HTTP_SEC_FETCH_SITE", HTTP_DUPLICATE_HEADER },
        { "CONTENT_TYPE", HTTP_DUPLICATE_HEADER },
        { "HTTP_ACCEPT", HTTP_FINE },
        { "REMOTE_ADDR", HTTP_FINE },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct http_pair params[] = {
            { rows[i].name, "/a" }, { "REQUEST_METHOD", "GET" }, { "REQUEST_URI", "/a" },
            { "X", "y" },           { rows[i].name, "/b" },
        };
        struct http_request request = request_with(params, LENGTH_OF(params));
        if (http_request_parse(&request) != rows[i].fault)
            fail_msg("%s twice", rows[i].name);
        assert_non_null(request.target);
        assert_non_null(request.method_text);
    }
    static const struct http_pair same[] = {
        { "REQUEST_METHOD", "GET" }, { "REQUEST_URI", "/" }, { "HTTP_HOST", "h" },
        { "HTTP_HOST", "h" },        { "REQUEST_URI", "/" },
    };
    struct http_request request = request_with(same, LENGTH_OF(same));
    assert_int_equal(http_request_parse(&request), HTTP_FINE);
}

static void
test_cookie_and_query_limits(void **state)
{
    (void)state;
    struct buf cookies, target;
    buf_init(&cookies, arena, SIZE_MAX);
    buf_init(&target, arena, SIZE_MAX);
    buf_text(&target, "/?");
    for (int i = 0; i <= HTTP_PAIRS_MAX; i++) {
        buf_text(&cookies, "a=b;");
        buf_text(&target, "a=b&");
    }
    struct http_request request = request_to("GET", target.data);
    assert_int_equal(http_request_parse(&request), HTTP_TOO_MANY_PAIRS);
    const struct http_pair params[] = {
        { "REQUEST_METHOD", "GET" },
        { "REQUEST_URI", "/" },
        { "HTTP_COOKIE", cookies.data },
    };
    request = request_with(params, LENGTH_OF(params));
    assert_int_equal(http_request_parse(&request), HTTP_TOO_MANY_PAIRS);
}

static void
test_content_length(void **state)
{
    (void)state;
    static const struct {
        const char *first, *last;
        enum http_fault fault;
        int64_t length;
    } rows[] = {
        { "", "0", HTTP_FINE, 0 },
        { "", "007", HTTP_FINE, 7 },
        { "1", "5", HTTP_FINE, 5 },
        { "100", "", HTTP_FINE, -1 },
        { "x", "5", HTTP_FINE, 5 },
        { "", "9223372036854775807", HTTP_FINE, INT64_MAX },
        { "", "9223372036854775808", HTTP_BAD_LENGTH, -1 },
        { "", "99999999999999999999999", HTTP_BAD_LENGTH, -1 },
        { "", "-1", HTTP_BAD_LENGTH, -1 },
        { "", "+1", HTTP_BAD_LENGTH, -1 },
        { "", "1 ", HTTP_BAD_LENGTH, -1 },
        { "", "1, 1", HTTP_BAD_LENGTH, -1 },
        { "", "0x10", HTTP_BAD_LENGTH, -1 },
        { "5", "x", HTTP_BAD_LENGTH, -1 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const struct http_pair params[] = {
            { "CONTENT_LENGTH", rows[i].first },
            { "REQUEST_METHOD", "POST" },
            { "REQUEST_URI", "/" },
            { "CONTENT_LENGTH", rows[i].last },
        };
        struct http_request request = request_with(params, LENGTH_OF(params));
        if (http_request_parse(&request) != rows[i].fault)
            fail_msg("Content-Length %s", rows[i].last);
        assert_int_equal(request.content_length, rows[i].length);
    }
}

static void
test_content_type(void **state)
{
    (void)state;
    static const char seventy[] =
        "0123456789012345678901234567890123456789012345678901234567890123456789";
    static const struct {
        const char *header, *type, *boundary;
    } rows[] = {
        { NULL, "", NULL },
        { "", "", NULL },
        { "text/plain", "text/plain", NULL },
        { "TEXT/Plain;charset=UTF-8", "text/plain", NULL },
        { "application/json ; charset = \"UTF-8\"", "application/json", NULL },
        { "application/json; boundary=x", "application/json", NULL },
        { "application/json; broken; \"", "application/json", NULL },
        { "multipart/form-data", "multipart/form-data", NULL },
        { "multipart/form-data; boundary=x", "multipart/form-data", "x" },
        { "multipart/form-data;boundary=\"x:y;z\"", "multipart/form-data", "x:y;z" },
        { "multipart/form-data ;\tcharset=UTF-8;BOUNDARY = x ;", "multipart/form-data", "x" },
        { "multipart/form-data; boundary=----=_a=b", "multipart/form-data", "----=_a=b" },
        { "multipart/form-data; boundary=", "multipart/form-data", NULL },
        { "multipart/form-data; boundary=\"\"", "multipart/form-data", NULL },
        { "multipart/form-data; boundary=\"x", "multipart/form-data", NULL },
        { "multipart/form-data; boundary=\"x \"", "multipart/form-data", NULL },
        { "multipart/form-data; boundary=x; boundary=x", "multipart/form-data", NULL },
        { "multipart/form-data; boundary=x; y", "multipart/form-data", NULL },
        { "multipart/form-data; boundary=\xd0\xb9", "multipart/form-data", NULL },
        { "multipart/form-data; boundary=\"a\r\nb\"", "multipart/form-data", NULL },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const struct http_pair params[] = {
            { "REQUEST_METHOD", "POST" },
            { "REQUEST_URI", "/" },
            { "CONTENT_TYPE", rows[i].header },
        };
        struct http_request request = request_with(params, rows[i].header == NULL ? 2 : 3);
        assert_int_equal(http_request_parse(&request), HTTP_FINE);
        assert_string_equal(request.content_type, rows[i].type);
        if ((request.boundary == NULL) != (rows[i].boundary == NULL))
            fail_msg("%s: boundary %s", rows[i].header, request.boundary);
        if (request.boundary != NULL)
            assert_string_equal(request.boundary, rows[i].boundary);
    }
    for (int extra = 0; extra < 2; extra++) {
        const struct http_pair params[] = {
            { "REQUEST_METHOD", "POST" },
            { "REQUEST_URI", "/" },
            { "CONTENT_TYPE", arena_printf(arena, "multipart/form-data; boundary=%s%s", seventy,
                                           extra ? "x" : "") },
        };
        struct http_request request = request_with(params, LENGTH_OF(params));
        assert_int_equal(http_request_parse(&request), HTTP_FINE);
        assert_int_equal(request.boundary == NULL, extra);
    }
}

static enum http_fault
read_form(struct http_request *request, const char *type, const char *length, struct source *source,
          size_t limit)
{
    struct http_pair *params = arena_alloc(arena, 4 * sizeof *params);
    params[0] = (struct http_pair){ "REQUEST_METHOD", "POST" };
    params[1] = (struct http_pair){ "REQUEST_URI", "/" };
    params[2] = (struct http_pair){ "CONTENT_LENGTH", length };
    params[3] = (struct http_pair){ "CONTENT_TYPE", type };
    *request = request_with(params, 4);
    request->read_context = source;
    assert_int_equal(http_request_parse(request), HTTP_FINE);
    return http_request_read_form(request, limit);
}

static const char urlencoded[] = "application/x-www-form-urlencoded";
static const char multipart[] = "multipart/form-data; boundary=b";
static const char multipart_body[] =
    "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b--\r\n";

static void
test_read_form(void **state)
{
    (void)state;
    enum { LIMIT = 100 };
    char many[LIMIT + 2] = "";
    memset(many, '&', LIMIT + 1);
    memcpy(many, "a=1", 3);
    const char *full = arena_strndup(arena, many, LIMIT);
    const struct {
        const char *type, *length, *data;
        bool breaks;
        enum http_fault fault;
        const char *value; /* of field a */
    } rows[] = {
        { urlencoded, "3", "a=1", false, HTTP_FINE, "1" },
        { "Application/X-WWW-Form-Urlencoded ; charset=utf-8", "3", "a=1", false, HTTP_FINE, "1" },
        { "", "3", "a=1", false, HTTP_FINE, "1" },
        { urlencoded, "", "a=1", false, HTTP_FINE, "1" },
        { urlencoded, "3", "a=123", false, HTTP_FINE, "1" },
        { urlencoded, "100", full, false, HTTP_FINE, "1" },
        { urlencoded, "", full, false, HTTP_FINE, "1" },
        { multipart, "", multipart_body, false, HTTP_FINE, "1" },
        /* nothing sent is an empty form */
        { urlencoded, "0", "", false, HTTP_FINE, NULL },
        { "application/json", "0", "", false, HTTP_FINE, NULL },
        { "application/json", "", "", false, HTTP_FINE, NULL },
        { "multipart/form-data", "", "", false, HTTP_FINE, NULL },
        { multipart, "0", multipart_body, false, HTTP_FINE, NULL },
        /* size */
        { urlencoded, "101", many, false, HTTP_BODY_TOO_LARGE, NULL },
        { urlencoded, "", many, false, HTTP_BODY_TOO_LARGE, NULL },
        { urlencoded, "9223372036854775807", "a=1", false, HTTP_BODY_TOO_LARGE, NULL },
        { urlencoded, "4", "a=1", false, HTTP_BODY_SHORT, NULL },
        { urlencoded, "4", "a=1", true, HTTP_BODY_SHORT, NULL },
        { urlencoded, "", "a=1", true, HTTP_BODY_SHORT, NULL },
        { urlencoded, "1", "", false, HTTP_BODY_SHORT, NULL },
        /* type */
        { "application/json", "2", "{}", false, HTTP_BAD_TYPE, NULL },
        { "application/x-www-form-urlencodedx", "3", "a=1", false, HTTP_BAD_TYPE, NULL },
        { "multipart/form-data", "", multipart_body, false, HTTP_BAD_TYPE, NULL },
        { "multipart/mixed; boundary=b", "", multipart_body, false, HTTP_BAD_TYPE, NULL },
        /* content */
        { urlencoded, "3", "a=%", false, HTTP_BAD_ESCAPE, NULL },
        { multipart, "3", "a=1", false, HTTP_BAD_MULTIPART, NULL },
    };
    for (size_t step = 1; step <= LIMIT * 2; step *= 7) {
        for (size_t i = 0; i < LENGTH_OF(rows); i++) {
            struct source source = {
                .data = rows[i].data,
                .left = strlen(rows[i].data),
                .step = step,
                .breaks = rows[i].breaks,
            };
            struct http_request request;
            enum http_fault fault =
                read_form(&request, rows[i].type, rows[i].length, &source, LIMIT);
            if (fault != rows[i].fault)
                fail_msg("row %zu, step %zu: fault %d, not %d", i, step, fault, rows[i].fault);
            const char *value = http_pairs_find(&request.form, "a");
            if (rows[i].value == NULL)
                assert_int_equal(request.form.count, 0);
            else
                assert_string_equal(value, rows[i].value);
        }
    }
}

/* What glibc has handed out; nothing under a sanitizer, which brings its own allocator. */
static size_t
memory_in_use(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static void
test_endless_body_is_not_read(void **state)
{
    (void)state;
    enum { LIMIT = 64 * 1024 };
    static const struct {
        const char *length;
        size_t given_at_most;
    } rows[] = {
        { "", LIMIT + 1 },
        { "1000000000000", 0 },
        { "65537", 0 },
        { "65536", LIMIT },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct source source = { .left = SIZE_MAX, .step = 1000 };
        struct http_request request;
        size_t before = memory_in_use();
        enum http_fault fault = read_form(&request, urlencoded, rows[i].length, &source, LIMIT);
        assert_int_equal(fault, i == 3 ? HTTP_FINE : HTTP_BODY_TOO_LARGE);
        assert_true(source.given <= rows[i].given_at_most);
        assert_true(memory_in_use() <= before + 8 * LIMIT);
    }
}

static void
test_many_parameters_stay_bounded(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    struct http_pair *params = calloc(COUNT + 3, sizeof *params);
    assert_non_null(params);
    for (size_t i = 0; i < COUNT; i++)
        params[i] = (struct http_pair){ "HTTP_AUTHORIZATION", "Bearer a" };
    params[COUNT] = (struct http_pair){ "REQUEST_METHOD", "GET" };
    params[COUNT + 1] = (struct http_pair){ "REQUEST_URI", "/last" };
    params[COUNT + 2] = (struct http_pair){ "HTTP_AUTHORIZATION", "Bearer b" };

    size_t before = memory_in_use();
    clock_t start = clock();
    struct http_request request = request_with(params, COUNT + 2);
    assert_int_equal(http_request_parse(&request), HTTP_FINE);
    assert_string_equal(request.path, "/last");
    request = request_with(params, COUNT + 3);
    assert_int_equal(http_request_parse(&request), HTTP_DUPLICATE_HEADER);
    assert_true(clock() - start < 5 * CLOCKS_PER_SEC);
    assert_true(memory_in_use() <= before + 128 * 1024);
    free(params);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_whole_request, setup, teardown),
        cmocka_unit_test_setup_teardown(test_methods, setup, teardown),
        cmocka_unit_test_setup_teardown(test_targets, setup, teardown),
        cmocka_unit_test_setup_teardown(test_target_length, setup, teardown),
        cmocka_unit_test_setup_teardown(test_missing_parameters, setup, teardown),
        cmocka_unit_test_setup_teardown(test_duplicates, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cookie_and_query_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_content_length, setup, teardown),
        cmocka_unit_test_setup_teardown(test_content_type, setup, teardown),
        cmocka_unit_test_setup_teardown(test_read_form, setup, teardown),
        cmocka_unit_test_setup_teardown(test_endless_body_is_not_read, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_parameters_stay_bounded, setup, teardown),
    };
    return cmocka_run_group_tests_name("http/request", tests, NULL, NULL);
}
