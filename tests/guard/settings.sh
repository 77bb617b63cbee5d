#!/bin/sh
# settings.sh SOURCE_DIR - protects operators from settings that are not what they read about: every
# row of fcgi/config/settings.def is in the manual and in the example file with the same default,
# these name no others, and every setting is used outside of config/.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
set -eu
LC_ALL=C
export LC_ALL

cd "${1:-${CALLGATE_SRCDIR:?usage: settings.sh SOURCE_DIR}}"
table=fcgi/config/settings.def
manual=fcgi/man/callgate.8
example=scripts/callgate.conf.example
for input in "$table" "$manual" "$example"; do
    [ -s "$input" ] || { echo "settings: $input is missing" >&2; exit 1; }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# Each list has lines "section.name = default<TAB>file:line".
awk -v OFS='\t' '
/^SETTING_[A-Z]+\(/ {
    line = $0
    if (!match(line, /\([a-z]+, [a-z_]+, "[^"]*"/)) {
        print "?", FILENAME ":" FNR
        next
    }
    line = substr(line, RSTART + 1, RLENGTH - 2)
    section = name = line
    sub(/,.*/, "", section)
    sub(/^[a-z]+, /, "", name)
    sub(/,.*/, "", name)
    sub(/^[^"]*"/, "", line)
    print section "." name " = " line, FILENAME ":" FNR
}' "$table" | sort >"$work/table"

awk -v OFS='\t' '
/^\.Sh / { inside = $2 == "SETTINGS" }
inside && /^\.It Cm / {
    name = $3
    value = $0
    if (!sub(/^\.It Cm [^ ]+ Pq /, "", value))
        value = ""
    gsub(/\\&|"/, "", value)
    print name " = " value, FILENAME ":" FNR
}' "$manual" | sort >"$work/manual"

awk -v OFS='\t' '
/^\[.*\]$/ { section = substr($0, 2, length($0) - 2) }
/^#?[a-z_]+ *=/ {
    name = value = $0
    sub(/^#/, "", name)
    sub(/ *=.*/, "", name)
    sub(/^[^=]*= */, "", value)
    print section "." name " = " value, FILENAME ":" FNR
}' "$example" | sort >"$work/example"

[ "$(wc -l <"$work/table")" -gt 10 ] || { echo "settings: $table is not readable" >&2; exit 1; }
if grep -q '^?' "$work/table"; then
    echo "settings: not a row as this guard knows them:$(sed -n 's/^?//p' "$work/table")" >&2
    failed=1
fi

# only LIST OTHER WHAT: prints what LIST has and OTHER has not.
only() {
    cut -f 1 "$work/$2" >"$work/keys"
    while IFS="$(printf '\t')" read -r setting place; do
        grep -qxF -e "$setting" "$work/keys" || echo "settings: $place: $setting: $3" >&2
    done <"$work/$1"
}
for other in manual example; do
    file=$(eval "echo \$$other")
    only table "$other" "not so in $file"
    only "$other" table "not so in $table"
    for list in table "$other"; do
        [ -z "$(cut -f 1 "$work/$list" | uniq -d)" ] || {
            echo "settings: twice: $(cut -f 1 "$work/$list" | uniq -d)" >&2
            failed=1
        }
    done
    cut -f 1 "$work/table" >"$work/a"
    cut -f 1 "$work/$other" >"$work/b"
    cmp -s "$work/a" "$work/b" || failed=1
done

find fcgi -name '*.[ch]' | grep -v '^fcgi/config/' | xargs cat >"$work/code"
sed 's/ = .*	/	/' "$work/table" | while IFS="$(printf '\t')" read -r setting place; do
    member=$(echo "$setting" | tr . _)
    grep -qE "(->|\.)$member\b" "$work/code" || echo "settings: $place: $setting is used nowhere"
done >"$work/unused"
[ ! -s "$work/unused" ] || { cat "$work/unused" >&2; failed=1; }

exit $failed
