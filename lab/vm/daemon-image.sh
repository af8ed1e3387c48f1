#!/usr/bin/env bash
# Makes the file system from which the VM lab runs balloon-hw: Node, its libraries, and the package of this repository with
# its dependencies in /opt/b.
set -euo pipefail

usage() {
  echo "usage: daemon-image.sh IMAGE   (after npm ci and npm run build:native)" >&2
  exit 2
}

case ${1:-} in '' | -*) usage ;; esac
[ $# = 1 ] || usage
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../guest/lib.sh"
package=$here/../..
[ -f "$package/build/Release/balloon_hw.node" ] || die "the addon is not built: npm run build:native"

temporary_directory
root=$work/root
mkdir -p "$root"/{usr/bin,opt/b/build/Release,proc,sys,dev,tmp,run,etc}

node=$(readlink -f "$(command -v node)")
cp "$node" "$root/usr/bin/node"
for file in "$node" "$package/build/Release/balloon_hw.node"; do
  for library in $(ldd "$file" | grep -o '/[^ ]*'); do
    mkdir -p "$root$(dirname "$library")"
    cp -L "$library" "$root$library"
  done
done

cp -r "$package"/{bin,dist,package.json} "$root/opt/b/"
cp "$package/build/Release/balloon_hw.node" "$root/opt/b/build/Release/"
cd "$package"
for module in $(npm ls --omit=dev --omit=optional --all --parseable | grep -o 'node_modules/.*' | sort -u); do
  mkdir -p "$root/opt/b/$(dirname "$module")"
  cp -r "$module" "$root/opt/b/$module"
done

cd - >/dev/null
truncate -s 600M "$work/image"
mke2fs -q -t ext4 -O ^has_journal -d "$root" "$work/image"
mv "$work/image" "$1"
