/*
 * request.c - who asks for the level all, from the shell: list, show, approve, decline.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

enum { BATCH = 500, EVIDENCE_DAYS = 7, EVIDENCE_MAX = 100 };

const struct cli_option cli_request_list_options[] = {
    { "state", "open|approved|declined|withdrawn", "these (default open)" },
    { "json", NULL, "one JSON object a line" },
    { 0 },
};

const struct cli_option cli_request_approve_options[] = {
    { "until", "DATE", "the last day of it (UTC), or 2026-12-31T18:00:00Z; else for good" },
    { "answer", "TEXT", "is told to the owner" },
    { 0 },
};

const struct cli_option cli_request_decline_options[] = {
    { "answer", "TEXT", "why not; required, and told to the owner" },
    { 0 },
};

static void
print_json(struct arena *arena, const struct dao_level_request *request)
{
    struct model *model = model_object(arena);
    model_number(model, "id", request->id);
    model_text(model, "app_id", request->app_id);
    model_text(model, "app_name", request->app_name);
    model_text(model, "owner", request->owner_login);
    model_text(model, "user", request->login);
    model_text(model, "level", app_level_names[request->level]);
    model_text(model, "reason", request->reason);
    model_text(model, "wanted_until", cli_time(arena, request->wanted_until_ms));
    model_text(model, "state", request_state_names[request->state]);
    model_text(model, "created", cli_time(arena, request->created_ms));
    model_text(model, "decided", cli_time(arena, request->decided_ms));
    model_text(model, "decided_by", request->decided_by);
    model_text(model, "answer", request->answer);
    model_text(model, "granted_until", cli_time(arena, request->granted_until_ms));
    puts(model_emit_json(arena, model));
}

/* The reason, of any length and with lines of its own, is `request show`'s to print. */
static void
print_row(struct arena *arena, const struct dao_level_request *request)
{
    printf("%-6lld %-10.10s %s %-16s %s\n", (long long)request->id,
           cli_time(arena, request->created_ms), request->app_id, request->login,
           cli_shown(arena, request->app_name));
}

static enum status
list(struct dao *dao, struct arena *arena, enum request_state state, bool json)
{
    struct dao_level_request_list batch;
    int64_t from = 0;
    if (!json)
        printf("%-6s %-10s %-32s %-16s %s\n", "ID", "ASKED", "APP ID", "USER", "APPLICATION");
    do {
        enum status status = dao_level_request_list(dao, arena, state, from, BATCH, &batch);
        if (status != OK)
            return status;
        for (size_t i = 0; i < batch.count; i++)
            (json ? print_json : print_row)(arena, &batch.items[i]);
        from = batch.count == 0 ? 0 : batch.items[batch.count - 1].id;
        arena_reset(arena);
    } while (batch.more);
    return OK;
}

int
cli_request_list(struct cli *cli)
{
    int state = REQUEST_OPEN;
    if (!cli_take_choice(cli, "state", request_state_names, REQUEST_STATE__MAX, &state))
        return EXIT_USAGE;
    if (!cli_settings(cli))
        return EXIT_CANNOT;
    struct arena *arena = arena_open(); /* for a batch: there may be many */
    enum status status =
        list(cli_dao(cli), arena, (enum request_state)state, cli_value(cli, "json") != NULL);
    arena_close(arena);
    return cli_finish(cli, status, NULL);
}

/* -1, or the exit code. */
static int
take_id(struct cli *cli, int64_t *id)
{
    if (text_to_int(cli->argument, INT64_MAX, id))
        return -1;
    return cli_say(EXIT_USAGE, "%s: a request has a number, see callgate request list",
                   cli->command->name);
}

static void
print_request(struct arena *arena, const struct dao_level_request *request)
{
    const char *until = cli_time(arena, request->wanted_until_ms);
    cli_print_field(arena, "Application", request->app_name);
    cli_print_field(arena, "App ID", request->app_id);
    cli_print_field(arena, "Level", app_level_names[request->level]);
    cli_print_field(arena, "Owner", request->owner_login);
    cli_print_field(arena, "Asked by", request->login);
    cli_print_field(arena, "Asked", cli_time(arena, request->created_ms));
    cli_print_field(arena, "Until", until == NULL ? "for good" : until);
    cli_print_field(arena, "Reason", request->reason);
    cli_print_field(arena, "State", request_state_names[request->state]);
    if (request->state == REQUEST_OPEN)
        return;
    cli_print_field(arena, "Since", cli_time(arena, request->decided_ms));
    if (*request->decided_by != '\0')
        cli_print_field(arena, "By", request->decided_by);
    if (*request->answer != '\0')
        cli_print_field(arena, "Answer", request->answer);
    until = cli_time(arena, request->granted_until_ms);
    if (request->state == REQUEST_APPROVED)
        cli_print_field(arena, "Granted until", until == NULL ? "for good" : until);
}

static enum status
print_evidence(struct cli *cli, struct dao *dao, const char *app_id)
{
    struct app app;
    struct dao_usage_list list;
    bool found;
    enum status status = dao_app_find(dao, cli->arena, app_id, &app, &found);
    if (status != OK || !found)
        return status;
    struct dao_usage_query query = { app.id, EVIDENCE_DAYS, EVIDENCE_MAX };
    status = dao_usage_list(dao, cli->arena, &query, &list);
    if (status != OK)
        return status;
    printf("\nIn the last %d days%s\n", EVIDENCE_DAYS, list.count == 0 ? ": nothing" : "");
    for (size_t i = 0; i < list.count; i++) {
        const struct dao_usage *row = &list.items[i];
        printf("%8lld  %-14s %s %s\n", (long long)row->count,
               row->reason == NULL ? "passed" : row->reason, row->method, row->rule);
    }
    return OK;
}

int
cli_request_show(struct cli *cli)
{
    struct dao_level_request request;
    bool found;
    int64_t id;
    int code = take_id(cli, &id);
    if (code >= 0)
        return code;
    if (!cli_settings(cli))
        return EXIT_CANNOT;
    struct dao *dao = cli_dao(cli);
    enum status status = dao_level_request_find(dao, cli->arena, id, &request, &found);
    if (status != OK || !found)
        return cli_finish(cli, status, "error.request.unknown");
    print_request(cli->arena, &request);
    return cli_finish(cli, print_evidence(cli, dao, request.app_id), NULL);
}

static int
decide(struct cli *cli, bool approve, const char *until)
{
    struct dao_level_decision decision = { .answer = "" };
    const char *problem = NULL;
    int code = take_id(cli, &decision.id);
    if (code >= 0)
        return code;
    if (!cli_take_text(cli, "answer", &decision.answer))
        return EXIT_USAGE;
    if (!cli_settings(cli))
        return EXIT_CANNOT;
    if (until != NULL)
        problem = app_level_until_parse(until, clock_wall_ms(), &decision.until_ms);
    if (problem != NULL)
        return cli_finish(cli, OK, problem);
    struct action action = cli_action(cli);
    enum status status = action_level_decide(&action, approve, &decision, &problem);
    return cli_finish(cli, status, problem);
}

int
cli_request_approve(struct cli *cli)
{
    const char *until = NULL;
    if (!cli_take_text(cli, "until", &until))
        return EXIT_USAGE;
    return decide(cli, true, until);
}

int
cli_request_decline(struct cli *cli)
{
    return decide(cli, false, NULL);
}
