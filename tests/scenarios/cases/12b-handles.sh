title="file handles of the whole host exhausted"
where=guest
issue="new sessions are rejected on this box, whatever the program"
fault() {
	read -r used _ </proc/sys/fs/file-nr
	echo $((used + 900)) >/proc/sys/fs/file-max
	launch telemetry python3 -c '
import os, resource, time
resource.setrlimit(resource.RLIMIT_NOFILE, (60000, 60000))
os.setuid(65534)
held = []
while True:
    try:
        held.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        if held is not None and len(held) > 0:
            print(os.getpid(), flush=True)
            keep, held = held, []
        time.sleep(0.4)
'
	fact ENFILE "python3 (pid $pid)"
}
undo() { echo 400000 >/proc/sys/fs/file-max; }
