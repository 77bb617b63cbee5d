# gate.sh - what the gate costs an API request through each web server; a part of scripts/bench.
#
# The floor is the same web server asking tests/bench/bare_authorizer.c. Both serve at once, on ports
# of their own, by the configuration that quickstart wrote, but for the program or its socket, and in
# front of an nginx that answers at once. wrk loads them in turns, so short that a busy machine is as
# busy for both; processor time, of web server and program, depends on that least.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
# shellcheck shell=bash disable=SC2154   # scripts/bench: rounds, run, measured

CONNECTIONS=8
TURNS=5              # of a second, in each round
SHORT_SECONDS=2      # of what has no goal
GATE_WORKERS=2       # server.gate_workers, and what lighttpd's configuration says
APACHE_CROWDS=(1 8 32)

declare -A port=()   # by what serves there

# ---- what serves ----

# make_folder NAME: makes the folder that an instance has in place of the site's own run/web.
make_folder() {
    local who=()
    ! is_root || who=(-o www-data -g www-data)
    install -d -m 700 "${who[@]}" "$run/$1"
}

# What the PBX's REST API would be: it costs as little as it can.
start_back_end() {
    make_folder backend
    port[backend]=$(free_port)
    cat >"$run/backend.conf" <<END
daemon off;
pid "$run/backend/nginx.pid";
error_log "$run/log/backend.log";
worker_processes 1;
$(! is_root || say "user www-data www-data;")
events { }
http {
    access_log off;
    keepalive_requests 1000000;
$(for one in client_body proxy fastcgi uwsgi scgi; do say "    ${one}_temp_path \"$run/backend/$one\";"; done)
    server {
        listen 127.0.0.1:${port[backend]};
        default_type application/json;
        return 200 '{}';
    }
}
END
    beside_as_root backend /usr/sbin/nginx -e "$run/log/backend.log" -c "$run/backend.conf"
}

# adapted NAME FILE: a configuration with the instance's folder, port and program, and our back-end.
adapted() {
    local site_port echo_port
    site_port=$(sed -n 's/^url .*:\([0-9]*\)$/\1/p' "$SITE/started")
    echo_port=$(grep -oE '(http://127\.0\.0\.1:|"port" => )[0-9]+' "$run/$server.conf" | grep -oE '[0-9]+$' | sort -u)
    [[ $site_port$echo_port =~ ^[0-9]+$ ]] || die "the site's ports are not to be found in $run/$server.conf"
    sed -e "s|$run/web|$run/$1|g" -e "s/\b$site_port\b/${port[$1]}/g" \
        -e "s/\b$echo_port\b/${port[backend]}/g" "$2"
    }

# start_server NAME: the web server of the site again, with $run/NAME.conf.
start_server() {
    case $server in
    lighttpd) beside_as_root "$1" /usr/sbin/lighttpd -D -f "$run/$1.conf" ;;
    apache) beside_as_root "$1" /usr/sbin/apache2 -DFOREGROUND -f "$run/$1.conf" ;;
    nginx) beside_as_root "$1" /usr/sbin/nginx -e "$run/log/nginx.log" -c "$run/$1.conf" ;;
    esac
}

# start_serve NAME GATE-ADDRESS: a `callgate serve` for that instance.
start_serve() {
    beside "$1-serve" env CALLGATE_CONF="$run/callgate.conf" CALLGATE_SERVER_GATE_LISTEN="$2" \
        CALLGATE_SERVER_WEB_LISTEN="$run/$1/web.sock" CALLGATE_SERVER_GATE_WORKERS=$GATE_WORKERS \
        "$run/bin/callgate" serve
}

# start_instance gate|bare
start_instance() {
    make_folder "$1"
    port[$1]=$(free_port)
    adapted "$1" "$run/$server.conf" >"$run/$1.conf"
    if [ "$1" = bare ]; then
        install -m 755 "$SITE/build/tests/bench/bare_authorizer" "$run/bare/authorizer"
        sed -i "s|$run/bin/callgate|$run/bare/authorizer|g" "$run/$1.conf"
        [ "$server" != nginx ] || beside bare-serve env CALLGATE_SERVER_WORKERS=$GATE_WORKERS \
            "$run/bare/authorizer" "$run/bare/gate.sock"
    elif [ "$server" = nginx ]; then
        start_serve "$1" "$run/$1/gate.sock"
    fi
    start_server "$1"
}

