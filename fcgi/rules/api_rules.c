/*
 * api_rules.c - what each API path is for: a tree of segments, made once.
 *
 * A node has literal children and at most one parameter; a look-up goes down the
 * literal one first and comes back for the parameter only if nothing was said below it.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <stdlib.h>
#include <string.h>

#include "rules/rules.h"

const char *const api_class_names[API_CLASS__MAX] = { "get", "call", "config" };

enum { DEPTH_MAX = TARGET_SEGMENTS_MAX };

struct rule {
    const struct rule *next; /* another method of the same path */
    const char *method, *path;
    enum api_class class;
    int line;
};

struct node {
    const char *name;             /* of a literal; NULL: a parameter */
    bool is_client;               /* {client} */
    struct node *children, *next; /* literals */
    struct node *parameter;
    const struct rule *rules;
};

struct api_rules {
    struct node root;
};

struct parsing {
    struct arena *arena;
    struct fault *fault;
    int line;
};

static bool
fail(struct parsing *parsing, const char *what, const char *about)
{
    return fault_set(parsing->fault, "api.rules:%d: %s: %s", parsing->line, what, about);
}

/* The child for `name`, made if it is not there. NULL: {client} and {} at one place. */
static struct node *
child_of(struct parsing *parsing, struct node *node, const char *name)
{
    bool is_client = text_equal(name, "{client}");
    if (is_client || text_equal(name, "{}")) {
        if (node->parameter == NULL) {
            node->parameter = arena_alloc(parsing->arena, sizeof *node->parameter);
            node->parameter->is_client = is_client;
        }
        return node->parameter->is_client == is_client ? node->parameter : NULL;
    }
    for (struct node *child = node->children; child != NULL; child = child->next)
        if (text_equal(child->name, name))
            return child;
    struct node *child = arena_alloc(parsing->arena, sizeof *child);
    child->name = name;
    child->next = node->children;
    node->children = child;
    return child;
}

static bool
is_segment(const char *name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789-_~@*";
    return text_equal(name, "{}") || text_equal(name, "{client}") ||
           (*name != '\0' && strspn(name, allowed) == strlen(name));
}

/* The node of a path; NULL and the fault. */
static struct node *
node_of(struct parsing *parsing, struct node *node, const char *path)
{
    int depth = 0;
    const char *at = path;
    if (*at != '/') {
        fail(parsing, "a path begins with /", path);
        return NULL;
    }
    while (*at == '/' && at[1] != '\0') {
        size_t length = strcspn(++at, "/");
        const char *name = arena_strndup(parsing->arena, at, length);
        if (!is_segment(name) || ++depth > DEPTH_MAX) {
            fail(parsing, "a segment is {}, {client}, or of letters, digits and - _ ~ @ *", path);
            return NULL;
        }
        node = child_of(parsing, node, name);
        if (node == NULL) {
            fail(parsing, "{} and {client} stand at the same place of two paths", path);
            return NULL;
        }
        at += length;
    }
    return node;
}

static bool
is_method(const char *method)
{
    return *method != '\0' && strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") == strlen(method);
}

static bool
add(struct parsing *parsing, struct node *root, const char *class, const char *method,
    const char *path)
{
    int index = name_index(api_class_names, API_CLASS__MAX, class);
    if (index < 0)
        return fail(parsing, "a class is get, call or config", class);
    if (method == NULL || !is_method(method))
        return fail(parsing, "a method in capitals stands behind the class",
                    method == NULL ? class : method);
    if (text_equal(method, "HEAD"))
        return fail(parsing, "HEAD goes with GET", method);
    if (path == NULL)
        return fail(parsing, "a path stands behind the method", method);
    struct node *node = node_of(parsing, root, path);
    if (node == NULL)
        return false;
    for (const struct rule *rule = node->rules; rule != NULL; rule = rule->next)
        if (text_equal(rule->method, method))
            return fail(parsing, arena_printf(parsing->arena, "line %d says it too", rule->line),
                        path);
    struct rule *rule = arena_alloc(parsing->arena, sizeof *rule);
    *rule = (struct rule){ node->rules, method, path, (enum api_class)index, parsing->line };
    node->rules = rule;
    return true;
}

static bool
parse_line(struct parsing *parsing, struct node *root, char *line)
{
    line[strcspn(line, "#")] = '\0';
    const char *cursor = line;
    const char *class = text_word(parsing->arena, &cursor);
    if (class == NULL)
        return true;
    const char *method = text_word(parsing->arena, &cursor);
    const char *path = text_word(parsing->arena, &cursor);
    const char *more = text_word(parsing->arena, &cursor);
    if (more != NULL)
        return fail(parsing, "nothing stands behind the path", more);
    return add(parsing, root, class, method, path);
}

const struct api_rules *
api_rules_parse(struct arena *arena, const char *text, struct fault *fault)
{
    struct parsing parsing = { .arena = arena, .fault = fault };
    struct api_rules *rules = arena_alloc(arena, sizeof *rules);
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        parsing.line++;
        if (!parse_line(&parsing, &rules->root, arena_strndup(arena, text, length)))
            return NULL;
        text += length;
        text += *text == '\n';
    }
    return rules;
}

static const struct rule *
rule_for(const struct node *node, const char *method)
{
    for (const struct rule *rule = node->rules; rule != NULL; rule = rule->next)
        if (text_equal(rule->method, method))
            return rule;
    return NULL;
}

static const struct rule *
find(const struct node *node, const char *method, const char *const *segments, size_t count,
     const char **client)
{
    if (count == 0)
        return rule_for(node, method);
    const struct rule *rule = NULL;
    for (const struct node *child = node->children; rule == NULL && child != NULL;
         child = child->next)
        if (text_equal(child->name, segments[0]))
            rule = find(child, method, segments + 1, count - 1, client);
    if (rule != NULL || node->parameter == NULL)
        return rule;
    rule = find(node->parameter, method, segments + 1, count - 1, client);
    if (rule != NULL && node->parameter->is_client)
        *client = segments[0];
    return rule;
}

void
api_rules_find(const struct api_rules *rules, const char *method, const char *const *segments,
               size_t count, struct api_rule_hit *out)
{
    bool is_read = method_is_read(method);
    *out = (struct api_rule_hit){ .class = is_read ? CLASS_GET : CLASS_CONFIG, .rule = "" };
    const struct rule *rule =
        find(&rules->root, is_read ? "GET" : method, segments, count, &out->client);
    if (rule == NULL)
        return;
    out->class = rule->class;
    out->line = rule->line;
    out->rule = rule->path;
}

enum api_class
api_rules_class_of(struct arena *arena, const struct api_rules *rules, const char *method,
                   const char *rule)
{
    const char *segments[DEPTH_MAX];
    size_t count = 0;
    struct api_rule_hit hit;
    if (*rule != '/')
        return method_is_read(method) ? CLASS_GET : CLASS_CONFIG;
    /* A parameter's own name, {}, is none of the literals, so it leads to the parameter. */
    while (*rule == '/' && rule[1] != '\0' && count < DEPTH_MAX) {
        size_t length = strcspn(++rule, "/");
        segments[count++] = arena_strndup(arena, rule, length);
        rule += length;
    }
    api_rules_find(rules, method, segments, count, &hit);
    return hit.class;
}
