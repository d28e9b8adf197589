title="connection timing out"
issue="checkout hangs whenever it talks to the payment provider"
fault() {
	start_in "--sink 10.66.0.1" checkout connects 10.66.0.17 8443
	fact "10.66.0.17:8443" "checkout (pid $pid)"
}
