title="resolver slow, for a shell"
alone=yes
issue="every job of the build farm starts with a long pause"
fault() {
	start_in "" dnsd resolver late 700
	start_beside "$pid" fetcher lookup mirror.packages.example
	fact "127.0.0.1:53" mirror.packages.example "fetcher (pid $pid)"
}
