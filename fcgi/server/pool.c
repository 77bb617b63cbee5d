/*
 * pool.c - a pool's workers: started, buried, started again. No pool knows of another's troubles.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/server_int.h"

enum {
    SHORT_LIFE_MS = 5000,
    FIRST_DELAY_MS = 100,
    LONGEST_DELAY_MS = 10000,
};

static unsigned
wanted(const struct master *master, size_t pool)
{
    return master->options.pools[pool].workers;
}

void
pool_resize(struct master *master, size_t number)
{
    struct pool *pool = &master->pools[number];
    unsigned count = wanted(master, number);
    if (count <= pool->count)
        return;
    struct slot *slots = realloc(pool->slots, count * sizeof *slots);
    if (slots == NULL)
        fatal("out of memory");
    memset(slots + pool->count, 0, (count - pool->count) * sizeof *slots);
    pool->slots = slots;
    pool->count = count;
}

/* ---- one worker ---- */

/* When the next one comes, as this one died now. */
static int64_t
back_off(struct back_off *times)
{
    int64_t now = clock_monotonic_ms();
    bool young = now - times->started_ms < SHORT_LIFE_MS;
    int64_t delay = young ? times->next_delay_ms : 0;
    if (delay == 0)
        times->next_delay_ms = FIRST_DELAY_MS;
    else
        times->next_delay_ms = delay * 2 < LONGEST_DELAY_MS ? delay * 2 : LONGEST_DELAY_MS;
    times->start_at_ms = now + delay;
    return delay;
}

static _Noreturn void
become_worker(struct master *master, size_t pool, pid_t self)
{
    struct serving serving = {
        .options = &master->options,
        .pool = pool,
        .counters = master->counters,
        .master = self,
        .ready_fd = master->ready[1],
    };
    close(master->signals);
    close(master->ready[0]);
    for (size_t i = 0; i < master->options.pool_count; i++) {
        free(master->pools[i].slots);
        master->pools[i].slots = NULL;
        /* A gate worker has no business with the web's socket, nor keeps it open. */
        if (i != pool)
            close(master->options.pools[i].listen_fd);
    }
    exit(worker_run(&serving));
}

pid_t
pool_fork(struct master *master, size_t pool, struct back_off *times)
{
    pid_t self = getpid();
    fflush(NULL); /* or the child would write what waits in stdio's buffers once more */
    times->started_ms = clock_monotonic_ms();
    pid_t pid = fork();
    if (pid == 0)
        become_worker(master, pool, self);
    const char *name = master->options.pools[pool].name;
    if (pid < 0) {
        log_event(LOG_AT_ERROR, "worker can't be started", "pool", name, "detail", strerror(errno),
                  NULL);
        back_off(times);
        return 0;
    }
    char text[16];
    snprintf(text, sizeof text, "%d", (int)pid);
    log_event(LOG_AT_INFO, "worker started", "pool", name, "pid", text, NULL);
    return pid;
}

void
pool_note_death(struct master *master, size_t pool, pid_t pid, int status, struct back_off *times)
{
    char text[16], how[32], delay[24] = "";
    const char *name = master->options.pools[pool].name;
    bool was_told = times == NULL;
    if (!was_told)
        snprintf(delay, sizeof delay, "%lld", (long long)back_off(times));
    snprintf(text, sizeof text, "%d", (int)pid);
    if (was_told && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        log_event(LOG_AT_INFO, "worker ended", "pool", name, "pid", text, NULL);
        return;
    }
    if (WIFSIGNALED(status))
        snprintf(how, sizeof how, "signal %d", WTERMSIG(status));
    else
        snprintf(how, sizeof how, "exit %d", WEXITSTATUS(status));
    counters_add(&master->counters->pools[pool].deaths);
    log_event(LOG_AT_ERROR, "worker died", "pool", name, "pid", text, "how", how, "restart_ms",
              was_told ? NULL : delay, NULL);
}

/* ---- all of them ---- */

void
pool_bury(struct master *master, pid_t pid, int status)
{
    for (size_t i = 0; i < master->options.pool_count; i++) {
        for (unsigned j = 0; j < master->pools[i].count; j++) {
            struct slot *slot = &master->pools[i].slots[j];
            if (slot->pid != pid)
                continue;
            bool comes_back = !master->draining && j < wanted(master, i);
            slot->pid = 0;
            pool_note_death(master, i, pid, status, comes_back ? &slot->back_off : NULL);
            return;
        }
    }
}

int64_t
pool_start_due(struct master *master)
{
    int64_t next = -1;
    for (size_t i = 0; i < master->options.pool_count; i++) {
        for (unsigned j = 0; j < wanted(master, i); j++) {
            struct slot *slot = &master->pools[i].slots[j];
            if (slot->pid == 0 && slot->back_off.start_at_ms <= clock_monotonic_ms()) {
                slot->pid = pool_fork(master, i, &slot->back_off);
                slot->generation = master->generation;
            }
            if (slot->pid != 0)
                continue;
            int64_t left = slot->back_off.start_at_ms - clock_monotonic_ms();
            if (left < 0)
                left = 0;
            if (next < 0 || left < next)
                next = left;
        }
    }
    return next;
}
