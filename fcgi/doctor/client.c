/*
 * client.c - requests as an attacker writes them, by libcurl.
 *
 * Each has a connection of its own: what a server does with one (close it after a refused body)
 * must not be another's trouble.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <curl/curl.h>
#include <string.h>

#include "doctor/doctor_int.h"

enum { CONNECT_TIMEOUT_MS = 5000, TIMEOUT_MS = 20000 };

/* One request under way. */
struct exchange {
    struct arena *arena;
    CURL *curl;
    struct curl_slist *headers;
    struct buf body;
    struct doctor_answer *answer;
};

static void
end_all(void *unused)
{
    (void)unused;
    curl_global_cleanup();
}

void
doctor_client_open(struct arena *arena)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        fatal("libcurl can't be used");
    arena_defer(arena, end_all, NULL);
}

/* libcurl's signature; what is over the limit is thrown away. */
static size_t
take_body(char *data, size_t size, size_t count, void *context)
{
    struct exchange *exchange = context;
    buf_add(&exchange->body, data, size * count);
    return size * count;
}

/* One line of a head; an interim answer (100) has one of its own before. */
static size_t
take_header(char *data, size_t size, size_t count, void *context)
{
    struct exchange *exchange = context;
    struct doctor_answer *answer = exchange->answer;
    char *line = arena_strndup(exchange->arena, data, size * count);
    char *colon = strchr(line, ':');
    if (text_starts(line, "HTTP/"))
        answer->header_count = 0;
    else if (colon != NULL && answer->header_count < DOCTOR_HEADERS_MAX) {
        *colon = '\0';
        answer->headers[answer->header_count++] = (struct doctor_header){
            .name = line,
            .value = text_trim(exchange->arena, colon + 1),
        };
    }
    return size * count;
}

static void
add_header(struct exchange *exchange, const char *line)
{
    struct curl_slist *longer = curl_slist_append(exchange->headers, line);
    if (longer == NULL)
        fatal("out of memory");
    exchange->headers = longer;
}

static void
add_headers(struct exchange *exchange, const struct doctor_request *request)
{
    add_header(exchange, "User-Agent: callgate-doctor");
    add_header(exchange, "Expect:"); /* no waiting for a 100 */
    if (request->token != NULL)
        add_header(exchange,
                   arena_printf(exchange->arena, "Authorization: Bearer %s", request->token));
    for (const char *const *h = request->headers; h != NULL && *h != NULL; h++)
        add_header(exchange, *h);
    if (request->body == NULL && !text_equal(request->method, "GET") &&
        !text_equal(request->method, "HEAD"))
        add_header(exchange, "Content-Length: 0");
}

static void
begin(struct exchange *exchange, const struct doctor_request *request)
{
    CURL *curl = exchange->curl = curl_easy_init();
    if (curl == NULL)
        fatal("out of memory");
    exchange->answer->headers =
        arena_alloc(exchange->arena, DOCTOR_HEADERS_MAX * sizeof *exchange->answer->headers);
    buf_init(&exchange->body, exchange->arena, DOCTOR_BODY_MAX);
    add_headers(exchange, request);
    curl_easy_setopt(curl, CURLOPT_URL, arena_printf(exchange->arena, "%s/", request->origin));
    curl_easy_setopt(curl, CURLOPT_REQUEST_TARGET, request->target);
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)TIMEOUT_MS);
    if (request->ca != NULL)
        curl_easy_setopt(curl, CURLOPT_CAINFO, request->ca);
    if (text_equal(request->method, "HEAD"))
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    if (request->body != NULL) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(request->body));
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body);
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, exchange->headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, exchange);
}

/* A head that came is an answer, even if the connection broke while the rest was under way. */
static void
end(struct exchange *exchange, CURLcode code)
{
    long status = 0;
    curl_off_t microseconds = 0;
    curl_easy_getinfo(exchange->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(exchange->curl, CURLINFO_TOTAL_TIME_T, &microseconds);
    exchange->answer->status = (int)status;
    exchange->answer->ms = microseconds / 1000;
    exchange->answer->why = curl_easy_strerror(code);
    exchange->answer->body = exchange->body.data == NULL ? "" : exchange->body.data;
    curl_easy_cleanup(exchange->curl);
    /* They may hold the token. */
    for (struct curl_slist *h = exchange->headers; h != NULL; h = h->next)
        explicit_bzero(h->data, strlen(h->data));
    curl_slist_free_all(exchange->headers);
}

void
doctor_client_ask(struct arena *arena, const struct doctor_request *request,
                  struct doctor_answer *out)
{
    struct exchange exchange = { .arena = arena, .answer = out };
    *out = (struct doctor_answer){ 0 };
    begin(&exchange, request);
    end(&exchange, curl_easy_perform(exchange.curl));
}

/* Runs all of `multi` to their ends; each has a timeout of its own. */
static void
perform(CURLM *multi)
{
    int running = 1;
    while (running > 0) {
        if (curl_multi_perform(multi, &running) != CURLM_OK ||
            (running > 0 && curl_multi_poll(multi, NULL, 0, 1000, NULL) != CURLM_OK))
            return;
    }
}

void
doctor_client_ask_many(struct arena *arena, const struct doctor_request *request, size_t count,
                       struct doctor_answer *out)
{
    CURLM *multi = curl_multi_init();
    struct exchange *exchanges = arena_alloc(arena, count * sizeof *exchanges);
    if (multi == NULL)
        fatal("out of memory");
    for (size_t i = 0; i < count; i++) {
        out[i] = (struct doctor_answer){ 0 };
        exchanges[i] = (struct exchange){ .arena = arena, .answer = &out[i] };
        begin(&exchanges[i], request);
        curl_multi_add_handle(multi, exchanges[i].curl);
    }
    perform(multi);
    for (size_t i = 0; i < count; i++) {
        curl_multi_remove_handle(multi, exchanges[i].curl);
        end(&exchanges[i], CURLE_OK);
    }
    curl_multi_cleanup(multi);
}
