/*
 * config.h - the settings: one table (settings.def) drives parsing, defaults, bounds and help.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifndef CALLGATE_CONFIG_H
#define CALLGATE_CONFIG_H

#include "util/util.h"

#define CONFIG_DEFAULT_PATH "/etc/callgate.conf"

/* Durations are in milliseconds (int64_t), sizes in bytes (int64_t), texts never NULL. */
struct settings {
#define SETTING_TEXT(section, name, fallback, choices, help)    const char *section##_##name;
#define SETTING_NUMBER(section, name, fallback, min, max, help) int64_t section##_##name;
#define SETTING_TIME(section, name, fallback, min, max, help)   int64_t section##_##name;
#define SETTING_SIZE(section, name, fallback, min, max, help)   int64_t section##_##name;
#include "config/settings.def"
#undef SETTING_TEXT
#undef SETTING_NUMBER
#undef SETTING_TIME
#undef SETTING_SIZE
};

/*
 * Defaults, then the INI file at `path` (NULL: CONFIG_DEFAULT_PATH, which may be missing), then
 * CALLGATE_<SECTION>_<NAME> from the environment. An unknown section or name, a value out of
 * bounds, a setting given twice: false, and the fault names file, line and what is allowed.
 */
bool settings_load(struct settings *out, struct arena *arena, const char *path,
                   struct fault *fault) MUST_CHECK;

/* site.url: checks and takes the last slash off. Called by settings_load(). */
bool settings_check_site_url(struct arena *arena, const char *url, const char **out,
                             struct fault *fault) MUST_CHECK;

/* gate.prefix: a plain path with a slash at both ends. */
bool settings_prefix_is_valid(const char *prefix);

/* One row of the table, as text: for help, the manual's guard and `callgate check`. */
struct setting_row {
    const char *section, *name;
    const char *type;     /* text, number, time, size */
    const char *fallback; /* as one writes it; "" for none */
    const char *allowed;  /* "1 to 64", "stderr, syslog or an absolute path", … */
    const char *help;
};

/* Row number `index`; false past the last. */
bool setting_row_at(size_t index, struct arena *arena, struct setting_row *out);

#endif
