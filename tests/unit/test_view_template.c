/*
 * test_view_template.c - templates: what they render, what is refused at load, names both ways.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "view/view_int.h"

static const char MESSAGES[] = "{\n"
                               " \"hello\": \"Hello & welcome, {user.name}!\",\n"
                               " \"plain\": \"Sign <in>\",\n"
                               " \"count\": \"{count} of {total}\"\n"
                               "}\n";

static struct source
source(const char *name, const char *label, const char *text)
{
    return (struct source){ name, label, text, strlen(text) };
}

/* The template "page" and, where they are given, the partials "part" and "deep". */
static struct view *
build(struct arena *arena, const char *page, const char *part, const char *deep,
      struct fault *fault)
{
    struct source templates[3] = { source("page", "page.html", page) };
    struct sources sources = { .templates = templates, .template_count = 1 };
    if (part != NULL)
        templates[sources.template_count++] = source("part", "part.html", part);
    if (deep != NULL)
        templates[sources.template_count++] = source("deep", "deep.html", deep);
    sources.messages = source("messages.en.json", "messages.en.json", MESSAGES);
    return view_build(arena, &sources, fault);
}

/* clang-format off */
static const struct render_case {
    const char *feature, *page, *part, *model, *expected;
} render_cases[] = {
    /* text and variables */
    { "no tag", "plain } {text}\n", NULL, "{}", "plain } {text}\n" },
    { "empty template", "", NULL, "{}", "" },
    { "variable", "Dear {{who}},", NULL, "{\"who\":\"Ann\"}", "Dear Ann," },
    { "two in a row", "{{a}}{{b}}", NULL, "{\"a\":\"x\",\"b\":\"y\"}", "xy" },
    { "white space in the tag", "({{  a\t}})({{\n a \n}})", NULL, "{\"a\":1}", "(1)(1)" },
    { "escaping", "{{a}}", NULL, "{\"a\":\"<b a=\\\"x\\\" c='y'>&amp;\"}",
      "&lt;b a=&quot;x&quot; c=&#39;y&#39;&gt;&amp;amp;" },
    { "a value is never parsed", "{{a}}", NULL, "{\"a\":\"{{b}}{{#b}}\",\"b\":\"x\"}",
      "{{b}}{{#b}}" },
    { "NUL in a value", "{{a}}", NULL, "{\"a\":\"x\\u0000y\"}", "x\xef\xbf\xbdy" },
    { "UTF-8 in text and value", "ü{{a}}", NULL, "{\"a\":\"😀\"}", "ü😀" },
    { "integer", "{{n}}", NULL, "{\"n\":-9223372036854775807}", "-9223372036854775807" },
    { "decimal", "{{n}}", NULL, "{\"n\":2.50}", "2.50" },
    { "boolean as text", "{{y}} {{n}}", NULL, "{\"y\":true,\"n\":false}", "true false" },
    { "null is empty", "({{a}})", NULL, "{\"a\":null}", "()" },
    { "absent is empty", "({{a}})", NULL, "{}", "()" },
    { "object and list are no text", "({{a}}{{b}})", NULL, "{\"a\":{\"x\":1},\"b\":[1]}", "()" },
    { "a variable's line stays", "  {{a}}\n", NULL, "{\"a\":\"x\"}", "  x\n" },
    { "an absent variable's line stays", "  {{a}}\n|", NULL, "{}", "  \n|" },

    /* dotted names */
    { "dotted name", "{{a.b.c}}", NULL, "{\"a\":{\"b\":{\"c\":\"deep\"}}}", "deep" },
    { "dotted name of a missing part", "({{a.b.c}})", NULL, "{\"a\":{}}", "()" },
    { "dotted name through a text", "({{a.b}})", NULL, "{\"a\":\"x\"}", "()" },
    { "a dotted name is no key", "({{a.b}})", NULL, "{\"a.b\":\"x\"}", "()" },
    { "only the first part climbs", "{{#in}}({{a.b}}){{/in}}", NULL,
      "{\"in\":{\"a\":{}},\"a\":{\"b\":\"outer\"}}", "()" },
    { "the first part climbs", "{{#in}}({{a.b}}){{/in}}", NULL,
      "{\"in\":{\"c\":1},\"a\":{\"b\":\"outer\"}}", "(outer)" },
    { "dotted section", "{{#a.b}}yes{{/a.b}}{{^a.c}}no{{/a.c}}", NULL, "{\"a\":{\"b\":true}}",
      "yesno" },

    /* sections: what is true */
    { "true", "{{#a}}x{{/a}}{{^a}}y{{/a}}", NULL, "{\"a\":true}", "x" },
    { "false", "{{#a}}x{{/a}}{{^a}}y{{/a}}", NULL, "{\"a\":false}", "y" },
    { "null section", "{{#a}}x{{/a}}{{^a}}y{{/a}}", NULL, "{\"a\":null}", "y" },
    { "absent section", "{{#a}}x{{/a}}{{^a}}y{{/a}}", NULL, "{}", "y" },
    { "empty list", "{{#a}}x{{/a}}{{^a}}y{{/a}}", NULL, "{\"a\":[]}", "y" },
    { "empty text", "{{#a}}x{{/a}}{{^a}}y{{/a}}", NULL, "{\"a\":\"\"}", "y" },
    { "text", "{{#a}}x{{/a}}{{^a}}y{{/a}}", NULL, "{\"a\":\"0\"}", "x" },
    { "zero", "{{#a}}x{{/a}}{{^a}}y{{/a}}", NULL, "{\"a\":0}", "x" },
    { "empty object", "{{#a}}x{{/a}}{{^a}}y{{/a}}", NULL, "{\"a\":{}}", "x" },

    /* sections: context */
    { "object opens a context", "{{#a}}{{n}}{{/a}}", NULL, "{\"a\":{\"n\":\"in\"},\"n\":\"out\"}",
      "in" },
    { "outer names are seen", "{{#a}}{{#b}}{{x}}{{y}}{{z}}{{/b}}{{/a}}", NULL,
      "{\"a\":{\"y\":2,\"b\":{\"z\":3}},\"x\":1}", "123" },
    { "null hides the outer name", "{{#a}}({{n}}){{/a}}", NULL,
      "{\"a\":{\"n\":null},\"n\":\"out\"}", "()" },
    { "a text is its own context", "{{#a}}{{.}}={{a}}{{/a}}", NULL, "{\"a\":\"v\"}", "v=v" },
    { "inverted keeps the context", "{{^a}}{{n}}{{/a}}", NULL, "{\"n\":\"x\"}", "x" },
    { "nested sections of one name", "{{#a}}<{{#a}}{{n}}{{/a}}>{{/a}}", NULL,
      "{\"a\":{\"n\":1,\"a\":{\"n\":2}}}", "<2>" },
    { "white space in section tags", "{{# a }}x{{/ a }}{{ ^b }}y{{/\tb}}", NULL, "{\"a\":1}", "xy" },

    /* lists */
    { "list of objects", "{{#l}}[{{n}}]{{/l}}", NULL, "{\"l\":[{\"n\":1},{\"n\":2}]}", "[1][2]" },
    { "list of texts", "{{#l}}[{{.}}]{{/l}}", NULL, "{\"l\":[\"a\",\"<\",3,1.5,null]}",
      "[a][&lt;][3][1.5][]" },
    { "list of lists", "{{#l}}({{#.}}{{.}},{{/.}}){{/l}}", NULL, "{\"l\":[[1,2],[3],[]]}",
      "(1,2,)(3,)()" },
    { "the root is a list", "{{#.}}{{n}};{{/.}}", NULL, "[{\"n\":1},{\"n\":2}]", "1;2;" },
    { "item before outer", "{{#l}}{{n}}{{/l}}", NULL, "{\"n\":0,\"l\":[{\"n\":1},{}]}", "10" },
    { "list in list", "{{#a}}{{n}}:{{#b}}{{n}}{{/b}};{{/a}}", NULL,
      "{\"a\":[{\"n\":1,\"b\":[{\"n\":2},{\"n\":3}]},{\"n\":4,\"b\":[]}]}", "1:23;4:;" },

    /* standalone lines */
    { "section lines go", "a\n{{#b}}\nc\n{{/b}}\nd\n", NULL, "{\"b\":true}", "a\nc\nd\n" },
    { "indented section lines go", "a\n  {{#b}}  \nc\n\t{{/b}}\nd\n", NULL, "{\"b\":true}",
      "a\nc\nd\n" },
    { "inverted lines go", "a\n {{^b}}\nc\n {{/b}}\nd\n", NULL, "{}", "a\nc\nd\n" },
    { "at the file's start", "{{#b}}\nc{{/b}}", NULL, "{\"b\":true}", "c" },
    { "at the file's end", "a\n{{#b}}\nc\n  {{/b}}  ", NULL, "{\"b\":true}", "a\nc\n" },
    { "with CR LF", "a\r\n{{#b}}\r\nc\r\n{{/b}}\r\nd\r\n", NULL, "{\"b\":true}", "a\r\nc\r\nd\r\n" },
    { "a lone CR is text", "{{#b}}\rc{{/b}}", NULL, "{\"b\":true}", "\rc" },
    { "text on the line keeps it", " {{#b}} c {{/b}}\n", NULL, "{\"b\":true}", "  c \n" },
    { "two tags on a line keep it", " {{#b}}{{/b}} \n", NULL, "{\"b\":true}", "  \n" },
    { "empty lines stay", "\n{{#b}}\n\n{{/b}}\n\n", NULL, "{\"b\":true}", "\n\n\n" },

    /* comments */
    { "comment", "a{{! not {shown} }}b", NULL, "{}", "ab" },
    { "comment of several lines", "a{{! x\n y\n }}b", NULL, "{}", "ab" },
    { "comment line goes", "a\n  {{! x }}\nb\n", NULL, "{}", "a\nb\n" },
    { "comment lines go", "a\n  {{!\n x\n }}  \nb\n", NULL, "{}", "a\nb\n" },
    { "comment line with CR LF goes", "a\r\n{{! x }}\r\nb", NULL, "{}", "a\r\nb" },
    { "comment beside text", "a {{! x }}\n", NULL, "{}", "a \n" },
    { "a comment hides its name", "({{! a }})", NULL, "{\"a\":1,\"! a\":2}", "()" },

    /* partials */
    { "partial", "[{{>part}}]", "p", "{}", "[p]" },
    { "white space in the tag of a partial", "[{{> part }}]", "p", "{}", "[p]" },
    { "partial sees the context", "{{#a}}{{>part}}{{/a}}", "{{n}}", "{\"a\":{\"n\":1}}", "1" },
    { "partial beside text is not indented", "  {{n}}  {{>part}}\n", "a\nb", "{\"n\":0}",
      "  0  a\nb\n" },
    { "partial's line goes", "a\n{{>part}}\nb\n", "p\n", "{}", "a\np\nb\n" },
    { "partial is indented", "a\n  {{>part}}\nb\n", "p\n\nq\n", "{}", "a\n  p\n  \n  q\nb\n" },
    { "at the start", "  {{>part}}\n>", "p\nq", "{}", "  p\n  q>" },
    { "at the end", "a\n  {{>part}}", "p\nq", "{}", "a\n  p\n  q" },
    { "partial's line with CR LF goes", "a\r\n {{>part}}\r\nb", "p\r\n", "{}", "a\r\n p\r\nb" },
    { "values are not indented", " {{>part}}\n", "{{v}}\n|\n", "{\"v\":\"x\\ny\"}", " x\ny\n |\n" },
    { "sections in an indented partial", " {{>part}}\n", "{{#l}}\n<{{.}}>\n{{/l}}\n",
      "{\"l\":[1,2]}", " <1>\n <2>\n" },
    { "section on a line of an indented partial", " {{>part}}\n", "{{#l}}{{.}}{{/l}}\n",
      "{\"l\":[1,2]}", " 12\n" },
    { "section's end before text", " {{>part}}\n", "{{#l}}\n{{.}}\n{{/l}} x\n", "{\"l\":[1,2]}",
      " 1\n  2\n  x\n" },
    { "comment in an indented partial", " {{>part}}\n", "{{! a }}b\n{{! c }}\nd", "{}", " b\n d" },
    { "partial in partial adds up", "  {{>part}}\n", "p\n {{>deep}}\nq\n", "{}",
      "  p\n   d\n   e\n  q\n" },
    { "beside text in an indented partial", "  {{>part}}\n", "p {{>deep}}q\n", "{}",
      "  p d\ne\nq\n" },
    { "the same partial twice", "{{>part}}{{>part}}", "p", "{}", "pp" },

    /* messages */
    { "message is escaped", "{{t.plain}}", NULL, "{}", "Sign &lt;in&gt;" },
    { "message with a name", "{{ t.hello }}", NULL, "{\"user\":{\"name\":\"<Ann>\"}}",
      "Hello &amp; welcome, &lt;Ann&gt;!" },
    { "message in a section", "{{#l}}{{t.count}} {{/l}}", NULL,
      "{\"total\":2,\"l\":[{\"count\":1},{\"count\":2}]}", "1 of 2 2 of 2 " },
    { "message keeps its line", " {{t.plain}}\n", NULL, "{}", " Sign &lt;in&gt;\n" },

    /* odd but allowed */
    { "closing braces in text", "}} } {", NULL, "{}", "}} } {" },
    { "names may begin with a digit", "{{1}}", NULL, "{\"1\":\"x\"}", "x" },
};

