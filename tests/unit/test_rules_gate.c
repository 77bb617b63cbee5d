/*
 * test_rules_gate.c - may an API request pass?
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

#include "rules/rules.h"

static enum gate_reason
check_target(const char *method, const char *target, bool overridden, bool doubled)
{
    struct arena *arena = arena_open();
    struct fault fault;
    struct target out;
    struct api_rule_hit hit;
    const struct api_rules *rules = api_rules_parse(arena, "call POST /a/{}", &fault);
    struct gate_question question = { method, target, "/api/ver1.0/", overridden, doubled };
    enum gate_reason reason = gate_check_target(arena, &question, rules, &out, &hit);
    assert_true(reason != GATE_PASS ||
                hit.class == (text_equal(method, "POST") ? CLASS_CALL : CLASS_GET));
    arena_close(arena);
    return reason;
}

static void
test_target(void **state)
{
    (void)state;
    assert_int_equal(check_target("POST", "/api/ver1.0/a/7", false, false), GATE_PASS);
    assert_int_equal(check_target("GET", "/api/ver1.0//a/7", false, false), GATE_PASS);
    assert_int_equal(check_target("POST", "/api/ver1.0//a/7", false, false), GATE_TARGET);
    assert_int_equal(check_target("GET", "/api/ver1.0/../a", true, true), GATE_TARGET);
    assert_int_equal(check_target("GET", "/api/ver1.0/a", true, true), GATE_HEADERS);
    assert_int_equal(check_target("GET", "/api/ver1.0/a", true, false), GATE_OVERRIDE);
    assert_int_equal(check_target("GET", "/api/ver1.0/a?_method=PUT", false, false), GATE_OVERRIDE);
    assert_int_equal(check_target("GET", "/api/ver1.0", false, false), GATE_OUTSIDE);
    assert_int_equal(check_target("GET", "/API/ver1.0/a", false, false), GATE_OUTSIDE);
    assert_int_equal(check_target("GET", "/%61pi/ver1.0/a", false, false), GATE_OUTSIDE);
    assert_int_equal(check_target("GET", "/", false, false), GATE_OUTSIDE);
}

/* Every access, level, class and method: who may only read, reads; Call API changes no
 * configuration. */
static void
test_bearer(void **state)
{
    (void)state;
    static const char *const methods[] = { "GET", "HEAD", "POST", "DELETE", "get", "OPTIONS", "" };
    for (size_t m = 0; m < LENGTH_OF(methods); m++)
        for (int access = 0; access < ACCESS__MAX; access++)
            for (int level = 0; level < LEVEL__MAX; level++)
                for (int class = 0; class < API_CLASS__MAX; class ++) {
                    struct gate_question question = { .method = methods[m] };
                    struct api_rule_hit hit = { .class = (enum api_class) class };
                    struct bearer_facts facts = {
                        .level = (enum app_level)level,
                        .user = { .access = (enum user_access)access, .client_id = 12 },
                    };
                    enum gate_reason expected = access == ACCESS_READ_ONLY && m > 1 ? GATE_READ_ONLY
                                                : level == LEVEL_CALL_API && class == CLASS_CONFIG
                                                    ? GATE_LEVEL
                                                    : GATE_PASS;
                    assert_int_equal(gate_check_bearer(&question, &hit, &facts), expected);
                }
}

static void
test_client(void **state)
{
    (void)state;
    static const struct {
        const char *segment;
        struct user user;
        bool passes;
    } rows[] = {
        { NULL, { .client_id = 12 }, true },
        { "@me", { .client_id = 12 }, true },
        { "12", { .client_id = 12 }, true },
        { "13", { .client_id = 12 }, false },
        { "012", { .client_id = 12 }, false },
        { "12 ", { .client_id = 12 }, false },
        { "@ME", { .client_id = 12 }, false },
        { "12", { .extension_id = 7, .tenant_id = 12 }, true },
        { "13", { .extension_id = 7, .tenant_id = 12 }, false },
        { "13", { .extension_id = 7 }, true },
        { "13", { .admin = true }, true },
        { "13", { .dealer_id = 3 }, true },
    };
    struct gate_question question = { .method = "GET" };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct api_rule_hit hit = { .class = CLASS_GET, .client = rows[i].segment };
        struct bearer_facts facts = { .user = rows[i].user };
        if (gate_check_bearer(&question, &hit, &facts) !=
            (rows[i].passes ? GATE_PASS : GATE_CLIENT))
            fail_msg("row %zu", i);
    }
}

static void
test_reasons(void **state)
{
    (void)state;
    for (int i = 0; i < GATE_REASON__MAX; i++) {
        enum gate_reason reason = (enum gate_reason)i;
        assert_non_null(gate_reason_names[i]);
        assert_true(i == GATE_PASS || *gate_reason_text(reason) != '\0');
        int status = gate_reason_status(reason);
        assert_true(status == 200 || status == 400 || status == 401 || status == 403 ||
                    status == 404);
        for (const char *p = gate_reason_text(reason); *p != '\0'; p++)
            assert_true(*p >= 0x20 && *p < 0x7f);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_target),
        cmocka_unit_test(test_bearer),
        cmocka_unit_test(test_client),
        cmocka_unit_test(test_reasons),
    };
    return cmocka_run_group_tests_name("rules/gate", tests, NULL, NULL);
}
