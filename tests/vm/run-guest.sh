#!/bin/bash
# Runs a folder in a guest with a Debian user space, as root, and brings back what it left.
#
#   run-guest.sh [--systemd] SERIES FOLDER OUT    SERIES: 5.10 6.1 6.12 6.18 7
#   run-guest.sh [--systemd] SERIES               a shell there, with dist/sonde on the PATH; its end powers the guest off
#
# FOLDER is at /guest in the guest; its executable `run` is started there, as root, once the guest is up: by the first
# process, or with --systemd as a unit after multi-user.target. OUT gets what `run` put into /guest/out, its stdout,
# stderr and exit (its exit code), the guest's console and the kernel's complaints in kernel.
# Exits 0 when `run` got to its end, whatever its exit code, 1 when the guest died first, 3 when none could be had.
#
# SONDE_VM_MEMORY (1G) is the guest's memory, SONDE_VM_TIMEOUT (420) how many seconds it may take.
set -u
PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "$0")" && pwd)
systemd=no
[ "${1:-}" = --systemd ] && { systemd=yes; shift; }
[ $# -eq 1 ] || [ $# -eq 3 ] || { sed -n '2,/^set/{/^set/d; s/^# \{0,1\}//; p}' "$0" >&2; exit 2; }
series=$1 folder=${2:-} out=${3:-}
image=$("$here/debian-root.sh") || exit 3
kernel=$("$here/fetch-kernels.sh" "$series" | cut -d' ' -f3-)
[ -n "$kernel" ] || exit 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$work/guest/out" "$work/start/bin"
if [ -n "$folder" ]; then
	[ -x "$folder/run" ] || { echo "run-guest: $folder has no executable run" >&2; exit 2; }
	cp -a "$folder/." "$work/guest/"
fi
sonde=${SONDE_BINARY:-$here/../../dist/sonde}
[ -e "$work/guest/sonde" ] || ! [ -x "$sonde" ] || cp "$sonde" "$work/guest/sonde"
truncate -s 0 "$work/guest.ext4" && mke2fs -q -t ext4 -O ^has_journal -m 0 -E root_owner=0:0 -L guest -d "$work/guest" "$work/guest.ext4" \
	"$(($(du -sm "$work/guest" | cut -f1) * 11 / 10 + 256))M" || exit 3

cp "$(command -v busybox)" "$work/start/bin/busybox" || { echo "run-guest: needs busybox (package busybox-static)" >&2; exit 3; }
cp "$here/guest/debian-init" "$work/start/init"
cp "$here/guest/debian-run" "$work/start/"
echo "$systemd" >"$work/start/systemd"
[ -n "$folder" ] || touch "$work/start/shell"
(cd "$work/start" && find . | cpio --quiet -o -H newc -R 0:0) >"$work/initramfs" || exit 3

# One controller with a namespace for each disk: every kernel of the matrix has NVMe built in.
disks=(-device nvme,id=disks,serial=guest
	-drive "if=none,id=root,file=$image,format=raw,snapshot=on" -device nvme-ns,drive=root,nsid=1
	-drive "if=none,id=modules,file=${kernel%/*}/modules.ext4,format=raw,readonly=on" -device nvme-ns,drive=modules,nsid=2
	-drive "if=none,id=guest,file=$work/guest.ext4,format=raw,cache=unsafe" -device nvme-ns,drive=guest,nsid=3)
if [ -z "$folder" ]; then
	SONDE_VM_INITRAMFS=$work/initramfs "$here/boot.sh" "$series" "${disks[@]}"
	exit
fi
rm -rf "$out"
mkdir -p "$out"
"$here/boot.sh" "$series" "$work/initramfs" "$out" "${disks[@]}"
code=$?
rm -f "$out/results" "$out/qemu.err"
debugfs -R "rdump /out $work" "$work/guest.ext4" >/dev/null 2>&1 && cp -r "$work/out/." "$out/"
[ $code -ne 0 ] || [ -s "$out/exit" ] || code=1
exit $code
