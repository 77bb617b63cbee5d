/*
 * usage.c - what an application did: by time, by class, by rule.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "actions/actions.h"

static void
add_times(struct app_usage *out)
{
    for (size_t i = 0; i < out->read.slot_count; i++) {
        const struct dao_usage_slot *slot = &out->read.slots[i];
        out->passed += slot->passed;
        out->refused += slot->refused;
        for (size_t grant = 0; grant < GRANT__MAX; grant++) {
            out->issued[grant] += slot->issued[grant];
            out->issued_total += slot->issued[grant];
        }
    }
}

enum status
action_app_usage(const struct action *action, const struct api_rules *rules, int64_t app_row,
                 enum usage_by by, struct app_usage *out)
{
    *out = (struct app_usage){ 0 };
    enum status status = dao_usage_read(action->dao, action->arena, app_row, by, &out->read);
    if (status != OK)
        return status;
    add_times(out);
    out->classes = arena_alloc(action->arena, out->read.rule_count * sizeof *out->classes);
    for (size_t i = 0; i < out->read.rule_count; i++) {
        const struct dao_usage_rule *rule = &out->read.rules[i];
        enum api_class class = api_rules_class_of(action->arena, rules, rule->method, rule->rule);
        out->classes[i] = class;
        out->by_class[class].passed += rule->passed;
        out->by_class[class].refused += rule->refused;
    }
    return OK;
}
