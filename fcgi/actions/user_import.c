/*
 * user_import.c - users from CSV: read, checked against what there is, written by batches.
 *
 * One run does not take another's word: writing checks all that a dry run did. A file is more than
 * one statement may hold, so a database that goes away half-way leaves whole batches; the same file
 * once more finds those rows to be so already.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "actions/actions.h"

enum column {
    LOGIN,
    PASSWORD_HASH,
    NAME,
    EMAIL,
    STATUS,
    ACCESS,
    ADMIN,
    DEALER_ID,
    CLIENT_ID,
    EXTENSION_GROUP_ID,
    EXTENSION_ID,
    TENANT_ID,
    TIMEZONE,
    COLUMN__MAX,
    NO_COLUMN = -1,
};

const char *const import_verdict_names[IMPORT_VERDICT__MAX] = { "add", "change", "same",
                                                                "refused" };

static const char *
check_hash(const char *value)
{
    return password_is_hash(value) ? NULL : "error.import.hash";
}

static const char *const no_yes[] = { "no", "yes", "false", "true", "f", "t", "0", "1" };

static const char *
check_admin(const char *value)
{
    return name_index(no_yes, LENGTH_OF(no_yes), value) < 0 ? "error.import.admin_value" : NULL;
}

/* Empty fields are not checked. */
static const struct {
    const char *name;
    const char *(*check)(const char *value);
} columns[COLUMN__MAX] = {
    [LOGIN] = { "login", user_check_login },
    [PASSWORD_HASH] = { "password_hash", check_hash },
    [NAME] = { "name", user_check_name },
    [EMAIL] = { "email", user_check_email },
    [STATUS] = { "status", user_check_status },
    [ACCESS] = { "access", user_check_access },
    [ADMIN] = { "admin", check_admin },
    [DEALER_ID] = { "dealer_id", user_check_id },
    [CLIENT_ID] = { "client_id", user_check_id },
    [EXTENSION_GROUP_ID] = { "extension_group_id", user_check_id },
    [EXTENSION_ID] = { "extension_id", user_check_id },
    [TENANT_ID] = { "tenant_id", user_check_id },
    [TIMEZONE] = { "timezone", user_check_timezone },
};

enum { BATCH = 500 };

struct entry {
    struct import_line told;
    const char *values[COLUMN__MAX]; /* "": not given */
    struct dao_user_import row;
};

/* The lines of the logins so far: open addressing by the login's digest. */
struct seen {
    struct arena *arena;
    struct seen_login {
        uint64_t key;
        size_t line; /* 0: empty */
    } * slots;
    size_t size, count; /* size is a power of two */
};

struct run {
    const struct action *action;
    const struct user_import *in;
    struct user_imported *out;
    struct csv csv;
    enum column order[CSV_COLUMNS_MAX];
    size_t width; /* columns of the header */
    struct seen seen;
    struct arena *arena; /* of the batch */
    struct entry *entries;
    size_t count;
};

static void
refuse(struct import_line *line, enum column column, const char *problem, const char *value)
{
    line->verdict = IMPORT_REFUSED;
    line->column = column == NO_COLUMN ? "" : columns[column].name;
    line->problem = problem;
    line->value = value;
}

static void
tell(struct run *run, const struct import_line *line)
{
    size_t *counts[] = { &run->out->added, &run->out->changed, &run->out->same,
                         &run->out->refused };
    ++*counts[line->verdict];
    run->in->tell(run->in->tell_context, line);
}

static void
tell_refused(struct run *run, size_t line, const char *problem, const char *value)
{
    struct import_line told = { .line = line, .login = "" };
    refuse(&told, NO_COLUMN, problem, value);
    tell(run, &told);
}

/* ---- logins that came twice ---- */

static struct seen_login *
slot_of(const struct seen *seen, uint64_t key)
{
    size_t at = (size_t)key & (seen->size - 1);
    while (seen->slots[at].line != 0 && seen->slots[at].key != key)
        at = (at + 1) & (seen->size - 1);
    return &seen->slots[at];
}

