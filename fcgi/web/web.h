/*
 * web.h - from a parsed request to an answer: dispatch, guard, reply; session, bearer, frame.
 *
 * A handler is called with everything its route row demands proved: it starts with a signed-in
 * user, checked client credentials, valid fields. It answers by exactly one web_reply_…() and
 * returns what that returns; a status other than OK becomes the 500 or 503 in one place.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifndef CALLGATE_WEB_H
#define CALLGATE_WEB_H

#include "actions/actions.h"
#include "config/config.h"
#include "crypto/crypto.h"
#include "dao/dao.h"
#include "http/http.h"
#include "rules/rules.h"
#include "util/util.h"
#include "view/view.h"

struct web_request;
struct web_route;
struct web_cache;
struct web_counts;

typedef enum status (*web_handler)(struct web_request *request);

/* A file sent as it is. */
struct web_asset {
    const char *data; /* NULL: there is none */
    size_t length;
    const char *type; /* of its content */
    const char *url;  /* with its version in it */
};

/* One worker's world; all but `dao`, `cache` and `counts` is made before the fork and never
 * changes. */
struct web {
    const struct settings *settings;
    const struct view *view; /* English: what programs are told */
    /* One a language, as site.languages has them; none: `view` for people too. */
    const struct view *views[HTTP_LANGUAGES_MAX];
    size_t view_count;
    const char *const *zones; /* that people may choose from */
    size_t zone_count;
    struct dao *dao;
    struct web_cache *cache; /* of tokens; NULL: every one is looked up */
    struct web_counts *counts;
    const struct api_rules *rules;
    const struct web_route *routes;
    size_t route_count;
    /* The sign-in page in answer to this request, where its address would be too long. */
    enum status (*sign_in_here)(struct web_request *request, const char *next);
    struct web_asset style, script, logo;
    const char *cookie_name; /* __Host-callgate under https */
    bool https;
};

/* Fills what follows from settings and view (style, script, cookie_name, https); texts in `arena`.
 */
enum status web_init(struct web *web, struct arena *arena) MUST_CHECK;

/* ---- asset.c: what a provider's own looks are made of ---- */

/* site.accent and site.logo, read and proved: false and why. Before web_init(). */
bool web_assets_open(struct web *web, struct arena *arena, struct fault *fault) MUST_CHECK;
/* What style.css takes from the accent: custom properties --site-…, for both themes. */
const char *web_accent_style(struct arena *arena, struct colour accent);
/* Puts the version of what it holds into its address, and the accent before the style sheet. */
enum status web_assets_init(struct web *web, struct arena *arena) MUST_CHECK;

/* ---- routes ---- */

enum web_kind { WEB_PAGE, WEB_OAUTH, WEB_API };

enum web_need {
    NEED_NOTHING, /* nor the database */
    TAKE_SESSION, /* looked up if the browser has one */
    NEED_SESSION, /* else to /login and back */
    NEED_ADMIN,   /* a session, of an administrator */
    NEED_CLIENT,  /* client credentials, in exactly one way */
    NEED_BEARER,  /* a token that is good now */
};

/* One field of a form; values arrive trimmed (but secret and exact ones), and an empty one counts
 * as absent. */
struct web_field {
    const char *name;
    /* NULL: anything. Else NULL as answer, or the key of the message. Called for "" too. */
    const char *(*check)(const char *value);
    bool is_secret; /* never trimmed, never shown again, never in a message */
    bool is_exact;  /* never trimmed: compared or echoed byte for byte */
    bool is_file;   /* may be a file; the form is multipart then */
    bool is_list;   /* words: in JSON a list of texts too */
};

enum { WEB_FIELDS_MAX = 20, WEB_ARGUMENTS_MAX = 2 };

/* Where a route's fields may come from besides the body. */
enum web_query {
    QUERY_NO,
    QUERY_BY_SETTING, /* oauth.query_credentials; else they are refused there */
    QUERY_TOO,        /* and from nowhere else with GET */
};

