/*
 * test_dao_connection.c - libpq's failures, each at each step of a call.
 *
 * A played server stands behind link-time wrapped libpq functions: it answers every statement as
 * declared in statements.def, but for what a case's script says of the first and second sending.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dao/dao_int.h"

/* ---- the played server ---- */

enum { ITEMS_MAX = 16 * STATEMENT__MAX }; /* each connection prepares and describes them all */

struct item {
    PGresult *result; /* NULL: the end of one command's results */
    const char *sqlstate, *constraint;
};

static struct {
    struct item items[ITEMS_MAX];
    size_t first, count;
    int sends, connects, closes;
    bool bad, silent, in_pipeline, described_next;
    int wire[2]; /* what PQsocket hands out, and its other end */
    PQnoticeReceiver receiver;
    void *receiver_context;
    PGresult *notice; /* read from the wire, not yet handed on */
    const char *told; /* a notification's payload, the same */
    bool listens;
    /* the script */
    const char *script[3];                    /* of the first three sendings; NULL: as declared */
    int refused;                              /* so many connects behind the first fail */
    const char *connect_step, *connect_fault; /* the statement at which connecting fails, and how */
    const char *constraint;
} server;

static char log_path[] = "/tmp/callgate-test-dao-XXXXXX";
static const char leak[] = "Key (secret)=(hunter2)";

static void
queue(ExecStatusType status, const char *sqlstate)
{
    assert_true(server.count < ITEMS_MAX);
    server.items[server.count++] = (struct item){ .result = PQmakeEmptyPGresult(NULL, status),
                                                  .sqlstate = sqlstate,
                                                  .constraint = server.constraint };
}

static void
queue_end(void)
{
    assert_true(server.count < ITEMS_MAX);
    server.items[server.count++] = (struct item){ 0 };
}

static void
queue_rows(int columns, int rows)
{
    static char name[] = "column", value[] = "7";
    PGresAttDesc attributes[32] = { 0 };
    assert_true(columns <= 32);
    for (int i = 0; i < columns; i++)
        attributes[i].name = name;
    queue(PGRES_TUPLES_OK, NULL);
    PGresult *result = server.items[server.count - 1].result;
    assert_true(PQsetResultAttrs(result, columns, attributes));
    for (int row = 0; row < rows; row++)
        for (int column = 0; column < columns; column++)
            assert_true(PQsetvalue(result, row, column, value, 1));
}

static void
lose_connection(void)
{
    server.bad = true;
    queue(PGRES_FATAL_ERROR, NULL);
}

static const struct statement *
statement_named(const char *name)
{
    for (int i = 0; i < STATEMENT__MAX; i++)
        if (strcmp(statements[i].name, name) == 0)
            return &statements[i];
    print_error("unknown statement %s\n", name);
    abort();
}

static void
answer_as_declared(const struct statement *statement)
{
    if (statement->shape == SHAPE_NONE)
        queue(PGRES_COMMAND_OK, NULL);
    else
        queue_rows(statement->columns, statement->shape == SHAPE_ONE ? 1 : 0);
}

/* The newest first: a freed result's address may come back. */
static const struct item *
item_of(const PGresult *result)
{
    static const struct item none;
    for (size_t i = server.count; i > 0; i--)
        if (result != NULL && server.items[i - 1].result == result)
            return &server.items[i - 1];
    return &none;
}

static bool
fails_here(const char *step)
{
    return server.connect_step != NULL && strcmp(server.connect_step, step) == 0;
}

static bool
fault_is(const char *fault)
{
    return server.connect_fault != NULL && strcmp(server.connect_fault, fault) == 0;
}

/* ---- libpq, as wrapped ---- */

/* The linker's --wrap makes these names. NOLINTBEGIN(cert-dcl51-cpp) */

PGconn *__wrap_PQconnectStartParams(const char *const *names, const char *const *values,
                                    int expand);
PostgresPollingStatusType __wrap_PQconnectPoll(PGconn *conn);
ConnStatusType __wrap_PQstatus(const PGconn *conn);
PGTransactionStatusType __wrap_PQtransactionStatus(const PGconn *conn);
int __wrap_PQsocket(const PGconn *conn);
void __wrap_PQfinish(PGconn *conn);
char *__wrap_PQerrorMessage(const PGconn *conn);
PQnoticeReceiver __wrap_PQsetNoticeReceiver(PGconn *conn, PQnoticeReceiver receiver, void *context);
int __wrap_PQenterPipelineMode(PGconn *conn);
int __wrap_PQexitPipelineMode(PGconn *conn);
int __wrap_PQpipelineSync(PGconn *conn);
int __wrap_PQsendPrepare(PGconn *conn, const char *name, const char *sql, int count,
                         const Oid *types);
