title="killed by the OOM killer"
issue="the thumbnail worker disappears again and again"
fault() {
	group memory memory.limit_in_bytes=33554432 memory.max=33554432 memory.swap.max=0
	cp "$FAULTS/grow" "$work/thumbnailer"
	start worker-pool respawn 1500 /bin/sh -c "echo \$\$ >$group/cgroup.procs; exec $work/thumbnailer"
	fact thumbnailer memory
}
