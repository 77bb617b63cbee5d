/*
 * audit.c - the audit log: filtered, paged by id, each row with what was before and after; and the
 * same rows as a file.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "admin/admin_int.h"

enum { EXPORT_MAX = 10000, DAY_MS = 24 * 60 * 60 * 1000 };

const struct view_page admin_audit_page = {
    .template = "audit",
    .names = (const char *const[]){ ADMIN_AUDIT_NAMES("rows"),
                                    "actor",
                                    "object_kinds",
                                    "object_kinds.value",
                                    "object_kinds.label",
                                    "object_kinds.checked",
                                    "object_id",
                                    "object_id_error",
                                    "act",
                                    "from",
                                    "from_error",
                                    "to",
                                    "to_error",
                                    "has_errors",
                                    "empty",
                                    "older_url",
                                    "newest_url",
                                    "csv_url",
                                    "jsonl_url",
                                    NULL },
};

/* What the address asks for: as typed, and as understood. */
struct asked {
    const char *actor, *object_kind, *object_id, *act, *from, *to;
    const char *from_problem, *to_problem, *object_problem; /* message keys */
    struct dao_audit_filter filter;
    bool is_page; /* false: `before` is no row's id */
};

static const char *
query(struct web_request *request, const char *name)
{
    const char *value = http_pairs_find(&request->http->query, name);
    return value == NULL ? "" : text_trim(request->arena, value);
}

/* A day that ends a time is in it. */
static const char *
read_time(const char *text, bool through, int64_t *out)
{
    if (*text == '\0')
        return NULL;
    if (!clock_parse_utc(text, out))
        return "error.time.form";
    if (through && strlen(text) == strlen("2026-12-31"))
        *out += DAY_MS;
    return NULL;
}

static struct asked
read_asked(struct web_request *request)
{
    struct asked out = {
        .actor = query(request, "actor"),
        .object_kind = query(request, "object_kind"),
        .object_id = query(request, "object_id"),
        .act = query(request, "act"),
        .from = query(request, "from"),
        .to = query(request, "to"),
        .is_page = true,
    };
    const char *before = query(request, "before");
    out.filter = (struct dao_audit_filter){ .actor_login = out.actor,
                                            .object_kind = out.object_kind,
                                            .object_id = out.object_id,
                                            .act = out.act };
    /* An object is found by kind and id; the id alone mostly says which kind. */
    if (*out.object_kind == '\0' && *out.object_id != '\0')
        out.object_kind = out.filter.object_kind =
            text_is_hex(out.object_id, APP_ID_LENGTH) ? "app" : "user";
    if (*out.object_kind != '\0' && *out.object_id == '\0')
        out.object_problem = "error.object_id.missing";
    out.from_problem = read_time(out.from, false, &out.filter.from_ms);
    out.to_problem = read_time(out.to, true, &out.filter.to_ms);
    if (*before != '\0')
        out.is_page = text_to_int(before, INT64_MAX, &out.filter.before);
    return out;
}

static bool
is_good(const struct asked *asked)
{
    return asked->from_problem == NULL && asked->to_problem == NULL &&
           asked->object_problem == NULL;
}

/* `path` with the filter, and from there on. */
static const char *
url(struct web_request *request, const char *path, const struct asked *asked, int64_t before)
{
    struct arena *arena = request->arena;
    const struct http_pair pairs[] = {
        { "actor", asked->actor },         { "object_kind", asked->object_kind },
        { "object_id", asked->object_id }, { "act", asked->act },
        { "from", asked->from },           { "to", asked->to },
    };
    struct buf out;
    buf_init(&out, arena, SIZE_MAX);
    buf_text(&out, path);
    for (size_t i = 0; i < LENGTH_OF(pairs); i++)
        if (*pairs[i].value != '\0')
            buf_printf(&out, "%s%s=%s", strchr(out.data, '?') == NULL ? "?" : "&", pairs[i].name,
                       uri_escape(arena, pairs[i].value));
    if (before != 0)
        buf_printf(&out, "%sbefore=%lld", strchr(out.data, '?') == NULL ? "?" : "&",
                   (long long)before);
    return out.data;
}

