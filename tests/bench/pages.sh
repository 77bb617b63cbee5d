# pages.sh - what a page of rows costs beyond its one list query; a part of scripts/bench.
#
# tests/bench/bench_page.c asks a program with one worker for each page, and PostgreSQL for its list,
# in turns. 100,000 applications, 50,000 of them one owner's and the others those of 10,000 users;
# 100,000 users; --rows audit rows. Names, acts and types that most have, that few have and that none
# has, and what few have lies where it may.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
# shellcheck shell=bash disable=SC2154   # scripts/bench: rows, rounds, run, measured

PAGE_GOAL=1.0   # ms over the query

# ---- rows ----

people_sql() {
    cat <<SQL
CREATE FUNCTION bench_word(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS \$\$
    SELECT (ARRAY['Call', 'Queue', 'Sales', 'Support', 'Office', 'Night', 'Branch', 'Partner', 'Fax', 'Door'])[1 + n % 10]
        || ' ' || (ARRAY['report', 'sync', 'monitor', 'dialer', 'import', 'wallboard', 'recorder', 'CRM', 'bridge',
                         'agent'])[1 + n / 10 % 10]
\$\$;
-- Of 100 clients, a user in each 100 is the client's own; bench-owner's has a thousand.
INSERT INTO pbx_user (login, name, email, client_id, extension_id, tenant_id, status, must_change_password)
    SELECT 'bench' || n, initcap(bench_word(n * 7)) || CASE WHEN n % 5000 = 77 THEN ' qx' ELSE '' END,
        'bench' || n || '@example.com',
        CASE WHEN n % 100 = 0 THEN tenant END, CASE WHEN n % 100 > 0 THEN n END, tenant,
        CASE WHEN n % 700 = 7 THEN 'blocked' ELSE 'active' END, n % 1500 = 3
    FROM (SELECT n, 1000000 + CASE WHEN n <= 1000 THEN 0 ELSE n / 100 END AS tenant
          FROM generate_series(1, 100000) n) u;
INSERT INTO pbx_user (login, name, client_id, tenant_id) VALUES ('bench-owner', 'Owner', 1000000, 1000000);
INSERT INTO pbx_user (login, name, admin) SELECT 'bench-admin' || n, 'Admin', true FROM generate_series(1, 40) n;
CREATE TABLE bench_user AS SELECT id, login, tenant_id, substr(login, 6)::int AS n FROM pbx_user
    WHERE login ~ '^bench[0-9]+\$' ORDER BY n;
CREATE TABLE bench_owner AS SELECT id, tenant_id FROM pbx_user WHERE login = 'bench-owner';
INSERT INTO session (token, user_id, expires_at, proved_at)
    SELECT sha256(convert_to(login || '$secret', 'UTF8')), id, now() + interval '1 day', now()
    FROM pbx_user WHERE login IN ('bench-owner', 'bench-admin1');
SQL
}

apps_sql() {
    cat <<'SQL'
INSERT INTO app (app_id, owner_id, name, description, type, level, status, redirect_urls, api_backend, created_at,
                 last_used_at)
    SELECT md5('bench' || g.n), CASE WHEN g.n % 2 = 1 THEN o.id ELSE u.id END,
        CASE WHEN g.n % 2003 < 2 THEN 'Quartz ' WHEN g.n % 9001 = 3 THEN 'Zx ' ELSE '' END || bench_word(g.n / 3) || ' ' || g.n,
        'What it is for', CASE WHEN g.n % 2111 = 1 THEN 'password_credentials' WHEN g.n % 3 = 0 THEN 'public' ELSE 'trusted' END,
        CASE WHEN g.n % 1501 = 4 THEN 'all' ELSE 'call_api' END, CASE WHEN g.n % 50 = 0 THEN 'disabled' ELSE 'active' END,
        CASE WHEN g.n % 3 = 0 THEN ARRAY['https://example.com/' || g.n] ELSE '{}' END, g.n % 1000 = 8,
        now() - (100000 - g.n) * interval '5 minutes',
        CASE WHEN g.n % 4 > 0 THEN now() - (g.n::bigint * 7919 % 400000) * interval '1 minute' * (100000 - g.n) / 100000 END
    FROM generate_series(1, 100000) AS g (n) CROSS JOIN bench_owner o
    JOIN bench_user u ON u.n = 1 + g.n / 2 % 10000 ORDER BY g.n;
CREATE TABLE bench_app AS SELECT a.id, a.owner_id, row_number() OVER (ORDER BY a.id) AS n FROM app a
    WHERE a.app_id IN (SELECT md5('bench' || n) FROM generate_series(1, 100000) n);
INSERT INTO app_transfer (app, from_user, to_user) SELECT a.id, a.owner_id, o.id FROM bench_app a, bench_owner o
    WHERE a.n IN (2, 4, 6);
-- Of each thousandth application's users; of bench-owner and the users of the client, twenty each.
INSERT INTO permission (app, user_id, level, redirect_urls, generation, created_at)
    SELECT a.id, u.id, 'all', '{}', 1, now() - a.n * interval '1 minute' - u.n * interval '1 second'
    FROM bench_user u JOIN bench_app a ON a.n % 997 = u.n % 997 AND a.n <= CASE WHEN u.n <= 1000 THEN 20000 ELSE 1000 END
    WHERE u.n <= 1000 OR u.n % 10 = 0;
INSERT INTO permission (app, user_id, level, redirect_urls, generation, created_at)
    SELECT a.id, o.id, 'call_api', '{}', 1, now() - a.n * interval '1 hour' FROM bench_app a, bench_owner o
    WHERE a.n % 2000 = 0;
INSERT INTO token_grant (app, user_id, permission, level, generation, expires_at, used_at, leaf)
    SELECT p.app, p.user_id, p.id, 'all', 1, now() + interval '1 year', now() - n * interval '1 day',
        sha256(convert_to(p.id || '.' || n, 'UTF8'))
    FROM permission p, generate_series(1, 3) n;
INSERT INTO token_grant (app, user_id, level, generation, expires_at, leaf)
    SELECT a.id, u.id, 'all', 1, now() + interval '1 year', sha256(convert_to('p' || u.id || '.' || a.id, 'UTF8'))
    FROM bench_user u JOIN bench_app a ON a.n = u.n WHERE u.n <= 1000;
INSERT INTO level_request (app, user_id, reason, state, created_at, decided_at, decided_by)
    SELECT id, owner_id, 'To change extensions of the sales team from the shop', CASE n % 3 WHEN 0 THEN 'open'
        WHEN 1 THEN 'approved' ELSE 'declined' END, now() - n * interval '1 minute',
        CASE WHEN n % 3 > 0 THEN now() END, CASE WHEN n % 3 > 0 THEN 'bench-admin1' ELSE '' END
    FROM bench_app WHERE n % 10 < 2;
-- One that did a lot, beside others.
INSERT INTO usage_hour (app, hour, method, rule, passed)
    SELECT a.id, date_trunc('hour', now()) - h * interval '1 hour', 'GET', '/extension/{}/' || r, h * r
    FROM bench_app a, generate_series(0, 719) h, generate_series(1, 20) r WHERE a.n = 1;
INSERT INTO refusal (app, hour, reason, method, rule, count, last_at, last_request)
    SELECT a.id, date_trunc('hour', now()) - h * interval '1 hour', 'level', 'PUT', '/extension/{}/' || r, 1 + h % r,
        now() - h * interval '1 hour', '0123456789abcdef'
    FROM bench_app a, generate_series(0, 719, 4) h, generate_series(1, 60) r WHERE a.n = 1;
INSERT INTO token_hour (app, hour, grant_type, issued)
    SELECT a.id, date_trunc('hour', now()) - h * interval '1 hour', g, h
    FROM bench_app a, generate_series(0, 719) h, unnest(ARRAY['client_credentials', 'refresh_token']) g WHERE a.n = 1;
INSERT INTO usage_hour (app, hour, method, rule, passed)
    SELECT id, date_trunc('hour', now()) - n % 700 * interval '1 hour', 'GET', '-', 1 FROM bench_app WHERE n % 2 = 0;
INSERT INTO refusal (app, hour, reason, method, rule, count, last_at, last_request)
    SELECT id, date_trunc('hour', now()) - n % 700 * interval '1 hour', 'level', 'PUT', '-', 1, now(), ''
    FROM bench_app WHERE n % 2 = 0;
SQL
}

# Indexes are made once the rows are there, which is many times as fast.
audit_sql() {
    cat <<SQL
SET maintenance_work_mem = '256MB';
CREATE TABLE bench_index AS SELECT indexdef FROM pg_indexes
    WHERE tablename = 'audit_log' AND indexname <> 'audit_log_pkey';
DO \$\$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT indexname FROM pg_indexes WHERE tablename = 'audit_log' AND indexname <> 'audit_log_pkey' LOOP
        EXECUTE format('DROP INDEX %I', name);
    END LOOP;
END
\$\$;
INSERT INTO audit_log (at, actor_login, address, request_id, act, object_kind, object_id, detail)
    SELECT now() - ($rows - n) * interval '1 year' / $rows,
        CASE WHEN n % 20011 = 5 THEN 'bench-admin2' ELSE 'bench' || 1 + n * 31 % 5000 END, '192.0.2.' || n % 250,
        substr(md5(n::text), 1, 16),
        CASE WHEN n % 20021 = 6 THEN 'app.delete' ELSE (ARRAY['sign_in', 'sign_out', 'app.set', 'app.secret', 'user.set',
            'permission.withdraw', 'session.end', 'app.register'])[1 + n % 8] END,
        CASE WHEN n % 8 IN (2, 3, 7) THEN 'app' ELSE 'user' END,
        CASE WHEN n % 8 IN (2, 3, 7) THEN md5('bench' || n % 5000) ELSE 'bench' || n * 31 % 5000 END,
        CASE WHEN n % 8 IN (2, 4) THEN jsonb_build_object('before', jsonb_build_object('name', 'Old ' || n),
            'after', jsonb_build_object('name', 'New ' || n)) ELSE '{}' END
    FROM generate_series(1, $rows) n;
DO \$\$
DECLARE
    made text;
BEGIN
    FOR made IN SELECT indexdef FROM bench_index LOOP
        EXECUTE made;
    END LOOP;
END
\$\$;
SQL
}

make_pages_rows() {
    local table
    secret=$(random_word 32)
    {
        people_sql
        apps_sql
        audit_sql
        for table in pbx_user app session permission token_grant level_request usage_hour refusal token_hour \
            app_transfer audit_log; do
            say "VACUUM (ANALYZE) $table;"
        done
    } >"$WORK/rows.sql"
    sql owner -f "$WORK/rows.sql"
}

# ---- what is asked ----

# page_case NAME TARGET [PAGES]: as COOKIE.
page_case() { printf '%s\tcallgate=%s\t%s\t%s\n' "$1" "$cookie" "$2" "${3:-0}"; }

owner_cases() {
    local app
    app=$(sql owner -c "SELECT md5('bench1')")
    page_case "own applications" /app/
    page_case "  10th page" /app/ 9
    page_case "  by name" "/app/?sort=name"
    page_case "  by name, 10th page" "/app/?sort=name" 9
    page_case "  last used" "/app/?sort=used"
    page_case "  last used, 10th page" "/app/?sort=used" 9
    page_case "  with report" "/app/?q=report"
    page_case "  with report, 10th page" "/app/?q=report" 9
    page_case "  with report, by name" "/app/?q=report&sort=name"
    page_case "  with report, last used" "/app/?q=report&sort=used"
    page_case "  with quartz, rare" "/app/?q=quartz"
    page_case "  with quartz, by name" "/app/?q=quartz&sort=name"
    page_case "  with quartz, last used" "/app/?q=quartz&sort=used"
    page_case "  with zx, rare" "/app/?q=zx"
    page_case "  with xyzzy, none" "/app/?q=xyzzy"
    page_case "the client's applications" "/app/?scope=tenant"
    page_case "  by name" "/app/?scope=tenant&sort=name"
    page_case "  last used" "/app/?scope=tenant&sort=used"
    page_case "  with report" "/app/?scope=tenant&q=report"
    page_case "  with quartz, rare" "/app/?scope=tenant&q=quartz"
    page_case "authorized" /app/authorized
    page_case "the client's authorized" "/app/authorized?scope=tenant"
    page_case "  10th page" "/app/authorized?scope=tenant" 9
    page_case "refusals" "/app/$app/refusals"
    page_case "usage by day" "/app/$app/usage"
    page_case "usage by hour" "/app/$app/usage?by=hour"
}

admin_app_cases() {
    page_case "everybody's applications" /admin/app/
    page_case "  10th page" /admin/app/ 9
    page_case "  with report" "/admin/app/?name=report"
    page_case "  with quartz, rare" "/admin/app/?name=quartz"
    page_case "  with xyzzy, none" "/admin/app/?name=xyzzy"
    page_case "  with re" "/admin/app/?name=re"
    page_case "  with zx, rare" "/admin/app/?name=zx"
    page_case "  with ~, none" "/admin/app/?name=~"
    page_case "  of an owner" "/admin/app/?owner=bench-owner"
    page_case "  of an owner, with quartz" "/admin/app/?owner=bench-owner&name=quartz"
    page_case "  of a client" "/admin/app/?client=1000000"
    page_case "  of a client, with quartz" "/admin/app/?client=1000000&name=quartz"
    page_case "  of a small client" "/admin/app/?client=1000050"
    page_case "  trusted" "/admin/app/?type=trusted"
    page_case "  password credentials, rare" "/admin/app/?type=password_credentials"
    page_case "  all, rare" "/admin/app/?level=all"
    page_case "  call_api" "/admin/app/?level=call_api"
    page_case "  all and public, rare" "/admin/app/?level=all&type=public"
    page_case "  unused for 60 days" "/admin/app/?unused=60"
    page_case "  unused for 300 days" "/admin/app/?unused=300"
    page_case "  unused for 340 days, rare" "/admin/app/?unused=340"
    page_case "  unused for 400 days, none" "/admin/app/?unused=400"
}

# audit_day NUMBER: so many days ago.
audit_day() { date -u -d "$1 days ago" +%Y-%m-%d; }

admin_cases() {
    local app
    app=$(sql owner -c "SELECT md5('bench3')")
    admin_app_cases
    page_case "users" /admin/user/
    page_case "  10th page" /admin/user/ 9
    page_case "  with bench" "/admin/user/?q=bench"
    page_case "  with bench, 10th page" "/admin/user/?q=bench" 9
    page_case "  with night crm" "/admin/user/?q=night+crm"
    page_case "  with bench777, rare" "/admin/user/?q=bench777"
    page_case "  with xyzzy, none" "/admin/user/?q=xyzzy"
    page_case "  with be" "/admin/user/?q=be"
    page_case "  with qx, rare" "/admin/user/?q=qx"
    page_case "  with ~, none" "/admin/user/?q=~"
    page_case "  of a client" "/admin/user/?tenant=1000000"
    page_case "  of a client, with night" "/admin/user/?tenant=1000500&q=night"
    page_case "  blocked, with night" "/admin/user/?show=blocked&q=night"
    page_case "  blocked" "/admin/user/?show=blocked"
    page_case "  administrators" "/admin/user/?show=admin"
    page_case "  with a new password" "/admin/user/?show=must_change"
    page_case "audit log" /admin/audit/
    page_case "  10th page" /admin/audit/ 9
    page_case "  half way down" "/admin/audit/?before=$((rows / 2))"
    page_case "  an actor" "/admin/audit/?actor=bench32"
    page_case "  a rare actor" "/admin/audit/?actor=bench-admin2"
    page_case "  an actor's act" "/admin/audit/?actor=bench32&act=sign_out"
    page_case "  an object" "/admin/audit/?object_kind=app&object_id=$app"
    page_case "  an act" "/admin/audit/?act=app.set"
    page_case "  acts" "/admin/audit/?act=app."
    page_case "  a rare act" "/admin/audit/?act=app.delete"
    page_case "  no act" "/admin/audit/?act=none"
    page_case "  from 200 days ago" "/admin/audit/?from=$(audit_day 200)"
    page_case "  until 200 days ago" "/admin/audit/?to=$(audit_day 200)"
    page_case "  a day, 200 days ago" "/admin/audit/?from=$(audit_day 200)&to=$(audit_day 200)"
    page_case "  a rare act until 200 days ago" "/admin/audit/?act=app.delete&to=$(audit_day 200)"
    page_case "requests" /admin/request/
    page_case "  10th page" /admin/request/ 9
    page_case "  answered" "/admin/request/?state=approved"
}

make_cases() {
    local cookie
    cookie=bench-owner$secret
    owner_cases
    cookie=bench-admin1$secret
    admin_cases
}

# ---- measuring ----

# The site's own worker is one of four; ours is alone, so that it has seen each statement.
start_page_worker() {
    install -d -m 700 -o "$(stat -c %U "$run/web")" "$run/pages"
    beside pages env CALLGATE_CONF="$run/callgate.conf" CALLGATE_SERVER_WORKERS=1 CALLGATE_SERVER_GATE_WORKERS=1 \
        CALLGATE_SERVER_WEB_LISTEN="$run/pages/web.sock" CALLGATE_SERVER_GATE_LISTEN="$run/pages/gate.sock" \
        CALLGATE_DATABASE_TIMEOUT=60s "$run/bin/callgate" serve
    local i
    for ((i = 0; i < 100; i++)); do
        [ ! -S "$run/pages/web.sock" ] || return 0
        sleep 0.1
    done
    die "the program does not serve; $(tail -n 3 "$WORK/pages.log")"
}

# pages_round: keeps what each case took by its line, as names repeat.
pages_round() {
    local name page query number=0
    "$SITE/build/tests/bench/bench_page" "$run/pages/web.sock" service=conninfo $((30 * 24 * 3600 * 1000)) \
        "$owner_id" "$tenant_id" "$app_row" <"$WORK/cases" >"$WORK/measured" 2>"$WORK/log" ||
        die "$(tail -n 1 "$WORK/log")"
    while IFS=$'\t' read -r name page query listed; do
        keep_number "page.$number" "$page"
        keep_number "query.$number" "$query"
        page_rows[number]=$listed
        number=$((number + 1))
    done <"$WORK/measured"
}

pages_table() {
    local name number=0
    printf '\n%-46s%9s%9s%9s%6s  %s\n' "medians of $rounds, milliseconds" page query over rows \
        "goal: $PAGE_GOAL over"
    while IFS=$'\t' read -r name _; do
        awk -v what="$name" -v these="${measured[page.$number]}" -v those="${measured[query.$number]}" \
            -v rows="${page_rows[number]}" -v goal=$PAGE_GOAL '
            function median(list, n,    i, j, kept) {
                for (i = 2; i <= n; i++)
                    for (j = i; j > 1 && list[j - 1] > list[j]; j--) {
                        kept = list[j]
                        list[j] = list[j - 1]
                        list[j - 1] = kept
                    }
                return (list[int((n + 1) / 2)] + list[int((n + 2) / 2)]) / 2
            }
            BEGIN {
                n = split(these, page)
                split(those, query)
                for (i = 1; i <= n; i++) {
                    page[i] += 0
                    query[i] += 0
                    over[i] = page[i] - query[i]
                }
                middle = median(over, n)
                printf "%-46s%9.2f%9.2f%9.2f%6d  %s\n", what, median(page, n), median(query, n), middle, rows,
                    middle <= goal ? "met" : "missed"
            }'
        number=$((number + 1))
    done <"$WORK/cases"
}

bench_pages() {
    local number owner_id tenant_id app_row
    local -a page_rows=()
    say "Building, and starting a site of its own"
    start_site lighttpd tests/bench/bench_page
    say "Making 100000 users and applications, and $rows audit rows"
    make_pages_rows
    read -r owner_id tenant_id < <(sql owner -F ' ' -c 'SELECT id, tenant_id FROM bench_owner')
    app_row=$(sql owner -c 'SELECT id FROM bench_app WHERE n = 1')
    make_cases >"$WORK/cases"
    start_page_worker
    for ((number = 1; number <= rounds; number++)); do
        say "Round $number of $rounds"
        pages_round
    done
    pages_table
    stop_site
}
