title="connection refused"
issue="orders-api can't reach its backend since the last deployment"
fault() {
	start orders-api connects 127.0.0.1 18231 nonblocking
	fact "127.0.0.1:18231" "orders-api (pid $pid)"
}
