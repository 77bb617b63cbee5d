/*
 * authorize.c - GET and POST /oauth/authorize: a user is asked whether an application may act for
 * him, and the application gets a code (RFC 6749 §4.1, RFC 9207).
 *
 * Nothing is kept between the two: the form brings the whole request back, and it is judged anew.
 * What the user was shown comes back as a digest of it; if that is not what would be granted now,
 * the page is shown again. It needs no key: the form guard lets no other site send this form.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "oauth/oauth_int.h"

const struct view_page oauth_consent_page = {
    .template = "consent",
    .names = (const char *const[]){ "app",
                                    "app.name",
                                    "app.app_id",
                                    "app.owner",
                                    "app.description",
                                    "app.level_all",
                                    "app.level_label",
                                    "app.level_until",
                                    "read_only",
                                    "redirect_to",
                                    "is_loopback",
                                    "is_scheme",
                                    "lifetime",
                                    "max_lifetime",
                                    "request",
                                    "request.response_type",
                                    "request.client_id",
                                    "request.redirect_uri",
                                    "request.scope",
                                    "request.state",
                                    "request.code_challenge",
                                    "request.code_challenge_method",
                                    "consent",
                                    "changed",
                                    NULL },
};

const struct view_page oauth_code_page = {
    .template = "code",
    .names = (const char *const[]){ "app", "app.name", "app.app_id", "app.owner", "code",
                                    "lifetime", NULL },
};

const struct web_field oauth_authorize_fields[] = {
    { .name = "response_type" },
    { .name = "client_id" },
    { .name = "redirect_uri", .is_exact = true },
    { .name = "scope" },
    { .name = "state", .is_exact = true },
    { .name = "code_challenge" },
    { .name = "code_challenge_method" },
    { .name = "consent" },
    { .name = "decision" },
    { 0 },
};

/* A request on its way to a code. */
struct asking {
    struct authorize_request request;
    struct authorize_verdict verdict;
    struct app app;
    bool app_found;
};

static void
read_request(struct web_request *request, struct authorize_request *out)
{
    *out = (struct authorize_request){
        .response_type = web_field(request, "response_type"),
        .client_id = web_field(request, "client_id"),
        .redirect_uri = web_field(request, "redirect_uri"),
        .scope = web_field(request, "scope"),
        .state = web_field(request, "state"),
        .code_challenge = web_field(request, "code_challenge"),
        .code_challenge_method = web_field(request, "code_challenge_method"),
    };
}

/* RFC 9207 §2; a client that sends neither state nor challenge takes what follows `code=` for it.
 */
static const char *
issuer_for(struct web_request *request, const struct asking *asking)
{
    bool plain = *asking->request.state == '\0' && *asking->request.code_challenge == '\0';
    return plain ? NULL : request->web->settings->site_url;
}

static const char *
state_of(const struct asking *asking)
{
    return *asking->request.state == '\0' ? NULL : asking->request.state;
}

/* RFC 6749 §4.1.2.1 */
static enum status
answer_error(struct web_request *request, const struct asking *asking)
{
    const struct authorize_verdict *verdict = &asking->verdict;
    if (verdict->outcome == AUTHORIZE_PAGE)
        return web_reply_error(request, 400, verdict->key, verdict->text);
    return web_reply_away(request,
                          redirect_with(request->arena, verdict->target.url, "error",
                                        oauth_error_name(verdict->error), "error_description",
                                        verdict->text, "state", state_of(asking), "iss",
                                        issuer_for(request, asking), NULL));
}

/* ---- the consent page ---- */

/* Everything that the user is shown and that is granted by it; a line break separates. */
static enum status
digest_shown(struct web_request *request, const struct asking *asking, char out[static 65])
{
    const struct app *app = &asking->app;
    const struct user *user = &request->session.user;
    struct digest digest;
    enum status status = digest_of(
        arena_printf(request->arena, "%lld\n%d\n%s\n%lld\n%s\n%lld\n%s\n%s\n%s\n%s\n%s\n%s\n%s",
                     (long long)user->id, user->access == ACCESS_READ_ONLY, app->app_id,
                     (long long)app->generation, app_level_names[app->level],
                     (long long)app->level_until_ms, app->owner_login, app->name,
                     asking->verdict.target.url, asking->request.redirect_uri,
                     asking->request.code_challenge, asking->request.state, app->description),
        &digest);
    if (status == OK)
        hex_encode(digest.bytes, sizeof digest.bytes, out);
    return status;
}

