#!/usr/bin/env bats
# What a backup leaves behind: files, checksums, report.

setup() { load common; common_setup; }
teardown() { common_teardown; }

@test "a backup restores into a new database with every row of every table" {
  run -0 backup
  sql 'create database restored'
  pg_restore -e -d restored "$(dump_file)"
  fingerprint chinook >"$BATS_TEST_TMPDIR/before"
  fingerprint restored >"$BATS_TEST_TMPDIR/after"
  sql 'drop database restored'
  [ "$(wc -l <"$BATS_TEST_TMPDIR/before")" -eq 11 ]
  grep -q '^track 3503|' "$BATS_TEST_TMPDIR/before"
  diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
}

@test "files are named database, UTC time and host, are private, and sha256sum -c accepts them" {
  run -0 backup
  name=$(basename "$(dump_file)")
  [[ $name =~ ^chinook_[0-9]{8}T[0-9]{6}Z_${HOST}\.dump$ ]]
  cd "$BASE/data"
  run -0 sha256sum -c "$name.sha256"
  [ "$output" = "$name: OK" ]
  [ "$(stat -c %a "$name")" = 600 ]
  [ "$(basename "$(report)")" = "${name%.dump}.json" ]
  run ! has_leftovers
}

@test "the report has exactly the agreed keys, types and values" {
  setting INCLUDE_GLOBALS true
  before=$(date -u +%s)
  run -0 backup
  r=$(report)
  [ "$(psql -X -A -t -q -d postgres -v doc="$(<"$r")" <<<"select string_agg(key || ':' || json_typeof(value), ' ') from json_each(:'doc')")" = \
    'database:string host:string port:string startedAt:string finishedAt:string durationSeconds:number mode:string tool:string status:string errorMessage:null local:object remote:object' ]
  [ "$(psql -X -A -t -q -d postgres -v doc="$(<"$r")" <<<"select string_agg(key || ':' || json_typeof(value), ' ') from json_each((:'doc'::json) -> 'local')")" = \
    'file:string globalsFile:string checksumSha256:string sizeBytes:number' ]
  [ "$(psql -X -A -t -q -d postgres -v doc="$(<"$r")" <<<"select string_agg(key || ':' || json_typeof(value), ' ') from json_each((:'doc'::json) -> 'remote')")" = 'urls:array' ]
  [ "$(field "$r" database)" = chinook ]
  [ "$(field "$r" host)" = "$(uname -n)" ]
  [ "$(field "$r" port)" = "$PGPORT" ]
  [ "$(field "$r" mode)" = local ]
  [ "$(field "$r" tool)" = pg_dump ]
  [ "$(field "$r" status)" = SUCCESS ]
  [[ $(field "$r" startedAt) =~ ^[0-9-]{10}T[0-9:]{8}Z$ ]]
  started=$(date -u -d "$(field "$r" startedAt)" +%s)
  finished=$(date -u -d "$(field "$r" finishedAt)" +%s)
  ((before <= started && started <= finished))
  [ "$(field "$r" durationSeconds)" -eq $((finished - started)) ]
  [ "$(field "$r" local.file)" = "$(dump_file)" ]
  [ "$(field "$r" local.globalsFile)" = "$(only "$BASE"/data/*_globals.sql)" ]
  [ "$(field "$r" local.sizeBytes)" -eq "$(stat -c %s "$(dump_file)")" ]
  [ "$(field "$r" local.checksumSha256)" = "$(sha256sum <"$(dump_file)" | cut -d' ' -f1)" ]
  [ "$(field "$r" remote.urls)" = '[]' ]
}

