/*
 * fuzz_redirect.c - whatever is registered as a redirect URL, or returned to after a sign-in, leads
 * only where the rules say.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <assert.h>
#include <string.h>
#include <strings.h>

#include "rules/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
starts_nocase(const char *text, const char *prefix)
{
    return strncasecmp(text, prefix, strlen(prefix)) == 0;
}

/* Without a parser's help: how a browser sees where it goes. */
static void
check_url(const char *url)
{
    size_t scheme = strcspn(url, ":");
    assert(strlen(url) <= REDIRECT_URL_MAX && utf8_valid(url, strlen(url)));
    assert(strpbrk(url, " \\<>\"#") == NULL && !text_has_control(url));
    if (starts_nocase(url, "https:")) {
        assert(starts_nocase(url, "https://"));
        size_t authority = strcspn(url + 8, "/?");
        assert(authority > 0 && memchr(url + 8, '@', authority) == NULL);
    } else if (starts_nocase(url, "http:")) {
        const char *host = url + strlen("http://");
        size_t length = starts_nocase(url, "http://127.0.0.1") ? strlen("127.0.0.1")
                        : starts_nocase(url, "http://[::1]")   ? strlen("[::1]")
                                                               : 0;
        assert(length > 0 && (host[length] == '\0' || strchr(":/?", host[length]) != NULL));
        assert(memchr(host, '@', strcspn(host, "/?")) == NULL);
    } else {
        assert(memchr(url, '.', scheme) != NULL);
    }
}

static void
check_list(const struct redirect_urls *urls)
{
    assert(urls->count <= REDIRECT_URLS_MAX && urls->bad == NULL);
    for (size_t i = 0; i < urls->count; i++) {
        check_url(urls->items[i]);
        for (size_t j = 0; j < i; j++)
            assert(!text_equal(urls->items[i], urls->items[j]));
    }
}

static void
check_path(const char *path)
{
    assert(path[0] == '/' && path[1] != '/' && strpbrk(path, "\\\r\n\t") == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_open();
    const char *text = arena_strndup(arena, (const char *)data, size);
    struct redirect_urls urls;
    const char *problem = redirect_urls_parse(arena, text, &urls);
    if (problem == NULL)
        check_list(&urls);
    else
        assert(urls.bad != NULL || text_equal(problem, "redirect.many"));
    const char *again = redirect_urls_check(text);
    assert(problem == NULL ? again == NULL : again != NULL && text_equal(problem, again));
    if (own_path_is_valid(text))
        check_path(text);
    arena_close(arena);
    return 0;
}
