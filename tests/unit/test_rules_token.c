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

static void
test_issue(void **state)
{
    (void)state;
    static const struct issue_facts good = { .app_found = true,
                                             .app_active = true,
                                             .secret_matches = true,
                                             .type = APP_TRUSTED,
                                             .user_active = true,
                                             .written = true };
    assert_int_equal(issue_check(&good, GRANT_CLIENT_CREDENTIALS), OAUTH_NONE);
    for (int bits = 0; bits < 64; bits++) {
        struct issue_facts facts = {
            .app_found = bits & 1,
            .app_active = bits & 2,
            .secret_matches = bits & 4,
            .user_active = bits & 8,
            .written = bits & 16,
            .type = bits & 32 ? APP_TRUSTED : APP_PUBLIC,
        };
        /* Whoever does not know the secret learns nothing else. */
        enum oauth_error expected = !(facts.app_found && facts.app_active && facts.secret_matches)
                                        ? OAUTH_INVALID_CLIENT
                                    : facts.type != APP_TRUSTED ? OAUTH_UNAUTHORIZED_CLIENT
                                    : !facts.user_active        ? OAUTH_INVALID_GRANT
                                    : !facts.written            ? OAUTH_SERVER_ERROR
                                                                : OAUTH_NONE;
        assert_int_equal(issue_check(&facts, GRANT_CLIENT_CREDENTIALS), expected);
    }
}

static void
test_bearer(void **state)
{
    (void)state;
    for (int bits = 0; bits < 32; bits++) {
        struct bearer_facts facts = {
            .found = bits & 1,
            .app_active = bits & 2,
            .user_active = bits & 4,
            .expired = bits & 8,
            .revoked = bits & 16,
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
        cmocka_unit_test(test_issue),
        cmocka_unit_test(test_bearer),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests_name("rules/token", tests, NULL, NULL);
}
