title="slow disk, a delayed device"
where=guest
issue="the ticket system takes ages to store anything"
fault() {
	modprobe null_blk irqmode=2 completion_nsec=250000000 memory_backed=1 gb=1 nr_devices=1 || skip "this kernel has no null_blk"
	until [ -b /dev/nullb0 ]; do sleep 0.1; done
	launch ticketd python3 -c '
import os, time
print(os.getpid(), flush=True)
fd = os.open("/dev/nullb0", os.O_RDWR)
while True:
    os.pwrite(fd, b"x" * 4096, 8192)
    os.fsync(fd)
    time.sleep(0.02)
'
	fact nullb0 slow
}
undo() { modprobe -r null_blk; }
