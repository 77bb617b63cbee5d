/*
 * app_usage.c - what an application did, from the shell.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <stdio.h>

#include "cli/cli.h"

const struct cli_option cli_app_usage_options[] = {
    { "by", "day|hour", "of 30 days (default), or of 24 hours" },
    { "json", NULL, "as a JSON object" },
    { 0 },
};

static void
put_tokens(struct model *model, const int64_t issued[static GRANT__MAX])
{
    struct model *tokens = model_child(model, "tokens");
    for (size_t grant = 0; grant < GRANT__MAX; grant++)
        model_number(tokens, grant_names[grant], issued[grant]);
}

static void
put_counts(struct model *model, int64_t passed, int64_t refused)
{
    model_number(model, "passed", passed);
    model_number(model, "refused", refused);
}

static void
print_json(struct cli *cli, const struct app *app, const struct app_usage *usage)
{
    struct model *model = model_object(cli->arena);
    model_text(model, "app_id", app->app_id);
    model_text(model, "last_used", cli_time(cli->arena, app->last_used_ms));
    put_counts(model, usage->passed, usage->refused);
    put_tokens(model, usage->issued);
    struct model *times = model_list(model, "times");
    for (size_t i = 0; i < usage->slot_count; i++) {
        const struct dao_usage_slot *slot = &usage->slots[i];
        struct model *one = model_append(times);
        model_text(one, "begins", cli_time(cli->arena, slot->begins_ms));
        put_counts(one, slot->passed, slot->refused);
        put_tokens(one, slot->issued);
    }
    struct model *classes = model_child(model, "classes");
    for (size_t class = 0; class < API_CLASS__MAX; class ++)
        put_counts(model_child(classes, api_class_names[class]), usage->by_class[class].passed,
                   usage->by_class[class].refused);
    struct model *rules = model_list(model, "rules");
    for (size_t i = 0; i < usage->rule_count; i++) {
        const struct dao_usage_rule *rule = &usage->rules[i];
        struct model *one = model_append(rules);
        model_text(one, "class", api_class_names[usage->classes[i]]);
        model_text(one, "method", rule->method);
        model_text(one, "rule", text_equal(rule->rule, "-") ? NULL : rule->rule);
        put_counts(one, rule->passed, rule->refused);
    }
    puts(model_emit_json(cli->arena, model));
}

static void
print_row(const char *name, int64_t passed, int64_t refused, const int64_t *issued)
{
    int64_t tokens = 0;
    for (size_t grant = 0; grant < GRANT__MAX; grant++)
        tokens += issued[grant];
    printf("%-20s %12lld %12lld %12lld\n", name, (long long)passed, (long long)refused,
           (long long)tokens);
}

static void
print_tables(struct cli *cli, const struct app_usage *usage)
{
    printf("%-20s %12s %12s %12s\n", "FROM (UTC)", "PASSED", "REFUSED", "TOKENS");
    for (size_t i = 0; i < usage->slot_count; i++) {
        const struct dao_usage_slot *slot = &usage->slots[i];
        print_row(cli_time(cli->arena, slot->begins_ms), slot->passed, slot->refused, slot->issued);
    }
    print_row("all", usage->passed, usage->refused, usage->issued);
    if (usage->rule_count > 0)
        printf("\n%-8s %12s %12s %s\n", "CLASS", "PASSED", "REFUSED", "RULE");
    for (size_t i = 0; i < usage->rule_count; i++) {
        const struct dao_usage_rule *rule = &usage->rules[i];
        printf("%-8s %12lld %12lld %s %s\n", api_class_names[usage->classes[i]],
               (long long)rule->passed, (long long)rule->refused,
               cli_shown(cli->arena, rule->method), cli_shown(cli->arena, rule->rule));
    }
}

int
cli_app_usage(struct cli *cli)
{
    const struct api_rules *rules;
    struct fault fault;
    struct app app;
    bool found;
    int by = USAGE_BY_DAY;
    if (!cli_take_choice(cli, "by", usage_by_names, USAGE_BY__MAX, &by))
        return EXIT_USAGE;
    if (!cli_settings(cli))
        return EXIT_CANNOT;
    if (!cli_rules_open(cli, &rules, &fault))
        return cli_say(EXIT_CANNOT, "%s", fault.text);
    struct action action = cli_action(cli);
    enum status status = dao_app_find(action.dao, cli->arena, cli->argument, &app, &found);
    if (status != OK || !found)
        return cli_finish(cli, status, "error.app.unknown");
    struct usage_query query = {
        .app_row = app.id, .by = (enum usage_by)by, .zone = "UTC", .now_ms = clock_wall_ms()
    };
    struct app_usage usage;
    status = action_app_usage(&action, rules, &query, &usage);
    if (status != OK)
        return cli_failure(status);
    if (cli_value(cli, "json") != NULL)
        print_json(cli, &app, &usage);
    else
        print_tables(cli, &usage);
    return EXIT_DONE;
}
