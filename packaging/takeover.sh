#!/bin/sh
# Hands the balloon of this machine from the kernel's driver vmw_balloon to balloon-hw, and back. balloon-hw-takeover.service
# calls it; packages and service.sh only put it in place. A machine that has a balloon keeps one:
#
#     sh takeover.sh take       checks the machine beside the kernel's driver, then unloads the driver, asks the host by
#                               "balloon-hw check --host", and keeps the driver from loading. If anything fails, the
#                               driver is loaded again; the exit status is that of the failed check.
#     sh takeover.sh early      at boot, before devices get their drivers: keeps the driver from loading until "take" has
#                               checked the machine and its host, for a driver that has a balloon may not be unloaded
#     sh takeover.sh release    lets the driver load again, and loads it if it was loaded before. While a daemon is active it
#                               refuses, with exit status 1. If the driver can't be loaded, the exit status is 3, and it
#                               is still owed: the next "release" tries again.
#
# The block is in /run: it does not outlive the machine's restart. It forbids the driver to devices (blacklist) and by its name
# (install), so that no second driver gets to the host while a daemon is active.
#
# BALLOON_HW is the command, CONFIG its settings. DESTDIR is another root directory for all other files; for tests.
set -eu

root=${DESTDIR:-}
command=${BALLOON_HW:-balloon-hw}
config=${CONFIG:-/etc/balloon-hw.json}
driver=vmw_balloon
service=balloon-hw.service
block=$root/run/modprobe.d/balloon-hw.conf
# Earlier versions of service.sh blocked the driver for good, with the same lines.
old_block=$root/etc/modprobe.d/balloon-hw.conf
first_line='# The balloon of this machine is balloon-hw.'
was_loaded='# vmw_balloon was loaded when this was written: it is loaded again when this is removed.'
not_asked='# The host was not asked yet.'
accepted='# The host has accepted balloon-hw.'
only_owed='# The driver may load: nothing is forbidden here.'
statistics=$root/sys/kernel/debug/vmmemctl
state=$root/sys/module/$driver/initstate
# The lock of the machine's one daemon.
lock=$root/run/balloon-hw/lock
# How long an unload may take that has begun already.
unload_s=60

say() { echo "takeover: $*" >&2; }

# A module that is built in has no state, only parameters.
is_present() { [ -e "$state" ]; }
is_built_in() { [ -e "$root/sys/module/$driver" ] && ! is_present; }
# Its unload may have begun already, in a process that was killed: the kernel continues it.
is_going() { grep -qsx going "$state"; }
is_loaded() { is_present && ! is_going; }

# Waits until an unload that has begun has ended; whether it has.
wait_for_unload() {
  waited_s=0
  while is_going; do
    if [ "$waited_s" = "$unload_s" ]; then return 1; fi
    sleep 1
    waited_s=$((waited_s + 1))
  done
}

# The process that holds the daemon's lock; empty: none. Not tried by flock: a daemon that starts at the same time would fail.
lock_holder() {
  place=$(stat -c '%d %i' "$lock" 2>/dev/null) || return 0
  device=${place% *}
  # As /proc/locks has it: numbers of the device in hexadecimal, and the inode.
  place=$(printf '%02x:%02x:%s' $((device >> 8 & 0xfff)) $((device & 0xff | device >> 12 & 0xfff00)) "${place#* }")
  while read -r _ kind _ mode pid at _; do
    if [ "$kind $mode $at" = "FLOCK WRITE $place" ]; then
      echo "$pid"
      return 0
    fi
  done <"$root/proc/locks" 2>/dev/null || true
}

# Whether the driver's file is there and can be read. (modprobe --dry-run finds a driver in its index, or an install command.)
can_be_loaded() { modinfo -F license "$driver" >/dev/null 2>&1; }

# Whether a block, new or old, says that the driver was loaded before.
is_owed() { grep -qsF "$was_loaded" "$block" "$old_block"; }

# Whether unloading the driver may never end. From Linux 5.0 on it asks the host for a protocol without pages of 2 MiB before it
# frees its pages, and then frees pages of 4 KiB alone, for as long as there are others (vmballoon_pop in
# drivers/misc/vmw_balloon.c): one processor is busy with that until the machine is restarted. Earlier drivers have no line on
# used capabilities. Statistics that can't be read say nothing, so they do not permit it.
may_hang() {
  text=$(cat "$statistics" 2>/dev/null) || text=
  if [ -z "$text" ]; then return 0; fi
  used=$(echo "$text" | sed -n 's/^used capabilities *: *\(0x[0-9a-f]*\)$/\1/p')
  pages=$(echo "$text" | sed -n 's/^current *: *\([0-9]*\)$/\1/p')
  if [ -z "$used" ] || [ $((used & 8)) = 0 ]; then return 1; fi
  [ "${pages:-1}" != 0 ]
}

remove_blocks() {
  rm -f "$block"
  if grep -qsF "$first_line" "$old_block"; then rm -f "$old_block"; fi
}

