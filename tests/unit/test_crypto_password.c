/*
 * test_crypto_password.c - hashes of every scheme, renewal, unknown logins, and never too many at
 * once.
 *
 * Costs are the lowest, so that the tests are quick; what a hash costs in earnest is the settings'.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "crypto/crypto.h"

static struct arena *arena;

static void
open_scheme(const char *scheme, int64_t cost)
{
    struct fault fault = { "" };
    struct password_options options = { .scheme = scheme, .cost = cost, .parallel = 1 };
    if (!password_open(&options, &fault))
        fail_msg("%s", fault.text);
}

static int
setup(void **state)
{
    (void)state;
    arena = arena_open();
    open_scheme("yescrypt", 1);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    arena_close(arena);
    return 0;
}

static bool
verifies(const char *password, const char *hash)
{
    bool matches = true;
    assert_int_equal(password_verify(password, hash, &matches), OK);
    return matches;
}

/* What is logged from now on goes to a file that assert_logged() reads and empties. */
static int
begin_log(void)
{
    struct fault fault;
    int fd = memfd_create("log", MFD_CLOEXEC);
    const char *path = arena_printf(arena, "/proc/self/fd/%d", fd);
    assert_true(log_open(&(struct log_options){ path, LOG_AT_INFO, LOG_KEY_VALUE }, &fault));
    return fd;
}

static void
assert_logged(int fd, const char *expected)
{
    char text[4096];
    ssize_t length = pread(fd, text, sizeof text - 1, 0);
    assert_true(length >= 0);
    text[length] = '\0';
    assert_int_equal(ftruncate(fd, 0), 0);
    if (*expected == '\0' ? length != 0 : strstr(text, expected) == NULL)
        fail_msg("logged: %s", text);
}

static void
end_log(int fd)
{
    struct fault fault;
    assert_logged(fd, "");
    assert_true(log_open(&(struct log_options){ "stderr", LOG_AT_INFO, LOG_KEY_VALUE }, &fault));
    close(fd);
}

static const struct {
    const char *scheme;
    int64_t cost;
    const char *prefix;
} schemes[] = {
    { "yescrypt", 1, "$y$" },
    { "sha512crypt", 0, "$6$" },
    { "bcrypt", 4, "$2b$04$" },
};

static void
test_every_scheme(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(schemes); i++) {
        const char *hash, *again;
        open_scheme(schemes[i].scheme, schemes[i].cost);
        assert_int_equal(password_hash(arena, "correct horse", &hash), OK);
        assert_int_equal(password_hash(arena, "correct horse", &again), OK);
        assert_true(text_starts(hash, schemes[i].prefix));
        assert_string_not_equal(hash, again); /* salted */
        assert_true(verifies("correct horse", hash));
        assert_true(verifies("correct horse", again));
        assert_false(verifies("correct horsf", hash));
        assert_false(verifies("correct hors", hash));
        assert_false(verifies("correct horse ", hash));
        assert_false(verifies("", hash));
        assert_false(password_is_outdated(hash));
    }
}

/* What a PBX may already have, made elsewhere. */
static void
test_hashes_of_others(void **state)
{
    (void)state;
    static const struct {
        const char *password, *hash;
    } rows[] = {
        /* the vectors of the SHA-crypt specification */
        { "Hello world!", "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI"
                          "68u4OTLiBFdcbYEdFCoEOfaS35inz1" },
        { "Hello world!", "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5" },
        /* the vectors that came with bcrypt */
        { "U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW" },
        { "U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        if (!verifies(rows[i].password, rows[i].hash))
            fail_msg("%s", rows[i].hash);
        assert_false(verifies("Hello World!", rows[i].hash));
        assert_true(password_is_outdated(rows[i].hash));
    }
}

static void
test_outdated(void **state)
{
    (void)state;
    const char *old, *hash;
    assert_int_equal(password_hash(arena, "a password", &old), OK);
    open_scheme("yescrypt", 2);
    assert_true(password_is_outdated(old));
    assert_int_equal(password_hash(arena, "a password", &hash), OK);
    assert_false(password_is_outdated(hash));
    open_scheme("bcrypt", 5);
    assert_true(password_is_outdated(hash));
    assert_true(verifies("a password", hash));
    assert_int_equal(password_hash(arena, "a password", &hash), OK);
    open_scheme("bcrypt", 4);
    assert_true(password_is_outdated(hash));
    open_scheme("bcrypt", 5);
    assert_false(password_is_outdated(hash));
}

static void
test_unusable_hashes(void **state)
{
    (void)state;
    int log = begin_log();
    static const char *const rows[] = { "", "*", "!", "x", "$y$", "$99$salt$hash", "*0", "*1" };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        assert_false(verifies("a password", rows[i]));
        assert_false(verifies("", rows[i]));
        assert_false(verifies(rows[i], rows[i]));
        assert_logged(log, "level=error what=\"a password hash can't be used\"");
    }
    end_log(log);
}

