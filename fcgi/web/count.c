/*
 * count.c - what passed the gate, what it refused, the tokens issued: counted in memory and written
 * in batches.
 *
 * A flood of requests is a few rows a second in the database. A worker that is killed loses what it
 * had counted since the last flush, one second's worth.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <stdlib.h>
#include <string.h>

#include "web/web.h"

enum { ROOM = 1024, METHOD_MAX = 16, RULE_MAX = 160, REQUEST_MAX = 32 };

struct count {
    int64_t app_row;
    const char *grant, *reason;
    char method[METHOD_MAX], rule[RULE_MAX], request_id[REQUEST_MAX];
    int64_t count;
};

struct web_counts {
    size_t used;
    struct count items[ROOM];
};

struct web_counts *
web_counts_open(void)
{
    struct web_counts *counts = calloc(1, sizeof *counts);
    if (counts == NULL)
        fatal("out of memory");
    return counts;
}

void
web_counts_close(struct web_counts *counts)
{
    free(counts);
}

/* Cut, and of printable ASCII alone: no byte of a request parts the lines of a batch, or makes the
 * database refuse all of it. */
static void
keep(char *out, size_t size, const char *text)
{
    size_t length = strlen(text);
    if (length >= size)
        length = size - 1;
    for (size_t i = 0; i < length; i++)
        out[i] = text[i] > 0x20 && text[i] < 0x7f ? text[i] : '?';
    out[length] = '\0';
    if (length == 0)
        memcpy(out, "-", 2);
}

static struct count *
find(struct web_counts *counts, const struct count *wanted)
{
    for (size_t i = 0; i < counts->used; i++) {
        struct count *item = &counts->items[i];
        if (item->app_row == wanted->app_row && item->grant == wanted->grant &&
            item->reason == wanted->reason && text_equal(item->method, wanted->method) &&
            text_equal(item->rule, wanted->rule))
            return item;
    }
    if (counts->used == ROOM)
        return NULL;
    counts->items[counts->used] = *wanted;
    return &counts->items[counts->used++];
}

void
web_count(struct web_counts *counts, const struct web_event *event)
{
    struct count wanted = { .app_row = event->app_row,
                            .grant = event->grant,
                            .reason = event->reason };
    keep(wanted.method, sizeof wanted.method, event->method);
    keep(wanted.rule, sizeof wanted.rule, event->rule);
    struct count *item = find(counts, &wanted);
    if (item == NULL)
        return;
    item->count++;
    keep(item->request_id, sizeof item->request_id, event->request_id);
}

/* A word that anybody may invent is no name for a row of counts; a rule's own is. */
static const char *
counted_method(const struct web_judged *judged)
{
    static const char *const usual[] = {
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"
    };
    if (judged->hit.line != 0)
        return judged->question.method;
    for (size_t n = 0; n < LENGTH_OF(usual); n++)
        if (text_equal(judged->question.method, usual[n]))
            return usual[n];
    return "other";
}

void
web_count_judged(struct web_counts *counts, const struct http_request *http,
                 const struct web_judged *judged)
{
    struct web_event event = {
        .app_row = judged->facts.app_row,
        .reason = judged->reason == GATE_PASS ? NULL : gate_reason_names[judged->reason],
        .method = counted_method(judged),
        .rule = judged->hit.rule,
        .request_id = http->id,
    };
    web_count(counts, &event);
}

void
web_counts_flush(const struct web *web, struct arena *arena)
{
    struct web_counts *counts = web->counts;
    if (counts->used == 0)
        return;
    struct dao_usage *rows = arena_alloc(arena, counts->used * sizeof *rows);
    for (size_t i = 0; i < counts->used; i++) {
        const struct count *item = &counts->items[i];
        rows[i] = (struct dao_usage){
            .app_row = item->app_row,
            .grant = item->grant,
            .reason = item->reason,
            .method = item->method,
            .rule = item->rule,
            .count = item->count,
            .last_request = item->request_id,
        };
    }
    if (dao_usage_add(web->dao, arena, rows, counts->used) == OK)
        counts->used = 0;
}
