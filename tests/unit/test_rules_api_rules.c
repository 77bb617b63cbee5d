/*
 * test_rules_api_rules.c - what each API path is for; and the rules that are shipped.
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

static struct api_rule_hit
ask(const struct api_rules *rules, const char *method, const char *path)
{
    struct target target;
    struct api_rule_hit hit;
    assert_int_equal(target_check(arena, path, false, &target), TARGET_FINE);
    api_rules_find(rules, method, target.segments, target.count, &hit);
    return hit;
}

static void
test_finding(void **state)
{
    (void)state;
    static const char text[] = "# nothing\n"
                               "call  POST /a/{}/x/   # a comment\n"
                               "config POST /a/word/x\n"
                               "call DELETE /a/{}\r\n"
                               "config DELETE /a/stats/\n"
                               "get GET /a/word/\n"
                               "call PUT /c/{client}/x/{}\n"
                               "call POST /a/word/{}/deep\n";
    static const struct {
        const char *method, *path;
        enum api_class class;
        int line;
        const char *client;
    } rows[] = {
        { "POST", "/a/7/x", CLASS_CALL, 2, NULL },
        { "POST", "/a/7/x/", CLASS_CALL, 2, NULL },
        { "POST", "/a/word/x/", CLASS_CONFIG, 3, NULL },
        { "DELETE", "/a/7", CLASS_CALL, 4, NULL },
        { "DELETE", "/a/stats", CLASS_CONFIG, 5, NULL },
        /* a word that says nothing of the method gives way to the parameter */
        { "DELETE", "/a/word/", CLASS_CALL, 4, NULL },
        { "GET", "/a/word", CLASS_GET, 6, NULL },
        { "HEAD", "/a/word", CLASS_GET, 6, NULL },
        { "PUT", "/c/@me/x/1", CLASS_CALL, 7, "@me" },
        { "PUT", "/c/12/x/1/", CLASS_CALL, 7, "12" },
        { "POST", "/a/word/y/deep", CLASS_CALL, 8, NULL },
        /* what no line says */
        { "GET", "/nothing", CLASS_GET, 0, NULL },
        { "HEAD", "/a/7/x", CLASS_GET, 0, NULL },
        { "POST", "/a/7", CLASS_CONFIG, 0, NULL },
        { "POST", "/a/7/x/y", CLASS_CONFIG, 0, NULL },
        { "POST", "/a/7/X", CLASS_CONFIG, 0, NULL },
        { "post", "/a/7/x", CLASS_CONFIG, 0, NULL },
        { "get", "/a/word", CLASS_CONFIG, 0, NULL },
        { "OPTIONS", "/a/word", CLASS_CONFIG, 0, NULL },
        { "PUT", "/c/12/x", CLASS_CONFIG, 0, NULL },
        { "DELETE", "/", CLASS_CONFIG, 0, NULL },
    };
    struct fault fault;
    const struct api_rules *rules = api_rules_parse(arena, text, &fault);
    assert_non_null(rules);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct api_rule_hit hit = ask(rules, rows[i].method, rows[i].path);
        if (hit.class != rows[i].class || hit.line != rows[i].line ||
            (rows[i].client == NULL) != (hit.client == NULL) ||
            (hit.client != NULL && !text_equal(hit.client, rows[i].client)))
            fail_msg("row %zu: %s %s: %s, line %d", i, rows[i].method, rows[i].path,
                     api_class_names[hit.class], hit.line);
    }
}

static void
test_faults(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "read GET /a",       "call",
        "call POST",         "call post /a",
        "call POST a",       "call POST /a b",
        "call POST /a/{x}",  "call POST /a//b",
        "call POST /a/b.c",  "call POST /a%41",
        "call HEAD /a",      "GET call /a",
        "call POST /a/{}{}", "call PO/ST /a",
    };
    struct fault fault;
    for (size_t i = 0; i < LENGTH_OF(lines); i++) {
        const char *text = arena_printf(arena, "get GET /fine\n\n%s\n", lines[i]);
        if (api_rules_parse(arena, text, &fault) != NULL)
            fail_msg("%s", lines[i]);
        assert_non_null(strstr(fault.text, "api.rules:3: "));
    }
    assert_null(api_rules_parse(arena, "call PUT /a/{}\ncall PUT /a/{}/", &fault));
    assert_non_null(strstr(fault.text, "api.rules:2: line 1 says it too"));
    assert_null(api_rules_parse(arena, "call PUT /a/{}\ncall PUT /a/{client}/b", &fault));
}

