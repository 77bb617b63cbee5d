/*
 * checks_site.c - Callgate's own addresses: metadata, pages, tokens, bodies, processes; and whether
 * the back-end can be reached past all of it.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>
#include <time.h>

#include "doctor/doctor_int.h"

static const char *
long_body(struct doctor *doctor, size_t size)
{
    char *body = arena_alloc(doctor->arena, size + 1);
    memset(body, 'x', size);
    return body;
}

void
doctor_check_issuer(struct doctor *doctor)
{
    const char *origin = doctor->options->origin;
    struct doctor_request request = { .target = "/.well-known/oauth-authorization-server" };
    struct doctor_answer answer;
    doctor_ask(doctor, &request, &answer);
    const struct model *json =
        answer.status == 200 ? model_parse(doctor->arena, answer.body) : NULL;
    const char *issuer = json == NULL ? NULL : model_find_text(json, "issuer");
    if (issuer == NULL) {
        doctor_saw(doctor, DOCTOR_FAULT, &request,
                   doctor_came(doctor, &answer, "no metadata with an issuer"));
        return;
    }
    const char *extra = arena_printf(doctor->arena, "issuer %s", issuer);
    bool is_open = text_starts(issuer, "http://") && !doctor_host_is_loopback(doctor->uri.host);
    if (!text_equal(issuer, origin) || is_open)
        doctor_saw(doctor, DOCTOR_FAULT, &request, doctor_came(doctor, &answer, extra));
}

/* A form of a page of this very address is taken, one of another's is not. */
static void
check_forms(struct doctor *doctor)
{
    const char *own = arena_printf(doctor->arena, "Origin: %s", doctor->options->origin);
    const char *const fine[] = { own, "Sec-Fetch-Site: same-origin", NULL };
    const char *const foreign[] = { "Origin: https://elsewhere.example", NULL };
    struct doctor_request request = { .method = "POST", .target = "/logout", .body = "" };
    struct doctor_answer answer;
    request.headers = fine;
    doctor_ask(doctor, &request, &answer);
    if (answer.status == 403)
        doctor_saw(doctor, DOCTOR_FAULT, &request,
                   doctor_came(doctor, &answer, "forms of this address are refused"));
    request.headers = foreign;
    doctor_ask(doctor, &request, &answer);
    if (answer.status != 403)
        doctor_saw(doctor, DOCTOR_FAULT, &request,
                   doctor_came(doctor, &answer, "a form of another site is taken"));
}

static void
check_scheme(struct doctor *doctor, const struct doctor_request *request,
             const struct doctor_answer *answer)
{
    struct doctor_request open = { .target = "/login" };
    struct doctor_answer came;
    if (text_equal(doctor->uri.scheme, "http")) {
        if (!doctor_host_is_loopback(doctor->uri.host))
            doctor_saw(doctor, DOCTOR_FAULT, request,
                       doctor_came(doctor, answer, "passwords cross the network in clear"));
        return;
    }
    if (doctor_answer_header(answer, "Strict-Transport-Security") == NULL)
        doctor_saw(doctor, DOCTOR_FAULT, request,
                   doctor_came(doctor, answer, "no Strict-Transport-Security"));
    if (doctor->uri.port != NULL)
        return;
    open.origin = arena_printf(doctor->arena, "http%s", doctor->options->origin + strlen("https"));
    doctor_ask(doctor, &open, &came);
    if (came.status == 200)
        doctor_saw(doctor, DOCTOR_FAULT, &open,
                   doctor_came(doctor, &came, "the sign-in page without TLS"));
}

