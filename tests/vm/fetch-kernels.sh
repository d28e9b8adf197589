#!/bin/bash
# Brings the distribution kernels of the matrix into .cache/kernels/SERIES/{vmlinuz,release}.
#
#   fetch-kernels.sh [--refresh] [SERIES…]      SERIES: 5.10 6.1 6.12 6.18 7
#
# Prints "SERIES RELEASE VMLINUZ" for each kernel. Exits 1 when one cannot be had, and says which and why.
# Nothing is installed: the packages are found with a private apt configuration, made from this machine's own
# Debian sources with the suite replaced, downloaded, and only the image is taken out of them.
set -u

here=$(cd "$(dirname "$0")" && pwd)
cache=$(cd "$here/../.." && pwd)/.cache/kernels
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
say() { printf '%s\n' "$*" >&2; }

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

# The machine's own sources as "main URI" and "security URI" lines, from one-line and deb822 files.
machine_sources() {
	{
		cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | sed -n 's/\[[^]]*\]//; s/^deb  *//p' |
			awk '{print $2, $1}'
		for file in /etc/apt/sources.list.d/*.sources; do
			[ -e "$file" ] && awk -v RS= '
				{
					uris = suites = ""; on = 1
					n = split($0, lines, "\n")
					for (i = 1; i <= n; i++) {
						value = lines[i]; sub(/^[^:]*:[ \t]*/, "", value)
						key = tolower(lines[i])
						if (key ~ /^uris:/) uris = value
						if (key ~ /^suites:/) suites = value
						if (key ~ /^enabled:[ \t]*(no|false)/) on = 0
					}
					if (!on) next
					a = split(suites, suite, /[ \t]+/); b = split(uris, uri, /[ \t]+/)
					for (i = 1; i <= a; i++) for (j = 1; j <= b; j++) print suite[i], uri[j]
				}' "$file"
		done
	} | awk -v code="$(. /etc/os-release && echo "${VERSION_CODENAME:-}")" '
		$1 ~ /-security$/ { print "security", $2 }
		code != "" && $1 == code { print "main", $2 }
		$1 ~ /^(stable|oldstable|testing|sid|unstable|bullseye|bookworm|trixie)$/ { print "main", $2 }' |
		grep -i debian | sort -u
}

private_apt() {
	local tool=$1 dir=$2
	shift 2
	timeout 300 "$tool" -q \
		-o Dir::Etc::SourceList="$dir/sources.list" -o Dir::Etc::SourceParts=/dev/null \
		-o Dir::State::Lists="$dir/lists" -o Dir::State::status=/dev/null -o Dir::Cache="$dir/cache" \
		-o APT::Sandbox::User=root -o APT::Architecture=amd64 -o APT::Architectures::=amd64 \
		-o Acquire::Languages=none -o Acquire::Check-Valid-Until=false \
		-o Acquire::Retries=2 -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30 "$@"
}

# Newest first. An image lies in linux-image-VERSION; where that is only a meta package, in linux-binary-VERSION.
candidates() {
	private_apt apt-cache "$1" dumpavail 2>/dev/null |
		sed -nE "s/^Package: (linux-(image|binary)-${2//./\\.}\.[0-9][^ |]*-cloud-amd64)$/\1/p" |
		grep -vE 'deb11|unsigned' | sort -t- -k3,3Vr -k4,4Vr -k2,2
}

take_image() { # package folder, series: keeps the image of the first candidate that holds one
	local dir=$1 series=$2 package deb image tries=0
	for package in $(candidates "$dir" "$series"); do
		[ $((tries += 1)) -le 6 ] || break
		rm -rf "$dir/deb" "$dir/root"
		mkdir -p "$dir/deb"
		(cd "$dir/deb" && private_apt apt-get "$dir" download "$package") >>"$dir/log" 2>&1 || continue
		deb=$(ls "$dir/deb"/*.deb) && dpkg -x "$deb" "$dir/root" >>"$dir/log" 2>&1 || continue
		image=$(find "$dir/root" -type f \( -path '*/boot/vmlinuz-*' -o -path '*/modules/*/vmlinuz' \) -size +1M | head -1)
		[ -n "$image" ] || continue
		mv "$image" "$cache/$series/vmlinuz" &&
			sed -E 's/^linux-(image|binary)-//' <<<"$package" >"$cache/$series/release"
		return
	done
	return 1
}

fetch() {
	local series=$1 place suite dir uri tried=
	suites_of "$series" >/dev/null || { say "kernel $series: not in the matrix (5.10 6.1 6.12 6.18 7)"; return 1; }
	if [ "$refresh" = no ] && [ -s "$cache/$series/release" ]; then
		echo "$series $(cat "$cache/$series/release") $cache/$series/vmlinuz"
		return
	fi
	command -v apt-get >/dev/null || { say "kernel $series: needs apt-get and a Debian archive to come from"; return 1; }
	mkdir -p "$cache/$series" && dir=$(mktemp -d "$cache/$series/.apt.XXXXXX") || return 1
	for place in $(suites_of "$series"); do
		suite=${place#*:}
		for uri in $(machine_sources | sed -n "s/^${place%%:*} //p"); do
			mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
			tried="$tried $suite"
			echo "deb [$([ -r "$keyring" ] && echo "signed-by=$keyring" || echo arch=amd64)] $uri $suite main" >"$dir/sources.list"
			private_apt apt-get "$dir" update >>"$dir/log" 2>&1
			if take_image "$dir" "$series"; then
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
