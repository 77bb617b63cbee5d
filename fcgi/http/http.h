/*
 * http.h - HTTP as Callgate meets it behind FastCGI: request, form, cookie, headers, response.
 *
 * Everything that comes from outside is taken apart here and nowhere else. What is malformed gets
 * an enum http_fault; handlers only ever see decoded, valid UTF-8 without NUL.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifndef CALLGATE_HTTP_H
#define CALLGATE_HTTP_H

#include "util/util.h"

enum http_method {
    HTTP_GET,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PUT,
    HTTP_PATCH,
    HTTP_DELETE,
    HTTP_OPTIONS,
    HTTP_OTHER, /* anything else, and the above in other letter case: methods are case-sensitive */
    HTTP_METHOD__MAX,
};

/* GET … OPTIONS; "" for HTTP_OTHER. */
const char *http_method_name(enum http_method method);

enum http_role { HTTP_RESPONDER, HTTP_AUTHORIZER };

/* Why a request can't be read. Each has a status (400, 413, 414, 415) and an English sentence. */
enum http_fault {
    HTTP_FINE,
    HTTP_NO_TARGET,       /* REQUEST_URI or REQUEST_METHOD missing, or not a path */
    HTTP_TARGET_TOO_LONG, /* over 16 KiB */
    HTTP_BAD_ESCAPE,      /* % without two hexadecimal digits */
    HTTP_BAD_NUL,         /* a NUL byte, written out or as %00 */
    HTTP_BAD_UTF8,        /* invalid UTF-8 in path, query, field */
    HTTP_BAD_PATH,       /* a control character, backslash, `.` or `..` segment, an encoded slash */
    HTTP_TOO_MANY_PAIRS, /* over HTTP_PAIRS_MAX in one query, form or Cookie header */
    HTTP_DUPLICATE_HEADER, /* a parameter that matters was sent twice with different values */
    HTTP_BAD_LENGTH,       /* CONTENT_LENGTH is no number */
    HTTP_BODY_TOO_LARGE,   /* over the route's limit: 413 */
    HTTP_BODY_SHORT,       /* fewer bytes arrived than were announced */
    HTTP_BAD_TYPE,      /* neither urlencoded nor multipart, or a multipart without boundary: 415 */
    HTTP_BAD_MULTIPART, /* broken multipart body, or a file where none is taken */
    HTTP_BAD_JSON,      /* no JSON object, or one with too many members */
    HTTP_FAULT__MAX,
};

int http_fault_status(enum http_fault fault);
const char *http_fault_text(enum http_fault fault); /* English, ASCII, a whole sentence */

enum { HTTP_PAIRS_MAX = 128, HTTP_TARGET_MAX = 16 * 1024, HTTP_BOUNDARY_MAX = 70 };

struct http_pair {
    const char *name;
    const char *value; /* never NULL: a field without `=` is an empty one */
};

struct http_pairs {
    const struct http_pair *items;
    size_t count;
};

/* The first value of `name`, NULL if there is none. Names are compared exactly. */
const char *http_pairs_find(const struct http_pairs *pairs, const char *name);
size_t http_pairs_count(const struct http_pairs *pairs, const char *name);

/* Reads up to `size` bytes: their number, 0 at the end, -1 when the connection failed. */
typedef long (*http_read)(void *context, char *data, size_t size);

/*
 * One request. The server fills `arena`, `id`, the clocks, `role`, `params` and `read`;
 * http_request_parse() the rest, http_request_read_form() `form` and `form_in_body`.
 */
struct http_request {
    struct arena *arena;
    const char *id;  /* 16 hexadecimal digits, unique enough to find it in the log */
    int64_t wall_ms; /* the time, the same for the whole request */
    int64_t monotonic_ms;
    enum http_role role;
    struct http_pairs params; /* the FastCGI parameters as they came */
    http_read read;
    void *read_context;

    enum http_method method;
    const char *method_text; /* as it came */
    const char *target;      /* REQUEST_URI as it came */
    const char *path;        /* decoded, begins with '/' */
    struct http_pairs query; /* decoded */
    struct http_pairs cookies;
    const char *remote_addr;  /* REMOTE_ADDR, "" if the server gave none */
    const char *content_type; /* media type in lower case without parameters; "" if none */
    const char *boundary;     /* of multipart/form-data; NULL if none */
    bool takes_files;         /* a part may be a file of text; set by who reads the form */
    int64_t content_length;   /* -1: not given */

    struct http_pairs form; /* decoded fields of the body */

    /* For the access line, set by whoever answers; NULL: none. */
    const char *log_route, *log_app, *log_user;
};

/* A FastCGI parameter (the first of that name), NULL if absent. */
const char *http_param(const struct http_request *request, const char *name);

/* A request header by its HTTP name in any case ("Sec-Fetch-Site"), NULL if absent. */
const char *http_header(const struct http_request *request, const char *name);

