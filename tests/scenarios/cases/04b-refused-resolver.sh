title="resolver dead, port closed"
alone=yes
issue="license checks fail everywhere on this host"
fault() {
	start_in "" licensed lookup licenses.example.net
	fact "127.0.0.1:53" licenses.example.net "licensed (pid $pid)" ECONNREFUSED
}
