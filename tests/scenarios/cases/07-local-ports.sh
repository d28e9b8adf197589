title="local ports exhausted"
issue="the crawler cannot open new connections any more, old ones work"
fault() {
	start_in '--ports "41000 41119"' crawler hoard 8090
	fact "127.0.0.1:8090" "crawler (pid $pid)" "EADDRNOTAVAIL"
}
