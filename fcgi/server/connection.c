/*
 * connection.c - one FastCGI connection: taken, read, answered, closed.
 *
 * The only file that knows libfcgi. Its own accept and close wait without a limit, so both are
 * ours: we take the connection, give it timeouts and hand it over through fields that the library's
 * header calls private (ipcFd, keepConnection), and it gives the connection back after the answer.
 * A connection serves one request: a kept one would pin its worker and starve the others.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <fastcgi.h>
#include <fcgiapp.h>

#include "server/server_int.h"

/* How long a web server may take to close, and to stop sending a body that nobody reads. */
enum { CLOSE_SILENCE_MS = 250, CLOSE_TOTAL_MS = 5000 };

enum { ID_BYTES = 8, IDS_AT_ONCE = 32 };

struct connection {
    const struct serving *serving;
    struct arena *arena;
    FCGX_Request fcgi;
    char id[2 * ID_BYTES + 1];
    unsigned char random[IDS_AT_ONCE * ID_BYTES]; /* for the ids to come: the kernel's at once */
    size_t random_left;
};

struct connection *
server_connection_open(const struct serving *serving)
{
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL)
        fatal("out of memory");
    connection->serving = serving;
    connection->arena = arena_open();
    if (FCGX_Init() != 0 || FCGX_InitRequest(&connection->fcgi, -1, 0) != 0)
        fatal("libfcgi can't be started");
    return connection;
}

void
server_connection_close(struct connection *connection)
{
    arena_close(connection->arena);
    free(connection);
}

static double
now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* ---- the trick: see the head of the file ---- */

static enum connection_result
take(struct connection *connection, int *out)
{
    int fd = accept4(serving_pool(connection->serving)->listen_fd, NULL, NULL, SOCK_CLOEXEC);
    *out = fd;
    if (fd < 0) {
        switch (errno) {
        case EBADF:
        case EINVAL:
        case ENOTSOCK:
        case EOPNOTSUPP:
            log_event(LOG_AT_ERROR, "listening socket is broken", "detail", strerror(errno), NULL);
            return CONNECTION_BROKEN;
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
            log_event(LOG_AT_ERROR, "connection can't be taken", "detail", strerror(errno), NULL);
            return CONNECTION_BUSY;
        default: /* a sibling took it (EAGAIN), or the web server has left again */
            return CONNECTION_SERVED;
        }
    }
    int64_t timeout = connection->serving->options->io_timeout_ms;
    struct timeval limit = { .tv_sec = (time_t)(timeout / 1000),
                             .tv_usec = (suseconds_t)(timeout % 1000 * 1000) };
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0) {
        log_event(LOG_AT_ERROR, "connection can't be given a timeout", "detail", strerror(errno),
                  NULL);
        close(fd);
        *out = -1;
    }
    return CONNECTION_SERVED;
}

static void
note_drop(const char *why)
{
    log_event(LOG_AT_INFO, "connection dropped", "detail", why, NULL);
}

/* Gives up without a word to the web server, which then answers for us (500). */
static void
drop(struct connection *connection, const char *why)
{
    note_drop(why);
    FCGX_Free(&connection->fcgi, 1);
}

/* Has libfcgi read the begin record and the parameters; false: there is no request to answer. */
static bool
begin(struct connection *connection, int fd)
{
    FCGX_Request *fcgi = &connection->fcgi;
    fcgi->ipcFd = fd;
    fcgi->keepConnection = 1; /* or it would be closed before it is read */
    FCGX_Detach(fcgi);        /* what libfcgi closes, it closes at once */
    /* On a failure the library closes it and goes on to accept: there is no socket for that. */
    if (FCGX_Accept_r(fcgi) < 0) {
        note_drop("no complete request came");
        return false;
    }
    fcgi->keepConnection = 1; /* finish() closes it, whatever the web server asked for */
    /* Parameters cut short come as success with those that did arrive. */
    if (FCGX_GetError(fcgi->in) != 0) {
        drop(connection, "the parameters were cut short");
        return false;
    }
    if (fcgi->role != FCGI_RESPONDER && fcgi->role != FCGI_AUTHORIZER) {
        drop(connection, "neither responder nor authorizer");
        return false;
    }
    return true;
}

/* Sends what is left and the end of the request; nothing more will come from us. */
static void
finish(struct connection *connection)
{
    FCGX_Finish_r(&connection->fcgi);
    if (connection->fcgi.ipcFd >= 0)
        shutdown(connection->fcgi.ipcFd, SHUT_WR);
}

