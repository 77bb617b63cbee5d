/*
 * dao.h - the store: one typed function an operation, one statement and one round trip a function.
 *
 * There is no query function, on purpose: all SQL is in statements.def. Every function answers
 * OK, E_DB_DOWN (no database, or too busy: 503) or E_DB (our bug or the set-up's), logged here
 * with SQLSTATE; "not found" and "taken" are OK with an outcome. Texts in results live in the arena
 * given. Secrets and tokens come in as struct digest only. All times are the database's clock.
 *
 * A lost connection is remade once within a call: reads are tried again, writes only if the
 * statement was surely not sent.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifndef CALLGATE_DAO_H
#define CALLGATE_DAO_H

#include "crypto/crypto.h"
#include "rules/rules.h"
#include "util/util.h"

/* ---- connection.c ---- */

struct dao;

struct dao_options {
    const char *conninfo;
    const char *application_name; /* seen in pg_stat_activity */
    int64_t timeout_ms; /* connecting, for each host that conninfo names, and a statement */
};

/* Connects at the first operation, not here (workers open it after the fork). Never NULL. */
struct dao *dao_open(const struct dao_options *options);
void dao_close(struct dao *dao); /* NULL is allowed */

/* Connects now and prepares and describes every statement; false and why. */
bool dao_check(struct dao *dao, struct fault *fault) MUST_CHECK;

/* The connection's descriptor while connected, -1 otherwise; on_readable notices its end. */
int dao_fd(const struct dao *dao);
void dao_on_readable(struct dao *dao);

/* How many connections PostgreSQL leaves to ordinary roles (max_connections less the reserved). */
enum status dao_connections(struct dao *dao, int64_t *out) MUST_CHECK;

/* ---- who did it, for the audit row that goes with each act ---- */

struct dao_actor {
    int64_t user_id;   /* 0: nobody (a failed sign-in) or the shell */
    const char *login; /* as known at that time; "" if nobody; "shell:NAME" from the command line */
    const char *address; /* REMOTE_ADDR; "" from the shell */
    const char *request_id;
};

/* An act that has no row of its own to go with (a refused registration, a failed sign-in). */
struct dao_audit {
    const char *act;         /* "sign_in.refused", "app.register.refused" */
    const char *object_kind; /* "user", "app", "" */
    const char *object_id;   /* App ID, login, "" */
    const char *detail;      /* a JSON object as text, never a secret; NULL: {} */
};

enum status dao_audit_insert(struct dao *dao, const struct dao_actor *actor,
                             const struct dao_audit *audit) MUST_CHECK;

/* ---- user.c ---- */

/* *found false and out untouched if there is none. `password_hash` is NULL if none is set. */
enum status dao_user_find_by_login(struct dao *dao, struct arena *arena, const char *login,
                                   struct user *out, const char **password_hash,
                                   bool *found) MUST_CHECK;

struct dao_user_list {
    const struct user *items;
    size_t count;
};
enum status dao_user_list(struct dao *dao, struct arena *arena,
                          struct dao_user_list *out) MUST_CHECK; /* by login */

/* user->id is ignored; *id is the new one, 0 if the login is taken. Audit: user.add. */
enum status dao_user_insert(struct dao *dao, const struct dao_actor *actor, const struct user *user,
                            const char *password_hash, int64_t *id) MUST_CHECK;

/* Writes every field of `user` but login and id, by id; ends the sessions of a user who becomes
 * blocked. Audit: user.set. */
enum status dao_user_update(struct dao *dao, const struct dao_actor *actor,
                            const struct user *user) MUST_CHECK;

/* A new password: ends all of the user's sessions. Audit: user.password. */
enum status dao_user_update_password(struct dao *dao, const struct dao_actor *actor,
                                     int64_t user_id, const char *password_hash) MUST_CHECK;

/* The same password, hashed anew at sign-in, if the hash is still `old_hash`: no act, no audit. */
enum status dao_user_renew_hash(struct dao *dao, int64_t user_id, const char *old_hash,
                                const char *new_hash) MUST_CHECK;

/* ---- session.c ---- */

struct session {
    int64_t id;
    struct user user;
    int64_t signed_in_ms; /* wall clock of the database */
};

/*
 * Makes a session for an active user and ends `old` (NULL: none). *made false if the user is
 * blocked by now. Audit: sign_in.
 */
