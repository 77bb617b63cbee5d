/*
 * test_util_log.c - a line is one line whatever comes in; levels, formats, rotation; the two ways
 * to end the process.
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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/util.h"

enum { TIME_LENGTH = sizeof "time=2026-01-31T12:34:56Z " - 1, LINE_MAX_LENGTH = 4096 };

static struct arena *arena;
static char dir[64], path[80];

static void
open_log(enum log_level level, enum log_format format)
{
    struct fault fault;
    assert_true(log_open(&(struct log_options){ path, level, format }, &fault));
}

static int
setup(void **state)
{
    (void)state;
    arena = arena_open();
    strcpy(dir, "/tmp/callgate-log-XXXXXX");
    if (mkdtemp(dir) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/log", dir);
    open_log(LOG_AT_INFO, LOG_KEY_VALUE);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    struct fault fault;
    log_set_request(NULL);
    bool closed = log_open(&(struct log_options){ "stderr", LOG_AT_INFO, LOG_KEY_VALUE }, &fault);
    unlink(path);
    arena_close(arena);
    return closed ? rmdir(dir) : -1;
}

/* The whole file, "" if there is none. */
static const char *
read_log(const char *file)
{
    char *text = arena_alloc(arena, 64 * 1024);
    FILE *stream = fopen(file, "r");
    if (stream == NULL)
        return "";
    size_t length = fread(text, 1, 64 * 1024 - 1, stream);
    fclose(stream);
    text[length] = '\0';
    return text;
}

/* The one line that is there, without time and line end; the file is emptied. */
static const char *
take_line(void)
{
    const char *text = read_log(path);
    assert_int_equal(truncate(path, 0), 0);
    assert_true(strlen(text) > TIME_LENGTH && strlen(text) <= LINE_MAX_LENGTH);
    assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
    assert_true(text_starts(text, "time=20"));
    assert_int_equal(text[TIME_LENGTH - 1], ' ');
    return arena_strndup(arena, text + TIME_LENGTH, strlen(text) - TIME_LENGTH - 1);
}

static void
test_pairs(void **state)
{
    (void)state;
    log_event(LOG_AT_INFO, "a thing", "name", "value", "absent", NULL, "last", "x y", NULL);
    assert_string_equal(take_line(), "level=info what=\"a thing\" name=value last=\"x y\"");
    log_event(LOG_AT_ERROR, "plain", NULL);
    assert_string_equal(take_line(), "level=error what=plain");
    log_access("addr", "192.0.2.1", "status", "200", "user", NULL, NULL);
    assert_string_equal(take_line(), "addr=192.0.2.1 status=200");
}

static void
test_request_id(void **state)
{
    (void)state;
    log_set_request("0123456789abcdef");
    log_event(LOG_AT_WARNING, "what", NULL);
    assert_string_equal(take_line(), "level=warning id=0123456789abcdef what=what");
    log_access("path", "/", NULL);
    assert_string_equal(take_line(), "id=0123456789abcdef path=/");
    log_set_request(NULL);
    log_access("path", "/", NULL);
    assert_string_equal(take_line(), "path=/");
}

static void
test_values_are_quoted(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "plain-._~/?&%", "plain-._~/?&%" },
        { "", "\"\"" },
        { "a b", "\"a b\"" },
        { "a=b", "\"a=b\"" },
        { "say \"hi\"", "\"say \\\"hi\\\"\"" },
        { "back\\slash", "\"back\\\\slash\"" },
        { "x\ntime=forged level=error", "\"x\\u000atime=forged level=error\"" },
        { "x\r\ty", "\"x\\u000d\\u0009y\"" },
        { "\x1b[31m\x7f", "\"\\u001b[31m\\u007f\"" },
        { "\xd0\xb9", "\"\xd0\xb9\"" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        log_access("v", rows[i][0], NULL);
        assert_string_equal(take_line(), arena_printf(arena, "v=%s", rows[i][1]));
    }
}

static void
test_json(void **state)
{
    (void)state;
    open_log(LOG_AT_INFO, LOG_JSON);
    log_set_request("ab12");
    log_event(LOG_AT_INFO, "a \"thing\"", "n", "1\n2", "absent", NULL, "plain", "x", NULL);
    const char *text = read_log(path);
    static const char begin[] = "{\"time\":\"20";
    assert_true(text_starts(text, begin));
    assert_string_equal(text + sizeof "{\"time\":\"2026-01-31T12:34:56Z\"" - 1,
                        ",\"level\":\"info\",\"id\":\"ab12\",\"what\":\"a \\\"thing\\\"\","
                        "\"n\":\"1\\u000a2\",\"plain\":\"x\"}\n");
}

static void
test_levels(void **state)
{
    (void)state;
    for (int level = 0; level < LOG_AT__MAX; level++) {
        open_log((enum log_level)level, LOG_KEY_VALUE);
        for (int at = 0; at < LOG_AT__MAX; at++) {
            log_event((enum log_level)at, "what", NULL);
            assert_int_equal(*read_log(path) != '\0', at <= level);
            assert_int_equal(truncate(path, 0), 0);
        }
        log_access("path", "/", NULL);
        assert_int_equal(*read_log(path) != '\0', level >= LOG_AT_INFO);
        assert_int_equal(truncate(path, 0), 0);
    }
}

