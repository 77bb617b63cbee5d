#!/bin/sh
# templates.sh SOURCE_DIR - protects pages from script injection: {{name}} is escaped for text and for
# double-quoted attribute values, and for nothing else, so markers may stand nowhere else.
#
#  - values and messages: in text and in double-quoted attribute values;
#  - sections: also around whole attributes, never around a piece of a tag;
#  - partials: in text only;
#  - href, src, action, formaction: every key ends in _url, unless the value begins with a literal
#    path ("/app/{{app_id}}/"), "?" or "#";
#  - no style element or attribute, no script text, no on...=, srcdoc, http-equiv, javascript:.
#
# It first tries itself on lines known to be good and bad.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
set -u
LC_ALL=C
export LC_ALL

dir=${1:?usage: templates.sh SOURCE_DIR}/templates

# Reads one template, given as the only file; prints "file:line: reason" for each fault.
check() {
    awk -v label="$2" '
function fault(reason) {
    printf "%s:%d: %s\n", label, line, reason
    faults++
}
# What is at the top of the stack must be where we are: a section ends where it began.
function section(kind, place) {
    if (kind == "#" || kind == "^") {
        stack[++depth] = place
    } else if (depth > 0) {
        if (stack[depth] != place)
            fault("section begins and ends in different places of the markup")
        depth--
    }
}
function marker(body, before, after,    kind, key) {
    gsub(/[ \t\r\n]/, "", body)
    kind = substr(body, 1, 1)
    key = body
    if (kind == "!" && (state == "text" || state == "tag"))
        return
    if (state == "text") {
        if (kind == "#" || kind == "^" || kind == "/")
            section(kind, "text")
        return
    }
    if (kind == ">") {
        fault("partial outside of text: {{" body "}}")
        return
    }
    if (kind == "#" || kind == "^" || kind == "/") {
        if (state == "value")
            section(kind, "value " tags " " attributes)
        else if ((state == "tag" || (state == "name" && kind == "/")) \
                 && (kind == "/" ? after ~ /^([ \t\r\n>\/]|\{\{)/ : before ~ /[ \t\r\n}"]$/)) {
            section(kind, "tag " tags)
            if (state == "name")
                end_name()
        } else
            fault("section around a piece of a tag: {{" body "}}")
        return
    }
    if (state != "value")
        fault("marker outside of text and double-quoted values: {{" body "}}")
    else if (name ~ /^(href|src|action|formaction)$/ && key !~ /_url$/ \
             && value !~ /^(\/[A-Za-z0-9._~-]|[?#])/)
        fault("URL of a key that does not end in _url: {{" body "}}")
    else if (name !~ /^(href|src|action|formaction)$/ \
             && name ~ /^(srcset|poster|data|cite|ping|background|manifest|xlink:href)$/)
        fault("marker in " name "=: {{" body "}}")
}
function begin_name(c) {
    state = "name"
    name = c
    attributes++
}
function end_name() {
    name = tolower(name)
    state = "tag"
    if (name == "style" || name ~ /^on/ || name == "srcdoc" || name == "http-equiv")
        fault("attribute " name " is not for templates")
    if (name == "src")
        has_src = 1
}
function end_value() {
    if (name ~ /^(href|src|action|formaction)$/ && tolower(value) ~ /^[ \t\r\n]*javascript:/)
        fault("inline script in " name)
    state = "tag"
}
function end_tag() {
    state = "text"
    if (element == "style")
        fault("style element: use the style sheet")
    if (element == "script") {
        if (!has_src)
            fault("inline script")
        state = "script"
    }
}
{ text = text $0 "\n" }
END {
    length_ = length(text)
    state = "text"
    line = 1
    for (i = 1; i <= length_; i++) {
        c = substr(text, i, 1)
        if (substr(text, i, 2) == "{{") {
            rest = substr(text, i)
            end = index(rest, "}}")
            if (end == 0) {
                fault("{{ without }}")
                break
            }
            body = substr(rest, 3, end - 3)
            marker(body, substr(text, i - 1, 1), substr(rest, end + 2, 2))
            if (state == "value")
                value = value "{{" body "}}"
            line += gsub(/\n/, "\n", body)
            i += end
            continue
        }
        if (state == "text") {
            if (substr(text, i, 4) == "<!--") {
                state = "comment"
                i += 3
            } else if (c == "<" && substr(text, i + 1, 1) ~ /[A-Za-z\/!]/) {
                state = "element"
                element = ""
                has_src = 0
                tags++
            } else if (c == "<" && substr(text, i + 1, 2) == "{{")
                fault("marker outside of text and double-quoted values: tag name")
        } else if (state == "comment") {
            if (substr(text, i, 3) == "-->") {
                state = "text"
                i += 2
            }
        } else if (state == "script") {
            if (tolower(substr(text, i, 8)) == "</script") {
                state = "element"
                element = ""
                tags++
            } else if (c !~ /[ \t\r\n]/) {
                fault("inline script")
                state = "text"
            }
        } else if (state == "element") {
            if (c ~ /[ \t\r\n]/ || c == ">" || (c == "/" && element != "")) {
                element = tolower(element)
                state = "tag"
                if (c == ">")
                    end_tag()
            } else
                element = element c
        } else if (state == "tag" || state == "name" || state == "named") {
            if (c ~ /[ \t\r\n]/) {
                if (state == "name") {
                    end_name()
                    state = "named"
                }
            } else if (c == ">" || c == "/") {
                if (state == "name")
                    end_name()
                state = "tag"
                if (c == ">")
                    end_tag()
            } else if (c == "=" && state != "tag") {
                if (state == "name")
                    end_name()
                state = "equals"
            } else if (state == "name")
                name = name c
            else
                begin_name(c)
        } else if (state == "equals") {
            value = ""
            if (c == "\"")
                state = "value"
            else if (c == "\047")
                state = "single"
            else if (c !~ /[ \t\r\n]/) {
                state = "bare"
                value = c
            }
        } else if (state == "value" || state == "single") {
            if (c == (state == "value" ? "\"" : "\047"))
                end_value()
            else
                value = value c
        } else if (state == "bare") {
            if (c ~ /[ \t\r\n]/ || c == ">") {
                end_value()
                if (c == ">")
                    end_tag()
            } else
                value = value c
        }
        if (c == "\n")
            line++
    }
    if (state != "text")
        fault("ends within a tag, a comment or a script")
    exit faults > 0
}' "$1"
}

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

try() { # good|bad LINE
    printf '%s\n' "$2" >"$work/try.html"
    check "$work/try.html" try >/dev/null
    case $1$? in
    good0 | bad1) ;;
    *) echo "templates.sh does not work here: taken for the opposite of $1: $2" >&2; exit 1 ;;
    esac
}

while IFS= read -r sample; do
    try good "$sample"
done <<'SAMPLES'
<p class="a {{b}}{{#c}} d{{/c}}">{{e}} a < b {{! f }}</p>{{>part}}
<input type="checkbox" name="x" {{#checked}}checked{{/checked}} {{^y}}value="{{z}}"{{/y}}>
{{#a}}<a href="{{b_url}}">{{c}}</a>{{/a}}{{^a}}<a href="/login?next={{next_url}}">{{t.a}}</a>{{/a}}
<form action="/app/{{app_id}}/" method="post"><a href="?page={{n}}"><a href="#{{id}}"><br/>
<script src="/asset/{{name}}"></script><link rel="stylesheet" href="/style.css"><!-- plain -->
<!doctype html><input value="{{a}}"{{#b}} disabled{{/b}} /><option {{#s}}selected{{/s}}>x
SAMPLES
while IFS= read -r sample; do
    try bad "$sample"
done <<'SAMPLES'
<p class={{a}}>
<p class='{{a}}'>
<p {{a}}>
<p {{a}}="b">
<{{a}}>
<p{{#a}}b{{/a}}>
<p data-{{a}}="b">
<p data-{{#a}}b{{/a}}="c">
<input {{#a}}value{{/a}}="{{b}}">
<p {{#a}}class="b{{/a}}">
<p {{#a}}>{{/a}}
<p class="{{>part}}">
<p {{>part}}>
<a href="{{a}}">
<a href="{{a_url}}{{b}}">
<a href = "x{{a}}">
<a HREF="//{{a}}">
<a href="{{#a}}/{{/a}}{{b}}">
<button formaction="{{a}}">
<img src="{{t.a}}">
<img srcset="{{a_url}} 2x">
<a href="JavaScript:x()">
<p style="color: red">
<p onclick="x()">
<p onclick="{{a}}">
<style>p {}</style>
<script>{{a}}</script>
<script>x()</script>
<script src="/a.js">x()</script>
<script src="/a.js">{{a}}</script>
<meta http-equiv="refresh" content="0;url={{a}}">
<!-- {{a}} -->
<p class="
SAMPLES

found=0
status=0
for file in "$dir"/*.html; do
    [ -f "$file" ] || continue
    found=$((found + 1))
    check "$file" "templates/${file##*/}" || status=1
done
if [ "$found" -eq 0 ]; then
    echo "no templates in $dir" >&2
    exit 1
fi
exit "$status"
