/*
 * test_rules_authorize.c - may an authorization request go on? Every verdict, and who is told.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "rules/rules.h"

#define CALLBACK  "https://app.example/cb"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

static struct arena *arena;

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

static const char *const one_url[] = { CALLBACK };
static const char *const two_urls[] = { CALLBACK, "https://app.example/other" };

static const struct app usual = {
    .app_id = "00112233445566778899aabbccddeeff",
    .redirect_urls = one_url,
    .redirect_url_count = 1,
};

static struct app
app_without_url(void)
{
    struct app app = usual;
    app.redirect_url_count = 0;
    return app;
}

/* What the browser brings if nothing is wrong. */
static struct authorize_request
good(void)
{
    return (struct authorize_request){
        .response_type = "code",
        .client_id = "00112233445566778899aabbccddeeff",
        .redirect_uri = CALLBACK,
        .scope = "all",
        .state = "xyz",
        .code_challenge = CHALLENGE,
        .code_challenge_method = "S256",
    };
}

static struct authorize_verdict
judge(const struct authorize_request *request, const struct app *app)
{
    struct authorize_verdict verdict;
    authorize_check(arena, request, app, &verdict);
    return verdict;
}

static void
assert_fine(const struct authorize_request *request, const struct app *app)
{
    struct authorize_verdict verdict = judge(request, app);
    if (verdict.outcome != AUTHORIZE_FINE)
        fail_msg("%d: %s, %s", (int)verdict.outcome, verdict.key == NULL ? "-" : verdict.key,
                 verdict.text == NULL ? "-" : verdict.text);
    assert_int_equal(verdict.error, OAUTH_NONE);
    assert_null(verdict.key);
    assert_null(verdict.text);
}

/* `text`: how it begins; NULL: the message says it all. */
static void
assert_page(const struct authorize_request *request, const struct app *app, const char *key,
            const char *text)
{
    struct authorize_verdict verdict = judge(request, app);
    assert_int_equal(verdict.outcome, AUTHORIZE_PAGE);
    assert_string_equal(verdict.key, key);
    if (text == NULL)
        assert_null(verdict.text);
    else if (verdict.text == NULL || !text_starts(verdict.text, text))
        fail_msg("%s, not %s", verdict.text == NULL ? "-" : verdict.text, text);
}

/* Told to the application, or to the user if the application can't be told. */
static void
assert_error(const struct authorize_request *request, const struct app *app, enum oauth_error error,
             const char *text)
{
    struct authorize_verdict verdict = judge(request, app);
    if (verdict.outcome != AUTHORIZE_REDIRECT || verdict.error != error)
        fail_msg("%d, %s: not %s", (int)verdict.outcome, oauth_error_name(verdict.error),
                 oauth_error_name(error));
    assert_string_equal(verdict.target.url, CALLBACK);
    assert_true(text_starts(verdict.text, text == NULL ? oauth_error_text(error) : text));
    struct app silent = *app;
    silent.redirect_url_count = 0;
    struct authorize_request without = *request;
    without.redirect_uri = "";
    verdict = judge(&without, &silent);
    assert_int_equal(verdict.outcome, AUTHORIZE_PAGE);
    assert_string_equal(verdict.key, "authorize_request");
    assert_int_equal(verdict.error, error);
    assert_true(text_starts(verdict.text, text == NULL ? oauth_error_text(error) : text));
}

/* `length` times 'x'. */
static const char *
long_text(size_t length)
{
    char *text = arena_alloc(arena, length + 1);
    memset(text, 'x', length);
    return text;
}

static void
test_fine(void **state)
{
    (void)state;
    struct authorize_request request = good();
    assert_fine(&request, &usual);
    assert_string_equal(judge(&request, &usual).target.url, CALLBACK);
    request.redirect_uri = "";
    assert_fine(&request, &usual);
    assert_string_equal(judge(&request, &usual).target.url, CALLBACK);
    request.scope = request.state = "";
    assert_fine(&request, &usual);
    request.code_challenge = request.code_challenge_method = "";
    assert_fine(&request, &usual);
    struct app app = usual;
    app.level = LEVEL_ALL;
    app.api_backend = true;
    assert_fine(&request, &app);
    app = app_without_url();
    assert_fine(&request, &app);
    assert_int_equal(judge(&request, &app).target.kind, REDIRECT_NONE);
}

