/*
 * checks_gate.c - what passes the gate and what does not.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <ctype.h>
#include <string.h>

#include "doctor/doctor_int.h"

/* ---- without a token ---- */

/* In their plain form; `^` is the prefix. What is no GET names extension 0, which there is never.
 */
static const struct {
    const char *method, *pattern;
} plain[] = {
    { "GET", "^/" },
    { "GET", "^/client/@me/record/" },
    { "GET", "^/client/@me/record" },
    { "GET", "^/client/@me/record/?x=1" },
    { "GET", "^/client/" },
    { "GET", "^/client" },
    { "GET", "^/client/0/" },
    { "GET", "^/client/0/extension/" },
    { "GET", "^/dealer/" },
    { "GET", "^/extension/" },
    { "GET", "^/extension" },
    { "GET", "^/extension/0/" },
    { "GET", "^/extension/0/record/" },
    { "GET", "^/extension_group/" },
    { "GET", "^/extension_group/0/" },
    { "GET", "^/application/" },
    { "GET", "^/application" },
    { "GET", "^/application/permission/" },
    { "GET", "^/user/" },
    { "GET", "^/user" },
    { "GET", "^/user/0/" },
    { "GET", "^/user/oauth/session/" },
    { "GET", "^/user/oauth/session" },
    { "GET", "^/user/oauth/session/0" },
    { "GET", "^/none-such/" },
    { "HEAD", "^/client/@me/record/" },
    { "OPTIONS", "^/client/@me/record/" },
    { "POST", "^/extension/0/event/" },
    { "PUT", "^/extension/0/queue/" },
    { "PATCH", "^/extension/0/queue/" },
    { "DELETE", "^/extension/0/queue/" },
};

static const char *const twisted[] = {
    "^",
    "//client/@me/record/",
    "^//client/@me/record/",
    "^/client//@me/record/",
    "/^/client/@me/record/",
    "///^/client/@me/record/",
    "^/client/@me/record//",
    "^/client/%40me/record/",
    "/.^/client/@me/record/",
    "/x/..^/client/@me/record/",
    "/login/..^/client/@me/record/",
    "/%2e%2e^/client/@me/record/",
    "^/./client/@me/record/",
    "^/user/../client/@me/record/",
    "^/user/..%2fclient/@me/record/",
    "^/user/%2e%2e/client/@me/record/",
    "^/user/oauth/session/../../../client/@me/record/",
    "^/application/../client/@me/record/",
    "^/application/..%2fclient/@me/record/",
    "^/application/%2e%2e/client/@me/record/",
    "^/application/;/../client/@me/record/",
    "^;x=1/client/@me/record/",
    "^\\client\\@me\\record\\",
};

/* Nobody may pass here, and who answers a plain address has to be Callgate. */
static void
ask_without(struct doctor *doctor, const char *method, const char *target, bool is_plain)
{
    struct doctor_request request = { .method = method, .target = target };
    struct doctor_answer answer;
    doctor_ask(doctor, &request, &answer);
    if (doctor_answer_passed(doctor->arena, &answer))
        doctor_saw(doctor, DOCTOR_FAULT, &request, doctor_came(doctor, &answer, "without a token"));
    else if (is_plain && (answer.status == 0 || answer.status >= 500))
        doctor_saw(doctor, DOCTOR_NOT_ASKED, &request,
                   doctor_came(doctor, &answer, "is anybody at the gate?"));
    else if (is_plain && !doctor_answer_is_verdict(&answer))
        doctor_saw(doctor, doctor_answer_is_servers(&answer) ? DOCTOR_WARNING : DOCTOR_FAULT,
                   &request, doctor_came(doctor, &answer, "somebody else than Callgate answers"));
}

/* Other spellings of the prefix itself: each %-encoded, with upper case, in absolute form. */
static void
ask_spellings(struct doctor *doctor)
{
    struct arena *arena = doctor->arena;
    const char *rest = "/client/@me/record/";
    char *upper = arena_strdup(arena, doctor->base);
    struct buf slashes;
    buf_init(&slashes, arena, SIZE_MAX);
    buf_char(&slashes, '/');
    for (char *p = upper; *p != '\0'; p++)
        *p = (char)toupper((unsigned char)*p);
    for (const char *p = doctor->base + 1; *p != '\0'; p++)
        if (*p == '/')
            buf_text(&slashes, "%2F");
        else
            buf_char(&slashes, *p);
    const char *const spellings[] = {
        arena_printf(arena, "/%%%02x%s%s", (unsigned)doctor->base[1], doctor->base + 2, rest),
        arena_printf(arena, "%s%s", slashes.data, rest),
        arena_printf(arena, "%s%%2Fclient/@me/record/", doctor->base),
        arena_printf(arena, "%s%s", upper, rest),
        arena_printf(arena, "%s%s%s", doctor->options->origin, doctor->base, rest),
        arena_printf(arena, "http://elsewhere.example%s%s", doctor->base, rest),
    };
    for (size_t i = 0; i < LENGTH_OF(spellings); i++)
        ask_without(doctor, "GET", spellings[i], false);
}

