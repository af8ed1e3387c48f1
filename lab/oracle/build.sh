#!/usr/bin/env bash
# Compiles the reference driver's own text (../seed) into the oracle.
set -euo pipefail

usage() {
  cat >&2 <<'TEXT'
usage: build.sh [DIRECTORY [CONSTANT=VALUE …]]
  DIRECTORY        where the program `oracle` is written (default: lab/build/oracle)
  CONSTANT=VALUE   the driver's constants, without VMW_BALLOON_, such as RATE_ALLOC_MAX=4096 SLOW_CYCLES=2
TEXT
  exit 2
}

here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/../build/oracle}
case $out in -* | *=* | '') usage ;; esac
shift || true
for word in "$@"; do
  [[ $word =~ ^[A-Z_]+=[0-9]+$ ]] || usage
done

cc=${CC:-cc}
for tool in "$cc" awk; do
  command -v "$tool" >/dev/null || { echo "build.sh: there is no $tool" >&2; exit 1; }
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"
awk -v backdoor=host_command -v plain=1 -v values="$*" -f "$here/../seed/adapt.awk" "$here/../seed/vmw_balloon.c" \
  >"$work/driver.gen.h"
"$cc" -std=gnu11 -O2 -w -I"$work" -I"$here" -o "$work/oracle" "$here/oracle.c"
mv "$work/oracle" "$out/oracle"
