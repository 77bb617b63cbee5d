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

/* NULL, or what is wrong with a text of the change. */
static const char *
check_texts(const struct action *action, const struct app_change *change,
            struct redirect_urls *urls)
{
    const char *problem = change->name == NULL ? NULL : app_check_name(change->name);
    if (problem == NULL && change->description != NULL)
        problem = app_check_description(change->description);
    if (problem == NULL && change->redirect_urls != NULL)
        problem = redirect_urls_parse(action->arena, change->redirect_urls, urls);
    return problem;
}

enum status
action_app_set(const struct action *action, const struct app_change *change,
               struct dao_app_changed *out, const char **problem)
{
    int64_t owner_id;
    struct redirect_urls urls;
    *out = (struct dao_app_changed){ 0 };
    *problem = check_texts(action, change, &urls);
    if (*problem != NULL)
        return OK;
    enum status status = find_owner(action, change->owner_login, &owner_id, problem);
    if (status == OK && *problem == NULL)
        status = check_backend(action, change, problem);
    if (status != OK || *problem != NULL)
        return status;
    struct dao_app_change row = {
        .app_id = change->app_id,
        .seen_owner_id = change->seen_owner_id,
        .name = change->name,
        .description = change->description,
        .redirect_urls = change->redirect_urls == NULL ? NULL : &urls,
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

/* `row` but for the secret, which is made here. */
static enum status
make_secret(const struct action *action, struct dao_app_secret_new *row,
            char secret[static APP_ID_LENGTH + 1], struct dao_app_secret_made *out)
{
    char fresh[APP_ID_LENGTH + 1];
    struct digest digest;
    enum status status;
    secret[0] = '\0';
    if ((status = random_hex(fresh)) != OK || (status = digest_of(fresh, &digest)) != OK)
        return status;
    row->secret = &digest;
    row->tail = fresh + APP_ID_LENGTH - 4;
    status = dao_app_secret_insert(action->dao, &action->actor, row, out);
    if (status == OK && out->made)
        memcpy(secret, fresh, sizeof fresh);
    explicit_bzero(fresh, sizeof fresh);
    return status;
}

enum status
action_app_secret(const struct action *action, const char *app_id, int64_t overlap_ms,
                  char secret[static APP_ID_LENGTH + 1], const char **problem)
{
    struct dao_app_secret_new row = { .app_id = app_id, .overlap_ms = overlap_ms };
    struct dao_app_secret_made made;
    *problem = NULL;
    enum status status = make_secret(action, &row, secret, &made);
    if (status == OK && !made.made)
        *problem = made.found ? "error.app.native" : "error.app.unknown";
    return status;
}

enum status
action_app_secret_seen(const struct action *action, const struct app *seen, int64_t overlap_ms,
                       char secret[static APP_ID_LENGTH + 1], const char **problem)
{
    struct dao_app_secret_new row = {
        .app_id = seen->app_id,
        .seen_owner_id = seen->owner_id,
        .overlap_ms = overlap_ms,
    };
    struct dao_app_secret_made made;
    *problem = NULL;
    enum status status = make_secret(action, &row, secret, &made);
    if (status == OK && !made.made)
        *problem = made.found ? "error.app.native" : "error.app.unknown";
    return status;
}

enum status
action_app_secret_form(const struct action *action, const struct secret_form *in,
                       char secret[static APP_ID_LENGTH + 1], enum secret_outcome *outcome)
{
    struct dao_app_secret_new row = {
        .app_id = in->app_id,
        .seen_owner_id = in->seen_owner_id,
        .overlap_ms = in->overlap_ms,
        .round = &in->round,
    };
    struct dao_app_secret_made made;
    enum status status = make_secret(action, &row, secret, &made);
    if (status != OK)
        return status;
    if (made.made)
        *outcome = SECRET_MADE;
    else if (!made.found)
        *outcome = SECRET_NO_APP;
    else
        *outcome = made.native ? SECRET_NOT_FOR_NATIVE : SECRET_MADE_BEFORE;
    return OK;
}

enum status
action_app_secret_remove(const struct action *action, const char *app_id, int64_t seen_owner_id,
                         int64_t secret_id, const char **problem)
{
    bool found, gone;
    enum status status = dao_app_secret_delete(action->dao, &action->actor, app_id, seen_owner_id,
                                               secret_id, &found, &gone);
    *problem = NULL;
    if (status == OK && !gone)
        *problem = found ? "error.secret.last" : "error.app.unknown";
    return status;
}

enum status
action_app_end_tokens(const struct action *action, const struct app *seen, const char **problem)
{
    bool found;
    enum status status =
        dao_app_end_tokens(action->dao, &action->actor, seen->app_id, seen->owner_id, &found);
    *problem = status == OK && !found ? "error.app.unknown" : NULL;
    return status;
}

enum status
action_app_delete(const struct action *action, const char *app_id, int64_t seen_owner_id,
                  const char **problem)
{
    bool found;
    enum status status = dao_app_delete(action->dao, &action->actor, app_id, seen_owner_id, &found);
    *problem = status == OK && !found ? "error.app.unknown" : NULL;
    return status;
}

enum status
action_app_revoke_tokens(const struct action *action, const char *app_id, const char **problem)
{
    bool found;
    enum status status = dao_app_end_tokens(action->dao, &action->actor, app_id, 0, &found);
    *problem = status == OK && !found ? "error.app.unknown" : NULL;
    return status;
}

enum status
action_app_disable_unused(struct dao *dao, int64_t unused_ms, int64_t *disabled)
{
    enum { BATCH = 1000 };
    static const struct dao_actor ourselves = { .login = "callgate",
                                                .address = "",
                                                .request_id = "" };
    *disabled = 0;
    if (unused_ms == 0)
        return OK;
    return dao_app_disable_unused(dao, &ourselves, unused_ms, BATCH, disabled);
}
