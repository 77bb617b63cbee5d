/*
 * test_config_settings.c - defaults, file, environment; each fault names where and what is allowed.
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
#include <sys/mman.h>
#include <unistd.h>

#include "config/config.h"

#define REQUIRED "[site]\nurl = https://pbx.example.com\n[database]\nconninfo = dbname=callgate\n"

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

/* A file of that text, until the next call. */
static const char *
file_of(const char *text)
{
    static int fd = -1;
    if (fd < 0)
        fd = memfd_create("callgate.conf", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(pwrite(fd, text, strlen(text), 0), strlen(text));
    return arena_printf(arena, "/proc/self/fd/%d", fd);
}

static struct settings
load(const char *text)
{
    struct settings settings;
    struct fault fault = { "" };
    if (!settings_load(&settings, arena, file_of(text), &fault))
        fail_msg("%s", fault.text);
    return settings;
}

static const char *
fault_of(const char *text)
{
    struct settings settings;
    struct fault fault = { "" };
    if (settings_load(&settings, arena, file_of(text), &fault))
        fail_msg("taken: %s", text);
    return arena_strdup(arena, fault.text);
}

static void
test_defaults(void **state)
{
    (void)state;
    struct settings settings = load(REQUIRED);
    assert_string_equal(settings.site_url, "https://pbx.example.com");
    assert_string_equal(settings.site_name, "Callgate");
    assert_int_equal(settings.server_workers, 4);
    assert_string_equal(settings.server_web_listen, "/run/callgate/web.sock");
    assert_int_equal(settings.server_drain, 30 * 1000);
    assert_string_equal(settings.database_conninfo, "dbname=callgate");
    assert_string_equal(settings.database_owner, "");
    assert_string_equal(settings.database_runtime_role, "callgate_runtime");
    assert_int_equal(settings.session_idle, 30 * 60 * 1000);
    assert_int_equal(settings.session_absolute, 12 * 3600 * 1000);
    assert_int_equal(settings.tokens_access, 3600 * 1000);
    assert_string_equal(settings.log_format, "key=value");
    assert_int_equal(settings.http_body_limit, 64 * 1024);
    assert_string_equal(settings.gate_prefix, "/api/ver1.0/");
    assert_string_equal(settings.templates_dir, "");
}

static void
test_file(void **state)
{
    (void)state;
    struct settings settings = load(
        "# a remark\n; another\n\n"
        "[server]\nworkers=8\ndrain = 2 min\n"
        "[site]\nurl = https://x.example\nname = \xd0\xa1\xd0\xb2\xd1\x8f\xd0\xb7\xd1\x8c & Co\n"
        "[database]\nconninfo = host=/run user=u password='a b=c'\n"
        "[http]\nbody_limit = 2 MiB\n"
        "[server]\nio_timeout = 250 ms\n");
    assert_int_equal(settings.server_workers, 8);
    assert_string_equal(settings.site_name, "\xd0\xa1\xd0\xb2\xd1\x8f\xd0\xb7\xd1\x8c & Co");
    assert_string_equal(settings.database_conninfo, "host=/run user=u password='a b=c'");
    assert_int_equal(settings.http_body_limit, 2 * 1024 * 1024);
    assert_int_equal(settings.server_io_timeout, 250);
}

static void
test_amounts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms; /* -1: refused */
    } rows[] = {
        { "60000 ms", 60000 },
        { "60 s", 60000 },
        { "60s", 60000 },
        { "60   s", 60000 },
        { "1 min", 60000 },
        { "2 h", 7200000 },
        { "1 d", 86400000 },
        { "01 h", 3600000 },
        { "60000", -1 },
        { "", -1 },
        { "s", -1 },
        { "60 S", -1 },
        { "60 sec", -1 },
        { "1.5 h", -1 },
        { "-60 s", -1 },
        { "+60 s", -1 },
        { "60 s x", -1 },
        { "60\ts", -1 },
        { "60 KiB", -1 },
        { "59999 ms", -1 },
        { "86400001 ms", -1 },
        { "2 d", -1 },
        { "99999999999999999999 s", -1 },
        { "9223372036854775807 d", -1 },
        { "106751991168 d", -1 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const char *text =
            arena_printf(arena, REQUIRED "[session]\nabsolute = 30 d\nidle = %s\n", rows[i].text);
        if (rows[i].ms < 0)
            assert_non_null(strstr(fault_of(text), "is not a time from 1 min to 1 d"));
        else
            assert_int_equal(load(text).session_idle, rows[i].ms);
    }
}

