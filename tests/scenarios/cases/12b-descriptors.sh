title="file descriptors exhausted, sockets of a script"
alone=yes
issue="chat users get disconnected, new ones cannot join"
fault() {
	launch chatd python3 -c '
import os, resource, socket, time
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
held = []
told = False
while True:
    try:
        held.append(socket.socket())
    except OSError:
        if not told: print(os.getpid(), flush=True)
        told = True
        time.sleep(0.3)
'
	fact "(pid $pid)" 64 EMFILE
}
