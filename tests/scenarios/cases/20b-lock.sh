title="lock contention, unnamed"
alone=yes
issue="requests queue up and response times are bad while CPU is idle"
fault() {
	start dispatcher locks 12 8
	fact "dispatcher (pid $pid)" lock
}
