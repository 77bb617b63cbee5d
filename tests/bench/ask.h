/*
 * ask.h - a FastCGI request to the program's own socket, each on a new connection, for
 * scripts/bench.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifndef CALLGATE_BENCH_ASK_H
#define CALLGATE_BENCH_ASK_H

#include <sys/un.h>

#include "util/util.h"

enum { ASK_PIECE = 2048, ASK_ANSWER_MAX = 4 * 1024 * 1024 };

struct ask {
    char request[3 * ASK_PIECE];
    size_t request_size;
    char answer[ASK_ANSWER_MAX]; /* "Status: …", headers and body; a string */
};

/* "" is none. */
struct ask_what {
    const char *method, *target, *bearer, *cookie, *body;
};

/* What ask_send() sends from then on. Too long a text ends the program. */
void ask_build(struct ask *ask, const struct ask_what *what);

struct sockaddr_un ask_address(const char *path);

/* The answer's status; no answer, or none that begins with one, ends the program. */
int ask_send(struct ask *ask, const struct sockaddr_un *address);

#endif
