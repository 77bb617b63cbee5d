/*
 * serve.c - serving: the sockets of web and gate, or the one that a web server gave us.
 *
 * Ties server/ to web/ and gate/: the only place that knows them. What is read from files and made
 * before the fork is one `struct world` in one arena. A reload makes another, and only if that is
 * whole lets the first go: the master itself needs neither, and each worker has a copy of the one
 * it was born with.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "cli/cli.h"
#include "gate/gate.h"
#include "routes.h"
#include "server/server.h"
#include "web/web.h"

enum { TICK_MS = 1000, PURGE_MS = 600000, PURGE_MAX = 1000 };

struct world {
    struct cli cli; /* its arena holds all of this world */
    struct web web;
    struct web gate_web; /* the same with the API's own resources alone */
    struct dao_options dao_options;
    int64_t purge_at; /* monotonic */
};

static bool
init_worker(void *context)
{
    struct world *world = context;
    struct dao *dao = dao_open(&world->dao_options);
    int64_t longest_ms = world->web.settings->gate_cache;
    struct web_cache *cache = longest_ms == 0 ? NULL : web_cache_open(longest_ms);
    if (cache != NULL)
        dao_listen(dao, web_cache_evict, cache);
    world->web.dao = world->gate_web.dao = dao;
    world->web.cache = world->gate_web.cache = cache;
    world->web.counts = world->gate_web.counts = web_counts_open();
    /* Workers that started together do not come together. */
    world->purge_at = clock_monotonic_ms() + (int64_t)getpid() * 7919 % 60000;
    return true;
}

/* What was counted is written, a second's worth at once. */
static void
tick_gate(void *context)
{
    struct world *world = context;
    struct arena *arena = arena_open();
    web_counts_flush(&world->web, arena);
    arena_close(arena);
}

/* What has ended goes, and partitions are kept ahead, without a cron job (DESIGN §4). */
static void
tick_web(void *context)
{
    struct world *world = context;
    tick_gate(context);
    struct dao_purged purged;
    if (clock_monotonic_ms() < world->purge_at)
        return;
    world->purge_at = clock_monotonic_ms() + PURGE_MS;
    const struct settings *settings = world->web.settings;
    int64_t disabled;
    if (action_app_disable_unused(world->web.dao, settings->app_unused_disable, &disabled) != OK)
        log_event(LOG_AT_WARNING, "no unused applications disabled; tried again later", NULL);
    if (dao_purge(world->web.dao, PURGE_MAX, settings->tokens_refresh_idle, &purged) != OK)
        log_event(LOG_AT_WARNING, "nothing purged; tried again later", NULL);
}

/* The web pool; and a socket that a web server gave us, where the gate is asked too. */
static void
handle_web(void *context, struct http_request *request, struct http_response *response)
{
    struct world *world = context;
    if (gate_is_asked(request))
        gate_handle(&world->web, request, response);
    else
        web_handle(&world->web, request, response);
}

/* The gate's pool: no page and no grant is served here, so it never hashes a password. */
static void
handle_gate(void *context, struct http_request *request, struct http_response *response)
{
    struct world *world = context;
    if (gate_is_asked(request))
        gate_handle(&world->gate_web, request, response);
    else
        web_handle(&world->gate_web, request, response);
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
    tick_gate(context);
    dao_close(world->web.dao);
    web_cache_close(world->web.cache);
    web_counts_close(world->web.counts);
}

static const struct server_hooks web_hooks = {
    .init_worker = init_worker,
    .handle = handle_web,
    .done = done,
    .fds = fds,
    .on_readable = on_readable,
    .tick = tick_web,
    .drain = drain,
};

static const struct server_hooks gate_hooks = {
    .init_worker = init_worker,
    .handle = handle_gate,
    .done = done,
    .fds = fds,
    .on_readable = on_readable,
    .tick = tick_gate,
    .drain = drain,
};

/* ---- in the master, before each fork ---- */

enum { WEB, GATE, POOLS };

static const char *const pool_names[POOLS] = { "web", "gate" };
static const char *const listen_names[POOLS] = { "server.web_listen", "server.gate_listen" };

struct master {
    struct world *world;
    struct server_hooks hooks[POOLS];
    const char *listens[POOLS]; /* where we opened a socket ourselves; NULL: it was given to us */
    bool managed;               /* one process, and no pools */
};

static const char *
listen_of(const struct settings *settings, size_t pool)
{
    return pool == WEB ? settings->server_web_listen : settings->server_gate_listen;
}

static unsigned
workers_of(const struct settings *settings, size_t pool)
{
    return (unsigned)(pool == WEB ? settings->server_workers : settings->server_gate_workers);
}

