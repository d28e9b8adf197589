title="packet loss, a worse link"
alone=yes
issue="copying backups to the other building takes hours instead of minutes"
fault() {
	start bridge lossy-link 8730 7 backup-sender
	fact "10.77.0.2:8730" "lost"
}
