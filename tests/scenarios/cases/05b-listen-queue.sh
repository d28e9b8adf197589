title="listen queue overflow, a script"
alone=yes
issue="the shop is slow and many requests get lost at peak"
fault() {
	launch shopd python3 -c '
import os, socket, time
l = socket.socket(); l.bind(("127.0.0.1", 28911)); l.listen(2)
print(os.getpid(), flush=True)
held = []
while True:
    s = socket.socket(); s.setblocking(False)
    s.connect_ex(("127.0.0.1", 28911)); held.append(s)
    time.sleep(0.2)
    held = held[-400:]
'
	fact "127.0.0.1:28911" "(pid $pid)" "listen queue"
}
