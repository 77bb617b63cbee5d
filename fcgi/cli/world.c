/*
 * world.c - what serving needs before the fork, all proved: log and passwords, which a process has
 * once; templates and routes, of which there may be two sets while one replaces the other.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <assert.h>

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

static const struct view *
open_view_of(struct cli *cli, const char *language, struct fault *fault)
{
    const struct settings *settings = &cli->settings;
    struct view_options options = {
        .override_dir = *settings->templates_dir == '\0' ? NULL : settings->templates_dir,
        .dir = CLI_TEMPLATES_DIR,
        .language = language,
    };
    struct view *view = view_open(&options, fault);
    if (view != NULL)
        arena_defer(cli->arena, close_view, view);
    return view;
}

/* One for each of site.languages; and English for programs. */
static bool
open_views(struct cli *cli, struct web *web, struct fault *fault)
{
    const char *cursor = cli->settings.site_languages, *language;
    web->view = open_view_of(cli, "en", fault);
    if (web->view == NULL)
        return false;
    while ((language = text_word(cli->arena, &cursor)) != NULL) {
        const struct view *view =
            text_equal(language, "en") ? web->view : open_view_of(cli, language, fault);
        if (view == NULL)
            return false;
        assert(web->view_count < HTTP_LANGUAGES_MAX); /* as settings.c sees to */
        web->views[web->view_count++] = view;
    }
    return true;
}

bool
cli_web_open(struct cli *cli, struct web *web, struct fault *fault)
{
    *web = (struct web){
        .settings = &cli->settings,
        .routes = routes,
        .route_count = route_count,
        .sign_in_here = sign_in_page,
    };
    if (!open_views(cli, web, fault) || !web_assets_open(web, cli->arena, fault))
        return false;
    web->zones = zone_list(cli->arena, &web->zone_count);
    if (web_init(web, cli->arena) != OK)
        return fault_set(fault, "no digest can be made");
    return cli_rules_open(cli, &web->rules, fault) && web_check(web, fault);
}
