/*
 * server.h - libfcgi to request and response, workers, their master. Knows nobody's business.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifndef CALLGATE_SERVER_H
#define CALLGATE_SERVER_H

#include "http/http.h"
#include "util/util.h"

enum { SERVER_FDS_MAX = 4 };

/* What the program does; every hook gets `context`. All but `handle` may be NULL. */
struct server_hooks {
    void *context;
    /* In a worker, after the fork, before its first request. False: the worker ends, exit 1. */
    bool (*init_worker)(void *context);
    /* Fills `response` (status 0 when it comes in). Never fails: what goes wrong is an answer. */
    void (*handle)(void *context, struct http_request *request, struct http_response *response);
    /* Called after each answer was sent, with its time in ms: one access-log line. */
    void (*done)(void *context, const struct http_request *request,
                 const struct http_response *response, double ms);
    /* Descriptors to watch while idle (PostgreSQL's): their number, at most SERVER_FDS_MAX. */
    size_t (*fds)(void *context, int out[static SERVER_FDS_MAX]);
    /* A watched descriptor has something to read, or hung up. */
    void (*on_readable)(void *context, int fd);
    /* Once in `tick_ms` at most, while idle or between requests. */
    void (*tick)(void *context);
    /* The worker ends, after its last request. */
    void (*drain)(void *context);
};

struct server_options {
    const struct server_hooks *hooks;
    int listen_fd;         /* a listening socket; made non-blocking and close-on-exec here */
    unsigned workers;      /* 0: serve in this process, no master (mod_fcgid) */
    int64_t drain_ms;      /* how long SIGTERM waits for requests in flight */
    int64_t io_timeout_ms; /* longest silence of a web server in the middle of a request */
    int64_t tick_ms;
};

/*
 * Serves until SIGTERM or SIGINT; the process's exit code. With workers it is the master: starts
 * them, starts the dead again (at once the first time, then after 100 ms doubling to 10 s while
 * they die within 5 s of their start), passes SIGTERM on, waits drain_ms, then SIGKILL. SIGUSR1
 * reopens the log in all. A worker whose master died ends by itself.
 */
int server_run(const struct server_options *options) MUST_CHECK;

/*
 * Opens a listening unix socket ("/run/callgate/web.sock", mode 0660) or TCP one
 * ("127.0.0.1:9000", "[::1]:9000"; loopback only). A stale unix socket nobody listens on is
 * replaced, a live one is a fault. `name` is what messages call it ("server.web_listen").
 * The descriptor, or -1 with the fault set.
 */
int server_listen(const char *name, const char *address, struct fault *fault) MUST_CHECK;

/* True if `fd` is a socket that listens: how a web server hands us its FastCGI socket. */
bool server_is_listening(int fd);

/*
 * True if the listening socket `fd` looks like mod_fcgid's (a unix socket named PID.NUMBER): there
 * the web server is the process manager and wants one process that serves by itself.
 */
bool server_is_managed(int fd);

#endif
