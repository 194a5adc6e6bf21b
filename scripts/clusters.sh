# Functions for throw-away PostgreSQL clusters; sourced by the demo, the benchmarks and the interoperability tests.
# shellcheck shell=bash

# The directory of the newest PostgreSQL server binaries.
postgres_bin() {
  local directory
  for directory in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -Vr); do
    if [ -x "$directory/initdb" ]; then printf '%s\n' "$directory"; return; fi
  done
  echo "no PostgreSQL server was found under /usr/lib/postgresql; run 'make setup'" >&2
  return 1
}

# PostgreSQL refuses to run as root: as root, its programs are run as the user postgres.
as_postgres() {
  if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

# start_cluster DIRECTORY NAME: a cluster that listens on the socket DIRECTORY/NAME only; its superuser is postgres.
start_cluster() {
  local bin base="$1/$2"
  bin=$(postgres_bin)
  mkdir -p "$base"
  [ "$(id -u)" -ne 0 ] || chown postgres "$base"
  as_postgres "$bin/initdb" -D "$base/data" -A trust -U postgres -E UTF8 --locale=C.UTF-8 --no-sync >"$base/initdb.log" 2>&1
  as_postgres "$bin/pg_ctl" -D "$base/data" -w -l "$base/server.log" \
    -o "-c listen_addresses='' -c unix_socket_directories='$base' -c fsync=off -c cluster_name=$2 -c max_wal_size=4GB" \
    start >"$base/start.log" 2>&1
}

stop_cluster() {
  [ -f "$1/$2/data/postmaster.pid" ] || return 0
  as_postgres "$(postgres_bin)/pg_ctl" -D "$1/$2/data" -m immediate stop >/dev/null 2>&1 || true
}