int __wrap_PQsendDescribePrepared(PGconn *conn, const char *name);
int __wrap_PQsendQueryParams(PGconn *conn, const char *sql, int count, const Oid *types,
                             const char *const *values, const int *lengths, const int *formats,
                             int format);
int __wrap_PQsendQueryPrepared(PGconn *conn, const char *name, int count, const char *const *values,
                               const int *lengths, const int *formats, int format);
int __wrap_PQisBusy(PGconn *conn);
int __wrap_PQconsumeInput(PGconn *conn);
PGnotify *__wrap_PQnotifies(PGconn *conn);
PGresult *__wrap_PQgetResult(PGconn *conn);
char *__wrap_PQresultErrorField(const PGresult *result, int field);
int __wrap_PQnparams(const PGresult *result);
int __wrap_PQnfields(const PGresult *result);
int __real_PQnfields(const PGresult *result);

static PGconn *
the_connection(void)
{
    return (PGconn *)(void *)&server;
}

PGconn *
__wrap_PQconnectStartParams(const char *const *names, const char *const *values, int expand)
{
    (void)names;
    (void)values;
    assert_true(expand);
    server.connects++;
    server.bad = server.connects > 1 && server.connects <= 1 + server.refused;
    server.bad = server.bad || fails_here("start");
    server.silent = false;
    server.in_pipeline = false;
    server.listens = false;
    server.told = NULL;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, server.wire), 0);
    return the_connection();
}

PostgresPollingStatusType
__wrap_PQconnectPoll(PGconn *conn)
{
    assert_ptr_equal(conn, the_connection());
    return fails_here("poll") ? PGRES_POLLING_FAILED : PGRES_POLLING_OK;
}

ConnStatusType
__wrap_PQstatus(const PGconn *conn)
{
    assert_ptr_equal(conn, the_connection());
    return server.bad ? CONNECTION_BAD : CONNECTION_OK;
}

PGTransactionStatusType
__wrap_PQtransactionStatus(const PGconn *conn)
{
    assert_ptr_equal(conn, the_connection());
    return server.bad ? PQTRANS_UNKNOWN : server.silent ? PQTRANS_ACTIVE : PQTRANS_IDLE;
}

int
__wrap_PQsocket(const PGconn *conn)
{
    assert_ptr_equal(conn, the_connection());
    return server.wire[0];
}

void
__wrap_PQfinish(PGconn *conn)
{
    if (conn == NULL)
        return;
    server.closes++;
    while (server.first < server.count) /* what it would still have said */
        PQclear(server.items[server.first++].result);
    close(server.wire[0]);
    close(server.wire[1]);
}

char *
__wrap_PQerrorMessage(const PGconn *conn)
{
    static char text[] = "server closed the connection unexpectedly\n\tThis probably means more.\n";
    assert_ptr_equal(conn, the_connection());
    return text;
}

PQnoticeReceiver
__wrap_PQsetNoticeReceiver(PGconn *conn, PQnoticeReceiver receiver, void *context)
{
    assert_ptr_equal(conn, the_connection());
    assert_non_null(receiver);
    server.receiver = receiver;
    server.receiver_context = context;
    return NULL;
}

int
__wrap_PQenterPipelineMode(PGconn *conn)
{
    assert_ptr_equal(conn, the_connection());
    server.in_pipeline = true;
    return 1;
}

int
__wrap_PQexitPipelineMode(PGconn *conn)
{
    assert_ptr_equal(conn, the_connection());
    assert_int_equal(server.first, server.count); /* libpq refuses while results are left */
    server.in_pipeline = false;
    return 1;
}

int
__wrap_PQpipelineSync(PGconn *conn)
{
    assert_ptr_equal(conn, the_connection());
    if (fails_here("sync"))
        lose_connection();
    else
        queue(PGRES_PIPELINE_SYNC, NULL);
    return 1;
}

