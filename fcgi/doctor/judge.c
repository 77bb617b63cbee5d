/*
 * judge.c - what an answer is: the back-end's, a refusal, something else.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "doctor/doctor_int.h"

const char *const doctor_server_names[DOCTOR_SERVER__MAX] = {
    [DOCTOR_APACHE] = "apache",
    [DOCTOR_LIGHTTPD] = "lighttpd",
    [DOCTOR_NGINX] = "nginx",
};

const char *
doctor_answer_header(const struct doctor_answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->header_count; i++)
        if (text_equal_nocase(answer->headers[i].name, name))
            return answer->headers[i].value;
    return NULL;
}

size_t
doctor_answer_count(const struct doctor_answer *answer, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < answer->header_count; i++)
        count += text_equal_nocase(answer->headers[i].name, name);
    return count;
}

static const struct model *
json_of_answer(struct arena *arena, const struct doctor_answer *answer)
{
    const char *type = doctor_answer_header(answer, "Content-Type");
    if (type == NULL || answer->body == NULL || !text_starts(type, "application/json"))
        return NULL;
    return model_parse(arena, answer->body);
}

bool
doctor_echo_read(struct arena *arena, const struct doctor_answer *answer, struct doctor_echo *out)
{
    const struct model *json = json_of_answer(arena, answer);
    if (json == NULL || model_find_text(json, "method") == NULL)
        return false;
    out->target = model_find_text(json, "target");
    out->headers = model_find(json, "headers");
    return out->target != NULL && out->headers != NULL;
}

size_t
doctor_echo_header(const struct doctor_echo *echo, const char *name, const char **value)
{
    const char *found, *text;
    size_t count = 0;
    *value = NULL;
    for (size_t i = 0; model_text_at(echo->headers, i, &found, &text); i++)
        if (text_equal_nocase(found, name) && text != NULL && *text != '\0') {
            count++;
            *value = text;
        }
    return count;
}

bool
doctor_answer_is_refusal(struct arena *arena, const struct doctor_answer *answer)
{
    const struct model *json = json_of_answer(arena, answer);
    return json != NULL && model_find_text(json, "error") != NULL &&
           model_find_text(json, "message") != NULL;
}

bool
doctor_answer_passed(struct arena *arena, const struct doctor_answer *answer)
{
    struct doctor_echo echo;
    const char *type = doctor_answer_header(answer, "Content-Type");
    bool is_success = answer->status >= 200 && answer->status < 300;
    if (is_success || doctor_echo_read(arena, answer, &echo))
        return true;
    return answer->status >= 400 && answer->status < 500 && type != NULL &&
           text_starts(type, "application/json") && !doctor_answer_is_verdict(answer) &&
           !doctor_answer_is_refusal(arena, answer);
}

bool
doctor_answer_is_verdict(const struct doctor_answer *answer)
{
    return doctor_answer_header(answer, "Callgate-Request") != NULL;
}

bool
doctor_answer_is_servers(const struct doctor_answer *answer)
{
    const char *type = doctor_answer_header(answer, "Content-Type");
    return (answer->status == 401 || answer->status == 403) &&
           (type == NULL || text_starts(type, "text/html"));
}

/* The path as everybody would understand it who decodes once and takes doubled slashes for one. */
static const char *
folded(struct arena *arena, const char *target)
{
    struct buf out;
    unsigned char byte;
    buf_init(&out, arena, SIZE_MAX);
    if (text_starts(target, "http://") || text_starts(target, "https://"))
        target = strchrnul(strchr(target, ':') + 3, '/');
    buf_text(&out, "");
    for (; *target != '\0' && *target != '?'; target++) {
        char c = *target;
        if (c == '%' && strlen(target) > 2 &&
            hex_decode(arena_strndup(arena, target + 1, 2), &byte, 1)) {
            c = (char)byte;
            target += 2;
        }
        if (c != '/' || out.length == 0 || out.data[out.length - 1] != '/')
            buf_char(&out, c);
    }
    buf_text(&out, target);
    return out.data;
}

bool
doctor_target_is_same(struct arena *arena, const char *sent, const char *seen)
{
    return text_equal(folded(arena, sent), folded(arena, seen));
}

bool
doctor_host_is_loopback(const char *host)
{
    return text_equal_nocase(host, "localhost") || text_ends(host, ".localhost") ||
           text_starts(host, "127.") || text_equal(host, "::1");
}

const char *
doctor_printable(struct arena *arena, const char *text)
{
    enum { SHOWN_MAX = 200 };
    char *out = arena_strndup(arena, text, strnlen(text, SHOWN_MAX));
    for (char *p = out; *p != '\0'; p++)
        if (*p < 0x20 || *p > 0x7e)
            *p = '?';
    return out;
}

int
doctor_server_guess(const char *server)
{
    static const char *const words[DOCTOR_SERVER__MAX] = { "Apache", "lighttpd", "nginx" };
    for (int i = 0; server != NULL && i < DOCTOR_SERVER__MAX; i++)
        if (text_starts(server, words[i]))
            return i;
    return -1;
}

/*
 * mod_fcgid makes a request wait for a whole second when all its processes are busy. On a machine
 * that is merely slow all of them together take as long as one after the other would, at most: what
 * takes twice that has waited.
 */
bool
doctor_is_stalled(const struct doctor_answer *answers, size_t count, int64_t alone_ms)
{
    enum { STALL_MS = 900 };
    int64_t slowest = 0;
    for (size_t i = 0; i < count; i++)
        if (answers[i].ms > slowest)
            slowest = answers[i].ms;
    return slowest >= STALL_MS && slowest > 2 * (int64_t)count * alone_ms;
}
