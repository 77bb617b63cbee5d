/*
 * test_util_csv.c - comma-separated values, read and written.
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

struct source {
    const char *at;
    size_t left, step; /* so many bytes at a time; 0: it fails at the end */
    bool fails;
};

static long
read_source(void *context, char *data, size_t size)
{
    struct source *source = context;
    if (source->left == 0)
        return source->fails ? -1 : 0;
    size_t step = source->step < source->left ? source->step : source->left;
    step = step < size ? step : size;
    memcpy(data, source->at, step);
    source->at += step;
    source->left -= step;
    return (long)step;
}

/* Rows as "line:a|b;", and the fault with its line if there is one. */
static const char *
rows_of(const char *text, size_t length, size_t step, bool fails)
{
    struct source source = { text, length, step, fails };
    struct csv *csv = arena_alloc(arena, sizeof *csv);
    struct csv_row row;
    struct buf out;
    buf_init(&out, arena, SIZE_MAX);
    csv_init(csv, read_source, &source);
    while (csv_next(csv, arena, &row)) {
        buf_printf(&out, "%zu:", row.line);
        for (size_t i = 0; i < row.count; i++)
            buf_printf(&out, "%s%s", i == 0 ? "" : "|", row.fields[i]);
        buf_char(&out, ';');
    }
    if (csv->fault != CSV_FINE)
        buf_printf(&out, "fault %d at %zu", (int)csv->fault, csv->line);
    return out.data;
}

static void
test_rows(void **state)
{
    (void)state;
    static const struct {
        const char *text, *rows;
    } cases[] = {
        { "", "" },
        { "\n\r\n\n", "" },
        { "a", "1:a;" },
        { "a,b\nc,d\n", "1:a|b;2:c|d;" },
        { "a,b\r\nc,d", "1:a|b;2:c|d;" },
        { "\xef\xbb\xbf"
          "a,b\n",
          "1:a|b;" },
        { "\xef\xbb\xbf", "" },
        { ",\n", "1:|;" },
        { "a,\n,b", "1:a|;2:|b;" },
        { "\"\"", "1:;" },
        { "\"a,b\",\"c\"\"d\"\n", "1:a,b|c\"d;" },
        { "\"two\r\nlines\",x\r\nnext", "1:two\r\nlines|x;3:next;" },
        { "a\n\n\nb", "1:a;4:b;" },
        { " a , b ", "1: a | b ;" },
        { "\xc3\xa4,\xe2\x82\xac", "1:\xc3\xa4|\xe2\x82\xac;" },
        { "a\rb,c", "1:a\rb|c;" },
        { "a\"b", "fault 1 at 1" },
        { "x\n\"a\"b", "1:x;fault 1 at 2" },
        { "\"a\"\rb", "fault 1 at 1" },
        { "\"a\" ,b", "fault 1 at 1" },
        { "x\n\"a\nb", "1:x;fault 2 at 3" },
        { "\"", "fault 2 at 1" },
        { "\"a\"\"", "fault 2 at 1" },
        { "a,\xff", "fault 5 at 1" },
        { "\xed\xa0\x80", "fault 5 at 1" },
        { "\ra", "fault 5 at 1" },
    };
    for (size_t i = 0; i < LENGTH_OF(cases); i++)
        for (size_t step = 1; step < 9; step += 1)
            assert_string_equal(rows_of(cases[i].text, strlen(cases[i].text), step, false),
                                cases[i].rows);
}

static void
test_limits(void **state)
{
    (void)state;
    struct buf text;
    buf_init(&text, arena, SIZE_MAX);
    for (int i = 0; i < CSV_FIELD_MAX; i++)
        buf_char(&text, 'x');
    assert_int_equal(strlen(rows_of(text.data, text.length, 4096, false)), CSV_FIELD_MAX + 3);
    buf_char(&text, 'x');
    assert_string_equal(rows_of(text.data, text.length, 4096, false), "fault 3 at 1");
    buf_init(&text, arena, SIZE_MAX);
    for (int i = 0; i < CSV_COLUMNS_MAX - 1; i++)
        buf_char(&text, ',');
    assert_int_equal(strlen(rows_of(text.data, text.length, 4096, false)), CSV_COLUMNS_MAX + 2);
    buf_char(&text, ',');
    assert_string_equal(rows_of(text.data, text.length, 4096, false), "fault 4 at 1");
    assert_string_equal(rows_of("a\0b", 3, 2, false), "fault 5 at 1");
    /* What can't be read is not the end. */
    assert_string_equal(rows_of("a\nb", 3, 2, true), "1:a;fault 6 at 2");
    assert_string_equal(rows_of("", 0, 2, true), "fault 6 at 1");
}

static void
test_writing(void **state)
{
    (void)state;
    static const struct {
        const char *text, *field, *defused;
    } cases[] = {
        { "a b", "a b", "a b" },        { "", "\"\"", "" },
        { "a,b", "\"a,b\"", "a,b" },    { "a\"b", "\"a\"\"b\"", "a\"b" },
        { "a\nb", "\"a\nb\"", "a\nb" }, { "=1", "=1", "'=1" },
        { "+1", "+1", "'+1" },          { "-1", "-1", "'-1" },
        { "@x", "@x", "'@x" },          { "\tx", "\tx", "'\tx" },
        { "\rx", "\"\rx\"", "'\rx" },   { "1=1", "1=1", "1=1" },
    };
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        struct buf out;
        buf_init(&out, arena, SIZE_MAX);
        csv_field(&out, cases[i].text);
        assert_string_equal(out.data, cases[i].field);
        assert_string_equal(csv_defused(arena, cases[i].text), cases[i].defused);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_writing, setup, teardown),
    };
    return cmocka_run_group_tests_name("util/csv", tests, NULL, NULL);
}
