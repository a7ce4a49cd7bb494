#!/usr/bin/env bats
# How a run fails: settings, secrets, locks, limits, signals, a full disk.

setup() { load common; common_setup; }
teardown() { common_teardown; }

# A pg_dump that notes what can be seen of every process of the run, and then dumps.
watch_processes() {
  real=$(command -v pg_dump)
  stub pg_dump <<STUB
#!/bin/bash
for p in /proc/[0-9]*; do
  tr '\0' '\n' <"\$p/cmdline" >>"$BATS_TEST_TMPDIR/cmdlines" 2>/dev/null
done
tr '\0' '\n' </proc/\$\$/environ >"$BATS_TEST_TMPDIR/environ"
stat -c %a "\$PGPASSFILE" >"$BATS_TEST_TMPDIR/passfile-mode"
exec "$real" "\$@"
STUB
}

no_secret_in() { ! grep -rqF -e "$1" "${@:2}"; }

@test "a wrong password fails with a report, and stays out of log, report and output" {
  setting PGPASSWORD 'wrong-hunter2'
  run -1 backup
  [ "$(field "$(report)" status)" = FAILED ]
  [[ $(field "$(report)" errorMessage) == "PG_DUMP_FAILED: "*'password authentication failed'* ]]
  [ "$(field "$(report)" local)" = "$(printf '{\n    "file": null,\n    "globalsFile": null,\n    "checksumSha256": null,\n    "sizeBytes": null\n  }')" ]
  run ! compgen -G "$BASE/data/*"
  [[ $output != *hunter2* ]]
  no_secret_in hunter2 "$BASE" "$LOGS"
}

@test "the password is in no command line, no child's environment, and nothing that is left" {
  watch_processes
  run -0 backup
  [ "$(<"$BATS_TEST_TMPDIR/passfile-mode")" = 600 ]
  grep -q -- '--dbname=' "$BATS_TEST_TMPDIR/cmdlines"
  grep -q '^PGPASSFILE=' "$BATS_TEST_TMPDIR/environ"
  [[ $output != *s3cret* ]]
  no_secret_in s3cret "$BATS_TEST_TMPDIR/cmdlines" "$BATS_TEST_TMPDIR/environ" "$BASE" "$LOGS"
  run ! has_leftovers
}

@test "a password given by the environment does not reach the children" {
  watch_processes
  sed -i '/^PGPASSWORD/d' "$ENV_FILE"
  PGPASSWORD=$TEST_PASSWORD OSS_ACCESS_KEY_SECRET=key-hunter2 RCLONE_CONFIG_PASS=conf-hunter2 run -0 backup
  no_secret_in s3cret "$BATS_TEST_TMPDIR/cmdlines" "$BATS_TEST_TMPDIR/environ"
  no_secret_in hunter2 "$BATS_TEST_TMPDIR/cmdlines" "$BATS_TEST_TMPDIR/environ"
}

@test "a secret that a tool prints is struck out of report, log and output" {
  stub pg_dump <<STUB
#!/bin/bash
IFS= read -r line <"\$PGPASSFILE"; echo "connecting with hunter2-pw failed" >&2; exit 1
STUB
  setting PGPASSWORD hunter2-pw
  run -1 backup
  [[ $(field "$(report)" errorMessage) == *'connecting with *** failed' ]]
  [[ $output != *hunter2* ]]
  no_secret_in hunter2 "$BASE" "$LOGS"
}

@test "a secret at the place where a long message is cut is struck out, too" {
  stub pg_dump <<<$'#!/bin/bash\nprintf "hunter2-pw%01495d" 0 >&2; exit 1'
  setting PGPASSWORD hunter2-pw
  run -1 backup
  [[ $(field "$(report)" errorMessage) == *00000 ]]
  no_secret_in er2-pw "$BASE" "$LOGS"
  no_secret_in 2-pw "$BASE" "$LOGS"
}

