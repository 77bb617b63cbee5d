/*
 * dao_demo.c - drives dao/ for tests/e2e/test_20_store.py: one command a line on stdin, its words
 * separated by tabs; one JSON object a line on stdout.
 *
 * argv: conninfo of the runtime role, timeout in ms.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dao/dao_int.h"

enum { WORDS_MAX = 16 };

struct demo {
    struct dao *dao;
    struct arena *arena;
    const char *conninfo;
    int64_t timeout_ms;
    const char *words[WORDS_MAX]; /* the command first; "" where there is none */
    bool comma;
};

/* ---- JSON out ---- */

static void
print_text(const char *text)
{
    if (text == NULL) {
        fputs("null", stdout);
        return;
    }
    putchar('"');
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\')
            printf("\\%c", *p);
        else if (*p < 0x20)
            printf("\\u%04x", *p);
        else
            putchar(*p);
    }
    putchar('"');
}

static void
key(struct demo *demo, const char *name)
{
    printf("%s\"%s\":", demo->comma ? "," : "", name);
    demo->comma = true;
}

static void
put_text(struct demo *demo, const char *name, const char *value)
{
    key(demo, name);
    print_text(value);
}

static void
put_int(struct demo *demo, const char *name, int64_t value)
{
    key(demo, name);
    printf("%" PRId64, value);
}

static void
put_bool(struct demo *demo, const char *name, bool value)
{
    key(demo, name);
    fputs(value ? "true" : "false", stdout);
}

static void
put_status(struct demo *demo, enum status status)
{
    static const char *const names[] = { "OK", "E_DB", "E_DB_DOWN", "E_CRYPTO", "E_IO" };
    put_text(demo, "status", names[status]);
}

static void
put_user(struct demo *demo, const struct user *user)
{
    put_int(demo, "id", user->id);
    put_text(demo, "login", user->login);
    put_text(demo, "name", user->name);
    put_text(demo, "email", user->email);
    put_text(demo, "user_status", user_status_names[user->status]);
    put_text(demo, "access", user_access_names[user->access]);
    put_bool(demo, "admin", user->admin);
    put_int(demo, "dealer_id", user->dealer_id);
    put_int(demo, "client_id", user->client_id);
    put_int(demo, "extension_group_id", user->extension_group_id);
    put_int(demo, "extension_id", user->extension_id);
    put_int(demo, "tenant_id", user->tenant_id);
    put_text(demo, "timezone", user->timezone);
    put_text(demo, "extra_params", user->extra_params);
}

static void
put_app(struct demo *demo, const struct app *app)
{
    put_int(demo, "row", app->id);
    put_text(demo, "app_id", app->app_id);
    put_int(demo, "owner_id", app->owner_id);
    put_text(demo, "owner_login", app->owner_login);
    put_text(demo, "name", app->name);
    put_text(demo, "description", app->description);
    put_text(demo, "type", app_type_names[app->type]);
    put_text(demo, "level", app_level_names[app->level]);
    put_text(demo, "app_status", app_status_names[app->status]);
    put_bool(demo, "native", app->native);
    put_int(demo, "created_ms", app->created_ms);
    put_int(demo, "last_used_ms", app->last_used_ms);
    key(demo, "redirect_urls");
    putchar('[');
    for (size_t i = 0; i < app->redirect_url_count; i++) {
        if (i > 0)
            putchar(',');
        print_text(app->redirect_urls[i]);
    }
    putchar(']');
}

/* ---- words in ---- */

static int64_t
number(const char *word)
{
    return strtoll(word, NULL, 10);
}

static struct digest
digest(const char *word)
{
    struct digest out;
    if (digest_of(word, &out) != OK)
        panic("SHA-256");
    return out;
}

static const char *
or_null(const char *word)
{
    return word[0] == '\0' ? NULL : word;
}

static int
index_in(const char *const *names, int count, const char *word)
{
    int index = name_index(names, count, word);
    if (index < 0)
        fatal("unknown word: %s", word);
    return index;
}

static struct dao_actor
actor(const char *user_id)
{
    return (struct dao_actor){ number(user_id), "actor", "192.0.2.7", "request-1" };
}

