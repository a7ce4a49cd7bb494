#!/usr/bin/env bash
#
# Backs up one PostgreSQL database from a host that has no .NET: dump, checksum, upload, retention, and a JSON
# report that is the source of truth about the run. Needs bash >= 4.4, coreutils, util-linux and the PostgreSQL
# client; rclone or ossutil where the mode is oss or both.
#
# Exit codes
#   0    success
#   1    the backup failed; nothing that looks whole is left of it
#   2    a setting is wrong or a program is missing; nothing was tried
#   3    another run is backing up this database; it was left alone, and no report is written
#   4    the upload failed or could not be confirmed; the local copy is good and stays
#   129  stopped by SIGHUP      130  stopped by SIGINT      143  stopped by SIGTERM
#
# Once a copy says SUCCESS it restores: the checksum is taken from the stream itself, the archive is read back in
# full, files are synced, then renamed, then their folder is synced, and the report comes last.

set -Eeuo pipefail
shopt -s nullglob
umask 077
export LC_ALL=C   # messages that can be matched, and strings that are bytes
export TZ=UTC0

readonly VERSION=1.0.0
SCRIPT_DIR=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
readonly SCRIPT_DIR

# Every setting and its default. RCLONE_* beyond these is handed to rclone, which reads its options from there.
declare -rA DEFAULTS=(
  [PG_HOST]=localhost [PG_PORT]=5432 [PG_DATABASE]='' [PG_USER]=postgres [PGPASSWORD]='' [PGPASSFILE]=''
  [PG_BIN_DIR]='' [PGSSLMODE]='' [PGSSLROOTCERT]='' [PGSSLCERT]='' [PGSSLKEY]=''
  [BACKUP_MODE]=both [BACKUP_BASE_DIR]=/data/db-backups [BACKUP_LOG_DIR]=/var/log/db-backup [RETENTION_DAYS]=7
  [INCLUDE_GLOBALS]=false [GLOBALS_NO_ROLE_PASSWORDS]=false [BACKUP_COMPRESSION_LEVEL]=9
  [BACKUP_TIMEOUT_SECONDS]=21600 [BACKUP_LOCK_WAIT_SECONDS]=300 [BACKUP_CONNECT_TIMEOUT_SECONDS]=10
  [BACKUP_UPLOAD_TOOL]=rclone [BACKUP_UPLOAD_VERIFY]=hash [BACKUP_UPLOAD_ATTEMPTS]=3 [BACKUP_UPLOAD_RETRY_SECONDS]=5
  [OSS_BUCKET]='' [OSS_PREFIX]=postgres/backups/ [OSS_ENDPOINT]='' [OSS_REGION]='' [OSS_ACCESS_KEY_ID]=''
  [OSS_ACCESS_KEY_SECRET]='' [OSS_SESSION_TOKEN]='' [OSS_CONFIG_FILE]='' [RCLONE_REMOTE]='' [RCLONE_CONFIG]=''
)
readonly SECRETS=(PGPASSWORD OSS_ACCESS_KEY_SECRET OSS_SESSION_TOKEN)

# These decide which server is reached or what the session does; only PG_* may say that.
unset PGHOST PGHOSTADDR PGPORT PGDATABASE PGUSER PGSERVICE PGSERVICEFILE PGSYSCONFDIR PGOPTIONS PGAPPNAME \
  PGTARGETSESSIONATTRS PGREQUIREAUTH CDPATH

declare -a PROBLEMS=() TOOL_ENV=() CHILDREN=() URLS=() OWN_PARTIALS=()
declare -A FILE_VALUES=()
CHECK_ONLY=false
WRITES_REPORT=false     # a report is owed when the run ends, however it ends
BASE_USABLE=false LOG_FILE='' LOCK_FD='' RUN_DIR='' SAFE_DB='' STEM='' START_EPOCH=0 DEADLINE=0
FAILURE='' LAST_PID='' DIES_WITH_US=false
LOCAL_FILE='' GLOBALS_FILE='' CHECKSUM='' SIZE_BYTES='' LOCAL_IS_GOOD=false
HOST_NAME=$(uname -n)

# ---------------------------------------------------------------- words on the screen and in the log

usage() {
  cat <<'HELP'
Usage: db_backup.sh [--check | --help | --version]

Backs up one PostgreSQL database and writes a JSON report. Without an option it runs a backup.

  --check    validate the settings, connect, say what a backup would do; change nothing
  --help     this text
  --version  the script's version

Settings come from the environment, else from the file BACKUP_ENV_FILE (default: .env.backup beside this script),
else from the default. The file is parsed, never executed: KEY=value, KEY='literal', KEY="with \" and \\".
An empty value counts as not given. An unknown key in the file is refused. .env.backup.example lists every setting.

Files   <base>/data/<database>_<UTC yyyyMMddTHHmmssZ>_<host>.dump, .dump.sha256, _globals.sql, _globals.sql.sha256
        <base>/reports/<database>_<UTC yyyyMMddTHHmmssZ>_<host>.json

In file names every character of the database's name other than letters, digits, '.', '_', '-' and non-ASCII UTF-8
becomes '_', a leading '.' or '-' too, and the name is cut to 100 bytes; if that changed anything, '-' and the first
8 hex digits of the SHA-256 of the real name follow, so that two databases never share a name.

Exit codes
  0    success
  1    the backup failed; nothing that looks whole is left of it
  2    a setting is wrong or a program is missing; nothing was tried
  3    another run is backing up this database; it was left alone, and no report is written
  4    the upload failed or could not be confirmed; the local copy is good and stays
  129  stopped by SIGHUP      130  stopped by SIGINT      143  stopped by SIGTERM
HELP
}

