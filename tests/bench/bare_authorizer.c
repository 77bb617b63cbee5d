/*
 * bare_authorizer.c - what scripts/bench measures the gate against: libfcgi's own loop that lets
 * everything pass, with the answer that the gate gives. Not for anything but measuring.
 *
 *     bare_authorizer [SOCKET]
 *
 * Without SOCKET (an address of FCGX_OpenSocket) it serves descriptor 0, where a web server that
 * starts programs puts its own. CALLGATE_SERVER_WORKERS says how many processes serve, as it does
 * for callgate; without it, it is this one alone, as under mod_fcgid.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <fcgiapp.h>

#include "util/util.h"

enum { BACKLOG = 128, WORKERS_MAX = 64 };

#define PASS                                                                                       \
    "user=2, login=\"client1\", client=12, tenant=12, admin=?0, access=full, "                     \
    "app=\"00000000000000000000000000000000\", level=call_api, request=\"0000000000000000\"\r\n"   \
    "Content-Length: 0\r\n\r\n"

static int
serve(int fd)
{
    FCGX_Request request;
    if (FCGX_InitRequest(&request, fd, 0) != 0)
        fatal("libfcgi can't be started");
    while (FCGX_Accept_r(&request) == 0) {
        /* nginx asks as a responder, by this, and takes a header; the others a variable. */
        bool is_header = FCGX_GetParam("CALLGATE_GATE", request.envp) != NULL;
        FCGX_PutS(is_header ? "Status: 200 OK\r\nCallgate: " PASS
                            : "Status: 200 OK\r\nVariable-CALLGATE: " PASS,
                  request.out);
    }
    return 0;
}

int
main(int argc, char **argv)
{
    const char *text = getenv("CALLGATE_SERVER_WORKERS");
    int64_t workers = 1;
    if (text != NULL && (!text_to_int(text, WORKERS_MAX, &workers) || workers < 1))
        fatal("CALLGATE_SERVER_WORKERS is no number up to %d", WORKERS_MAX);
    if (argc > 2 || FCGX_Init() != 0)
        fatal("usage: bare_authorizer [SOCKET]");
    int fd = argc == 2 ? FCGX_OpenSocket(argv[1], BACKLOG) : STDIN_FILENO;
    if (fd < 0)
        fatal("%s can't be listened on", argv[1]);
    pid_t first = getpid();
    for (int64_t i = 1; i < workers; i++) {
        pid_t pid = fork();
        if (pid < 0)
            fatal("fork: %s", strerror(errno));
        if (pid > 0)
            continue;
        if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != first)
            return 0;
        return serve(fd);
    }
    return serve(fd);
}
