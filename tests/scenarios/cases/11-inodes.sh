title="inodes exhausted"
where=guest
issue="the mail queue takes no new messages although df shows plenty of room"
fault() {
	mkdir -p /srv/spool
	mount -t tmpfs -o size=64m,nr_inodes=400 tmpfs /srv/spool
	mkdir /srv/spool/queue
	start queued fill /srv/spool/queue
	fact /srv/spool "out of inodes" "queued (pid $pid)"
}
undo() { umount /srv/spool; }
