/*
 * asset.c - style sheet, script and logo, with the provider's own accent and picture in them.
 *
 * The accent is one colour; what else is needed (for the dark theme, for what lies under text) is
 * mixed from it, so that every pair that style.css makes can be read: 4.5:1 (WCAG 2.2, 1.4.3).
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "web/web.h"

enum { LOGO_MAX = 256 * 1024 };

static const double CONTRAST_MIN = 4.5;

/* The darkest of what accents stand on in the light theme, the lightest in the dark one: --sunken
 * of style.css; and its --surface. */
static const struct colour light_sunken = { 0xf0, 0xf3, 0xf2 }, dark_sunken = { 0x1e, 0x27, 0x25 },
                           dark_surface = { 0x16, 0x1d, 0x1b };
static const struct colour white = { 255, 255, 255 }, black = { 0, 0, 0 };

static void
add_colour(struct buf *out, const char *name, struct colour colour)
{
    char text[8];
    colour_format(colour, text);
    buf_printf(out, "    --site-%s: %s;\n", name, text);
}

/* Lighter until it is read on what is lightest in the dark theme. */
static struct colour
for_the_dark(struct colour accent)
{
    struct colour lighter = accent;
    for (double share = 0; colour_contrast(lighter, dark_sunken) < 7; share += 0.05)
        lighter = colour_mix(accent, white, share);
    return lighter;
}

const char *
web_accent_style(struct arena *arena, struct colour accent)
{
    struct buf out;
    struct colour dark = for_the_dark(accent);
    buf_init(&out, arena, SIZE_MAX);
    buf_text(&out, ":root {\n");
    add_colour(&out, "accent", accent);
    add_colour(&out, "accent-strong", colour_mix(accent, black, 0.25));
    add_colour(&out, "accent-tint", colour_mix(white, accent, 0.1));
    add_colour(&out, "dark-accent", dark);
    add_colour(&out, "dark-accent-strong", colour_mix(dark, white, 0.3));
    add_colour(&out, "dark-accent-tint", colour_mix(dark_surface, dark, 0.15));
    add_colour(&out, "dark-on-accent", colour_mix(black, dark, 0.1));
    buf_text(&out, "}\n\n");
    return out.data;
}

static bool
check_accent(const char *text, struct fault *fault)
{
    struct colour accent;
    if (*text == '\0')
        return true;
    if (!colour_parse(text, &accent))
        return fault_set(fault, "site.accent: \"%s\" is no colour like #0b6a63", text);
    double contrast = colour_contrast(accent, light_sunken);
    if (contrast >= CONTRAST_MIN)
        return true;
    return fault_set(fault,
                     "site.accent: %s has a contrast of %.1f:1 to the light ground; white words on "
                     "buttons and links need 4.5:1: choose a darker colour",
                     text, contrast);
}

static bool
open_logo(struct web *web, struct arena *arena, struct fault *fault)
{
    static const char png[] = "\x89PNG\r\n\x1a\n";
    const char *path = web->settings->site_logo;
    struct fault inner;
    if (*path == '\0')
        return true;
    if (*path != '/')
        return fault_set(fault, "site.logo: \"%s\" is no absolute path", path);
    struct web_asset *logo = &web->logo;
    logo->data = file_read_bytes(arena, path, LOGO_MAX, &logo->length, &inner);
    if (logo->data == NULL)
        return fault_set(fault, "site.logo: %s", inner.text);
    if (logo->length > strlen(png) && memcmp(logo->data, png, strlen(png)) == 0)
        logo->type = "image/png";
    else if (utf8_valid(logo->data, logo->length) && strlen(logo->data) == logo->length &&
             strstr(logo->data, "<svg") != NULL)
        logo->type = "image/svg+xml";
    else
        return fault_set(fault, "site.logo: %s is neither PNG nor SVG", path);
    return true;
}

bool
web_assets_open(struct web *web, struct arena *arena, struct fault *fault)
{
    return check_accent(web->settings->site_accent, fault) && open_logo(web, arena, fault);
}

/* "/app/style.css?v=…", another one whenever the bytes are others: browsers may keep it for good.
 */
static enum status
set_url(struct arena *arena, struct web_asset *asset, const char *path)
{
    struct digest version;
    char hex[9];
    enum status status = digest_of_bytes(asset->data, asset->length, &version);
    if (status != OK)
        return status;
    hex_encode(version.bytes, 4, hex);
    asset->url = arena_printf(arena, "%s?v=%s", path, hex);
    return OK;
}

static void
find(const struct web *web, const char *name, const char *type, struct web_asset *out)
{
    *out = (struct web_asset){ .type = type };
    out->data = view_asset(web->view, name, &out->length);
    if (out->data == NULL)
        out->data = "";
}

enum status
web_assets_init(struct web *web, struct arena *arena)
{
    struct web_asset *style = &web->style;
    struct colour accent;
    enum status status;
    find(web, "style.css", "text/css; charset=utf-8", style);
    find(web, "app.js", "text/javascript; charset=utf-8", &web->script);
    if (web->settings->site_accent != NULL && colour_parse(web->settings->site_accent, &accent)) {
        struct buf all;
        buf_init(&all, arena, SIZE_MAX);
        buf_text(&all, web_accent_style(arena, accent));
        buf_add(&all, style->data, style->length);
        style->data = all.data;
        style->length = all.length;
    }
    if ((status = set_url(arena, style, "/app/style.css")) != OK ||
        (status = set_url(arena, &web->script, "/app/app.js")) != OK)
        return status;
    return web->logo.data == NULL ? OK : set_url(arena, &web->logo, "/app/logo");
}
