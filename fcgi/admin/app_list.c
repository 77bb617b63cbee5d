/*
 * app_list.c - everybody's applications, newest first, searched in every way that matters.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "admin/admin.h"

enum { PAGE_SIZE = 50, DAY_MS = 24 * 60 * 60 * 1000, DAYS_MAX = 36500 };

const struct view_page admin_app_list_page = {
    .template = "admin_app_list",
    .names = (const char *const[]){ "name_value",
                                    "owner_value",
                                    "client_value",
                                    "unused_value",
                                    "types",
                                    "types.value",
                                    "types.label",
                                    "types.chosen",
                                    "levels",
                                    "levels.value",
                                    "levels.label",
                                    "levels.chosen",
                                    "problem",
                                    "apps",
                                    "apps.name",
                                    "apps.page_url",
                                    "apps.app_id",
                                    "apps.owner",
                                    "apps.client",
                                    "apps.type_label",
                                    "apps.level_label",
                                    "apps.level_all",
                                    "apps.created",
                                    "apps.last_used",
                                    "apps.disabled",
                                    "apps.unused",
                                    "empty",
                                    "older_url",
                                    "newest_url",
                                    NULL },
};

/* What was typed, and what it means. */
struct search {
    const char *name, *owner, *client, *type, *level, *unused, *before; /* never NULL */
    enum app_type type_value;
    enum app_level level_value;
    struct dao_app_lookup wanted;
};

static const char *
typed(struct web_request *request, const char *name)
{
    const char *value = http_pairs_find(&request->http->query, name);
    return value == NULL ? "" : text_trim(request->arena, value);
}

static bool
take_number(const char *text, int64_t max, int64_t *out)
{
    return *text == '\0' || text_to_int(text, max, out);
}

static bool
take_choice(const char *const *names, int count, const char *text, int *out)
{
    *out = *text == '\0' ? -1 : name_index(names, count, text);
    return *text == '\0' || *out >= 0;
}

/* False: a number is none, or a choice is unknown. */
static bool
take(struct web_request *request, struct search *out)
{
    int type, level;
    int64_t days = 0;
    struct dao_app_lookup *wanted = &out->wanted;
    *out = (struct search){ .name = typed(request, "name"),
                            .owner = typed(request, "owner"),
                            .client = typed(request, "client"),
                            .type = typed(request, "type"),
                            .level = typed(request, "level"),
                            .unused = typed(request, "unused"),
                            .before = typed(request, "before") };
    wanted->name_part = *out->name == '\0' ? NULL : out->name;
    if (!take_number(out->client, INT64_MAX, &wanted->client_id) ||
        !take_number(out->unused, DAYS_MAX, &days) ||
        !take_number(out->before, INT64_MAX, &wanted->before) ||
        !take_choice(app_type_names, APP_TYPE__MAX, out->type, &type) ||
        !take_choice(app_level_names, LEVEL__MAX, out->level, &level))
        return false;
    out->type_value = (enum app_type)type;
    out->level_value = (enum app_level)level;
    wanted->type = type < 0 ? NULL : &out->type_value;
    wanted->level = level < 0 ? NULL : &out->level_value;
    wanted->unused_ms = days * DAY_MS;
    return true;
}

static void
fill_form(struct web_request *request, struct model *model, const struct search *search)
{
    struct model *types = model_list(model, "types"), *levels = model_list(model, "levels");
    model_text(model, "name_value", search->name);
    model_text(model, "owner_value", search->owner);
    model_text(model, "client_value", search->client);
    model_text(model, "unused_value", search->unused);
    for (int i = 0; i < APP_TYPE__MAX; i++)
        admin_option(types, app_type_names[i], admin_label(request, "type", app_type_names[i]),
                     text_equal(search->type, app_type_names[i]));
    for (int i = 0; i < LEVEL__MAX; i++)
        admin_option(levels, app_level_names[i], admin_label(request, "level", app_level_names[i]),
                     text_equal(search->level, app_level_names[i]));
}

