#!/usr/bin/env bash
# Sets up, builds and starts the service with its embedded PostgreSQL, and makes a first backup through the HTTP API.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/common.sh
. "$root/scripts/common.sh"
# shellcheck source=scripts/first-backup.sh
. "$root/scripts/first-backup.sh"

usage() {
  cat << 'USAGE'
Usage: scripts/run.sh [--port PORT] [--data DIR] [--no-demo]

Installs what is missing (apt), builds, starts the service on 127.0.0.1 with a private PostgreSQL of its own, loads the
Chinook sample as a demo database, backs it up through the HTTP API, and shows the result. It then keeps running;
Ctrl-C stops all that it started. A second start finds the data of the first.

  --port PORT  the HTTP port (default 8080)
  --data DIR   where databases, backups and logs are kept
               (default: as root /var/lib/ops-backup, else ~/.local/share/ops-backup)
  --no-demo    start the service only: no demo database, no backup
  --help       this text
USAGE
}

port=8080
data=
demo=yes
while [ $# -gt 0 ]; do
  case $1 in
    --port | --data)
      [ $# -ge 2 ] || die "$1 needs a value; see --help."
      if [ "$1" = --port ]; then port=$2; else data=$2; fi
      shift 2
      ;;
    --port=*) port=${1#*=} && shift ;;
    --data=*) data=${1#*=} && shift ;;
    --no-demo) demo=no && shift ;;
    --help | -h) usage && exit 0 ;;
    *) die "unknown option $1; see --help." ;;
  esac
done

if [ -z "$data" ]; then
  if [ "$(id -u)" -eq 0 ]; then data=/var/lib/ops-backup; else data=${XDG_DATA_HOME:-${HOME:?}/.local/share}/ops-backup; fi
fi
logs=

check_port() {
  # 10#: a leading zero would make it octal.
  if ! [[ $port =~ ^[0-9]{1,5}$ ]] || ((10#$port < 1 || 10#$port > 65535)); then
    die "the port '$port' is not a number from 1 to 65535: choose another one with --port."
  fi
  port=$((10#$port))
  if [ "$(id -u)" -ne 0 ] && [ "$port" -lt "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" ]; then
    die "only root may listen on port $port: choose one from 1024 on with --port."
  fi
  if (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; then
    die "port $port on 127.0.0.1 is taken by another program: stop that one, or choose another port with --port."
  fi
}

check_data() {
  # As root others may pass through but not list: PostgreSQL runs as the user postgres there.
  local mask=077
  [ "$(id -u)" -ne 0 ] || mask=066
  if ! (umask "$mask" && mkdir -p "$data/logs") 2> /dev/null || ! [ -w "$data" ] || ! [ -w "$data/logs" ]; then
    die "the data folder $data can't be made or written by $(id -un): choose another one with --data."
  fi
  data=$(cd "$data" && pwd -P)
  logs=$data/logs
  if [ -e "$data/service.lock" ] && ! flock --nonblock "$data/service.lock" true; then
    die "the data folder $data is in use by another service (process $(cat "$data/service.lock")): stop that one, or choose another folder with --data."
  fi
  if [ "$(id -u)" -eq 0 ] && ! setpriv --reuid=postgres --regid=postgres --init-groups test -x "$data"; then
    die "as root PostgreSQL runs as the user postgres, who may not enter $data: choose another folder with --data, or open it with chmod o+x."
  fi
}

build() {
  say "Building (a first time takes about a minute) ..."
  # TERM: else the build sends control sequences to the terminal although its output goes to a file.
  if ! TERM=dumb dotnet build "$root/src/Ops.Backup.Api" -c Release --nologo -v quiet --disable-build-servers > "$logs/build.log" 2>&1; then
    tail -n 20 "$logs/build.log" >&2
    die "the build failed; its last lines are above, all of them in $logs/build.log."
  fi
}

service=
start() {
  say "Starting the service ..."
  # pdeathsig: also when this script is killed the service goes down in order, and its PostgreSQL with it.
  (
    cd "$root/src/Ops.Backup.Api"
    exec env \
      ASPNETCORE_URLS="http://127.0.0.1:$port" ConnectionStrings__OpsBackup= Service__DataFolder="$data" \
      Backup__DataFolder="$data/backups/data" Backup__ReportFolder="$data/backups/reports" Backup__LogFolder="$logs" \
      setpriv --pdeathsig TERM -- dotnet "$root/src/Ops.Backup.Api/bin/Release/net10.0/Ops.Backup.Api.dll"
  ) > "$logs/service.log" 2> "$logs/service-errors.log" &
  service=$!
}

is_running() { [ -n "$service" ] && kill -0 "$service" 2> /dev/null; }

# shellcheck disable=SC2317 # called by the trap
stop() {
  trap '' INT TERM HUP
  is_running || return 0
  say "Stopping ..."
  kill -TERM "$service"
  # It gives running jobs 70 seconds and then PostgreSQL 40.
  local deadline=$((SECONDS + 120))
  while is_running && [ "$SECONDS" -lt "$deadline" ]; do sleep 0.1; done
  ! is_running || kill -KILL "$service"
}

# The service ended by itself: pass on its reason and its exit code.
give_up() {
  local code=0
  wait "$service" || code=$?
  service=
  if [ "$code" -ge 2 ] && [ "$code" -le 4 ] && [ -s "$logs/service-errors.log" ]; then
    # It can't run here (2 configuration, 3 data folder or PostgreSQL, 4 database) and said in one line why and what to do.
    tail -n 1 "$logs/service-errors.log" >&2
  else
    tail -n 20 "$logs/service.log" "$logs/service-errors.log" >&2
    printf 'run.sh: the service ended with exit code %s; its last lines are above, all of them in %s.\n' "$code" "$logs/service.log" >&2
  fi
  [ "$code" -ne 0 ] || code=1
  exit "$code"
}

wait_until_ready() {
  local deadline=$((SECONDS + 180))
  until curl --silent --fail --max-time 5 --output /dev/null "http://127.0.0.1:$port/health/ready"; do
    is_running || give_up
    [ "$SECONDS" -lt "$deadline" ] || die "the service is not ready after 3 minutes: see $logs/service.log."
    sleep 0.3
  done
}

result=0
# A backup that failed stays a failure, however orderly the stop after it.
# shellcheck disable=SC2317 # called by the traps
leave() { exit $((result > 0 ? result : $1)); }
trap stop EXIT
trap 'leave 130' INT
trap 'leave 143' TERM HUP

check_port
use_dotnet
install_missing postgres-server=postgresql psql=postgresql-client pg_dump=postgresql-client zstd=zstd age=age rclone=rclone \
  curl=curl jq=jq setpriv=util-linux flock=util-linux
check_data
build
start
wait_until_ready

if [ "$demo" = yes ]; then
  load_demo
  first_backup || result=1
fi

say ""
say "Swagger    http://127.0.0.1:$port/swagger"
say "API        http://127.0.0.1:$port/api/backups"
say "Data       $data"
say "Log        $logs/service.log"
say ""
say "The service runs until you press Ctrl-C."
# A signal interrupts the wait and its trap exits; otherwise the service ended by itself.
give_up
