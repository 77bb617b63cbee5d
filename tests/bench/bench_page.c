/*
 * bench_page.c - a page against its one list query, for scripts/bench: each line of stdin is a
 * case, "NAME<tab>COOKIE<tab>TARGET<tab>PAGES"; each line of stdout what it took, "NAME<tab>ms of
 * the page<tab>ms of the query<tab>rows".
 *
 * The page is asked of the program's socket; the query is the same function of dao/ with what the
 * address says, on a connection of ours that has run it before. They take turns, and of each the
 * lower quartile counts, as what else the machine does only ever adds. PAGES: how often the link to
 * the next page is followed first, so that a deep one can be measured. A page that does not show
 * the rows of its query ends it all.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ask.h"
#include "dao/dao.h"
#include "http/http.h"

enum { PAGE_SIZE = 50, WARM_UP = 7, TURNS_MIN = 7, TURNS_MAX = 41, TURNS_MS = 400, WORDS = 4 };

struct bench {
    struct dao *dao;
    struct arena *arena;
    struct ask ask;
    struct sockaddr_un address;
    int64_t owner_id, tenant_id, app_row, idle_ms;
    struct http_pairs query; /* of the target */
    size_t rows; /* that the list query found last, without the one that tells of more */
};

static const char *
given(const struct bench *bench, const char *name)
{
    const char *value = http_pairs_find(&bench->query, name);
    return value == NULL ? "" : value;
}

static int64_t
given_number(const struct bench *bench, const char *name)
{
    return strtoll(given(bench, name), NULL, 10);
}

/* -1: none is given. */
static int
given_choice(const struct bench *bench, const char *name, const char *const *names, int count)
{
    const char *value = given(bench, name);
    int index = *value == '\0' ? -1 : name_index(names, count, value);
    if (*value != '\0' && index < 0)
        fatal("%s: unknown word: %s", name, value);
    return index;
}

/* ---- the queries ---- */

static enum status
list_apps(struct bench *bench)
{
    static const char *const orders[DAO_APP_ORDER__MAX] = { "newest", "name", "used" };
    bool tenant = text_equal(given(bench, "scope"), "tenant");
    int order = given_choice(bench, "sort", orders, DAO_APP_ORDER__MAX);
    struct dao_app_search search = {
        .owner_id = tenant ? 0 : bench->owner_id,
        .tenant_id = tenant ? bench->tenant_id : 0,
        .text = given(bench, "q"),
        .order = order < 0 ? DAO_APP_NEWEST : (enum dao_app_order)order,
        .id = given_number(bench, "before"),
        .key = http_pairs_find(&bench->query, "key"),
        .limit = PAGE_SIZE,
    };
    struct dao_app_page page;
    enum status status = dao_app_page(bench->dao, bench->arena, &search, &page);
    bench->rows = page.count;
    return status;
}

static enum status
list_authorized(struct bench *bench)
{
    enum { SHOWN_MAX = 200 };
    struct dao_authorized_list list;
    struct dao_authorized_place place = { 0 };
    enum status status;
    sscanf(given(bench, "before"), "%" SCNd64 "-%" SCNd64 "-%" SCNd64, &place.since_us, &place.app,
           &place.user);
    if (text_equal(given(bench, "scope"), "tenant"))
        status = dao_authorized_tenant(bench->dao, bench->arena, bench->tenant_id, bench->idle_ms,
                                       PAGE_SIZE, &place, &list);
    else
        status = dao_authorized_list(bench->dao, bench->arena, bench->owner_id, bench->idle_ms,
                                     SHOWN_MAX, &list);
    bench->rows = list.count;
    return status;
}

static enum status
find_apps(struct bench *bench)
{
    const int64_t day_ms = 24 * 60 * 60 * 1000;
    int type = given_choice(bench, "type", app_type_names, APP_TYPE__MAX);
    int level = given_choice(bench, "level", app_level_names, LEVEL__MAX);
    enum app_type type_value = (enum app_type)type;
    enum app_level level_value = (enum app_level)level;
    const char *name = given(bench, "name");
    struct dao_app_lookup search = {
        .before = given_number(bench, "before"),
        .name_part = *name == '\0' ? NULL : name,
        .owner_id = *given(bench, "owner") == '\0' ? 0 : bench->owner_id,
        .client_id = given_number(bench, "client"),
        .type = type < 0 ? NULL : &type_value,
        .level = level < 0 ? NULL : &level_value,
        .unused_ms = given_number(bench, "unused") * day_ms,
    };
    struct dao_app_list list;
    enum status status = dao_app_lookup(bench->dao, bench->arena, &search, PAGE_SIZE, &list);
    bench->rows = list.count;
    return status;
}

