/*
 * rules.h - what Callgate decides, without I/O and without a clock: facts in, verdict out.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifndef CALLGATE_RULES_H
#define CALLGATE_RULES_H

#include "crypto/crypto.h"
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
    int64_t tenant_id;         /* the client it belongs to, whatever its level */
    const char *timezone;      /* "Europe/Moscow" */
    const char *extra_params;  /* JSON text; NULL: none */
    bool must_change_password; /* somebody else knows it */
};

enum { USER_TEXT_MAX = 250 }; /* of name and e-mail address, in characters */

/* Each answers NULL (fine) or the key of the message that says what is allowed. */
const char *user_check_login(const char *login); /* 1 to 64, [A-Za-z0-9._@+-] */
/* 8 to 128 characters, 511 bytes, and not one that everybody tries (password.c) */
const char *user_check_password(const char *password);
const char *user_check_level(const struct user *user); /* admin, or exactly one level field */
/* For forms and files: printable, at most USER_TEXT_MAX characters; "" is allowed. */
const char *user_check_name(const char *name);
const char *user_check_email(const char *email);
const char *user_check_timezone(const char *timezone);
/* "" or a whole number from 1: a level's, the tenant's. */
const char *user_check_id(const char *text);
/* error.status.unknown, error.access.unknown */
const char *user_check_status(const char *status);
const char *user_check_access(const char *access);

/* ---- app.c: an application ---- */

enum app_type { APP_PUBLIC, APP_TRUSTED, APP_PASSWORD_CREDENTIALS, APP_TYPE__MAX };
enum app_level { LEVEL_CALL_API, LEVEL_ALL, LEVEL__MAX };
enum app_status { APP_ACTIVE, APP_DISABLED, APP_STATUS__MAX };

extern const char *const app_type_names[APP_TYPE__MAX]; /* public, trusted, password_credentials */
extern const char *const app_level_names[LEVEL__MAX];   /* call_api, all */
extern const char *const app_status_names[APP_STATUS__MAX]; /* active, disabled */

enum app_level level_lower(enum app_level a, enum app_level b);

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
    int64_t owner_tenant_id; /* 0: none */
    const char *name;
    const char *description;
    enum app_type type;
    enum app_level level;   /* now */
    int64_t level_until_ms; /* when All falls back; wall clock, 0: never */
    enum app_status status;
    bool native;        /* runs on the user's device, so it keeps no secret (RFC 8252 §8.4) */
    bool api_backend;   /* may introspect every token */
    int64_t generation; /* one more with each new owner or type, and when all tokens were revoked */
    const char *const *redirect_urls;
    size_t redirect_url_count;
    int64_t created_ms;          /* wall clock */
    int64_t last_used_ms;        /* 0: never */
    int64_t unused_since_ms;     /* the last use, or when it was made or enabled again */
    const char *created_by;      /* App ID of the application that made it; NULL: a person did */
    const char *created_by_name; /* "" then */
};

/* Has nobody used it for so long (0: never mind)? One that introspects for the API's back-end asks
 * for no tokens, so nothing can be said of it. */
bool app_is_unused(const struct app *app, int64_t now_ms, int64_t after_ms);

/* NULL, or a message key. */
const char *app_check_name(const char *name);
const char *app_check_description(const char *description);
const char *app_check_type(const char *type);
const char *app_check_level(const char *level);

/*
 * What a user may do with an application. Whoever looks after a whole tenant sees what its users
 * have made, and can end it; an administrator's own pages do the rest.
 */
enum app_right {
    APP_RIGHT_NONE, /* to him it does not exist */
    APP_RIGHT_END,  /* see it, take its tokens back, disable or delete it */
    APP_RIGHT_OWN,  /* everything that an owner does */
};

enum app_right app_right_of(const struct user *actor, const struct app *app);

/* Who may set what: only an administrator sets password_credentials or All. */
bool app_may_set_type(const struct user *actor, enum app_type type);
bool app_may_set_level(const struct user *actor, enum app_level level);

/*
 * How long All lasts, as people write it: 2026-12-31 (through that day, UTC) or
 * 2026-12-31T18:00:00Z. NULL and the moment, or error.until.form, error.until.past.
 */
