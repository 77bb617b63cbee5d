/*
 * connection.c - one connection to PostgreSQL: made, proved, watched, made again.
 *
 * The only file that sends anything. Statements are sent and then waited for with a limit of our
 * own behind statement_timeout, so that a server that is stuck, which keeps no timeout, can't hold
 * a worker. A call sees at most one lost connection repaired; what may have been carried out is
 * never sent again unless it is harmless (READ).
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "dao/dao_int.h"

/* How much longer than the server's own limit we wait, so that its answer comes first. */
enum { GRACE_MS = 1000 };

struct dao {
    struct arena *arena; /* holds the options' texts */
    struct dao_options options;
    PGconn *conn; /* NULL: not connected */
    bool was_down;
    bool ended;            /* the server has said goodbye, though its end is not here yet */
    dao_notified notified; /* NULL: nobody listens */
    void *notified_context;
    struct failure failure; /* the last */
};

static int64_t
deadline_after(int64_t ms)
{
    return clock_monotonic_ms() + ms;
}

/* False if nothing happened on the descriptor until `deadline`. */
static bool
wait_for(int fd, short events, int64_t deadline)
{
    struct pollfd watched = { .fd = fd, .events = events };
    if (fd < 0)
        return true; /* libpq knows why and says so when asked next */
    for (;;) {
        int64_t left = deadline - clock_monotonic_ms();
        if (left < 0)
            left = 0;
        int ready = poll(&watched, 1, left > INT_MAX ? INT_MAX : (int)left);
        if (ready > 0)
            return true;
        if ((ready < 0 && errno != EINTR) || left == 0)
            return false;
    }
}

/* The next result, NULL behind the last; false if there was none in time. */
static bool
take(PGconn *conn, int64_t deadline, PGresult **out)
{
    *out = NULL;
    while (PQisBusy(conn)) {
        if (!wait_for(PQsocket(conn), POLLIN, deadline))
            return false;
        if (PQconsumeInput(conn) == 0)
            break; /* PQgetResult tells the reason */
    }
    *out = PQgetResult(conn);
    return true;
}

