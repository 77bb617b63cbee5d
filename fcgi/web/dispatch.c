/*
 * dispatch.c - from request to route to guard to handler, and what becomes of failures.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <stdio.h>
#include <string.h>

#include "web/web.h"

enum status
web_init(struct web *web, struct arena *arena)
{
    web->https = text_starts(web->settings->site_url, "https://");
    /* RFC 6265bis: a browser takes the prefix only with Secure, so never from plain http. */
    web->cookie_name = web->https ? "__Host-callgate" : "callgate";
    return web_assets_init(web, arena);
}

/*
 * Does `path` fit `pattern`, a last slash aside? Each {} takes one segment. `path` is what follows
 * the API's prefix for rows under it.
 */
static bool
path_fits(struct web_request *request, const char *pattern, const char *path)
{
    size_t count = 0;
    while (*pattern != '\0' && *path != '\0') {
        if (pattern[0] == '{' && pattern[1] == '}') {
            size_t length = strcspn(path, "/");
            if (length == 0 || count == WEB_ARGUMENTS_MAX)
                return false;
            request->arguments[count++] = arena_strndup(request->arena, path, length);
            pattern += 2;
            path += length;
            continue;
        }
        if (*pattern++ != *path++)
            return false;
    }
    /* At least one has ended; the other may have its last slash left. */
    if (*pattern == '/')
        pattern++;
    else if (*path == '/' && path[-1] != '/')
        path++;
    return *pattern == '\0' && *path == '\0';
}

static bool
route_fits(struct web_request *request, const struct web_route *route)
{
    const char *path = request->http->path;
    if (route->under_prefix) {
        const char *prefix = request->web->settings->gate_prefix;
        if (!text_starts(path, prefix))
            return false;
        path += strlen(prefix) - 1;
    }
    return path_fits(request, route->path, path);
}

static bool
method_fits(const struct web_route *route, enum http_method method)
{
    return route->method == method || (route->method == HTTP_GET && method == HTTP_HEAD);
}

/*
 * The row, or NULL and *allow: "GET, HEAD, POST" if the path exists. A literal row stands before
 * one with {} that fits as well, and the first row whose path fits decides which rows count.
 */
static const struct web_route *
find_route(struct web_request *request, const char **allow)
{
    const struct web *web = request->web;
    const char *path = NULL;
    struct buf methods;
    buf_init(&methods, request->arena, SIZE_MAX);
    for (size_t i = 0; i < web->route_count; i++) {
        const struct web_route *route = &web->routes[i];
        if (path != NULL && !text_equal(path, route->path))
            continue;
        if (!route_fits(request, route))
            continue;
        path = route->path;
        web_cors_load(request, route);
        if (method_fits(route, request->http->method))
            return route;
        if (methods.length > 0)
            buf_text(&methods, ", ");
        buf_text(&methods,
                 route->method == HTTP_GET ? "GET, HEAD" : http_method_name(route->method));
    }
    *allow = path == NULL ? NULL : methods.data;
    return NULL;
}

static enum web_kind
kind_of_path(const struct web_request *request)
{
    const char *path = request->http->path;
    if (path == NULL)
        return WEB_PAGE;
    if (text_starts(path, request->web->settings->gate_prefix))
        return WEB_API;
    return text_starts(path, "/.well-known/") ||
                   (text_starts(path, "/oauth/") && !text_starts(path, "/oauth/authorize"))
               ? WEB_OAUTH
               : WEB_PAGE;
}

static enum status
answer(struct web_request *request, enum http_fault fault)
{
    const char *allow = NULL;
    bool pass;
    request->kind = kind_of_path(request);
    if (fault != HTTP_FINE)
        return web_reply_fault(request, fault);
    request->route = find_route(request, &allow);
    if (request->route == NULL && allow == NULL)
        return web_reply_not_found(request);
    if (request->route == NULL && request->http->method == HTTP_OPTIONS &&
        request->cors_origin != NULL)
        return web_cors_preflight(request, allow);
    if (request->route == NULL) {
        http_response_header(request->response, "Allow", allow);
        return web_reply_error(request, 405, "method",
                               arena_printf(request->arena, "Allow: %s", allow));
    }
    request->kind = request->route->kind;
    enum status status = web_guard(request, &pass);
    if (status != OK || !pass)
        return status;
    return request->route->handler(request);
}

