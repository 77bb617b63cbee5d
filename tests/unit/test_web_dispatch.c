/*
 * test_web_dispatch.c - which row answers, what becomes of 404, 405 and failures; and the shipped
 * pages proved against the shipped templates.
 *
 * The route table, templates and messages are the test's own; there is no database behind it.
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
#include <sys/mman.h>
#include <unistd.h>

#include "routes.h"

static struct arena *arena; /* of one test */
static struct arena *group; /* of all */
static struct settings settings = {
    .site_url = "https://pbx.example",
    .site_name = "Example",
    .gate_prefix = "/api/ver1.0/",
    .cors_origins = " https://app.example ",
    .oauth_query_credentials = "off",
    .http_body_limit = 1024,
};

/* ---- the world ---- */

static const char *reached, *arguments[WEB_ARGUMENTS_MAX];

static enum status
answer(struct web_request *request)
{
    reached = request->route->path;
    arguments[0] = request->arguments[0];
    arguments[1] = request->arguments[1];
    return web_reply_json(request, 200, model_object(request->arena));
}

static enum status
answer_down(struct web_request *request)
{
    http_response_header(request->response, "X-Half-Done", "1");
    return E_DB_DOWN;
}

/* ATTACKS 39: no token rather than a weak one, and not for good. */
static enum status
answer_without_random(struct web_request *request)
{
    (void)request;
    return E_CRYPTO;
}

static enum status
answer_broken(struct web_request *request)
{
    enum status status = web_reply_json(request, 200, model_object(request->arena));
    return status == OK ? E_DB : status;
}

static const struct web_field fields[] = { { .name = "client_id" },
                                           { .name = "client_secret" },
                                           { 0 } };

static const struct web_route table[] = {
    { .method = HTTP_GET, .path = "/", .handler = answer },
    { .method = HTTP_GET, .path = "/app/", .handler = answer },
    { .method = HTTP_GET, .path = "/app/register", .handler = answer },
    { .method = HTTP_POST, .path = "/app/register", .fields = fields, .handler = answer },
    { .method = HTTP_GET, .path = "/app/{}/", .handler = answer },
    { .method = HTTP_GET, .path = "/app/{}/edit", .handler = answer },
    { .method = HTTP_GET, .path = "/app/{}/{}/", .handler = answer },
    { .method = HTTP_GET, .path = "/private/", .need = NEED_SESSION, .handler = answer },
    { .method = HTTP_POST,
      .path = "/private/",
      .need = NEED_SESSION,
      .fields = fields,
      .handler = answer },
    { .method = HTTP_GET, .path = "/down", .handler = answer_down },
    { .method = HTTP_GET, .path = "/broken", .handler = answer_broken },
    { .method = HTTP_GET, .path = "/random", .handler = answer_without_random },
    { .method = HTTP_POST,
      .path = "/oauth/token",
      .kind = WEB_OAUTH,
      .need = NEED_CLIENT,
      .fields = fields,
      .handler = answer },
    { .method = HTTP_POST,
      .path = "/oauth/revoke",
      .kind = WEB_OAUTH,
      .need = NEED_CLIENT,
      .query = QUERY_BY_SETTING,
      .cors = true,
      .fields = fields,
      .handler = answer },
    { .method = HTTP_GET, .path = "/oauth/down", .kind = WEB_OAUTH, .handler = answer_down },
    { .method = HTTP_GET, .path = "/oauth/broken", .kind = WEB_OAUTH, .handler = answer_broken },
    { .method = HTTP_GET,
      .path = "/oauth/random",
      .kind = WEB_OAUTH,
      .handler = answer_without_random },
    { .method = HTTP_GET,
      .path = "/user/",
      .under_prefix = true,
      .kind = WEB_API,
      .handler = answer },
    { .method = HTTP_GET,
      .path = "/thing/{}/",
      .under_prefix = true,
      .kind = WEB_API,
      .handler = answer },
    { .method = HTTP_GET,
      .path = "/open/{}/",
      .under_prefix = true,
      .kind = WEB_API,
      .cors = true,
      .handler = answer },
    { .method = HTTP_PUT,
      .path = "/open/{}/",
      .under_prefix = true,
      .kind = WEB_API,
      .cors = true,
      .handler = answer_down },
    { .method = HTTP_DELETE,
      .path = "/thing/{}/",
      .under_prefix = true,
      .kind = WEB_API,
      .handler = answer },
    { .method = HTTP_GET,
      .path = "/who/",
      .under_prefix = true,
      .kind = WEB_API,
      .need = NEED_BEARER,
      .handler = answer },
    { .method = HTTP_GET,
      .path = "/down",
      .under_prefix = true,
      .kind = WEB_API,
      .handler = answer_down },
};

