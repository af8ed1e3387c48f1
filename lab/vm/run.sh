#!/usr/bin/env bash
# One run of the VM lab, in real time.
set -euo pipefail

usage() {
  cat >&2 <<'TEXT'
usage: run.sh [-d DIRECTORY] MEMORY NAME=VALUE … > RUN.csv
  DIRECTORY    where build.sh has built the lab (default: lab/build/vm)
  MEMORY       of the guest, such as 1024M
  NAME=VALUE   settings: lab/README.md
  CPU=LIST     in the environment: pinned to these processors, with the highest priority (root)
  INIT=/init-daemon DATA=IMAGE   in the environment: runs balloon-hw from a file system (init-daemon)
  INIT=/init-measure DATA=IMAGE  in the environment: measures the guest from it (init-measure)
TEXT
  exit 2
}

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../guest/lib.sh"
lab=$here/../build/vm
if [ "${1:-}" = -d ]; then
  [ $# -ge 2 ] || usage
  lab=$2
  shift 2
fi
[[ ${1:-} =~ ^[0-9]+[MG]$ ]] || usage
memory=$1
lab=$(realpath -m "$lab")
shift
check_settings vm "$@" || exit 2
qemu=$lab/qemu/build/qemu-system-x86_64
if [ ! -x "$qemu" ] || [ ! -f "$lab/initrd.gz" ]; then die "the lab is not built in $lab: lab/vm/build.sh $lab"; fi
image=/boot/vmlinuz-$(cat "$lab/kernel")
[ -r "$image" ] || die "the kernel that the lab was built for is gone ($image): lab/vm/build.sh $lab"

pinned=()
if [ -n "${CPU:-}" ]; then
  pinned=(nice -n -20 taskset -c "$CPU")
  [ "$("${pinned[@]}" nice 2>/dev/null)" = -20 ] || die "CPU=$CPU: no such processor, or no permission to raise the priority"
fi

work=$(mktemp -d)
swap=$(mktemp /dev/shm/vm-lab.XXXXXX)
written=$(mktemp /dev/shm/vm-lab.XXXXXX)
trap 'rm -rf "$work" "$swap" "$written"' EXIT
truncate -s "$(swap_mib "$@")M" "$swap"
dirty=$(setting dirty 0 "$@")
truncate -s "$((dirty + dirty / 4 + 64))M" "$written"
if [ "$dirty" != 0 ]; then mke2fs -q -t ext4 -O ^has_journal "$written"; fi

cpus=$(setting cpus 2 "$@")
# RAM that the guest's kernel finds, and does not use before its script says so.
more=$(setting addram "" "$@")
modules=()
if [ -n "$more" ]; then
  memory_option="$memory,slots=1,maxmem=64G"
  # shellcheck disable=SC2054 # commas of QEMU
  modules=(-object "memory-backend-ram,id=more,size=${more%@*}M" -device pc-dimm,id=module,memdev=more)
else
  memory_option=$memory
fi
device=(-device vmware-balloon)
if [ "$(setting driver seed "$@")" = virtio ]; then
  device=(-device "virtio-balloon-pci,id=balloon,deflate-on-oom=$(setting deflate_on_oom off "$@")"
    -qmp "unix:$lab/qmp.sock,server,nowait")
fi
shown=
arguments=
for word in "$@"; do
  case $word in cpus=*) ;; *) shown+=" $word" ;; esac
  arguments+=" lab.$word"
done

echo "# mem=$memory cpus=$cpus$shown"
run_guest "$work" "${pinned[@]}" "$qemu" -L /usr/share/seabios -L /usr/share/qemu \
  -M pc,vmport=on -accel tcg,thread=multi -cpu qemu64,+rdtscp -m "$memory_option" "${modules[@]}" -smp "$cpus" \
  -display none -vga none -nic none -serial stdio -monitor none -no-reboot "${device[@]}" \
  -drive "if=none,id=swap,file=$swap,format=raw,cache=unsafe" -device nvme,drive=swap,serial=swap \
  -drive "if=none,id=data,file=${DATA:-$lab/data.img},format=raw,snapshot=on,cache=unsafe" \
  -device nvme,drive=data,serial=data \
  -drive "if=none,id=written,file=$written,format=raw,cache=unsafe" -device nvme,drive=written,serial=written -kernel "$image" -initrd "$lab/initrd.gz" \
  -append "console=ttyS0 quiet panic=-1 rdinit=${INIT:-/init}$arguments"
# Violations of the protocol, for example.
cat "$work/errors" >&2
