#!/bin/bash
# Brings the distribution kernels of the matrix into .cache/kernels/SERIES/: vmlinuz, release and modules.ext4, a file
# system of its modules to be mounted on /lib/modules.
#
#   fetch-kernels.sh [--refresh] [SERIES…]      SERIES: 5.10 6.1 6.12 6.18 7
#
# Prints "SERIES RELEASE VMLINUZ" for each kernel. Exits 1 when one cannot be had, and says which and why.
# Nothing is installed: the packages are found with a private apt configuration, made from this machine's own
# Debian sources with the suite replaced, downloaded, and only image and modules are taken out of them.
set -u
PATH=$PATH:/usr/sbin:/sbin

here=$(cd "$(dirname "$0")" && pwd)
cache=$(cd "$here/../.." && pwd)/.cache/kernels
. "$here/archive.sh"

# Where each series is looked for, best first: ARCHIVE:SUITE, ARCHIVE being "main" or "security".
suites_of() {
	case $1 in
	5.10) echo security:bullseye-security main:bullseye ;;
	6.1) echo security:bookworm-security main:bookworm ;;
	6.12) echo security:bookworm-security security:trixie-security main:trixie ;;
	6.18 | 7) echo main:trixie-backports ;;
	*) return 1 ;;
	esac
}

# Newest first. An image lies in linux-image-VERSION; where that is only a meta package, in linux-binary-VERSION.
candidates() {
	private_apt apt-cache "$1" dumpavail 2>/dev/null |
		sed -nE "s/^Package: (linux-(image|binary)-${2//./\\.}\.[0-9][^ |]*-cloud-amd64)$/\1/p" |
		grep -vE 'deb11|unsigned' | sort -t- -k3,3Vr -k4,4Vr -k2,2
}

download() { # apt folder, package: unpacks it into the folder's root/
	rm -rf "$1/deb"
	mkdir -p "$1/deb"
	(cd "$1/deb" && private_apt apt-get "$1" download "$2") >>"$1/log" 2>&1 && dpkg -x "$1"/deb/*.deb "$1/root" >>"$1/log" 2>&1
}

take_kernel() { # apt folder, series: keeps image and modules of the first candidate that holds an image
	local dir=$1 series=$2 package release image modules tries=0
	for package in $(candidates "$dir" "$series"); do
		[ $((tries += 1)) -le 6 ] || break
		rm -rf "$dir/root"
		download "$dir" "$package" || continue
		image=$(find "$dir/root" -type f \( -path '*/boot/vmlinuz-*' -o -path '*/modules/*/vmlinuz' \) -size +1M | head -1)
		[ -n "$image" ] || continue
		release=$(sed -E 's/^linux-(image|binary)-//' <<<"$package")
		# Where the image lies alone, its modules lie in a package of their own.
		[ "${package#linux-binary}" = "$package" ] || download "$dir" "linux-modules-$release" || continue
		mv "$image" "$dir/vmlinuz" && mkdir -p "$dir/modules/lib/modules" || continue
		modules=$(find "$dir/root" -type d -path "*/modules/$release") && mv "$modules" "$dir/modules/lib/modules/" || continue
		depmod -b "$dir/modules" "$release" >>"$dir/log" 2>&1 || continue
		mke2fs -q -t ext4 -O ^has_journal -m 0 -L modules -d "$dir/modules/lib/modules" "$dir/modules.ext4" \
			"$(($(du -sm "$dir/modules" | cut -f1) * 11 / 10 + 16))M" >>"$dir/log" 2>&1 || continue
		mv "$dir/vmlinuz" "$dir/modules.ext4" "$cache/$series/" && echo "$release" >"$cache/$series/release"
		return
	done
	return 1
}

fetch() {
	local series=$1 place suite dir uri tried=
	suites_of "$series" >/dev/null || { say "kernel $series: not in the matrix (5.10 6.1 6.12 6.18 7)"; return 1; }
	if [ "$refresh" = no ] && [ -s "$cache/$series/release" ] && [ -s "$cache/$series/modules.ext4" ]; then
		echo "$series $(cat "$cache/$series/release") $cache/$series/vmlinuz"
		return
	fi
	command -v apt-get >/dev/null || { say "kernel $series: needs apt-get and a Debian archive to come from"; return 1; }
	for place in depmod mke2fs; do
		command -v $place >/dev/null || { say "kernel $series: needs $place to pack its modules"; return 1; }
	done
	mkdir -p "$cache/$series" && dir=$(mktemp -d "$cache/$series/.apt.XXXXXX") || return 1
	for place in $(suites_of "$series"); do
		suite=${place#*:}
		for uri in $(machine_sources | sed -n "s/^${place%%:*} //p"); do
			mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
			tried="$tried $suite"
			echo "deb [$([ -r "$keyring" ] && echo "signed-by=$keyring" || echo arch=amd64)] $uri $suite main" >"$dir/sources.list"
			private_apt apt-get "$dir" update >>"$dir/log" 2>&1
			if take_kernel "$dir" "$series"; then
				rm -rf "$dir"
				echo "$series $(cat "$cache/$series/release") $cache/$series/vmlinuz"
				return
			fi
		done
	done
	say "kernel $series: cannot be had. Looked for linux-image-$series.*-cloud-amd64 in${tried:- no archive: no Debian source in /etc/apt/sources.list or sources.list.d}."
	[ -s "$dir/log" ] && grep -E '^(E|W|Err)' "$dir/log" | tail -5 >&2
	rm -rf "$dir"
	return 1
}

refresh=no
[ "${1:-}" = --refresh ] && { refresh=yes; shift; }
[ $# -gt 0 ] || set -- 5.10 6.1 6.12 6.18 7
failed=0
for series; do fetch "$series" || failed=1; done
exit $failed