static enum status
list_users(struct bench *bench)
{
    int show = given_choice(bench, "show", dao_user_show_names, DAO_USER_SHOW__MAX);
    struct dao_user_filter filter = {
        .text = given(bench, "q"),
        .tenant_id = given_number(bench, "tenant"),
        .show = show < 0 ? DAO_USER_ALL : (enum dao_user_show)show,
        .after = given(bench, "after"),
    };
    struct dao_user_list list;
    enum status status = dao_user_page(bench->dao, bench->arena, &filter, PAGE_SIZE, &list);
    bench->rows = list.count;
    return status;
}

/* A day that ends a time is in it. */
static int64_t
given_time(const struct bench *bench, const char *name, int64_t added_ms)
{
    int64_t ms = 0;
    const char *text = given(bench, name);
    if (*text != '\0' && !clock_parse_utc(text, &ms))
        fatal("no time: %s", text);
    return *text == '\0' ? 0 : ms + added_ms;
}

static enum status
list_audit(struct bench *bench)
{
    const int64_t day_ms = 24 * 60 * 60 * 1000;
    struct dao_audit_filter filter = {
        .actor_login = given(bench, "actor"),
        .object_kind = given(bench, "object_kind"),
        .object_id = given(bench, "object_id"),
        .act = given(bench, "act"),
        .from_ms = given_time(bench, "from", 0),
        .to_ms = given_time(bench, "to", day_ms),
        .before = given_number(bench, "before"),
    };
    struct dao_audit_list list;
    enum status status = dao_audit_list(bench->dao, bench->arena, &filter, PAGE_SIZE, &list);
    bench->rows = list.count;
    return status;
}

static enum status
list_requests(struct bench *bench)
{
    int state = given_choice(bench, "state", request_state_names, REQUEST_STATE__MAX);
    struct dao_level_request_list list;
    enum status status = dao_level_request_list(
        bench->dao, bench->arena, state < 0 ? REQUEST_OPEN : (enum request_state)state,
        given_number(bench, "from"), PAGE_SIZE, &list);
    bench->rows = list.count;
    return status;
}

static enum status
list_refusals(struct bench *bench)
{
    enum { SHOWN_MAX = 100 };
    struct dao_refusal_list list;
    enum status status =
        dao_refusal_list(bench->dao, bench->arena, bench->app_row, SHOWN_MAX, &list);
    bench->rows = list.count;
    return status;
}

/* A reader's days are those of UTC here, the last one going on. */
static enum status
read_usage(struct bench *bench)
{
    const int64_t hour_ms = 60 * 60 * 1000;
    enum { DAYS = 30, HOURS = 24 };
    int64_t last = clock_wall_ms() / hour_ms;
    bool by_hour = text_equal(given(bench, "by"), "hour");
    int64_t hours = by_hour ? HOURS : (DAYS - 1) * HOURS + last % HOURS + 1;
    struct dao_usage_read read;
    enum status status = dao_usage_read(bench->dao, bench->arena, bench->app_row,
                                        (last - hours + 1) * hour_ms, (size_t)hours, &read);
    bench->rows = by_hour ? HOURS : DAYS;
    return status;
}

typedef enum status (*list_query)(struct bench *bench);

/* The path ends so; the first that fits counts. */
static const struct {
    const char *end;
    list_query run;
} pages[] = {
    { "/app/authorized", list_authorized },
    { "/admin/app/", find_apps },
    { "/admin/user/", list_users },
    { "/admin/audit/", list_audit },
    { "/admin/request/", list_requests },
    { "/refusals", list_refusals },
    { "/usage", read_usage },
    { "/app/", list_apps },
};

static list_query
query_of(struct bench *bench, const char *target)
{
    size_t length = strcspn(target, "?");
    const char *query = target + length + (target[length] == '?');
    if (http_form_parse_urlencoded(bench->arena, query, strlen(query), &bench->query) != HTTP_FINE)
        fatal("%s can't be read", target);
    for (size_t i = 0; i < LENGTH_OF(pages); i++) {
        size_t end = strlen(pages[i].end);
        if (length >= end && strncmp(target + length - end, pages[i].end, end) == 0)
            return pages[i].run;
    }
    fatal("no page of rows: %s", target);
}

