/*
 * level_request.c - asking for All, and answering that.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "actions/actions.h"

enum status
action_level_ask(const struct action *action, const struct dao_level_ask *ask, const char **problem)
{
    struct dao_level_asked asked;
    enum status status = dao_level_request_insert(action->dao, &action->actor, ask, &asked);
    *problem = NULL;
    if (status != OK || asked.made)
        return status;
    if (!asked.found)
        *problem = "error.app.unknown";
    else
        *problem = asked.has_all ? "error.request.has_all" : "error.request.open";
    return OK;
}

enum status
action_level_edit(const struct action *action, const struct dao_level_ask *ask,
                  const char **problem)
{
    bool found;
    enum status status = dao_level_request_update(action->dao, &action->actor, ask, &found);
    *problem = status == OK && !found ? "error.request.answered" : NULL;
    return status;
}

enum status
action_level_withdraw(const struct action *action, const char *app_id, const char **problem)
{
    bool found;
    enum status status = dao_level_request_withdraw(action->dao, &action->actor, app_id, &found);
    *problem = status == OK && !found ? "error.request.answered" : NULL;
    return status;
}

enum status
action_level_decide(const struct action *action, bool approve,
                    const struct dao_level_decision *decision, const char **problem)
{
    bool found, decided;
    *problem = request_check_answer(decision->answer);
    if (*problem == NULL && !approve && *decision->answer == '\0')
        *problem = "error.answer.empty";
    if (*problem != NULL)
        return OK;
    enum status status = (approve ? dao_level_request_approve : dao_level_request_decline)(
        action->dao, &action->actor, decision, &found, &decided);
    if (status == OK && !decided)
        *problem = found ? "error.request.answered" : "error.request.unknown";
    return status;
}