/* Where an object has its page; NULL: it has none. */
static const char *
object_url(struct web_request *request, const struct dao_audit_row *row)
{
    if (text_equal(row->object_kind, "user") && user_check_login(row->object_id) == NULL)
        return arena_printf(request->arena, "/admin/user/%s/", row->object_id);
    if (text_equal(row->object_kind, "app") && text_is_hex(row->object_id, APP_ID_LENGTH))
        return arena_printf(request->arena, "/admin/app/%s/", row->object_id);
    return NULL;
}

static const char *
or_none(const char *text)
{
    return *text == '\0' ? NULL : text;
}

void
admin_audit_row(struct web_request *request, struct model *model, const struct dao_audit_row *row)
{
    model_text(model, "id", arena_printf(request->arena, "%lld", (long long)row->id));
    model_text(model, "at", web_date(request, row->at_ms));
    model_text(model, "actor", or_none(row->actor_login));
    model_text(model, "address", or_none(row->address));
    model_text(model, "request_id", or_none(row->request_id));
    model_text(model, "act", row->act);
    model_text(model, "object_kind", or_none(row->object_kind));
    model_text(model, "object_id", or_none(row->object_id));
    model_text(model, "object_url", object_url(request, row));
    model_text(model, "before", row->before);
    model_text(model, "after", row->after);
    model_text(model, "rest", row->rest);
    model_flag(model, "has_detail", row->before != NULL || row->after != NULL || row->rest != NULL);
}

/* ---- the page ---- */

static const char *
problem_text(struct web_request *request, const char *key)
{
    return key == NULL ? NULL : view_message(request->view, request->arena, key, NULL);
}

static void
fill_filter(struct web_request *request, struct model *model, const struct asked *asked)
{
    static const char *const kinds[] = { "", "user", "app" };
    struct model *list = model_list(model, "object_kinds");
    for (size_t i = 0; i < LENGTH_OF(kinds); i++) {
        const char *key =
            arena_printf(request->arena, "audit.object_kind.%s", i == 0 ? "any" : kinds[i]);
        struct model *one = model_append(list);
        model_text(one, "value", kinds[i]);
        model_text(one, "label", view_message(request->view, request->arena, key, NULL));
        model_flag(one, "checked", text_equal(kinds[i], asked->object_kind));
    }
    model_text(model, "actor", asked->actor);
    model_text(model, "object_id", asked->object_id);
    model_text(model, "object_id_error", problem_text(request, asked->object_problem));
    model_text(model, "act", asked->act);
    model_text(model, "from", asked->from);
    model_text(model, "from_error", problem_text(request, asked->from_problem));
    model_text(model, "to", asked->to);
    model_text(model, "to_error", problem_text(request, asked->to_problem));
    model_flag(model, "has_errors", !is_good(asked));
}

enum status
admin_audit_show(struct web_request *request)
{
    struct asked asked = read_asked(request);
    struct dao_audit_list list = { 0 };
    if (!asked.is_page)
        return web_reply_not_found(request);
    enum status status = is_good(&asked) ? dao_audit_list(request->web->dao, request->arena,
                                                          &asked.filter, ADMIN_PAGE_SIZE, &list)
                                         : OK;
    if (status != OK)
        return status;
    struct model *model = web_frame(request, "title.audit");
    struct model *rows = model_list(model, "rows");
    int64_t before = asked.filter.before;
    for (size_t i = 0; i < list.count; i++)
        admin_audit_row(request, model_append(rows), &list.items[i]);
    fill_filter(request, model, &asked);
    model_flag(model, "empty", is_good(&asked) && list.count == 0);
    model_text(model, "older_url",
               list.more ? url(request, "/admin/audit/", &asked, list.items[list.count - 1].id)
                         : NULL);
    model_text(model, "newest_url", before == 0 ? NULL : url(request, "/admin/audit/", &asked, 0));
    bool any = list.count > 0;
    model_text(model, "csv_url",
               any ? url(request, "/admin/audit/export?format=csv", &asked, before) : NULL);
    model_text(model, "jsonl_url",
               any ? url(request, "/admin/audit/export?format=jsonl", &asked, before) : NULL);
    return web_reply_page(request, is_good(&asked) ? 200 : 422, &admin_audit_page, model);
}

