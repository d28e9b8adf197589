title="stuck on a frozen file system, by append"
where=guest
issue="audit events are no longer written, the collector ignores every signal"
fault() {
	mkdir -p /data/audit
	truncate -s 64M "$work/disk"
	modprobe loop
	mke2fs -q "$work/disk" && mount -o loop "$work/disk" /data/audit || skip "no loop device can be had"
	launch collector python3 -c '
import os, time
print(os.getpid(), flush=True)
while True:
    with open("/data/audit/log", "a") as f:
        f.write("x\n")
    time.sleep(0.1)
'
	fsfreeze -f /data/audit
	fact "python3 (pid $pid)" uninterruptible
}
thaw() { fsfreeze -u /data/audit; }
undo() { umount /data/audit; }
