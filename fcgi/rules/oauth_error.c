/*
 * oauth_error.c - the table of OAuth2 errors, from oauth_error.def.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "rules/rules.h"

static const struct {
    const char *name;
    int status;
    const char *text;
} rows[OAUTH_ERROR__MAX] = {
    [OAUTH_NONE] = { "", 200, "" },
#define OAUTH_ERROR(id, name, status, text) [OAUTH_##id] = { name, status, text },
#include "rules/oauth_error.def"
#undef OAUTH_ERROR
};

const char *
oauth_error_name(enum oauth_error error)
{
    return rows[error].name;
}

int
oauth_error_status(enum oauth_error error)
{
    return rows[error].status;
}

const char *
oauth_error_text(enum oauth_error error)
{
    return rows[error].text;
}
