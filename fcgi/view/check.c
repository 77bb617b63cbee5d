/*
 * check.c - the names a page's template uses against those its handler sets, both ways.
 *
 * Names resolve as they do while rendering: from the innermost section outwards, and what is found
 * there is not looked for further out. So "name" in section "apps" is "apps.name" if that is
 * declared, else "name".
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <string.h>

#include "view/view_int.h"

struct scope {
    const char *path; /* of the section; "" for the page */
    const struct scope *up;
};

struct checker {
    struct arena *arena;
    const char *const *page_names, *const *frame_names;
    bool *used; /* one for each of page_names */
    const struct template *template;
    struct fault *fault;
};

static const char *
join(struct arena *arena, const char *path, const char *name)
{
    return *path == '\0' ? name : arena_printf(arena, "%s.%s", path, name);
}

/* True for "apps" and "apps.name". */
static bool
is_within(const char *path, const char *outer)
{
    size_t length = strlen(outer);
    return text_starts(path, outer) && (path[length] == '\0' || path[length] == '.');
}

static bool
is_listed(const char *const *names, const char *path)
{
    for (; *names != NULL; names++)
        if (text_equal(*names, path))
            return true;
    return false;
}

static bool
has_within(const char *const *names, const char *path)
{
    for (; *names != NULL; names++)
        if (is_within(*names, path))
            return true;
    return false;
}

/* The declared name that `name` means here; NULL if it means none. */
static const char *
resolve(const struct checker *checker, const struct scope *scope, const struct name *name)
{
    if (name->count == 0)
        return *scope->path == '\0' ? NULL : scope->path;
    for (; scope != NULL; scope = scope->up) {
        const char *first = join(checker->arena, scope->path, name->parts[0]);
        if (!has_within(checker->page_names, first) && !has_within(checker->frame_names, first))
            continue;
        const char *path = join(checker->arena, scope->path, name->text);
        bool known = is_listed(checker->page_names, path) || is_listed(checker->frame_names, path);
        return known ? path : NULL;
    }
    return NULL;
}

/* Who sets "apps.name" sets "apps" on the way: both are used. */
static const char *
use(const struct checker *checker, const struct scope *scope, const struct name *name)
{
    const char *path = resolve(checker, scope, name);
    for (size_t i = 0; path != NULL && checker->page_names[i] != NULL; i++)
        if (is_within(path, checker->page_names[i]))
            checker->used[i] = true;
    return path;
}

static bool
check_text(const struct checker *checker, const struct scope *scope, const struct node *node,
           const struct message *message)
{
    for (const struct part *part = message->parts; part != NULL; part = part->next)
        if (part->text == NULL && use(checker, scope, &part->name) == NULL)
            return fault_set(checker->fault, "%s:%d: unknown name \"%s\" in message \"%s\"",
                             checker->template->label, node->line, part->name.text, message->key);
    return true;
}

static bool
check_message(const struct checker *checker, const struct scope *scope, const struct node *node)
{
    bool good = check_text(checker, scope, node, node->message);
    for (int form = 0; good && form < PLURAL__MAX; form++)
        if (node->message->forms[form] != NULL)
            good = check_text(checker, scope, node, node->message->forms[form]);
    return good;
}

static bool check_nodes(struct checker *checker, const struct scope *scope,
                        const struct node *node);

static bool
check_partial(struct checker *checker, const struct scope *scope, const struct node *node)
{
    const struct template *outer = checker->template;
    checker->template = node->partial;
    bool good = check_nodes(checker, scope, node->partial->nodes);
    checker->template = outer;
    return good;
}

static bool
check_name(struct checker *checker, const struct scope *scope, const struct node *node)
{
    const char *path = use(checker, scope, &node->name);
    if (path == NULL)
        return fault_set(checker->fault, "%s:%d: unknown name \"%s\"", checker->template->label,
                         node->line, node->name.text);
    if (node->kind == NODE_SECTION)
        return check_nodes(checker, &(struct scope){ path, scope }, node->children);
    return check_nodes(checker, scope, node->children);
}

static bool
check_nodes(struct checker *checker, const struct scope *scope, const struct node *node)
{
    for (; node != NULL; node = node->next) {
        bool good = node->kind == NODE_TEXT      ? true
                    : node->kind == NODE_MESSAGE ? check_message(checker, scope, node)
                    : node->kind == NODE_PARTIAL ? check_partial(checker, scope, node)
                                                 : check_name(checker, scope, node);
        if (!good)
            return false;
    }
    return true;
}

static bool
check_used(const struct checker *checker)
{
    for (size_t i = 0; checker->page_names[i] != NULL; i++)
        if (!checker->used[i])
            return fault_set(checker->fault, "%s: declared name \"%s\" is never used",
                             checker->template->label, checker->page_names[i]);
    return true;
}

bool
view_check(const struct view *view, const struct view_page *page, const char *const *frame_names,
           struct fault *fault)
{
    const struct template *template = view_find(view, page->template);
    if (template == NULL)
        return fault_set(fault, "%s.html: no such template", page->template);
    size_t count = 0;
    while (page->names[count] != NULL)
        count++;
    struct arena *arena = arena_open();
    struct checker checker = { .arena = arena,
                               .page_names = page->names,
                               .frame_names = frame_names,
                               .used = arena_alloc(arena, (count + 1) * sizeof(bool)),
                               .template = template,
                               .fault = fault };
    bool good =
        check_nodes(&checker, &(struct scope){ "", NULL }, template->nodes) && check_used(&checker);
    arena_close(arena);
    return good;
}