static void
fill_app(struct web_request *request, struct model *model, const struct app *app)
{
    const char *key = arena_printf(request->arena, "level.%s.label", app_level_names[app->level]);
    model_text(model, "name", app->name);
    model_text(model, "app_id", app->app_id);
    model_text(model, "owner", app->owner_login);
    model_text(model, "description", *app->description == '\0' ? NULL : app->description);
    model_flag(model, "level_all", app->level == LEVEL_ALL);
    model_text(model, "level_until",
               app->level == LEVEL_ALL ? web_date(request, app->level_until_ms) : NULL);
    model_text(model, "level_label", view_message(request->view, request->arena, key, NULL));
}

static void
fill_request(struct model *model, const struct authorize_request *request)
{
    model_text(model, "response_type", request->response_type);
    model_text(model, "client_id", request->client_id);
    model_text(model, "redirect_uri", request->redirect_uri);
    model_text(model, "scope", request->scope);
    model_text(model, "state", request->state);
    model_text(model, "code_challenge", request->code_challenge);
    model_text(model, "code_challenge_method", request->code_challenge_method);
}

/* "30 days", "12 hours": settings are whole ones of what people set them in. */
static const char *
duration(struct web_request *request, int64_t ms)
{
    enum { HOUR = 3600000 };
    bool days = ms % (24 * HOUR) == 0 || ms > 72 * HOUR;
    int64_t number = days ? ms / (24 * HOUR) : ms / HOUR;
    return view_message_count(request->view, request->arena,
                              days ? "duration.day" : "duration.hour", number, NULL);
}

static enum status
show_consent(struct web_request *request, const struct asking *asking, bool changed)
{
    const struct redirect_target *target = &asking->verdict.target;
    const struct settings *settings = request->web->settings;
    char shown[65];
    enum status status = digest_shown(request, asking, shown);
    if (status != OK)
        return status;
    struct model *model = web_frame(request, "title.consent");
    fill_app(request, model_child(model, "app"), &asking->app);
    fill_request(model_child(model, "request"), &asking->request);
    model_flag(model, "read_only", request->session.user.access == ACCESS_READ_ONLY);
    model_text(model, "redirect_to", target->kind == REDIRECT_NONE ? NULL : target->host);
    model_flag(model, "is_loopback", target->kind == REDIRECT_LOOPBACK);
    model_flag(model, "is_scheme", target->kind == REDIRECT_SCHEME);
    model_text(model, "lifetime", duration(request, settings->tokens_refresh_idle));
    model_text(model, "max_lifetime", duration(request, settings->tokens_refresh_max));
    model_text(model, "consent", shown);
    model_flag(model, "changed", changed);
    web_reply_may_lead_to(request, target);
    return web_reply_page(request, 200, &oauth_consent_page, model);
}

/* ---- what comes of it ---- */

static enum status
answer_code(struct web_request *request, const struct asking *asking, const char *code)
{
    const struct redirect_target *target = &asking->verdict.target;
    if (target->kind != REDIRECT_NONE)
        return web_reply_away(request, redirect_with(request->arena, target->url, "code", code,
                                                     "state", state_of(asking), "iss",
                                                     issuer_for(request, asking), NULL));
    struct model *model = web_frame(request, "title.code");
    struct model *app = model_child(model, "app");
    model_text(app, "name", asking->app.name);
    model_text(app, "app_id", asking->app.app_id);
    model_text(app, "owner", asking->app.owner_login);
    model_text(model, "code", code);
    model_text(model, "lifetime",
               arena_printf(request->arena, "%lld",
                            (long long)request->web->settings->tokens_code / 1000));
    return web_reply_page(request, 200, &oauth_code_page, model);
}

