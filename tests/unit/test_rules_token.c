/*
 * test_rules_token.c - who gets a token, and which token still stands: every combination of facts.
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

static void
test_grants(void **state)
{
    (void)state;
    static const struct {
        enum app_type type;
        const char *grants; /* separated by blanks */
    } rows[] = {
        { APP_PUBLIC, "authorization_code refresh_token" },
        { APP_TRUSTED, "client_credentials" },
        { APP_PASSWORD_CREDENTIALS, "password refresh_token" },
    };
    assert_int_equal(LENGTH_OF(rows), APP_TYPE__MAX);
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        for (int grant = 0; grant < GRANT__MAX; grant++)
            if (grant_is_allowed(rows[i].type, (enum grant)grant) !=
                (strstr(rows[i].grants, grant_names[grant]) != NULL))
                fail_msg("%s, %s", app_type_names[rows[i].type], grant_names[grant]);
}

/* A client that may have what it asks for, but for the bits that are not set. */
static struct client_facts
client_of(int bits, enum app_type type)
{
    return (struct client_facts){
        .found = bits & 1, .active = bits & 2, .authenticated = bits & 4, .type = type
    };
}

/* Whoever does not know the secret learns nothing else. */
static enum oauth_error
client_error(int bits, bool type_fits)
{
    if ((bits & 7) != 7)
        return OAUTH_INVALID_CLIENT;
    return type_fits ? OAUTH_NONE : OAUTH_UNAUTHORIZED_CLIENT;
}

static void
test_client(void **state)
{
    (void)state;
    for (int bits = 0; bits < 8; bits++) {
        struct client_facts facts = client_of(bits, APP_TRUSTED);
        assert_int_equal(client_check(&facts), client_error(bits, true));
    }
}

static void
test_issue(void **state)
{
    (void)state;
    for (int bits = 0; bits < 64; bits++) {
        struct issue_facts facts = {
            .client = client_of(bits, bits & 32 ? APP_TRUSTED : APP_PUBLIC),
            .user_active = bits & 8,
            .written = bits & 16,
        };
        enum oauth_error expected = client_error(bits, bits & 32);
        if (expected == OAUTH_NONE)
            expected = !facts.user_active ? OAUTH_INVALID_GRANT
                       : !facts.written   ? OAUTH_SERVER_ERROR
                                          : OAUTH_NONE;
        assert_int_equal(issue_check(&facts, GRANT_CLIENT_CREDENTIALS), expected);
    }
}

static void
test_redeem(void **state)
{
    (void)state;
    const char *text;
    for (int bits = 0; bits < 32; bits++) {
        struct redeem_facts facts = {
            .client = client_of(bits, bits & 8 ? APP_PUBLIC : APP_TRUSTED),
            .written = bits & 16,
        };
        enum oauth_error expected = client_error(bits, bits & 8);
        if (expected == OAUTH_NONE && !facts.written)
            expected = OAUTH_INVALID_GRANT;
        assert_int_equal(redeem_check(&facts, &text), expected);
        assert_true((text != NULL) == (expected == OAUTH_INVALID_GRANT));
    }
}

static void
test_redeem_says_what_to_change(void **state)
{
    (void)state;
    const struct redeem_facts good = {
        .client = client_of(7, APP_PUBLIC),
        .found = true,
        .redirect_matches = true,
        .challenge_matches = true,
        .user_active = true,
    };
    struct redeem_facts facts[9];
    const char *texts[LENGTH_OF(facts)];
    for (size_t i = 0; i < LENGTH_OF(facts); i++)
        facts[i] = good;
    facts[1].found = false;
    facts[2].used = true;
    facts[3].expired = true;
    facts[4].redirect_matches = false;
    facts[5].redirect_matches = false;
    facts[5].redirect_sent = true;
    facts[6].challenge_matches = false;
    facts[7].challenge_matches = false;
    facts[7].challenge_stored = true;
    facts[8].user_active = false;
    for (size_t i = 0; i < LENGTH_OF(facts); i++) {
        assert_int_equal(redeem_check(&facts[i], &texts[i]), OAUTH_INVALID_GRANT);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(texts[i], texts[j]);
    }
}

static void
test_refresh(void **state)
{
    (void)state;
    const char *text;
    for (int bits = 0; bits < 32; bits++) {
        struct refresh_facts facts = {
            .client = client_of(bits, bits & 8 ? APP_PASSWORD_CREDENTIALS : APP_TRUSTED),
            .written = bits & 16,
        };
        enum oauth_error expected = client_error(bits, bits & 8);
        if (expected == OAUTH_NONE && !facts.written)
            expected = OAUTH_INVALID_GRANT;
        assert_int_equal(refresh_check(&facts, &text), expected);
    }
    struct refresh_facts facts = { .client = client_of(7, APP_PUBLIC), .found = true };
    const char *expired, *replayed;
    facts.expired = true;
    assert_int_equal(refresh_check(&facts, &expired), OAUTH_INVALID_GRANT);
    facts.replayed = true;
    assert_int_equal(refresh_check(&facts, &replayed), OAUTH_INVALID_GRANT);
    assert_string_not_equal(expired, replayed);
}

static void
test_bearer(void **state)
{
    (void)state;
    for (int bits = 0; bits < 16; bits++) {
        struct bearer_facts facts = {
            .found = bits & 1,
            .app_active = bits & 2,
            .user_active = bits & 4,
            .revoked = bits & 8,
        };
        assert_int_equal(bearer_check(&facts), bits == 7 ? OAUTH_NONE : OAUTH_INVALID_TOKEN);
    }
    assert_int_equal(bearer_check(&(struct bearer_facts){ 0 }), OAUTH_INVALID_TOKEN);
}

/* RFC 6749 §4: as clients write them. */
static void
test_names(void **state)
{
    (void)state;
    assert_string_equal(grant_names[GRANT_AUTHORIZATION_CODE], "authorization_code");
    assert_string_equal(grant_names[GRANT_CLIENT_CREDENTIALS], "client_credentials");
    assert_string_equal(grant_names[GRANT_PASSWORD], "password");
    assert_string_equal(grant_names[GRANT_REFRESH_TOKEN], "refresh_token");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grants),
        cmocka_unit_test(test_client),
        cmocka_unit_test(test_issue),
        cmocka_unit_test(test_redeem),
        cmocka_unit_test(test_redeem_says_what_to_change),
        cmocka_unit_test(test_refresh),
        cmocka_unit_test(test_bearer),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests_name("rules/token", tests, NULL, NULL);
}
