title="packet loss"
alone=yes
issue="replication to the second site crawls since this morning"
fault() {
	start relay lossy-link 7180 12 replicator
	fact "10.77.0.2:7180" "lost"
}
