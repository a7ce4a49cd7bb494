#!/usr/bin/env bats
# Retention, --check, and what surrounds the script.

setup() { load common; common_setup; }
teardown() { common_teardown; }

ago() { date -u -d "$1 days ago" +%Y%m%dT%H%M%SZ; }

old_backup() { # old_backup STEM
  mkdir -p "$BASE/data"
  touch "$BASE/data/$1.dump" "$BASE/data/$1.dump.sha256" "$BASE/data/${1}_globals.sql" "$BASE/data/${1}_globals.sql.sha256"
}

@test "a success removes older dumps with all that belongs to them, and keeps younger ones" {
  old_backup "chinook_$(ago 8)_$HOST"
  young=chinook_$(ago 6)_$HOST
  old_backup "$young"
  run -0 backup
  run ! compgen -G "$BASE/data/chinook_$(ago 8 | cut -c1-8)*"
  [ "$(ls "$BASE/data/$young"* | wc -l)" -eq 4 ]
  [ "$(ls "$BASE"/data/*.dump | wc -l)" -eq 2 ]
}

@test "the newest dump stays however old it is, where no new one is kept locally" {
  printf '[shelf]\ntype = local\n' >"$BATS_TEST_TMPDIR/rclone.conf"
  setting BACKUP_MODE oss
  setting OSS_BUCKET backups-bucket
  setting RCLONE_CONFIG "$BATS_TEST_TMPDIR/rclone.conf"
  setting RCLONE_REMOTE "shelf:$BATS_TEST_TMPDIR/store"
  newest=chinook_$(ago 400)_$HOST
  old_backup "chinook_$(ago 500)_$HOST"
  old_backup "$newest"
  run -0 backup
  [ "$(ls "$BASE/data" | wc -l)" -eq 4 ]
  [ "$(ls "$BASE/data/$newest"* | wc -l)" -eq 4 ]
}

@test "a failure removes nothing" {
  old_backup "chinook_$(ago 100)_$HOST"
  old_backup "chinook_$(ago 99)_$HOST"
  setting PGPASSWORD wrong
  run -1 backup
  [ "$(ls "$BASE/data" | wc -l)" -eq 8 ]
}

@test "retention touches no link, no other database, no other host and no other server's backups" {
  stamp=$(ago 100)
  old_backup "chinook2_${stamp}_$HOST"
  old_backup "chinook_${stamp}_otherhost"
  old_backup "chinook_${stamp}_x_${stamp}_$HOST"
  old_backup "chinook_backup_$HOST"
  old_backup "chinook_$(ago 50)_$HOST"
  mkdir -p "$BASE/reports"
  printf '{\n  "host": "db2.example",\n  "port": "5432",\n}\n' >"$BASE/reports/chinook_$(ago 50)_$HOST.json"
  touch "$BATS_TEST_TMPDIR/precious"
  ln -s "$BATS_TEST_TMPDIR/precious" "$BASE/data/chinook_${stamp}_$HOST.dump"
  before=$(ls "$BASE/data" | wc -l)
  run -0 backup
  [ "$(ls "$BASE/data" | wc -l)" -eq $((before + 2)) ]
  [ -L "$BASE/data/chinook_${stamp}_$HOST.dump" ]
}

@test "--check connects, says what it would do, and changes nothing" {
  run -0 backup --check
  [[ $output == *"connected to 'chinook'"* ]]
  [[ $output == *"would write $BASE/data/chinook_<time>_$HOST.dump"* ]]
  [ ! -e "$BASE" ]
  [ ! -e "$LOGS" ]
  run ! has_leftovers
}

@test "--check fails where the server refuses, and where settings are wrong" {
  PG_DATABASE=absent run -1 backup --check
  [[ $output == *'CONNECT_FAILED'*'"absent" does not exist'* ]]
  RETENTION_DAYS=x run -2 backup --check
  [ ! -e "$BASE" ]
}

@test "--check says when the bucket can't be listed" {
  BACKUP_MODE=both OSS_BUCKET=backups-bucket RCLONE_REMOTE=absent run -1 backup --check
  [[ $output == *"can't be listed"* ]]
}

@test "--help names every exit code, --version the version, and anything else is refused" {
  run -0 backup --help
  for code in 0 1 2 3 4 129 130 143; do grep -qE "(^| )$code  +" <<<"$output"; done
  run -0 backup --version
  [[ $output =~ ^db_backup.sh\ [0-9.]+$ ]]
  run -2 backup --force
  run -2 backup --check now
}

@test "the example file holds every setting, and parses" {
  example=$BATS_TEST_DIRNAME/../../ops/backup/.env.backup.example
  settings=$(sed -n '/^declare -rA DEFAULTS=(/,/^)/p' "$SCRIPT" | grep -oE '\[[A-Z_]+\]' | tr -d '[]')
  [ "$(wc -l <<<"$settings")" -ge 30 ]
  for key in $settings; do grep -qE "^#?$key=" "$example" || { echo "$key is missing"; false; }; done
  sed 's/^#\([A-Z_]*=\)/\1/' "$example" >"$ENV_FILE"
  BACKUP_MODE=local BACKUP_BASE_DIR=$BASE PG_PORT=$PGPORT PG_BIN_DIR=$PG_BIN run -1 backup --check
  [[ $output == *CONNECT_FAILED* ]] # it came as far as the server
  [[ $output != *'is not a setting'* && $output != *'KEY=value'* && $output != *'does not close'* ]]
}

@test "the README's table holds every setting" {
  for key in $(sed -n '/^declare -rA DEFAULTS=(/,/^)/p' "$SCRIPT" | grep -oE '\[[A-Z_]+\]' | tr -d '[]'); do
    grep -q "\`$key\`" "$BATS_TEST_DIRNAME/../../ops/backup/README.md" || { echo "$key is missing"; false; }
  done
}

@test "shellcheck has nothing to say about the script" {
  command -v shellcheck >/dev/null || skip 'shellcheck is not installed'
  run -0 shellcheck "$SCRIPT"
  [ -z "$output" ]
}

@test "the systemd units are valid" {
  command -v systemd-analyze >/dev/null || skip 'systemd-analyze is not installed'
  units=$BATS_TEST_DIRNAME/../../ops/backup/systemd
  sed "s|/opt/ops-backup/db_backup.sh|$SCRIPT|" "$units/db-backup.service" >"$BATS_TEST_TMPDIR/db-backup.service"
  cp "$units/db-backup.timer" "$BATS_TEST_TMPDIR"
  cd "$BATS_TEST_TMPDIR"
  run -0 systemd-analyze verify ./db-backup.service ./db-backup.timer
  [ -z "$output" ]
}