/*
 * Fills everything up to content_length from params. Faults: all but the HTTP_BODY_* ones, BAD_TYPE
 * and BAD_MULTIPART. `method_text`, `target` and `remote_addr` are set (never NULL) even then, for
 * the log. An absolute-form target (http://host/path) counts by its path. HTTP_DUPLICATE_HEADER is
 * given for REQUEST_METHOD, REQUEST_URI, HTTP_AUTHORIZATION, HTTP_COOKIE, HTTP_ORIGIN,
 * HTTP_HOST, HTTP_SEC_FETCH_SITE, CONTENT_TYPE occurring twice with different values
 * (CONTENT_LENGTH may: nginx repeats it, the last one counts, and an empty one is none).
 */
enum http_fault http_request_parse(struct http_request *request) MUST_CHECK;

/*
 * Reads at most `limit` bytes of body and takes its fields apart. A missing Content-Type counts as
 * urlencoded. An empty body is an empty form, whatever its type. No CONTENT_LENGTH: reads to the
 * end of the stream. More than CONTENT_LENGTH: ignored.
 */
enum http_fault http_request_read_form(struct http_request *request, size_t limit) MUST_CHECK;

/* The same body as it is, for whoever reads another type; *length 0: there is none. */
enum http_fault http_request_read_body(struct http_request *request, size_t limit,
                                       const char **body, size_t *length) MUST_CHECK;

/* ---- form.c ---- */

/* application/x-www-form-urlencoded (URL standard): '+' is a blank; empty pairs are skipped. */
enum http_fault http_form_parse_urlencoded(struct arena *arena, const char *data, size_t length,
                                           struct http_pairs *out) MUST_CHECK;

/* multipart/form-data (RFC 7578), fields only: a part with a filename is HTTP_BAD_MULTIPART. */
enum http_fault http_form_parse_multipart(struct arena *arena, const char *data, size_t length,
                                          const char *boundary, struct http_pairs *out) MUST_CHECK;
/* The same, and a part with a filename is a field: its text counts, the name does not. */
enum http_fault http_form_parse_files(struct arena *arena, const char *data, size_t length,
                                      const char *boundary, struct http_pairs *out) MUST_CHECK;

/* One component, percent-decoded ('+' stays unless `plus`): refuses bad escapes, NUL, bad UTF-8. */
enum http_fault http_decode(struct arena *arena, const char *data, size_t length, bool plus,
                            const char **out) MUST_CHECK;

/* ---- headers.c: RFC 9110 §5.6.6 and §11.6.2 ---- */

/*
 * The next `; name=value` behind a header's main value, the value without its quotes (\" and \\ in
 * it undone); names come as written, compare them without regard to case. False at the end, where
 * *cursor is at the NUL, and at anything malformed, where it is not.
 */
bool http_parameter_next(struct arena *arena, const char **cursor, struct http_pair *out);

/*
 * The credentials of `scheme` ("Bearer", "Basic"; compared without regard to case) in an
 * Authorization value: the token68 after it, blanks around it removed. NULL: another scheme.
 * "": the scheme alone, or anything after it that is not exactly one word of visible ASCII.
 * An `authorization` of NULL (no such header) gives NULL.
 */
const char *http_credentials(struct arena *arena, const char *authorization, const char *scheme);

/* ---- cookie.c: RFC 6265 ---- */

/* The pairs of a Cookie header; malformed pieces are left out, as browsers send what they like. */
enum http_fault http_cookie_parse(struct arena *arena, const char *header,
                                  struct http_pairs *out) MUST_CHECK;

/* ---- language.c ---- */

enum { HTTP_LANGUAGES_MAX = 8 };

/*
 * Which of `languages` ("en", "ru") Accept-Language prefers; -1: none, or it says nothing. What is
 * malformed in it counts as absent. NULL as header is allowed.
 */
int http_language_choose(const char *header, const char *const *languages, size_t count);

/* The value of Set-Cookie: Path=/; HttpOnly; SameSite=Lax, Secure if wanted; "" as value ends it.
 */
const char *http_cookie_format(struct arena *arena, const char *name, const char *value,
                               bool secure);

/* ---- response.c ---- */

enum { HTTP_HEADERS_MAX = 40 };

struct http_response {
    struct arena *arena;
    int status; /* 0 until somebody answered */
    struct http_pair headers[HTTP_HEADERS_MAX];
    size_t header_count;
    const char *body; /* NULL: none */
    size_t body_length;
};

void http_response_init(struct http_response *response, struct arena *arena);

/*
 * Adds a header; the texts must live as long as the arena. A value with a control character would
 * split the header: that is our own bug (panic), as values are checked where they come in.
 */
void http_response_header(struct http_response *response, const char *name, const char *value);

/*
 * The whole answer in CGI form ("Status: 200 OK", headers, Content-Length, body unless `head`);
 * 204 and 304 have neither length nor body. Status 0, which nobody answered, goes out as 500.
 */
void http_response_emit(const struct http_response *response, bool head, struct buf *out);

/* "Not Found" for 404, "" for an unknown status. */
const char *http_status_reason(int status);

#endif