@test "a passfile works, and one that is open to others is refused by name" {
  sed -i '/^PGPASSWORD/d' "$ENV_FILE"
  cp "$PGPASSFILE" "$BATS_TEST_TMPDIR/pgpass"
  setting PGPASSFILE "$BATS_TEST_TMPDIR/pgpass"
  chmod 600 "$BATS_TEST_TMPDIR/pgpass"
  run -0 backup
  chmod 644 "$BATS_TEST_TMPDIR/pgpass"
  run -2 backup
  [[ $output == *"PGPASSFILE"*"chmod 600"* ]]
}

@test "every wrong setting is named at once, with exit 2 and a FAILED report" {
  setting PG_PORT 99999
  setting BACKUP_MODE cloud
  setting RETENTION_DAYS -1
  setting INCLUDE_GLOBALS yes
  setting BACKUP_TIMEOUT_SECONDS 0x10
  run -2 backup
  message=$(field "$(report)" errorMessage)
  [[ $message == SETTINGS_INVALID:* ]]
  for key in PG_PORT BACKUP_MODE RETENTION_DAYS INCLUDE_GLOBALS BACKUP_TIMEOUT_SECONDS; do
    [[ $message == *"$key must be"* ]] || { echo "$key is missing"; false; }
    [[ $output == *"$key must be"* ]]
  done
  [ "$(field "$(report)" status)" = FAILED ]
  [ "$(field "$(report)" mode)" = both ]
  run ! compgen -G "$BASE/data/*"
}

@test "a missing database name is reported" {
  setting PG_DATABASE ''
  run -2 backup
  [[ $(field "$(report)" errorMessage) == *'PG_DATABASE is not set'* ]]
  [ "$(field "$(report)" database)" = '(unset)' ]
}

@test "mode both needs a bucket and keys, each named" {
  setting BACKUP_MODE both
  run -2 backup
  for key in OSS_BUCKET OSS_ENDPOINT OSS_ACCESS_KEY_ID OSS_ACCESS_KEY_SECRET; do [[ $output == *"$key"* ]]; done
}

@test "a relative base folder is refused, and so is one that climbs" {
  setting BACKUP_BASE_DIR backups
  run -2 backup
  [[ $output == *'BACKUP_BASE_DIR must be'* ]]
  setting BACKUP_BASE_DIR "$BATS_TEST_TMPDIR/x/../y"
  run -2 backup
  [[ $output == *'BACKUP_BASE_DIR must be'* ]]
}

@test "the settings file is parsed and never executed" {
  printf '%s\n' "RETENTION_DAYS=\$(touch $BATS_TEST_TMPDIR/owned)" "touch $BATS_TEST_TMPDIR/owned" 'BACKUP_MODES=local' 'PG_USER="open' >>"$ENV_FILE"
  run -2 backup
  [ ! -e "$BATS_TEST_TMPDIR/owned" ]
  [[ $output == *"line 9 is not KEY=value"* ]]
  [[ $output == *'BACKUP_MODES (BACKUP_ENV_FILE line 10) is not a setting'* ]]
  [[ $output == *'PG_USER (BACKUP_ENV_FILE line 11) has a quote that does not close'* ]]
  [[ $output == *RETENTION_DAYS* ]]
}

@test "quotes, comments, export and line ends of the settings file are understood, and the environment wins" {
  {
    printf '\357\273\277# a comment\r\n\r\n  export PG_HOST=127.0.0.1   # loopback\r\n'
    printf "PG_PORT='%s' # single\r\nBACKUP_MODE=both\nBACKUP_BASE_DIR=%s\nBACKUP_LOG_DIR=%s\n" "$PGPORT" "$BASE" "$LOGS"
    printf 'PG_DATABASE=chinook\nPGPASSWORD="%s"' "$(sed 's/[\\"]/\\&/g' <<<"$TEST_PASSWORD")"
  } >"$ENV_FILE"
  BACKUP_MODE=local run -0 backup
  [ "$(field "$(report)" mode)" = local ]
}

