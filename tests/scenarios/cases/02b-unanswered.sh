title="connection timing out, one long wait"
issue="pages of the booking portal never finish loading"
fault() {
	start_in "--sink 10.91.4.1" portal connects 10.91.4.200 27017
	fact "10.91.4.200:27017" "portal (pid $pid)"
}