const char *app_level_until_parse(const char *text, int64_t now_ms, int64_t *until_ms);

/* Asking for All. */
enum request_state {
    REQUEST_OPEN,
    REQUEST_APPROVED,
    REQUEST_DECLINED,
    REQUEST_WITHDRAWN,
    REQUEST_STATE__MAX,
};
extern const char *const request_state_names[REQUEST_STATE__MAX]; /* open, approved, … */

/* NULL, or a message key: a reason must be given, an answer (as such) not. */
const char *request_check_reason(const char *reason);
const char *request_check_answer(const char *answer);

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

enum redirect_kind {
    REDIRECT_HTTPS,
    REDIRECT_LOOPBACK, /* a program on the user's machine, RFC 8252 §7.3 */
    REDIRECT_SCHEME,   /* an application's own scheme, RFC 8252 §7.1 */
    REDIRECT_NONE,     /* the application has none: its code is shown on a page */
};

struct redirect_target {
    enum redirect_kind kind;
    const char *url;        /* where to go, "" for REDIRECT_NONE */
    const char *registered; /* the registered URL that allows it, "" for REDIRECT_NONE */
    const char *origin; /* "https://host:port" or "scheme:", as CSP has it; "" for REDIRECT_NONE */
    const char *host;   /* what a person knows it by: host (and port), or scheme */
};

enum redirect_match {
    REDIRECT_FITS,
    REDIRECT_UNKNOWN,   /* not registered */
    REDIRECT_UNDECIDED, /* none was asked for and several are registered */
};

/*
 * RFC 6749 §3.1.2.3: `asked` ("" if the request names none) must be a registered URL, byte for
 * byte; only the port of a loopback one is free.
 */
enum redirect_match redirect_match(struct arena *arena, const struct app *app, const char *asked,
                                   struct redirect_target *out);

/* `url` with the pairs added to its query, percent-encoded (NULL values left out); ends with NULL.
 */
const char *redirect_with(struct arena *arena, const char *url, ...) __attribute__((sentinel));

/* ---- path.c: where a sign-in may return to ---- */

enum { OWN_PATH_MAX = 16 * 1024 };

/* An own path: begins with one '/', no backslash, no control, at most OWN_PATH_MAX bytes. */
bool own_path_is_valid(const char *path);

/* ---- pkce.c: RFC 7636, S256 only ---- */

enum { PKCE_CHALLENGE_LENGTH = 43 };

bool pkce_challenge_is_valid(const char *challenge); /* base64url of 32 bytes */
bool pkce_verifier_is_valid(const char *verifier);   /* 43 to 128 unreserved characters */
/* The challenge that `verifier` answers. */
enum status pkce_challenge_of(const char *verifier,
                              char out[static PKCE_CHALLENGE_LENGTH + 1]) MUST_CHECK;

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

/* Who asks, as the statement that serves it found the application. */
struct client_facts {
    bool found, active;
    bool authenticated; /* the secret is right; or none was sent, and the application has none */
    int64_t app_row;
    enum app_type type;
    bool native, api_backend;
    int64_t failures; /* wrong secrets for this App ID from this address, within the window */
    int64_t left_ms;  /* of that window */
};

/* OAUTH_NONE or OAUTH_INVALID_CLIENT: nothing is said of an application to who does not know its
 * secret. */
enum oauth_error client_check(const struct client_facts *facts);

/* What the database knows at the moment of issuing, from the statement that also wrote the token.
 */
struct issue_facts {
    struct client_facts client;
    bool user_active; /* looked at only if the client may ask */
    bool written;     /* a token row exists */
};

/* OAUTH_NONE only if a token was written and nothing speaks against it. */
enum oauth_error issue_check(const struct issue_facts *facts, enum grant grant);

/* The same for a code (RFC 6749 §4.1.3). */
struct redeem_facts {
    struct client_facts client;
    bool found;         /* a code of this application, of its present generation */
    bool expired, used; /* as it was when the statement began */
    bool redirect_matches, redirect_sent;
    bool challenge_stored, challenge_matches;
    bool user_active;
    bool written;
    bool replayed; /* used before: what that gave is ended by now */
};