static struct web web = { .settings = &settings, .routes = table, .route_count = LENGTH_OF(table) };

static const char *const error_keys[] = {
    "not_found",          "bad_request",       "method",
    "too_large",          "media_type",        "forbidden_field",
    "foreign_form",       "other_name",        "unavailable",
    "internal",           "unprocessable",     "authorize_client",
    "authorize_redirect", "authorize_several", "authorize_request",
    "authorize_tenant",   "authorize_gone",    "admin_only",
    "not_made",
};

/* Messages whose text says their key; `without`: one key fewer. */
static const char *
messages(const char *without)
{
    struct buf out;
    buf_init(&out, group, SIZE_MAX);
    buf_text(&out,
             "{ \"title.error\": \"Error\", \"error.origin.detail\": \"{origin}, {site_url}\"");
    for (size_t i = 0; i < LENGTH_OF(error_keys); i++) {
        for (int text = 0; text < 2; text++) {
            const char *key =
                arena_printf(group, "error.%s.%s", error_keys[i], text ? "text" : "title");
            if (without == NULL || !text_equal(key, without))
                buf_printf(&out, ", \"%s\": \"<%s>\"", key, key);
        }
    }
    buf_text(&out, " }");
    return out.data;
}

static void
put(const char *dir, const char *name, const char *text)
{
    FILE *file = fopen(arena_printf(group, "%s/%s", dir, name), "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

/* A view of one page, the error page, whose files are gone when this returns. */
static const struct view *
open_view(const char *without)
{
    char dir[] = "/tmp/callgate-dispatch-XXXXXX";
    struct fault fault = { "" };
    assert_non_null(mkdtemp(dir));
    put(dir, "error.html",
        "{{status}}|{{heading}}|{{text}}|{{#detail}}{{detail}}{{/detail}}|{{title}}");
    put(dir, "confirm.html",
        "{{form_url}}{{#hidden}}{{name}}{{value}}{{/hidden}}{{#refused}}{{/refused}}"
        "{{#too_many}}{{wait}}{{/too_many}}");
    put(dir, "messages.en.json", messages(without));
    put(dir, "style.css", "body {}");
    struct view *view = view_open(&(struct view_options){ .dir = dir, .language = "en" }, &fault);
    static const char *const files[] = { "confirm.html", "error.html", "messages.en.json",
                                         "style.css" };
    for (size_t i = 0; i < LENGTH_OF(files); i++)
        unlink(arena_printf(group, "%s/%s", dir, files[i]));
    rmdir(dir);
    if (view == NULL)
        fail_msg("%s", fault.text);
    return view;
}

/* A refused form is a warning: expected here, unlike an error. */
static void
quiet(void)
{
    struct fault fault;
    assert_true(log_open(&(struct log_options){ "stderr", LOG_AT_ERROR, LOG_KEY_VALUE }, &fault));
}

static int
setup_group(void **state)
{
    (void)state;
    group = arena_open();
    quiet();
    struct fault fault;
    web.rules = api_rules_parse(group, "", &fault);
    assert_non_null(web.rules);
    web.view = open_view(NULL);
    return web_init(&web, group) == OK ? 0 : -1;
}

static void
close_view(const struct view *view)
{
    union {
        const struct view *opened;
        struct view *closed;
    } the = { .opened = view };
    view_close(the.closed);
}

static int
teardown_group(void **state)
{
    (void)state;
    close_view(web.view);
    arena_close(group);
    return 0;
}

static int
setup(void **state)
{
    (void)state;
    arena = arena_open();
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    arena_close(arena);
    return 0;
}

/* ---- a request ---- */

static struct http_request http;
static struct http_response response;

struct body {
    const char *rest;
};

static long
read_body(void *context, char *data, size_t size)
{
    struct body *body = context;
    size_t length = strlen(body->rest);
    if (length > size)
        length = size;
    memcpy(data, body->rest, length);
    body->rest += length;
    return (long)length;
}

/* Adds one more parameter, name and value; NULL as name: none. */
static void
ask_with(const char *method, const char *target, const char *text, const char *name,
         const char *value)
{
    struct body body = { text };
    struct http_pair params[] = {
        { "REQUEST_METHOD", method },
        { "REQUEST_URI", target },
        { "REMOTE_ADDR", "192.0.2.1" },
        { "CONTENT_LENGTH", arena_printf(arena, "%zu", strlen(text)) },
        { name, value },
    };
    http = (struct http_request){
        .arena = arena,
        .id = "0123456789abcdef",
        .params = { params, name == NULL ? 4 : 5 },
        .read = read_body,
        .read_context = &body,
    };
    reached = NULL;
    http_response_init(&response, arena);
    web_handle(&web, &http, &response);
}

static void
ask(const char *method, const char *target)
{
    ask_with(method, target, "", NULL, NULL);
}

/* The header's value; NULL if it is not there; more than one is a failure. */
static const char *
header(const char *name)
{
    const char *value = NULL;
    for (size_t i = 0; i < response.header_count; i++) {
        if (!text_equal_nocase(response.headers[i].name, name))
            continue;
        assert_null(value);
        value = response.headers[i].value;
    }
    return value;
}

static const char *
body_text(void)
{
    return arena_strndup(arena, response.body, response.body_length);
}

/* ---- tests ---- */

static void
test_which_row(void **state)
{
    (void)state;
    static const struct {
        const char *method, *target;
        const char *path; /* the row's */
        const char *first, *second;
    } rows[] = {
        { "GET", "/", "/", NULL, NULL },
        { "GET", "/?a=b", "/", NULL, NULL },
        { "HEAD", "/", "/", NULL, NULL },
        { "GET", "/app/", "/app/", NULL, NULL },
        { "GET", "/app", "/app/", NULL, NULL },
        { "GET", "/app?x", "/app/", NULL, NULL },
        { "HEAD", "/app", "/app/", NULL, NULL },
        /* a literal stands before {} */
        { "GET", "/app/register", "/app/register", NULL, NULL },
        { "GET", "/app/register/", "/app/register", NULL, NULL },
        { "POST", "/app/register", "/app/register", NULL, NULL },
        { "POST", "/app/register/", "/app/register", NULL, NULL },
        { "GET", "/app/registe", "/app/{}/", "registe", NULL },
        { "GET", "/app/registers", "/app/{}/", "registers", NULL },
        { "GET", "/app/Register", "/app/{}/", "Register", NULL },
        { "GET", "/app/%72egister", "/app/register", NULL, NULL }, /* the same address, RFC 3986 */
        { "GET", "/app/ab12", "/app/{}/", "ab12", NULL },
        { "GET", "/app/ab12/", "/app/{}/", "ab12", NULL },
        { "GET", "/app/%D0%B9/", "/app/{}/", "\xd0\xb9", NULL },
        { "GET", "/app/{}/", "/app/{}/", "{}", NULL },
        { "GET", "/app/x/edit", "/app/{}/edit", "x", NULL },
        { "GET", "/app/x/edit/", "/app/{}/edit", "x", NULL },
        { "GET", "/app/x/editor", "/app/{}/{}/", "x", "editor" },
        { "GET", "/app/register/y", "/app/{}/{}/", "register", "y" },
        { "GET", "/app/x/y/", "/app/{}/{}/", "x", "y" },
        { "GET", "/api/ver1.0/user/", "/user/", NULL, NULL },
        { "GET", "/api/ver1.0/user", "/user/", NULL, NULL },
        { "DELETE", "/api/ver1.0/thing/7", "/thing/{}/", "7", NULL },
        { "HEAD", "/api/ver1.0/thing/7/", "/thing/{}/", "7", NULL },
        { "GET", "https://pbx.example/app/", "/app/", NULL, NULL },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        ask(rows[i].method, rows[i].target);
        if (response.status != 200 || !text_equal(reached, rows[i].path))
            fail_msg("%s %s: %d by %s", rows[i].method, rows[i].target, response.status,
                     reached == NULL ? "nobody" : reached);
        if (rows[i].first != NULL)
            assert_string_equal(arguments[0], rows[i].first);
        if (rows[i].second != NULL)
            assert_string_equal(arguments[1], rows[i].second);
        assert_string_equal(http.log_route, rows[i].path);
    }
}

static void
test_not_found(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "/nothing",
        "/apps",
        "/ap",
        "/App/",
        "/app/x/y/z",
        "/app//",
        "//",
        "/app//x",
        "/app/x//",
        "/user/",
        "/api/ver1.0/",
        "/api/ver1.0",
        "/api/ver1.0/app/",
        "/api/ver1.0/user/7",
        "/api/ver1.1/user/",
        "/oauth/tokens",
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        ask("GET", rows[i]);
        if (response.status != 404 || reached != NULL)
            fail_msg("%s: %d by %s", rows[i], response.status,
                     reached == NULL ? "nobody" : reached);
        assert_null(header("Allow"));
        assert_null(http.log_route);
    }
    ask("POST", "/nothing");
    assert_int_equal(response.status, 404);
}

static void
test_method_not_allowed(void **state)
{
    (void)state;
    static const struct {
        const char *method, *target, *allow;
    } rows[] = {
        { "POST", "/", "GET, HEAD" },
        { "OPTIONS", "/app", "GET, HEAD" },
        { "get", "/app", "GET, HEAD" },
        { "PROPFIND", "/app", "GET, HEAD" },
        { "DELETE", "/app/register", "GET, HEAD, POST" },
        { "DELETE", "/app/register/", "GET, HEAD, POST" },
        { "POST", "/app/ab12", "GET, HEAD" },
        { "GET", "/oauth/token", "POST" },
        { "HEAD", "/oauth/token", "POST" },
        { "POST", "/api/ver1.0/thing/7", "GET, HEAD, DELETE" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        ask(rows[i].method, rows[i].target);
        if (response.status != 405 || reached != NULL)
            fail_msg("%s %s: %d", rows[i].method, rows[i].target, response.status);
        assert_string_equal(header("Allow"), rows[i].allow);
    }
}

/* A refusal is a page for people and JSON for programs, by where it was asked. */
static void
test_kind_of_refusal(void **state)
{
    (void)state;
    ask("GET", "/nothing");
    assert_string_equal(header("Content-Type"), "text/html; charset=utf-8");
    assert_string_equal(body_text(), "404|&lt;error.not_found.title&gt;|"
                                     "&lt;error.not_found.text&gt;||&lt;error.not_found.title&gt;");
    static const char *const targets[] = { "/api/ver1.0/nothing", "/oauth/nothing" };
    for (size_t i = 0; i < LENGTH_OF(targets); i++) {
        ask("GET", targets[i]);
        assert_int_equal(response.status, 404);
        assert_string_equal(header("Content-Type"), "application/json");
        assert_non_null(strstr(body_text(), "\"message\""));
    }
    ask("GET", "/oauth/authorize");
    assert_string_equal(header("Content-Type"), "text/html; charset=utf-8");
}

static void
test_malformed(void **state)
{
    (void)state;
    static const char *const targets[] = { "/app/%zz", "/app/%00", "/app/%ff", "/app/?a=%",
                                           "x",        "/app/..",  "/app/\\x" };
    for (size_t i = 0; i < LENGTH_OF(targets); i++) {
        ask("GET", targets[i]);
        if (response.status != 400 || reached != NULL)
            fail_msg("%s: %d", targets[i], response.status);
    }
    ask("POST", "/oauth/token?a=%zz");
    assert_int_equal(response.status, 400);
    assert_non_null(strstr(body_text(), oauth_error_name(OAUTH_INVALID_REQUEST)));
}

static void
test_failures(void **state)
{
    (void)state;
    static const struct {
        const char *target;
        int status;
        const char *text; /* in the body */
    } rows[] = {
        { "/down", 503, "error.unavailable.title" },
        { "/broken", 500, "error.internal.title" },
        { "/api/ver1.0/down", 503, "\"unavailable\"" },
        { "/oauth/down", 503, "\"temporarily_unavailable\"" },
        { "/oauth/broken", 500, "\"server_error\"" },
        { "/random", 503, "error.unavailable.title" },
        { "/oauth/random", 503, "\"temporarily_unavailable\"" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        ask("GET", rows[i].target);
        if (response.status != rows[i].status || strstr(body_text(), rows[i].text) == NULL)
            fail_msg("%s: %d %s", rows[i].target, response.status, body_text());
        /* Nothing of a half-made answer is left. */
        assert_null(header("X-Half-Done"));
        assert_non_null(header("Content-Type"));
        assert_int_equal(header("Retry-After") != NULL, rows[i].status == 503);
    }
}

static void
test_guarded(void **state)
{
    (void)state;
    ask_with("POST", "/app/register", "client_id=1", "HTTP_ORIGIN", "https://evil.example");
    assert_int_equal(response.status, 403);
    assert_non_null(strstr(body_text(), "foreign_form"));
    assert_non_null(strstr(body_text(), "https://evil.example, https://pbx.example"));
    ask_with("POST", "/app/register", "client_id=1", "CONTENT_TYPE", "text/plain");
    assert_int_equal(response.status, 415);
    char large[1026];
    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    ask_with("POST", "/app/register", large, NULL, NULL);
    assert_int_equal(response.status, 413);
    ask_with("POST", "/app/register", "client_id=1&client_id=1", NULL, NULL);
    assert_int_equal(response.status, 400);
    assert_null(reached);
    ask_with("POST", "/app/register", "client_id=1", NULL, NULL);
    assert_int_equal(response.status, 200);
}

static void
test_client_needed(void **state)
{
    (void)state;
    ask_with("POST", "/oauth/token", "client_secret=x", NULL, NULL);
    assert_int_equal(response.status, 401);
    assert_null(reached);
    assert_non_null(strstr(body_text(), oauth_error_name(OAUTH_INVALID_CLIENT)));
    ask_with("POST", "/oauth/token", "client_id=a&client_secret=x", NULL, NULL);
    assert_int_equal(response.status, 200);
    /* No browser's rule for programs. */
    ask_with("POST", "/oauth/token", "client_id=a", "HTTP_ORIGIN", "https://evil.example");
    assert_int_equal(response.status, 200);
    ask_with("POST", "/oauth/token", "client_id=a&client_id=a", NULL, NULL);
    assert_int_equal(response.status, 400);
    assert_non_null(strstr(body_text(), "client_id came twice"));
}

static void
test_fields_in_the_address(void **state)
{
    (void)state;
    ask_with("POST", "/oauth/revoke?client_id=a", "client_id=a", NULL, NULL);
    assert_int_equal(response.status, 400);
    assert_null(reached);
    assert_non_null(strstr(body_text(), "oauth.query_credentials"));
    settings.oauth_query_credentials = "on";
    ask("POST", "/oauth/revoke?client_id=a");
    assert_int_equal(response.status, 200);
    ask_with("POST", "/oauth/revoke?client_id=a", "client_id=a", NULL, NULL);
    assert_int_equal(response.status, 400);
    assert_non_null(strstr(body_text(), "client_id came twice"));
    settings.oauth_query_credentials = "off";
}

/* Answers, errors and preflights of rows that are for other origins, and of no others. */
static void
test_other_origins(void **state)
{
    (void)state;
    static const struct {
        const char *method, *target, *origin;
        int status;
        const char *methods; /* NULL: no preflight's answer */
        bool told;
    } rows[] = {
        { "OPTIONS", "/oauth/revoke", "https://app.example", 204, "POST", true },
        { "OPTIONS", "/api/ver1.0/open/7", "https://app.example", 204, "GET, HEAD, PUT", true },
        { "OPTIONS", "/oauth/revoke", "https://evil.example", 405, NULL, false },
        { "OPTIONS", "/oauth/revoke", "null", 405, NULL, false },
        { "OPTIONS", "/oauth/revoke", NULL, 405, NULL, false },
        { "OPTIONS", "/oauth/token", "https://app.example", 405, NULL, false },
        { "OPTIONS", "/app/register", "https://app.example", 405, NULL, false },
        { "OPTIONS", "/nothing", "https://app.example", 404, NULL, false },
        { "POST", "/oauth/revoke", "https://app.example", 401, NULL, true },
        { "POST", "/oauth/revoke?client_id=a", "https://app.example", 400, NULL, true },
        { "GET", "/oauth/revoke", "https://app.example", 405, NULL, true },
        { "POST", "/oauth/revoke", "https://evil.example", 401, NULL, false },
        { "GET", "/api/ver1.0/open/7", "https://app.example", 200, NULL, true },
        { "PUT", "/api/ver1.0/open/7", "https://app.example", 503, NULL, true },
        { "GET", "/api/ver1.0/open/7", NULL, 200, NULL, false },
        { "GET", "/api/ver1.0/thing/7", "https://app.example", 200, NULL, false },
        { "GET", "/app/", "https://app.example", 200, NULL, false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        ask_with(rows[i].method, rows[i].target, "", rows[i].origin == NULL ? NULL : "HTTP_ORIGIN",
                 rows[i].origin);
        const char *told = header("Access-Control-Allow-Origin");
        const char *methods = header("Access-Control-Allow-Methods");
        if (response.status != rows[i].status || (told != NULL) != rows[i].told)
            fail_msg("row %zu: %d, %s", i, response.status, told == NULL ? "not told" : told);
        if (rows[i].told)
            assert_string_equal(told, rows[i].origin);
        /* Whoever asks: a cache must not hand one origin's answer to another. */
        bool varies =
            strstr(rows[i].target, "/revoke") != NULL || strstr(rows[i].target, "/open/") != NULL;
        assert_int_equal(header("Vary") != NULL, varies);
        assert_int_equal(methods != NULL, rows[i].methods != NULL);
        if (methods != NULL)
            assert_string_equal(methods, rows[i].methods);
        assert_null(header("Access-Control-Allow-Credentials"));
    }
}

static void
test_session_needed(void **state)
{
    (void)state;
    ask("GET", "/private/?a=b&c");
    assert_int_equal(response.status, 303);
    assert_string_equal(header("Location"),
                        "https://pbx.example/login?next=%2Fprivate%2F%3Fa%3Db%26c");
    ask_with("POST", "/private/?a=b", "client_id=1", NULL, NULL);
    assert_int_equal(response.status, 303);
    assert_string_equal(header("Location"), "https://pbx.example/login?next=%2Fprivate%2F");
    ask("GET", "//evil.example/../private/");
    assert_int_not_equal(response.status, 303);
    assert_null(reached);
}

static void
test_headers_of_every_answer(void **state)
{
    (void)state;
    static const char *const targets[] = { "/",         "/nothing",          "/down",
                                           "/private/", "/api/ver1.0/user/", "/oauth/down",
                                           "/app/%zz" };
    for (size_t i = 0; i < LENGTH_OF(targets); i++) {
        ask("GET", targets[i]);
        assert_string_equal(header("Cache-Control"), "no-store");
        assert_string_equal(header("X-Content-Type-Options"), "nosniff");
        assert_string_equal(header("Referrer-Policy"), "same-origin");
        assert_non_null(header("Strict-Transport-Security"));
        bool is_page =
            header("Content-Type") != NULL && text_starts(header("Content-Type"), "text/html");
        assert_int_equal(header("Content-Security-Policy") != NULL, is_page);
    }
}

static void
test_access_line(void **state)
{
    (void)state;
    struct fault fault;
    int fd = memfd_create("log", MFD_CLOEXEC);
    const char *path = arena_printf(arena, "/proc/self/fd/%d", fd);
    assert_true(log_open(&(struct log_options){ path, LOG_AT_INFO, LOG_KEY_VALUE }, &fault));
    ask("GET", "/app/x?token=secret");
    web_log(&http, &response, 1.25);
    quiet();
    char line[1000];
    ssize_t length = pread(fd, line, sizeof line - 1, 0);
    assert_true(length > 0);
    line[length] = '\0';
    assert_non_null(strstr(line, " addr=192.0.2.1 method=GET path=/app/x status=200 ms=1.2 "
                                 "route=/app/{}/\n"));
    assert_null(strstr(line, "secret"));
    close(fd);
}

static void
test_init(void **state)
{
    (void)state;
    assert_true(web.https);
    assert_string_equal(web.cookie_name, "__Host-callgate");
    assert_true(text_starts(web.style.url, "/app/style.css?v="));
    struct settings plain = settings;
    plain.site_url = "http://127.0.0.1:8080";
    struct web other = web;
    other.settings = &plain;
    assert_int_equal(web_init(&other, arena), OK);
    assert_false(other.https);
    assert_string_equal(other.cookie_name, "callgate");
    assert_string_equal(other.style.url, web.style.url);
}

static void
test_check(void **state)
{
    (void)state;
    struct fault fault = { "" };
    if (!web_check(&web, &fault))
        fail_msg("%s", fault.text);
    struct web other = web;
    for (size_t i = 0; i < LENGTH_OF(error_keys); i++) {
        const struct view *view = open_view(arena_printf(arena, "error.%s.title", error_keys[i]));
        other.view = view;
        assert_false(web_check(&other, &fault));
        assert_non_null(strstr(fault.text, error_keys[i]));
        close_view(view);
    }
}

static void
test_check_proves_pages(void **state)
{
    (void)state;
    struct fault fault = { "" };
    static const char *const names[] = { "status", "heading", "text", "detail", "more", NULL };
    static const struct view_page no_template = { .template = "none", .names = names };
    static const struct view_page unused_name = { .template = "error", .names = names };
    const struct web_route first[] = { { .path = "/x", .page = &no_template } };
    const struct web_route second[] = { { .path = "/x", .second_page = &unused_name } };
    struct web other = web;
    other.route_count = 1;
    other.routes = first;
    assert_false(web_check(&other, &fault));
    assert_non_null(strstr(fault.text, "none"));
    other.routes = second;
    assert_false(web_check(&other, &fault));
    assert_non_null(strstr(fault.text, "more"));
}

/* What is refused before the token is looked up, in the gate's words. */
static void
test_bearer(void **state)
{
    (void)state;
    static const struct {
        const char *query, *name, *value;
        enum gate_reason reason;
    } rows[] = {
        { "", NULL, NULL, GATE_TOKEN_MISSING },
        { "", "HTTP_AUTHORIZATION", "", GATE_TOKEN_MISSING },
        { "", "HTTP_AUTHORIZATION", "Bearer", GATE_TOKEN_MISSING },
        { "", "HTTP_AUTHORIZATION", "Basic YTpi", GATE_TOKEN_MISSING },
        { "", "HTTP_AUTHORIZATION", "Bearer short", GATE_TOKEN_INVALID },
        { "", "HTTP_AUTHORIZATION", "Bearer a.b-c~d_e+f/g==", GATE_TOKEN_INVALID },
        { "?access_token=a", NULL, NULL, GATE_OVERRIDE },
        { "?_method=PUT", NULL, NULL, GATE_OVERRIDE },
        { "", "HTTP_X_HTTP_METHOD_OVERRIDE", "DELETE", GATE_OVERRIDE },
        { "", "HTTP_X_HTTP_METHOD", "DELETE", GATE_OVERRIDE },
        { "", "HTTP_X_METHOD_OVERRIDE", "DELETE", GATE_OVERRIDE },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const char *target = arena_printf(arena, "/api/ver1.0/who/%s", rows[i].query);
        ask_with("GET", target, "", rows[i].name, rows[i].value);
        const char *text = gate_reason_text(rows[i].reason);
        const char *challenge = header("WWW-Authenticate");
        if (reached != NULL || response.status != gate_reason_status(rows[i].reason) ||
            strstr(body_text(), text) == NULL)
            fail_msg("row %zu: %d %s", i, response.status, body_text());
        assert_int_equal(challenge != NULL, response.status == 401);
        /* RFC 6750 §3.1: who sent no token is not told of an error. */
        if (challenge != NULL)
            assert_int_equal(strstr(challenge, "error=") != NULL,
                             rows[i].reason == GATE_TOKEN_INVALID);
        assert_string_equal(header("Callgate-Request"), "0123456789abcdef");
    }
}

/* The real table against the real templates, as the program's start does it. */
static void
test_what_is_shipped(void **state)
{
    (void)state;
    static const char *const languages[] = { "en", "ru" };
    const char *source = getenv("CALLGATE_SRCDIR");
    struct fault fault = { "" };
    for (size_t i = 0; i < LENGTH_OF(languages); i++) {
        struct view_options options = {
            .dir = arena_printf(arena, "%s/templates", source == NULL ? "." : source),
            .language = languages[i],
        };
        struct view *view = view_open(&options, &fault);
        if (view == NULL)
            fail_msg("%s", fault.text);
        assert_string_equal(view_message(view, arena, "frame.lang", NULL), languages[i]);
        struct web shipped = {
            .settings = &settings, .view = view, .routes = routes, .route_count = route_count
        };
        assert_int_equal(web_init(&shipped, arena), OK);
        if (!web_check(&shipped, &fault))
            fail_msg("%s", fault.text);
        view_close(view);
    }
}

/* A form is read at all only if it declares fields, and a page only shows up after its guard. */
static void
test_rows_that_are_shipped(void **state)
{
    (void)state;
    assert_true(route_count > 0);
    for (size_t i = 0; i < route_count; i++) {
        const struct web_route *route = &routes[i];
        assert_non_null(route->handler);
        assert_int_equal(route->path[0], '/');
        assert_int_equal(route->fields != NULL, route->method == HTTP_POST ||
                                                    route->method == HTTP_PUT ||
                                                    route->query == QUERY_TOO);
        assert_true(!route->json || route->need == NEED_BEARER); /* no form of a page's */
        assert_true(!route->cors || route->kind != WEB_PAGE);
        for (size_t j = 0; j < i; j++) /* a preflight asks for a path, not for a row */
            assert_true(!text_equal(routes[j].path, route->path) || routes[j].cors == route->cors);
        assert_true(!route->under_prefix || route->kind == WEB_API);
        assert_true(route->kind != WEB_API || route->need == NEED_BEARER);
        size_t count = 0;
        for (; route->fields != NULL && route->fields[count].name != NULL; count++)
            assert_true(!text_ends(route->fields[count].name, "secret") ||
                        route->fields[count].is_secret);
        assert_true(count <= WEB_FIELDS_MAX);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_which_row, setup, teardown),
        cmocka_unit_test_setup_teardown(test_not_found, setup, teardown),
        cmocka_unit_test_setup_teardown(test_method_not_allowed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_kind_of_refusal, setup, teardown),
        cmocka_unit_test_setup_teardown(test_malformed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_failures, setup, teardown),
        cmocka_unit_test_setup_teardown(test_guarded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_client_needed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fields_in_the_address, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_origins, setup, teardown),
        cmocka_unit_test_setup_teardown(test_session_needed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_headers_of_every_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_access_line, setup, teardown),
        cmocka_unit_test_setup_teardown(test_init, setup, teardown),
        cmocka_unit_test_setup_teardown(test_check, setup, teardown),
        cmocka_unit_test_setup_teardown(test_check_proves_pages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bearer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_shipped, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rows_that_are_shipped, setup, teardown),
    };
    return cmocka_run_group_tests_name("web/dispatch", tests, setup_group, teardown_group);
}
