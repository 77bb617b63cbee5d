/*
 * world.c - what serving needs before the fork, all proved: log and passwords, which a process has
 * once; templates and routes, of which there may be two sets while one replaces the other.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "cli/cli.h"
#include "routes.h"
#include "web/web.h"

static enum log_level
log_level(const char *name)
{
    static const char *const names[LOG_AT__MAX] = { "error", "warning", "info", "debug" };
    int index = name_index(names, LOG_AT__MAX, name);
    return index < 0 ? LOG_AT_INFO : (enum log_level)index;
}

static void
close_view(void *view)
{
    view_close(view);
}

bool
cli_process_open(const struct settings *settings, struct fault *fault)
{
    struct log_options log = {
        .target = settings->log_target,
        .level = log_level(settings->log_level),
        .format = text_equal(settings->log_format, "json") ? LOG_JSON : LOG_KEY_VALUE,
    };
    struct password_options password = {
        .scheme = settings->password_scheme,
        .cost = settings->password_cost,
        .parallel = settings->password_parallel,
    };
    return log_open(&log, fault) && password_open(&password, fault);
}

bool
cli_web_open(struct cli *cli, struct web *web, struct fault *fault)
{
    const struct settings *settings = &cli->settings;
    struct view_options view = {
        .override_dir = *settings->templates_dir == '\0' ? NULL : settings->templates_dir,
        .dir = CLI_TEMPLATES_DIR,
        .language = "en",
    };
    struct view *opened = view_open(&view, fault);
    if (opened == NULL)
        return false;
    arena_defer(cli->arena, close_view, opened);
    *web = (struct web){
        .settings = settings,
        .routes = routes,
        .route_count = route_count,
        .view = opened,
        .sign_in_here = sign_in_page,
    };
    if (web_init(web, cli->arena) != OK)
        return fault_set(fault, "no digest can be made");
    return cli_rules_open(cli, &web->rules, fault) && web_check(web, fault);
}