/* *text: what to change; NULL: the default. */
enum oauth_error redeem_check(const struct redeem_facts *facts, const char **text);

/* The same for a refresh token (RFC 6749 §6). */
struct refresh_facts {
    struct client_facts client;
    bool found;   /* one of this application, of its present generation */
    bool revoked; /* its grant was ended */
    bool expired; /* idle for too long, or over */
    bool user_active;
    bool written;
    bool replayed; /* used before, and not just now: its grant is ended by now */
};

enum oauth_error refresh_check(const struct refresh_facts *facts, const char **text);

/* What a bearer token stands for; all false if there is none. */
struct bearer_facts {
    bool found; /* known, not expired, of the application's present generation */
    bool revoked;
    bool app_active, user_active;
    struct user user;
    int64_t app_row;
    const char *app_id;
    enum app_level level; /* the lower of the application's and its grant's */
    int64_t expires_ms;   /* wall clock of the database */
    int64_t issued_ms;
    int64_t left_ms;       /* until it expires, when it was looked up */
    int64_t level_left_ms; /* until its level falls; 0: it does not */
    int64_t grant_id;      /* 0: client_credentials */
};

/* OAUTH_NONE or OAUTH_INVALID_TOKEN. */
enum oauth_error bearer_check(const struct bearer_facts *facts);

/* ---- authorize.c: may this authorization request go on? (RFC 6749 §4.1.1) ---- */

enum {
    STATE_MAX = 4096,    /* bytes */
    ADDRESS_ROOM = 6500, /* bytes of redirect URL and state together, escaped */
};

/* The parameters as they came; "" for those that are absent. */
struct authorize_request {
    const char *response_type, *client_id, *redirect_uri, *scope, *state;
    const char *code_challenge, *code_challenge_method;
};

enum authorize_outcome {
    AUTHORIZE_FINE,
    AUTHORIZE_PAGE,     /* nobody to redirect to: a page, error.<key>.title and .text */
    AUTHORIZE_REDIRECT, /* back to the application, with `error` */
};

struct authorize_verdict {
    enum authorize_outcome outcome;
    struct redirect_target target; /* but for AUTHORIZE_PAGE before one is known */
    const char *key;               /* AUTHORIZE_PAGE */
    enum oauth_error error;        /* else OAUTH_NONE */
    const char *text;              /* what to change, ASCII */
};

/* `app` NULL: there is none of that App ID. */
void authorize_check(struct arena *arena, const struct authorize_request *request,
                     const struct app *app, struct authorize_verdict *out);

/* A user's consent as it is remembered; all 0: none. */
struct permission {
    bool found;
    enum app_level level;
    int64_t level_until_ms; /* until when it was allowed; wall clock, 0: without end */
    int64_t generation;
    bool covers_redirect; /* the registered URL asked for is among those consented to */
};

/* True if the user need not be asked again: it is what was consented to, no more (RFC 8252 §8.6:
 * never for what another program on the device could have sent). */
bool permission_covers(const struct permission *permission, const struct app *app,
                       const struct redirect_target *target);

/* An application without redirect URL shows its code to its owner and the owner's tenant. */
bool code_page_is_for(const struct app *app, const struct user *user);

/* ---- throttle.c: who is counted for a failure ---- */

/* A wrong password: the login from this address, and the address. IPv6 addresses by their /64. */
enum status throttle_login_key(struct arena *arena, const char *login, const char *address,
                               struct digest *out) MUST_CHECK;
enum status throttle_address_key(struct arena *arena, const char *address,
                                 struct digest *out) MUST_CHECK;
/* A wrong App secret: the App ID from this address. */
enum status throttle_client_key(struct arena *arena, const char *app_id, const char *address,
                                struct digest *out) MUST_CHECK;

/* ---- target.c: which API addresses can be judged at all (DESIGN §6.1) ---- */

enum target_fault {
    TARGET_FINE,
    TARGET_ODD,      /* two programs could read it in two ways: a dot segment, `//`, `%2f`, … */
    TARGET_OVERRIDE, /* `_method` or `access_token` in its query */
    TARGET_FAULT__MAX,
};

