title="resolver dead"
alone=yes
issue="nothing that needs the network works on this box, but ping by address does"
fault() {
	start_in "" named resolver silent
	start_beside "$pid" agentd lookup updates.example
	fact "127.0.0.1:53" updates.example "no answer"
}
