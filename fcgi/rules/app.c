/*
 * app.c - what an application is, and who may set what.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "rules/rules.h"

const char *const app_type_names[APP_TYPE__MAX] = { "public", "trusted", "password_credentials" };
const char *const app_level_names[LEVEL__MAX] = { "call_api", "all" };
const char *const app_status_names[APP_STATUS__MAX] = { "active", "disabled" };
const char *const request_state_names[REQUEST_STATE__MAX] = { "open", "approved", "declined",
                                                              "withdrawn" };

const char *
app_check_name(const char *name)
{
    bool blank = true;
    for (const char *p = name; *p != '\0'; p++)
        blank = blank && *p == ' ';
    if (blank)
        return "error.name.empty";
    if (utf8_length(name) > APP_NAME_MAX)
        return "error.name.long";
    if (utf8_has_invisible(name))
        return "error.name.characters";
    return NULL;
}

/* What people write may have lines; other control characters help nobody. */
static bool
has_only_text(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++)
        if ((*p < 0x20 && *p != '\n' && *p != '\r' && *p != '\t') || *p == 0x7f)
            return false;
    return true;
}

const char *
app_check_description(const char *description)
{
    if (utf8_length(description) > APP_DESCRIPTION_MAX)
        return "error.description.long";
    return has_only_text(description) ? NULL : "error.description.characters";
}

const char *
request_check_reason(const char *reason)
{
    if (*reason == '\0')
        return "error.reason.empty";
    if (utf8_length(reason) > APP_DESCRIPTION_MAX)
        return "error.reason.long";
    return has_only_text(reason) ? NULL : "error.reason.characters";
}

const char *
request_check_answer(const char *answer)
{
    if (utf8_length(answer) > APP_DESCRIPTION_MAX)
        return "error.answer.long";
    return has_only_text(answer) ? NULL : "error.answer.characters";
}

bool
app_is_unused(const struct app *app, int64_t now_ms, int64_t after_ms)
{
    return after_ms > 0 && !app->api_backend && now_ms - app->unused_since_ms > after_ms;
}

const char *
app_check_type(const char *type)
{
    return name_index(app_type_names, APP_TYPE__MAX, type) < 0 ? "error.type.unknown" : NULL;
}

const char *
app_check_level(const char *level)
{
    return name_index(app_level_names, LEVEL__MAX, level) < 0 ? "error.level.unknown" : NULL;
}

enum app_level
level_lower(enum app_level a, enum app_level b)
{
    return a == LEVEL_ALL ? b : a;
}

enum app_right
app_right_of(const struct user *actor, const struct app *app)
{
    if (app->owner_id == actor->id)
        return APP_RIGHT_OWN;
    /* A client-level user looks after the client; numbers that are not set are nobody's. */
    return actor->client_id != 0 && actor->client_id == app->owner_tenant_id ? APP_RIGHT_END
                                                                             : APP_RIGHT_NONE;
}

bool
app_may_set_type(const struct user *actor, enum app_type type)
{
    return actor->admin || type != APP_PASSWORD_CREDENTIALS;
}

bool
app_may_set_level(const struct user *actor, enum app_level level)
{
    return actor->admin || level != LEVEL_ALL;
}

const char *
app_level_until_parse(const char *text, int64_t now_ms, int64_t *until_ms)
{
    enum { DAY_MS = 24 * 60 * 60 * 1000, DATE_LENGTH = 10 };
    if (!clock_parse_utc(text, until_ms))
        return "error.until.form";
    if (strlen(text) == DATE_LENGTH)
        *until_ms += DAY_MS;
    return *until_ms > now_ms ? NULL : "error.until.past";
}