static const struct fault_case {
    const char *what, *page, *part, *deep, *fault;
} fault_cases[] = {
    { "triple", "a\n{{{b}}}", NULL, NULL, "page.html:2: {{{ would leave" },
    { "ampersand", "{{& b}}", NULL, NULL, "page.html:1: {{& would leave" },
    { "ampersand after blanks", "{{ & b}}", NULL, NULL, "page.html:1: {{& would leave" },
    { "delimiters", "\n\n{{=<% %>=}}", NULL, NULL, "page.html:3: {{= would change" },
    { "unclosed tag", "a\n{{b\nc", NULL, NULL, "page.html:2: {{ without }}" },
    { "unclosed tag at the end", "a\n{{", NULL, NULL, "page.html:2: {{ without }}" },
    { "unclosed tag, half closed", "{{a}", NULL, NULL, "page.html:1: {{ without }}" },
    { "unclosed comment", "\n{{! a", NULL, NULL, "page.html:2: {{ without }}" },
    { "unclosed section", "a\n{{#b}}\nc\n", NULL, NULL,
      "page.html:2: section \"b\" is never closed" },
    { "unclosed inner section", "{{#a}}\n{{^b}}\n{{/a}}", NULL, NULL,
      "page.html:3: {{/a}} where section \"b\" of line 2 is open" },
    { "mismatched by prefix", "{{#ab}}\n{{/a}}", NULL, NULL,
      "page.html:2: {{/a}} where section \"ab\"" },
    { "closed twice", "{{#a}}{{/a}}\n{{/a}}", NULL, NULL, "page.html:2: {{/a}} closes a section" },
    { "section across partials", "{{#a}}{{>part}}{{/a}}", "{{/a}}", NULL,
      "part.html:1: {{/a}} closes a section" },
    { "unknown partial", "\n {{>nobody}}\n", NULL, NULL,
      "page.html:2: partial \"nobody\" is unknown" },
    { "recursion", "{{>page}}", NULL, NULL, "page.html:1: partial \"page\" includes itself" },
    { "recursion through others", "{{>part}}", "\n{{#x}}{{>deep}}{{/x}}", "\n\n{{>part}}",
      "part.html:2: partial \"deep\" includes itself" },
    { "unknown message", "\n{{t.nothing}}", NULL, NULL,
      "page.html:2: unknown message \"nothing\"" },
    { "t without a key", "{{t}}", NULL, NULL, "page.html:1: \"t\" without the key" },
    { "message as a section", "{{#t.plain}}{{/t.plain}}", NULL, NULL,
      "page.html:1: a message is no section" },
    { "no name", "{{}}", NULL, NULL, "page.html:1: bad name \"\"" },
    { "blank name", "{{#  }}", NULL, NULL, "page.html:1: bad name \"\"" },
    { "two words", "{{a b}}", NULL, NULL, "page.html:1: bad name \"a b\"" },
    { "dot at the end", "{{a.}}", NULL, NULL, "page.html:1: bad name \"a.\"" },
    { "dot at the start", "{{.a}}", NULL, NULL, "page.html:1: bad name \".a\"" },
    { "two dots", "{{a..b}}", NULL, NULL, "page.html:1: bad name \"a..b\"" },
    { "just dots", "{{..}}", NULL, NULL, "page.html:1: bad name \"..\"" },
    { "tag in tag", "{{a {{b}}", NULL, NULL, "page.html:1: bad name \"a {{b\"" },
    { "a forgotten }}", "{{a\n{{b}}", NULL, NULL, "page.html:1: bad name \"a\"" },
    { "block of another dialect", "{{<a}}{{/a}}", NULL, NULL, "page.html:1: bad name \"<a\"" },
    { "partial with a path", "{{>../part}}", NULL, NULL, "page.html:1: bad name \"../part\"" },
    { "partial without a name", "{{>}}", NULL, NULL, "page.html:1: bad name \"\"" },
    { "not UTF-8", "a\nb\xff{{a}}", NULL, NULL, "page.html:2: not UTF-8" },
    { "overlong UTF-8", "\xc0\xbc", NULL, NULL, "page.html:1: not UTF-8" },
    { "line after a tag of three lines", "{{! a\nb\n}}\n{{}}", NULL, NULL, "page.html:4: bad" },
    { "line after a partial with CR LF", "{{>part}}\r\n\r\n{{}}", "", NULL, "page.html:3: bad" },
};

