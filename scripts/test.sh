#!/usr/bin/env bash
# Builds everything with warnings as errors, checks the format, and runs all tests. The last line sums up.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/common.sh
. "$root/scripts/common.sh"

usage() {
  cat << 'USAGE'
Usage: scripts/test.sh [--filter EXPRESSION]

Installs what is missing (apt), builds with warnings as errors, checks the code's format and the shell scripts, and runs
every test: the .NET projects under tests/, then tests/host-script/*.bats, then tests/browser. The last line is "N passed, N failed"; the exit
code is 0 only when nothing failed and something ran.

  --filter EXPRESSION  only the .NET tests that 'dotnet test --filter' selects, for instance FullyQualifiedName~Embedded;
                       no format check, no bats, no browser
  --help               this text
USAGE
}

filter=
while [ $# -gt 0 ]; do
  case $1 in
    --filter)
      [ $# -ge 2 ] || die "--filter needs an expression; see --help."
      filter=$2
      shift 2
      ;;
    --filter=*) filter=${1#*=} && shift ;;
    --help | -h) usage && exit 0 ;;
    *) die "unknown option $1; see --help." ;;
  esac
done

passed=0 failed=0 skipped=0
totals=()
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# count RUNNER PASSED FAILED SKIPPED
count() {
  passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
  totals+=("$(printf '%-40s %5d passed, %d failed, %d skipped' "$1" "$2" "$3" "$4")")
}

# check NAME COMMAND...: something that passes or fails as a whole, and counts only when it fails.
check() {
  local name=$1
  shift
  say "== $name"
  "$@" || count "$name" 0 1 0
}

finish() {
  say ""
  [ ${#totals[@]} -eq 0 ] || printf '%s\n' "${totals[@]}"
  local more=""
  [ "$skipped" -eq 0 ] || more=", $skipped skipped"
  say "$passed passed, $failed failed$more"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ] && exit 0
  exit 1
}

build() {
  dotnet restore "$root/Ops.Backup.sln" --verbosity quiet && dotnet build "$root/Ops.Backup.sln" -c Release --no-restore --nologo -v quiet -maxcpucount:2
}

# run_project PROJECT: counts from its result file, which a crashed runner doesn't write or doesn't finish.
run_project() {
  local name trx code=0 counters total executed ok bad
  name=$(basename "$1" .csproj)
  trx=$results/$name.trx
  say "== $name"
  dotnet test "$1" -c Release --no-build --nologo --logger "trx;LogFileName=$trx" --logger "console;verbosity=minimal" \
    ${filter:+--filter "$filter"} || code=$?
  counters=$(grep -o '<Counters [^>]*>' "$trx" 2> /dev/null | tail -n 1) || true
  number() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<< "$counters"; }
  total=$(number total) executed=$(number executed) ok=$(number passed)
  if [ -z "$counters" ] || [ "${total:-0}" -eq 0 ]; then
    # With a filter a project may well have nothing to run.
    [ -n "$filter" ] && [ "$code" -eq 0 ] && return
    say "$name: the runner crashed or ran no test (exit code $code)."
    count "$name" 0 1 0
    return
  fi
  bad=$((executed - ok))
  # A runner that crashed after its last counted test.
  [ "$code" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
  count "$name" "$ok" "$bad" "$((total - executed))"
}

run_bats() {
  local tap=$results/bats.tap code=0 all ok bad skips
  say "== bats"
  bats --formatter tap "$@" > "$tap" || code=$?
  cat "$tap"
  skips=$(grep -c '^ok .* # skip' "$tap") || true
  all=$(grep -c '^ok ' "$tap") || true
  bad=$(grep -c '^not ok ' "$tap") || true
  ok=$((all - skips))
  # A plan that was not carried out, or none at all.
  if [ "$bad" -eq 0 ] && { [ "$code" -ne 0 ] || [ "$all" -eq 0 ]; }; then bad=1; fi
  count bats "$ok" "$bad" "$skips"
}

# A real browser on the real service, started by scripts/run.sh.
run_browser() {
  local tap=$results/browser.tap code=0 ok bad skips
  number() { sed -n "s/^# $1 //p" "$tap" | tail -n 1; }
  say "== browser"
  cd "$root/tests/browser"
  npm ci --silent --no-audit --no-fund || { count browser 0 1 0 && return; }
  node --test --test-concurrency=1 --test-reporter=tap > "$tap" || code=$?
  grep -E '^(ok|not ok|  error:)|^    ' "$tap" || true
  ok=$(number pass) bad=$(($(number fail) + $(number cancelled))) skips=$(number skipped)
  if [ "$bad" -eq 0 ] && { [ "$code" -ne 0 ] || [ "${ok:-0}" -eq 0 ]; }; then bad=1; fi
  count browser "${ok:-0}" "$bad" "${skips:-0}"
}

use_dotnet
install_missing postgres-server=postgresql psql=postgresql-client pg_dump=postgresql-client zstd=zstd age=age rclone=rclone \
  curl=curl jq=jq bats=bats shellcheck=shellcheck node=nodejs npm=npm chromium=chromium faketime=faketime

# The tests' S3 server, and Aliyun's own client. Without a filter only: the tests install them too, where they are missing and needed.
if [ -z "$filter" ]; then
  for package in s3-server oss-cross-check; do
    (cd "$root/tests/$package" && npm ci --silent --no-audit --no-fund) || count "$package" 0 1 0
  done
fi

say "== build"
if ! build; then
  count build 0 1 0
  finish
fi
if [ -z "$filter" ]; then
  # Not "analyzers": the build has run them already, with warnings as errors.
  check whitespace dotnet format whitespace "$root/Ops.Backup.sln" --verify-no-changes --no-restore
  check style dotnet format style "$root/Ops.Backup.sln" --verify-no-changes --no-restore
  mapfile -t shell_scripts < <(git -C "$root" ls-files '*.sh' .ci/run)
  cd "$root"
  check shellcheck shellcheck --external-sources "${shell_scripts[@]}"
fi
for project in "$root"/tests/*/*.csproj; do
  if grep -q 'Microsoft.NET.Test.Sdk' "$project"; then run_project "$project"; fi
done
shopt -s nullglob
host_script_tests=("$root"/tests/host-script/*.bats)
if [ -z "$filter" ] && [ ${#host_script_tests[@]} -gt 0 ]; then run_bats "${host_script_tests[@]}"; fi
if [ -z "$filter" ]; then run_browser; fi
finish
