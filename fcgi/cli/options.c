/*
 * options.c - command line, help, and what commands share.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli/cli.h"

int
cli_say(int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("callgate: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return code;
}

void
cli_help(const struct cli_command *commands)
{
    puts("Usage: callgate [-c FILE] COMMAND [ARGUMENTS]\n");
    for (const struct cli_command *c = commands; c->name != NULL; c++) {
        char line[64];
        snprintf(line, sizeof line, "%s%s%s", c->name, *c->arguments == '\0' ? "" : " ",
                 c->arguments);
        printf("  %-20s %s\n", line, c->help);
    }
    puts("\n  -c FILE, --conf=FILE  settings file (or CALLGATE_CONF; default " CONFIG_DEFAULT_PATH
         ")\n  -h, --help            this text; after a command: its options\n"
         "  -V, --version         the version\n\n"
         "With a FastCGI socket on descriptor 0 and no command it serves that socket.\n"
         "Exit codes: 0 done, 1 the environment does not allow it, 2 wrong usage, 3 refused.");
}

static void
help_settings(struct arena *arena)
{
    struct setting_row row;
    puts("\nSettings (INI file; each also as CALLGATE_<SECTION>_<NAME> in the environment):");
    for (size_t i = 0; setting_row_at(i, arena, &row); i++)
        printf("  %s.%s = %s\n      %s (%s: %s)\n", row.section, row.name, row.fallback, row.help,
               row.type, row.allowed);
}

static void
help_command(struct cli *cli)
{
    const struct cli_command *command = cli->command;
    printf("Usage: callgate [-c FILE] %s%s%s%s\n%s\n", command->name,
           command->options == NULL ? "" : " [OPTIONS]", *command->arguments == '\0' ? "" : " ",
           command->arguments, command->help);
    for (const struct cli_option *o = command->options; o != NULL && o->name != NULL; o++) {
        char line[64];
        bool optional = o->argument != NULL && *o->argument == '[';
        const char *value = o->argument == NULL ? "" : o->argument + optional;
        snprintf(line, sizeof line, "--%s%s%s", o->name,
                 o->argument == NULL ? ""
                 : optional          ? "[="
                                     : "=",
                 value);
        if (strlen(line) > 30)
            printf("  %s\n  %-30s %s\n", line, "", o->help);
        else
            printf("  %-30s %s\n", line, o->help);
    }
    if (command->run == cli_serve)
        help_settings(cli->arena);
}

static const struct cli_command *
find_command(const struct cli_command *commands, int argc, char **argv, int *used)
{
    for (const struct cli_command *c = commands; c->name != NULL; c++) {
        const char *space = strchr(c->name, ' ');
        if (space == NULL && text_equal(c->name, argv[0])) {
            *used = 1;
            return c;
        }
        size_t first = space == NULL ? 0 : (size_t)(space - c->name);
        if (space != NULL && argc > 1 && strlen(argv[0]) == first &&
            strncmp(argv[0], c->name, first) == 0 && text_equal(space + 1, argv[1])) {
            *used = 2;
            return c;
        }
    }
    return NULL;
}

static int
argument_kind(const struct cli_option *option)
{
    if (option->argument == NULL)
        return no_argument;
    return *option->argument == '[' ? optional_argument : required_argument;
}

/* getopt_long's table from ours; the last row is what every command has. */
static struct option *
long_options(struct arena *arena, const struct cli_option *options)
{
    size_t count = 0;
    while (options != NULL && options[count].name != NULL)
        count++;
    if (count > CLI_OPTIONS_MAX)
        panic("too many options");
    struct option *table = arena_alloc(arena, (count + 2) * sizeof *table);
    for (size_t i = 0; i < count; i++)
        table[i] =
            (struct option){ options[i].name, argument_kind(&options[i]), NULL, 256 + (int)i };
    table[count] = (struct option){ "help", no_argument, NULL, 'h' };
    return table;
}

