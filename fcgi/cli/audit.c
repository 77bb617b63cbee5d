/*
 * audit.c - the audit log from the shell.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

enum { BATCH = 1000, DAY_MS = 24 * 60 * 60 * 1000 };

const struct cli_option cli_audit_list_options[] = {
    { "actor", "LOGIN", "what this user did (shell:NAME: from a shell)" },
    { "object-kind", "user|app", "with --object-id: what was done to it" },
    { "object-id", "ID", "a login, an App ID" },
    { "act", "ACT", "such as app.set; with a dot at its end (app.) all that begin so" },
    { "from", "DATE", "from this day (UTC) or 2026-12-31T18:00:00Z on" },
    { "to", "DATE", "through this day, or until before that moment" },
    { "json", NULL, "one JSON object a line" },
    { 0 },
};

static void
print_json(struct arena *arena, const struct dao_audit_row *row)
{
    char at[21];
    struct model *model = model_object(arena);
    clock_format_utc(row->at_ms, at);
    model_number(model, "id", row->id);
    model_text(model, "time", at);
    model_id(model, "actor_id", row->actor_id);
    model_text(model, "actor", row->actor_login);
    model_text(model, "address", row->address);
    model_text(model, "request_id", row->request_id);
    model_text(model, "act", row->act);
    model_text(model, "object_kind", row->object_kind);
    model_text(model, "object_id", row->object_id);
    model_json(model, "detail", row->detail);
    puts(model_emit_json(arena, model));
}

static const char *
or_dash(const char *text)
{
    return *text == '\0' ? "-" : text;
}

static void
print_row(struct arena *arena, const struct dao_audit_row *row)
{
    char at[21];
    clock_format_utc(row->at_ms, at);
    printf("%s %-20s %-15s %-22s %-4s %-32s %s\n", at, or_dash(cli_shown(arena, row->actor_login)),
           or_dash(cli_shown(arena, row->address)), cli_shown(arena, row->act),
           or_dash(cli_shown(arena, row->object_kind)), or_dash(cli_shown(arena, row->object_id)),
           cli_shown(arena, row->detail));
}

/* -1, or the exit code. A day that ends a time is in it. */
static int
take_time(struct cli *cli, const char *name, bool through, int64_t *out)
{
    const char *text = NULL;
    if (!cli_take_text(cli, name, &text))
        return EXIT_USAGE;
    if (text == NULL)
        return -1;
    if (!clock_parse_utc(text, out))
        return cli_say(EXIT_USAGE, "--%s takes a day as 2026-12-31, or 2026-12-31T18:00:00Z", name);
    if (through && strlen(text) == strlen("2026-12-31"))
        *out += DAY_MS;
    return -1;
}

static int
take_filter(struct cli *cli, struct dao_audit_filter *out)
{
    if (!cli_take_text(cli, "actor", &out->actor_login) ||
        !cli_take_text(cli, "object-kind", &out->object_kind) ||
        !cli_take_text(cli, "object-id", &out->object_id) || !cli_take_text(cli, "act", &out->act))
        return EXIT_USAGE;
    if (text_is_empty(out->object_kind) != text_is_empty(out->object_id))
        return cli_say(EXIT_USAGE, "--object-kind and --object-id name an object together");
    int code = take_time(cli, "from", false, &out->from_ms);
    return code >= 0 ? code : take_time(cli, "to", true, &out->to_ms);
}

int
cli_audit_list(struct cli *cli)
{
    struct dao_audit_filter filter = { 0 };
    struct dao_audit_list batch = { 0 };
    int code = take_filter(cli, &filter);
    if (code >= 0)
        return code;
    if (!cli_settings(cli))
        return EXIT_CANNOT;
    struct dao *dao = cli_dao(cli);
    struct arena *arena = arena_open(); /* for a batch: there may be many */
    enum status status;
    do {
        status = dao_audit_list(dao, arena, &filter, BATCH, &batch);
        for (size_t i = 0; status == OK && i < batch.count; i++)
            (cli_value(cli, "json") != NULL ? print_json : print_row)(arena, &batch.items[i]);
        if (batch.count > 0)
            filter.before = batch.items[batch.count - 1].id;
        arena_reset(arena);
    } while (status == OK && batch.more);
    arena_close(arena);
    return cli_finish(cli, status, NULL);
}
