/*
 * uri.c - RFC 3986 by liburiparser, as plain strings.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <ctype.h>
#include <string.h>

#include <uriparser/Uri.h>

#include "util/util.h"

static char *
range_text(struct arena *arena, const UriTextRangeA *range)
{
    if (range->first == NULL)
        return NULL;
    return arena_strndup(arena, range->first, (size_t)(range->afterLast - range->first));
}

static char *
lower(char *text)
{
    for (char *p = text; p != NULL && *p != '\0'; p++)
        *p = (char)tolower((unsigned char)*p);
    return text;
}

/* liburiparser splits the path; it is wanted as written: from behind the authority to ? or #. */
static char *
path_text(struct arena *arena, const char *text, const struct uri *uri)
{
    const char *start = text + strlen(uri->scheme) + 1;
    if (uri->host != NULL) {
        start += 2;
        start += strcspn(start, "/?#");
    }
    return arena_strndup(arena, start, strcspn(start, "?#"));
}

bool
uri_parse(struct arena *arena, const char *text, struct uri *out)
{
    UriUriA parsed;
    const char *error_at;
    if (uriParseSingleUriA(&parsed, text, &error_at) != URI_SUCCESS)
        return false;
    bool absolute = parsed.scheme.first != NULL;
    if (absolute) {
        *out = (struct uri){
            .scheme = lower(range_text(arena, &parsed.scheme)),
            .userinfo = range_text(arena, &parsed.userInfo),
            .host = lower(range_text(arena, &parsed.hostText)),
            .host_is_ipv6 = parsed.hostData.ip6 != NULL,
            .port = range_text(arena, &parsed.portText),
            .query = range_text(arena, &parsed.query),
            .fragment = range_text(arena, &parsed.fragment),
        };
        out->path = path_text(arena, text, out);
    }
    uriFreeUriMembersA(&parsed);
    return absolute;
}