/* Of the processor, in microseconds: a busy machine must not make this test fail. */
static int64_t
work_of(const char *password, const char *hash)
{
    int64_t best = INT64_MAX;
    for (int i = 0; i < 5; i++) {
        clock_t begin = clock();
        assert_false(verifies(password, hash));
        int64_t passed = (int64_t)(clock() - begin) * 1000000 / CLOCKS_PER_SEC;
        best = passed < best ? passed : best;
    }
    return best;
}

static void
test_unknown_login_takes_as_long(void **state)
{
    (void)state;
    const char *hash;
    open_scheme("bcrypt", 8);
    assert_int_equal(password_hash(arena, "a password", &hash), OK);
    int64_t known = work_of("wrong", hash), unknown = work_of("wrong", NULL);
    assert_true(known >= 1000);
    assert_in_range(unknown, known / 2, known * 2);
}

/* The longest that user_check_password() lets through: 127 characters of four bytes. */
static void
test_longest_password(void **state)
{
    (void)state;
    const char *hash;
    char password[127 * 4 + 1] = "";
    for (size_t i = 0; i < 127; i++)
        memcpy(password + 4 * i, "\xf0\x9f\x98\x80", 5);
    assert_int_equal(password_hash(arena, password, &hash), OK);
    assert_true(verifies(password, hash));
    memcpy(password + 4 * 126, "\xf0\x9f\x98\x81", 5);
    assert_false(verifies(password, hash));
}

/* A sign-in takes whatever was typed: "wrong" is the answer, no failure and no line in the log. */
static void
test_password_of_any_length(void **state)
{
    (void)state;
    const char *hash;
    char *endless = arena_alloc(arena, 60001);
    memset(endless, 'x', 60000);
    assert_int_equal(password_hash(arena, "a password", &hash), OK);
    int log = begin_log();
    assert_false(verifies(endless, hash));
    assert_false(verifies(endless, NULL));
    end_log(log);
}

static void
test_options(void **state)
{
    (void)state;
    static const struct {
        const char *scheme;
        int64_t cost;
        const char *fault;
    } rows[] = {
        { "md5crypt", 0, "password.scheme: md5crypt is not known" },
        { "", 0, "password.scheme:  is not known" },
        { "yescrypt", 31, "password.cost: yescrypt does not take 31" },
        { "bcrypt", 1, "password.cost: bcrypt does not take 1" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct fault fault = { "" };
        struct password_options options = { rows[i].scheme, rows[i].cost, 1 };
        assert_false(password_open(&options, &fault));
        assert_string_equal(fault.text, rows[i].fault);
        /* What was there before goes on. */
        const char *hash;
        assert_int_equal(password_hash(arena, "correct horse", &hash), OK);
        assert_true(text_starts(hash, "$y$"));
        assert_false(password_is_outdated(hash));
    }
    open_scheme("yescrypt", 1);
}

/* A process that holds the only slot, until it is killed. */
static pid_t
start_holder(const char *name, int ready)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child > 0)
        return child;
    int fd = shm_open(name, O_RDWR, 0);
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1 };
    if (fd >= 0 && fcntl(fd, F_SETLK, &lock) == 0 && write(ready, "", 1) == 1)
        pause();
    _exit(1);
}

