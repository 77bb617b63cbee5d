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

/* True if it is a question, by what only the web server can set: role AUTHORIZER, CALLGATE_GATE,
 * CALLGATE_ERR. */
bool gate_is_asked(const struct http_request *http);

/* Answers it, whatever goes wrong. */
void gate_handle(struct web *web, struct http_request *http, struct http_response *response);

#endif
