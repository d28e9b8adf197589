# What every case has at hand. A case sets `title` and `issue` and defines `fault`, which makes the fault, returns once it is
# under way, and names the facts that the cause must hold. Everything it starts ends with the scenario, whatever happens.

# start NAME PROGRAM ARGUMENTS…: a program of faults/ under the name that the application of the story has; $pid is its process.
start() {
	name=$1 program=$2
	shift 2
	cp "$FAULTS/$program" "$work/$name"
	launch "$name" "$work/$name" "$@"
}

# start_in "NEWNET OPTIONS" NAME PROGRAM ARGUMENTS…: the same in a network namespace of its own.
start_in() {
	options=$1 name=$2 program=$3
	shift 3
	cp "$FAULTS/$program" "$work/$name"
	eval "launch \"\$name\" \"\$FAULTS/newnet\" $options \"\$work/\$name\" \"\$@\""
}

# start_beside PID NAME PROGRAM ARGUMENTS…: the same in the network namespace of another.
start_beside() {
	beside=$1 name=$2 program=$3
	shift 3
	cp "$FAULTS/$program" "$work/$name"
	launch "$name" nsenter -t "$beside" -n "$work/$name" "$@"
}

# Ends with the runner: its standard input is a pipe that only the runner holds open.
launch() {
	log=$work/$1.out
	shift
	"$@" <"$work/alive" >"$log" 2>&1 8>&- &
	pid=$!
	pids="$pids $pid"
	until [ -s "$log" ]; do
		kill -0 $pid 2>/dev/null || { echo "scenario: $1 ended before its fault was under way: $(cat "$log")" >&2; exit 1; }
		sleep 0.05
	done
	read -r first <"$log"
	case $first in *[!0-9]* | '') echo "scenario: $(cat "$log")" >&2; exit 1 ;; esac
	pid=$first
}

# group CONTROLLER SETTING=VALUE…: a control group of either version, in $group.
group() {
	controller=$1
	shift
	for root in "/sys/fs/cgroup/$controller" /sys/fs/cgroup /sys/fs/cgroup/unified; do
		[ -d "$root" ] || continue
		[ "$root" = "/sys/fs/cgroup/$controller" ] || grep -qw "$controller" "$root/cgroup.controllers" 2>/dev/null || continue
		[ -e "$root/cgroup.controllers" ] && echo "+$controller" >"$root/cgroup.subtree_control"
		group=$root/$case-$$
		mkdir "$group" && groups="$groups $group" || skip "no control group can be made below $root"
		for setting; do
			[ ! -e "$group/${setting%%=*}" ] || echo "${setting#*=}" >"$group/${setting%%=*}" || skip "$group/${setting%%=*} can't be set"
		done
		return
	done
	skip "this host has no control group with the $controller controller"
}

# start_grouped NAME PROGRAM ARGUMENTS…: as start, in that control group from its first instruction on.
start_grouped() {
	name=$1 program=$2
	shift 2
	cp "$FAULTS/$program" "$work/$name"
	launch "$name" sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group" "$work/$name" "$@"
}

# What the cause must hold, each as it is.
fact() { for text; do printf '%s\n' "$text" >>"$out/facts"; done; }

skip() {
	echo "$*" >"$out/skipped"
	exit 0
}

clean() {
	trap '' INT TERM
	exec 8>&-
	# What is stuck can't end before that.
	type thaw >/dev/null 2>&1 && thaw
	for pid in $pids; do
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	for group in $groups; do
		for pid in $(cat "$group/cgroup.procs"); do kill -KILL "$pid" 2>/dev/null; done
		tries=0
		until rmdir "$group" 2>/dev/null; do
			[ $((tries += 1)) -lt 100 ] || { echo "scenario: $group is left behind" >&2; break; }
			sleep 0.05
		done
	done
	type undo >/dev/null 2>&1 && undo
	rm -rf "$work"
}