static void
test_faults(void **state)
{
    (void)state;
    /* %s is the file; a fault begins with where. */
    static const char *const rows[][2] = {
        { REQUIRED "[server]\ngate_listen = /run/callgate/web.sock\n",
          "server.web_listen and server.gate_listen are the same: \"/run/callgate/web.sock\"" },
        { "[server]\nworkers = 0\n",
          "line 2 of %s: server.workers: \"0\" is not a number from 1 to 256" },
        { "\n\n[server]\nworkers = 257\n",
          "line 4 of %s: server.workers: \"257\" is not a number from 1 to 256" },
        { "[server]\nworkers = 4 s\n",
          "line 2 of %s: server.workers: \"4 s\" is not a number from 1 to 256" },
        { "[http]\nbody_limit = 1 KB\n",
          "line 2 of %s: http.body_limit: \"1 KB\" is not a size from 1 KiB to 16 MiB" },
        { "[log]\nlevel = loud\n", "line 2 of %s: log.level: not \"loud\", but one of: error, "
                                   "warning, info, debug" },
        { "[log]\nlevel =\n",
          "line 2 of %s: log.level: not \"\", but one of: error, warning, info, debug" },
        { "[log]\nlevel = inf\n",
          "line 2 of %s: log.level: not \"inf\", but one of: error, warning, info, debug" },
        { "[log]\nlevel = error,warning\n", "line 2 of %s: log.level: not \"error,warning\", but "
                                            "one of: error, warning, info, debug" },
        { "[server]\nworkers = 2\nworkers = 2\n", "line 3 of %s: server.workers is given twice" },
        /* an indented line belongs to the one before, for the INI parser */
        { "[server]\nworkers = 2\n drain = 2 s\n", "line 3 of %s: server.workers is given twice" },
        { "[server]\nworker = 2\n", "line 2 of %s: there is no setting server.worker "
                                    "(`callgate serve --help` lists them)" },
        { "workers = 2\n", "line 1 of %s: there is no setting .workers "
                           "(`callgate serve --help` lists them)" },
        { "[Server]\nworkers = 2\n", "line 2 of %s: there is no setting Server.workers "
                                     "(`callgate serve --help` lists them)" },
        { "[server]\nworkers\n", "%s:2: not a line of an INI file" },
        { "[server\nworkers = 2\n", "%s:1: not a line of an INI file" },
        /* the first fault is the one that is told */
        { "[server]\nworker = 2\nworkers = 0\n", "line 2 of %s: there is no setting server.worker "
                                                 "(`callgate serve --help` lists them)" },
        { "[server]\nworkers = 0\nworkers\n",
          "line 2 of %s: server.workers: \"0\" is not a number from 1 to 256" },
        { "[server]\nworkers\nworkers = 0\n", "%s:2: not a line of an INI file" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const char *path = file_of(rows[i][0]);
        struct settings settings;
        struct fault fault = { "" };
        assert_false(settings_load(&settings, arena, path, &fault));
        struct buf expected;
        buf_init(&expected, arena, SIZE_MAX);
        for (const char *p = rows[i][1]; *p != '\0'; p++)
            if (text_starts(p, "%s"))
                buf_text(&expected, path), p++;
            else
                buf_char(&expected, *p);
        assert_string_equal(fault.text, expected.data);
    }
}

static void
test_required(void **state)
{
    (void)state;
    assert_true(text_starts(fault_of("[site]\nurl = https://x.example\n"),
                            "database.conninfo is required"));
    assert_true(text_starts(fault_of("[database]\nconninfo = dbname=x\n"), "site.url is required"));
    assert_string_equal(fault_of(REQUIRED "[session]\nidle = 2 h\nabsolute = 1 h\n"),
                        "session.idle is longer than session.absolute");
}

/* Longer than the INI parser's line: whole or refused, never cut. */
static void
test_long_value(void **state)
{
    (void)state;
    static const char fillings[] = "x#;[=";
    for (const char *filling = fillings; *filling != '\0'; filling++) {
        for (size_t length = 20; length <= 620; length += 20) {
            char *value = arena_alloc(arena, length + 1);
            memset(value, *filling, length);
            value[0] = 'x';
            const char *path = file_of(arena_printf(
                arena, "[site]\nurl = https://x.example\n[database]\nconninfo = %s\n", value));
            struct settings settings;
            struct fault fault = { "" };
            if (!settings_load(&settings, arena, path, &fault))
                assert_non_null(strstr(fault.text, path));
            else if (!text_equal(settings.database_conninfo, value))
                fail_msg("%zu of %zu characters: x%c...", strlen(settings.database_conninfo),
                         length, *filling);
        }
    }
}

static void
test_file_that_is_not_there(void **state)
{
    (void)state;
    struct settings settings;
    struct fault fault = { "" };
    assert_false(settings_load(&settings, arena, "/proc/self/none", &fault));
    assert_string_equal(fault.text, "/proc/self/none: No such file or directory");
}

static void
test_environment(void **state)
{
    (void)state;
    struct settings settings;
    struct fault fault = { "" };
    const char *path = file_of(REQUIRED "[server]\nworkers = 2\n");
    setenv("CALLGATE_SERVER_WORKERS", "16", 1);
    setenv("CALLGATE_DATABASE_RUNTIME_ROLE", "other", 1);
    setenv("CALLGATE_SITE_URL", "http://127.0.0.1:8080/", 1);
    assert_true(settings_load(&settings, arena, path, &fault));
    assert_int_equal(settings.server_workers, 16);
    assert_string_equal(settings.database_runtime_role, "other");
    assert_string_equal(settings.site_url, "http://127.0.0.1:8080");
    setenv("CALLGATE_SERVER_WORKERS", "x", 1);
    assert_false(settings_load(&settings, arena, path, &fault));
    assert_string_equal(fault.text,
                        "CALLGATE_SERVER_WORKERS: server.workers: \"x\" is not a number "
                        "from 1 to 256");
    unsetenv("CALLGATE_SERVER_WORKERS");
    unsetenv("CALLGATE_DATABASE_RUNTIME_ROLE");
    unsetenv("CALLGATE_SITE_URL");
}

static void
test_site_url(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "https://pbx.example.com", "https://pbx.example.com" },
        { "https://pbx.example.com/", "https://pbx.example.com" },
        { "HTTPS://PBX.Example.com", "https://pbx.example.com" },
        { "https://pbx.example.com:443/", "https://pbx.example.com" },
        { "https://pbx.example.com:80", "https://pbx.example.com:80" },
        { "http://pbx.example.com:80", "http://pbx.example.com" },
        { "http://127.0.0.1:8080", "http://127.0.0.1:8080" },
        { "http://[::1]:8080/", "http://[::1]:8080" },
        { "https://pbx.example.com:", "https://pbx.example.com" },
        { "pbx.example.com", NULL },
        { "//pbx.example.com", NULL },
        { "ftp://pbx.example.com", NULL },
        { "https:pbx.example.com", NULL },
        { "https://", NULL },
        { "https:///", NULL },
        { "https://u@pbx.example.com", NULL },
        { "https://pbx.example.com/a", NULL },
        { "https://pbx.example.com//", NULL },
        { "https://pbx.example.com?", NULL },
        { "https://pbx.example.com#", NULL },
        { "https://pbx.example.com ", NULL },
        { "https://*.example.com", NULL },
        { "", NULL },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct fault fault = { "" };
        const char *url = NULL;
        bool good = settings_check_site_url(arena, rows[i][0], &url, &fault);
        if (good != (rows[i][1] != NULL))
            fail_msg("%s: %s", rows[i][0], good ? "taken" : fault.text);
        if (good)
            assert_string_equal(url, rows[i][1]);
        else
            assert_true(text_starts(fault.text, "site.url"));
    }
}

