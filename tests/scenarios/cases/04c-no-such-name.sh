title="name does not exist, another word"
alone=yes
issue="metrics from this host are missing on the dashboard"
fault() {
	start_in "" unbound resolver nxdomain
	start_beside "$pid" telegraf lookup influx.intern.example
	fact influx.intern.example NXDOMAIN "telegraf (pid $pid)"
}
