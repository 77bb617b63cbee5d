/*
 * cli.h - the commands, one file each, and what they share.
 *
 * The tables here are also what --help prints. Exit codes: 0 done; 1 the environment does not allow
 * it (settings, files, database); 2 wrong usage; 3 refused (no such user, login taken, bad value).
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifndef CALLGATE_CLI_H
#define CALLGATE_CLI_H

#include "actions/actions.h"
#include "config/config.h"
#include "dao/dao.h"
#include "util/util.h"
#include "view/view.h"

enum { EXIT_DONE = 0, EXIT_CANNOT = 1, EXIT_USAGE = 2, EXIT_REFUSED = 3 };

#define CLI_TEMPLATES_DIR  PKGDATADIR "/templates"
#define CLI_MIGRATIONS_DIR PKGDATADIR "/migrations"

struct cli_option {
    const char *name;     /* "client-id"; NULL ends a table */
    const char *argument; /* what help calls its value; NULL: a flag; "[…]": may be left out */
    const char *help;
};

enum { CLI_OPTIONS_MAX = 16 };

struct cli;

struct cli_command {
    const char *name;      /* "user add"; NULL ends the table */
    const char *arguments; /* "LOGIN"; "" for none */
    const char *help;
    const struct cli_option *options; /* NULL: none */
    int (*run)(struct cli *cli);
};

struct cli {
    struct arena *arena;
    const char *conf; /* -c, or CALLGATE_CONF; NULL: the default path */
    const struct cli_command *command;
    const char *argument;                /* the one positional argument; NULL: none */
    const char *values[CLI_OPTIONS_MAX]; /* by index in command->options; "" for a flag given */
    struct settings settings;            /* after cli_settings() */
};

/* options.c */

/* Finds the command and its options; -1, or the exit code with which to end now (help, usage). */
int cli_parse(struct cli *cli, const struct cli_command *commands, int argc, char **argv);
void cli_help(const struct cli_command *commands);
/* An option's value; NULL if it was not given. */
const char *cli_value(const struct cli *cli, const char *name);

/* Settings, with logging to stderr (commands) until serve changes it. False: said on stderr. */
bool cli_settings(struct cli *cli) MUST_CHECK;
/* The store as the runtime role; closed with the arena. */
struct dao *cli_dao(struct cli *cli);
/* Says on stderr what a status means and returns its exit code. */
int cli_failure(enum status status);
/* One sentence on stderr; returns `code`. */
int cli_say(int code, const char *format, ...) PRINTF_LIKE(2, 3);
/* The wording of a message key. NULL: the catalogue can't be opened (said on stderr). */
const char *cli_message(struct cli *cli, const char *key);
/* Who acts from a shell: "shell:NAME". */
struct action cli_action(struct cli *cli);

/* serve.c: also for a socket on descriptor 0 that a web server gave us */
int cli_serve(struct cli *cli);
int cli_serve_descriptor(struct cli *cli, int fd);

/* check.c, migrate.c, purge.c, user.c */
int cli_check(struct cli *cli);
int cli_migrate(struct cli *cli);
int cli_purge(struct cli *cli);
int cli_user_add(struct cli *cli);
int cli_user_passwd(struct cli *cli);
int cli_user_set(struct cli *cli);
int cli_user_list(struct cli *cli);

extern const struct cli_option cli_user_add_options[], cli_user_set_options[],
    cli_user_list_options[];

/* world.c: what serving needs, made before the fork; also what `check` proves */
struct web;
bool cli_world_open(struct cli *cli, struct web *web, struct fault *fault) MUST_CHECK;
struct dao_options cli_dao_options(const struct cli *cli);

#endif