static void
test_gate_prefix(void **state)
{
    (void)state;
    static const struct {
        const char *prefix;
        bool good;
    } rows[] = {
        { "/api/ver1.0/", true }, { "/a/", true },     { "/", false },      { "api/", false },
        { "/api", false },        { "//api/", false }, { "/api//", false }, { "/a%20b/", false },
        { "/a?b/", false },       { "/{}/", false },   { "", false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const char *text = arena_printf(arena, REQUIRED "[gate]\nprefix = %s\n", rows[i].prefix);
        if (rows[i].good)
            assert_string_equal(load(text).gate_prefix, rows[i].prefix);
        else
            assert_true(text_starts(fault_of(text), "gate.prefix: "));
    }
}

/* As browsers write them in Origin, each between blanks. */
static void
test_languages(void **state)
{
    (void)state;
    static const char *const bad[] = { "",     "EN",       "e",
                                       "engl", "en-GB",    "en,ru",
                                       "../x", "en ru en", "aa bb cc dd ee ff gg hh ii" };
    assert_string_equal(load(REQUIRED).site_languages, "en");
    assert_string_equal(load(REQUIRED "[site]\nlanguages = en ru\n").site_languages, "en ru");
    for (size_t i = 0; i < LENGTH_OF(bad); i++) {
        const char *fault =
            fault_of(arena_printf(arena, REQUIRED "[site]\nlanguages = %s\n", bad[i]));
        if (!text_starts(fault, "site.languages: "))
            fail_msg("\"%s\": %s", bad[i], fault);
    }
}

static void
test_cors_origins(void **state)
{
    (void)state;
    static const char *const good[][2] = {
        { "off", "" },
        { "", "" },
        { "https://app.example", " https://app.example " },
        { "https://app.example/", " https://app.example " },
        { "HTTPS://App.Example:443", " https://app.example " },
        { "http://app.example:80/", " http://app.example " },
        { "https://app.example:80", " https://app.example:80 " },
        { "http://localhost:3000", " http://localhost:3000 " },
        { "http://[::1]:8080", " http://[::1]:8080 " },
        { "https://a.example  http://b.example:8080/",
          " https://a.example http://b.example:8080 " },
        { "https://a.example\thttps://b.example", " https://a.example https://b.example " },
    };
    static const char *const bad[][2] = {
        /* the second is what is named */
        { "*", "*" },
        { "null", "null" },
        { "on", "on" },
        { "Off", "Off" },
        { "app.example", "app.example" },
        { "https://a.example off", "off" },
        { "off https://a.example", "off" },
        { "https://a.example,https://b.example", "https://a.example,https://b.example" },
        { "https://a.example ftp://b.example", "ftp://b.example" },
        { "https://a.example https://b.example/path", "https://b.example/path" },
        { "https://user@a.example", "https://user@a.example" },
        { "https://a.example?", "https://a.example?" },
        { "https://*.example", "https://*.example" },
        { "https://a.example,", "https://a.example," },
        { "https://a.example;b.example", "https://a.example;b.example" },
        { "https://%61.example", "https://%61.example" },
        { "https://", "https://" },
    };
    for (size_t i = 0; i < LENGTH_OF(good); i++)
        assert_string_equal(
            load(arena_printf(arena, REQUIRED "[cors]\norigins = %s\n", good[i][0])).cors_origins,
            good[i][1]);
    assert_string_equal(load(REQUIRED).cors_origins, "");
    for (size_t i = 0; i < LENGTH_OF(bad); i++) {
        const char *fault =
            fault_of(arena_printf(arena, REQUIRED "[cors]\norigins = %s\n", bad[i][0]));
        if (!text_starts(fault, arena_printf(arena, "cors.origins: \"%s\" ", bad[i][1])))
            fail_msg("%s: %s", bad[i][0], fault);
    }
}

static void
test_rows(void **state)
{
    (void)state;
    struct setting_row row;
    size_t count = 0;
    bool seen_workers = false, seen_level = false, seen_limit = false;
    for (; setting_row_at(count, arena, &row); count++) {
        const char *name = arena_printf(arena, "%s.%s", row.section, row.name);
        assert_true(*row.help != '\0' && text_ends(row.help, "."));
        if (text_equal(name, "server.workers")) {
            seen_workers = true;
            assert_string_equal(row.type, "number");
            assert_string_equal(row.fallback, "4");
            assert_string_equal(row.allowed, "1 to 256");
        } else if (text_equal(name, "log.level")) {
            seen_level = true;
            assert_string_equal(row.type, "text");
            assert_string_equal(row.allowed, "error, warning, info, debug");
        } else if (text_equal(name, "http.body_limit")) {
            seen_limit = true;
            assert_string_equal(row.type, "size");
            assert_string_equal(row.fallback, "64 KiB");
            assert_string_equal(row.allowed, "1 KiB to 16 MiB");
        }
    }
    assert_true(seen_workers && seen_level && seen_limit);
    assert_false(setting_row_at(count + 1, arena, &row));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_defaults, setup, teardown),
        cmocka_unit_test_setup_teardown(test_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_amounts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_faults, setup, teardown),
        cmocka_unit_test_setup_teardown(test_required, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long_value, setup, teardown),
        cmocka_unit_test_setup_teardown(test_file_that_is_not_there, setup, teardown),
        cmocka_unit_test_setup_teardown(test_environment, setup, teardown),
        cmocka_unit_test_setup_teardown(test_site_url, setup, teardown),
        cmocka_unit_test_setup_teardown(test_gate_prefix, setup, teardown),
        cmocka_unit_test_setup_teardown(test_languages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cors_origins, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rows, setup, teardown),
    };
    return cmocka_run_group_tests_name("config/settings", tests, NULL, NULL);
}