#define NAMES(...) (const char *const[]){ __VA_ARGS__ __VA_OPT__(,) NULL }

static const struct check_case {
    const char *what, *page, *part;
    const char *const *names;
    const char *fault; /* NULL: all is well */
} check_cases[] = {
    { "plain", "{{a}}{{site}}", NULL, NAMES("a"), NULL },
    { "frame names need no use", "{{a}}", NULL, NAMES("a"), NULL },
    { "unknown", "x\n{{a}}{{b}}", NULL, NAMES("a"), "page.html:2: unknown name \"b\"" },
    { "unused", "{{a}}", NULL, NAMES("a", "b"), "page.html: declared name \"b\" is never used" },
    { "nothing declared, nothing used", "x", NULL, NAMES(), NULL },
    { "in a section", "{{#l}}{{n}}{{/l}}", NULL, NAMES("l", "l.n"), NULL },
    { "in a section, from outside", "{{#l}}{{n}}{{/l}}", NULL, NAMES("l", "n"), NULL },
    { "in a section, from the frame", "{{#l}}{{site}}{{/l}}", NULL, NAMES("l"), NULL },
    { "a section's name outside of it", "{{#l}}{{/l}}\n{{n}}", NULL, NAMES("l", "l.n"),
      "page.html:2: unknown name \"n\"" },
    { "inner before outer", "{{#l}}{{n}}{{/l}}", NULL, NAMES("l", "l.n", "n"),
      "page.html: declared name \"n\" is never used" },
    { "section in section", "{{#l}}{{#m}}{{n}}{{k}}{{o}}{{/m}}{{/l}}", NULL,
      NAMES("l", "l.k", "l.m", "l.m.n", "o"), NULL },
    { "no jump over a level", "{{#l}}{{#m}}{{n}}{{/m}}{{/l}}", NULL, NAMES("l", "l.m", "m.n"),
      "page.html:1: unknown name \"n\"" },
    { "undeclared section", "{{#l}}{{n}}{{/l}}", NULL, NAMES("n"),
      "page.html:1: unknown name \"l\"" },
    { "members do not declare their section", "{{#l}}{{n}}{{/l}}", NULL, NAMES("l.n"),
      "page.html:1: unknown name \"l\"" },
    { "inverted opens no scope", "{{^l}}{{n}}{{/l}}", NULL, NAMES("l", "l.n"),
      "page.html:1: unknown name \"n\"" },
    { "names in inverted sections count", "{{^l}}{{n}}{{/l}}", NULL, NAMES("l", "n"), NULL },
    { "dotted", "{{u.name}}", NULL, NAMES("u", "u.name"), NULL },
    { "dotted, unknown part", "{{u.nam}}", NULL, NAMES("u", "u.name"),
      "page.html:1: unknown name \"u.nam\"" },
    { "dotted stays where its first part is", "{{#l}}{{u.name}}{{/l}}", NULL,
      NAMES("l", "l.u", "u", "u.name"), "page.html:1: unknown name \"u.name\"" },
    { "dotted section", "{{#u.apps}}{{id}}{{/u.apps}}", NULL, NAMES("u", "u.apps", "u.apps.id"),
      NULL },
    { "iterator", "{{#l}}{{.}}{{#.}}{{.}}{{/.}}{{/l}}", NULL, NAMES("l"), NULL },
    { "iterator without section", "\n{{.}}", NULL, NAMES(), "page.html:2: unknown name \".\"" },
    { "section over the root", "{{#.}}{{/.}}", NULL, NAMES(), "page.html:1: unknown name \".\"" },
    { "in a partial", "{{#l}}{{>part}}{{/l}}", "{{n}}", NAMES("l", "l.n"), NULL },
    { "unknown in a partial", "{{#l}}{{>part}}{{/l}}", "\n{{m}}", NAMES("l"),
      "part.html:2: unknown name \"m\"" },
    { "after a partial", "{{>part}}\n{{m}}", "x", NAMES(), "page.html:2: unknown name \"m\"" },
    { "in a message", "{{t.hello}}", NULL, NAMES("user", "user.name"), NULL },
    { "unknown in a message", "\n{{t.hello}}", NULL, NAMES(),
      "page.html:2: unknown name \"user.name\" in message \"hello\"" },
    { "in a message in a section", "{{#l}}{{t.count}}{{/l}}", NULL,
      NAMES("l", "l.count", "total"), NULL },
    { "a name that begins alike", "{{apps}}", NULL, NAMES("apps", "app"),
      "page.html: declared name \"app\" is never used" },
};
/* clang-format on */

