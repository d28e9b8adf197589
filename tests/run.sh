#!/bin/bash
# Builds and runs test projects, and ends with one line that sums them up: "N passed, N failed, N skipped".
#
#   tests/run.sh [PROJECT…]     default: Agent.Tests Agent.KernelTests Agent.ScenarioTests Agent.VmTests; TEST_ARGS goes to each
#
# The kernel tests and the kernel matrix test the published dist/sonde: build it first (./build.sh --with-tests).
set -u
cd "$(dirname "$0")/.." || exit 1
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1 NO_COLOR=1
export SONDE_BINARY=$PWD/dist/sonde
[ $# -gt 0 ] || set -- Agent.Tests Agent.KernelTests Agent.ScenarioTests Agent.VmTests
results=artifacts/test-results
passed=0 failed=0 skipped=0 failures=
mkdir -p $results

# A project that does not build or does not report counts as one failure.
broken() { echo "$1"; failed=$((failed + 1)); }
figure() { grep -o "<assembly [^>]*>" "$2" | sed -nE "1s/.* $1=\"([0-9]+)\".*/\1/p"; }

# What failed, for the end of the output: of a long log often only that is kept.
name_failures() {
	failures+=$(tr '\n' ' ' <"$1" | sed 's/<test /\n&/g; s/&#xA;/ /g; s/\\*&quot;/"/g; s/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g' | awk '
		/^<test / { name = /result="Fail"/ ? $0 : ""; sub(/^[^>]* name="/, "", name); sub(/" result=.*/, "", name) }
		name && sub(/.*<message>(<!\[CDATA\[)?/, "") { sub(/(\]\]>)?<\/message>.*/, ""); gsub(/ +/, " "); printf "\nFAILED %s: %s", name, substr($0, 1, 600); name = "" }
	')
}

run() {
	local project=$1 folder report="$results/$1.xml" log="$results/$1.build.log" errors code
	folder=$(find tests -maxdepth 2 -type d -name "$project" | head -1)
	[ -n "$folder" ] || { broken "$project: no such test project"; return; }
	echo "== $project"
	if ! timeout 900 dotnet build "$folder" -c Debug -v quiet </dev/null >"$log" 2>&1; then
		grep -E ' error ' "$log" | sort -u | head -40
		broken "$project: does not build"
		return
	fi
	rm -f "$report"
	timeout "${TEST_TIMEOUT:-1500}" "artifacts/bin/$project/debug/$project" -noLogo -noColor -noAutoReporters -reporter quiet -result-xml "$report" ${TEST_ARGS:-} </dev/null
	code=$?
	if [ ! -s "$report" ] || [ -z "$(figure total "$report")" ]; then
		# No report and no trouble: a project without tests.
		[ $code -eq 0 ] || broken "$project: ended with exit code $code and no report"
		return
	fi
	errors=$(figure errors "$report")
	passed=$((passed + $(figure passed "$report")))
	failed=$((failed + $(figure failed "$report") + ${errors:-0}))
	name_failures "$report"
	skipped=$((skipped + $(figure skipped "$report")))
	[ $code -eq 0 ] || [ "$(figure failed "$report")" != 0 ] || [ "${errors:-0}" != 0 ] || [ "$(figure total "$report")" = 0 ] ||
		broken "$project: ended with exit code $code"
}

for project; do run "$project"; done
[ -z "$failures" ] || echo "${failures#?}"
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
