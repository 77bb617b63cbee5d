/*
 * chart.c - columns over time, as numbers that the partial chart.html draws: an SVG chart is a
 * template as any other, so nothing in it is written unescaped.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <assert.h>

#include "view/view.h"

/* In units of the drawing. Room is left for labels of twice the size: narrow screens have them. */
enum {
    LEFT = 56,
    RIGHT = 32,
    TOP = 16,
    BOTTOM = 28,
    PLOT_WIDTH = 600, /* whole slots of 30 and of 24 fit */
    PLOT_HEIGHT = 160,
    LABEL_GAP = 8,
    LABEL_DROP = 4,  /* from a line to the foot of the label in its middle */
    TICK_DROP = 20,  /* from the axis to the foot of the labels below it */
    HEIGHT_MIN = 2,  /* of what is not nothing */
    GAP_OF_SLOT = 5, /* one part in so many stays free between slots */
};

/* The end of the scale: a number whose half is as round. */
static int64_t
scale_of(const struct chart *chart)
{
    static const int64_t steps[] = { 2, 4, 6, 8, 10 };
    int64_t most = 0;
    for (size_t i = 0; i < chart->slot_count; i++)
        for (size_t s = 0; s < chart->series_count; s++)
            if (chart->slots[i].values[s].number > most)
                most = chart->slots[i].values[s].number;
    for (int64_t unit = 1; unit <= INT64_MAX / 100; unit *= 10)
        for (size_t i = 0; i < LENGTH_OF(steps); i++)
            if (most <= steps[i] * unit)
                return steps[i] * unit;
    return INT64_MAX;
}

static int64_t
height_of(int64_t value, int64_t scale)
{
    int64_t height = (int64_t)((double)value / (double)scale * PLOT_HEIGHT + 0.5);
    return value > 0 && height < HEIGHT_MIN ? HEIGHT_MIN : height;
}

/* 2000 is 2 and thousands, for which each language has its own sign. */
static void
fill_line(struct model *line, int64_t number, int64_t y)
{
    static const struct {
        const char *name;
        int64_t unit;
    } units[] = { { "milliards", 1000000000 }, { "millions", 1000000 }, { "thousands", 1000 } };
    bool done = false;
    int64_t shown = number;
    for (size_t i = 0; i < LENGTH_OF(units); i++) {
        bool fits = !done && number >= units[i].unit;
        model_flag(line, units[i].name, fits);
        if (fits)
            shown = number / units[i].unit;
        done = done || fits;
    }
    model_number(line, "number", shown);
    model_number(line, "y", y);
    model_number(line, "text_y", y + LABEL_DROP);
}

static void
fill_slot(struct model *model, const struct chart *chart, size_t index, int64_t scale)
{
    const struct chart_slot *slot = &chart->slots[index];
    int64_t width = PLOT_WIDTH / (int64_t)chart->slot_count, gap = width / GAP_OF_SLOT;
    int64_t x = LEFT + (int64_t)index * width, bar = (width - gap) / (int64_t)chart->series_count;
    struct model *values = model_list(model, "values"), *bars = model_list(model, "bars");
    model_text(model, "name", slot->name);
    for (size_t s = 0; s < chart->series_count; s++) {
        int64_t height = height_of(slot->values[s].number, scale);
        model_text(model_append(values), "number", slot->values[s].text);
        if (height == 0)
            continue;
        struct model *one = model_append(bars);
        model_text(one, "look", chart->series[s].look);
        model_text(one, "series", chart->series[s].name);
        model_text(one, "number", slot->values[s].text);
        model_number(one, "x", x + gap / 2 + (int64_t)s * bar);
        model_number(one, "y", TOP + PLOT_HEIGHT - height);
        model_number(one, "width", bar);
        model_number(one, "height", height);
    }
    model_text(model, "tick", slot->tick);
    model_number(model, "tick_x", x + width / 2);
}

void
chart_fill(struct model *model, const struct chart *chart)
{
    int64_t scale = scale_of(chart);
    assert(chart->series_count >= 1 && chart->series_count <= CHART_SERIES_MAX);
    assert(chart->slot_count >= 1 && chart->slot_count <= CHART_SLOTS_MAX);
    model_text(model, "id", chart->id);
    model_text(model, "about", chart->about);
    model_number(model, "width", LEFT + PLOT_WIDTH + RIGHT);
    model_number(model, "height", TOP + PLOT_HEIGHT + BOTTOM);
    model_number(model, "left", LEFT);
    model_number(model, "right", LEFT + PLOT_WIDTH);
    model_number(model, "label_x", LEFT - LABEL_GAP);
    model_number(model, "tick_y", TOP + PLOT_HEIGHT + TICK_DROP);
    struct model *lines = model_list(model, "lines");
    for (int64_t part = 0; part <= 2; part++)
        fill_line(model_append(lines), scale / 2 * part,
                  TOP + PLOT_HEIGHT - PLOT_HEIGHT / 2 * part);
    struct model *series = model_list(model, "series");
    for (size_t s = 0; s < chart->series_count; s++) {
        struct model *one = model_append(series);
        model_text(one, "name", chart->series[s].name);
        model_text(one, "total", chart->series[s].total);
        model_text(one, "look", chart->series[s].look);
    }
    struct model *slots = model_list(model, "slots");
    for (size_t i = 0; i < chart->slot_count; i++)
        fill_slot(model_append(slots), chart, i, scale);
}
