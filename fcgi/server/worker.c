/*
 * worker.c - the loop of a serving process: wait, take one connection, answer it.
 *
 * Signals are blocked but for the wait, so that none of them cuts a request short and none is lost
 * between a test and the wait. The hooks' descriptors are asked for before each wait, as a
 * connection to the database may come, go or change its number in any request.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "server/server_int.h"

enum { BUSY_PAUSE_MS = 100 };

static volatile sig_atomic_t stopping, reopening;

struct worker {
    const struct serving *serving;
    struct connection *connection;
    int epoll;
    int watched[SERVER_FDS_MAX];
    size_t watched_count;
    int64_t next_tick_ms;
};

/* ---- signals ---- */

static void
on_signal(int number)
{
    if (number == SIGUSR1)
        reopening = 1;
    else
        stopping = 1;
}

void
worker_block_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

static void
set_handlers(bool has_master)
{
    struct sigaction action = { .sa_handler = on_signal };
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGUSR1, &action, NULL);
    if (!has_master)
        sigaction(SIGHUP, &action, NULL);
    action.sa_handler = SIG_IGN;
    if (has_master) /* a terminal's end comes to all, and it is the master's */
        sigaction(SIGHUP, &action, NULL);
    /* A web server that went away is an error of write(). */
    sigaction(SIGPIPE, &action, NULL);
}

/* The wait delivers signals only if nothing else was ready: a busy worker must hear them too. */
static void
hear_signals(void)
{
    sigset_t none, blocked;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, &blocked);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
}

/* ---- what is waited for ---- */

static bool
watch_listener(struct worker *worker)
{
    int fd = serving_pool(worker->serving)->listen_fd;
    struct epoll_event event = { .events = EPOLLIN | EPOLLEXCLUSIVE, .data.fd = fd };
    worker->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (worker->epoll >= 0 && epoll_ctl(worker->epoll, EPOLL_CTL_ADD, fd, &event) == 0)
        return true;
    log_event(LOG_AT_ERROR, "listening socket can't be watched", "detail", strerror(errno), NULL);
    return false;
}

static bool
holds(const int *fds, size_t count, int fd)
{
    for (size_t i = 0; i < count; i++)
        if (fds[i] == fd)
            return true;
    return false;
}

static void
watch_hooks(struct worker *worker)
{
    const struct server_hooks *hooks = serving_pool(worker->serving)->hooks;
    int fds[SERVER_FDS_MAX] = { 0 };
    size_t count = hooks->fds == NULL ? 0 : hooks->fds(hooks->context, fds);
    if (count > SERVER_FDS_MAX)
        panic("%zu descriptors to watch, at most %d", count, SERVER_FDS_MAX);

    for (size_t i = 0; i < worker->watched_count; i++)
        if (!holds(fds, count, worker->watched[i]))
            epoll_ctl(worker->epoll, EPOLL_CTL_DEL, worker->watched[i], NULL);
    for (size_t i = 0; i < count; i++) {
        /* Added each time: a closed descriptor left epoll, and its number may be a new one's now.
         */
        struct epoll_event event = { .events = EPOLLIN, .data.fd = fds[i] };
        if (epoll_ctl(worker->epoll, EPOLL_CTL_ADD, fds[i], &event) != 0 && errno != EEXIST)
            log_event(LOG_AT_WARNING, "descriptor can't be watched", "detail", strerror(errno),
                      NULL);
    }
    memcpy(worker->watched, fds, sizeof fds);
    worker->watched_count = count;
}

/* ---- the loop ---- */

static bool
has_tick(const struct worker *worker)
{
    return serving_pool(worker->serving)->hooks->tick != NULL &&
           worker->serving->options->tick_ms > 0;
}

static int
wait_ms(const struct worker *worker)
{
    if (!has_tick(worker))
        return -1;
    int64_t left = worker->next_tick_ms - clock_monotonic_ms();
    if (left < 0)
        return 0;
    return left > INT_MAX ? INT_MAX : (int)left;
}

