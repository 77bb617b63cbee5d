/*
 * test_doctor_checks.c - every check has a name and a cure for each web server, and what a cure
 * says is in the configuration that we ship for it.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "doctor/doctor_int.h"

static struct arena *arena;

/* Runs of blanks become one, so that the layout does not matter. */
static const char *
squeezed(const char *text, size_t length)
{
    struct buf out;
    buf_init(&out, arena, SIZE_MAX);
    buf_text(&out, "");
    for (size_t i = 0; i < length; i++) {
        char c = text[i] == '\t' ? ' ' : text[i];
        if (c != ' ' || (out.length > 0 && strchr(" \n", out.data[out.length - 1]) == NULL))
            buf_char(&out, c);
    }
    return out.data;
}

static const char *
shipped(const char *const *files)
{
    struct fault fault;
    struct buf all;
    const char *source = getenv("CALLGATE_SRCDIR");
    buf_init(&all, arena, SIZE_MAX);
    for (; *files != NULL; files++) {
        const char *path =
            arena_printf(arena, "%s/scripts/%s", source == NULL ? "." : source, *files);
        const char *text = file_read_text(arena, path, &fault);
        if (text == NULL)
            fail_msg("%s", fault.text);
        buf_text(&all, text);
        buf_char(&all, '\n');
    }
    return squeezed(all.data, all.length);
}

/* A line with "..." is shown in part: its directive has to be there, of another the whole line. */
static void
check_cure(const char *id, const char *cure, const char *configuration)
{
    while (*cure != '\0') {
        size_t length = strcspn(cure, "\n");
        const char *line = squeezed(cure, length);
        const char *dots = strstr(line, "...");
        if (dots != NULL)
            line = arena_strndup(arena, line, strcspn(line, " "));
        if (*line != '#' && strstr(configuration, line) == NULL)
            fail_msg("%s: \"%s\" is not in what we ship", id, line);
        cure += length + (cure[length] == '\n');
    }
}

static void
test_cures(void **state)
{
    (void)state;
    static const char *const files[DOCTOR_SERVER__MAX][5] = {
        [DOCTOR_APACHE] = { "apache/callgate.conf", "apache/back-end.conf",
                            "apache/callgate-serve.conf", NULL },
        [DOCTOR_LIGHTTPD] = { "lighttpd/callgate.conf", NULL },
        [DOCTOR_NGINX] = { "nginx/callgate.conf", NULL },
    };
    for (int server = 0; server < DOCTOR_SERVER__MAX; server++) {
        const char *configuration = shipped(files[server]);
        for (size_t i = 0; doctor_check_at(i) != NULL; i++) {
            const struct doctor_check *check = doctor_check_at(i);
            assert_true(!text_is_empty(check->cures[server]));
            check_cure(check->id, check->cures[server], configuration);
        }
    }
}

static void
test_names(void **state)
{
    (void)state;
    size_t count = 0;
    for (; doctor_check_at(count) != NULL; count++) {
        const struct doctor_check *check = doctor_check_at(count);
        assert_true(!text_is_empty(check->title));
        assert_int_equal(strspn(check->id, "abcdefghijklmnopqrstuvwxyz-"), strlen(check->id));
        assert_non_null(doctor_rows[count].run);
        for (size_t i = 0; i < count; i++)
            assert_string_not_equal(check->id, doctor_check_at(i)->id);
    }
    assert_true(count >= 15);
}

/* The manual tells what each of them means. */
static void
test_manual(void **state)
{
    (void)state;
    static const char *const files[] = { "../fcgi/man/callgate.8", NULL };
    const char *manual = shipped(files);
    for (size_t i = 0; doctor_check_at(i) != NULL; i++)
        if (strstr(manual, arena_printf(arena, "\n.It Cm %s\n", doctor_check_at(i)->id)) == NULL)
            fail_msg("%s is not in the manual", doctor_check_at(i)->id);
}

static void
test_report(void **state)
{
    (void)state;
    struct doctor_finding findings[3] = {
        { .check = doctor_check_at(1), .result = DOCTOR_OK },
        { .check = doctor_check_at(2), .result = DOCTOR_FAULT, .seen_count = 1, .more = 2 },
        { .check = doctor_check_at(3), .result = DOCTOR_LEFT_OUT, .note = "why" },
    };
    struct doctor_report report = { .server = -1, .findings = findings, .count = 3 };
    findings[1].seen[0].sent = "GET /x";
    findings[1].seen[0].came = "200";
    const char *text = doctor_report_text(arena, &report);
    for (int i = 0; i < DOCTOR_SERVER__MAX; i++) /* unknown: all of them */
        assert_non_null(strstr(text, arena_printf(arena, "cure (%s)", doctor_server_names[i])));
    assert_non_null(strstr(text, "sent   GET /x\n    came   200\n    and    2 more"));
    assert_non_null(strstr(text, ": why\n"));
    assert_non_null(strstr(text, "3 checks: 1 fault, 0 warning, 0 not-asked, 1 left-out, 1 ok"));
    report.server = DOCTOR_NGINX;
    text = doctor_report_text(arena, &report);
    assert_non_null(strstr(text, "cure (nginx)"));
    assert_null(strstr(text, "cure (apache)"));
    assert_int_equal(doctor_report_worst(&report), DOCTOR_FAULT);
    assert_non_null(strstr(doctor_report_json(arena, &report), "\"worst\":\"fault\""));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cures),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_manual),
        cmocka_unit_test(test_report),
    };
    arena = arena_open();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_close(arena);
    return failed;
}
