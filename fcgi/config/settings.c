/*
 * settings.c - settings from defaults, file and environment, by one table.
 *
 * Every value is parsed by its row's type wherever it comes from, so that a default that is out of
 * its own bounds can't be shipped.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ini.h>

#include "config/config.h"

enum kind { TEXT, NUMBER, TIME, SIZE };

static const char *const kind_names[] = { "text", "number", "time", "size" };

static const struct row {
    const char *section, *name;
    enum kind kind;
    size_t offset;
    const char *fallback;
    const char *choices; /* of a text; NULL: free */
    int64_t min, max;
    const char *help;
} rows[] = {
#define AT(section, name) offsetof(struct settings, section##_##name)
#define SETTING_TEXT(section, name, fallback, choices, help)                                       \
    { #section, #name, TEXT, AT(section, name), fallback, choices, 0, 0, help },
#define SETTING_NUMBER(section, name, fallback, min, max, help)                                    \
    { #section, #name, NUMBER, AT(section, name), fallback, NULL, min, max, help },
#define SETTING_TIME(section, name, fallback, min, max, help)                                      \
    { #section, #name, TIME, AT(section, name), fallback, NULL, min, max, help },
#define SETTING_SIZE(section, name, fallback, min, max, help)                                      \
    { #section, #name, SIZE, AT(section, name), fallback, NULL, min, max, help },
#include "config/settings.def"
};

struct unit {
    const char *name;
    int64_t factor;
};

static const struct unit times[] = {
    { "ms", 1 }, { "s", 1000 }, { "min", 60000 }, { "h", 3600000 }, { "d", 86400000 },
};

static const struct unit sizes[] = { { "B", 1 }, { "KiB", 1024 }, { "MiB", 1024 * 1024 } };

struct units {
    const struct unit *items;
    size_t count;
};

static struct units
units_of(enum kind kind)
{
    if (kind == TIME)
        return (struct units){ times, LENGTH_OF(times) };
    if (kind == SIZE)
        return (struct units){ sizes, LENGTH_OF(sizes) };
    return (struct units){ NULL, 0 };
}

/* "30 s", "30s"; a plain number only where the row has no unit. */
static bool
parse_amount(const struct row *row, const char *text, int64_t *out)
{
    char digits[20];
    size_t length = strspn(text, "0123456789");
    if (length == 0 || length >= sizeof digits)
        return false;
    memcpy(digits, text, length);
    digits[length] = '\0';
    int64_t amount;
    if (!text_to_int(digits, INT64_MAX / (86400000 * 2LL), &amount))
        return false;
    const char *unit = text + length + strspn(text + length, " ");
    struct units units = units_of(row->kind);
    if (units.count == 0) {
        *out = amount;
        return *unit == '\0';
    }
    for (size_t i = 0; i < units.count; i++) {
        if (text_equal(units.items[i].name, unit)) {
            *out = amount * units.items[i].factor;
            return true;
        }
    }
    return false;
}

/* The largest unit that divides it. */
static const char *
format_amount(const struct row *row, struct arena *arena, int64_t amount)
{
    struct units units = units_of(row->kind);
    if (units.count == 0)
        return arena_printf(arena, "%lld", (long long)amount);
    size_t best = 0;
    for (size_t i = 0; i < units.count; i++)
        if (amount % units.items[i].factor == 0 && amount != 0)
            best = i;
    return arena_printf(arena, "%lld %s", (long long)(amount / units.items[best].factor),
                        units.items[best].name);
}

static const char *
allowed(const struct row *row, struct arena *arena)
{
    if (row->kind != TEXT)
        return arena_printf(arena, "%s to %s", format_amount(row, arena, row->min),
                            format_amount(row, arena, row->max));
    if (row->choices == NULL)
        return "any text";
    struct buf buf;
    buf_init(&buf, arena, SIZE_MAX);
    for (const char *p = row->choices; *p != '\0'; p++)
        buf_text(&buf, *p == ',' ? ", " : (char[]){ *p, '\0' });
    return buf.data;
}

static bool
is_choice(const char *choices, const char *value)
{
    size_t length = strlen(value);
    if (strchr(value, ',') != NULL)
        return false;
    for (const char *p = choices; p != NULL; p = strchr(p, ',')) {
        p += *p == ',';
        if (strncmp(p, value, length) == 0 && (p[length] == ',' || p[length] == '\0'))
            return true;
    }
    return false;
}

struct loading {
    struct settings *settings;
    struct arena *arena;
    const char *path;
    bool given[LENGTH_OF(rows)];
    struct fault *fault;
    FILE *file;
    int line; /* read last */
    bool too_long;
    int failed; /* the line whose setting is wrong; 0: none yet */
};

/* `where`: "callgate.conf" or the variable's name. */
static bool
take(struct loading *loading, const struct row *row, const char *where, const char *value)
{
    void *member = (char *)loading->settings + row->offset;
    if (row->kind == TEXT) {
        if (row->choices != NULL && !is_choice(row->choices, value))
            return fault_set(loading->fault, "%s: %s.%s: not \"%s\", but one of: %s", where,
                             row->section, row->name, value, allowed(row, loading->arena));
        *(const char **)member = arena_strdup(loading->arena, value);
        return true;
    }
    int64_t amount;
    if (!parse_amount(row, value, &amount) || amount < row->min || amount > row->max)
        return fault_set(loading->fault, "%s: %s.%s: \"%s\" is not a %s from %s", where,
                         row->section, row->name, value, kind_names[row->kind],
                         allowed(row, loading->arena));
    *(int64_t *)member = amount;
    return true;
}

static int
on_pair(void *user, const char *section, const char *name, const char *value)
{
    struct loading *loading = user;
    if (loading->failed != 0)
        return 0; /* the first fault is the one that is told */
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        if (!text_equal(rows[i].section, section) || !text_equal(rows[i].name, name))
            continue;
        if (loading->given[i])
            fault_set(loading->fault, "%s: %s.%s is given twice", loading->path, section, name);
        else if (take(loading, &rows[i], loading->path, value))
            return loading->given[i] = true;
        loading->failed = loading->line;
        return 0;
    }
    fault_set(loading->fault, "%s: there is no setting %s.%s (`callgate serve --help` lists them)",
              loading->path, section, name);
    loading->failed = loading->line;
    return 0;
}

/* The INI parser takes a line that does not fit as several: it never gets to see one. */
static char *
next_line(char *line, int size, void *stream)
{
    struct loading *loading = stream;
    if (fgets(line, size, loading->file) == NULL)
        return NULL;
    loading->line++;
    loading->too_long = strchr(line, '\n') == NULL && !feof(loading->file);
    return loading->too_long ? NULL : line;
}

static bool
load_file(struct loading *loading, bool must_exist)
{
    loading->file = fopen(loading->path, "re");
    if (loading->file == NULL && errno == ENOENT && !must_exist)
        return true;
    if (loading->file == NULL)
        return fault_set(loading->fault, "%s: %s", loading->path, strerror(errno));
    int line = ini_parse_stream(next_line, loading, on_pair, loading);
    fclose(loading->file);
    if (line != 0 && line == loading->failed) {
        struct fault inner = *loading->fault;
        return fault_set(loading->fault, "line %d of %s", line, inner.text);
    }
    if (line != 0)
        return fault_set(loading->fault, "%s:%d: not a line of an INI file", loading->path, line);
    if (loading->too_long)
        return fault_set(loading->fault,
                         "%s:%d: a line of over %d characters; give a long value in the "
                         "environment instead (CALLGATE_<SECTION>_<NAME>)",
                         loading->path, loading->line, INI_MAX_LINE - 2);
    return true;
}

static bool
load_environment(struct loading *loading)
{
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        char *name = arena_printf(loading->arena, "CALLGATE_%s_%s", rows[i].section, rows[i].name);
        for (char *p = name; *p != '\0'; p++)
            if (*p >= 'a' && *p <= 'z')
                *p = (char)(*p - 'a' + 'A');
        const char *value = getenv(name);
        if (value != NULL && !take(loading, &rows[i], name, value))
            return false;
    }
    return true;
}

/* Scheme, host and port, as an Origin header has them; `name` is what faults call the setting. */
static bool
check_origin(struct arena *arena, const char *name, const char *url, const char **out,
             struct fault *fault)
{
    struct uri uri;
    /* RFC 3986 takes these for a host's, but no name has them; `*` would be no pattern here. */
    static const char odd[] = "!$&'()*+,;=%~";
    if (!uri_parse(arena, url, &uri) || text_is_empty(uri.host) ||
        (!text_equal(uri.scheme, "https") && !text_equal(uri.scheme, "http")))
        return fault_set(fault, "%s: \"%s\" is not an http or https address", name, url);
    if (strpbrk(uri.host, odd) != NULL)
        return fault_set(fault, "%s: \"%s\" names no host, or a pattern of hosts; name each", name,
                         url);
    if (uri.userinfo != NULL || uri.query != NULL || uri.fragment != NULL ||
        (*uri.path != '\0' && !text_equal(uri.path, "/")))
        return fault_set(fault, "%s: \"%s\" may hold scheme, host and port only", name, url);
    const char *open = uri.host_is_ipv6 ? "[" : "", *close = uri.host_is_ipv6 ? "]" : "";
    /* An Origin header never names the scheme's own port. */
    const char *usual = text_equal(uri.scheme, "https") ? "443" : "80";
    bool with_port = !text_is_empty(uri.port) && !text_equal(uri.port, usual);
    *out = arena_printf(arena, "%s://%s%s%s%s%s", uri.scheme, open, uri.host, close,
                        with_port ? ":" : "", with_port ? uri.port : "");
    return true;
}

bool
settings_check_site_url(struct arena *arena, const char *url, const char **out, struct fault *fault)
{
    if (*url == '\0')
        return fault_set(fault, "site.url is required: the address that people type, "
                                "such as https://pbx.example.com");
    return check_origin(arena, "site.url", url, out, fault);
}

/* "" for off, else the origins as browsers send them, with a blank before, between and behind. */
static bool
check_cors(struct settings *settings, struct arena *arena, struct fault *fault)
{
    const char *cursor = settings->cors_origins, *word, *origin;
    struct buf out;
    buf_init(&out, arena, SIZE_MAX);
    if (!text_equal(cursor, "off"))
        while ((word = text_word(arena, &cursor)) != NULL) {
            if (!check_origin(arena, "cors.origins", word, &origin, fault))
                return false;
            buf_printf(&out, "%s%s ", out.length == 0 ? " " : "", origin);
        }
    settings->cors_origins = out.data;
    return true;
}

enum { LANGUAGES_MAX = 8 };

/* Two or three letters each: they are part of a file's name. */
static bool
check_languages(const struct settings *settings, struct arena *arena, struct fault *fault)
{
    const char *cursor = settings->site_languages, *word;
    const char *seen[LANGUAGES_MAX];
    size_t count = 0;
    while ((word = text_word(arena, &cursor)) != NULL) {
        size_t length = strspn(word, "abcdefghijklmnopqrstuvwxyz");
        if (length < 2 || length > 3 || word[length] != '\0')
            return fault_set(fault, "site.languages: \"%s\" is no language like en", word);
        for (size_t i = 0; i < count; i++)
            if (text_equal(seen[i], word))
                return fault_set(fault, "site.languages: %s is there twice", word);
        if (count == LANGUAGES_MAX)
            return fault_set(fault, "site.languages: more than %d", LANGUAGES_MAX);
        seen[count++] = word;
    }
    return count > 0 || fault_set(fault, "site.languages: none is named");
}

bool
settings_prefix_is_valid(const char *prefix)
{
    return prefix[0] == '/' && text_ends(prefix, "/") && strlen(prefix) > 1 &&
           strstr(prefix, "//") == NULL && strpbrk(prefix, "?#%{}") == NULL &&
           !text_has_control(prefix);
}

static bool
check_whole(struct settings *settings, struct arena *arena, struct fault *fault)
{
    const char *prefix = settings->gate_prefix;
    if (*settings->database_conninfo == '\0')
        return fault_set(fault, "database.conninfo is required: how the runtime role connects, "
                                "such as \"dbname=callgate user=callgate\"");
    if (!settings_prefix_is_valid(prefix))
        return fault_set(fault, "gate.prefix: \"%s\" is no path with a slash at both ends", prefix);
    if (text_equal(settings->server_web_listen, settings->server_gate_listen))
        return fault_set(fault, "server.web_listen and server.gate_listen are the same: \"%s\"",
                         settings->server_gate_listen);
    if (settings->session_idle > settings->session_absolute)
        return fault_set(fault, "session.idle is longer than session.absolute");
    return check_languages(settings, arena, fault) && check_cors(settings, arena, fault) &&
           settings_check_site_url(arena, settings->site_url, &settings->site_url, fault);
}

bool
settings_load(struct settings *out, struct arena *arena, const char *path, struct fault *fault)
{
    struct loading loading = {
        .settings = out,
        .arena = arena,
        .path = path == NULL ? CONFIG_DEFAULT_PATH : path,
        .fault = fault,
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++)
        if (!take(&loading, &rows[i], "default", rows[i].fallback))
            return false;
    return load_file(&loading, path != NULL) && load_environment(&loading) &&
           check_whole(out, arena, fault);
}

bool
setting_row_at(size_t index, struct arena *arena, struct setting_row *out)
{
    if (index >= LENGTH_OF(rows))
        return false;
    const struct row *row = &rows[index];
    *out = (struct setting_row){
        .section = row->section,
        .name = row->name,
        .type = kind_names[row->kind],
        .fallback = row->fallback,
        .allowed = allowed(row, arena),
        .help = row->help,
    };
    return true;
}
