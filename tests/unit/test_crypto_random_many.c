/*
 * test_crypto_random_many.c - a million tokens without a twin; and none at all, rather than a weak
 * one, when OpenSSL has no random bytes.
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

#include "crypto/crypto.h"

typedef char token_text[TOKEN_LENGTH + 1];

int __real_RAND_bytes(unsigned char *out, int length);
int __wrap_RAND_bytes(unsigned char *out, int length);

static int calls_before_failure = -1; /* -1: it never fails */

int
__wrap_RAND_bytes(unsigned char *out, int length)
{
    if (calls_before_failure < 0)
        return __real_RAND_bytes(out, length);
    if (calls_before_failure == 0)
        return 0;
    calls_before_failure--;
    memset(out, 0xff, (size_t)length); /* too large a byte: random_token() asks again */
    return 1;
}

static int
compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void
test_39_a_million_tokens(void **state)
{
    (void)state;
    enum { TOKENS = 1000000 };
    token_text *tokens = calloc(TOKENS, sizeof *tokens);
    assert_non_null(tokens);
    for (size_t i = 0; i < TOKENS; i++)
        if (random_token(tokens[i]) != OK || strlen(tokens[i]) != TOKEN_LENGTH)
            fail_msg("token %zu", i);
    qsort(tokens, TOKENS, sizeof *tokens, compare);
    for (size_t i = 1; i < TOKENS; i++)
        if (strcmp(tokens[i - 1], tokens[i]) == 0)
            fail_msg("a twin: %s", tokens[i]);
    free(tokens);
}

/* Logs `no random bytes`, once a call. */
static void
test_39_no_random_bytes(void **state)
{
    (void)state;
    unsigned char bytes[16];
    char hex[APP_ID_LENGTH + 1] = "", token[TOKEN_LENGTH + 1] = "";
    calls_before_failure = 0;
    assert_int_equal(random_bytes(bytes, sizeof bytes), E_CRYPTO);
    assert_int_equal(random_hex(hex), E_CRYPTO);
    assert_int_equal(random_token(token), E_CRYPTO);
    assert_string_equal(hex, "");
    assert_string_equal(token, "");
    for (int calls = 1; calls <= 3; calls++) {
        calls_before_failure = calls;
        assert_int_equal(random_token(token), E_CRYPTO);
        assert_string_equal(token, "");
    }
    calls_before_failure = -1;
    assert_int_equal(random_token(token), OK);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_39_a_million_tokens),
        cmocka_unit_test(test_39_no_random_bytes),
    };
    return cmocka_run_group_tests_name("crypto/random_many", tests, NULL, NULL);
}
