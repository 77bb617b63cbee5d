/*
 * test_view_chart.c - where the columns of a chart stand, how high they are, and what their scale
 * is.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "view/view_int.h"

static struct arena *arena;
static struct chart_slot slots[CHART_SLOTS_MAX];
static const struct chart_series series[CHART_SERIES_MAX] = {
    { "solid", "One", "1" },
    { "alarm", "Two", "2" },
    { "soft", "Three", "3" },
    { "dashed", "Four", "4" },
};

static int
setup(void **state)
{
    (void)state;
    arena = arena_open();
    for (size_t i = 0; i < CHART_SLOTS_MAX; i++) {
        slots[i] = (struct chart_slot){ .name = arena_printf(arena, "slot %zu", i) };
        for (size_t s = 0; s < CHART_SERIES_MAX; s++)
            slots[i].values[s].text = "0";
    }
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    arena_close(arena);
    return 0;
}

static struct json_object *
drawn(size_t slot_count, size_t series_count)
{
    struct chart chart = { "id", "about", series, series_count, slots, slot_count };
    struct model *model = model_object(arena);
    chart_fill(model, &chart);
    return json_of(model);
}

static struct json_object *
at(struct json_object *list, const char *name, size_t index)
{
    struct json_object *items = json_object_object_get(list, name);
    assert_in_range(index, 0, json_object_array_length(items) - 1);
    return json_object_array_get_idx(items, index);
}

static int64_t
number(struct json_object *object, const char *name)
{
    struct json_object *value = json_object_object_get(object, name);
    assert_true(json_object_is_type(value, json_type_int));
    return json_object_get_int64(value);
}

static void
set(size_t slot, size_t index, int64_t value)
{
    slots[slot].values[index].number = value;
}

/* Within the plot, in the order of slots and series, and none on another. */
static void
test_columns_stand_apart(void **state)
{
    (void)state;
    static const size_t counts[] = { 1, 2, 24, 30 };
    for (size_t i = 0; i < CHART_SLOTS_MAX; i++)
        for (size_t s = 0; s < CHART_SERIES_MAX; s++)
            set(i, s, 1 + (int64_t)(i * s));
    for (size_t c = 0; c < LENGTH_OF(counts); c++) {
        for (size_t s = 1; s <= CHART_SERIES_MAX; s++) {
            struct json_object *chart = drawn(counts[c], s);
            int64_t end = number(chart, "left");
            int64_t base = number(at(chart, "lines", 0), "y");
            for (size_t i = 0; i < counts[c] * s; i++) {
                struct json_object *bar = at(at(chart, "slots", i / s), "bars", i % s);
                assert_true(number(bar, "x") >= end && number(bar, "width") >= 3);
                assert_int_equal(number(bar, "y") + number(bar, "height"), base);
                assert_true(number(bar, "y") >= number(at(chart, "lines", 2), "y"));
                end = number(bar, "x") + number(bar, "width");
            }
            assert_true(end <= number(chart, "right"));
            assert_true(number(chart, "right") < number(chart, "width"));
        }
    }
}

static void
test_heights(void **state)
{
    (void)state;
    set(0, 0, 1000);
    set(0, 1, 500);
    set(1, 0, 1);
    struct json_object *chart = drawn(2, 2), *first = at(chart, "slots", 0);
    int64_t whole = number(at(first, "bars", 0), "height");
    assert_int_equal(whole,
                     number(at(chart, "lines", 0), "y") - number(at(chart, "lines", 2), "y"));
    assert_int_equal(number(at(first, "bars", 1), "height"), whole / 2);
    /* What is little can be seen, and nothing is nothing; both are in the table. */
    struct json_object *second = at(chart, "slots", 1);
    assert_int_equal(json_object_array_length(json_object_object_get(second, "bars")), 1);
    assert_int_equal(number(at(second, "bars", 0), "height"), 2);
    assert_int_equal(json_object_array_length(json_object_object_get(second, "values")), 2);
}

static void
test_scale(void **state)
{
    (void)state;
    static const struct {
        int64_t most, top;
        const char *unit;
    } rows[] = {
        { 0, 2, NULL },
        { 1, 2, NULL },
        { 2, 2, NULL },
        { 3, 4, NULL },
        { 9, 10, NULL },
        { 11, 20, NULL },
        { 61, 80, NULL },
        { 999, 1, "thousands" },
        { 1001, 2, "thousands" },
        { 123456, 200, "thousands" },
        { 999999, 1, "millions" },
        { 2000001, 4, "millions" },
        { 1000000000, 1, "milliards" },
        { INT64_MAX, INT64_MAX / 1000000000, "milliards" },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        static const char *const units[] = { "thousands", "millions", "milliards" };
        set(0, 0, rows[i].most);
        struct json_object *top = at(drawn(1, 1), "lines", 2);
        if (number(top, "number") != rows[i].top)
            fail_msg("%lld: %lld", (long long)rows[i].most, (long long)number(top, "number"));
        for (size_t u = 0; u < LENGTH_OF(units); u++)
            assert_int_equal(json_object_get_boolean(json_object_object_get(top, units[u])),
                             rows[i].unit != NULL && text_equal(rows[i].unit, units[u]));
    }
}

/* The line in the middle is as round as the one above it. */
static void
test_half_of_a_scale(void **state)
{
    (void)state;
    for (int64_t most = 1; most < 100000; most = most * 3 + 1) {
        set(0, 0, most);
        struct json_object *chart = drawn(1, 1);
        int64_t units[2];
        for (size_t line = 1; line <= 2; line++) {
            struct json_object *one = at(chart, "lines", line);
            bool thousands = json_object_get_boolean(json_object_object_get(one, "thousands"));
            units[line - 1] = number(one, "number") * (thousands ? 1000 : 1);
        }
        assert_int_equal(units[0] * 2, units[1]);
        assert_true(most <= units[1]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_columns_stand_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(test_heights, setup, teardown),
        cmocka_unit_test_setup_teardown(test_scale, setup, teardown),
        cmocka_unit_test_setup_teardown(test_half_of_a_scale, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
