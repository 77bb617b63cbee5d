/*
 * view_int.h - what the files of view/ and their tests share; nobody else includes it.
 *
 * A struct model is a json-c object under another name: the cast happens in json_of() only.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifndef CALLGATE_VIEW_INT_H
#define CALLGATE_VIEW_INT_H

#include <json-c/json.h>

#include "view/view.h"

enum {
    DEPTH_MAX = 32, /* sections within sections and partials, together */
    FILE_SIZE_MAX = 1024 * 1024,
    UNFOLDED_MAX = 1000000, /* nodes of a template with all its partials put in */
};

/* A file's bytes. Faults call it by its label: ours by name, the operator's with its path. */
struct source {
    const char *name, *label;
    const char *text;
    size_t length;
};

/* ---- names (parse.c): "a.b" is looked up as "a", then "b" in what was found ---- */

struct name {
    const char *text; /* as written */
    const char *const *parts;
    size_t count; /* 0 for "." */
};

/* Letters, digits and _ in parts joined by dots, or a single dot. */
bool name_parse(struct arena *arena, const char *text, size_t length, struct name *out);

/* ---- plural.c: which form of a message goes with a number (CLDR's rules for whole ones) ---- */

enum plural { PLURAL_ONE, PLURAL_FEW, PLURAL_MANY, PLURAL_OTHER, PLURAL__MAX };

extern const char *const plural_names[PLURAL__MAX]; /* one, few, many, other */

enum plural plural_by_name(const char *name); /* PLURAL__MAX: none is called so */

typedef enum plural (*plural_rule)(int64_t number);

/* A language that is not known is taken to count as English does. */
plural_rule plural_rule_of(const char *language);
bool plural_is_used(const char *language, enum plural form);

/* ---- messages.c ---- */

struct part {
    const char *text; /* NULL: the value of `name` */
    struct name name;
    struct part *next;
};

/*
 * One with forms by number has no parts of its own: its rows are `key`.one and so on, and {count}
 * of the English `key`.other, its first parameter, is the number that decides.
 */
struct message {
    const char *key;
    struct part *parts;
    const struct message *forms[PLURAL__MAX]; /* all NULL: there is one text; none else is NULL */
    struct name count;
    plural_rule rule;
};

struct catalogue {
    struct message *rows; /* sorted by key */
    size_t count;
};

/* A flat JSON object of texts. */
bool catalogue_parse(struct arena *arena, const struct source *source, struct catalogue *out,
                     struct fault *fault) MUST_CHECK;

/* Texts of `source` replace those of `catalogue`, which must have their keys and parameters. */
bool catalogue_override(struct arena *arena, const struct source *source,
                        struct catalogue *catalogue, struct fault *fault) MUST_CHECK;

/*
 * Are `theirs`, of `source` in another language, as complete as English `base`: the same keys, the
 * same parameters, and the forms by number that the language has?
 */
bool catalogue_match(struct arena *arena, const struct source *source, const struct catalogue *base,
                     const struct catalogue *theirs, const char *language,
                     struct fault *fault) MUST_CHECK;

/* Adds a row for each message that has forms by number: `key` for `key`.one, `key`.other. */
void catalogue_add_forms(struct arena *arena, const struct catalogue *base,
                         struct catalogue *catalogue, const char *language);

/* NULL if there is none. */
const struct message *catalogue_find(const struct catalogue *catalogue, const char *key);

/* ---- parse.c ---- */

enum node_kind {
    NODE_TEXT,
    NODE_VARIABLE,
    NODE_MESSAGE,
    NODE_SECTION,
    NODE_INVERTED,
    NODE_PARTIAL,
};

struct node {
    enum node_kind kind;
    bool line_start; /* the first of its line: a partial's indentation goes before it */
    int line;
    struct name name; /* a partial's file name too */
    const char *text; /* NODE_TEXT: the bytes; NODE_PARTIAL: its indentation; no NUL behind */
    size_t length;
    bool standalone; /* a partial alone on its line */
    const struct message *message;
    struct template *partial; /* filled in by view_build() */
    struct node *children, *next;
};

/* In a header clang-format takes the word for C++. */
/* clang-format off */
struct template {
    const char *name, *label;
    struct node *nodes;
    enum { UNLINKED, LINKING, LINKED } state;
    int depth;     /* deepest nesting, partials included */
    size_t weight; /* nodes, partials included */
};
/* clang-format on */

bool template_parse(struct arena *arena, const struct source *source,
                    const struct catalogue *messages, struct template *out,
                    struct fault *fault) MUST_CHECK;

/* ---- view.c ---- */

struct view {
    struct arena *arena;
    const char *language;
    struct template *templates; /* sorted by name */
    size_t template_count;
    struct catalogue messages;
    const struct source *assets;
    size_t asset_count;
};

struct sources {
    struct source *templates; /* names without ".html" */
    size_t template_count;
    struct source *assets;
    size_t asset_count;
    const char *language; /* of the messages */
    struct source base;   /* the English ones, to measure by; text NULL: `messages` are these */
    struct source messages;
    struct source override_messages; /* text NULL: none */
};

/* view_open() once the files are read. On a fault the arena is still the caller's to close. */
struct view *view_build(struct arena *arena, const struct sources *sources,
                        struct fault *fault) MUST_CHECK;

/* NULL if there is none. */
const struct template *view_find(const struct view *view, const char *name);

/* ---- asset.c ---- */

/* True for the file names that may be sent as they are. */
bool asset_is_name(const char *name);

/* ---- json.c ---- */

static inline struct json_object *
json_of(const struct model *model)
{
    union {
        const struct model *model;
        struct json_object *json;
    } cast = { .model = model };
    return cast.json;
}

/*
 * One JSON value with nothing behind it, in UTF-8 and without NaN; false, and where it went wrong.
 * JSON's null is a NULL *out. Release it by json_object_put().
 */
bool json_read(const char *text, size_t length, struct json_object **out,
               size_t *error_at) MUST_CHECK;

#endif