static void
fill_row(struct web_request *request, struct model *model, const struct app *app)
{
    int64_t warn_ms = request->web->settings->app_unused_warn;
    model_text(model, "name", app->name);
    model_text(model, "page_url", arena_printf(request->arena, "/admin/app/%s/", app->app_id));
    model_text(model, "app_id", app->app_id);
    model_text(model, "owner", app->owner_login);
    model_id(model, "client", app->owner_tenant_id);
    model_text(model, "type_label", admin_label(request, "type", app_type_names[app->type]));
    model_text(model, "level_label", admin_label(request, "level", app_level_names[app->level]));
    model_flag(model, "level_all", app->level == LEVEL_ALL);
    model_text(model, "created", web_date(request, app->created_ms));
    model_text(model, "last_used", web_date(request, app->last_used_ms));
    model_flag(model, "disabled", app->status == APP_DISABLED);
    model_flag(model, "unused", app_is_unused(app, clock_wall_ms(), warn_ms));
}

/* The same search, from another row on. */
static const char *
search_url(struct web_request *request, const struct search *search, int64_t before)
{
    struct arena *arena = request->arena;
    return arena_printf(
        arena, "/admin/app/?name=%s&owner=%s&client=%s&type=%s&level=%s&unused=%s%s",
        uri_escape(arena, search->name), uri_escape(arena, search->owner),
        uri_escape(arena, search->client), search->type, search->level, search->unused,
        before == 0 ? "" : arena_printf(arena, "&before=%lld", (long long)before));
}

/* The owner that was typed; *found false if there is none, or it is another client's. */
static enum status
find_owner(struct web_request *request, struct search *search, bool *found)
{
    struct user owner;
    const char *hash;
    *found = true;
    if (*search->owner == '\0')
        return OK;
    enum status status = dao_user_find_by_login(request->web->dao, request->arena, search->owner,
                                                &owner, &hash, found);
    if (status != OK || !*found)
        return status;
    search->wanted.owner_id = owner.id;
    *found = search->wanted.client_id == 0 || search->wanted.client_id == owner.tenant_id;
    return OK;
}

/* An App ID names one; anything else is a part of names. */
static enum status
find(struct web_request *request, struct search *search, struct dao_app_list *out)
{
    struct dao *dao = request->web->dao;
    struct app *one = arena_alloc(request->arena, sizeof *one);
    bool found = false;
    *out = (struct dao_app_list){ 0 };
    enum status status;
    if (text_is_hex(search->name, APP_ID_LENGTH)) {
        status = dao_app_find(dao, request->arena, search->name, one, &found);
        *out = (struct dao_app_list){ .items = one, .count = found };
        return status;
    }
    status = find_owner(request, search, &found);
    if (status != OK || !found)
        return status;
    return dao_app_lookup(dao, request->arena, &search->wanted, PAGE_SIZE, out);
}

enum status
admin_app_list_show(struct web_request *request)
{
    struct search search;
    struct dao_app_list list = { 0 };
    bool fine = take(request, &search);
    enum status status = fine ? find(request, &search, &list) : OK;
    if (status != OK)
        return status;
    struct model *model = web_frame(request, "title.admin_app_list");
    fill_form(request, model, &search);
    struct model *apps = model_list(model, "apps");
    for (size_t i = 0; i < list.count; i++)
        fill_row(request, model_append(apps), &list.items[i]);
    model_flag(model, "problem", !fine);
    model_flag(model, "empty", fine && list.count == 0);
    model_text(model, "older_url",
               list.more ? search_url(request, &search, list.items[list.count - 1].id) : NULL);
    model_text(model, "newest_url",
               fine && search.wanted.before != 0 ? search_url(request, &search, 0) : NULL);
    return web_reply_page(request, fine ? 200 : 422, &admin_app_list_page, model);
}
