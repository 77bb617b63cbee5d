/*
 * app.c - changing an application, renewing its secret, deleting it.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "actions/actions.h"

/* 0: the change names no owner. */
static enum status
find_owner(const struct action *action, const char *login, int64_t *id, const char **problem)
{
    struct user owner;
    const char *hash;
    bool found;
    *id = 0;
    if (login == NULL)
        return OK;
    enum status status =
        dao_user_find_by_login(action->dao, action->arena, login, &owner, &hash, &found);
    if (status == OK && found)
        *id = owner.id;
    else if (status == OK)
        *problem = "error.login.unknown";
    return status;
}

/* An application without secret can be anybody: it must not see everybody's tokens. */
static enum status
check_backend(const struct action *action, const struct app_change *change, const char **problem)
{
    struct app app;
    bool found;
    if (change->api_backend == NULL || !*change->api_backend)
        return OK;
    enum status status = dao_app_find(action->dao, action->arena, change->app_id, &app, &found);
    if (status == OK && found && app.native &&
        (change->type == NULL || *change->type == APP_PUBLIC))
        *problem = "error.app.no_backend";
    return status;
}

enum status
action_app_set(const struct action *action, const struct app_change *change,
               struct dao_app_changed *out, const char **problem)
{
    int64_t owner_id;
    *out = (struct dao_app_changed){ 0 };
    *problem = change->name == NULL ? NULL : app_check_name(change->name);
    if (*problem != NULL)
        return OK;
    enum status status = find_owner(action, change->owner_login, &owner_id, problem);
    if (status == OK && *problem == NULL)
        status = check_backend(action, change, problem);
    if (status != OK || *problem != NULL)
        return status;
    struct dao_app_change row = {
        .app_id = change->app_id,
        .name = change->name,
        .type = change->type,
        .level = change->level,
        .level_until_ms = change->level_until_ms,
        .status = change->status,
        .api_backend = change->api_backend,
        .owner_id = owner_id == 0 ? NULL : &owner_id,
    };
    status = dao_app_change(action->dao, &action->actor, &row, out);
    if (status == OK && !out->found)
        *problem = "error.app.unknown";
    return status;
}

enum status
action_app_secret(const struct action *action, const char *app_id, int64_t overlap_ms,
                  char secret[static APP_ID_LENGTH + 1], const char **problem)
{
    char fresh[APP_ID_LENGTH + 1];
    struct digest digest;
    bool found, made;
    enum status status;
    secret[0] = '\0';
    *problem = NULL;
    if ((status = random_hex(fresh)) != OK || (status = digest_of(fresh, &digest)) != OK)
        return status;
    struct dao_app_secret_new row = {
        .app_id = app_id,
        .secret = &digest,
        .tail = fresh + APP_ID_LENGTH - 4,
        .overlap_ms = overlap_ms,
    };
    status = dao_app_secret_insert(action->dao, &action->actor, &row, &found, &made);
    if (status == OK && made)
        memcpy(secret, fresh, sizeof fresh);
    else if (status == OK)
        *problem = found ? "error.app.native" : "error.app.unknown";
    explicit_bzero(fresh, sizeof fresh);
    return status;
}

enum status
action_app_delete(const struct action *action, const char *app_id, const char **problem)
{
    bool found;
    enum status status = dao_app_delete(action->dao, &action->actor, app_id, &found);
    *problem = status == OK && !found ? "error.app.unknown" : NULL;
    return status;
}
