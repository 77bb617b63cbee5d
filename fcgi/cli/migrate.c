/*
 * migrate.c - bringing the database to the schema that this program needs.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <stdio.h>

#include "cli/cli.h"

static void
on_migrated(void *context, const char *file)
{
    int *count = context;
    printf("applied %s\n", file);
    ++*count;
}

int
cli_migrate(struct cli *cli)
{
    struct fault fault;
    int count = 0;
    if (!cli_settings(cli))
        return EXIT_CANNOT;
    if (*cli->settings.database_owner == '\0')
        return cli_say(EXIT_CANNOT, "database.owner is required for migrate: how the owner of the "
                                    "tables connects");
    struct dao_migrate_options options = {
        .conninfo = cli->settings.database_owner,
        .dir = CLI_MIGRATIONS_DIR,
        .runtime_role = cli->settings.database_runtime_role,
        .timeout_ms = cli->settings.database_timeout,
    };
    if (!dao_migrate(&options, on_migrated, &count, &fault))
        return cli_say(EXIT_CANNOT, "%s", fault.text);
    if (count == 0)
        puts("nothing to apply");
    return EXIT_DONE;
}