/*
 * By another name the web server may have another virtual host, which leads to the back-end, too.
 * What else it has there is no business of ours, so only a back-end that echoes tells.
 */
static void
ask_other_names(struct doctor *doctor)
{
    static const char *const names[] = { "Host: localhost", "Host: 127.0.0.1",
                                         "Host: elsewhere.example" };
    for (size_t i = 0; i < LENGTH_OF(names); i++) {
        const char *const headers[] = { names[i], NULL };
        struct doctor_request request = { .target = doctor->record, .headers = headers };
        struct doctor_answer answer;
        struct doctor_echo echo;
        doctor_ask(doctor, &request, &answer);
        if (doctor_echo_read(doctor->arena, &answer, &echo))
            doctor_saw(doctor, DOCTOR_FAULT, &request,
                       doctor_came(doctor, &answer, "without a token"));
    }
}

void
doctor_check_gate_missing(struct doctor *doctor)
{
    for (size_t i = 0; i < LENGTH_OF(plain); i++)
        ask_without(doctor, plain[i].method, doctor_target(doctor, plain[i].pattern), true);
    for (size_t i = 0; i < LENGTH_OF(twisted); i++)
        ask_without(doctor, "GET", doctor_target(doctor, twisted[i]), false);
    ask_spellings(doctor);
    ask_other_names(doctor);
}

/* ---- with a token ---- */

/*
 * What came to a plain request that should have passed. Callgate's own 503 is the word of the way
 * of errors: the gate has refused what passes when it is asked again, so the two get something
 * else.
 */
static void
judge_probe(struct doctor *doctor, const struct doctor_request *request, bool is_known)
{
    const struct doctor_answer *probe = &doctor->probe;
    bool is_in_two_minds =
        probe->status == 503 && is_known && doctor_answer_is_refusal(doctor->arena, probe);
    if (probe->status == 401 || is_in_two_minds)
        doctor_saw(doctor, DOCTOR_FAULT, request,
                   doctor_came(doctor, probe, "a good token does not reach the gate"));
    else if (!doctor->passes)
        doctor_saw(doctor, DOCTOR_NOT_ASKED, request,
                   doctor_came(doctor, probe, "is the back-end there?"));
}

/* Also learns what of the other checks can be done. */
void
doctor_check_authorization(struct doctor *doctor)
{
    struct doctor_answer answer;
    struct doctor_echo echo;
    struct doctor_request own = { .target = doctor_target(doctor, "^/user/"),
                                  .token = doctor->token };
    struct doctor_request record = { .target = doctor->record, .token = doctor->token };
    doctor_ask(doctor, &own, &answer);
    if (answer.status == 401)
        doctor_saw(doctor, DOCTOR_FAULT, &own,
                   doctor_came(doctor, &answer, "a good token does not reach Callgate"));
    else if (answer.status != 200)
        doctor_saw(doctor, DOCTOR_NOT_ASKED, &own, doctor_came(doctor, &answer, ""));
    doctor_ask(doctor, &record, &doctor->probe);
    doctor->echoes = doctor_echo_read(doctor->arena, &doctor->probe, &echo);
    doctor->passes = doctor->echoes || doctor_answer_passed(doctor->arena, &doctor->probe);
    if (doctor->echoes)
        doctor_echo_header(&echo, "Callgate", &doctor->identity);
    judge_probe(doctor, &record, answer.status == 200);
}

void
doctor_check_level(struct doctor *doctor)
{
    static const char *const methods[] = { "PUT", "DELETE", "PATCH" };
    if (doctor->identity != NULL && strstr(doctor->identity, "level=all") != NULL) {
        doctor_note(doctor, DOCTOR_LEFT_OUT,
                    "the application's level is all: give one with call_api");
        return;
    }
    for (size_t i = 0; i < LENGTH_OF(methods); i++) {
        struct doctor_answer answer;
        struct doctor_request request = {
            .method = methods[i],
            .target = doctor_target(doctor, "^/extension/0/queue/"),
            .token = doctor->token,
        };
        doctor_ask(doctor, &request, &answer);
        if (doctor_answer_passed(doctor->arena, &answer))
            doctor_saw(doctor, DOCTOR_FAULT, &request,
                       doctor_came(doctor, &answer, "which takes the level all"));
        else if (answer.status == 0 || answer.status >= 500)
            doctor_saw(doctor, DOCTOR_NOT_ASKED, &request, doctor_came(doctor, &answer, ""));
        else if (!doctor_answer_is_verdict(&answer) && !doctor_answer_is_servers(&answer))
            doctor_saw(doctor, DOCTOR_FAULT, &request,
                       doctor_came(doctor, &answer, "somebody else than Callgate answers"));
    }
}

