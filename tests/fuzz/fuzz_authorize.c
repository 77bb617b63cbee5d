/*
 * fuzz_authorize.c - two lines: an application's redirect URLs, the query of an authorization
 * request. Whatever is asked for, a browser is sent only where the application may be.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <assert.h>
#include <string.h>

#include "http/http.h"
#include "rules/rules.h"

#define APP_ID "00112233445566778899aabbccddeeff"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *
parameter(const struct http_pairs *query, const char *name)
{
    const char *value = http_pairs_find(query, name);
    return value == NULL ? "" : value;
}

/* Behind host and port, if that is `host`; NULL if not. */
static const char *
behind(const char *url, const char *host)
{
    if (!text_starts(url, host))
        return NULL;
    url += strlen(host);
    if (*url != ':')
        return url;
    size_t digits = strspn(url + 1, "0123456789");
    return digits >= 1 && digits <= 5 ? url + 1 + digits : NULL;
}

/* Without the rules' help. */
static bool
is_allowed(const char *registered, const char *url)
{
    static const char *const hosts[] = { "http://127.0.0.1", "http://[::1]" };
    if (text_equal(registered, url))
        return true;
    for (size_t i = 0; i < LENGTH_OF(hosts); i++) {
        const char *a = behind(registered, hosts[i]), *b = behind(url, hosts[i]);
        if (a != NULL && b != NULL)
            return text_equal(a, b) && strchr("/?", *b) != NULL; /* its NUL too */
    }
    return false;
}

static void
check_target(const struct app *app, const struct redirect_target *target)
{
    bool found = false;
    for (size_t i = 0; i < app->redirect_url_count; i++) {
        const char *url = app->redirect_urls[i];
        found = found || (text_equal(url, target->registered) && is_allowed(url, target->url));
    }
    assert(found);
    assert(strpbrk(target->origin, " ;,'\"[]") == NULL &&
           text_starts(target->origin, "https:") == (target->kind == REDIRECT_HTTPS));
}

static void
check_location(struct arena *arena, const char *url, const char *text, const char *state)
{
    struct http_pairs added;
    const char *location =
        redirect_with(arena, url, "error", text == NULL ? NULL : "x", "error_description", text,
                      "state", state, "iss", "https://pbx.example", NULL);
    for (const char *p = location; *p != '\0'; p++)
        assert(*p > ' ' && *p <= '~');
    assert(text_starts(location, url));
    const char *rest = location + strlen(url);
    assert(*rest == (strchr(url, '?') == NULL ? '?' : '&') || text_ends(url, "?") ||
           text_ends(url, "&"));
    enum http_fault fault = http_form_parse_urlencoded(arena, rest, strlen(rest), &added);
    assert(fault == HTTP_FINE && added.count == (text == NULL ? 2 : 4));
    const char *name = *rest == '?' && text == NULL ? "?state" : "state";
    assert(text_equal(parameter(&added, name), state));
    assert(text_equal(parameter(&added, "iss"), "https://pbx.example"));
    assert(text == NULL || text_equal(parameter(&added, "error_description"), text));
}

static void
check_fine(const struct authorize_request *request, const struct app *app)
{
    assert(text_equal(request->response_type, "code") && app->type == APP_PUBLIC);
    assert(*request->scope == '\0' || text_equal(request->scope, "all"));
    bool with_challenge = *request->code_challenge != '\0';
    assert(with_challenge || !app->native);
    assert(text_equal(request->code_challenge_method, with_challenge ? "S256" : ""));
    assert(!with_challenge || strlen(request->code_challenge) == PKCE_CHALLENGE_LENGTH);
}

static void
check_request(struct arena *arena, const struct authorize_request *request, const struct app *app)
{
    struct authorize_verdict verdict;
    bool known = text_equal(request->client_id, APP_ID);
    authorize_check(arena, request, known ? app : NULL, &verdict);
    if (verdict.outcome == AUTHORIZE_PAGE) {
        assert(verdict.key != NULL);
        return;
    }
    assert(known && app->status == APP_ACTIVE);
    assert(strlen(request->state) <= STATE_MAX && !text_has_control(request->state));
    if (verdict.outcome == AUTHORIZE_FINE)
        check_fine(request, app);
    else
        assert(verdict.error != OAUTH_NONE && verdict.target.kind != REDIRECT_NONE);
    if (verdict.target.kind == REDIRECT_NONE) {
        assert(app->redirect_url_count == 0 && *request->redirect_uri == '\0');
        return;
    }
    check_target(app, &verdict.target);
    check_location(arena, verdict.target.url, verdict.text, request->state);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_open();
    const char *text = arena_strndup(arena, (const char *)data, size);
    const char *line_end = strchr(text, '\n'), *rest = line_end == NULL ? "" : line_end + 1;
    size_t length = size - (size_t)(rest - text);
    struct redirect_urls urls;
    struct http_pairs query;
    if (line_end != NULL &&
        redirect_urls_parse(arena, arena_strndup(arena, text, (size_t)(line_end - text)), &urls) ==
            NULL &&
        http_form_parse_urlencoded(arena, rest, length, &query) == HTTP_FINE) {
        const struct authorize_request request = {
            .response_type = parameter(&query, "response_type"),
            .client_id = parameter(&query, "client_id"),
            .redirect_uri = parameter(&query, "redirect_uri"),
            .scope = parameter(&query, "scope"),
            .state = parameter(&query, "state"),
            .code_challenge = parameter(&query, "code_challenge"),
            .code_challenge_method = parameter(&query, "code_challenge_method"),
        };
        struct app app = { .redirect_urls = urls.items, .redirect_url_count = urls.count };
        check_request(arena, &request, &app);
        app.native = true;
        check_request(arena, &request, &app);
        app.type = APP_TRUSTED;
        check_request(arena, &request, &app);
        app.status = APP_DISABLED;
        check_request(arena, &request, &app);
    }
    arena_close(arena);
    return 0;
}
