/*
 * purge.c - deletes what has ended.
 *
 * Batches are small and each its own transaction, so that nobody waits for long; rows that somebody
 * works with are left for the next time.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "dao/dao_int.h"

enum { BATCH = 1000 };

static enum status
purge(struct dao *dao, enum statement_id id, int64_t max, int64_t *total)
{
    int64_t asked, gone;
    *total = 0;
    do {
        struct params params = { 0 };
        struct reply reply;
        asked = max - *total < BATCH ? max - *total : BATCH;
        params_int(&params, asked);
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

enum status
dao_purge(struct dao *dao, int64_t max, struct dao_purged *out)
{
    enum status status = purge(dao, SQL_PURGE_SESSIONS, max, &out->sessions);
    if (status == OK)
        status = purge(dao, SQL_PURGE_ACCESS_TOKENS, max, &out->access_tokens);
    return status;
}
