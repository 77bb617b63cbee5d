/*
 * user_import.c - users from CSV: a dry run that says what each line would do, then the same in
 * earnest.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "admin/admin_int.h"

/* A page holds so many lines and so much text; a file that is larger is sent again. */
enum { LINES_SHOWN = 2000, TEXT_KEPT = 256 * 1024 };

const struct view_page admin_user_import_page = {
    .template = "user_import",
    .names = (const char *const[]){ "text", "no_text", "tried", "done", "good", "counts", "lines",
                                    "lines.line", "lines.login", "lines.verdict", "lines.refused",
                                    "lines.column", "lines.why", "cut", NULL },
};

static const char *
check_act(const char *value)
{
    return text_equal(value, "try") || text_equal(value, "import") ? NULL : "error.tick.value";
}

const struct web_field admin_user_import_fields[] = {
    { .name = "file", .is_exact = true, .is_file = true },
    { .name = "text", .is_exact = true },
    { .name = "act", .check = check_act },
    { 0 },
};

struct telling {
    struct web_request *request;
    struct model *lines;
    size_t count;
};

static void
tell(void *context, const struct import_line *line)
{
    struct telling *telling = context;
    struct web_request *request = telling->request;
    struct arena *arena = request->arena;
    if (telling->count++ >= LINES_SHOWN)
        return;
    struct model *one = model_append(telling->lines);
    const char *key =
        arena_printf(arena, "user_import.verdict.%s", import_verdict_names[line->verdict]);
    model_text(one, "line", arena_printf(arena, "%zu", line->line));
    model_text(one, "login", line->login);
    model_text(one, "verdict", view_message(request->view, arena, key, NULL));
    model_flag(one, "refused", line->verdict == IMPORT_REFUSED);
    if (line->verdict != IMPORT_REFUSED)
        return;
    model_text(one, "column", *line->column == '\0' ? NULL : line->column);
    model_text(one, "why",
               view_message(request->view, arena, line->problem, "value", line->value, "first",
                            arena_printf(arena, "%zu", line->first), "text_max",
                            arena_printf(arena, "%d", USER_TEXT_MAX), NULL));
}

struct source {
    const char *at;
    size_t left;
};

static long
read_source(void *context, char *data, size_t size)
{
    struct source *source = context;
    size_t step = size < source->left ? size : source->left;
    memcpy(data, source->at, step);
    source->at += step;
    source->left -= step;
    return (long)step;
}

static enum status
run(struct web_request *request, const char *text, bool write, struct telling *telling,
    struct user_imported *out)
{
    struct action action = web_action(request);
    struct source source = { text, strlen(text) };
    struct user_import in = {
        .read = read_source,
        .read_context = &source,
        .tell = tell,
        .tell_context = telling,
        .write = write,
    };
    return action_user_import(&action, &in, out);
}

static const char *
counts_text(struct web_request *request, const struct user_imported *done, bool written)
{
    struct arena *arena = request->arena;
    return view_message(
        request->view, arena, written ? "user_import.counted" : "user_import.counts", "added",
        arena_printf(arena, "%zu", done->added), "changed",
        arena_printf(arena, "%zu", done->changed), "same", arena_printf(arena, "%zu", done->same),
        "refused", arena_printf(arena, "%zu", done->refused), NULL);
}

static struct model *
page_model(struct web_request *request, const char *text)
{
    struct model *model = web_frame(request, "title.user_import");
    model_text(model, "text", strlen(text) > TEXT_KEPT ? "" : text);
    model_flag(model, "no_text", strlen(text) > TEXT_KEPT);
    return model;
}

enum status
admin_user_import_show(struct web_request *request)
{
    if (text_ends(request->http->path, "/"))
        return admin_user_show_login(request, "import");
    return web_reply_page(request, 200, &admin_user_import_page, page_model(request, ""));
}

enum status
admin_user_import_submit(struct web_request *request)
{
    const char *file = web_field(request, "file");
    const char *text = *file != '\0' ? file : web_field(request, "text");
    bool wanted = text_equal(web_field(request, "act"), "import");
    struct user_imported done;
    struct model *model = page_model(request, text);
    struct telling telling = { .request = request, .lines = model_list(model, "lines") };
    enum status status = run(request, text, false, &telling, &done);
    bool good = done.refused == 0;
    if (status == OK && wanted && good) {
        telling = (struct telling){ .request = request, .lines = model_list(model, "lines") };
        status = run(request, text, true, &telling, &done);
        good = done.refused == 0;
    }
    if (status != OK)
        return status;
    model_flag(model, "tried", true);
    model_flag(model, "done", wanted && good);
    model_flag(model, "good", good);
    model_flag(model, "cut", telling.count > LINES_SHOWN);
    model_text(model, "counts", counts_text(request, &done, wanted && good));
    return web_reply_page(request, good ? 200 : 422, &admin_user_import_page, model);
}
