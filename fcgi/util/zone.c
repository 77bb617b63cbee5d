/*
 * zone.c - a moment as a clock on somebody's wall shows it, by the system's time zones (IANA).
 *
 * The C library knows one zone a process, by TZ: it is changed only when another one is asked for,
 * as each change reads a file, and zone_forget() puts back what the process was started with.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util/util.h"

#define ZONE_DIR "/usr/share/zoneinfo"

enum { ZONE_NAME_MAX = 63, ZONES_MAX = 1000 };

static struct {
    bool changed;
    char name[ZONE_NAME_MAX + 1]; /* of TZ, if it is changed */
    char *before;                 /* what TZ was; NULL: not set */
} in_use;

bool
zone_is_known(const char *name)
{
    static const char marks[] = "/_+-";
    char path[sizeof ZONE_DIR + 1 + ZONE_NAME_MAX], magic[4];
    size_t length = strlen(name);
    if (length == 0 || length > ZONE_NAME_MAX || strchr(BASE62, name[0]) == NULL)
        return false;
    /* Nor a dot: nothing leads out of the directory. */
    for (const char *p = name; *p != '\0'; p++)
        if (strchr(BASE62, *p) == NULL && strchr(marks, *p) == NULL)
            return false;
    snprintf(path, sizeof path, "%s/%s", ZONE_DIR, name);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    bool is_zone = fread(magic, 1, sizeof magic, file) == sizeof magic &&
                   memcmp(magic, "TZif", sizeof magic) == 0; /* RFC 8536 */
    fclose(file);
    return is_zone;
}

/* False: it is no zone, and nothing has changed. */
static bool
use(const char *zone)
{
    if (in_use.changed && text_equal(in_use.name, zone))
        return true;
    if (!zone_is_known(zone))
        return false;
    if (!in_use.changed) {
        const char *before = getenv("TZ");
        in_use.before = before == NULL ? NULL : strdup(before);
    }
    snprintf(in_use.name, sizeof in_use.name, "%s", zone);
    in_use.changed = true;
    if (setenv("TZ", in_use.name, 1) != 0)
        fatal("TZ can't be set");
    tzset();
    return true;
}

void
zone_forget(void)
{
    if (!in_use.changed)
        return;
    if (in_use.before == NULL)
        unsetenv("TZ");
    else if (setenv("TZ", in_use.before, 1) != 0)
        fatal("TZ can't be set");
    tzset();
    free(in_use.before);
    in_use.before = NULL;
    in_use.changed = false;
}

void
zone_break_down(const char *zone, int64_t wall_ms, struct zone_time *out)
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm parts;
    bool local = !text_equal(zone, "UTC") && use(zone);
    if (local)
        localtime_r(&seconds, &parts);
    else
        gmtime_r(&seconds, &parts);
    *out = (struct zone_time){
        .year = parts.tm_year + 1900,
        .month = parts.tm_mon + 1,
        .day = parts.tm_mday,
        .hour = parts.tm_hour,
        .minute = parts.tm_min,
    };
    const char *name = local ? parts.tm_zone : "UTC";
    /* Many zones have no letters but their offset: "+04". */
    bool is_offset = name[0] == '+' || name[0] == '-';
    snprintf(out->name, sizeof out->name, "%s%s", is_offset ? "UTC" : "", name);
}

static int
compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A line of zone.tab: country, place, zone, and perhaps a comment, with tabs between. */
static const char *
zone_of_line(struct arena *arena, const char *line, size_t length)
{
    const char *end = line + length;
    if (*line == '#')
        return NULL;
    for (int field = 0; field < 2; field++) {
        line = memchr(line, '\t', (size_t)(end - line));
        if (line == NULL)
            return NULL;
        line++;
    }
    return arena_strndup(arena, line, strcspn(line, "\t\n"));
}

const char *const *
zone_list(struct arena *arena, size_t *count)
{
    struct fault ignored;
    const char *text = file_read_text(arena, ZONE_DIR "/zone.tab", &ignored);
    const char **names = arena_alloc(arena, ZONES_MAX * sizeof *names);
    size_t found = 0, length;
    for (; text != NULL && *text != '\0' && found < ZONES_MAX - 1; text += length) {
        length = strcspn(text, "\n");
        const char *name = zone_of_line(arena, text, length);
        if (name != NULL && zone_is_known(name))
            names[found++] = name;
        length += text[length] == '\n';
    }
    if (found > 0)
        qsort(names, found, sizeof *names, compare);
    names[found++] = "UTC";
    *count = found;
    return names;
}
