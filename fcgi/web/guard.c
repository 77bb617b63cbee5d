/*
 * guard.c - proves what a route's row demands, in one order for all.
 *
 * Body, origin, session, client, bearer, fields, password again: the cheap and the public first, so
 * that nobody without a session learns which fields a form has.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "web/web.h"

static enum status
answer_origin(struct web_request *request, enum web_origin origin)
{
    const char *site = request->web->settings->site_url;
    const char *from = http_header(request->http, "Origin");
    log_event(LOG_AT_WARNING, "form refused", "reason",
              origin == ORIGIN_FOREIGN ? "it came from another site"
                                       : "the site was opened by another name than site.url",
              "origin", from, "site_url", site, NULL);
    const char *detail = view_message(request->view, request->arena, "error.origin.detail",
                                      "origin", from == NULL ? "-" : from, "site_url", site, NULL);
    return web_reply_error(request, 403, origin == ORIGIN_FOREIGN ? "foreign_form" : "other_name",
                           detail);
}

/* Back to where it was going; what a POST would have done needs to be asked for again. */
static const char *
where_to(const struct web_request *request)
{
    const char *next = request->http->method == HTTP_GET || request->http->method == HTTP_HEAD
                           ? request->http->target
                           : request->http->path;
    return own_path_is_valid(next) ? next : "/app/";
}

static enum status
check_body(struct web_request *request, bool *pass)
{
    enum http_fault fault = web_fields_read(request);
    if (fault != HTTP_FINE) {
        *pass = false;
        return web_reply_fault(request, fault);
    }
    const char *twice = web_fields_twice(request);
    if (twice == NULL || request->route->need == NEED_BEARER)
        return OK;
    *pass = false;
    const char *text = arena_printf(request->arena, "The parameter %s came twice.", twice);
    return request->kind == WEB_OAUTH ? web_reply_oauth_error(request, OAUTH_INVALID_REQUEST, text)
                                      : web_reply_error(request, 400, "bad_request", text);
}

static enum status
check_client(struct web_request *request, bool *pass)
{
    const char *text;
    enum oauth_error error = web_client_load(request, &text);
    if (error == OAUTH_NONE)
        return OK;
    *pass = false;
    return web_reply_oauth_error(request, error, text);
}

static enum status
check_bearer(struct web_request *request, bool *pass)
{
    enum gate_reason reason;
    enum status status = web_bearer_load(request, &reason);
    if (status != OK || reason == GATE_PASS)
        return status;
    *pass = false;
    return web_reply_refused(request, reason);
}

static enum status
check_fields(struct web_request *request, bool *pass)
{
    if (web_fields_are_valid(request) || request->route->need == NEED_BEARER)
        return OK;
    *pass = false;
    if (request->route->refill != NULL)
        return request->route->refill(request);
    for (size_t i = 0; request->route->fields[i].name != NULL; i++) {
        if (request->values[i].problem == NULL)
            continue;
        const char *text = arena_printf(request->arena, "The parameter %s is missing or invalid.",
                                        request->route->fields[i].name);
        return request->kind == WEB_OAUTH
                   ? web_reply_oauth_error(request, OAUTH_INVALID_REQUEST, text)
                   : web_reply_error(request, 422, "unprocessable", text);
    }
    return OK;
}

/* Whoever the row is for. */
static enum status
check_session(struct web_request *request, bool *pass)
{
    enum web_need need = request->route->need;
    enum status status = web_session_load(request);
    if (status != OK)
        return status;
    if (request->signed_in && request->session.must_change_password &&
        !request->route->any_password) {
        *pass = false;
        return web_reply_new_password(request, where_to(request));
    }
    if (need == TAKE_SESSION)
        return OK;
    if (!request->signed_in) {
        *pass = false;
        return web_reply_sign_in(request, where_to(request));
    }
    if (need == NEED_ADMIN && !request->session.user.admin) {
        *pass = false;
        return web_reply_error(request, 403, "admin_only", NULL);
    }
    return OK;
}

static enum status
check_caller(struct web_request *request, bool *pass)
{
    switch (request->route->need) {
    case NEED_NOTHING:
        return OK;
    case TAKE_SESSION:
    case NEED_SESSION:
    case NEED_ADMIN:
        return check_session(request, pass);
    case NEED_CLIENT:
        return check_client(request, pass);
    case NEED_BEARER:
        return check_bearer(request, pass);
    }
    panic("no such need");
}

enum status
web_guard(struct web_request *request, bool *pass)
{
    const struct web_route *route = request->route;
    bool is_form = route->fields != NULL;
    enum status status = OK;
    *pass = true;
    /* A GET does nothing, wherever its link stands. */
    if (is_form && route->kind == WEB_PAGE && route->method != HTTP_GET) {
        enum web_origin origin = web_origin_check(request);
        if (origin != ORIGIN_OWN) {
            *pass = false;
            return answer_origin(request, origin);
        }
    }
    if (is_form)
        status = check_body(request, pass);
    if (status == OK && *pass)
        status = check_caller(request, pass);
    if (status == OK && *pass && is_form)
        status = check_fields(request, pass);
    if (status == OK && *pass && route->recent)
        status = web_confirm(request, pass);
    return status;
}
