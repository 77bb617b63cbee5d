/*
 * csv.c - comma-separated values (RFC 4180), read row by row and written.
 *
 * Our own, as Debian's only library for it (libcsv 3.0.3, of 2013) does not tell the line of a
 * fault, which is what whoever wrote the file needs, and takes quotes in the middle of a field by
 * default. Lines end by LF or CR LF; empty ones are skipped; a byte order mark at the beginning
 * too.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "util/util.h"

enum { END = -1 };

/* Reads on, behind what there is in the buffer. */
static void
read_more(struct csv *csv)
{
    long step = csv->read(csv->context, csv->buffer + csv->have, sizeof csv->buffer - csv->have);
    if (step < 0)
        csv->fault = CSV_UNREADABLE;
    csv->ended = step <= 0;
    csv->have += step > 0 ? (size_t)step : 0;
}

/* The next byte without taking it. */
static int
look(struct csv *csv)
{
    if (csv->at == csv->have && !csv->ended) {
        csv->at = csv->have = 0;
        read_more(csv);
    }
    return csv->at < csv->have ? (unsigned char)csv->buffer[csv->at] : END;
}

static int
take(struct csv *csv)
{
    int c = look(csv);
    if (c != END)
        csv->at++;
    if (c == '\n')
        csv->line++;
    return c;
}

static bool
fail(struct csv *csv, enum csv_fault fault)
{
    if (csv->fault == CSV_FINE)
        csv->fault = fault;
    return false;
}

/* Behind its opening quote, through the closing one. */
static bool
read_quoted(struct csv *csv, struct buf *out)
{
    for (;;) {
        int c = take(csv);
        if (c == END)
            return fail(csv, CSV_UNENDED);
        if (c == '"' && look(csv) != '"')
            break;
        if (c == '"')
            take(csv);
        buf_char(out, (char)c);
    }
    int next = look(csv);
    if (next == '\r') {
        take(csv);
        next = look(csv) == '\n' ? '\n' : 'x';
    }
    return next == ',' || next == '\n' || next == END || fail(csv, CSV_BAD_QUOTE);
}

static bool
read_plain(struct csv *csv, struct buf *out)
{
    for (;;) {
        int c = look(csv);
        if (c == ',' || c == '\n' || c == END)
            break;
        if (c == '"')
            return fail(csv, CSV_BAD_QUOTE);
        buf_char(out, (char)take(csv));
    }
    /* The CR belongs to the line's end. */
    if (look(csv) == '\n' && out->length > 0 && out->data[out->length - 1] == '\r')
        out->data[--out->length] = '\0';
    return true;
}

static bool
read_field(struct csv *csv, struct arena *arena, struct csv_row *row)
{
    struct buf field;
    buf_init(&field, arena, CSV_FIELD_MAX);
    if (row->count == CSV_COLUMNS_MAX)
        return fail(csv, CSV_TOO_MANY);
    bool is_quoted = look(csv) == '"';
    if (is_quoted)
        take(csv);
    if (!(is_quoted ? read_quoted : read_plain)(csv, &field))
        return false;
    if (field.failed)
        return fail(csv, CSV_TOO_LONG);
    if (memchr(field.data, '\0', field.length) != NULL || !utf8_valid(field.data, field.length))
        return fail(csv, CSV_NOT_TEXT);
    row->fields[row->count++] = field.data;
    return csv->fault == CSV_FINE;
}

static void
skip_mark(struct csv *csv)
{
    static const char mark[] = "\xef\xbb\xbf";
    while (csv->have < 3 && !csv->ended)
        read_more(csv);
    if (csv->have >= 3 && memcmp(csv->buffer, mark, 3) == 0)
        csv->at = 3;
}

/* To the beginning of the next line that is not empty; false at the end. */
static bool
skip_empty_lines(struct csv *csv)
{
    for (;;) {
        int c = look(csv);
        if (c == '\r') {
            csv->at++;
            if (look(csv) != '\n')
                return fail(csv, CSV_NOT_TEXT);
        } else if (c != '\n') {
            return c != END;
        }
        take(csv);
    }
}

void
csv_init(struct csv *csv, csv_read read, void *context)
{
    csv->read = read;
    csv->context = context;
    csv->at = csv->have = 0;
    csv->ended = false;
    csv->line = 0;
    csv->fault = CSV_FINE;
}

bool
csv_next(struct csv *csv, struct arena *arena, struct csv_row *out)
{
    if (csv->line == 0) {
        csv->line = 1;
        skip_mark(csv);
    }
    out->count = 0;
    if (csv->fault != CSV_FINE || !skip_empty_lines(csv))
        return false;
    out->line = csv->line;
    for (;;) {
        if (!read_field(csv, arena, out))
            return false;
        if (take(csv) != ',')
            return csv->fault == CSV_FINE;
    }
}

void
csv_field(struct buf *out, const char *text)
{
    bool plain = *text != '\0' && strpbrk(text, ",\"\r\n") == NULL;
    if (plain) {
        buf_text(out, text);
        return;
    }
    buf_char(out, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"')
            buf_char(out, '"');
        buf_char(out, *text);
    }
    buf_char(out, '"');
}

const char *
csv_defused(struct arena *arena, const char *text)
{
    bool is_formula = *text != '\0' && strchr("=+-@\t\r", *text) != NULL;
    return is_formula ? arena_printf(arena, "'%s", text) : text;
}