static const char *const FRAME_NAMES[] = { "site", "nav", "nav.home", NULL };

static void
test_render(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(render_cases); i++) {
        const struct render_case *row = &render_cases[i];
        struct arena *arena = arena_open();
        struct fault fault = { "" };
        struct view *view = build(arena, row->page, row->part, "d\ne\n", &fault);
        if (view == NULL)
            fail_msg("%s: %s", row->feature, fault.text);
        struct model *model = model_parse(arena, row->model);
        if (model == NULL)
            fail_msg("%s: the model is no JSON", row->feature);
        struct buf out;
        buf_init(&out, arena, SIZE_MAX);
        view_render(view, "page", model, &out);
        if (!text_equal(out.data, row->expected))
            fail_msg("%s: got «%s», expected «%s»", row->feature, out.data, row->expected);
        arena_close(arena);
    }
}

static void
test_faults(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(fault_cases); i++) {
        const struct fault_case *row = &fault_cases[i];
        struct arena *arena = arena_open();
        struct fault fault = { "" };
        if (build(arena, row->page, row->part, row->deep, &fault) != NULL)
            fail_msg("%s: was taken", row->what);
        if (!text_starts(fault.text, row->fault))
            fail_msg("%s: got «%s», expected «%s»", row->what, fault.text, row->fault);
        arena_close(arena);
    }
}