int
__wrap_PQsendPrepare(PGconn *conn, const char *name, const char *sql, int count, const Oid *types)
{
    (void)sql;
    (void)types;
    assert_ptr_equal(conn, the_connection());
    assert_int_equal(count, 0);
    if (fails_here(name) && fault_is("send"))
        return 0;
    if (fails_here(name) && fault_is("lost"))
        lose_connection();
    else if (fails_here(name) && fault_is("42P01"))
        queue(PGRES_FATAL_ERROR, "42P01");
    else
        queue(PGRES_COMMAND_OK, NULL);
    queue_end();
    return 1;
}

int
__wrap_PQsendDescribePrepared(PGconn *conn, const char *name)
{
    assert_ptr_equal(conn, the_connection());
    queue(PGRES_COMMAND_OK, NULL);
    server.items[server.count - 1].constraint = name; /* for PQnparams and PQnfields */
    queue_end();
    return 1;
}

int
__wrap_PQsendQueryParams(PGconn *conn, const char *sql, int count, const Oid *types,
                         const char *const *values, const int *lengths, const int *formats,
                         int format)
{
    (void)types;
    (void)values;
    (void)lengths;
    (void)formats;
    assert_ptr_equal(conn, the_connection());
    assert_string_equal(sql, owner_statements[OWNER_SETTINGS].sql);
    assert_int_equal(count, 2);
    assert_int_equal(format, 0);
    if (fails_here("settings"))
        lose_connection();
    else
        queue_rows(owner_statements[OWNER_SETTINGS].columns, 1);
    queue_end();
    return 1;
}

/* ok, send, lost, late, silent, rows, or the SQLSTATE of an error. */
static int
play(const struct statement *statement, const char *script)
{
    if (strcmp(script, "send") == 0) {
        server.bad = true;
        return 0;
    }
    if (strcmp(script, "silent") == 0) {
        server.silent = true;
        return 1;
    }
    if (strcmp(script, "ok") == 0) {
        answer_as_declared(statement);
    } else if (strcmp(script, "late") == 0) {
        answer_as_declared(statement);
        lose_connection();
    } else if (strcmp(script, "lost") == 0) {
        lose_connection();
    } else if (strcmp(script, "rows") == 0) {
        queue_rows(statement->columns, 2);
    } else {
        queue(PGRES_FATAL_ERROR, script);
    }
    queue_end();
    return 1;
}

int
__wrap_PQsendQueryPrepared(PGconn *conn, const char *name, int count, const char *const *values,
                           const int *lengths, const int *formats, int format)
{
    (void)values;
    (void)lengths;
    (void)formats;
    assert_ptr_equal(conn, the_connection());
    assert_false(server.in_pipeline);
    const struct statement *statement = statement_named(name);
    assert_int_equal(count, statement->params);
    assert_int_equal(format, 0);
    if (statement == &statements[SQL_LISTEN]) {
        assert_false(server.listens);
        server.listens = true;
        return play(statement, fails_here("listen") ? server.connect_fault : "ok");
    }
    server.sends++;
    assert_true(server.sends <= 3);
    const char *script = server.script[server.sends - 1];
    return play(statement, script == NULL ? "ok" : script);
}

int
__wrap_PQisBusy(PGconn *conn)
{
    assert_ptr_equal(conn, the_connection());
    if (server.notice != NULL) {
        server.receiver(server.receiver_context, server.notice);
        PQclear(server.notice);
        server.notice = NULL;
    }
    return server.silent;
}

/* As libpq allocates it, in one piece; PQfreemem() is free(). */
PGnotify *
__wrap_PQnotifies(PGconn *conn)
{
    assert_ptr_equal(conn, the_connection());
    if (server.told == NULL)
        return NULL;
    size_t size = strlen(server.told) + 1;
    PGnotify *told = calloc(1, sizeof *told + size);
    assert_non_null(told);
    told->extra = memcpy(told + 1, server.told, size);
    server.told = NULL;
    return told;
}

/* Over this wire comes E, the end; N, a notice of no weight; T, the notice of a termination; A, a
 * notification about an application. */
int
__wrap_PQconsumeInput(PGconn *conn)
{
    char what;
    assert_ptr_equal(conn, the_connection());
    assert_int_equal(read(server.wire[0], &what, 1), 1);
    if (what == 'E') {
        server.bad = true;
        return 0;
    }
    if (what == 'A') {
        server.told = "a 7";
        return 1;
    }
    queue(PGRES_NONFATAL_ERROR, what == 'T' ? "57P01" : "00000");
    server.notice = server.items[server.count - 1].result;
    server.first++; /* not for PQgetResult */
    return 1;
}