static void
grow(struct seen *seen)
{
    struct seen bigger = *seen;
    bigger.size = seen->size == 0 ? 1024 : seen->size * 2;
    bigger.slots = arena_alloc(seen->arena, bigger.size * sizeof *bigger.slots);
    for (size_t i = 0; i < seen->size; i++)
        if (seen->slots[i].line != 0)
            *slot_of(&bigger, seen->slots[i].key) = seen->slots[i];
    *seen = bigger;
}

/* *first: the line that had it before, else 0. */
static enum status
note_login(struct seen *seen, const char *login, size_t line, size_t *first)
{
    struct digest digest;
    uint64_t key;
    enum status status = digest_of(login, &digest);
    if (status != OK)
        return status;
    memcpy(&key, digest.bytes, sizeof key);
    if (seen->count * 2 >= seen->size)
        grow(seen);
    struct seen_login *slot = slot_of(seen, key);
    *first = slot->line;
    if (slot->line == 0) {
        *slot = (struct seen_login){ key, line };
        seen->count++;
    }
    return OK;
}

/* ---- reading ---- */

static const char *
fault_key(enum csv_fault fault)
{
    static const char *const keys[] = {
        [CSV_BAD_QUOTE] = "error.csv.quote", [CSV_UNENDED] = "error.csv.unended",
        [CSV_TOO_LONG] = "error.csv.long",   [CSV_TOO_MANY] = "error.csv.many",
        [CSV_NOT_TEXT] = "error.csv.text",   [CSV_UNREADABLE] = "error.csv.unreadable",
    };
    return keys[fault];
}

static enum column
column_of(const char *name)
{
    for (int i = 0; i < COLUMN__MAX; i++)
        if (text_equal(columns[i].name, name))
            return (enum column)i;
    return NO_COLUMN;
}

/* False: told why. */
static bool
read_header(struct run *run)
{
    struct csv_row row;
    bool has[COLUMN__MAX] = { false };
    if (!csv_next(&run->csv, run->arena, &row)) {
        const char *key =
            run->csv.fault == CSV_FINE ? "error.import.empty" : fault_key(run->csv.fault);
        return tell_refused(run, run->csv.line, key, ""), false;
    }
    run->width = row.count;
    for (size_t i = 0; i < row.count; i++) {
        const char *name = text_trim(run->arena, row.fields[i]);
        enum column column = column_of(name);
        if (column == NO_COLUMN)
            return tell_refused(run, row.line, "error.import.column", name), false;
        if (has[column])
            return tell_refused(run, row.line, "error.import.column_twice", name), false;
        has[column] = true;
        run->order[i] = column;
    }
    if (!has[LOGIN])
        return tell_refused(run, row.line, "error.import.no_login", ""), false;
    return true;
}

/* A row into its columns, each looked at alone. */
static enum status
read_entry(struct run *run, const struct csv_row *row, struct entry *out)
{
    *out = (struct entry){ .told = { .line = row->line, .login = "", .value = "" } };
    for (int i = 0; i < COLUMN__MAX; i++)
        out->values[i] = "";
    if (row->count != run->width) {
        refuse(&out->told, NO_COLUMN, "error.import.count", "");
        return OK;
    }
    for (size_t i = 0; i < row->count; i++)
        out->values[run->order[i]] = text_trim(run->arena, row->fields[i]);
    out->told.login = out->values[LOGIN];
    for (int i = 0; i < COLUMN__MAX; i++) {
        const char *value = out->values[i];
        const char *problem = *value == '\0' && i != LOGIN ? NULL : columns[i].check(value);
        if (problem == NULL)
            continue;
        /* What stands where a hash should may be a password. */
        refuse(&out->told, (enum column)i, problem, i == PASSWORD_HASH ? "" : value);
        return OK;
    }
    enum status status = note_login(&run->seen, out->values[LOGIN], row->line, &out->told.first);
    if (status == OK && out->told.first != 0)
        refuse(&out->told, LOGIN, "error.import.twice", out->values[LOGIN]);
    return status;
}

