# shellcheck shell=bash
# What run.sh and test.sh share: messages, and installing what is missing. To be sourced, under set -euo pipefail.

say() { printf '%s\n' "$*"; }

# One line that says what to do, and a non-zero exit.
die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

have() { command -v "$1" > /dev/null 2>&1; }

# The server's programs are not in PATH on Debian.
have_postgres_server() {
  local initdb
  have initdb && return
  for initdb in /usr/lib/postgresql/*/bin/initdb; do
    [ -x "$initdb" ] && return
  done
  return 1
}

# use_dotnet: puts a .NET 10 SDK into PATH.
use_dotnet() {
  local folder
  for folder in "" "${DOTNET_ROOT:-}" "${HOME:-}/.dotnet" /usr/share/dotnet /usr/lib/dotnet /opt/dotnet; do
    if [ -n "$folder" ]; then
      [ -x "$folder/dotnet" ] || continue
      PATH="$folder:$PATH"
    fi
    if have dotnet && dotnet --list-sdks 2> /dev/null | grep -q '^10\.'; then
      export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
      return
    fi
  done
  die "the .NET 10 SDK is missing: install it (https://dotnet.microsoft.com/download/dotnet/10.0) so that 'dotnet' is in PATH, then start this again."
}

# install_missing NAME=PACKAGE...: installs the packages whose program is missing; without any, apt is not touched.
# NAME is a program, or "postgres-server".
install_missing() {
  local pair name package log
  local -a missing=() as_root=()
  for pair in "$@"; do
    name=${pair%%=*} package=${pair#*=}
    if [ "$name" = postgres-server ]; then
      have_postgres_server && continue
    else
      have "$name" && continue
    fi
    [[ " ${missing[*]} " == *" $package "* ]] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0

  have apt-get || die "these are missing, and there is no apt-get to install them: ${missing[*]}. Install them, then start this again."
  if [ "$(id -u)" -ne 0 ]; then
    if ! have sudo || ! sudo -n true 2> /dev/null; then
      die "packages are missing and only root may install them: run 'apt-get install ${missing[*]}' as root, then start this again."
    fi
    as_root=(sudo -n env)
  fi
  say "Installing with apt: ${missing[*]}"
  log=$(mktemp)
  if ! { "${as_root[@]}" apt-get update && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120 "${missing[@]}"; } > "$log" 2>&1; then
    tail -n 15 "$log" >&2
    die "apt-get could not install ${missing[*]}; its last lines are above, all of them in $log."
  fi
  rm -f "$log"
}
