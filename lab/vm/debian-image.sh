#!/usr/bin/env bash
# Makes the root file system of a Debian VM for the VM lab: systemd as the first process, Debian's kernel modules, and what
# machine.mjs needs to control it. The packages that are given are installed in it later, as an operator would (evidence.mjs).
set -euo pipefail

usage() {
  echo "usage: debian-image.sh [-d DIRECTORY] IMAGE [FILE …]   DIRECTORY: where build.sh has built the lab (default: lab/build/vm); FILEs go to /root" >&2
  exit 2
}

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../guest/lib.sh"
lab_directory "$here/../build/vm" "$@"
shift "$named"
case ${1:-} in '' | -*) usage ;; esac
image=$(realpath -m "$1")
shift
[ -f "$lab/kernel" ] || die "the lab is not built in $lab: lab/vm/build.sh $lab"
[ "$(id -u)" = 0 ] || die "needs root, which owns the files of the image"
for file in "$@"; do
  [ -r "$file" ] || die "there is no $file"
done
need_packages mmdebstrap e2fsprogs kmod
kernel=$(cat "$lab/kernel")

temporary_directory
chmod 755 "$work"
root=$work/root
mmdebstrap --quiet --variant=minbase --include=systemd-sysv,udev,kmod,procps,dbus,rpm bookworm "$root"

mkdir -p "$root/usr/lib/modules"
cp -a "/lib/modules/$kernel" "$root/usr/lib/modules/"
install -m 755 "$here/debian/agent.sh" "$root/usr/local/sbin/lab-agent"
install -m 644 "$here/debian/lab-agent.service" "$root/etc/systemd/system/"
systemctl --quiet --root="$root" enable lab-agent.service
# The second serial line is the agent's, and there are no logins.
systemctl --quiet --root="$root" mask serial-getty@ttyS0.service serial-getty@ttyS1.service getty@tty1.service \
  apt-daily.timer apt-daily-upgrade.timer
for tool in "$here/hostctl.c" "$here/../guest/hog.c"; do
  gcc -O2 -static -o "$root/usr/local/sbin/$(basename "$tool" .c)" "$tool"
done
echo vm >"$root/etc/hostname"
echo '/dev/vda / ext4 defaults 0 1' >"$root/etc/fstab"
mkdir -p "$root/var/log/journal"
for file in "$@"; do
  cp "$file" "$root/root/"
done

truncate -s 3G "$work/image"
mke2fs -q -t ext4 -d "$root" "$work/image"
mv "$work/image" "$image"
