title="runaway process"
alone=yes
issue="the machine is sluggish and its fans are loud"
fault() {
	start indexer spin
	fact "indexer (pid $pid)"
}