# Apache by callgate-serve.conf, in the place of callgate.conf.
start_apache_by_serve() {
    local shipped=$ROOT/scripts/apache/callgate-serve.conf module gate_port
    make_folder serve
    port[serve]=$(free_port)
    gate_port=$(free_port)
    {
        for module in $(sed -n 's/^# both by.*Modules: //p; s/^# authz_user/authz_user/p' "$shipped" | tr -d ',.'); do
            say "LoadModule ${module}_module /usr/lib/apache2/modules/mod_$module.so"
        done
        sed -e '/^# Callgate behind Apache/,$d' -e '/^Fcgid/d' \
            -e '/^LoadModule \(mpm_\|authz_core\)/!{/^LoadModule/d}' "$run/apache.conf"
        sed -e "s|/usr/local/share/doc/callgate/examples|$run/examples|g" \
            -e "s|/run/callgate/|$run/serve/|g" -e "s/8091/$gate_port/g" \
            -e "s/8090/${port[backend]}/g" "$shipped"
    } >"$run/serve.shipped"
    adapted serve "$run/serve.shipped" >"$run/serve.conf"
    start_serve serve "127.0.0.1:$gate_port"
    start_server serve
}

# ---- what is asked ----

# A token of Call API that wrk sends, and one that is none.
make_token() {
    local app secret token
    app=$(random_word 64 | sha256sum | cut -c 1-32)
    secret=$(random_word 64 | sha256sum | cut -c 1-32)
    sql owner >/dev/null <<END
WITH made AS (
    INSERT INTO app (app_id, owner_id, name, type)
    SELECT '$app', id, 'bench', 'trusted' FROM pbx_user WHERE login = 'client1' RETURNING id)
INSERT INTO app_secret (app, secret, tail)
    SELECT id, sha256(convert_to('$secret', 'UTF8')), right('$secret', 4) FROM made;
END
    token=$(curl -s --noproxy '*' -m 10 -d @- "$(sed -n 's/^url //p' "$SITE/started")/oauth/token" \
        <<<"grant_type=client_credentials&client_id=$app&client_secret=$secret" |
        sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p')
    [ -n "$token" ] || die "the site gave no token"
    write_load pass "$token"
    write_load refused "$(random_word 30)"
}

# write_load NAME TOKEN: wrk's program.
write_load() {
    cat >"$WORK/$1.lua" <<END
wrk.headers["Authorization"] = "Bearer $2"
function done(summary, latency)
    local errors = summary.errors
    io.write(string.format("measured %.1f %.2f %.2f %d %d\n", summary.requests / summary.duration * 1e6,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000,
        errors.connect + errors.read + errors.write + errors.timeout,
        errors.status - (wrk.all_refused and summary.requests or 0)))
end
END
    [ "$1" = pass ] || say 'wrk.all_refused = true' >>"$WORK/$1.lua"
}

# load_gate NAME INSTANCE LOAD CONNECTIONS SECONDS: answers that were not expected end it. Apache drops
# a connection now and then, as its processes come and go.
load_gate() {
    local word rate median late dropped others
    read -r word rate median late dropped others < <(wrk -t 1 -c "$4" -d "$5s" --timeout 10s -s "$WORK/$3.lua" \
        "http://127.0.0.1:${port[$2]}/api/ver1.0/client/@me/record/" 2>&1 | tee "$WORK/log" |
        grep '^measured' || true)
    if [ "$word" != measured ] || [ "$others" -ne 0 ] || [ "$dropped" -gt "$4" ]; then
        die "$server, $2, $3: not what was expected; $(cat "$WORK/log")"
    fi
    keep_number "$1" "$rate"
    answers=$(awk -v rate="$rate" -v seconds="$5" 'BEGIN { print rate * seconds }')
    keep_number "$1.median" "$median"
    keep_number "$1.late" "$late"
}

# wait_for_instance NAME
wait_for_instance() {
    local tries
    for ((tries = 300; tries > 0; tries--)); do
        process_is ${running[$1]} || break
        port_is_taken "${port[$1]}" && return
        sleep 0.1
    done
    tail -n 5 "$WORK/$1.log" "$run/log/"*.log >&2 || true
    die "$server does not serve $1"
}

# ---- measuring ----

# turns NUMBER COMMAND NAME...: COMMAND NAME for each, in the other order every second round.
turns() {
    local names=("${@:3}") i
    for ((i = 0; i < ${#names[@]}; i++)); do
        if (($1 % 2)); then "$2" "${names[i]}"; else "$2" "${names[-1 - i]}"; fi
    done
}

# cpu_of INSTANCE: microseconds that web server and program have used, with their ended processes.
cpu_of() {
    local sessions="${running[$1]% *} ${running[$1-serve]:-}"
    { cat /proc/[0-9]*/stat 2>/dev/null || true; } | awk -v sessions="${sessions% *}" -v hz="$(getconf CLK_TCK)" '
        BEGIN { split(sessions, list); for (i in list) ours[list[i]] }
        { sub(/.*\) /, ""); if ($4 in ours) ticks += $12 + $13 + $14 + $15 }
        END { printf "%.0f", ticks * 1e6 / hz }'
}

pass() {
    local before answers
    before=$(cpu_of "$1")
    load_gate "turn.$1" "$1" pass $CONNECTIONS 1
    sum[$1]=$(awk -v a="${sum[$1]:-0}" -v b="$answers" 'BEGIN { print a + b }')
    cpu[$1]=$((${cpu[$1]:-0} + $(cpu_of "$1") - before))
}

# pass_round NUMBER: of each, answers and processor time.
pass_round() {
    local turn name
    local -A sum=() cpu=()
    for ((turn = 0; turn < TURNS; turn++)); do
        turns $(($1 + turn)) pass gate bare
    done
    for name in gate bare; do
        keep_number "$server.$name" "$(awk -v n="${sum[$name]}" -v s=$TURNS 'BEGIN { print n / s }')"
        keep_number "$server.$name.cpu" "$(awk -v n="${sum[$name]}" -v us="${cpu[$name]}" 'BEGIN { print us / n }')"
        measured[$server.$name.median]=${measured[turn.$name.median]}
        measured[$server.$name.late]=${measured[turn.$name.late]}
    done
}

crowd() { load_gate "apache.$1.$connections" "$1" pass "$connections" $SHORT_SECONDS; }

gate_round() {
    local connections answers
    pass_round "$1"
    load_gate "$server.refused" gate refused $CONNECTIONS $SHORT_SECONDS
    [ "$server" = apache ] || return 0
    load_gate apache.refused.serve serve refused $CONNECTIONS $SHORT_SECONDS
    for connections in "${APACHE_CROWDS[@]}"; do
        turns "$1" crowd gate serve
    done
}

# gate_row WHAT NAME AGAINST [GOAL]
gate_row() {
    local name remark=
    for name in "$2" "$3"; do
        remark+=$(printf '%.2f/%-10.1f' "$(middle "$name.median")" "$(middle "$name.late")")
    done
    row "$1" "$2" "$3" "${4:-}" "$remark"
}

gate_table() {
    local server connections
    head_row "answers a second" "ms 50%/99%    against"
    for server in "${SERVERS[@]}"; do
        gate_row "$server: gate : lets everything pass" "$server.gate" "$server.bare" 0.95
    done
    for server in "${SERVERS[@]}"; do
        row "$server: processor us a request, program : gate" "$server.bare.cpu" "$server.gate.cpu"
    done
    for server in "${SERVERS[@]}"; do
        gate_row "$server: refused, unknown token : passed" "$server.refused" "$server.gate"
    done
    for connections in "${APACHE_CROWDS[@]}"; do
        gate_row "apache, $connections at once: mod_fcgid : serve" "apache.gate.$connections" "apache.serve.$connections"
    done
    gate_row "apache, refused: mod_fcgid : serve" apache.refused apache.refused.serve
}

SERVERS=(lighttpd apache nginx)

bench_gate() {
    local server number instances name
    install_packages "$WORK/log" wrk "${PACKAGES_NGINX[@]}"
    for server in "${SERVERS[@]}"; do
        say "$server: building, and starting a site of its own"
        instances=(gate bare)
        start_site "$server" tests/bench/bare_authorizer
        start_back_end
        make_token
        for name in "${instances[@]}"; do
            start_instance "$name"
        done
        if [ "$server" = apache ]; then
            start_apache_by_serve
            instances+=(serve)
        fi
        for name in backend "${instances[@]}"; do
            wait_for_instance "$name"
        done
        # The first requests start processes and connect to PostgreSQL; Apache grows.
        measured[turn.gate.median]='' measured[turn.bare.median]=''
        measured[turn.gate.late]='' measured[turn.bare.late]=''
        for name in "${instances[@]}"; do
            load_gate warm "$name" pass 32 3
        done
        for ((number = 1; number <= rounds; number++)); do
            say "$server: round $number of $rounds"
            gate_round "$number"
        done
        stop_site
    done
    gate_table
}
