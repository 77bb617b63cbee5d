/*
 * fuzz_csv.c - any bytes as comma-separated values.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <assert.h>
#include <string.h>

#include "util/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct source {
    const char *at;
    size_t left, step;
};

static long
read_source(void *context, char *data, size_t size)
{
    struct source *source = context;
    size_t step = source->step < source->left ? source->step : source->left;
    step = step < size ? step : size;
    memcpy(data, source->at, step);
    source->at += step;
    source->left -= step;
    return (long)step;
}

/* What was read comes back the same from being written again. */
static void
check_again(struct arena *arena, const struct csv_row *row)
{
    struct csv *csv = arena_alloc(arena, sizeof *csv);
    struct csv_row again;
    struct buf out;
    buf_init(&out, arena, SIZE_MAX);
    for (size_t i = 0; i < row->count; i++) {
        if (i > 0)
            buf_char(&out, ',');
        csv_field(&out, row->fields[i]);
    }
    struct source source = { out.data, out.length, 7 };
    csv_init(csv, read_source, &source);
    bool found = csv_next(csv, arena, &again);
    assert(found && again.count == row->count && again.line == 1);
    for (size_t i = 0; i < row->count; i++)
        assert(text_equal(again.fields[i], row->fields[i]));
    found = csv_next(csv, arena, &again);
    assert(!found && csv->fault == CSV_FINE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_open();
    struct csv *csv = arena_alloc(arena, sizeof *csv);
    struct csv_row row;
    size_t line = 0;
    struct source source = { (const char *)data, size, size % 5 + 1 };
    csv_init(csv, read_source, &source);
    while (csv_next(csv, arena, &row)) {
        assert(csv->fault == CSV_FINE && row.line > line && row.count > 0);
        assert(row.count <= CSV_COLUMNS_MAX);
        line = row.line;
        for (size_t i = 0; i < row.count; i++)
            assert(utf8_valid(row.fields[i], strlen(row.fields[i])));
        check_again(arena, &row);
    }
    assert(source.left == 0 || csv->fault != CSV_FINE || csv->ended);
    arena_close(arena);
    return 0;
}
