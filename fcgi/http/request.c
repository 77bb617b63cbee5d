/*
 * request.c - from FastCGI parameters to a request, and its body to fields.
 *
 * Path and query come from REQUEST_URI alone: it is the only one that all web servers pass on as it
 * was sent; SCRIPT_NAME, PATH_INFO and QUERY_STRING differ from server to server and are not read.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>
#include <strings.h>

#include "http/http.h"

static const char *const method_names[HTTP_METHOD__MAX] = {
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "",
};

const char *
http_method_name(enum http_method method)
{
    return method_names[method];
}

static enum http_method
method_of(const char *text)
{
    for (size_t i = 0; i < HTTP_OTHER; i++)
        if (text_equal(text, method_names[i]))
            return (enum http_method)i;
    return HTTP_OTHER;
}

static const char *
param_or_empty(const struct http_request *request, const char *name)
{
    const char *value = http_param(request, name);
    return value == NULL ? "" : value;
}

/* Two values for one of these would let two programs on the way each believe another one. */
static bool
has_contradiction(const struct http_pairs *params)
{
    static const char *const names[] = {
        "REQUEST_METHOD", "REQUEST_URI", "HTTP_AUTHORIZATION",  "HTTP_COOKIE",
        "HTTP_ORIGIN",    "HTTP_HOST",   "HTTP_SEC_FETCH_SITE", "CONTENT_TYPE",
    };
    for (size_t i = 0; i < LENGTH_OF(names); i++) {
        const char *first = NULL;
        for (size_t j = 0; j < params->count; j++) {
            if (!text_equal(params->items[j].name, names[i]))
                continue;
            if (first == NULL)
                first = params->items[j].value;
            else if (!text_equal(first, params->items[j].value))
                return true;
        }
    }
    return false;
}

static bool
has_dot_segment(const char *path)
{
    while (*path == '/') {
        path++;
        size_t length = strcspn(path, "/");
        if ((length == 1 && path[0] == '.') || (length == 2 && memcmp(path, "..", 2) == 0))
            return true;
        path += length;
    }
    return false;
}

static enum http_fault
parse_path(struct arena *arena, const char *raw, size_t length, const char **out)
{
    const char *path;
    if (length == 0 || raw[0] != '/')
        return HTTP_NO_TARGET;
    enum http_fault fault = http_decode(arena, raw, length, false, &path);
    if (fault != HTTP_FINE)
        return fault;
    /* Every % begins an escape by now, so this finds encoded slashes and nothing else. */
    if (memmem(raw, length, "%2F", 3) != NULL || memmem(raw, length, "%2f", 3) != NULL)
        return HTTP_BAD_PATH;
    if (strchr(path, '\\') != NULL || text_has_control(path) || has_dot_segment(path))
        return HTTP_BAD_PATH;
    *out = path;
    return HTTP_FINE;
}

/* RFC 9112 §3.2.2: what follows the authority of an absolute-form; NULL: another form. */
static const char *
skip_authority(const char *target)
{
    size_t scheme = strncasecmp(target, "http://", 7) == 0    ? 7
                    : strncasecmp(target, "https://", 8) == 0 ? 8
                                                              : 0;
    size_t host = strcspn(target + scheme, "/?#");
    return scheme == 0 || host == 0 ? NULL : target + scheme + host;
}

static enum http_fault
parse_target(struct http_request *request)
{
    if (strlen(request->target) > HTTP_TARGET_MAX)
        return HTTP_TARGET_TOO_LONG;
    const char *rest = skip_authority(request->target);
    bool is_absolute = rest != NULL;
    if (!is_absolute)
        rest = request->target;
    size_t length = strcspn(rest, "?");
    const char *path = "/";
    if (length > 0 || !is_absolute) {
        enum http_fault fault = parse_path(request->arena, rest, length, &path);
        if (fault != HTTP_FINE)
            return fault;
    }
    request->path = path;
    const char *query = rest + length + (rest[length] == '?');
    return http_form_parse_urlencoded(request->arena, query, strlen(query), &request->query);
}

static char *
to_lower(char *text)
{
    for (char *p = text; *p != '\0'; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p - 'A' + 'a');
    return text;
}