# write_block LINE: the line says more about the block.
write_block() {
  owed=no
  if is_present || is_owed; then owed=yes; fi
  put_block "$owed" "$1"
  # After the new block, so that what it says of the driver is not lost.
  if grep -qsF "$first_line" "$old_block"; then rm -f "$old_block"; fi
}

# put_block yes|no LINE: whether the driver is loaded when this is removed, and what is said of the block
put_block() {
  mkdir -p "${block%/*}"
  {
    echo "$first_line"
    if [ "$1" = yes ]; then echo "$was_loaded"; fi
    echo "$2"
    if [ "$2" != "$only_owed" ]; then
      echo "blacklist $driver"
      echo "install $driver /bin/sh -c 'echo \"$driver: balloon-hw is the balloon of this machine: balloon-hw retire gives it back\" >&2; exit 1'"
    fi
  } >"$block.new"
  chmod 644 "$block.new"
  mv "$block.new" "$block"
}

release() {
  holder=$(lock_holder)
  if [ -n "$holder" ]; then
    say "balloon-hw is still active (process $holder): $driver is not loaded beside it: end it, and release again"
    return 1
  fi
  # A machine that shuts down needs no balloon.
  if ! is_owed || is_loaded || [ "$(systemctl is-system-running 2>/dev/null || true)" = stopping ]; then
    remove_blocks
    return 0
  fi
  # The driver may load from here on, as the administrator's settings of modprobe have it. That it is owed stays written until it
  # is loaded.
  write_block "$only_owed"
  # modprobe of a module that is being unloaded loads nothing, with exit status 0.
  if wait_for_unload && modprobe "$driver" && is_loaded; then
    remove_blocks
    say "the kernel's driver $driver is loaded again"
  else
    say "the kernel's driver $driver can't be loaded: this machine has no balloon: run \"modprobe $driver\""
    return 3
  fi
}

# property UNIT NAME: a setting of a unit, with its drop-ins; empty if the service manager does not say.
property() { systemctl show "$1" --property="$2" --value 2>/dev/null || true; }

# The memory limit under which the daemon would run: of its unit, or of a slice above it. Empty: none. The check runs in another
# unit and does not see it.
memory_limit() {
  unit=$service
  while [ -n "$unit" ]; do
    for name in MemoryMax MemoryHigh MemoryLimit; do
      value=$(property "$unit" "$name")
      case $value in
        '' | infinity | *[!0-9]* | 18446744073709551615) ;;
        *)
          echo "$name=$value of $unit"
          return 0
          ;;
      esac
    done
    case $unit in
      *.service) unit=$(property "$unit" Slice) ;;
      -.slice) unit= ;;
      *-*.slice) unit=${unit%-*}.slice ;;
      *) unit= ;;
    esac
  done
}

# put_limit LETTER PROPERTY BYTES: takes over a limit of the daemon's unit, in units of so many bytes, by ulimit -LETTER.
put_limit() {
  hard=$(property "$service" "$2")
  soft=$(property "$service" "$2Soft")
  for limit in "S$soft" "H$hard" "S$soft"; do
    value=${limit#?}
    case $value in
      infinity) value=unlimited ;;
      '' | *[!0-9]*) continue ;;
      *) value=$((value / $3)) ;;
    esac
    # The shells of all distributions have these options. A soft limit can't be above the hard one, which is raised next.
    # shellcheck disable=SC3045
    ulimit "-${limit%"${limit#?}"}" "-$1" "$value" 2>/dev/null || true
  done
}

# Sets user and group to those of the daemon's unit; fails if the group is not known.
find_owner() {
  user=$(property "$service" User)
  user=${user:-root}
  group=$(property "$service" Group)
  if [ -z "$group" ]; then group=$(id -g "$user" 2>/dev/null); fi
}

# The user and the capabilities of the daemon's unit, as arguments of setpriv; empty: they are not known.
daemon_rights() {
  rights=
  find_owner || return 0
  if [ "$user" != root ] && [ "$user" != 0 ]; then
    ambient=$(capabilities "$(property "$service" AmbientCapabilities)")
    rights="--reuid=$user --regid=$group --init-groups --inh-caps=-all$ambient --ambient-caps=-all$ambient"
  fi
  bounding=$(property "$service" CapabilityBoundingSet)
  if [ -n "$bounding" ]; then rights="$rights --bounding-set=-all$(capabilities "$bounding")"; fi
  echo "$rights"
}

# Gives the directory of the lock, and the lock, to the daemon's user, as RuntimeDirectory= does before the daemon starts: the check
# takes the lock as that user, whose capabilities do not override permissions, even if it is root. The directory is root's meanwhile:
# a user that owns it could put another name of one of root's files in the place of the lock.
hand_over_lock() {
  if [ -n "$(lock_holder)" ] || ! find_owner; then return 0; fi
  (umask 022 && mkdir -p "${lock%/*}")
  if ! chown -h root "${lock%/*}" 2>/dev/null || ! chmod 0755 "${lock%/*}"; then return 0; fi
  case $(LC_ALL=C stat -c '%F %h' "$lock" 2>/dev/null) in
    'regular empty file 1') chown -h "$user:$group" "$lock" 2>/dev/null || true ;;
    '') ;;
    *) say "$lock is not an empty file with a single name: its owner stays as it is: remove it" ;;
  esac
  chown -h "$user:$group" "${lock%/*}" 2>/dev/null || true
}

