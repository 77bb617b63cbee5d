/*
 * server_demo.c - a small program on server_run(), for tests/e2e/test_10_worker.py.
 *
 * server_demo ADDRESS WORKERS IO_TIMEOUT_MS DRAIN_MS LOG [WORD...]: ADDRESS is one of
 * server_listen() or fd:NUMBER; LOG is a file's absolute path or stderr. What a request does is the
 * value of its parameter DEMO. Words: ready (watch a descriptor that is always ready), unready (the
 * workers' init fails), tick (log each tick), crowded (every descriptor up to 1,100 is an idle
 * connection before the workers start). A worker's init waits while there is a file LOG.wait, and
 * fails if there is a file LOG.fail.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "server/server.h"

enum { TICK_MS = 50, CROWD = 1100 };

static struct {
    bool ready, unready, tick, crowded;
    bool watching; /* the pipe is one of the hooks' descriptors */
    int pipe[2];
    const char *log;
} demo;

static void
open_pipe(void)
{
    if (pipe2(demo.pipe, O_CLOEXEC | O_NONBLOCK) != 0)
        fatal("pipe2");
    demo.watching = true;
}

static void
wake_pipe(void)
{
    if (write(demo.pipe[1], "x", 1) != 1)
        fatal("write");
}

static void
pause_ms(int64_t ms)
{
    struct timespec time = { .tv_sec = (time_t)(ms / 1000),
                             .tv_nsec = (long)(ms % 1000) * 1000000 };
    nanosleep(&time, NULL);
}

static bool
is_there(const char *suffix)
{
    char path[1024];
    snprintf(path, sizeof path, "%s.%s", demo.log, suffix);
    return access(path, F_OK) == 0;
}

static bool
init_worker(void *context)
{
    (void)context;
    while (is_there("wait"))
        pause_ms(5);
    if (is_there("fail"))
        return false;
    open_pipe();
    if (demo.ready)
        wake_pipe();
    return !demo.unready;
}

static size_t
fds(void *context, int out[static SERVER_FDS_MAX])
{
    (void)context;
    out[0] = demo.pipe[0];
    return demo.watching ? 1 : 0;
}

static void
on_readable(void *context, int fd)
{
    (void)context;
    char byte;
    if (demo.ready)
        return;
    if (read(fd, &byte, 1) == 1)
        log_event(LOG_AT_INFO, "readable", NULL);
}

static void
tick(void *context)
{
    (void)context;
    if (demo.tick)
        log_event(LOG_AT_INFO, "tick", NULL);
}

static void
drain(void *context)
{
    (void)context;
    log_event(LOG_AT_INFO, "drained", NULL);
}

static void
say_body(struct http_request *request, struct buf *out)
{
    char piece[1000];
    size_t total = 0;
    long length;
    while ((length = request->read(request->read_context, piece, sizeof piece)) > 0)
        total += (size_t)length;
    buf_printf(out, "body=%zu\nread=%ld\n", total, length);
}

static void
obey(struct http_request *request, const char *order, struct buf *out)
{
    int64_t number = 0;
    const char *argument = strchr(order, ':');
    if (argument != NULL && !text_to_int(argument + 1, 100000000, &number))
        fatal("DEMO: bad number");
    if (text_starts(order, "sleep:"))
        pause_ms(number);
    else if (text_equal(order, "abort"))
        abort();
    else if (text_starts(order, "exit:"))
        _exit((int)number);
    else if (text_equal(order, "body"))
        say_body(request, out);
    else if (text_starts(order, "big:"))
        for (int64_t i = 0; i < number; i += 10)
            buf_text(out, "123456789\n");
    else if (text_equal(order, "wake"))
        wake_pipe();
    else if (text_equal(order, "vanish"))
        demo.watching = false;
    else if (text_equal(order, "reopen")) {
        close(demo.pipe[0]);
        close(demo.pipe[1]);
        open_pipe();
    }
}

static void
handle(void *context, struct http_request *request, struct http_response *response)
{
    (void)context;
    log_event(LOG_AT_INFO, "handle called", NULL);
    const char *order = http_param(request, "DEMO");
    const char *method = http_param(request, "REQUEST_METHOD");
    int lowest = dup(STDERR_FILENO);
    struct buf out;
    buf_init(&out, request->arena, SIZE_MAX);
    buf_printf(&out, "method=%s\npid=%d\nid=%s\nrole=%s\nparams=%zu\nlowest_fd=%d\n",
               method == NULL ? "" : method, (int)getpid(), request->id,
               request->role == HTTP_AUTHORIZER ? "authorizer" : "responder", request->params.count,
               lowest);
    close(lowest);
    const char *echo = http_param(request, "DEMO_ECHO");
    if (echo != NULL)
        buf_printf(&out, "echo=%s\n", echo);
    if (order != NULL)
        obey(request, order, &out);
    response->status = 200;
    http_response_header(response, "Content-Type", "text/plain");
    response->body = out.data;
    response->body_length = out.length;
}

static void
done(void *context, const struct http_request *request, const struct http_response *response,
     double ms)
{
    (void)context;
    (void)request;
    log_access("status", response->status == 200 ? "200" : "?", "ms", ms >= 0 ? "some" : "?", NULL);
}

static void
crowd(void)
{
    int ends[2] = { 0 };
    while (ends[0] < CROWD && ends[1] < CROWD)
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
            fatal("socketpair");
}

static int
open_listener(const char *address)
{
    struct fault fault;
    int64_t number;
    if (text_starts(address, "fd:") && text_to_int(address + 3, 10000, &number))
        return (int)number;
    int fd = server_listen("demo", address, &fault);
    if (fd < 0)
        fatal("%s", fault.text);
    return fd;
}

int
main(int argc, char **argv)
{
    int64_t workers, io_timeout_ms, drain_ms;
    struct fault fault;
    if (argc < 6 || !text_to_int(argv[2], 64, &workers) ||
        !text_to_int(argv[3], 1000000, &io_timeout_ms) || !text_to_int(argv[4], 1000000, &drain_ms))
        fatal("see the head of server_demo.c");
    const struct log_options log = { .target = argv[5], .level = LOG_AT_DEBUG };
    if (!log_open(&log, &fault))
        fatal("%s", fault.text);
    for (int i = 6; i < argc; i++) {
        demo.ready = demo.ready || text_equal(argv[i], "ready");
        demo.unready = demo.unready || text_equal(argv[i], "unready");
        demo.tick = demo.tick || text_equal(argv[i], "tick");
        demo.crowded = demo.crowded || text_equal(argv[i], "crowded");
    }
    const struct server_hooks hooks = {
        .init_worker = init_worker,
        .handle = handle,
        .done = done,
        .fds = fds,
        .on_readable = on_readable,
        .tick = tick,
        .drain = drain,
    };
    const struct server_options options = {
        .pools = { { .name = "demo",
                     .listen_fd = open_listener(argv[1]),
                     .workers = (unsigned)workers,
                     .hooks = &hooks } },
        .pool_count = 1,
        .drain_ms = drain_ms,
        .io_timeout_ms = io_timeout_ms,
        .tick_ms = TICK_MS,
    };
    demo.log = argv[5];
    if (demo.crowded)
        crowd();
    return server_run(&options);
}