/* The one place where what our machine could not do becomes an answer. */
static void
answer_failure(struct web_request *request, enum status status)
{
    http_response_init(request->response, request->arena);
    /* Without random bytes nothing weaker is given out either: try again. */
    bool away = status == E_DB_DOWN || status == E_CRYPTO;
    enum status replied =
        request->kind == WEB_OAUTH
            ? web_reply_oauth_error(request,
                                    away ? OAUTH_TEMPORARILY_UNAVAILABLE : OAUTH_SERVER_ERROR, NULL)
            : web_reply_error(request, away ? 503 : 500, away ? "unavailable" : "internal", NULL);
    if (replied != OK)
        panic("no answer can be made");
}

void
web_handle(struct web *web, struct http_request *http, struct http_response *response)
{
    struct web_request request = {
        .web = web,
        .http = http,
        .response = response,
        .arena = http->arena,
        .view = web->view,
    };
    enum http_fault fault = http_request_parse(http);
    web_language_load(&request);
    enum status status = answer(&request, fault);
    if (status != OK)
        answer_failure(&request, status);
    zone_forget();
    http->log_route = request.route == NULL ? NULL : request.route->path;
}

void
web_log(const struct http_request *http, const struct http_response *response, double ms)
{
    char status[12], time[24];
    snprintf(status, sizeof status, "%d", response->status);
    snprintf(time, sizeof time, "%.1f", ms);
    /* The path only: a query may hold what must not be logged. */
    size_t length = strcspn(http->target, "?");
    if (length > 300)
        length = 300;
    log_access("addr", http->remote_addr, "method", http->method_text, "path",
               arena_strndup(http->arena, http->target, length), "status", status, "ms", time,
               "route", http->log_route, "app", http->log_app, "user", http->log_user, NULL);
}

struct action
web_action(struct web_request *request)
{
    const struct user *user = request->signed_in ? &request->session.user : NULL;
    const char *address = request->http->remote_addr;
    if (request->route->need == NEED_BEARER) {
        user = &request->bearer.user;
        address = arena_printf(request->arena, "%s via %s", address, request->bearer.app_id);
    }
    return (struct action){
        .dao = request->web->dao,
        .arena = request->arena,
        .actor = {
            .user_id = user == NULL ? 0 : user->id,
            .login = user == NULL ? "" : user->login,
            .address = address,
            .request_id = request->http->id,
        },
    };
}

struct throttle_limits
web_throttle_limits(const struct web_request *request)
{
    const struct settings *settings = request->web->settings;
    return (struct throttle_limits){
        .login = settings->throttle_login,
        .address = settings->throttle_address,
        .window_ms = settings->throttle_window,
    };
}

static bool
check_page(const struct web *web, const struct view_page *page, struct fault *fault)
{
    bool fine = page == NULL || view_check(web->view, page, web_frame_names, fault);
    for (size_t i = 0; page != NULL && fine && i < web->view_count; i++)
        fine = view_check(web->views[i], page, web_frame_names, fault);
    return fine;
}

/* What is asked again after a pause comes back through a page, where no secret may stand. */
static bool
check_row(const struct web_route *route, struct fault *fault)
{
    const struct web_field *fields = route->fields;
    if (!route->recent)
        return true;
    if (fields == NULL || (route->need != NEED_SESSION && route->need != NEED_ADMIN))
        return fault_set(fault, "routes: %s is no form of who is signed in", route->path);
    for (size_t i = 0; fields[i].name != NULL; i++)
        if (fields[i].is_secret)
            return fault_set(fault, "routes: %s has a secret field and asks for the password again",
                             route->path);
    return true;
}

bool
web_check(const struct web *web, struct fault *fault)
{
    static const char *const keys[] = {
        "not_found",          "bad_request",       "method",
        "too_large",          "media_type",        "forbidden_field",
        "foreign_form",       "other_name",        "unavailable",
        "internal",           "unprocessable",     "authorize_client",
        "authorize_redirect", "authorize_several", "authorize_request",
        "authorize_tenant",   "authorize_gone",    "admin_only",
        "not_made",
    };
    struct arena *arena = arena_open();
    bool fine =
        check_page(web, &web_error_page, fault) && check_page(web, &web_confirm_page, fault);
    for (size_t i = 0; fine && i < web->route_count; i++)
        fine = check_row(&web->routes[i], fault) && check_page(web, web->routes[i].page, fault) &&
               check_page(web, web->routes[i].second_page, fault);
    for (size_t i = 0; fine && i < LENGTH_OF(keys); i++)
        if (!view_has_message(web->view, arena_printf(arena, "error.%s.title", keys[i])) ||
            !view_has_message(web->view, arena_printf(arena, "error.%s.text", keys[i])))
            fine = fault_set(fault, "messages: error.%s.title or .text is missing", keys[i]);
    arena_close(arena);
    return fine;
}
