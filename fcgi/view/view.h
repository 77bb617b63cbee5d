/*
 * view.h - what people see: models, templates, messages; and JSON for programs.
 *
 * Templates are a strict subset of mustache (the public specification's variables with dotted
 * names and the implicit iterator, sections, inverted sections, partials, comments, standalone
 * lines; no lambdas, no delimiters, no unescaped marker). They are parsed once, before the fork.
 * False for a section: absent, null, false, an empty text, an empty list; 0 is true. A name that is
 * there with null hides the outer ones.
 *
 * A template names wording as {{t.login.title}}: the message `login.title` of the reader's
 * language. A message may hold {name}: the value of `name` in the template's context, escaped as
 * everything is. So messages take part in the check of names.
 *
 * A message with a number in it has forms: `key.one` and `key.other` in English, `key.one`,
 * `key.few`, `key.many` in Russian (CLDR). It is named by `key` alone, and the first parameter of
 * the English `key.other` is the number that decides: {{t.key}} takes it from the context, where it
 * may be a number or the text of one ("1,234").
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#ifndef CALLGATE_VIEW_H
#define CALLGATE_VIEW_H

#include "util/util.h"

/* ---- model.c: what pages and JSON are made of (a json-c object; released with its arena) ---- */

struct model;

struct model *model_object(struct arena *arena);
/* Texts are copied; NULL makes JSON null, which a template takes for absent. */
void model_text(struct model *object, const char *name, const char *text);
void model_number(struct model *object, const char *name, int64_t number);
/* A row's id, which is null if it is 0. */
void model_id(struct model *object, const char *name, int64_t id);
void model_flag(struct model *object, const char *name, bool flag);
void model_null(struct model *object, const char *name);
/* Parses `json` and puts its value there (null if it is no JSON): for columns that hold JSON. */
void model_json(struct model *object, const char *name, const char *json);
/* A new object or list under `name`; a new object or text at the end of a list. */
struct model *model_child(struct model *object, const char *name);
struct model *model_list(struct model *object, const char *name);
struct model *model_append(struct model *list);
void model_append_text(struct model *list, const char *text);
/* A model from JSON text; NULL if it is none. */
struct model *model_parse(struct arena *arena, const char *json);

/*
 * What is in an object: NULL if `name` is not there, is null, or (for a text) is something else.
 */
const struct model *model_find(const struct model *object, const char *name);
const char *model_find_text(const struct model *object, const char *name);
/* Member number `index` of an object; false past the last. *text is NULL if it is no text. */
bool model_text_at(const struct model *object, size_t index, const char **name, const char **text);

/* JSON in pure ASCII (RFC 8259; everything above 0x7f as \uXXXX, surrogate pairs where needed). */
const char *model_emit_json(struct arena *arena, const struct model *model);

/* A model that is a list. */
struct model *model_list_root(struct arena *arena);

/* ---- fields.c: a JSON object that a program sent, as the fields of a form ---- */

enum json_kind {
    JSON_WORD,  /* a text; a number, true, false as written */
    JSON_WORDS, /* a list of texts without white space, here with a blank between them */
    JSON_OTHER, /* anything else, here as written: no field takes it */
};

struct json_field {
    const char *name, *value;
    enum json_kind kind;
};

/* Members in their order, one that came twice too; null counts as absent. */
struct json_fields {
    const struct json_field *items;
    size_t count;
    const char *twice; /* a name that came twice; NULL: none did */
};

enum { JSON_FIELDS_MAX = 64 };

/* False if it is no object, not in UTF-8, nested deeper than 32, or has too many members. */
bool json_fields_parse(struct arena *arena, const char *text, size_t length,
                       struct json_fields *out) MUST_CHECK;

/* ---- view.c, check.c, render.c, messages.c, plural.c ---- */

struct view;

struct view_options {
    /*
     * Directories searched for each file, in this order: the operator's (NULL or "": none), ours.
     * Only of messages both are read: the operator's texts replace ours key by key, and may use
     * just the parameters that ours have.
     */
    const char *override_dir;
    const char *dir;
    /*
     * "en": messages.en.json. Any other must have the keys and parameters of that one; if `dir` has
     * none in it, the operator's alone will do.
     */
    const char *language;
};

