/*
 * test_util_file.c - text files, and what is none.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/util.h"

static struct arena *arena;
static char path[] = "/tmp/test_util_file.XXXXXX";

static int
setup(void **state)
{
    (void)state;
    arena = arena_open();
    strcpy(path + strlen(path) - 6, "XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int
teardown(void **state)
{
    (void)state;
    arena_close(arena);
    return unlink(path);
}

static const char *
written(const char *data, size_t length)
{
    struct fault fault = { "" };
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    const char *text = file_read_text(arena, path, &fault);
    assert_int_equal(text == NULL, text_starts(fault.text, path));
    return text;
}

static void
test_text(void **state)
{
    (void)state;
    assert_string_equal(written("", 0), "");
    assert_string_equal(written("a\r\n\xd0\xb9", 5), "a\r\n\xd0\xb9");
    char *large = arena_alloc(arena, FILE_TEXT_MAX + 2);
    memset(large, 'x', FILE_TEXT_MAX + 1);
    const char *text = written(large, FILE_TEXT_MAX);
    assert_non_null(text);
    assert_int_equal(strlen(text), FILE_TEXT_MAX);
    assert_null(written(large, FILE_TEXT_MAX + 1));
}

static void
test_no_text(void **state)
{
    (void)state;
    struct fault fault;
    assert_null(written("a\0b", 3));
    assert_null(written("\xc0\xaf", 2));
    assert_null(file_read_text(arena, "/nonexistent/file", &fault));
    assert_string_equal(fault.text, "/nonexistent/file: No such file or directory");
    assert_null(file_read_text(arena, "/", &fault));
    assert_true(text_starts(fault.text, "/: "));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_text, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_text, setup, teardown),
    };
    return cmocka_run_group_tests_name("util/file", tests, NULL, NULL);
}
