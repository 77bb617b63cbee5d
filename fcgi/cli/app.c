/*
 * app.c - applications from the shell: list, show, set, secret, delete, revoke.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

enum { BATCH = 500, OVERLAP_MAX_DAYS = 7, DAY_MS = 24 * 60 * 60 * 1000 };

const struct cli_option cli_app_list_options[] = {
    { "owner", "LOGIN", "this user's only" },
    { "json", NULL, "one JSON object a line" },
    { 0 },
};

const struct cli_option cli_app_show_options[] = {
    { "json", NULL, "as a JSON object" },
    { 0 },
};

const struct cli_option cli_app_set_options[] = {
    { "level", "call_api|all", "what its tokens can do; in force at the next request" },
    { "until", "DATE", "with --level=all: the last day of it (UTC), or 2026-12-31T18:00:00Z" },
    { "status", "active|disabled", "a disabled one gets no tokens, and those it has are refused" },
    { "name", "NAME", "as people see it" },
    { "description", "TEXT", "what it does, and whom to ask about it; empty: none" },
    { "redirect-urls", "URLS", "separated by blanks; empty: none" },
    { "api-backend", "[yes|no]", "may introspect every token, as the API behind the gate does" },
    { "type", "public|trusted|password_credentials", "ends its secrets, consents and tokens" },
    { "owner", "LOGIN", "ends its secrets, consents and tokens" },
    { 0 },
};

const struct cli_option cli_app_secret_options[] = {
    { "overlap", "DAYS", "the secret before works for so long yet, 0 (default) to 7" },
    { "remove", NULL, "make none, but end the older of two now" },
    { 0 },
};

const struct cli_option cli_app_delete_options[] = {
    { "yes", NULL, "without asking; required where there is no terminal" },
    { 0 },
};

static void
print_json(struct arena *arena, const struct app *app)
{
    struct model *model = model_object(arena);
    model_text(model, "app_id", app->app_id);
    model_text(model, "name", app->name);
    model_text(model, "description", app->description);
    model_text(model, "owner", app->owner_login);
    model_text(model, "type", app_type_names[app->type]);
    model_text(model, "level", app_level_names[app->level]);
    model_text(model, "level_until", cli_time(arena, app->level_until_ms));
    model_text(model, "status", app_status_names[app->status]);
    model_flag(model, "native", app->native);
    model_flag(model, "api_backend", app->api_backend);
    model_number(model, "generation", app->generation);
    struct model *urls = model_list(model, "redirect_urls");
    for (size_t i = 0; i < app->redirect_url_count; i++)
        model_append_text(urls, app->redirect_urls[i]);
    model_text(model, "created_by_app", app->created_by);
    model_text(model, "created", cli_time(arena, app->created_ms));
    model_text(model, "last_used", cli_time(arena, app->last_used_ms));
    puts(model_emit_json(arena, model));
}

/* The name comes last: it is of any width. */
static void
print_row(struct arena *arena, const struct app *app)
{
    const char *used = cli_time(arena, app->last_used_ms);
    printf("%s %-16s %-20s %-8s %-8s %-10.10s %s\n", app->app_id, app->owner_login,
           app_type_names[app->type], app_level_names[app->level], app_status_names[app->status],
           used == NULL ? "never" : used, cli_shown(arena, app->name));
}

static enum status
list(struct dao *dao, struct arena *arena, const char *owner, bool json, size_t *count)
{
    struct dao_app_list batch;
    int64_t before = 0;
    *count = 0;
    do {
        enum status status = dao_app_list_all(dao, arena, owner, before, BATCH, &batch);
        if (status != OK)
            return status;
        if (*count == 0 && !json)
            printf("%-32s %-16s %-20s %-8s %-8s %-10s %s\n", "APP ID", "OWNER", "TYPE", "LEVEL",
                   "STATUS", "LAST USED", "NAME");
        for (size_t i = 0; i < batch.count; i++)
            (json ? print_json : print_row)(arena, &batch.items[i]);
        *count += batch.count;
        before = batch.count == 0 ? 0 : batch.items[batch.count - 1].id;
        arena_reset(arena);
    } while (batch.more);
    return OK;
}

int
cli_app_list(struct cli *cli)
{
    const char *owner = NULL, *hash;
    struct user user;
    size_t count;
    bool found = true;
    if (!cli_take_text(cli, "owner", &owner))
        return EXIT_USAGE;
    if (!cli_settings(cli))
        return EXIT_CANNOT;
    struct dao *dao = cli_dao(cli);
    enum status status = OK;
    if (owner != NULL)
        status = dao_user_find_by_login(dao, cli->arena, owner, &user, &hash, &found);
    if (status != OK || !found)
        return cli_finish(cli, status, "error.login.unknown");
    struct arena *arena = arena_open(); /* for a batch: there may be many */
    status = list(dao, arena, owner, cli_value(cli, "json") != NULL, &count);
    arena_close(arena);
    return cli_finish(cli, status, NULL);
}

