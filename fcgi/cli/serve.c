/*
 * serve.c - serving: the web socket, or a socket that a web server gave us.
 *
 * Ties server/ to web/: the only place that knows both.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <unistd.h>

#include "cli/cli.h"
#include "server/server.h"
#include "web/web.h"

enum { TICK_MS = 1000, PURGE_MS = 600000, PURGE_MAX = 1000 };

struct world {
    struct web web;
    struct dao_options dao_options;
    int64_t purge_at; /* monotonic */
};

static bool
init_worker(void *context)
{
    struct world *world = context;
    world->web.dao = dao_open(&world->dao_options);
    /* Workers that started together do not come together. */
    world->purge_at = clock_monotonic_ms() + (int64_t)getpid() * 7919 % 60000;
    return true;
}

/* What has ended goes, and partitions are kept ahead, without a cron job (DESIGN §4). */
static void
tick(void *context)
{
    struct world *world = context;
    struct dao_purged purged;
    if (clock_monotonic_ms() < world->purge_at)
        return;
    world->purge_at = clock_monotonic_ms() + PURGE_MS;
    const struct settings *settings = world->web.settings;
    if (dao_purge(world->web.dao, PURGE_MAX, settings->tokens_refresh_idle, &purged) != OK)
        log_event(LOG_AT_WARNING, "nothing purged; tried again later", NULL);
}

static void
handle(void *context, struct http_request *request, struct http_response *response)
{
    struct world *world = context;
    web_handle(&world->web, request, response);
}

static void
done(void *context, const struct http_request *request, const struct http_response *response,
     double ms)
{
    (void)context;
    web_log(request, response, ms);
}

static size_t
fds(void *context, int out[static SERVER_FDS_MAX])
{
    const struct world *world = context;
    out[0] = dao_fd(world->web.dao);
    return out[0] < 0 ? 0 : 1;
}

static void
on_readable(void *context, int fd)
{
    struct world *world = context;
    (void)fd;
    dao_on_readable(world->web.dao);
}

static void
drain(void *context)
{
    struct world *world = context;
    dao_close(world->web.dao);
    world->web.dao = NULL;
}

static int
run(struct cli *cli, int fd, unsigned workers)
{
    struct fault fault;
    struct world world = { .dao_options = cli_dao_options(cli) };
    const struct settings *settings = &cli->settings;
    if (!cli_world_open(cli, &world.web, &fault))
        fatal("%s", fault.text);
    struct server_hooks hooks = {
        .context = &world,
        .init_worker = init_worker,
        .handle = handle,
        .done = done,
        .fds = fds,
        .on_readable = on_readable,
        .tick = tick,
        .drain = drain,
    };
    struct server_options options = {
        .hooks = &hooks,
        .listen_fd = fd,
        .workers = workers,
        .drain_ms = settings->server_drain,
        .io_timeout_ms = settings->server_io_timeout,
        .tick_ms = TICK_MS,
    };
    return server_run(&options);
}

int
cli_serve(struct cli *cli)
{
    struct fault fault;
    if (!cli_settings(cli))
        return EXIT_CANNOT;
    int fd = server_listen("server.web_listen", cli->settings.server_web_listen, &fault);
    if (fd < 0)
        return cli_say(EXIT_CANNOT, "%s", fault.text);
    return run(cli, fd, (unsigned)cli->settings.server_workers);
}

int
cli_serve_descriptor(struct cli *cli, int fd)
{
    if (!cli_settings(cli))
        return EXIT_CANNOT;
    /* mod_fcgid counts processes and wants to know each; anywhere else we are our own master. */
    unsigned workers = server_is_managed(fd) ? 0 : (unsigned)cli->settings.server_workers;
    return run(cli, fd, workers);
}
