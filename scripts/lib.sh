# lib.sh - what quickstart and test share: messages, packages, building, ports, processes, clusters.
#
# For bash scripts that begin with set -euo pipefail. A function that ends in "or the script ends"
# calls die(); all others report by their exit code. Nothing here ends a process by its name.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
# shellcheck shell=bash disable=SC2034

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
PG=/usr/lib/postgresql/15/bin

PACKAGES_BUILD=(gcc make autoconf automake pkgconf libc6-dev libfcgi-dev libpq-dev libjson-c-dev
    libssl-dev libinih-dev liburiparser-dev libcrypt-dev libcurl4-openssl-dev)
PACKAGES_RUN=(postgresql-15 tzdata curl python3)   # python3: the back-end that echoes
PACKAGES_LIGHTTPD=(lighttpd lighttpd-modules-lua)
PACKAGES_NGINX=(nginx)
PACKAGES_APACHE=(apache2-bin libapache2-mod-fcgid)   # apache2 itself would bring a service

say() { printf '%s\n' "$*"; }
warn() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { warn "$@"; exit 1; }

is_root() { [ "$(id -u)" = 0 ]; }

# logged LOG WHAT COMMAND...: the output goes to LOG; if it fails its end is shown and the script ends.
logged() {
    local log=$1 what=$2
    shift 2
    if ! "$@" >>"$log" 2>&1 </dev/null; then
        tail -n 20 "$log" >&2
        die "$what failed; the whole output is in $log"
    fi
}

# quoted TEXT: as one word of any shell.
quoted() { printf "'%s'" "${1//\'/\'\\\'\'}"; }