/* `out` is set only if this is EXIT_DONE. */
static int
find(struct cli *cli, struct dao *dao, struct app *out)
{
    bool found = false;
    enum status status = dao_app_find(dao, cli->arena, cli->argument, out, &found);
    return cli_finish(cli, status, found ? NULL : "error.app.unknown");
}

/* An end that has come is of no interest: the level is the one of now. */
static const char *
level_text(struct arena *arena, const struct app *app)
{
    const char *name = app_level_names[app->level];
    if (app->level == LEVEL_CALL_API || app->level_until_ms == 0)
        return name;
    return arena_printf(arena, "%s until %s", name, cli_time(arena, app->level_until_ms));
}

static void
print_fields(struct arena *arena, const struct app *app)
{
    const char *used = cli_time(arena, app->last_used_ms);
    const char *type = app_type_names[app->type];
    cli_print_field(arena, "App ID", app->app_id);
    cli_print_field(arena, "Name", app->name);
    if (*app->description != '\0')
        cli_print_field(arena, "Description", app->description);
    cli_print_field(arena, "Owner", app->owner_login);
    cli_print_field(arena, "Type", app->native ? arena_printf(arena, "%s, native", type) : type);
    cli_print_field(arena, "Level", level_text(arena, app));
    cli_print_field(arena, "Status", app_status_names[app->status]);
    cli_print_field(arena, "API back-end", cli_no_yes[app->api_backend]);
    for (size_t i = 0; i < app->redirect_url_count; i++)
        cli_print_field(arena, i == 0 ? "Redirect URLs" : "", app->redirect_urls[i]);
    if (app->redirect_url_count == 0)
        cli_print_field(arena, "Redirect URLs", "none");
    if (app->created_by != NULL)
        cli_print_field(arena, "Made by",
                        arena_printf(arena, "%s %s", app->created_by, app->created_by_name));
    cli_print_field(arena, "Generation", arena_printf(arena, "%lld", (long long)app->generation));
    cli_print_field(arena, "Created", cli_time(arena, app->created_ms));
    cli_print_field(arena, "Last used", used == NULL ? "never" : used);
}

int
cli_app_show(struct cli *cli)
{
    struct app app;
    if (!cli_settings(cli))
        return EXIT_CANNOT;
    int code = find(cli, cli_dao(cli), &app);
    if (code == EXIT_DONE)
        (cli_value(cli, "json") != NULL ? print_json : print_fields)(cli->arena, &app);
    return code;
}

/* What an app_change points to. */
struct chosen {
    enum app_type type;
    enum app_level level;
    enum app_status status;
    bool api_backend;
};

static bool
take_change(struct cli *cli, struct chosen *chosen, struct app_change *out)
{
    int type = -1, level = -1, status = -1, backend = -1;
    if (!cli_take_text(cli, "name", &out->name) ||
        !cli_take_text(cli, "description", &out->description) ||
        !cli_take_text(cli, "redirect-urls", &out->redirect_urls) ||
        !cli_take_text(cli, "owner", &out->owner_login) ||
        !cli_take_choice(cli, "type", app_type_names, APP_TYPE__MAX, &type) ||
        !cli_take_choice(cli, "level", app_level_names, LEVEL__MAX, &level) ||
        !cli_take_choice(cli, "status", app_status_names, APP_STATUS__MAX, &status) ||
        !cli_take_choice(cli, "api-backend", cli_no_yes, 2, &backend))
        return false;
    chosen->type = (enum app_type)type;
    chosen->level = (enum app_level)level;
    chosen->status = (enum app_status)status;
    chosen->api_backend = backend == 1;
    out->type = type < 0 ? NULL : &chosen->type;
    out->level = level < 0 ? NULL : &chosen->level;
    out->status = status < 0 ? NULL : &chosen->status;
    out->api_backend = backend < 0 ? NULL : &chosen->api_backend;
    if (out->name != NULL || out->description != NULL || out->redirect_urls != NULL ||
        out->owner_login != NULL || type >= 0 || level >= 0 || status >= 0 || backend >= 0)
        return true;
    cli_say(0, "app set needs one of its options at least (see callgate app set --help)");
    return false;
}

/* -1, or the exit code: --until is no moment to come, or stands alone. */
static int
take_until(struct cli *cli, struct app_change *out)
{
    const char *text = NULL;
    if (!cli_take_text(cli, "until", &text))
        return EXIT_USAGE;
    if (text == NULL)
        return -1;
    if (out->level == NULL || *out->level != LEVEL_ALL)
        return cli_say(EXIT_USAGE, "--until says how long --level=all lasts, and needs it");
    const char *problem = app_level_until_parse(text, clock_wall_ms(), &out->level_until_ms);
    return problem == NULL ? -1 : cli_finish(cli, OK, problem);
}

