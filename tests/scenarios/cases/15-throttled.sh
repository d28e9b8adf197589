title="processor quota"
issue="report generation takes ten times as long as on the old server"
fault() {
	group cpu cpu.cfs_period_us=50000 cpu.cfs_quota_us=7500 "cpu.max=7500 50000"
	start_grouped reportgen spin
	fact "reportgen (pid $pid)" "$case" "0.15 processors" throttled
}