static void
tick_if_due(struct worker *worker)
{
    const struct server_hooks *hooks = serving_pool(worker->serving)->hooks;
    if (!has_tick(worker) || clock_monotonic_ms() < worker->next_tick_ms)
        return;
    hooks->tick(hooks->context);
    worker->next_tick_ms = clock_monotonic_ms() + worker->serving->options->tick_ms;
}

/* False: there is nothing left to serve. */
static bool
serve_listener(struct worker *worker, uint32_t events)
{
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
        log_event(LOG_AT_ERROR, "listening socket is broken", "detail", "it was shut down", NULL);
        return false;
    }
    switch (server_connection_serve(worker->connection)) {
    case CONNECTION_SERVED:
        return true;
    case CONNECTION_BUSY:
        poll(NULL, 0, BUSY_PAUSE_MS);
        return true;
    case CONNECTION_BROKEN:
        break;
    }
    return false;
}

/* False: there is nothing left to serve. */
static bool
serve_ready(struct worker *worker, const struct epoll_event *events, int count)
{
    const struct server_hooks *hooks = serving_pool(worker->serving)->hooks;
    uint32_t listener = 0;
    /* The hooks go first: what they hear may change the answer. */
    for (int i = 0; i < count; i++) {
        if (events[i].data.fd == serving_pool(worker->serving)->listen_fd)
            listener = events[i].events;
        else if (hooks->on_readable != NULL)
            hooks->on_readable(hooks->context, events[i].data.fd);
    }
    return listener == 0 || serve_listener(worker, listener);
}

static void
reopen(const struct serving *serving)
{
    reopening = 0;
    log_reopen();
    if (serving->master == 0)
        counters_log(serving->counters, serving->options);
}

static int
serve(struct worker *worker)
{
    struct epoll_event events[SERVER_FDS_MAX + 1];
    sigset_t none;
    sigemptyset(&none);
    for (;;) {
        watch_hooks(worker);
        int count = epoll_pwait(worker->epoll, events, LENGTH_OF(events), wait_ms(worker), &none);
        if (count < 0 && errno != EINTR) {
            log_event(LOG_AT_ERROR, "worker can't wait", "detail", strerror(errno), NULL);
            return 1;
        }
        hear_signals();
        if (reopening)
            reopen(worker->serving);
        /* Told to end or not: who was woken for a connection takes it, as nobody else was. */
        if (!serve_ready(worker, events, count))
            return 1;
        if (stopping)
            return 0;
        tick_if_due(worker);
    }
}

/* False: the master has died already, before it could be watched. */
static bool
follow(pid_t master)
{
    return prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == master;
}

static void
tell_ready(const struct serving *serving)
{
    pid_t self = getpid();
    if (serving->ready_fd < 0)
        return;
    /* The pipe is full only if nobody has read it for ages: who then is waited for? */
    if (write(serving->ready_fd, &self, sizeof self) != (ssize_t)sizeof self)
        log_event(LOG_AT_WARNING, "master can't be told", "detail", strerror(errno), NULL);
    close(serving->ready_fd);
}

int
worker_run(const struct serving *serving)
{
    const struct server_hooks *hooks = serving_pool(serving)->hooks;
    struct worker worker = {
        .serving = serving,
        .connection = server_connection_open(serving),
        .epoll = -1,
    };
    set_handlers(serving->master != 0);
    int code = 1;
    if (serving->master != 0 && !follow(serving->master)) {
        code = 0;
    } else if (hooks->init_worker != NULL && !hooks->init_worker(hooks->context)) {
        log_event(LOG_AT_ERROR, "worker can't start", NULL);
    } else if (watch_listener(&worker)) {
        tell_ready(serving);
        worker.next_tick_ms = clock_monotonic_ms() + serving->options->tick_ms;
        code = serve(&worker);
        if (hooks->drain != NULL)
            hooks->drain(hooks->context);
    }
    if (worker.epoll >= 0)
        close(worker.epoll);
    server_connection_close(worker.connection);
    return code;
}
