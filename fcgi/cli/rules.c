/*
 * rules.c - the rules of the gate from the shell: proved, and asked.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <stdio.h>

#include "cli/cli.h"

static bool
open_rules(struct arena *arena, const char *path, const struct api_rules **out, struct fault *fault)
{
    const char *text = file_read_text(arena, path, fault);
    if (text == NULL)
        return false;
    *out = api_rules_parse(arena, text, fault);
    return *out != NULL;
}

bool
cli_rules_open(struct cli *cli, const struct api_rules **out, struct fault *fault)
{
    const char *path = cli->settings.gate_rules;
    return open_rules(cli->arena, *path == '\0' ? CLI_RULES_FILE : path, out, fault);
}

int
cli_rules_check(struct cli *cli)
{
    const struct api_rules *rules;
    struct fault fault;
    if (cli->argument == NULL && !cli_settings(cli))
        return EXIT_CANNOT;
    bool fine = cli->argument == NULL ? cli_rules_open(cli, &rules, &fault)
                                      : open_rules(cli->arena, cli->argument, &rules, &fault);
    return fine ? EXIT_DONE : cli_say(EXIT_REFUSED, "%s", fault.text);
}

const struct cli_option cli_rules_test_options[] = {
    { "access", "full|read_only", "of the user (default full)" },
    { "level", "call_api|all", "of the application (default call_api)" },
    { "client-id", "N", "the user's own client (default: none)" },
    { "json", NULL, "one JSON object" },
    { 0 },
};

static bool
take_bearer(struct cli *cli, struct bearer_facts *out)
{
    int access = ACCESS_FULL, level = LEVEL_CALL_API;
    int64_t client = 0;
    if (!cli_take_choice(cli, "access", user_access_names, ACCESS__MAX, &access) ||
        !cli_take_choice(cli, "level", app_level_names, LEVEL__MAX, &level) ||
        !cli_take_number(cli, "client-id", INT64_MAX, "a whole number", &client))
        return false;
    out->level = (enum app_level)level;
    out->user = (struct user){ .access = (enum user_access)access, .client_id = client };
    return true;
}

static void
print_verdict(struct cli *cli, enum gate_reason reason, const struct api_rule_hit *hit)
{
    const char *class = api_class_names[hit->class];
    if (cli_value(cli, "json") != NULL) {
        struct model *model = model_object(cli->arena);
        model_text(model, "verdict", gate_reason_names[reason]);
        model_number(model, "status", gate_reason_status(reason));
        model_text(model, "class", class);
        model_id(model, "line", hit->line);
        model_text(model, "rule", *hit->rule == '\0' ? NULL : hit->rule);
        puts(model_emit_json(cli->arena, model));
        return;
    }
    printf("%s (%d)\n", reason == GATE_PASS ? "pass" : "refused", gate_reason_status(reason));
    if (reason == GATE_TARGET || reason == GATE_OVERRIDE || reason == GATE_OUTSIDE)
        printf("%s\n", gate_reason_text(reason));
    else if (hit->line == 0)
        printf("class %s: no line says otherwise\n", class);
    else
        printf("class %s: line %d, %s\n", class, hit->line, hit->rule);
    if (reason == GATE_READ_ONLY || reason == GATE_CLIENT || reason == GATE_LEVEL)
        printf("%s\n", gate_reason_text(reason));
}

int
cli_rules_test(struct cli *cli)
{
    const struct api_rules *rules;
    struct fault fault;
    struct bearer_facts facts = { .found = true };
    struct target target;
    struct api_rule_hit hit;
    if (!take_bearer(cli, &facts))
        return EXIT_USAGE;
    if (!cli_settings(cli))
        return EXIT_CANNOT;
    if (!cli_rules_open(cli, &rules, &fault))
        return cli_say(EXIT_CANNOT, "%s", fault.text);
    struct gate_question question = {
        .method = cli->argument,
        .target = cli->argument2,
        .prefix = cli->settings.gate_prefix,
    };
    enum gate_reason reason = gate_check_target(cli->arena, &question, rules, &target, &hit);
    if (reason == GATE_PASS)
        reason = gate_check_bearer(&question, &hit, &facts);
    print_verdict(cli, reason, &hit);
    return reason == GATE_PASS ? EXIT_DONE : EXIT_REFUSED;
}
