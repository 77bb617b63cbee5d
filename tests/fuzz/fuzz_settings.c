/*
 * fuzz_settings.c - any file: settings within their bounds, or a sentence about what is wrong.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct settings *settings)
{
    assert(text_starts(settings->site_url, "http"));
    assert(!text_ends(settings->site_url, "/") && !text_has_control(settings->site_url));
    assert(settings->gate_prefix[0] == '/' && text_ends(settings->gate_prefix, "/"));
    assert(*settings->database_conninfo != '\0');
    assert(settings->session_idle <= settings->session_absolute);
#define SETTING_TEXT(section, name, fallback, choices, help)                                       \
    assert(settings->section##_##name != NULL);
#define SETTING_NUMBER(section, name, fallback, min, max, help)                                    \
    assert(settings->section##_##name >= (min) && settings->section##_##name <= (max));
#define SETTING_TIME SETTING_NUMBER
#define SETTING_SIZE SETTING_NUMBER
#include "config/settings.def"
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int file = -1;
    char path[40];
    if (file < 0)
        file = memfd_create("callgate.conf", MFD_CLOEXEC);
    assert(file >= 0 && ftruncate(file, 0) == 0);
    assert(pwrite(file, data, size, 0) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);

    struct arena *arena = arena_open();
    struct settings settings;
    struct fault fault = { "" };
    if (settings_load(&settings, arena, path, &fault))
        check(&settings);
    else
        assert(fault.text[0] != '\0');
    arena_close(arena);
    return 0;
}
