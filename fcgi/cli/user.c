/*
 * user.c - PBX users from the shell: add, passwd, set, list.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

#define USER_OPTIONS                                                                               \
    { "name", "NAME", "the person's name" }, { "email", "ADDRESS", "e-mail address" },             \
        { "access", "full|read_only", "what API requests may do (default full)" },                 \
        { "admin", "[yes|no]", "an administrator; has no level of its own" },                      \
        { "dealer-id", "N", "level: this dealer" }, { "client-id", "N", "level: this client" },    \
        { "extension-group-id", "N", "level: this group of extensions" },                          \
        { "extension-id", "N", "level: this extension" },                                          \
        { "tenant-id", "N", "the client it belongs to (a client-level user's own by itself)" },    \
        { "timezone", "ZONE", "such as Europe/Moscow (default UTC)" },                             \
        { "must-change-password", "[yes|no]", "asked for a new one at the next sign-in" },         \
    {                                                                                              \
        "extra-params", "JSON", "any JSON, given out by GET /user/"                                \
    }

const struct cli_option cli_user_add_options[] = { USER_OPTIONS, { 0 } };

const struct cli_option cli_user_set_options[] = {
    USER_OPTIONS,
    { "status", "active|blocked", "a blocked user can't sign in, and its tokens are dead" },
    { 0 },
};

const struct cli_option cli_user_list_options[] = {
    { "json", NULL, "one JSON object a line" },
    { 0 },
};

static int
take_password(char out[static CLI_LINE_SIZE])
{
    char again[CLI_LINE_SIZE];
    if (!cli_read_hidden("Password: ", out))
        return cli_say(EXIT_USAGE, "the password comes as the first line of standard input");
    if (!isatty(STDIN_FILENO))
        return -1;
    bool same = cli_read_hidden("The same again: ", again) && text_equal(out, again);
    explicit_bzero(again, sizeof again);
    return same ? -1 : cli_say(EXIT_REFUSED, "the two are not the same");
}

static bool
take_id(struct cli *cli, const char *name, int64_t *out)
{
    return cli_take_number(cli, name, INT64_MAX, "a whole number (0 for none)", out);
}

/* A level given anew replaces the one there was. */
static bool
take_levels(struct cli *cli, struct user *user)
{
    bool any = cli_value(cli, "dealer-id") != NULL || cli_value(cli, "client-id") != NULL ||
               cli_value(cli, "extension-group-id") != NULL ||
               cli_value(cli, "extension-id") != NULL;
    if (any || user->admin) {
        user->dealer_id = user->client_id = 0;
        user->extension_group_id = user->extension_id = 0;
    }
    if (!take_id(cli, "dealer-id", &user->dealer_id) ||
        !take_id(cli, "client-id", &user->client_id) ||
        !take_id(cli, "extension-group-id", &user->extension_group_id) ||
        !take_id(cli, "extension-id", &user->extension_id) ||
        !take_id(cli, "tenant-id", &user->tenant_id))
        return false;
    if (user->client_id != 0 && cli_value(cli, "tenant-id") == NULL)
        user->tenant_id = user->client_id;
    return true;
}

static bool
take_options(struct cli *cli, struct user *user)
{
    int admin = user->admin, access = (int)user->access, must = user->must_change_password;
    if (!cli_take_text(cli, "name", &user->name) || !cli_take_text(cli, "email", &user->email) ||
        !cli_take_text(cli, "timezone", &user->timezone) ||
        !cli_take_text(cli, "extra-params", &user->extra_params) ||
        !cli_take_choice(cli, "admin", cli_no_yes, 2, &admin) ||
        !cli_take_choice(cli, "must-change-password", cli_no_yes, 2, &must) ||
        !cli_take_choice(cli, "access", user_access_names, ACCESS__MAX, &access))
        return false;
    user->admin = admin == 1;
    user->must_change_password = must == 1;
    user->access = (enum user_access)access;
    if (user->extra_params != NULL && model_parse(cli->arena, user->extra_params) == NULL) {
        cli_say(0, "--extra-params is not JSON");
        return false;
    }
    return take_levels(cli, user);
}

