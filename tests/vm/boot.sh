#!/bin/bash
# Boots one kernel of the matrix in plain software emulation.
#
#   boot.sh SERIES INITRAMFS OUT [QEMU-OPTION…]   runs the guest that the initramfs holds to its end: the second serial port goes to
#                                                 OUT/results, the console to OUT/console
#   boot.sh SERIES [QEMU-OPTION…]                 a shell in the guest, with dist/sonde and the workload in its /bin
#
# A boot that never says it is ready is tried again, up to three times; a guest that got so far never is.
set -u
here=$(cd "$(dirname "$0")" && pwd)
series=$1
shift
kernel=$("$here/fetch-kernels.sh" "$series" | cut -d' ' -f3-)
[ -n "$kernel" ] || exit 3
command -v qemu-system-x86_64 >/dev/null || { echo "boot: needs qemu-system-x86_64 (package qemu-system-x86)" >&2; exit 3; }
# -cpu max: .NET wants its instruction sets; without erms and fsrm, for which kernels copy by a byte at a time, each emulated. No kvm: the build machine may have none, and every machine emulates alike.
# One thread emulates both processors: cheaper, and the kernel's patching of code on one while the other runs it never locks up.
machine=(-M q35 -cpu max,-erms,-fsrm -accel tcg,thread=single -smp 2 -m "${SONDE_VM_MEMORY:-1G}" -display none -no-reboot -nic none -kernel "$kernel")
# A program at the same place every time is translated once; mitigations cost an emulated processor much and mend nothing there.
cmdline="console=ttyS0 quiet panic=-1 rdinit=/init norandmaps mitigations=off"

case ${1:-} in
'' | -*)
	initramfs=${SONDE_VM_INITRAMFS:-}
	if [ -z "$initramfs" ]; then
		initramfs=$(mktemp)
		trap 'rm -f "$initramfs"' EXIT
		"$here/initramfs.sh" "$initramfs" "$here/../../dist/sonde" || exit 3
	fi
	qemu-system-x86_64 "${machine[@]}" -initrd "$initramfs" -append "$cmdline" "$@" -serial mon:stdio
	exit
	;;
esac

initramfs=$1 out=$2
shift 2
# A disk that reads as zeroes, for block I/O; NVMe is built into every kernel of the matrix.
[ $# -gt 0 ] || set -- -drive if=none,id=null,driver=null-co,size=64M,read-zeroes=on -device nvme,serial=null,drive=null
mkdir -p "$out"
for attempt in 1 2 3; do
	timeout "${SONDE_VM_TIMEOUT:-420}" qemu-system-x86_64 "${machine[@]}" -initrd "$initramfs" -append "$cmdline" "$@" \
		-serial "file:$out/console" -serial "file:$out/results" -monitor none </dev/null 2>"$out/qemu.err"
	code=$?
	grep -q '^@ready' "$out/console" && break
	echo "kernel $series: boot $attempt ended (qemu's exit code $code) before the guest was ready" >&2
	[ $attempt -lt 3 ] || { cat "$out/qemu.err" >&2; tail -5 "$out/console" >&2; exit 3; }
done
if ! grep -q '^@done' "$out/console"; then
	echo "kernel $series: the guest ended (qemu's exit code $code) before it was done; its console ends:" >&2
	tail -15 "$out/console" >&2
	exit 1
fi
