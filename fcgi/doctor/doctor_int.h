/*
 * doctor_int.h - what the files of doctor/ and their tests share; nobody else includes it.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifndef CALLGATE_DOCTOR_INT_H
#define CALLGATE_DOCTOR_INT_H

#include "doctor/doctor.h"

/* ---- client.c: the only file that knows libcurl ---- */

struct doctor_request {
    const char *method;         /* "GET" */
    const char *target;         /* of the request's line, byte for byte */
    const char *token;          /* sent as Authorization: Bearer; NULL: none */
    const char *const *headers; /* "Name: value", a NULL at the end; NULL: none */
    const char *body;           /* a form; NULL: none */
    const char *origin;         /* NULL: the deployment's */
    const char *ca;             /* by doctor_ask(), from the options */
};

struct doctor_header {
    const char *name, *value;
};

enum { DOCTOR_HEADERS_MAX = 100, DOCTOR_BODY_MAX = 256 * 1024 };

struct doctor_answer {
    int status; /* 0: none came, `why` says it */
    const char *why;
    struct doctor_header *headers;
    size_t header_count;
    const char *body; /* as far as DOCTOR_BODY_MAX, or as a NUL */
    int64_t ms;
};

/* Before the first request, once a process; ends with the arena. */
void doctor_client_open(struct arena *arena);
/* On a connection of its own; no redirect is followed, no proxy used. */
void doctor_client_ask(struct arena *arena, const struct doctor_request *request,
                       struct doctor_answer *out);
/* The same `count` times at once. */
void doctor_client_ask_many(struct arena *arena, const struct doctor_request *request, size_t count,
                            struct doctor_answer *out);

/* ---- judge.c: what an answer is; pure ---- */

/* The header's first value; NULL: none. */
const char *doctor_answer_header(const struct doctor_answer *answer, const char *name);
size_t doctor_answer_count(const struct doctor_answer *answer, const char *name);

/* What the back-end that echoes got; NULL: it is none that echoes. */
struct doctor_echo {
    const char *target;
    const struct model *headers;
};
bool doctor_echo_read(struct arena *arena, const struct doctor_answer *answer,
                      struct doctor_echo *out);
/* How many headers of that name arrived with a value; the last one's into *value. */
size_t doctor_echo_header(const struct doctor_echo *echo, const char *name, const char **value);

/* Refused in Callgate's words: JSON with `error` and `message`. */
bool doctor_answer_is_refusal(struct arena *arena, const struct doctor_answer *answer);
/* The gate refused, and its answer came through with its head. */
bool doctor_answer_is_verdict(const struct doctor_answer *answer);
/* 401 or 403 in the web server's own words, as when the gate's are lost. */
bool doctor_answer_is_servers(const struct doctor_answer *answer);
/*
 * It came from behind the gate: the back-end echoes, or speaks JSON that is none of ours (an API
 * says so when there is nothing), or it is anyhow the success that it must not be.
 */
bool doctor_answer_passed(struct arena *arena, const struct doctor_answer *answer);
/* Is `seen` the same address as `sent`, but for escapes, doubled slashes, scheme and host? */
bool doctor_target_is_same(struct arena *arena, const char *sent, const char *seen);
/* 127.0.0.0/8, ::1, localhost. */
bool doctor_host_is_loopback(const char *host);
/* A copy with ? for whatever is not printable ASCII, cut at 200 bytes. */
const char *doctor_printable(struct arena *arena, const char *text);
/* enum doctor_server of a Server header; -1: unknown. */
int doctor_server_guess(const char *server);
/* Some of these waited for a process, not for the machine (see judge.c). */
bool doctor_is_stalled(const struct doctor_answer *answers, size_t count, int64_t alone_ms);

/* ---- doctor.c ---- */

struct doctor {
    struct arena *arena;
    const struct doctor_options *options;
    struct uri uri;                 /* of options->origin */
    const char *base;               /* the prefix without its last slash */
    const char *record;             /* what a Call API token may read of the back-end */
    const char *token;              /* NULL: none */
    bool passes, echoes;            /* a plain request gets to the back-end; it tells what it got */
    const char *identity;           /* the header Callgate, as the back-end got it; NULL: unknown */
    struct doctor_answer probe;     /* to that plain request */
    int silent;                     /* requests in a row that waited long for nothing */
    struct doctor_finding *finding; /* of the check that runs */
};

/* What a check needs, or it is left out. */
enum { NEEDS_TOKEN = 1, NEEDS_PASS = 2, NEEDS_ECHO = 4 };

void doctor_ask(struct doctor *doctor, const struct doctor_request *request,
                struct doctor_answer *out);
/* `^` in a pattern stands for the prefix without its last slash. */
const char *doctor_target(struct doctor *doctor, const char *pattern);
/* Records what was seen, and makes the finding as serious as `result` if it was less. */
void doctor_saw(struct doctor *doctor, enum doctor_result result,
                const struct doctor_request *request, const char *came);
/* An answer in short: status, kind, who. `extra` ("" for none) is put behind it. */
const char *doctor_came(struct doctor *doctor, const struct doctor_answer *answer,
                        const char *extra);
void doctor_note(struct doctor *doctor, enum doctor_result result, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* A form to one of the OAuth2 endpoints, with the application's id and secret. */
void doctor_ask_oauth(struct doctor *doctor, const char *endpoint, const char *fields,
                      struct doctor_answer *out);

/* ---- checks_gate.c, checks_identity.c, checks_site.c ---- */

void doctor_check_gate_missing(struct doctor *doctor);
void doctor_check_authorization(struct doctor *doctor);
void doctor_check_level(struct doctor *doctor);
void doctor_check_odd_paths(struct doctor *doctor);
void doctor_check_error_bodies(struct doctor *doctor);
void doctor_check_overrides(struct doctor *doctor);

void doctor_check_identity(struct doctor *doctor);
void doctor_check_spoofed(struct doctor *doctor);
void doctor_check_token_leaks(struct doctor *doctor);
void doctor_check_identity_leaks(struct doctor *doctor);
void doctor_check_address(struct doctor *doctor);

void doctor_check_token_cached(struct doctor *doctor);
void doctor_check_revoked(struct doctor *doctor);
void doctor_check_issuer(struct doctor *doctor);
void doctor_check_own_pages(struct doctor *doctor);
void doctor_check_body_limit(struct doctor *doctor);
void doctor_check_stalls(struct doctor *doctor);
void doctor_check_backend(struct doctor *doctor);

/* ---- checks.c: the table ---- */

struct doctor_row {
    struct doctor_check check;
    int needs;
    void (*run)(struct doctor *doctor);
};

extern const struct doctor_row doctor_rows[];
extern const size_t doctor_row_count;

#endif