static bool
is_success(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static bool
is_copy(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH;
}

/*
 * All results of what was sent: the first, or the first error if one came behind it (a commit fails
 * after its statement has succeeded). NULL and why.
 */
static PGresult *
collect(PGconn *conn, const struct statement *statement, int64_t deadline, struct failure *failure)
{
    PGresult *kept = NULL;
    for (;;) {
        PGresult *next;
        if (!take(conn, deadline, &next)) {
            PQclear(kept);
            failure_set(failure, FAILURE_BUSY, "no answer in time");
            return NULL;
        }
        if (next == NULL)
            break;
        if (kept != NULL && (is_success(next) || !is_success(kept))) {
            PQclear(next);
            continue;
        }
        PQclear(kept);
        kept = next;
        if (is_copy(kept)) /* would be handed out for ever */
            break;
    }
    if (result_check(conn, kept, statement, failure))
        return kept;
    PQclear(kept);
    return NULL;
}

PGresult *
connection_owner_run(PGconn *conn, enum owner_statement_id id, const struct params *params,
                     int64_t deadline, struct failure *failure)
{
    const struct statement *statement = &owner_statements[id];
    assert(params->count == statement->params);
    if (PQsendQueryParams(conn, statement->sql, params->count, NULL, params->values,
                          params->lengths, params->formats, 0) == 0) {
        failure_of_connection(failure, conn);
        return NULL;
    }
    return collect(conn, statement, deadline, failure);
}

bool
connection_run_text(PGconn *conn, const char *sql, struct failure *failure)
{
    if (PQsendQuery(conn, sql) == 0) {
        failure_of_connection(failure, conn);
        return false;
    }
    PGresult *result = collect(conn, NULL, NO_DEADLINE, failure);
    PQclear(result);
    return result != NULL;
}

/* ---- connecting ---- */

/* How many hosts the connection string names; 0 if it is none. */
static int
count_hosts(const char *conninfo)
{
    /* libpq's message could repeat a part of the password: it is not passed on. */
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    if (options == NULL)
        return 0;
    int most = 1;
    for (const PQconninfoOption *o = options; o->keyword != NULL; o++) {
        if (o->val == NULL ||
            (!text_equal(o->keyword, "host") && !text_equal(o->keyword, "hostaddr")))
            continue;
        int hosts = 1;
        for (const char *p = o->val; *p != '\0'; p++)
            hosts += *p == ',';
        if (hosts > most)
            most = hosts;
    }
    PQconninfoFree(options);
    return most;
}

static PGconn *
start(const struct dao_options *options)
{
    /* What stands before dbname the connection string may change, what stands behind it not. */
    char timeout[24];
    snprintf(timeout, sizeof timeout, "%lld", (long long)options->timeout_ms);
    const char *const names[] = { "keepalives_idle",  "keepalives_interval",
                                  "keepalives_count", "tcp_user_timeout",
                                  "dbname",           "application_name",
                                  "client_encoding",  NULL };
    const char *const values[] = {
        "30", "10", "3", timeout, options->conninfo, options->application_name, "UTF8", NULL
    };
    PGconn *conn = PQconnectStartParams(names, values, 1);
    if (conn == NULL)
        fatal("out of memory");
    return conn;
}

static bool
finish_connecting(PGconn *conn, int64_t deadline, struct failure *failure)
{
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    if (PQstatus(conn) == CONNECTION_BAD)
        state = PGRES_POLLING_FAILED;
    while (state != PGRES_POLLING_OK) {
        if (state == PGRES_POLLING_FAILED) {
            failure_of_connection(failure, conn);
            return false;
        }
        short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
        if (!wait_for(PQsocket(conn), events, deadline)) {
            failure_set(failure, FAILURE_LOST, "the server did not answer in time");
            return false;
        }
        state = PQconnectPoll(conn);
    }
    return true;
}

/* Notices are for people at a terminal; libpq would print them to stderr. */
static void
ignore_notice(void *context, const PGresult *result)
{
    (void)context;
    (void)result;
}

static bool
set_up(PGconn *conn, int64_t statement_ms, int64_t lock_ms, int64_t deadline,
       struct failure *failure)
{
    struct params params = { 0 };
    params_int(&params, statement_ms);
    params_int(&params, lock_ms);
    PGresult *result = connection_owner_run(conn, OWNER_SETTINGS, &params, deadline, failure);
    PQclear(result);
    return result != NULL;
}

PGconn *
connection_open(const struct dao_options *options, int64_t statement_ms, int64_t lock_ms,
                struct failure *failure)
{
    int hosts = count_hosts(options->conninfo);
    if (hosts == 0) {
        failure_set(failure, FAILURE_ERROR, "this is no PostgreSQL connection string");
        return NULL;
    }
    PGconn *conn = start(options);
    PQsetNoticeReceiver(conn, ignore_notice, NULL);
    if (finish_connecting(conn, deadline_after(options->timeout_ms * hosts), failure) &&
        set_up(conn, statement_ms, lock_ms, deadline_after(options->timeout_ms), failure))
        return conn;
    PQfinish(conn);
    return NULL;
}

/* ---- proving the statements ---- */

static bool
send_prepares(PGconn *conn)
{
    for (int i = 0; i < STATEMENT__MAX; i++) {
        const struct statement *statement = &statements[i];
        if (PQsendPrepare(conn, statement->name, statement->sql, 0, NULL) == 0 ||
            PQsendDescribePrepared(conn, statement->name) == 0)
            return false;
    }
    return PQpipelineSync(conn) != 0;
}

static bool
fits(const PGresult *described, const struct statement *statement, struct failure *failure)
{
    int params = PQnparams(described), columns = PQnfields(described);
    if (params == statement->params && columns == statement->columns)
        return true;
    char text[200];
    snprintf(text, sizeof text, "it has %d parameters and %d columns, declared are %d and %d",
             params, columns, statement->params, statement->columns);
    failure_set(failure, FAILURE_ERROR, text);
    return false;
}

/* In a pipeline each command's result is followed by a NULL. */
static bool
take_prepared(PGconn *conn, const struct statement *statement, bool described, int64_t deadline,
              struct failure *failure)
{
    PGresult *result, *end = NULL;
    if (!take(conn, deadline, &result) || (result != NULL && !take(conn, deadline, &end))) {
        PQclear(result);
        failure_set(failure, FAILURE_BUSY, "no answer in time");
        return false;
    }
    bool good = result_check(conn, result, NULL, failure);
    if (good && described)
        good = fits(result, statement, failure);
    PQclear(result);
    PQclear(end);
    return good;
}

static bool
take_sync(PGconn *conn, int64_t deadline)
{
    PGresult *result;
    bool synced = take(conn, deadline, &result) && PQresultStatus(result) == PGRES_PIPELINE_SYNC;
    PQclear(result);
    return synced && PQexitPipelineMode(conn) != 0;
}

/* Every row, in one round trip. */
static bool
prepare_all(PGconn *conn, int64_t deadline, struct failure *failure)
{
    if (PQenterPipelineMode(conn) == 0 || !send_prepares(conn)) {
        failure_of_connection(failure, conn);
        return false;
    }
    for (int i = 0; i < STATEMENT__MAX; i++) {
        if (take_prepared(conn, &statements[i], false, deadline, failure) &&
            take_prepared(conn, &statements[i], true, deadline, failure))
            continue;
        char text[sizeof failure->text];
        snprintf(text, sizeof text, "statement %s: %.400s", statements[i].name, failure->text);
        snprintf(failure->text, sizeof failure->text, "%s", text);
        return false;
    }
    if (take_sync(conn, deadline))
        return true;
    failure_of_connection(failure, conn);
    return false;
}

/* ---- struct dao ---- */

struct dao *
dao_open(const struct dao_options *options)
{
    struct dao *dao = calloc(1, sizeof *dao);
    if (dao == NULL)
        fatal("out of memory");
    dao->arena = arena_open();
    dao->options = *options;
    dao->options.conninfo = arena_strdup(dao->arena, options->conninfo);
    dao->options.application_name = arena_strdup(dao->arena, options->application_name);
    return dao;
}

static void
disconnect(struct dao *dao)
{
    static const struct dao_notice all = { .kind = NOTICE_ALL };
    if (dao->conn != NULL && dao->notified != NULL)
        dao->notified(dao->notified_context, &all);
    PQfinish(dao->conn);
    dao->conn = NULL;
    dao->ended = false;
    dao->was_down = true;
}

void
dao_close(struct dao *dao)
{
    if (dao == NULL)
        return;
    disconnect(dao);
    arena_close(dao->arena);
    free(dao);
}

const struct failure *
dao_last_failure(const struct dao *dao)
{
    return &dao->failure;
}

int
dao_fd(const struct dao *dao)
{
    return dao->conn == NULL ? -1 : PQsocket(dao->conn);
}

/* A server that ends a connection in which nothing runs says so in a notice first. */
static void
note_end(void *context, const PGresult *result)
{
    struct dao *dao = context;
    if (result_is_end(result))
        dao->ended = true;
}

static void
hand_on(struct dao *dao)
{
    PGnotify *told;
    while ((told = PQnotifies(dao->conn)) != NULL) {
        struct dao_notice notice;
        if (dao->notified != NULL) {
            notice_parse(told->extra, &notice);
            dao->notified(dao->notified_context, &notice);
        }
        PQfreemem(told);
    }
}

/* Nothing is awaited, so what arrives is a notification, a notice, or the end. */
static bool
is_alive(struct dao *dao)
{
    PGconn *conn = dao->conn;
    while (PQstatus(conn) == CONNECTION_OK && wait_for(PQsocket(conn), POLLIN, 0)) {
        if (PQconsumeInput(conn) == 0)
            return false;
        PQisBusy(conn); /* calls note_end() */
    }
    hand_on(dao);
    return PQstatus(conn) == CONNECTION_OK && !dao->ended;
}

void
dao_on_readable(struct dao *dao)
{
    if (dao->conn == NULL || is_alive(dao))
        return;
    if (dao->ended)
        failure_set(&dao->failure, FAILURE_LOST, "the server ended it");
    else
        failure_of_connection(&dao->failure, dao->conn);
    failure_log(&dao->failure, LOG_AT_WARNING, NULL);
    disconnect(dao);
}

void
dao_listen(struct dao *dao, dao_notified notified, void *context)
{
    dao->notified = notified;
    dao->notified_context = context;
}

/* What was told while an answer was awaited is handed on as well. */
bool
dao_is_current(struct dao *dao)
{
    dao_on_readable(dao);
    return dao->conn != NULL && dao->notified != NULL;
}

static PGresult *execute(struct dao *dao, const struct statement *statement,
                         const struct params *params);

static bool
start_listening(struct dao *dao)
{
    const struct params none = { 0 };
    if (dao->notified == NULL)
        return true;
    PGresult *result = execute(dao, &statements[SQL_LISTEN], &none);
    PQclear(result);
    return result != NULL;
}

static bool
connect_now(struct dao *dao)
{
    int64_t timeout = dao->options.timeout_ms;
    dao->conn = connection_open(&dao->options, timeout, 0, &dao->failure);
    if (dao->conn != NULL &&
        prepare_all(dao->conn, deadline_after(timeout + GRACE_MS), &dao->failure) &&
        start_listening(dao)) {
        PQsetNoticeReceiver(dao->conn, note_end, dao);
        if (dao->was_down)
            log_event(LOG_AT_INFO, "database connected again", NULL);
        dao->was_down = false;
        return true;
    }
    disconnect(dao);
    log_event(LOG_AT_ERROR, "no database connection", "sqlstate",
              dao->failure.sqlstate[0] == '\0' ? NULL : dao->failure.sqlstate, "detail",
              dao->failure.text, NULL);
    return false;
}

/* An idle connection that has ended is seen here, before anything is sent over it. */
static bool
be_connected(struct dao *dao)
{
    dao_on_readable(dao);
    return dao->conn != NULL || connect_now(dao);
}

bool
dao_check(struct dao *dao, struct fault *fault)
{
    if (be_connected(dao))
        return true;
    /* Class 42: a table, a column or a function that is not there. */
    const char *cure = text_starts(dao->failure.sqlstate, "42") ? " (run `callgate migrate`)" : "";
    return fault_set(fault, "database.conninfo: %s%s", dao->failure.text, cure);
}

static PGresult *
execute(struct dao *dao, const struct statement *statement, const struct params *params)
{
    PGconn *conn = dao->conn;
    PGresult *result = NULL;
    if (PQsendQueryPrepared(conn, statement->name, params->count, params->values, params->lengths,
                            params->formats, 0) == 0)
        failure_of_connection(&dao->failure, conn);
    else
        result = collect(conn, statement, deadline_after(dao->options.timeout_ms + GRACE_MS),
                         &dao->failure);
    /* Anything else but idle: lost, or in the middle of an answer that never came. */
    if (dao->failure.kind == FAILURE_LOST || dao->failure.kind == FAILURE_STALE ||
        PQtransactionStatus(conn) != PQTRANS_IDLE)
        disconnect(dao);
    return result;
}

static bool
may_run_again(enum failure_kind kind, enum effect effect)
{
    if (kind == FAILURE_LOST)
        return effect == EFFECT_READ;
    return kind == FAILURE_STALE || kind == FAILURE_CLASH || kind == FAILURE_NO_PARTITION;
}

/* After a day in which nobody was there to do it. A failure is that of the statement's next try. */
static void
keep_partitions(struct dao *dao)
{
    const struct params none = { 0 };
    if (dao->conn != NULL)
        PQclear(execute(dao, &statements[SQL_KEEP_PARTITIONS], &none));
}

enum status
dao_run(struct dao *dao, struct arena *arena, enum statement_id id, const struct params *params,
        struct reply *reply)
{
    const struct statement *statement = &statements[id];
    assert(params->count == statement->params);
    *reply = (struct reply){ .arena = arena };
    for (bool again = true; be_connected(dao);) {
        reply->result = execute(dao, statement, params);
        if (reply->result != NULL) {
            reply->rows = PQntuples(reply->result);
            return OK;
        }
        const struct failure *failure = &dao->failure;
        if (failure->kind == FAILURE_TAKEN && params->unique != NULL &&
            text_equal(failure->constraint, params->unique)) {
            reply->taken = true;
            return OK;
        }
        again = again && may_run_again(failure->kind, statement->effect);
        failure_log(failure, again ? LOG_AT_WARNING : LOG_AT_ERROR, statement->name);
        if (!again)
            break;
        again = false;
        if (failure->kind == FAILURE_NO_PARTITION)
            keep_partitions(dao);
    }
    return failure_status(&dao->failure);
}
