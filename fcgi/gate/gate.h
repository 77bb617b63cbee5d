/*
 * gate.h - may this API request pass? The answer to a web server that asks before it forwards.
 *
 * A question is no request of a browser's: it is neither parsed nor routed, and its body is never
 * read. What the web server asked with decides the form of the answer (gate.c), never the verdict.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifndef CALLGATE_GATE_H
#define CALLGATE_GATE_H

#include "web/web.h"

/* ---- count.c: what passed and what was refused, in memory until it is written ---- */

struct gate_counts;

struct gate_counts *gate_counts_open(void); /* never NULL */
void gate_counts_close(struct gate_counts *counts);

/* ---- gate.c ---- */

struct gate {
    struct web *web;
    struct gate_counts *counts;
};

/* True if it is a question, by what only the web server can set: role AUTHORIZER, CALLGATE_GATE,
 * CALLGATE_ERR. */
bool gate_is_asked(const struct http_request *http);

/* Answers it, whatever goes wrong. */
void gate_handle(struct gate *gate, struct http_request *http, struct http_response *response);

/* A web's `refused`; the context is the gate: what is refused elsewhere counts as well. */
void gate_count_refused(void *gate, const struct http_request *http,
                        const struct web_judged *judged);

/* Writes what was counted, one statement for passes and one for refusals; kept for the next time if
 * the database is away, as far as there is room. */
void gate_flush(struct gate *gate, struct arena *arena);

#endif