static void
test_unknown_application(void **state)
{
    (void)state;
    struct authorize_request request = good();
    struct app disabled = usual;
    disabled.status = APP_DISABLED;
    assert_page(&request, NULL, "authorize_client", NULL);
    assert_page(&request, &disabled, "authorize_client", NULL);
    request.client_id = "";
    assert_page(&request, NULL, "authorize_request", "client_id is missing.");
    assert_page(&request, &usual, "authorize_request", "client_id is missing.");
}

static void
test_redirect(void **state)
{
    (void)state;
    struct authorize_request request = good();
    struct app app = usual;
    app.redirect_urls = two_urls;
    app.redirect_url_count = 2;
    assert_fine(&request, &app);
    request.redirect_uri = two_urls[1];
    assert_fine(&request, &app);
    assert_string_equal(judge(&request, &app).target.url, two_urls[1]);
    request.redirect_uri = "https://app.example/third";
    assert_page(&request, &app, "authorize_redirect", NULL);
    request.redirect_uri = "";
    assert_page(&request, &app, "authorize_several", NULL);
    app.redirect_url_count = 0;
    request.redirect_uri = CALLBACK;
    assert_page(&request, &app, "authorize_redirect", NULL);
}

static void
test_state(void **state)
{
    (void)state;
    static const char *const taken[] = {
        "a b", " x ", "&=%+?#", "%00", "\xd0\xb9\xf0\x9f\x93\x9e", "<script>", "\xc2\x85",
    };
    static const char *const controls[] = { "\n", "x\r\ny", "\t", "\x01", "x\x1f", "\x7f" };
    struct authorize_request request = good();
    for (size_t i = 0; i < LENGTH_OF(taken); i++) {
        request.state = taken[i];
        assert_fine(&request, &usual);
    }
    for (size_t i = 0; i < LENGTH_OF(controls); i++) {
        request.state = controls[i];
        assert_page(&request, &usual, "authorize_request", "state holds a control character.");
    }
    request.state = long_text(STATE_MAX);
    assert_fine(&request, &usual);
    request.state = long_text(STATE_MAX + 1);
    assert_page(&request, &usual, "authorize_request", "state is over 4096 bytes.");
}

/* Escapes count: a browser sends them, and web servers take only so much. */
static void
test_room_in_an_address(void **state)
{
    (void)state;
    struct authorize_request request = good();
    size_t room = ADDRESS_ROOM - strlen(uri_escape(arena, CALLBACK));
    struct buf text;
    buf_init(&text, arena, SIZE_MAX);
    for (size_t i = 0; i < room / 3; i++)
        buf_char(&text, '%');
    for (size_t i = 0; i < room % 3; i++)
        buf_char(&text, 'x');
    request.state = text.data;
    assert_true(text.length < STATE_MAX);
    assert_fine(&request, &usual);
    request.state = arena_printf(arena, "%sx", text.data);
    request.response_type = "token"; /* there is no room for this error either */
    assert_page(&request, &usual, "authorize_request", "state and redirect URL are too long");
    request.redirect_uri = "https://evil.example/";
    assert_page(&request, &usual, "authorize_redirect", NULL);
    request.redirect_uri = "";
    assert_page(&request, &usual, "authorize_request", "state and redirect URL are too long");
}

static void
test_told_to_the_application(void **state)
{
    (void)state;
    static const char *const response_types[] = { "",     "token",      "code token", "id_token",
                                                  "Code", "code code ", "cod",        "none" };
    static const char *const scopes[] = { "All", "all all", "call_api", "all call_api",
                                          "*",   "openid",  "al",       "alls" };
    struct authorize_request request = good();
    for (size_t i = 0; i < LENGTH_OF(response_types); i++) {
        request.response_type = response_types[i];
        assert_error(&request, &usual, OAUTH_UNSUPPORTED_RESPONSE_TYPE, NULL);
    }
    request = good();
    for (size_t i = 0; i < LENGTH_OF(scopes); i++) {
        request.scope = scopes[i];
        assert_error(&request, &usual, OAUTH_INVALID_SCOPE, NULL);
    }
    request = good();
    struct app app = usual;
    for (int type = 0; type < APP_TYPE__MAX; type++) {
        app.type = (enum app_type)type;
        if (type == APP_PUBLIC)
            assert_fine(&request, &app);
        else
            assert_error(&request, &app, OAUTH_UNAUTHORIZED_CLIENT,
                         "Only an application of the type public");
    }
}

