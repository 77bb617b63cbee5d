/*
 * audit.c - rows of the audit log that stand alone.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "dao/dao_int.h"

enum status
dao_audit_insert(struct dao *dao, const struct dao_actor *actor, const struct dao_audit *audit)
{
    struct params params = { 0 };
    struct reply reply;
    params_actor(&params, actor);
    params_text(&params, audit->act);
    params_text(&params, audit->object_kind);
    params_text(&params, audit->object_id);
    params_text(&params, audit->detail == NULL ? "{}" : audit->detail);
    enum status status = dao_run(dao, NULL, SQL_AUDIT_INSERT, &params, &reply);
    return status != OK ? status : reply_close(&reply);
}
