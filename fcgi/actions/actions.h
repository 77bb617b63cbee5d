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

/* ---- attempt.c: is this the user's password? ---- */

/* How many failures within a window, by login from one address, and by address alone. */
struct throttle_limits {
    int64_t login, address, window_ms;
};

enum attempt_outcome {
    ATTEMPT_RIGHT,
    ATTEMPT_WRONG,    /* login, password or status: which is not told, and each costs one hash */
    ATTEMPT_TOO_MANY, /* not even looked at */
};

struct attempt {
    const char *login, *password;
    const char *app_id; /* that asks for it; NULL: the login page */
    const struct throttle_limits *limits;
};

struct attempted {
    enum attempt_outcome outcome;
    struct user user;          /* ATTEMPT_RIGHT */
    const char *password_hash; /* that it was proved against */
    int64_t wait_ms;           /* ATTEMPT_TOO_MANY */
};

/*
 * Counts a failure against login and address (DESIGN §5), and forgets those of the login when the
 * password is right. Audit: sign_in.refused (with the login only if there is such a user: people
 * type passwords into the wrong field).
 */
enum status action_attempt(const struct action *action, const struct attempt *in,
                           struct attempted *out) MUST_CHECK;

/* The same password, hashed anew if its hash is of an older kind; no harm if that fails. */
void action_renew_hash(const struct action *action, const struct attempted *attempted,
                       const char *password);

/* ---- sign_in.c ---- */

struct sign_in {
    const char *login, *password;
    const struct digest *old_session; /* ended by a new one; NULL: none */
    int64_t absolute_ms;              /* longest life of the session */
    const struct throttle_limits *limits;
};

struct signed_in {
    enum attempt_outcome outcome;
    char token[TOKEN_LENGTH + 1]; /* the new session's; "" but for ATTEMPT_RIGHT */
    int64_t wait_ms;
};

/* Audit: sign_in, or sign_in.refused. */
enum status action_sign_in(const struct action *action, const struct sign_in *in,
                           struct signed_in *out) MUST_CHECK;

struct prove {
    int64_t session_id; /* the actor's */
    const char *password;
    const struct throttle_limits *limits;
};

struct proved {
    enum attempt_outcome outcome;
    int64_t wait_ms; /* ATTEMPT_TOO_MANY */
};

/* The actor's password once more, counted as at signing in. Audit: sign_in.again, or
 * sign_in.refused. */
enum status action_prove(const struct action *action, const struct prove *in,
                         struct proved *out) MUST_CHECK;

/* Ends the session. Audit: sign_out. */
enum status action_sign_out(const struct action *action, const struct digest *token) MUST_CHECK;

/* ---- account.c: what users do with their own account ---- */

struct own_password {
    int64_t session_id; /* the actor's, which goes on by another token */
    const char *old, *new;
    const struct throttle_limits *limits;
};

struct own_password_set {
    enum attempt_outcome outcome; /* of the old one, counted as at signing in */
    const char *problem;          /* message key: the new one won't do, nothing was tried */
    char token[TOKEN_LENGTH + 1]; /* of the session from now on; "" if nothing was done */
    int64_t wait_ms;              /* ATTEMPT_TOO_MANY */
};

/* Ends the actor's other sessions and all grants. Audit: user.password, or sign_in.refused. */
enum status action_own_password(const struct action *action, const struct own_password *in,
                                struct own_password_set *out) MUST_CHECK;

/* Zone and language of the actor's own, NULL: as it is. Audit: user.set. */
enum status action_own_set(const struct action *action, const char *timezone,
                           const char *language) MUST_CHECK;

/* *ended false: the actor has no such session. Audit: session.end. */
enum status action_session_end(const struct action *action, int64_t session_id,
                               bool *ended) MUST_CHECK;
/* All of the actor's, this one too. Audit: session.end_all. */
enum status action_session_end_all(const struct action *action) MUST_CHECK;

/* ---- register.c ---- */

