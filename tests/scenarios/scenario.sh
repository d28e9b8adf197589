#!/bin/sh
# Makes one fault for real and lets sonde diagnose it: scenario.sh CASE OUT
#
# SONDE is the binary under test, FAULTS the folder of the compiled programs. OUT then holds title, issue, facts (one a line: what the cause must hold),
# report.json, stderr, exit and seconds; or skipped, with the reason.
set -u
case=$1 out=$2
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$out"
out=$(cd "$out" && pwd)
work=$(mktemp -d) pids= groups=
chmod 755 "$work"
: >"$out/facts"
. "$here/lib.sh"
. "$here/cases/$case.sh"
trap clean EXIT
trap 'exit 130' INT TERM
mkfifo "$work/alive"
exec 8<>"$work/alive"

echo "$title" >"$out/title"
fault
printf '%s' "$issue" >"$out/issue"
read -r began _ </proc/uptime
env -u NANNYAPI_ENDPOINT -u NANNYAPI_MODEL -u OPENAI_BASE_URL -u OPENAI_MODEL \
	"$SONDE" diagnose --json --report "$out/session" "$issue" >"$out/report.json" 2>"$out/stderr" 8>&-
echo $? >"$out/exit"
read -r ended _ </proc/uptime
awk -v a="$began" -v b="$ended" 'BEGIN { printf "%.1f\n", b - a }' >"$out/seconds"