PGresult *
__wrap_PQgetResult(PGconn *conn)
{
    assert_ptr_equal(conn, the_connection());
    assert_true(server.first < server.count);
    return server.items[server.first++].result;
}

char *
__wrap_PQresultErrorField(const PGresult *result, int field)
{
    static char copies[3][128];
    const struct item *item = item_of(result);
    if (item->sqlstate == NULL)
        return NULL;
    const char *value = NULL;
    if (field == PG_DIAG_SQLSTATE)
        value = item->sqlstate;
    else if (field == PG_DIAG_CONSTRAINT_NAME)
        value = item->constraint;
    else if (field == PG_DIAG_MESSAGE_PRIMARY)
        value = "the primary message";
    else if (field == PG_DIAG_MESSAGE_DETAIL)
        value = leak;
    if (value == NULL)
        return NULL;
    char *copy = field == PG_DIAG_SQLSTATE          ? copies[0]
                 : field == PG_DIAG_CONSTRAINT_NAME ? copies[1]
                                                    : copies[2];
    snprintf(copy, sizeof copies[0], "%s", value);
    return copy;
}

int
__wrap_PQnparams(const PGresult *result)
{
    const struct statement *statement = statement_named(item_of(result)->constraint);
    bool wrong = fails_here(statement->name) && fault_is("params");
    return statement->params + (wrong ? 1 : 0);
}

int
__wrap_PQnfields(const PGresult *result)
{
    if (!server.in_pipeline)
        return __real_PQnfields(result);
    const struct statement *statement = statement_named(item_of(result)->constraint);
    bool wrong = fails_here(statement->name) && fault_is("columns");
    return statement->columns + (wrong ? 1 : 0);
}

/* NOLINTEND(cert-dcl51-cpp) */

/* ---- helpers ---- */

static struct dao *
open_dao(void)
{
    struct dao_options options = { "host=/nowhere", "callgate test", 100 };
    struct fault fault;
    if (truncate(log_path, 0) != 0)
        fail_msg("%s can't be emptied", log_path);
    assert_true(log_open(&(struct log_options){ log_path, LOG_AT_DEBUG, LOG_KEY_VALUE }, &fault));
    memset(&server, 0, sizeof server);
    return dao_open(&options);
}

static int
count_in_log(const char *word)
{
    char text[16384];
    FILE *file = fopen(log_path, "r");
    assert_non_null(file);
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = '\0';
    int count = 0;
    for (const char *p = text; (p = strstr(p, word)) != NULL; p++)
        count++;
    return count;
}

static const struct dao_actor actor = { 1, "admin", "192.0.2.1", "r1" };

static enum status
read_something(struct dao *dao)
{
    struct arena *arena = arena_open();
    struct app app;
    bool found = true;
    enum status status = dao_app_find(dao, arena, "0123456789abcdef0123456789abcdef", &app, &found);
    if (status == OK)
        assert_false(found);
    arena_close(arena);
    return status;
}

static enum status
write_something(struct dao *dao)
{
    struct digest token = { { 1 } };
    return dao_session_delete(dao, &actor, &token);
}

/* ---- one call, failing ---- */

