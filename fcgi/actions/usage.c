/*
 * usage.c - what an application did: by time, by class, by rule.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "actions/actions.h"

enum { HOUR_MS = 60 * 60 * 1000, HOURS_SHOWN = 24, DAYS_SHOWN = USAGE_SLOTS_MAX };

const char *const usage_by_names[USAGE_BY__MAX] = { "day", "hour" };

static bool
is_same_day(const struct zone_time *one, const struct zone_time *other)
{
    return one->day == other->day && one->month == other->month && one->year == other->year;
}

/* How many hours up to the present one, `last_ms`, the days go back: not all of them have 24. */
static size_t
hours_of_days(const char *zone, int64_t last_ms)
{
    struct zone_time day, before;
    zone_break_down(zone, last_ms, &day);
    for (size_t hours = 1, days = 0;; hours++, day = before) {
        zone_break_down(zone, last_ms - (int64_t)hours * HOUR_MS, &before);
        if (!is_same_day(&day, &before) && ++days == DAYS_SHOWN)
            return hours;
    }
}

static void
add_slot(struct dao_usage_slot *sum, const struct dao_usage_slot *slot)
{
    sum->passed += slot->passed;
    sum->refused += slot->refused;
    for (size_t grant = 0; grant < GRANT__MAX; grant++)
        sum->issued[grant] += slot->issued[grant];
}

static void
fill_slots(const struct usage_query *query, const struct dao_usage_read *read,
           struct app_usage *out)
{
    struct dao_usage_slot all = { 0 };
    struct zone_time day = { 0 }, before;
    for (size_t i = 0; i < read->hour_count; i++) {
        const struct dao_usage_slot *hour = &read->hours[i];
        before = day;
        zone_break_down(query->zone, hour->begins_ms, &day);
        if (i == 0 || query->by == USAGE_BY_HOUR || !is_same_day(&day, &before))
            out->slots[out->slot_count++].begins_ms = hour->begins_ms;
        add_slot(&out->slots[out->slot_count - 1], hour);
        add_slot(&all, hour);
    }
    out->passed = all.passed;
    out->refused = all.refused;
    for (size_t grant = 0; grant < GRANT__MAX; grant++) {
        out->issued[grant] = all.issued[grant];
        out->issued_total += all.issued[grant];
    }
}

enum status
action_app_usage(const struct action *action, const struct api_rules *rules,
                 const struct usage_query *query, struct app_usage *out)
{
    struct dao_usage_read read;
    int64_t last_ms = query->now_ms - query->now_ms % HOUR_MS;
    size_t hours = query->by == USAGE_BY_HOUR ? HOURS_SHOWN : hours_of_days(query->zone, last_ms);
    *out = (struct app_usage){ 0 };
    enum status status = dao_usage_read(action->dao, action->arena, query->app_row,
                                        last_ms - (int64_t)(hours - 1) * HOUR_MS, hours, &read);
    if (status != OK)
        return status;
    fill_slots(query, &read, out);
    out->rules = read.rules;
    out->rule_count = read.rule_count;
    out->classes = arena_alloc(action->arena, read.rule_count * sizeof *out->classes);
    for (size_t i = 0; i < read.rule_count; i++) {
        const struct dao_usage_rule *rule = &read.rules[i];
        enum api_class class = api_rules_class_of(action->arena, rules, rule->method, rule->rule);
        out->classes[i] = class;
        out->by_class[class].passed += rule->passed;
        out->by_class[class].refused += rule->refused;
    }
    return OK;
}
