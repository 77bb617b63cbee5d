/*
 * render.c - a template and a model into HTML.
 *
 * Names are looked up from the innermost section outwards; a name that is there with null hides
 * the outer ones. False for a section are: absent, null, false, the empty text, the empty list.
 * The number 0 and the empty object are true. (Texts are the one point that the specification
 * leaves to the language; an empty one counts as absent here.)
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "view/view_int.h"

struct context {
    struct json_object *value;
    const struct context *up;
};

/* The white space before the standalone partials that we are in. */
struct indent {
    const char *text;
    size_t length;
    const struct indent *up;
};

static const char *
entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '\0':
        return "\xef\xbf\xbd"; /* U+FFFD: HTML allows no NUL */
    default:
        return NULL;
    }
}

static void
escape(struct buf *out, const char *text, size_t length)
{
    size_t done = 0;
    for (size_t i = 0; i < length; i++) {
        const char *replacement = entity(text[i]);
        if (replacement == NULL)
            continue;
        buf_add(out, text + done, i - done);
        buf_text(out, replacement);
        done = i + 1;
    }
    buf_add(out, text + done, length - done);
}

static struct json_object *
member(struct json_object *object, const char *name, bool *found)
{
    struct json_object *value = NULL;
    *found = json_object_is_type(object, json_type_object) &&
             json_object_object_get_ex(object, name, &value);
    return value;
}

static struct json_object *
look_up(const struct context *context, const struct name *name)
{
    bool found = false;
    if (name->count == 0)
        return context->value;
    struct json_object *value = NULL;
    for (; context != NULL && !found; context = context->up)
        value = member(context->value, name->parts[0], &found);
    for (size_t i = 1; i < name->count && found; i++)
        value = member(value, name->parts[i], &found);
    return value;
}

static bool
is_true(struct json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_null:
        return false;
    case json_type_boolean:
        return json_object_get_boolean(value);
    case json_type_string:
        return json_object_get_string_len(value) > 0;
    case json_type_array:
        return json_object_array_length(value) > 0;
    default:
        return true;
    }
}

/* Objects and lists are no text and leave none. */
static void
render_value(struct json_object *value, struct buf *out)
{
    if (json_object_is_type(value, json_type_string))
        escape(out, json_object_get_string(value), (size_t)json_object_get_string_len(value));
    else if (json_object_is_type(value, json_type_int) ||
             json_object_is_type(value, json_type_double) ||
             json_object_is_type(value, json_type_boolean))
        buf_text(out, json_object_to_json_string(value));
}

/* What decides between forms: a number, or the text of one, however it groups digits. */
static int64_t
count_of(struct json_object *value)
{
    int64_t number = 0;
    if (!json_object_is_type(value, json_type_string))
        return json_object_get_int64(value);
    for (const char *p = json_object_get_string(value); *p != '\0'; p++)
        if (*p >= '0' && *p <= '9')
            number = (number % 1000000) * 10 + (*p - '0'); /* the last digits are what counts */
    return number;
}

static void
render_message(const struct message *message, const struct context *context, struct buf *out)
{
    if (message->rule != NULL)
        message = message->forms[message->rule(count_of(look_up(context, &message->count)))];
    for (const struct part *part = message->parts; part != NULL; part = part->next) {
        if (part->text != NULL)
            escape(out, part->text, strlen(part->text));
        else
            render_value(look_up(context, &part->name), out);
    }
}

static void
render_indent(const struct indent *indent, struct buf *out)
{
    if (indent == NULL)
        return;
    render_indent(indent->up, out);
    buf_add(out, indent->text, indent->length);
}

static void render_nodes(const struct node *node, const struct context *context,
                         const struct indent *indent, struct buf *out);

static void
render_section(const struct node *node, const struct context *context, const struct indent *indent,
               struct buf *out)
{
    struct json_object *value = look_up(context, &node->name);
    if (!is_true(value))
        return;
    if (!json_object_is_type(value, json_type_array)) {
        render_nodes(node->children, &(struct context){ value, context }, indent, out);
        return;
    }
    for (size_t i = 0; i < json_object_array_length(value) && !out->failed; i++) {
        struct context item = { json_object_array_get_idx(value, i), context };
        render_nodes(node->children, &item, indent, out);
    }
}

static void
render_partial(const struct node *node, const struct context *context, const struct indent *indent,
               struct buf *out)
{
    struct indent inner = { node->text, node->length, indent };
    render_nodes(node->partial->nodes, context, node->standalone ? &inner : NULL, out);
}

static void
render_nodes(const struct node *node, const struct context *context, const struct indent *indent,
             struct buf *out)
{
    for (; node != NULL && !out->failed; node = node->next) {
        if (node->line_start)
            render_indent(indent, out);
        switch (node->kind) {
        case NODE_TEXT:
            buf_add(out, node->text, node->length);
            break;
        case NODE_VARIABLE:
            render_value(look_up(context, &node->name), out);
            break;
        case NODE_MESSAGE:
            render_message(node->message, context, out);
            break;
        case NODE_SECTION:
            render_section(node, context, indent, out);
            break;
        case NODE_INVERTED:
            if (!is_true(look_up(context, &node->name)))
                render_nodes(node->children, context, indent, out);
            break;
        case NODE_PARTIAL:
            render_partial(node, context, indent, out);
            break;
        }
    }
}

void
view_render(const struct view *view, const char *template, const struct model *model,
            struct buf *out)
{
    const struct template *found = view_find(view, template);
    if (found == NULL)
        panic("no template \"%s\"", template);
    render_nodes(found->nodes, &(struct context){ json_of(model), NULL }, NULL, out);
}
