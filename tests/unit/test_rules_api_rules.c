/*
 * test_rules_api_rules.c - the file of rules: read, refused with its line, and asked.
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

#include "rules/rules.h"

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

static const struct api_rules *
parse(const char *text)
{
    struct fault fault = { "" };
    const struct api_rules *rules = api_rules_parse(arena, text, &fault);
    if (rules == NULL)
        fail_msg("%s", fault.text);
    return rules;
}

static struct api_rule_hit
find(const struct api_rules *rules, const char *method, const char *path)
{
    struct target target;
    struct api_rule_hit hit;
    assert_int_equal(target_check(arena, path, true, &target), TARGET_FINE);
    api_rules_find(rules, method, target.segments, target.count, &hit);
    return hit;
}

static void
test_faults(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int line;
        const char *says;
    } rows[] = {
        { "read GET /a", 1, "a class is" },
        { "GET GET /a", 1, "a class is" },
        { "get", 1, "a method" },
        { "get put /a", 1, "a method" },
        { "get /a", 1, "a method" },
        { "get HEAD /a", 1, "HEAD goes with GET" },
        { "get GET", 1, "a path stands" },
        { "\n\nget GET # /a", 3, "a path stands" },
        { "get GET a", 1, "begins with /" },
        { "get GET /a /b", 1, "nothing stands behind" },
        { "get GET /a//b", 1, "a segment is" },
        { "get GET //", 1, "a segment is" },
        { "get GET /a.b", 1, "a segment is" },
        { "get GET /a/..", 1, "a segment is" },
        { "get GET /a%20b", 1, "a segment is" },
        { "get GET /a{}", 1, "a segment is" },
        { "get GET /{c}", 1, "a segment is" },
        { "get GET /\xd0\xb6", 1, "a segment is" },
        { "get GET /a\nget PUT /b\nget GET /a", 3, "line 1 says it too" },
        { "get GET /a\n#\nconfig GET /a/", 3, "line 1 says it too" },
        { "call PUT /{}/a\n\ncall PUT /{client}/b", 3, "{} and {client}" },
        { "call PUT /{client}\ncall GET /{}/b", 2, "{} and {client}" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct fault fault = { "" };
        if (api_rules_parse(arena, rows[i].text, &fault) != NULL)
            fail_msg("taken: %s", rows[i].text);
        const char *line = arena_printf(arena, "api.rules:%d: ", rows[i].line);
        if (!text_starts(fault.text, line) || strstr(fault.text, rows[i].says) == NULL)
            fail_msg("%s: %s", rows[i].text, fault.text);
    }
}

static const char *
deep(size_t count)
{
    struct buf text;
    buf_init(&text, arena, SIZE_MAX);
    buf_text(&text, "get GET ");
    for (size_t i = 0; i < count; i++)
        buf_text(&text, "/a");
    return text.data;
}

static void
test_depth(void **state)
{
    (void)state;
    struct fault fault = { "" };
    parse(deep(TARGET_SEGMENTS_MAX));
    assert_null(api_rules_parse(arena, deep(TARGET_SEGMENTS_MAX + 1), &fault));
}

static void
test_layout(void **state)
{
    (void)state;
    const struct api_rules *rules = parse("# a comment\r\n"
                                          "\r\n"
                                          "  call \t POST  /a/   # another\r\n"
                                          "config GET /\n"
                                          "get GET /*/~_-@");
    assert_int_equal(find(rules, "POST", "/a").line, 3);
    assert_string_equal(find(rules, "POST", "/a").rule, "/a/");
    assert_int_equal(find(rules, "GET", "/").line, 4);
    assert_int_equal(find(rules, "GET", "/").class, CLASS_CONFIG);
    assert_int_equal(find(rules, "GET", "/*/~_-@").line, 5);
}

