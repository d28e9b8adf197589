title="disk full"
where=guest
issue="uploads fail since this morning, reading still works"
fault() {
	mkdir -p /srv/uploads
	mount -t tmpfs -o size=8m tmpfs /srv/uploads
	start storaged fill /srv/uploads/incoming
	fact /srv/uploads "out of space" "storaged (pid $pid)"
}
undo() { umount /srv/uploads; }
