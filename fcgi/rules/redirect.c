/*
 * redirect.c - redirect URLs: which may be registered (RFC 6749 §3.1.2, RFC 8252 §7).
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
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
