/*
 * fields.c - a form's declared fields: read, checked, given back to the form.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "web/web.h"

/* Every parameter that a field message may hold. */
static const char *
problem_text(struct web_request *request, const struct web_value *value)
{
    struct arena *arena = request->arena;
    /* Programs are told in English. */
    const struct view *view = request->kind == WEB_PAGE ? request->view : request->web->view;
    return view_message(view, arena, value->problem, "url",
                        value->about == NULL ? value->value : value->about, "name_max",
                        arena_printf(arena, "%d", APP_NAME_MAX), "description_max",
                        arena_printf(arena, "%d", APP_DESCRIPTION_MAX), "url_max",
                        arena_printf(arena, "%d", REDIRECT_URL_MAX), "urls_max",
                        arena_printf(arena, "%d", REDIRECT_URLS_MAX), "text_max",
                        arena_printf(arena, "%d", USER_TEXT_MAX), NULL);
}

struct web_value *
web_value(struct web_request *request, const char *name)
{
    const struct web_field *fields = request->route->fields;
    for (size_t i = 0; fields[i].name != NULL; i++)
        if (text_equal(fields[i].name, name))
            return &request->values[i];
    panic("%s declares no field %s", request->route->path, name);
}

const char *
web_field(const struct web_request *request, const char *name)
{
    const struct web_field *fields = request->route->fields;
    for (size_t i = 0; fields[i].name != NULL; i++)
        if (text_equal(fields[i].name, name))
            return request->values[i].value;
    panic("%s declares no field %s", request->route->path, name);
}

static bool
takes_query(const struct web_request *request)
{
    enum web_query query = request->route->query;
    return query == QUERY_TOO ||
           (query == QUERY_BY_SETTING &&
            text_equal(request->web->settings->oauth_query_credentials, "on"));
}

/* One more value of a field. */
static void
add_value(struct web_value *out, const char *value)
{
    if (out->count++ == 0)
        out->value = value;
    else
        out->differs = out->differs || !text_equal(out->value, value);
}

static void
add_pairs(struct web_value *out, const struct http_pairs *pairs, const char *name)
{
    for (size_t i = 0; i < pairs->count; i++)
        if (text_equal(pairs->items[i].name, name))
            add_value(out, pairs->items[i].value);
}

static void
add_members(struct web_value *out, const struct json_fields *json, const struct web_field *field)
{
    for (size_t i = 0; i < json->count; i++) {
        const struct json_field *member = &json->items[i];
        if (!text_equal(member->name, field->name))
            continue;
        add_value(out, member->value);
        if (member->kind == JSON_OTHER || (member->kind == JSON_WORDS && !field->is_list))
            out->problem = "error.field.kind";
    }
}

static struct web_value
read_value(struct web_request *request, const struct web_field *field, bool with_query,
           const struct json_fields *json)
{
    struct web_value out = { .value = "" };
    add_pairs(&out, &request->http->form, field->name);
    add_members(&out, json, field);
    if (with_query)
        add_pairs(&out, &request->http->query, field->name);
    if (!field->is_secret && !field->is_exact)
        out.value = text_trim(request->arena, out.value);
    if (out.problem == NULL && field->check != NULL)
        out.problem = field->check(out.value);
    return out;
}

static bool
is_json(const struct web_request *request)
{
    return request->route->json && text_equal(request->http->content_type, "application/json");
}

static enum http_fault
read_json(struct web_request *request, size_t limit, struct json_fields *json)
{
    const char *body;
    size_t length;
    enum http_fault fault = http_request_read_body(request->http, limit, &body, &length);
    if (fault != HTTP_FINE || length == 0)
        return fault;
    if (!json_fields_parse(request->arena, body, length, json))
        return HTTP_BAD_JSON;
    request->json_twice = json->twice;
    return HTTP_FINE;
}

/* What a GET or DELETE may carry behind its head is nobody's. */
static bool
has_body(const struct web_request *request)
{
    enum http_method method = request->route->method;
    return method == HTTP_POST || method == HTTP_PUT;
}

enum http_fault
web_fields_read(struct web_request *request)
{
    const struct web_field *fields = request->route->fields;
    for (size_t i = 0; fields[i].name != NULL; i++)
        request->http->takes_files = request->http->takes_files || fields[i].is_file;
    size_t limit = (size_t)request->web->settings->http_body_limit;
    struct json_fields json = { 0 };
    enum http_fault fault = HTTP_FINE;
    if (has_body(request))
        fault = is_json(request) ? read_json(request, limit, &json)
                                 : http_request_read_form(request->http, limit);
    if (fault != HTTP_FINE)
        return fault;
    bool with_query = takes_query(request);
    for (size_t i = 0; fields[i].name != NULL; i++)
        request->values[i] = read_value(request, &fields[i], with_query, &json);
    return HTTP_FINE;
}

bool
web_fields_in_address(const struct web_request *request)
{
    const struct web_field *fields = request->route->fields;
    if (request->route->query != QUERY_BY_SETTING || takes_query(request))
        return false;
    for (size_t i = 0; fields[i].name != NULL; i++)
        if (http_pairs_find(&request->http->query, fields[i].name) != NULL)
            return true;
    return false;
}

bool
web_fields_are_valid(const struct web_request *request)
{
    for (size_t i = 0; request->route->fields[i].name != NULL; i++)
        if (request->values[i].problem != NULL)
            return false;
    return true;
}

const char *
web_fields_twice(const struct web_request *request)
{
    const struct web_field *fields = request->route->fields;
    for (size_t i = 0; fields[i].name != NULL; i++)
        if (request->values[i].count > 1)
            return fields[i].name;
    return request->json_twice;
}

const char *
web_fields_problem(struct web_request *request, size_t index)
{
    return problem_text(request, &request->values[index]);
}

void
web_fields_model(struct web_request *request, struct model *model)
{
    const struct web_field *fields = request->route->fields;
    struct model *field = model_child(model, "field");
    struct model *errors = model_list(model, "errors");
    bool any = false;
    for (size_t i = 0; fields != NULL && fields[i].name != NULL; i++) {
        const struct web_value *value = &request->values[i];
        struct model *one = model_child(field, fields[i].name);
        model_text(one, "value", fields[i].is_secret ? "" : value->value);
        if (value->problem == NULL)
            continue;
        const char *text = problem_text(request, value);
        model_text(one, "error", text);
        struct model *error = model_append(errors);
        model_text(error, "name", fields[i].name);
        model_text(error, "text", text);
        any = true;
    }
    model_flag(model, "has_errors", any);
}
