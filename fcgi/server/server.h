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

enum { SERVER_FDS_MAX = 4, SERVER_POOLS_MAX = 2 };

/* What a pool's workers do; every hook gets `context`. All but `handle` may be NULL. */
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

/* One listening socket and the workers that serve it, and nothing else. */
struct server_pool {
    const char *name; /* what log lines call it */
    int listen_fd;    /* made non-blocking and close-on-exec here */
    unsigned workers; /* 0, of the only pool: serve in this process, no master (mod_fcgid) */
    const struct server_hooks *hooks;
};

struct server_options {
    struct server_pool pools[SERVER_POOLS_MAX];
    size_t pool_count;
    int64_t drain_ms;      /* how long SIGTERM waits for requests in flight */
    int64_t io_timeout_ms; /* longest silence of a web server in the middle of a request */
    int64_t tick_ms;
    /*
     * In the master, at SIGHUP: makes anew, before the fork, what the workers live on, and says in
     * `options` what changes for the workers to come: times, hooks, a pool's `workers` (not 0) and
     * `hooks`; what the hooks' contexts point to may be replaced, as workers have copies of their
     * own. False, and the fault set: nothing has changed. NULL: SIGHUP starts new workers only.
     */
    bool (*reload)(void *context, struct server_options *options, struct fault *fault);
    void *reload_context;
};

/*
 * Serves until SIGTERM or SIGINT; the process's exit code. With workers it is the master: starts
 * them, starts the dead again (at once the first time, then after 100 ms doubling to 10 s while
 * they die within 5 s of their start), passes SIGTERM on, waits drain_ms, then SIGKILL. A worker
 * whose master died ends by itself.
 *
 * SIGHUP: reload, then one worker after the other is replaced: the new one serves before the old
 * one is told to end, so that no request is lost and no pool is ever without workers; there is one
 * process more than workers meanwhile. Without a master it ends like SIGTERM: whoever manages the
 * process starts the next one.
 * SIGUSR1 reopens the log in all, and has the counters logged: a line a pool, which comes at the
 * end too. They are in shared memory, so that a worker's death costs none.
 */
int server_run(const struct server_options *options) MUST_CHECK;

/*
 * Opens a listening unix socket ("/run/callgate/web.sock", mode 0660) or TCP one
 * ("127.0.0.1:9000", "[::1]:9000"; loopback only). A stale unix socket nobody listens on is
 * replaced, a live one is a fault. `name` is what messages call it ("server.web_listen").
 * The descriptor, or -1 with the fault set.
 */
int server_listen(const char *name, const char *address, struct fault *fault) MUST_CHECK;

/*
 * The listening sockets that systemd handed over (sd_listen_fds(3): LISTEN_PID, LISTEN_FDS,
 * LISTEN_FDNAMES), sorted: out[i] is the one called names[i], -1 if there is none. Without
 * LISTEN_FDNAMES they come in the order of `names`. What was handed and is of no use (another name,
 * one twice, too many, no listening stream socket) is false with the fault set. The variables are
 * taken out of the environment.
 */
bool server_handed(const char *const names[], size_t count, int out[],
                   struct fault *fault) MUST_CHECK;

/* True if `fd` is a socket that listens: how a web server hands us its FastCGI socket. */
bool server_is_listening(int fd);

/*
 * True if the listening socket `fd` looks like mod_fcgid's (a unix socket named PID.NUMBER): there
 * the web server is the process manager and wants one process that serves by itself.
 */
bool server_is_managed(int fd);

#endif
