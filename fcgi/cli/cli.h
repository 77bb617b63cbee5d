/*
 * cli.h - the commands, one file each, and what they share.
 *
 * The tables here are also what --help prints. Exit codes: 0 done; 1 the environment does not allow
 * it (settings, files, database); 2 wrong usage; 3 refused (no such user or application, login
 * taken, bad value).
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
#define CLI_RULES_FILE     PKGDATADIR "/api.rules"

struct cli_option {
    const char *name;     /* "client-id"; NULL ends a table */
    const char *argument; /* what help calls its value; NULL: a flag; "[…]": may be left out */
    const char *help;
};

enum { CLI_OPTIONS_MAX = 16 };

struct cli;

struct cli_command {
    const char *name;      /* "user add"; NULL ends the table */
    const char *arguments; /* "LOGIN", "METHOD ADDRESS", "[FILE]"; "" for none */
    const char *help;
    const struct cli_option *options; /* NULL: none */
    int (*run)(struct cli *cli);
};

struct cli {
    struct arena *arena;
    const char *conf; /* -c, or CALLGATE_CONF; NULL: the default path */
    const struct cli_command *command;
    const char *argument, *argument2;    /* positional; NULL: none */
    const char *values[CLI_OPTIONS_MAX]; /* by index in command->options; "yes" without value */
    const char *about;                   /* {url} of a message; NULL: none */
    struct settings settings;            /* after cli_settings() */
    struct view *view;                   /* after cli_view() */
};

/* options.c */

/* Finds the command and its options; -1, or the exit code with which to end now (help, usage). */
int cli_parse(struct cli *cli, const struct cli_command *commands, int argc, char **argv);
void cli_help(const struct cli_command *commands);
/* An option's value; NULL if it was not given. */
const char *cli_value(const struct cli *cli, const char *name);
/*
 * An option's value into *out, which stays as it is if the option was not given. False: not a value
 * of its kind (said on stderr).
 */
bool cli_take_text(struct cli *cli, const char *name, const char **out) MUST_CHECK;
bool cli_take_number(struct cli *cli, const char *name, int64_t max, const char *what,
                     int64_t *out) MUST_CHECK;
bool cli_take_choice(struct cli *cli, const char *name, const char *const *choices, int count,
                     int *out) MUST_CHECK;
extern const char *const cli_no_yes[2];

enum { CLI_LINE_SIZE = 1024 };
/* One line of stdin, not shown while it is typed; false at its end or if it is too long. */
bool cli_read_hidden(const char *prompt, char out[static CLI_LINE_SIZE]) MUST_CHECK;

/* Settings, with logging to stderr (commands) until serve changes it. False: said on stderr. */
bool cli_settings(struct cli *cli) MUST_CHECK;
/* The store as the runtime role; closed with the arena. */
struct dao *cli_dao(struct cli *cli);
/* Says on stderr what a status means and returns its exit code. */
int cli_failure(enum status status);
/* One sentence on stderr; returns `code`. */
int cli_say(int code, const char *format, ...) PRINTF_LIKE(2, 3);
/* The catalogue of messages; NULL: it can't be opened (said on stderr). */
const struct view *cli_view(struct cli *cli);
/* The wording of a message key. NULL: the catalogue can't be opened (said on stderr). */
const char *cli_message(struct cli *cli, const char *key);
/* How an action ended: its exit code, with what is wrong said on stderr. */
int cli_finish(struct cli *cli, enum status status, const char *problem);
/* "2026-12-31T18:00:00Z"; NULL for 0, which is never. */
const char *cli_time(struct arena *arena, int64_t wall_ms);
/* A label and a text, whose further lines stand below the first. */
void cli_print_field(struct arena *arena, const char *label, const char *text);
/* For a terminal: ? in the place of each character that could play tricks there. */
const char *cli_shown(struct arena *arena, const char *text);
/* Who acts from a shell: "shell:NAME". */
struct action cli_action(struct cli *cli);

/* serve.c: also for a socket on descriptor 0 that a web server gave us */
int cli_serve(struct cli *cli);
int cli_serve_descriptor(struct cli *cli, int fd);

/* app.c, app_usage.c, audit.c, check.c, migrate.c, purge.c, request.c, user.c, user_import.c */
int cli_app_list(struct cli *cli);
int cli_app_show(struct cli *cli);
int cli_app_set(struct cli *cli);
int cli_app_secret(struct cli *cli);
int cli_app_delete(struct cli *cli);
int cli_app_usage(struct cli *cli);
int cli_audit_list(struct cli *cli);
int cli_app_revoke(struct cli *cli);
int cli_request_list(struct cli *cli);
int cli_request_show(struct cli *cli);
int cli_request_approve(struct cli *cli);
int cli_request_decline(struct cli *cli);
int cli_check(struct cli *cli);
int cli_migrate(struct cli *cli);
int cli_purge(struct cli *cli);
int cli_user_add(struct cli *cli);
int cli_user_passwd(struct cli *cli);
int cli_user_set(struct cli *cli);
int cli_user_list(struct cli *cli);
int cli_user_import(struct cli *cli);

extern const struct cli_option cli_app_list_options[], cli_app_show_options[],
    cli_app_set_options[], cli_app_secret_options[], cli_app_delete_options[],
    cli_app_usage_options[], cli_request_list_options[], cli_request_approve_options[],
    cli_request_decline_options[], cli_user_add_options[], cli_user_set_options[],
    cli_user_list_options[], cli_user_import_options[], cli_audit_list_options[];

/* world.c: what serving needs, made before the fork; also what `check` proves */
struct web;
/* Log and passwords. May be called again; false: passwords are as before, the log perhaps not. */
bool cli_process_open(const struct settings *settings, struct fault *fault) MUST_CHECK;
/* `web` of cli->settings, which live as long; closed with cli->arena. */
bool cli_web_open(struct cli *cli, struct web *web, struct fault *fault) MUST_CHECK;
struct dao_options cli_dao_options(const struct cli *cli);

/* rules.c: what the API's paths are for */
/* The rules of gate.rules, in the cli's arena. */
bool cli_rules_open(struct cli *cli, const struct api_rules **out, struct fault *fault) MUST_CHECK;
int cli_rules_check(struct cli *cli);
int cli_rules_test(struct cli *cli);
extern const struct cli_option cli_rules_test_options[];

/* token.c */
int cli_token_explain(struct cli *cli);

/* doctor.c; its exit codes are 0 nothing found, 1 faults, 2 wrong usage, 3 could not ask */
int cli_doctor(struct cli *cli);
extern const struct cli_option cli_doctor_options[];

#endif
