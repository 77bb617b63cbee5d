/*
 * test_crypto_base64.c - RFC 4648 §4 and nothing around it; digests by its §5.
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

static void
test_decode(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        /* RFC 4648 §10 */
        { "Zg==", "f" },
        { "Zm8=", "fo" },
        { "Zm9v", "foo" },
        { "Zm9vYg==", "foob" },
        { "Zm9vYmE=", "fooba" },
        { "Zm9vYmFy", "foobar" },
        { "QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin:open sesame" }, /* RFC 7617 §2 */
        { "Pj4+Pz8/", ">>>???" },                                  /* '+' and '/' */
        { "0LnQuQ==", "\xd0\xb9\xd0\xb9" },
        { "////", "\xff\xff\xff" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const char *text = base64_decode(arena, rows[i][0]);
        if (text == NULL)
            fail_msg("%s is refused", rows[i][0]);
        assert_string_equal(text, rows[i][1]);
    }
}

static void
test_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",      "Z",     "Zg",         "Zm8",      "Zg=",      "Zg===",    "=",
        "====",  "Z===",  "=g==",       "Zg==Zg==", "Zm9v====", "Zm9v=",    "Zm=v",
        " Zm9v", "Zm9v ", "Zm 9v===",   "Zm9v\n",   "\nZm9v",   "Zm9v\r\n", "Zm9-",
        "Zm9_",  "Zm9!",  "Zm\xd0\xb9", "AA==",     "AGE=",     "YQBi", /* three with NUL */
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        if (base64_decode(arena, rows[i]) != NULL)
            fail_msg("\"%s\" is taken", rows[i]);
}

static void
test_too_long(void **state)
{
    (void)state;
    enum { LONGEST = 64 * 1024 };
    char *text = arena_alloc(arena, LONGEST + 5);
    memset(text, 'Y', LONGEST + 4);
    assert_null(base64_decode(arena, text));
    text[LONGEST] = '\0';
    const char *decoded = base64_decode(arena, text);
    assert_non_null(decoded);
    assert_int_equal(strlen(decoded), LONGEST / 4 * 3);
}

static void
test_digest(void **state)
{
    (void)state;
    struct digest digest;
    char text[44];
    assert_int_equal(digest_of("", &digest), OK);
    digest_base64url(&digest, text);
    assert_string_equal(text, "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
    memset(&digest, 0, sizeof digest);
    digest_base64url(&digest, text);
    assert_string_equal(text, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    memset(&digest, 0xff, sizeof digest);
    digest_base64url(&digest, text);
    assert_string_equal(text, "__________________________________________8");
    memset(&digest, 0xfb, sizeof digest);
    digest_base64url(&digest, text);
    assert_string_equal(text, "-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_decode, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_too_long, setup, teardown),
        cmocka_unit_test(test_digest),
    };
    return cmocka_run_group_tests_name("crypto/base64", tests, NULL, NULL);
}
