/*
 * check.c - proving the whole set-up, and naming each fault with its cure.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <stdio.h>

#include "cli/cli.h"
#include "web/web.h"

struct tally {
    int faults;
};

static bool
report(struct tally *tally, const char *what, bool fine, const struct fault *fault)
{
    if (fine)
        printf("ok      %s\n", what);
    else
        printf("FAULT   %s: %s\n", what, fault->text);
    tally->faults += !fine;
    return fine;
}

static void
note(const char *text)
{
    printf("note    %s\n", text);
}

/* What the settings allow and RFC 9700 advises against. */
static void
note_departures(const struct settings *settings)
{
    if (!text_starts(settings->site_url, "https://"))
        note("site.url is plain http: tokens, secrets and passwords can be read on the way "
             "(RFC 9700 2.6). For trying out on one machine only.");
}

static void
check_connections(struct tally *tally, struct cli *cli, struct dao *dao)
{
    struct fault fault = { { 0 } };
    int64_t available = 0;
    bool fine = dao_connections(dao, &available) == OK;
    if (!fine)
        fault_set(&fault, "max_connections can't be read");
    else if (cli->settings.server_workers > available)
        fine = fault_set(&fault,
                         "server.workers is %lld, PostgreSQL has room for %lld connections: "
                         "lower the one or raise max_connections",
                         (long long)cli->settings.server_workers, (long long)available);
    report(tally, "connections", fine, &fault);
}

int
cli_check(struct cli *cli)
{
    struct tally tally = { 0 };
    struct fault fault;
    struct web web;
    if (!cli_settings(cli))
        return EXIT_CANNOT;
    report(&tally, "settings", true, NULL);
    report(&tally, "log, passwords, templates, routes", cli_world_open(cli, &web, &fault), &fault);
    struct dao *dao = cli_dao(cli);
    if (report(&tally, "database, statements", dao_check(dao, &fault), &fault)) {
        report(&tally, "migrations", dao_migrations_check(dao, CLI_MIGRATIONS_DIR, &fault), &fault);
        check_connections(&tally, cli, dao);
    }
    note_departures(&cli->settings);
    return tally.faults == 0 ? EXIT_DONE : EXIT_CANNOT;
}
