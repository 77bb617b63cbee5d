/*
 * test_crypto_digest.c - SHA-256 by the published vectors (FIPS 180-4), and comparison.
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

#include "crypto/crypto.h"

static void
test_vectors(void **state)
{
    (void)state;
    static const struct {
        const char *text, *hex;
    } rows[] = {
        { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct digest digest;
        char hex[65];
        assert_int_equal(digest_of(rows[i].text, &digest), OK);
        hex_encode(digest.bytes, sizeof digest.bytes, hex);
        assert_string_equal(hex, rows[i].hex);
        memset(&digest, 0, sizeof digest);
        assert_int_equal(digest_of_bytes(rows[i].text, strlen(rows[i].text), &digest), OK);
        hex_encode(digest.bytes, sizeof digest.bytes, hex);
        assert_string_equal(hex, rows[i].hex);
    }
}

static void
test_length_counts(void **state)
{
    (void)state;
    struct digest whole, part, text;
    assert_int_equal(digest_of_bytes("a\0b", 3, &whole), OK);
    assert_int_equal(digest_of_bytes("a\0b", 1, &part), OK);
    assert_int_equal(digest_of("a", &text), OK);
    assert_false(digest_equal(&whole, &part));
    assert_true(digest_equal(&part, &text));
}

static void
test_every_byte_counts(void **state)
{
    (void)state;
    struct digest a, b;
    assert_int_equal(digest_of("abc", &a), OK);
    for (size_t i = 0; i < sizeof a.bytes; i++) {
        b = a;
        assert_true(digest_equal(&a, &b));
        b.bytes[i] ^= 0x80;
        assert_false(digest_equal(&a, &b));
        b.bytes[i] ^= 0x81;
        assert_false(digest_equal(&a, &b));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_length_counts),
        cmocka_unit_test(test_every_byte_counts),
    };
    return cmocka_run_group_tests_name("crypto/digest", tests, NULL, NULL);
}
