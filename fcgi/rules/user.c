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

/* One line of text; `long_key` and `key` are of what is too long and what else is wrong. */
static const char *
check_line(const char *text, const char *long_key, const char *key)
{
    if (utf8_length(text) > USER_TEXT_MAX)
        return long_key;
    return utf8_has_invisible(text) ? key : NULL;
}

const char *
user_check_name(const char *name)
{
    return check_line(name, "error.user_name.long", "error.user_name.characters");
}

const char *
user_check_email(const char *email)
{
    const char *at = strchr(email, '@');
    if (*email != '\0' &&
        (at == NULL || at == email || at[1] == '\0' || strchr(email, ' ') != NULL))
        return "error.email.form";
    return check_line(email, "error.email.long", "error.email.form");
}

const char *
user_check_timezone(const char *timezone)
{
    return *timezone == '\0' || zone_is_known(timezone) ? NULL : "error.timezone.form";
}

const char *
user_check_id(const char *text)
{
    int64_t id;
    return *text == '\0' || (text_to_int(text, INT64_MAX, &id) && id > 0) ? NULL : "error.id.form";
}

const char *
user_check_status(const char *status)
{
    return name_index(user_status_names, USER_STATUS__MAX, status) < 0 ? "error.status.unknown"
                                                                       : NULL;
}

const char *
user_check_access(const char *access)
{
    return name_index(user_access_names, ACCESS__MAX, access) < 0 ? "error.access.unknown" : NULL;
}
