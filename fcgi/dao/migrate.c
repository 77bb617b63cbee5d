/*
 * migrate.c - numbered SQL files, forward only, each in a transaction, all under one advisory lock.
 *
 * What was applied is known by number, name and SHA-256 of the file as it lies there, before
 * {runtime_role} is replaced: the same file serves any role.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <assert.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dao/dao_int.h"

static const char role_marker[] = "{runtime_role}";

struct migration {
    const char *name; /* 0001_begin.sql */
    const char *sql;
    char checksum[65];
};

struct migrations {
    const char *dir;
    const struct migration *items; /* number 1 first */
    size_t count;
};

/* ---- the files ---- */

static int
is_sql(const struct dirent *entry)
{
    return text_ends(entry->d_name, ".sql");
}

/* NNNN_words.sql; the number, or 0. */
static size_t
number_of(const char *name)
{
    size_t number = 0;
    for (int i = 0; i < 4; i++) {
        if (!isdigit((unsigned char)name[i]))
            return 0;
        number = number * 10 + (size_t)(name[i] - '0');
    }
    size_t words = strspn(name + 4, "abcdefghijklmnopqrstuvwxyz0123456789_");
    bool good = name[4] == '_' && words > 1 && text_equal(name + 4 + words, ".sql");
    return good ? number : 0;
}

static bool
load_one(struct arena *arena, const char *dir, const char *name, struct migration *out,
         struct fault *fault)
{
    struct digest digest;
    out->name = arena_strdup(arena, name);
    out->sql = file_read_text(arena, arena_printf(arena, "%s/%s", dir, name), fault);
    if (out->sql == NULL)
        return false;
    if (digest_of(out->sql, &digest) != OK)
        return fault_set(fault, "%s: SHA-256 failed", name);
    hex_encode(digest.bytes, sizeof digest.bytes, out->checksum);
    return true;
}

static bool
check_number(const char *dir, size_t expected, const char *name, struct fault *fault)
{
    size_t number = number_of(name);
    if (number == 0)
        return fault_set(fault, "%s/%s: a migration is named NNNN_words.sql, beginning with 0001",
                         dir, name);
    if (number < expected)
        return fault_set(fault, "%s/%s: number %04zu comes twice", dir, name, number);
    if (number > expected)
        return fault_set(fault, "%s/%s: number %04zu is missing before it", dir, name, expected);
    return true;
}

static bool
load_all(struct arena *arena, const char *dir, struct migrations *out, struct fault *fault)
{
    struct dirent **entries = NULL;
    int found = scandir(dir, &entries, is_sql, alphasort);
    if (found < 0)
        return fault_set(fault, "%s: %s", dir, strerror(errno));
    size_t count = (size_t)found;
    struct migration *items = arena_alloc(arena, count * sizeof *items);
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        good = good && check_number(dir, i + 1, name, fault) &&
               load_one(arena, dir, name, &items[i], fault);
        free(entries[i]);
    }
    free(entries);
    if (good && count == 0)
        return fault_set(fault, "%s: there is no migration (NNNN_words.sql)", dir);
    *out = (struct migrations){ .dir = dir, .items = items, .count = count };
    return good;
}

/* ---- files against what was applied: number, name, checksum ---- */

/* *applied: how many of the files the database has. */
static bool
compare(const struct migrations *files, struct reply *rows, size_t *applied, struct fault *fault)
{
    for (int i = 0; i < rows->rows; i++, reply_next_row(rows)) {
        size_t number = (size_t)reply_int(rows);
        const char *name = reply_text(rows);
        const char *checksum = reply_text(rows);
        if (number > files->count)
            return fault_set(fault,
                             "%s: the database has it, %s does not: the database is newer than"
                             " this program",
                             name, files->dir);
        if (number != (size_t)i + 1)
            return fault_set(fault, "%s: the database has it, but not number %04d", name, i + 1);
        const struct migration *file = &files->items[i];
        if (!text_equal(name, file->name) || !text_equal(checksum, file->checksum))
            return fault_set(fault,
                             "%s/%s: it was changed after it had been applied (as %s); put the old"
                             " file back and make a new one",
                             files->dir, file->name, name);
    }
    *applied = (size_t)rows->rows;
    return true;
}

static bool
check_all_applied(struct dao *dao, struct arena *arena, const struct migrations *files,
                  struct fault *fault)
{
    struct params params = { 0 };
    struct reply reply;
    size_t applied = 0;
    if (dao_run(dao, arena, SQL_MIGRATION_LIST, &params, &reply) != OK) {
        const struct failure *failure = dao_last_failure(dao);
        bool denied = text_equal(failure->sqlstate, "42501");
        return fault_set(fault, "database.conninfo: %s%s", failure->text,
                         denied ? " (" ADVICE_GRANT ")" : "");
    }
    bool good = compare(files, &reply, &applied, fault);
    if (reply_close(&reply) != OK || !good)
        return false;
    if (applied < files->count)
        return fault_set(fault, "%s is not applied: run `callgate migrate`",
                         files->items[applied].name);
    return true;
}

bool
dao_migrations_check(struct dao *dao, const char *dir, struct fault *fault)
{
    struct arena *arena = arena_open();
    struct migrations files;
    bool good = dao_check(dao, fault) && load_all(arena, dir, &files, fault) &&
                check_all_applied(dao, arena, &files, fault);
    arena_close(arena);
    return good;
}

/* ---- the owner's work ---- */

struct work {
    const struct dao_migrate_options *options;
    struct arena *arena;
    PGconn *conn;
    const char *role; /* quoted */
    struct migrations files;
    struct fault *fault;
};

