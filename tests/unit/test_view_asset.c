/*
 * test_view_asset.c - what is read from the directories, and the operator's overriding ours: file
 * by file for templates and assets, key by key for messages.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "view/view.h"

struct dirs {
    struct arena *arena;
    const char *root, *ours, *theirs;
};

static void
put(const struct dirs *dirs, const char *dir, const char *name, const char *text)
{
    FILE *file = fopen(arena_printf(dirs->arena, "%s/%s", dir, name), "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static int
setup(void **state)
{
    const char *base = getenv("TMPDIR");
    struct arena *arena = arena_open();
    struct dirs *dirs = arena_alloc(arena, sizeof *dirs);
    dirs->arena = arena;
    char *root = arena_printf(arena, "%s/callgate-view-XXXXXX", base == NULL ? "/tmp" : base);
    if (mkdtemp(root) == NULL)
        return -1;
    dirs->root = root;
    dirs->ours = arena_printf(arena, "%s/ours", root);
    dirs->theirs = arena_printf(arena, "%s/theirs", root);
    mkdir(dirs->ours, 0755);
    mkdir(dirs->theirs, 0755);
    put(dirs, dirs->ours, "page.html", "{{>head}}ours {{t.a}} {{t.b}}");
    put(dirs, dirs->ours, "head.html", "head ");
    put(dirs, dirs->ours, "style.css", "body {}");
    put(dirs, dirs->ours, "messages.en.json", "{\"a\": \"A\", \"b\": \"B\"}");
    *state = dirs;
    return 0;
}

static void
remove_dir(const struct dirs *dirs, const char *dir)
{
    DIR *handle = opendir(dir);
    assert_non_null(handle);
    const struct dirent *entry;
    while ((entry = readdir(handle)) != NULL)
        if (!text_equal(entry->d_name, ".") && !text_equal(entry->d_name, ".."))
            remove(arena_printf(dirs->arena, "%s/%s", dir, entry->d_name));
    closedir(handle);
    remove(dir);
}

static int
teardown(void **state)
{
    struct dirs *dirs = *state;
    remove_dir(dirs, dirs->ours);
    remove_dir(dirs, dirs->theirs);
    int result = remove(dirs->root);
    arena_close(dirs->arena);
    return result;
}

static struct view *
open_view(const struct dirs *dirs, const char *override_dir, struct fault *fault)
{
    struct view_options options = { override_dir, dirs->ours, "en" };
    return view_open(&options, fault);
}

static void
assert_page(const struct dirs *dirs, const char *override_dir, const char *expected)
{
    struct fault fault = { "" };
    struct view *view = open_view(dirs, override_dir, &fault);
    if (view == NULL)
        fail_msg("%s", fault.text);
    struct buf out;
    buf_init(&out, dirs->arena, SIZE_MAX);
    view_render(view, "page", model_object(dirs->arena), &out);
    assert_string_equal(out.data, expected);
    view_close(view);
}

static void
assert_fault(const struct dirs *dirs, const char *override_dir, const char *expected)
{
    struct fault fault = { "" };
    assert_null(open_view(dirs, override_dir, &fault));
    assert_string_equal(fault.text, expected);
}

static void
assert_asset(const struct view *view, const char *name, const char *expected)
{
    size_t length = 0;
    const char *bytes = view_asset(view, name, &length);
    if (expected == NULL) {
        assert_null(bytes);
        return;
    }
    assert_non_null(bytes);
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(bytes, expected, length);
}

static void
test_ours_alone(void **state)
{
    struct dirs *dirs = *state;
    assert_page(dirs, NULL, "head ours A B");
    assert_page(dirs, "", "head ours A B");
    assert_page(dirs, dirs->theirs, "head ours A B");
}

static void
test_page_overridden(void **state)
{
    struct dirs *dirs = *state;
    put(dirs, dirs->theirs, "page.html", "{{>head}}{{>foot}}theirs {{t.a}}");
    put(dirs, dirs->theirs, "foot.html", "foot ");
    assert_page(dirs, dirs->theirs, "head foot theirs A");
    /* What is replaced need not even be right. */
    put(dirs, dirs->ours, "page.html", "{{oops");
    assert_page(dirs, dirs->theirs, "head foot theirs A");
}

static void
test_partial_overridden(void **state)
{
    struct dirs *dirs = *state;
    put(dirs, dirs->theirs, "head.html", "HEAD ");
    assert_page(dirs, dirs->theirs, "HEAD ours A B");
}

static void
test_messages_overridden(void **state)
{
    struct dirs *dirs = *state;
    put(dirs, dirs->theirs, "messages.en.json", "{\"b\": \"BB\"}");
    put(dirs, dirs->theirs, "messages.de.json", "no JSON, but nobody asked for this language");
    assert_page(dirs, dirs->theirs, "head ours A BB");
}

