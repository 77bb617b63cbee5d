/*
 * clock.c - the two clocks.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "util/util.h"

static int64_t
read_clock(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
clock_wall_ms(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t
clock_monotonic_ms(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

void
clock_format_utc(int64_t wall_ms, char out[static 21])
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    if (strftime(out, 21, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        out[0] = '\0';
}

/* Digits where `shape` has 0, else its own characters. */
static bool
has_shape(const char *text, const char *shape)
{
    for (; *shape != '\0'; text++, shape++)
        if (*shape == '0' ? *text < '0' || *text > '9' : *text != *shape)
            return false;
    return *text == '\0';
}

static int
number_at(const char *text, size_t digits)
{
    int number = 0;
    for (size_t i = 0; i < digits; i++)
        number = number * 10 + (text[i] - '0');
    return number;
}

bool
clock_parse_utc(const char *text, int64_t *wall_ms)
{
    bool whole = has_shape(text, "0000-00-00T00:00:00Z");
    char again[21];
    if (!whole && !has_shape(text, "0000-00-00"))
        return false;
    struct tm parts = {
        .tm_year = number_at(text, 4) - 1900,
        .tm_mon = number_at(text + 5, 2) - 1,
        .tm_mday = number_at(text + 8, 2),
    };
    if (whole) {
        parts.tm_hour = number_at(text + 11, 2);
        parts.tm_min = number_at(text + 14, 2);
        parts.tm_sec = number_at(text + 17, 2);
    }
    *wall_ms = (int64_t)timegm(&parts) * 1000;
    /* timegm() makes a March day of 30 February. */
    clock_format_utc(*wall_ms, again);
    return strncmp(text, again, strlen(text)) == 0;
}