/* RFC 2046 §5.1.1, though any visible character will do. */
static bool
is_boundary(const char *text)
{
    size_t length = strlen(text);
    if (length == 0 || length > HTTP_BOUNDARY_MAX || text[length - 1] == ' ')
        return false;
    for (; *text != '\0'; text++)
        if (*text < ' ' || *text > '~')
            return false;
    return true;
}

static void
parse_content_type(struct http_request *request)
{
    const char *text = param_or_empty(request, "CONTENT_TYPE");
    size_t length = strcspn(text, ";");
    request->content_type =
        to_lower(text_trim(request->arena, arena_strndup(request->arena, text, length)));
    if (!text_equal(request->content_type, "multipart/form-data"))
        return;
    const char *cursor = text + length, *boundary = NULL;
    struct http_pair parameter;
    size_t count = 0;
    while (http_parameter_next(request->arena, &cursor, &parameter)) {
        if (!text_equal_nocase(parameter.name, "boundary"))
            continue;
        boundary = parameter.value;
        count++;
    }
    if (*cursor == '\0' && count == 1 && is_boundary(boundary))
        request->boundary = boundary;
}

static enum http_fault
parse_content_length(struct http_request *request)
{
    const char *text = "";
    for (size_t i = 0; i < request->params.count; i++)
        if (text_equal(request->params.items[i].name, "CONTENT_LENGTH"))
            text = request->params.items[i].value;
    if (*text == '\0' || text_to_int(text, INT64_MAX, &request->content_length))
        return HTTP_FINE;
    return HTTP_BAD_LENGTH;
}

enum http_fault
http_request_parse(struct http_request *request)
{
    request->method_text = param_or_empty(request, "REQUEST_METHOD");
    request->method = method_of(request->method_text);
    request->target = param_or_empty(request, "REQUEST_URI");
    request->remote_addr = param_or_empty(request, "REMOTE_ADDR");
    request->path = "";
    request->query = request->cookies = request->form = (struct http_pairs){ 0 };
    request->content_type = "";
    request->boundary = NULL;
    request->content_length = -1;

    if (has_contradiction(&request->params))
        return HTTP_DUPLICATE_HEADER;
    if (*request->method_text == '\0' || *request->target == '\0')
        return HTTP_NO_TARGET;
    enum http_fault fault = parse_target(request);
    if (fault != HTTP_FINE)
        return fault;
    fault = http_cookie_parse(request->arena, param_or_empty(request, "HTTP_COOKIE"),
                              &request->cookies);
    if (fault != HTTP_FINE)
        return fault;
    parse_content_type(request);
    return parse_content_length(request);
}

/* Asks for one byte past the limit at most: it is how an unannounced excess shows. */
enum http_fault
http_request_read_body(struct http_request *request, size_t limit, const char **body,
                       size_t *length)
{
    bool is_known = request->content_length >= 0;
    if (is_known && (uint64_t)request->content_length > limit)
        return HTTP_BODY_TOO_LARGE;
    size_t wanted = is_known ? (size_t)request->content_length : limit + 1;
    char *data = arena_alloc(request->arena, wanted + 1);
    size_t have = 0;
    while (have < wanted) {
        long step = request->read(request->read_context, data + have, wanted - have);
        if (step < 0)
            return HTTP_BODY_SHORT;
        if (step == 0)
            break;
        have += (size_t)step;
    }
    if (is_known && have < wanted)
        return HTTP_BODY_SHORT;
    if (have > limit)
        return HTTP_BODY_TOO_LARGE;
    *body = data;
    *length = have;
    return HTTP_FINE;
}

enum http_fault
http_request_read_form(struct http_request *request, size_t limit)
{
    const char *body, *type = request->content_type;
    size_t length;
    request->form = (struct http_pairs){ 0 };
    enum http_fault fault = http_request_read_body(request, limit, &body, &length);
    if (fault != HTTP_FINE || length == 0)
        return fault;
    if (*type == '\0' || text_equal(type, "application/x-www-form-urlencoded"))
        return http_form_parse_urlencoded(request->arena, body, length, &request->form);
    if (request->boundary != NULL)
        return (request->takes_files ? http_form_parse_files : http_form_parse_multipart)(
            request->arena, body, length, request->boundary, &request->form);
    return HTTP_BAD_TYPE;
}
