/*
 * fuzz_template.c - any bytes as a template: refused with a line, or rendered with a fixed model.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <stdlib.h>
#include <string.h>

#include "view/view_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const size_t OUT_MAX = 65536;
static const char MESSAGES[] = "{\"a\":\"A <b>\",\"c\":\"{n} of {u.name}\"}";
static const char PART[] = "{{#l}}\n<{{.}}>\n{{/l}} {{n}}\n";
static const char MODEL[] =
    "{\"a\":\"<&\\\"'\",\"n\":7,\"y\":true,\"z\":false,\"e\":\"\",\"0\":null,"
    "\"u\":{\"name\":\"\\u00e4\",\"l\":[]},\"l\":[1,\"x\",null,[2,3]],"
    "\"o\":[{\"n\":1},{\"n\":2,\"l\":[\"y\"]}]}";

static struct source
source(const char *name, const char *text)
{
    return (struct source){ name, name, text, strlen(text) };
}

/* Lists within each other multiply: more than a few sections would only burn time. */
static bool
is_quick(const struct node *node, int *sections)
{
    for (; node != NULL; node = node->next) {
        *sections += node->kind == NODE_SECTION;
        if (*sections > 6 || !is_quick(node->children, sections))
            return false;
    }
    return true;
}

static void
render(struct arena *arena, const struct view *view)
{
    static const char *const names[] = { "a", "n", "l", "u", "u.name", "o", "o.n", NULL };
    struct view_page page = { "page", names };
    struct fault fault = { "" };
    struct buf out;
    if (view_check(view, &page, names, &fault) == (fault.text[0] != '\0'))
        abort();
    int sections = 0;
    if (!is_quick(view_find(view, "page")->nodes, &sections))
        return;
    buf_init(&out, arena, OUT_MAX);
    view_render(view, "page", model_parse(arena, MODEL), &out);
    if (out.length > OUT_MAX || (!out.failed && !utf8_valid(out.data, out.length)))
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_open();
    struct fault fault = { "" };
    /* A copy of exactly this size, so that reading past its end shows. */
    char *text = malloc(size == 0 ? 1 : size);
    if (text == NULL)
        abort();
    if (size > 0)
        memcpy(text, data, size);
    struct source templates[] = { { "page", "page.html", text, size }, source("part", PART) };
    struct sources sources = { .templates = templates, .template_count = LENGTH_OF(templates) };
    sources.messages = source("messages.en.json", MESSAGES);
    struct view *view = view_build(arena, &sources, &fault);
    if (view == NULL && !text_starts(fault.text, "page.html:"))
        abort();
    if (view != NULL)
        render(arena, view);
    arena_close(arena);
    free(text);
    return 0;
}
