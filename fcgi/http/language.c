/*
 * language.c - which of our languages a browser would rather have (RFC 9110 §12.5.4).
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>
#include <strings.h>

#include "http/http.h"

/* A header with more ranges than this is no browser's; the rest is not looked at. */
enum { RANGES_MAX = 50, QUALITY_MAX = 1000 };

struct range {
    const char *tag;
    size_t length; /* of its primary subtag: of "ru-RU" two */
    int quality;   /* in thousandths */
};

/* "1", "0.8", "0.123" into thousandths (RFC 9110 §12.4.2); -1 if it is none. */
static int
parse_quality(const char *text, size_t length)
{
    int quality = 0;
    if (length == 0 || length > 5 || (text[0] != '0' && text[0] != '1') ||
        (length > 1 && text[1] != '.'))
        return -1;
    for (size_t i = 0, factor = QUALITY_MAX; i < 5; i++) {
        if (i == 1)
            continue;
        if (i < length && (text[i] < '0' || text[i] > '9'))
            return -1;
        if (i < length)
            quality += (int)factor * (text[i] - '0');
        factor /= 10;
    }
    return quality > QUALITY_MAX ? -1 : quality;
}

/* One element of the list, blanks around it and its ";q=…" included. */
static bool
parse_range(const char *text, const char *end, struct range *out)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ*";
    text += strspn(text, " \t");
    *out = (struct range){ .tag = text, .quality = QUALITY_MAX };
    out->length = strspn(text, letters);
    if (out->length == 0)
        return false;
    text += out->length;
    while (text < end && strchr("; \t", *text) == NULL)
        text++;
    text += strspn(text, " \t");
    if (text >= end)
        return true;
    if (*text++ != ';')
        return false;
    text += strspn(text, " \t");
    if (strncasecmp(text, "q=", 2) != 0)
        return false;
    text += 2;
    size_t length = strcspn(text, ", \t");
    out->quality = parse_quality(text, length);
    text += length;
    return out->quality >= 0 && text + strspn(text, " \t") >= end;
}

static bool
is_of(const struct range *range, const char *language)
{
    return strlen(language) == range->length &&
           strncasecmp(range->tag, language, range->length) == 0;
}

struct wish {
    int quality; /* -1: not spoken of */
    size_t order;
};

static void
note_wish(struct wish *wish, int quality, size_t order)
{
    if (quality > wish->quality)
        *wish = (struct wish){ quality, order };
}

/* Among equals the one that the browser names first, which is how people's settings are sent. */
static int
best_of(const struct wish *wishes, const struct wish *any, size_t count)
{
    int best = -1;
    struct wish best_wish = { 0 };
    for (size_t i = 0; i < count; i++) {
        struct wish wish = wishes[i].quality < 0 ? *any : wishes[i];
        if (wish.quality <= 0)
            continue;
        if (best >= 0 && (wish.quality < best_wish.quality ||
                          (wish.quality == best_wish.quality && wish.order >= best_wish.order)))
            continue;
        best = (int)i;
        best_wish = wish;
    }
    return best;
}

int
http_language_choose(const char *header, const char *const *languages, size_t count)
{
    struct wish wishes[HTTP_LANGUAGES_MAX], any = { -1, 0 };
    if (header == NULL || count > HTTP_LANGUAGES_MAX)
        return -1;
    for (size_t i = 0; i < count; i++)
        wishes[i] = (struct wish){ -1, 0 };
    for (size_t order = 0; *header != '\0' && order < RANGES_MAX; order++) {
        size_t length = strcspn(header, ",");
        struct range range;
        if (parse_range(header, header + length, &range)) {
            for (size_t i = 0; i < count; i++)
                if (is_of(&range, languages[i]))
                    note_wish(&wishes[i], range.quality, order);
            if (is_of(&range, "*"))
                note_wish(&any, range.quality, order);
        }
        header += length;
        header += *header == ',';
    }
    return best_of(wishes, &any, count);
}
