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

/* The connection's descriptor while connected, -1 otherwise; on_readable notices its end, and what
 * it tells (notify.c). */
int dao_fd(const struct dao *dao);
void dao_on_readable(struct dao *dao);

/* ---- notify.c: what others have changed, as it happens ---- */

struct dao_notice {
    enum { NOTICE_ALL, NOTICE_APP, NOTICE_USER, NOTICE_GRANT, NOTICE_TOKEN } kind;
    int64_t id;          /* of application, user, grant */
    struct digest token; /* NOTICE_TOKEN */
};

typedef void (*dao_notified)(void *context, const struct dao_notice *notice);

/*
 * From now on every connection listens, and `notified` is called, from within dao_on_readable() and
 * every operation, for each change that ends or lowers what a token can do. NOTICE_ALL: the
 * connection was lost, so anything may have changed.
 */
void dao_listen(struct dao *dao, dao_notified notified, void *context);

/* True if nothing that was committed before the call can have been missed: the connection stands,
 * listens, and all it has told was handed on. */
bool dao_is_current(struct dao *dao);

/* How many connections PostgreSQL leaves to ordinary roles (max_connections less the reserved). */
enum status dao_connections(struct dao *dao, int64_t *out) MUST_CHECK;

/* ---- who did it, for the audit row that goes with each act ---- */

