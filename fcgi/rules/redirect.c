/*
 * redirect.c - redirect URLs: which may be registered, and which of them a request means
 * (RFC 6749 §3.1.2, RFC 8252 §7).
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <stdlib.h>
#include <string.h>

#include "rules/rules.h"

static bool
is_loopback(const struct uri *uri)
{
    return uri->host != NULL && (text_equal(uri->host, "127.0.0.1") ||
                                 (uri->host_is_ipv6 && text_equal(uri->host, "::1")));
}

/* RFC 8252 §7.1: a scheme named after a domain of the application's maker, so that no two clash. */
static bool
is_private_scheme(const char *scheme)
{
    const char *dot = strchr(scheme, '.');
    return dot != NULL && dot != scheme && dot[1] != '\0';
}

/*
 * RFC 3986 takes more for a host than any name has: `*` looks like a pattern, but URLs are compared
 * as they are; `;` and `,` mean something in a header that names the host.
 */
static bool
is_host(const struct uri *uri)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-._";
    return !text_is_empty(uri->host) &&
           (uri->host_is_ipv6 || strspn(uri->host, allowed) == strlen(uri->host));
}

static const char *
check_one(struct arena *arena, const char *url)
{
    struct uri uri;
    if (strlen(url) > REDIRECT_URL_MAX)
        return "redirect.long";
    if (!utf8_valid(url, strlen(url)) || text_has_control(url))
        return "redirect.control";
    if (!uri_parse(arena, url, &uri))
        return "redirect.relative";
    if (uri.fragment != NULL) /* RFC 6749 §3.1.2 */
        return "redirect.fragment";
    if (uri.userinfo != NULL)
        return "redirect.userinfo";
    if (text_equal(uri.scheme, "https"))
        return is_host(&uri) ? NULL : "redirect.host";
    if (text_equal(uri.scheme, "http"))
        return is_loopback(&uri) ? NULL : "redirect.http";
    return is_private_scheme(uri.scheme) ? NULL : "redirect.scheme";
}

static bool
is_listed(const char *const *items, size_t count, const char *url)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(items[i], url))
            return true;
    return false;
}

const char *
redirect_urls_parse(struct arena *arena, const char *field, struct redirect_urls *out)
{
    const char **items = arena_alloc(arena, REDIRECT_URLS_MAX * sizeof *items);
    *out = (struct redirect_urls){ .items = items };
    const char *url;
    while ((url = text_word(arena, &field)) != NULL) {
        const char *problem = check_one(arena, url);
        if (problem == NULL && is_listed(items, out->count, url))
            problem = "redirect.twice";
        if (problem == NULL && out->count == REDIRECT_URLS_MAX)
            return "redirect.many";
        if (problem != NULL) {
            out->bad = url;
            return problem;
        }
        items[out->count++] = url;
    }
    return NULL;
}

const char *
redirect_urls_check(const char *field)
{
    struct arena *arena = arena_open();
    struct redirect_urls urls;
    const char *problem = redirect_urls_parse(arena, field, &urls);
    arena_close(arena);
    return problem;
}

/* Behind "http://127.0.0.1:51004": "/cb?x"; NULL if `url` is not loopback. `*length` of the host.
 */
static const char *
behind_loopback(const char *url, size_t *length)
{
    static const char *const hosts[] = { "http://127.0.0.1", "http://[::1]" };
    for (size_t i = 0; i < LENGTH_OF(hosts); i++) {
        if (!text_starts(url, hosts[i]))
            continue;
        *length = strlen(hosts[i]);
        const char *rest = url + *length;
        if (*rest == ':') {
            size_t digits = strspn(rest + 1, "0123456789");
            if (digits < 1 || digits > 5 || strtol(rest + 1, NULL, 10) > 65535)
                return NULL;
            rest += 1 + digits;
        }
        return *rest == '\0' || *rest == '/' || *rest == '?' ? rest : NULL;
    }
    return NULL;
}

/* RFC 8252 §7.3: the program takes whatever port is free when it runs. */
static bool
is_same_but_port(const char *registered, const char *asked)
{
    size_t length, asked_length;
    const char *rest = behind_loopback(registered, &length);
    const char *asked_rest = behind_loopback(asked, &asked_length);
    return rest != NULL && asked_rest != NULL && length == asked_length &&
           strncmp(registered, asked, length) == 0 && text_equal(rest, asked_rest);
}

static void
set_target(struct arena *arena, const char *registered, const char *url,
           struct redirect_target *out)
{
    struct uri uri;
    if (!uri_parse(arena, url, &uri))
        panic("a registered redirect URL is none");
    *out = (struct redirect_target){ .url = url, .registered = registered };
    if (!text_equal(uri.scheme, "https") && !text_equal(uri.scheme, "http")) {
        out->kind = REDIRECT_SCHEME;
        out->origin = out->host = arena_printf(arena, "%s:", uri.scheme);
        return;
    }
    out->kind = text_equal(uri.scheme, "https") ? REDIRECT_HTTPS : REDIRECT_LOOPBACK;
    const char *port = text_is_empty(uri.port) ? "" : arena_printf(arena, ":%s", uri.port);
    out->host = arena_printf(arena, uri.host_is_ipv6 ? "[%s]%s" : "%s%s", uri.host, port);
    /* A policy can't name an IPv6 address (CSP 3 §2.3.1), and Chromium ignores one that tries. */
    out->origin =
        arena_printf(arena, "%s://%s%s", uri.scheme, uri.host_is_ipv6 ? "*" : uri.host, port);
}

enum redirect_match
redirect_match(struct arena *arena, const struct app *app, const char *asked,
               struct redirect_target *out)
{
    *out = (struct redirect_target){
        .kind = REDIRECT_NONE, .url = "", .registered = "", .origin = "", .host = ""
    };
    if (*asked == '\0') {
        if (app->redirect_url_count > 1)
            return REDIRECT_UNDECIDED;
        if (app->redirect_url_count == 1)
            set_target(arena, app->redirect_urls[0], app->redirect_urls[0], out);
        return REDIRECT_FITS;
    }
    for (size_t i = 0; i < app->redirect_url_count; i++) {
        const char *registered = app->redirect_urls[i];
        if (!text_equal(registered, asked) && !is_same_but_port(registered, asked))
            continue;
        set_target(arena, registered, asked, out);
        return REDIRECT_FITS;
    }
    return REDIRECT_UNKNOWN;
}

const char *
redirect_with(struct arena *arena, const char *url, ...)
{
    struct buf out;
    const char *name;
    va_list args;
    const char *query = strchr(url, '?');
    char separator = query == NULL ? '?' : '&';
    buf_init(&out, arena, SIZE_MAX);
    buf_text(&out, url);
    bool empty = query != NULL && (query[1] == '\0' || text_ends(url, "&"));
    va_start(args, url);
    while ((name = va_arg(args, const char *)) != NULL) {
        const char *value = va_arg(args, const char *);
        if (value == NULL)
            continue;
        if (!empty)
            buf_char(&out, separator);
        buf_printf(&out, "%s=%s", name, uri_escape(arena, value));
        separator = '&';
        empty = false;
    }
    va_end(args);
    return out.data;
}
