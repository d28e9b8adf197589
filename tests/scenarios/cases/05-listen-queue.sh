title="listen queue overflow"
issue="customers get no page from our storefront, only some come through"
fault() {
	start storefront stalled-server 18580 4
	fact "127.0.0.1:18580" "storefront (pid $pid)" "listen queue"
}