static enum status
allow(struct web_request *request, const struct asking *asking, bool consented)
{
    char code[TOKEN_LENGTH + 1];
    struct action action = web_action(request);
    struct consent consent = {
        .app = &asking->app,
        .level = asking->app.level,
        .consented = consented,
        .target = &asking->verdict.target,
        .redirect_sent = *asking->request.redirect_uri != '\0',
        .challenge = asking->request.code_challenge,
        .code_ms = request->web->settings->tokens_code,
    };
    enum status status = action_allow(&action, &consent, code);
    if (status != OK)
        return status;
    if (*code == '\0')
        return web_reply_error(request, 400, "authorize_gone", NULL);
    return answer_code(request, asking, code);
}

static enum status
deny(struct web_request *request, struct asking *asking)
{
    struct action action = web_action(request);
    enum status status = action_deny(&action, &asking->app);
    if (status != OK)
        return status;
    if (asking->verdict.target.kind == REDIRECT_NONE)
        return web_reply_redirect(request, "/app/");
    asking->verdict.outcome = AUTHORIZE_REDIRECT;
    asking->verdict.error = OAUTH_ACCESS_DENIED;
    asking->verdict.text = oauth_error_text(OAUTH_ACCESS_DENIED);
    return answer_error(request, asking);
}

static enum status
decide(struct web_request *request, struct asking *asking, const char *decision)
{
    char shown[65];
    if (text_equal(decision, "deny"))
        return deny(request, asking);
    enum status status = digest_shown(request, asking, shown);
    if (status != OK)
        return status;
    if (!text_equal(decision, "allow"))
        return show_consent(request, asking, false);
    if (!text_equal(web_field(request, "consent"), shown))
        return show_consent(request, asking, true);
    return allow(request, asking, true);
}

/* Signed in, with a request that may go on. */
static enum status
go_on(struct web_request *request, struct asking *asking)
{
    const struct redirect_target *target = &asking->verdict.target;
    const char *decision = web_field(request, "decision");
    struct permission permission;
    if (target->kind == REDIRECT_NONE && !code_page_is_for(&asking->app, &request->session.user))
        return web_reply_error(request, 403, "authorize_tenant", NULL);
    if (*decision != '\0' && request->http->method == HTTP_POST)
        return decide(request, asking, decision);
    enum status status =
        dao_permission_find(request->web->dao, asking->app.id, request->session.user.id,
                            target->registered, &permission);
    if (status != OK)
        return status;
    if (permission_covers(&permission, &asking->app, target))
        return allow(request, asking, false);
    return show_consent(request, asking, false);
}

/* Back to this request after signing in; what a form said goes into the address. */
static enum status
sign_in_first(struct web_request *request, const struct authorize_request *in)
{
    const char *next = request->http->target;
    if (request->http->method == HTTP_POST) {
        const char *const pairs[] = {
            in->response_type, in->client_id,      in->redirect_uri,         in->scope,
            in->state,         in->code_challenge, in->code_challenge_method
        };
        next = "/oauth/authorize";
        for (size_t i = 0; i < LENGTH_OF(pairs); i++)
            next = redirect_with(request->arena, next, oauth_authorize_fields[i].name,
                                 *pairs[i] == '\0' ? NULL : pairs[i], NULL);
    }
    return web_reply_sign_in(request, own_path_is_valid(next) ? next : "/app/");
}

enum status
oauth_authorize(struct web_request *request)
{
    struct asking asking = { 0 };
    enum status status = OK;
    read_request(request, &asking.request);
    if (text_is_hex(asking.request.client_id, APP_ID_LENGTH))
        status = dao_app_find(request->web->dao, request->arena, asking.request.client_id,
                              &asking.app, &asking.app_found);
    if (status != OK)
        return status;
    if (asking.app_found)
        request->http->log_app = asking.app.app_id;
    authorize_check(request->arena, &asking.request, asking.app_found ? &asking.app : NULL,
                    &asking.verdict);
    if (asking.verdict.outcome != AUTHORIZE_FINE)
        return answer_error(request, &asking);
    if (!request->signed_in)
        return sign_in_first(request, &asking.request);
    return go_on(request, &asking);
}
