#!/bin/sh
# layers.sh SOURCE_DIR - protects the one way in which rooms know each other: the table in fcgi/README
# says who may include whom and which room owns a foreign library; every #include must agree.
#
#  - a room includes only rooms that its row names, and only their one header <room>/<room>.h;
#  - a row names only rooms above it, so there are no circles; handler rooms (those that routes
#    ties together) never name each other;
#  - a header that is neither C, POSIX nor glibc is in the row of the room that includes it;
#  - every folder with C in it has a row, and every row has its room.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
set -eu
LC_ALL=C
export LC_ALL

cd "${1:-${CALLGATE_SRCDIR:?usage: layers.sh SOURCE_DIR}}"
table=fcgi/README
[ -s "$table" ] || { echo "layers: $table is missing" >&2; exit 1; }

found=$(mktemp)
trap 'rm -f "$found"' EXIT
# Every file once as "file:0:", so that a room without an #include counts too.
find fcgi -name '*.[ch]' -o -name '*.def' | sort | while read -r file; do
    echo "$file:0:"
    grep -nE '^[[:space:]]*#[[:space:]]*include' "$file" | sed "s|^|$file:|" || true
done >"$found"
[ "$(grep -c 'include' "$found")" -gt 50 ] || { echo "layers: fcgi has no #include" >&2; exit 1; }

awk -v table="$table" '
BEGIN {
    split("assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal" \
          " stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath" \
          " threads time uchar wchar wctype aio cpio dirent dlfcn fcntl fmtmsg fnmatch ftw glob grp" \
          " iconv langinfo libgen monetary mqueue ndbm netdb nl_types poll pthread pwd regex sched" \
          " search semaphore spawn strings stropts syslog tar termios trace ulimit unistd utime" \
          " utmpx wordexp err error execinfo getopt malloc", names, " ")
    for (i in names)
        system_header[names[i] ".h"] = 1
}
function fault(where, what) {
    print "layers: " where ": " what
    faults++
}
function trim(text) {
    gsub(/^[ \t]+|[ \t]+$/, "", text)
    return text
}
FILENAME == table {
    if ($0 !~ /^[a-z]+ *\|/ || split($0, cell, "|") != 4 || trim(cell[1]) == "room")
        next
    room = trim(cell[1])
    if (room in row)
        fault(table ":" FNR, room " has two rows")
    count = split(trim(cell[3]), parts, / +/)
    for (i = 1; i <= count; i++) {
        if (parts[i] == "-")
            continue
        if (!(parts[i] in row))
            fault(table ":" FNR, room " may include " parts[i] ", which has no row above it")
        may[room, parts[i]] = 1
    }
    row[room] = FNR
    count = split(trim(cell[4]), parts, / +/)
    for (i = 1; i <= count; i++)
        if (parts[i] != "-")
            owns[room, parts[i]] = 1
    next
}
{
    split($0, part, ":")
    file = part[1]
    place = file ":" part[2]
    split(file, step, "/")
    room = step[2]
    sub(/\.[a-z]+$/, "", room)
    seen[room] = 1
    if (!(room in row)) {
        if (part[2] == 0)
            fault(file, "the room " room " has no row in " table)
        next
    }
}
/include[ \t]*"/ {
    target = $0
    sub(/^[^"]*"/, "", target)
    sub(/".*/, "", target)
    if (target == "config.h") # what configure found out
        next
    other = target
    sub(/\/.*/, "", other)
    sub(/\.[a-z]+$/, "", other)
    if (other == room)
        next
    if (!((room, other) in may))
        fault(place, room " may not include " target)
    else if (target != other "/" other ".h" && target != other ".h")
        fault(place, target " belongs to " other " alone; include " other "/" other ".h")
    next
}
/include[ \t]*</ {
    target = $0
    sub(/^[^<]*</, "", target)
    sub(/>.*/, "", target)
    if (target in system_header || target ~ /^(sys|net|netinet|arpa|linux)\//)
        next
    library = target
    sub(/\/.*/, "", library)
    if (!((room, library) in owns))
        fault(place, "<" target "> is not of the foreign libraries that " room " owns")
}
END {
    for (room in row) {
        rooms++
        if (!(room in seen))
            fault(table ":" row[room], "there is no room " room)
    }
    if (rooms < 10)
        fault(table, "its table of rooms is not readable")
    for (room in row)
        for (other in row)
            if (("routes", room) in may && ("routes", other) in may && room != "web" \
                && other != "web" && (room, other) in may)
                fault(table ":" row[room], "handler rooms must not know each other: " room ", " other)
    exit faults > 0
}' "$table" "$found" >&2
