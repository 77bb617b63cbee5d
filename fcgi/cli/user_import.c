/*
 * user_import.c - users from a CSV file, from the shell: all of it is proved before any is written.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

const struct cli_option cli_user_import_options[] = {
    { "dry-run", NULL, "list what each line would do, and do nothing" },
    { 0 },
};

struct listing {
    const struct view *view;
    struct arena *arena; /* of a line */
    bool all;            /* else refused lines only */
};

static void
print_line(void *context, const struct import_line *line)
{
    struct listing *listing = context;
    struct arena *arena = listing->arena;
    const char *verdict = import_verdict_names[line->verdict];
    if (line->verdict == IMPORT_REFUSED) {
        const char *first = arena_printf(arena, "%zu", line->first);
        const char *text =
            view_message(listing->view, arena, line->problem, "value", line->value, "first", first,
                         "text_max", arena_printf(arena, "%d", USER_TEXT_MAX), NULL);
        printf("line %zu: %s %s%s%s: %s\n", line->line, verdict, cli_shown(arena, line->login),
               *line->column == '\0' ? "" : ", column ", line->column, cli_shown(arena, text));
    } else if (listing->all) {
        printf("line %zu: %s %s\n", line->line, verdict, line->login);
    }
    arena_reset(arena);
}

static long
read_file(void *context, char *data, size_t size)
{
    FILE *file = context;
    size_t step = fread(data, 1, size, file);
    return step == 0 && ferror(file) ? -1 : (long)step;
}

/* What comes once is kept, to be read twice; NULL: said why. */
static FILE *
open_input(const char *name)
{
    if (!text_equal(name, "-")) {
        FILE *file = fopen(name, "re");
        if (file == NULL)
            cli_say(0, "%s: %s", name, strerror(errno));
        return file;
    }
    char data[64 * 1024];
    size_t step;
    FILE *copy = tmpfile();
    bool fine = copy != NULL;
    while (fine && (step = fread(data, 1, sizeof data, stdin)) > 0)
        fine = fwrite(data, 1, step, copy) == step;
    explicit_bzero(data, sizeof data);
    if (fine && !ferror(stdin) && fseek(copy, 0, SEEK_SET) == 0)
        return copy;
    cli_say(0, "standard input can't be kept: %s", strerror(errno));
    if (copy != NULL)
        fclose(copy);
    return NULL;
}

/* The exit code after both runs, or after the first if that is all. */
static int
run(struct cli *cli, FILE *file, struct listing *listing)
{
    bool dry = cli_value(cli, "dry-run") != NULL;
    struct action action = cli_action(cli);
    struct user_imported done;
    struct user_import in = {
        .read = read_file, .read_context = file, .tell = print_line, .tell_context = listing
    };
    listing->all = dry;
    enum status status = action_user_import(&action, &in, &done);
    if (status == OK && !dry && done.refused == 0) {
        rewind(file);
        in.write = true;
        status = action_user_import(&action, &in, &done);
    }
    if (status != OK && in.write)
        cli_say(0, "%zu users were added and %zu changed before this: import the same file again",
                done.added, done.changed);
    if (status != OK)
        return cli_failure(status);
    printf("%zu added, %zu changed, %zu as they were, %zu refused%s\n", done.added, done.changed,
           done.same, done.refused,
           dry                             ? " (dry run: nothing was done)"
           : done.refused > 0 && !in.write ? " (nothing was done)"
                                           : "");
    return done.refused > 0 ? EXIT_REFUSED : EXIT_DONE;
}

int
cli_user_import(struct cli *cli)
{
    if (!cli_settings(cli))
        return EXIT_CANNOT;
    struct listing listing = { .view = cli_view(cli) };
    FILE *file = listing.view == NULL ? NULL : open_input(cli->argument);
    if (file == NULL)
        return EXIT_CANNOT;
    listing.arena = arena_open();
    int code = run(cli, file, &listing);
    arena_close(listing.arena);
    fclose(file);
    return code;
}
