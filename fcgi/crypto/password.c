/*
 * password.c - password hashes by crypt(3), and no more of them at once than the machine can bear.
 *
 * The limit holds over all our processes, with or without a master: each hash takes the lock of one
 * byte of a small file in shared memory, and the kernel gives the lock back when a process dies.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <crypt.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/crypto.h"

/* Measured on Debian 12: yescrypt at 7 takes 64 MiB and about a tenth of a second. */
enum { YESCRYPT_COST = 7 };

static const struct {
    const char *name, *prefix;
} schemes[] = {
    { "yescrypt", "$y$" },
    { "sha512crypt", "$6$" },
    { "bcrypt", "$2b$" },
};

static struct {
    const char *prefix;
    unsigned long cost;
    int slots;
    int lock_fd;   /* -1: no limit can be kept */
    char *setting; /* "$y$jBT$": how hashes made now begin */
    char *dummy;   /* what an unknown login is compared with */
} state = { .lock_fd = -1 };

/* The file belongs to us alone: another's file of that name could hold our hashes up for ever. */
static int
open_locks(void)
{
    char name[64];
    struct stat info;
    snprintf(name, sizeof name, "/callgate-password-%lu", (unsigned long)geteuid());
    int fd = shm_open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0 && fstat(fd, &info) == 0 && info.st_uid == geteuid())
        return fd;
    if (fd >= 0)
        close(fd);
    log_event(LOG_AT_WARNING, "password hashes are not limited", "file", name, "detail",
              strerror(errno), NULL);
    return -1;
}

static bool
lock_byte(int type, int command, off_t byte)
{
    struct flock lock = {
        .l_type = (short)type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1
    };
    int result;
    do
        result = fcntl(state.lock_fd, command, &lock);
    while (result < 0 && errno == EINTR);
    return result == 0;
}

/* The byte taken, -1 for none. Waiters stand at one byte each, spread by process id. */
static off_t
take_slot(void)
{
    if (state.lock_fd < 0)
        return -1;
    for (off_t byte = 0; byte < state.slots; byte++)
        if (lock_byte(F_WRLCK, F_SETLK, byte))
            return byte;
    off_t byte = getpid() % state.slots;
    return lock_byte(F_WRLCK, F_SETLKW, byte) ? byte : -1;
}

static void
give_slot(off_t byte)
{
    if (byte >= 0)
        lock_byte(F_UNLCK, F_SETLK, byte);
}

/* crypt(3) of `password` with `setting`; NULL if it can't. The caller frees. */
static char *
run_crypt(const char *password, const char *setting)
{
    struct crypt_data *data = calloc(1, sizeof *data);
    if (data == NULL)
        fatal("out of memory");
    off_t slot = take_slot();
    const char *hash = crypt_rn(password, setting, data, sizeof *data);
    give_slot(slot);
    char *copy = hash == NULL ? NULL : strdup(hash);
    explicit_bzero(data, sizeof *data);
    free(data);
    return copy;
}

static bool
make_salt(const char *prefix, unsigned long cost, char *out, size_t size)
{
    unsigned char bytes[16];
    if (random_bytes(bytes, sizeof bytes) != OK)
        return false;
    bool made =
        crypt_gensalt_rn(prefix, cost, (const char *)bytes, sizeof bytes, out, (int)size) != NULL;
    explicit_bzero(bytes, sizeof bytes);
    return made;
}

/* The part of a hash that says scheme and cost: up to the '$' before the salt. */
static size_t
setting_length(const char *hash)
{
    const char *second = strchr(hash + 1, '$');
    const char *third = second == NULL ? NULL : strchr(second + 1, '$');
    /* $6$salt$hash has no cost part unless it says rounds=. */
    if (text_starts(hash, "$6$") && !text_starts(hash, "$6$rounds="))
        return 3;
    return third == NULL ? 0 : (size_t)(third - hash) + 1;
}

static const char *
prefix_of(const char *scheme)
{
    for (size_t i = 0; i < LENGTH_OF(schemes); i++)
        if (text_equal(schemes[i].name, scheme))
            return schemes[i].prefix;
    return NULL;
}

/* Proves the kind by a hash of it, which becomes the one for unknown logins. */
static bool
take_kind(const char *scheme, const char *prefix, unsigned long cost, struct fault *fault)
{
    char salt[CRYPT_GENSALT_OUTPUT_SIZE], nobody[TOKEN_LENGTH + 1];
    if (!make_salt(prefix, cost, salt, sizeof salt))
        return fault_set(fault, "password.cost: %s does not take %lu", scheme, cost);
    if (random_token(nobody) != OK)
        return fault_set(fault, "no random bytes");
    char *dummy = run_crypt(nobody, salt);
    explicit_bzero(nobody, sizeof nobody);
    if (dummy == NULL)
        return fault_set(fault, "password.scheme: crypt(3) can't make %s hashes: %s", scheme,
                         strerror(errno));
    char *setting = strndup(dummy, setting_length(dummy));
    if (setting == NULL)
        fatal("out of memory");
    free(state.dummy);
    free(state.setting);
    state.prefix = prefix;
    state.cost = cost;
    state.dummy = dummy;
    state.setting = setting;
    return true;
}