struct web_route {
    enum http_method method; /* a GET row answers HEAD too */
    const char *path;        /* "/app/{}/": {} is one segment; a last slash or none are alike */
    bool under_prefix;       /* the path is relative to gate.prefix */
    enum web_kind kind;
    enum web_need need;
    enum web_query query;
    bool recent; /* the password again, if it was given long ago; no secret fields */
    bool cors;   /* for pages of other origins too (cors.origins) */
    /* Open to whom has to choose a new password first; every other page of theirs leads there. */
    bool any_password;
    bool json;                      /* fields may come as a JSON object too */
    const struct web_field *fields; /* ends with a NULL name; NULL: no body is read */
    const struct view_page *page;   /* what the handler renders, proved at start; NULL: none */
    const struct view_page *second_page;
    web_handler handler;
    web_handler refill; /* called instead if a field is invalid (pages) */
};

/* Proves rows, pages and messages against the view; false and why. */
bool web_check(const struct web *web, struct fault *fault) MUST_CHECK;

/* ---- a request on its way ---- */

struct web_value {
    const char *value;   /* never NULL */
    const char *problem; /* message key; NULL: fine */
    const char *about;   /* {url} of that message; NULL: the value */
    size_t count;        /* how often it came */
    bool differs;        /* and with different values */
};

/* How the client showed who it is (RFC 6749 §2.3.1). */
struct web_client {
    const char *app_id;
    const char *secret; /* "" if it sent none */
    bool by_basic;
};

struct web_request {
    struct web *web;
    struct http_request *http;
    struct http_response *response;
    struct arena *arena;
    const struct view *view; /* in the language of this request: see language.c */
    const struct web_route *route;
    enum web_kind kind; /* the route's; by the path's beginning if there is none */
    const char *arguments[WEB_ARGUMENTS_MAX]; /* what {} stood for */
    struct web_value values[WEB_FIELDS_MAX];
    const char *json_twice; /* the name of a member of the body that came twice */
    bool signed_in;
    struct session session;
    struct digest session_token;
    bool has_session_cookie; /* session_token is set, whether or not it is good */
    struct web_client client;
    struct bearer_facts bearer;
    const char *form_target; /* where the page's form may end up besides here, for CSP; NULL */
    const char *cors_origin; /* the allowed origin that asks; NULL: none */
    bool varies;             /* another origin gets another answer, which caches must know */
};

/* The server's hooks. */
void web_handle(struct web *web, struct http_request *http, struct http_response *response);
void web_log(const struct http_request *http, const struct http_response *response, double ms);

/* ---- language.c ---- */

/*
 * Sets request->view: the choice in the cookie, else Accept-Language, else the first language.
 * What a signed-in user has chosen comes before these (web_session_load).
 */
void web_language_load(struct web_request *request);
/* NULL if it is none of ours. */
const struct view *web_language_find(const struct web *web, const char *language);
void web_language_set_cookie(struct web_request *request, const char *language);

/* ---- fields.c ---- */

/* A declared field's value ("" if absent); an undeclared name is our own bug. */
const char *web_field(const struct web_request *request, const char *name);
struct web_value *web_value(struct web_request *request, const char *name);
/* Puts field.<name>.value and .error, and the list `errors` (name, text), for a form's template. */
void web_fields_model(struct web_request *request, struct model *model);

/* Reads the body's fields and checks them: HTTP_FINE, or why the body can't be read. */
enum http_fault web_fields_read(struct web_request *request) MUST_CHECK;
bool web_fields_are_valid(const struct web_request *request);
/* The name of a declared field that came twice, in JSON of any; NULL if none did. */
const char *web_fields_twice(const struct web_request *request);
/* What is wrong with a field, in words; `index` is its place in the route's table. */
const char *web_fields_problem(struct web_request *request, size_t index);
/* True if one came in the address, where the setting forbids it. */
bool web_fields_in_address(const struct web_request *request);

/* ---- cors.c ---- */

/* Sets varies if the route is for other origins, cors_origin if this one is among cors.origins. */
void web_cors_load(struct web_request *request, const struct web_route *route);
/* Answers a preflight; `allow` are the path's methods. */
enum status web_cors_preflight(struct web_request *request, const char *allow) MUST_CHECK;