static const char rules_text[] = "call DELETE /a/{}\n"                  /* 1 */
                                 "config DELETE /a/stats\n"             /* 2 */
                                 "get GET /a/stats/x\n"                 /* 3 */
                                 "call PUT /a/{}/x\n"                   /* 4 */
                                 "call GET /b/{client}/c\n"             /* 5 */
                                 "call PUT /b/{client}/{}\n"            /* 6 */
                                 "config PUT /b/own\n"                  /* 7 */
                                 "call POST /d/{}/e/{}/f\n"             /* 8 */
                                 "call POST /d/x/{}/y/f/g\n"            /* 9 */
                                 "call PATCH /h/{client}/i/{client}\n"; /* 10 */

static void
test_find(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path;
        int line;
        enum api_class class;
        const char *client;
    } rows[] = {
        /* literal before parameter */
        { "DELETE", "/a/stats", 2, CLASS_CONFIG, NULL },
        { "DELETE", "/a/7", 1, CLASS_CALL, NULL },
        { "DELETE", "/a/Stats", 1, CLASS_CALL, NULL },
        { "DELETE", "/a/%73tats", 2, CLASS_CONFIG, NULL },
        /* nothing is said below the literal for this method */
        { "PUT", "/a/stats/x", 4, CLASS_CALL, NULL },
        { "PUT", "/b/own/c", 6, CLASS_CALL, "own" },
        { "POST", "/d/x/e/y/f", 8, CLASS_CALL, NULL },
        { "POST", "/d/x/e/y/f/g", 9, CLASS_CALL, NULL },
        /* a last slash */
        { "DELETE", "/a/stats/", 2, CLASS_CONFIG, NULL },
        { "DELETE", "/a/7/", 1, CLASS_CALL, NULL },
        /* HEAD */
        { "HEAD", "/a/stats/x", 3, CLASS_GET, NULL },
        { "HEAD", "/b/7/c", 5, CLASS_CALL, "7" },
        /* {client} */
        { "GET", "/b/%40me/c", 5, CLASS_CALL, "@me" },
        { "PUT", "/b/own", 7, CLASS_CONFIG, NULL },
        { "PATCH", "/h/1/i/2", 10, CLASS_CALL, "1" },
        /* unlisted */
        { "GET", "/", 0, CLASS_GET, NULL },
        { "GET", "/a", 0, CLASS_GET, NULL },
        { "GET", "/a/7", 0, CLASS_GET, NULL },
        { "HEAD", "/x/y", 0, CLASS_GET, NULL },
        { "GET", "/b/7/d", 0, CLASS_GET, NULL },
        { "DELETE", "/a", 0, CLASS_CONFIG, NULL },
        { "DELETE", "/a/7/x", 0, CLASS_CONFIG, NULL },
        { "DELETE", "/a/7/8", 0, CLASS_CONFIG, NULL },
        { "delete", "/a/7", 0, CLASS_CONFIG, NULL },
        { "get", "/a/stats/x", 0, CLASS_CONFIG, NULL },
        { "OPTIONS", "/a/7", 0, CLASS_CONFIG, NULL },
        { "", "/a/7", 0, CLASS_CONFIG, NULL },
        { "PUT", "/b/7", 0, CLASS_CONFIG, NULL },
        { "POST", "/d/x/e/y/g", 0, CLASS_CONFIG, NULL },
    };
    const struct api_rules *rules = parse(rules_text);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct api_rule_hit hit = find(rules, rows[i].method, rows[i].path);
        if (hit.line != rows[i].line || hit.class != rows[i].class)
            fail_msg("%s %s: line %d, %s", rows[i].method, rows[i].path, hit.line,
                     api_class_names[hit.class]);
        assert_int_equal(*hit.rule == '\0', hit.line == 0);
        if (rows[i].client == NULL)
            assert_null(hit.client);
        else
            assert_string_equal(hit.client, rows[i].client);
    }
}

static void
test_empty(void **state)
{
    (void)state;
    const struct api_rules *rules = parse("");
    assert_int_equal(find(rules, "GET", "/a").class, CLASS_GET);
    assert_int_equal(find(rules, "HEAD", "/a").class, CLASS_GET);
    assert_int_equal(find(rules, "PUT", "/a").class, CLASS_CONFIG);
}