# random_word LENGTH: letters and digits.
random_word() {
    local word
    word=$(head -c 1024 /dev/urandom | base64 -w 0)
    word=${word//[^a-zA-Z0-9]/}
    printf '%s' "${word:0:$1}"
}

# free_megabytes FOLDER
free_megabytes() { df -Pm "$1" | awk 'NR == 2 { print $4 }'; }

# ---- packages ----

# missing_packages NAME...: those that are not installed, one a line.
missing_packages() {
    local name
    for name; do
        dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed || say "$name"
    done
}

# install_packages LOG NAME...: installs what is missing, or the script ends. Starts no service.
install_packages() {
    local log=$1 missing how=()
    shift
    command -v dpkg-query >/dev/null || die "this is no Debian: install what README lists yourself"
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    if ! is_root; then
        command -v sudo >/dev/null || die "root has to install first: apt-get install ${missing[*]}"
        sudo -v || die "no right to install with sudo; ask root to: apt-get install ${missing[*]}"
        how=(sudo)
    fi
    say "Installing ${missing[*]}"
    logged "$log" "installing packages" "${how[@]}" bash -euc \
        "$(declare -f install_as_root leave_machine_alone); install_as_root \"\$@\"" bash "${missing[@]}"
}

# Runs as root in a shell of its own, so it knows nothing but what is here. Debian's packages start
# their services and PostgreSQL makes a cluster `main`: invoke-rc.d and systemd's helper ask
# policy-rc.d first, and createcluster.conf is asked for the cluster; both are put back.
install_as_root() {
    policy=/usr/sbin/policy-rc.d
    cluster=/etc/postgresql-common/createcluster.conf
    mark='# Callgate: nothing is started while packages are installed'
    new=" $* "
    export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
    apt=(apt-get -q -y -o DPkg::Lock::Timeout=120 --no-install-recommends)
    trap leave_machine_alone EXIT
    trap 'exit 130' INT TERM HUP
    leave_machine_alone   # what a killed run may have left
    "${apt[@]}" update || echo "apt-get update failed; trying with the lists that are there"
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\n%s\nexit 101\n' "$mark" >"$policy"
        chmod 755 "$policy"
    fi
    if [[ $new == *' postgresql-15 '* ]]; then
        "${apt[@]}" install postgresql-common
        cp -p "$cluster" "$cluster.callgate"
        printf '\ncreate_main_cluster = off\n' >>"$cluster"
    fi
    "${apt[@]}" install "$@"
    for one in lighttpd nginx; do
        [[ $new == *" $one "* ]] || continue
        service "$one" status >/dev/null 2>&1 && service "$one" stop
        # Nor is it to take port 80 when the machine starts the next time.
        update-rc.d "$one" disable
        ! command -v systemctl >/dev/null || systemctl disable "$one"
    done
}

leave_machine_alone() {
    ! grep -qsF "$mark" "$policy" || rm -f "$policy"
    [ ! -e "$cluster.callgate" ] || mv "$cluster.callgate" "$cluster"
}

# ---- building ----

# place_of FOLDER: where what is made of FOLDER's build is installed and runs. For an ordinary user
# FOLDER itself; for root a folder under /var/tmp that others can reach, whose name FOLDER/place keeps
# (a build is for one place). It is made by whoever uses it.
place_of() {
    local place
    if ! is_root; then
        say "$1"
        return
    fi
    place=$(cat "$1/place" 2>/dev/null || true)
    if ! is_own_temporary "$place" || [ -e "$place" ]; then
        place=/var/tmp/callgate.$(random_word 12)
        say "$place" >"$1/place"
    fi
    say "$place"
}

is_own_temporary() { [[ $1 =~ ^(/var)?/tmp/callgate\.[a-zA-Z0-9]{12}$ ]]; }

# build_tree FOLDER PREFIX [CONFIGURE-ARGUMENT...]: makes FOLDER/build, or the script ends; says how
# in FOLDER/build.log. FOLDER/source is a name for the sources without the spaces that autotools
# can't take.
build_tree() {
    local folder=$1 prefix=$2 log=$1/build.log
    shift 2
    local wanted="$ROOT --prefix=$prefix $*"
    rm -rf "$folder/source"
    if [ -e "$ROOT/config.status" ]; then
        # Configured in place: autotools refuse another build folder beside that, so take a copy.
        logged "$log" "copying the sources" make -C "$ROOT" distdir distdir="$folder/source"
    else
        if [ ! -e "$ROOT/configure" ] || [ ! -e "$ROOT/Makefile.in" ]; then
            logged "$log" "autoreconf" autoreconf -i "$ROOT"
        fi
        ln -s "$ROOT" "$folder/source"
    fi
    if [ "$(cat "$folder/configured" 2>/dev/null)" != "$wanted" ]; then
        rm -rf "$folder/build" "$folder/configured"
        mkdir "$folder/build"
        logged "$log" "configure" env -C "$folder/build" ../source/configure --prefix="$prefix" "$@"
        printf '%s\n' "$wanted" >"$folder/configured"
    fi
    logged "$log" "building" make -C "$folder/build" -j"$(nproc)"
}

# ---- ports ----

# port_is_taken PORT: on localhost or on all addresses (as /proc/net/tcp writes them).
port_is_taken() {
    local addresses='00000000 0100007F 00000000000000000000000000000000
        00000000000000000000000001000000 0000000000000000FFFF00000100007F'
    { cat /proc/net/tcp /proc/net/tcp6 2>/dev/null || true; } |
        awk -v addresses="$addresses" -v port="$(printf '%04X' "$1")" '
            BEGIN { split(addresses, list); for (i in list) held[list[i] ":" port] }
            $4 == "0A" && $2 in held { found = 1 }
            END { exit !found }'
}

free_port() {
    local port
    for _ in {1..100}; do
        port=$((20000 + RANDOM % 12000))
        port_is_taken "$port" || { printf '%s' "$port"; return; }
    done
    die "there is no free port between 20000 and 32000"
}

has_ipv6_loopback() { grep -qs '^0000000000000000000000000000000\?1 ' /proc/net/if_inet6; }

# ---- processes ----
# A process is known by its number and its start (ticks since boot), a group of them by the session
# that its first one leads: a number that somebody else got since is never taken for ours.

# process_fields PID: state, parent, group, session, … (proc(5), from the third on) in $fields.
process_fields() {
    local stat
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    read -ra fields <<<"${stat##*) }"
    [ "${fields[0]}" != Z ]
}

# process_start PID: prints it; fails if there is no such process.
process_start() {
    local fields
    process_fields "$1" && printf '%s' "${fields[19]}"
}

process_is() { [ "$(process_start "$1")" = "$2" ]; }   # PID START

# session_pids LEADER: the living ones of its session, one a line.
session_pids() {
    { cat /proc/[0-9]*/stat 2>/dev/null || true; } | awk -v leader="$1" '
        { pid = $1; sub(/.*\) /, ""); if ($4 == leader && $1 != "Z") print pid }'
}

