/*
 * purge.c - deleting what has ended: sessions and access tokens.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <stdio.h>

#include "cli/cli.h"

enum { BATCH = 10000 };

int
cli_purge(struct cli *cli)
{
    struct dao_purged batch, total = { 0 };
    if (!cli_settings(cli))
        return EXIT_CANNOT;
    struct dao *dao = cli_dao(cli);
    do {
        enum status status = dao_purge(dao, BATCH, &batch);
        if (status != OK)
            return cli_failure(status);
        total.sessions += batch.sessions;
        total.access_tokens += batch.access_tokens;
    } while (batch.sessions == BATCH || batch.access_tokens == BATCH);
    printf("deleted %lld sessions, %lld access tokens\n", (long long)total.sessions,
           (long long)total.access_tokens);
    return EXIT_DONE;
}