static void
test_challenge(void **state)
{
    (void)state;
    static const char too_short[] = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c";
    static const struct {
        const char *challenge, *method;
        const char *problem, *native_problem; /* how it begins; NULL: fine */
    } rows[] = {
        { CHALLENGE, "S256", NULL, NULL },
        { "", "", NULL, "This application must send code_challenge" },
        { "", "S256", "code_challenge_method came without", "code_challenge_method came without" },
        { "", "plain", "code_challenge_method came without", "code_challenge_method came without" },
        { CHALLENGE, "", "The only code_challenge_method is S256.",
          "The only code_challenge_method is S256." },
        { CHALLENGE, "plain", "The only code_challenge_method is S256.",
          "The only code_challenge_method is S256." },
        { CHALLENGE, "s256", "The only code_challenge_method is S256.",
          "The only code_challenge_method is S256." },
        { CHALLENGE, "S512", "The only code_challenge_method is S256.",
          "The only code_challenge_method is S256." },
        { too_short, "S256", "code_challenge is not", "code_challenge is not" },
        { CHALLENGE "=", "S256", "code_challenge is not", "code_challenge is not" },
        { "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM", "S256", "code_challenge is not",
          "code_challenge is not" },
    };
    struct app native = usual;
    native.native = true;
    struct authorize_request request = good();
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        request.code_challenge = rows[i].challenge;
        request.code_challenge_method = rows[i].method;
        if (rows[i].problem == NULL)
            assert_fine(&request, &usual);
        else
            assert_error(&request, &usual, OAUTH_INVALID_REQUEST, rows[i].problem);
        if (rows[i].native_problem == NULL)
            assert_fine(&request, &native);
        else
            assert_error(&request, &native, OAUTH_INVALID_REQUEST, rows[i].native_problem);
    }
}

/* Everything is wrong at first; each step puts right what was told of. */
static void
test_order(void **state)
{
    (void)state;
    struct app app = usual;
    app.type = APP_TRUSTED;
    app.native = true;
    struct authorize_request request = {
        .response_type = "token",
        .client_id = "",
        .redirect_uri = "https://evil.example/",
        .scope = "openid",
        .state = long_text(STATE_MAX + 1),
        .code_challenge = "",
        .code_challenge_method = "plain",
    };
    assert_page(&request, NULL, "authorize_request", "client_id is missing.");
    request.client_id = "unknown";
    assert_page(&request, NULL, "authorize_client", NULL);
    assert_page(&request, &app, "authorize_request", "state is over");
    request.state = "\n";
    assert_page(&request, &app, "authorize_request", "state holds");
    request.state = "";
    assert_page(&request, &app, "authorize_redirect", NULL);
    request.redirect_uri = CALLBACK;
    assert_error(&request, &app, OAUTH_UNSUPPORTED_RESPONSE_TYPE, NULL);
    request.response_type = "code";
    assert_error(&request, &app, OAUTH_UNAUTHORIZED_CLIENT, "Only an application");
    app.type = APP_PUBLIC;
    assert_error(&request, &app, OAUTH_INVALID_SCOPE, NULL);
    request.scope = "";
    assert_error(&request, &app, OAUTH_INVALID_REQUEST, "code_challenge_method came without");
    request.code_challenge = "short";
    assert_error(&request, &app, OAUTH_INVALID_REQUEST, "The only code_challenge_method");
    request.code_challenge_method = "S256";
    assert_error(&request, &app, OAUTH_INVALID_REQUEST, "code_challenge is not");
    request.code_challenge = CHALLENGE;
    assert_fine(&request, &app);
}

/* RFC 6749 §4.1.2.1: what an error_description may hold. */
static void
test_descriptions_are_printable(void **state)
{
    (void)state;
    static const struct authorize_request rows[] = {
        { "token", "x", "", "", "", "", "" },     { "code", "x", "", "x", "", "", "" },
        { "code", "x", "", "", "", "", "S256" },  { "code", "x", "", "", "", "x", "" },
        { "code", "x", "", "", "", "x", "S256" }, { "code", "x", "", "", "", "", "" },
        { "code", "", "", "", "", "", "" },       { "code", "x", "", "", "\n", "", "" },
    };
    struct app native = usual;
    native.native = true;
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        const char *text = judge(&rows[i], &native).text;
        assert_non_null(text);
        for (; *text != '\0'; text++)
            assert_true(*text >= ' ' && *text <= '~' && *text != '"' && *text != '\\');
    }
}

