/*
 * account.c - a user's own data, and the sign-ins that are open.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "pages/pages.h"

enum { SESSIONS_MAX = 100 };

const struct view_page page_account = {
    .template = "account",
    .names = (const char *const[]){ "account.login",
                                    "account.name",
                                    "account.email",
                                    "account.level_label",
                                    "account.access_label",
                                    "zones",
                                    "zones.name",
                                    "zones.selected",
                                    "has_choices",
                                    "choices",
                                    "choices.code",
                                    "choices.name",
                                    "choices.selected",
                                    "sessions",
                                    "sessions.id",
                                    "sessions.since",
                                    "sessions.used",
                                    "sessions.address",
                                    "sessions.current",
                                    "saved",
                                    "field",
                                    "field.timezone",
                                    "field.timezone.error",
                                    "field.language",
                                    "field.language.error",
                                    "has_errors",
                                    "errors",
                                    "errors.name",
                                    "errors.text",
                                    NULL },
};

static const char *
check_zone(const char *value)
{
    return *value == '\0' || zone_is_known(value) ? NULL : "error.timezone.unknown";
}

const struct web_field page_account_fields[] = {
    { .name = "timezone", .check = check_zone },
    { .name = "language" },
    { 0 },
};

const struct web_field page_account_session_fields[] = { { .name = "id" },
                                                         { .name = "all" },
                                                         { 0 } };

static void
fill_user(struct web_request *request, struct model *model)
{
    const struct user *user = &request->session.user;
    const struct view *view = request->view;
    struct arena *arena = request->arena;
    const char *level = user->admin                     ? "admin"
                        : user->dealer_id != 0          ? "dealer"
                        : user->client_id != 0          ? "client"
                        : user->extension_group_id != 0 ? "extension_group"
                                                        : "extension";
    int64_t id = user->dealer_id + user->client_id + user->extension_group_id + user->extension_id;
    const char *access = user_access_names[user->access];
    model_text(model, "login", user->login);
    model_text(model, "name", user->name);
    model_text(model, "email", user->email);
    model_text(model, "level_label",
               view_message(view, arena, arena_printf(arena, "account.level.%s", level), "id",
                            arena_printf(arena, "%lld", (long long)id), NULL));
    model_text(model, "access_label",
               view_message(view, arena, arena_printf(arena, "account.access.%s", access), NULL));
}

static void
add_zone(struct model *zones, const char *name, const char *chosen)
{
    struct model *one = model_append(zones);
    model_text(one, "name", name);
    model_flag(one, "selected", text_equal(name, chosen));
}

/* What is chosen already stays a choice, though it may be an old name that the list leaves out. */
static void
fill_zones(struct web_request *request, struct model *model)
{
    const struct web *web = request->web;
    const char *chosen = request->session.user.timezone;
    struct model *zones = model_list(model, "zones");
    bool listed = false;
    for (size_t i = 0; i < web->zone_count; i++)
        listed = listed || text_equal(web->zones[i], chosen);
    if (!listed && zone_is_known(chosen))
        add_zone(zones, chosen, chosen);
    else if (!listed)
        chosen = "UTC"; /* as dates are shown */
    for (size_t i = 0; i < web->zone_count; i++)
        add_zone(zones, web->zones[i], chosen);
}

static void
fill_languages(struct web_request *request, struct model *model)
{
    const struct web *web = request->web;
    if (web->view_count < 2)
        return;
    model_flag(model, "has_choices", true);
    struct model *choices = model_list(model, "choices");
    for (size_t i = 0; i < web->view_count; i++) {
        const char *code = view_language(web->views[i]);
        struct model *one = model_append(choices);
        model_text(one, "code", code);
        model_text(one, "name",
                   view_message(web->views[i], request->arena, "frame.language", NULL));
        model_flag(one, "selected", text_equal(code, request->session.language));
    }
}

static enum status
show(struct web_request *request, int status)
{
    struct dao_session_list list;
    enum status found =
        dao_session_list(request->web->dao, request->arena, request->session.user.id,
                         request->web->settings->session_idle, SESSIONS_MAX, &list);
    if (found != OK)
        return found;
    struct model *model = web_frame(request, "title.account");
    fill_user(request, model_child(model, "account"));
    fill_zones(request, model);
    fill_languages(request, model);
    struct model *sessions = model_list(model, "sessions");
    for (size_t i = 0; i < list.count; i++) {
        struct model *one = model_append(sessions);
        model_number(one, "id", list.items[i].id);
        model_text(one, "since", web_date(request, list.items[i].since_ms));
        model_text(one, "used", web_date(request, list.items[i].used_ms));
        model_text(one, "address", list.items[i].address);
        model_flag(one, "current", list.items[i].id == request->session.id);
    }
    model_text(model, "saved", http_pairs_find(&request->http->query, "saved"));
    if (request->http->method == HTTP_POST)
        web_fields_model(request, model);
    return web_reply_page(request, status, &page_account, model);
}

enum status
page_account_show(struct web_request *request)
{
    return show(request, 200);
}

enum status
page_account_refill(struct web_request *request)
{
    return show(request, 422);
}

enum status
page_account_submit(struct web_request *request)
{
    struct action action = web_action(request);
    const char *zone = web_field(request, "timezone"), *language = web_field(request, "language");
    bool has_language = web_value(request, "language")->count > 0;
    if (*language != '\0' && web_language_find(request->web, language) == NULL) {
        web_value(request, "language")->problem = "error.language.unknown";
        return show(request, 422);
    }
    enum status status =
        action_own_set(&action, *zone == '\0' ? NULL : zone, has_language ? language : NULL);
    if (status != OK)
        return status;
    /* The cookie is for what comes before signing in. */
    if (*language != '\0')
        web_language_set_cookie(request, language);
    return web_reply_redirect(request, "/app/account?saved=data");
}

enum status
page_account_session_end(struct web_request *request)
{
    struct action action = web_action(request);
    int64_t id;
    bool ended = false;
    if (text_equal(web_field(request, "all"), "1")) {
        enum status status = action_session_end_all(&action);
        if (status == OK)
            web_session_set_cookie(request, "");
        return status == OK ? web_reply_redirect(request, "/login") : status;
    }
    if (!text_to_int(web_field(request, "id"), INT64_MAX, &id))
        return web_reply_not_found(request);
    enum status status = action_session_end(&action, id, &ended);
    if (status != OK)
        return status;
    if (!ended)
        return web_reply_not_found(request);
    return web_reply_redirect(request, "/app/account?saved=session");
}
