/*
 * model.c - building what pages and JSON are made of.
 *
 * The root belongs to its arena; children belong to their parent. Setting a name again replaces
 * (and releases) what was there.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "view/view_int.h"

static struct json_object *
made(struct json_object *value)
{
    if (value == NULL)
        fatal("out of memory");
    return value;
}

static void
release(void *pointer)
{
    json_object_put(pointer);
}

static struct model *
own(struct arena *arena, struct json_object *root)
{
    arena_defer(arena, release, root);
    return (struct model *)root;
}

static struct model *
put(struct model *object, const char *name, struct json_object *value)
{
    if (!json_object_is_type(json_of(object), json_type_object))
        panic("model: %s set in something that is no object", name);
    if (json_object_object_add(json_of(object), name, value) != 0)
        fatal("out of memory");
    return (struct model *)value;
}

static struct model *
append(struct model *list, struct json_object *value)
{
    if (!json_object_is_type(json_of(list), json_type_array))
        panic("model: an item appended to something that is no list");
    if (json_object_array_add(json_of(list), value) != 0)
        fatal("out of memory");
    return (struct model *)value;
}

/* Whatever comes in was checked by the parser or by the database: anything else is our bug. */
static struct json_object *
text_value(const char *text)
{
    if (text == NULL)
        return NULL;
    if (!utf8_valid(text, strlen(text)))
        panic("model: a text that is no UTF-8");
    return made(json_object_new_string(text));
}

struct model *
model_object(struct arena *arena)
{
    return own(arena, made(json_object_new_object()));
}

void
model_text(struct model *object, const char *name, const char *text)
{
    put(object, name, text_value(text));
}

void
model_number(struct model *object, const char *name, int64_t number)
{
    put(object, name, made(json_object_new_int64(number)));
}

void
model_id(struct model *object, const char *name, int64_t id)
{
    if (id == 0)
        model_null(object, name);
    else
        model_number(object, name, id);
}

void
model_flag(struct model *object, const char *name, bool flag)
{
    put(object, name, made(json_object_new_boolean(flag)));
}

void
model_null(struct model *object, const char *name)
{
    put(object, name, NULL);
}

void
model_json(struct model *object, const char *name, const char *json)
{
    struct json_object *value = NULL;
    size_t error_at;
    if (json != NULL && !json_read(json, strlen(json), &value, &error_at))
        value = NULL;
    put(object, name, value);
}

struct model *
model_child(struct model *object, const char *name)
{
    return put(object, name, made(json_object_new_object()));
}

struct model *
model_list(struct model *object, const char *name)
{
    return put(object, name, made(json_object_new_array()));
}

struct model *
model_append(struct model *list)
{
    return append(list, made(json_object_new_object()));
}

void
model_append_text(struct model *list, const char *text)
{
    append(list, text_value(text));
}

struct model *
model_list_root(struct arena *arena)
{
    return own(arena, made(json_object_new_array()));
}

struct model *
model_parse(struct arena *arena, const char *json)
{
    struct json_object *value;
    size_t error_at;
    if (!json_read(json, strlen(json), &value, &error_at) || value == NULL)
        return NULL;
    return own(arena, value);
}

const struct model *
model_find(const struct model *object, const char *name)
{
    struct json_object *value = NULL;
    if (json_object_is_type(json_of(object), json_type_object))
        json_object_object_get_ex(json_of(object), name, &value);
    return (const struct model *)value;
}

const char *
model_find_text(const struct model *object, const char *name)
{
    struct json_object *value = json_of(model_find(object, name));
    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

bool
model_text_at(const struct model *object, size_t index, const char **name, const char **text)
{
    if (!json_object_is_type(json_of(object), json_type_object))
        return false;
    json_object_object_foreach(json_of(object), key, value)
    {
        if (index-- > 0)
            continue;
        *name = key;
        *text = json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
        return true;
    }
    return false;
}