@test "a settings file with a secret that everybody can read is refused" {
  chmod 644 "$ENV_FILE"
  run -2 backup
  [[ $output == *'holds PGPASSWORD and is open to everybody'* ]]
}

@test "a missing pg_dump is exit 2 and a report that names it" {
  mkdir "$BATS_TEST_TMPDIR/bin"
  setting PG_BIN_DIR "$BATS_TEST_TMPDIR/bin"
  run -2 backup
  [[ $(field "$(report)" errorMessage) == 'TOOL_MISSING: '*pg_dump* ]]
}

@test "a second run beside a running one ends with 3 and harms nothing" {
  setting PG_DATABASE busy
  hold_table
  backup_in_background
  poll 'the first dump waits for the lock' dump_waits
  partial=$(only "$BASE"/data/*.dump.partial)
  run -3 backup
  [[ $output == *ALREADY_RUNNING* ]]
  [ -e "$partial" ]
  run ! compgen -G "$BASE/reports/*"
  release_table
  wait "$BACKUP_PID"
  [ "$(field "$(report)" status)" = SUCCESS ]
}

@test "another database is backed up beside a running one" {
  hold_table
  PG_DATABASE=busy backup_in_background
  poll 'the first dump waits for the lock' dump_waits
  run -0 backup
}

@test "a table that stays locked fails the run after BACKUP_LOCK_WAIT_SECONDS" {
  setting PG_DATABASE busy
  setting BACKUP_LOCK_WAIT_SECONDS 1
  hold_table
  run -1 backup
  [[ $(field "$(report)" errorMessage) == LOCK_TIMEOUT:* ]]
  [ "$(field "$(report)" durationSeconds)" -le 6 ]
  run ! compgen -G "$BASE/data/*"
}

@test "a run that takes longer than BACKUP_TIMEOUT_SECONDS is stopped, and so is its dump" {
  setting PG_DATABASE busy
  setting BACKUP_TIMEOUT_SECONDS 1
  hold_table
  run -1 backup
  [[ $(field "$(report)" errorMessage) == TIME_LIMIT:* ]]
  run ! compgen -G "$BASE/data/*"
  release_table
  poll 'no dump is left on the server' no_dump_session
}

child_of_this_run() { # tee's command line names this test's own folder
  local p
  for p in /proc/[0-9]*; do
    if [[ $(tr '\0' ' ' <"$p/cmdline") == *"tee --output-error=exit -- $BASE/"* ]]; then return 0; fi
  done 2>/dev/null
  return 1
}

stopped_by() { # stopped_by SIGNAL EXIT_CODE
  setting PG_DATABASE busy
  hold_table
  # A job in the background starts with SIGINT ignored, which a shell can't undo.
  env -u PGPASSFILE -u TEST_PASSWORD --default-signal=INT "$SCRIPT" >/dev/null 2>&1 3>&- &
  BACKUP_PID=$!
  STARTED+=("$BACKUP_PID")
  poll 'the dump waits for the lock' dump_waits
  child_of_this_run
  kill -"$1" "$BACKUP_PID"
  rc=0
  wait "$BACKUP_PID" || rc=$?
  [ "$rc" -eq "$2" ]
  run ! child_of_this_run
  [[ $(field "$(report)" errorMessage) == "CANCELED: stopped by SIG$1" ]]
  [ "$(field "$(report)" status)" = FAILED ]
  run ! compgen -G "$BASE/data/*"
  run ! has_leftovers
  release_table
  poll 'no dump is left on the server' no_dump_session
}

@test "SIGTERM stops the dump, leaves no file and a FAILED report, and ends with 143" { stopped_by TERM 143; }

@test "SIGINT does the same with 130" { stopped_by INT 130; }

@test "after kill -9 the dump dies too, and the next run cleans up, reports it and works" {
  setting PG_DATABASE busy
  hold_table
  backup_in_background
  poll 'the dump waits for the lock' dump_waits
  kill -9 "$BACKUP_PID"
  poll 'the run is gone' gone "$BACKUP_PID"
  has_leftovers
  poll 'the lock is free, since no child is left' flock -n "$(only "$BASE"/locks/*.lock)" true
  release_table
  poll 'no dump is left on the server' no_dump_session
  run -0 backup
  run ! has_leftovers
  [ "$(ls "$BASE"/data/*.dump | wc -l)" -eq 1 ]
  [ "$(ls "$BASE"/reports/*.json | wc -l)" -eq 2 ]
  first=$(printf '%s\n' "$BASE"/reports/*.json | sort | head -n 1)
  [[ $(field "$first" errorMessage) == ABANDONED:* ]]
  [ "$(field "$first" status)" = FAILED ]
  [ "$(field "$(newest_report)" status)" = SUCCESS ]
}

@test "cleaning up touches no other database, no other host and no link" {
  mkdir -p "$BASE/data"
  cd "$BASE/data"
  keep=("chinook2_20200101T000000Z_$HOST.dump.partial" "chinook_20200101T000000Z_other.dump.partial"
    "chinook_20200101T000000Z_x_20200101T000000Z_$HOST.dump.partial" chinook.dump.partial)
  touch "${keep[@]}" "chinook_20200101T000000Z_$HOST.dump.partial" "chinook_20200101T000000Z_$HOST.dump.sha256"
  ln -s /etc/passwd "chinook_20200102T000000Z_$HOST.dump.partial"
  run -0 backup
  for file in "${keep[@]}"; do [ -e "$file" ]; done
  [ -L "chinook_20200102T000000Z_$HOST.dump.partial" ]
  [ ! -e "chinook_20200101T000000Z_$HOST.dump.partial" ]
  [ ! -e "chinook_20200101T000000Z_$HOST.dump.sha256" ]
}

on_small_disk() { # on_small_disk SIZE COMMAND: runs it with a tmpfs on $BASE
  local -a enter=(unshare -m)
  if ((EUID != 0)); then enter=(unshare -rm); fi
  mkdir -p "$BASE"
  "${enter[@]}" bash -c 'mount -t tmpfs -o size="$1" none "$BASE" || exit 99; eval "$2"; rc=$?; cp -r "$BASE"/. "$KEPT"; exit $rc' _ "$1" "$2"
}

@test "a disk that fills up during the dump fails with DISK_FULL and leaves a report and no dump" {
  export BASE SCRIPT KEPT=$BATS_TEST_TMPDIR/kept
  mkdir "$KEPT"
  unset PGPASSFILE
  run -1 on_small_disk 100k '"$SCRIPT"'
  BASE=$KEPT
  export PGPASSFILE=$BATS_SUITE_TMPDIR/admin.pgpass
  [[ $(field "$(report)" errorMessage) == DISK_FULL:*'No space left on device'* ]]
  run ! compgen -G "$KEPT/data/*"
}

@test "too little room for 1.2 times the last dump is refused early, with the numbers" {
  export BASE SCRIPT HOST KEPT=$BATS_TEST_TMPDIR/kept
  mkdir "$KEPT"
  unset PGPASSFILE
  run -1 on_small_disk 1m 'mkdir -p "$BASE/data"; head -c 600000 /dev/zero >"$BASE/data/chinook_20200101T000000Z_$HOST.dump"; "$SCRIPT"'
  BASE=$KEPT
  export PGPASSFILE=$BATS_SUITE_TMPDIR/admin.pgpass
  message=$(field "$(report)" errorMessage)
  [[ $message =~ ^DISK_FULL:\ .*\ has\ [0-9]+\ bytes\ free,\ and\ 1\.2\ times\ the\ last\ dump\ \(600000\ bytes\)\ is\ 720000$ ]]
  [ "$(stat -c %s "$(dump_file)")" -eq 600000 ]
}
