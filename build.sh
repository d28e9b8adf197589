#!/bin/bash
# Prepares this machine and builds dist/sonde, one static executable.
#
#   ./build.sh [--check] [--with-tests] [--no-install] [--force]
#
#   --check        only say what is missing; exit 1 when something is
#   --with-tests   also what the tests need (QEMU for the kernel matrix)
#   --no-install   install nothing, even as root
#   --force        build even when nothing changed
#
# As root, missing Debian packages are installed. Otherwise it prints the command that installs them and stops.
set -u
PATH=$PATH:/usr/sbin:/sbin
cd "$(dirname "$0")" || exit 1

check=no tests=no install=yes force=no
for option; do
	case $option in
	--check) check=yes ;;
	--with-tests) tests=yes ;;
	--no-install) install=no ;;
	--force) force=yes ;;
	-h | --help) sed -n '2,/^set/{/^set/d; s/^# \{0,1\}//; p}' "$0"; exit 0 ;;
	*) echo "build.sh: no option $option; see ./build.sh --help" >&2; exit 2 ;;
	esac
done

say() { printf '%s\n' "$*" >&2; }
die() { say "build.sh: $*"; exit 1; }

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
# Build servers that outlive the build would hold on to the terminal or pipe it ran in.
export MSBUILDDISABLENODEREUSE=1

# ---------------------------------------------------------------- what the build needs

libraries=/usr/lib/x86_64-linux-gnu
program() { command -v "$1" >/dev/null 2>&1; }
archive() { [ -e "$libraries/$1" ]; }
static_program() { program "$1" && ! LC_ALL=C readelf -lW "$(command -v "$1")" 2>/dev/null | grep -q INTERP; }

# One line each: how it is told, its argument, the Debian package, what it is for.
needs() {
	cat <<-'END'
	program gcc gcc compiles native/ and links the executable
	archive libc.a libc6-dev the C library, linked in
	program readelf binutils archives, and the check of what was linked
	program make make the OpenSSL part of .NET is compiled while linking
	program cmake cmake the OpenSSL part of .NET is compiled while linking
	program clang-19 clang-19 compiles bpf/ to BPF bytecode
	program llvm-strip-19 llvm-19 takes debug sections out of the bytecode
	program ld.lld-19 lld-19 links static and position-independent at once (GNU ld cannot)
	archive libbpf.a libbpf-dev loads and attaches BPF programs, linked in
	archive libelf.a libelf-dev reads BPF objects, linked in
	archive libz.a zlib1g-dev needed by libelf and .NET, linked in
	archive libssl.a libssl-dev TLS and hashes for .NET, linked in
	END
	[ $tests = no ] || cat <<-'END'
	program qemu-system-x86_64 qemu-system-x86 boots the kernels of the test matrix
	static_program busybox busybox-static the user space of those guests
	program cpio cpio packs it
	program depmod kmod indexes the modules of those kernels
	program mke2fs e2fsprogs packs the disks of the guests with a Debian user space
	program debootstrap debootstrap installs that user space into an image, once
	END
}

missing_packages() {
	needs | while read -r kind name package why; do
		"$kind" "$name" && continue
		say "missing: $name (package $package): $why"
		echo "$package"
	done
}

has_sdk() { program dotnet && dotnet --list-sdks 2>/dev/null | grep -q '^10\.'; }

[ "$(uname -m)" = x86_64 ] || die "builds on x86_64 only, this machine is $(uname -m)"
sdk=yes
if ! has_sdk; then
	sdk=no
	say "missing: the .NET 10 SDK: compiles everything in src/. Get it from https://dot.net/download and put dotnet on the PATH."
fi
packages=$(missing_packages | sort -u | tr '\n' ' ')
command="apt-get install -y --no-install-recommends ${packages% }"

if [ $check = yes ]; then
	[ -z "$packages" ] && [ $sdk = yes ] && { say "nothing is missing"; exit 0; }
	[ -z "$packages" ] || say "install with: sudo $command"
	exit 1
fi
[ $sdk = yes ] || exit 1
if [ -n "$packages" ]; then
	if ! program apt-get; then
		die "no apt-get here: install what the packages above hold by this system's own means, then run it again"
	elif [ $install = no ] || [ "$(id -u)" != 0 ]; then
		say "install them with:"
		say "  sudo apt-get update && sudo $command"
		exit 1
	fi
	say "installing: $packages"
	export DEBIAN_FRONTEND=noninteractive
	log=$(mktemp)
	timeout 300 apt-get update -q >"$log" 2>&1 || say "apt-get update failed; trying with the package lists that are here"
	if ! timeout 900 $command </dev/null >>"$log" 2>&1; then
		tail -20 "$log" >&2
		die "installing failed; the log is $log"
	fi
	rm -f "$log"
	packages=$(missing_packages | tr '\n' ' ')
	[ -z "$packages" ] || die "still missing after installing: $packages"
fi

# ---------------------------------------------------------------- building

out=artifacts/publish-static binary=artifacts/publish-static/sonde stamps=artifacts/stamps
digest() { sha256sum | cut -d' ' -f1; }
# Everything that goes into the executable, the commit (it is part of --version) and the tools.
sources=$({ find src bpf native -type f | LC_ALL=C sort | xargs sha256sum; sha256sum Agent.csproj Directory.*.props global.json packages.lock.json
	git rev-parse HEAD 2>/dev/null; dotnet --version; } | digest)
# What only the linker sees: publishing is incremental and would silently keep the executable linked with other options.
linking=$(sha256sum Agent.csproj Directory.*.props native/* bpf/*.targets "$libraries"/lib{bpf,elf,z,ssl,crypto,c}.a | digest)
mkdir -p dist $stamps

if [ $force = yes ] || [ ! -x dist/sonde ] || [ "$(cat $stamps/sources 2>/dev/null)" != "$sources" ]; then
	rm -f $stamps/sources
	if [ $force = yes ] || [ "$(cat $stamps/linking 2>/dev/null)" != "$linking" ]; then
		rm -rf artifacts/obj/Agent/release_linux-x64/native artifacts/bin/Agent/release_linux-x64/native
	fi
	say "building dist/sonde"
	log=$(mktemp)
	if ! timeout 1200 dotnet publish Agent.csproj -c Release -r linux-x64 -o $out -v minimal </dev/null >"$log" 2>&1; then
		{ grep -E 'error|warning' "$log" || tail -20 "$log"; } | awk '!seen[$0]++' | head -40 >&2
		die "the build failed; the whole log is $log"
	fi
	rm -f "$log"

	LC_ALL=C readelf -hlW $binary >artifacts/sonde.elf || die "$binary is no ELF file"
	grep -q 'Type: *DYN' artifacts/sonde.elf || die "$binary is not position-independent: $(grep Type: artifacts/sonde.elf)"
	! grep -q INTERP artifacts/sonde.elf || die "$binary wants a dynamic loader: it is not static"
	size=$(stat -c %s $binary)
	[ "$size" -le $((20 * 1024 * 1024)) ] || die "$binary is $size bytes, more than 20 MB"
	version=$(timeout 20 $binary --version) || die "$binary --version failed"
	# Renamed into place: a running dist/sonde keeps its file.
	cp $binary dist/.sonde.new && mv dist/.sonde.new dist/sonde || die "dist/sonde could not be written"
	echo "$linking" >$stamps/linking
	echo "$sources" >$stamps/sources
	say "dist/sonde: $version, static-pie, $((size / 1024)) KiB (symbols: $binary.dbg)"
fi
