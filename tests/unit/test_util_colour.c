/*
 * test_util_colour.c - colours as written, and WCAG's contrast.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "util/util.h"

static struct colour
colour(const char *text)
{
    struct colour out;
    assert_true(colour_parse(text, &out));
    return out;
}

static void
test_written(void **state)
{
    (void)state;
    static const char *const bad[] = { "",         "#",       "0b6a63",  "#0b6a6",
                                       "#0b6a633", "#0b6a6g", "#fff",    " #0b6a63",
                                       "#0b6a63 ", "red",     "#-b6a63", "#0b6a6\xff" };
    struct colour out;
    char text[8];
    for (size_t i = 0; i < LENGTH_OF(bad); i++)
        if (colour_parse(bad[i], &out))
            fail_msg("«%s» was taken", bad[i]);
    colour_format(colour("#0B6a63"), text);
    assert_string_equal(text, "#0b6a63");
}

static void
test_contrast(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        double ratio;
    } rows[] = {
        { "#000000", "#ffffff", 21 },   { "#ffffff", "#ffffff", 1 },
        { "#777777", "#ffffff", 4.48 }, { "#767676", "#ffffff", 4.54 },
        { "#ff0000", "#ffffff", 4.0 },  { "#0000ff", "#ffffff", 8.59 },
        { "#ffffff", "#008000", 5.14 }, { "#ffcc00", "#ffffff", 1.51 },
    };
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        double got = colour_contrast(colour(rows[i].a), colour(rows[i].b));
        if (fabs(got - rows[i].ratio) > 0.006)
            fail_msg("%s on %s: %f", rows[i].a, rows[i].b, got);
    }
}

static void
test_mixed(void **state)
{
    (void)state;
    char text[8];
    colour_format(colour_mix(colour("#000000"), colour("#ff8040"), 0.5), text);
    assert_string_equal(text, "#804020");
    colour_format(colour_mix(colour("#102030"), colour("#ffffff"), 0), text);
    assert_string_equal(text, "#102030");
    colour_format(colour_mix(colour("#102030"), colour("#ffffff"), 1), text);
    assert_string_equal(text, "#ffffff");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written),
        cmocka_unit_test(test_contrast),
        cmocka_unit_test(test_mixed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
