/*
 * token.c - why is this request refused? The gate's decision about one token, step by step.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

enum { LINE_MAX_BYTES = 1024 };

static void
print_bearer(struct arena *arena, const struct bearer_facts *facts)
{
    char expires[21];
    clock_format_utc(facts->expires_ms, expires);
    printf("token    expires %s%s\n", expires, facts->revoked ? ", but was revoked" : "");
    printf("app      %s, level %s now%s\n", facts->app_id, app_level_names[facts->level],
           facts->app_active ? "" : ", disabled");
    printf("user     %s, access %s%s\n", cli_shown(arena, facts->user.login),
           user_access_names[facts->user.access], facts->user_active ? "" : ", blocked");
}

/* Fills *facts with what the token on standard input stands for; -1, or the exit code. */
static int
find_token(struct cli *cli, struct bearer_facts *facts)
{
    char line[LINE_MAX_BYTES];
    struct digest digest;
    if (fgets(line, sizeof line, stdin) == NULL)
        return cli_say(EXIT_USAGE, "the token comes as the first line of standard input");
    line[strcspn(line, "\r\n")] = '\0';
    enum status status = digest_of(line, &digest);
    explicit_bzero(line, sizeof line);
    if (status == OK)
        status = dao_token_find(cli_dao(cli), cli->arena, &digest, facts);
    return status == OK ? -1 : cli_failure(status);
}

static enum gate_reason
judge(struct cli *cli, const struct api_rules *rules, const struct bearer_facts *facts)
{
    struct target target;
    struct api_rule_hit hit;
    struct gate_question question = {
        .method = cli->argument,
        .target = cli->argument2,
        .prefix = cli->settings.gate_prefix,
    };
    enum gate_reason reason = gate_check_target(cli->arena, &question, rules, &target, &hit);
    if (reason != GATE_PASS) {
        printf("address  %s\n", gate_reason_names[reason]);
        return reason;
    }
    printf("address  fine\n");
    if (hit.line == 0)
        printf("rule     class %s, as no line says otherwise\n", api_class_names[hit.class]);
    else
        printf("rule     class %s, by line %d: %s\n", api_class_names[hit.class], hit.line,
               hit.rule);
    if (!facts->found) {
        printf("token    unknown, expired, or its application was changed or deleted\n");
        return GATE_TOKEN_INVALID;
    }
    print_bearer(cli->arena, facts);
    if (bearer_check(facts) != OAUTH_NONE)
        return GATE_TOKEN_INVALID;
    return gate_check_bearer(&question, &hit, facts);
}

int
cli_token_explain(struct cli *cli)
{
    const struct api_rules *rules;
    struct bearer_facts facts = { 0 };
    struct fault fault;
    if (!cli_settings(cli))
        return EXIT_CANNOT;
    if (!cli_rules_open(cli, &rules, &fault))
        return cli_say(EXIT_CANNOT, "%s", fault.text);
    int code = find_token(cli, &facts);
    if (code >= 0)
        return code;
    enum gate_reason reason = judge(cli, rules, &facts);
    if (reason == GATE_PASS) {
        puts("verdict  pass");
        return EXIT_DONE;
    }
    printf("verdict  %d %s: %s\n", gate_reason_status(reason), gate_reason_names[reason],
           gate_reason_text(reason));
    return EXIT_REFUSED;
}
