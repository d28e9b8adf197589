title="killed by the OOM killer, a script"
where=guest
issue="nightly statistics never finish, the process is simply gone"
fault() {
	group memory memory.max=41943040 memory.swap.max=0
	launch cron sh -c 'echo $$; while :; do sh -c "echo \$\$ >$0/cgroup.procs; exec python3 -c \"x = []
while True: x.append(bytearray(1 << 20))\""; sleep 1.5; done' "$group"
	fact python3 memory
}
