#!/bin/sh
# Installs balloon-hw as a service of this machine, or removes it:
#
#     sh service.sh install | remove
#
# The service takes over from the kernel's driver, and gives the balloon back to it, by takeover.sh.
# DESTDIR is another root directory, in which only the files are changed; for tests.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=${DESTDIR:-}
units=$root/etc/systemd/system
tmpfiles=$root/etc/tmpfiles.d/balloon-hw.conf
config=$root/etc/balloon-hw.json
needrestart=$root/etc/needrestart/conf.d/balloon-hw.conf
names='balloon-hw.service balloon-hw-takeover.service balloon-hw-boot.service'

# Executes a command on the running system, unless DESTDIR is set.
system() { [ -n "$root" ] || "$@"; }

# install_settings FILE PLACE: existing settings stay as they are, and so do their permissions.
install_settings() {
  if [ -e "$2" ]; then return 0; fi
  mkdir -p "${2%/*}"
  cp "$here/$1" "$2"
  chmod 644 "$2"
}

# remove_settings FILE PLACE: settings that were changed stay.
remove_settings() {
  if [ ! -e "$2" ]; then return 0; fi
  if cmp -s "$here/$1" "$2"; then
    rm "$2"
  else
    echo "service.sh: $2 was changed and stays" >&2
  fi
}

install_service() {
  command=${BALLOON_HW:-$(command -v balloon-hw || true)}
  if [ -z "$command" ]; then
    echo "service.sh: there is no command balloon-hw: install the package first (npm install --global FILE.tgz)" >&2
    exit 1
  fi
  mkdir -p "$units" "${tmpfiles%/*}"
  for unit in $names; do
    sed -e "s|/usr/local/bin/balloon-hw|$command|" \
      -e "s|/usr/local/lib/node_modules/balloon-sim/packaging/|$here/|" "$here/$unit" >"$units/$unit"
    chmod 644 "$units/$unit"
  done
  cp "$here/balloon-hw.tmpfiles.conf" "$tmpfiles"
  chmod 644 "$tmpfiles"
  install_settings balloon-hw.json "$config"
  # On a machine without needrestart nothing reads it, until needrestart is installed.
  install_settings balloon-hw.needrestart.conf "$needrestart"
  system systemd-tmpfiles --create balloon-hw.conf
  system systemctl daemon-reload
  if ! system systemctl enable --now balloon-hw; then
    echo 'service.sh: balloon-hw does not start, and the kernel keeps its own driver: "systemctl status balloon-hw-takeover balloon-hw" shows why' >&2
    exit 1
  fi
}

remove_service() {
  if [ -e "$units/balloon-hw.service" ]; then system systemctl disable --now balloon-hw; fi
  if [ -e "$units/balloon-hw-takeover.service" ]; then system systemctl stop balloon-hw-takeover; fi
  # Earlier versions had no unit that does this. 3: the driver can't be loaded, which has nothing to do with the service.
  system sh "$here/takeover.sh" release || [ $? = 3 ]
  for unit in $names; do rm -f "$units/$unit"; done
  rm -f "$tmpfiles"
  rm -rf "$root/run/balloon-hw"
  remove_settings balloon-hw.json "$config"
  remove_settings balloon-hw.needrestart.conf "$needrestart"
  # The folder is needrestart's, if that is there.
  if [ ! -e "$root/etc/needrestart/needrestart.conf" ]; then
    rmdir "${needrestart%/*}" "$root/etc/needrestart" 2>/dev/null || true
  fi
  system systemctl daemon-reload
}

case ${1:-} in
  install) install_service ;;
  remove) remove_service ;;
  *)
    echo "usage: sh service.sh install | remove" >&2
    exit 2
    ;;
esac
