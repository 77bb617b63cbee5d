/*
 * server_int.h - what the files of this room tell each other.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifndef CALLGATE_SERVER_INT_H
#define CALLGATE_SERVER_INT_H

#include <sys/types.h>

#include "server/server.h"

/* ---- connection.c: libfcgi, and nothing outside that file knows it ---- */

struct connection;

enum connection_result {
    CONNECTION_SERVED, /* answered, dropped, or a sibling was faster: back to waiting */
    CONNECTION_BUSY,   /* no descriptor or memory left: wait a little before the next try */
    CONNECTION_BROKEN, /* the listening socket is of no use any more */
};

/* Once a worker. Leaves libfcgi's signal handlers behind: set your own afterwards. */
struct connection *server_connection_open(const struct server_options *options);
/* Takes one waiting connection and answers its request. */
enum connection_result server_connection_serve(struct connection *connection) MUST_CHECK;
void server_connection_close(struct connection *connection);

/* ---- worker.c ---- */

/*
 * Serves until SIGTERM or SIGINT; the process's exit code. `master` is the process it must not
 * outlive, 0 if there is none.
 */
int worker_run(const struct server_options *options, pid_t master) MUST_CHECK;

/* Blocks what master and worker wait for: they take signals only where they wait. */
void worker_block_signals(void);

#endif