/* ---- guard.c, origin.c, session.c, client.c, bearer.c: prove what the row demands ---- */

/*
 * Where a bearer token is needed, fields that came twice or are invalid are left to the handler,
 * which may have more to refuse first.
 *
 * *pass false: an answer was given (a redirect to /login, 400, 401, 403, 413, 415, 422) and the
 * handler must not run.
 */
enum status web_guard(struct web_request *request, bool *pass) MUST_CHECK;

enum web_origin {
    ORIGIN_OWN,
    ORIGIN_FOREIGN,    /* another site's form */
    ORIGIN_OTHER_NAME, /* this site, opened by another name than site.url */
};
/* DESIGN §8: Sec-Fetch-Site, Origin; a client that sends neither is no browser. */
enum web_origin web_origin_check(const struct web_request *request);

enum status web_session_load(struct web_request *request) MUST_CHECK;
/* Set-Cookie; "" ends it. */
void web_session_set_cookie(struct web_request *request, const char *token);

/* Fills request->client; OAUTH_NONE, or why not and *text what to change. */
enum oauth_error web_client_load(struct web_request *request, const char **text);

/* ---- confirm.c ---- */

extern const struct view_page web_confirm_page;
/* Was the password given recently (session.recent), or just now? *pass false: it was asked for. */
enum status web_confirm(struct web_request *request, bool *pass) MUST_CHECK;

/* ---- bearer.c ---- */

/* A request of the API, as the web server handed it on, and what becomes of it. */
struct web_judged {
    struct gate_question question;
    struct api_rule_hit hit;
    struct bearer_facts facts; /* all 0 if there is no token that is known */
    enum gate_reason reason;
};

/*
 * Judges out->question (rules: gate_check_…). `remembered`: what the token stands for may come from
 * the cache, without the user's name, zone and the like.
 */
enum status web_judge(const struct web *web, struct http_request *http, bool remembered,
                      struct web_judged *out) MUST_CHECK;

/* True if a header asks for another method than the one that was sent. */
bool web_method_is_overridden(const struct http_request *http);

/* For our own API resources: the gate's verdict, and request->bearer with all of the user. */
enum status web_bearer_load(struct web_request *request, enum gate_reason *reason) MUST_CHECK;

/* The fields of GET /user/: whom a token acts for. */
void web_user_fill(struct model *model, const struct user *user);

/* ---- cache.c ---- */

struct web_cache;

/* Entries live `longest_ms` at most, and no longer than token and level do. Never NULL. */
struct web_cache *web_cache_open(int64_t longest_ms);
void web_cache_close(struct web_cache *cache); /* NULL is allowed */
/* `now` is monotonic; the texts in *out live until the next insert. */
bool web_cache_find(struct web_cache *cache, const struct digest *token, int64_t now,
                    struct bearer_facts *out);
/* `now`: when the look-up began. */
void web_cache_insert(struct web_cache *cache, const struct digest *token, int64_t now,
                      const struct bearer_facts *facts);
/* A dao_notified; the context is the cache. */
void web_cache_evict(void *cache, const struct dao_notice *notice);

/* ---- count.c: what happened to applications, in memory until it is written ---- */

struct web_event {
    int64_t app_row;
    const char *grant, *reason; /* as in struct dao_usage; they live for ever */
    const char *method, *rule;
    const char *request_id;
};

struct web_counts *web_counts_open(void); /* never NULL */
void web_counts_close(struct web_counts *counts);
/* Past its room, a new kind of event is not counted. */
void web_count(struct web_counts *counts, const struct web_event *event);
/* A pass or a refusal of an application that is known. */
void web_count_judged(struct web_counts *counts, const struct http_request *http,
                      const struct web_judged *judged);
/* Writes web->counts, in one statement; kept for the next time if the database is away, as far as
 * there is room. */
void web_counts_flush(const struct web *web, struct arena *arena);

/* ---- frame.c ---- */

/* The names that every page has (title, site_name, …), for view_check(). */
extern const char *const web_frame_names[];

