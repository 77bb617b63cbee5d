/*
 * purge.c - deleting what has ended, as the workers do by themselves, but all of it now.
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
    int64_t idle_ms = cli->settings.tokens_refresh_idle;
    do {
        enum status status = dao_purge(dao, BATCH, idle_ms, &batch);
        if (status != OK)
            return cli_failure(status);
        total.sessions += batch.sessions;
        total.codes += batch.codes;
        total.grants += batch.grants;
        total.throttles += batch.throttles;
        total.partitions_made += batch.partitions_made;
        total.partitions_dropped += batch.partitions_dropped;
    } while (batch.sessions == BATCH || batch.codes == BATCH || batch.grants == BATCH ||
             batch.throttles == BATCH);
    int64_t disabled, all = 0;
    do {
        enum status status =
            action_app_disable_unused(dao, cli->settings.app_unused_disable, &disabled);
        if (status != OK)
            return cli_failure(status);
        all += disabled;
    } while (disabled > 0);
    printf("deleted %lld sessions, %lld codes, %lld grants, %lld counts of failed attempts\n"
           "access token partitions: made %lld, dropped %lld\n",
           (long long)total.sessions, (long long)total.codes, (long long)total.grants,
           (long long)total.throttles, (long long)total.partitions_made,
           (long long)total.partitions_dropped);
    if (cli->settings.app_unused_disable > 0)
        printf("unused applications: disabled %lld\n", (long long)all);
    return EXIT_DONE;
}
