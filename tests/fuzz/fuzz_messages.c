/*
 * fuzz_messages.c - any bytes as a message file: ours, the operator's, another language's.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <stdlib.h>
#include <string.h>

#include "view/view_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char OURS[] =
    "{\"a\":\"A\",\"app.title\":\"Applications of {name}\",\"b_1\":\"{n}{m.x}\","
    "\"d.one\":\"{n} day\",\"d.other\":\"{n} days\",\"number.group\":\",\"}";

static void
build(const struct source *ours, const struct source *theirs)
{
    struct arena *arena = arena_open();
    struct sources sources = { .messages = *ours };
    struct fault fault = { "" };
    if (theirs != NULL)
        sources.override_messages = *theirs;
    struct view *view = view_build(arena, &sources, &fault);
    if ((view == NULL) != (fault.text[0] != '\0'))
        abort();
    /* Whatever the operator wrote, no parameter can be missing. */
    if (view != NULL && theirs != NULL) {
        view_message(view, arena, "a", NULL);
        view_message(view, arena, "app.title", "name", "Ann", NULL);
        view_message(view, arena, "b_1", "n", "1", "m.x", "2", NULL);
        view_message_count(view, arena, "d", 1, NULL);
        view_message_count(view, arena, "d", 1234, NULL);
    }
    arena_close(arena);
}

/* As another language: what is taken has every text and every form. */
static void
build_language(const struct source *english, const struct source *other)
{
    struct arena *arena = arena_open();
    struct sources sources = { .base = *english, .messages = *other, .language = "ru" };
    struct fault fault = { "" };
    struct view *view = view_build(arena, &sources, &fault);
    if ((view == NULL) != (fault.text[0] != '\0'))
        abort();
    for (int64_t number = 0; view != NULL && number < 30; number++)
        view_message_count(view, arena, "d", number, NULL);
    if (view != NULL)
        view_message(view, arena, "b_1", "n", "1", "m.x", "2", NULL);
    arena_close(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* A copy of exactly this size, so that reading past its end shows. */
    char *text = malloc(size == 0 ? 1 : size);
    if (text == NULL)
        abort();
    if (size > 0)
        memcpy(text, data, size);
    struct source any = { "messages.en.json", "messages.en.json", text, size };
    struct source ours = { "messages.en.json", "messages.en.json", OURS, strlen(OURS) };
    build(&any, NULL);
    build(&ours, &any);
    build_language(&ours, &any);
    free(text);
    return 0;
}
