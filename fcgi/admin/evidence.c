/*
 * evidence.c - what an application did and what it was refused, which decisions rest on.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "admin/admin.h"

enum { EVIDENCE_DAYS = 7, EVIDENCE_MAX = 50 };

const char *
admin_label(struct web_request *request, const char *table, const char *name)
{
    return view_message(request->view, request->arena,
                        arena_printf(request->arena, "%s.%s.label", table, name), NULL);
}

void
admin_option(struct model *list, const char *value, const char *label, bool chosen)
{
    struct model *one = model_append(list);
    model_text(one, "value", value);
    model_text(one, "label", label);
    model_flag(one, "chosen", chosen);
}

enum status
admin_evidence_model(struct web_request *request, struct model *model, int64_t app_row)
{
    struct dao_usage_query query = { app_row, EVIDENCE_DAYS, EVIDENCE_MAX };
    struct dao_usage_list list;
    enum status status = dao_usage_list(request->web->dao, request->arena, &query, &list);
    if (status != OK)
        return status;
    struct model *evidence = model_child(model, "evidence");
    struct model *refused = model_list(evidence, "refused");
    struct model *passed = model_list(evidence, "passed");
    bool is_refused = false, is_passed = false;
    for (size_t i = 0; i < list.count; i++) {
        const struct dao_usage *row = &list.items[i];
        if (row->reason != NULL) {
            model_append_text(refused, web_refusal_text(request, row));
            is_refused = true;
            continue;
        }
        struct model *one = model_append(passed);
        model_text(one, "request", web_rule_text(request, row->method, row->rule));
        model_number(one, "count", row->count);
        is_passed = true;
    }
    model_flag(evidence, "is_refused", is_refused);
    model_flag(evidence, "is_passed", is_passed);
    return OK;
}
