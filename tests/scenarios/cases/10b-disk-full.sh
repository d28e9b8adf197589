title="disk full, an image on a loop device"
where=guest
issue="backup job died during the night"
fault() {
	mkdir -p /mnt/vault
	truncate -s 32M "$work/image"
	modprobe loop
	mke2fs -q -m 0 "$work/image" && mount -o loop "$work/image" /mnt/vault || skip "no loop device can be had"
	launch nightly sh -c 'while :; do cat /dev/zero >>/mnt/vault/dump 2>/dev/null; [ -n "$told" ] || echo $$; told=1; sleep 0.5; done'
	fact /mnt/vault "out of space"
}
undo() { umount /mnt/vault; }
