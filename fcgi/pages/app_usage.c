/*
 * app_usage.c - what an application did: by day or by hour, by class and by rule.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "pages/pages.h"

enum { RULES_SHOWN = 100 };

const struct view_page page_app_usage = {
    .template = "app_usage",
    .names = (const char *const[]){ "app",
                                    "app.name",
                                    "app.app_id",
                                    "app.page_url",
                                    "app.last_used",
                                    "app.refusals_url",
                                    "zone",
                                    "day_url",
                                    "hour_url",
                                    "by_hour",
                                    "passed",
                                    "refused",
                                    "issued",
                                    "charts",
                                    "charts.heading",
                                    "charts.nothing",
                                    CHART_NAMES("charts"),
                                    "has_rules",
                                    "classes",
                                    "classes.label",
                                    "classes.passed",
                                    "classes.refused",
                                    "rules",
                                    "rules.method",
                                    "rules.rule",
                                    "rules.unlisted",
                                    "rules.class",
                                    "rules.passed",
                                    "rules.refused",
                                    "more",
                                    NULL },
};

struct page {
    struct web_request *request;
    const char *zone; /* of the reader */
    enum usage_by by;
    struct app_usage usage;
    struct chart_slot slots[USAGE_SLOTS_MAX];
};

static const char *
word(const struct page *page, const char *format, const char *name)
{
    struct web_request *request = page->request;
    const char *key = arena_printf(request->arena, "%s.%s", format, name);
    return view_message(request->view, request->arena, key, NULL);
}

static const char *
number(const struct page *page, int64_t value)
{
    return web_number(page->request, value);
}

/* A day as the reader's language writes it, by the message `key`. */
static const char *
day(const struct page *page, const char *key, const struct zone_time *at)
{
    struct web_request *request = page->request;
    struct arena *arena = request->arena;
    return view_message(request->view, arena, key, "year", arena_printf(arena, "%04d", at->year),
                        "month", arena_printf(arena, "%02d", at->month), "day",
                        arena_printf(arena, "%02d", at->day), NULL);
}

/* Every seventh day and every sixth hour has its name below the axis, the last one first. */
static void
name_slots(struct page *page)
{
    struct arena *arena = page->request->arena;
    bool by_day = page->by == USAGE_BY_DAY;
    size_t count = page->usage.slot_count;
    for (size_t i = 0; i < count; i++) {
        struct chart_slot *slot = &page->slots[i];
        struct zone_time at;
        zone_break_down(page->zone, page->usage.slots[i].begins_ms, &at);
        const char *name = day(page, "app_usage.date", &at);
        const char *hour = arena_printf(arena, "%02d:%02d", at.hour, at.minute);
        slot->name = by_day ? name : arena_printf(arena, "%s %s", name, hour);
        if ((count - 1 - i) % (by_day ? 7 : 6) == 0)
            slot->tick = by_day ? day(page, "app_usage.date.short", &at) : hour;
    }
}

/* What the slots count is put there before; `what` names messages. */
static void
draw(struct page *page, struct model *charts, const char *what, struct chart *chart)
{
    struct arena *arena = page->request->arena;
    const struct app_usage *usage = &page->usage;
    struct model *model = model_append(charts);
    const char *key = arena_printf(arena, "app_usage.%s", what);
    chart->id = what;
    chart->slots = page->slots;
    chart->slot_count = usage->slot_count;
    chart->about =
        view_message(page->request->view, arena, arena_printf(arena, "%s.about", key), "passed",
                     number(page, usage->passed), "refused", number(page, usage->refused), "issued",
                     number(page, usage->issued_total), "first", page->slots[0].name, "last",
                     page->slots[chart->slot_count - 1].name, NULL);
    model_text(model, "heading", word(page, key, usage_by_names[page->by]));
    if (chart->series_count == 0) {
        model_text(model, "id", what);
        model_text(model, "nothing", word(page, key, "nothing"));
    } else {
        model_null(model, "nothing");
        chart_fill(model, chart);
    }
}

static void
put(struct page *page, size_t slot, size_t series, int64_t value)
{
    page->slots[slot].values[series] = (struct chart_value){ value, number(page, value) };
}

static void
draw_requests(struct page *page, struct model *charts)
{
    const struct app_usage *usage = &page->usage;
    struct chart_series series[] = {
        { "solid", word(page, "app_usage", "passed"), number(page, usage->passed) },
        { "alarm", word(page, "app_usage", "refused"), number(page, usage->refused) },
    };
    struct chart chart = { .series = series };
    if (usage->passed > 0 || usage->refused > 0)
        chart.series_count = LENGTH_OF(series);
    for (size_t i = 0; i < usage->slot_count; i++) {
        put(page, i, 0, usage->slots[i].passed);
        put(page, i, 1, usage->slots[i].refused);
    }
    draw(page, charts, "requests", &chart);
}

