/*
 * user.c - what a PBX user is, and what its fields may hold.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "rules/rules.h"

const char *const user_status_names[USER_STATUS__MAX] = { "active", "blocked" };
const char *const user_access_names[ACCESS__MAX] = { "full", "read_only" };

int
name_index(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (text_equal(names[i], name))
            return i;
    return -1;
}

const char *
user_check_login(const char *login)
{
    size_t length = strlen(login);
    if (length < 1 || length > 64)
        return "error.login.length";
    for (const char *p = login; *p != '\0'; p++)
        if (strchr(BASE62, *p) == NULL && strchr("._@+-", *p) == NULL)
            return "error.login.characters";
    return NULL;
}

const char *
user_check_level(const struct user *user)
{
    int levels = (user->dealer_id != 0) + (user->client_id != 0) + (user->extension_group_id != 0) +
                 (user->extension_id != 0);
    if (user->admin && levels != 0)
        return "error.level.admin";
    if (!user->admin && levels != 1)
        return "error.level.one";
    if (user->client_id != 0 && user->tenant_id != user->client_id)
        return "error.level.tenant";
    return NULL;
}