/* ---- the page ---- */

static void
ask_page(struct bench *bench, const char *target)
{
    int status = ask_send(&bench->ask, &bench->address);
    if (status != 200)
        fatal("%s: %d", target, status);
}

/* Of a table, or cards of a list. */
static size_t
count_rows(const char *page)
{
    static const char *const marks[] = { "<tr", "<li class=\"card\"" };
    size_t count = 0;
    for (size_t i = 0; i < LENGTH_OF(marks); i++)
        for (const char *p = page; (p = strstr(p, marks[i])) != NULL; p++)
            count++;
    return count;
}

/* Where the last link below the list leads. */
static const char *
next_target(struct bench *bench)
{
    static const char mark[] = "href=\"";
    const char *pager = strstr(bench->ask.answer, "class=\"pager\""), *link = NULL;
    const char *end = pager == NULL ? NULL : strstr(pager, "</div>");
    for (const char *p = pager; p != NULL && (p = strstr(p, mark)) != NULL && p < end; p++)
        link = p + strlen(mark);
    if (link == NULL)
        fatal("there is no next page");
    struct buf out;
    buf_init(&out, bench->arena, SIZE_MAX);
    for (; *link != '"'; link++) {
        buf_char(&out, *link);
        if (text_starts(link, "&amp;"))
            link += strlen("amp;");
    }
    return out.data;
}

/* ---- measuring ---- */

static double
now_ms(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec * 1e3 + (double)at.tv_nsec / 1e6;
}

static int
compare(const void *one, const void *other)
{
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

static double
lower_quartile(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    return values[count / 4];
}

static void
run_query(struct bench *bench, list_query query, const char *target)
{
    if (query(bench) != OK)
        fatal("the query failed: %s", target);
}

static void
measure(struct bench *bench, const char *name, const char *target, list_query query)
{
    double page_ms[TURNS_MAX], query_ms[TURNS_MAX], began = 0;
    size_t turns = 0;
    for (int warm = 0; turns < TURNS_MIN || (turns < TURNS_MAX && now_ms() < began + TURNS_MS);
         warm++) {
        double a = now_ms();
        ask_page(bench, target);
        double b = now_ms();
        run_query(bench, query, target);
        double c = now_ms();
        if (warm < WARM_UP) {
            began = c;
            continue;
        }
        page_ms[turns] = b - a;
        query_ms[turns++] = c - b;
    }
    if (count_rows(bench->ask.answer) < bench->rows)
        fatal("%s shows fewer than %zu rows", target, bench->rows);
    printf("%s\t%.3f\t%.3f\t%zu\n", name, lower_quartile(page_ms, turns),
           lower_quartile(query_ms, turns), bench->rows);
    fflush(stdout);
}

static void
run_case(struct bench *bench, char *line)
{
    const char *words[WORDS];
    line[strcspn(line, "\n")] = '\0';
    for (size_t i = 0; i < WORDS; i++) {
        words[i] = strsep(&line, "\t");
        if (words[i] == NULL)
            fatal("a line has %d words", WORDS);
    }
    struct ask_what what = { "GET", words[2], "", words[1], "" };
    for (long i = strtol(words[3], NULL, 10); i > 0; i--) {
        ask_build(&bench->ask, &what);
        ask_page(bench, what.target);
        what.target = next_target(bench);
    }
    ask_build(&bench->ask, &what);
    measure(bench, words[0], what.target, query_of(bench, what.target));
}

int
main(int argc, char **argv)
{
    if (argc != 7)
        fatal("usage: bench_page SOCKET CONNINFO IDLE_MS OWNER TENANT APP_ROW");
    static struct bench bench;
    bench.arena = arena_open();
    bench.address = ask_address(argv[1]);
    bench.dao = dao_open(&(struct dao_options){ argv[2], "bench_page", 60000 });
    bench.idle_ms = strtoll(argv[3], NULL, 10);
    bench.owner_id = strtoll(argv[4], NULL, 10);
    bench.tenant_id = strtoll(argv[5], NULL, 10);
    bench.app_row = strtoll(argv[6], NULL, 10);
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) >= 0) {
        run_case(&bench, line);
        arena_reset(bench.arena);
    }
    free(line);
    dao_close(bench.dao);
    arena_close(bench.arena);
    return 0;
}
