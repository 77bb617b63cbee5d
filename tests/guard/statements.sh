#!/bin/sh
# statements.sh SOURCE_DIR - protects the one table of SQL: no other text of the program is SQL, one
# place sends prepared statements (and checks shape and SQLSTATE there), and no row is unused.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
set -eu

cd "${1:?usage: statements.sh SOURCE_DIR}"
table=fcgi/dao/statements.def
sender=fcgi/dao/connection.c
failed=0

fail() {
    echo "statements: $*" >&2
    failed=1
}

for input in "$table" "$sender" fcgi/main.c; do
    [ -s "$input" ] || { fail "$input is missing"; exit 1; }
done
ls migrations/0001_*.sql >/dev/null 2>&1 || { fail "migrations/0001_*.sql is missing"; exit 1; }

# A rule that finds nothing where there is certainly something looks for the wrong words.
words='"[^"]*\b(SELECT|INSERT INTO|UPDATE [^"]*SET|DELETE FROM|TRUNCATE|RETURNING|BEGIN|COMMIT|ROLLBACK|(CREATE|ALTER|DROP) (TABLE|ROLE|INDEX|SCHEMA|FUNCTION|DATABASE)|GRANT [^"]* TO|REVOKE [^"]* FROM|pg_[a-z_]+)\b'
words="$words"'|"(select [^"]* from|delete from|insert into|update) [a-z_]+ (set|where|values|\()'
[ "$(grep -cE "$words" "$table")" -gt 20 ] || fail "the search for SQL finds none in $table"
found=$(find fcgi -name '*.[ch]' -o -name '*.def' | grep -vx "$table" | sort |
    xargs grep -nE "$words" /dev/null || true)
[ -z "$found" ] || fail "SQL outside $table:
$found"

# Calls as statements of C; a name in a comment is no call.
calls() {
    find fcgi -name '*.c' | sort | xargs grep -nE "\\b$1 ?\\(" /dev/null || true
}
for function in PQsendQueryPrepared PQsendQueryParams PQsendQuery PQsendPrepare; do
    found=$(calls "$function")
    [ "$(printf '%s\n' "$found" | grep -c "^$sender:")" -eq 1 ] &&
        [ "$(printf '%s\n' "$found" | wc -l)" -eq 1 ] ||
        fail "$function must be called once, in $sender:
$found"
done
found=$(calls '(PQexec|PQexecParams|PQexecPrepared|PQprepare|PQdescribePrepared|PQfn)')
[ -z "$found" ] || fail "these wait without a limit; use dao_run():
$found"

for kind in STATEMENT:SQL OWNER_STATEMENT:OWNER; do
    ids=$(sed -n "s/^${kind%:*}(\\([A-Z0-9_]*\\),.*/\\1/p" "$table")
    [ -n "$ids" ] || fail "no ${kind%:*} in $table"
    for id in $ids; do
        find fcgi/dao -name '*.c' | xargs grep -qw "${kind#*:}_$id" || fail "$id is used nowhere"
    done
done

exit $failed
