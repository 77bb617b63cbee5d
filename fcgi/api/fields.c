/*
 * fields.c - what the resources with fields have in common: refusing, paging, dates.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "api/api_int.h"

enum { PER_PAGE = 50, PER_PAGE_MAX = 100 };

enum status
api_fields_check(struct web_request *request, bool *pass)
{
    const struct web_field *fields = request->route->fields;
    const char *twice = web_fields_twice(request);
    *pass = false;
    if (twice != NULL)
        return web_reply_error(request, 400, "bad_request",
                               arena_printf(request->arena, "The parameter %s came twice.", twice));
    for (size_t i = 0; fields[i].name != NULL; i++)
        if (request->values[i].problem != NULL)
            return web_reply_error(request, 422, "unprocessable",
                                   arena_printf(request->arena, "%s: %s", fields[i].name,
                                                web_fields_problem(request, i)));
    *pass = true;
    return OK;
}

/* ---- what nobody may set here ---- */

bool
api_is_yes(const char *value)
{
    return text_equal(value, "1") || text_equal(value, "true");
}

static bool
is_no(const char *value)
{
    return *value == '\0' || text_equal(value, "0") || text_equal(value, "false");
}

const char *
api_check_flag(const char *value)
{
    return is_no(value) || api_is_yes(value) ? NULL : "error.flag";
}

const char *
api_check_type(const char *value)
{
    return *value == '\0' ? NULL : app_check_type(value);
}

const char *
api_check_level(const char *value)
{
    return *value == '\0' ? NULL : app_check_level(value);
}

static bool
level_fits(const struct web_request *request, const struct app *app, const char *value)
{
    (void)request;
    return text_equal(value, app_level_names[LEVEL_CALL_API]) ||
           (app != NULL && text_equal(value, app_level_names[app->level]));
}

/* A new one is public or trusted; afterwards another type is another application. */
static bool
type_fits(const struct web_request *request, const struct app *app, const char *value)
{
    (void)request;
    return app == NULL ? !text_equal(value, app_type_names[APP_PASSWORD_CREDENTIALS])
                       : text_equal(value, app_type_names[app->type]);
}

static bool
native_fits(const struct web_request *request, const struct app *app, const char *value)
{
    (void)request;
    return app == NULL || (app->native ? api_is_yes(value) : is_no(value));
}

static bool
owner_fits(const struct web_request *request, const struct app *app, const char *value)
{
    (void)app;
    return text_equal(value, request->bearer.user.login);
}

static bool
api_backend_fits(const struct web_request *request, const struct app *app, const char *value)
{
    (void)request;
    return app != NULL && app->api_backend ? api_is_yes(value) : is_no(value);
}

static bool
password_fits(const struct web_request *request, const struct app *app, const char *value)
{
    (void)request;
    (void)app;
    return is_no(value);
}

static bool
status_fits(const struct web_request *request, const struct app *app, const char *value)
{
    (void)request;
    return text_equal(value, app_status_names[app == NULL ? APP_ACTIVE : app->status]);
}

static const struct {
    const char *field;
    bool (*fits)(const struct web_request *request, const struct app *app, const char *value);
} guarded[] = {
    { "level", level_fits },
    { "type", type_fits },
    { "native", native_fits },
    { "owner", owner_fits },
    { "api_backend", api_backend_fits },
    { "password_credentials", password_fits },
    { "status", status_fits },
};

enum status
api_fields_refuse(struct web_request *request, const struct app *app, bool *pass)
{
    *pass = true;
    for (size_t i = 0; i < LENGTH_OF(guarded); i++) {
        const char *field = guarded[i].field;
        const struct web_value *value = web_value(request, field);
        bool fits = !value->differs &&
                    (*value->value == '\0' || guarded[i].fits(request, app, value->value));
        if (fits)
            continue;
        struct action action = web_action(request);
        *pass = false;
        enum status status =
            action_app_field_refused(&action, app == NULL ? "" : app->app_id, field);
        if (status != OK)
            return status;
        return web_reply_error(request, 403, "forbidden_field",
                               arena_printf(request->arena,
                                            "The field %s can not be set to this through the API. "
                                            "Leave it out.",
                                            field));
    }
    return OK;
}

void
api_redirect_uris_check(struct web_request *request)
{
    struct redirect_urls urls;
    struct web_value *value = web_value(request, "redirect_uris");
    if (value->problem == NULL || text_equal(value->problem, "error.field.kind"))
        return;
    value->problem = redirect_urls_parse(request->arena, value->value, &urls);
    value->about = urls.bad;
}

/* ---- lists ---- */

const char *
api_check_per_page(const char *value)
{
    int64_t number;
    return *value == '\0' || (text_to_int(value, PER_PAGE_MAX, &number) && number > 0)
               ? NULL
               : "error.per_page";
}

const char *
api_check_before(const char *value)
{
    int64_t number;
    return *value == '\0' || (text_to_int(value, INT64_MAX, &number) && number > 0)
               ? NULL
               : "error.before";
}

/* Whoever counts pages would get the first one for ever. */
const char *
api_check_page(const char *value)
{
    return *value == '\0' || text_equal(value, "1") ? NULL : "error.page";
}

size_t
api_per_page(const struct web_request *request)
{
    int64_t number = PER_PAGE;
    if (!text_to_int(web_field(request, "per_page"), PER_PAGE_MAX, &number))
        return PER_PAGE;
    return (size_t)number;
}

int64_t
api_before(const struct web_request *request)
{
    int64_t number = 0;
    return text_to_int(web_field(request, "before"), INT64_MAX, &number) ? number : 0;
}

void
api_link_next(struct web_request *request, int64_t last)
{
    const struct http_pairs *query = &request->http->query;
    const struct web_field *fields = request->route->fields;
    const struct settings *settings = request->web->settings;
    struct buf link;
    buf_init(&link, request->arena, SIZE_MAX);
    buf_printf(&link, "<%s%s%s?before=%lld", settings->site_url, settings->gate_prefix,
               request->route->path + 1, (long long)last);
    for (size_t i = 0; fields[i].name != NULL; i++) {
        const char *value = http_pairs_find(query, fields[i].name);
        if (!text_is_empty(value) && !text_equal(fields[i].name, "before"))
            buf_printf(&link, "&%s=%s", fields[i].name, uri_escape(request->arena, value));
    }
    buf_text(&link, ">; rel=\"next\"");
    http_response_header(request->response, "Link", link.data);
}

const char *
api_date(struct arena *arena, int64_t ms)
{
    char text[21];
    if (ms == 0)
        return NULL;
    clock_format_utc(ms, text);
    return arena_printf(arena, "%.10s %.8s", text, text + 11);
}
