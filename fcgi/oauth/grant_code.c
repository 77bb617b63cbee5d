/*
 * grant_code.c - authorization_code: a code is exchanged (RFC 6749 §4.1.3, RFC 7636 §4.6).
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "oauth/oauth_int.h"

enum status
oauth_grant_code(struct web_request *request)
{
    struct oauth_client client;
    struct oauth_tokens tokens;
    struct redeem_facts facts;
    struct digest code;
    char challenge[PKCE_CHALLENGE_LENGTH + 1];
    const char *text, *verifier = web_field(request, "code_verifier");
    struct dao_redeem redeem = {
        .code = &code,
        .redirect_uri = web_field(request, "redirect_uri"),
        .challenge = *verifier == '\0' ? NULL : challenge,
    };
    struct action action = web_action(request);
    enum status status;
    if (*verifier != '\0' && !pkce_verifier_is_valid(verifier))
        return web_reply_oauth_error(request, OAUTH_INVALID_REQUEST,
                                     "code_verifier has 43 to 128 characters of A-Z, a-z, 0-9 and "
                                     "- . _ ~.");
    if ((status = oauth_client_init(request, &client)) != OK ||
        (status = oauth_tokens_init(request, &tokens)) != OK ||
        (status = digest_of(web_field(request, "code"), &code)) != OK ||
        (status = pkce_challenge_of(verifier, challenge)) != OK ||
        (status = dao_code_redeem(request->web->dao, &action.actor, &client.row, &redeem,
                                  &tokens.row, &facts)) != OK)
        return status;
    oauth_client_log(request, &facts.client);
    enum oauth_error error = redeem_check(&facts, &text);
    if (facts.replayed)
        log_event(LOG_AT_WARNING, "code used twice", "app", client.row.app_id, NULL);
    if (error != OAUTH_NONE)
        return oauth_refuse(request, &client, &facts.client, error, text);
    return oauth_answer(request, &facts.client, GRANT_AUTHORIZATION_CODE, tokens.access,
                        tokens.refresh);
}
