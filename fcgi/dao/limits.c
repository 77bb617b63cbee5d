/*
 * limits.c - what the server allows.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "dao/dao_int.h"

enum status
dao_connections(struct dao *dao, int64_t *out)
{
    struct params params = { 0 };
    struct reply reply;
    enum status status = dao_run(dao, NULL, SQL_CONNECTIONS, &params, &reply);
    if (status != OK)
        return status;
    *out = reply_int(&reply);
    return reply_close(&reply);
}
