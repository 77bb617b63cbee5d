/*
 * counters.c - what is counted over all workers: in memory that the master made and all share.
 *
 * Each number is changed by one instruction that another process can't cut in two; nothing is
 * locked, so that a worker killed in the middle of it leaves nothing behind.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "server/server_int.h"

struct counters *
counters_open(void)
{
    void *memory = mmap(NULL, sizeof(struct counters), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        fatal("no shared memory for counters: %s", strerror(errno));
    return memory; /* zeroed by the kernel */
}

void
counters_close(struct counters *counters)
{
    munmap(counters, sizeof *counters);
}

void
counters_add(counter *number)
{
    atomic_fetch_add_explicit(number, 1, memory_order_relaxed);
}

void
counters_answer(struct pool_counters *counters, int status)
{
    int class = status / 100;
    counters_add(&counters->requests);
    if (class >= COUNTED_CLASS_FIRST && class <= COUNTED_CLASS_LAST)
        counters_add(&counters->classes[class - COUNTED_CLASS_FIRST]);
}

struct number {
    char text[24];
};

static const char *
put(struct number *number, counter *value)
{
    snprintf(number->text, sizeof number->text, "%lu",
             atomic_load_explicit(value, memory_order_relaxed));
    return number->text;
}

void
counters_log(struct counters *counters, const struct server_options *options)
{
    struct number requests, classes[COUNTED_CLASSES], deaths, reloads, refused;
    for (size_t i = 0; i < options->pool_count; i++) {
        struct pool_counters *pool = &counters->pools[i];
        log_event(LOG_AT_INFO, "counters", "pool", options->pools[i].name, "requests",
                  put(&requests, &pool->requests), "status_2xx",
                  put(&classes[0], &pool->classes[0]), "status_3xx",
                  put(&classes[1], &pool->classes[1]), "status_4xx",
                  put(&classes[2], &pool->classes[2]), "status_5xx",
                  put(&classes[3], &pool->classes[3]), "worker_deaths", put(&deaths, &pool->deaths),
                  "reloads", put(&reloads, &counters->reloads), "reloads_refused",
                  put(&refused, &counters->refused), NULL);
    }
}
