/*
 * attempt.c - is this the user's password? Shared by the login page and the password grant, so that
 * who is slowed down at the one can't go on at the other.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "actions/actions.h"

struct keys {
    struct digest login, address;
};

static enum status
refuse(const struct action *action, const struct attempt *in, bool known)
{
    struct dao_audit audit = {
        .act = "sign_in.refused",
        .object_kind = known ? "user" : "",
        .object_id = known ? in->login : "",
        .detail =
            in->app_id == NULL ? NULL : arena_printf(action->arena, "{\"app\":\"%s\"}", in->app_id),
    };
    return dao_audit_insert(action->dao, &action->actor, &audit);
}

static enum status
count(const struct action *action, const struct attempt *in, const struct keys *keys,
      const struct dao_throttle *login, const struct dao_throttle *address)
{
    if (login->failures + 1 == in->limits->login || address->failures + 1 == in->limits->address)
        log_event(LOG_AT_WARNING, "too many failed sign-ins", "addr", action->actor.address, NULL);
    return dao_throttle_count(action->dao, &keys->login, &keys->address, in->limits->window_ms);
}

static bool
is_over(const struct throttle_limits *limits, const struct dao_throttle *login,
        const struct dao_throttle *address, int64_t *wait_ms)
{
    *wait_ms = 0;
    if (login->failures >= limits->login)
        *wait_ms = login->left_ms;
    if (address->failures >= limits->address && address->left_ms > *wait_ms)
        *wait_ms = address->left_ms;
    return *wait_ms > 0;
}

static enum status
look(const struct action *action, const struct attempt *in, bool *known, struct attempted *out)
{
    bool matches;
    out->outcome = ATTEMPT_WRONG;
    enum status status = dao_user_find_by_login(action->dao, action->arena, in->login, &out->user,
                                                &out->password_hash, known);
    if (status != OK)
        return status;
    /* Without a hash to compare with, the same work is done for nothing: time tells nobody. */
    status = password_verify(in->password, *known ? out->password_hash : NULL, &matches);
    if (status == OK && matches && out->user.status == USER_ACTIVE)
        out->outcome = ATTEMPT_RIGHT;
    return status;
}

enum status
action_attempt(const struct action *action, const struct attempt *in, struct attempted *out)
{
    struct keys keys;
    struct dao_throttle login, address;
    bool known;
    enum status status;
    const char *from = action->actor.address;
    *out = (struct attempted){ .outcome = ATTEMPT_TOO_MANY };
    if ((status = throttle_login_key(action->arena, in->login, from, &keys.login)) != OK ||
        (status = throttle_address_key(action->arena, from, &keys.address)) != OK ||
        (status = dao_throttle_find(action->dao, &keys.login, &keys.address, &login, &address)) !=
            OK)
        return status;
    if (is_over(in->limits, &login, &address, &out->wait_ms))
        return OK;
    status = look(action, in, &known, out);
    if (status != OK)
        return status;
    if (out->outcome == ATTEMPT_RIGHT)
        return login.failures == 0 ? OK : dao_throttle_delete(action->dao, &keys.login);
    status = count(action, in, &keys, &login, &address);
    return status != OK ? status : refuse(action, in, known);
}

void
action_renew_hash(const struct action *action, const struct attempted *attempted,
                  const char *password)
{
    const char *hash;
    if (!password_is_outdated(attempted->password_hash) ||
        password_hash(action->arena, password, &hash) != OK)
        return;
    if (dao_user_renew_hash(action->dao, attempted->user.id, attempted->password_hash, hash) == OK)
        log_event(LOG_AT_INFO, "password hash renewed", "user", attempted->user.login, NULL);
}
