/*
 * request_list.c - the queue of requests for All, and those that have been answered.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "admin/admin_int.h"

enum { PAGE_SIZE = 50 };

const struct view_page admin_request_list_page = {
    .template = "admin_request_list",
    .names =
        (const char *const[]){ ADMIN_REQUEST_NAMES, "states", "states.page_url", "states.label",
                               "states.current", "empty", "first_url", "next_url", NULL },
};

static const char *
state_url(struct web_request *request, enum request_state state)
{
    return state == REQUEST_OPEN ? "/admin/request/"
                                 : arena_printf(request->arena, "/admin/request/?state=%s",
                                                request_state_names[state]);
}

static const char *
state_label(struct web_request *request, enum request_state state)
{
    return view_message(
        request->view, request->arena,
        arena_printf(request->arena, "request_state.%s", request_state_names[state]), NULL);
}

void
admin_request_row(struct web_request *request, struct model *model,
                  const struct dao_level_request *row)
{
    model_text(model, "page_url",
               arena_printf(request->arena, "/admin/request/%lld/", (long long)row->id));
    model_text(model, "app_name", row->app_name);
    model_text(model, "app_id", row->app_id);
    model_text(model, "login", row->login);
    model_text(model, "reason", row->reason);
    model_text(model, "wanted_until", web_date(request, row->wanted_until_ms));
    model_text(model, "created", web_date(request, row->created_ms));
    model_text(model, "decided", web_date(request, row->decided_ms));
    model_text(model, "decided_by", *row->decided_by == '\0' ? NULL : row->decided_by);
}

enum status
admin_request_list_show(struct web_request *request)
{
    const struct http_pairs *query = &request->http->query;
    const char *name = http_pairs_find(query, "state"), *after = http_pairs_find(query, "from");
    int state =
        name == NULL ? REQUEST_OPEN : name_index(request_state_names, REQUEST_STATE__MAX, name);
    int64_t from = 0;
    if (state < 0 || (after != NULL && !text_to_int(after, INT64_MAX, &from)))
        return web_reply_not_found(request);
    struct dao_level_request_list list;
    enum status status = dao_level_request_list(request->web->dao, request->arena,
                                                (enum request_state)state, from, PAGE_SIZE, &list);
    if (status != OK)
        return status;
    struct model *model = web_frame(request, "title.admin_request_list");
    struct model *states = model_list(model, "states"), *rows = model_list(model, "requests");
    for (int i = 0; i < REQUEST_STATE__MAX; i++) {
        struct model *one = model_append(states);
        model_text(one, "page_url", state_url(request, (enum request_state)i));
        model_text(one, "label", state_label(request, (enum request_state)i));
        model_flag(one, "current", i == state);
    }
    for (size_t i = 0; i < list.count; i++)
        admin_request_row(request, model_append(rows), &list.items[i]);
    model_flag(model, "is_open", state == REQUEST_OPEN);
    model_flag(model, "empty", list.count == 0);
    model_text(model, "first_url",
               from == 0 ? NULL : state_url(request, (enum request_state)state));
    model_text(model, "next_url",
               !list.more ? NULL
                          : arena_printf(request->arena, "/admin/request/?state=%s&from=%lld",
                                         request_state_names[state],
                                         (long long)list.items[list.count - 1].id));
    return web_reply_page(request, 200, &admin_request_list_page, model);
}
