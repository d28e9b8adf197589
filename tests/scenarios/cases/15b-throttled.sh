title="processor quota, a script"
alone=yes
issue="the export takes forever since it runs in its own slice"
fault() {
	group cpu cpu.cfs_period_us=100000 cpu.cfs_quota_us=20000 "cpu.max=20000 100000"
	launch export sh -c 'echo $$ >"$0/cgroup.procs"; echo $$; while :; do :; done' "$group"
	fact "(pid $pid)" "$case" "0.2 processors" throttled
}
