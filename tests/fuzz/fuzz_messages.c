/*
 * fuzz_messages.c - any bytes as a message file, ours and the operator's.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <stdlib.h>
#include <string.h>

#include "view/view_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char OURS[] =
    "{\"a\":\"A\",\"app.title\":\"Applications of {name}\",\"b_1\":\"{n}{m.x}\"}";

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
    }
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
    free(text);
    return 0;
}
