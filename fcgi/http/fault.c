/*
 * fault.c - what each http_fault is called outside: a status and a sentence.
 *
 * The sentences go into JSON's error_description too, so they hold no quote and no backslash.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <assert.h>

#include "http/http.h"

static const struct {
    int status;
    const char *text;
} faults[HTTP_FAULT__MAX] = {
    [HTTP_FINE] = { 400, "The request can't be answered." },
    [HTTP_NO_TARGET] = { 400, "The request must name a method and a path that begins with '/'." },
    [HTTP_TARGET_TOO_LONG] = { 414, "The address of the request is longer than 16 KiB; send long "
                                    "parameters in the body." },
    [HTTP_BAD_ESCAPE] = { 400, "A '%' must be followed by two hexadecimal digits; write the "
                               "character '%' itself as %25." },
    [HTTP_BAD_NUL] = { 400, "The request contains a NUL character (%00); remove it." },
    [HTTP_BAD_UTF8] = { 400, "The request contains bytes that are not UTF-8; send all text in "
                             "UTF-8, percent-encoded where it is part of an address." },
    [HTTP_BAD_PATH] = { 400, "The path must not contain a control character, a backslash, an "
                             "encoded slash, or a '.' or '..' segment; send the plain path." },
    [HTTP_TOO_MANY_PAIRS] = { 400, "The query, the form or the Cookie header has more than 128 "
                                   "fields; send fewer." },
    [HTTP_DUPLICATE_HEADER] = { 400, "A request header was sent twice with different values; send "
                                     "each header once." },
    [HTTP_BAD_LENGTH] = { 400, "Content-Length must be a decimal number of bytes." },
    [HTTP_BODY_TOO_LARGE] = { 413, "The body is larger than this address accepts; send a smaller "
                                   "one." },
    [HTTP_BODY_SHORT] = { 400, "The body did not arrive whole; send as many bytes as "
                               "Content-Length announces." },
    [HTTP_BAD_TYPE] = { 415, "Send the body as application/x-www-form-urlencoded, or as "
                             "multipart/form-data with a boundary of 1 to 70 characters." },
    [HTTP_BAD_MULTIPART] = { 400, "The multipart/form-data body is broken or contains a file; send "
                                  "named fields only, each line of a part's head ended by CR LF, "
                                  "and the closing boundary at the end." },
    [HTTP_BAD_JSON] = { 400, "The body is no JSON object (RFC 8259, in UTF-8, with 64 members at "
                             "most)." },
};

static_assert(HTTP_PAIRS_MAX == 128 && HTTP_TARGET_MAX == 16384 && HTTP_BOUNDARY_MAX == 70,
              "the sentences name the limits");

int
http_fault_status(enum http_fault fault)
{
    return faults[fault].status;
}

const char *
http_fault_text(enum http_fault fault)
{
    return faults[fault].text;
}
