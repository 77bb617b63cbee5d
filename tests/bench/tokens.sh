# tokens.sh - what issuing, renewing and looking up tokens costs; a part of scripts/bench.
#
# tests/bench/bench_token.c loads the program's own socket. Commits don't wait for the disk, but where
# the table says so.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
# shellcheck shell=bash disable=SC2154   # scripts/bench: rows, rounds, run, measured

CLIENTS=4      # as many as server.workers
SECONDS_EACH=1
KNOWN=1000     # access tokens that are always there
GRANTS=256     # of each application that refreshes

# admin_sql SQL: as PostgreSQL's superuser.
admin_sql() { cluster_sql "$run/pg" callgate <<<"$1" >/dev/null; }

# wait_for_disk on|off
wait_for_disk() {
    admin_sql "ALTER SYSTEM SET synchronous_commit = $1"
    admin_sql 'SELECT pg_reload_conf()'
}

# ---- rows ----

# The applications of each kind, with one secret.
make_apps() {
    local kind
    secret=$(random_word 32)
    cat >"$WORK/apps.sql" <<SQL
CREATE TABLE bench_app (kind text, app bigint, user_id bigint, app_id text);
WITH made AS (
    INSERT INTO app (app_id, owner_id, name, type, native)
    SELECT md5(random()::text), u.id, kind, type, native FROM pbx_user u, (VALUES
        ('issue', 'trusted', false), ('keep', 'public', false), ('native', 'public', true))
        AS wanted (kind, type, native)
    WHERE u.login = 'client1' RETURNING *)
INSERT INTO bench_app SELECT name, id, owner_id, app_id FROM made;
INSERT INTO app_secret (app, secret, tail)
    SELECT app, sha256(convert_to('$secret', 'UTF8')), right('$secret', 4)
    FROM bench_app WHERE kind <> 'native';
CREATE FUNCTION bench_grants() RETURNS void LANGUAGE sql AS \$\$
    TRUNCATE token_grant CASCADE;
    WITH made AS (
        INSERT INTO token_grant (app, user_id, level, generation, expires_at, leaf)
        SELECT app, user_id, 'all', 1, now() + interval '1 year',
            sha256(convert_to(left(kind, 1) || lpad(i::text, 29, '0'), 'UTF8'))
        FROM bench_app, generate_series(1, $GRANTS) i WHERE kind <> 'issue'
        RETURNING id, leaf)
    INSERT INTO refresh_token (token, grant_id) SELECT leaf, id FROM made
\$\$;
SQL
    sql owner -f "$WORK/apps.sql"
    declare -gA app=()
    for kind in issue keep native; do
        app[$kind]=$(sql owner -c "SELECT app_id FROM bench_app WHERE kind = '$kind'")
    done
}

# past_rows: SQL that fills the expired partitions.
past_rows() {
    local i
    for i in {1..4}; do
        cat <<SQL
INSERT INTO bench_past_$i (token, app, user_id, generation, created_at, expires_at)
    SELECT sha256(int8send(i)), app, user_id, 1, begins - interval '1 hour',
        begins + random() * interval '6 hours'
    FROM bench_app, bench_partition, generate_series($i, $rows, 4) i
    WHERE kind = 'issue' AND name = 'bench_past_$i';
ALTER TABLE bench_past_$i ADD PRIMARY KEY (token, expires_at);
VACUUM (ANALYZE) bench_past_$i;
SQL
    done
}