enum status dao_session_insert(struct dao *dao, const struct dao_actor *actor,
                               const struct digest *token, const struct digest *old,
                               int64_t absolute_ms, bool *made) MUST_CHECK;

/*
 * The session of an active user that is neither idle nor over; notes its use (at most one write a
 * minute, or a quarter of idle_ms if that is shorter).
 */
enum status dao_session_find(struct dao *dao, struct arena *arena, const struct digest *token,
                             int64_t idle_ms, struct session *out, bool *found) MUST_CHECK;

/* Ends it; nothing if it is not there. Audit: sign_out. */
enum status dao_session_delete(struct dao *dao, const struct dao_actor *actor,
                               const struct digest *token) MUST_CHECK;

/* ---- app.c ---- */

struct dao_app_new {
    const char *app_id;
    const struct digest *secret;   /* NULL: native, none */
    const char *secret_tail;       /* its last four characters, "" if none */
    const struct digest *form_key; /* used once by this owner; NULL: no such promise */
    const char *name, *description;
    enum app_type type;
    enum app_level level;
    bool native;
    const struct redirect_urls *redirect_urls;
};

/*
 * Owner: actor->user_id. If this owner has used form_key before, nothing is written, *made is
 * false and *out is the application made then. Audit: app.register.
 */
enum status dao_app_insert(struct dao *dao, struct arena *arena, const struct dao_actor *actor,
                           const struct dao_app_new *app, struct app *out, bool *made) MUST_CHECK;

/* Whatever its owner; *found false if there is none. */
enum status dao_app_find(struct dao *dao, struct arena *arena, const char *app_id, struct app *out,
                         bool *found) MUST_CHECK;

struct dao_app_list {
    const struct app *items;
    size_t count;
    bool more; /* there are older ones behind the last */
};

/* An owner's applications, newest first, those made before row id `before` (0: from the start). */
enum status dao_app_list(struct dao *dao, struct arena *arena, int64_t owner_id, int64_t before,
                         size_t limit, struct dao_app_list *out) MUST_CHECK;

/* ---- token.c ---- */

struct dao_issue {
    const char *app_id;
    const struct digest *secret;
    const struct digest *token; /* the new access token */
    enum grant grant;           /* GRANT_CLIENT_CREDENTIALS so far */
    int64_t lifetime_ms;
};

/*
 * client_credentials: one statement looks at application, secret and owner and writes the token
 * only if all speak for it (rules: issue_check); SQL is the arbiter, the facts say why not. The
 * secret is compared as a digest, by equality in an index-free join on the one application: what
 * its time could tell is a digest's prefix, worthless to a guesser. Notes the secret's use.
 */
enum status dao_token_issue(struct dao *dao, const struct dao_issue *issue,
                            struct issue_facts *out) MUST_CHECK;

/* What an access token stands for; notes nothing. The user's and app's texts are in `arena`. */
enum status dao_token_find(struct dao *dao, struct arena *arena, const struct digest *token,
                           struct bearer_facts *out) MUST_CHECK;

/* ---- purge.c ---- */

struct dao_purged {
    int64_t sessions, access_tokens;
};
/* Deletes what has ended, in small batches that wait for nobody; stops after `max` rows each. */
enum status dao_purge(struct dao *dao, int64_t max, struct dao_purged *out) MUST_CHECK;

/* ---- migrate.c: the owner's connection, numbered files, forward only ---- */

struct dao_migrate_options {
    const char *conninfo;     /* the owner's */
    const char *dir;          /* holds 0001_name.sql … without a gap */
    const char *runtime_role; /* granted to; must exist */
    int64_t timeout_ms;       /* for connecting, the advisory lock, each lock of a file */
};

/* Called for each file that was applied just now. */
typedef void (*dao_migrated)(void *context, const char *file);

/*
 * Applies what is missing, each file in a transaction, all under one advisory lock (another host's
 * migration is waited for). Refuses, and names the file: an applied file that changed (SHA-256), a
 * number that is missing or comes twice, a database that is newer than these files. A missing
 * runtime role, or one that may create tables: the fault holds the SQL that mends it.
 */
bool dao_migrate(const struct dao_migrate_options *options, dao_migrated migrated, void *context,
                 struct fault *fault) MUST_CHECK;

/* True if the database (runtime connection) has exactly the files of `dir`; false and why. */
bool dao_migrations_check(struct dao *dao, const char *dir, struct fault *fault) MUST_CHECK;

#endif
