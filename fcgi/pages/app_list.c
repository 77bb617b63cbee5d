/*
 * app_list.c - a user's applications, or those of all users of the client: found, sorted, page by
 * page; and what others offer to hand over.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "pages/pages.h"

enum { PAGE_SIZE = 50, OFFERS_MAX = 50 };

const struct view_page page_app_list = {
    .template = "app_list",
    .names = (const char *const[]){ "apps",
                                    "apps.name",
                                    "apps.page_url",
                                    "apps.app_id",
                                    "apps.type_label",
                                    "apps.level_label",
                                    "apps.level_all",
                                    "apps.owner",
                                    "apps.status_disabled",
                                    "apps.created",
                                    "apps.last_used",
                                    "apps.unused",
                                    "offers",
                                    "offers.name",
                                    "offers.from",
                                    "offers.since",
                                    "offers.accept_url",
                                    "has_offers",
                                    "has_tenant",
                                    "tenant",
                                    "search",
                                    "sorts",
                                    "sorts.value",
                                    "sorts.label",
                                    "sorts.selected",
                                    "is_searched",
                                    "empty",
                                    "next_url",
                                    "first_url",
                                    NULL },
};

static const char *const order_names[DAO_APP_ORDER__MAX] = { "newest", "name", "used" };

static enum dao_app_order
order_of(const char *name)
{
    int index = name == NULL ? -1 : name_index(order_names, DAO_APP_ORDER__MAX, name);
    return index < 0 ? DAO_APP_NEWEST : (enum dao_app_order)index;
}

/* False: the address is none that this page makes. */
static bool
read_search(struct web_request *request, struct dao_app_search *out)
{
    enum { MICROSECONDS_MAX = 16 };
    const struct http_pairs *query = &request->http->query;
    const struct user *user = &request->session.user;
    const char *from = http_pairs_find(query, "before"), *text = http_pairs_find(query, "q");
    const char *scope = http_pairs_find(query, "scope");
    int64_t ignored;
    *out = (struct dao_app_search){
        .owner_id = user->id,
        .text = text == NULL ? "" : text_trim(request->arena, text),
        .order = order_of(http_pairs_find(query, "sort")),
        .key = http_pairs_find(query, "key"),
        .limit = PAGE_SIZE,
    };
    if (scope != NULL && text_equal(scope, "tenant")) {
        if (user->client_id == 0)
            return false;
        out->owner_id = 0;
        out->tenant_id = user->client_id;
    }
    if (from != NULL && !text_to_int(from, INT64_MAX, &out->id))
        return false;
    if (out->id == 0 || out->order == DAO_APP_NEWEST)
        out->key = NULL;
    return out->order != DAO_APP_USED || out->key == NULL ||
           (strlen(out->key) <= MICROSECONDS_MAX && text_to_int(out->key, INT64_MAX, &ignored));
}

/* The same list from the start, or behind a row. */
static const char *
list_url(struct web_request *request, const struct dao_app_search *search, int64_t id,
         const char *key)
{
    struct buf out;
    buf_init(&out, request->arena, SIZE_MAX);
    if (search->tenant_id != 0)
        buf_text(&out, "&scope=tenant");
    if (search->order != DAO_APP_NEWEST)
        buf_printf(&out, "&sort=%s", order_names[search->order]);
    if (*search->text != '\0')
        buf_printf(&out, "&q=%s", uri_escape(request->arena, search->text));
    if (id != 0)
        buf_printf(&out, "&before=%lld", (long long)id);
    if (id != 0 && search->order != DAO_APP_NEWEST)
        buf_printf(&out, "&key=%s", uri_escape(request->arena, key));
    return out.length == 0 ? "/app/" : arena_printf(request->arena, "/app/?%s", out.data + 1);
}

static void
fill_apps(struct web_request *request, struct model *model, const struct dao_app_page *page)
{
    struct model *apps = model_list(model, "apps");
    for (size_t i = 0; i < page->count; i++) {
        const struct app *app = &page->items[i];
        struct model *one = model_append(apps);
        page_app_model(request, one, app);
        model_flag(one, "level_all", app->level == LEVEL_ALL);
        model_text(one, "owner", app->owner_login);
        model_flag(one, "status_disabled", app->status == APP_DISABLED);
        model_text(one, "created", web_date(request, app->created_ms));
        model_text(one, "last_used", web_date(request, app->last_used_ms));
        model_text(one, "unused", page_app_unused(request, app));
    }
}

static void
fill_form(struct web_request *request, struct model *model, const struct dao_app_search *search)
{
    struct model *sorts = model_list(model, "sorts");
    for (int i = 0; i < DAO_APP_ORDER__MAX; i++) {
        struct model *one = model_append(sorts);
        const char *key = arena_printf(request->arena, "app_list.sort.%s", order_names[i]);
        model_text(one, "value", order_names[i]);
        model_text(one, "label", view_message(request->view, request->arena, key, NULL));
        model_flag(one, "selected", i == (int)search->order);
    }
    model_text(model, "search", search->text);
    model_flag(model, "is_searched", *search->text != '\0');
    model_flag(model, "has_tenant", request->session.user.client_id != 0);
    model_flag(model, "tenant", search->tenant_id != 0);
}

static void
fill_offers(struct web_request *request, struct model *model, const struct dao_transfer_list *list)
{
    struct model *offers = model_list(model, "offers");
    for (size_t i = 0; i < list->count; i++) {
        const struct app *app = &list->items[i].app;
        struct model *one = model_append(offers);
        model_text(one, "name", app->name);
        model_text(one, "from", app->owner_login);
        model_text(one, "since", web_date(request, list->items[i].since_ms));
        model_text(one, "accept_url", arena_printf(request->arena, "/app/%s/accept", app->app_id));
    }
    model_flag(model, "has_offers", list->count > 0);
}

enum status
page_app_list_show(struct web_request *request)
{
    struct dao *dao = request->web->dao;
    struct dao_app_search search;
    struct dao_app_page page;
    struct dao_transfer_list offers;
    if (!read_search(request, &search))
        return web_reply_not_found(request);
    enum status status = dao_app_page(dao, request->arena, &search, &page);
    if (status == OK)
        status =
            dao_transfer_list(dao, request->arena, request->session.user.id, OFFERS_MAX, &offers);
    if (status != OK)
        return status;
    struct model *model = web_frame(request, "title.app_list");
    fill_apps(request, model, &page);
    fill_form(request, model, &search);
    fill_offers(request, model, &offers);
    model_flag(model, "empty", page.count == 0 && search.id == 0 && *search.text == '\0');
    model_text(model, "first_url", search.id == 0 ? NULL : list_url(request, &search, 0, NULL));
    model_text(model, "next_url",
               page.next_id == 0 ? NULL : list_url(request, &search, page.next_id, page.next_key));
    return web_reply_page(request, 200, &page_app_list, model);
}
