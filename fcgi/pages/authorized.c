/*
 * authorized.c - the applications that may act for this user, and taking that back; for who looks
 * after a client the same of all its users.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "pages/pages.h"

enum { SHOWN_MAX = 200, PAGE_SIZE = 50 };

const struct view_page page_authorized = {
    .template = "authorized",
    .names =
        (const char *const[]){ "apps", "apps.name", "apps.app_id", "apps.owner", "apps.level_label",
                               "apps.level_all", "apps.by_password", "apps.since", "apps.last_used",
                               "apps.made", "apps.has_made", "empty", "has_tenant", NULL },
};

const struct view_page page_authorized_tenant = {
    .template = "authorized_tenant",
    .names = (const char *const[]){ "apps", "apps.user", "apps.name", "apps.app_id", "apps.owner",
                                    "apps.level_label", "apps.level_all", "apps.by_password",
                                    "apps.since", "apps.last_used", "empty", "next_url",
                                    "first_url", NULL },
};

/* `user`: another user's, by login. */
const struct web_field page_authorized_fields[] = {
    { .name = "app_id" }, { .name = "user" }, { .name = "end_created" }, { 0 }
};

/* What it made for this user: names, a line each. */
static void
fill_made(struct web_request *request, struct model *model, const char *names)
{
    struct model *made = model_list(model, "made");
    model_flag(model, "has_made", *names != '\0');
    while (*names != '\0') {
        size_t length = strcspn(names, "\n");
        model_append_text(made, arena_strndup(request->arena, names, length));
        names += length + (names[length] == '\n');
    }
}

static void
fill(struct web_request *request, struct model *model, const struct dao_authorized *row)
{
    const struct view *view = request->view;
    struct arena *arena = request->arena;
    const char *key = arena_printf(arena, "level.%s.label", app_level_names[row->level]);
    model_text(model, "user", row->user_login);
    model_text(model, "name", row->name);
    model_text(model, "app_id", row->app_id);
    model_text(model, "owner", row->owner_login);
    model_text(model, "level_label", view_message(view, arena, key, NULL));
    model_flag(model, "level_all", row->level == LEVEL_ALL);
    model_flag(model, "by_password", row->by_password);
    model_text(model, "since", web_date(request, row->since_ms));
    model_text(model, "last_used", web_date(request, row->used_ms));
}

/* "SINCE-APP-USER", as tenant_url() writes it. */
static bool
read_place(struct web_request *request, struct dao_authorized_place *out)
{
    const char *text = http_pairs_find(&request->http->query, "before");
    int64_t *numbers[] = { &out->since_us, &out->app, &out->user };
    *out = (struct dao_authorized_place){ 0 };
    if (text == NULL)
        return true;
    for (size_t i = 0; i < LENGTH_OF(numbers); i++) {
        size_t length = strcspn(text, "-");
        if (!text_to_int(arena_strndup(request->arena, text, length), INT64_MAX, numbers[i]))
            return false;
        text += length;
        if (i + 1 < LENGTH_OF(numbers) && *text++ != '-')
            return false;
    }
    return *text == '\0';
}

static enum status
show_tenant(struct web_request *request)
{
    const struct user *user = &request->session.user;
    struct dao_authorized_place place;
    struct dao_authorized_list list;
    if (user->client_id == 0 || !read_place(request, &place))
        return web_reply_not_found(request);
    bool is_first = place.app == 0;
    enum status status = dao_authorized_tenant(request->web->dao, request->arena, user->client_id,
                                               request->web->settings->tokens_refresh_idle,
                                               PAGE_SIZE, &place, &list);
    if (status != OK)
        return status;
    struct model *model = web_frame(request, "title.authorized");
    struct model *apps = model_list(model, "apps");
    for (size_t i = 0; i < list.count; i++)
        fill(request, model_append(apps), &list.items[i]);
    model_flag(model, "empty", list.count == 0 && is_first);
    model_text(model, "first_url", is_first ? NULL : "/app/authorized?scope=tenant");
    model_text(
        model, "next_url",
        place.app == 0
            ? NULL
            : arena_printf(request->arena, "/app/authorized?scope=tenant&before=%lld-%lld-%lld",
                           (long long)place.since_us, (long long)place.app, (long long)place.user));
    return web_reply_page(request, 200, &page_authorized_tenant, model);
}

enum status
page_authorized_show(struct web_request *request)
{
    struct dao_authorized_list list;
    const char *scope = http_pairs_find(&request->http->query, "scope");
    if (scope != NULL && text_equal(scope, "tenant"))
        return show_tenant(request);
    enum status status =
        dao_authorized_list(request->web->dao, request->arena, request->session.user.id,
                            request->web->settings->tokens_refresh_idle, SHOWN_MAX, &list);
    if (status != OK)
        return status;
    struct model *model = web_frame(request, "title.authorized");
    struct model *apps = model_list(model, "apps");
    for (size_t i = 0; i < list.count; i++) {
        struct model *one = model_append(apps);
        fill(request, one, &list.items[i]);
        fill_made(request, one, list.items[i].made);
    }
    model_flag(model, "empty", list.count == 0);
    model_flag(model, "has_tenant", request->session.user.client_id != 0);
    return web_reply_page(request, 200, &page_authorized, model);
}

/* *may false: 404 was answered, as for a user that there is not. */
static enum status
check_holder(struct web_request *request, const char *login, bool *may)
{
    const struct user *actor = &request->session.user;
    struct user holder;
    const char *hash;
    enum status status =
        dao_user_find_by_login(request->web->dao, request->arena, login, &holder, &hash, may);
    if (status != OK)
        return status;
    *may = *may && actor->client_id != 0 && holder.tenant_id == actor->client_id;
    if (*may)
        return OK;
    log_event(LOG_AT_WARNING, "consent of somebody else asked for", "user", actor->login, "holder",
              login, NULL);
    return web_reply_not_found(request);
}

/* What is not there any more was withdrawn in another window: the list says so. */
enum status
page_authorized_withdraw(struct web_request *request)
{
    struct action action = web_action(request);
    const char *app_id = web_field(request, "app_id"), *login = web_field(request, "user");
    struct dao_holder holder = { login, request->session.user.client_id };
    int64_t count;
    bool ended, may = true;
    enum status status = OK;
    if (!text_is_hex(app_id, APP_ID_LENGTH))
        return web_reply_not_found(request);
    if (*login != '\0')
        status = check_holder(request, login, &may);
    if (status != OK || !may)
        return status;
    /* Whoever withdraws for another leaves that one's own applications alone. */
    if (*login == '\0' && text_equal(web_field(request, "end_created"), "1"))
        status = action_app_made_end(&action, app_id, &count);
    if (status == OK)
        status = action_withdraw(&action, app_id, *login == '\0' ? NULL : &holder, &ended);
    if (status != OK)
        return status;
    if (ended) /* it is one, then */
        request->http->log_app = app_id;
    return web_reply_redirect(request,
                              *login == '\0' ? "/app/authorized" : "/app/authorized?scope=tenant");
}
