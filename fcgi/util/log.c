/*
 * log.c - one line a happening, to stderr, a file or syslog.
 *
 * A line is built whole and written with one write(2), so that lines of several workers do not mix.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "util/util.h"

enum { LINE_SIZE = 4096 };

static struct {
    int fd;
    bool to_syslog;
    enum log_level level;
    enum log_format format;
    char path[512];
    const char *request;
} state = { .fd = STDERR_FILENO, .level = LOG_AT_INFO };

static const char *const level_names[LOG_AT__MAX] = { "error", "warning", "info", "debug" };
static const int priorities[LOG_AT__MAX] = { LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

struct line {
    char text[LINE_SIZE];
    size_t length;
};

/* Two bytes stay free for the closing brace and the line's end. */
static size_t
room_in(const struct line *line)
{
    return sizeof line->text - line->length - 3;
}

static void
put(struct line *line, const char *text)
{
    size_t room = room_in(line);
    size_t length = strlen(text);
    if (length > room)
        length = room;
    memcpy(line->text + line->length, text, length);
    line->length += length;
}

/* A value that is too long is cut between two characters, and its quotes are closed. */
static void
put_quoted(struct line *line, const char *value)
{
    bool is_text = utf8_valid(value, strlen(value));
    put(line, "\"");
    for (const unsigned char *p = (const unsigned char *)value; *p != '\0'; p++) {
        char piece[8];
        if ((*p & 0xc0) != 0x80 && room_in(line) < sizeof piece)
            break;
        if (*p == '"' || *p == '\\')
            snprintf(piece, sizeof piece, "\\%c", *p);
        else if (*p < 0x20 || *p == 0x7f || (*p > 0x7f && !is_text))
            snprintf(piece, sizeof piece, "\\u%04x", *p);
        else
            snprintf(piece, sizeof piece, "%c", *p);
        put(line, piece);
    }
    put(line, "\"");
}

static bool
is_plain(const char *value)
{
    if (*value == '\0')
        return false;
    for (const unsigned char *p = (const unsigned char *)value; *p != '\0'; p++)
        if (*p <= 0x20 || *p >= 0x7f || strchr("\"\\=", *p) != NULL)
            return false;
    return true;
}

static void
put_pair(struct line *line, const char *name, const char *value)
{
    /* A pair that does not fit even without its value is left out, so that JSON stays whole. */
    if (value == NULL || room_in(line) < 3 * strlen(name) + 16)
        return;
    if (state.format == LOG_JSON) {
        put(line, line->length == 0 ? "{" : ",");
        put_quoted(line, name);
        put(line, ":");
        put_quoted(line, value);
        return;
    }
    if (line->length > 0)
        put(line, " ");
    put(line, name);
    put(line, "=");
    if (is_plain(value))
        put(line, value);
    else
        put_quoted(line, value);
}

static void
put_pairs(struct line *line, const char *name, va_list args)
{
    while (name != NULL) {
        const char *value = va_arg(args, const char *);
        put_pair(line, name, value);
        name = va_arg(args, const char *);
    }
}

static void
begin(struct line *line)
{
    char now[21];
    line->length = 0;
    clock_format_utc(clock_wall_ms(), now);
    put_pair(line, "time", now);
}

static void
finish(struct line *line, enum log_level level)
{
    if (state.format == LOG_JSON)
        line->text[line->length++] = '}';
    line->text[line->length] = '\0';
    if (state.to_syslog) {
        syslog(priorities[level], "%s", line->text);
        return;
    }
    line->text[line->length++] = '\n';
    /* A log that can't be written has nobody left to be told. */
    if (write(state.fd, line->text, line->length) < 0)
        return;
}

static int
open_file(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0640);
}

bool
log_open(const struct log_options *options, struct fault *fault)
{
    int fd = STDERR_FILENO;
    bool to_syslog = text_equal(options->target, "syslog");
    bool to_file = !to_syslog && !text_equal(options->target, "stderr");
    if (to_file) {
        if (strlen(options->target) >= sizeof state.path)
            return fault_set(fault, "log.target: the path is too long");
        fd = open_file(options->target);
        if (fd < 0)
            return fault_set(fault, "log.target: %s: %s", options->target, strerror(errno));
    }
    if (state.path[0] != '\0')
        close(state.fd);
    if (to_syslog)
        openlog("callgate", LOG_PID, LOG_DAEMON);
    state.fd = fd;
    state.to_syslog = to_syslog;
    state.level = options->level;
    state.format = options->format;
    snprintf(state.path, sizeof state.path, "%s", to_file ? options->target : "");
    return true;
}

void
log_reopen(void)
{
    if (state.path[0] == '\0')
        return;
    int fd = open_file(state.path);
    if (fd < 0) {
        log_event(LOG_AT_ERROR, "log file can't be opened again", "path", state.path, "detail",
                  strerror(errno), NULL);
        return;
    }
    close(state.fd);
    state.fd = fd;
}

void
log_set_request(const char *id)
{
    state.request = id;
}

void
log_event(enum log_level level, const char *what, ...)
{
    struct line line;
    if (level > state.level)
        return;
    begin(&line);
    put_pair(&line, "level", level_names[level]);
    put_pair(&line, "id", state.request);
    put_pair(&line, "what", what);
    va_list args;
    va_start(args, what);
    put_pairs(&line, va_arg(args, const char *), args);
    va_end(args);
    finish(&line, level);
}

void
log_access(const char *name, ...)
{
    struct line line;
    if (LOG_AT_INFO > state.level)
        return;
    begin(&line);
    put_pair(&line, "id", state.request);
    va_list args;
    va_start(args, name);
    put_pairs(&line, name, args);
    va_end(args);
    finish(&line, LOG_AT_INFO);
}
