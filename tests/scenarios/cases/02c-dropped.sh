title="connection dropped by a firewall"
where=guest
issue="the mailer cannot deliver to its smart host any more, it just hangs"
fault() {
	iptables -I OUTPUT -p tcp --dport 2525 -j DROP || skip "this kernel has no iptables"
	start mailer connects 127.0.0.1 2525
	fact "127.0.0.1:2525" "mailer (pid $pid)"
}
undo() { iptables -D OUTPUT -p tcp --dport 2525 -j DROP; }
