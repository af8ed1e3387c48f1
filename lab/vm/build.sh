#!/usr/bin/env bash
# Builds the VM lab: QEMU of Debian's source package with one more device, an emulated VMware host (vmware_balloon.c), and one
# more filter of disks (slow_disk.c); and an initrd for Debian's own kernel with the reference driver as a module beside the kernel's own drivers.
set -euo pipefail

usage() {
  cat >&2 <<'TEXT'
usage: build.sh [-k PACKAGE] [DIRECTORY]
  PACKAGE     Debian's package of the guest's kernel: linux-image-cloud-amd64 (default), linux-image-6.12-cloud-amd64, …
  DIRECTORY   default: lab/build/vm; takes 2 GiB
Debian packages that are missing are installed if root.
TEXT
  exit 2
}

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../guest/lib.sh"
image=linux-image-cloud-amd64
if [ "${1:-}" = -k ]; then
  [ $# -ge 2 ] || usage
  image=$2
  shift 2
fi
out=${1:-$here/../build/vm}
case $# in 0 | 1) ;; *) usage ;; esac
case $out in -*) usage ;; esac
# Those of other flavours have the drivers of the lab's disks as modules, which the initrd does not load.
case $image in
  linux-image-cloud-amd64 | linux-image-*-cloud-amd64) ;;
  *)
    echo "build.sh: -k $image: expected a package whose name is linux-image-…cloud-amd64: apt-cache search linux-image" >&2
    exit 2
    ;;
esac

need_packages build-essential dpkg-dev ninja-build meson pkg-config python3 libglib2.0-dev libpixman-1-dev zlib1g-dev \
  libfdt-dev seabios qemu-system-data busybox-static cpio e2fsprogs xz-utils "$image" "${image/image/headers}"
mkdir -p "$out"
out=$(cd "$out" && pwd)

# The kernel that the package stands for, which others that are installed do not change.
kernel=$(dpkg-query -W -f '${Depends}' "$image" | grep -o 'linux-image-[^ ,]*' || echo "$image")
kernel=${kernel#linux-image-}
headers=/usr/src/linux-headers-$kernel
modules=/lib/modules/$kernel
if [ ! -d "$headers" ] || [ ! -d "$modules" ]; then
  die "$image and ${image/image/headers} are of different versions: apt-get install $image ${image/image/headers}"
fi
echo "$kernel" >"$out/kernel"

# The source package, by lists of this lab alone: those of the machine are left as they are.
fetch_qemu() {
  local apt=$out/apt
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
  sed 's/^Types:.*/Types: deb-src/' /etc/apt/sources.list.d/debian.sources >"$apt/source.sources"
  local options=(-qq -o "APT::Sandbox::User=$(id -un)" -o "Dir::State::Lists=$apt/lists" -o "Dir::Cache=$apt/cache"
    -o "Dir::Etc::SourceList=$apt/source.sources" -o "Dir::Etc::SourceParts=/dev/null")
  apt-get "${options[@]}" update
  (cd "$out" && apt-get "${options[@]}" source --download-only qemu)
}

# add_source FILE FOLDER NEIGHBOUR: copies a source of the lab into a folder of QEMU's, and compiles it with a source that is
# there. Fails where the same one is there already.
add_source() {
  local folder=$out/qemu/$2
  if cmp -s "$here/$1" "$folder/$1"; then return 1; fi
  cp "$here/$1" "$folder/"
  grep -q "'$1'" "$folder/meson.build" || sed -i "s/'$3'/&, '$1'/" "$folder/meson.build"
}

# Fails where QEMU has all of them already.
add_sources() {
  local status=1
  if add_source vmware_balloon.c hw/i386 vmport.c; then status=0; fi
  if add_source slow_disk.c block filter-compress.c; then status=0; fi
  return $status
}

build_qemu() {
  rm -rf "$out/qemu"
  mkdir "$out/qemu"
  tar xf "$out"/qemu_*.orig.tar.xz -C "$out/qemu" --strip-components=1
  add_sources
  # CPUID names VMware where the device is there.
  sed -i -e 's/"TCGTCGTCGTCG"/vmware_balloon_present ? "VMwareVMware" : &/' \
    -e '0,/^#include "cpu.h"/s//&\nextern bool vmware_balloon_present;/' "$out/qemu/target/i386/cpu.c"
  # The package has no blobs of firmware, and none are needed.
  sed -i 's/unpack_edk2_blobs = bzip2.found()/unpack_edk2_blobs = false/' "$out/qemu/meson.build"
  mkdir "$out/qemu/build"
  cd "$out/qemu/build"
  quietly "$out/configure.log" ../configure --target-list=x86_64-softmmu --without-default-features --enable-system \
    --enable-tcg --disable-kvm --enable-fdt --disable-docs --disable-install-blobs --meson=meson
  quietly "$out/build.log" ninja qemu-system-x86_64
  cd "$out"
}

if [ ! -x "$out/qemu/build/qemu-system-x86_64" ]; then
  fetch_qemu
  build_qemu
elif add_sources; then
  (cd "$out/qemu/build" && quietly "$out/build.log" ninja qemu-system-x86_64)
fi

# The reference driver as a module. Kernels have another way to name the hypervisor now.
mkdir -p "$out/module"
awk -v parameters=1 -f "$here/../seed/adapt.awk" "$here/../seed/vmw_balloon.c" |
  sed 's/x86_hyper != &x86_hyper_vmware/x86_hyper_type != X86_HYPER_VMWARE/' >"$out/module/seed_vmw_balloon.c"
echo 'obj-m := seed_vmw_balloon.o' >"$out/module/Makefile"
quietly "$out/module.log" make -C "$headers" M="$out/module" modules

# Newer kernels have modules compressed, and some of these drivers built in.
take_module() {
  local file=$modules/kernel/drivers/$1.ko
  if [ -f "$file" ]; then
    cp "$file" "$out/root/mod/"
  elif [ -f "$file.xz" ]; then
    xz -dc "$file.xz" >"$out/root/mod/$(basename "$file")"
  else
    grep -qx "kernel/drivers/$1.ko" "$modules/modules.builtin" || die "$kernel has no module drivers/$1.ko"
  fi
}

make_root "$out/root" "$here/init" "$here/hostctl.c"
install -m 755 "$here/init-daemon" "$here/init-debian" "$here/init-measure" "$out/root/"
for module in misc/vmw_vmci/vmw_vmci misc/vmw_balloon virtio/virtio virtio/virtio_ring virtio/virtio_pci_modern_dev \
  virtio/virtio_pci_legacy_dev virtio/virtio_pci virtio/virtio_balloon block/virtio_blk; do
  take_module "$module"
done
cp "$out/module/seed_vmw_balloon.ko" "$out/root/mod/"
pack_root "$out/root" "$out/initrd.gz"
make_data_image "$out/data.img"
echo "built in $out; next: lab/vm/run.sh${1:+ -d $1} 1024M driver=mainline caps=0xe swap=1 hog=400 target=200000 secs=40 text=1"