static const char *
shipped(void)
{
    FILE *file =
        fopen(arena_printf(arena, "%s/fcgi/gate/api.rules", getenv("CALLGATE_SRCDIR")), "r");
    assert_non_null(file);
    char *text = arena_alloc(arena, 65536);
    assert_true(fread(text, 1, 65535, file) > 1000);
    fclose(file);
    return text;
}

/* The platform's Call API, as its documentation and the clients in the field have it. */
static void
test_shipped(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path;
        enum api_class class;
    } rows[] = {
        { "GET", "/user/", CLASS_GET },
        { "PUT", "/user/reset_password", CLASS_CONFIG },
        { "PUT", "/client/client_info/12/", CLASS_CONFIG },
        { "POST", "/client/@me/extension/", CLASS_CONFIG },
        { "DELETE", "/client/@me/extension/7", CLASS_CONFIG },
        { "DELETE", "/client/@me/extension_group/7", CLASS_CONFIG },
        { "POST", "/client/@me/user/client/", CLASS_CONFIG },
        { "POST", "/client/@me/agent/local/", CLASS_CONFIG },
        { "POST", "/client/@me/agent/local/3/event/", CLASS_CALL },
        { "DELETE", "/client/@me/agent/remote/3/event/9", CLASS_CALL },
        { "GET", "/client/@me/agent/local/3/events/", CLASS_GET },
        { "POST", "/client/@me/agent/local/3/events/", CLASS_CONFIG },
        { "POST", "/client/@me/phone_events/", CLASS_CALL },
        { "POST", "/extension/7/event/", CLASS_CALL },
        { "DELETE", "/extension/7/event", CLASS_CALL },
        { "PUT", "/extension/7/event/1", CLASS_CALL },
        { "POST", "/extension/7/callback/", CLASS_CALL },
        { "PUT", "/extension/7/current_calls/abc", CLASS_CALL },
        { "DELETE", "/extension/7/current_calls/abc", CLASS_CALL },
        { "DELETE", "/client/@me/record/609560-0a", CLASS_CALL },
        { "DELETE", "/client/@me/record/", CLASS_CALL },
        { "DELETE", "/client/@me/record/stats/", CLASS_CONFIG },
        { "POST", "/client/@me/record/archive/", CLASS_CONFIG },
        { "DELETE", "/extension/7/voicemail/1", CLASS_CALL },
        { "PUT", "/extension/7/fax/", CLASS_CONFIG },
        { "POST", "/extension/7/message/send/", CLASS_CONFIG },
        { "PUT", "/extension/7/ani/", CLASS_CONFIG },
        { "PUT", "/extension/7/queue/", CLASS_CONFIG },
        { "POST", "/application/", CLASS_CONFIG },
        { "PUT", "/nobody/knows", CLASS_CONFIG },
    };
    struct fault fault;
    const struct api_rules *rules = api_rules_parse(arena, shipped(), &fault);
    if (rules == NULL)
        fail_msg("%s", fault.text);
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct api_rule_hit hit = ask(rules, rows[i].method, rows[i].path);
        if (hit.class != rows[i].class)
            fail_msg("%s %s: %s", rows[i].method, rows[i].path, api_class_names[hit.class]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_finding, setup, teardown),
        cmocka_unit_test_setup_teardown(test_faults, setup, teardown),
        cmocka_unit_test_setup_teardown(test_shipped, setup, teardown),
    };
    return cmocka_run_group_tests_name("rules/api_rules", tests, NULL, NULL);
}
