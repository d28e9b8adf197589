title="slow disk"
where=guest
issue="saving an order takes seconds, browsing is as fast as ever"
fault() {
	modprobe null_blk irqmode=2 completion_nsec=150000000 memory_backed=1 gb=1 nr_devices=1 || skip "this kernel has no null_blk"
	until [ -b /dev/nullb0 ]; do sleep 0.1; done
	start orderdb save /dev/nullb0
	fact nullb0 slow
}
undo() { modprobe -r null_blk; }
