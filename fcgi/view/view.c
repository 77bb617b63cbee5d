/*
 * view.c - reading the directories, and putting partials into templates.
 *
 * Everything is read and proved once, before the fork; what is wrong stops the start with a
 * sentence that names file and line. The operator's directory replaces ours file by file, but for
 * the messages, which it replaces key by key.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "view/view_int.h"

static const char TEMPLATE_SUFFIX[] = ".html";

/* ---- files ---- */

struct listing {
    struct arena *arena;
    struct source *files; /* not read yet: label is how to open it */
    size_t count, size;
};

static bool
is_wanted(const char *name)
{
    return name[0] != '.' && (text_ends(name, TEMPLATE_SUFFIX) || asset_is_name(name));
}

static bool
is_listed(const struct listing *listing, const char *name)
{
    for (size_t i = 0; i < listing->count; i++)
        if (text_equal(listing->files[i].name, name))
            return true;
    return false;
}

static void
add_file(struct listing *listing, const char *dir, const char *name)
{
    if (listing->count == listing->size) {
        size_t size = listing->size == 0 ? 64 : 2 * listing->size;
        struct source *files = arena_alloc(listing->arena, size * sizeof *files);
        if (listing->count > 0)
            memcpy(files, listing->files, listing->count * sizeof *files);
        listing->files = files;
        listing->size = size;
    }
    struct source *file = &listing->files[listing->count++];
    file->name = arena_strdup(listing->arena, name);
    file->label = arena_printf(listing->arena, "%s/%s", dir, name);
}

static bool
list_dir(struct listing *listing, const char *dir, struct fault *fault)
{
    DIR *handle = opendir(dir);
    if (handle == NULL)
        return fault_set(fault, "%s: %s", dir, strerror(errno));
    const struct dirent *entry;
    while ((entry = readdir(handle)) != NULL)
        if (is_wanted(entry->d_name) && !is_listed(listing, entry->d_name))
            add_file(listing, dir, entry->d_name);
    closedir(handle);
    return true;
}