bool
password_open(const struct password_options *options, struct fault *fault)
{
    const char *prefix = prefix_of(options->scheme);
    if (prefix == NULL)
        return fault_set(fault, "password.scheme: %s is not known", options->scheme);
    unsigned long cost = (unsigned long)options->cost;
    if (cost == 0 && text_equal(options->scheme, "yescrypt"))
        cost = YESCRYPT_COST;
    if (state.lock_fd < 0)
        state.lock_fd = open_locks();
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int slots = options->parallel > 0 ? (int)options->parallel : cores > 0 ? (int)cores : 1;
    int before = state.slots;
    state.slots = slots;
    /* A master that reads its settings anew does not wait in the queue of those who hash. */
    if (state.dummy != NULL && state.prefix == prefix && state.cost == cost)
        return true;
    if (take_kind(options->scheme, prefix, cost, fault))
        return true;
    state.slots = before;
    return false;
}

enum status
password_hash(struct arena *arena, const char *password, const char **out)
{
    char salt[CRYPT_GENSALT_OUTPUT_SIZE];
    if (!make_salt(state.prefix, state.cost, salt, sizeof salt))
        return E_CRYPTO;
    char *hash = run_crypt(password, salt);
    if (hash == NULL) {
        log_event(LOG_AT_ERROR, "crypt(3) failed", "detail", strerror(errno), NULL);
        return E_CRYPTO;
    }
    *out = arena_strdup(arena, hash);
    explicit_bzero(hash, strlen(hash));
    free(hash);
    return OK;
}

/* Equal length and bytes, in a time that depends on the length only. */
static bool
is_same(const char *a, const char *b)
{
    size_t length = strlen(a);
    if (length != strlen(b))
        return false;
    unsigned char difference = 0;
    for (size_t i = 0; i < length; i++)
        difference |= (unsigned char)(a[i] ^ b[i]);
    return difference == 0;
}

enum status
password_verify(const char *password, const char *hash, bool *matches)
{
    *matches = false;
    if (strlen(password) >= CRYPT_MAX_PASSPHRASE_SIZE) {
        password = "";
        hash = NULL;
    }
    const char *setting = hash == NULL ? state.dummy : hash;
    char *made = run_crypt(password, setting);
    if (made == NULL) {
        /* A hash of a kind this crypt(3) does not have: the login can't work, its owner must know.
         */
        log_event(LOG_AT_ERROR, "a password hash can't be used", "detail", strerror(errno), NULL);
        made = run_crypt(password, state.dummy);
        hash = NULL;
    }
    if (made == NULL)
        return E_CRYPTO;
    *matches = is_same(made, setting) && hash != NULL;
    explicit_bzero(made, strlen(made));
    free(made);
    return OK;
}

bool
password_is_outdated(const char *hash)
{
    return !text_starts(hash, state.setting);
}

static const struct {
    const char *prefix;
    size_t last; /* length of what stands behind the last $ */
} known[] = { { "$y$", 43 }, { "$7$", 43 }, { "$6$", 86 }, { "$2b$", 53 } };

/*
 * Somebody else chose these: a hash that takes minutes, or gigabytes, would hold up everybody's
 * sign-ins. Parameters as crypt_gensalt(3) writes them; crypt_checksalt(3) looks at no more than
 * the prefix. Of the memory-hard kinds: at most 256 MiB.
 */
static bool
is_bearable(const char *hash)
{
    enum { ROUNDS_MAX = 1000000, BCRYPT_MAX = 14 };
    int64_t number;
    char digits[12];
    const char *parameters = strchr(hash + 1, '$') + 1;
    size_t length = strcspn(parameters, "$");
    if (text_starts(hash, "$y$"))
        return length == 3 && parameters[0] == 'j' && strchr("56789ABCD", parameters[1]) != NULL &&
               strchr("5T", parameters[2]) != NULL;
    if (text_starts(hash, "$7$"))
        return strchr("56789ABCD", parameters[0]) != NULL &&
               text_starts(parameters + 1, "U..../....");
    if (text_starts(hash, "$6$") && !text_starts(parameters, "rounds="))
        return true;
    size_t skip = text_starts(hash, "$6$") ? strlen("rounds=") : 0;
    snprintf(digits, sizeof digits, "%.*s", (int)(length - skip), parameters + skip);
    if (skip > 0)
        return text_to_int(digits, ROUNDS_MAX, &number) && number >= 1000;
    return length == 2 && text_to_int(digits, BCRYPT_MAX, &number) && number >= 4;
}

bool
password_is_hash(const char *hash)
{
    size_t i = 0, length = strlen(hash);
    while (i < LENGTH_OF(known) && !text_starts(hash, known[i].prefix))
        i++;
    if (i == LENGTH_OF(known) || length >= CRYPT_OUTPUT_SIZE)
        return false;
    for (const char *p = hash; *p != '\0'; p++)
        if (strchr(BASE62, *p) == NULL && strchr("./$=", *p) == NULL)
            return false;
    const char *last = strrchr(hash, '$') + 1;
    return strlen(last) == known[i].last && last > hash + strlen(known[i].prefix) &&
           crypt_checksalt(hash) == CRYPT_SALT_OK && is_bearable(hash);
}
