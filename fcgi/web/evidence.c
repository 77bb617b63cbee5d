/*
 * evidence.c - what the gate has counted, in one sentence for owners and administrators alike.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "web/web.h"

const char *
web_rule_text(struct web_request *request, const char *method, const char *rule)
{
    const char *path = rule;
    if (text_equal(rule, "-"))
        path = view_message(request->view, request->arena, "evidence.unlisted", NULL);
    return arena_printf(request->arena, "%s %s", method, path);
}

const char *
web_refusal_text(struct web_request *request, const struct dao_usage *row)
{
    struct arena *arena = request->arena;
    const char *key = arena_printf(arena, "refusal.%s.short", row->reason);
    /* A reason of a newer version's, while hosts are upgraded one by one. */
    if (!view_has_message(request->view, key))
        key = "refusal.other.short";
    return view_message(request->view, arena, "evidence.asked", "count",
                        arena_printf(arena, "%lld", (long long)row->count), "request",
                        web_rule_text(request, row->method, row->rule), "reason",
                        view_message(request->view, arena, key, NULL), NULL);
}
