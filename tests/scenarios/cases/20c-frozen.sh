title="stuck on a frozen file system"
where=guest
issue="the archiver writes nothing and cannot be killed"
fault() {
	mkdir -p /srv/archive
	truncate -s 64M "$work/disk"
	modprobe loop
	mke2fs -q "$work/disk" && mount -o loop "$work/disk" /srv/archive || skip "no loop device can be had"
	start archiver save /srv/archive/today
	fsfreeze -f /srv/archive
	fact "archiver (pid $pid)" uninterruptible
}
thaw() { fsfreeze -u /srv/archive; }
undo() { umount /srv/archive; }