struct registration {
    const char *name, *description;
    enum app_type type;
    enum app_level level;
    bool native; /* public only: no secret, PKCE instead */
    const struct redirect_urls *redirect_urls;
    const char *form_key; /* "" for none */
    int64_t created_by;   /* row of the application that asks for it; 0: a person does */
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

/* ---- consent.c ---- */

struct consent {
    const struct app *app;
    enum app_level level; /* what the user was shown */
    bool consented;       /* just now; false: on the strength of an earlier consent */
    const struct redirect_target *target;
    bool redirect_sent;    /* the request named redirect_uri */
    const char *challenge; /* "": none */
    int64_t code_ms;       /* lifetime of the code */
};

/*
 * A code for the actor; "" if application, user or earlier consent went in the meantime. Audit:
 * permission.allow if `consented`.
 */
enum status action_allow(const struct action *action, const struct consent *in,
                         char code[static TOKEN_LENGTH + 1]) MUST_CHECK;
/* Audit: permission.deny. */
enum status action_deny(const struct action *action, const struct app *app) MUST_CHECK;
/* Ends all that the actor (`of` NULL), or another user of the client that the actor looks after,
 * has allowed the application. Audit: permission.withdraw. */
enum status action_withdraw(const struct action *action, const char *app_id,
                            const struct dao_holder *of, bool *ended) MUST_CHECK;

/* ---- app.c: changing an application ---- */

struct app_change {
    const char *app_id;
    int64_t seen_owner_id; /* unknown unless it is still this user's; 0: whosever it is */
    const char *name;      /* NULL: as it is; so for all that follow */
    const char *description;
    const char *redirect_urls; /* as redirect_urls_parse() takes them */
    const char *owner_login;   /* another owner or type ends secrets, consents and tokens */
    const enum app_type *type;
    const enum app_level *level;
    int64_t level_until_ms; /* with All: when it falls back; wall clock, 0: never */
    const enum app_status *status;
    const bool *api_backend;
};

/*
 * What of it the actor may set is the caller's to know. *problem NULL: done, else a message key
 * (error.app.…, error.name.…, error.description.…, redirect.…, error.login.unknown). Audit:
 * app.set, if anything changed.
 */
enum status action_app_set(const struct action *action, const struct app_change *change,
                           struct dao_app_changed *out, const char **problem) MUST_CHECK;

/*
 * A new secret, this once; the one before it lives on for overlap_ms (0: ends now). *problem as
 * above: error.app.unknown, error.app.native. Audit: app.secret.
 */
enum status action_app_secret(const struct action *action, const char *app_id, int64_t overlap_ms,
                              char secret[static APP_ID_LENGTH + 1],
                              const char **problem) MUST_CHECK;

struct secret_form {
    const char *app_id;
    int64_t seen_owner_id;
    int64_t round; /* of the secrets that the form was made for */
    int64_t overlap_ms;
};

enum secret_outcome {
    SECRET_MADE,
    SECRET_MADE_BEFORE, /* this form was sent before, or they have changed since it was made */
    SECRET_NOT_FOR_NATIVE,
    SECRET_NO_APP, /* or not the actor's any more */
};

/* The same from a form, which makes one secret however often it is sent. */
enum status action_app_secret_form(const struct action *action, const struct secret_form *in,
                                   char secret[static APP_ID_LENGTH + 1],
                                   enum secret_outcome *outcome) MUST_CHECK;

/* Ends a secret before its time (0: all but the newest). *problem: error.app.unknown,
 * error.secret.last. Audit: app.secret.remove. */
enum status action_app_secret_remove(const struct action *action, const char *app_id,
                                     int64_t seen_owner_id, int64_t secret_id,
                                     const char **problem) MUST_CHECK;

/* Every token that it holds is dead at once. Audit: app.tokens.end. */
enum status action_app_end_tokens(const struct action *action, const struct app *seen,
                                  const char **problem) MUST_CHECK;

/* As action_app_secret(), if the owner is still the one seen: who hands it over knows no secret of
 * it. */
enum status action_app_secret_seen(const struct action *action, const struct app *seen,
                                   int64_t overlap_ms, char secret[static APP_ID_LENGTH + 1],
                                   const char **problem) MUST_CHECK;

/* `seen_owner_id` 0: whosever it is. Audit: app.delete. */
enum status action_app_delete(const struct action *action, const char *app_id,
                              int64_t seen_owner_id, const char **problem) MUST_CHECK;

/* ---- transfer.c: handing an application over ---- */

/* *problem: error.app.unknown, error.transfer.to: unknown, of another client, blocked or the actor
 * are not told apart. Audit: app.transfer. */
enum status action_transfer(const struct action *action, const char *app_id, const char *to_login,
                            const char **problem) MUST_CHECK;
/* Each: *done false if it is not on offer any more. Audit: app.transfer.withdraw, .accept,
 * .decline. */
enum status action_transfer_withdraw(const struct action *action, const char *app_id,
                                     bool *done) MUST_CHECK;
enum status action_transfer_accept(const struct action *action, const char *app_id,
                                   bool *done) MUST_CHECK;
enum status action_transfer_decline(const struct action *action, const char *app_id,
                                    bool *done) MUST_CHECK;

/* ---- app_made.c: what an application does with what it made ---- */

struct app_made_change {
    const struct app *app; /* the actor's, made by it; as it was found */
    int64_t created_by;    /* row of the application that acts */
    const char *name;      /* NULL: as it is; so for all that follow */
    const char *description;
    const struct redirect_urls *redirect_urls;
    bool lower; /* to Call API, for good */
};

/* *found false: it is none of these any more. Audit: app.set, if anything changed. */
enum status action_app_made_change(const struct action *action,
                                   const struct app_made_change *change, bool *found) MUST_CHECK;

/* Disables what the application made for the actor; *count of them. Audit: app.set for each. */
enum status action_app_made_end(const struct action *action, const char *app_id,
                                int64_t *count) MUST_CHECK;

/* What only an administrator sets was asked for. `field` names it. Audit: app.set.refused. */
enum status action_app_field_refused(const struct action *action, const char *app_id,
                                     const char *field) MUST_CHECK;
/* action_app_end_tokens(), whosever it is. */
enum status action_app_revoke_tokens(const struct action *action, const char *app_id,
                                     const char **problem) MUST_CHECK;

/*
 * Disables some of those that nobody has used for so long (0: none), as the actor "callgate"; what
 * is left, the next time. Audit: app.disable_unused.
 */
enum status action_app_disable_unused(struct dao *dao, int64_t unused_ms,
                                      int64_t *disabled) MUST_CHECK;

/* ---- level_request.c: asking for All, of the actor's own application ---- */

/* *problem as above: error.app.unknown, error.request.has_all (without end), error.request.open
 * (asking again replaces nothing). Audit: level_request.ask. */
enum status action_level_ask(const struct action *action, const struct dao_level_ask *ask,
                             const char **problem) MUST_CHECK;
/* The open one: *problem error.request.answered if there is none any more. Audit:
 * level_request.edit, if anything changed, and level_request.withdraw. */
enum status action_level_edit(const struct action *action, const struct dao_level_ask *ask,
                              const char **problem) MUST_CHECK;
enum status action_level_withdraw(const struct action *action, const char *app_id,
                                  const char **problem) MUST_CHECK;

/*
 * Of an administrator or from the shell; who declines says why. *problem: error.answer.…,
 * error.request.unknown, error.request.answered. Audit: level_request.approve, .decline.
 */
enum status action_level_decide(const struct action *action, bool approve,
                                const struct dao_level_decision *decision,
                                const char **problem) MUST_CHECK;

/* ---- usage.c: what an application did; no act, so without an audit row ---- */

enum usage_by { USAGE_BY_DAY, USAGE_BY_HOUR, USAGE_BY__MAX };

extern const char *const usage_by_names[USAGE_BY__MAX]; /* day, hour */

enum { USAGE_SLOTS_MAX = 30 };

struct usage_query {
    int64_t app_row;
    enum usage_by by;
    const char *zone; /* of whose clock the days are */
    int64_t now_ms;   /* wall clock */
};

struct app_usage {
    /* Up to now, oldest first: 30 days or 24 hours. An hour of UTC is of the day in which it
     * begins. */
    struct dao_usage_slot slots[USAGE_SLOTS_MAX];
    size_t slot_count;
    int64_t passed, refused, issued[GRANT__MAX], issued_total; /* sums over the slots */
    const struct dao_usage_rule *rules;                        /* most often first; all of them */
    enum api_class *classes;                                   /* of each, as they are now */
    size_t rule_count;
    struct {
        int64_t passed, refused;
    } by_class[API_CLASS__MAX];
};

enum status action_app_usage(const struct action *action, const struct api_rules *rules,
                             const struct usage_query *query, struct app_usage *out) MUST_CHECK;

/* ---- user.c ---- */

/*
 * *problem: NULL if it was done, else a message key (error.login.…, error.password.…,
 * error.level.…, error.login.taken, error.login.unknown).
 */
enum status action_user_add(const struct action *action, const struct user *user,
                            const char *password, const char **problem) MUST_CHECK;
/* Also error.admin.last: no active administrator would be left. */
enum status action_user_set(const struct action *action, const struct user *user,
                            const char **problem) MUST_CHECK;
enum status action_user_password(const struct action *action, const char *login,
                                 const char *password, const char **problem) MUST_CHECK;

enum { USER_PASSWORD_LENGTH = 20 };

/* With a password made here, to be shown this once and changed at the first sign-in. */
enum status action_user_new(const struct action *action, const struct user *user,
                            char password[static USER_PASSWORD_LENGTH + 1],
                            const char **problem) MUST_CHECK;
/* The same for a user who has forgotten his; ends sessions and grants. Audit: user.password. */
enum status action_user_reset(const struct action *action, int64_t user_id,
                              char password[static USER_PASSWORD_LENGTH + 1]) MUST_CHECK;

/* ---- user_import.c: users from CSV ---- */

enum import_verdict { IMPORT_ADD, IMPORT_CHANGE, IMPORT_SAME, IMPORT_REFUSED, IMPORT_VERDICT__MAX };
extern const char *const import_verdict_names[IMPORT_VERDICT__MAX]; /* add, change, same, … */

struct import_line {
    size_t line;       /* where its row begins */
    const char *login; /* "" if it has none */
    enum import_verdict verdict;
    /* IMPORT_REFUSED */
    const char *column;  /* "" if it is no column's fault */
    const char *problem; /* message key; {value} is `value`, {first} the line in `first` */
    const char *value;
    size_t first;
};

typedef void (*import_tell)(void *context, const struct import_line *line);

struct user_import {
    csv_read read;
    void *read_context;
    import_tell tell; /* of each line, in order */
    void *tell_context;
    bool write;
};

struct user_imported {
    size_t added, changed, same, refused; /* or would be */
};

/*
 * Reads a header line with the names of columns and a user a row: who is not there is added, who is
 * gets what the row has (an empty field stays as it is). Nothing is written without `write`. With
 * it, batches of rows are, each whole or not at all; the first batch that has a row to refuse ends
 * it. Memory: a batch, and 16 to 48 bytes a row (no login may come twice).
 */
enum status action_user_import(const struct action *action, const struct user_import *in,
                               struct user_imported *out) MUST_CHECK;

#endif
