/*
 * master.c - the process above the workers: waits for signals and for what workers have to say.
 *
 * It never serves, opens no database and has no handler: its signals stay blocked and are read one
 * by one, so that nothing is lost and nothing interrupts it.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/server_int.h"

/* ---- all workers, whatever their pool ---- */

static void
signal_all(const struct master *master, int number)
{
    for (size_t i = 0; i < master->options.pool_count; i++)
        for (unsigned j = 0; j < master->pools[i].count; j++)
            if (master->pools[i].slots[j].pid != 0)
                kill(master->pools[i].slots[j].pid, number);
    if (master->successor != 0)
        kill(master->successor, number);
    if (master->leaving != 0)
        kill(master->leaving, number);
}

static bool
is_alone(const struct master *master)
{
    for (size_t i = 0; i < master->options.pool_count; i++)
        for (unsigned j = 0; j < master->pools[i].count; j++)
            if (master->pools[i].slots[j].pid != 0)
                return false;
    return master->successor == 0 && master->leaving == 0;
}

static void
bury(struct master *master, pid_t pid, int status)
{
    if (!replace_bury(master, pid, status))
        pool_bury(master, pid, status);
}

static void
bury_dead(struct master *master)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        bury(master, pid, status);
}

/* ---- what it is told ---- */

static void
reopen_logs(struct master *master)
{
    log_reopen();
    signal_all(master, SIGUSR1);
    counters_log(master->counters, &master->options);
}

static void
reload(struct master *master)
{
    struct server_options fresh = master->options;
    struct fault fault = { { 0 } };
    if (fresh.reload != NULL && !fresh.reload(fresh.reload_context, &fresh, &fault)) {
        counters_add(&master->counters->refused);
        log_event(LOG_AT_ERROR, "reload refused, everything stays as it was", "detail", fault.text,
                  NULL);
        return;
    }
    counters_add(&master->counters->reloads);
    master->options = fresh;
    log_event(LOG_AT_INFO, "reloaded, workers are replaced one by one", NULL);
    replace_begin(master);
}

static void
hear_workers(struct master *master)
{
    pid_t pid;
    while (read(master->ready[0], &pid, sizeof pid) == (ssize_t)sizeof pid)
        replace_ready(master, pid);
}

static void
hear_signals(struct master *master)
{
    struct signalfd_siginfo info;
    bool is_reload = false;
    while (read(master->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        switch (info.ssi_signo) {
        case SIGTERM:
        case SIGINT:
            master->draining = true;
            break;
        case SIGUSR1:
            reopen_logs(master);
            break;
        case SIGHUP:
            is_reload = true;
            break;
        default: /* SIGCHLD */
            break;
        }
    }
    if (is_reload && !master->draining)
        reload(master);
}

/* Waits `ms` at most (-1: no limit) for something to happen, and does what is to be done about it.
 */
static void
hear(struct master *master, int64_t ms)
{
    struct pollfd fds[] = { { .fd = master->signals, .events = POLLIN },
                            { .fd = master->ready[0], .events = POLLIN } };
    int limit = ms > INT_MAX ? INT_MAX : (int)ms;
    if (poll(fds, LENGTH_OF(fds), limit) < 0 && errno != EINTR)
        fatal("master can't wait: %s", strerror(errno));
    hear_signals(master);
    hear_workers(master);
}

/* ---- its life ---- */

static void
drain(struct master *master)
{
    log_event(LOG_AT_INFO, "workers are told to end", NULL);
    signal_all(master, SIGTERM);
    int64_t deadline = clock_monotonic_ms() + master->options.drain_ms;
    bury_dead(master);
    while (!is_alone(master)) {
        int64_t left = deadline - clock_monotonic_ms();
        if (left <= 0)
            break;
        hear(master, left);
        bury_dead(master);
    }
    signal_all(master, SIGKILL);
    while (!is_alone(master)) {
        int status;
        pid_t pid = waitpid(-1, &status, 0);
        if (pid > 0)
            bury(master, pid, status);
        else if (errno != EINTR)
            break;
    }
}

static void
open_ears(struct master *master)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    master->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (master->signals < 0 || pipe2(master->ready, O_CLOEXEC | O_NONBLOCK) != 0)
        fatal("master can't be woken: %s", strerror(errno));
    /* Ignored, as some parents leave it, the kernel would bury the dead without telling us. */
    signal(SIGCHLD, SIG_DFL);
}

/* The earlier of two waits, of which -1 is the endless one. */
static int64_t
earlier(int64_t a, int64_t b)
{
    if (a < 0 || b < 0)
        return a < 0 ? b : a;
    return a < b ? a : b;
}

static int
master_run(const struct server_options *options, struct counters *counters)
{
    struct master master = { .options = *options, .counters = counters };
    open_ears(&master);
    for (size_t i = 0; i < options->pool_count; i++)
        pool_resize(&master, i);
    while (!master.draining) {
        int64_t next = pool_start_due(&master);
        hear(&master, earlier(next, replace_step(&master)));
        bury_dead(&master);
    }
    drain(&master);
    counters_log(counters, &master.options);
    for (size_t i = 0; i < options->pool_count; i++)
        free(master.pools[i].slots);
    close(master.signals);
    close(master.ready[0]);
    close(master.ready[1]);
    return 0;
}

static void
prepare(int fd)
{
    int status_flags = fcntl(fd, F_GETFL);
    int fd_flags = fcntl(fd, F_GETFD);
    if (status_flags < 0 || fd_flags < 0 || fcntl(fd, F_SETFL, status_flags | O_NONBLOCK) < 0 ||
        fcntl(fd, F_SETFD, fd_flags | FD_CLOEXEC) < 0)
        fatal("the listening socket can't be used: %s", strerror(errno));
}

int
server_run(const struct server_options *options)
{
    for (size_t i = 0; i < options->pool_count; i++)
        prepare(options->pools[i].listen_fd);
    worker_block_signals();
    struct counters *counters = counters_open();
    int code;
    if (options->pools[0].workers == 0) {
        struct serving serving = { .options = options, .counters = counters, .ready_fd = -1 };
        code = worker_run(&serving);
        counters_log(counters, options);
    } else {
        code = master_run(options, counters);
    }
    counters_close(counters);
    return code;
}