/* login, access, admin, client, dealer, status, id, extra_params: words 1 to 8. */
static struct user
user_of(const struct demo *demo)
{
    const char *const *word = demo->words;
    return (struct user){
        .login = word[1],
        .name = "Näme, \"quoted\"",
        .email = "a@example.com",
        .access = (enum user_access)index_in(user_access_names, ACCESS__MAX, word[2]),
        .admin = text_equal(word[3], "1"),
        .client_id = number(word[4]),
        .tenant_id = number(word[4]),
        .dealer_id = number(word[5]),
        .status = (enum user_status)index_in(user_status_names, USER_STATUS__MAX, word[6]),
        .id = number(word[7]),
        .extra_params = or_null(word[8]),
        .timezone = "Europe/Moscow",
    };
}

/* ---- commands ---- */

static void
do_check(struct demo *demo)
{
    struct fault fault = { "" };
    put_bool(demo, "good", dao_check(demo->dao, &fault));
    put_text(demo, "fault", fault.text);
}

static void
remember(void *context, const char *file)
{
    struct buf *list = context;
    buf_printf(list, "%s ", file);
}

/* owner's conninfo, directory, role */
static void
do_migrate(struct demo *demo)
{
    struct dao_migrate_options options = { demo->words[1], demo->words[2], demo->words[3],
                                           demo->timeout_ms };
    struct fault fault = { "" };
    struct buf applied;
    buf_init(&applied, demo->arena, SIZE_MAX);
    put_bool(demo, "good", dao_migrate(&options, remember, &applied, &fault));
    put_text(demo, "fault", fault.text);
    put_text(demo, "applied", applied.data);
}

/* directory */
static void
do_migrations_check(struct demo *demo)
{
    struct fault fault = { "" };
    put_bool(demo, "good", dao_migrations_check(demo->dao, demo->words[1], &fault));
    put_text(demo, "fault", fault.text);
}

static void
do_user_insert(struct demo *demo)
{
    struct user user = user_of(demo);
    struct dao_actor shell = actor("0");
    int64_t id = -1;
    put_status(demo, dao_user_insert(demo->dao, &shell, &user, "$y$hash", &id));
    put_int(demo, "id", id);
}

static void
do_user_update(struct demo *demo)
{
    struct user user = user_of(demo);
    struct dao_actor shell = actor("0");
    bool last_admin = false;
    put_status(demo, dao_user_update(demo->dao, &shell, &user, &last_admin));
    put_bool(demo, "last_admin", last_admin);
}

/* login */
static void
do_user_find(struct demo *demo)
{
    struct user user = { 0 };
    const char *hash = NULL;
    bool found = false;
    put_status(
        demo, dao_user_find_by_login(demo->dao, demo->arena, demo->words[1], &user, &hash, &found));
    put_bool(demo, "found", found);
    if (!found)
        return;
    put_text(demo, "hash", hash);
    put_user(demo, &user);
}

static void
do_user_list(struct demo *demo)
{
    struct dao_user_list list = { 0 };
    put_status(demo, dao_user_list(demo->dao, demo->arena, &list));
    key(demo, "logins");
    putchar('[');
    for (size_t i = 0; i < list.count; i++) {
        if (i > 0)
            putchar(',');
        print_text(list.items[i].login);
    }
    putchar(']');
}

/* user id, hash */
static void
do_user_password(struct demo *demo)
{
    struct dao_actor who = actor(demo->words[1]);
    put_status(demo, dao_user_update_password(demo->dao, &who, number(demo->words[1]),
                                              demo->words[2], false));
}

/* user id, old hash, new hash */
static void
do_user_renew(struct demo *demo)
{
    put_status(demo, dao_user_renew_hash(demo->dao, number(demo->words[1]), demo->words[2],
                                         demo->words[3]));
}

/* user id, token, old token or "", absolute ms, hash or "" for the one that user_insert gives */
static void
do_session_insert(struct demo *demo)
{
    struct dao_actor who = actor(demo->words[1]);
    struct digest token = digest(demo->words[2]), old = digest(demo->words[3]);
    bool made = false;
    struct dao_session_new session = {
        .token = &token,
        .old = demo->words[3][0] == '\0' ? NULL : &old,
        .absolute_ms = number(demo->words[4]),
        .password_hash = demo->words[5][0] == '\0' ? "$y$hash" : demo->words[5],
    };
    put_status(demo, dao_session_insert(demo->dao, &who, &session, &made));
    put_bool(demo, "made", made);
}

