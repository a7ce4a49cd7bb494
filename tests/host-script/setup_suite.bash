# One private PostgreSQL cluster for the whole run: own folder, free loopback port, password with every character
# that a passfile or a conninfo string must escape.

setup_suite() {
  bats_require_minimum_version 1.7.0
  local bin
  bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
  [[ -x $bin/initdb ]] || bin=$(dirname -- "$(command -v initdb)")
  export PG_BIN=$bin
  export CLUSTER=$BATS_SUITE_TMPDIR/cluster
  export TEST_PASSWORD="p:w\\d'\"s3cret #x"
  export PGHOST=127.0.0.1 PGUSER=postgres
  AS_OWNER=()
  if ((EUID == 0)); then AS_OWNER=(runuser -u postgres --); fi # PostgreSQL refuses to run as root

  mkdir -p "$CLUSTER"
  printf '%s\n' "$TEST_PASSWORD" >"$CLUSTER/pw"
  if ((EUID == 0)); then
    chown -R postgres "$CLUSTER"
    # bats' folders are private; the cluster's owner needs only to pass through them.
    local folder=$CLUSTER
    while [[ $folder != / && $folder != /tmp ]]; do folder=$(dirname "$folder"); chmod o+x "$folder"; done
  fi
  (cd / && ${AS_OWNER[@]+"${AS_OWNER[@]}"} "$bin/initdb" -D "$CLUSTER/data" -U postgres -A scram-sha-256 \
    --pwfile="$CLUSTER/pw" -E UTF8 --locale=C.UTF-8 --no-sync) >"$CLUSTER.log" 2>&1 || { cat "$CLUSTER.log" >&2; return 1; }

  local tries escaped
  for ((tries = 0; tries < 20; tries++)); do
    export PGPORT=$((RANDOM % 20000 + 30000))
    if (cd / && ${AS_OWNER[@]+"${AS_OWNER[@]}"} "$bin/pg_ctl" -D "$CLUSTER/data" -w -l "$CLUSTER/server.log" \
      -o "-c listen_addresses=127.0.0.1 -p $PGPORT -c unix_socket_directories= -c fsync=off" start) >>"$CLUSTER.log" 2>&1; then break; fi
  done
  escaped=${TEST_PASSWORD//\\/\\\\}
  export PGPASSFILE=$BATS_SUITE_TMPDIR/admin.pgpass
  (umask 077 && printf '*:*:*:*:%s\n' "${escaped//:/\\:}" >"$PGPASSFILE")

  "$bin/psql" -X -q -d postgres -c 'create database chinook' -c 'create role backup_reader nologin' -c 'create database busy'
  # The sample makes and connects to its own database at its top, and that is ours to do.
  sed -e '/^DROP DATABASE/d' -e '/^CREATE DATABASE/d' -e '/^\\c /d' "$BATS_TEST_DIRNAME/../../samples/chinook.sql" |
    PGCLIENTENCODING=UTF8 "$bin/psql" -X -q -v ON_ERROR_STOP=1 --single-transaction -d chinook >/dev/null
  "$bin/psql" -X -q -d busy -c 'create table held (id int)' -c 'insert into held select generate_series(1, 100)'
}

teardown_suite() {
  (cd / && if ((EUID == 0)); then runuser -u postgres -- "$PG_BIN/pg_ctl" -D "$CLUSTER/data" -m immediate stop
    else "$PG_BIN/pg_ctl" -D "$CLUSTER/data" -m immediate stop; fi) >/dev/null 2>&1 || true
}
