/*
 * test_rules_oauth_error.c - names and statuses as RFC 6749 §5.2 and RFC 6750 §3.1 have them.
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
test_table(void **state)
{
    (void)state;
    static const struct {
        enum oauth_error error;
        const char *name;
        int status;
    } rows[] = {
        { OAUTH_INVALID_REQUEST, "invalid_request", 400 },
        { OAUTH_INVALID_CLIENT, "invalid_client", 401 },
        { OAUTH_INVALID_GRANT, "invalid_grant", 400 },
        { OAUTH_UNAUTHORIZED_CLIENT, "unauthorized_client", 400 },
        { OAUTH_UNSUPPORTED_GRANT_TYPE, "unsupported_grant_type", 400 },
        { OAUTH_INVALID_SCOPE, "invalid_scope", 400 },
        { OAUTH_INVALID_TOKEN, "invalid_token", 401 },
        { OAUTH_SERVER_ERROR, "server_error", 500 },
        { OAUTH_TEMPORARILY_UNAVAILABLE, "temporarily_unavailable", 503 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        assert_string_equal(oauth_error_name(rows[i].error), rows[i].name);
        assert_int_equal(oauth_error_status(rows[i].error), rows[i].status);
    }
}

/* RFC 6749 §5.2: printable ASCII without quote and backslash, in name and description. */
static void
test_texts(void **state)
{
    (void)state;
    for (int error = OAUTH_NONE + 1; error < OAUTH_ERROR__MAX; error++) {
        const char *name = oauth_error_name((enum oauth_error)error);
        const char *text = oauth_error_text((enum oauth_error)error);
        assert_true(*name != '\0' && *text != '\0');
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz_"), strlen(name));
        assert_true(text_ends(text, "."));
        for (const char *p = text; *p != '\0'; p++)
            assert_true(*p >= 0x20 && *p < 0x7f && *p != '"' && *p != '\\');
        for (int other = error + 1; other < OAUTH_ERROR__MAX; other++)
            assert_string_not_equal(name, oauth_error_name((enum oauth_error)other));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_texts),
    };
    return cmocka_run_group_tests_name("rules/oauth_error", tests, NULL, NULL);
}