static void
test_long_line_is_cut(void **state)
{
    (void)state;
    char *long_value = arena_alloc(arena, 10001);
    memset(long_value, 'x', 10000);
    log_access("v", long_value, "w", "lost", NULL);
    assert_true(text_starts(take_line(), "v=xxxx"));
    memset(long_value, '\n', 10000);
    log_access("v", long_value, NULL);
    assert_true(text_starts(take_line(), "v=\"\\u000a\\u000a"));
    open_log(LOG_AT_INFO, LOG_JSON);
    log_access("v", long_value, NULL);
    const char *text = read_log(path);
    assert_true(text_ends(text, "\"}\n") && strlen(text) <= LINE_MAX_LENGTH);
    for (size_t length = 3900; length < 4200; length++) {
        char *value = arena_alloc(arena, length + 7);
        memset(value, 'x', length);
        memcpy(value + length, "\xf0\x9f\x98\x80\n\"", 6);
        assert_int_equal(truncate(path, 0), 0);
        log_access("v", value, "w", "perhaps", "x", "perhaps", NULL);
        const char *line = read_log(path);
        assert_true(text_ends(line, "\"}\n") && utf8_valid(line, strlen(line)));
        assert_true(strlen(line) <= LINE_MAX_LENGTH);
    }
}

static void
test_reopen_after_rotation(void **state)
{
    (void)state;
    const char *rotated = arena_printf(arena, "%s/log.1", dir);
    log_access("n", "1", NULL);
    assert_int_equal(rename(path, rotated), 0);
    log_access("n", "2", NULL);
    log_reopen();
    log_access("n", "3", NULL);
    assert_string_equal(take_line(), "n=3");
    const char *old = read_log(rotated);
    assert_non_null(strstr(old, "n=1\n"));
    assert_non_null(strstr(old, "n=2\n"));
    unlink(rotated);
}

static void
test_reopen_fails(void **state)
{
    (void)state;
    const char *away = arena_printf(arena, "%s.away", dir);
    assert_int_equal(rename(dir, away), 0);
    log_reopen();
    log_access("n", "1", NULL);
    assert_int_equal(rename(away, dir), 0);
    /* The old file is kept, and says why. */
    const char *text = read_log(path);
    assert_non_null(strstr(text, "log file can't be opened again"));
    assert_non_null(strstr(text, " n=1\n"));
}

static void
test_target_that_cannot_be_opened(void **state)
{
    (void)state;
    struct fault fault = { "" };
    const char *bad = arena_printf(arena, "%s/none/log", dir);
    assert_false(log_open(&(struct log_options){ bad, LOG_AT_INFO, LOG_KEY_VALUE }, &fault));
    assert_true(text_starts(fault.text, "log.target: "));
    assert_non_null(strstr(fault.text, bad));
    char endless[1000];
    memset(endless, '/', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    assert_false(log_open(&(struct log_options){ endless, LOG_AT_INFO, LOG_KEY_VALUE }, &fault));
    assert_true(text_starts(fault.text, "log.target: "));
    /* What was open before still is. */
    log_access("n", "1", NULL);
    assert_string_equal(take_line(), "n=1");
}

static void
test_private_file(void **state)
{
    (void)state;
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    /* The umask may take more away. */
    assert_int_equal(about.st_mode & 0777U & ~0640U, 0);
}

static void
test_fault_set(void **state)
{
    (void)state;
    struct fault fault;
    assert_false(fault_set(&fault, "%s:%d: no", "file", 3));
    assert_string_equal(fault.text, "file:3: no");
    assert_false(fault_set(&fault, "%*s", 5000, "x"));
    assert_int_equal(strlen(fault.text), sizeof fault.text - 1);
}

/* Runs `end` in a child whose stderr is `into`; the child's wait status. */
static int
run_ending(void (*end)(void), const char *into)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int fd = open(into, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (dup2(fd, STDERR_FILENO) < 0)
            _exit(99);
        signal(SIGABRT, SIG_DFL);
        end();
        _exit(99);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void
end_fatal(void)
{
    fatal("no %s", "memory");
}

static void
end_panic(void)
{
    panic("no %s", "sense");
}

static void
test_endings(void **state)
{
    (void)state;
    const char *err = arena_printf(arena, "%s/stderr", dir);
    int status = run_ending(end_fatal, err);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
    assert_string_equal(read_log(err), "callgate: fatal: no memory\n");
    assert_string_equal(take_line(), "level=error what=fatal detail=\"no memory\"");
    status = run_ending(end_panic, err);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_string_equal(read_log(err), "callgate: panic: no sense\n");
    assert_string_equal(take_line(), "level=error what=panic detail=\"no sense\"");
    unlink(err);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_pairs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_request_id, setup, teardown),
        cmocka_unit_test_setup_teardown(test_values_are_quoted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_json, setup, teardown),
        cmocka_unit_test_setup_teardown(test_levels, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long_line_is_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reopen_after_rotation, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reopen_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(test_target_that_cannot_be_opened, setup, teardown),
        cmocka_unit_test_setup_teardown(test_private_file, setup, teardown),
        cmocka_unit_test(test_fault_set),
        cmocka_unit_test_setup_teardown(test_endings, setup, teardown),
    };
    return cmocka_run_group_tests_name("util/log", tests, NULL, NULL);
}
