/*
 * user_list.c - all users by login: part of a name, tenant, status.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "admin/admin_int.h"

const struct view_page admin_user_list_page = {
    .template = "user_list",
    .names = (const char *const[]){ "users",
                                    "users.login",
                                    "users.name",
                                    "users.email",
                                    "users.level",
                                    "users.tenant",
                                    "users.page_url",
                                    "users.blocked",
                                    "users.must_change",
                                    "users.admin",
                                    "users.read_only",
                                    "text",
                                    "tenant",
                                    "tenant_error",
                                    "shows",
                                    "shows.value",
                                    "shows.label",
                                    "shows.checked",
                                    "empty",
                                    "filtered",
                                    "next_url",
                                    "first_url",
                                    NULL },
};

static const char *
asked(struct web_request *request, const char *name)
{
    const char *value = http_pairs_find(&request->http->query, name);
    return value == NULL ? "" : text_trim(request->arena, value);
}

static void
fill(struct web_request *request, struct model *model, const struct dao_user_list *list)
{
    struct model *users = model_list(model, "users");
    for (size_t i = 0; i < list->count; i++) {
        const struct user *user = &list->items[i];
        struct model *one = model_append(users);
        model_text(one, "login", user->login);
        model_text(one, "page_url", arena_printf(request->arena, "/admin/user/%s/", user->login));
        model_text(one, "name", user->name);
        model_text(one, "email", user->email);
        model_text(one, "level", admin_user_level(request, user));
        model_id(one, "tenant", user->tenant_id);
        model_flag(one, "admin", user->admin);
        model_flag(one, "blocked", user->status == USER_BLOCKED);
        model_flag(one, "must_change", user->must_change_password);
        model_flag(one, "read_only", user->access == ACCESS_READ_ONLY);
    }
}

static void
fill_filter(struct web_request *request, struct model *model, const struct dao_user_filter *filter)
{
    struct model *shows = model_list(model, "shows");
    for (int i = 0; i < DAO_USER_SHOW__MAX; i++) {
        const char *name = dao_user_show_names[i];
        struct model *one = model_append(shows);
        const char *key = arena_printf(request->arena, "user_list.show.%s", i == 0 ? "all" : name);
        model_text(one, "value", name);
        model_text(one, "label", view_message(request->view, request->arena, key, NULL));
        model_flag(one, "checked", i == (int)filter->show);
    }
    model_text(model, "text", filter->text);
    model_text(model, "tenant", asked(request, "tenant"));
}

static const char *
page_url(struct web_request *request, const struct dao_user_filter *filter, const char *after)
{
    struct arena *arena = request->arena;
    const char *tenant = asked(request, "tenant");
    struct buf out;
    buf_init(&out, arena, SIZE_MAX);
    buf_printf(&out, "/admin/user/?q=%s&tenant=%s&show=%s", uri_escape(arena, filter->text),
               uri_escape(arena, tenant), dao_user_show_names[filter->show]);
    if (after != NULL)
        buf_printf(&out, "&after=%s", uri_escape(arena, after));
    return out.data;
}

enum status
admin_user_list_show(struct web_request *request)
{
    struct dao_user_list list = { 0 };
    const char *tenant = asked(request, "tenant");
    int show = name_index(dao_user_show_names, DAO_USER_SHOW__MAX, asked(request, "show"));
    struct dao_user_filter filter = { .text = asked(request, "q"),
                                      .show = (enum dao_user_show)show,
                                      .after = asked(request, "after") };
    if (show < 0)
        return web_reply_not_found(request);
    bool good = *tenant == '\0' || text_to_int(tenant, INT64_MAX, &filter.tenant_id);
    enum status status =
        good ? dao_user_page(request->web->dao, request->arena, &filter, ADMIN_PAGE_SIZE, &list)
             : OK;
    if (status != OK)
        return status;
    struct model *model = web_frame(request, "title.user_list");
    fill(request, model, &list);
    fill_filter(request, model, &filter);
    model_text(model, "tenant_error",
               good ? NULL : view_message(request->view, request->arena, "error.id.form", NULL));
    model_flag(model, "empty", good && list.count == 0);
    model_flag(model, "filtered",
               *filter.text != '\0' || *tenant != '\0' || filter.show != DAO_USER_ALL);
    model_text(model, "next_url",
               list.more ? page_url(request, &filter, list.items[list.count - 1].login) : NULL);
    model_text(model, "first_url", *filter.after == '\0' ? NULL : page_url(request, &filter, NULL));
    return web_reply_page(request, good ? 200 : 422, &admin_user_list_page, model);
}