static void
test_check(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(check_cases); i++) {
        const struct check_case *row = &check_cases[i];
        struct arena *arena = arena_open();
        struct fault fault = { "" };
        struct view *view = build(arena, row->page, row->part, NULL, &fault);
        if (view == NULL)
            fail_msg("%s: %s", row->what, fault.text);
        struct view_page page = { "page", row->names };
        bool good = view_check(view, &page, FRAME_NAMES, &fault);
        if (good != (row->fault == NULL))
            fail_msg("%s: %s", row->what, good ? "no fault" : fault.text);
        if (!good)
            assert_string_equal(fault.text, row->fault);
        arena_close(arena);
    }
}

static void
test_check_missing_template(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    struct fault fault = { "" };
    struct view *view = build(arena, "", NULL, NULL, &fault);
    assert_non_null(view);
    struct view_page page = { "nowhere", NAMES() };
    assert_false(view_check(view, &page, FRAME_NAMES, &fault));
    assert_string_equal(fault.text, "nowhere.html: no such template");
    arena_close(arena);
}

/* {{#a}} … {{/a}}, `depth` deep around `middle`. */
static const char *
nested(struct arena *arena, int depth, const char *middle)
{
    struct buf text;
    buf_init(&text, arena, SIZE_MAX);
    for (int i = 0; i < depth; i++)
        buf_text(&text, "{{#a}}\n");
    buf_text(&text, middle);
    for (int i = 0; i < depth; i++)
        buf_text(&text, "{{/a}}\n");
    return text.data;
}

