#!/bin/bash
# Builds and runs the benchmarks against dist/sonde (build it first) with the peers beside it.
#
#   tests/Agent.Benchmarks/run.sh [--rounds N] [--write PAGE] [GROUP…]
#
# As root, missing peers (bpftrace, perf) are installed. What is measured with a peer that cannot be had is not measured.
set -u
cd "$(dirname "$0")/../.." || exit 1
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1 NO_COLOR=1
export SONDE_BINARY=${SONDE_BINARY:-$PWD/dist/sonde} SONDE_BENCH_TOOLS=$PWD/artifacts/bench
sources=tests/Agent.Benchmarks/native log=artifacts/bench/build.log
mkdir -p "$SONDE_BENCH_TOOLS"
die() { echo "bench: $*" >&2; exit 1; }

[ "$(id -u)" = 0 ] || die "needs root: it attaches programs to the kernel"
[ "$(nproc)" -ge 2 ] || die "needs two CPUs: one for the load and one for what observes it"
[ -x "$SONDE_BINARY" ] || die "no $SONDE_BINARY: run ./build.sh"
missing=
command -v bpftrace >/dev/null || missing="$missing bpftrace"
command -v perf >/dev/null || missing="$missing linux-perf"
if [ -n "$missing" ]; then
	echo "bench: installing$missing" >&2
	{ timeout 300 apt-get update -q; DEBIAN_FRONTEND=noninteractive timeout 900 apt-get install -y --no-install-recommends $missing; } </dev/null >"$log" 2>&1 ||
		echo "bench: not to be had:$missing (see $log); going on without" >&2
fi

compile() { gcc -O2 -Wall -Wextra -Werror -o "$SONDE_BENCH_TOOLS/$1" "$sources/$1.c" "${@:2}" || die "$1.c does not compile"; }
compile load
compile measure
compile counter -lbpf
compile ring-reader -lbpf
clang-19 -g -O2 -Wall -Wextra -Werror -Wno-unused-parameter -target bpf -mcpu=v3 -Ibpf -c "$sources/bench.bpf.c" -o "$SONDE_BENCH_TOOLS/bench.bpf.o" ||
	die "bench.bpf.c does not compile"
timeout 900 dotnet build tests/Agent.Benchmarks -c Release -v quiet </dev/null >"$log" 2>&1 || { grep -E ' error ' "$log" | sort -u | head -20; die "does not build"; }

# The peers look for tracefs where it is usually mounted; mounted there for them alone.
exec unshare --mount sh -c '
	mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null
	[ -d /sys/kernel/tracing/events ] || mount -t tracefs tracefs /sys/kernel/tracing
	[ -d /sys/kernel/debug/tracing/events ] || mount -t tracefs tracefs /sys/kernel/debug/tracing
	exec "$@"' sh artifacts/bin/Agent.Benchmarks/release/Agent.Benchmarks "$@"
