title="name does not exist"
issue="the invoice exporter cannot reach the archive since the move"
fault() {
	start_in "" named resolver nxdomain
	start_beside "$pid" exporter lookup archive.old.example
	fact archive.old.example NXDOMAIN "exporter (pid $pid)"
}