# session_ends LEADER: waits for it, ten seconds at most.
session_ends() {
    local deadline=$((SECONDS + 10))
    while [ -n "$(session_pids "$1")" ]; do
        [ $SECONDS -lt $deadline ] || return 1
        sleep 0.1
    done
}

# end_session LEADER START SIGNAL: a kind SIGNAL to the leader first, then less kind ones to all. (A bare
# `return` would give the interrupted command's code when a trap runs this.)
end_session() {
    local leader=$1 signal pids
    if process_is "$leader" "$2"; then
        kill -s "$3" "$leader" 2>/dev/null || true
        session_ends "$leader" && return 0
    elif process_start "$leader" >/dev/null; then
        return 0   # the number is another's, so ours has nobody left
    fi
    for signal in TERM KILL; do
        mapfile -t pids < <(session_pids "$leader")
        [ ${#pids[@]} -gt 0 ] || return 0
        kill -s "$signal" "${pids[@]}" 2>/dev/null || true
        session_ends "$leader" && return 0
    done
    return 1
}

# ---- PostgreSQL clusters ----
# They listen on a unix socket only. The superuser is whom the system says he is, everybody else has
# a password.

# as_cluster COMMAND...: as the user that PostgreSQL runs as (it refuses root), in a clean environment.
as_cluster() {
    local who=()
    ! is_root || who=(setpriv --reuid=postgres --regid=postgres --clear-groups)
    env -C / -i PATH="$PG:/usr/bin:/bin" LC_ALL=C.UTF-8 "${who[@]}" "$@"
}

cluster_user() { if is_root; then say postgres; else id -un; fi; }

# cluster_make DATA SOCKETS SUPERUSER [SETTING...]: SUPERUSER is who may sign in as role postgres.
cluster_make() {
    local data=$1 sockets=$2 superuser=$3 name
    shift 3
    as_cluster "$PG/initdb" -D "$data" -U postgres -E UTF8 --no-sync --auth-local=peer \
        --auth-host=reject >/dev/null || return 1
    printf '%s\n' 'local all postgres peer map=callgate' 'local all all scram-sha-256' \
        >"$data/pg_hba.conf"
    for name in $(cluster_user) "$superuser"; do
        printf 'callgate "%s" postgres\n' "$name"
    done >"$data/pg_ident.conf"
    printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '$sockets'" \
        'unix_socket_permissions = 0770' "$@" >>"$data/postgresql.conf"
}

# cluster_start DATA LOG: descriptor 9 is the caller's lock, not to be held on by the server.
cluster_start() { as_cluster "$PG/pg_ctl" -D "$1" -l "$2" -w -t 60 -s start 9>&-; }

# cluster_stop DATA: does nothing if no server runs in it.
cluster_stop() {
    local pid
    { read -r pid <"$1/postmaster.pid"; } 2>/dev/null || return 0
    [ "$(as_cluster readlink "/proc/$pid/cwd")" = "$(realpath "$1")" ] || return 0
    # A Ctrl-C while it starts is for it as well: it may end before it is told to.
    as_cluster "$PG/pg_ctl" -D "$1" -m fast -w -t 20 -s stop ||
        as_cluster "$PG/pg_ctl" -D "$1" -m immediate -w -t 20 -s stop || ! process_start "$pid" >/dev/null
}

# cluster_sql SOCKETS DATABASE: SQL comes on standard input.
cluster_sql() { as_cluster "$PG/psql" -X -q -v ON_ERROR_STOP=1 -h "$1" -U postgres -d "$2"; }
