/*
 * response.c - an answer in the form that FastCGI web servers take.
 *
 * Headers go out in the order they were added. Which headers an answer needs is not known here.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "http/http.h"

/* RFC 9110 §15, RFC 6585 */
static const struct {
    int status;
    const char *reason;
} reasons[] = {
    { 200, "OK" },
    { 201, "Created" },
    { 202, "Accepted" },
    { 204, "No Content" },
    { 301, "Moved Permanently" },
    { 302, "Found" },
    { 303, "See Other" },
    { 304, "Not Modified" },
    { 307, "Temporary Redirect" },
    { 308, "Permanent Redirect" },
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 406, "Not Acceptable" },
    { 408, "Request Timeout" },
    { 409, "Conflict" },
    { 410, "Gone" },
    { 411, "Length Required" },
    { 413, "Content Too Large" },
    { 414, "URI Too Long" },
    { 415, "Unsupported Media Type" },
    { 422, "Unprocessable Content" },
    { 429, "Too Many Requests" },
    { 500, "Internal Server Error" },
    { 501, "Not Implemented" },
    { 502, "Bad Gateway" },
    { 503, "Service Unavailable" },
    { 504, "Gateway Timeout" },
};

const char *
http_status_reason(int status)
{
    for (size_t i = 0; i < LENGTH_OF(reasons); i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "";
}

void
http_response_init(struct http_response *response, struct arena *arena)
{
    *response = (struct http_response){ .arena = arena };
}

void
http_response_header(struct http_response *response, const char *name, const char *value)
{
    if (text_has_control(name) || text_has_control(value))
        panic("header %s: a control character would split it", name);
    if (response->header_count == HTTP_HEADERS_MAX)
        panic("header %s: the answer has %d already", name, HTTP_HEADERS_MAX);
    response->headers[response->header_count++] = (struct http_pair){ name, value };
}

static void
emit_header(struct buf *out, const char *name, const char *value)
{
    buf_text(out, name);
    buf_text(out, ": ");
    buf_text(out, value);
    buf_text(out, "\r\n");
}

void
http_response_emit(const struct http_response *response, bool head, struct buf *out)
{
    int status = response->status == 0 ? 500 : response->status;
    const char *reason = http_status_reason(status);
    size_t length = response->body == NULL ? 0 : response->body_length;
    bool has_content = status != 204 && status != 304;

    buf_printf(out, "Status: %d%s%s\r\n", status, *reason == '\0' ? "" : " ", reason);
    for (size_t i = 0; i < response->header_count; i++)
        emit_header(out, response->headers[i].name, response->headers[i].value);
    if (has_content)
        buf_printf(out, "Content-Length: %zu\r\n", length);
    buf_text(out, "\r\n");
    if (has_content && !head)
        buf_add(out, response->body, length);
}