static void
test_waits_for_a_slot(void **state)
{
    (void)state;
    char name[64], byte;
    int ready[2];
    snprintf(name, sizeof name, "/callgate-password-%lu", (unsigned long)geteuid());
    assert_int_equal(pipe(ready), 0);
    pid_t holder = start_holder(name, ready[1]);
    close(ready[1]);
    if (read(ready[0], &byte, 1) != 1) {
        /* Somebody else on this machine is hashing: the lock proved itself another way. */
        close(ready[0]);
        waitpid(holder, NULL, 0);
        skip();
    }
    close(ready[0]);
    pid_t waiter = fork();
    assert_true(waiter >= 0);
    if (waiter == 0) {
        bool matches;
        _exit(password_verify("a password", NULL, &matches) == OK ? 0 : 1);
    }
    usleep(200000);
    int status;
    assert_int_equal(waitpid(waiter, &status, WNOHANG), 0);
    /* A dead process's slot is free at once. */
    kill(holder, SIGKILL);
    assert_int_equal(waitpid(holder, NULL, 0), holder);
    assert_int_equal(waitpid(waiter, &status, 0), waiter);
    assert_int_equal(status, 0);
}

static void
test_what_is_a_hash(void **state)
{
    (void)state;
    static const char a43[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const struct {
        const char *hash;
        bool is;
    } rows[] = {
        { arena_printf(arena, "$6$salt$%s%s", a43, a43), true },
        { arena_printf(arena, "$6$rounds=1000000$salt$%s%s", a43, a43), true },
        { arena_printf(arena, "$2b$14$%s%.10s", a43, a43), true },
        { arena_printf(arena, "$y$j9T$saltsalt$%s", a43), true },
        { arena_printf(arena, "$7$BU..../....saltsalt$%s", a43), true },
        { arena_printf(arena, "$7$EU..../....saltsalt$%s", a43), false },
        { arena_printf(arena, "$7$B$%s", a43), false },
        { arena_printf(arena, "$y$jFT$saltsalt$%s", a43), false },
        { arena_printf(arena, "$y$j9TT$saltsalt$%s", a43), false },
        { arena_printf(arena, "$y$$saltsalt$%s", a43), false },
        { arena_printf(arena, "$6$rounds=99999999999999999999$salt$%s%s", a43, a43), false },
        { arena_printf(arena, "$6$rounds=$salt$%s%s", a43, a43), false },
        { arena_printf(arena, "$6$rounds=1000001$salt$%s%s", a43, a43), false },
        { arena_printf(arena, "$6$salt$%s%sx", a43, a43), false },
        { arena_printf(arena, "$6$%s%s", a43, a43), false },
        { arena_printf(arena, "$6$sa:t$%s%s", a43, a43), false },
        { arena_printf(arena, "$2b$15$%s%.10s", a43, a43), false },
        { arena_printf(arena, "$2b$xx$%s%.10s", a43, a43), false },
        { arena_printf(arena, "$2a$10$%s%.10s", a43, a43), false },
        { arena_printf(arena, "$2b$10$%s%.9s", a43, a43), false },
        { arena_printf(arena, "$y$%s", a43), false },
        { arena_printf(arena, "$5$salt$%s", a43), false },
        { "$1$salt$aaaaaaaaaaaaaaaaaaaaaa", false },
        { "", false },
        { "$", false },
        { "$6$", false },
        { "a password", false },
        { "*", false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        if (password_is_hash(rows[i].hash) != rows[i].is)
            fail_msg("%s", rows[i].hash);
    for (size_t i = 0; i < LENGTH_OF(schemes); i++) {
        const char *hash;
        open_scheme(schemes[i].scheme, schemes[i].cost);
        assert_int_equal(password_hash(arena, "a password", &hash), OK);
        assert_true(password_is_hash(hash));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_scheme, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hashes_of_others, setup, teardown),
        cmocka_unit_test_setup_teardown(test_outdated, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_a_hash, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unusable_hashes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unknown_login_takes_as_long, setup, teardown),
        cmocka_unit_test_setup_teardown(test_longest_password, setup, teardown),
        cmocka_unit_test_setup_teardown(test_password_of_any_length, setup, teardown),
        cmocka_unit_test_setup_teardown(test_options, setup, teardown),
        cmocka_unit_test_setup_teardown(test_waits_for_a_slot, setup, teardown),
    };
    return cmocka_run_group_tests_name("crypto/password", tests, NULL, NULL);
}
