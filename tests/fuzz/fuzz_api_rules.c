/*
 * fuzz_api_rules.c - any file of rules: each of its lines decides about its own path, or a sentence
 * says which line is wrong.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <assert.h>
#include <string.h>

#include "rules/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Asks for the path of a line, with segments in the place of its parameters. */
static void
check_line(struct arena *arena, const struct api_rules *rules, const char *line, int number)
{
    const char *cursor = arena_strndup(arena, line, strcspn(line, "#"));
    const char *class = text_word(arena, &cursor);
    if (class == NULL)
        return;
    const char *method = text_word(arena, &cursor);
    const char *at = text_word(arena, &cursor);
    const char *segments[TARGET_SEGMENTS_MAX];
    size_t count = 0;
    bool has_client = strstr(at, "{client}") != NULL;
    while (*at == '/' && at[1] != '\0') {
        size_t length = strcspn(++at, "/");
        const char *segment = arena_strndup(arena, at, length);
        assert(count < TARGET_SEGMENTS_MAX);
        /* No rule has a blank in it, so no literal is this. */
        segments[count++] = *segment == '{' ? "a b" : segment;
        at += length;
    }
    struct api_rule_hit hit;
    api_rules_find(rules, method, segments, count, &hit);
    assert(hit.line == number && text_equal(api_class_names[hit.class], class));
    assert((hit.client != NULL) == has_client);
}

static void
check(struct arena *arena, const struct api_rules *rules, const char *text)
{
    for (int number = 1; *text != '\0'; number++) {
        size_t length = strcspn(text, "\n");
        check_line(arena, rules, arena_strndup(arena, text, length), number);
        text += length;
        text += *text == '\n';
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_open();
    struct fault fault = { "" };
    const char *text = arena_strndup(arena, (const char *)data, size);
    const struct api_rules *rules = api_rules_parse(arena, text, &fault);
    if (rules != NULL)
        check(arena, rules, text);
    else
        assert(text_starts(fault.text, "api.rules:"));
    arena_close(arena);
    return 0;
}