static const char *
shipped(void)
{
    static char text[65536];
    char path[4096];
    const char *source = getenv("CALLGATE_SRCDIR");
    snprintf(path, sizeof path, "%s/fcgi/gate/api.rules", source == NULL ? "." : source);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        fail_msg("%s is missing; CALLGATE_SRCDIR is the source tree", path);
    size_t length = fread(text, 1, sizeof text - 1, file);
    assert_true(feof(file));
    fclose(file);
    text[length] = '\0';
    return text;
}

/* The least that a Call API application lives by, and what it must never reach. */
static void
test_shipped(void **state)
{
    (void)state;
    static const struct {
        enum api_class class;
        const char *method, *path;
    } rows[] = {
        { CLASS_GET, "GET", "/user" },
        { CLASS_GET, "GET", "/user/oauth/session/" },
        { CLASS_CONFIG, "PUT", "/user/reset_password" },
        { CLASS_GET, "GET", "/client/client_info/5/" },
        { CLASS_CONFIG, "PUT", "/client/client_info/5/" },
        { CLASS_CONFIG, "PUT", "/client/@me/did/7" },
        { CLASS_GET, "GET", "/client/@me/extension/" },
        { CLASS_CONFIG, "POST", "/client/@me/extension/" },
        { CLASS_CONFIG, "PUT", "/client/@me/extension/7" },
        { CLASS_CONFIG, "DELETE", "/client/@me/extension/7" },
        { CLASS_CONFIG, "DELETE", "/client/@me/extension_group/7" },
        { CLASS_CONFIG, "POST", "/client/@me/user/client/" },
        { CLASS_CONFIG, "DELETE", "/client/@me/user/extension/7" },
        { CLASS_CONFIG, "POST", "/client/@me/agent/local/" },
        { CLASS_CONFIG, "PUT", "/client/@me/agent/local/7" },
        { CLASS_CALL, "POST", "/client/@me/agent/local/7/event/" },
        { CLASS_CALL, "DELETE", "/client/@me/agent/remote/7/event/8" },
        { CLASS_GET, "GET", "/client/@me/agent/local/7/events/" },
        { CLASS_CONFIG, "POST", "/client/@me/agent/local/7/events/" },
        { CLASS_CALL, "POST", "/client/@me/phone_events" },
        { CLASS_CALL, "POST", "/extension/7/event/" },
        { CLASS_CALL, "PUT", "/extension/7/event/8" },
        { CLASS_CALL, "DELETE", "/extension/7/event" },
        { CLASS_CALL, "POST", "/extension/7/callback/" },
        { CLASS_CONFIG, "PUT", "/extension/7/callback/" },
        { CLASS_GET, "GET", "/client/@me/current_calls/" },
        { CLASS_CALL, "PUT", "/extension/7/current_calls/8" },
        { CLASS_CALL, "DELETE", "/extension/7/current_calls/8" },
        { CLASS_CONFIG, "DELETE", "/extension/7/current_calls/" },
        { CLASS_GET, "GET", "/client/@me/call_history/" },
        { CLASS_GET, "GET", "/client/@me/record/8" },
        { CLASS_GET, "GET", "/extension//7/record/8/storage_url/" },
        { CLASS_CALL, "DELETE", "/client/@me/record/" },
        { CLASS_CALL, "DELETE", "/client/@me/record/8" },
        { CLASS_CONFIG, "DELETE", "/client/@me/record/stats/" },
        { CLASS_CONFIG, "POST", "/client/@me/record/archive/" },
        { CLASS_CONFIG, "DELETE", "/client/@me/record/archive/" },
        { CLASS_CALL, "DELETE", "/extension_group/7/record/8" },
        { CLASS_CALL, "DELETE", "/client/@me/voicemail/" },
        { CLASS_CALL, "DELETE", "/extension/7/voicemail/8" },
        { CLASS_GET, "GET", "/extension/7/fax/" },
        { CLASS_CONFIG, "PUT", "/extension/7/fax/" },
        { CLASS_CONFIG, "DELETE", "/extension/7/fax/" },
        { CLASS_CALL, "DELETE", "/extension/7/fax/8" },
        { CLASS_CALL, "POST", "/extension/7/fax/8/repeat/" },
        { CLASS_CONFIG, "POST", "/extension/7/message/send/" },
        { CLASS_CONFIG, "DELETE", "/extension/7/message/8" },
        { CLASS_CONFIG, "PUT", "/extension/7/ani/" },
        { CLASS_CONFIG, "PUT", "/extension/7/phone/" },
        { CLASS_CONFIG, "PUT", "/extension/7/ivr/" },
        { CLASS_CONFIG, "PUT", "/extension/7/queue/" },
        { CLASS_GET, "GET", "/extension/registration/" },
        { CLASS_CONFIG, "DELETE", "/client/@me/sound/8" },
        { CLASS_CONFIG, "PUT", "/application/8/reset_secret/" },
        { CLASS_CONFIG, "DELETE", "/application/permission/8" },
        { CLASS_CONFIG, "DELETE", "/extension/7" },
        { CLASS_CONFIG, "POST", "/black_list/" },
    };
    const struct api_rules *rules = parse(shipped());
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct api_rule_hit hit = find(rules, rows[i].method, rows[i].path);
        if (hit.class != rows[i].class)
            fail_msg("%s %s: %s by line %d", rows[i].method, rows[i].path,
                     api_class_names[hit.class], hit.line);
    }
    assert_string_equal(find(rules, "GET", "/client/client_info/5/").client, "5");
    assert_string_equal(find(rules, "GET", "/client/5/did/7").client, "5");
    assert_null(find(rules, "GET", "/extension/5/record/").client);
}