static const struct {
    const char *name;
    enum effect effect;
    const char *script[3];
    const char *idle; /* what comes over the wire before the call */
    int refused;
    enum status status;
    int sends, connects;
    int errors, warnings; /* log lines */
    const char *constraint;
} calls[] = {
    { "a read", EFFECT_READ, { "ok" }, "", 0, OK, 1, 1, 0, 0, NULL },
    { "a write", EFFECT_WRITE, { "ok" }, "", 0, OK, 1, 1, 0, 0, NULL },
    { "ended idle: read", EFFECT_READ, { "ok" }, "E", 0, OK, 1, 2, 0, 1, NULL },
    { "ended idle: write", EFFECT_WRITE, { "ok" }, "E", 0, OK, 1, 2, 0, 1, NULL },
    { "terminated idle", EFFECT_WRITE, { "ok" }, "T", 0, OK, 1, 2, 0, 1, NULL },
    { "a notice", EFFECT_WRITE, { "ok" }, "N", 0, OK, 1, 1, 0, 0, NULL },
    { "a notice and the end", EFFECT_WRITE, { "ok" }, "NE", 0, OK, 1, 2, 0, 1, NULL },
    { "ended idle, then refused", EFFECT_WRITE, { "ok" }, "E", 1, E_DB_DOWN, 0, 2, 1, 1, NULL },
    { "lost at sending: read", EFFECT_READ, { "send", "ok" }, "", 0, OK, 2, 2, 0, 1, NULL },
    { "lost at sending: write", EFFECT_WRITE, { "send" }, "", 0, E_DB_DOWN, 1, 1, 1, 0, NULL },
    { "lost waiting: read", EFFECT_READ, { "lost", "ok" }, "", 0, OK, 2, 2, 0, 1, NULL },
    { "lost waiting: write", EFFECT_WRITE, { "lost" }, "", 0, E_DB_DOWN, 1, 1, 1, 0, NULL },
    { "lost twice", EFFECT_READ, { "lost", "lost" }, "", 0, E_DB_DOWN, 2, 2, 1, 1, NULL },
    { "lost, then refused", EFFECT_READ, { "lost" }, "", 1, E_DB_DOWN, 1, 2, 1, 1, NULL },
    { "lost behind the result: read", EFFECT_READ, { "late", "ok" }, "", 0, OK, 2, 2, 0, 1, NULL },
    { "lost behind it: write", EFFECT_WRITE, { "late" }, "", 0, E_DB_DOWN, 1, 1, 1, 0, NULL },
    { "terminated: read", EFFECT_READ, { "57P01", "ok" }, "", 0, OK, 2, 2, 0, 1, NULL },
    { "terminated: write", EFFECT_WRITE, { "57P01" }, "", 0, E_DB_DOWN, 1, 1, 1, 0, NULL },
    { "crashed: read", EFFECT_READ, { "57P02", "ok" }, "", 0, OK, 2, 2, 0, 1, NULL },
    { "class 08: read", EFFECT_READ, { "08006", "ok" }, "", 0, OK, 2, 2, 0, 1, NULL },
    { "class 08: write", EFFECT_WRITE, { "08P01" }, "", 0, E_DB_DOWN, 1, 1, 1, 0, NULL },
    { "too slow", EFFECT_READ, { "57014" }, "", 0, E_DB_DOWN, 1, 1, 1, 0, NULL },
    { "no connections left", EFFECT_READ, { "53300" }, "", 0, E_DB_DOWN, 1, 1, 1, 0, NULL },
    { "disk full", EFFECT_WRITE, { "53100" }, "", 0, E_DB_DOWN, 1, 1, 1, 0, NULL },
    { "serialization", EFFECT_WRITE, { "40001", "ok" }, "", 0, OK, 2, 1, 0, 1, NULL },
    { "deadlock twice", EFFECT_WRITE, { "40P01", "40P01" }, "", 0, E_DB_DOWN, 2, 1, 1, 1, NULL },
    { "what it refers to is gone", EFFECT_WRITE, { "23503", "ok" }, "", 0, OK, 2, 1, 0, 1, NULL },
    { "not prepared: write", EFFECT_WRITE, { "26000", "ok" }, "", 0, OK, 2, 2, 0, 1, NULL },
    { "plan outdated: read", EFFECT_READ, { "0A000", "ok" }, "", 0, OK, 2, 2, 0, 1, NULL },
    { "a standby by now", EFFECT_WRITE, { "25006", "ok" }, "", 0, OK, 2, 2, 0, 1, NULL },
    { "not prepared twice", EFFECT_READ, { "26000", "26000" }, "", 0, E_DB, 2, 2, 1, 1, NULL },
    { "unique, unexpected", EFFECT_WRITE, { "23505" }, "", 0, E_DB, 1, 1, 1, 0, NULL },
    { "a check", EFFECT_WRITE, { "23514" }, "", 0, E_DB, 1, 1, 1, 0, "app_name_check" },
    { "no partition", EFFECT_WRITE, { "23514", "ok", "ok" }, "", 0, OK, 3, 1, 0, 1, NULL },
    { "none can be made",
      EFFECT_WRITE,
      { "23514", "55P03", "23514" },
      "",
      0,
      E_DB,
      3,
      1,
      1,
      1,
      NULL },
    { "permission denied", EFFECT_READ, { "42501" }, "", 0, E_DB, 1, 1, 1, 0, NULL },
    { "two rows", EFFECT_READ, { "rows" }, "", 0, E_DB, 1, 1, 1, 0, NULL },
    { "rows from a NONE", EFFECT_WRITE, { "rows" }, "", 0, E_DB, 1, 1, 1, 0, NULL },
    { "no answer: read", EFFECT_READ, { "silent" }, "", 0, E_DB_DOWN, 1, 1, 1, 0, NULL },
};

