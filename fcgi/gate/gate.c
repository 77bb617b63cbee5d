/*
 * gate.c - the way of a question: what the web server asks, the verdict, the answer.
 *
 * Who asks decides the form only. lighttpd passes status, headers and body on to the client. A
 * server that lets only 200, 401 and 403 through its check gets these, bare, and asks again on the
 * way of its errors (CALLGATE_ERR), where the true status and body are given; if it would pass by
 * then, the answer is 503 with Retry-After, never 200.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "gate/gate_int.h"

enum asker {
    ASKER_AUTHORIZER, /* lighttpd, mod_authnz_fcgi: the answer is the client's */
    ASKER_CHECKER,    /* mod_fcgid's access checker: 200, or 401 and nothing else */
    ASKER_SUBREQUEST, /* nginx's auth_request: 200, 401, 403, bare */
    ASKER_ERROR,      /* the way of errors of nginx and Apache */
};

struct asked {
    struct web_request request;
    enum asker asker;
    struct web_judged judged;
};

bool
gate_is_asked(const struct http_request *http)
{
    return http->role == HTTP_AUTHORIZER || http_param(http, "CALLGATE_GATE") != NULL ||
           http_param(http, "CALLGATE_ERR") != NULL;
}

static enum asker
who_asks(const struct http_request *http)
{
    const char *role = http_param(http, "FCGI_APACHE_ROLE");
    if (http_param(http, "CALLGATE_ERR") != NULL)
        return ASKER_ERROR;
    if (http_param(http, "CALLGATE_GATE") != NULL)
        return ASKER_SUBREQUEST;
    return role != NULL && text_equal(role, "ACCESS_CHECKER") ? ASKER_CHECKER : ASKER_AUTHORIZER;
}

static const char *
param(const struct http_request *http, const char *name)
{
    const char *value = http_param(http, name);
    return value == NULL ? "" : value;
}

/* Twice with two values: the web server and we could each believe another one. */
static bool
is_doubled(const struct http_request *http)
{
    static const char *const names[] = { "REQUEST_METHOD", "REQUEST_URI", "HTTP_AUTHORIZATION" };
    for (size_t n = 0; n < LENGTH_OF(names); n++) {
        const char *first = NULL;
        for (size_t i = 0; i < http->params.count; i++) {
            const struct http_pair *pair = &http->params.items[i];
            if (!text_equal(pair->name, names[n]))
                continue;
            if (first != NULL && !text_equal(first, pair->value))
                return true;
            first = pair->value;
        }
    }
    return false;
}

/* The error's own way of Apache is a GET of another address; the first one's stays beside it. */
static void
read_question(const struct web *web, struct http_request *http, struct asked *out)
{
    const char *method = http_param(http, "REDIRECT_REQUEST_METHOD");
    if (out->asker != ASKER_ERROR || method == NULL)
        method = param(http, "REQUEST_METHOD");
    http->method_text = method;
    http->target = param(http, "REQUEST_URI");
    http->remote_addr = param(http, "REMOTE_ADDR");
    http->method = HTTP_OTHER;
    out->judged.question = (struct gate_question){
        .method = method,
        .target = http->target,
        .prefix = web->settings->gate_prefix,
        .overridden = web_method_is_overridden(http),
        .doubled = is_doubled(http),
    };
}

/* Who is answered in bare statuses asks again, by the way of errors, about what was refused. */
static bool
is_bare(const struct asked *asked)
{
    return asked->asker == ASKER_CHECKER || asked->asker == ASKER_SUBREQUEST;
}

/* Once a request: a refusal where it is told, a pass where it passes. */
static void
count(const struct asked *asked)
{
    const struct web_judged *judged = &asked->judged;
    bool passes = judged->reason == GATE_PASS;
    bool is_elsewhere = passes ? asked->asker == ASKER_ERROR : is_bare(asked);
    if (judged->facts.found && !is_elsewhere)
        web_count_judged(asked->request.web->counts, asked->request.http, judged);
}

static void
header(struct asked *asked, const char *name, const char *value)
{
    http_response_header(asked->request.response, name, value);
}

static void
answer_pass(struct asked *asked)
{
    bool is_variable = asked->asker != ASKER_SUBREQUEST;
    const char *identity =
        gate_identity(asked->request.arena, &asked->judged.facts, asked->request.http->id);
    asked->request.response->status = 200;
    header(asked, is_variable ? "Variable-CALLGATE" : "Callgate", identity);
    if (asked->request.cors_origin != NULL)
        header(asked, is_variable ? "Variable-CALLGATE_CORS" : "Callgate-Cors",
               asked->request.cors_origin);
    if (asked->request.varies)
        header(asked, is_variable ? "Variable-CALLGATE_VARY" : "Callgate-Vary", "Origin");
}

static enum status
answer_unavailable(struct asked *asked)
{
    return web_reply_error(&asked->request, 503, "unavailable", NULL);
}

/* What a server understands that gives its own body anyway. */
static void
answer_bare(struct asked *asked, int status)
{
    bool two = asked->asker != ASKER_CHECKER;
    asked->request.response->status = two && status != 401 ? 403 : 401;
}

static enum status
answer(struct asked *asked)
{
    enum gate_reason reason = asked->judged.reason;
    if (reason == GATE_PASS && asked->asker == ASKER_ERROR)
        return answer_unavailable(asked);
    if (reason == GATE_PASS)
        answer_pass(asked);
    else if (is_bare(asked))
        answer_bare(asked, gate_reason_status(reason));
    else
        return web_reply_refused(&asked->request, reason);
    return OK;
}

/* A preflight has no token; it is answered like that of our own API resources. */
static bool
is_preflight(struct asked *asked)
{
    static const struct web_route any = { .cors = true };
    struct http_request *http = asked->request.http;
    web_cors_load(&asked->request, &any);
    return asked->request.cors_origin != NULL &&
           text_equal(asked->judged.question.method, "OPTIONS") &&
           http_header(http, "Access-Control-Request-Method") != NULL &&
           text_starts(asked->judged.question.target, asked->judged.question.prefix);
}

static enum status
answer_preflight(struct asked *asked)
{
    if (is_bare(asked)) {
        answer_bare(asked, 403);
        return OK;
    }
    return web_cors_preflight(&asked->request, "GET, HEAD, POST, PUT, PATCH, DELETE");
}

static enum status
handle(struct asked *asked)
{
    if (is_preflight(asked))
        return answer_preflight(asked);
    enum status status = web_judge(asked->request.web, asked->request.http, true, &asked->judged);
    if (status != OK)
        return status;
    count(asked);
    return answer(asked);
}

static void
answer_failure(struct asked *asked)
{
    http_response_init(asked->request.response, asked->request.arena);
    if (is_bare(asked))
        answer_bare(asked, 403);
    else if (answer_unavailable(asked) != OK)
        panic("no answer can be made");
}

void
gate_handle(struct web *web, struct http_request *http, struct http_response *response)
{
    struct asked asked = {
        .request = {
            .web = web,
            .view = web->view,
            .http = http,
            .response = response,
            .arena = http->arena,
            .kind = WEB_API,
        },
        .asker = who_asks(http),
    };
    read_question(web, http, &asked);
    if (handle(&asked) != OK)
        answer_failure(&asked);
    http->log_route = "gate";
}
