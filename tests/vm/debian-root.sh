#!/bin/bash
# Builds the Debian user space of the guests once, as a file system image in .cache, and prints the image's path.
#
#   debian-root.sh [--refresh]
#
# Needs root (debootstrap changes its root folder). Guests run on a throw-away copy of its blocks: nothing they do to it
# stays. Built again when the list of packages below changes.
set -u
PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "$0")" && pwd)
cache=$(cd "$here/../.." && pwd)/.cache/debian-root
suite=bookworm
packages=(
	systemd systemd-sysv dbus procps psmisc kmod lsof strace util-linux e2fsprogs busybox
	iproute2 iptables nftables iputils-ping netcat-openbsd curl bind9-host bind9-dnsutils ca-certificates
	python3 bpftrace
)
. "$here/archive.sh"

die() { say "Debian root: $*"; exit 1; }
wanted=$(sha256sum "$0" | cut -d' ' -f1)
current() { [ "$refresh" = no ] && [ -s "$cache/image.ext4" ] && [ "$(cat "$cache/made-from" 2>/dev/null)" = "$wanted" ]; }
refresh=no
[ "${1:-}" = --refresh ] && refresh=yes
mkdir -p "$cache" || exit 1
exec 9>"$cache/lock"
flock 9
if ! current; then
	for tool in debootstrap mke2fs; do
		command -v $tool >/dev/null || die "needs $tool (./build.sh --with-tests names the package)"
	done
	[ "$(id -u)" = 0 ] || die "building it needs root"
	# wget, which debootstrap uses, doesn't read apt's configuration.
	set -a
	eval "$(apt-config shell http_proxy Acquire::http::Proxy https_proxy Acquire::https::Proxy)"
	set +a
	work=$(mktemp -d "$cache/.work.XXXXXX")
	trap 'rm -rf --one-file-system "$work"' EXIT
	made=no
	for uri in $(machine_sources | sed -n 's/^main //p'); do
		rm -rf "$work/root"
		timeout 900 debootstrap --variant=minbase --include="$(IFS=,; echo "${packages[*]}")" "$suite" "$work/root" "$uri" >"$work/log" 2>&1 </dev/null 9>&- &&
			{ made=yes; break; }
	done
	[ $made = yes ] || { [ -s "$work/log" ] && tail -5 "$work/log" >&2; die "debootstrap could not install $suite from this machine's Debian sources"; }
	rm -rf "$work"/root/var/{cache/apt/archives,lib/apt/lists}/* "$work"/root/usr/share/{doc,man,locale,info}/*
	echo guest >"$work/root/etc/hostname"
	printf '127.0.0.1 localhost guest\n::1 localhost\n' >"$work/root/etc/hosts"
	: >"$work/root/etc/resolv.conf"
	size=$(($(du -sm "$work/root" | cut -f1) * 11 / 10 + 400))
	mke2fs -q -t ext4 -O ^has_journal -m 0 -L root -d "$work/root" "$work/image.ext4" "${size}M" >"$work/log" 2>&1 ||
		{ cat "$work/log" >&2; die "mke2fs failed"; }
	mv "$work/image.ext4" "$cache/image.ext4" && echo "$wanted" >"$cache/made-from" || exit 1
fi
echo "$cache/image.ext4"
