/*
 * main.c - the command table.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdio.h>
#include <unistd.h>

#include "cli/cli.h"
#include "server/server.h"

static const struct cli_command commands[] = {
    { "serve", "", "Serve FastCGI on two sockets: pages and OAuth2, and the gate.", NULL,
      cli_serve },
    { "migrate", "", "Bring the database's schema up to date, as its owner.", NULL, cli_migrate },
    { "check", "", "Prove settings, templates, database, statements, migrations.", NULL,
      cli_check },
    { "doctor", "URL", "Attack a deployment from outside; say what to fix, in its own directives.",
      cli_doctor_options, cli_doctor },
    { "user add", "LOGIN", "Add a PBX user; the password comes by standard input.",
      cli_user_add_options, cli_user_add },
    { "user passwd", "LOGIN", "Set a user's password, given by standard input.", NULL,
      cli_user_passwd },
    { "user set", "LOGIN", "Change a user's fields.", cli_user_set_options, cli_user_set },
    { "user list", "", "List the users.", cli_user_list_options, cli_user_list },
    { "user import", "FILE", "Add and change users from CSV (- is standard input).",
      cli_user_import_options, cli_user_import },
    { "app list", "", "List the applications.", cli_app_list_options, cli_app_list },
    { "app show", "APP_ID", "Show an application.", cli_app_show_options, cli_app_show },
    { "app set", "APP_ID", "Change an application.", cli_app_set_options, cli_app_set },
    { "app secret", "APP_ID", "Give an application a new App secret.", cli_app_secret_options,
      cli_app_secret },
    { "app delete", "APP_ID", "Delete an application.", cli_app_delete_options, cli_app_delete },
    { "app usage", "APP_ID", "Show what an application did: requests and tokens.",
      cli_app_usage_options, cli_app_usage },
    { "app revoke", "APP_ID", "End all tokens of an application; its users' consents stay.", NULL,
      cli_app_revoke },
    { "request list", "", "List the requests for the level all.", cli_request_list_options,
      cli_request_list },
    { "request show", "ID", "Show a request, and what its application does.", NULL,
      cli_request_show },
    { "request approve", "ID", "Give the application the level all.", cli_request_approve_options,
      cli_request_approve },
    { "request decline", "ID", "Answer a request with a reason why not.",
      cli_request_decline_options, cli_request_decline },
    { "rules check", "[FILE]", "Prove the gate's rules, or those of a file.", NULL,
      cli_rules_check },
    { "rules test", "[METHOD ADDRESS]", "What the gate says to such a request.",
      cli_rules_test_options, cli_rules_test },
    { "token explain", "METHOD ADDRESS",
      "Why such a request passes or not with the token given by standard input.", NULL,
      cli_token_explain },
    { "audit list", "", "List the audit log, newest first.", cli_audit_list_options,
      cli_audit_list },
    { "purge", "", "Delete what has ended, now; serving does it by itself.", NULL, cli_purge },
    { 0 },
};

int
main(int argc, char **argv)
{
    struct cli cli = { .arena = arena_open() };
    int code = cli_parse(&cli, commands, argc, argv);
    if (code < 0 && cli.command != NULL)
        code = cli.command->run(&cli);
    else if (code < 0 && server_is_listening(STDIN_FILENO))
        code = cli_serve_descriptor(&cli, STDIN_FILENO);
    else if (code < 0) {
        cli_help(commands);
        code = EXIT_USAGE;
    }
    arena_close(cli.arena);
    return code;
}
