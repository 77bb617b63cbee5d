/*
 * doctor.h - attacks a deployment from outside, as a client, and says what to fix in its web
 * server's own directives.
 *
 * It knows the address, and if it shall look behind the gate an application's id and secret: no
 * settings, no database, so it runs from anywhere. What it sends changes nothing at a back-end: it
 * reads, and what would change something names extension 0, which there is never.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifndef CALLGATE_DOCTOR_H
#define CALLGATE_DOCTOR_H

#include "util/util.h"
#include "view/view.h"

enum doctor_server { DOCTOR_APACHE, DOCTOR_LIGHTTPD, DOCTOR_NGINX, DOCTOR_SERVER__MAX };
extern const char *const doctor_server_names[DOCTOR_SERVER__MAX];

enum doctor_result {
    DOCTOR_OK,
    DOCTOR_LEFT_OUT,  /* needs what was not given: a token, a back-end that echoes, … */
    DOCTOR_NOT_ASKED, /* no answer, or none from which anything follows */
    DOCTOR_WARNING,
    DOCTOR_FAULT,
    DOCTOR_RESULT__MAX
};
extern const char *const doctor_result_names[DOCTOR_RESULT__MAX];

/* What is looked at. `id` is a word that scripts may rely on. */
struct doctor_check {
    const char *id;
    const char *title; /* what is so if all is well */
    /* Lines of that server's configuration; those that begin with # say where, or what else. */
    const char *cures[DOCTOR_SERVER__MAX];
};

/* Check number `index`, in the order of the report; NULL past the last. */
const struct doctor_check *doctor_check_at(size_t index);

enum { DOCTOR_SEEN_MAX = 5 };

struct doctor_finding {
    const struct doctor_check *check;
    enum doctor_result result;
    /* What was sent and what came, in short and in printable ASCII; never a token, secret or body.
     */
    struct {
        const char *sent, *came;
    } seen[DOCTOR_SEEN_MAX];
    size_t seen_count, more; /* `more` were seen besides */
    const char *note;        /* NULL: none */
};

struct doctor_options {
    const char *origin; /* the deployment's site.url: scheme://host[:port] */
    const char *prefix; /* its gate.prefix */
    const char *app_id; /* of a trusted application with the level call_api; NULL: no token */
    const char *secret;
    int server;           /* enum doctor_server; -1: by the answer's Server */
    const char *ca;       /* file of the authorities to trust; NULL: the system's */
    const char *backends; /* addresses of the back-end, with commas; "" for none */
};

struct doctor_report {
    int server;                      /* as in the options, or guessed; -1: unknown */
    struct doctor_finding *findings; /* one for each check */
    size_t count;
};

/* False, and why: the deployment can't be reached at all. Takes a minute at most, as a rule. */
bool doctor_run(struct arena *arena, const struct doctor_options *options,
                struct doctor_report *out, struct fault *fault) MUST_CHECK;

/* The most serious result of all. */
enum doctor_result doctor_report_worst(const struct doctor_report *report);
/* For people: a line a check, under each that is not well what was seen and the cure. */
const char *doctor_report_text(struct arena *arena, const struct doctor_report *report);
/* For programs, as JSON. */
const char *doctor_report_json(struct arena *arena, const struct doctor_report *report);

#endif