static void
test_depth(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    struct fault fault = { "" };
    struct view *view = build(arena, nested(arena, 32, "{{a}}"), NULL, NULL, &fault);
    assert_non_null(view);
    struct buf out;
    buf_init(&out, arena, SIZE_MAX);
    view_render(view, "page", model_parse(arena, "{\"a\":\"x\"}"), &out);
    assert_string_equal(out.data, "x\n");

    assert_null(build(arena, nested(arena, 33, "x"), NULL, NULL, &fault));
    assert_string_equal(fault.text, "page.html:33: sections are nested more than 32 deep");

    /* A partial counts for one, and brings its own depth. */
    const char *half = nested(arena, 15, "x\n");
    assert_non_null(build(arena, nested(arena, 16, "{{>part}}"), half, NULL, &fault));
    assert_null(build(arena, nested(arena, 17, "{{>part}}"), half, NULL, &fault));
    assert_string_equal(fault.text, "page.html:18: partial \"part\" is nested too deep");
    arena_close(arena);
}

static struct view *
build_chain(struct arena *arena, size_t count, const char *format, struct fault *fault)
{
    struct source *templates = arena_alloc(arena, count * sizeof *templates);
    for (size_t i = 0; i < count; i++) {
        const char *name = arena_printf(arena, "p%03zu", i);
        struct buf text;
        buf_init(&text, arena, SIZE_MAX);
        for (const char *p = format; i + 1 < count && *p != '\0'; p++)
            buf_printf(&text, "{{>p%03zu}}", i + 1);
        templates[i] = source(name, arena_printf(arena, "%s.html", name), text.data);
    }
    struct sources sources = { .templates = templates, .template_count = count };
    sources.messages = source("messages.en.json", "messages.en.json", MESSAGES);
    return view_build(arena, &sources, fault);
}