/* ---- the file ---- */

static const char *
time_text(struct arena *arena, int64_t ms)
{
    char text[21];
    clock_format_utc(ms, text);
    return arena_strdup(arena, text);
}

/* What a spreadsheet would take for a formula is none, whoever chose the text. */
static void
add_csv(struct arena *arena, struct buf *out, const struct dao_audit_row *row)
{
    const char *fields[] = {
        arena_printf(arena, "%lld", (long long)row->id),
        time_text(arena, row->at_ms),
        row->actor_id == 0 ? "" : arena_printf(arena, "%lld", (long long)row->actor_id),
        row->actor_login,
        row->address,
        row->request_id,
        row->act,
        row->object_kind,
        row->object_id,
        row->detail,
    };
    for (size_t i = 0; i < LENGTH_OF(fields); i++) {
        if (i > 0)
            buf_char(out, ',');
        csv_field(out, csv_defused(arena, fields[i]));
    }
    buf_text(out, "\r\n");
}

static void
add_json(struct arena *arena, struct buf *out, const struct dao_audit_row *row)
{
    struct model *model = model_object(arena);
    model_number(model, "id", row->id);
    model_text(model, "time", time_text(arena, row->at_ms));
    model_id(model, "actor_id", row->actor_id);
    model_text(model, "actor", row->actor_login);
    model_text(model, "address", row->address);
    model_text(model, "request_id", row->request_id);
    model_text(model, "act", row->act);
    model_text(model, "object_kind", row->object_kind);
    model_text(model, "object_id", row->object_id);
    model_json(model, "detail", row->detail);
    buf_printf(out, "%s\n", model_emit_json(arena, model));
}

/* RFC 8288: where the next part is. */
static void
link_next(struct web_request *request, const struct asked *asked, const char *format,
          int64_t before)
{
    const char *path = arena_printf(request->arena, "/admin/audit/export?format=%s", format);
    http_response_header(request->response, "Link",
                         arena_printf(request->arena, "<%s%s>; rel=\"next\"",
                                      request->web->settings->site_url,
                                      url(request, path, asked, before)));
}

enum status
admin_audit_export(struct web_request *request)
{
    struct asked asked = read_asked(request);
    struct dao_audit_list list;
    struct buf out;
    const char *format = query(request, "format");
    bool csv = text_equal(format, "csv");
    if (!asked.is_page || !is_good(&asked) || (!csv && !text_equal(format, "jsonl")))
        return web_reply_not_found(request);
    enum status status =
        dao_audit_list(request->web->dao, request->arena, &asked.filter, EXPORT_MAX, &list);
    if (status != OK)
        return status;
    buf_init(&out, request->arena, SIZE_MAX);
    if (csv)
        buf_text(&out, "id,time,actor_id,actor,address,request_id,act,object_kind,object_id,"
                       "detail\r\n");
    for (size_t i = 0; i < list.count; i++)
        (csv ? add_csv : add_json)(request->arena, &out, &list.items[i]);
    if (list.more)
        link_next(request, &asked, format, list.items[list.count - 1].id);
    const char *name = arena_printf(request->arena, "audit-%lld.%s",
                                    list.count == 0 ? 0LL : (long long)list.items[0].id, format);
    return web_reply_download(request, csv ? "text/csv; charset=utf-8" : "application/jsonl", name,
                              &out);
}
