/*
 * master.c - starts workers, starts the dead ones again, ends them all.
 *
 * It never serves, opens no database and has no handler: its signals stay blocked and are fetched
 * one by one, so that nothing is lost and nothing interrupts it.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "server/server_int.h"

enum {
    SHORT_LIFE_MS = 5000,
    FIRST_DELAY_MS = 100,
    LONGEST_DELAY_MS = 10000,
};

struct slot {
    pid_t pid; /* 0: nobody */
    int64_t started_ms;
    int64_t start_at_ms;   /* while nobody is there */
    int64_t next_delay_ms; /* if the worker of now dies young */
};

struct master {
    const struct server_options *options;
    struct slot *slots;
    unsigned count;
    bool draining;
};

/* ---- one worker ---- */

/* The worker that died had lived from started_ms to `now`: when comes the next one? */
static int64_t
back_off(struct slot *slot, int64_t now)
{
    bool young = now - slot->started_ms < SHORT_LIFE_MS;
    int64_t delay = young ? slot->next_delay_ms : 0;
    if (delay == 0)
        slot->next_delay_ms = FIRST_DELAY_MS;
    else
        slot->next_delay_ms = delay * 2 < LONGEST_DELAY_MS ? delay * 2 : LONGEST_DELAY_MS;
    slot->start_at_ms = now + delay;
    return delay;
}

static void
start(struct master *master, struct slot *slot)
{
    pid_t self = getpid();
    fflush(NULL); /* or the child would write what waits in stdio's buffers once more */
    slot->started_ms = clock_monotonic_ms();
    pid_t pid = fork();
    if (pid == 0) {
        const struct server_options *options = master->options;
        free(master->slots);
        exit(worker_run(options, self));
    }
    if (pid < 0) {
        log_event(LOG_AT_ERROR, "worker can't be started", "detail", strerror(errno), NULL);
        slot->started_ms = clock_monotonic_ms();
        back_off(slot, slot->started_ms);
        return;
    }
    slot->pid = pid;
    char text[16];
    snprintf(text, sizeof text, "%d", (int)pid);
    log_event(LOG_AT_INFO, "worker started", "pid", text, NULL);
}

static void
log_death(pid_t pid, int status, const char *restart_ms)
{
    char text[16], how[32];
    snprintf(text, sizeof text, "%d", (int)pid);
    if (WIFSIGNALED(status))
        snprintf(how, sizeof how, "signal %d", WTERMSIG(status));
    else
        snprintf(how, sizeof how, "exit %d", WEXITSTATUS(status));
    if (restart_ms == NULL && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        log_event(LOG_AT_INFO, "worker ended", "pid", text, NULL);
    else
        log_event(LOG_AT_ERROR, "worker died", "pid", text, "how", how, "restart_ms", restart_ms,
                  NULL);
}

static void
bury(struct master *master, pid_t pid, int status)
{
    for (unsigned i = 0; i < master->count; i++) {
        struct slot *slot = &master->slots[i];
        if (slot->pid != pid)
            continue;
        slot->pid = 0;
        char delay[24];
        if (!master->draining)
            snprintf(delay, sizeof delay, "%lld", (long long)back_off(slot, clock_monotonic_ms()));
        log_death(pid, status, master->draining ? NULL : delay);
        return;
    }
}

/* ---- all of them ---- */

static void
bury_dead(struct master *master)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        bury(master, pid, status);
}

static void
signal_all(const struct master *master, int number)
{
    for (unsigned i = 0; i < master->count; i++)
        if (master->slots[i].pid != 0)
            kill(master->slots[i].pid, number);
}

static unsigned
count_living(const struct master *master)
{
    unsigned living = 0;
    for (unsigned i = 0; i < master->count; i++)
        living += master->slots[i].pid != 0;
    return living;
}

/* Starts whose time has come; the time in ms until the next one is due, -1 if all are there. */
static int64_t
start_due(struct master *master)
{
    int64_t next = -1;
    for (unsigned i = 0; i < master->count; i++) {
        struct slot *slot = &master->slots[i];
        if (slot->pid == 0 && slot->start_at_ms <= clock_monotonic_ms())
            start(master, slot);
        if (slot->pid != 0)
            continue;
        int64_t left = slot->start_at_ms - clock_monotonic_ms();
        if (left < 0)
            left = 0;
        if (next < 0 || left < next)
            next = left;
    }
    return next;
}

/* The next signal; 0 when `ms` have gone by first (-1: no limit). */
static int
next_signal(int64_t ms)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGCHLD);
    struct timespec limit = { .tv_sec = (time_t)(ms / 1000),
                              .tv_nsec = (long)(ms % 1000) * 1000000 };
    int number = ms < 0 ? sigwaitinfo(&set, NULL) : sigtimedwait(&set, NULL, &limit);
    return number < 0 ? 0 : number;
}

static void
reopen_logs(const struct master *master)
{
    log_reopen();
    signal_all(master, SIGUSR1);
}

static void
drain(struct master *master)
{
    master->draining = true;
    log_event(LOG_AT_INFO, "workers are told to end", NULL);
    signal_all(master, SIGTERM);
    int64_t deadline = clock_monotonic_ms() + master->options->drain_ms;
    bury_dead(master);
    while (count_living(master) > 0) {
        int64_t left = deadline - clock_monotonic_ms();
        if (left <= 0)
            break;
        if (next_signal(left) == SIGUSR1)
            reopen_logs(master);
        bury_dead(master);
    }
    signal_all(master, SIGKILL);
    while (count_living(master) > 0) {
        int status;
        pid_t pid = waitpid(-1, &status, 0);
        if (pid < 0 && errno != EINTR)
            break;
        bury(master, pid, status);
    }
}

static int
master_run(const struct server_options *options)
{
    struct master master = { .options = options, .count = options->workers };
    master.slots = calloc(master.count, sizeof *master.slots);
    if (master.slots == NULL)
        fatal("out of memory");
    /* Ignored, as some parents leave it, the kernel would bury the dead without telling us. */
    signal(SIGCHLD, SIG_DFL);
    for (bool stop = false; !stop;) {
        int number = next_signal(start_due(&master));
        stop = number == SIGTERM || number == SIGINT;
        if (number == SIGUSR1)
            reopen_logs(&master);
        if (!stop)
            bury_dead(&master);
    }
    drain(&master);
    free(master.slots);
    return 0;
}

int
server_run(const struct server_options *options)
{
    int fd = options->listen_fd;
    int status_flags = fcntl(fd, F_GETFL);
    int fd_flags = fcntl(fd, F_GETFD);
    if (status_flags < 0 || fd_flags < 0 || fcntl(fd, F_SETFL, status_flags | O_NONBLOCK) < 0 ||
        fcntl(fd, F_SETFD, fd_flags | FD_CLOEXEC) < 0)
        fatal("the listening socket can't be used: %s", strerror(errno));
    worker_block_signals();
    return options->workers == 0 ? worker_run(options, 0) : master_run(options);
}