void
doctor_check_own_pages(struct doctor *doctor)
{
    struct doctor_request request = { .target = "/login" };
    struct doctor_answer answer;
    doctor_ask(doctor, &request, &answer);
    const char *policy = doctor_answer_header(&answer, "Content-Security-Policy");
    if (answer.status != 200 || policy == NULL) {
        doctor_saw(doctor, DOCTOR_FAULT, &request,
                   doctor_came(doctor, &answer, "Callgate's sign-in page was expected"));
        return;
    }
    if (doctor_answer_count(&answer, "Content-Security-Policy") > 1 ||
        strstr(policy, "frame-ancestors 'none'") == NULL)
        doctor_saw(doctor, DOCTOR_FAULT, &request,
                   doctor_came(doctor, &answer, "another Content-Security-Policy than Callgate's"));
    check_scheme(doctor, &request, &answer);
    check_forms(doctor);
    request.target = "/app/";
    doctor_ask(doctor, &request, &answer);
    const char *location = doctor_answer_header(&answer, "Location");
    const char *own = arena_printf(doctor->arena, "%s/", doctor->options->origin);
    if (location == NULL || !text_starts(location, own))
        doctor_saw(doctor, DOCTOR_FAULT, &request,
                   doctor_came(doctor, &answer, "the way to the sign-in page leads elsewhere"));
}

void
doctor_check_body_limit(struct doctor *doctor)
{
    enum {
        KIB = 1024
    }; /* the form is larger than nginx's own limit, too, the other than Apache's */
    struct doctor_answer answer;
    struct doctor_request form = {
        .method = "POST",
        .target = "/login",
        .body = long_body(doctor, 1025 * KIB),
    };
    struct doctor_request api = {
        .method = "PUT",
        .target = doctor_target(doctor, "^/extension/0/queue/"),
        .body = long_body(doctor, 200 * KIB),
    };
    doctor_ask(doctor, &form, &answer);
    const char *type = doctor_answer_header(&answer, "Content-Type");
    if (answer.status != 413)
        doctor_saw(doctor, DOCTOR_FAULT, &form, doctor_came(doctor, &answer, "413 was expected"));
    else if (type == NULL || doctor_answer_header(&answer, "Content-Security-Policy") == NULL)
        doctor_saw(doctor, DOCTOR_FAULT, &form,
                   doctor_came(doctor, &answer, "413, but not Callgate's page about it"));
    doctor_ask(doctor, &api, &answer);
    if (answer.status != 401 || !doctor_answer_is_refusal(doctor->arena, &answer))
        doctor_saw(doctor, DOCTOR_FAULT, &api,
                   doctor_came(doctor, &answer, "401 in Callgate's words was expected"));
}

/* Processes may have to be started first: only what goes on for all rounds is a limit. */
void
doctor_check_stalls(struct doctor *doctor)
{
    enum { ROUNDS = 5, AT_ONCE = 12, TRIES_ALONE = 3 };
    struct doctor_answer answers[AT_ONCE], one;
    int64_t alone = 1;
    struct doctor_request request = {
        .method = "GET",
        .target = "/.well-known/oauth-authorization-server",
        .origin = doctor->options->origin,
        .ca = doctor->options->ca,
    };
    for (int i = 0; i < TRIES_ALONE; i++) {
        doctor_ask(doctor, &request, &one);
        alone = one.ms > alone ? one.ms : alone;
    }
    for (int i = 0; i < ROUNDS; i++) {
        doctor_client_ask_many(doctor->arena, &request, AT_ONCE, answers);
        if (!doctor_is_stalled(answers, AT_ONCE, alone))
            return;
    }
    request.origin = NULL;
    doctor_saw(doctor, DOCTOR_WARNING, &request,
               arena_printf(doctor->arena,
                            "of %d at once some wait about a second, one alone takes %lld ms",
                            AT_ONCE, (long long)alone));
}