static bool
read_open(struct arena *arena, int fd, struct source *file, struct fault *fault)
{
    struct stat about;
    if (fstat(fd, &about) != 0)
        return fault_set(fault, "%s: %s", file->label, strerror(errno));
    if (!S_ISREG(about.st_mode))
        return fault_set(fault, "%s: not a file", file->label);
    if (about.st_size > FILE_SIZE_MAX)
        return fault_set(fault, "%s:1: larger than 1 MiB", file->label);
    size_t size = (size_t)about.st_size;
    char *text = arena_alloc(arena, size + 1);
    while (file->length < size) {
        ssize_t got = read(fd, text + file->length, size - file->length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fault_set(fault, "%s: %s", file->label, strerror(errno));
        if (got == 0)
            break;
        file->length += (size_t)got;
    }
    file->text = text;
    return true;
}

/* Reads the file `label`; a missing one is no fault if it is `optional`, and leaves text NULL. */
static bool
read_file(struct arena *arena, struct source *file, bool optional, struct fault *fault)
{
    /* Without O_NONBLOCK a pipe of that name would stop the start. */
    int fd = open(file->label, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT && optional)
        return true;
    if (fd < 0)
        return fault_set(fault, "%s: %s", file->label, strerror(errno));
    bool good = read_open(arena, fd, file, fault);
    close(fd);
    return good;
}

static int
compare_sources(const void *a, const void *b)
{
    return strcmp(((const struct source *)a)->name, ((const struct source *)b)->name);
}

static bool
read_messages(struct arena *arena, const struct view_options *options, struct sources *out,
              struct fault *fault)
{
    static const char english[] = "messages.en.json";
    const char *name = arena_printf(arena, "messages.%s.json", options->language);
    bool is_base = text_equal(name, english), have_theirs = !text_is_empty(options->override_dir);
    struct source *ours = &out->messages, *theirs = &out->override_messages;
    out->language = arena_strdup(arena, options->language);
    out->base.label = arena_printf(arena, "%s/%s", options->dir, english);
    if (!is_base && !read_file(arena, &out->base, false, fault))
        return false;
    ours->label = arena_printf(arena, "%s/%s", options->dir, name);
    if (!read_file(arena, ours, have_theirs && !is_base, fault))
        return false;
    bool is_ours = ours->text != NULL;
    if (is_ours)
        ours->label = name;
    if (!have_theirs)
        return true;
    theirs->label = arena_printf(arena, "%s/%s", options->override_dir, name);
    if (!read_file(arena, theirs, is_ours, fault))
        return false;
    if (!is_ours) {
        *ours = *theirs;
        *theirs = (struct source){ 0 };
    }
    return true;
}

static bool
read_files(struct arena *arena, const struct view_options *options, struct sources *out,
           struct fault *fault)
{
    struct listing listing = { .arena = arena };
    if (!text_is_empty(options->override_dir) && !list_dir(&listing, options->override_dir, fault))
        return false;
    size_t theirs = listing.count;
    if (!list_dir(&listing, options->dir, fault))
        return false;
    out->templates = arena_alloc(arena, listing.count * sizeof *out->templates);
    out->assets = arena_alloc(arena, listing.count * sizeof *out->assets);
    for (size_t i = 0; i < listing.count; i++) {
        struct source *file = &listing.files[i];
        if (!read_file(arena, file, false, fault))
            return false;
        if (i >= theirs)
            file->label = file->name;
        if (!text_ends(file->name, TEMPLATE_SUFFIX)) {
            out->assets[out->asset_count++] = *file;
            continue;
        }
        size_t length = strlen(file->name) - strlen(TEMPLATE_SUFFIX);
        file->name = arena_strndup(arena, file->name, length);
        out->templates[out->template_count++] = *file;
    }
    return read_messages(arena, options, out, fault);
}

/* ---- partials ---- */

struct linker {
    struct view *view;
    struct template *template; /* whose nodes are gone through */
    int level;                 /* templates on the way here */
    struct fault *fault;
};

static bool link_template(struct view *view, struct template *template, int level,
                          struct fault *fault);

static struct template *
find(const struct view *view, const char *name)
{
    for (size_t i = 0; i < view->template_count; i++)
        if (text_equal(view->templates[i].name, name))
            return &view->templates[i];
    return NULL;
}

static bool
wrong(const struct linker *linker, const struct node *node, const char *what)
{
    return fault_set(linker->fault, "%s:%d: partial \"%s\" %s", linker->template->label, node->line,
                     node->name.text, what);
}

static bool
link_partial(const struct linker *linker, struct node *node, int depth)
{
    struct template *partial = find(linker->view, node->name.text);
    if (partial == NULL)
        return wrong(linker, node, "is unknown");
    if (partial->state == LINKING)
        return wrong(linker, node, "includes itself");
    if (linker->level >= DEPTH_MAX)
        return wrong(linker, node, "is nested too deep");
    if (!link_template(linker->view, partial, linker->level + 1, linker->fault))
        return false;
    node->partial = partial;
    struct template *template = linker->template;
    if (depth + 1 + partial->depth > template->depth)
        template->depth = depth + 1 + partial->depth;
    template->weight += partial->weight;
    if (template->depth > DEPTH_MAX)
        return wrong(linker, node, "is nested too deep");
    if (template->weight > UNFOLDED_MAX)
        return wrong(linker, node, "makes the page too large");
    return true;
}

static bool
link_nodes(const struct linker *linker, struct node *node, int depth)
{
    struct template *template = linker->template;
    if (depth > template->depth)
        template->depth = depth;
    for (; node != NULL; node = node->next) {
        template->weight++;
        bool good = node->kind == NODE_PARTIAL ? link_partial(linker, node, depth)
                    : node->children != NULL   ? link_nodes(linker, node->children, depth + 1)
                                               : true;
        if (!good)
            return false;
    }
    return true;
}

static bool
link_template(struct view *view, struct template *template, int level, struct fault *fault)
{
    struct linker linker = { view, template, level, fault };
    if (template->state == LINKED)
        return true;
    template->state = LINKING;
    if (!link_nodes(&linker, template->nodes, 0))
        return false;
    template->state = LINKED;
    return true;
}

/* ---- the whole ---- */

static bool
build_messages(struct arena *arena, const struct sources *sources, const char *language,
               struct catalogue *out, struct fault *fault)
{
    struct catalogue base;
    bool is_base = sources->base.text == NULL;
    if (!catalogue_parse(arena, &sources->messages, out, fault))
        return false;
    if (!is_base && (!catalogue_parse(arena, &sources->base, &base, fault) ||
                     !catalogue_match(arena, &sources->messages, &base, out, language, fault)))
        return false;
    if (is_base)
        base = *out;
    catalogue_add_forms(arena, &base, out, language);
    return sources->override_messages.text == NULL ||
           catalogue_override(arena, &sources->override_messages, out, fault);
}

struct view *
view_build(struct arena *arena, const struct sources *sources, struct fault *fault)
{
    struct view *view = arena_alloc(arena, sizeof *view);
    *view = (struct view){ .arena = arena,
                           .language = sources->language == NULL ? "en" : sources->language,
                           .assets = sources->assets,
                           .asset_count = sources->asset_count };
    if (!build_messages(arena, sources, view->language, &view->messages, fault))
        return NULL;
    size_t count = sources->template_count;
    if (count > 0)
        qsort(sources->templates, count, sizeof *sources->templates, compare_sources);
    view->templates = arena_alloc(arena, count * sizeof *view->templates);
    for (size_t i = 0; i < count; i++)
        if (!template_parse(arena, &sources->templates[i], &view->messages, &view->templates[i],
                            fault))
            return NULL;
    view->template_count = count;
    for (size_t i = 0; i < count; i++)
        if (!link_template(view, &view->templates[i], 0, fault))
            return NULL;
    return view;
}

struct view *
view_open(const struct view_options *options, struct fault *fault)
{
    struct arena *arena = arena_open();
    struct sources sources = { 0 };
    struct view *view =
        read_files(arena, options, &sources, fault) ? view_build(arena, &sources, fault) : NULL;
    if (view == NULL)
        arena_close(arena);
    return view;
}

void
view_close(struct view *view)
{
    if (view != NULL)
        arena_close(view->arena);
}

const struct template *
view_find(const struct view *view, const char *name)
{
    return find(view, name);
}
