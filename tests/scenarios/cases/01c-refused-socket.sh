title="connection refused by a unix socket"
alone=yes
issue="ticket queue is not being processed"
fault() {
	launch ticketd perl -MSocket -e '
$| = 1; socket(my $l, PF_UNIX, SOCK_STREAM, 0); bind($l, sockaddr_un($ARGV[0])); close $l; print "$$\n";
while (1) { socket(my $s, PF_UNIX, SOCK_STREAM, 0); connect($s, sockaddr_un($ARGV[0])); close $s; select(undef, undef, undef, 0.4) }' "$work/broker.sock"
	fact "$work/broker.sock" "perl (pid $pid)"
}