static void
test_assets(void **state)
{
    struct dirs *dirs = *state;
    put(dirs, dirs->ours, "empty.svg", "");
    put(dirs, dirs->theirs, "logo.svg", "<svg/>");
    put(dirs, dirs->theirs, "style.css", "body { color: red }");
    put(dirs, dirs->theirs, ".hidden.css", "x");
    put(dirs, dirs->theirs, "style.css~", "x");
    put(dirs, dirs->theirs, "notes.txt", "x");
    struct fault fault = { "" };
    struct view *view = open_view(dirs, NULL, &fault);
    assert_non_null(view);
    assert_asset(view, "style.css", "body {}");
    assert_asset(view, "empty.svg", "");
    assert_asset(view, "logo.svg", NULL);
    view_close(view);
    view = open_view(dirs, dirs->theirs, &fault);
    assert_non_null(view);
    assert_asset(view, "style.css", "body { color: red }");
    assert_asset(view, "empty.svg", "");
    assert_asset(view, "logo.svg", "<svg/>");
    static const char *const never[] = {
        ".hidden.css",      "style.css~", "notes.txt",         "page.html", "page",
        "messages.en.json", "",           "../ours/style.css", "STYLE.CSS"
    };
    for (size_t i = 0; i < LENGTH_OF(never); i++)
        assert_asset(view, never[i], NULL);
    view_close(view);
}

static void
test_many_files(void **state)
{
    struct dirs *dirs = *state;
    for (int i = 0; i < 150; i++)
        put(dirs, i % 2 == 0 ? dirs->ours : dirs->theirs, arena_printf(dirs->arena, "%d.svg", i),
            arena_printf(dirs->arena, "%d", i));
    struct fault fault = { "" };
    struct view *view = open_view(dirs, dirs->theirs, &fault);
    assert_non_null(view);
    for (int i = 0; i < 150; i++)
        assert_asset(view, arena_printf(dirs->arena, "%d.svg", i),
                     arena_printf(dirs->arena, "%d", i));
    view_close(view);
}

static void
test_binary_asset(void **state)
{
    struct dirs *dirs = *state;
    FILE *file = fopen(arena_printf(dirs->arena, "%s/a.png", dirs->ours), "w");
    assert_non_null(file);
    assert_int_equal(fwrite("\x89P\0\xff\n", 1, 5, file), 5);
    fclose(file);
    struct fault fault = { "" };
    struct view *view = open_view(dirs, NULL, &fault);
    assert_non_null(view);
    size_t length;
    const char *bytes = view_asset(view, "a.png", &length);
    assert_non_null(bytes);
    assert_int_equal(length, 5);
    assert_memory_equal(bytes, "\x89P\0\xff\n", 5);
    view_close(view);
}

static void
test_faults_name_the_file(void **state)
{
    struct dirs *dirs = *state;
    const char *where = arena_printf(dirs->arena, "%s/page.html", dirs->theirs);
    put(dirs, dirs->theirs, "page.html", "\n{{oops");
    assert_fault(dirs, dirs->theirs, arena_printf(dirs->arena, "%s:2: {{ without }}", where));
    remove(where);
    put(dirs, dirs->ours, "page.html", "\n\n{{oops");
    assert_fault(dirs, dirs->theirs, "page.html:3: {{ without }}");
}

static void
test_what_cannot_be_read(void **state)
{
    struct dirs *dirs = *state;
    struct arena *arena = dirs->arena;
    const char *nowhere = arena_printf(arena, "%s/nowhere", dirs->root);
    assert_fault(dirs, nowhere, arena_printf(arena, "%s: No such file or directory", nowhere));
    const char *folder = arena_printf(arena, "%s/folder.html", dirs->theirs);
    mkdir(folder, 0755);
    assert_fault(dirs, dirs->theirs, arena_printf(arena, "%s: not a file", folder));
    rmdir(folder);
    const char *pipe_path = arena_printf(arena, "%s/pipe.css", dirs->theirs);
    assert_int_equal(mkfifo(pipe_path, 0644), 0);
    assert_fault(dirs, dirs->theirs, arena_printf(arena, "%s: not a file", pipe_path));
    remove(pipe_path);
    const char *link = arena_printf(arena, "%s/link.html", dirs->theirs);
    assert_int_equal(symlink("nowhere", link), 0);
    assert_fault(dirs, dirs->theirs, arena_printf(arena, "%s: No such file or directory", link));
    remove(link);
    const char *messages = arena_printf(arena, "%s/messages.en.json", dirs->ours);
    remove(messages);
    put(dirs, dirs->theirs, "messages.en.json", "{}");
    assert_fault(dirs, dirs->theirs,
                 arena_printf(arena, "%s: No such file or directory", messages));
}

static void
test_too_large(void **state)
{
    struct dirs *dirs = *state;
    const char *path = arena_printf(dirs->arena, "%s/huge.html", dirs->ours);
    put(dirs, dirs->ours, "huge.html", "x");
    assert_int_equal(truncate(path, 1024 * 1024 + 1), 0);
    assert_fault(dirs, NULL, arena_printf(dirs->arena, "%s:1: larger than 1 MiB", path));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_ours_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_page_overridden, setup, teardown),
        cmocka_unit_test_setup_teardown(test_partial_overridden, setup, teardown),
        cmocka_unit_test_setup_teardown(test_messages_overridden, setup, teardown),
        cmocka_unit_test_setup_teardown(test_assets, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_files, setup, teardown),
        cmocka_unit_test_setup_teardown(test_binary_asset, setup, teardown),
        cmocka_unit_test_setup_teardown(test_faults_name_the_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_read, setup, teardown),
        cmocka_unit_test_setup_teardown(test_too_large, setup, teardown),
    };
    return cmocka_run_group_tests_name("view_asset", tests, NULL, NULL);
}
