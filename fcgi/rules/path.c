/*
 * path.c - where a sign-in may return to: our own pages only.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "rules/rules.h"

bool
own_path_is_valid(const char *path)
{
    /* "//host" and "/\\host" are other sites to a browser. */
    return path[0] == '/' && path[1] != '/' && strchr(path, '\\') == NULL &&
           strlen(path) <= OWN_PATH_MAX && !text_has_control(path) &&
           utf8_valid(path, strlen(path));
}
