/*
 * reply.c - every answer: its status, its caching and security headers, its body.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "web/web.h"

enum { PAGE_LIMIT = 4 * 1024 * 1024 };

const struct view_page web_error_page = {
    .template = "error",
    .names = (const char *const[]){ "status", "heading", "text", "detail", NULL },
};

/* DESIGN §8. form-action lets a form go to ourselves only; nothing comes from other hosts. */
#define POLICY_START                                                                               \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'"
#define POLICY_END "; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"

static void
add(struct web_request *request, const char *name, const char *value)
{
    http_response_header(request->response, name, value);
}

static void
begin(struct web_request *request, int status, const char *type)
{
    request->response->status = status;
    if (type != NULL)
        add(request, "Content-Type", type);
    add(request, "X-Content-Type-Options", "nosniff");
    add(request, "Referrer-Policy", "same-origin");
    if (request->web->https)
        add(request, "Strict-Transport-Security", "max-age=31536000");
    if (request->cors_origin != NULL) {
        add(request, "Access-Control-Allow-Origin", request->cors_origin);
        add(request, "Access-Control-Expose-Headers", "WWW-Authenticate, Retry-After, Link");
    }
    if (request->varies)
        add(request, "Vary", "Origin");
}

static void
forbid_storing(struct web_request *request)
{
    add(request, "Cache-Control", "no-store");
    if (request->kind == WEB_OAUTH)
        add(request, "Pragma", "no-cache"); /* RFC 6749 §5.1 */
}

static void
set_body(struct web_request *request, const char *body, size_t length)
{
    request->response->body = body;
    request->response->body_length = length;
}

enum status
web_reply_page(struct web_request *request, int status, const struct view_page *page,
               const struct model *model)
{
    struct buf out;
    buf_init(&out, request->arena, PAGE_LIMIT);
    view_render(request->view, page->template, model, &out);
    if (out.failed)
        panic("page %s is over %d bytes", page->template, PAGE_LIMIT);
    begin(request, status, "text/html; charset=utf-8");
    forbid_storing(request);
    /* Chromium holds the redirect after a form to form-action too: it must name where that goes. */
    add(request, "Content-Security-Policy",
        request->form_target == NULL
            ? POLICY_START POLICY_END
            : arena_printf(request->arena, POLICY_START " %s" POLICY_END, request->form_target));
    add(request, "X-Frame-Options", "DENY");
    add(request, "Cross-Origin-Opener-Policy", "same-origin");
    add(request, "Content-Language", view_language(request->view));
    set_body(request, out.data, out.length);
    return OK;
}

enum status
web_reply_json(struct web_request *request, int status, const struct model *model)
{
    const char *json = model_emit_json(request->arena, model);
    begin(request, status, "application/json");
    forbid_storing(request);
    set_body(request, json, strlen(json));
    return OK;
}

/* What may not stand in an address as it is (RFC 3986 §2) is escaped; escapes stay. */
static const char *
as_address(struct web_request *request, const char *path)
{
    struct buf out;
    buf_init(&out, request->arena, SIZE_MAX);
    for (const unsigned char *p = (const unsigned char *)path; *p != '\0'; p++) {
        if (*p <= 0x20 || *p >= 0x7f || strchr("\"<>\\^`{|}", *p) != NULL)
            buf_printf(&out, "%%%02X", *p);
        else
            buf_char(&out, (char)*p);
    }
    return out.data;
}

enum status
web_reply_redirect(struct web_request *request, const char *path)
{
    begin(request, 303, NULL);
    forbid_storing(request);
    /* Absolute: a client in the field does not understand a relative one. */
    add(request, "Location",
        arena_printf(request->arena, "%s%s", request->web->settings->site_url,
                     as_address(request, path)));
    return OK;
}

void
web_reply_may_lead_to(struct web_request *request, const struct redirect_target *target)
{
    if (target->kind == REDIRECT_SCHEME)
        request->form_target = target->origin;
    else if (target->kind != REDIRECT_NONE)
        request->form_target = arena_printf(request->arena, "%s https:", target->origin);
}

enum status
web_reply_away(struct web_request *request, const char *url)
{
    begin(request, 303, NULL);
    forbid_storing(request);
    add(request, "Location", as_address(request, url));
    return OK;
}

/* As much of an address as every web server takes, with room for what stands before it. */
enum { NEXT_LIMIT = 6000 };

enum status
web_reply_sign_in(struct web_request *request, const char *next)
{
    const char *escaped = uri_escape(request->arena, next);
    if (strlen(escaped) > NEXT_LIMIT)
        return request->web->sign_in_here(request, next);
    return web_reply_redirect(request, arena_printf(request->arena, "/login?next=%s", escaped));
}

enum status
web_reply_new_password(struct web_request *request, const char *next)
{
    return web_reply_redirect(request, arena_printf(request->arena, "/app/account/password?next=%s",
                                                    uri_escape(request->arena, next)));
}

enum status
web_reply_nothing(struct web_request *request, int status)
{
    if (status != 204)
        return web_reply_json(request, status, model_object(request->arena));
    begin(request, status, NULL);
    forbid_storing(request);
    return OK;
}

enum status
web_reply_asset(struct web_request *request, const struct web_asset *asset)
{
    begin(request, 200, asset->type);
    bool versioned = http_pairs_find(&request->http->query, "v") != NULL;
    add(request, "Cache-Control",
        versioned ? "public, max-age=31536000, immutable" : "public, max-age=86400");
    /* An SVG that is opened by itself is a document, and the operator's may come from anywhere. */
    add(request, "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; sandbox");
    set_body(request, asset->data, asset->length);
    return OK;
}

