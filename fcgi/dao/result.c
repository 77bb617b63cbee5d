/*
 * result.c - parameters in, columns out, and what each SQLSTATE means for us.
 *
 * Everything travels as text but digests, which are binary. Only the primary message of an error is
 * ever kept: its detail can hold the values of a row.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <assert.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dao/dao_int.h"

const struct statement statements[STATEMENT__MAX] = {
#define STATEMENT(id, shape, effect, params, columns, sql)                                         \
    [SQL_##id] = { #id, SHAPE_##shape, EFFECT_##effect, params, columns, sql },
#include "dao/statements.def"
};

const struct statement owner_statements[OWNER_STATEMENT__MAX] = {
#define OWNER_STATEMENT(id, shape, params, columns, sql)                                           \
    [OWNER_##id] = { #id, SHAPE_##shape, EFFECT_WRITE, params, columns, sql },
#include "dao/statements.def"
};

static void
params_add(struct params *params, const char *value, int length, int format)
{
    assert(params->count < PARAMS_MAX);
    params->values[params->count] = value;
    params->lengths[params->count] = length;
    params->formats[params->count] = format;
    params->count++;
}

void
params_text(struct params *params, const char *value)
{
    params_add(params, value, 0, 0);
}

void
params_int(struct params *params, int64_t value)
{
    assert(params->count < PARAMS_MAX);
    char *text = params->numbers[params->count];
    snprintf(text, sizeof params->numbers[0], "%" PRId64, value);
    params_text(params, text);
}

void
params_id(struct params *params, int64_t value)
{
    if (value == 0)
        params_text(params, NULL);
    else
        params_int(params, value);
}

void
params_bool(struct params *params, bool value)
{
    params_text(params, value ? "true" : "false");
}

void
params_digest(struct params *params, const struct digest *digest)
{
    if (digest == NULL)
        params_text(params, NULL);
    else
        params_add(params, (const char *)digest->bytes, sizeof digest->bytes, 1);
}

void
params_actor(struct params *params, const struct dao_actor *actor)
{
    params_id(params, actor->user_id);
    params_text(params, actor->login);
    params_text(params, actor->address);
    params_text(params, actor->request_id);
}

/* The rule is rules/token.c's; the statement, which is the arbiter, is handed its outcome. */
static const char *
types_of(enum grant grant, char *out, size_t size)
{
    size_t length = 0;
    out[0] = '\0';
    for (int type = 0; type < APP_TYPE__MAX; type++) {
        if (grant != GRANT__MAX && !grant_is_allowed((enum app_type)type, grant))
            continue;
        snprintf(out + length, size - length, "%s%s", length > 0 ? " " : "", app_type_names[type]);
        length = strlen(out);
    }
    return out;
}

void
params_client(struct params *params, const struct dao_client *client, enum grant grant)
{
    params_text(params, client->app_id);
    params_digest(params, client->secret);
    params_digest(params, client->throttle_key);
    params_text(params, types_of(grant, params->types, sizeof params->types));
}

static const char *
next_value(struct reply *reply)
{
    int column = reply->column++;
    assert(reply->row < reply->rows && column < PQnfields(reply->result));
    if (PQgetisnull(reply->result, reply->row, column))
        return NULL;
    return PQgetvalue(reply->result, reply->row, column);
}

const char *
reply_text_or_null(struct reply *reply)
{
    const char *value = next_value(reply);
    return value == NULL ? NULL : arena_strdup(reply->arena, value);
}

const char *
reply_text(struct reply *reply)
{
    const char *value = reply_text_or_null(reply);
    return value == NULL ? "" : value;
}

int64_t
reply_int(struct reply *reply)
{
    const char *value = next_value(reply);
    return value == NULL ? 0 : strtoll(value, NULL, 10);
}

bool
reply_bool(struct reply *reply)
{
    return text_equal(next_value(reply), "t");
}

int
reply_name(struct reply *reply, const char *const *names, int count)
{
    const char *value = next_value(reply);
    int index = value == NULL ? -1 : name_index(names, count, value);
    if (index >= 0)
        return index;
    reply->odd = true;
    return 0;
}

void
reply_next_row(struct reply *reply)
{
    reply->row++;
    reply->column = 0;
}

enum status
reply_close(struct reply *reply)
{
    PQclear(reply->result);
    reply->result = NULL;
    if (!reply->odd)
        return OK;
    log_event(LOG_AT_ERROR, "the database holds a value that this version does not know", NULL);
    return E_DB;
}

/* The first line of a message, without blanks at its end. */
static void
set_text(struct failure *failure, const char *text)
{
    size_t length = strcspn(text, "\r\n");
    while (length > 0 && text[length - 1] == ' ')
        length--;
    snprintf(failure->text, sizeof failure->text, "%.*s", (int)length, text);
}

void
failure_set(struct failure *failure, enum failure_kind kind, const char *text)
{
    *failure = (struct failure){ .kind = kind };
    set_text(failure, text);
}