/* token, idle ms */
static void
do_session_find(struct demo *demo)
{
    struct digest token = digest(demo->words[1]);
    struct session session = { 0 };
    bool found = false;
    put_status(demo, dao_session_find(demo->dao, demo->arena, &token, number(demo->words[2]),
                                      &session, &found));
    put_bool(demo, "found", found);
    if (!found)
        return;
    put_int(demo, "session", session.id);
    put_int(demo, "signed_in_ms", session.signed_in_ms);
    put_int(demo, "proved_ago_ms", session.proved_ago_ms);
    put_user(demo, &session.user);
}

/* user id, token */
static void
do_session_delete(struct demo *demo)
{
    struct dao_actor who = actor(demo->words[1]);
    struct digest token = digest(demo->words[2]);
    put_status(demo, dao_session_delete(demo->dao, &who, &token));
}

/* user id, App ID, secret or "", form key or "", type, level, native, name, redirect URLs… */
static void
do_app_insert(struct demo *demo)
{
    const char *const *word = demo->words;
    struct dao_actor who = actor(word[1]);
    struct digest secret = digest(word[3]), form_key = digest(word[4]);
    struct redirect_urls urls = { .items = &word[9] };
    while (9 + urls.count < WORDS_MAX && word[9 + urls.count][0] != '\0')
        urls.count++;
    struct dao_app_new new = {
        .app_id = word[2],
        .secret = word[3][0] == '\0' ? NULL : &secret,
        .secret_tail = word[3][0] == '\0' ? "" : "tail",
        .form_key = word[4][0] == '\0' ? NULL : &form_key,
        .name = word[8],
        .description = "What it does\nin two lines",
        .type = (enum app_type)index_in(app_type_names, APP_TYPE__MAX, word[5]),
        .level = (enum app_level)index_in(app_level_names, LEVEL__MAX, word[6]),
        .native = text_equal(word[7], "1"),
        .redirect_urls = &urls,
    };
    struct app app = { 0 };
    bool made = false;
    enum status status = dao_app_insert(demo->dao, demo->arena, &who, &new, &app, &made);
    put_status(demo, status);
    put_bool(demo, "made", made);
    if (status == OK)
        put_app(demo, &app);
}

/* App ID */
static void
do_app_find(struct demo *demo)
{
    struct app app = { 0 };
    bool found = false;
    put_status(demo, dao_app_find(demo->dao, demo->arena, demo->words[1], &app, &found));
    put_bool(demo, "found", found);
    if (found)
        put_app(demo, &app);
}

/* owner, before, limit */
static void
do_app_list(struct demo *demo)
{
    struct dao_app_list list = { 0 };
    put_status(demo, dao_app_list(demo->dao, demo->arena, number(demo->words[1]),
                                  number(demo->words[2]), (size_t)number(demo->words[3]), &list));
    put_bool(demo, "more", list.more);
    key(demo, "rows");
    putchar('[');
    for (size_t i = 0; i < list.count; i++)
        printf("%s%" PRId64, i > 0 ? "," : "", list.items[i].id);
    putchar(']');
}

/* App ID, secret, token, lifetime ms */
static void
do_issue(struct demo *demo)
{
    struct digest secret = digest(demo->words[2]), token = digest(demo->words[3]);
    struct dao_client client = { demo->words[1], &secret, &secret };
    struct dao_tokens tokens = { .access = &token, .access_ms = number(demo->words[4]) };
    struct issue_facts facts = { 0 };
    put_status(demo, dao_token_issue(demo->dao, &client, &tokens, &facts));
    put_bool(demo, "app_found", facts.client.found);
    put_bool(demo, "app_active", facts.client.active);
    put_bool(demo, "authenticated", facts.client.authenticated);
    put_text(demo, "type", app_type_names[facts.client.type]);
    put_bool(demo, "user_active", facts.user_active);
    put_bool(demo, "written", facts.written);
}

