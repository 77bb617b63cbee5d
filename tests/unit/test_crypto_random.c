/*
 * test_crypto_random.c - form, freshness and fairness of App IDs and tokens.
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
#include <sys/wait.h>
#include <unistd.h>

#include "crypto/crypto.h"

static void
test_bytes(void **state)
{
    (void)state;
    unsigned char a[33] = { 0 }, b[33] = { 0 };
    assert_int_equal(random_bytes(a, 32), OK);
    assert_int_equal(random_bytes(b, 32), OK);
    assert_memory_not_equal(a, b, 32);
    assert_int_equal(a[32], 0);
}

static void
test_hex(void **state)
{
    (void)state;
    char a[APP_ID_LENGTH + 2], b[APP_ID_LENGTH + 1];
    a[APP_ID_LENGTH + 1] = '!';
    assert_int_equal(random_hex(a), OK);
    assert_int_equal(random_hex(b), OK);
    assert_true(text_is_hex(a, 32));
    assert_true(text_is_hex(b, 32));
    assert_string_not_equal(a, b);
    assert_int_equal(a[APP_ID_LENGTH + 1], '!');
}

static void
test_token(void **state)
{
    (void)state;
    char a[TOKEN_LENGTH + 2], b[TOKEN_LENGTH + 1];
    a[TOKEN_LENGTH + 1] = '!';
    assert_int_equal(random_token(a), OK);
    assert_int_equal(random_token(b), OK);
    assert_int_equal(strlen(a), 30);
    assert_int_equal(strspn(a, BASE62), 30);
    assert_int_equal(strspn(b, BASE62), strlen(b));
    assert_string_not_equal(a, b);
    assert_int_equal(a[TOKEN_LENGTH + 1], '!');
}

/*
 * 300,000 characters: 4,839 of each are expected, with a deviation of 69. Taking bytes modulo 62
 * would make eight characters likelier by a quarter; 8 deviations never happen by chance.
 */
static void
test_token_is_fair(void **state)
{
    (void)state;
    enum { TOKENS = 10000, EXPECTED = TOKENS * TOKEN_LENGTH / 62, BOUND = 8 * 69 };
    int count[256] = { 0 };
    for (int i = 0; i < TOKENS; i++) {
        char token[TOKEN_LENGTH + 1];
        assert_int_equal(random_token(token), OK);
        for (const char *p = token; *p != '\0'; p++)
            count[(unsigned char)*p]++;
    }
    for (const char *p = BASE62; *p != '\0'; p++)
        assert_in_range(count[(unsigned char)*p], EXPECTED - BOUND, EXPECTED + BOUND);
}

/* Workers are forked: they must not hand out each other's tokens. */
static void
test_fork_does_not_repeat(void **state)
{
    (void)state;
    char ours[TOKEN_LENGTH + 1], theirs[TOKEN_LENGTH + 1] = "";
    int ends[2];
    assert_int_equal(random_token(ours), OK);
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        char token[TOKEN_LENGTH + 1];
        bool sent = random_token(token) == OK && write(ends[1], token, sizeof token) > 0;
        _exit(sent ? 0 : 1);
    }
    assert_int_equal(random_token(ours), OK);
    assert_int_equal(read(ends[0], theirs, sizeof theirs), sizeof theirs);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(strlen(theirs), 30);
    assert_string_not_equal(ours, theirs);
    close(ends[0]);
    close(ends[1]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_token),
        cmocka_unit_test(test_token_is_fair),
        cmocka_unit_test(test_fork_does_not_repeat),
    };
    return cmocka_run_group_tests_name("crypto/random", tests, NULL, NULL);
}
