/*
 * user.c - adding and changing PBX users.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "actions/actions.h"

enum status
action_user_add(const struct action *action, const struct user *user, const char *password,
                const char **problem)
{
    *problem = user_check_login(user->login);
    if (*problem == NULL)
        *problem = user_check_password(password);
    if (*problem == NULL)
        *problem = user_check_level(user);
    if (*problem != NULL)
        return OK;
    const char *hash;
    int64_t id;
    enum status status = password_hash(action->arena, password, &hash);
    if (status == OK)
        status = dao_user_insert(action->dao, &action->actor, user, hash, &id);
    if (status == OK && id == 0)
        *problem = "error.login.taken";
    return status;
}

enum status
action_user_set(const struct action *action, const struct user *user, const char **problem)
{
    *problem = user_check_level(user);
    if (*problem != NULL)
        return OK;
    return dao_user_update(action->dao, &action->actor, user);
}

enum status
action_user_password(const struct action *action, const char *login, const char *password,
                     const char **problem)
{
    struct user user;
    const char *hash;
    bool found;
    *problem = user_check_password(password);
    if (*problem != NULL)
        return OK;
    enum status status =
        dao_user_find_by_login(action->dao, action->arena, login, &user, &hash, &found);
    if (status != OK)
        return status;
    if (!found) {
        *problem = "error.login.unknown";
        return OK;
    }
    status = password_hash(action->arena, password, &hash);
    if (status != OK)
        return status;
    return dao_user_update_password(action->dao, &action->actor, user.id, hash);
}
