/*
 * user.c - adding and changing PBX users, their passwords, sessions and tokens.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

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
    bool last_admin = false;
    enum status status = dao_user_update(action->dao, &action->actor, user, &last_admin);
    if (status == OK && last_admin)
        *problem = "error.admin.last";
    return status;
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
    return dao_user_update_password(action->dao, &action->actor, user.id, hash, false);
}

/* As App secrets are made, but short enough to be read out: 119 bits. */
static enum status
make_password(struct arena *arena, char password[static USER_PASSWORD_LENGTH + 1],
              const char **hash)
{
    char fresh[TOKEN_LENGTH + 1];
    enum status status = random_token(fresh);
    if (status != OK)
        return status;
    memcpy(password, fresh, USER_PASSWORD_LENGTH);
    password[USER_PASSWORD_LENGTH] = '\0';
    explicit_bzero(fresh, sizeof fresh);
    return password_hash(arena, password, hash);
}

enum status
action_user_new(const struct action *action, const struct user *user,
                char password[static USER_PASSWORD_LENGTH + 1], const char **problem)
{
    const char *hash;
    int64_t id = 0;
    struct user row = *user;
    row.must_change_password = true;
    *problem = user_check_login(row.login);
    if (*problem == NULL)
        *problem = user_check_level(&row);
    if (*problem != NULL)
        return OK;
    enum status status = make_password(action->arena, password, &hash);
    if (status == OK)
        status = dao_user_insert(action->dao, &action->actor, &row, hash, &id);
    if (status == OK && id == 0)
        *problem = "error.login.taken";
    if (id == 0)
        explicit_bzero(password, USER_PASSWORD_LENGTH + 1);
    return status;
}

enum status
action_user_reset(const struct action *action, int64_t user_id,
                  char password[static USER_PASSWORD_LENGTH + 1])
{
    const char *hash;
    enum status status = make_password(action->arena, password, &hash);
    return status != OK
               ? status
               : dao_user_update_password(action->dao, &action->actor, user_id, hash, true);
}