static int
parse_options(struct cli *cli, int argc, char **argv)
{
    struct option *table = long_options(cli->arena, cli->command->options);
    int c;
    optind = 0; /* glibc: begin anew, as the first pass had other rules */
    while ((c = getopt_long(argc, argv, "h", table, NULL)) != -1) {
        if (c == 'h') {
            help_command(cli);
            return EXIT_DONE;
        }
        if (c < 256)
            return EXIT_USAGE; /* getopt has said why */
        cli->values[c - 256] = optarg == NULL ? "yes" : optarg;
    }
    const char *names = cli->command->arguments;
    int left = argc - optind, most = *names == '\0' ? 0 : strchr(names, ' ') == NULL ? 1 : 2;
    int least = *names == '[' ? 0 : most;
    if (left < least || left > most)
        return cli_say(EXIT_USAGE, most > 0 ? "%s needs %s" : "%s takes no arguments%s",
                       cli->command->name, names);
    for (int i = optind; i < argc; i++)
        if (!utf8_valid(argv[i], strlen(argv[i])))
            return cli_say(EXIT_USAGE, "%s: what stands for %s is not UTF-8", cli->command->name,
                           names);
    cli->argument = left > 0 ? argv[optind] : NULL;
    cli->argument2 = left > 1 ? argv[optind + 1] : NULL;
    return -1;
}

int
cli_parse(struct cli *cli, const struct cli_command *commands, int argc, char **argv)
{
    static const struct option before[] = {
        { "conf", required_argument, NULL, 'c' },
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'V' },
        { NULL, 0, NULL, 0 },
    };
    int c, used;
    cli->conf = getenv("CALLGATE_CONF");
    while ((c = getopt_long(argc, argv, "+c:hV", before, NULL)) != -1) {
        if (c == 'c')
            cli->conf = optarg;
        else if (c == 'h')
            return cli_help(commands), EXIT_DONE;
        else if (c == 'V')
            return puts(PACKAGE_STRING), EXIT_DONE;
        else
            return EXIT_USAGE;
    }
    if (optind == argc)
        return -1; /* no command: main.c knows what that means */
    int first = optind;
    cli->command = find_command(commands, argc - first, argv + first, &used);
    if (cli->command == NULL)
        return cli_say(EXIT_USAGE, "there is no command %s (see callgate --help)", argv[first]);
    return parse_options(cli, argc - first - used + 1, argv + first + used - 1);
}

const char *
cli_value(const struct cli *cli, const char *name)
{
    const struct cli_option *options = cli->command->options;
    for (size_t i = 0; options[i].name != NULL; i++)
        if (text_equal(options[i].name, name))
            return cli->values[i];
    panic("%s has no option %s", cli->command->name, name);
}

bool
cli_take_text(struct cli *cli, const char *name, const char **out)
{
    const char *value = cli_value(cli, name);
    if (value == NULL)
        return true;
    if (!utf8_valid(value, strlen(value)) || text_has_control(value)) {
        cli_say(0, "--%s holds control characters or is not UTF-8", name);
        return false;
    }
    *out = value;
    return true;
}

bool
cli_take_number(struct cli *cli, const char *name, int64_t max, const char *what, int64_t *out)
{
    const char *value = cli_value(cli, name);
    if (value == NULL || text_to_int(value, max, out))
        return true;
    cli_say(0, "--%s takes %s, not %s", name, what, value);
    return false;
}

bool
cli_take_choice(struct cli *cli, const char *name, const char *const *choices, int count, int *out)
{
    const char *value = cli_value(cli, name);
    if (value == NULL)
        return true;
    int index = name_index(choices, count, value);
    if (index >= 0) {
        *out = index;
        return true;
    }
    struct buf list;
    buf_init(&list, cli->arena, SIZE_MAX);
    for (int i = 0; i < count; i++)
        buf_printf(&list, "%s%s", i == 0 ? "" : i == count - 1 ? " or " : ", ", choices[i]);
    cli_say(0, "--%s takes %s, not %s", name, list.data, value);
    return false;
}

bool
cli_read_hidden(const char *prompt, char out[static CLI_LINE_SIZE])
{
    struct termios shown, hidden;
    bool is_terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &shown) == 0;
    if (is_terminal) {
        fputs(prompt, stderr);
        hidden = shown;
        hidden.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    }
    bool fine = fgets(out, CLI_LINE_SIZE, stdin) != NULL;
    if (is_terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
        fputc('\n', stderr);
    }
    size_t length = fine ? strcspn(out, "\r\n") : 0;
    fine = fine && (out[length] != '\0' || feof(stdin)) && utf8_valid(out, length);
    out[fine ? length : 0] = '\0';
    return fine;
}

const char *const cli_no_yes[2] = { "no", "yes" };