# Partitions of ours are called bench_…, which the program does not take for old ones of its own. The
# live ones span two of the program's, so that an hour's tokens stay within whenever this runs, and
# take turns. A CHECK spares PostgreSQL reading them when they are attached.
make_rows() {
    cat >"$WORK/rows.sql" <<SQL
SET maintenance_work_mem = '256MB';
CREATE TABLE bench_partition AS
    SELECT 'bench_past_' || i AS name, t - i * interval '6 hours' AS begins,
        t - (i - 1) * interval '6 hours' AS ends
    FROM date_bin('6 hours', now(), 'epoch') t, generate_series(1, 4) i
    UNION ALL
    SELECT name, t, t + interval '12 hours'
    FROM date_bin('6 hours', now() + interval '1 hour', 'epoch') t,
        (VALUES ('bench_live_large'), ('bench_live_small')) AS live (name);
DO \$\$
DECLARE
    p record;
BEGIN
    FOR p IN SELECT * FROM bench_partition LOOP
        EXECUTE format('CREATE TABLE %I (LIKE access_token INCLUDING DEFAULTS INCLUDING CONSTRAINTS,'
            ' CHECK (expires_at >= %L AND expires_at < %L))', p.name, p.begins, p.ends);
    END LOOP;
    FOR p IN SELECT begins + n * interval '6 hours' AS begins
        FROM bench_partition, generate_series(0, 1) n WHERE name = 'bench_live_small'
    LOOP
        EXECUTE format('ALTER TABLE access_token DETACH PARTITION %I',
                       'access_token_' || to_char(p.begins AT TIME ZONE 'UTC', 'YYYYMMDDHH24'));
    END LOOP;
END
\$\$;
CREATE FUNCTION bench_numbered(wanted bigint) RETURNS SETOF access_token LANGUAGE sql AS \$\$
    SELECT sha256(convert_to(lpad(i::text, 30, '0'), 'UTF8')), app, user_id, NULL::bigint, 1, now(),
        greatest(begins, now() + interval '1 hour') + random() * interval '5 hours', NULL::timestamptz
    FROM bench_app, bench_partition, generate_series(1, wanted) i
    WHERE kind = 'issue' AND name = 'bench_live_small'
\$\$;
$(past_rows)
ALTER TABLE bench_live_small ADD PRIMARY KEY (token, expires_at);
INSERT INTO bench_live_large SELECT * FROM bench_numbered($rows);
-- As full as an index that has grown row by row.
ALTER TABLE bench_live_large ADD PRIMARY KEY (token, expires_at) WITH (fillfactor = 70);
VACUUM (ANALYZE) bench_live_large;
-- empty, past or live: which rows there are, besides some that are known.
CREATE FUNCTION bench_state(state text) RETURNS void LANGUAGE plpgsql AS \$\$
DECLARE
    p record;
BEGIN
    FOR p IN SELECT inhrelid::regclass AS name FROM pg_inherits
        WHERE inhparent = 'access_token'::regclass AND inhrelid::regclass::text LIKE 'bench%'
    LOOP
        EXECUTE format('ALTER TABLE access_token DETACH PARTITION %s', p.name);
    END LOOP;
    TRUNCATE bench_live_small;
    INSERT INTO bench_live_small SELECT * FROM bench_numbered($KNOWN);
    FOR p IN SELECT * FROM bench_partition WHERE CASE state
        WHEN 'past' THEN name <> 'bench_live_large'
        WHEN 'live' THEN name = 'bench_live_large'
        ELSE name = 'bench_live_small' END
    LOOP
        EXECUTE format('ALTER TABLE access_token ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                       p.name, p.begins, p.ends);
    END LOOP;
END
\$\$;
SQL
    sql owner -f "$WORK/rows.sql"
}

# floor_script STATEMENT VALUE...: the program's own for pgbench, with values for $1, $2, …
floor_script() {
    local text value i=1
    text=$(printf 'sql\t%s\n' "$1" | "$SITE/build/tests/unit/dao_demo" service=conninfo 5000)
    text=${text#'{"sql":"'}
    text=${text%'"}'}
    if [[ $text != [A-Z]* ]] || [[ $text = *\\* ]]; then
        die "no statement that can be read: $text"
    fi
    for value in "${@:2}"; do
        text=${text//"\$$i::"/"$value::"}
        i=$((i + 1))
    done
    say '\set token random(1, 9000000000000000000)'
    say "\\set known random(1, $KNOWN)"
    say "$text;"
}

make_floors() {
    floor_script TOKEN_ISSUE :app_id :secret :key :types 'sha256(int8send(:token))' :ms >"$WORK/issue.sql"
    floor_script TOKEN_FIND "sha256(convert_to(lpad(:known::text, 30, '0'), 'UTF8'))" >"$WORK/find.sql"
    digest=$(sql owner -c "SELECT sha256(convert_to('$secret', 'UTF8'))")
}

# ---- measuring ----

# load NAME KIND APP_ID SECRET COUNT
load() {
    keep_number "$1" "$("$SITE/build/tests/bench/bench_token" "$socket" $CLIENTS \
        $((SECONDS_EACH * 1000)) "${@:2}" 2>"$WORK/log" || true)"
}

# floor NAME SCRIPT
floor() {
    keep_number "$1" "$("$PG/pgbench" -n -M prepared -c $CLIENTS -j $CLIENTS -T $SECONDS_EACH \
        -f "$WORK/$2.sql" -D app_id="${app[issue]}" -D secret="$digest" -D key='\x00' \
        -D types=trusted -D ms=3600000 service=conninfo 2>"$WORK/log" |
        sed -n 's/^tps = \([0-9.]*\) .*/\1/p')"
}

# state NAME: see bench_state().
state() {
    sql owner -c "SELECT bench_state('$1')" >/dev/null
    admin_sql CHECKPOINT
}

# rows_round STATE...
rows_round() {
    local state known
    for state; do
        state "$state"
        known=$KNOWN
        [ "$state" != live ] || known=$rows
        load "issue_$state" issue "${app[issue]}" "$secret" 1000
        load "find_$state" find "${app[issue]}" '' "$known"
    done
}

# token_round NUMBER
token_round() {
    if (($1 % 2)); then rows_round empty past live; else rows_round live past empty; fi
    sql owner -c 'SELECT bench_grants()' >/dev/null
    state empty
    load kept keep "${app[keep]}" "$secret" $GRANTS
    load issue issue "${app[issue]}" "$secret" 1000
    load rotated rotate "${app[native]}" '' $GRANTS
    load refused refused "${app[issue]}" '' 1000
    floor floor_issue issue
    load find find "${app[issue]}" '' $KNOWN
    floor floor_find find
    wait_for_disk on
    load issue_disk issue "${app[issue]}" "$secret" 1000
    floor floor_disk issue
    wait_for_disk off
}

token_table() {
    head_row "answers a second"
    row "issuing, $rows expired rows : none" issue_past issue_empty 0.95
    row "issuing, $rows live rows : none" issue_live issue_empty
    row "look-up, $rows expired rows : none" find_past find_empty 0.95
    row "look-up, $rows live rows : none" find_live find_empty
    row "refreshing, token kept : issuing" kept issue
    row "refreshing, token rotated : issuing" rotated issue
    row "wrong secret, 429 : right secret" refused issue 1
    row "issuing : pgbench, same statement" issue floor_issue
    row "issuing : pgbench, both waiting for the disk" issue_disk floor_disk
    row "look-up : pgbench, same statement" find floor_find
}

bench_tokens() {
    local number
    say "Building, and starting a site of its own"
    start_site lighttpd tests/bench/bench_token tests/unit/dao_demo
    socket=$(find "$run/web" -name 'callgate.sock*' -type s | head -n 1)
    [ -n "$socket" ] || die "there is no socket of the program in $run/web"
    admin_sql "ALTER SYSTEM SET max_wal_size = '2GB'"
    admin_sql "ALTER SYSTEM SET checkpoint_timeout = '1h'"
    wait_for_disk off
    say "Making $rows expired rows, in four partitions, and as many live ones"
    make_apps
    make_rows
    make_floors
    for ((number = 1; number <= rounds; number++)); do
        say "Round $number of $rounds"
        token_round "$number"
    done
    token_table
    stop_site
}
