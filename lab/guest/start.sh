# shellcheck shell=sh disable=SC2013,SC2046,SC2086,SC2154
# What the guests of both labs do, in the order in which their init calls it. Settings (settings.tsv) arrive on the kernel's
# command line as lab.NAME=VALUE. The init defines tell(), which passes a command to the host: "target PAGES", "reset" or
# "refuse COUNT STATUS".

begin() {
  mount -t proc proc /proc
  mount -t sysfs sysfs /sys
  mount -t debugfs debugfs /sys/kernel/debug
  mount -t devtmpfs devtmpfs /dev
  for word in $(cat /proc/cmdline); do
    case $word in lab.*) export "${word#lab.}" ;; esac
  done
}

# set_kernel VALUE FILE, unless VALUE is empty
set_kernel() {
  if [ -n "$1" ]; then echo "$1" > "$2"; fi
}

# The disks of the VM lab: /dev/vda for swap, /dev/vdb with data, /dev/vdc to write to, /dev/vdd with the
# daemon, where it is the driver.
attach_disks() {
  insert virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_blk
}

# insert MODULE…: some are built into some kernels.
insert() {
  for module in "$@"; do
    if [ -e "/mod/$module.ko" ]; then insmod "/mod/$module.ko"; fi
  done
}

# swap_on DISK
swap_on() {
  if [ "${swap:-0}" != 0 ]; then
    mkswap "$1" > /dev/null
    swapon "$1"
  fi
}

# mount_package DISK [PLACE]: the file system of lab/vm/daemon-image.sh, at /mnt or at a place
mount_package() {
  place=${2:-/mnt}
  mount -t ext4 "$1" "$place"
  mount -t proc proc "$place/proc"
  mount -t sysfs sysfs "$place/sys"
  mount -t devtmpfs devtmpfs "$place/dev"
  mount -t tmpfs tmpfs "$place/tmp"
}

# The lines in front of the rows: describe WORDS ZONES
describe() {
  echo "# lab kernel $(cat /proc/sys/kernel/osrelease)$1"
  echo "# zone pages:" $2
  echo "#" $(grep -E 'MemTotal|SwapTotal' /proc/meminfo)
}

# again COMMAND…: over and over, with pauses of a second. /tmp/rounds gets a byte for each round.
again() {
  while :; do
    if "$@" 2> /dev/null; then echo >> /tmp/rounds; fi
    sleep 1
  done
}

# in_cgroup COMMAND… &: in a memory cgroup with a limit, where the setting asks for one. The background process becomes the
# command.
in_cgroup() {
  if [ "${cgroup:-0}" != 0 ]; then
    mkdir -p /sys/fs/cgroup/limited
    echo "${cgroup}M" > /sys/fs/cgroup/limited/memory.max
    exec sh -c 'echo $$ > /sys/fs/cgroup/limited/cgroup.procs; exec "$@"' sh "$@"
  fi
  exec "$@"
}

# What uses memory besides the balloon: start_workloads DATA-DISK [DISK-TO-WRITE]
start_workloads() {
  if [ "${hog:-0}" != 0 ]; then
    in_cgroup hog "$hog" "${hograte:-0}" &
    hog_process=$!
    while [ ! -e /tmp/hogready ]; do sleep 1; done
    rm -f /tmp/hogready
  fi
  if [ "$((${cache:-0} + ${reread:-0} + ${mapped:-0}))" != 0 ]; then mount -t ext4 -o ro "$1" /mnt; fi
  if [ "${cache:-0}" != 0 ]; then dd if=/mnt/data of=/dev/null bs=1M count="$cache" 2> /dev/null; fi
  if [ "${reread:-0}" != 0 ]; then again dd if=/mnt/data of=/dev/null bs=1M count="$reread" & fi
  if [ "${mapped:-0}" != 0 ]; then mapped /mnt/data "$mapped" "${mappedrate:-$mapped}" & fi
  if [ "${dirty:-0}" != 0 ]; then
    mkdir -p /written
    mount -t ext4 "$2" /written
    dd if=/dev/zero of=/written/file bs=1M count="$dirty" 2> /dev/null
    sync
    again dd if=/dev/zero of=/written/file bs=1M count="$dirty" conv=notrunc &
  fi
  while [ "${spin:-0}" -gt 0 ]; do
    spin=$((spin - 1))
    sh -c 'while :; do :; done' &
  done
  if [ "${hog2:-0}" != 0 ]; then hog "$hog2" "${hog2rate:-0}" "${hog2at:-10}" & fi
  if [ "${hog3:-0}" != 0 ]; then hog "$hog3" "${hog3rate:-0}" "${hog3at:-10}" & fi
  if [ "${hogstop:-0}" != 0 ]; then (sleep "$hogstop"; kill -9 "$hog_process") & fi
}

# at SECOND COMMAND
at() {
  (sleep "$1"; tell $2) &
}

# What the host does, and when.
start_host_script() {
  if [ -n "$targets" ]; then
    for x in $(echo "$targets" | tr , ' '); do at "${x%%:*}" "target ${x##*:}"; done
  else
    at 2 "target ${target:-50000}"
    at $((2 + ${hold:-30})) "target ${target2:-0}"
  fi
  if [ -n "$snapshot" ]; then at "$snapshot" snapshot; fi
  for x in $(echo "$freeze" | tr , ' '); do at "${x##*@}" "freeze ${x%@*}"; done
  for x in $(echo "$resets" | tr , ' '); do at "$x" reset; done
  for x in $(echo "$refuse" | tr , ' '); do
    what=${x%@*}
    at "${x##*@}" "refuse ${what%%:*} ${what##*:}"
  done
}

finish() {
  echo "# end"
  poweroff -f
}
