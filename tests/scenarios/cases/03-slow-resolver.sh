title="resolver slow"
issue="frontend takes seconds for the first request of every session, later ones are fine"
fault() {
	start_in "" named resolver late 1200
	start_beside "$pid" frontend lookup api.shop.example
	fact "127.0.0.1:53" api.shop.example "frontend (pid $pid)"
}
