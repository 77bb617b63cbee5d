/*
 * plural.c - which form of a message goes with a number: CLDR's rules, for whole numbers.
 *
 * Fractions are never counted here, so Russian needs no `other`.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "view/view_int.h"

const char *const plural_names[PLURAL__MAX] = { "one", "few", "many", "other" };

enum plural
plural_by_name(const char *name)
{
    int form = 0;
    while (form < PLURAL__MAX && !text_equal(plural_names[form], name))
        form++;
    return (enum plural)form;
}

static enum plural
count_english(int64_t number)
{
    return number == 1 ? PLURAL_ONE : PLURAL_OTHER;
}

static enum plural
count_russian(int64_t number)
{
    int64_t last = number % 10, two = number % 100;
    if (last == 1 && two != 11)
        return PLURAL_ONE;
    if (last >= 2 && last <= 4 && (two < 12 || two > 14))
        return PLURAL_FEW;
    return PLURAL_MANY;
}

plural_rule
plural_rule_of(const char *language)
{
    return text_equal(language, "ru") ? count_russian : count_english;
}

bool
plural_is_used(const char *language, enum plural form)
{
    bool few = form == PLURAL_FEW || form == PLURAL_MANY;
    return form == PLURAL_ONE || few == text_equal(language, "ru");
}