/* -1, or the exit code: a redirect URL is none that may be registered. */
static int
check_redirect_urls(struct cli *cli, const struct app_change *change)
{
    struct redirect_urls urls;
    if (change->redirect_urls == NULL)
        return -1;
    const char *problem = redirect_urls_parse(cli->arena, change->redirect_urls, &urls);
    cli->about = urls.bad;
    return problem == NULL ? -1 : cli_finish(cli, OK, problem);
}

/* The application after another type or owner. */
static int
tell_ended(struct cli *cli, struct dao *dao)
{
    struct app app;
    int code = find(cli, dao, &app);
    if (code != EXIT_DONE)
        return code;
    printf("secrets, consents and tokens have ended; the level is %s\n",
           app_level_names[app.level]);
    if (!app.native)
        printf("make a new secret with `callgate app secret %s`\n", app.app_id);
    return code;
}

int
cli_app_set(struct cli *cli)
{
    struct app_change change = { .app_id = cli->argument };
    struct dao_app_changed changed;
    struct chosen chosen;
    const char *problem;
    if (!take_change(cli, &chosen, &change))
        return EXIT_USAGE;
    if (!cli_settings(cli))
        return EXIT_CANNOT;
    int code = take_until(cli, &change);
    if (code < 0)
        code = check_redirect_urls(cli, &change);
    if (code >= 0)
        return code;
    struct action action = cli_action(cli);
    enum status status = action_app_set(&action, &change, &changed, &problem);
    if (status != OK || problem != NULL)
        return cli_finish(cli, status, problem);
    if (!changed.changed)
        puts("nothing changed");
    return changed.anew ? tell_ended(cli, action.dao) : EXIT_DONE;
}

static int
remove_secret(struct cli *cli)
{
    const char *problem;
    if (cli_value(cli, "overlap") != NULL)
        return cli_say(EXIT_USAGE, "--remove makes no secret that another could overlap with");
    if (!cli_settings(cli))
        return EXIT_CANNOT;
    struct action action = cli_action(cli);
    enum status status = action_app_secret_remove(&action, cli->argument, 0, 0, &problem);
    return cli_finish(cli, status, problem);
}

int
cli_app_secret(struct cli *cli)
{
    char secret[APP_ID_LENGTH + 1];
    const char *problem;
    int64_t days = 0;
    if (cli_value(cli, "remove") != NULL)
        return remove_secret(cli);
    if (!cli_take_number(cli, "overlap", OVERLAP_MAX_DAYS, "a number of days from 0 to 7", &days))
        return EXIT_USAGE;
    if (!cli_settings(cli))
        return EXIT_CANNOT;
    struct action action = cli_action(cli);
    enum status status = action_app_secret(&action, cli->argument, days * DAY_MS, secret, &problem);
    if (status != OK || problem != NULL)
        return cli_finish(cli, status, problem);
    bool written = puts(secret) >= 0 && fflush(stdout) == 0;
    explicit_bzero(secret, sizeof secret);
    if (!written)
        return cli_say(EXIT_CANNOT, "the new secret can't be written, and is lost: make another");
    if (isatty(STDERR_FILENO))
        cli_say(0, "it is shown this once; the secret before it %s",
                days == 0 ? "has ended"
                          : arena_printf(cli->arena, "works for %lld day%s more", (long long)days,
                                         days == 1 ? "" : "s"));
    return EXIT_DONE;
}

/* -1, or the exit code if it is not to be deleted. */
static int
confirm(struct cli *cli, struct dao *dao)
{
    struct app app;
    char line[64];
    int code = find(cli, dao, &app);
    if (code != EXIT_DONE)
        return code;
    fprintf(stderr,
            "%s, of %s, will be deleted with its secrets, consents and tokens.\n"
            "Type its App ID to confirm: ",
            cli_shown(cli->arena, app.name), app.owner_login);
    if (fgets(line, sizeof line, stdin) == NULL)
        line[0] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    return text_equal(line, app.app_id) ? -1 : cli_say(EXIT_REFUSED, "not deleted");
}

int
cli_app_delete(struct cli *cli)
{
    const char *problem;
    bool sure = cli_value(cli, "yes") != NULL;
    if (!sure && !isatty(STDIN_FILENO))
        return cli_say(EXIT_USAGE, "there is no terminal to ask on: app delete needs --yes");
    if (!cli_settings(cli))
        return EXIT_CANNOT;
    struct action action = cli_action(cli);
    int code = sure ? -1 : confirm(cli, action.dao);
    if (code >= 0)
        return code;
    enum status status = action_app_delete(&action, cli->argument, 0, &problem);
    return cli_finish(cli, status, problem);
}

int
cli_app_revoke(struct cli *cli)
{
    const char *problem;
    if (!cli_settings(cli))
        return EXIT_CANNOT;
    struct action action = cli_action(cli);
    enum status status = action_app_revoke_tokens(&action, cli->argument, &problem);
    return cli_finish(cli, status, problem);
}
