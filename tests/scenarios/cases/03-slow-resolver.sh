title="resolver slow"
issue="the first request of every session takes seconds, later ones are fine; frontend is the service"
fault() {
	start_in "" named resolver late 1200
	nsenter_net=$pid
	launch frontend nsenter -t "$pid" -n "$(copy frontend lookup)" api.shop.example
	fact "127.0.0.1:53" "api.shop.example"
}