/* What was counted, by the rules of now. */
static void
test_class_of(void **state)
{
    (void)state;
    static const struct {
        const char *method, *rule;
        enum api_class class;
    } rows[] = {
        { "PUT", "/extension/{}/queue/", CLASS_CONFIG },
        { "POST", "/extension/{}/event/", CLASS_CALL },
        { "DELETE", "/client/{client}/record/{}", CLASS_CALL },
        { "GET", "/client/{client}/record/", CLASS_GET },
        { "HEAD", "/client/{client}/record/", CLASS_GET },
        { "PUT", "-", CLASS_CONFIG },
        { "other", "-", CLASS_CONFIG },
        { "GET", "-", CLASS_GET },
        /* a rule that is no more */
        { "PUT", "/no/such/{}", CLASS_CONFIG },
        { "GET", "/no/such/{}", CLASS_GET },
        { "PUT", "/", CLASS_CONFIG },
    };
    const struct api_rules *rules = parse(shipped());
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        if (api_rules_class_of(arena, rules, rows[i].method, rows[i].rule) != rows[i].class)
            fail_msg("%s %s", rows[i].method, rows[i].rule);
    /* Of every line the class that it says. */
    rules = parse("config GET /a/{}\ncall GET /a/b\ncall PUT /a/{}/{}\nget POST /");
    assert_int_equal(api_rules_class_of(arena, rules, "GET", "/a/{}"), CLASS_CONFIG);
    assert_int_equal(api_rules_class_of(arena, rules, "GET", "/a/b"), CLASS_CALL);
    assert_int_equal(api_rules_class_of(arena, rules, "PUT", "/a/{}/{}/"), CLASS_CALL);
    assert_int_equal(api_rules_class_of(arena, rules, "POST", "/"), CLASS_GET);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_faults, setup, teardown),
        cmocka_unit_test_setup_teardown(test_depth, setup, teardown),
        cmocka_unit_test_setup_teardown(test_layout, setup, teardown),
        cmocka_unit_test_setup_teardown(test_find, setup, teardown),
        cmocka_unit_test_setup_teardown(test_empty, setup, teardown),
        cmocka_unit_test_setup_teardown(test_shipped, setup, teardown),
        cmocka_unit_test_setup_teardown(test_class_of, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
