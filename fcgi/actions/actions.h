/*
 * actions.h - what several doors do alike: one act a file, with its rules and its audit row.
 *
 * Actor and typed input in, outcome out; no HTTP, no wording. A status other than OK means that
 * nothing was done.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifndef CALLGATE_ACTIONS_H
#define CALLGATE_ACTIONS_H

#include "crypto/crypto.h"
#include "dao/dao.h"
#include "rules/rules.h"
#include "util/util.h"

/* Who acts, and with what. */
struct action {
    struct dao *dao;
    struct arena *arena;
    struct dao_actor actor;
};

/* ---- sign_in.c ---- */

struct sign_in {
    const char *login, *password;
    const struct digest *old_session; /* ended by a new one; NULL: none */
    int64_t absolute_ms;              /* longest life of the session */
};

/*
 * *token is the new session's, "" if login, password or status do not allow one: which of them is
 * not told, and each takes the time of one hash. Audit: sign_in, or sign_in.refused (with the login
 * only if there is such a user: people type passwords into the wrong field).
 */
enum status action_sign_in(const struct action *action, const struct sign_in *in,
                           char token[static TOKEN_LENGTH + 1]) MUST_CHECK;

/* Ends the session. Audit: sign_out. */
enum status action_sign_out(const struct action *action, const struct digest *token) MUST_CHECK;

/* ---- register.c ---- */

struct registration {
    const char *name, *description;
    enum app_type type;
    enum app_level level;
    bool native; /* public only: no secret, PKCE instead */
    const struct redirect_urls *redirect_urls;
    const char *form_key; /* "" for none */
};

enum register_outcome {
    REGISTERED,
    REGISTERED_BEFORE, /* this form was sent before: the application it made, no secret */
    REGISTER_REFUSED,  /* type or level are not the actor's to set; audited */
};

struct registered {
    enum register_outcome outcome;
    struct app app;
    const char *secret; /* this once; "" if there is none to show */
};

/* `actor` is the owner. Audit: app.register, or app.register.refused. */
enum status action_register(const struct action *action, const struct user *actor,
                            const struct registration *in, struct registered *out) MUST_CHECK;

/* ---- user.c ---- */

/*
 * *problem: NULL if it was done, else a message key (error.login.…, error.password.…,
 * error.level.…, error.login.taken, error.login.unknown).
 */
enum status action_user_add(const struct action *action, const struct user *user,
                            const char *password, const char **problem) MUST_CHECK;
enum status action_user_set(const struct action *action, const struct user *user,
                            const char **problem) MUST_CHECK;
enum status action_user_password(const struct action *action, const char *login,
                                 const char *password, const char **problem) MUST_CHECK;

#endif
