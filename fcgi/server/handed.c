/*
 * handed.c - the sockets that systemd opened for us, by its protocol and without its library.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/server.h"

enum { FIRST_FD = 3, HANDED_MAX = 64 };

/* How many there are for this process; -1: a fault. */
static int
count_handed(struct fault *fault)
{
    const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
    int64_t number;
    if (text_is_empty(pid) || text_is_empty(fds))
        return 0;
    /* A parent that did not take them out of the environment meant itself. */
    if (!text_to_int(pid, INT32_MAX, &number) || number != getpid())
        return 0;
    if (!text_to_int(fds, HANDED_MAX, &number)) {
        fault_set(fault, "LISTEN_FDS is %s, not a number up to %d", fds, HANDED_MAX);
        return -1;
    }
    return (int)number;
}

/* "web:gate": the next name of *cursor, copied. */
static const char *
next_name(struct arena *arena, const char **cursor)
{
    size_t length = strcspn(*cursor, ":");
    const char *name = arena_strndup(arena, *cursor, length);
    *cursor += length + ((*cursor)[length] == ':');
    return name;
}

static bool
is_stream_listener(int fd)
{
    int type = 0;
    socklen_t length = sizeof type;
    return server_is_listening(fd) && getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0 &&
           type == SOCK_STREAM;
}

static bool
sort(const char *const names[], size_t count, int handed, int out[], struct fault *fault)
{
    const char *cursor = getenv("LISTEN_FDNAMES");
    struct arena *arena = arena_open();
    bool fine = true;
    for (int i = 0; fine && i < handed; i++) {
        size_t place = (size_t)i;
        const char *name = cursor == NULL ? NULL : next_name(arena, &cursor);
        if (name != NULL)
            for (place = 0; place < count && !text_equal(names[place], name);)
                place++;
        if (name != NULL && place >= count)
            fine = fault_set(fault,
                             "socket activation: \"%s\" is a name of no socket here; say "
                             "FileDescriptorName=%s",
                             name, names[0]);
        else if (place >= count)
            fine = fault_set(fault, "socket activation: %d sockets, at most %zu", handed, count);
        else if (out[place] >= 0)
            fine = fault_set(fault, "socket activation: two sockets are called %s", names[place]);
        else if (!is_stream_listener(FIRST_FD + i))
            fine = fault_set(fault,
                             "socket activation: descriptor %d (%s) is no listening stream "
                             "socket",
                             FIRST_FD + i, names[place]);
        else
            out[place] = FIRST_FD + i;
    }
    arena_close(arena);
    return fine;
}

bool
server_handed(const char *const names[], size_t count, int out[], struct fault *fault)
{
    for (size_t i = 0; i < count; i++)
        out[i] = -1;
    int handed = count_handed(fault);
    bool fine = handed >= 0 && sort(names, count, handed, out, fault);
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_FDNAMES");
    return fine;
}
