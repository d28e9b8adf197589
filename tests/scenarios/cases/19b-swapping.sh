title="swapping, a script"
where=guest
issue="everything on this box is sluggish since we import the catalogue"
fault() {
	modprobe zram num_devices=1 || skip "this kernel has no zram"
	echo 512M >/sys/block/zram0/disksize
	mkswap /dev/zram0 >/dev/null && swapon /dev/zram0 || skip "no swap can be had"
	group memory memory.max=50331648
	launch importer sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group" python3 -c '
import os
data = bytearray(os.urandom(1 << 20) * 90)
print(os.getpid(), flush=True)
while True:
    for at in range(0, len(data), 4096):
        data[at] = (data[at] + 1) & 255
'
	fact memory
}
undo() {
	swapoff /dev/zram0
	modprobe -r zram
}