static void
test_remembered(void **state)
{
    (void)state;
    enum { CALL = LEVEL_CALL_API, ALL = LEVEL_ALL };
    static const struct {
        struct permission permission;
        int app_level, kind;
        bool covers;
        int64_t app_until;
    } rows[] = {
        { { true, LEVEL_ALL, 0, 3, true }, ALL, REDIRECT_HTTPS, true, 0 },
        { { true, LEVEL_ALL, 0, 3, true }, CALL, REDIRECT_HTTPS, true, 0 },
        { { true, LEVEL_CALL_API, 0, 3, true }, CALL, REDIRECT_HTTPS, true, 0 },
        { { true, LEVEL_CALL_API, 0, 3, true }, ALL, REDIRECT_HTTPS, false, 0 },
        { { false, LEVEL_ALL, 0, 3, true }, ALL, REDIRECT_HTTPS, false, 0 },
        { { true, LEVEL_ALL, 0, 2, true }, ALL, REDIRECT_HTTPS, false, 0 },
        { { true, LEVEL_ALL, 0, 4, true }, ALL, REDIRECT_HTTPS, false, 0 },
        { { true, LEVEL_ALL, 0, 3, false }, ALL, REDIRECT_HTTPS, false, 0 },
        { { true, LEVEL_ALL, 0, 3, true }, ALL, REDIRECT_LOOPBACK, false, 0 },
        { { true, LEVEL_ALL, 0, 3, true }, ALL, REDIRECT_SCHEME, false, 0 },
        { { true, LEVEL_ALL, 0, 3, true }, ALL, REDIRECT_NONE, false, 0 },
        { { false, 0, 0, 0, false }, CALL, REDIRECT_HTTPS, false, 0 },
        /* All until a moment: no longer than that */
        { { true, LEVEL_ALL, 0, 3, true }, ALL, REDIRECT_HTTPS, true, 50 },
        { { true, LEVEL_ALL, 50, 3, true }, ALL, REDIRECT_HTTPS, true, 50 },
        { { true, LEVEL_ALL, 50, 3, true }, ALL, REDIRECT_HTTPS, true, 49 },
        { { true, LEVEL_ALL, 50, 3, true }, ALL, REDIRECT_HTTPS, false, 51 },
        { { true, LEVEL_ALL, 50, 3, true }, ALL, REDIRECT_HTTPS, false, 0 },
        { { true, LEVEL_ALL, 50, 3, true }, CALL, REDIRECT_HTTPS, true, 0 },
        { { true, LEVEL_CALL_API, 0, 3, true }, ALL, REDIRECT_HTTPS, false, 50 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct app app = usual;
        app.level = (enum app_level)rows[i].app_level;
        app.generation = 3;
        app.level_until_ms = rows[i].app_until;
        struct redirect_target target = { .kind = (enum redirect_kind)rows[i].kind };
        if (permission_covers(&rows[i].permission, &app, &target) != rows[i].covers)
            fail_msg("row %zu", i);
    }
}

static void
test_code_page(void **state)
{
    (void)state;
    static const struct {
        int64_t owner, owner_tenant, user, user_tenant;
        bool shown;
    } rows[] = {
        { 7, 5, 7, 5, true },
        { 7, 5, 8, 5, true },
        { 7, 5, 8, 6, false },
        { 7, 5, 8, 0, false },
        /* the owner has moved, or belongs to no tenant: no tenant is nobody's */
        { 7, 5, 7, 6, true },
        { 7, 0, 7, 0, true },
        { 7, 0, 8, 0, false },
        { 7, 0, 8, 5, false },
        { 7, 5, 5, 7, false },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        struct app app = usual;
        app.owner_id = rows[i].owner;
        app.owner_tenant_id = rows[i].owner_tenant;
        struct user user = { .id = rows[i].user, .tenant_id = rows[i].user_tenant };
        if (code_page_is_for(&app, &user) != rows[i].shown)
            fail_msg("row %zu", i);
        user.admin = true; /* an administrator does not use others' applications */
        assert_int_equal(code_page_is_for(&app, &user), rows[i].shown);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fine, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unknown_application, setup, teardown),
        cmocka_unit_test_setup_teardown(test_redirect, setup, teardown),
        cmocka_unit_test_setup_teardown(test_state, setup, teardown),
        cmocka_unit_test_setup_teardown(test_room_in_an_address, setup, teardown),
        cmocka_unit_test_setup_teardown(test_told_to_the_application, setup, teardown),
        cmocka_unit_test_setup_teardown(test_challenge, setup, teardown),
        cmocka_unit_test_setup_teardown(test_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_descriptions_are_printable, setup, teardown),
        cmocka_unit_test(test_remembered),
        cmocka_unit_test(test_code_page),
    };
    return cmocka_run_group_tests_name("rules/authorize", tests, NULL, NULL);
}
