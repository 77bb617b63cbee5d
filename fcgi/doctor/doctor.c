/*
 * doctor.c - the way of an examination: a token, one check after the other, the token's end.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "doctor/doctor_int.h"

const char *const doctor_result_names[DOCTOR_RESULT__MAX] = {
    [DOCTOR_OK] = "ok",           [DOCTOR_LEFT_OUT] = "left-out", [DOCTOR_NOT_ASKED] = "not-asked",
    [DOCTOR_WARNING] = "warning", [DOCTOR_FAULT] = "fault",
};

/* Who lets some requests in a row wait in vain would let a hundred more do so. */
enum { SILENT_MAX = 5, LONG_MS = 4000 };

const struct doctor_check *
doctor_check_at(size_t index)
{
    return index < doctor_row_count ? &doctor_rows[index].check : NULL;
}

void
doctor_ask(struct doctor *doctor, const struct doctor_request *request, struct doctor_answer *out)
{
    struct doctor_request whole = *request;
    if (whole.method == NULL)
        whole.method = "GET";
    if (whole.origin == NULL)
        whole.origin = doctor->options->origin;
    whole.ca = doctor->options->ca;
    if (doctor->silent == SILENT_MAX) {
        *out = (struct doctor_answer){ .why = "given up, after so many without an answer" };
        return;
    }
    doctor_client_ask(doctor->arena, &whole, out);
    bool is_silent = out->status == 0 && out->ms >= LONG_MS;
    doctor->silent = is_silent ? doctor->silent + 1 : 0;
}

const char *
doctor_target(struct doctor *doctor, const char *pattern)
{
    const char *mark = strchr(pattern, '^');
    if (mark == NULL)
        return pattern;
    return arena_printf(doctor->arena, "%.*s%s%s", (int)(mark - pattern), pattern, doctor->base,
                        mark + 1);
}

static void
raise_to(struct doctor *doctor, enum doctor_result result)
{
    if (result > doctor->finding->result)
        doctor->finding->result = result;
}

/* In short: "PUT /api/…, with a token, Cookie". */
static const char *
sent_text(struct doctor *doctor, const struct doctor_request *request)
{
    struct buf out;
    buf_init(&out, doctor->arena, SIZE_MAX);
    buf_printf(&out, "%s %s%s%s", request->method == NULL ? "GET" : request->method,
               request->origin == NULL ? "" : request->origin, request->origin == NULL ? "" : " ",
               request->target);
    if (request->token != NULL)
        buf_text(&out, ", with a token");
    for (const char *const *h = request->headers; h != NULL && *h != NULL; h++)
        buf_printf(&out, ", with %s", *h);
    if (request->body != NULL && strlen(request->body) > 1024)
        buf_printf(&out, ", with a body of %zu bytes", strlen(request->body));
    return doctor_printable(doctor->arena, out.data);
}

void
doctor_saw(struct doctor *doctor, enum doctor_result result, const struct doctor_request *request,
           const char *came)
{
    struct doctor_finding *finding = doctor->finding;
    raise_to(doctor, result);
    if (finding->seen_count == DOCTOR_SEEN_MAX) {
        finding->more++;
        return;
    }
    finding->seen[finding->seen_count].sent = sent_text(doctor, request);
    finding->seen[finding->seen_count++].came = doctor_printable(doctor->arena, came);
}

const char *
doctor_came(struct doctor *doctor, const struct doctor_answer *answer, const char *extra)
{
    struct doctor_echo echo;
    const char *type = doctor_answer_header(answer, "Content-Type");
    const char *who = "";
    if (answer->status == 0)
        return arena_printf(doctor->arena, "no answer: %s", answer->why);
    if (doctor_echo_read(doctor->arena, answer, &echo))
        who = ", by the back-end";
    else if (doctor_answer_is_refusal(doctor->arena, answer))
        who = ", in Callgate's words";
    return arena_printf(doctor->arena, "%d %s%s%s%s", answer->status, type == NULL ? "" : type, who,
                        *extra == '\0' ? "" : "; ", extra);
}

void
doctor_note(struct doctor *doctor, enum doctor_result result, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    raise_to(doctor, result);
    doctor->finding->note =
        doctor_printable(doctor->arena, arena_vprintf(doctor->arena, format, args));
    va_end(args);
}

void
doctor_ask_oauth(struct doctor *doctor, const char *endpoint, const char *fields,
                 struct doctor_answer *out)
{
    struct arena *arena = doctor->arena;
    struct doctor_request request = {
        .method = "POST",
        .target = endpoint,
        .body = arena_printf(arena, "%s&client_id=%s&client_secret=%s", fields,
                             uri_escape(arena, doctor->options->app_id),
                             uri_escape(arena, doctor->options->secret)),
    };
    doctor_ask(doctor, &request, out);
}

/* Also whether the deployment answers at all, and what it is. */
static bool
greet(struct doctor *doctor, struct doctor_report *out, struct fault *fault)
{
    struct doctor_answer answer;
    struct doctor_request request = { .target = "/login" };
    doctor_ask(doctor, &request, &answer);
    if (answer.status == 0)
        return fault_set(fault, "%s does not answer: %s", doctor->options->origin, answer.why);
    out->server = doctor->options->server >= 0
                      ? doctor->options->server
                      : doctor_server_guess(doctor_answer_header(&answer, "Server"));
    return true;
}

/* What a check is left out for; NULL: nothing. */
static const char *
is_missing(const struct doctor *doctor, int needs)
{
    if ((needs & (NEEDS_TOKEN | NEEDS_PASS | NEEDS_ECHO)) != 0 && doctor->token == NULL)
        return doctor->options->app_id == NULL
                   ? "it needs a token: give --app-id of a trusted application"
                   : "it needs a token, and got none";
    if ((needs & (NEEDS_PASS | NEEDS_ECHO)) != 0 && !doctor->passes)
        return "no plain request passes (see authorization-dropped)";
    if ((needs & NEEDS_ECHO) != 0 && !doctor->echoes)
        return "the back-end does not tell what it got: put scripts/echo.py in its place";
    return NULL;
}

static void
examine(struct doctor *doctor, struct doctor_report *out)
{
    for (size_t i = 0; i < doctor_row_count; i++) {
        const struct doctor_row *row = &doctor_rows[i];
        doctor->finding = &out->findings[i];
        doctor->finding->check = &row->check;
        const char *missing = is_missing(doctor, row->needs);
        if (missing != NULL)
            doctor_note(doctor, DOCTOR_LEFT_OUT, "%s", missing);
        else
            row->run(doctor);
    }
}

bool
doctor_run(struct arena *arena, const struct doctor_options *options, struct doctor_report *out,
           struct fault *fault)
{
    struct doctor doctor = {
        .arena = arena,
        .options = options,
        .base = arena_strndup(arena, options->prefix, strlen(options->prefix) - 1),
        .record = arena_printf(arena, "%sclient/@me/record/", options->prefix),
    };
    if (!uri_parse(arena, options->origin, &doctor.uri) || doctor.uri.host == NULL)
        return fault_set(fault, "%s is no address", options->origin);
    doctor_client_open(arena);
    if (!greet(&doctor, out, fault))
        return false;
    out->count = doctor_row_count;
    out->findings = arena_alloc(arena, out->count * sizeof *out->findings);
    examine(&doctor, out);
    return true;
}

enum doctor_result
doctor_report_worst(const struct doctor_report *report)
{
    enum doctor_result worst = DOCTOR_OK;
    for (size_t i = 0; i < report->count; i++)
        if (report->findings[i].result > worst)
            worst = report->findings[i].result;
    return worst;
}
