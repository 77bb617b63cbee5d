/*
 * test_rules_gate.c - the verdict: what is said without a token, and every combination of facts.
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

#define PREFIX "/api/ver1.0/"

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

static void
test_target(void **state)
{
    (void)state;
    enum { OVERRIDDEN = 1, DOUBLED = 2 };
    static const struct {
        const char *method, *target;
        int bits;
        enum gate_reason reason;
    } rows[] = {
        { "GET", PREFIX, 0, GATE_PASS },
        { "GET", PREFIX "user/", 0, GATE_PASS },
        { "GET", PREFIX "/user/", 0, GATE_PASS },
        { "HEAD", "/api//ver1.0/user", 0, GATE_PASS },
        { "GET", PREFIX "user/?a=b", 0, GATE_PASS },
        { "PUT", PREFIX "/user/", 0, GATE_TARGET },
        { "get", PREFIX "/user/", 0, GATE_TARGET },
        { "", PREFIX "user/", 0, GATE_PASS },
        { "GET", "", 0, GATE_TARGET },
        { "GET", "*", 0, GATE_TARGET },
        { "GET", PREFIX "../x", 0, GATE_TARGET },
        { "GET", PREFIX "user/?access_token=1", 0, GATE_OVERRIDE },
        { "GET", PREFIX "user/", OVERRIDDEN, GATE_OVERRIDE },
        { "GET", PREFIX "user/", DOUBLED, GATE_HEADERS },
        { "GET", "/", 0, GATE_OUTSIDE },
        { "GET", "/api/ver1.0", 0, GATE_OUTSIDE },
        { "GET", "/api/ver1.0?/", 0, GATE_OUTSIDE },
        { "GET", "/api/ver1.00/user/", 0, GATE_OUTSIDE },
        { "GET", "/api/ver1.1/user/", 0, GATE_OUTSIDE },
        { "GET", "/API/ver1.0/user/", 0, GATE_OUTSIDE },
        { "GET", "/x" PREFIX "user/", 0, GATE_OUTSIDE },
        { "GET", "/%61pi/ver1.0/user/", 0, GATE_OUTSIDE },
        { "GET", "/?" PREFIX "user/", 0, GATE_OUTSIDE },
        /* which one is told */
        { "GET", "/..?_method=1", OVERRIDDEN | DOUBLED, GATE_TARGET },
        { "GET", "/?_method=1", OVERRIDDEN | DOUBLED, GATE_HEADERS },
        { "GET", "/?_method=1", 0, GATE_OVERRIDE },
        { "GET", "/", OVERRIDDEN, GATE_OVERRIDE },
    };
    const struct api_rules *rules = parse("");
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct gate_question question = {
            .method = rows[i].method,
            .target = rows[i].target,
            .prefix = PREFIX,
            .overridden = rows[i].bits & OVERRIDDEN,
            .doubled = rows[i].bits & DOUBLED,
        };
        struct target target;
        struct api_rule_hit hit;
        enum gate_reason got = gate_check_target(arena, &question, rules, &target, &hit);
        if (got != rows[i].reason)
            fail_msg("%s %s: %s", rows[i].method, rows[i].target, gate_reason_names[got]);
        assert_non_null(hit.rule);
    }
}

static struct api_rule_hit
hit_of(const char *prefix, const char *method, const char *address)
{
    const struct api_rules *rules = parse("call PUT /a/{client}/\nconfig GET /");
    struct gate_question question = { .method = method, .target = address, .prefix = prefix };
    struct target target;
    struct api_rule_hit hit;
    assert_int_equal(gate_check_target(arena, &question, rules, &target, &hit), GATE_PASS);
    return hit;
}

/* A rule's path stands below the prefix, however long that is. */
static void
test_prefix(void **state)
{
    (void)state;
    static const char *const prefixes[] = { "/", "/api/", PREFIX, "/a/b/c/d/" };
    for (size_t i = 0; i < LENGTH_OF(prefixes); i++) {
        const char *prefix = prefixes[i];
        struct api_rule_hit hit = hit_of(prefix, "PUT", arena_printf(arena, "%sa/7", prefix));
        assert_int_equal(hit.line, 1);
        assert_string_equal(hit.client, "7");
        assert_int_equal(hit_of(prefix, "GET", prefix).line, 2);
        hit = hit_of(prefix, "PUT", arena_printf(arena, "%sx/a/7", prefix));
        assert_int_equal(hit.line, 0);
        assert_int_equal(hit.class, CLASS_CONFIG);
    }
}

