title="runaway process"
issue="the machine is sluggish and its fans are loud"
fault() {
	start indexer spin
	fact "indexer (pid $pid)"
}