/* What of the settings the server itself has to know. */
static void
tell_server(const struct master *master, struct server_options *options)
{
    const struct settings *settings = &master->world->cli.settings;
    for (size_t i = 0; i < options->pool_count; i++)
        options->pools[i].workers = master->managed ? 0 : workers_of(settings, i);
    options->drain_ms = settings->server_drain;
    options->io_timeout_ms = settings->server_io_timeout;
}

static void
use(struct master *master, struct world *world)
{
    master->world = world;
    for (size_t i = 0; i < POOLS; i++)
        master->hooks[i].context = world;
}

/* A world in an arena of its own, without settings as yet. */
static struct world *
world_begin(const struct cli *cli)
{
    struct arena *arena = arena_open();
    struct world *world = arena_alloc(arena, sizeof *world);
    world->cli = *cli;
    world->cli.arena = arena;
    return world;
}

static bool
world_finish(struct world *world, struct fault *fault)
{
    world->dao_options = cli_dao_options(&world->cli);
    if (!cli_web_open(&world->cli, &world->web, fault))
        return false;
    world->gate_web = world->web;
    struct web_route *own = arena_alloc(world->cli.arena, route_count * sizeof *own);
    size_t count = 0;
    for (size_t i = 0; i < route_count; i++)
        if (routes[i].under_prefix)
            own[count++] = routes[i];
    world->gate_web.routes = own;
    world->gate_web.route_count = count;
    return true;
}

static void
warn_of_restart(const struct master *master, const struct world *fresh)
{
    for (size_t i = 0; i < POOLS; i++)
        if (master->listens[i] != NULL &&
            !text_equal(master->listens[i], listen_of(&fresh->cli.settings, i)))
            log_event(LOG_AT_WARNING, "a listening address changes by a restart only", "setting",
                      listen_names[i], "listening", master->listens[i], NULL);
}

static bool
reload(void *context, struct server_options *options, struct fault *fault)
{
    struct master *master = context;
    struct world *before = master->world, *fresh = world_begin(&before->cli);
    struct cli *cli = &fresh->cli;
    struct fault ignored;
    bool fine =
        settings_load(&cli->settings, cli->arena, cli->conf, fault) && world_finish(fresh, fault);
    /* Last, as of these there is only one: what can fail without them has not. */
    if (fine && !cli_process_open(&cli->settings, fault)) {
        fine = false;
        if (!cli_process_open(&before->cli.settings, &ignored))
            log_event(LOG_AT_ERROR, "log or passwords are not as before", "detail", ignored.text,
                      NULL);
    }
    if (!fine) {
        arena_close(cli->arena);
        return false;
    }
    use(master, fresh);
    arena_close(before->cli.arena);
    tell_server(master, options);
    warn_of_restart(master, fresh);
    return true;
}

static int
run(struct cli *cli, const int sockets[], size_t count, struct master *master)
{
    struct fault fault;
    /* Passwords and secrets pass through: no core dump, no reading by others of the same user. */
    if (prctl(PR_SET_DUMPABLE, 0) != 0)
        fatal("prctl: %s", strerror(errno));
    master->hooks[WEB] = web_hooks;
    master->hooks[GATE] = gate_hooks;
    use(master, world_begin(cli));
    if (!cli_process_open(&cli->settings, &fault) || !world_finish(master->world, &fault))
        fatal("%s", fault.text);
    struct server_options options = {
        .pool_count = count,
        .tick_ms = TICK_MS,
        .reload = reload,
        .reload_context = master,
    };
    for (size_t i = 0; i < count; i++) {
        options.pools[i].name = pool_names[i];
        options.pools[i].listen_fd = sockets[i];
        options.pools[i].hooks = &master->hooks[i];
    }
    tell_server(master, &options);
    int code = server_run(&options);
    arena_close(master->world->cli.arena);
    return code;
}

int
cli_serve(struct cli *cli)
{
    struct fault fault;
    struct master master = { 0 };
    int sockets[POOLS];
    if (!cli_settings(cli))
        return EXIT_CANNOT;
    if (!server_handed(pool_names, POOLS, sockets, &fault))
        return cli_say(EXIT_CANNOT, "%s", fault.text);
    for (size_t i = 0; i < POOLS; i++) {
        if (sockets[i] >= 0)
            continue;
        master.listens[i] = arena_strdup(cli->arena, listen_of(&cli->settings, i));
        sockets[i] = server_listen(listen_names[i], master.listens[i], &fault);
        if (sockets[i] < 0)
            return cli_say(EXIT_CANNOT, "%s", fault.text);
    }
    return run(cli, sockets, POOLS, &master);
}

int
cli_serve_descriptor(struct cli *cli, int fd)
{
    /* mod_fcgid counts processes and wants to know each; anywhere else we are our own master. */
    struct master master = { .managed = server_is_managed(fd) };
    if (!cli_settings(cli))
        return EXIT_CANNOT;
    return run(cli, &fd, 1, &master);
}
