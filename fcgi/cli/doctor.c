/*
 * doctor.c - `callgate doctor`: a deployment looked at from outside.
 *
 * It reads no settings: the deployment may be on another machine.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "doctor/doctor.h"

const struct cli_option cli_doctor_options[] = {
    { "app-id", "APP_ID", "a trusted application of level call_api; its secret comes by stdin" },
    { "server", "apache|lighttpd|nginx", "whose directives to name (default: as it says itself)" },
    { "prefix", "PATH", "the deployment's gate.prefix (default /api/ver1.0/)" },
    { "backend", "URL[,URL]", "where the back-end listens: it must not answer" },
    { "ca", "FILE", "certificates to trust in the system's stead, for one of your own" },
    { "json", NULL, "as a JSON object" },
    { 0 },
};

/* Worse first: who asks "is all well?" must not take "could not look" for a yes. */
static int
exit_code(const struct doctor_report *report)
{
    enum doctor_result worst = doctor_report_worst(report);
    if (worst == DOCTOR_FAULT)
        return EXIT_CANNOT;
    for (size_t i = 0; i < report->count; i++)
        if (report->findings[i].result == DOCTOR_NOT_ASKED)
            return EXIT_REFUSED;
    return EXIT_DONE;
}

static bool
take_options(struct cli *cli, struct doctor_options *out)
{
    struct fault fault;
    if (!settings_check_site_url(cli->arena, cli->argument, &out->origin, &fault)) {
        cli_say(0, "%s", fault.text);
        return false;
    }
    if (!cli_take_text(cli, "app-id", &out->app_id) ||
        !cli_take_text(cli, "prefix", &out->prefix) || !cli_take_text(cli, "ca", &out->ca) ||
        !cli_take_text(cli, "backend", &out->backends) ||
        !cli_take_choice(cli, "server", doctor_server_names, DOCTOR_SERVER__MAX, &out->server))
        return false;
    if (settings_prefix_is_valid(out->prefix))
        return true;
    cli_say(0, "--prefix takes a path with a slash at both ends, not %s", out->prefix);
    return false;
}

int
cli_doctor(struct cli *cli)
{
    char secret[CLI_LINE_SIZE] = "";
    struct doctor_report report;
    struct fault fault;
    struct doctor_options options = {
        .prefix = "/api/ver1.0/",
        .secret = secret,
        .server = -1,
        .backends = "",
    };
    if (!take_options(cli, &options))
        return EXIT_USAGE;
    if (options.app_id != NULL && !cli_read_hidden("App secret: ", secret))
        return cli_say(EXIT_USAGE, "the App secret comes as the first line of standard input");
    bool ran = doctor_run(cli->arena, &options, &report, &fault);
    explicit_bzero(secret, sizeof secret);
    if (!ran)
        return cli_say(EXIT_REFUSED, "%s", fault.text);
    bool json = cli_value(cli, "json") != NULL;
    const char *text = (json ? doctor_report_json : doctor_report_text)(cli->arena, &report);
    fputs(text, stdout);
    if (json)
        putchar('\n');
    if (fflush(stdout) != 0)
        return cli_say(EXIT_REFUSED, "the report can't be written");
    return exit_code(&report);
}