enum { TARGET_SEGMENTS_MAX = 32, TARGET_LENGTH_MAX = 8192 };

struct target {
    const char *path; /* as it came, up to the first `?`; doubled slashes made one */
    const char
        *segments[TARGET_SEGMENTS_MAX]; /* decoded once; not the empty one behind a last slash */
    size_t count;
};

/*
 * Judges a raw REQUEST_URI, on nothing but its bytes. Only canonical paths are fine: on those raw,
 * decoded and normalised forms agree in every web server, so what was judged is what the back-end
 * gets. Doubled slashes are fine where `is_read` (GET, HEAD), for a client in the field.
 */
enum target_fault target_check(struct arena *arena, const char *raw, bool is_read,
                               struct target *out);

/* ---- api_rules.c: what each API path is for ---- */

enum api_class { CLASS_GET, CLASS_CALL, CLASS_CONFIG, API_CLASS__MAX };

extern const char *const api_class_names[API_CLASS__MAX]; /* get, call, config */

struct api_rules;

/*
 * Lines `class METHOD /path/{}/…`, relative to gate.prefix; {} is any one segment, {client} one
 * that must be the user's own client; # begins a comment. NULL and the fault, which names the line,
 * if one is wrong or says again what another has said. Texts and rules live in `arena`.
 */
const struct api_rules *api_rules_parse(struct arena *arena, const char *text,
                                        struct fault *fault) MUST_CHECK;

struct api_rule_hit {
    enum api_class class;
    int line;           /* that decided; 0: none, the default did */
    const char *rule;   /* its path, "" for the default */
    const char *client; /* the segment that {client} stands for; NULL: none */
};

/*
 * Literal before parameter, segment by segment from the left; a last slash does not matter. HEAD is
 * as GET. What no line says: GET and HEAD are `get`, any other method is `config`.
 */
void api_rules_find(const struct api_rules *rules, const char *method, const char *const *segments,
                    size_t count, struct api_rule_hit *out);

/* The class of what was counted by method and rule (its path; "-": none decided). */
enum api_class api_rules_class_of(struct arena *arena, const struct api_rules *rules,
                                  const char *method, const char *rule);

/* ---- gate.c: may this API request pass? (DESIGN §6) ---- */

enum gate_reason {
    GATE_PASS,
    GATE_TARGET,        /* 400: not canonical */
    GATE_OVERRIDE,      /* 400: asks for another method, or has its token in the address */
    GATE_HEADERS,       /* 400: a header that matters came twice */
    GATE_OUTSIDE,       /* 404: not below gate.prefix */
    GATE_TOKEN_MISSING, /* 401 */
    GATE_TOKEN_INVALID, /* 401: unknown, expired, revoked */
    GATE_READ_ONLY,     /* 403: the user may only read */
    GATE_CLIENT,        /* 403: another client's */
    GATE_LEVEL,         /* 403: needs All */
    GATE_REASON__MAX,
};

/* token_missing, …: of logs, counts and message keys (refusal.<name>). */
extern const char *const gate_reason_names[GATE_REASON__MAX];

int gate_reason_status(enum gate_reason reason);
/* OAUTH_NONE for what is no matter of tokens. */
enum oauth_error gate_reason_error(enum gate_reason reason);
const char *gate_reason_text(enum gate_reason reason); /* ASCII English, says the cure */

/* Reads (GET, HEAD), compared exactly: methods have letter case. */
bool method_is_read(const char *method);

struct gate_question {
    const char *method, *target; /* raw */
    const char *prefix;          /* gate.prefix */
    bool overridden;             /* a header asks for another method */
    bool doubled;                /* a header that matters came twice, with two values */
};

/* What can be said without the token; *out GATE_PASS: go on. Fills *hit and *target then. */
enum gate_reason gate_check_target(struct arena *arena, const struct gate_question *question,
                                   const struct api_rules *rules, struct target *target,
                                   struct api_rule_hit *hit);

/* The rest, for a token that is good. */
enum gate_reason gate_check_bearer(const struct gate_question *question,
                                   const struct api_rule_hit *hit,
                                   const struct bearer_facts *facts);

#endif
