# shellcheck shell=bash
# What the scripts of both labs share. Sourced by their build.sh and run.sh.

guest=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

die() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}

# Those of these Debian packages that are not installed.
missing_packages() {
  local package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || echo "$package"
  done
}

# Installs Debian packages that are missing; says which they are where that takes another user.
need_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} = 0 ] && return
  [ "$(id -u)" = 0 ] || die "needs these Debian packages: ${missing[*]}"
  apt-get update -qq
  # It fails for other packages, too, that could not be configured before.
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null || true
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} = 0 ] || die "these Debian packages could not be installed: ${missing[*]}"
}

# Runs a command that says much; where it fails, the end of what it said is shown.
quietly() {
  local log=$1
  shift
  "$@" >"$log" 2>&1 || {
    tail -20 "$log" >&2
    die "failed: $* (all it said: $log)"
  }
}

# The root file system of a guest: make_root DIRECTORY INIT C-FILE …
make_root() {
  local root=$1 init=$2 file tool
  shift 2
  rm -rf "$root"
  mkdir -p "$root"/{bin,proc,sys,dev,tmp,mnt,mod}
  for file in "$guest/hog.c" "$guest/mapped.c" "$guest/sampler.c" "$@"; do
    gcc -O2 -static -o "$root/bin/$(basename "$file" .c)" "$file"
  done
  cp /usr/bin/busybox "$root/bin/"
  for tool in basename cat chroot cut dd dmesg echo grep head insmod kill ls mkdir mkswap mount poweroff rm sed sh sleep \
    swapon switch_root sync tail tr umount; do
    ln -s busybox "$root/bin/$tool"
  done
  install -m 755 "$init" "$root/init"
  install -m 644 "$guest/start.sh" "$root/start.sh"
}

# pack_root ROOT INITRD
pack_root() {
  (cd "$1" && find . | cpio -o -H newc --quiet | gzip -1) >"$2"
}

# A file system with one file, which is read to fill the page cache: make_data_image IMAGE
make_data_image() {
  [ -f "$1" ] && return
  local files=$1.files
  mkdir -p "$files"
  dd if=/dev/urandom of="$files/data" bs=1M count=1500 status=none
  truncate -s 1700M "$1.part"
  mke2fs -q -t ext4 -O ^has_journal -d "$files" "$1.part"
  rm -r "$files"
  mv "$1.part" "$1"
}

# Refuses settings that a lab does not know, or cannot read: check_settings LAB NAME=VALUE …
check_settings() {
  local lab=$1
  shift
  awk -F '\t' -v program="$(basename "$0")" -v lab="$lab" -v given="$*" '
    NR > 1 && (" " $2 " ") ~ (" " lab " ") { pattern[$1] = $4; names = names " " $1 }
    END {
      count = split(given, words, " ")
      for (i = 1; i <= count; i++) {
        name = value = words[i]
        sub(/=.*/, "", name)
        sub(/^[^=]*=?/, "", value)
        if (!(name in pattern)) {
          print program ": the lab has no setting " name "; it has:" names > "/dev/stderr"
          exit 2
        }
        if (value !~ ("^(" pattern[name] ")$")) {
          print program ": " name "=" value ": expected " pattern[name] > "/dev/stderr"
          exit 2
        }
      }
    }' "$guest/settings.tsv"
}

# Sets work, a new directory for temporary files, which is removed at the end, with the FILEs: temporary_directory [FILE …]
# The names are known before anything exists, so a signal at any time leaves nothing behind.
temporary_directory() {
  work=${TMPDIR:-/tmp}/balloon-lab.$$.$RANDOM$RANDOM
  leftovers=("$work" "$@")
  trap 'rm -rf "${leftovers[@]}"' EXIT
  mkdir -m 700 "$work"
}

# Sets lab, the directory of a built lab, and named, the number of words by which the caller named it (-d DIRECTORY before all
# others): lab_directory DEFAULT "$@"
lab_directory() {
  lab=$1 named=0
  if [ "${2:-}" = -d ]; then
    [ $# -ge 3 ] || usage
    # shellcheck disable=SC2034 # used by the caller
    lab=$3 named=2
  fi
}

# The value of a setting: setting NAME DEFAULT NAME=VALUE …
setting() {
  local name=$1 value=$2 word
  shift 2
  for word in "$@"; do
    case $word in "$name"=*) value=${word#*=} ;; esac
  done
  echo "$value"
}

# MiB of the disk for swap, which a guest without swap has, too: swap_mib NAME=VALUE …
swap_mib() {
  local mib
  mib=$(setting swap 1 "$@")
  if [ "$mib" -gt 1 ]; then echo "$mib"; else echo 1024; fi
}

# What a guest printed between its first line and its last; fails where the last one is missing.
guest_lines() {
  tr -d '\r' | awk '/^# lab/ { on = 1 } on && NF { print } /^# end/ { on = 0; ended = 1 } END { exit !ended }'
}

# Runs the program that is the guest, and prints its lines: run_guest FOLDER COMMAND…
# A signal to the script ends it. User-Mode Linux makes a session of its own, which signals to the script's group miss.
run_guest() {
  local folder=$1 machine lines
  shift
  mkfifo "$folder/console"
  "$@" </dev/null >"$folder/console" 2>"$folder/errors" &
  machine=$!
  trap 'kill "$machine" 2>/dev/null || true; wait; exit 143' INT TERM
  guest_lines <"$folder/console" &
  lines=$!
  wait "$machine" || true
  wait "$lines" || die "the guest did not come to its end: $(tail -n 1 "$folder/errors")"
  trap - INT TERM
}