static void
ask_backend(struct doctor *doctor, const char *backend)
{
    struct uri uri;
    struct doctor_answer answer;
    if (!uri_parse(doctor->arena, backend, &uri) || uri.host == NULL ||
        (!text_equal(uri.scheme, "http") && !text_equal(uri.scheme, "https"))) {
        doctor_note(doctor, DOCTOR_NOT_ASKED, "%s is no http or https address", backend);
        return;
    }
    if (text_ends(backend, "/"))
        backend = arena_strndup(doctor->arena, backend, strlen(backend) - 1);
    struct doctor_request request = { .target = doctor->record, .origin = backend };
    doctor_ask(doctor, &request, &answer);
    if (answer.status == 0)
        return;
    bool here = doctor_host_is_loopback(uri.host);
    doctor_saw(doctor, here ? DOCTOR_WARNING : DOCTOR_FAULT, &request,
               doctor_came(doctor, &answer,
                           here ? "a loopback address proves nothing: ask from another machine, by "
                                  "the machine's own"
                                : "without the gate"));
}

void
doctor_check_backend(struct doctor *doctor)
{
    const char *cursor = doctor->options->backends;
    if (*cursor == '\0')
        doctor_note(doctor, DOCTOR_LEFT_OUT, "give the back-end's addresses by --backend");
    while (*cursor != '\0') {
        size_t length = strcspn(cursor, ",");
        if (length > 0)
            ask_backend(doctor, arena_strndup(doctor->arena, cursor, length));
        cursor += length + (cursor[length] == ',');
    }
}

/* An answer, or the gate's verdict, that was kept for whoever asks next. */
void
doctor_check_token_cached(struct doctor *doctor)
{
    struct doctor_answer answer;
    struct doctor_request token = { .method = "POST", .target = "/oauth/token", .body = "x=" };
    doctor_ask(doctor, &token, &answer);
    const char *control = doctor_answer_header(&answer, "Cache-Control");
    if (answer.status == 0 || control == NULL || strstr(control, "no-store") == NULL)
        doctor_saw(doctor, DOCTOR_FAULT, &token,
                   doctor_came(doctor, &answer, "no Cache-Control: no-store"));
    if (!doctor->passes) {
        doctor_note(doctor, DOCTOR_OK,
                    "only /oauth/token was asked: with a token that passes, more would be");
        return;
    }
    for (int i = 0; i < 2; i++) {
        struct doctor_request request = { .target = doctor->record, .token = doctor->token };
        doctor_ask(doctor, &request, &answer);
        request.token = i == 0 ? NULL : "callgate-doctor-never-issued";
        doctor_ask(doctor, &request, &answer);
        if (doctor_answer_passed(doctor->arena, &answer))
            doctor_saw(doctor, DOCTOR_FAULT, &request,
                       doctor_came(doctor, &answer,
                                   i == 0 ? "without a token, as one with a token passed before"
                                          : "by a token never issued, as another passed before"));
    }
}

/* Ends the token, which then has to be dead within gate.cache. */
void
doctor_check_revoked(struct doctor *doctor)
{
    enum { LONGEST_MS = 8000 };
    const struct timespec pause = { .tv_nsec = 200 * 1000 * 1000 };
    struct doctor_request request = {
        .target = doctor->passes ? doctor->record : doctor_target(doctor, "^/user/"),
        .token = doctor->token,
    };
    struct doctor_answer answer;
    doctor_ask_oauth(doctor, "/oauth/revoke",
                     arena_printf(doctor->arena, "token=%s", doctor->token), &answer);
    if (answer.status != 200) {
        struct doctor_request revoke = { .method = "POST", .target = "/oauth/revoke" };
        doctor_saw(doctor, DOCTOR_NOT_ASKED, &revoke, doctor_came(doctor, &answer, ""));
        return;
    }
    int64_t deadline = clock_monotonic_ms() + LONGEST_MS;
    do {
        doctor_ask(doctor, &request, &answer);
        if (answer.status == 401)
            return;
        nanosleep(&pause, NULL);
    } while (clock_monotonic_ms() < deadline);
    doctor_saw(doctor,
               doctor_answer_passed(doctor->arena, &answer) ? DOCTOR_FAULT : DOCTOR_NOT_ASKED,
               &request, doctor_came(doctor, &answer, "seconds after the token was revoked"));
}