static void
each_failure_has_its_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(calls); i++) {
        print_message("           %s\n", calls[i].name);
        struct dao *dao = open_dao();
        struct fault fault;
        assert_true(dao_check(dao, &fault));
        server.script[0] = calls[i].script[0];
        server.script[1] = calls[i].script[1];
        server.script[2] = calls[i].script[2];
        server.constraint = calls[i].constraint;
        server.refused = calls[i].refused;
        size_t length = strlen(calls[i].idle);
        assert_int_equal(write(server.wire[1], calls[i].idle, length), length);
        enum status status =
            calls[i].effect == EFFECT_READ ? read_something(dao) : write_something(dao);
        assert_int_equal(status, calls[i].status);
        assert_int_equal(server.sends, calls[i].sends);
        assert_int_equal(server.connects, calls[i].connects);
        assert_int_equal(count_in_log("level=error"), calls[i].errors);
        assert_int_equal(count_in_log("level=warning"), calls[i].warnings);
        assert_int_equal(count_in_log("hunter2"), 0);
        /* Whatever it was, the next call works. */
        memset(server.script, 0, sizeof server.script);
        server.sends = 0;
        server.refused = 0;
        server.constraint = NULL;
        assert_int_equal(write_something(dao), OK);
        dao_close(dao);
        assert_int_equal(server.closes, server.connects);
    }
}

static void
a_silent_server_costs_its_connection(void **state)
{
    (void)state;
    struct dao *dao = open_dao();
    server.script[0] = "silent";
    int64_t begin = clock_monotonic_ms();
    assert_int_equal(read_something(dao), E_DB_DOWN);
    int64_t took = clock_monotonic_ms() - begin;
    assert_true(took >= 100 && took < 5000);
    assert_int_equal(dao_fd(dao), -1);
    assert_int_equal(count_in_log("no answer in time"), 1);
    dao_close(dao);
}

static void
a_broken_constraint_is_an_outcome_if_it_was_named(void **state)
{
    (void)state;
    static const struct {
        const char *constraint;
        enum status status;
        int errors;
    } cases[] = {
        { "pbx_user_login_key", OK, 0 },
        { "pbx_user_pkey", E_DB, 1 },
        { NULL, E_DB, 1 },
    };
    struct user user = {
        .login = "eve", .name = "", .email = "", .admin = true, .timezone = "UTC"
    };
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        struct dao *dao = open_dao();
        int64_t id = -1;
        server.script[0] = "23505";
        server.constraint = cases[i].constraint;
        assert_int_equal(dao_user_insert(dao, &actor, &user, NULL, &id), cases[i].status);
        assert_int_equal(id, cases[i].status == OK ? 0 : -1);
        assert_int_equal(server.sends, 1);
        assert_int_equal(count_in_log("level=error"), cases[i].errors);
        dao_close(dao);
    }
}

/* ---- connecting, failing ---- */

static const struct {
    const char *step, *fault;
    enum status status;
    const char *word; /* in dao_check's sentence */
} connects[] = {
    { "start", "", E_DB_DOWN, "closed the connection" },
    { "poll", "", E_DB_DOWN, "closed the connection" },
    { "settings", "", E_DB_DOWN, "closed the connection" },
    { "AUDIT_INSERT", "send", E_DB_DOWN, "closed the connection" },
    { "USER_LIST", "lost", E_DB_DOWN, "closed the connection" },
    { "TOKEN_ISSUE", "42P01", E_DB, "TOKEN_ISSUE: the primary message (run `callgate migrate`)" },
    { "APP_FIND", "params", E_DB, "APP_FIND: it has 2 parameters" },
    { "SESSION_FIND", "columns", E_DB, "SESSION_FIND: it has 2 parameters and 21 columns" },
    { "sync", "", E_DB_DOWN, "closed the connection" },
};