static void
test_partial_chains(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    struct fault fault = { "" };
    assert_non_null(build_chain(arena, 33, ".", &fault));
    assert_null(build_chain(arena, 34, ".", &fault));
    assert_non_null(strstr(fault.text, "is nested too deep"));
    assert_null(build_chain(arena, 500, ".", &fault));
    assert_non_null(strstr(fault.text, "is nested too deep"));
    /* Doubling at each step: small files, a page of 2^24 pieces. */
    assert_null(build_chain(arena, 25, "..", &fault));
    assert_non_null(strstr(fault.text, "makes the page too large"));
    arena_close(arena);
}

static void
test_size(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    struct fault fault = { "" };
    size_t limit = 1024 * 1024;
    char *text = arena_alloc(arena, limit + 2);
    memset(text, 'x', limit);
    assert_non_null(build(arena, text, NULL, NULL, &fault));
    text[limit] = 'x';
    assert_null(build(arena, text, NULL, NULL, &fault));
    assert_string_equal(fault.text, "page.html:1: larger than 1 MiB");
    arena_close(arena);
}

static void
test_nul_in_template(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    struct fault fault = { "" };
    struct source page = { "page", "page.html", "a\nb\0c", 5 };
    struct sources sources = { .templates = &page, .template_count = 1 };
    sources.messages = source("messages.en.json", "messages.en.json", "{}");
    assert_null(view_build(arena, &sources, &fault));
    assert_string_equal(fault.text, "page.html:2: not UTF-8 text");
    arena_close(arena);
}

static void
test_full_buffer(void **state)
{
    (void)state;
    struct arena *arena = arena_open();
    struct fault fault = { "" };
    struct view *view = build(arena, "{{#l}}{{.}}, {{/l}}end", NULL, NULL, &fault);
    assert_non_null(view);
    struct model *model = model_parse(arena, "{\"l\":[\"one\",\"two\",\"three\"]}");
    struct buf out;
    buf_init(&out, arena, 20);
    view_render(view, "page", model, &out);
    assert_false(out.failed);
    assert_string_equal(out.data, "one, two, three, end");
    buf_init(&out, arena, 19);
    view_render(view, "page", model, &out);
    assert_true(out.failed);
    assert_true(out.length <= 19);
    /* What fits by itself is not put behind the hole. */
    buf_init(&out, arena, 6);
    view_render(view, "page", model, &out);
    assert_true(out.failed);
    assert_string_equal(out.data, "one, ");
    arena_close(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_render),      cmocka_unit_test(test_faults),
        cmocka_unit_test(test_check),       cmocka_unit_test(test_check_missing_template),
        cmocka_unit_test(test_depth),       cmocka_unit_test(test_partial_chains),
        cmocka_unit_test(test_size),        cmocka_unit_test(test_nul_in_template),
        cmocka_unit_test(test_full_buffer),
    };
    return cmocka_run_group_tests_name("view_template", tests, NULL, NULL);
}
