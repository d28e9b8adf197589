title="local ports exhausted, unnamed"
alone=yes
issue="requests to the cache fail at random under load"
fault() {
	start_in '--ports "52000 52059"' gatewayd hoard 11211
	fact "127.0.0.1:11211" "gatewayd (pid $pid)" "EADDRNOTAVAIL"
}