/* Of the grants only those that it used. */
static void
draw_tokens(struct page *page, struct model *charts)
{
    const struct app_usage *usage = &page->usage;
    static const char *const looks[GRANT__MAX] = { "solid", "hollow", "soft", "dashed" };
    struct chart_series series[GRANT__MAX];
    struct chart chart = { .series = series };
    for (size_t grant = 0; grant < GRANT__MAX; grant++) {
        if (usage->issued[grant] == 0)
            continue;
        series[chart.series_count] = (struct chart_series){
            .look = looks[chart.series_count],
            .name = word(page, "grant", grant_names[grant]),
            .total = number(page, usage->issued[grant]),
        };
        for (size_t i = 0; i < usage->slot_count; i++)
            put(page, i, chart.series_count, usage->slots[i].issued[grant]);
        chart.series_count++;
    }
    draw(page, charts, "tokens", &chart);
}

static void
fill_rules(const struct page *page, struct model *model)
{
    const struct app_usage *usage = &page->usage;
    struct model *classes = model_list(model, "classes"), *rules = model_list(model, "rules");
    for (size_t class = 0; class < API_CLASS__MAX; class ++) {
        struct model *one = model_append(classes);
        model_text(one, "label", word(page, "class", api_class_names[class]));
        model_text(one, "passed", number(page, usage->by_class[class].passed));
        model_text(one, "refused", number(page, usage->by_class[class].refused));
    }
    for (size_t i = 0; i < usage->rule_count && i < RULES_SHOWN; i++) {
        const struct dao_usage_rule *rule = &usage->rules[i];
        bool is_unlisted = text_equal(rule->rule, "-");
        struct model *one = model_append(rules);
        model_text(one, "method", rule->method);
        model_text(one, "rule", is_unlisted ? NULL : rule->rule);
        model_flag(one, "unlisted", is_unlisted);
        model_text(one, "class", word(page, "class", api_class_names[usage->classes[i]]));
        model_text(one, "passed", number(page, rule->passed));
        model_text(one, "refused", number(page, rule->refused));
    }
    model_flag(model, "has_rules", usage->rule_count > 0);
    model_flag(model, "more", usage->rule_count > RULES_SHOWN);
}

/* `above`: the address under which the application's page is. */
static enum status
show(struct web_request *request, const struct app *app, const char *above)
{
    struct page page = { .request = request, .zone = "UTC" };
    struct action action = web_action(request);
    if (zone_is_known(request->session.user.timezone))
        page.zone = request->session.user.timezone;
    request->http->log_app = app->app_id;
    const char *by = http_pairs_find(&request->http->query, "by");
    int index = by == NULL ? USAGE_BY_DAY : name_index(usage_by_names, USAGE_BY__MAX, by);
    if (index < 0)
        return web_reply_not_found(request);
    page.by = (enum usage_by)index;
    struct usage_query query = {
        .app_row = app->id, .by = page.by, .zone = page.zone, .now_ms = request->http->wall_ms
    };
    enum status status = action_app_usage(&action, request->web->rules, &query, &page.usage);
    if (status != OK)
        return status;
    bool is_own = app->owner_id == request->session.user.id;
    const char *page_url = arena_printf(request->arena, "%s/%s/", above, app->app_id);
    struct model *model = web_frame(request, "title.app_usage");
    struct model *one = model_child(model, "app");
    model_text(one, "name", app->name);
    model_text(one, "app_id", app->app_id);
    model_text(one, "page_url", page_url);
    model_text(one, "last_used", web_date(request, app->last_used_ms));
    model_text(one, "refusals_url",
               is_own ? arena_printf(request->arena, "/app/%s/refusals", app->app_id) : NULL);
    model_text(model, "zone", page.zone);
    model_text(model, "day_url", arena_printf(request->arena, "%susage", page_url));
    model_text(model, "hour_url", arena_printf(request->arena, "%susage?by=hour", page_url));
    model_flag(model, "by_hour", page.by == USAGE_BY_HOUR);
    model_text(model, "passed", number(&page, page.usage.passed));
    model_text(model, "refused", number(&page, page.usage.refused));
    model_text(model, "issued", number(&page, page.usage.issued_total));
    name_slots(&page);
    struct model *charts = model_list(model, "charts");
    draw_requests(&page, charts);
    draw_tokens(&page, charts);
    fill_rules(&page, model);
    return web_reply_page(request, 200, &page_app_usage, model);
}

enum status
page_app_usage_show(struct web_request *request)
{
    struct app app;
    enum app_right right;
    enum status status = page_app_see(request, &app, &right);
    if (status != OK || right == APP_RIGHT_NONE)
        return status;
    return show(request, &app, "/app");
}

enum status
page_app_usage_show_admin(struct web_request *request)
{
    const char *app_id = request->arguments[0];
    struct app app;
    bool found = false;
    enum status status = OK;
    if (text_is_hex(app_id, APP_ID_LENGTH))
        status = dao_app_find(request->web->dao, request->arena, app_id, &app, &found);
    if (status != OK)
        return status;
    return found ? show(request, &app, "/admin/app") : web_reply_not_found(request);
}