redact() { # redact TEXT: sets REPLY to it without any secret
  local key secret
  REPLY=$1
  for key in "${SECRETS[@]}"; do
    secret=${!key:-}
    if [[ -n $secret ]]; then REPLY=${REPLY//"$secret"/'***'}; fi
  done
  for key in ${TOOL_ENV[@]+"${TOOL_ENV[@]}"}; do # rclone's own settings may hold keys of any name
    if [[ ${key%%=*} =~ (PASS|SECRET|TOKEN|KEY) ]]; then REPLY=${REPLY//"${key#*=}"/'***'}; fi
  done
}

log() { # log LEVEL TEXT
  local level=$1 stamp REPLY
  printf -v stamp '%(%Y-%m-%dT%H:%M:%SZ)T' -1
  redact "$2"
  # A failing log must not fail a backup; the report and the exit code still speak.
  if [[ -n $LOG_FILE ]]; then printf '%s %s %s %s\n' "$stamp" "$$" "$level" "$REPLY" >>"$LOG_FILE" || true; fi 2>/dev/null
  if [[ $level == INFO ]]; then printf '%s\n' "$REPLY" || true; else printf '%s: %s\n' "$level" "$REPLY" >&2 || true; fi
}

log_stderr_of() { # log_stderr_of LABEL: the tool's own words, in the log only
  local line REPLY
  [[ -n $LOG_FILE && -s $RUN_DIR/$1.err ]] || return 0
  while IFS= read -r line || [[ -n $line ]]; do
    redact "$line"
    printf '  %s| %s\n' "$1" "$REPLY" >>"$LOG_FILE" || return 0
  done < <(tail -c 65536 -- "$RUN_DIR/$1.err") 2>/dev/null
}

last_words() { # last_words LABEL: sets REPLY to the last lines of that tool's stderr, in one line
  local line text=''
  if [[ -s $RUN_DIR/$1.err ]]; then
    while IFS= read -r line || [[ -n $line ]]; do
      if [[ $line == *[![:space:]]* ]]; then text+="${text:+; }$line"; fi
    done < <(tail -c 65536 -- "$RUN_DIR/$1.err" | tail -n 6)
  fi
  redact "${text:-no message}" # before it is cut: half a secret would not be recognised
  if ((${#REPLY} > 1500)); then REPLY=...${REPLY: -1500}; fi
}

fail() { # fail EXIT_CODE "CODE: text": the one way in which a run gives up
  FAILURE=$2
  exit "$1"
}

# ---------------------------------------------------------------- settings

problem() { PROBLEMS+=("$1"); }

parse_env_file() { # parse_env_file FILE: fills FILE_VALUES. Nothing is ever executed or expanded.
  local line key value out i n=0
  while IFS= read -r line || [[ -n $line ]]; do
    n=$((n + 1))
    line=${line%$'\r'}
    if ((n == 1)); then line=${line#$'\xef\xbb\xbf'}; fi
    line=${line#"${line%%[![:space:]]*}"}
    if [[ -z $line || $line == '#'* ]]; then continue; fi
    line=${line#export }
    if ! [[ $line =~ ^([A-Za-z_][A-Za-z0-9_]*)=(.*)$ ]]; then
      problem "BACKUP_ENV_FILE line $n is not KEY=value" # the line itself may hold a secret
      continue
    fi
    key=${BASH_REMATCH[1]} value=${BASH_REMATCH[2]}
    if [[ ! -v DEFAULTS[$key] && $key != RCLONE_* ]]; then
      problem "$key (BACKUP_ENV_FILE line $n) is not a setting"
      continue
    fi
    local single="^'([^']*)'[[:space:]]*(#.*)?\$" double='^"(([^"\\]|\\.)*)"[[:space:]]*(#.*)?$'
    if [[ $value =~ $single ]]; then
      value=${BASH_REMATCH[1]}
    elif [[ $value =~ $double ]]; then
      value=${BASH_REMATCH[1]} out=''
      for ((i = 0; i < ${#value}; i++)); do
        if [[ ${value:i:2} == \\[\"\\\$\`] ]]; then i=$((i + 1)); fi
        out+=${value:i:1}
      done
      value=$out
    elif [[ $value == [\'\"]* ]]; then
      problem "$key (BACKUP_ENV_FILE line $n) has a quote that does not close"
      continue
    else
      value=${value%%[[:space:]]#*}
      if [[ $value == '#'* ]]; then value=''; fi
      value=${value%"${value##*[![:space:]]}"}
    fi
    FILE_VALUES[$key]=$value
  done <"$1"
}

load_settings() {
  local key file=${BACKUP_ENV_FILE:-} mode
  if [[ -z $file && -e $SCRIPT_DIR/.env.backup ]]; then file=$SCRIPT_DIR/.env.backup; fi
  if [[ -n $file ]]; then
    if [[ -f $file && -r $file ]]; then parse_env_file "$file"; else problem "BACKUP_ENV_FILE '$file' is not a readable file"; fi
    for key in "${SECRETS[@]}"; do
      if [[ -n ${FILE_VALUES[$key]:-} ]]; then
        mode=$(stat -Lc %a -- "$file")
        if ((8#$mode & 8#007)); then problem "BACKUP_ENV_FILE '$file' holds $key and is open to everybody: chmod 600 it"; fi
      fi
    done
  fi
  for key in "${!DEFAULTS[@]}"; do
    if [[ -z ${!key:-} ]]; then printf -v "$key" '%s' "${FILE_VALUES[$key]:-${DEFAULTS[$key]}}"; fi
    export -n "${key?}" # what children need is handed to them by name
  done
  for key in "${!FILE_VALUES[@]}"; do
    if [[ $key == RCLONE_* && ! -v DEFAULTS[$key] && -z ${!key:-} ]]; then printf -v "$key" '%s' "${FILE_VALUES[$key]}"; fi
  done
  for key in $(compgen -v RCLONE_ || true); do
    if [[ ! -v DEFAULTS[$key] && -n ${!key} ]]; then TOOL_ENV+=("$key=${!key}"); fi
    export -n "${key?}"
  done
  for key in PGSSLMODE PGSSLROOTCERT PGSSLCERT PGSSLKEY; do
    if [[ -n ${!key} ]]; then export "${key?}"; fi
  done
  for key in BACKUP_ENV_FILE "${!DEFAULTS[@]}"; do
    if [[ $key != PG_DATABASE && ${!key:-} == *[[:cntrl:]]* ]]; then problem "$key holds a control character"; fi
  done
}

need_number() { # need_number KEY LOWEST HIGHEST
  local value=${!1}
  if ! [[ $value =~ ^[0-9]{1,9}$ ]] || ((10#$value < $2 || 10#$value > $3)); then
    problem "$1 must be a whole number from $2 to $3, not '$value'"
    printf -v "$1" '%s' "${DEFAULTS[$1]}" # what a FAILED report shows in its place
  else
    printf -v "$1" '%d' "$((10#$value))"
  fi
}

need_one_of() { # need_one_of KEY VALUE...
  local key=$1 allowed
  shift
  for allowed; do if [[ ${!key} == "$allowed" ]]; then return 0; fi; done
  problem "$key must be one of: $*; not '${!key}'"
  printf -v "$key" '%s' "${DEFAULTS[$key]}"
}

uploads() { [[ $BACKUP_MODE != local ]]; }

validate_settings() {
  local mode
  if [[ -z $PG_DATABASE ]]; then problem 'PG_DATABASE is not set'; fi
  need_number PG_PORT 1 65535
  need_one_of BACKUP_MODE local oss both
  need_number RETENTION_DAYS 1 36500
  need_one_of INCLUDE_GLOBALS true false
  need_one_of GLOBALS_NO_ROLE_PASSWORDS true false
  need_number BACKUP_COMPRESSION_LEVEL 0 9
  need_number BACKUP_TIMEOUT_SECONDS 1 604800
  need_number BACKUP_LOCK_WAIT_SECONDS 1 604800
  need_number BACKUP_CONNECT_TIMEOUT_SECONDS 2 3600
  need_one_of BACKUP_UPLOAD_TOOL ossutil rclone
  need_one_of BACKUP_UPLOAD_VERIFY hash download
  need_number BACKUP_UPLOAD_ATTEMPTS 1 100
  need_number BACKUP_UPLOAD_RETRY_SECONDS 0 3600
  if [[ -n $PGPASSFILE && -z $PGPASSWORD ]]; then
    if [[ ! -f $PGPASSFILE || ! -r $PGPASSFILE ]]; then
      problem "PGPASSFILE '$PGPASSFILE' is not a readable file"
    else
      mode=$(stat -Lc %a -- "$PGPASSFILE")
      # libpq would only warn, and then try without a password.
      if ((8#$mode & 8#077)); then problem "PGPASSFILE '$PGPASSFILE' is open to others and would be ignored: chmod 600 it"; fi
    fi
  fi
  if uploads; then validate_upload; fi
  if [[ $BACKUP_LOG_DIR != /?* ]]; then problem "BACKUP_LOG_DIR must be an absolute path, not '$BACKUP_LOG_DIR'"; fi
  if [[ $BACKUP_BASE_DIR != /?* || $BACKUP_BASE_DIR == *//* || /$BACKUP_BASE_DIR/ == */../* ]]; then
    problem "BACKUP_BASE_DIR must be an absolute path below /, not '$BACKUP_BASE_DIR'"
  else
    BACKUP_BASE_DIR=${BACKUP_BASE_DIR%/}
    BASE_USABLE=true
  fi
}

validate_upload() {
  if ! [[ $OSS_BUCKET =~ ^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$ ]]; then
    problem "OSS_BUCKET must be a bucket's name (3 to 63 of a-z, 0-9 and -) in mode $BACKUP_MODE, not '$OSS_BUCKET'"
  fi
  OSS_PREFIX=${OSS_PREFIX#"${OSS_PREFIX%%[!/]*}"}
  if [[ -n $OSS_PREFIX && $OSS_PREFIX != */ ]]; then OSS_PREFIX+=/; fi
  if [[ $OSS_PREFIX == *//* || /$OSS_PREFIX == */../* || /$OSS_PREFIX == */./* || $OSS_PREFIX == *\\* ]]; then
    problem "OSS_PREFIX must not hold '//', '.', '..' or a backslash, not '$OSS_PREFIX'"
  fi
  local needs_keys=false
  if [[ $BACKUP_UPLOAD_TOOL == rclone ]]; then
    if [[ -z $RCLONE_REMOTE ]]; then
      needs_keys=true
    elif ! [[ $RCLONE_REMOTE =~ ^[A-Za-z0-9_][A-Za-z0-9_.+@\ -]*(:.*)?$ ]]; then
      problem "RCLONE_REMOTE must be a remote's name, with ':' and a path if need be, not '$RCLONE_REMOTE'"
    fi
    if [[ -n $RCLONE_CONFIG && ! -r $RCLONE_CONFIG ]]; then problem "RCLONE_CONFIG '$RCLONE_CONFIG' is not a readable file"; fi
  else
    if [[ $BACKUP_UPLOAD_VERIFY == download ]]; then problem 'BACKUP_UPLOAD_VERIFY=download needs BACKUP_UPLOAD_TOOL=rclone'; fi
    if [[ -z $OSS_CONFIG_FILE ]]; then
      needs_keys=true
    elif [[ ! -r $OSS_CONFIG_FILE ]]; then
      problem "OSS_CONFIG_FILE '$OSS_CONFIG_FILE' is not a readable file"
    fi
  fi
  if [[ $needs_keys == true ]]; then
    local key
    for key in OSS_ENDPOINT OSS_ACCESS_KEY_ID OSS_ACCESS_KEY_SECRET; do
      if [[ -z ${!key} ]]; then problem "$key is not set (needed by $BACKUP_UPLOAD_TOOL in mode $BACKUP_MODE)"; fi
    done
  fi
}

find_tools() {
  local tool missing=''
  if [[ -n $PG_BIN_DIR ]]; then
    if [[ $PG_BIN_DIR == /* ]]; then PATH=$PG_BIN_DIR:$PATH; else problem "PG_BIN_DIR must be an absolute path, not '$PG_BIN_DIR'"; fi
  fi
  local -a tools=(flock setpriv timeout tee sha256sum md5sum sync df stat mkfifo pg_dump pg_restore)
  if [[ $INCLUDE_GLOBALS == true ]]; then tools+=(pg_dumpall); fi
  if [[ $CHECK_ONLY == true ]]; then tools+=(psql); fi
  if uploads; then tools+=("$BACKUP_UPLOAD_TOOL"); fi
  for tool in "${tools[@]}"; do
    # With PG_BIN_DIR set, another version elsewhere in PATH must not step in silently.
    if [[ -n $PG_BIN_DIR && $tool == p[gs]* ]]; then
      if [[ ! -x $PG_BIN_DIR/$tool ]]; then missing+=" $tool (in PG_BIN_DIR $PG_BIN_DIR)"; fi
    elif ! type -P "$tool" >/dev/null; then
      missing+=" $tool"
    fi
  done
  REPLY=${missing# }
}

# ---------------------------------------------------------------- text as bytes: file names and JSON

utf8_length() { # utf8_length TEXT INDEX: sets REPLY to the length of the valid non-ASCII sequence there, or 0
  local i=$2 n lead low=128 high=191 byte k
  REPLY=0
  printf -v lead '%d' "'${1:i:1}"
  lead=$((lead & 255))
  if ((lead >= 0xC2 && lead <= 0xDF)); then n=2
  elif ((lead >= 0xE0 && lead <= 0xEF)); then n=3
  elif ((lead >= 0xF0 && lead <= 0xF4)); then n=4
  else return 0; fi
  # Overlong forms, surrogates and what lies beyond U+10FFFF are no UTF-8.
  case $lead in 224) low=160 ;; 237) high=159 ;; 240) low=144 ;; 244) high=143 ;; esac
  for ((k = 1; k < n; k++)); do
    if [[ -z ${1:i+k:1} ]]; then return 0; fi
    printf -v byte '%d' "'${1:i+k:1}"
    byte=$((byte & 255))
    if ((byte < low || byte > high)); then return 0; fi
    low=128 high=191
  done
  REPLY=$n
}

safe_name() { # safe_name TEXT: sets REPLY to a file name made of it; see --help for the rule
  local text=$1 out='' c i length hash
  for ((i = 0; i < ${#text}; i += length)); do
    c=${text:i:1} length=1
    if [[ $c != [A-Za-z0-9._-] ]]; then
      utf8_length "$text" "$i"
      if ((REPLY > 0)); then length=$REPLY c=${text:i:length}; else c=_; fi
    fi
    if ((i == 0)) && [[ $c == [.-] ]]; then c=_; fi
    if ((${#out} + ${#c} > 100)); then break; fi
    out+=$c
  done
  if [[ $out != "$text" ]]; then
    hash=$(printf '%s' "$text" | sha256sum)
    out+=-${hash:0:8}
  fi
  REPLY=$out
}

json() { # json TEXT: sets REPLY to it as a JSON string, or to null where it is empty
  local text=$1 out='' c i length escaped
  if [[ -z $text ]]; then REPLY=null; return 0; fi
  for ((i = 0; i < ${#text}; i += length)); do
    c=${text:i:1} length=1
    case $c in
      '"' | \\) out+=\\$c ;;
      $'\n') out+='\n' ;;
      $'\t') out+='\t' ;;
      [[:cntrl:]]) printf -v escaped '\\u%04x' "'$c"; out+=$escaped ;;
      [\ -~]) out+=$c ;;
      *)
        utf8_length "$text" "$i"
        if ((REPLY > 0)); then length=$REPLY; out+=${text:i:length}; else out+='\ufffd'; fi ;;
    esac
  done
  REPLY="\"$out\""
}

conninfo_value() { # conninfo_value TEXT: sets REPLY to it quoted for libpq
  REPLY=${1//\\/\\\\}
  REPLY="'${REPLY//\'/\\\'}'"
}

# ---------------------------------------------------------------- child processes

remaining() { local now; printf -v now '%(%s)T' -1; REPLY=$((DEADLINE - now)); }

# A child never outlives this script: `timeout` gives it a process group and ends the group when the time is up or
# when it is told to stop, and the kernel tells it to stop should this script be killed. Children keep the lock's
# descriptor, so that even without that help of the kernel a second run can't start beside a leftover of the first.
start() { # start LABEL STDIN STDOUT COMMAND...: sets LAST_PID; its stderr goes to LABEL.err
  local label=$1 in=$2 out=$3 REPLY
  shift 3
  remaining
  if ((REPLY <= 0)); then time_is_up; fi
  (
    trap - ERR
    cd -- "$RUN_DIR" # tools that leave files in the current folder leave them there
    if ((${#TOOL_ENV[@]})) && [[ $1 == rclone ]]; then export "${TOOL_ENV[@]}"; fi
    if [[ $DIES_WITH_US == true ]]; then
      exec setpriv --pdeathsig TERM timeout --kill-after=10 "$REPLY" setpriv --pdeathsig KILL "$@"
    fi
    exec timeout --kill-after=10 "$REPLY" "$@"
  ) <"$in" >"$out" 2>"$RUN_DIR/$label.err" &
  LAST_PID=$!
  CHILDREN+=("$LAST_PID")
}

finish() { # finish PID: its exit code
  local pid=$1 rc=0 child
  local -a left=()
  wait "$pid" || rc=$?
  for child in "${CHILDREN[@]}"; do if [[ $child != "$pid" ]]; then left+=("$child"); fi; done
  CHILDREN=(${left[@]+"${left[@]}"})
  return "$rc"
}

run() { # run LABEL STDOUT COMMAND...
  local label=$1 out=$2 rc=0
  shift 2
  start "$label" /dev/null "$out" "$@"
  finish "$LAST_PID" || rc=$?
  log_stderr_of "$label"
  if ((rc == 124)); then time_is_up; fi
  return "$rc"
}

time_is_up() {
  local text="TIME_LIMIT: the run took longer than BACKUP_TIMEOUT_SECONDS=$BACKUP_TIMEOUT_SECONDS"
  if [[ $LOCAL_IS_GOOD == true ]]; then fail 4 "$text while uploading; the local copy is good"; fi
  fail 1 "$text"
}

stop_children() {
  local pid tries
  for pid in ${CHILDREN[@]+"${CHILDREN[@]}"}; do kill -TERM "$pid"; done
  for pid in ${CHILDREN[@]+"${CHILDREN[@]}"}; do
    for ((tries = 0; tries < 50; tries++)); do
      kill -0 "$pid" || break
      sleep 0.1
    done
    kill -KILL -- "-$pid" || true
    wait "$pid"
  done
  CHILDREN=()
} 2>/dev/null

# ---------------------------------------------------------------- the report

stamp_run() {
  printf -v START_EPOCH '%(%s)T' -1
  local stamp
  printf -v stamp '%(%Y%m%dT%H%M%SZ)T' "$START_EPOCH"
  STEM=${SAFE_DB}_${stamp}_$SAFE_HOST
}

# Two short runs within one second would share their names; the second waits for the next second.
claim_stem() {
  stamp_run
  while compgen -G "$(glob_quote "$BACKUP_BASE_DIR/data/$STEM")*" >/dev/null ||
    compgen -G "$(glob_quote "$BACKUP_BASE_DIR/reports/$STEM")*" >/dev/null; do
    sleep 0.1
    stamp_run
  done
}

glob_quote() { local t=${1//\\/\\\\}; t=${t//\*/\\*}; t=${t//\?/\\?}; printf '%s' "${t//\[/\\[}"; }

render_report() { # render_report STATUS ERROR
  local now started finished url separator='' REPLY
  printf -v now '%(%s)T' -1
  if ((now < START_EPOCH)); then now=$START_EPOCH; fi # the clock was set back meanwhile
  printf -v started '%(%Y-%m-%dT%H:%M:%SZ)T' "$START_EPOCH"
  printf -v finished '%(%Y-%m-%dT%H:%M:%SZ)T' "$now"
  printf '{\n'
  json "${PG_DATABASE:-(unset)}"; printf '  "database": %s,\n' "$REPLY"
  json "$REPORT_HOST"; printf '  "host": %s,\n' "$REPLY"
  printf '  "port": "%s",\n  "startedAt": "%s",\n  "finishedAt": "%s",\n' "$PG_PORT" "$started" "$finished"
  printf '  "durationSeconds": %d,\n  "mode": "%s",\n  "tool": "pg_dump",\n' "$((now - START_EPOCH))" "$BACKUP_MODE"
  redact "$2"; json "$REPLY"; printf '  "status": "%s",\n  "errorMessage": %s,\n' "$1" "$REPLY"
  printf '  "local": {\n'
  json "$LOCAL_FILE"; printf '    "file": %s,\n' "$REPLY"
  json "$GLOBALS_FILE"; printf '    "globalsFile": %s,\n' "$REPLY"
  json "$CHECKSUM"; printf '    "checksumSha256": %s,\n    "sizeBytes": %s\n  },\n' "$REPLY" "${SIZE_BYTES:-null}"
  printf '  "remote": {\n    "urls": ['
  for url in ${URLS[@]+"${URLS[@]}"}; do json "$url"; printf '%s\n      %s' "$separator" "$REPLY"; separator=,; done
  printf '%s]\n  }\n}\n' "${separator:+$'\n    '}"
}

draft_report() { # draft_report STATUS ERROR: leaves the synced <stem>.json.partial
  local draft=$BACKUP_BASE_DIR/reports/$STEM.json.partial
  mkdir -p -- "$BACKUP_BASE_DIR/reports" && render_report "$1" "$2" >"$draft" && sync -- "$draft"
}

publish_report() {
  local final=$BACKUP_BASE_DIR/reports/$STEM.json
  mv -T -- "$final.partial" "$final" && sync -- "$BACKUP_BASE_DIR/reports"
}

# ---------------------------------------------------------------- however it ends

on_error() { # an unforeseen command failed: say where, so that it can be mended
  if [[ -z $FAILURE ]]; then FAILURE="INTERNAL_ERROR: '$1' failed with $3 at line $2"; fi
}

on_signal() { # on_signal NAME EXIT_CODE
  if [[ $LOCAL_IS_GOOD == true ]]; then FAILURE="CANCELED: stopped by SIG$1 while uploading; the local copy is good"
  else FAILURE="CANCELED: stopped by SIG$1"; fi
  exit "$2"
}

on_exit() {
  local rc=$?
  trap '' INT TERM HUP
  trap - EXIT ERR
  set +e
  stop_children
  if ((rc != 0)) && [[ -n $FAILURE ]]; then log ERROR "$FAILURE"; fi
  if ((rc != 0)) && [[ $LOCAL_IS_GOOD != true ]]; then
    rm -f -- ${OWN_PARTIALS[@]+"${OWN_PARTIALS[@]}"}
    LOCAL_FILE='' GLOBALS_FILE='' CHECKSUM='' SIZE_BYTES=''
  fi
  if [[ $WRITES_REPORT == true ]]; then
    if ((rc == 0)); then rc=1; FAILURE=${FAILURE:-INTERNAL_ERROR: the run ended early}; fi
    if ! { draft_report FAILED "${FAILURE:-INTERNAL_ERROR: exit $rc}" && publish_report; } 2>/dev/null; then
      log ERROR "REPORT_FAILED: no report could be written to $BACKUP_BASE_DIR/reports"
    fi
  fi
  if [[ -n $RUN_DIR ]]; then rm -rf -- "$RUN_DIR"; fi
  if [[ -n $LOCK_FD ]]; then : >"$LOCK_FILE"; fi 2>/dev/null
  exit "$rc"
}

# ---------------------------------------------------------------- one run at a time, and what a killed one left

own_file() { # own_file PATH: is it a file of this database that this script made on this host? Sets OWN_STAMP, OWN_TAIL
  local rest=${1##*/}
  if [[ ! -f $1 || -L $1 || $rest != "$SAFE_DB"_* ]]; then return 1; fi
  rest=${rest#"$SAFE_DB"_}
  OWN_STAMP=${rest:0:16} OWN_TAIL=${rest:16}
  # The host must match in full, or the database "shop" would claim the files of "shop_20260101T000000Z_x".
  if ! [[ $OWN_STAMP =~ ^[0-9]{8}T[0-9]{6}Z$ && $OWN_TAIL == "_$SAFE_HOST"* ]]; then return 1; fi
  OWN_TAIL=${OWN_TAIL#"_$SAFE_HOST"}
  case $OWN_TAIL in
    .dump | .dump.sha256 | _globals.sql | _globals.sql.sha256 | .json) ;;
    .dump.partial | .dump.sha256.partial | _globals.sql.partial | _globals.sql.sha256.partial | .json.partial) ;;
    *) return 1 ;;
  esac
}

take_lock() {
  LOCK_FILE=$BACKUP_BASE_DIR/locks/$SAFE_DB.lock
  local fd
  exec {fd}>>"$LOCK_FILE"
  if ! flock -n "$fd"; then
    WRITES_REPORT=false # the running one writes its own
    fail 3 "ALREADY_RUNNING: another run is backing up the database '$PG_DATABASE'"
  fi
  LOCK_FD=$fd
}

clean_after_killed_run() { # only with the lock: whoever left these is gone
  local file stem old_dir='' old_stem='' old_epoch=''
  { IFS= read -r old_dir && IFS= read -r old_stem && IFS= read -r old_epoch; } <"$LOCK_FILE" || true
  if [[ $old_dir == */ops-backup.???????? && -d $old_dir && ! -L $old_dir && -O $old_dir ]]; then rm -rf -- "$old_dir"; fi
  for file in "$BACKUP_BASE_DIR/data/$SAFE_DB"_* "$BACKUP_BASE_DIR/reports/$SAFE_DB"_*; do
    if ! own_file "$file"; then continue; fi
    stem=${SAFE_DB}_${OWN_STAMP}_$SAFE_HOST
    case $OWN_TAIL in
      *.partial) ;;
      .dump | .json) continue ;;
      *) # companions are renamed before their dump: without dump and report nobody vouches for them
        if [[ -e $BACKUP_BASE_DIR/data/$stem.dump || -e $BACKUP_BASE_DIR/reports/$stem.json ]]; then continue; fi ;;
    esac
    log WARN "removing $file, left by a run that was killed"
    rm -f -- "$file"
  done
  if [[ $old_stem == "$SAFE_DB"_*_"$SAFE_HOST" && $old_stem != */* && $old_epoch =~ ^[0-9]{1,12}$ && ! -e $BACKUP_BASE_DIR/reports/$old_stem.json ]]; then
    report_killed_run "$old_stem" "$old_epoch"
  fi
}

report_killed_run() { # report_killed_run STEM EPOCH: it could not say so itself
  local STEM=$1 START_EPOCH=$2 LOCAL_FILE='' GLOBALS_FILE='' CHECKSUM='' SIZE_BYTES='' base=$BACKUP_BASE_DIR/data/$1
  local text='ABANDONED: the run was killed before it ended'
  if [[ -f $base.dump && -f $base.dump.sha256 ]]; then
    LOCAL_FILE=$base.dump
    if [[ -f ${base}_globals.sql ]]; then GLOBALS_FILE=${base}_globals.sql; fi
    read -r CHECKSUM _ <"$base.dump.sha256"
    SIZE_BYTES=$(stat -c %s -- "$base.dump")
    text+=' its upload; the local copy is good'
  fi
  draft_report FAILED "$text"
  publish_report
  log WARN "$text: $STEM"
}

# ---------------------------------------------------------------- steps of a backup

newest_dump() { # newest_dump: sets REPLY to the newest own dump, or to nothing
  local file newest='' newest_stamp=''
  for file in "$BACKUP_BASE_DIR/data/$SAFE_DB"_*.dump; do
    if own_file "$file" && [[ $OWN_TAIL == .dump && $OWN_STAMP > $newest_stamp ]]; then newest=$file newest_stamp=$OWN_STAMP; fi
  done
  REPLY=$newest
}

free_bytes() { # free_bytes FOLDER
  local -a lines
  mapfile -t lines < <(df -B1 --output=avail -- "$1")
  REPLY=${lines[1]//[[:space:]]/}
}

check_capacity() {
  local newest last free
  newest_dump
  newest=$REPLY
  if [[ -z $newest ]]; then return 0; fi
  last=$(stat -c %s -- "$newest")
  free_bytes "$BACKUP_BASE_DIR/data"
  free=$REPLY
  if ((free < last * 12 / 10)); then
    fail 1 "DISK_FULL: $BACKUP_BASE_DIR/data has $free bytes free, and 1.2 times the last dump ($last bytes) is $((last * 12 / 10))"
  fi
}

make_run_dir() {
  RUN_DIR=$(mktemp -d -- "${TMPDIR:-/tmp}/ops-backup.XXXXXXXX")
  if [[ -n $LOCK_FD ]]; then printf '%s\n%s\n%s\n' "$RUN_DIR" "$STEM" "$START_EPOCH" >"$LOCK_FILE"; fi
  if [[ -n $PGPASSWORD ]]; then
    local escaped=${PGPASSWORD//\\/\\\\}
    printf '*:*:*:*:%s\n' "${escaped//:/\\:}" >"$RUN_DIR/pgpass"
    export PGPASSFILE=$RUN_DIR/pgpass
  elif [[ -n $PGPASSFILE ]]; then
    export PGPASSFILE
  else
    unset PGPASSFILE # libpq then looks where it always looks
  fi
  export PGCONNECT_TIMEOUT=$BACKUP_CONNECT_TIMEOUT_SECONDS
  local host user database
  conninfo_value "$PG_HOST"; host=$REPLY
  conninfo_value "$PG_USER"; user=$REPLY
  conninfo_value "$PG_DATABASE"; database=$REPLY
  CONNINFO="host=$host port=$PG_PORT user=$user dbname=$database application_name=ops-backup"
}

dump() {
  local partial=$BACKUP_BASE_DIR/data/$STEM.dump.partial dump_rc=0 tee_rc=0 hash_rc=0 dump_pid tee_pid hash_pid
  OWN_PARTIALS+=("$partial")
  mkfifo -- "$RUN_DIR/archive" "$RUN_DIR/hashed"
  log INFO "dumping '$PG_DATABASE' from $PG_HOST:$PG_PORT to $BACKUP_BASE_DIR/data/$STEM.dump"
  # tee must stop at the first failed write: by default it would go on feeding the hash while the disk is full.
  start sha256sum "$RUN_DIR/hashed" "$RUN_DIR/sha256" sha256sum
  hash_pid=$LAST_PID
  start tee "$RUN_DIR/archive" "$RUN_DIR/hashed" tee --output-error=exit -- "$partial"
  tee_pid=$LAST_PID
  start pg_dump /dev/null "$RUN_DIR/archive" pg_dump -Fc -Z "$BACKUP_COMPRESSION_LEVEL" -w \
    --lock-wait-timeout="${BACKUP_LOCK_WAIT_SECONDS}s" --dbname="$CONNINFO"
  dump_pid=$LAST_PID
  finish "$dump_pid" || dump_rc=$?
  finish "$tee_pid" || tee_rc=$?
  finish "$hash_pid" || hash_rc=$?
  log_stderr_of pg_dump
  log_stderr_of tee
  log_stderr_of sha256sum
  if ((dump_rc == 124 || tee_rc == 124 || hash_rc == 124)); then time_is_up; fi
  if ((tee_rc != 0)); then
    last_words tee
    if [[ $REPLY == *'No space left'* || $REPLY == *'quota exceeded'* ]]; then fail 1 "DISK_FULL: $REPLY"; fi
    if ((dump_rc == 0 || dump_rc == 141)); then fail 1 "WRITE_FAILED: $REPLY"; fi
  fi
  if ((dump_rc != 0)); then
    last_words pg_dump
    case $REPLY in
      # pg_dump waits for its locks under a statement timeout, and sets none for anything else
      *'lock timeout'* | *'statement timeout'*) fail 1 "LOCK_TIMEOUT: a table stayed locked for more than ${BACKUP_LOCK_WAIT_SECONDS} s: $REPLY" ;;
      *) fail 1 "PG_DUMP_FAILED: pg_dump ended with $dump_rc: $REPLY" ;;
    esac
  fi
  if ((hash_rc != 0)); then last_words sha256sum; fail 1 "CHECKSUM_FAILED: $REPLY"; fi
  read -r CHECKSUM _ <"$RUN_DIR/sha256"
  if ! [[ $CHECKSUM =~ ^[0-9a-f]{64}$ ]]; then fail 1 'CHECKSUM_FAILED: sha256sum gave no checksum'; fi
  SIZE_BYTES=$(stat -c %s -- "$partial")
  # pg_restore -l passes truncated archives; only a full read notices.
  if ! run pg_restore /dev/null pg_restore -f /dev/null -- "$partial"; then
    last_words pg_restore
    fail 1 "VERIFICATION_FAILED: the archive can't be read back: $REPLY"
  fi
  sync_file "$partial"
  write_checksum "$STEM.dump" "$CHECKSUM"
}

sync_file() { if ! run sync /dev/null sync -- "$1"; then last_words sync; fail 1 "WRITE_FAILED: $REPLY"; fi; }

write_checksum() { # write_checksum NAME HEX: <name>.sha256.partial, in sha256sum's own format
  local partial=$BACKUP_BASE_DIR/data/$1.sha256.partial
  OWN_PARTIALS+=("$partial")
  if ! printf '%s  %s\n' "$2" "$1" >"$partial"; then fail 1 "DISK_FULL: $partial could not be written"; fi
  sync_file "$partial"
}

dump_globals() {
  local partial=$BACKUP_BASE_DIR/data/${STEM}_globals.sql.partial hash
  local -a options=(--globals-only -w --lock-wait-timeout="${BACKUP_LOCK_WAIT_SECONDS}s")
  if [[ $GLOBALS_NO_ROLE_PASSWORDS == true ]]; then options+=(--no-role-passwords); fi
  OWN_PARTIALS+=("$partial")
  if ! run pg_dumpall "$partial" pg_dumpall "${options[@]}" --dbname="$CONNINFO"; then
    last_words pg_dumpall
    fail 1 "GLOBALS_FAILED: pg_dumpall: $REPLY"
  fi
  # It writes plain text, which looks whole wherever it ends; its last line is the only proof.
  if [[ $(tail -n 5 -- "$partial") != *'database cluster dump complete'* ]]; then
    fail 1 'GLOBALS_FAILED: the file of pg_dumpall is not complete'
  fi
  sync_file "$partial"
  hash=$(sha256sum <"$partial")
  write_checksum "${STEM}_globals.sql" "${hash%% *}"
}

publish_files() { # the dump comes last: it never stands without what belongs to it
  local data=$BACKUP_BASE_DIR/data name
  local -a names=()
  if [[ $INCLUDE_GLOBALS == true ]]; then names+=("${STEM}_globals.sql.sha256" "${STEM}_globals.sql"); fi
  names+=("$STEM.dump.sha256" "$STEM.dump")
  for name in "${names[@]}"; do
    OWN_PARTIALS+=("$data/$name") # a run that ends halfway through leaves none of them
    mv -T -- "$data/$name.partial" "$data/$name"
  done
  sync_file "$data"
  LOCAL_FILE=$data/$STEM.dump
  if [[ $INCLUDE_GLOBALS == true ]]; then GLOBALS_FILE=$data/${STEM}_globals.sql; fi
  LOCAL_IS_GOOD=true
}

# ---------------------------------------------------------------- upload

prepare_upload() { # credentials go into 0600 files of the private folder, never into arguments
  if [[ $BACKUP_UPLOAD_TOOL == rclone ]]; then
    if [[ -z $RCLONE_REMOTE ]]; then
      RCLONE_REMOTE=ops_backup_oss RCLONE_CONFIG=$RUN_DIR/rclone.conf
      {
        printf '[ops_backup_oss]\ntype = s3\nprovider = Alibaba\nendpoint = %s\n' "$OSS_ENDPOINT"
        printf 'access_key_id = %s\nsecret_access_key = %s\n' "$OSS_ACCESS_KEY_ID" "$OSS_ACCESS_KEY_SECRET"
        if [[ -n $OSS_SESSION_TOKEN ]]; then printf 'session_token = %s\n' "$OSS_SESSION_TOKEN"; fi
        printf 'no_check_bucket = true\n' # a least-privilege user may not create buckets
      } >"$RCLONE_CONFIG"
    fi
    REMOTE_BASE=$RCLONE_REMOTE
    case $REMOTE_BASE in
      *: | *:*/) ;;
      *:*) REMOTE_BASE+=/ ;;
      *) REMOTE_BASE+=: ;;
    esac
    REMOTE_BASE+=$OSS_BUCKET/$OSS_PREFIX
  elif [[ -z $OSS_CONFIG_FILE ]]; then
    OSS_CONFIG_FILE=$RUN_DIR/ossutil.conf
    local region=$OSS_REGION section
    if [[ -z $region && $OSS_ENDPOINT =~ oss-([a-z0-9-]+)\.aliyuncs\.com ]]; then region=${BASH_REMATCH[1]%-internal}; fi
    for section in Credentials default; do # ossutil 1 reads the first, ossutil 2 the second
      printf '[%s]\nlanguage=EN\nendpoint=%s\n' "$section" "$OSS_ENDPOINT"
      printf 'accessKeyID=%s\naccessKeySecret=%s\n' "$OSS_ACCESS_KEY_ID" "$OSS_ACCESS_KEY_SECRET"
      if [[ -n $OSS_SESSION_TOKEN ]]; then printf 'stsToken=%s\n' "$OSS_SESSION_TOKEN"; fi
      if [[ -n $region ]]; then printf 'region=%s\n' "$region"; fi
    done >"$OSS_CONFIG_FILE"
  fi
}

rclone_run() { # rclone_run STDOUT COMMAND ARGUMENT...
  local out=$1
  shift
  local -a config=()
  if [[ -n $RCLONE_CONFIG ]]; then config=(--config "$RCLONE_CONFIG"); fi
  run rclone "$out" rclone ${config[@]+"${config[@]}"} --retries 1 "$@"
}

ossutil_run() { # ossutil_run STDOUT COMMAND ARGUMENT...
  local out=$1
  shift
  run ossutil "$out" ossutil "$@" -c "$OSS_CONFIG_FILE"
}

# A tool's exit code says that it believes to have uploaded; the store is asked what it holds.
compare_copy() { # compare_copy SIZE MD5 WANTED_SIZE FILE
  local hash
  if [[ $1 != "$3" ]]; then REPLY="the store holds ${1:-no} bytes, not $3"; return 1; fi
  # Copies in several parts have no MD5; the tools check those part by part as they upload.
  if [[ $2 =~ ^[0-9a-fA-F]{32}$ ]]; then
    hash=$(md5sum <"$4")
    if [[ ${2,,} != "${hash%% *}" ]]; then REPLY="the store's MD5 is ${2,,}, not ${hash%% *}"; return 1; fi
    log INFO 'the store confirms size and MD5'
  else
    log INFO 'the store confirms the size (it gives no MD5)'
  fi
}

copy_with_rclone() { # copy_with_rclone FILE NAME
  local wanted size md5='' hash line target=$REMOTE_BASE$2
  wanted=$(stat -c %s -- "$1")
  # Without --ignore-times a second attempt would take a damaged copy of the same size for done.
  if ! rclone_run /dev/null copyto --ignore-times -- "$1" "$target"; then last_words rclone; return 1; fi
  if ! rclone_run "$RUN_DIR/listed" lsf --files-only --format s -- "$target"; then last_words rclone; return 1; fi
  read -r size <"$RUN_DIR/listed" || size=''
  if [[ $BACKUP_UPLOAD_VERIFY == download ]]; then
    if [[ $size != "$wanted" ]]; then REPLY="the store holds ${size:-no} bytes, not $wanted"; return 1; fi
    read_back_with_rclone "$1" "$target"
    return
  fi
  if rclone_run "$RUN_DIR/listed" lsf --files-only --format h --hash MD5 -- "$target"; then
    read -r line <"$RUN_DIR/listed" || line=''
    md5=$line
  fi
  compare_copy "$size" "$md5" "$wanted" "$1"
}

read_back_with_rclone() { # read_back_with_rclone FILE TARGET
  local here there fifo=$RUN_DIR/download hash_pid rc=0
  rm -f -- "$fifo"
  mkfifo -- "$fifo"
  start readback "$fifo" "$RUN_DIR/remote.sha256" sha256sum
  hash_pid=$LAST_PID
  rclone_run "$fifo" cat -- "$2" || rc=$?
  finish "$hash_pid" || rc=$?
  if ((rc != 0)); then last_words rclone; return 1; fi
  here=$(sha256sum <"$1")
  there=$(<"$RUN_DIR/remote.sha256")
  if [[ ${here%% *} != "${there%% *}" ]]; then REPLY="what the store gives back has the SHA-256 ${there%% *}"; return 1; fi
  log INFO 'the copy was read back and has the same SHA-256'
}

copy_with_ossutil() { # copy_with_ossutil FILE NAME
  local wanted line size='' md5='' target=oss://$OSS_BUCKET/$OSS_PREFIX$2
  wanted=$(stat -c %s -- "$1")
  if ! ossutil_run /dev/null cp "$1" "$target" -f --checkpoint-dir "$RUN_DIR/checkpoint"; then last_words ossutil; return 1; fi
  if ! ossutil_run "$RUN_DIR/listed" stat "$target"; then last_words ossutil; return 1; fi
  while IFS= read -r line; do
    line=${line//[[:space:]\"]/}
    case ${line,,} in
      content-length:*) size=${line#*:} ;;
      etag:*) md5=${line#*:} ;;
    esac
  done <"$RUN_DIR/listed"
  compare_copy "$size" "$md5" "$wanted" "$1"
}

upload() { # upload FILE NAME: as often as the settings allow
  local attempt pause=$BACKUP_UPLOAD_RETRY_SECONDS
  for ((attempt = 1; ; attempt++)); do
    log INFO "uploading $2 with $BACKUP_UPLOAD_TOOL, attempt $attempt of $BACKUP_UPLOAD_ATTEMPTS"
    if "copy_with_$BACKUP_UPLOAD_TOOL" "$1" "$2"; then return 0; fi
    log WARN "upload of $2, attempt $attempt: $REPLY"
    if ((attempt >= BACKUP_UPLOAD_ATTEMPTS)); then
      fail 4 "UPLOAD_FAILED: $2 after $attempt attempts; the local copy is good and stays: $REPLY"
    fi
    run pause /dev/null sleep "$pause"
    pause=$((pause * 2 > 300 ? 300 : pause * 2))
  done
}

upload_files() {
  local data=$BACKUP_BASE_DIR/data name
  local -a names=("$STEM.dump" "$STEM.dump.sha256")
  if [[ $INCLUDE_GLOBALS == true ]]; then names+=("${STEM}_globals.sql" "${STEM}_globals.sql.sha256"); fi
  for name in "${names[@]}"; do
    upload "$data/$name" "$name"
    URLS+=("oss://$OSS_BUCKET/$OSS_PREFIX$name")
  done
}

draft_success_report() {
  # In mode oss no local file will be left. Size and checksum stay: they describe the backup, wherever it is.
  if [[ $BACKUP_MODE == oss ]]; then local LOCAL_FILE='' GLOBALS_FILE=''; fi
  draft_report SUCCESS ''
}

remove_local_copy() {
  local name
  for name in "$STEM.dump" "$STEM.dump.sha256" "${STEM}_globals.sql" "${STEM}_globals.sql.sha256"; do
    rm -f -- "$BACKUP_BASE_DIR/data/$name" || log WARN "$BACKUP_BASE_DIR/data/$name is in the bucket, but could not be removed here"
  done
}

# ---------------------------------------------------------------- retention

# By the time in the name: an mtime changes with every copy. Reports stay, they are the history. What is older in
# the bucket is the business of the bucket's lifecycle rule.
apply_retention() {
  local file stem newest now cutoff port_line host_line report
  printf -v now '%(%s)T' -1
  printf -v cutoff '%(%Y%m%dT%H%M%SZ)T' "$((now - RETENTION_DAYS * 86400))"
  newest_dump
  newest=${REPLY##*/}
  newest=${newest%.dump}
  json "$REPORT_HOST"
  host_line="  \"host\": $REPLY,"
  port_line="  \"port\": \"$PG_PORT\","
  for file in "$BACKUP_BASE_DIR/data/$SAFE_DB"_*; do
    if ! own_file "$file" || [[ $OWN_TAIL == *.partial || $OWN_STAMP > $cutoff ]]; then continue; fi
    stem=${SAFE_DB}_${OWN_STAMP}_$SAFE_HOST
    if [[ $stem == "$newest" || $stem == "$STEM" ]]; then continue; fi
    report=$BACKUP_BASE_DIR/reports/$stem.json
    # A database of the same name on another server may share the folder; its last good backup is not ours to count.
    if [[ -f $report ]] && ! { grep -qxF -- "$host_line" "$report" && grep -qxF -- "$port_line" "$report"; }; then continue; fi
    if rm -f -- "$file"; then log INFO "retention: removed $file"; else log WARN "retention: $file could not be removed"; fi
  done
}

# ---------------------------------------------------------------- --check and the run

nearest_folder() { # nearest_folder PATH: sets REPLY to it or the nearest folder above it that exists
  REPLY=$1
  while [[ ! -d $REPLY ]]; do REPLY=${REPLY%/*}; REPLY=${REPLY:-/}; done
}

check() {
  local folder server client newest wrong=false
  for folder in "$BACKUP_BASE_DIR" "$BACKUP_LOG_DIR"; do
    nearest_folder "$folder"
    if [[ ! -w $REPLY ]]; then log ERROR "$folder can't be written by $(id -un)"; wrong=true; fi
  done
  make_run_dir
  if ! run psql "$RUN_DIR/server" psql -X -w -A -t -F ' ' --dbname="$CONNINFO" -c \
    "select current_setting('server_version'), pg_database_size(current_database())"; then
    last_words psql
    fail 1 "CONNECT_FAILED: $REPLY"
  fi
  read -r server <"$RUN_DIR/server"
  log INFO "connected to '$PG_DATABASE' at $PG_HOST:$PG_PORT as $PG_USER: server and size in bytes: $server"
  client=$(pg_dump --version)
  log INFO "client: $client"
  client=${client#*) }
  if ((${client%%[!0-9]*} < ${server%%[!0-9]*})); then
    log ERROR 'pg_dump is older than the server and would refuse: set PG_BIN_DIR'
    wrong=true
  fi
  nearest_folder "$BACKUP_BASE_DIR/data"
  free_bytes "$REPLY"
  log INFO "would write $BACKUP_BASE_DIR/data/${SAFE_DB}_<time>_$SAFE_HOST.dump; $REPLY bytes are free there"
  newest_dump
  newest=$REPLY
  if [[ -n $newest ]]; then log INFO "newest dump: $newest, $(stat -c %s -- "$newest") bytes"; fi
  if [[ $INCLUDE_GLOBALS == true ]]; then log INFO 'would dump roles and tablespaces beside it'; fi
  if uploads; then
    prepare_upload
    local rc=0
    if [[ $BACKUP_UPLOAD_TOOL == rclone ]]; then rclone_run /dev/null lsf --max-depth 1 -- "$REMOTE_BASE" || rc=$?
    else ossutil_run /dev/null ls "oss://$OSS_BUCKET/$OSS_PREFIX" --limited-num 1 || rc=$?; fi
    # rclone's 3: there is no such folder yet, which the first upload changes
    if ((rc != 0)) && ! { ((rc == 3)) && [[ $BACKUP_UPLOAD_TOOL == rclone ]]; }; then
      last_words "$BACKUP_UPLOAD_TOOL"
      log ERROR "oss://$OSS_BUCKET/$OSS_PREFIX can't be listed: $REPLY"
      wrong=true
    else
      log INFO "would upload to oss://$OSS_BUCKET/$OSS_PREFIX with $BACKUP_UPLOAD_TOOL$([[ $BACKUP_MODE == oss ]] && echo ' and remove the local files')"
    fi
  fi
  log INFO "would keep dumps for $RETENTION_DAYS days, and the newest always"
  if [[ $wrong == true ]]; then fail 1 'CHECK_FAILED: see above'; fi
  log INFO 'check passed; nothing was changed'
}

backup() {
  take_lock
  clean_after_killed_run
  claim_stem
  make_run_dir
  if uploads; then prepare_upload; fi
  check_capacity
  dump
  if [[ $INCLUDE_GLOBALS == true ]]; then dump_globals; fi
  publish_files
  if uploads; then upload_files; fi
  if ! draft_success_report; then fail 1 "REPORT_FAILED: $BACKUP_BASE_DIR/reports can't be written; the dump is good"; fi
  if uploads; then upload "$BACKUP_BASE_DIR/reports/$STEM.json.partial" "$STEM.json"; fi
  publish_report
  WRITES_REPORT=false
  if [[ $BACKUP_MODE == oss ]]; then remove_local_copy; fi
  log INFO "SUCCESS: $STEM.dump, $SIZE_BYTES bytes, SHA-256 $CHECKSUM"
  apply_retention
}

main() {
  if (($# > 1)); then usage >&2; exit 2; fi
  case ${1:-} in
    '') ;;
    --check) CHECK_ONLY=true ;;
    --help) usage; exit 0 ;;
    --version) printf 'db_backup.sh %s\n' "$VERSION"; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac

  trap on_exit EXIT
  trap 'on_error "$BASH_COMMAND" "$LINENO" "$?"' ERR
  trap 'on_signal HUP 129' HUP
  trap 'on_signal INT 130' INT
  trap 'on_signal TERM 143' TERM

  if setpriv --pdeathsig KILL true 2>/dev/null; then DIES_WITH_US=true; fi
  load_settings
  validate_settings
  # A local server is known by the name of its machine, or the reports of all hosts would say "localhost".
  case $PG_HOST in
    localhost | 127.* | ::1 | /* | @*) REPORT_HOST=$HOST_NAME ;;
    *) REPORT_HOST=$PG_HOST ;;
  esac
  safe_name "${PG_DATABASE:-(unset)}"
  SAFE_DB=$REPLY
  safe_name "${HOST_NAME%%.*}"
  SAFE_HOST=$REPLY
  printf -v START_EPOCH '%(%s)T' -1
  DEADLINE=$((START_EPOCH + BACKUP_TIMEOUT_SECONDS))

  if [[ $CHECK_ONLY == false ]]; then open_folders; fi
  find_tools
  local missing=$REPLY joined
  if ((${#PROBLEMS[@]})); then
    printf -v joined '%s; ' "${PROBLEMS[@]}"
    fail 2 "SETTINGS_INVALID: ${joined%; }"
  fi
  if [[ -n $missing ]]; then fail 2 "TOOL_MISSING: not found: $missing"; fi
  if [[ $CHECK_ONLY == true ]]; then check; else backup; fi
}

open_folders() { # as far as the settings are usable, so that even bad settings are reported where people look
  local folder
  if [[ $BASE_USABLE == true ]]; then
    for folder in data reports locks; do
      if ! mkdir -p -- "$BACKUP_BASE_DIR/$folder" 2>/dev/null || [[ ! -w $BACKUP_BASE_DIR/$folder ]]; then
        problem "BACKUP_BASE_DIR: the folder $BACKUP_BASE_DIR/$folder can't be written by $(id -un)"
      fi
    done
    if [[ -d $BACKUP_BASE_DIR/reports && -w $BACKUP_BASE_DIR/reports ]]; then
      claim_stem
      WRITES_REPORT=true
    fi
  fi
  if [[ $BACKUP_LOG_DIR == /?* ]] && mkdir -p -- "$BACKUP_LOG_DIR" 2>/dev/null && [[ -w $BACKUP_LOG_DIR ]]; then
    printf -v LOG_FILE '%s/backup_%(%Y-%m-%d)T.log' "$BACKUP_LOG_DIR" -1
  elif [[ $BACKUP_LOG_DIR == /?* ]]; then
    problem "BACKUP_LOG_DIR: the folder $BACKUP_LOG_DIR can't be written by $(id -un)"
  fi
}

main "$@"