/* By the letter of DESIGN §6, each refusal on its own. */
static enum gate_reason
expected(const struct gate_question *question, const struct api_rule_hit *hit,
         const struct bearer_facts *facts)
{
    const struct user *user = &facts->user;
    bool reads = strcmp(question->method, "GET") == 0 || strcmp(question->method, "HEAD") == 0;
    bool bound = !user->admin && user->dealer_id == 0 && (user->client_id || user->tenant_id);
    const char *own = user->client_id ? "7" : "8";
    if (user->access == ACCESS_READ_ONLY && !reads)
        return GATE_READ_ONLY;
    if (hit->client != NULL && bound && strcmp(hit->client, "@me") != 0 &&
        strcmp(hit->client, own) != 0)
        return GATE_CLIENT;
    return facts->level == LEVEL_ALL || hit->class != CLASS_CONFIG ? GATE_PASS : GATE_LEVEL;
}

static void
check_user(const struct user *user)
{
    static const char *const methods[] = { "GET",   "HEAD",   "POST",    "PUT",
                                           "PATCH", "DELETE", "OPTIONS", "get" };
    static const char *const clients[] = { NULL, "@me", "7", "8", "9", "07", "@ME", "", "*" };
    for (size_t m = 0; m < LENGTH_OF(methods); m++)
        for (size_t c = 0; c < LENGTH_OF(clients); c++)
            for (int class = 0; class < API_CLASS__MAX; class ++)
                for (int level = 0; level < LEVEL__MAX; level++) {
                    struct gate_question question = { .method = methods[m] };
                    struct api_rule_hit hit = { .class = (enum api_class) class,
                                                .client = clients[c] };
                    struct bearer_facts facts = { .user = *user, .level = (enum app_level)level };
                    enum gate_reason got = gate_check_bearer(&question, &hit, &facts);
                    if (got != expected(&question, &hit, &facts))
                        fail_msg("%s, client %s, class %s, level %s: %s", methods[m],
                                 clients[c] == NULL ? "none" : clients[c], api_class_names[class],
                                 app_level_names[level], gate_reason_names[got]);
                }
}

static void
test_bearer(void **state)
{
    (void)state;
    for (int bits = 0; bits < 16; bits++)
        for (int access = 0; access < ACCESS__MAX; access++) {
            struct user user = {
                .access = (enum user_access)access,
                .admin = bits & 1,
                .dealer_id = bits & 2 ? 3 : 0,
                .client_id = bits & 4 ? 7 : 0,
                .tenant_id = bits & 8 ? 8 : 0,
            };
            check_user(&user);
        }
}

static void
test_reasons(void **state)
{
    (void)state;
    for (int i = 0; i < GATE_REASON__MAX; i++) {
        enum gate_reason reason = (enum gate_reason)i;
        int status = gate_reason_status(reason);
        enum oauth_error error = gate_reason_error(reason);
        assert_non_null(gate_reason_names[i]);
        assert_int_equal(*gate_reason_text(reason) == '\0', reason == GATE_PASS);
        for (const char *p = gate_reason_text(reason); *p != '\0'; p++)
            assert_true(*p >= 0x20 && *p < 0x7f && *p != '"' && *p != '\\');
        assert_true(status == 200 || status == 400 || status == 401 || status == 403 ||
                    status == 404);
        if (error != OAUTH_NONE)
            assert_int_equal(oauth_error_status(error), status);
    }
    /* RFC 6750 §3.1: who sent no token is not told of an error. */
    assert_int_equal(gate_reason_error(GATE_TOKEN_MISSING), OAUTH_NONE);
    assert_int_equal(gate_reason_status(GATE_TOKEN_MISSING), 401);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_target, setup, teardown),
        cmocka_unit_test_setup_teardown(test_prefix, setup, teardown),
        cmocka_unit_test(test_bearer),
        cmocka_unit_test(test_reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
