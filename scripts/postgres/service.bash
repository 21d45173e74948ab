# shellcheck shell=bash disable=SC2154
# A PostgreSQL cluster of its own, apart from any that the system runs.
# Sourced by scripts/services, which sets `dir` (hence no warning about names not assigned here).

# the directory of the newest server's programs; Debian keeps them out of PATH
postgres_bin() {
  local newest
  newest=$(printf '%s\n' /usr/lib/postgresql/*/bin/pg_ctl | sort -V | tail -n 1)
  if [[ ! -x $newest ]]; then newest=$(command -v pg_ctl) || fail "PostgreSQL's server was not found: scripts/services install"; fi
  dirname "$(readlink -f "$newest")"
}

# PostgreSQL refuses to run as root, so root lends the system's `postgres` user to it
postgres_run() {
  if ((EUID == 0)); then runuser -u postgres -- "$@"; else "$@"; fi
}

postgres_make_dir() {
  mkdir -p "$dir/postgres"
  ((EUID == 0)) || return 0
  id postgres >/dev/null 2>&1 || fail "there is no user 'postgres' to run the server as: scripts/services install"
  chmod go+x "$dir"
  chown postgres "$dir/postgres"
  postgres_run test -w "$dir/postgres" ||
    fail "the user 'postgres', as whom root runs the server, cannot reach $dir" "choose a directory under ${TMPDIR:-/tmp}"
}

postgres_init() {
  [[ ! -e $dir/postgres/data/PG_VERSION ]] || return 0
  # without its own sync: the data is new, and what has to last is synced by the server
  postgres_run "$bin/initdb" -D "$dir/postgres/data" -U postgres -A trust -E UTF8 --locale=C --no-sync \
    >"$dir/postgres/initdb.log" 2>&1 || {
    log_tail "$dir/postgres/initdb.log"
    fail "initdb failed; the end of $dir/postgres/initdb.log is above"
  }
}

# Written at every start; the port is passed apart, so that a standby can be a copy of its primary.
postgres_configure() {
  postgres_run tee "$dir/postgres/data/services.conf" >/dev/null <<END
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 256MB
# no checkpoint in the middle of a measurement
max_wal_size = 4GB
checkpoint_timeout = 15min
wal_level = replica
hot_standby = on
fsync = ${SERVICES_FSYNC:-on}
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %d %a '
log_lock_waits = on
END
  grep -q "services.conf" "$dir/postgres/data/postgresql.conf" ||
    printf "include 'services.conf'\n" | postgres_run tee -a "$dir/postgres/data/postgresql.conf" >/dev/null
}

postgres_port() { head -n 1 "$dir/postgres/port" 2>/dev/null || true; }

postgres_launch() {
  local bin port tries
  bin=$(postgres_bin)
  postgres_make_dir
  if [[ -n $(postgres_pid) ]]; then fail "PostgreSQL is already running in $dir"; fi
  postgres_init
  postgres_configure
  started+=(postgres)
  for tries in 5 4 3 2 1; do
    port=$(postgres_port)
    if [[ -z $port ]]; then port=$(free_port); fi
    if postgres_run "$bin/pg_ctl" start -D "$dir/postgres/data" -l "$dir/postgres/log" -o "-p $port" -s -w -t 90 \
      </dev/null >"$dir/postgres/pg_ctl.log" 2>&1; then
      printf '%s\n' "$port" >"$dir/postgres/port"
      "$bin/pg_isready" -q -h 127.0.0.1 -p "$port" -t 30 || fail "PostgreSQL started but does not answer on port $port"
      return 0
    fi
    # a port taken by another, or the last children of a killed server: both pass
    tail -n 8 "$dir/postgres/log" | grep -qE 'Address already in use|still in use|lock file' || break
    sleep $((6 - tries))
  done
  log_tail "$dir/postgres/log"
  log_tail "$dir/postgres/pg_ctl.log"
  fail "PostgreSQL did not start; the end of $dir/postgres/log is above"
}

# postgres_copy_from PRIMARY: makes $dir a standby of the server that runs there
postgres_copy_from() {
  local bin port
  bin=$(postgres_bin)
  [[ ! -e $dir/postgres/data ]] || return 0
  port=$(head -n 1 "$1/postgres/port" 2>/dev/null) || fail "no PostgreSQL was started in $1"
  postgres_make_dir
  postgres_run "$bin/pg_basebackup" -h 127.0.0.1 -p "$port" -U postgres -D "$dir/postgres/data" \
    --write-recovery-conf --checkpoint=fast --no-sync >"$dir/postgres/basebackup.log" 2>&1 || {
    log_tail "$dir/postgres/basebackup.log"
    fail "the primary in $1 could not be copied; see above"
  }
}

postgres_pid() { pid_in "$dir/postgres/data/postmaster.pid" "$dir/postgres/data"; }

# postgres_stop cleanly|now: `now` is for data that is thrown away
postgres_stop() {
  local pid mode=fast
  pid=$(postgres_pid)
  [[ -n $pid ]] || return 0
  if [[ $1 == now ]]; then mode=immediate; fi
  postgres_run "$(postgres_bin)/pg_ctl" stop -D "$dir/postgres/data" -m "$mode" -s -w -t 30 >/dev/null 2>&1 || {
    say "PostgreSQL did not stop within 30 s and is killed"
    kill -KILL "$pid" 2>/dev/null || true
  }
  await_end "$pid" 10 || fail "PostgreSQL (process $pid) does not end"
}

postgres_env() {
  [[ -e $dir/postgres/port ]] || return 0
  local port
  port=$(postgres_port)
  printf 'POSTGRES_URL=postgres://postgres@127.0.0.1:%s/postgres\nPOSTGRES_PORT=%s\n' "$port" "$port"
  printf 'POSTGRES_PID=%s\n' "$(postgres_pid)"
  printf 'POSTGRES_LOG=%s/postgres/log\nPOSTGRES_DATA=%s/postgres/data\n' "$dir" "$dir"
  printf 'POSTGRES_BIN=%s\n' "$(postgres_bin)"
}
