/*
 * rules.h - what Callgate decides, without I/O and without a clock: facts in, verdict out.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifndef CALLGATE_RULES_H
#define CALLGATE_RULES_H

#include "util/util.h"

/* ---- user.c: a PBX user ---- */

enum user_status { USER_ACTIVE, USER_BLOCKED, USER_STATUS__MAX };
enum user_access { ACCESS_FULL, ACCESS_READ_ONLY, ACCESS__MAX };

extern const char *const user_status_names[USER_STATUS__MAX]; /* active, blocked */
extern const char *const user_access_names[ACCESS__MAX];      /* full, read_only */

/* Numbers that are not set are 0: an administrator has none, others exactly one level field. */
struct user {
    int64_t id;
    const char *login;
    const char *name;
    const char *email;
    enum user_status status;
    enum user_access access;
    bool admin;
    int64_t dealer_id, client_id, extension_group_id, extension_id;
    int64_t tenant_id;        /* the client it belongs to, whatever its level */
    const char *timezone;     /* "Europe/Moscow" */
    const char *extra_params; /* JSON text; NULL: none */
};

/* Each answers NULL (fine) or the key of the message that says what is allowed. */
const char *user_check_login(const char *login);       /* 1 to 64, [A-Za-z0-9._@+-] */
const char *user_check_password(const char *password); /* 8 to 128 characters, 511 bytes */
const char *user_check_level(const struct user *user); /* admin, or exactly one level field */

/* ---- app.c: an application ---- */

enum app_type { APP_PUBLIC, APP_TRUSTED, APP_PASSWORD_CREDENTIALS, APP_TYPE__MAX };
enum app_level { LEVEL_CALL_API, LEVEL_ALL, LEVEL__MAX };
enum app_status { APP_ACTIVE, APP_DISABLED, APP_STATUS__MAX };

extern const char *const app_type_names[APP_TYPE__MAX]; /* public, trusted, password_credentials */
extern const char *const app_level_names[LEVEL__MAX];   /* call_api, all */
extern const char *const app_status_names[APP_STATUS__MAX]; /* active, disabled */

/* The index of `name` in a table of `count` names; -1 if it is not there. */
int name_index(const char *const *names, int count, const char *name);

enum {
    APP_NAME_MAX = 100,
    APP_DESCRIPTION_MAX = 1000,
    REDIRECT_URL_MAX = 2000,
    REDIRECT_URLS_MAX = 20,
};

struct app {
    int64_t id;
    const char *app_id; /* 32 hexadecimal digits */
    int64_t owner_id;
    const char *owner_login;
    const char *name;
    const char *description;
    enum app_type type;
    enum app_level level;
    enum app_status status;
    bool native; /* runs on the user's device, so it keeps no secret (RFC 8252 §8.4) */
    const char *const *redirect_urls;
    size_t redirect_url_count;
    int64_t created_ms;   /* wall clock */
    int64_t last_used_ms; /* 0: never */
};

/* NULL, or a message key. */
const char *app_check_name(const char *name);
const char *app_check_description(const char *description);
const char *app_check_type(const char *type);
const char *app_check_level(const char *level);

/* Who may set what: only an administrator sets password_credentials or All. */
bool app_may_set_type(const struct user *actor, enum app_type type);
bool app_may_set_level(const struct user *actor, enum app_level level);

/* ---- redirect.c: redirect URLs (RFC 6749 §3.1.2, RFC 8252 §7) ---- */

struct redirect_urls {
    const char *const *items;
    size_t count;
    const char *bad; /* the URL that the message is about; NULL if it is about the whole */
};

/*
 * Takes a field apart (separated by white space; empty: none). NULL, or the key of the message:
 * redirect.relative, .fragment, .userinfo, .scheme, .http, .host, .long, .many, .twice, .control.
 * Allowed: https with a host; http to 127.0.0.1 or [::1]; a private scheme holding a dot
 * (com.example.app:/cb).
 */
const char *redirect_urls_parse(struct arena *arena, const char *field, struct redirect_urls *out);

/* For fields tables: the same as a plain check. */
const char *redirect_urls_check(const char *field);

/* ---- path.c: where a sign-in may return to ---- */

/* An own path: begins with one '/', no backslash, no control, at most 2,000 bytes. */
bool own_path_is_valid(const char *path);

/* ---- oauth_error.c: RFC 6749 §5.2, RFC 6750 §3.1; the only place that spells these names ---- */

enum oauth_error {
    OAUTH_NONE,
#define OAUTH_ERROR(id, name, status, text) OAUTH_##id,
#include "rules/oauth_error.def"
#undef OAUTH_ERROR
    OAUTH_ERROR__MAX,
};

const char *oauth_error_name(enum oauth_error error);
int oauth_error_status(enum oauth_error error);
const char *oauth_error_text(enum oauth_error error); /* the default description */

/* ---- token.c: may this application have a token by this grant? ---- */

enum grant {
    GRANT_AUTHORIZATION_CODE,
    GRANT_CLIENT_CREDENTIALS,
    GRANT_PASSWORD,
    GRANT_REFRESH_TOKEN,
    GRANT__MAX,
};

extern const char *const grant_names[GRANT__MAX];

bool grant_is_allowed(enum app_type type, enum grant grant);

/* What the database knows at the moment of issuing, from the statement that also wrote the token.
 */
struct issue_facts {
    bool app_found, app_active, secret_matches;
    enum app_type type;
    bool user_active;
    bool written; /* a token row exists */
};

/* OAUTH_NONE only if a token was written and nothing speaks against it. */
enum oauth_error issue_check(const struct issue_facts *facts, enum grant grant);

/* What a bearer token stands for; all false if there is none. */
struct bearer_facts {
    bool found, expired, revoked;
    bool app_active, user_active;
    struct user user;
    int64_t app_row;
    const char *app_id;
    enum app_level level;
    int64_t expires_ms; /* wall clock of the database */
};

/* OAUTH_NONE or OAUTH_INVALID_TOKEN. */
enum oauth_error bearer_check(const struct bearer_facts *facts);

#endif
