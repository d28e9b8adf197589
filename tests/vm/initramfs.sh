#!/bin/bash
# Packs the guest: initramfs.sh OUT SONDE [CASES]
# busybox, the workload, the init script, the binary under test and the cases, as an uncompressed cpio
# (unpacking costs an emulated guest more than reading).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$1 sonde=$2 cases=${3:-}
busybox=$(command -v busybox) || { echo "initramfs: needs busybox (package busybox-static)" >&2; exit 1; }
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/bin" "$root/cases" "$root/dev" "$root/root"
chmod 700 "$root/root"
cp "$busybox" "$root/bin/busybox"
cp "$here/guest/init" "$root/init"
echo secret >"$root/root/secret"
cp "$sonde" "$root/bin/sonde"
cp "$here/guest/breadth" "$root/bin/breadth"
cp "$here/guest/run-case" "$root/bin/"
"$here/guest/workload/build.sh" "$root/bin/workload"
if [ -n "$cases" ]; then cp -r "$cases/." "$root/cases/"; else touch "$root/shell"; fi
# The guest's other users walk through / as well.
chmod 755 "$root"
(cd "$root" && find . | cpio --quiet -o -H newc -R 0:0) >"$out.part"
mv "$out.part" "$out"
