/*
 * permission.c - /application/permission/: what the token's user has allowed, and taking that back.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "api/api_int.h"

/* Of those that go with a consent, as many are named in the answer. */
enum { MADE_MAX = 100 };

const struct web_field api_permission_list_fields[] = {
    { .name = "app_id" }, { .name = "user" }, API_PAGE_FIELDS, { 0 }
};

const struct web_field api_permission_delete_fields[] = {
    { .name = "end_created", .check = api_check_flag },
    { 0 },
};

static void
fill(struct web_request *request, struct model *model, const struct dao_permission *permission)
{
    model_number(model, "id", permission->id);
    model_text(model, "app_id", permission->app_id);
    model_text(model, "name", permission->name);
    model_text(model, "user", request->bearer.user.login);
    model_text(model, "level", app_level_names[permission->level]);
    model_text(model, "created", api_date(request->arena, permission->created_ms));
    model_text(model, "last_used", api_date(request->arena, permission->used_ms));
}

/* A filter for another user's login finds nothing: there is only the token's user to see. */
enum status
api_permission_list(struct web_request *request)
{
    const char *app_id = web_field(request, "app_id"), *login = web_field(request, "user");
    struct dao_permission_list list = { 0 };
    bool pass;
    enum status status = api_fields_check(request, &pass);
    if (status != OK || !pass)
        return status;
    struct dao_permission_query query = {
        .user_id = request->bearer.user.id,
        .app_id = *app_id == '\0' ? NULL : app_id,
        .before = api_before(request),
        .limit = api_per_page(request),
    };
    if (*login == '\0' || text_equal(login, request->bearer.user.login))
        status = dao_permission_list(request->web->dao, request->arena, &query, &list);
    if (status != OK)
        return status;
    struct model *model = model_list_root(request->arena);
    for (size_t i = 0; i < list.count; i++)
        fill(request, model_append(model), &list.items[i]);
    if (list.more)
        api_link_next(request, list.items[list.count - 1].id);
    return web_reply_json(request, 200, model);
}

/* The permission that the address names, if it is the token's user's; else 404 is answered. */
static enum status
find(struct web_request *request, struct dao_permission *out, bool *found)
{
    struct dao_permission_query query = { .user_id = request->bearer.user.id, .limit = 1 };
    struct dao_permission_list list = { 0 };
    enum status status = OK;
    if (text_to_int(request->arguments[0], INT64_MAX, &query.id) && query.id != 0)
        status = dao_permission_list(request->web->dao, request->arena, &query, &list);
    *found = status == OK && list.count > 0;
    if (status != OK)
        return status;
    if (!*found)
        return web_reply_not_found(request);
    *out = list.items[0];
    return OK;
}

enum status
api_permission_show(struct web_request *request)
{
    struct dao_permission permission;
    bool found;
    enum status status = find(request, &permission, &found);
    if (status != OK || !found)
        return status;
    struct model *model = model_object(request->arena);
    fill(request, model, &permission);
    return web_reply_json(request, 200, model);
}

/* Nothing is left to say, or: what the application made is still there, or has ended as well. */
static enum status
answer_withdrawn(struct web_request *request, const struct dao_app_list *made, bool ended)
{
    if (made->count == 0)
        return web_reply_nothing(request, 204);
    struct model *model = model_object(request->arena);
    struct model *created = model_list(model, "created");
    for (size_t i = 0; i < made->count; i++) {
        struct model *one = model_append(created);
        model_text(one, "app_id", made->items[i].app_id);
        model_text(one, "name", made->items[i].name);
    }
    model_flag(model, "ended", ended);
    return web_reply_json(request, 200, model);
}

enum status
api_permission_delete(struct web_request *request)
{
    struct dao_permission permission;
    struct dao_app_list made;
    bool found, pass, end = api_is_yes(web_field(request, "end_created"));
    int64_t count;
    enum status status = find(request, &permission, &found);
    if (status != OK || !found)
        return status;
    status = api_fields_check(request, &pass);
    if (status != OK || !pass)
        return status;
    struct action action = web_action(request);
    status = dao_app_made_list(request->web->dao, request->arena, request->bearer.user.id,
                               permission.app_id, MADE_MAX, &made);
    if (status == OK && end)
        status = action_app_made_end(&action, permission.app_id, &count);
    if (status == OK)
        status = action_withdraw(&action, permission.app_id, NULL, &found);
    return status != OK ? status : answer_withdrawn(request, &made, end);
}
