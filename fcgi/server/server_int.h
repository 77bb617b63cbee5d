/*
 * server_int.h - what the files of this room tell each other.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifndef CALLGATE_SERVER_INT_H
#define CALLGATE_SERVER_INT_H

#include <stdatomic.h>
#include <sys/types.h>

#include "server/server.h"

/* ---- counters.c ---- */

enum {
    COUNTED_CLASS_FIRST = 2,
    COUNTED_CLASS_LAST = 5,
    COUNTED_CLASSES = COUNTED_CLASS_LAST - COUNTED_CLASS_FIRST + 1,
};

typedef atomic_ulong counter;

struct pool_counters {
    counter requests;
    counter classes[COUNTED_CLASSES]; /* by status: 2xx, 3xx, 4xx, 5xx */
    counter deaths;                   /* of workers that nobody told to end */
};

struct counters {
    struct pool_counters pools[SERVER_POOLS_MAX];
    counter reloads, refused;
};

/* Zeroes, in memory that is shared with all children. */
struct counters *counters_open(void);
void counters_close(struct counters *counters);
void counters_add(counter *number);
void counters_answer(struct pool_counters *counters, int status);
/* A line a pool. */
void counters_log(struct counters *counters, const struct server_options *options);

/* ---- what a serving process is told ---- */

struct serving {
    const struct server_options *options;
    size_t pool; /* which of options->pools */
    struct counters *counters;
    pid_t master; /* the process it must not outlive; 0: there is none */
    int ready_fd; /* gets the worker's pid_t once it serves, and is closed; -1: nobody asks */
};

static inline const struct server_pool *
serving_pool(const struct serving *serving)
{
    return &serving->options->pools[serving->pool];
}

/* ---- connection.c: libfcgi, and nothing outside that file knows it ---- */

struct connection;

enum connection_result {
    CONNECTION_SERVED, /* answered, dropped, or a sibling was faster: back to waiting */
    CONNECTION_BUSY,   /* no descriptor or memory left: wait a little before the next try */
    CONNECTION_BROKEN, /* the listening socket is of no use any more */
};

/* Once a worker. Leaves libfcgi's signal handlers behind: set your own afterwards. */
struct connection *server_connection_open(const struct serving *serving);
/* Takes one waiting connection and answers its request. */
enum connection_result server_connection_serve(struct connection *connection) MUST_CHECK;
void server_connection_close(struct connection *connection);

/* ---- worker.c ---- */

/* Serves until it is told to end; the process's exit code. */
int worker_run(const struct serving *serving) MUST_CHECK;

/* Blocks what master and worker wait for: they take signals only where they wait. */
void worker_block_signals(void);

/* ---- pool.c: a pool's workers, each with a place of its own ---- */

/* When a worker is to be started, and how long the next one waits if this one dies young. */
struct back_off {
    int64_t started_ms, start_at_ms, next_delay_ms;
};

struct slot {
    pid_t pid;           /* 0: nobody */
    unsigned generation; /* the master's when it was started */
    struct back_off back_off;
};

struct pool {
    struct slot *slots;
    unsigned count; /* of slots; more than its workers while it shrinks */
};

struct master {
    struct server_options options; /* for the workers to come */
    struct counters *counters;
    struct pool pools[SERVER_POOLS_MAX];
    unsigned generation; /* how often it was reloaded */
    bool draining;
    int signals;  /* signalfd */
    int ready[2]; /* a pipe: which workers serve by now */

    /* replace.c: one worker at a time. */
    bool replacing;
    size_t replaced_pool;
    unsigned replaced_slot;
    pid_t successor; /* started, and not serving yet; 0: none */
    unsigned successor_generation;
    struct back_off successor_back_off;
    pid_t leaving; /* told to end as its successor serves; 0: none */
    int64_t leaving_until;
};

/* Makes room for as many as options say; those too many are left for replace.c. */
void pool_resize(struct master *master, size_t number);
/* A worker of now; 0, and said, if it can't be made. */
pid_t pool_fork(struct master *master, size_t pool, struct back_off *times);
/* Starts whom the pools lack and whose time has come; ms until the next one is due, -1: never. */
int64_t pool_start_due(struct master *master);
/* Somebody died: notes when the next one is to be started, logs and counts it. */
void pool_bury(struct master *master, pid_t pid, int status);
/* Who died, and how: counted as a death unless it was told to end (NULL as `times`) and did. */
void pool_note_death(struct master *master, size_t pool, pid_t pid, int status,
                     struct back_off *times);

/* ---- replace.c: the workers of before give way to those of now ---- */

/* After a reload: from now on workers of an older generation are replaced. */
void replace_begin(struct master *master);
/* The next step, if its time has come; ms until it has, -1: something else has to happen first. */
int64_t replace_step(struct master *master);
/* A worker serves. */
void replace_ready(struct master *master, pid_t pid);
/* True if the dead one was the successor or the leaving one: all is done then. */
bool replace_bury(struct master *master, pid_t pid, int status);

#endif
