/*
 * fuzz_json_fields.c - any bytes as a JSON object that a program sent.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <assert.h>
#include <string.h>

#include "view/view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Words come back the same from being written as JSON once more. */
static void
check_again(struct arena *arena, const struct json_field *field)
{
    struct json_fields again;
    struct model *model = model_object(arena);
    model_text(model, field->name, field->value);
    const char *json = model_emit_json(arena, model);
    assert(json_fields_parse(arena, json, strlen(json), &again));
    assert(again.count == 1 && again.twice == NULL && again.items[0].kind == JSON_WORD);
    assert(text_equal(again.items[0].name, field->name));
    assert(text_equal(again.items[0].value, field->value));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_open();
    struct json_fields fields;
    bool good = json_fields_parse(arena, (const char *)data, size, &fields);
    assert(good || fields.count == 0);
    assert(fields.count <= JSON_FIELDS_MAX);
    for (size_t i = 0; i < fields.count; i++) {
        const char *name = fields.items[i].name, *value = fields.items[i].value;
        assert(utf8_valid(name, strlen(name)) && utf8_valid(value, strlen(value)));
        for (size_t j = 0; j < i; j++)
            assert(fields.twice != NULL || !text_equal(fields.items[j].name, name));
        if (fields.items[i].kind != JSON_OTHER)
            check_again(arena, &fields.items[i]);
    }
    arena_close(arena);
    return 0;
}
