/*
 * replace.c - after a reload: one worker at a time gives way to a new one.
 *
 * A successor is started beside the worker it follows. Only when it serves is the other one told to
 * end, and only when that one has ended comes the next: a pool never has fewer workers than before,
 * and all pools together never more than one too many. A successor that dies before it serves is
 * tried again with back-off; until then the old worker goes on.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <signal.h>

#include "server/server_int.h"

void
replace_begin(struct master *master)
{
    master->generation++;
    master->replacing = true;
    master->successor_back_off.start_at_ms = 0;
    master->successor_back_off.next_delay_ms = 0;
    for (size_t i = 0; i < master->options.pool_count; i++) {
        pool_resize(master, i);
        /* Whoever waited for its time because of the old set does not wait any more. */
        for (unsigned j = 0; j < master->pools[i].count; j++)
            if (master->pools[i].slots[j].pid == 0)
                master->pools[i].slots[j].back_off = (struct back_off){ 0 };
    }
}

static struct slot *
replaced(struct master *master)
{
    return &master->pools[master->replaced_pool].slots[master->replaced_slot];
}

static void
tell_to_end(struct master *master, pid_t pid)
{
    master->leaving = pid;
    master->leaving_until = clock_monotonic_ms() + master->options.drain_ms;
    kill(pid, SIGTERM);
}

/* The successor takes its place; whom it follows, if still there, is told to end. */
static void
succeed(struct master *master)
{
    struct slot *slot = replaced(master);
    pid_t before = slot->pid;
    *slot = (struct slot){
        .pid = master->successor,
        .generation = master->successor_generation,
        .back_off = master->successor_back_off,
    };
    master->successor = 0;
    master->successor_back_off = (struct back_off){ 0 };
    if (before != 0)
        tell_to_end(master, before);
}

/* A worker of before; one that is too many counts as such. */
static bool
find_outdated(struct master *master)
{
    for (size_t i = 0; i < master->options.pool_count; i++) {
        for (unsigned j = 0; j < master->pools[i].count; j++) {
            const struct slot *slot = &master->pools[i].slots[j];
            if (slot->pid == 0 ||
                (slot->generation == master->generation && j < master->options.pools[i].workers))
                continue;
            master->replaced_pool = i;
            master->replaced_slot = j;
            return true;
        }
    }
    return false;
}

static void
finish(struct master *master)
{
    master->replacing = false;
    for (size_t i = 0; i < master->options.pool_count; i++)
        master->pools[i].count = master->options.pools[i].workers;
    log_event(LOG_AT_INFO, "all workers are new", NULL);
}

static int64_t
start_successor(struct master *master)
{
    struct back_off *times = &master->successor_back_off;
    int64_t left = times->start_at_ms - clock_monotonic_ms();
    if (left > 0)
        return left;
    master->successor = pool_fork(master, master->replaced_pool, times);
    master->successor_generation = master->generation;
    if (master->successor != 0)
        return -1;
    left = times->start_at_ms - clock_monotonic_ms();
    return left < 0 ? 0 : left;
}

int64_t
replace_step(struct master *master)
{
    if (master->leaving != 0) {
        int64_t left = master->leaving_until - clock_monotonic_ms();
        if (left > 0)
            return left;
        kill(master->leaving, SIGKILL);
        return -1;
    }
    if (master->successor != 0 || !master->replacing)
        return -1;
    if (!find_outdated(master)) {
        finish(master);
        return -1;
    }
    if (master->replaced_slot < master->options.pools[master->replaced_pool].workers)
        return start_successor(master);
    struct slot *slot = replaced(master);
    pid_t pid = slot->pid;
    *slot = (struct slot){ 0 };
    tell_to_end(master, pid);
    return master->options.drain_ms;
}

void
replace_ready(struct master *master, pid_t pid)
{
    if (pid == master->successor && pid != 0)
        succeed(master);
}

bool
replace_bury(struct master *master, pid_t pid, int status)
{
    size_t pool = master->replaced_pool;
    if (pid == master->leaving) {
        master->leaving = 0;
        pool_note_death(master, pool, pid, status, NULL);
        return true;
    }
    if (pid == master->successor) {
        master->successor = 0;
        pool_note_death(master, pool, pid, status,
                        master->draining ? NULL : &master->successor_back_off);
        return true;
    }
    /* The one to be replaced died by itself: nobody has to start another one in its place. */
    if (master->successor != 0 && !master->draining && pid == replaced(master)->pid) {
        struct slot *slot = replaced(master);
        pool_note_death(master, pool, pid, status, &slot->back_off);
        slot->pid = 0;
        succeed(master);
        return true;
    }
    return false;
}
