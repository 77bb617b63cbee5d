#!/bin/sh
# tests.sh SOURCE_DIR - protects tests from not being run, and words from not being there:
#
#  - every unit test, fuzz target and guard is registered in tests/tests.am; a fuzz target has a
#    corpus; a page has a golden case; there are seven guards at most; every libpq function that a
#    test plays is wrapped at its link;
#  - every test of a unit test file (a function of `void **state`) is in its program's table;
#  - every message that C code names is in templates/messages.en.json.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
set -eu
LC_ALL=C
export LC_ALL

cd "${1:-${CALLGATE_SRCDIR:?usage: tests.sh SOURCE_DIR}}"
list=tests/tests.am
messages=templates/messages.en.json
failed=0

fail() {
    echo "tests: $*" >&2
    failed=1
}

for input in "$list" "$messages" Makefile.am; do
    [ -s "$input" ] || { fail "$input is missing"; exit 1; }
done
grep -qx "include $list" Makefile.am || fail "Makefile.am does not include $list"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Variables of tests.am as lines "NAME word"; \ joins lines.
sed -e ':a' -e '/\\$/{N;s/\\\n/ /;ba' -e '}' "$list" |
    awk '/^[A-Za-z_]+ *=/ { for (i = 3; i <= NF; i++) print $1, $i }' >"$work/registered"

# each VARIABLE PATTERN WHAT: every file that matches is a word of VARIABLE, and every word is one.
each() {
    count=0
    for file in $2; do
        [ -e "$file" ] || continue
        count=$((count + 1))
        case $file in
        *.sh) word=$file ;;
        *) word=${file%.*} ;;
        esac
        grep -qxF "$1 $word" "$work/registered" || fail "$file: no $word in $1 of $list"
    done
    [ $count -gt 0 ] || fail "$2: no $3 found"
    [ "$(grep -c "^$1 " "$work/registered")" -eq $count ] ||
        fail "$list: $1 names what is not there, or something twice"
}
each UNIT_TESTS 'tests/unit/test_*.c' 'unit test'
each FUZZ_TESTS 'tests/fuzz/fuzz_*.c' 'fuzz target'
each GUARDS 'tests/guard/*.sh' guard
[ "$(find tests/guard -name '*.sh' | wc -l)" -le 7 ] || fail "tests/guard: seven guards are enough"
for set in UNIT_TESTS FUZZ_TESTS GUARDS; do
    grep -qxF "TESTS \$($set)" "$work/registered" || fail "$list: $set is not in TESTS"
done
grep -qxF 'TESTS tests/golden/golden' "$work/registered" || fail "$list: golden is not in TESTS"

for target in tests/fuzz/fuzz_*.c; do
    name=${target##*/fuzz_}
    corpus=tests/fuzz/corpus/${name%.c}
    [ -n "$(find "$corpus" -type f 2>/dev/null)" ] || fail "$target: $corpus has no file"
done
for corpus in tests/fuzz/corpus/*/; do
    name=${corpus%/}
    [ -e "tests/fuzz/fuzz_${name##*/}.c" ] || fail "$corpus: no fuzz target of that name"
done

# A template that no other includes is a page.
for template in templates/*.html; do
    name=${template##*/}
    name=${name%.html}
    grep -qE "\{\{> *$name *\}\}" templates/*.html ||
        [ -n "$(find tests/golden -name "$name.*.json")" ] ||
        fail "$template: no golden case tests/golden/$name.*.json"
done
for model in tests/golden/*.json; do
    [ -e "${model%.json}.html" ] || fail "$model: the page is missing"
done

grep -ohE '__wrap_[A-Za-z_]+' tests/unit/*.c | sort -u | sed 's/__wrap_//' | while read -r function; do
    grep -qE "wrap=$function( |\$)" "$list" || echo "$function is not wrapped in $list"
done >"$work/unwrapped"
[ ! -s "$work/unwrapped" ] || fail "$(cat "$work/unwrapped")"

# The return type stands on a line of its own, so a definition begins a line; the table is in main().
for file in tests/unit/test_*.c; do
    awk '
    /^[a-z0-9_]+\(void \*\*/ { sub(/\(.*/, ""); line[$0] = FNR }
    /^main\(/ { inside = 1 }
    inside { main = main " " $0 }
    END {
        for (name in line) {
            count++
            if (main !~ "[^a-z0-9_]" name "[^a-z0-9_]")
                print FILENAME ":" line[name] ": " name " is not in the table"
        }
        if (!count || !inside)
            print FILENAME ": no test, or no main(), that this guard can read"
    }' "$file"
done >"$work/untabled"
[ ! -s "$work/untabled" ] || fail "$(cat "$work/untabled")"

sed -n 's/^ *"\([a-z0-9_.]*\)" *:.*/\1/p' "$messages" | sort >"$work/keys"
[ "$(wc -l <"$work/keys")" -gt 50 ] || fail "$messages is not readable"
# Keys by their first word, and what web_reply_error() makes keys of.
find fcgi -name '*.c' | sort |
    xargs grep -noE '"(error|redirect|title|frame)\.[a-z0-9_.]+"' /dev/null | tr -d '"' >"$work/used"
for file in $(find fcgi -name '*.c' | sort); do
    awk -v RS=';' '/web_reply_error\(/ {
        sub(/.*web_reply_error\(/, "")
        while (match($0, /"[a-z_]+"/)) {
            print substr($0, RSTART + 1, RLENGTH - 2)
            $0 = substr($0, RSTART + RLENGTH)
        }
    }' "$file" | while read -r key; do
        line=$(grep -n "\"$key\"" "$file" | head -1 | cut -d : -f 1)
        printf '%s:%s:error.%s.title\n%s:%s:error.%s.text\n' "$file" "$line" "$key" "$file" "$line" "$key"
    done
done >>"$work/used"
[ "$(wc -l <"$work/used")" -gt 20 ] || fail "no message key found in fcgi"
while IFS=: read -r file line key; do
    grep -qxF "$key" "$work/keys" || fail "$file:$line: $key is not in $messages"
done <"$work/used"

exit $failed
