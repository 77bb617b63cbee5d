/*
 * bench_token.c - load for scripts/bench: CLIENTS processes ask one thing of the program's own
 * socket for MS milliseconds, each request on a new connection, and answers a second are printed.
 *
 * An answer that was not expected ends it, lest refusals, which are fast, be taken for the work.
 * Access tokens are a number of thirty digits, refresh tokens k (kept) or n (rotated) and 29.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ask.h"
#include "util/util.h"

enum {
    WARM_UP_MS = 250, /* plans are made anew after a table has changed */
    CLIENTS_MAX = 64,
    CHAINS_MAX = 1024,
    TOKEN_SIZE = 31
};

struct job {
    const char *app_id, *secret;
    long count;  /* of tokens to choose from */
    long number; /* of this client */
    long clients;
    char chains[CHAINS_MAX][TOKEN_SIZE]; /* refresh tokens that are good now */
    long turn;
    struct ask ask;
};

static void
build(struct job *job, const char *method, const char *path, const char *bearer, const char *body)
{
    ask_build(&job->ask, &(struct ask_what){ method, path, bearer, "", body });
}

/* ---- what is asked ---- */

static void
build_token(struct job *job, const char *secret, const char *grant)
{
    char body[ASK_PIECE];
    snprintf(body, sizeof body, "client_id=%s%s%s&grant_type=%s", job->app_id,
             *secret == '\0' ? "" : "&client_secret=", secret, grant);
    build(job, "POST", "/oauth/token", "", body);
}

static void
build_issue(struct job *job)
{
    build_token(job, job->secret, "client_credentials");
}

static void
build_refused(struct job *job)
{
    build_token(job, "00000000000000000000000000000000", "client_credentials");
}

static void
build_find(struct job *job)
{
    char bearer[64];
    snprintf(bearer, sizeof bearer, "Bearer %030ld", 1 + random() % job->count);
    build(job, "GET", "/api/ver1.0/user/", bearer, "");
}

static char *
next_chain(struct job *job, char kind)
{
    char *token = job->chains[job->turn];
    if (*token == '\0')
        snprintf(token, TOKEN_SIZE, "%c%029ld", kind, job->turn * job->clients + job->number + 1);
    return token;
}

static void
build_refresh(struct job *job, char kind)
{
    char grant[128];
    snprintf(grant, sizeof grant, "refresh_token&refresh_token=%s", next_chain(job, kind));
    build_token(job, job->secret, grant);
}

static void
build_keep(struct job *job)
{
    build_refresh(job, 'k');
}

static void
build_rotate(struct job *job)
{
    build_refresh(job, 'n');
}

static void
take_refresh(struct job *job)
{
    const char *found = strstr(job->ask.answer, "\"refresh_token\":\"");
    if (found == NULL || sscanf(found, "\"refresh_token\":\"%30[^\"]", job->chains[job->turn]) != 1)
        fatal("no refresh token in the answer");
    job->turn = (job->turn + 1) % (job->count / job->clients);
}

static const struct kind {
    const char *name;
    void (*build)(struct job *job);
    void (*take)(struct job *job);
    int status;
    bool constant; /* the same request each time */
} kinds[] = {
    { "issue", build_issue, NULL, 200, true },
    { "refused", build_refused, NULL, 429, true },
    { "find", build_find, NULL, 200, false },
    { "keep", build_keep, take_refresh, 200, false },
    { "rotate", build_rotate, take_refresh, 200, false },
};

/* ---- the clients ---- */

static long
run_client(struct job *job, const struct kind *kind, const struct sockaddr_un *address, int64_t ms)
{
    int64_t begin = clock_monotonic_ms() + WARM_UP_MS, now;
    long done = 0;
    srandom((unsigned)(getpid() ^ begin));
    if (kind->constant)
        kind->build(job);
    while ((now = clock_monotonic_ms()) < begin + ms) {
        if (!kind->constant)
            kind->build(job);
        int status = ask_send(&job->ask, address);
        /* A wrong secret is 401 until there were too many. */
        if (status != kind->status && !(status == 401 && kind->status == 429 && now < begin))
            fatal("%s: expected %d, got %d:%s", kind->name, kind->status, status, job->ask.answer);
        if (kind->take != NULL)
            kind->take(job);
        done += now >= begin;
    }
    return done;
}

static const struct kind *
kind_of(const char *name)
{
    for (size_t i = 0; i < LENGTH_OF(kinds); i++)
        if (text_equal(kinds[i].name, name))
            return &kinds[i];
    fatal("unknown kind: %s", name);
}

int
main(int argc, char **argv)
{
    if (argc != 8)
        fatal("usage: bench_token SOCKET CLIENTS MS KIND APP_ID SECRET COUNT");
    static struct job job;
    const struct sockaddr_un address = ask_address(argv[1]);
    const struct kind *kind = kind_of(argv[4]);
    int64_t ms = strtoll(argv[3], NULL, 10);
    job.clients = strtol(argv[2], NULL, 10);
    job.app_id = argv[5];
    job.secret = argv[6];
    job.count = strtol(argv[7], NULL, 10);
    if (job.clients < 1 || ms < 1 || job.clients > CLIENTS_MAX || job.count < job.clients ||
        (kind->take != NULL && job.count / job.clients > CHAINS_MAX))
        fatal("an argument is out of bounds");
    long *done = mmap(NULL, sizeof(long) * CLIENTS_MAX, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (done == MAP_FAILED)
        fatal("mmap: %s", strerror(errno));
    for (job.number = 0; job.number < job.clients; job.number++) {
        pid_t pid = fork();
        if (pid < 0)
            fatal("fork: %s", strerror(errno));
        if (pid == 0) {
            done[job.number] = run_client(&job, kind, &address, ms);
            _exit(0);
        }
    }
    long sum = 0;
    bool failed = false;
    for (int status; wait(&status) > 0;)
        failed = failed || status != 0;
    for (long i = 0; i < job.clients; i++)
        sum += done[i];
    if (failed)
        return 1;
    printf("%.1f\n", (double)sum * 1000.0 / (double)ms);
    return 0;
}
