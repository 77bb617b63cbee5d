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
    if (text_equal(settings->oauth_query_credentials, "on"))
        note("oauth.query_credentials is on: App secrets, passwords and tokens in addresses end up "
             "in logs (RFC 6749 2.3.1).");
}

/* The grant exists only for applications that were made so; it is never to be used. */
static void
check_password_grant(struct tally *tally, struct cli *cli, struct dao *dao)
{
    struct fault fault;
    int64_t count = 0;
    if (dao_app_count(dao, APP_PASSWORD_CREDENTIALS, &count) != OK) {
        fault_set(&fault, "they can't be counted");
        report(tally, "applications", false, &fault);
    } else if (count > 0)
        note(arena_printf(cli->arena,
                          "%lld application%s may use the password grant, which RFC 9700 2.4 "
                          "forbids: callgate app list shows password_credentials as the type.",
                          (long long)count, count == 1 ? "" : "s"));
}

static void
check_connections(struct tally *tally, struct cli *cli, struct dao *dao)
{
    struct fault fault = { { 0 } };
    int64_t available = 0, web = cli->settings.server_workers;
    int64_t gate = cli->settings.server_gate_workers; /* and one more during a reload */
    bool fine = dao_connections(dao, &available) == OK;
    if (!fine)
        fault_set(&fault, "max_connections can't be read");
    else if (web + gate + 1 > available)
        fine = fault_set(&fault,
                         "server.workers and server.gate_workers (%lld and %lld) may need %lld "
                         "connections, PostgreSQL has room for %lld: lower them or raise "
                         "max_connections",
                         (long long)web, (long long)gate, (long long)(web + gate + 1),
                         (long long)available);
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
    report(&tally, "log, passwords, templates, routes",
           cli_process_open(&cli->settings, &fault) && cli_web_open(cli, &web, &fault), &fault);
    struct dao *dao = cli_dao(cli);
    if (report(&tally, "database, statements", dao_check(dao, &fault), &fault)) {
        report(&tally, "migrations", dao_migrations_check(dao, CLI_MIGRATIONS_DIR, &fault), &fault);
        check_connections(&tally, cli, dao);
        check_password_grant(&tally, cli, dao);
    }
    note_departures(&cli->settings);
    return tally.faults == 0 ? EXIT_DONE : EXIT_CANNOT;
}