/* Runs a row; NULL, and the fault begins with `what`. */
static PGresult *
owner_run(struct work *work, enum owner_statement_id id, const struct params *params,
          const char *what)
{
    struct failure failure;
    PGresult *result = connection_owner_run(work->conn, id, params, NO_DEADLINE, &failure);
    if (result == NULL)
        fault_set(work->fault, "%s: %s", what, failure.text);
    return result;
}

static bool
owner_do(struct work *work, enum owner_statement_id id, const struct params *params,
         const char *what)
{
    PGresult *result = owner_run(work, id, params, what);
    PQclear(result);
    return result != NULL;
}

static bool
connect_owner(struct work *work)
{
    const struct dao_migrate_options *options = work->options;
    struct dao_options connection = { .conninfo = options->conninfo,
                                      .application_name = "callgate migrate",
                                      .timeout_ms = options->timeout_ms };
    struct failure failure;
    work->conn = connection_open(&connection, 0, options->timeout_ms, &failure);
    if (work->conn == NULL)
        return fault_set(work->fault, "database.owner: %s", failure.text);
    char *role =
        PQescapeIdentifier(work->conn, options->runtime_role, strlen(options->runtime_role));
    if (role == NULL)
        return fault_set(work->fault, "database.runtime_role: %s", PQerrorMessage(work->conn));
    work->role = arena_strdup(work->arena, role);
    PQfreemem(role);
    return true;
}

/* There is such a role, and it can make nothing of its own. */
static bool
check_role(struct work *work, bool after)
{
    struct params params = { 0 };
    params_text(&params, work->options->runtime_role);
    PGresult *result = owner_run(work, OWNER_ROLE, &params, "database.owner");
    if (result == NULL)
        return false;
    bool found = PQntuples(result) > 0;
    bool creates = found && text_equal(PQgetvalue(result, 0, 0), "t");
    PQclear(result);
    if (!found)
        return fault_set(work->fault,
                         "the role of database.runtime_role is missing; an administrator of the"
                         " database makes it with: " ADVICE_ROLE,
                         work->role, work->role);
    if (after && creates)
        return fault_set(work->fault,
                         "the role of database.runtime_role may create tables, which it must not;"
                         " as the schema's owner run: " ADVICE_NO_CREATE,
                         work->role);
    return true;
}

static bool
lock(struct work *work)
{
    struct params none = { 0 };
    return owner_do(work, OWNER_LOCK, &none, "another migration holds the lock") &&
           owner_do(work, OWNER_MIGRATION_TABLE, &none, "database.owner");
}

static bool
find_applied(struct work *work, size_t *applied)
{
    struct params none = { 0 };
    struct reply reply = { .arena = work->arena };
    reply.result = owner_run(work, OWNER_APPLIED, &none, "database.owner");
    if (reply.result == NULL)
        return false;
    reply.rows = PQntuples(reply.result);
    bool good = compare(&work->files, &reply, applied, work->fault);
    return reply_close(&reply) == OK && good;
}

static const char *
with_role(struct work *work, const char *sql)
{
    struct buf out;
    buf_init(&out, work->arena, SIZE_MAX);
    for (const char *marker; (marker = strstr(sql, role_marker)) != NULL;) {
        buf_add(&out, sql, (size_t)(marker - sql));
        buf_text(&out, work->role);
        sql = marker + strlen(role_marker);
    }
    buf_text(&out, sql);
    return out.data;
}

/* PostgreSQL counts characters; so does this. */
static int
line_at(const char *sql, int position)
{
    int line = 1;
    for (; position > 1 && *sql != '\0'; sql++) {
        line += *sql == '\n';
        position -= ((unsigned char)sql[1] & 0xC0) != 0x80;
    }
    return line;
}

static bool
run_file(struct work *work, const struct migration *file)
{
    struct failure failure;
    const char *sql = with_role(work, file->sql);
    if (connection_run_text(work->conn, sql, &failure))
        return true;
    if (failure.position == 0)
        return fault_set(work->fault, "%s/%s: %s", work->files.dir, file->name, failure.text);
    return fault_set(work->fault, "%s/%s:%d: %s", work->files.dir, file->name,
                     line_at(sql, failure.position), failure.text);
}

/* A failure leaves the transaction open: the connection's end rolls it back. */
static bool
apply(struct work *work, size_t index)
{
    assert(work->files.items != NULL && index < work->files.count);
    const struct migration *file = &work->files.items[index];
    struct params none = { 0 };
    struct params row = { 0 };
    params_int(&row, (int64_t)index + 1);
    params_text(&row, file->name);
    params_text(&row, file->checksum);
    return owner_do(work, OWNER_BEGIN, &none, file->name) && run_file(work, file) &&
           owner_do(work, OWNER_MIGRATION_INSERT, &row, file->name) &&
           owner_do(work, OWNER_COMMIT, &none, file->name);
}

bool
dao_migrate(const struct dao_migrate_options *options, dao_migrated migrated, void *context,
            struct fault *fault)
{
    struct work work = { .options = options, .arena = arena_open(), .fault = fault };
    size_t applied = 0;
    bool good = load_all(work.arena, options->dir, &work.files, fault) && connect_owner(&work) &&
                check_role(&work, false) && lock(&work) && find_applied(&work, &applied);
    for (size_t i = applied; good && i < work.files.count; i++) {
        good = apply(&work, i);
        if (good && migrated != NULL)
            migrated(context, work.files.items[i].name);
    }
    good = good && check_role(&work, true);
    PQfinish(work.conn);
    arena_close(work.arena);
    return good;
}
