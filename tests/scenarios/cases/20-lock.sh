title="lock contention"
issue="matchmaker answers slowly although the machine is idle"
fault() {
	start matchmaker locks 8 15
	fact "matchmaker (pid $pid)" lock
}