/* *last: there is nothing behind these rows; *broken: as the file can't be read on. */
static enum status
read_batch(struct run *run, bool *last)
{
    struct csv_row row;
    run->count = 0;
    *last = false;
    while (run->count < BATCH && !*last) {
        *last = !csv_next(&run->csv, run->arena, &row);
        if (*last)
            break;
        enum status status = read_entry(run, &row, &run->entries[run->count++]);
        if (status != OK)
            return status;
    }
    return OK;
}

/* ---- against what there is ---- */

static int64_t
number(const char *text)
{
    int64_t out = 0;
    return text_to_int(text, INT64_MAX, &out) ? out : 0;
}

static void
take_levels(const struct entry *entry, struct user *user)
{
    bool any = false;
    for (int i = DEALER_ID; i <= EXTENSION_ID; i++)
        any = any || *entry->values[i] != '\0';
    bool becomes_admin = *entry->values[ADMIN] != '\0' && user->admin;
    if (any || becomes_admin) {
        user->dealer_id = number(entry->values[DEALER_ID]);
        user->client_id = number(entry->values[CLIENT_ID]);
        user->extension_group_id = number(entry->values[EXTENSION_GROUP_ID]);
        user->extension_id = number(entry->values[EXTENSION_ID]);
    }
    if (*entry->values[TENANT_ID] != '\0')
        user->tenant_id = number(entry->values[TENANT_ID]);
    else if (user->client_id != 0)
        user->tenant_id = user->client_id;
}

static struct user
merged(const struct entry *entry, const struct user *before)
{
    static const struct user nobody = { .login = "", .name = "", .email = "", .timezone = "UTC" };
    struct user user = before == NULL ? nobody : *before;
    const char *const *values = entry->values;
    user.login = values[LOGIN];
    if (*values[NAME] != '\0')
        user.name = values[NAME];
    if (*values[EMAIL] != '\0')
        user.email = values[EMAIL];
    if (*values[TIMEZONE] != '\0')
        user.timezone = values[TIMEZONE];
    if (*values[STATUS] != '\0')
        user.status =
            (enum user_status)name_index(user_status_names, USER_STATUS__MAX, values[STATUS]);
    if (*values[ACCESS] != '\0')
        user.access = (enum user_access)name_index(user_access_names, ACCESS__MAX, values[ACCESS]);
    if (*values[ADMIN] != '\0')
        user.admin = name_index(no_yes, LENGTH_OF(no_yes), values[ADMIN]) % 2 == 1;
    if (*values[PASSWORD_HASH] != '\0')
        user.must_change_password = false;
    take_levels(entry, &user);
    return user;
}

static bool
is_same(const struct user *a, const struct user *b)
{
    return text_equal(a->name, b->name) && text_equal(a->email, b->email) &&
           text_equal(a->timezone, b->timezone) && a->status == b->status &&
           a->access == b->access && a->admin == b->admin && a->dealer_id == b->dealer_id &&
           a->client_id == b->client_id && a->extension_group_id == b->extension_group_id &&
           a->extension_id == b->extension_id && a->tenant_id == b->tenant_id &&
           a->must_change_password == b->must_change_password;
}

