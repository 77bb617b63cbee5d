/*
 * sign_in.c - signing in and out.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "actions/actions.h"

static enum status
refuse(const struct action *action, bool known, const char *login)
{
    struct dao_audit audit = {
        .act = "sign_in.refused",
        .object_kind = known ? "user" : "",
        .object_id = known ? login : "",
    };
    return dao_audit_insert(action->dao, &action->actor, &audit);
}

/* A hash of an older kind is replaced while the password is at hand; if that fails, next time. */
static void
renew_hash(const struct action *action, const struct user *user, const char *password,
           const char *old_hash)
{
    const char *hash;
    if (!password_is_outdated(old_hash) || password_hash(action->arena, password, &hash) != OK)
        return;
    if (dao_user_renew_hash(action->dao, user->id, old_hash, hash) == OK)
        log_event(LOG_AT_INFO, "password hash renewed", "user", user->login, NULL);
}

enum status
action_sign_in(const struct action *action, const struct sign_in *in,
               char token[static TOKEN_LENGTH + 1])
{
    struct user user;
    const char *hash = NULL;
    bool found, matches, made;
    token[0] = '\0';
    enum status status =
        dao_user_find_by_login(action->dao, action->arena, in->login, &user, &hash, &found);
    if (status != OK)
        return status;
    /* Without a hash to compare with, the same work is done for nothing: time tells nobody. */
    status = password_verify(in->password, found ? hash : NULL, &matches);
    if (status != OK)
        return status;
    if (!matches || user.status != USER_ACTIVE)
        return refuse(action, found, in->login);

    char fresh[TOKEN_LENGTH + 1];
    struct digest digest;
    if ((status = random_token(fresh)) != OK || (status = digest_of(fresh, &digest)) != OK)
        return status;
    struct action as_user = *action;
    as_user.actor.user_id = user.id;
    as_user.actor.login = user.login;
    status = dao_session_insert(action->dao, &as_user.actor, &digest, in->old_session,
                                in->absolute_ms, &made);
    if (status != OK)
        return status;
    if (!made) /* blocked a moment ago */
        return refuse(action, true, in->login);
    renew_hash(&as_user, &user, in->password, hash);
    memcpy(token, fresh, sizeof fresh);
    return OK;
}

enum status
action_sign_out(const struct action *action, const struct digest *token)
{
    return dao_session_delete(action->dao, &action->actor, token);
}
