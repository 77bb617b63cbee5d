/*
 * listen.c - listening sockets: our own ones, and what a web server hands us.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/server.h"

/* Who listens where, for the messages. */
struct place {
    const char *name;
    const char *address;
    struct fault *fault;
};

static int
refuse(const struct place *place, const char *what)
{
    fault_set(place->fault, "%s: %s: %s", place->name, place->address, what);
    return -1;
}

static int
refuse_errno(const struct place *place, int error, const char *cure)
{
    fault_set(place->fault, "%s: %s: %s%s", place->name, place->address, strerror(error), cure);
    return -1;
}

static int
start_listening(const struct place *place, int fd)
{
    if (listen(fd, SOMAXCONN) == 0)
        return fd;
    int error = errno;
    close(fd);
    return refuse_errno(place, error, "");
}

/* ---- unix ---- */

/* The umask gives it its mode at birth: a chmod would come too late for somebody waiting. */
static int
bind_unix(int fd, const struct sockaddr_un *address)
{
    mode_t before = umask(0117);
    int result = bind(fd, (const struct sockaddr *)address, sizeof *address);
    int error = errno;
    umask(before);
    errno = error;
    return result;
}

/* True if there is a socket at `address` that nobody listens on; false with the fault set. */
static bool
is_stale(const struct place *place, const struct sockaddr_un *address)
{
    struct stat info;
    /* connect() refuses on a plain file just as on a stale socket. */
    if (lstat(address->sun_path, &info) == 0 && !S_ISSOCK(info.st_mode)) {
        refuse(place, "something that is no socket is there; remove it or choose another path");
        return false;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        refuse_errno(place, errno, "");
        return false;
    }
    int result = connect(fd, (const struct sockaddr *)address, sizeof *address);
    int error = errno;
    close(fd);
    if (result == 0 || error == EAGAIN)
        refuse(place, "another process listens there; end it or choose another path");
    else if (error != ECONNREFUSED)
        refuse_errno(place, error, " (is it another user's? remove it or choose another path)");
    else
        return true;
    return false;
}

static const char *
unix_cure(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return "; make its directory, owned by the user that Callgate runs as";
    case EACCES:
    case EPERM:
        return "; let the user that Callgate runs as write to its directory";
    default:
        return "";
    }
}

static int
listen_unix(const struct place *place)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    size_t length = strlen(place->address);
    if (length >= sizeof address.sun_path)
        return refuse(place, "a unix socket's path has 107 bytes at most; choose a shorter one");
    memcpy(address.sun_path, place->address, length);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return refuse_errno(place, errno, "");
    int result = bind_unix(fd, &address);
    if (result != 0 && errno == EADDRINUSE) {
        if (!is_stale(place, &address)) {
            close(fd);
            return -1;
        }
        unlink(address.sun_path);
        result = bind_unix(fd, &address);
    }
    if (result != 0) {
        int error = errno;
        close(fd);
        return refuse_errno(place, error, unix_cure(error));
    }
    return start_listening(place, fd);
}

/* ---- TCP ---- */

union tcp_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* "127.0.0.1:9000" or "[::1]:9000"; the address's length, 0 if it is neither. */
static socklen_t
parse_tcp(const char *text, union tcp_address *out)
{
    char host[INET6_ADDRSTRLEN + 2];
    const char *colon = strrchr(text, ':');
    int64_t port;
    if (colon == NULL || (size_t)(colon - text) >= sizeof host ||
        !text_to_int(colon + 1, 65535, &port) || port == 0)
        return 0;
    size_t length = (size_t)(colon - text);
    memcpy(host, text, length);
    host[length] = '\0';
    *out = (union tcp_address){ 0 };
    if (inet_pton(AF_INET, host, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons((uint16_t)port);
        return sizeof out->v4;
    }
    if (length < 2 || host[0] != '[' || host[length - 1] != ']')
        return 0;
    host[length - 1] = '\0';
    if (inet_pton(AF_INET6, host + 1, &out->v6.sin6_addr) != 1)
        return 0;
    out->v6.sin6_family = AF_INET6;
    out->v6.sin6_port = htons((uint16_t)port);
    return sizeof out->v6;
}

static bool
is_loopback(const union tcp_address *address)
{
    if (address->any.sa_family == AF_INET)
        return ntohl(address->v4.sin_addr.s_addr) >> 24 == 127;
    return IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr);
}

static int
listen_tcp(const struct place *place)
{
    union tcp_address address;
    socklen_t length = parse_tcp(place->address, &address);
    if (length == 0)
        return refuse(place, "write a unix socket's path (/run/callgate/web.sock), "
                             "127.0.0.1:PORT or [::1]:PORT");
    /* FastCGI has no password: whoever reaches the socket may pretend to be any web server. */
    if (!is_loopback(&address))
        return refuse(place, "only loopback addresses are allowed; take 127.0.0.1, [::1] or a "
                             "unix socket");
    int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return refuse_errno(place, errno, "");
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, &address.any, length) != 0) {
        int error = errno;
        close(fd);
        return refuse_errno(place, error,
                            error == EADDRINUSE ? "; end what listens there or choose another port"
                                                : "");
    }
    return start_listening(place, fd);
}

int
server_listen(const char *name, const char *address, struct fault *fault)
{
    struct place place = { .name = name, .address = address, .fault = fault };
    return address[0] == '/' ? listen_unix(&place) : listen_tcp(&place);
}

/* ---- what was handed to us ---- */

bool
server_is_listening(int fd)
{
    int listening = 0;
    socklen_t length = sizeof listening;
    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) == 0 && listening != 0;
}

bool
server_is_managed(int fd)
{
    struct sockaddr_un address = { 0 };
    socklen_t length = sizeof address;
    if (!server_is_listening(fd) || getsockname(fd, (struct sockaddr *)&address, &length) != 0 ||
        address.sun_family != AF_UNIX || length <= offsetof(struct sockaddr_un, sun_path))
        return false;
    /* The kernel ends a path with a NUL only if there is room for it. */
    char path[sizeof address.sun_path + 1];
    snprintf(path, sizeof path, "%.*s", (int)(length - offsetof(struct sockaddr_un, sun_path)),
             address.sun_path);
    const char *slash = strrchr(path, '/');
    const char *file = slash == NULL ? path : slash + 1;
    size_t before = strspn(file, "0123456789");
    if (before == 0 || file[before] != '.')
        return false;
    size_t after = strspn(file + before + 1, "0123456789");
    return after > 0 && file[before + 1 + after] == '\0';
}