void
failure_of_connection(struct failure *failure, PGconn *conn)
{
    failure_set(failure, FAILURE_LOST, PQerrorMessage(conn));
}

void
failure_log(const struct failure *failure, enum log_level level, const char *statement)
{
    const char *what = "database error";
    if (failure->kind == FAILURE_LOST)
        what = "database connection lost";
    else if (failure->kind == FAILURE_BUSY)
        what = "database too busy";
    log_event(level, what, "statement", statement, "sqlstate",
              failure->sqlstate[0] == '\0' ? NULL : failure->sqlstate, "detail", failure->text,
              NULL);
}

enum status
failure_status(const struct failure *failure)
{
    switch (failure->kind) {
    case FAILURE_NONE:
        return OK;
    case FAILURE_LOST:
    case FAILURE_BUSY:
    case FAILURE_CLASH:
        return E_DB_DOWN;
    case FAILURE_STALE:
    case FAILURE_TAKEN:
    case FAILURE_NO_PARTITION:
    case FAILURE_ERROR:
        break;
    }
    return E_DB;
}

static enum failure_kind
kind_of(const char *sqlstate)
{
    static const struct {
        const char *prefix;
        enum failure_kind kind;
    } kinds[] = {
        { "08", FAILURE_LOST },     /* connection exceptions */
        { "57P01", FAILURE_LOST },  /* the administrator ended the server process */
        { "57P02", FAILURE_LOST },  /* the server crashed */
        { "57P03", FAILURE_LOST },  /* it is starting, stopping or recovering */
        { "57P05", FAILURE_LOST },  /* idle_session_timeout */
        { "57014", FAILURE_BUSY },  /* statement_timeout */
        { "55P03", FAILURE_BUSY },  /* lock_timeout */
        { "53", FAILURE_BUSY },     /* out of memory, disk, connections */
        { "40001", FAILURE_CLASH }, /* serialization failure */
        { "40P01", FAILURE_CLASH }, /* deadlock */
        { "23503", FAILURE_CLASH }, /* what a row refers to has just been deleted */
        { "23505", FAILURE_TAKEN }, /* unique violation */
        { "25006", FAILURE_STALE }, /* read-only by now: it became a standby */
        { "26000", FAILURE_STALE }, /* statement not there: somebody's DISCARD or DEALLOCATE */
        { "0A000", FAILURE_STALE }, /* a migration changed what a prepared statement returns */
    };
    for (size_t i = 0; i < LENGTH_OF(kinds); i++)
        if (text_starts(sqlstate, kinds[i].prefix))
            return kinds[i].kind;
    return FAILURE_ERROR;
}

bool
result_is_end(const PGresult *notice)
{
    const char *sqlstate = PQresultErrorField(notice, PG_DIAG_SQLSTATE);
    return sqlstate != NULL && kind_of(sqlstate) == FAILURE_LOST;
}

static void
failure_of_result(struct failure *failure, PGconn *conn, const PGresult *result)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *position = PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION);
    if (sqlstate == NULL && PQstatus(conn) == CONNECTION_BAD) {
        failure_of_connection(failure, conn);
        return;
    }
    failure_set(failure, sqlstate == NULL ? FAILURE_ERROR : kind_of(sqlstate),
                primary == NULL ? "an answer that does not belong here" : primary);
    if (PQstatus(conn) == CONNECTION_BAD)
        failure->kind = FAILURE_LOST;
    /* A check that is no constraint's: PostgreSQL has no other name for it. */
    if (sqlstate != NULL && text_equal(sqlstate, "23514") && constraint == NULL)
        failure->kind = FAILURE_NO_PARTITION;
    snprintf(failure->sqlstate, sizeof failure->sqlstate, "%s", sqlstate == NULL ? "" : sqlstate);
    snprintf(failure->constraint, sizeof failure->constraint, "%s",
             constraint == NULL ? "" : constraint);
    int64_t at = 0;
    if (position != NULL && text_to_int(position, INT_MAX, &at))
        failure->position = (int)at;
}

static bool
has_shape(const PGresult *result, const struct statement *statement)
{
    ExecStatusType status = PQresultStatus(result);
    if (statement->shape == SHAPE_NONE)
        return status == PGRES_COMMAND_OK;
    if (status != PGRES_TUPLES_OK || PQnfields(result) != statement->columns)
        return false;
    int rows = PQntuples(result);
    return statement->shape == SHAPE_MANY || rows == 1 ||
           (rows == 0 && statement->shape == SHAPE_MAYBE);
}

bool
result_check(PGconn *conn, const PGresult *result, const struct statement *statement,
             struct failure *failure)
{
    if (result == NULL) {
        failure_of_connection(failure, conn);
        return false;
    }
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        failure_of_result(failure, conn, result);
        return false;
    }
    if (statement != NULL && !has_shape(result, statement)) {
        failure_set(failure, FAILURE_ERROR, "the result has not the shape that was declared");
        return false;
    }
    *failure = (struct failure){ 0 };
    return true;
}
