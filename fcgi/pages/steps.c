/*
 * steps.c - an application as pages describe it, and what to do next with it.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "pages/pages.h"

static const char *
label(struct web_request *request, const char *table, const char *name)
{
    return view_message(request->view, request->arena,
                        arena_printf(request->arena, "%s.%s.label", table, name), NULL);
}

void
page_app_model(struct web_request *request, struct model *model, const struct app *app)
{
    model_text(model, "name", app->name);
    model_text(model, "app_id", app->app_id);
    model_text(model, "type_label", label(request, "type", app_type_names[app->type]));
    model_text(model, "level_label", label(request, "level", app_level_names[app->level]));
    model_text(model, "page_url", arena_printf(request->arena, "/app/%s/", app->app_id));
}

const char *
page_app_unused(struct web_request *request, const struct app *app)
{
    const struct settings *settings = request->web->settings;
    if (!app_is_unused(app, clock_wall_ms(), settings->app_unused_warn))
        return NULL;
    const char *since = web_date(request, app->unused_since_ms);
    if (settings->app_unused_disable == 0 || app->status == APP_DISABLED)
        return view_message(request->view, request->arena, "unused.since", "since", since, NULL);
    return view_message(request->view, request->arena, "unused.disabled", "since", since, "date",
                        web_date(request, app->unused_since_ms + settings->app_unused_disable),
                        NULL);
}

/* A browser alone can't make a native application's challenge; other types are not asked in one. */
static const char *
try_url(struct web_request *request, const struct app *app, const char *authorize_url,
        const char *redirect_url)
{
    if (app->type != APP_PUBLIC || app->native || app->status == APP_DISABLED)
        return NULL;
    const char *url = arena_printf(request->arena, "%s?response_type=code&client_id=%s",
                                   authorize_url, app->app_id);
    if (redirect_url == NULL)
        return url;
    return arena_printf(request->arena, "%s&redirect_uri=%s", url, redirect_url);
}

void
page_steps_model(struct web_request *request, struct model *model, const struct app *app,
                 const char *secret)
{
    const struct settings *settings = request->web->settings;
    const char *authorize_url =
        arena_printf(request->arena, "%s/oauth/authorize", settings->site_url);
    const char *redirect_url =
        app->redirect_url_count == 0 ? NULL : uri_escape(request->arena, app->redirect_urls[0]);
    model_flag(model, "is_public", app->type == APP_PUBLIC);
    model_flag(model, "is_trusted", app->type == APP_TRUSTED);
    model_flag(model, "is_password", app->type == APP_PASSWORD_CREDENTIALS);
    model_flag(model, "native", app->native);
    model_text(model, "secret_or_word", secret == NULL ? "APP_SECRET" : secret);
    model_text(model, "token_url",
               arena_printf(request->arena, "%s/oauth/token", settings->site_url));
    model_text(model, "authorize_url", authorize_url);
    model_text(
        model, "api_user_url",
        arena_printf(request->arena, "%s%suser/", settings->site_url, settings->gate_prefix));
    model_text(model, "first_redirect_url", redirect_url);
    model_text(model, "try_url", try_url(request, app, authorize_url, redirect_url));
}
