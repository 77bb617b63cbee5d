/*
 * checks_identity.c - what the back-end gets to see of a request that passed, and the client of it.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "doctor/doctor_int.h"

#define SPOOFED "doctor-was-here"

/* A plain request with the token and these headers, as the back-end got it; false: it did not. */
static bool
ask_echo(struct doctor *doctor, struct doctor_request *request, struct doctor_echo *out)
{
    struct doctor_answer answer;
    request->target = doctor->record;
    request->token = doctor->token;
    doctor_ask(doctor, request, &answer);
    if (doctor_echo_read(doctor->arena, &answer, out))
        return true;
    doctor_saw(doctor, DOCTOR_NOT_ASKED, request, doctor_came(doctor, &answer, ""));
    return false;
}

void
doctor_check_address(struct doctor *doctor)
{
    struct doctor_request request = { .target = doctor->record, .token = doctor->token };
    struct doctor_echo echo;
    if (doctor_echo_read(doctor->arena, &doctor->probe, &echo) &&
        !doctor_target_is_same(doctor->arena, doctor->record, echo.target))
        doctor_saw(doctor, DOCTOR_FAULT, &request,
                   doctor_came(doctor, &doctor->probe,
                               arena_printf(doctor->arena, "which got it as %s", echo.target)));
}

void
doctor_check_identity(struct doctor *doctor)
{
    struct doctor_request request = { .target = doctor->record, .token = doctor->token };
    struct doctor_echo echo;
    const char *value;
    if (!doctor_echo_read(doctor->arena, &doctor->probe, &echo))
        return;
    size_t count = doctor_echo_header(&echo, "Callgate", &value);
    if (count != 1 || !text_starts(value, "user="))
        doctor_saw(doctor, DOCTOR_FAULT, &request,
                   doctor_came(doctor, &doctor->probe,
                               count == 0 ? "without a header Callgate"
                                          : "with another header Callgate than the gate's"));
}

static void
check_spoofed(struct doctor *doctor, const char *const *headers)
{
    struct doctor_request request = { .headers = headers };
    struct doctor_echo echo;
    const char *value;
    if (!ask_echo(doctor, &request, &echo))
        return;
    size_t count = doctor_echo_header(&echo, "Callgate", &value);
    for (size_t i = 0; model_text_at(echo.headers, i, &(const char *){ NULL }, &value); i++)
        if (value != NULL && strstr(value, SPOOFED) != NULL) {
            doctor_saw(doctor, DOCTOR_FAULT, &request, "the back-end was told just that");
            return;
        }
    if (count == 0 && doctor->identity != NULL)
        doctor_saw(doctor, DOCTOR_FAULT, &request, "the back-end was told nobody");
    else if (count > 1)
        doctor_saw(doctor, DOCTOR_FAULT, &request, "the back-end got several headers Callgate");
}

void
doctor_check_spoofed(struct doctor *doctor)
{
    static const char *const headers[][4] = {
        { "Callgate: user=1, login=\"" SPOOFED "\", admin=?1", NULL },
        { "callgate: user=1, login=\"" SPOOFED "\", admin=?1",
          "CALLGATE: user=1, login=\"" SPOOFED "\", admin=?1", NULL },
        { "Callgate: user=1, login=\"" SPOOFED "\", admin=?1", "Connection: close, Callgate",
          NULL },
    };
    for (size_t i = 0; i < LENGTH_OF(headers); i++)
        check_spoofed(doctor, headers[i]);
}

void
doctor_check_token_leaks(struct doctor *doctor)
{
    static const char *const headers[] = { "Cookie: callgate=" SPOOFED, NULL };
    struct doctor_request request = { .headers = headers };
    struct doctor_echo echo;
    const char *value;
    if (!ask_echo(doctor, &request, &echo))
        return;
    if (doctor_echo_header(&echo, "Authorization", &value) > 0)
        doctor_saw(doctor, DOCTOR_FAULT, &request,
                   "the back-end got Authorization, with the token");
    if (doctor_echo_header(&echo, "Cookie", &value) > 0)
        doctor_saw(doctor, DOCTOR_FAULT, &request,
                   "the back-end got Cookie, in which a browser has the session");
}

void
doctor_check_identity_leaks(struct doctor *doctor)
{
    static const char *const names[] = {
        "Callgate",          "Callgate-Cors",          "Callgate-Vary",
        "Variable-CALLGATE", "Variable-CALLGATE_CORS", "Variable-CALLGATE_VARY",
    };
    struct doctor_request request = { .target = doctor->record, .token = doctor->token };
    for (size_t i = 0; i < LENGTH_OF(names); i++)
        if (doctor_answer_header(&doctor->probe, names[i]) != NULL)
            doctor_saw(doctor, DOCTOR_FAULT, &request,
                       arena_printf(doctor->arena, "a header %s in the answer", names[i]));
}