static void
a_half_made_connection_is_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(connects); i++) {
        print_message("           %s %s\n", connects[i].step, connects[i].fault);
        struct dao *dao = open_dao();
        struct fault fault = { "" };
        server.connect_step = connects[i].step;
        server.connect_fault = connects[i].fault;
        assert_int_equal(write_something(dao), connects[i].status);
        assert_int_equal(count_in_log("level=error"), 1);
        assert_false(dao_check(dao, &fault));
        assert_non_null(strstr(fault.text, connects[i].word));
        assert_int_equal(dao_fd(dao), -1);
        assert_int_equal(server.sends, 0);
        assert_int_equal(server.closes, 2);
        server.connect_step = NULL;
        assert_int_equal(write_something(dao), OK);
        assert_int_equal(count_in_log("database connected again"), 1);
        dao_close(dao);
    }
}

static void
no_connection_string_is_said_without_repeating_it(void **state)
{
    (void)state;
    struct dao_options options = { "password=a hunter2", "callgate test", 100 };
    struct fault fault = { "" };
    dao_close(open_dao());
    struct dao *dao = dao_open(&options);
    assert_false(dao_check(dao, &fault));
    assert_non_null(strstr(fault.text, "no PostgreSQL connection string"));
    assert_null(strstr(fault.text, "hunter2"));
    assert_int_equal(count_in_log("hunter2"), 0);
    assert_int_equal(write_something(dao), E_DB);
    dao_close(dao);
}

static void
an_idle_end_is_noticed(void **state)
{
    (void)state;
    struct dao *dao = open_dao();
    dao_on_readable(dao); /* not connected: nothing to do */
    assert_int_equal(dao_fd(dao), -1);
    assert_int_equal(write_something(dao), OK);
    assert_int_equal(dao_fd(dao), server.wire[0]);
    dao_on_readable(dao); /* nothing there */
    assert_int_equal(dao_fd(dao), server.wire[0]);
    assert_int_equal(write(server.wire[1], "E", 1), 1);
    dao_on_readable(dao);
    assert_int_equal(dao_fd(dao), -1);
    assert_int_equal(server.closes, 1);
    assert_int_equal(count_in_log("level=warning"), 1);
    dao_close(dao);
}

/* ---- notifications ---- */

static struct {
    int all, app;
} heard;

static void
hear(void *context, const struct dao_notice *notice)
{
    assert_ptr_equal(context, &heard);
    heard.all += notice->kind == NOTICE_ALL;
    heard.app += notice->kind == NOTICE_APP && notice->id == 7;
}

static struct dao *
open_listening(void)
{
    struct dao *dao = open_dao();
    memset(&heard, 0, sizeof heard);
    dao_listen(dao, hear, &heard);
    return dao;
}

static void
who_does_not_listen_is_never_current(void **state)
{
    (void)state;
    struct dao *dao = open_dao();
    assert_int_equal(read_something(dao), OK);
    assert_false(server.listens);
    assert_false(dao_is_current(dao));
    assert_int_equal(write(server.wire[1], "A", 1), 1);
    dao_on_readable(dao);
    assert_null(server.told);
    dao_close(dao);
}

static void
what_is_told_is_handed_on(void **state)
{
    (void)state;
    struct dao *dao = open_listening();
    assert_false(dao_is_current(dao)); /* not connected */
    assert_int_equal(read_something(dao), OK);
    assert_true(server.listens);
    assert_true(dao_is_current(dao));
    assert_int_equal(heard.all + heard.app, 0);
    assert_int_equal(write(server.wire[1], "AA", 2), 2);
    assert_true(dao_is_current(dao));
    assert_true(heard.app > 0);
    int before = heard.app;
    server.told = "a 7"; /* came with an answer: nothing is on the wire */
    assert_true(dao_is_current(dao));
    assert_int_equal(heard.app, before + 1);
    server.told = "what a newer version says";
    assert_true(dao_is_current(dao));
    assert_int_equal(heard.all, 1);
    dao_close(dao);
}

/* Whatever was told meanwhile, nobody heard it. */
static void
a_lost_connection_may_have_changed_all(void **state)
{
    (void)state;
    static const char *const ends[] = { "E", "T" };
    for (size_t i = 0; i < LENGTH_OF(ends); i++) {
        struct dao *dao = open_listening();
        assert_int_equal(read_something(dao), OK);
        assert_int_equal(write(server.wire[1], ends[i], 1), 1);
        assert_false(dao_is_current(dao));
        assert_int_equal(heard.all, 1);
        assert_int_equal(read_something(dao), OK);
        assert_int_equal(server.connects, 2);
        assert_true(server.listens);
        assert_true(dao_is_current(dao));
        assert_int_equal(heard.all, 1);
        dao_close(dao);
    }
}

