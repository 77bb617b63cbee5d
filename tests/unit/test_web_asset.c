/*
 * test_web_asset.c - the provider's accent and logo: what is refused, and that what is taken can be
 * read.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "web/web.h"

static bool
opens(const char *accent, const char *logo, struct web *web, struct fault *fault)
{
    static struct arena *arena;
    static struct settings settings;
    arena_close(arena);
    arena = arena_open();
    settings = (struct settings){ .site_accent = accent, .site_logo = logo };
    *web = (struct web){ .settings = &settings };
    return web_assets_open(web, arena, fault);
}

static void
test_accents(void **state)
{
    (void)state;
    struct web web;
    struct fault fault = { "" };
    assert_true(opens("", "", &web, &fault) && opens("#0b6a63", "", &web, &fault));
    assert_false(opens("teal", "", &web, &fault));
    assert_string_equal(fault.text, "site.accent: \"teal\" is no colour like #0b6a63");
    assert_false(opens("#ffcc00", "", &web, &fault));
    assert_non_null(strstr(fault.text, "site.accent: #ffcc00 has a contrast of 1.4:1"));
    assert_false(opens("#777777", "", &web, &fault));
}

/* The value of --site-<name>. */
static struct colour
property(const char *style, const char *name)
{
    char start[64], value[8];
    struct colour out;
    snprintf(start, sizeof start, "--site-%s: ", name);
    const char *at = strstr(style, start);
    assert_non_null(at);
    snprintf(value, sizeof value, "%.7s", at + strlen(start));
    assert_true(colour_parse(value, &out));
    return out;
}

static struct colour
colour(const char *text)
{
    struct colour out;
    assert_true(colour_parse(text, &out));
    return out;
}

/* Words and what they stand on, as style.css pairs them. */
static void
check_readable(const char *style)
{
    struct colour accent = property(style, "accent"), strong = property(style, "accent-strong");
    struct colour tint = property(style, "accent-tint");
    struct colour dark = property(style, "dark-accent");
    struct colour dark_strong = property(style, "dark-accent-strong");
    struct colour dark_tint = property(style, "dark-accent-tint");
    struct colour dark_on = property(style, "dark-on-accent");
    const struct {
        const char *what;
        struct colour words, ground;
    } pairs[] = {
        { "button", colour("#ffffff"), accent },
        { "button under the mouse", colour("#ffffff"), strong },
        { "link", accent, colour("#f0f3f2") },
        { "badge", strong, tint },
        { "words on the tint", colour("#16201d"), tint },
        { "quiet words on the tint", colour("#55625e"), tint },
        { "dark button", dark_on, dark },
        { "dark button under the mouse", dark_on, dark_strong },
        { "dark link", dark, colour("#1e2725") },
        { "dark badge", dark_strong, dark_tint },
        { "dark words on the tint", colour("#e7edeb"), dark_tint },
        { "quiet dark words on the tint", colour("#a3b1ad"), dark_tint },
    };
    for (size_t i = 0; i < LENGTH_OF(pairs); i++)
        if (colour_contrast(pairs[i].words, pairs[i].ground) < 4.5)
            fail_msg("%s: %.2f\n%s", pairs[i].what,
                     colour_contrast(pairs[i].words, pairs[i].ground), style);
}

static void
test_every_accent_that_is_taken_can_be_read(void **state)
{
    (void)state;
    enum { STEP = 15 };
    size_t taken = 0;
    for (int i = 0; i < 18 * 18 * 18; i++) {
        struct colour accent = { (unsigned char)(i / 324 * STEP),
                                 (unsigned char)(i / 18 % 18 * STEP),
                                 (unsigned char)(i % 18 * STEP) };
        char text[8];
        struct web web;
        struct fault fault;
        colour_format(accent, text);
        if (!opens(text, "", &web, &fault))
            continue;
        struct arena *arena = arena_open();
        check_readable(web_accent_style(arena, accent));
        arena_close(arena);
        taken++;
    }
    assert_true(taken > 1000);
}

static const char *
file_of(const char *bytes, size_t length)
{
    static char path[64];
    static int fd = -1;
    if (fd >= 0)
        close(fd);
    fd = memfd_create("logo", MFD_CLOEXEC);
    assert_true(fd >= 0 && write(fd, bytes, length) == (ssize_t)length);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return path;
}

static void
test_logos(void **state)
{
    (void)state;
    static const char png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", svg[] = "<?xml?>\n<svg/>";
    static const char html[] = "<html></html>";
    static char large[300 * 1024];
    struct web web;
    struct fault fault = { "" };
    assert_true(opens("", file_of(png, sizeof png), &web, &fault));
    assert_string_equal(web.logo.type, "image/png");
    assert_int_equal(web.logo.length, sizeof png);
    assert_true(opens("", file_of(svg, strlen(svg)), &web, &fault));
    assert_string_equal(web.logo.type, "image/svg+xml");
    assert_false(opens("", file_of(html, strlen(html)), &web, &fault));
    assert_non_null(strstr(fault.text, "neither PNG nor SVG"));
    memcpy(large, png, sizeof png);
    assert_false(opens("", file_of(large, sizeof large), &web, &fault));
    assert_non_null(strstr(fault.text, "over 256 KiB"));
    assert_false(opens("", "logo.png", &web, &fault));
    assert_string_equal(fault.text, "site.logo: \"logo.png\" is no absolute path");
    assert_false(opens("", "/nowhere/logo.png", &web, &fault));
    assert_non_null(strstr(fault.text, "site.logo: /nowhere/logo.png: No such file"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accents),
        cmocka_unit_test(test_every_accent_that_is_taken_can_be_read),
        cmocka_unit_test(test_logos),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
