/*
 * transfer.c - an owner hands an application over to another user of the same client, who has to
 * accept it.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "actions/actions.h"

enum status
action_transfer(const struct action *action, const char *app_id, const char *to_login,
                const char **problem)
{
    bool found, made;
    enum status status =
        dao_transfer_insert(action->dao, &action->actor, app_id, to_login, &found, &made);
    *problem = NULL;
    if (status == OK && !made)
        *problem = found ? "error.transfer.to" : "error.app.unknown";
    return status;
}

enum status
action_transfer_withdraw(const struct action *action, const char *app_id, bool *done)
{
    return dao_transfer_delete(action->dao, &action->actor, app_id, true, done);
}

enum status
action_transfer_accept(const struct action *action, const char *app_id, bool *done)
{
    return dao_transfer_accept(action->dao, &action->actor, app_id, done);
}

enum status
action_transfer_decline(const struct action *action, const char *app_id, bool *done)
{
    return dao_transfer_delete(action->dao, &action->actor, app_id, false, done);
}
