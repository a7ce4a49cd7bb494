# What every test file uses. Each test has its own base folder and its own settings file.

common_setup() {
  SCRIPT=$BATS_TEST_DIRNAME/../../ops/backup/db_backup.sh
  BASE=$BATS_TEST_TMPDIR/base
  LOGS=$BATS_TEST_TMPDIR/log
  STUBS=$BATS_TEST_TMPDIR/stubs
  ENV_FILE=$BATS_TEST_TMPDIR/settings
  HOST=$(uname -n)
  HOST=${HOST%%.*}
  mkdir -p "$STUBS"
  STARTED=()
  export PATH=$STUBS:$PG_BIN:$PATH BACKUP_ENV_FILE=$ENV_FILE TMPDIR=$BATS_TEST_TMPDIR
  (umask 077 && : >"$ENV_FILE")
  setting PG_HOST 127.0.0.1
  setting PG_PORT "$PGPORT"
  setting PG_DATABASE chinook
  setting PGPASSWORD "$TEST_PASSWORD"
  setting BACKUP_MODE local
  setting BACKUP_BASE_DIR "$BASE"
  setting BACKUP_LOG_DIR "$LOGS"
}

common_teardown() {
  local pid
  for pid in ${STARTED[@]+"${STARTED[@]}"}; do kill -9 "$pid" && wait "$pid"; done 2>/dev/null || true
}

setting() { # setting KEY VALUE: adds a line to the settings file, the last one wins
  local value=${2//\\/\\\\}
  value=${value//\"/\\\"}
  printf '%s="%s"\n' "$1" "$value" >>"$ENV_FILE"
}

# What the tests themselves get in with must not be what lets the script in.
backup() { env -u PGPASSFILE -u TEST_PASSWORD "$SCRIPT" "$@"; }

backup_in_background() { # sets BACKUP_PID
  env -u PGPASSFILE -u TEST_PASSWORD "$SCRIPT" >"$BATS_TEST_TMPDIR/background.out" 2>&1 3>&- &
  BACKUP_PID=$!
  STARTED+=("$BACKUP_PID")
}

poll() { # poll DESCRIPTION COMMAND...: until the command succeeds, at most 20 s
  local what=$1 tries
  shift
  for ((tries = 0; tries < 400; tries++)); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    sleep 0.05
  done
  echo "never happened: $what" >&2
  return 1
}

sql() { psql -X -A -t -q -v ON_ERROR_STOP=1 -d "${2:-postgres}" -c "$1"; }

hold_table() { # an open transaction that locks the table, so that a dump of "busy" stands still
  psql -X -q -d busy -c 'begin; lock table held; select pg_sleep(60)' >/dev/null 2>&1 3>&- &
  STARTED+=("$!")
  HOLDER=$!
  poll 'the table is locked' table_is_locked
}
table_is_locked() { [[ $(sql "select count(*) from pg_locks where granted and mode = 'AccessExclusiveLock' and relation = 'held'::regclass" busy) == 1 ]]; }
dump_waits() { [[ $(sql "select count(*) from pg_stat_activity where application_name = 'ops-backup' and wait_event_type = 'Lock'") -ge 1 ]]; }
no_dump_session() { [[ $(sql "select count(*) from pg_stat_activity where application_name = 'ops-backup'") == 0 ]]; }
release_table() { sql "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(60)%' and pid <> pg_backend_pid()"; }
gone() { ! kill -0 "$1"; }

only() { # only GLOB...: the one file that there is
  (($# == 1)) && [[ -e $1 ]] || { echo "expected one file, got: $*" >&2; return 1; }
  printf '%s' "$1"
}
report() { only "$BASE"/reports/*.json; }
dump_file() { only "$BASE"/data/*.dump; }
newest_report() { printf '%s\n' "$BASE"/reports/*.json | sort | tail -n 1; }

field() { # field REPORT PATH: PostgreSQL's own parser reads it, so that it is JSON by somebody else's judgement
  psql -X -A -t -q -v ON_ERROR_STOP=1 -d postgres -v doc="$(<"$1")" -v path="$2" <<<"select (:'doc'::json) #>> string_to_array(:'path', '.')"
}

# A table's rows as one number and one hash, for every table of a database
fingerprint() {
  local table
  for table in $(sql "select quote_ident(relname) from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1" "$1"); do
    printf '%s %s\n' "$table" "$(sql "select count(*), md5(coalesce(string_agg(t::text, chr(10) order by t::text), '')) from $table t" "$1")"
  done
}

has_leftovers() { compgen -G "$BASE/*/*.partial" || compgen -G "$TMPDIR/ops-backup.*"; }

stub() { cat >"$STUBS/$1" && chmod +x "$STUBS/$1"; } # a stand-in for a program, first in PATH