/* Everything here has to be refused, whoever does it. */
static const char *const odd[] = {
    "^/client/@me/../@me/record/",
    "^/client/./@me/record/",
    "^/client/%2e/@me/record/",
    "^/client/%2e%2e/client/@me/record/",
    "^/client/%2E%2E%2Fclient/@me/record/",
    "^/client/..%2fclient/@me/record/",
    "^/client/.%2e/client/@me/record/",
    "^/client/@me%2frecord/",
    "^/client%2f@me/record/",
    "^/client/%252e%252e/client/@me/record/",
    "^/client/@me%252frecord/",
    "^/client/@me/record/.",
    "^/client/@me/record/..",
    "^/client/@me/record/../record/",
    "^/client/@me/record/;x=1",
    "^/client;x=1/@me/record/",
    "^/client/..;/client/@me/record/",
    "^/client/@me/record;/",
    "^/client/@me/record/%3b",
    "^/client\\@me\\record\\",
    "^/client/..\\client/@me/record/",
    "^/client/%5c@me/record/",
    "^/client/..%5cclient/@me/record/",
    "^/client/@me/record/%00",
    "^/client/%00/@me/record/",
    "^/client/..%00/client/@me/record/",
    "^/client/@me/record/%0a",
    "^/client/@me/record/%0d%0aX:%20y",
    "^/client/@me/record/%09",
    "^/client/@me/record/%7f",
    "^/client/@me/record/%ff",
    "^/client/%c0%ae%c0%ae/client/@me/record/",
    "^/client/%c0%af@me/record/",
    "^/client/%e0%80%ae%e0%80%ae/client/@me/record/",
    "^/client/\xd0\xb9/",
    "^/client/@me/record/%zz",
    "^/client/@me/record/%",
    "^/client/@me/record/%2",
    "^/client/@me/record/%u002e",
    "^/client/@me/record/#x",
    "^/client/@me/record/#/../../user/",
    "^/client/@me/record/%23",
    "^/client/@me/record/%3fx",
    "^/client/@me/record/%26",
    "^/client/@me/record/%25",
    "^/client/@me/record/\tx",
    "^/client/@me/record/ x",
    "/.^/client/@me/record/",
    "/x/..^/client/@me/record/",
    "/login/..^/client/@me/record/",
    "/oauth/%2e%2e^/client/@me/record/",
    "/%2e%2e^/client/@me/record/",
    "/..^/client/@me/record/",
    "/;/..^/client/@me/record/",
    "^/user/../client/@me/record/",
    "^/user/..%2fclient/@me/record/",
    "^/user/%2e%2e/client/@me/record/",
    "^/user/oauth/session/../../../client/@me/record/",
    "^/user/;/../client/@me/record/",
    "^/application/../client/@me/record/",
    "^/application/..%2fclient/@me/record/",
    "^/application/0/%2e%2e/../client/@me/record/",
    "^;/client/@me/record/",
    "^%2fclient/@me/record/",
    "client/@me/record/",
    "?^/client/@me/record/",
    "*",
};

/* These may pass, if the back-end gets them as the gate understood them. */
static const char *const unusual[] = {
    "/^/client/@me/record/",        "^//client/@me/record/",
    "^/client//@me/record/",        "^/client/@me/record//",
    "^/client/%40me/record/",       "^/client/@me/record",
    "^/client/@me/record/?/../x;y", "http://elsewhere.example^/client/@me/record/",
};

static void
ask_odd(struct doctor *doctor, const char *target, bool may_pass)
{
    struct doctor_request request = { .target = target, .token = doctor->token };
    struct doctor_answer answer;
    struct doctor_echo echo;
    doctor_ask(doctor, &request, &answer);
    bool echoes = doctor_echo_read(doctor->arena, &answer, &echo);
    if (may_pass && (!echoes || doctor_target_is_same(doctor->arena, target, echo.target)))
        return;
    if (doctor_answer_passed(doctor->arena, &answer))
        doctor_saw(doctor, DOCTOR_FAULT, &request,
                   doctor_came(doctor, &answer,
                               echoes
                                   ? arena_printf(doctor->arena, "which got it as %s", echo.target)
                                   : "where a refusal was expected"));
}

