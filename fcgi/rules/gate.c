/*
 * gate.c - may an API request pass? (DESIGN §6)
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <inttypes.h>
#include <stdio.h>

#include "rules/rules.h"

static const struct {
    int status;
    enum oauth_error error;
    const char *text;
} reasons[GATE_REASON__MAX] = {
    [GATE_PASS] = { 200, OAUTH_NONE, "" },
    [GATE_TARGET] = { 400, OAUTH_INVALID_REQUEST,
                      "The address is not in its plain form. Send the path without dot segments, "
                      "empty segments, semicolons, backslashes and needless escapes." },
    [GATE_OVERRIDE] = { 400, OAUTH_INVALID_REQUEST,
                        "Methods are not overridden here, and a token comes as Authorization: "
                        "Bearer, never in the address." },
    [GATE_HEADERS] = { 400, OAUTH_INVALID_REQUEST,
                       "A header came twice. Send Authorization once." },
    [GATE_OUTSIDE] = { 404, OAUTH_NONE, "There is no API at this address." },
    [GATE_TOKEN_MISSING] = { 401, OAUTH_NONE, "Send an access token as Authorization: Bearer." },
    [GATE_TOKEN_INVALID] = { 401, OAUTH_INVALID_TOKEN, NULL },
    [GATE_READ_ONLY] = { 403, OAUTH_INSUFFICIENT_SCOPE,
                         "The user that this token acts for may only read (access read_only). An "
                         "administrator can change that." },
    [GATE_CLIENT] = { 403, OAUTH_INSUFFICIENT_SCOPE,
                      "This address is another client's. Use @me, or the user's own client." },
    [GATE_LEVEL] = { 403, OAUTH_INSUFFICIENT_SCOPE,
                     "This changes the configuration, for which the application needs the access "
                     "All. Its owner can ask an administrator for it." },
};

const char *const gate_reason_names[GATE_REASON__MAX] = {
    [GATE_PASS] = "pass",
    [GATE_TARGET] = "target",
    [GATE_OVERRIDE] = "override",
    [GATE_HEADERS] = "headers",
    [GATE_OUTSIDE] = "outside",
    [GATE_TOKEN_MISSING] = "token_missing",
    [GATE_TOKEN_INVALID] = "token_invalid",
    [GATE_READ_ONLY] = "read_only",
    [GATE_CLIENT] = "client",
    [GATE_LEVEL] = "level",
};

int
gate_reason_status(enum gate_reason reason)
{
    return reasons[reason].status;
}

enum oauth_error
gate_reason_error(enum gate_reason reason)
{
    return reasons[reason].error;
}

const char *
gate_reason_text(enum gate_reason reason)
{
    return reasons[reason].text != NULL ? reasons[reason].text
                                        : oauth_error_text(reasons[reason].error);
}

bool
method_is_read(const char *method)
{
    return text_equal(method, "GET") || text_equal(method, "HEAD");
}

/* The prefix, "/api/ver1.0/", has as many segments as slashes less one. */
static size_t
segments_of(const char *prefix)
{
    size_t count = 0;
    for (; *prefix != '\0'; prefix++)
        count += *prefix == '/';
    return count - 1;
}

enum gate_reason
gate_check_target(struct arena *arena, const struct gate_question *question,
                  const struct api_rules *rules, struct target *target, struct api_rule_hit *hit)
{
    *hit = (struct api_rule_hit){ .class = CLASS_CONFIG, .rule = "" };
    enum target_fault fault =
        target_check(arena, question->target, method_is_read(question->method), target);
    if (fault == TARGET_ODD)
        return GATE_TARGET;
    if (question->doubled)
        return GATE_HEADERS;
    if (fault == TARGET_OVERRIDE || question->overridden)
        return GATE_OVERRIDE;
    if (!text_starts(target->path, question->prefix))
        return GATE_OUTSIDE;
    size_t skip = segments_of(question->prefix);
    api_rules_find(rules, question->method, target->segments + skip, target->count - skip, hit);
    return GATE_PASS;
}

/* DESIGN §6.5; administrators and dealers, and who belongs to no client, reach what the back-end
 * lets them. */
static bool
is_foreign_client(const char *segment, const struct user *user)
{
    int64_t own = user->client_id != 0 ? user->client_id : user->tenant_id;
    if (segment == NULL || user->admin || user->dealer_id != 0 || own == 0)
        return false;
    char number[24];
    snprintf(number, sizeof number, "%" PRId64, own);
    return !text_equal(segment, "@me") && !text_equal(segment, number);
}

enum gate_reason
gate_check_bearer(const struct gate_question *question, const struct api_rule_hit *hit,
                  const struct bearer_facts *facts)
{
    if (facts->user.access == ACCESS_READ_ONLY && !method_is_read(question->method))
        return GATE_READ_ONLY;
    if (is_foreign_client(hit->client, &facts->user))
        return GATE_CLIENT;
    if (facts->level == LEVEL_CALL_API && hit->class == CLASS_CONFIG)
        return GATE_LEVEL;
    return GATE_PASS;
}
