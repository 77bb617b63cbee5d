/*
 * crypto.h - random, digest, password. The only room that includes OpenSSL and crypt.h.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifndef CALLGATE_CRYPTO_H
#define CALLGATE_CRYPTO_H

#include "util/util.h"

/* ---- random.c: from the operating system through OpenSSL; failure is never papered over ---- */

enum {
    APP_ID_LENGTH = 32, /* hexadecimal digits: 128 bits */
    TOKEN_LENGTH = 30,  /* base62 characters: 178 bits */
};

enum status random_bytes(unsigned char *out, size_t length) MUST_CHECK;
/* App ID and App secret. */
enum status random_hex(char out[static APP_ID_LENGTH + 1]) MUST_CHECK;
/* Codes, tokens, session ids, form keys; every character equally likely. */
enum status random_token(char out[static TOKEN_LENGTH + 1]) MUST_CHECK;

/* ---- digest.c ---- */

/* SHA-256: the only form in which a secret or token reaches the database. */
struct digest {
    unsigned char bytes[32];
};

enum status digest_of(const char *text, struct digest *out) MUST_CHECK;
/* The same of `length` bytes. */
enum status digest_of_bytes(const void *data, size_t length, struct digest *out) MUST_CHECK;
bool digest_equal(const struct digest *a, const struct digest *b); /* constant time */

/* RFC 4648 §5 without padding: 43 characters and a NUL. */
void digest_base64url(const struct digest *digest, char out[static 44]);

/* Standard base64 (RFC 4648 §4) to text; NULL if it is not, or holds a NUL. */
const char *base64_decode(struct arena *arena, const char *text);

/* ---- password.c: crypt(3) ---- */

struct password_options {
    const char *scheme; /* yescrypt, sha512crypt, bcrypt */
    int64_t cost; /* of that scheme; 0: about 0.1 s for yescrypt, the library's own for others */
    int64_t parallel; /* most hashes at once on this machine */
};

/*
 * Before the first hash, and before the fork. Proves the scheme; false and the fault if it can't,
 * and then all is as it was before. May be called again.
 */
bool password_open(const struct password_options *options, struct fault *fault) MUST_CHECK;

/* A new hash, in `arena`. */
enum status password_hash(struct arena *arena, const char *password, const char **out) MUST_CHECK;

/*
 * Compares with a hash of any scheme that crypt(3) knows. NULL as hash (an unknown login) costs a
 * hash of the default kind and does not match, and so does a password that is too long for
 * crypt(3) (over 511 bytes). At most `parallel` at once: others wait.
 */
enum status password_verify(const char *password, const char *hash, bool *matches) MUST_CHECK;

/* True if `hash` is whole and of a kind that other systems keep: $6$, $2b$, $y$ or $7$ (crypt(5)),
 * and no dearer than a sign-in can bear. */
bool password_is_hash(const char *hash);

/* True if `hash` is not of the scheme and cost that password_hash() makes: renew it at sign-in. */
bool password_is_outdated(const char *hash);

#endif
