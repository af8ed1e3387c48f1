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
  PACKAGE=IMAGE  in the environment, for driver=balloon-hw: the file system of daemon-image.sh (default: DIRECTORY/daemon.img)
  INIT=/init-daemon DATA=IMAGE   in the environment: runs balloon-hw from a file system (init-daemon)
  INIT=/init-measure DATA=IMAGE  in the environment: measures the guest from it (init-measure)
TEXT
  exit 2
}

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../guest/lib.sh"
lab_directory "$here/../build/vm" "$@"
shift "$named"
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

# The guest's disks, in memory; a directory that exists already, which another user may have made, is an error.
disks_directory=/dev/shm/vm-lab.$$.$RANDOM$RANDOM
temporary_directory "$disks_directory"
mkdir -m 700 "$disks_directory"
swap=$disks_directory/swap
written=$disks_directory/written
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
    -qmp "unix:$work/qmp,server,nowait")
fi
shown=
arguments=
for word in "$@"; do
  case $word in cpus=*) ;; *) shown+=" $word" ;; esac
  arguments+=" lab.$word"
done

# disk NAME OPTIONS: on virtio-blk, because QEMU can't save a machine with NVMe.
disks=()
disk() {
  disks+=(-drive "if=none,id=$1,cache=unsafe,$2" -device "virtio-blk-pci,drive=$1,serial=$1")
}
# slow_disk NAME FILE READ-LATENCY WRITE-LATENCY BANDWIDTH: nanoseconds a request, bytes a second (slow_disk.c). What a page
# costs with them is measured, and recordings are replayed with that (src/sim/fidelity/lab/settings.ts): another disk needs another
# name.
slow_disk() {
  disk "$1" "driver=slow-disk,read-latency=$3,write-latency=$4,bandwidth=$5,file.driver=raw,file.file.driver=file,file.file.filename=$2"
}
# Latencies and bandwidths of the kinds of disks: lab/README.md.
case $(setting disk ram "$@") in
  ram) disk swap "format=raw,file=$swap" ;;
  ssd) slow_disk swap "$swap" 100000 50000 400000000 ;;
  san) slow_disk swap "$swap" 1000000 1000000 80000000 ;;
esac
disk data "format=raw,file=${DATA:-$lab/data.img},snapshot=on"
disk written "format=raw,file=$written"
if [ "$(setting driver seed "$@")" = balloon-hw ]; then
  PACKAGE=${PACKAGE:-$lab/daemon.img}
  [ -r "$PACKAGE" ] || die "driver=balloon-hw: there is no $PACKAGE: lab/vm/daemon-image.sh $PACKAGE"
  disk package "format=raw,file=$PACKAGE,snapshot=on"
fi

# Speaks to QEMU's monitor: monitor COMMAND…, each in a line. Returns when QEMU has ended.
monitor() {
  python3 -c '
import socket, sys
with socket.socket(socket.AF_UNIX) as machine:
    machine.connect(sys.argv[1])
    machine.sendall("".join(command + "\n" for command in sys.argv[2:]).encode())
    while machine.recv(4096):
        pass
' "$work/monitor" "$@"
}

# Runs the machine until it asks to be saved, saves it, ends it, and runs another one from there: saved_and_continued COMMAND…
saved_and_continued() {
  local machine
  "$@" -monitor "unix:$work/monitor,server,nowait" &
  machine=$!
  trap 'kill "$machine" 2>/dev/null; exit 143' TERM
  until grep -q 'vmware-balloon: save' "$work/errors"; do
    kill -0 "$machine" 2>/dev/null || return 0
    sleep 0.1
  done
  monitor "migrate \"exec:cat > $work/state\"" quit
  wait "$machine" || true
  "$@" -monitor none -incoming "exec:cat $work/state" &
  machine=$!
  wait "$machine"
}

# Becomes a machine with virtio_balloon: virtio_machine COMMAND… A line "# virtio target PAGES" of the guest sets the target
# of its host, which is QEMU itself.
virtio_machine() {
  exec python3 -c '
import json, signal, socket, subprocess, sys
path, memory = sys.argv[1], int(sys.argv[2])
machine = subprocess.Popen(sys.argv[3:], stdout=subprocess.PIPE)
signal.signal(signal.SIGTERM, lambda *_: machine.terminate())
host = None
for line in machine.stdout:
    if not line.startswith(b"# virtio target "):
        sys.stdout.buffer.write(line)
        sys.stdout.flush()
        continue
    if host is None:
        host = socket.socket(socket.AF_UNIX)
        host.connect(path)
        host.sendall(json.dumps({"execute": "qmp_capabilities"}).encode())
    value = memory - 4096 * int(line.split()[-1])
    host.sendall(json.dumps({"execute": "balloon", "arguments": {"value": value}}).encode())
sys.exit(machine.wait())
' "$work/qmp" "$(numfmt --from=iec "$memory")" "$@"
}

if [ -n "$(setting snapshot "" "$@")" ]; then
  [ -z "${DATA:-}" ] || die "snapshot: what was written to $DATA would be lost"
  run=(saved_and_continued "${pinned[@]}" "$qemu")
else
  run=("${pinned[@]}" "$qemu" -monitor none)
fi

echo "# mem=$memory cpus=$cpus$shown"
if [ "$(setting driver seed "$@")" = virtio ]; then run=(virtio_machine "${run[@]}"); fi
run_guest "$work" "${run[@]}" -L /usr/share/seabios -L /usr/share/qemu \
  -M pc,vmport=on -accel tcg,thread=multi -cpu qemu64,+rdtscp -m "$memory_option" "${modules[@]}" -smp "$cpus" \
  -display none -vga none -nic none -serial stdio -no-reboot "${device[@]}" "${disks[@]}" \
  -kernel "$image" -initrd "$lab/initrd.gz" \
  -append "console=ttyS0 quiet panic=-1 rdinit=${INIT:-/init}$arguments"
# Violations of the protocol, for example.
grep -v 'vmware-balloon: save' "$work/errors" >&2 || true