void
doctor_check_odd_paths(struct doctor *doctor)
{
    for (size_t i = 0; i < LENGTH_OF(odd); i++)
        ask_odd(doctor, doctor_target(doctor, odd[i]), false);
    for (size_t i = 0; i < LENGTH_OF(unusual); i++)
        ask_odd(doctor, doctor_target(doctor, unusual[i]), true);
}

/* ---- refusals ---- */

static void
expect_refusal(struct doctor *doctor, const struct doctor_request *request, int status)
{
    struct doctor_answer answer;
    doctor_ask(doctor, request, &answer);
    size_t challenges = doctor_answer_count(&answer, "WWW-Authenticate");
    const char *extra = NULL;
    if (answer.status == 0) {
        doctor_saw(doctor, DOCTOR_NOT_ASKED, request, doctor_came(doctor, &answer, ""));
        return;
    }
    if (answer.status != status)
        extra = arena_printf(doctor->arena, "%d was expected", status);
    else if (!doctor_answer_is_refusal(doctor->arena, &answer))
        extra = "Callgate's JSON is lost";
    else if (status == 401 && challenges != 1)
        extra = arena_printf(doctor->arena, "%zu headers WWW-Authenticate", challenges);
    if (extra != NULL)
        doctor_saw(doctor, DOCTOR_FAULT, request, doctor_came(doctor, &answer, extra));
}

void
doctor_check_error_bodies(struct doctor *doctor)
{
    const char *path = doctor_target(doctor, "^/client/@me/");
    expect_refusal(doctor, &(struct doctor_request){ .target = path }, 401);
    expect_refusal(
        doctor,
        &(struct doctor_request){ .method = "POST",
                                  .target = doctor_target(doctor, "^/extension/0/event/"),
                                  .token = "callgate-doctor-never-issued" },
        401);
    expect_refusal(doctor,
                   &(struct doctor_request){
                       .target = arena_printf(doctor->arena, "%s?access_token=none", path) },
                   400);
    bool may_change = doctor->identity != NULL && strstr(doctor->identity, "level=all") != NULL;
    if (doctor->token != NULL && !may_change)
        expect_refusal(
            doctor,
            &(struct doctor_request){ .method = "PUT",
                                      .target = doctor_target(doctor, "^/extension/0/queue/"),
                                      .token = doctor->token },
            403);
}

/* Other ways to say a method or a token; what passed would be for the back-end to understand. */
void
doctor_check_overrides(struct doctor *doctor)
{
    static const char *const queries[] = { "access_token=none", "x=1&access_token=none",
                                           "_method=PUT", "%5Fmethod=PUT", "_METHOD=PUT" };
    static const char *const headers[] = {
        "X-HTTP-Method-Override: PUT", "X-HTTP-Method: PUT",          "X-Method-Override: PUT",
        "X_HTTP_Method_Override: PUT", "X-HTTP_Method_Override: PUT", "X_Method-Override: PUT",
    };
    const char *path = doctor_target(doctor, "^/extension/0/");
    struct doctor_answer answer;
    struct doctor_echo echo;
    for (size_t i = 0; i < LENGTH_OF(queries); i++) {
        struct doctor_request request = {
            .target = arena_printf(doctor->arena, "%s?%s", path, queries[i]),
            .token = doctor->token,
        };
        doctor_ask(doctor, &request, &answer);
        if (doctor_answer_passed(doctor->arena, &answer))
            doctor_saw(doctor, DOCTOR_FAULT, &request,
                       doctor_came(doctor, &answer, "400 was expected"));
    }
    for (size_t i = 0; i < LENGTH_OF(headers); i++) {
        const char *const pair[] = { headers[i], NULL };
        struct doctor_request request = { .target = path, .token = doctor->token, .headers = pair };
        const char *name = arena_strndup(doctor->arena, headers[i], strcspn(headers[i], ":")),
                   *value;
        doctor_ask(doctor, &request, &answer);
        bool echoes = doctor_echo_read(doctor->arena, &answer, &echo);
        bool arrived = echoes && doctor_echo_header(&echo, name, &value) > 0;
        bool is_dashed = strchr(name, '_') == NULL;
        if (arrived || (is_dashed && doctor_answer_passed(doctor->arena, &answer)))
            doctor_saw(
                doctor, DOCTOR_FAULT, &request,
                doctor_came(doctor, &answer, arrived ? "with that header" : "400 was expected"));
    }
}
