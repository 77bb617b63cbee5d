/*
 * dao_int.h - what the files of dao/ share: the statement table, parameters, replies, connections.
 *
 * The only header that includes libpq. An operation fills a struct params, calls dao_run() and, if
 * that is OK, reads the reply's columns from left to right and ends with reply_close().
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifndef CALLGATE_DAO_INT_H
#define CALLGATE_DAO_INT_H

#include <libpq-fe.h>

#include "dao/dao.h"

/* ---- the tables, from statements.def ---- */

enum statement_id {
#define STATEMENT(id, shape, effect, params, columns, sql) SQL_##id,
#include "dao/statements.def"
    STATEMENT__MAX,
};

enum owner_statement_id {
#define OWNER_STATEMENT(id, shape, params, columns, sql) OWNER_##id,
#include "dao/statements.def"
    OWNER_STATEMENT__MAX,
};

enum shape { SHAPE_NONE, SHAPE_ONE, SHAPE_MAYBE, SHAPE_MANY };
enum effect { EFFECT_READ, EFFECT_WRITE };

struct statement {
    const char *name;
    enum shape shape;
    enum effect effect;
    int params, columns;
    const char *sql;
};

extern const struct statement statements[STATEMENT__MAX];
extern const struct statement owner_statements[OWNER_STATEMENT__MAX];

/* ---- result.c: parameters, $1 first ---- */

enum { PARAMS_MAX = 20 };

/* Begins as { 0 }. Texts and digests must live until the statement has run. */
struct params {
    int count;
    const char *values[PARAMS_MAX];
    int lengths[PARAMS_MAX], formats[PARAMS_MAX];
    char numbers[PARAMS_MAX][24];
    char types[64];     /* of params_client() */
    const char *unique; /* breaking this constraint is an outcome (reply.taken), no failure */
};

void params_text(struct params *params, const char *value); /* NULL is NULL */
void params_int(struct params *params, int64_t value);
void params_id(struct params *params, int64_t value); /* 0 is NULL */
void params_bool(struct params *params, bool value);
void params_digest(struct params *params, const struct digest *digest);  /* NULL is NULL */
void params_actor(struct params *params, const struct dao_actor *actor); /* four */
/* Four: who asks, and the types of application that `grant` serves (GRANT__MAX: every type). */
void params_client(struct params *params, const struct dao_client *client, enum grant grant);

/* ---- result.c: what came back ---- */

struct reply {
    PGresult *result;
    struct arena *arena;
    int rows;
    int row, column; /* read next */
    bool taken;      /* params.unique was broken; no rows */
    bool odd;        /* a value that this program does not know was read */
};

/* Readers take the next column; NULL reads as "", 0, false. */
const char *reply_text(struct reply *reply);
const char *reply_text_or_null(struct reply *reply);
int64_t reply_int(struct reply *reply);
bool reply_bool(struct reply *reply);
/* The index of the column's text in `names`. */
int reply_name(struct reply *reply, const char *const *names, int count);
void reply_next_row(struct reply *reply);

/* Frees the result; E_DB if something odd was read. */
enum status reply_close(struct reply *reply) MUST_CHECK;

/* ---- result.c: what went wrong ---- */

enum failure_kind {
    FAILURE_NONE,
    FAILURE_LOST,         /* no connection; the statement may have been carried out */
    FAILURE_STALE,        /* the connection's statements no longer fit: surely not carried out */
    FAILURE_BUSY,         /* too slow, or out of resources */
    FAILURE_CLASH,        /* undone because of another transaction: do it again */
    FAILURE_TAKEN,        /* a unique constraint, named in `constraint` */
    FAILURE_NO_PARTITION, /* none takes the row: surely not carried out */
    FAILURE_ERROR,
};

struct failure {
    enum failure_kind kind;
    char sqlstate[6];
    char constraint[64];
    int position;   /* in the SQL, from 1; 0: unknown */
    char text[512]; /* one line, the primary message only: details can hold values */
};

void failure_set(struct failure *failure, enum failure_kind kind, const char *text);
void failure_of_connection(struct failure *failure, PGconn *conn);
void failure_log(const struct failure *failure, enum log_level level, const char *statement);
enum status failure_status(const struct failure *failure);

/* True if `result` (NULL is allowed) is a success, of the statement's shape unless that is NULL. */
bool result_check(PGconn *conn, const PGresult *result, const struct statement *statement,
                  struct failure *failure);

/* True for the notice by which a server ends a connection. */
bool result_is_end(const PGresult *notice);

/* ---- notify.c ---- */

/* What a payload says; anything that this version does not know counts as NOTICE_ALL. */
void notice_parse(const char *payload, struct dao_notice *out);

/* ---- connection.c ---- */

#define NO_DEADLINE INT64_MAX

/*
 * A connection with our settings, nothing prepared; NULL and why. Connecting takes timeout_ms for
 * each host of the connection string; 0 is no limit for statements or locks.
 */
PGconn *connection_open(const struct dao_options *options, int64_t statement_ms, int64_t lock_ms,
                        struct failure *failure);

/* Runs a row of owner_statements; NULL and why. */
PGresult *connection_owner_run(PGconn *conn, enum owner_statement_id id,
                               const struct params *params, int64_t deadline,
                               struct failure *failure);

/* Runs a migration's text, which may hold several statements. */
bool connection_run_text(PGconn *conn, const char *sql, struct failure *failure);

/* Runs a row of statements[]. A failure is logged, and leaves nothing to close. */
enum status dao_run(struct dao *dao, struct arena *arena, enum statement_id id,
                    const struct params *params, struct reply *reply) MUST_CHECK;

/* What the last failure of this connection was. */
const struct failure *dao_last_failure(const struct dao *dao);

/* ---- app.c, user.c, token.c: the columns that several statements share ---- */

/* Redirect URLs as a parameter; NULL stays NULL. */
const char *lines_join(struct arena *arena, const struct redirect_urls *urls);

void app_read(struct reply *reply, struct app *out);
void user_read(struct reply *reply, struct user *out);
void client_read(struct reply *reply, struct client_facts *out);

#endif
