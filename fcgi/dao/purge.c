/*
 * purge.c - deletes what has ended, and makes room for the tokens to come.
 *
 * Batches are small and each its own transaction, so that nobody waits for long; rows that somebody
 * works with are left for the next time.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "dao/dao_int.h"

enum { BATCH = 1000 };

/* idle_ms 0: the statement does not ask for it. */
static enum status
purge(struct dao *dao, enum statement_id id, int64_t max, int64_t idle_ms, int64_t *total)
{
    int64_t asked, gone;
    *total = 0;
    do {
        struct params params = { 0 };
        struct reply reply;
        asked = max - *total < BATCH ? max - *total : BATCH;
        params_int(&params, asked);
        if (idle_ms != 0)
            params_int(&params, idle_ms);
        enum status status = dao_run(dao, NULL, id, &params, &reply);
        if (status != OK)
            return status;
        gone = reply_int(&reply);
        *total += gone;
        status = reply_close(&reply);
        if (status != OK)
            return status;
    } while (gone == asked && *total < max);
    return OK;
}

static enum status
keep_partitions(struct dao *dao, struct dao_purged *out)
{
    struct params params = { 0 };
    struct reply reply;
    enum status status = dao_run(dao, NULL, SQL_KEEP_PARTITIONS, &params, &reply);
    if (status != OK)
        return status;
    out->partitions_made = reply_int(&reply);
    out->partitions_dropped = reply_int(&reply);
    return reply_close(&reply);
}

enum status
dao_purge(struct dao *dao, int64_t max, int64_t idle_ms, struct dao_purged *out)
{
    enum status status = keep_partitions(dao, out);
    if (status == OK)
        status = purge(dao, SQL_PURGE_SESSIONS, max, 0, &out->sessions);
    if (status == OK)
        status = purge(dao, SQL_PURGE_CODES, max, 0, &out->codes);
    if (status == OK)
        status = purge(dao, SQL_PURGE_GRANTS, max, idle_ms, &out->grants);
    if (status == OK)
        status = purge(dao, SQL_PURGE_THROTTLES, max, 0, &out->throttles);
    int64_t usage = 0, refusals = 0, tokens = 0;
    if (status == OK)
        status = purge(dao, SQL_PURGE_USAGE, max, 0, &usage);
    if (status == OK)
        status = purge(dao, SQL_PURGE_REFUSALS, max, 0, &refusals);
    if (status == OK)
        status = purge(dao, SQL_PURGE_TOKEN_COUNTS, max, 0, &tokens);
    out->counts = usage + refusals + tokens;
    return status;
}