/* token */
static void
do_token_find(struct demo *demo)
{
    struct digest token = digest(demo->words[1]);
    struct bearer_facts facts = { 0 };
    put_status(demo, dao_token_find(demo->dao, demo->arena, &token, &facts));
    put_bool(demo, "found", facts.found);
    if (!facts.found)
        return;
    put_bool(demo, "revoked", facts.revoked);
    put_bool(demo, "app_active", facts.app_active);
    put_bool(demo, "user_active", facts.user_active);
    put_int(demo, "app_row", facts.app_row);
    put_text(demo, "app_id", facts.app_id);
    put_text(demo, "level", app_level_names[facts.level]);
    put_int(demo, "expires_ms", facts.expires_ms);
    put_user(demo, &facts.user);
}

/* act, object kind, object id, detail or "" */
static void
do_audit(struct demo *demo)
{
    struct dao_actor nobody = actor("0");
    struct dao_audit audit = { demo->words[1], demo->words[2], demo->words[3],
                               or_null(demo->words[4]) };
    put_status(demo, dao_audit_insert(demo->dao, &nobody, &audit));
}

/* max, idle ms */
static void
do_purge(struct demo *demo)
{
    struct dao_purged purged = { 0 };
    put_status(demo, dao_purge(demo->dao, number(demo->words[1]), number(demo->words[2]), &purged));
    put_int(demo, "sessions", purged.sessions);
    put_int(demo, "codes", purged.codes);
    put_int(demo, "grants", purged.grants);
    put_int(demo, "throttles", purged.throttles);
    put_int(demo, "made", purged.partitions_made);
    put_int(demo, "dropped", purged.partitions_dropped);
}

/* name: what it is on a connection of ours */
static void
do_setting(struct demo *demo)
{
    struct dao_options options = { demo->conninfo, "dao_demo", demo->timeout_ms };
    struct failure failure = { 0 };
    PGconn *conn = connection_open(&options, demo->timeout_ms, demo->timeout_ms, &failure);
    PGresult *result =
        PQexecParams(conn, "SELECT current_setting($1)", 1, NULL, &demo->words[1], NULL, NULL, 0);
    put_text(demo, "value", PQntuples(result) == 1 ? PQgetvalue(result, 0, 0) : NULL);
    PQclear(result);
    PQfinish(conn);
}

/* statement: its text, so that its plan can be looked at */
static void
do_sql(struct demo *demo)
{
    for (int i = 0; i < STATEMENT__MAX; i++)
        if (text_equal(statements[i].name, demo->words[1]))
            put_text(demo, "sql", statements[i].sql);
}

static const struct {
    const char *name;
    void (*run)(struct demo *demo);
} commands[] = {
    { "check", do_check },
    { "migrate", do_migrate },
    { "migrations_check", do_migrations_check },
    { "user_insert", do_user_insert },
    { "user_update", do_user_update },
    { "user_find", do_user_find },
    { "user_list", do_user_list },
    { "user_password", do_user_password },
    { "user_renew", do_user_renew },
    { "session_insert", do_session_insert },
    { "session_find", do_session_find },
    { "session_delete", do_session_delete },
    { "app_insert", do_app_insert },
    { "app_find", do_app_find },
    { "app_list", do_app_list },
    { "issue", do_issue },
    { "token_find", do_token_find },
    { "audit", do_audit },
    { "purge", do_purge },
    { "setting", do_setting },
    { "sql", do_sql },
};

static void
run_line(struct demo *demo, char *line)
{
    line[strcspn(line, "\n")] = '\0';
    for (int i = 0; i < WORDS_MAX; i++) {
        char *word = strsep(&line, "\t");
        demo->words[i] = word == NULL ? "" : word;
    }
    demo->comma = false;
    putchar('{');
    size_t i = 0;
    while (i < LENGTH_OF(commands) && !text_equal(commands[i].name, demo->words[0]))
        i++;
    if (i == LENGTH_OF(commands))
        fatal("unknown command: %s", demo->words[0]);
    commands[i].run(demo);
    puts("}");
    fflush(stdout);
    arena_reset(demo->arena);
}

int
main(int argc, char **argv)
{
    if (argc != 3)
        fatal("usage: dao_demo CONNINFO TIMEOUT_MS");
    struct demo demo = { .arena = arena_open(),
                         .conninfo = argv[1],
                         .timeout_ms = number(argv[2]) };
    demo.dao = dao_open(&(struct dao_options){ argv[1], "dao_demo", demo.timeout_ms });
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) >= 0)
        run_line(&demo, line);
    free(line);
    dao_close(demo.dao);
    arena_close(demo.arena);
    return 0;
}
