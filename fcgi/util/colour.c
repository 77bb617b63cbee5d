/*
 * colour.c - colours as style sheets write them, and how well one is read on another (WCAG 2.2).
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "util/util.h"

bool
colour_parse(const char *text, struct colour *out)
{
    unsigned char bytes[3];
    if (text[0] != '#' || strlen(text) != 7 || !hex_decode(text + 1, bytes, sizeof bytes))
        return false;
    *out = (struct colour){ bytes[0], bytes[1], bytes[2] };
    return true;
}

void
colour_format(struct colour colour, char out[static 8])
{
    snprintf(out, 8, "#%02x%02x%02x", colour.red, colour.green, colour.blue);
}

static unsigned char
mix(unsigned char a, unsigned char b, double share)
{
    return (unsigned char)(a + (b - a) * share + 0.5);
}

struct colour
colour_mix(struct colour a, struct colour b, double share)
{
    return (struct colour){ mix(a.red, b.red, share), mix(a.green, b.green, share),
                            mix(a.blue, b.blue, share) };
}

static double
linear(unsigned char value)
{
    double part = value / 255.0;
    return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4);
}

static double
luminance(struct colour colour)
{
    return 0.2126 * linear(colour.red) + 0.7152 * linear(colour.green) +
           0.0722 * linear(colour.blue);
}

double
colour_contrast(struct colour a, struct colour b)
{
    double one = luminance(a) + 0.05, other = luminance(b) + 0.05;
    return one > other ? one / other : other / one;
}
