#!/usr/bin/env bash
# One run of the kernel lab, in real time.
set -euo pipefail

usage() {
  cat >&2 <<'TEXT'
usage: run.sh [-d DIRECTORY] MEMORY NAME=VALUE … > RUN.csv
  DIRECTORY    where build.sh has built the lab (default: lab/build/kernel)
  MEMORY       of the guest, such as 1024M
  NAME=VALUE   settings: lab/README.md
  CPU=N        in the environment: pinned to this processor, with real-time priority (root)
TEXT
  exit 2
}

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../guest/lib.sh"
lab_directory "$here/../build/kernel" "$@"
shift "$named"
[[ ${1:-} =~ ^[0-9]+[KMG]$ ]] || usage
memory=$1
lab=$(realpath -m "$lab")
shift
check_settings kernel "$@" || exit 2
[ -x "$lab/linux" ] || die "the lab is not built in $lab: lab/kernel/build.sh $lab"

pinned=()
if [ -n "${CPU:-}" ]; then
  pinned=(chrt -r 5 taskset -c "$CPU")
  "${pinned[@]}" true 2>/dev/null || die "CPU=$CPU: no such processor, or no permission for real-time priority"
fi

temporary_directory
truncate -s "$(swap_mib "$@")M" "$work/swap"
truncate -s 1700M "$work/written"
if [ "$(setting dirty 0 "$@")" != 0 ]; then mke2fs -q -t ext4 -O ^has_journal "$work/written"; fi

# The driver's constants are the kernel's own parameters; all others are read by the guest's script.
arguments=()
for word in "$@"; do
  case $word in
    fakehost_*) arguments+=("$word") ;;
    *) arguments+=("lab.$word") ;;
  esac
done

echo "# mem=$memory${*:+ $*}"
run_guest "$work" "${pinned[@]}" "$lab/linux" mem="$memory" initrd="$lab/initrd.gz" uml_dir="$work/" \
  ubda="$work/swap" ubdb="$lab/data.img" ubdc="$work/written" con=null con0=fd:0,fd:1 rdinit=/init quiet "${arguments[@]}"