@test "globals hold the roles, and have a checksum file of their own" {
  setting INCLUDE_GLOBALS true
  run -0 backup
  globals=$(only "$BASE"/data/*_globals.sql)
  [ "$globals" = "$(dump_file | sed 's/\.dump$/_globals.sql/')" ]
  grep -q 'CREATE ROLE backup_reader;' "$globals"
  cd "$BASE/data"
  run -0 sha256sum -c "$(basename "$globals").sha256"
}

@test "without INCLUDE_GLOBALS there is no globals file" {
  run -0 backup
  run ! compgen -G "$BASE/data/*globals*"
  [ -z "$(field "$(report)" local.globalsFile)" ]
}

@test "a database of any name is backed up under its real name" {
  local name n=0 # not i: bats' run uses that one itself
  local -a names=("it's \"quoted\"" 'with spaces' 'dbname=postgres port=1' '-Fp' 'back\slash/../x' '数据库' '🐘 elephant')
  for name in "${names[@]}"; do
    quoted=\"${name//\"/\"\"}\"
    sql "create database $quoted"
    psql -X -q --dbname="dbname='$(sed "s/[\\\\']/\\\\&/g" <<<"$name")'" -c "create table only_here_$n (id int)"
    base=$BATS_TEST_TMPDIR/base$n
    PG_DATABASE=$name BACKUP_BASE_DIR=$base run -0 backup
    file=$(only "$base"/data/*.dump)
    grep -q "TABLE public only_here_$n " <(pg_restore -l "$file")
    [ "$(field "$(only "$base"/reports/*.json)" database)" = "$name" ]
    [ "$(only "$base"/data/*.dump.sha256)" = "$file.sha256" ]
    (cd "$base/data" && sha256sum -c --status -- *.sha256)
    sql "drop database $quoted"
    n=$((n + 1))
  done
}

@test "file names follow the documented rule, and two names never share one" {
  stub pg_dump <<<$'#!/bin/sh\nexit 1'
  LONG=$(printf '%041d' 0)$(printf '数%.0s' {1..20}) # the 20th of three bytes would end at byte 101
  while IFS='|' read -r name expected; do
    base=$BATS_TEST_TMPDIR/base-$RANDOM$RANDOM
    PG_DATABASE=$name BACKUP_BASE_DIR=$base run -1 backup
    actual=$(basename "$(only "$base"/reports/*.json)")
    [ "${actual%_*_*}" = "$expected" ] || { echo "'$name' became '${actual%_*_*}'"; false; }
  done <<NAMES
plain.Name_1-x|plain.Name_1-x
a/b|a_b-$(printf %s a/b | sha256sum | cut -c1-8)
a_b|a_b
.hidden|_hidden-$(printf %s .hidden | sha256sum | cut -c1-8)
-dash|_dash-$(printf %s -dash | sha256sum | cut -c1-8)
数据库|数据库
$LONG|$(printf '%041d' 0)$(printf '数%.0s' {1..19})-$(printf %s "$LONG" | sha256sum | cut -c1-8)
$(printf 'bad\xff\xe6\x95')|bad___-$(printf 'bad\xff\xe6\x95' | sha256sum | cut -c1-8)
NAMES
}

@test "the error message is valid JSON whatever the tool printed" {
  stub pg_dump <<'STUB'
#!/bin/sh
printf 'pg_dump: error: "quoted" back\\slash tab\there bell\007 bad\377byte 数据\n' >&2
exit 1
STUB
  run -1 backup
  [ "$(field "$(report)" errorMessage)" = $'PG_DUMP_FAILED: pg_dump ended with 1: pg_dump: error: "quoted" back\\slash tab\there bell\a bad\xef\xbf\xbdbyte 数据' ]
}

@test "an archive that can't be read back in full is a failure" {
  real=$(command -v pg_dump)
  stub pg_dump <<STUB
#!/bin/sh
"$real" "\$@" | head -c 60000
STUB
  run -1 backup
  [[ $(field "$(report)" errorMessage) == VERIFICATION_FAILED:* ]]
  run ! compgen -G "$BASE/data/*"
}

@test "globals that end early are a failure, and take the dump with them" {
  setting INCLUDE_GLOBALS true
  stub pg_dumpall <<<$'#!/bin/sh\necho "CREATE ROLE half;"'
  run -1 backup
  [[ $(field "$(report)" errorMessage) == GLOBALS_FAILED:* ]]
  run ! compgen -G "$BASE/data/*"
}

@test "the log holds the run, under the name of the day" {
  run -0 backup
  grep -q 'SUCCESS: chinook_' "$LOGS/backup_$(date -u +%F).log"
}

@test "two runs within a second leave two backups" {
  run -0 backup
  run -0 backup
  [ "$(ls "$BASE"/data/*.dump | wc -l)" -eq 2 ]
  [ "$(ls "$BASE"/reports/*.json | wc -l)" -eq 2 ]
}
