#!/bin/sh
# oauth_errors.sh SOURCE_DIR - protects the one table of OAuth2 errors: a name that only
# fcgi/rules/oauth_error.def spells can't be misspelt, nor be sent with another status.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
set -eu
LC_ALL=C
export LC_ALL

cd "${1:-${CALLGATE_SRCDIR:?usage: oauth_errors.sh SOURCE_DIR}}"
table=fcgi/rules/oauth_error.def
[ -s "$table" ] || { echo "oauth_errors: $table is missing" >&2; exit 1; }

names=$(sed -n 's/^OAUTH_ERROR([A-Z_]*, "\([a-z_]*\)".*/\1/p' "$table")
[ "$(echo "$names" | wc -w)" -gt 5 ] && [ "$(echo "$names" | wc -w)" -eq "$(grep -c '^OAUTH_ERROR' "$table")" ] ||
    { echo "oauth_errors: $table is not readable" >&2; exit 1; }
twice=$(echo "$names" | sort | uniq -d)
[ -z "$twice" ] || { echo "oauth_errors: $table: twice: $twice" >&2; exit 1; }

# RFC 6749, 6750, 7009 and OpenID's: those too that have no row yet.
names="$names access_denied unsupported_response_type insufficient_scope unsupported_token_type
    login_required consent_required interaction_required account_selection_required"
pattern=$(echo "$names" | tr -s ' \n' '||' | sed 's/^|//; s/|$//')
found=$(find fcgi -name '*.[ch]' -o -name '*.def' | grep -vx "$table" | sort |
    xargs grep -nE "\"([^\"]*[^\"a-z_])?($pattern)([^\"a-z_][^\"]*)?\"" /dev/null || true)
[ -z "$found" ] || {
    echo "oauth_errors: these spell what only $table may; use oauth_error_name():" >&2
    echo "$found" >&2
    exit 1
}