/* `before` NULL: nobody has this login. */
static void
judge(struct entry *entry, const struct user *before, const char *hash_before)
{
    const char *hash = entry->values[PASSWORD_HASH];
    struct user *user = &entry->row.user;
    *user = merged(entry, before);
    entry->row.password_hash = *hash == '\0' ? NULL : hash;
    const char *problem = user_check_level(user);
    if (problem == NULL)
        problem = user_check_name(user->name);
    if (problem == NULL && text_has_control(user->email))
        problem = "error.email.form";
    if (problem == NULL && before != NULL && before->admin && before->status == USER_ACTIVE &&
        (!user->admin || user->status != USER_ACTIVE))
        problem = "error.import.admin";
    if (problem != NULL)
        refuse(&entry->told, NO_COLUMN, problem, "");
    else if (before == NULL)
        entry->told.verdict = IMPORT_ADD;
    else if (is_same(user, before) && (*hash == '\0' || text_equal(hash, hash_before)))
        entry->told.verdict = IMPORT_SAME;
    else
        entry->told.verdict = IMPORT_CHANGE;
}

static enum status
judge_batch(struct run *run)
{
    struct buf logins;
    struct dao_user_found found;
    buf_init(&logins, run->arena, SIZE_MAX);
    for (size_t i = 0; i < run->count; i++)
        if (run->entries[i].told.verdict != IMPORT_REFUSED)
            buf_printf(&logins, "%s%s", logins.length > 0 ? "\n" : "", run->entries[i].told.login);
    enum status status = dao_user_find_many(run->action->dao, run->arena, logins.data, &found);
    for (size_t i = 0; status == OK && i < run->count; i++) {
        struct entry *entry = &run->entries[i];
        size_t at = 0;
        while (at < found.count && !text_equal(found.items[at].login, entry->told.login))
            at++;
        if (entry->told.verdict != IMPORT_REFUSED)
            judge(entry, at < found.count ? &found.items[at] : NULL,
                  at < found.count ? found.hashes[at] : NULL);
    }
    return status;
}

/* ---- writing ---- */

static enum status
write_batch(struct run *run)
{
    struct dao_user_import *items = arena_alloc(run->arena, run->count * sizeof *items);
    struct dao_user_rows rows = { .items = items };
    struct dao_user_imported done;
    for (size_t i = 0; i < run->count; i++)
        if (run->entries[i].told.verdict != IMPORT_SAME)
            items[rows.count++] = run->entries[i].row;
    if (rows.count == 0)
        return OK;
    return dao_user_import(run->action->dao, run->arena, &run->action->actor, &rows, &done);
}

/* *go_on false: it ends here. */
static enum status
run_batch(struct run *run, bool *go_on)
{
    bool last;
    size_t refused = run->out->refused;
    enum status status = read_batch(run, &last);
    if (status == OK)
        status = judge_batch(run);
    bool good = run->csv.fault == CSV_FINE;
    for (size_t i = 0; i < run->count; i++)
        good = good && run->entries[i].told.verdict != IMPORT_REFUSED;
    if (status == OK && run->in->write && good)
        status = write_batch(run);
    if (status != OK)
        return status;
    for (size_t i = 0; i < run->count; i++)
        tell(run, &run->entries[i].told);
    if (last && run->csv.fault != CSV_FINE)
        tell_refused(run, run->csv.line, fault_key(run->csv.fault), "");
    *go_on = !last && (!run->in->write || run->out->refused == refused);
    return OK;
}

static enum status
run_all(struct run *run)
{
    bool go_on = read_header(run);
    enum status status = OK;
    while (go_on && status == OK) {
        arena_reset(run->arena);
        run->entries = arena_alloc(run->arena, BATCH * sizeof *run->entries);
        status = run_batch(run, &go_on);
    }
    return status;
}

enum status
action_user_import(const struct action *action, const struct user_import *in,
                   struct user_imported *out)
{
    struct arena *kept = arena_open(), *batch = arena_open();
    struct run *run = arena_alloc(kept, sizeof *run);
    *out = (struct user_imported){ 0 };
    *run = (struct run){
        .action = action, .in = in, .out = out, .seen = { .arena = kept }, .arena = batch
    };
    csv_init(&run->csv, in->read, in->read_context);
    enum status status = run_all(run);
    arena_close(batch);
    arena_close(kept);
    return status;
}