/* Settings and hashes; false: said on stderr. */
static bool
prepare(struct cli *cli)
{
    struct fault fault;
    if (!cli_settings(cli))
        return false;
    struct password_options password = {
        .scheme = cli->settings.password_scheme,
        .cost = cli->settings.password_cost,
        .parallel = cli->settings.password_parallel,
    };
    if (password_open(&password, &fault))
        return true;
    cli_say(0, "%s", fault.text);
    return false;
}

int
cli_user_add(struct cli *cli)
{
    char password[CLI_LINE_SIZE];
    const char *problem;
    struct user user = { .login = cli->argument, .name = "", .email = "", .timezone = "UTC" };
    if (!take_options(cli, &user))
        return EXIT_USAGE;
    if (!prepare(cli))
        return EXIT_CANNOT;
    int code = take_password(password);
    if (code >= 0)
        return code;
    struct action action = cli_action(cli);
    enum status status = action_user_add(&action, &user, password, &problem);
    explicit_bzero(password, sizeof password);
    return cli_finish(cli, status, problem);
}

int
cli_user_passwd(struct cli *cli)
{
    char password[CLI_LINE_SIZE];
    const char *problem;
    if (!prepare(cli))
        return EXIT_CANNOT;
    int code = take_password(password);
    if (code >= 0)
        return code;
    struct action action = cli_action(cli);
    enum status status = action_user_password(&action, cli->argument, password, &problem);
    explicit_bzero(password, sizeof password);
    return cli_finish(cli, status, problem);
}

int
cli_user_set(struct cli *cli)
{
    struct user user;
    const char *hash, *problem;
    bool found;
    if (!cli_settings(cli))
        return EXIT_CANNOT;
    struct action action = cli_action(cli);
    enum status status =
        dao_user_find_by_login(action.dao, cli->arena, cli->argument, &user, &hash, &found);
    if (status != OK)
        return cli_failure(status);
    if (!found)
        return cli_finish(cli, OK, "error.login.unknown");
    int user_status = (int)user.status;
    if (!take_options(cli, &user) ||
        !cli_take_choice(cli, "status", user_status_names, USER_STATUS__MAX, &user_status))
        return EXIT_USAGE;
    user.status = (enum user_status)user_status;
    status = action_user_set(&action, &user, &problem);
    return cli_finish(cli, status, problem);
}

static const char *
level_text(struct arena *arena, const struct user *user)
{
    if (user->admin)
        return "administrator";
    const char *name = user->dealer_id != 0            ? "dealer"
                       : user->client_id != 0          ? "client"
                       : user->extension_group_id != 0 ? "extension group"
                                                       : "extension";
    int64_t id = user->dealer_id + user->client_id + user->extension_group_id + user->extension_id;
    return arena_printf(arena, "%s %lld", name, (long long)id);
}

static void
print_json(struct arena *arena, const struct user *user)
{
    struct model *model = model_object(arena);
    model_number(model, "id", user->id);
    model_text(model, "login", user->login);
    model_text(model, "name", user->name);
    model_text(model, "email", user->email);
    model_text(model, "status", user_status_names[user->status]);
    model_text(model, "access", user_access_names[user->access]);
    model_flag(model, "admin", user->admin);
    model_id(model, "dealer_id", user->dealer_id);
    model_id(model, "client_id", user->client_id);
    model_id(model, "extension_group_id", user->extension_group_id);
    model_id(model, "extension_id", user->extension_id);
    model_id(model, "tenant_id", user->tenant_id);
    model_text(model, "timezone", user->timezone);
    model_flag(model, "must_change_password", user->must_change_password);
    puts(model_emit_json(arena, model));
}

int
cli_user_list(struct cli *cli)
{
    struct dao_user_list list;
    if (!cli_settings(cli))
        return EXIT_CANNOT;
    enum status status = dao_user_list(cli_dao(cli), cli->arena, &list);
    if (status != OK)
        return cli_failure(status);
    bool json = cli_value(cli, "json") != NULL;
    if (!json)
        printf("%-24s %-20s %-8s %-9s %s\n", "LOGIN", "LEVEL", "STATUS", "ACCESS", "NAME");
    for (size_t i = 0; i < list.count; i++) {
        const struct user *user = &list.items[i];
        if (json)
            print_json(cli->arena, user);
        else
            printf("%-24s %-20s %-8s %-9s %s\n", user->login, level_text(cli->arena, user),
                   user_status_names[user->status], user_access_names[user->access],
                   cli_shown(cli->arena, user->name));
    }
    return EXIT_DONE;
}
