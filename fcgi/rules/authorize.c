/*
 * authorize.c - may an authorization request go on, and what becomes of it if not?
 *
 * Nothing is sent to a redirect URL before it is known to be the application's (RFC 9700 §4.11);
 * what is wrong besides goes there, so that the application can tell its user.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "rules/rules.h"

static void
page(struct authorize_verdict *out, const char *key, const char *text)
{
    out->outcome = AUTHORIZE_PAGE;
    out->key = key;
    out->text = text;
}

/* Without a redirect URL the user is the one to tell. */
static void
refuse(struct authorize_verdict *out, enum oauth_error error, const char *text)
{
    if (text == NULL)
        text = oauth_error_text(error);
    page(out, "authorize_request", text);
    out->error = error;
    if (out->target.kind != REDIRECT_NONE)
        out->outcome = AUTHORIZE_REDIRECT;
}

/* RFC 7636 §4.4.1; without a method "plain" would be meant (§4.3). */
static const char *
challenge_problem(const struct authorize_request *request, const struct app *app)
{
    bool given = *request->code_challenge != '\0';
    if (!given && *request->code_challenge_method != '\0')
        return "code_challenge_method came without code_challenge. Send both, or neither.";
    if (!given)
        return app->native ? "This application must send code_challenge, with "
                             "code_challenge_method=S256 (PKCE)."
                           : NULL;
    if (!text_equal(request->code_challenge_method, "S256"))
        return "The only code_challenge_method is S256. Send it with code_challenge.";
    if (!pkce_challenge_is_valid(request->code_challenge))
        return "code_challenge is not the base64url of a SHA-256 digest: 43 characters, no "
               "padding.";
    return NULL;
}

/*
 * Whatever the answer, it and the way back from a sign-in hold both; web servers take an address or
 * a header of 8,000 bytes, and mod_fcgid answers 500 for a longer one.
 */
static bool
is_too_long(struct arena *arena, const struct authorize_request *request,
            const struct redirect_target *target)
{
    return strlen(uri_escape(arena, target->url)) + strlen(uri_escape(arena, request->state)) >
           ADDRESS_ROOM;
}

static void
check_rest(const struct authorize_request *request, const struct app *app,
           struct authorize_verdict *out)
{
    const char *problem;
    if (!text_equal(request->response_type, "code"))
        refuse(out, OAUTH_UNSUPPORTED_RESPONSE_TYPE, NULL);
    else if (!grant_is_allowed(app->type, GRANT_AUTHORIZATION_CODE))
        refuse(out, OAUTH_UNAUTHORIZED_CLIENT,
               "Only an application of the type public asks users in the browser.");
    else if (*request->scope != '\0' && !text_equal(request->scope, "all"))
        refuse(out, OAUTH_INVALID_SCOPE, NULL);
    else if ((problem = challenge_problem(request, app)) != NULL)
        refuse(out, OAUTH_INVALID_REQUEST, problem);
}

void
authorize_check(struct arena *arena, const struct authorize_request *request, const struct app *app,
                struct authorize_verdict *out)
{
    *out = (struct authorize_verdict){ .outcome = AUTHORIZE_FINE, .error = OAUTH_NONE };
    if (*request->client_id == '\0')
        page(out, "authorize_request", "client_id is missing.");
    else if (app == NULL || app->status != APP_ACTIVE)
        page(out, "authorize_client", NULL);
    else if (strlen(request->state) > STATE_MAX)
        page(out, "authorize_request", "state is over 4096 bytes. Send a shorter one.");
    else if (text_has_control(request->state)) /* RFC 6749 A.5; a form would change a line break */
        page(out, "authorize_request", "state holds a control character. Send it without.");
    else {
        switch (redirect_match(arena, app, request->redirect_uri, &out->target)) {
        case REDIRECT_UNKNOWN:
            page(out, "authorize_redirect", NULL);
            break;
        case REDIRECT_UNDECIDED:
            page(out, "authorize_several", NULL);
            break;
        case REDIRECT_FITS:
            if (is_too_long(arena, request, &out->target))
                page(out, "authorize_request",
                     "state and redirect URL are too long for an address. Send a shorter state.");
            else
                check_rest(request, app, out);
            break;
        }
    }
}

/* All until a moment is less than All until a later one, or without end. */
static bool
covers_level(const struct permission *permission, const struct app *app)
{
    if (app->level == LEVEL_CALL_API)
        return true;
    return permission->level == LEVEL_ALL &&
           (permission->level_until_ms == 0 ||
            (app->level_until_ms != 0 && app->level_until_ms <= permission->level_until_ms));
}

bool
permission_covers(const struct permission *permission, const struct app *app,
                  const struct redirect_target *target)
{
    return permission->found && permission->generation == app->generation &&
           covers_level(permission, app) && permission->covers_redirect &&
           target->kind == REDIRECT_HTTPS;
}

bool
code_page_is_for(const struct app *app, const struct user *user)
{
    return user->id == app->owner_id ||
           (user->tenant_id != 0 && user->tenant_id == app->owner_tenant_id);
}