struct dao_actor {
    int64_t user_id;   /* 0: nobody (a failed sign-in) or the shell */
    const char *login; /* as known at that time; "" if nobody; "shell:NAME" from the command line */
    /* REMOTE_ADDR; "" from the shell; "ADDRESS via APP_ID" of what an application does for a user
     */
    const char *address;
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

/* What is asked of the audit log; NULL, "" or 0: anything. */
struct dao_audit_filter {
    const char *actor_login;
    const char *object_kind, *object_id;
    const char *act;        /* with a dot at its end: every act that begins so */
    int64_t from_ms, to_ms; /* from then until before then; wall clock */
    int64_t before;         /* rows older than this one; 0: from the newest */
};

struct dao_audit_row {
    int64_t id, at_ms;
    int64_t actor_id; /* 0: nobody, or the shell */
    const char *actor_login, *address, *request_id, *act, *object_kind, *object_id;
    const char *detail;                /* JSON */
    const char *before, *after, *rest; /* the same in lines; NULL: there is none */
};

struct dao_audit_list {
    const struct dao_audit_row *items;
    size_t count;
    bool more; /* there are older ones */
};

/* Newest first. */
enum status dao_audit_list(struct dao *dao, struct arena *arena,
                           const struct dao_audit_filter *filter, size_t limit,
                           struct dao_audit_list *out) MUST_CHECK;

/* ---- user.c ---- */

/* *found false and out untouched if there is none. `password_hash` is NULL if none is set. */
enum status dao_user_find_by_login(struct dao *dao, struct arena *arena, const char *login,
                                   struct user *out, const char **password_hash,
                                   bool *found) MUST_CHECK;

struct dao_user_list {
    const struct user *items;
    size_t count;
    bool more; /* there are others behind the last */
};
enum status dao_user_list(struct dao *dao, struct arena *arena,
                          struct dao_user_list *out) MUST_CHECK; /* by login */

enum dao_user_show {
    DAO_USER_ALL,
    DAO_USER_BLOCKED,
    DAO_USER_ADMIN,
    DAO_USER_MUST_CHANGE,
    DAO_USER_SHOW__MAX
};
extern const char *const dao_user_show_names[DAO_USER_SHOW__MAX]; /* "", blocked, admin, … */

struct dao_user_filter {
    const char *text;  /* part of login, name or e-mail address, in any case; NULL or "": any */
    int64_t tenant_id; /* 0: any */
    enum dao_user_show show;
    const char *after; /* the last login of the page before; NULL: from the start */
};

/* By login. */
enum status dao_user_page(struct dao *dao, struct arena *arena,
                          const struct dao_user_filter *filter, size_t limit,
                          struct dao_user_list *out) MUST_CHECK;

struct dao_user_facts {
    int64_t sessions;     /* that last */
    int64_t signed_in_ms; /* the last time; 0: never */
    int64_t created_ms;
};
enum status dao_user_facts(struct dao *dao, int64_t user_id, struct dao_user_facts *out) MUST_CHECK;

/* user->id is ignored; *id is the new one, 0 if the login is taken. Audit: user.add. */
enum status dao_user_insert(struct dao *dao, const struct dao_actor *actor, const struct user *user,
                            const char *password_hash, int64_t *id) MUST_CHECK;

/*
 * Writes every field of `user` but login and id, by id; ends the sessions of a user who becomes
 * blocked. *last_admin: nothing was done, as no active administrator would be left, however many
 * are changed at once. Audit: user.set with before and after, if anything changed.
 */
enum status dao_user_update(struct dao *dao, const struct dao_actor *actor, const struct user *user,
                            bool *last_admin) MUST_CHECK;

/* A new password, to be changed at the next sign-in if somebody else knows it: ends all of the
 * user's sessions and grants. Audit: user.password. */
enum status dao_user_update_password(struct dao *dao, const struct dao_actor *actor,
                                     int64_t user_id, const char *password_hash,
                                     bool must_change) MUST_CHECK;

/* Audit: user.sessions, if there were any. */
enum status dao_user_end_sessions(struct dao *dao, const struct dao_actor *actor, int64_t user_id,
                                  int64_t *ended) MUST_CHECK;
/*
 * Every token that acts for the user: by consent or password (codes that were not used too), and
 * those that trusted applications of the user's own have. Consents and secrets stay. Audit:
 * user.tokens.
 */
enum status dao_user_end_tokens(struct dao *dao, const struct dao_actor *actor,
                                int64_t user_id) MUST_CHECK;

struct dao_user_found {
    const struct user *items;
    const char *const *hashes; /* NULL: none is set */
    size_t count;
};
/* Those of these logins, a line each, that there are. */
enum status dao_user_find_many(struct dao *dao, struct arena *arena, const char *logins,
                               struct dao_user_found *out) MUST_CHECK;

struct dao_user_import {
    struct user user;          /* id and extra_params are ignored; no text has a line break */
    const char *password_hash; /* NULL: as it is */
};
struct dao_user_rows {
    const struct dao_user_import *items;
    size_t count; /* each login is there once */
};
struct dao_user_imported {
    int64_t added, changed; /* the others were so already */
};
/*
 * Adds and changes users by login, all or none. A new hash ends sessions and grants, blocking ends
 * sessions; an active administrator stays one. Audit: user.add, user.set, user.password.
 */
enum status dao_user_import(struct dao *dao, struct arena *arena, const struct dao_actor *actor,
                            const struct dao_user_rows *rows,
                            struct dao_user_imported *out) MUST_CHECK;

/* What users set of themselves, NULL: as it is. Audit: user.set, if anything changed. */
enum status dao_user_update_own(struct dao *dao, const struct dao_actor *actor,
                                const char *timezone, const char *language) MUST_CHECK;

struct dao_password_change {
    const char *old_hash, *new_hash; /* the one that the password was proved against; the next */
    int64_t session_id;              /* lives on, */
    const struct digest *token;      /* by this token */
};

/*
 * The actor's own: ends all other sessions, and all grants. *changed false: blocked meanwhile, or
 * the hash is not the old one any more. Audit: user.password.
 */
enum status dao_user_change_password(struct dao *dao, const struct dao_actor *actor,
                                     const struct dao_password_change *change,
                                     bool *changed) MUST_CHECK;

/* The same password, hashed anew at sign-in, if the hash is still `old_hash`: no act, no audit. */
enum status dao_user_renew_hash(struct dao *dao, int64_t user_id, const char *old_hash,
                                const char *new_hash) MUST_CHECK;

/* ---- session.c ---- */

struct session {
    int64_t id;
    struct user user;
    int64_t signed_in_ms;  /* wall clock of the database */
    int64_t proved_ago_ms; /* since the password was last given */
    bool must_change_password;
    const char *language; /* that the user has chosen; "": none */
};

struct dao_session_new {
    const struct digest *token;
    const struct digest *old;  /* ended by this one; NULL: none */
    const char *password_hash; /* the one that the password was proved against */
    int64_t absolute_ms;
};

/*
 * Makes a session for an active user. *made false if the user is blocked by now, or has another
 * password hash. Audit: sign_in.
 */
enum status dao_session_insert(struct dao *dao, const struct dao_actor *actor,
                               const struct dao_session_new *session, bool *made) MUST_CHECK;

/*
 * The session of an active user that is neither idle nor over; notes its use (at most one write a
 * minute, or a quarter of idle_ms if that is shorter).
 */
enum status dao_session_find(struct dao *dao, struct arena *arena, const struct digest *token,
                             int64_t idle_ms, struct session *out, bool *found) MUST_CHECK;

/* The actor has given the password again. Audit: sign_in.again. */
enum status dao_session_prove(struct dao *dao, const struct dao_actor *actor,
                              int64_t session_id) MUST_CHECK;

/* Ends it; nothing if it is not there. Audit: sign_out. */
enum status dao_session_delete(struct dao *dao, const struct dao_actor *actor,
                               const struct digest *token) MUST_CHECK;

struct dao_session_row {
    int64_t id, since_ms, used_ms;
    const char *address; /* that it was begun from */
};
struct dao_session_list {
    const struct dao_session_row *items;
    size_t count;
};
/* Those that live, newest first. */
enum status dao_session_list(struct dao *dao, struct arena *arena, int64_t user_id, int64_t idle_ms,
                             int64_t limit, struct dao_session_list *out) MUST_CHECK;

/* One of the actor's; *ended false: there is none of that id. Audit: session.end. */
enum status dao_session_end(struct dao *dao, const struct dao_actor *actor, int64_t session_id,
                            bool *ended) MUST_CHECK;

/* All of the actor's, this one too. Audit: session.end_all. */
enum status dao_session_end_all(struct dao *dao, const struct dao_actor *actor) MUST_CHECK;

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
    int64_t created_by; /* the application that asks for it; 0: a person does */
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

enum dao_app_order {
    DAO_APP_NEWEST,
    DAO_APP_NAME,
    DAO_APP_USED, /* last used first, never used last */
    DAO_APP_ORDER__MAX,
};

struct dao_app_search {
    int64_t owner_id,
        tenant_id;    /* whose: one user's, or of all users of a client; the other is 0 */
    const char *text; /* a part of the name, or the App ID; "" for all */
    enum dao_app_order order;
    int64_t
        id; /* goes on behind the row that next_id and next_key named; 0 and NULL: from the start */
    const char *key;
    size_t limit;
};

struct dao_app_page {
    const struct app *items;
    size_t count;
    int64_t next_id; /* of the page behind this; 0: there is none */
    const char *next_key;
};

/* A key that came from outside and fits no row leads to an empty page. */
enum status dao_app_page(struct dao *dao, struct arena *arena, const struct dao_app_search *search,
                         struct dao_app_page *out) MUST_CHECK;

/* Those of the owner with this login (NULL: everybody's), newest first, as above. */
enum status dao_app_list_all(struct dao *dao, struct arena *arena, const char *owner_login,
                             int64_t before, size_t limit, struct dao_app_list *out) MUST_CHECK;

/* What an administrator looks for; what is NULL or 0 does not matter. */
struct dao_app_lookup {
    int64_t before;        /* made before this row id */
    const char *name_part; /* in any case */
    int64_t owner_id;
    int64_t client_id; /* that the owner belongs to; not looked at where the owner is given */
    const enum app_type *type;
    const enum app_level *level;
    int64_t unused_ms; /* nobody has used it for so long; such as introspect are never unused */
};

/* Newest first. */
enum status dao_app_lookup(struct dao *dao, struct arena *arena,
                           const struct dao_app_lookup *search, size_t limit,
                           struct dao_app_list *out) MUST_CHECK;

struct dao_app_facts {
    int64_t consents, secrets; /* secrets: that are good now */
    int64_t open_request;      /* 0: none */
};
enum status dao_app_facts(struct dao *dao, int64_t app_row, struct dao_app_facts *out) MUST_CHECK;

/* How many active ones there are of this type. */
enum status dao_app_count(struct dao *dao, enum app_type type, int64_t *out) MUST_CHECK;

/* What is NULL stays. */
struct dao_app_change {
    const char *app_id;
    int64_t seen_owner_id; /* to be found only while it is this user's; 0: whosever it is */
    const char *name;
    const char *description;
    const struct redirect_urls
        *redirect_urls; /* one that goes takes its consents and codes along */
    const enum app_type *type;
    const enum app_level *level;
    int64_t level_until_ms; /* wall clock; with `level`: 0 for good, else Call API from then on */
    const enum app_status *status;
    const bool *api_backend;
    const int64_t *owner_id;
};

struct dao_app_changed {
    bool found, changed;
    bool anew; /* another owner or type: secrets, consents, codes and tokens have ended */
};

/* In force at the next request. Audit: app.set with before and after, if anything changed. */
enum status dao_app_change(struct dao *dao, const struct dao_actor *actor,
                           const struct dao_app_change *change,
                           struct dao_app_changed *out) MUST_CHECK;

/* Every token that it holds is dead, consents and secrets stay; `seen_owner_id` 0: whosever it is.
 * Audit: app.tokens.end. */
enum status dao_app_end_tokens(struct dao *dao, const struct dao_actor *actor, const char *app_id,
                               int64_t seen_owner_id, bool *found) MUST_CHECK;

/* With all that belongs to it; its tokens are dead. `seen_owner_id` 0: whosever it is. Audit:
 * app.delete. */
enum status dao_app_delete(struct dao *dao, const struct dao_actor *actor, const char *app_id,
                           int64_t seen_owner_id, bool *found) MUST_CHECK;

/* ---- secret.c: an application's secrets ---- */

/*
 * A new secret; the newest of those there are lives on for overlap_ms (0: none does), all others
 * end. *made false: the application is native, or the form was made for another round. Audit:
 * app.secret.
 */
struct dao_app_secret_new {
    const char *app_id;
    int64_t seen_owner_id; /* 0: whosever it is */
    const struct digest *secret;
    const char *tail; /* its last four characters */
    int64_t overlap_ms;
    const int64_t *round; /* of the list that the form was made for; NULL: any */
};
struct dao_app_secret_made {
    bool found, native, made;
};
enum status dao_app_secret_insert(struct dao *dao, const struct dao_actor *actor,
                                  const struct dao_app_secret_new *secret,
                                  struct dao_app_secret_made *out) MUST_CHECK;

struct dao_app_secret {
    int64_t id;
    const char *tail;
    int64_t created_ms, expires_ms, last_used_ms; /* 0: never */
};

struct dao_app_secret_list {
    const struct dao_app_secret *items;
    size_t count;
    int64_t round; /* one more each time they change */
};

/* Those that are good now, newest first. */
enum status dao_app_secret_list(struct dao *dao, struct arena *arena, int64_t app_row,
                                struct dao_app_secret_list *out) MUST_CHECK;

/* Ends `secret_id` (0: all but the newest). *gone false: it is the newest, or not there. Audit:
 * app.secret.remove. */
enum status dao_app_secret_delete(struct dao *dao, const struct dao_actor *actor,
                                  const char *app_id, int64_t seen_owner_id, int64_t secret_id,
                                  bool *found, bool *gone) MUST_CHECK;

/* ---- transfer.c: handing an application over, which the receiver has to accept ---- */

struct dao_transfer {
    struct app app;
    int64_t to_id;
    const char *to_login, *to_name;
    int64_t since_ms;
};

/* The actor offers his own application to an active user of his client; replaces an earlier offer.
 * *found false: it is not his; *made false: there is no such user. Audit: app.transfer. */
enum status dao_transfer_insert(struct dao *dao, const struct dao_actor *actor, const char *app_id,
                                const char *to_login, bool *found, bool *made) MUST_CHECK;

enum status dao_transfer_find(struct dao *dao, struct arena *arena, const char *app_id,
                              struct dao_transfer *out, bool *found) MUST_CHECK;

struct dao_transfer_list {
    const struct dao_transfer *items;
    size_t count;
};
/* What others offer to this user, newest first. */
enum status dao_transfer_list(struct dao *dao, struct arena *arena, int64_t to_user, size_t limit,
                              struct dao_transfer_list *out) MUST_CHECK;

/* The actor takes his own offer back (`as_giver`), or declines what was offered to him. *gone
 * false: there is no such offer. Audit: app.transfer.withdraw, app.transfer.decline. */
enum status dao_transfer_delete(struct dao *dao, const struct dao_actor *actor, const char *app_id,
                                bool as_giver, bool *gone) MUST_CHECK;

/* The actor owns it from now on; its secrets, consents, codes and tokens have ended, All is Call
 * API. *done false: it is not offered to him any more. Audit: app.transfer.accept. */
enum status dao_transfer_accept(struct dao *dao, const struct dao_actor *actor, const char *app_id,
                                bool *done) MUST_CHECK;

/* ---- app_made.c: what an application made for a user (app.created_by_app) ---- */

/* What is NULL stays. */
struct dao_app_made_change {
    const char *app_id;
    int64_t created_by; /* row of the application that changes it */
    const char *name, *description;
    const struct redirect_urls *redirect_urls;
    const enum app_level *level; /* without end */
};

/* *found false: none of the actor's that this application made. Audit: app.set, if it changed. */
enum status dao_app_made_change(struct dao *dao, struct arena *arena, const struct dao_actor *actor,
                                const struct dao_app_made_change *change, bool *found) MUST_CHECK;

/* The active ones that `app_id` made and the user owns, newest first. */
enum status dao_app_made_list(struct dao *dao, struct arena *arena, int64_t user_id,
                              const char *app_id, size_t limit,
                              struct dao_app_list *out) MUST_CHECK;

/* Disables all of these of the actor. Audit: app.set for each. */
enum status dao_app_made_disable(struct dao *dao, const struct dao_actor *actor, const char *app_id,
                                 int64_t *count) MUST_CHECK;

/* Disables at most `limit` that nobody has used for so long, and that introspect for nobody. Audit:
 * app.disable_unused. */
enum status dao_app_disable_unused(struct dao *dao, const struct dao_actor *actor,
                                   int64_t unused_ms, size_t limit, int64_t *disabled) MUST_CHECK;

/* ---- level_request.c: asking for All ---- */

struct dao_level_request {
    int64_t id;
    const char *app_id, *app_name, *owner_login;
    const char *login;       /* who asks */
    enum app_level level;    /* the application's, now */
    const char *reason;      /* in his own words */
    int64_t wanted_until_ms; /* wall clock, as all that follow; 0: for good */
    enum request_state state;
    int64_t created_ms, decided_ms; /* decided: 0 while open */
    const char *decided_by, *answer;
    int64_t granted_until_ms; /* approved; 0: for good */
};

struct dao_level_ask {
    const char *app_id;
    const char *reason;
    int64_t until_ms; /* 0: for good */
};

struct dao_level_asked {
    bool found;   /* it is the actor's */
    bool has_all; /* without end already */
    bool made;    /* false: one is open */
};

/* Of the actor's own application. Audit: level_request.ask. */
enum status dao_level_request_insert(struct dao *dao, const struct dao_actor *actor,
                                     const struct dao_level_ask *ask,
                                     struct dao_level_asked *out) MUST_CHECK;
/* Other words for the one that is open; *found false if there is none. Audit: level_request.edit.
 */
enum status dao_level_request_update(struct dao *dao, const struct dao_actor *actor,
                                     const struct dao_level_ask *ask, bool *found) MUST_CHECK;
/* Audit: level_request.withdraw. */
enum status dao_level_request_withdraw(struct dao *dao, const struct dao_actor *actor,
                                       const char *app_id, bool *found) MUST_CHECK;

struct dao_level_decision {
    int64_t id;
    const char *answer;
    int64_t until_ms; /* approving; wall clock, 0: for good */
};

/*
 * The application has All, in force at the next request, if the request is still open and of its
 * owner (*decided). Audit: level_request.approve.
 */
enum status dao_level_request_approve(struct dao *dao, const struct dao_actor *actor,
                                      const struct dao_level_decision *decision, bool *found,
                                      bool *decided) MUST_CHECK;
/* Audit: level_request.decline. */
enum status dao_level_request_decline(struct dao *dao, const struct dao_actor *actor,
                                      const struct dao_level_decision *decision, bool *found,
                                      bool *decided) MUST_CHECK;

enum status dao_level_request_find(struct dao *dao, struct arena *arena, int64_t id,
                                   struct dao_level_request *out, bool *found) MUST_CHECK;
/* The last one of an application, whatever became of it. */
enum status dao_level_request_find_last(struct dao *dao, struct arena *arena, int64_t app_row,
                                        struct dao_level_request *out, bool *found) MUST_CHECK;

struct dao_level_request_list {
    const struct dao_level_request *items;
    size_t count;
    bool more;
};

/* Open ones from the oldest on, others from the newest on; `from`: the id before the first one, 0:
 * from the start. */
enum status dao_level_request_list(struct dao *dao, struct arena *arena, enum request_state state,
                                   int64_t from, size_t limit,
                                   struct dao_level_request_list *out) MUST_CHECK;
/* How many are open; counts no further than `most`. */
enum status dao_level_request_count(struct dao *dao, int64_t most, int64_t *out) MUST_CHECK;

/* ---- throttle.c: failed attempts, counted by key within a window (rules: throttle_…_key) ---- */

struct dao_throttle {
    int64_t failures; /* 0 outside of a window */
    int64_t left_ms;  /* of the window */
};

enum status dao_throttle_find(struct dao *dao, const struct digest *login_key,
                              const struct digest *address_key, struct dao_throttle *login,
                              struct dao_throttle *address) MUST_CHECK;
/* One more failure of each key (`second` NULL: none); a first one opens its window. */
enum status dao_throttle_count(struct dao *dao, const struct digest *first,
                               const struct digest *second, int64_t window_ms) MUST_CHECK;
enum status dao_throttle_delete(struct dao *dao, const struct digest *key) MUST_CHECK;

/* ---- permission.c ---- */

/* Does the user's consent to the application cover the registered redirect URL? */
enum status dao_permission_find(struct dao *dao, int64_t app_row, int64_t user_id,
                                const char *registered, struct permission *out) MUST_CHECK;

/* Whose consent: a user of this client, by login. */
struct dao_holder {
    const char *login;
    int64_t tenant_id;
};

/*
 * Ends the actor's consent (`of` NULL), or that of another user, with its codes and tokens, and the
 * tokens that came of the user's password. *ended false if there was nothing. Audit:
 * permission.withdraw.
 */
enum status dao_permission_delete(struct dao *dao, const struct dao_actor *actor,
                                  const char *app_id, const struct dao_holder *of,
                                  bool *ended) MUST_CHECK;

/* How many users' consents hold, counted up to `most`. */
enum status dao_permission_count(struct dao *dao, int64_t app_row, int64_t most,
                                 int64_t *out) MUST_CHECK;

struct dao_permission {
    int64_t id;
    const char *app_id, *name;
    enum app_level level;        /* what its tokens can do now */
    int64_t created_ms, used_ms; /* used_ms 0: never */
};

struct dao_permission_query {
    int64_t user_id;
    const char *app_id; /* NULL: any */
    int64_t id;         /* 0: any */
    int64_t before;     /* those made before this one; 0: from the newest */
    size_t limit;
};

struct dao_permission_list {
    const struct dao_permission *items;
    size_t count;
    bool more; /* there are older ones behind the last */
};

/* A user's consents, newest first. */
enum status dao_permission_list(struct dao *dao, struct arena *arena,
                                const struct dao_permission_query *query,
                                struct dao_permission_list *out) MUST_CHECK;

struct dao_authorized {
    const char *user_login; /* of a client's list */
    const char *app_id, *name, *owner_login;
    enum app_level level;      /* what its tokens can do now */
    bool by_password;          /* it holds tokens by the user's password, without consent */
    int64_t since_ms, used_ms; /* used_ms 0: never */
    const char *made; /* in the user's own list: names of what it made and still works, as lines */
};

struct dao_authorized_list {
    const struct dao_authorized *items;
    size_t count;
};

/* The applications that may act for the user, newest consent first. */
enum status dao_authorized_list(struct dao *dao, struct arena *arena, int64_t user_id,
                                int64_t idle_ms, size_t limit,
                                struct dao_authorized_list *out) MUST_CHECK;

/* A place in the list of a client: behind this row. */
struct dao_authorized_place {
    int64_t since_us, app, user;
};

/* The applications that may act for any user of the client, newest consent first, behind *place
 * (app 0: from the start), which becomes that of the page behind this one (app 0: there is none).
 */
enum status dao_authorized_tenant(struct dao *dao, struct arena *arena, int64_t tenant_id,
                                  int64_t idle_ms, size_t limit, struct dao_authorized_place *place,
                                  struct dao_authorized_list *out) MUST_CHECK;

/* ---- code.c ---- */

struct dao_code_new {
    const struct digest *code;
    const struct app *app;    /* as the user saw it; another generation gives no code */
    enum app_level level;     /* what the user was shown (if `consented`) */
    int64_t level_until_ms;   /* and until when; wall clock, 0: without end */
    bool consented;           /* just now; false: on the strength of an earlier consent */
    const char *registered;   /* the redirect URL consented to, "" for the code page */
    const char *redirect_url; /* where the code goes, "" for the code page */
    bool redirect_sent;       /* the request named it */
    const char *challenge;    /* NULL: none */
    int64_t lifetime_ms;
};

/*
 * A code for the actor. *made false if application, user or consent went in the meantime. Audit:
 * permission.allow if `consented`.
 */
enum status dao_code_insert(struct dao *dao, const struct dao_actor *actor,
                            const struct dao_code_new *code, bool *made) MUST_CHECK;

/* ---- token.c ---- */

/* Who asks. */
struct dao_client {
    const char *app_id;
    const struct digest *secret;       /* NULL: none was sent */
    const struct digest *throttle_key; /* of its failures */
};

/* The new tokens of an answer. */
struct dao_tokens {
    const struct digest *access;
    int64_t access_ms;
    const struct digest *refresh; /* NULL where the grant gives none */
    int64_t refresh_max_ms;
};

/* Only looks; for what needs to know the client before it does something dear. */
enum status dao_client_find(struct dao *dao, const struct dao_client *client,
                            struct client_facts *out) MUST_CHECK;

/*
 * client_credentials: one statement looks at application, secret and owner and writes the token
 * only if all speak for it (rules: issue_check); SQL is the arbiter, the facts say why not. The
 * secret is compared as a digest, by equality in an index-free join on the one application: what
 * its time could tell is a digest's prefix, worthless to a guesser. Notes the secret's use.
 */
enum status dao_token_issue(struct dao *dao, const struct dao_client *client,
                            const struct dao_tokens *tokens, struct issue_facts *out) MUST_CHECK;

struct dao_redeem {
    const struct digest *code;
    const char *redirect_uri; /* "": none was sent */
    const char *challenge;    /* that the verifier answers; NULL: none was sent */
};

/*
 * authorization_code, in the same way (rules: redeem_check). Of any number at once, SQL lets one
 * have it; whoever comes later, with everything right, ends what that one got, in a second
 * statement, as the first can't see it. Audit: grant.replay.
 */
enum status dao_code_redeem(struct dao *dao, const struct dao_actor *actor,
                            const struct dao_client *client, const struct dao_redeem *redeem,
                            const struct dao_tokens *tokens, struct redeem_facts *out) MUST_CHECK;

/* password, for a user whose password was proved against `password_hash`. Audit:
 * sign_in.password_grant. */
enum status dao_password_grant(struct dao *dao, const struct dao_actor *actor,
                               const struct dao_client *client, const char *password_hash,
                               const struct dao_tokens *tokens, struct issue_facts *out) MUST_CHECK;

/*
 * refresh_token (rules: refresh_check): a client with a secret keeps it, one without gets
 * tokens->refresh in its place, decided by the row of the grant. Audit: grant.replay.
 */
enum status dao_token_refresh(struct dao *dao, const struct dao_actor *actor,
                              const struct dao_client *client, const struct digest *refresh,
                              int64_t idle_ms, const struct dao_tokens *tokens,
                              struct refresh_facts *out) MUST_CHECK;

/* Ends the client's own access or refresh token with its whole grant, or nothing. Audit:
 * token.revoke, if it ended something. */
enum status dao_token_revoke(struct dao *dao, const struct dao_actor *actor,
                             const struct dao_client *client, const struct digest *token,
                             struct client_facts *out) MUST_CHECK;

/* What an access token stands for; notes nothing. The user's and app's texts are in `arena`. */
enum status dao_token_find(struct dao *dao, struct arena *arena, const struct digest *token,
                           struct bearer_facts *out) MUST_CHECK;

/* The same of a refresh token that is good now. */
enum status dao_refresh_find(struct dao *dao, struct arena *arena, const struct digest *token,
                             int64_t idle_ms, struct bearer_facts *out) MUST_CHECK;

/* ---- usage.c: what the workers have counted ---- */

struct dao_usage {
    int64_t app_row;
    const char *grant;  /* of access tokens issued; NULL: requests that the gate was asked about */
    const char *reason; /* NULL: passed */
    const char *method, *rule;
    int64_t count;
    const char *last_request; /* refused ones: the id of the last */
};

/* Adds it to what this hour has, all or none. No text has a line break or is empty, but those that
 * stand beside a grant, and request ids of passes. */
enum status dao_usage_add(struct dao *dao, struct arena *arena, const struct dao_usage *items,
                          size_t count) MUST_CHECK;

struct dao_refusal {
    const char *reason, *method, *rule;
    int64_t count, last_ms;
    const char *last_request;
};

struct dao_refusal_list {
    const struct dao_refusal *items;
    size_t count;
};

/* An application's refusals of the last 30 days, grouped, most often first. */
enum status dao_refusal_list(struct dao *dao, struct arena *arena, int64_t app_row, size_t limit,
                             struct dao_refusal_list *out) MUST_CHECK;

struct dao_usage_query {
    int64_t app_row;
    int64_t days;
    size_t limit; /* of passes, and of refusals */
};

struct dao_usage_list {
    const struct dao_usage *items; /* last_request is not set */
    size_t count;
};

/* Passes, then refusals, of the last days, by method and rule, most often first. */
enum status dao_usage_list(struct dao *dao, struct arena *arena,
                           const struct dao_usage_query *query,
                           struct dao_usage_list *out) MUST_CHECK;

struct dao_usage_slot {
    int64_t begins_ms; /* wall clock */
    int64_t passed, refused, issued[GRANT__MAX];
};

struct dao_usage_rule {
    const char *method;
    const char *rule; /* its path; "-": none */
    int64_t passed, refused;
};

/* The same requests by time and by what was asked for. */
struct dao_usage_read {
    const struct dao_usage_slot *hours; /* oldest first, each of those asked for */
    size_t hour_count;
    const struct dao_usage_rule *rules; /* most often first; all of them */
    size_t rule_count;
};

/* begins_ms: that of an hour of UTC. */
enum status dao_usage_read(struct dao *dao, struct arena *arena, int64_t app_row, int64_t begins_ms,
                           size_t hours, struct dao_usage_read *out) MUST_CHECK;

/* ---- purge.c ---- */

struct dao_purged {
    int64_t sessions, codes, grants, throttles, counts; /* counts: of use */
    int64_t partitions_made, partitions_dropped;        /* of the access tokens */
};
/* Deletes what has ended, in small batches that wait for nobody; stops after `max` rows each. */
enum status dao_purge(struct dao *dao, int64_t max, int64_t idle_ms,
                      struct dao_purged *out) MUST_CHECK;

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
