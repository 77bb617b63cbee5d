/*
 * test_rules_pkce.c - verifier and challenge (RFC 7636), S256 only.
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

/* RFC 7636 appendix B */
#define VERIFIER  "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

enum { LONGEST = 130 };

static void
test_of_the_rfc(void **state)
{
    (void)state;
    char challenge[PKCE_CHALLENGE_LENGTH + 1];
    assert_int_equal(pkce_challenge_of(VERIFIER, challenge), OK);
    assert_string_equal(challenge, CHALLENGE);
    assert_true(pkce_verifier_is_valid(VERIFIER));
    assert_true(pkce_challenge_is_valid(CHALLENGE));
}

static void
test_lengths(void **state)
{
    (void)state;
    for (size_t length = 0; length <= LONGEST; length++) {
        char text[LONGEST + 1] = "";
        memset(text, 'x', length);
        if (pkce_verifier_is_valid(text) != (length >= 43 && length <= 128) ||
            pkce_challenge_is_valid(text) != (length == 43))
            fail_msg("%zu characters", length);
    }
}

/* Every byte, at the beginning, inside and at the end. */
static void
test_characters(void **state)
{
    (void)state;
    static const size_t places[] = { 0, 21, 42 };
    for (int byte = 1; byte < 256; byte++) {
        bool common = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                      (byte >= 'a' && byte <= 'z') || byte == '-' || byte == '_';
        for (size_t i = 0; i < LENGTH_OF(places); i++) {
            char text[] = VERIFIER;
            text[places[i]] = (char)byte;
            if (pkce_challenge_is_valid(text) != common ||
                pkce_verifier_is_valid(text) != (common || byte == '.' || byte == '~'))
                fail_msg("byte %02x at %zu", (unsigned)byte, places[i]);
        }
    }
}

/* What is made is valid, whatever it is made of, and differs as soon as one character does. */
static void
test_made(void **state)
{
    (void)state;
    static const char *const verifiers[] = { "",
                                             "x",
                                             VERIFIER,
                                             VERIFIER "x",
                                             "DBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
                                             "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXK" };
    char made[LENGTH_OF(verifiers)][PKCE_CHALLENGE_LENGTH + 1];
    for (size_t i = 0; i < LENGTH_OF(verifiers); i++) {
        assert_int_equal(pkce_challenge_of(verifiers[i], made[i]), OK);
        assert_true(pkce_challenge_is_valid(made[i]));
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(made[i], made[j]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_of_the_rfc),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_characters),
        cmocka_unit_test(test_made),
    };
    return cmocka_run_group_tests_name("rules/pkce", tests, NULL, NULL);
}
