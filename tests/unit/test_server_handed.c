/*
 * test_server_handed.c - sockets that systemd handed over: sorted by name or by order, refused.
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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/server.h"

enum { FIRST = 3, COUNT = 3 };

static const char *const names[] = { "web", "gate" };
static struct fault fault;
static int kept[COUNT]; /* what was at the descriptors' numbers, -1: nothing */
static int out[LENGTH_OF(names)];

static void
put_listener(int number, int type)
{
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    const struct sockaddr name = { .sa_family = AF_UNIX };
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, &name, sizeof name.sa_family), 0); /* the kernel chooses a name */
    if (type != SOCK_DGRAM)
        assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(dup2(fd, number), number);
    if (fd != number)
        close(fd);
}

static int
put_listeners(void **state)
{
    (void)state;
    for (int i = 0; i < COUNT; i++)
        kept[i] = fcntl(FIRST + i, F_DUPFD_CLOEXEC, 100);
    for (int i = 0; i < COUNT; i++)
        put_listener(FIRST + i, SOCK_STREAM);
    return 0;
}

static int
put_back(void **state)
{
    (void)state;
    for (int i = 0; i < COUNT; i++) {
        close(FIRST + i);
        if (kept[i] >= 0) {
            dup2(kept[i], FIRST + i);
            close(kept[i]);
        }
    }
    return 0;
}

static void
set(const char *name, const char *value)
{
    if (value == NULL)
        unsetenv(name);
    else
        assert_int_equal(setenv(name, value, 1), 0);
}

/* NULL as `pid`: this process's own. */
static bool
handed(const char *pid, const char *fds, const char *fdnames)
{
    char own[16];
    snprintf(own, sizeof own, "%d", (int)getpid());
    set("LISTEN_PID", pid == NULL ? own : pid);
    set("LISTEN_FDS", fds);
    set("LISTEN_FDNAMES", fdnames);
    memset(&fault, 0, sizeof fault);
    out[0] = out[1] = 99;
    bool fine = server_handed(names, LENGTH_OF(names), out, &fault);
    assert_null(getenv("LISTEN_PID"));
    assert_null(getenv("LISTEN_FDS"));
    assert_null(getenv("LISTEN_FDNAMES"));
    return fine;
}

static void
sorts_what_was_handed(void **state)
{
    (void)state;
    const struct {
        const char *pid, *fds, *fdnames;
        int web, gate;
    } rows[] = {
        { NULL, "2", "web:gate", 3, 4 },  { NULL, "2", "gate:web", 4, 3 },
        { NULL, "1", "gate", -1, 3 },     { NULL, "1", "web", 3, -1 },
        { NULL, "2", NULL, 3, 4 },        { NULL, "1", NULL, 3, -1 },
        { NULL, "0", NULL, -1, -1 },      { NULL, NULL, NULL, -1, -1 },
        { "1", "2", "web:gate", -1, -1 }, /* another process's */
        { "", "2", NULL, -1, -1 },        { "x", "2", NULL, -1, -1 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        if (!handed(rows[i].pid, rows[i].fds, rows[i].fdnames) || out[0] != rows[i].web ||
            out[1] != rows[i].gate)
            fail_msg("row %zu: %d %d %s", i, out[0], out[1], fault.text);
    }
}

static void
refuses_what_is_of_no_use(void **state)
{
    (void)state;
    const struct {
        const char *fds, *fdnames, *says;
    } rows[] = {
        { "2", "web:web", "two sockets are called web" },
        { "2", "web:callgate-gate.socket", "\"callgate-gate.socket\" is a name of no socket here" },
        { "2", "web", "\"\" is a name of no socket here" },
        { "3", NULL, "3 sockets, at most 2" },
        { "x", NULL, "LISTEN_FDS is x" },
        { "-1", NULL, "LISTEN_FDS is -1" },
        { "65", NULL, "LISTEN_FDS is 65" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        if (handed(NULL, rows[i].fds, rows[i].fdnames) || strstr(fault.text, rows[i].says) == NULL)
            fail_msg("row %zu: %s", i, fault.text);
}

static void
refuses_what_does_not_listen_to_streams(void **state)
{
    (void)state;
    put_listener(FIRST + 1, SOCK_DGRAM);
    assert_false(handed(NULL, "2", "web:gate"));
    assert_string_equal(fault.text,
                        "socket activation: descriptor 4 (gate) is no listening stream socket");
    put_listener(FIRST + 1, SOCK_SEQPACKET);
    assert_false(handed(NULL, "2", "gate:web"));
    assert_string_equal(fault.text,
                        "socket activation: descriptor 4 (web) is no listening stream socket");
    close(FIRST + 1);
    assert_false(handed(NULL, "2", NULL));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sorts_what_was_handed, put_listeners, put_back),
        cmocka_unit_test_setup_teardown(refuses_what_is_of_no_use, put_listeners, put_back),
        cmocka_unit_test_setup_teardown(refuses_what_does_not_listen_to_streams, put_listeners,
                                        put_back),
    };
    return cmocka_run_group_tests_name("server_handed", tests, NULL, NULL);
}
