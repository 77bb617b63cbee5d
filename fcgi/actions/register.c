/*
 * register.c - registering an application.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "actions/actions.h"

static enum status
refuse(const struct action *action, const struct registration *in)
{
    struct dao_audit audit = {
        .act = "app.register.refused",
        .object_kind = "app",
        .detail = arena_printf(action->arena, "{\"type\":\"%s\",\"level\":\"%s\"}",
                               app_type_names[in->type], app_level_names[in->level]),
        .object_id = "",
    };
    return dao_audit_insert(action->dao, &action->actor, &audit);
}

enum status
action_register(const struct action *action, const struct user *actor,
                const struct registration *in, struct registered *out)
{
    *out = (struct registered){ .outcome = REGISTER_REFUSED, .secret = "" };
    if (!app_may_set_type(actor, in->type) || !app_may_set_level(actor, in->level))
        return refuse(action, in);

    char app_id[APP_ID_LENGTH + 1], secret[APP_ID_LENGTH + 1];
    struct digest secret_digest, form_key;
    enum status status;
    if ((status = random_hex(app_id)) != OK || (status = random_hex(secret)) != OK ||
        (status = digest_of(secret, &secret_digest)) != OK ||
        (status = digest_of(in->form_key, &form_key)) != OK)
        return status;
    struct dao_app_new app = {
        .app_id = app_id,
        .secret = in->native ? NULL : &secret_digest,
        .secret_tail = in->native ? "" : secret + APP_ID_LENGTH - 4,
        .form_key = *in->form_key == '\0' ? NULL : &form_key,
        .name = in->name,
        .description = in->description,
        .type = in->type,
        .level = in->level,
        .native = in->native,
        .redirect_urls = in->redirect_urls,
        .created_by = in->created_by,
    };
    bool made;
    status = dao_app_insert(action->dao, action->arena, &action->actor, &app, &out->app, &made);
    if (status != OK)
        return status;
    out->outcome = made ? REGISTERED : REGISTERED_BEFORE;
    if (made && !in->native)
        out->secret = arena_strdup(action->arena, secret);
    explicit_bzero(secret, sizeof secret);
    return OK;
}
