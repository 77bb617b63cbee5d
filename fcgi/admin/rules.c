/*
 * rules.c - what the gate says to requests that nobody sends: one, or a list of them.
 *
 * The answer is the page itself, as nothing is changed by asking.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "admin/admin.h"

enum { LINES_MAX = 500 };

const struct view_page admin_rules_page = {
    .template = "admin_rules",
    .names = (const char *const[]){ "prefix",
                                    "lines",
                                    "method_value",
                                    "target_value",
                                    "list_value",
                                    "client_value",
                                    "accesses",
                                    "accesses.value",
                                    "accesses.label",
                                    "accesses.chosen",
                                    "levels",
                                    "levels.value",
                                    "levels.label",
                                    "levels.chosen",
                                    "problem",
                                    "answered",
                                    "results",
                                    "results.method",
                                    "results.target",
                                    "results.passes",
                                    "results.verdict",
                                    "results.why",
                                    "results.class",
                                    "results.rule",
                                    NULL },
};

const struct web_field admin_rules_fields[] = {
    { .name = "method" },
    { .name = "target" },
    { .name = "list" },
    { .name = "access" },
    { .name = "level" },
    { .name = "client" },
    { 0 },
};

/* Who asks, and where the answers go. */
struct tester {
    struct web_request *request;
    struct model *results;
    struct bearer_facts facts;
    const char *problem; /* in words; NULL: none */
};

static const char *
typed(const struct web_request *request, const char *name)
{
    return request->route->fields == NULL ? "" : web_field(request, name);
}

static void
judge(struct tester *tester, const char *method, const char *raw)
{
    struct web_request *request = tester->request;
    struct arena *arena = request->arena;
    const struct view *view = request->view;
    struct target target;
    struct api_rule_hit hit = { .rule = "" };
    struct gate_question question = { .method = method,
                                      .target = raw,
                                      .prefix = request->web->settings->gate_prefix };
    enum gate_reason reason =
        gate_check_target(arena, &question, request->web->rules, &target, &hit);
    bool is_judged = reason == GATE_PASS;
    if (is_judged)
        reason = gate_check_bearer(&question, &hit, &tester->facts);
    const char *status = arena_printf(arena, "%d", gate_reason_status(reason));
    struct model *one = model_append(tester->results);
    model_text(one, "method", method);
    model_text(one, "target", raw);
    model_flag(one, "passes", reason == GATE_PASS);
    model_text(one, "verdict",
               reason == GATE_PASS
                   ? view_message(view, arena, "admin_rules.passes", NULL)
                   : view_message(view, arena, "admin_rules.refused", "status", status, NULL));
    model_text(one, "why", reason == GATE_PASS ? NULL : gate_reason_text(reason));
    model_text(one, "class", is_judged ? api_class_names[hit.class] : NULL);
    if (!is_judged)
        model_null(one, "rule");
    else if (hit.line == 0)
        model_text(one, "rule", view_message(view, arena, "admin_rules.default", NULL));
    else
        model_text(one, "rule",
                   view_message(view, arena, "admin_rules.by_line", "line",
                                arena_printf(arena, "%d", hit.line), "rule",
                                arena_printf(arena, "%s %s %s", api_class_names[hit.class],
                                             text_equal(method, "HEAD") ? "GET" : method, hit.rule),
                                NULL));
}

static void
judge_line(struct tester *tester, const char *line, int number)
{
    struct web_request *request = tester->request;
    struct arena *arena = request->arena;
    const char *method = text_word(arena, &line), *target;
    if (method == NULL || *method == '#')
        return;
    target = text_word(arena, &line);
    if (target != NULL && text_word(arena, &line) == NULL) {
        judge(tester, method, target);
        return;
    }
    tester->problem = view_message(request->view, arena, "error.rules.line", "line",
                                   arena_printf(arena, "%d", number), NULL);
}

static void
judge_list(struct tester *tester, const char *list)
{
    struct web_request *request = tester->request;
    for (int number = 1; *list != '\0' && tester->problem == NULL; number++) {
        size_t length = strcspn(list, "\n");
        if (number > LINES_MAX) {
            tester->problem =
                view_message(request->view, request->arena, "error.rules.many", "lines",
                             arena_printf(request->arena, "%d", LINES_MAX), NULL);
            return;
        }
        judge_line(tester, arena_strndup(request->arena, list, length), number);
        list += length + (list[length] == '\n');
    }
}

static void
fill_form(struct web_request *request, struct model *model)
{
    const char *access = typed(request, "access"), *level = typed(request, "level");
    struct arena *arena = request->arena;
    struct model *accesses = model_list(model, "accesses"), *levels = model_list(model, "levels");
    model_text(model, "prefix", request->web->settings->gate_prefix);
    model_number(model, "lines", LINES_MAX);
    model_text(model, "method_value", typed(request, "method"));
    model_text(model, "target_value", typed(request, "target"));
    model_text(model, "list_value", typed(request, "list"));
    model_text(model, "client_value", typed(request, "client"));
    for (int i = 0; i < ACCESS__MAX; i++)
        admin_option(
            accesses, user_access_names[i],
            view_message(request->view, arena,
                         arena_printf(arena, "admin_rules.access.%s", user_access_names[i]), NULL),
            text_equal(access, user_access_names[i]));
    for (int i = 0; i < LEVEL__MAX; i++)
        admin_option(levels, app_level_names[i], admin_label(request, "level", app_level_names[i]),
                     text_equal(level, app_level_names[i]));
}

enum status
admin_rules_show(struct web_request *request)
{
    struct model *model = web_frame(request, "title.admin_rules");
    fill_form(request, model);
    model_null(model, "problem");
    model_flag(model, "answered", false);
    model_list(model, "results");
    return web_reply_page(request, 200, &admin_rules_page, model);
}

/* What is not chosen is what users and applications begin with. */
static void
take_facts(struct tester *tester)
{
    struct web_request *request = tester->request;
    int access = name_index(user_access_names, ACCESS__MAX, web_field(request, "access"));
    int level = name_index(app_level_names, LEVEL__MAX, web_field(request, "level"));
    const char *client = web_field(request, "client");
    tester->facts = (struct bearer_facts){
        .found = true,
        .level = level < 0 ? LEVEL_CALL_API : (enum app_level)level,
        .user = { .access = access < 0 ? ACCESS_FULL : (enum user_access)access },
    };
    if (*client != '\0' && !text_to_int(client, INT64_MAX, &tester->facts.user.client_id))
        tester->problem = view_message(request->view, request->arena, "error.rules.client", NULL);
}

enum status
admin_rules_test(struct web_request *request)
{
    const char *method = web_field(request, "method"), *target = web_field(request, "target");
    const char *list = web_field(request, "list");
    struct model *model = web_frame(request, "title.admin_rules");
    struct tester tester = { .request = request, .results = model_list(model, "results") };
    bool is_one = *method != '\0' && *target != '\0';
    fill_form(request, model);
    take_facts(&tester);
    if (!is_one && *list == '\0')
        tester.problem = view_message(request->view, request->arena, "error.rules.nothing", NULL);
    if (tester.problem == NULL && is_one)
        judge(&tester, method, target);
    if (tester.problem == NULL)
        judge_list(&tester, list);
    model_text(model, "problem", tester.problem);
    model_flag(model, "answered", tester.problem == NULL);
    return web_reply_page(request, tester.problem == NULL ? 200 : 422, &admin_rules_page, model);
}