/* Parses every *.html and the messages. NULL and the fault ("login.html:12: …") if one is wrong. */
struct view *view_open(const struct view_options *options, struct fault *fault) MUST_CHECK;
void view_close(struct view *view);

/*
 * One page: its template and every name that its handler sets, those in sections as
 * "section.name" ("apps", "apps.name"); lists end with NULL.
 */
struct view_page {
    const char *template; /* file name without ".html" */
    const char *const *names;
};

/*
 * Proves that the page's template (and its partials and messages) uses only declared names
 * (`frame_names` are those that every page has) and every name that the page itself declares.
 */
bool view_check(const struct view *view, const struct view_page *page,
                const char *const *frame_names, struct fault *fault) MUST_CHECK;

/* Renders into `out` (its failure sticks). The template must exist (view_check has proved it). */
void view_render(const struct view *view, const char *template, const struct model *model,
                 struct buf *out);

/*
 * A message as plain text, {name} replaced from the pairs that follow (name, value, …, NULL), for
 * what C code puts into a model. An unknown key is our own bug: panic.
 */
const char *view_message(const struct view *view, struct arena *arena, const char *key, ...)
    __attribute__((sentinel));

/* The same of a message with forms by number; its {number} need not be among the pairs. */
const char *view_message_count(const struct view *view, struct arena *arena, const char *key,
                               int64_t number, ...) __attribute__((sentinel));

/* "1,234", as the language groups digits: for people, never for addresses or fields. */
const char *view_number(const struct view *view, struct arena *arena, int64_t number);

/* "en": what the view was opened for. */
const char *view_language(const struct view *view);

/* True if the catalogue has `key`: for tables whose rows name messages, checked at start. */
bool view_has_message(const struct view *view, const char *key);

/* ---- chart.c: columns over time, for the partial `chart` ---- */

enum { CHART_SERIES_MAX = 4, CHART_SLOTS_MAX = 30 };

/* What is counted; its columns stand side by side in this order. */
struct chart_series {
    const char *look;         /* solid, hollow, soft, dashed, alarm: chart-… of the style sheet */
    const char *name, *total; /* as people read them */
};

struct chart_value {
    int64_t number; /* not negative */
    const char *text;
};

struct chart_slot {
    const char *name;
    const char *tick; /* the same, short, for below the axis; NULL: no room for it */
    struct chart_value values[CHART_SERIES_MAX];
};

struct chart {
    const char *id;    /* unique in the page */
    const char *about; /* what a reader who does not see it should know of it */
    const struct chart_series *series;
    size_t series_count; /* at least one, as of slots */
    const struct chart_slot *slots;
    size_t slot_count;
};

/* The names of the partial `chart` but for `heading`, for struct view_page, within the list or
 * object that is filled. */
#define CHART_NAMES(of)                                                                            \
    of ".id", of ".about", of ".width", of ".height", of ".left", of ".right", of ".label_x",      \
        of ".tick_y", of ".lines", of ".lines.number", of ".lines.thousands",                      \
        of ".lines.millions", of ".lines.milliards", of ".lines.y", of ".lines.text_y",            \
        of ".series", of ".series.name", of ".series.total", of ".series.look", of ".slots",       \
        of ".slots.name", of ".slots.tick", of ".slots.tick_x", of ".slots.values",                \
        of ".slots.values.number", of ".slots.bars", of ".slots.bars.look",                        \
        of ".slots.bars.series", of ".slots.bars.number", of ".slots.bars.x", of ".slots.bars.y",  \
        of ".slots.bars.width", of ".slots.bars.height"

void chart_fill(struct model *model, const struct chart *chart);

/* ---- asset.c: files sent as they are (.css .ico .jpg .js .png .svg .woff2, openapi.json), by the
 * same rule ---- */

/* The bytes of `name` ("style.css"), NULL if there is none; lives as long as the view. */
const char *view_asset(const struct view *view, const char *name, size_t *length);

#endif
