title="killed by the OOM killer, a script"
alone=yes
issue="pdf conversion jobs vanish without a word"
fault() {
	group memory memory.limit_in_bytes=31457280 memory.max=31457280 memory.swap.max=0
	start queue-runner respawn 1200 /bin/sh -c "echo \$\$ >$group/cgroup.procs; exec perl -e 'my @x; push @x, \"x\" x 1048576 while 1'"
	fact perl memory
}
