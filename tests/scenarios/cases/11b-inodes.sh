title="inodes exhausted, by a script"
where=guest
issue="cannot log in to the web shop, sessions are lost, there is plenty of disk space"
fault() {
	mkdir -p /var/lib/sessions
	truncate -s 64M "$work/image"
	modprobe loop
	mke2fs -q -N 256 "$work/image" && mount -o loop "$work/image" /var/lib/sessions || skip "no loop device can be had"
	launch webshop python3 -c '
import os, time
n = 0
told = False
while True:
    try:
        open("/var/lib/sessions/sess_%d" % n, "w").close()
        n += 1
    except OSError:
        if not told:
            print(os.getpid(), flush=True)
        told = True
        time.sleep(0.4)
'
	fact /var/lib/sessions "out of inodes"
}
undo() { umount /var/lib/sessions; }
