title="swapping"
where=guest
issue="the whole machine crawls since the new release of the analytics job"
fault() {
	modprobe zram num_devices=1 || skip "this kernel has no zram"
	echo 512M >/sys/block/zram0/disksize
	mkswap /dev/zram0 >/dev/null && swapon /dev/zram0 || skip "no swap can be had"
	group memory memory.max=67108864
	start_grouped analytics reread 70 "$work/chunk"
	fact memory
}
undo() {
	swapoff /dev/zram0
	modprobe -r zram
}