# Capabilities of systemd as those of setpriv: ",+sys_admin,+sys_rawio" for "cap_sys_admin cap_sys_rawio".
capabilities() {
  for capability in $1; do printf ',+%s' "${capability#cap_}"; done
}

# Runs the check as the daemon will run: with the limits, the user and the capabilities of its unit, drop-ins included. What the
# command says is on standard error, like all other messages.
check() {
  limit=$(memory_limit)
  if [ -n "$limit" ]; then
    say "$limit: the balloon counts as the daemon's memory, and would end there: remove the limit (systemctl edit $service)"
    return 22
  fi
  (
    put_limit l LimitMEMLOCK 1024
    put_limit v LimitAS 1024
    put_limit n LimitNOFILE 1
    rights=$(daemon_rights)
    # shellcheck disable=SC2086 # several arguments
    if [ -n "$rights" ] && setpriv $rights -- true 2>/dev/null; then
      exec setpriv $rights -- "$command" check --config "$config" "$@" >&2
    fi
    exec "$command" check --config "$config" "$@" >&2
  )
}

# Ends the takeover: the kernel's driver is loaded again.
give_up() {
  trap - EXIT HUP INT TERM
  release || true
  exit "$1"
}

# Unloads the driver, or gives up.
unload() {
  # Read last of all, for the driver works until it is unloaded. What remains is the time from here until the kernel calls its exit
  # function, some milliseconds: the driver asks the host once a second and may inflate its first page of 2 MiB just then. It can't
  # be paused, so that can't be excluded, and the statistics don't show it afterwards.
  if may_hang; then
    say "the kernel's driver $driver has ${pages:-an unknown number of} pages and perhaps some of 2 MiB, and this kernel can't unload it then" \
      "without a hang of a processor: it stays loaded. balloon-hw takes over when the machine starts the next time, or at" \
      "\"systemctl restart balloon-hw\" while the driver's balloon is empty"
    give_up 11
  fi
  # Not modprobe -r, which unloads vmw_vmci as well if only this driver uses it.
  if ! rmmod "$driver"; then
    say "the kernel's driver $driver can't be unloaded"
    give_up 11
  fi
}

take() {
  # Devices that were found at boot have their drivers then: the kernel's driver is not loaded later.
  if command -v udevadm >/dev/null; then udevadm settle --timeout=30 || true; fi
  if is_built_in; then
    say "the kernel's driver $driver is built in: boot with initcall_blacklist=vmballoon_init"
    exit 11
  fi
  if ! wait_for_unload; then
    say "the kernel's driver $driver is being unloaded, which does not end: restart the machine"
    exit 11
  fi
  # As long as nothing is missing but the driver's absence, the driver stays at work.
  if is_loaded; then
    status=0
    check --beside-kernel-driver || status=$?
    if [ "$status" != 0 ]; then
      say "\"$command check\" failed with exit status $status: the kernel's driver $driver stays loaded"
      exit "$status"
    fi
    if ! can_be_loaded; then
      say "the kernel's driver $driver could not be loaded again (was the package of this kernel removed?): it stays loaded"
      exit 11
    fi
  elif grep -qsF "$accepted" "$block"; then
    # The host was asked since this machine has started, and the daemon checks everything else.
    return 0
  fi
  trap 'give_up 1' EXIT
  trap 'give_up 129' HUP
  trap 'give_up 130' INT
  trap 'give_up 143' TERM
  # First, so that no event of a device loads the driver between here and the start of the daemon.
  write_block "$not_asked"
  if is_loaded; then unload; fi
  hand_over_lock
  status=0
  check --host || status=$?
  if [ "$status" != 0 ]; then
    say "\"$command check --host\" failed with exit status $status: balloon-hw does not take over"
    give_up "$status"
  fi
  write_block "$accepted"
  trap - EXIT HUP INT TERM
  say "$driver is kept from loading: balloon-hw answers the host from now on"
}

# On VMware's machines the driver is loaded as soon as devices get their drivers, unless the administrator forbids it. An initial
# RAM disk may have loaded it already.
early() {
  if is_loaded || is_built_in || [ -e "$block" ]; then return 0; fi
  if [ -z "$(modprobe --use-blacklist --show-depends "$driver" 2>/dev/null)" ]; then return 0; fi
  put_block yes "$not_asked"
}

case ${1:-} in
  take) take ;;
  early) early ;;
  release) release ;;
  *)
    echo "usage: sh takeover.sh take | early | release" >&2
    exit 2
    ;;
esac