/* The connection is lost under a read, which is then sent once more over a new one. */
static void
a_call_that_connects_anew_listens_anew(void **state)
{
    (void)state;
    struct dao *dao = open_listening();
    server.script[0] = "lost";
    assert_int_equal(read_something(dao), OK);
    assert_int_equal(server.sends, 2);
    assert_int_equal(server.connects, 2);
    assert_int_equal(heard.all, 1);
    assert_true(server.listens);
    assert_true(dao_is_current(dao));
    dao_close(dao);
}

static void
who_can_not_listen_is_not_connected(void **state)
{
    (void)state;
    static const char *const faults[] = { "lost", "send", "42501", "silent" };
    for (size_t i = 0; i < LENGTH_OF(faults); i++) {
        struct dao *dao = open_listening();
        server.connect_step = "listen";
        server.connect_fault = faults[i];
        assert_int_not_equal(read_something(dao), OK);
        assert_int_equal(dao_fd(dao), -1);
        assert_int_equal(server.sends, 0);
        assert_int_equal(server.closes, server.connects);
        server.connect_step = NULL;
        server.silent = false;
        assert_int_equal(read_something(dao), OK);
        assert_true(dao_is_current(dao));
        dao_close(dao);
    }
}

static void
a_dao_that_was_never_used_closes(void **state)
{
    (void)state;
    dao_close(NULL);
    dao_close(open_dao());
    assert_int_equal(server.connects, 0);
}

/* ---- result.c ---- */

static void
an_unknown_word_in_the_database_is_an_error(void **state)
{
    (void)state;
    dao_close(open_dao());
    queue_rows(2, 1); /* each value is "7" */
    struct reply reply = { .result = server.items[0].result, .rows = 1 };
    assert_int_equal(reply_name(&reply, user_status_names, USER_STATUS__MAX), USER_ACTIVE);
    assert_int_equal(reply_int(&reply), 7);
    assert_int_equal(reply_close(&reply), E_DB);
    assert_int_equal(count_in_log("level=error"), 1);
}

static void
parameters_keep_null_and_number_apart(void **state)
{
    (void)state;
    struct digest digest = { { 0, 1 } };
    struct params params = { 0 };
    params_id(&params, 0);
    params_id(&params, -9);
    params_int(&params, INT64_MIN);
    params_bool(&params, false);
    params_digest(&params, NULL);
    params_digest(&params, &digest);
    assert_int_equal(params.count, 6);
    assert_null(params.values[0]);
    assert_string_equal(params.values[1], "-9");
    assert_string_equal(params.values[2], "-9223372036854775808");
    assert_string_equal(params.values[3], "false");
    assert_null(params.values[4]);
    assert_int_equal(params.formats[4], 0);
    assert_int_equal(params.formats[5], 1);
    assert_int_equal(params.lengths[5], 32);
    assert_memory_equal(params.values[5], digest.bytes, 32);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_failure_has_its_answer),
        cmocka_unit_test(a_silent_server_costs_its_connection),
        cmocka_unit_test(a_broken_constraint_is_an_outcome_if_it_was_named),
        cmocka_unit_test(a_half_made_connection_is_none),
        cmocka_unit_test(no_connection_string_is_said_without_repeating_it),
        cmocka_unit_test(an_idle_end_is_noticed),
        cmocka_unit_test(who_does_not_listen_is_never_current),
        cmocka_unit_test(what_is_told_is_handed_on),
        cmocka_unit_test(a_lost_connection_may_have_changed_all),
        cmocka_unit_test(a_call_that_connects_anew_listens_anew),
        cmocka_unit_test(who_can_not_listen_is_not_connected),
        cmocka_unit_test(a_dao_that_was_never_used_closes),
        cmocka_unit_test(an_unknown_word_in_the_database_is_an_error),
        cmocka_unit_test(parameters_keep_null_and_number_apart),
    };
    int fd = mkstemp(log_path);
    if (fd < 0)
        return 1;
    close(fd);
    int failed = cmocka_run_group_tests_name("dao_connection", tests, NULL, NULL);
    unlink(log_path);
    return failed;
}
