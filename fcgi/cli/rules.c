/*
 * rules.c - the rules of the gate from the shell: proved, and asked.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <stdio.h>
#include <string.h>

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
    { "list", "FILE", "lines METHOD ADDRESS instead (-: standard input), each with its verdict" },
    { "json", NULL, "one JSON object, of a list one a line" },
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

/* What a question is put to, and what came of it. */
struct test {
    const struct api_rules *rules;
    struct bearer_facts facts;
    struct gate_question question;
    struct api_rule_hit hit;
    enum gate_reason reason;
};

static void
judge(struct cli *cli, struct test *test)
{
    struct target target;
    test->reason = gate_check_target(cli->arena, &test->question, test->rules, &target, &test->hit);
    if (test->reason == GATE_PASS)
        test->reason = gate_check_bearer(&test->question, &test->hit, &test->facts);
}

static void
print_json(struct cli *cli, const struct test *test)
{
    struct model *model = model_object(cli->arena);
    model_text(model, "method", test->question.method);
    model_text(model, "address", test->question.target);
    model_text(model, "verdict", gate_reason_names[test->reason]);
    model_number(model, "status", gate_reason_status(test->reason));
    model_text(model, "class", api_class_names[test->hit.class]);
    model_id(model, "line", test->hit.line);
    model_text(model, "rule", *test->hit.rule == '\0' ? NULL : test->hit.rule);
    puts(model_emit_json(cli->arena, model));
}

static void
print_verdict(const struct test *test)
{
    enum gate_reason reason = test->reason;
    const char *class = api_class_names[test->hit.class];
    printf("%s (%d)\n", reason == GATE_PASS ? "pass" : "refused", gate_reason_status(reason));
    if (reason == GATE_TARGET || reason == GATE_OVERRIDE || reason == GATE_OUTSIDE)
        printf("%s\n", gate_reason_text(reason));
    else if (test->hit.line == 0)
        printf("class %s: no line says otherwise\n", class);
    else
        printf("class %s: line %d, %s\n", class, test->hit.line, test->hit.rule);
    if (reason == GATE_READ_ONLY || reason == GATE_CLIENT || reason == GATE_LEVEL)
        printf("%s\n", gate_reason_text(reason));
}

static int
test_one(struct cli *cli, struct test *test)
{
    test->question.method = cli->argument;
    test->question.target = cli->argument2;
    judge(cli, test);
    if (cli_value(cli, "json") != NULL)
        print_json(cli, test);
    else
        print_verdict(test);
    return test->reason == GATE_PASS ? EXIT_DONE : EXIT_REFUSED;
}

/* Empty lines, and those that begin with #, are passed over. -1: go on. */
static int
test_line(struct cli *cli, struct test *test, const char *line, int number)
{
    const char *cursor = line;
    const char *method = text_word(cli->arena, &cursor);
    if (method == NULL || *method == '#')
        return EXIT_DONE;
    test->question.method = method;
    test->question.target = text_word(cli->arena, &cursor);
    if (test->question.target == NULL || text_word(cli->arena, &cursor) != NULL)
        return cli_say(EXIT_USAGE, "line %d of the list is not METHOD ADDRESS", number);
    judge(cli, test);
    if (cli_value(cli, "json") != NULL)
        print_json(cli, test);
    else
        printf("%d %-6s %4d  %s %s\n", gate_reason_status(test->reason),
               api_class_names[test->hit.class], test->hit.line, cli_shown(cli->arena, method),
               cli_shown(cli->arena, test->question.target));
    return test->reason == GATE_PASS ? EXIT_DONE : EXIT_REFUSED;
}

static int
test_list(struct cli *cli, struct test *test, const char *path)
{
    struct fault fault;
    int result = EXIT_DONE;
    const char *text =
        file_read_text(cli->arena, text_equal(path, "-") ? "/dev/stdin" : path, &fault);
    if (text == NULL)
        return cli_say(EXIT_CANNOT, "%s", fault.text);
    for (int number = 1; *text != '\0'; number++) {
        size_t length = strcspn(text, "\n");
        int code = test_line(cli, test, arena_strndup(cli->arena, text, length), number);
        if (code == EXIT_USAGE)
            return code;
        if (code == EXIT_REFUSED)
            result = code;
        text += length + (text[length] == '\n');
    }
    return result;
}

int
cli_rules_test(struct cli *cli)
{
    struct fault fault;
    struct test test = { .facts = { .found = true } };
    const char *path = NULL;
    if (!take_bearer(cli, &test.facts) || !cli_take_text(cli, "list", &path))
        return EXIT_USAGE;
    if (path == NULL ? cli->argument2 == NULL : cli->argument != NULL)
        return cli_say(EXIT_USAGE, "rules test needs METHOD and ADDRESS, or --list=FILE");
    if (!cli_settings(cli))
        return EXIT_CANNOT;
    if (!cli_rules_open(cli, &test.rules, &fault))
        return cli_say(EXIT_CANNOT, "%s", fault.text);
    test.question.prefix = cli->settings.gate_prefix;
    return path == NULL ? test_one(cli, &test) : test_list(cli, &test, path);
}
