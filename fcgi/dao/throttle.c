/*
 * throttle.c - failed attempts, counted.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "dao/dao_int.h"

enum status
dao_throttle_find(struct dao *dao, const struct digest *login_key, const struct digest *address_key,
                  struct dao_throttle *login, struct dao_throttle *address)
{
    struct params params = { 0 };
    struct reply reply;
    params_digest(&params, login_key);
    params_digest(&params, address_key);
    enum status status = dao_run(dao, NULL, SQL_THROTTLE_FIND, &params, &reply);
    if (status != OK)
        return status;
    login->failures = reply_int(&reply);
    login->left_ms = reply_int(&reply);
    address->failures = reply_int(&reply);
    address->left_ms = reply_int(&reply);
    return reply_close(&reply);
}

enum status
dao_throttle_count(struct dao *dao, const struct digest *first, const struct digest *second,
                   int64_t window_ms)
{
    struct params params = { 0 };
    struct reply reply;
    params_digest(&params, first);
    params_digest(&params, second);
    params_int(&params, window_ms);
    enum status status = dao_run(dao, NULL, SQL_THROTTLE_COUNT, &params, &reply);
    return status != OK ? status : reply_close(&reply);
}

enum status
dao_throttle_delete(struct dao *dao, const struct digest *key)
{
    struct params params = { 0 };
    struct reply reply;
    params_digest(&params, key);
    enum status status = dao_run(dao, NULL, SQL_THROTTLE_DELETE, &params, &reply);
    return status != OK ? status : reply_close(&reply);
}
