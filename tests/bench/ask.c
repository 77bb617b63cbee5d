/*
 * ask.c - FastCGI by hand: one request's records out, the answer's records in.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ask.h"

enum { RECORD_HEAD = 8, STDOUT = 6 };

static void
put_record(struct ask *ask, int kind, const char *content, size_t size)
{
    char *to = ask->request + ask->request_size;
    const char head[RECORD_HEAD] = { 1, (char)kind, 0, 1, (char)(size >> 8), (char)size, 0, 0 };
    memcpy(to, head, sizeof head);
    memcpy(to + sizeof head, content, size);
    ask->request_size += sizeof head + size;
}

static size_t
put_length(char *to, size_t at, size_t length)
{
    if (length > 127) {
        to[at++] = (char)0x80;
        to[at++] = 0;
        to[at++] = (char)(length >> 8);
    }
    to[at++] = (char)length;
    return at;
}

static size_t
put_pair(char *to, size_t at, const char *name, const char *value)
{
    size_t name_size = strlen(name), value_size = strlen(value);
    if (at + 8 + name_size + value_size > ASK_PIECE)
        fatal("too long: %s", name);
    at = put_length(to, at, name_size);
    at = put_length(to, at, value_size);
    memcpy(to + at, name, name_size);
    memcpy(to + at + name_size, value, value_size);
    return at + name_size + value_size;
}

void
ask_build(struct ask *ask, const struct ask_what *what)
{
    char params[ASK_PIECE], length[24];
    size_t size = 0, body_size = strlen(what->body);
    if (body_size > ASK_PIECE)
        fatal("too long: the body");
    snprintf(length, sizeof length, "%zu", body_size);
    size = put_pair(params, size, "REQUEST_METHOD", what->method);
    size = put_pair(params, size, "REQUEST_URI", what->target);
    size = put_pair(params, size, "SERVER_PROTOCOL", "HTTP/1.1");
    size = put_pair(params, size, "REMOTE_ADDR", "192.0.2.1");
    if (*what->bearer != '\0')
        size = put_pair(params, size, "HTTP_AUTHORIZATION", what->bearer);
    if (*what->cookie != '\0')
        size = put_pair(params, size, "HTTP_COOKIE", what->cookie);
    if (body_size > 0)
        size = put_pair(params, size, "CONTENT_TYPE", "application/x-www-form-urlencoded");
    size = put_pair(params, size, "CONTENT_LENGTH", length);
    ask->request_size = 0;
    put_record(ask, 1, "\0\1\0\0\0\0\0\0", 8);
    put_record(ask, 4, params, size);
    put_record(ask, 4, "", 0);
    if (body_size > 0)
        put_record(ask, 5, what->body, body_size);
    put_record(ask, 5, "", 0);
}

struct sockaddr_un
ask_address(const char *path)
{
    struct sockaddr_un out = { .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof out.sun_path)
        fatal("too long: %s", path);
    strcpy(out.sun_path, path);
    return out;
}

/* Everything that came, NUL behind it; its size. */
static size_t
exchange(struct ask *ask, const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)address, sizeof *address) != 0)
        fatal("%s: %s", address->sun_path, strerror(errno));
    for (size_t sent = 0; sent < ask->request_size;) {
        ssize_t n = write(fd, ask->request + sent, ask->request_size - sent);
        if (n <= 0)
            fatal("write: %s", strerror(errno));
        sent += (size_t)n;
    }
    size_t size = 0;
    ssize_t n;
    while ((n = read(fd, ask->answer + size, sizeof ask->answer - 1 - size)) > 0)
        size += (size_t)n;
    if (n < 0)
        fatal("read: %s", strerror(errno));
    close(fd);
    ask->answer[size] = '\0';
    return size;
}

int
ask_send(struct ask *ask, const struct sockaddr_un *address)
{
    size_t size = exchange(ask, address), kept = 0;
    for (size_t at = 0; at + RECORD_HEAD <= size;) {
        const unsigned char *head = (const unsigned char *)ask->answer + at;
        size_t length = (size_t)head[4] << 8 | head[5], padding = head[6];
        if (at + RECORD_HEAD + length > size)
            fatal("the answer is cut off");
        at += RECORD_HEAD;
        if (head[1] == STDOUT) {
            memmove(ask->answer + kept, ask->answer + at, length);
            kept += length;
        }
        at += length + padding;
    }
    ask->answer[kept] = '\0';
    int status;
    if (sscanf(ask->answer, "Status: %d", &status) != 1)
        fatal("no answer, or one that begins unexpectedly");
    return status;
}
