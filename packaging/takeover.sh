#!/bin/sh
# Hands the balloon of this machine from the kernel's driver vmw_balloon to balloon-hw, and back. balloon-hw-takeover.service
# calls it; packages and service.sh only put it in place. A machine that has a balloon keeps one:
#
#     sh takeover.sh take       checks the machine beside the kernel's driver, then unloads the driver, asks the host by
#                               "balloon-hw check --host", and keeps the driver from loading. If anything fails, the
#                               driver is loaded again; the exit status is that of the failed check.
#     sh takeover.sh early      at boot, before devices get their drivers: keeps the driver from loading until "take" has
#                               checked the machine and its host, for a driver that has a balloon may not be unloaded
#     sh takeover.sh release    lets the driver load again, and loads it if it was loaded before
#
# The block is in /run: it does not outlive the machine's restart.
#
# BALLOON_HW is the command, CONFIG its settings. DESTDIR is another root directory for all other files; for tests.
set -eu

root=${DESTDIR:-}
command=${BALLOON_HW:-balloon-hw}
config=${CONFIG:-/etc/balloon-hw.json}
driver=vmw_balloon
block=$root/run/modprobe.d/balloon-hw.conf
# Earlier versions of service.sh blocked the driver for good, with the same lines.
old_block=$root/etc/modprobe.d/balloon-hw.conf
first_line='# The balloon of this machine is balloon-hw.'
was_loaded='# vmw_balloon was loaded when this was written: it is loaded again when this is removed.'
not_asked='# The host was not asked yet.'
statistics=$root/sys/kernel/debug/vmmemctl

say() { echo "takeover: $*" >&2; }

# A module that is built in has no state, only parameters.
is_loaded() { [ -e "$root/sys/module/$driver/initstate" ]; }
is_built_in() { [ -e "$root/sys/module/$driver" ] && ! is_loaded; }

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

# write_block [LINE]: the line says more about the block.
write_block() {
  owed=no
  if is_loaded || is_owed; then owed=yes; fi
  put_block "$owed" "$@"
  # After the new block, so that what it says of the driver is not lost.
  if grep -qsF "$first_line" "$old_block"; then rm -f "$old_block"; fi
}

# put_block yes|no [LINE]: whether the driver is loaded when this is removed
put_block() {
  mkdir -p "${block%/*}"
  {
    echo "$first_line"
    if [ "$1" = yes ]; then echo "$was_loaded"; fi
    echo "${2:-# The host has accepted balloon-hw.}"
    echo "blacklist $driver"
  } >"$block.new"
  chmod 644 "$block.new"
  mv "$block.new" "$block"
}

release() {
  owed=no
  if is_owed; then owed=yes; fi
  remove_blocks
  if [ "$owed" = no ] || is_loaded; then return 0; fi
  # A machine that shuts down needs no balloon.
  if [ "$(systemctl is-system-running 2>/dev/null || true)" = stopping ]; then return 0; fi
  if modprobe "$driver"; then
    say "the kernel's driver $driver is loaded again"
  else
    say "the kernel's driver $driver can't be loaded: this machine has no balloon: run \"modprobe $driver\""
    return 1
  fi
}

# What the command says is on standard error, like all other messages.
check() { "$command" check --config "$config" "$@" >&2; }

# Ends the takeover: the kernel's driver is loaded again.
give_up() {
  trap - EXIT HUP INT TERM
  release || true
  exit "$1"
}

take() {
  # Devices that were found at boot have their drivers then: the kernel's driver is not loaded later.
  if command -v udevadm >/dev/null; then udevadm settle --timeout=30 || true; fi
  if is_built_in; then
    say "the kernel's driver $driver is built in: boot with initcall_blacklist=vmballoon_init"
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
    if may_hang; then
      say "the kernel's driver $driver has ${pages:-an unknown number of} pages and perhaps some of 2 MiB, and this kernel can't unload it then" \
        "without a hang of a processor: it stays loaded. balloon-hw takes over when the machine starts the next time, or at" \
        "\"systemctl restart balloon-hw\" while the driver's balloon is empty"
      exit 11
    fi
  elif [ -e "$block" ] && ! grep -qF "$not_asked" "$block"; then
    # The host was asked since this machine has started, and the daemon checks everything else.
    return 0
  fi
  trap 'give_up 1' EXIT
  trap 'give_up 129' HUP
  trap 'give_up 130' INT
  trap 'give_up 143' TERM
  # First, so that no event of a device loads the driver between here and the start of the daemon.
  write_block
  if is_loaded && ! modprobe -r "$driver"; then
    say "the kernel's driver $driver can't be unloaded"
    give_up 11
  fi
  status=0
  check --host || status=$?
  if [ "$status" != 0 ]; then
    say "\"$command check --host\" failed with exit status $status: balloon-hw does not take over"
    give_up "$status"
  fi
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
