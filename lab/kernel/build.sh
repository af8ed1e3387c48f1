#!/usr/bin/env bash
# Builds the kernel lab: Linux 6.1 as User-Mode Linux, which runs as an ordinary process, with the reference driver built
# in and fakehost.c in place of the hypervisor. Its constants become variables that the kernel's command line sets.
set -euo pipefail

usage() {
  echo "usage: build.sh [DIRECTORY]   (default: lab/build/kernel; 3 GiB; Debian packages, installed if root)" >&2
  exit 2
}

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../guest/lib.sh"
out=${1:-$here/../build/kernel}
case $# in 0 | 1) ;; *) usage ;; esac
case $out in -*) usage ;; esac

need_packages linux-source-6.1 gcc make flex bison bc libelf-dev libssl-dev libc6-dev busybox-static cpio xz-utils e2fsprogs
mkdir -p "$out"
out=$(cd "$out" && pwd)
linux=$out/linux-source-6.1
if [ ! -f "$linux/.unpacked" ]; then
  rm -rf "$linux"
  tar xf /usr/src/linux-source-6.1.tar.xz -C "$out"
  touch "$linux/.unpacked"
fi

registers=$linux/arch/x86/um/os-Linux/registers.c
if ! grep -q restore_known_fp_registers "$registers"; then
  sed -i 's/^int restore_fp_registers(/static int restore_known_fp_registers(/' "$registers"
  cat "$here/xstate.c" >>"$registers"
fi

driver=$linux/drivers/misc/balloon-lab
mkdir -p "$driver"
cp "$here/fakehost.c" "$driver/"
# User-Mode Linux has no such header and no hypervisor, and starts no module before what it needs.
awk -v backdoor=fakehost_call -v variables=fakehost_ -f "$here/../seed/adapt.awk" "$here/../seed/vmw_balloon.c" |
  sed -e '/#include <asm\/hypervisor.h>/d' -e 's/x86_hyper != &x86_hyper_vmware/0/' \
    -e 's/^module_init(vmballoon_init)/late_initcall(vmballoon_init)/' >"$driver/seed_vmw_balloon.c"
echo 'obj-y += seed_vmw_balloon.o fakehost.o' >"$driver/Makefile"
grep -q balloon-lab "$linux/drivers/misc/Makefile" || echo 'obj-y += balloon-lab/' >>"$linux/drivers/misc/Makefile"

features=()
for feature in SWAP PSI DEBUG_FS BLK_DEV_INITRD BLK_DEV_UBD TMPFS DEVTMPFS PROC_FS SYSFS COMPACTION LRU_GEN BINFMT_SCRIPT \
  DEBUG_INFO_NONE; do
  features+=(-e "$feature")
done
for feature in MODULES NET SOUND; do
  features+=(-d "$feature")
done
quietly "$out/config.log" make -C "$linux" ARCH=um defconfig
(cd "$linux" && ./scripts/config "${features[@]}")
quietly "$out/config.log" make -C "$linux" ARCH=um olddefconfig
quietly "$out/build.log" make -C "$linux" ARCH=um -j"$(nproc)" linux

make_root "$out/root" "$here/init"
pack_root "$out/root" "$out/initrd.gz"
make_data_image "$out/data.img"
ln -sf linux-source-6.1/linux "$out/linux"
echo "built in $out; next: lab/kernel/run.sh${1:+ -d $1} 1024M swap=1 hog=300 target=200000 hold=35 target2=50000 secs=50"
