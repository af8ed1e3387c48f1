#!/bin/sh
# Installs balloon-hw as a service of this machine instead of the kernel's driver, or removes it and restores the previous
# state:
#
#     sh service.sh install | remove
#
# DESTDIR is another root directory, in which only the files are changed; for tests.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=${DESTDIR:-}
unit=$root/etc/systemd/system/balloon-hw.service
tmpfiles=$root/etc/tmpfiles.d/balloon-hw.conf
config=$root/etc/balloon-hw.json
blacklist=$root/etc/modprobe.d/balloon-hw.conf
was_loaded='# vmw_balloon was loaded when this was written: it is loaded again when this is removed.'

# Executes a command on the running system, unless DESTDIR is set.
system() { [ -n "$root" ] || "$@"; }

install_service() {
  command=${BALLOON_HW:-$(command -v balloon-hw || true)}
  if [ -z "$command" ]; then
    echo "service.sh: there is no command balloon-hw: install the package first (npm install --global FILE.tgz)" >&2
    exit 1
  fi
  mkdir -p "${unit%/*}" "${tmpfiles%/*}" "${blacklist%/*}"
  sed "s|^ExecStart=/usr/local/bin/balloon-hw |ExecStart=$command |" "$here/balloon-hw.service" >"$unit"
  cp "$here/balloon-hw.tmpfiles.conf" "$tmpfiles"
  # Existing settings stay as they are, and so do their permissions.
  if [ ! -e "$config" ]; then
    cp "$here/balloon-hw.json" "$config"
    chmod 644 "$config"
  fi
  if [ ! -e "$blacklist" ]; then
    {
      echo '# The balloon of this machine is balloon-hw.'
      if [ -e "$root/sys/module/vmw_balloon/initstate" ]; then echo "$was_loaded"; fi
      echo 'blacklist vmw_balloon'
    } >"$blacklist"
  fi
  chmod 644 "$unit" "$tmpfiles" "$blacklist"
  if [ -e "$root/sys/module/vmw_balloon/initstate" ]; then system modprobe -r vmw_balloon; fi
  system systemd-tmpfiles --create balloon-hw.conf
  system systemctl daemon-reload
  system systemctl enable --now balloon-hw
}

remove_service() {
  if [ -e "$unit" ]; then system systemctl disable --now balloon-hw; fi
  rm -f "$unit" "$tmpfiles"
  rm -rf "$root/run/balloon-hw"
  if [ -e "$config" ] && cmp -s "$here/balloon-hw.json" "$config"; then
    rm "$config"
  elif [ -e "$config" ]; then
    echo "service.sh: $config was changed and stays" >&2
  fi
  system systemctl daemon-reload
  if [ -e "$blacklist" ]; then
    again=no
    if grep -qF "$was_loaded" "$blacklist"; then again=yes; fi
    rm "$blacklist"
    if [ "$again" = yes ]; then system modprobe vmw_balloon; fi
  fi
}

case ${1:-} in
  install) install_service ;;
  remove) remove_service ;;
  *)
    echo "usage: sh service.sh install | remove" >&2
    exit 2
    ;;
esac