bool
cli_settings(struct cli *cli)
{
    struct fault fault;
    struct log_options log = { .target = "stderr", .level = LOG_AT_WARNING };
    if (!settings_load(&cli->settings, cli->arena, cli->conf, &fault) || !log_open(&log, &fault)) {
        cli_say(0, "%s", fault.text);
        return false;
    }
    return true;
}

struct dao_options
cli_dao_options(const struct cli *cli)
{
    return (struct dao_options){
        .conninfo = cli->settings.database_conninfo,
        .application_name = "callgate",
        .timeout_ms = cli->settings.database_timeout,
    };
}

static void
close_dao(void *dao)
{
    dao_close(dao);
}

struct dao *
cli_dao(struct cli *cli)
{
    struct dao_options options = cli_dao_options(cli);
    struct dao *dao = dao_open(&options);
    arena_defer(cli->arena, close_dao, dao);
    return dao;
}

int
cli_failure(enum status status)
{
    static const char *const texts[] = {
        [OK] = "done",
        [E_DB] = "the database refused; the line above says why",
        [E_DB_DOWN] = "the database can't be reached; check database.conninfo and the server",
        [E_CRYPTO] = "no random bytes or no hash can be made",
        [E_IO] = "reading or writing failed",
    };
    return cli_say(EXIT_CANNOT, "%s", texts[status]);
}

static void
close_view(void *view)
{
    view_close(view);
}

const struct view *
cli_view(struct cli *cli)
{
    struct fault fault;
    struct view_options options = {
        .override_dir = *cli->settings.templates_dir == '\0' ? NULL : cli->settings.templates_dir,
        .dir = CLI_TEMPLATES_DIR,
        .language = "en",
    };
    if (cli->view != NULL)
        return cli->view;
    cli->view = view_open(&options, &fault);
    if (cli->view == NULL)
        cli_say(0, "%s", fault.text);
    else
        arena_defer(cli->arena, close_view, cli->view);
    return cli->view;
}

const char *
cli_message(struct cli *cli, const char *key)
{
    const struct view *view = cli_view(cli);
    return view == NULL
               ? NULL
               : view_message(view, cli->arena, key, "name_max",
                              arena_printf(cli->arena, "%d", APP_NAME_MAX), "description_max",
                              arena_printf(cli->arena, "%d", APP_DESCRIPTION_MAX), "url_max",
                              arena_printf(cli->arena, "%d", REDIRECT_URL_MAX), "urls_max",
                              arena_printf(cli->arena, "%d", REDIRECT_URLS_MAX), "url",
                              cli->about == NULL ? "" : cli->about, NULL);
}

int
cli_finish(struct cli *cli, enum status status, const char *problem)
{
    if (status != OK)
        return cli_failure(status);
    if (problem == NULL)
        return EXIT_DONE;
    const char *text = cli_message(cli, problem);
    return text == NULL ? EXIT_CANNOT : cli_say(EXIT_REFUSED, "%s", text);
}

const char *
cli_time(struct arena *arena, int64_t wall_ms)
{
    char text[21];
    if (wall_ms == 0)
        return NULL;
    clock_format_utc(wall_ms, text);
    return arena_strdup(arena, text);
}

void
cli_print_field(struct arena *arena, const char *label, const char *text)
{
    do {
        size_t length = strcspn(text, "\n");
        const char *line = text_trim(arena, arena_strndup(arena, text, length));
        printf("%-14s%s\n", label, cli_shown(arena, line));
        text += length + (text[length] == '\n');
        label = "";
    } while (*text != '\0');
}

const char *
cli_shown(struct arena *arena, const char *text)
{
    struct buf out;
    buf_init(&out, arena, SIZE_MAX);
    while (*text != '\0') {
        size_t length = 1;
        while ((text[length] & 0xc0) == 0x80)
            length++;
        const char *character = arena_strndup(arena, text, length);
        buf_text(&out, utf8_has_invisible(character) ? "?" : character);
        text += length;
    }
    return out.data;
}

struct action
cli_action(struct cli *cli)
{
    const struct passwd *who = getpwuid(geteuid());
    const char *name =
        who == NULL ? arena_printf(cli->arena, "%lu", (unsigned long)geteuid()) : who->pw_name;
    return (struct action){
        .dao = cli_dao(cli),
        .arena = cli->arena,
        .actor = {
            .login = arena_printf(cli->arena, "shell:%s", name),
            .address = "",
            .request_id = "",
        },
    };
}
