/*
 * report.c - what was found, for people and for programs.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "doctor/doctor_int.h"

static bool
is_well(const struct doctor_finding *finding)
{
    return finding->result == DOCTOR_OK || finding->result == DOCTOR_LEFT_OUT;
}

/* Its lines, each with `indent` before it. */
static void
add_lines(struct buf *out, const char *indent, const char *lines)
{
    while (*lines != '\0') {
        size_t length = strcspn(lines, "\n");
        buf_printf(out, "%s%.*s\n", indent, (int)length, lines);
        lines += length + (lines[length] == '\n');
    }
}

static void
add_cure(struct buf *out, const struct doctor_finding *finding, int server)
{
    for (int i = 0; i < DOCTOR_SERVER__MAX; i++)
        if (server < 0 || server == i) {
            buf_printf(out, "    cure (%s)\n", doctor_server_names[i]);
            add_lines(out, "        ", finding->check->cures[i]);
        }
}

static void
add_finding(struct buf *out, const struct doctor_finding *finding, int server)
{
    bool well = is_well(finding);
    const char *note = finding->note != NULL && well ? finding->note : NULL;
    buf_printf(out, "%-9s  %-21s  %s%s%s\n", doctor_result_names[finding->result],
               finding->check->id, finding->check->title, note == NULL ? "" : ": ",
               note == NULL ? "" : note);
    if (well)
        return;
    for (size_t i = 0; i < finding->seen_count; i++)
        buf_printf(out, "    sent   %s\n    came   %s\n", finding->seen[i].sent,
                   finding->seen[i].came);
    if (finding->more > 0)
        buf_printf(out, "    and    %zu more like these\n", finding->more);
    if (finding->note != NULL)
        buf_printf(out, "    note   %s\n", finding->note);
    add_cure(out, finding, server);
}

const char *
doctor_report_text(struct arena *arena, const struct doctor_report *report)
{
    struct buf out;
    size_t counts[DOCTOR_RESULT__MAX] = { 0 };
    buf_init(&out, arena, SIZE_MAX);
    buf_printf(&out, "web server: %s\n",
               report->server < 0 ? "unknown; name it by --server"
                                  : doctor_server_names[report->server]);
    for (size_t i = 0; i < report->count; i++) {
        counts[report->findings[i].result]++;
        add_finding(&out, &report->findings[i], report->server);
    }
    buf_printf(&out, "%zu checks: ", report->count);
    for (int i = DOCTOR_RESULT__MAX - 1; i >= 0; i--)
        buf_printf(&out, "%s%zu %s", i == DOCTOR_RESULT__MAX - 1 ? "" : ", ", counts[i],
                   doctor_result_names[i]);
    buf_char(&out, '\n');
    return out.data;
}

static void
add_json(struct model *list, const struct doctor_finding *finding, int server)
{
    struct model *row = model_append(list);
    model_text(row, "check", finding->check->id);
    model_text(row, "title", finding->check->title);
    model_text(row, "result", doctor_result_names[finding->result]);
    model_text(row, "note", finding->note);
    struct model *seen = model_list(row, "seen");
    for (size_t i = 0; i < finding->seen_count; i++) {
        struct model *one = model_append(seen);
        model_text(one, "sent", finding->seen[i].sent);
        model_text(one, "came", finding->seen[i].came);
    }
    model_number(row, "more", (int64_t)finding->more);
    struct model *cures = model_child(row, "cure");
    for (int i = 0; i < DOCTOR_SERVER__MAX; i++)
        if (!is_well(finding) && (server < 0 || server == i))
            model_text(cures, doctor_server_names[i], finding->check->cures[i]);
}

const char *
doctor_report_json(struct arena *arena, const struct doctor_report *report)
{
    struct model *json = model_object(arena);
    model_text(json, "server", report->server < 0 ? NULL : doctor_server_names[report->server]);
    model_text(json, "worst", doctor_result_names[doctor_report_worst(report)]);
    struct model *checks = model_list(json, "checks");
    for (size_t i = 0; i < report->count; i++)
        add_json(checks, &report->findings[i], report->server);
    return model_emit_json(arena, json);
}