enum status
web_reply_download(struct web_request *request, const char *type, const char *name,
                   const struct buf *body)
{
    begin(request, 200, type);
    forbid_storing(request);
    add(request, "Content-Disposition",
        arena_printf(request->arena, "attachment; filename=\"%s\"", name));
    add(request, "Content-Security-Policy", "default-src 'none'; sandbox");
    set_body(request, body->data, body->length);
    return OK;
}

static const char *
quoted(struct web_request *request, const char *text)
{
    struct buf out;
    buf_init(&out, request->arena, SIZE_MAX);
    for (; *text != '\0'; text++)
        if (*text != '"' && *text != '\\' && *text >= 0x20 && *text < 0x7f)
            buf_char(&out, *text);
    return out.data;
}

/*
 * RFC 6750 §3: one challenge; RFC 6749 §5.2: Basic only to who came with it, and was wrong: a
 * client that is challenged looks no further, and would not see invalid_grant.
 */
static void
add_challenge(struct web_request *request, enum oauth_error error, const char *text)
{
    const char *realm = quoted(request, request->web->settings->site_name);
    if (request->kind == WEB_OAUTH) {
        if (request->client.by_basic && error == OAUTH_INVALID_CLIENT)
            add(request, "WWW-Authenticate",
                arena_printf(request->arena, "Basic realm=\"%s\", charset=\"UTF-8\"", realm));
        return;
    }
    const char *value = arena_printf(request->arena, "Bearer realm=\"%s\"", realm);
    if (error != OAUTH_NONE)
        value = arena_printf(request->arena, "%s, error=\"%s\", error_description=\"%s\"", value,
                             oauth_error_name(error), quoted(request, text));
    add(request, "WWW-Authenticate", value);
}

void
web_reply_retry_after(struct web_request *request, int64_t ms)
{
    add(request, "Retry-After", arena_printf(request->arena, "%lld", (long long)(ms + 999) / 1000));
}

static void
add_retry(struct web_request *request, int status)
{
    if (status == 503)
        web_reply_retry_after(request, 5000);
}

enum status
web_reply_oauth_error(struct web_request *request, enum oauth_error error, const char *text)
{
    /* OAUTH_NONE is a request to the API without any token: 401, but no error to speak of. */
    int status = oauth_error_status(error == OAUTH_NONE ? OAUTH_INVALID_TOKEN : error);
    return web_reply_oauth_error_as(request, status, error, text);
}

enum status
web_reply_oauth_error_as(struct web_request *request, int status, enum oauth_error error,
                         const char *text)
{
    enum oauth_error shown = error == OAUTH_NONE ? OAUTH_INVALID_TOKEN : error;
    if (text == NULL)
        text = oauth_error_text(shown);
    struct model *model = model_object(request->arena);
    model_text(model, "error", oauth_error_name(shown));
    model_text(model, "error_description", text);
    /* Clients in the field look for exactly this word. */
    model_text(model, "message", request->kind == WEB_API && status == 401 ? "Unauthorized" : text);
    if (status == 401)
        add_challenge(request, error, text);
    add_retry(request, status);
    return web_reply_json(request, status, model);
}

enum status
web_reply_refused(struct web_request *request, enum gate_reason reason)
{
    const char *text = gate_reason_text(reason);
    /* So that whoever wonders why can name it. */
    add(request, "Callgate-Request", request->http->id);
    if (reason == GATE_OUTSIDE)
        return web_reply_error(request, 404, "not_found", text);
    return web_reply_oauth_error_as(request, gate_reason_status(reason), gate_reason_error(reason),
                                    text);
}

static enum status
error_json(struct web_request *request, int status, const char *key, const char *text)
{
    struct model *model = model_object(request->arena);
    model_text(model, "error", key);
    model_text(model, "error_description", text);
    model_text(model, "message", text);
    return web_reply_json(request, status, model);
}

enum status
web_reply_error(struct web_request *request, int status, const char *key, const char *detail)
{
    /* Programs are told in English, as everything that they read is. */
    const struct view *view = request->kind == WEB_PAGE ? request->view : request->web->view;
    struct arena *arena = request->arena;
    const char *title_key = arena_printf(arena, "error.%s.title", key);
    const char *title = view_message(view, arena, title_key, NULL);
    const char *text = view_message(view, arena, arena_printf(arena, "error.%s.text", key), NULL);
    add_retry(request, status);
    if (request->kind != WEB_PAGE)
        return error_json(request, status, key, detail == NULL ? title : detail);
    struct model *model = web_frame(request, title_key);
    model_number(model, "status", status);
    model_text(model, "heading", title);
    model_text(model, "text", text);
    model_text(model, "detail", detail);
    return web_reply_page(request, status, &web_error_page, model);
}

enum status
web_reply_fault(struct web_request *request, enum http_fault fault)
{
    int status = http_fault_status(fault);
    if (request->kind == WEB_OAUTH && status == 400)
        return web_reply_oauth_error(request, OAUTH_INVALID_REQUEST, http_fault_text(fault));
    const char *key = status == 413 ? "too_large" : status == 415 ? "media_type" : "bad_request";
    const char *text = http_fault_text(fault);
    if (fault == HTTP_BAD_TYPE && request->route != NULL && request->route->json)
        text = "Send the body as application/json, application/x-www-form-urlencoded or "
               "multipart/form-data.";
    return web_reply_error(request, status, key, text);
}

enum status
web_reply_not_found(struct web_request *request)
{
    return web_reply_error(request, 404, "not_found", NULL);
}
