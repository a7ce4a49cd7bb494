# shellcheck shell=bash
# The demo of run.sh: a sample database, a backup of it through the HTTP API, and what came out. To be sourced; uses
# $root, $data, $logs and $port and is_running and give_up of run.sh, and say and die of common.sh.
# shellcheck disable=SC2154 # those variables are run.sh's

# fact NAME: how the embedded PostgreSQL is reached; the service writes this file.
fact() { jq -r --arg name "$1" '.[$name]' "$data/embedded-postgres.json"; }

# demo_psql DATABASE [ARGUMENT...]
demo_psql() {
  local database=$1
  shift
  PGPASSFILE=$data/embedded-postgres.pgpass PGCLIENTENCODING=UTF8 psql -X -q -w -v ON_ERROR_STOP=1 \
    -h "$(fact host)" -p "$(fact port)" -U "$(fact user)" -d "$database" "$@"
}

load_demo() {
  local exists
  exists=$(demo_psql postgres -At -c "SELECT 1 FROM pg_database WHERE datname = 'chinook'") || die "the embedded PostgreSQL can't be reached: see $logs/postgres.log."
  if [ "$exists" != 1 ]; then
    say "Loading the demo database chinook ..."
    # Under another name until it is whole: a load that was interrupted is simply done again.
    if ! {
      demo_psql postgres -c 'DROP DATABASE IF EXISTS chinook_loading' -c 'CREATE DATABASE chinook_loading' &&
        sed '1,/^\\c chinook;/d' "$root/samples/chinook.sql" | demo_psql chinook_loading --single-transaction -o /dev/null -f - &&
        demo_psql postgres -c 'ALTER DATABASE chinook_loading RENAME TO chinook'
    } 2> "$logs/demo.log"; then
      cat "$logs/demo.log" >&2
      die "the demo database could not be loaded; PostgreSQL's message is above."
    fi
  fi
}

# api METHOD PATH [BODY ON STDIN]: sets $status, $body and $location. A body goes by stdin: a password never stands in an argument.
api() {
  local method=$1 path=$2 headers answer
  local -a with_body=()
  [ "$method" = GET ] || with_body=(--header 'Content-Type: application/json' --data-binary @-)
  headers=$(mktemp)
  answer=$(curl --silent --show-error --max-time 60 --request "$method" --dump-header "$headers" --write-out '\n%{http_code}' \
    "${with_body[@]}" "http://127.0.0.1:$port$path") || {
    rm -f "$headers"
    # When it is just ending, its own last words say more.
    sleep 1
    is_running || give_up
    die "the service did not answer $method $path: see $logs/service.log."
  }
  status=${answer##*$'\n'}
  body=${answer%$'\n'*}
  location=$(sed -n 's/^[Ll]ocation: *\([^\r]*\)\r*$/\1/p' "$headers" | tail -n 1)
  rm -f "$headers"
}

# refused WHAT: prints the problem details of the answer.
refused() {
  printf '%s was refused (HTTP %s): %s\n' "$1" "$status" "$(jq -r '[.title, .detail, (.errors // empty | tostring)] | map(select(. != null)) | join(" - ")' <<< "$body" 2> /dev/null || printf '%s' "$body")" >&2
}

first_backup() {
  local path
  api POST /api/sources < <(jq -R --argjson port "$(fact port)" --arg user "$(fact user)" \
    '{name: "chinook", host: "127.0.0.1", port: $port, database: "chinook", user: $user, password: (split(":")[4:] | join(":"))}' "$data/embedded-postgres.pgpass")
  # 409: the last start told it already; the port may be another now.
  [ "$status" != 409 ] || api PUT /api/sources/chinook < <(jq -n --argjson port "$(fact port)" '{port: $port}')
  [[ $status == 2?? ]] || { refused "The source chinook" && return 1; }

  say "Asking for a backup of chinook: POST /api/backups"
  api POST /api/backups <<< '{"source":"chinook","description":"first backup by scripts/run.sh","includeGlobals":true}'
  [ "$status" = 202 ] || { refused "The backup" && return 1; }
  path=${location#http://*/}
  wait_for_backup "/${path#/}"
  show_backup
  [ "$(field status)" = SUCCESS ]
}

# field NAME: a field of the backup in $body, empty when it is null.
field() { jq -r --arg name "$1" '.[$name] // "" | tostring' <<< "$body"; }

wait_for_backup() {
  local seen="" now deadline=$((SECONDS + 600))
  while true; do
    api GET "$1"
    [ "$status" = 200 ] || die "the backup can't be read at $1 (HTTP $status): $body"
    now=$(field phase)
    now="$(field status)${now:+ ($now)}"
    [ "$now" = "$seen" ] || say "  $now"
    seen=$now
    case $(field status) in
      FAILED | CANCELED) return ;;
      # Stored whole; its first verification follows at once.
      SUCCESS) [ "$(jq '.verifications | length' <<< "$body")" -eq 0 ] || return 0 ;;
    esac
    is_running || give_up
    [ "$SECONDS" -lt "$deadline" ] || die "the backup did not end within 10 minutes: see $(field logFile)."
    sleep 0.3
  done
}

show_backup() {
  local detail=$body listed
  # As a list shows it: what the detail says is not yet what a frontend finds.
  api GET "/api/backups?database=chinook&total=false"
  listed=$(jq --arg id "$(jq -r .id <<< "$detail")" '.items[]? | select(.id == $id)' <<< "$body")
  [ -n "$listed" ] || die "the backup is not in the list GET /api/backups (HTTP $status): $body"
  body=$detail
  say ""
  # Columns are as wide as their content.
  jq -r 'def second: if . == null then . else sub("\\.[0-9]+"; "") | sub("\\+00:00$"; "Z") end;
    [["DATABASE", "STARTED", "FINISHED", "SECONDS", "MODE", "STATUS", "PROOF", "BYTES", "FILE"],
      [.database, (.startedAt | second), (.finishedAt | second), .durationSeconds, .mode, .status, .proof, .sizeBytes, (.localFile // "" | split("/") | last)]]
    | map(map(if . == null or . == "" then "-" else tostring end)) | . as $rows
    | [range(0; $rows[0] | length)] | map(. as $i | $rows | map(.[$i] | length) | max) as $width
    | ($rows[0], ($width | map("-" * .)), $rows[1])
    | to_entries | map(.value + " " * ($width[.key] - (.value | length))) | join("  ") | sub(" +$"; "")' <<< "$listed"
  say ""
  # Each file by its role, the dump first.
  jq -r '((.files // []) | map([(.role | tostring), .path])) + [["report", .reportFile], ["log", .logFile]]
    | map(select(.[1] != null and .[1] != "")) | unique_by(.[1])
    | sort_by(.[0] as $role | ["dump", "checksum", "globals", "instructions", "report", "log"] | index($role) // 9)[]
    | .[0] + " " * ([12 - (.[0] | length), 0] | max) + " " + .[1]' <<< "$body"
  if [ "$(field status)" != SUCCESS ]; then
    printf '\nThe backup ended as %s: %s\nWhat it did stands in its log: %s\n' "$(field status)" "$(field errorMessage)" "$(field logFile)" >&2
  fi
}