/* A page's model with the frame in it; `title` is a message key. */
struct model *web_frame(struct web_request *request, const char *title);

/*
 * Wall-clock milliseconds as the reader's language writes them, in the zone of who is signed in,
 * which is named ("2026-11-24 03:55 UTC", "24.11.2026 06:55 MSK"); NULL for 0.
 */
const char *web_date(struct web_request *request, int64_t ms);

/* "1,234", as the reader's language groups digits. */
const char *web_number(struct web_request *request, int64_t number);

/* ---- evidence.c: what the gate has counted ---- */

/* "PUT /extension/{}/queue/", or in words that no rule has it ("-"). */
const char *web_rule_text(struct web_request *request, const char *method, const char *rule);
/* Of a refusal: "Asked 14 × for PUT /extension/{}/queue/: needs All". */
const char *web_refusal_text(struct web_request *request, const struct dao_usage *row);

/* ---- reply.c: status, caching and security headers, in this one place ---- */

enum status web_reply_page(struct web_request *request, int status, const struct view_page *page,
                           const struct model *model) MUST_CHECK;
enum status web_reply_json(struct web_request *request, int status,
                           const struct model *model) MUST_CHECK;
/* 303 to an own path ("/app/"), as an absolute address. */
enum status web_reply_redirect(struct web_request *request, const char *path) MUST_CHECK;
/*
 * The form of the page that follows may lead to `target`, and from there on to any https address:
 * Chromium holds every redirect behind a form to form-action, the application's own ones too.
 */
void web_reply_may_lead_to(struct web_request *request, const struct redirect_target *target);
/* 303 to `url`, which is a redirect URL that was checked. */
enum status web_reply_away(struct web_request *request, const char *url) MUST_CHECK;
/* To /login, and from there back to `next`, an own path. */
enum status web_reply_sign_in(struct web_request *request, const char *next) MUST_CHECK;
/* To the page for a new password, and from there on to `next`, an own path. */
enum status web_reply_new_password(struct web_request *request, const char *next) MUST_CHECK;
/* 204, or 200 with an empty JSON object where clients expect JSON. */
enum status web_reply_nothing(struct web_request *request, int status) MUST_CHECK;
/* A file: cached for good where its address holds its version (?v=), else for a day. */
enum status web_reply_asset(struct web_request *request, const struct web_asset *asset) MUST_CHECK;
/* A file to be kept; `name` is ours. Never shown in the browser. */
enum status web_reply_download(struct web_request *request, const char *type, const char *name,
                               const struct buf *body) MUST_CHECK;
/* RFC 6749 §5.2, RFC 6750 §3: JSON with error, error_description, message; `text` NULL: default. */
enum status web_reply_oauth_error(struct web_request *request, enum oauth_error error,
                                  const char *text) MUST_CHECK;
/* The same with another status than the error's own. */
enum status web_reply_oauth_error_as(struct web_request *request, int status,
                                     enum oauth_error error, const char *text) MUST_CHECK;
/* What the gate refuses. */
enum status web_reply_refused(struct web_request *request, enum gate_reason reason) MUST_CHECK;
/* Retry-After in whole seconds, rounded up, for the answer that follows. */
void web_reply_retry_after(struct web_request *request, int64_t ms);
/*
 * Any other refusal or failure, as a page or as JSON by the request's kind. `key` names the
 * messages error.<key>.title and error.<key>.text. `detail` (NULL: none) is plain text behind it.
 */
enum status web_reply_error(struct web_request *request, int status, const char *key,
                            const char *detail) MUST_CHECK;
/* A request that can't be read. */
enum status web_reply_fault(struct web_request *request, enum http_fault fault) MUST_CHECK;
/* 404 for what is not there or not theirs. */
enum status web_reply_not_found(struct web_request *request) MUST_CHECK;

/* The page that web_reply_error() shows, for web_check(). */
extern const struct view_page web_error_page;

/* ---- for actions ---- */

/* Actor, address, request id of this request. */
struct action web_action(struct web_request *request);
struct throttle_limits web_throttle_limits(const struct web_request *request);

#endif
