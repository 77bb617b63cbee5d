/*
 * golden.c - golden [--update] [--language=en] TEMPLATES_DIR CASES_DIR: pages as they were found
 * good.
 *
 * Each CASES_DIR/<page>.<case>.json is a model; the page rendered with it must be the file
 * <page>.<case>.html beside it. --update writes those instead of comparing: read the difference
 * before keeping it. The files of this directory are in English; another language is for looking
 * at.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "view/view_int.h"

struct golden {
    struct arena *arena;
    const struct view *view;
    const char *dir;
    bool update;
    size_t cases, faults;
};

static void report(struct golden *golden, const char *format, ...) PRINTF_LIKE(2, 3);

static void
report(struct golden *golden, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    golden->faults++;
}

/* The whole file, NULL if it can't be read. */
static const char *
read_text(struct arena *arena, const char *path)
{
    char piece[4096];
    struct buf text;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return NULL;
    buf_init(&text, arena, SIZE_MAX);
    size_t got;
    while ((got = fread(piece, 1, sizeof piece, file)) > 0)
        buf_add(&text, piece, got);
    bool failed = ferror(file) != 0;
    fclose(file);
    return failed ? NULL : text.data;
}

static bool
write_text(const char *path, const struct buf *text)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        return false;
    bool good = fwrite(text->data, 1, text->length, file) == text->length;
    return fclose(file) == 0 && good;
}

/* Where the two part, as a unified difference shows it. */
static void
show_difference(const char *path, const char *expected, const char *got)
{
    int line = 1;
    for (size_t length; *expected != '\0'; line++) {
        length = strcspn(expected, "\n");
        length += expected[length] == '\n';
        if (strncmp(expected, got, length) != 0)
            break;
        expected += length;
        got += length;
    }
    fprintf(stderr, "--- %s\n+++ rendered\n@@ line %d @@\n-%.*s\n+%.*s\n", path, line,
            (int)strcspn(expected, "\n"), expected, (int)strcspn(got, "\n"), got);
}

static void
compare(struct golden *golden, const char *path, const struct buf *got)
{
    if (golden->update) {
        if (!write_text(path, got))
            report(golden, "%s: %s\n", path, strerror(errno));
        return;
    }
    const char *expected = read_text(golden->arena, path);
    if (expected == NULL) {
        report(golden, "%s: %s (--update writes it)\n", path, strerror(errno));
        return;
    }
    if (text_equal(expected, got->data))
        return;
    report(golden, "%s differs:\n", path);
    show_difference(path, expected, got->data);
}

/* `name`: <page>.<case>, without an ending. */
static void
run_case(struct golden *golden, const char *name)
{
    struct arena *arena = golden->arena;
    const char *model_path = arena_printf(arena, "%s/%s.json", golden->dir, name);
    const char *page = arena_strndup(arena, name, strcspn(name, "."));
    golden->cases++;
    if (view_find(golden->view, page) == NULL) {
        report(golden, "%s: there is no template %s.html\n", model_path, page);
        return;
    }
    const char *json = read_text(arena, model_path);
    const struct model *model = json == NULL ? NULL : model_parse(arena, json);
    if (model == NULL) {
        report(golden, "%s: not readable, or no JSON\n", model_path);
        return;
    }
    struct buf out;
    buf_init(&out, arena, SIZE_MAX);
    view_render(golden->view, page, model, &out);
    compare(golden, arena_printf(arena, "%s/%s.html", golden->dir, name), &out);
}

static int
is_case(const struct dirent *entry)
{
    return text_ends(entry->d_name, ".json") || text_ends(entry->d_name, ".html");
}

/* A page without its model would never be compared: it counts as a fault. */
static void
run_file(struct golden *golden, const char *file)
{
    const char *name = arena_strndup(golden->arena, file, strlen(file) - strlen(".json"));
    if (text_ends(file, ".json")) {
        run_case(golden, name);
        return;
    }
    const char *model = arena_printf(golden->arena, "%s/%s.json", golden->dir, name);
    if (read_text(golden->arena, model) == NULL)
        report(golden, "%s/%s: there is no %s.json\n", golden->dir, file, name);
}

static void
run_all(struct golden *golden)
{
    struct dirent **entries;
    int count = scandir(golden->dir, &entries, is_case, alphasort);
    if (count < 0) {
        report(golden, "%s: %s\n", golden->dir, strerror(errno));
        return;
    }
    for (int i = 0; i < count; i++) {
        run_file(golden, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    if (golden->cases == 0)
        report(golden, "%s: no cases\n", golden->dir);
}

int
main(int argc, char **argv)
{
    static const char option[] = "--language=";
    const char *dirs[2], *language = "en";
    int count = 0;
    bool update = false;
    for (int i = 1; i < argc; i++) {
        if (text_equal(argv[i], "--update"))
            update = true;
        else if (text_starts(argv[i], option))
            language = argv[i] + strlen(option);
        else if (count++ < 2)
            dirs[count - 1] = argv[i];
    }
    if (count != 2) {
        fprintf(stderr, "usage: golden [--update] [--language=en] TEMPLATES_DIR CASES_DIR\n");
        return 2;
    }
    struct fault fault;
    struct view_options options = { .dir = dirs[0], .language = language };
    struct view *view = view_open(&options, &fault);
    if (view == NULL) {
        fprintf(stderr, "%s\n", fault.text);
        return 1;
    }
    struct golden golden = { .arena = arena_open(), .view = view, .dir = dirs[1] };
    golden.update = update;
    run_all(&golden);
    printf("golden: %zu pages, %zu faults\n", golden.cases, golden.faults);
    arena_close(golden.arena);
    view_close(view);
    return golden.faults == 0 ? 0 : 1;
}