/* Closing on unread data makes the kernel throw away what the web server has not read yet. */
static void
let_go(struct connection *connection)
{
    int fd = connection->fcgi.ipcFd;
    if (fd < 0)
        return;
    struct pollfd wait = { .fd = fd, .events = POLLIN };
    int64_t deadline = clock_monotonic_ms() + CLOSE_TOTAL_MS;
    char trash[4096];
    while (clock_monotonic_ms() < deadline)
        if (poll(&wait, 1, CLOSE_SILENCE_MS) <= 0 || read(fd, trash, sizeof trash) <= 0)
            break;
    close(fd);
    connection->fcgi.ipcFd = -1;
}

/* ---- the request ---- */

static struct http_pairs
copy_params(struct arena *arena, char *const *envp)
{
    size_t count = 0;
    while (envp[count] != NULL)
        count++;
    struct http_pair *items = arena_alloc(arena, (count + 1) * sizeof *items);
    for (size_t i = 0; i < count; i++) {
        char *name = arena_strdup(arena, envp[i]);
        char *equals = strchr(name, '=');
        items[i].name = name;
        items[i].value = "";
        if (equals != NULL) {
            *equals = '\0';
            items[i].value = equals + 1;
        }
    }
    return (struct http_pairs){ .items = items, .count = count };
}

static long
read_body(void *context, char *data, size_t size)
{
    FCGX_Request *fcgi = context;
    /* mod_fcgid sends an authorizer no input, not even its end: reading would hang. */
    if (fcgi->role == FCGI_AUTHORIZER)
        return 0;
    int length = FCGX_GetStr(data, size < INT_MAX ? (int)size : INT_MAX, fcgi->in);
    return FCGX_GetError(fcgi->in) != 0 ? -1 : length;
}

static void
make_id(struct connection *connection)
{
    size_t size = sizeof connection->random;
    if (connection->random_left == 0) {
        if (getrandom(connection->random, size, 0) != (ssize_t)size)
            fatal("no random bytes for request ids: %s", strerror(errno));
        connection->random_left = size;
    }
    connection->random_left -= ID_BYTES;
    hex_encode(connection->random + connection->random_left, ID_BYTES, connection->id);
}

static void
fill_request(struct connection *connection, struct http_request *request)
{
    make_id(connection);
    *request = (struct http_request){
        .arena = connection->arena,
        .id = connection->id,
        .wall_ms = clock_wall_ms(),
        .monotonic_ms = clock_monotonic_ms(),
        .role = connection->fcgi.role == FCGI_AUTHORIZER ? HTTP_AUTHORIZER : HTTP_RESPONDER,
        .params = copy_params(connection->arena, connection->fcgi.envp),
        .read = read_body,
        .read_context = &connection->fcgi,
    };
}

static void
send_response(struct connection *connection, const struct http_request *request,
              const struct http_response *response)
{
    if (response->status == 0)
        panic("a request was handled without an answer");
    struct buf out;
    buf_init(&out, connection->arena, INT_MAX);
    http_response_emit(response, request->method == HTTP_HEAD, &out);
    if (out.failed)
        panic("an answer of more than 2 GiB");
    if (FCGX_PutStr(out.data, (int)out.length, connection->fcgi.out) < 0)
        drop(connection, "the web server does not take the answer");
    else
        finish(connection);
}

static void
answer(struct connection *connection)
{
    const struct serving *serving = connection->serving;
    const struct server_hooks *hooks = serving_pool(serving)->hooks;
    double started = now_ms();
    struct http_request request;
    struct http_response response;

    fill_request(connection, &request);
    http_response_init(&response, connection->arena);
    log_set_request(connection->id);
    hooks->handle(hooks->context, &request, &response);
    counters_answer(&serving->counters->pools[serving->pool], response.status);
    send_response(connection, &request, &response);
    if (hooks->done != NULL)
        hooks->done(hooks->context, &request, &response, now_ms() - started);
    log_set_request(NULL);
    arena_reset(connection->arena);
}

enum connection_result
server_connection_serve(struct connection *connection)
{
    int fd;
    enum connection_result result = take(connection, &fd);
    if (fd < 0)
        return result;
    if (begin(connection, fd)) {
        answer(connection);
        let_go(connection);
    }
    return CONNECTION_SERVED;
}
