/*
 * asset.c - files sent as they are: the style sheet, the script, pictures, fonts.
 *
 * Only the types listed here are taken, so that a note or a backup left in the directory is never
 * public. They are read with the templates: no page touches the disk.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "view/view_int.h"

static const char *const suffixes[] = { ".css", ".ico", ".jpg", ".js", ".png", ".svg", ".woff2" };

/* Other JSON (the messages) is not for everybody. */
static const char document[] = "openapi.json";

bool
asset_is_name(const char *name)
{
    for (size_t i = 0; i < LENGTH_OF(suffixes); i++)
        if (text_ends(name, suffixes[i]))
            return true;
    return text_equal(name, document);
}

const char *
view_asset(const struct view *view, const char *name, size_t *length)
{
    for (size_t i = 0; i < view->asset_count; i++) {
        const struct source *asset = &view->assets[i];
        if (!text_equal(asset->name, name))
            continue;
        *length = asset->length;
        return asset->text;
    }
    return NULL;
}
