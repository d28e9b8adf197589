title="connection refused, a script"
issue="the inventory page only shows an error"
fault() {
	cat >"$work/inventory.py" <<'P'
import os, socket, time
print(os.getpid(), flush=True)
while True:
    s = socket.socket()
    try:
        s.connect(("127.0.0.1", 19377))
    except OSError:
        pass
    s.close()
    time.sleep(0.5)
P
	launch inventory python3 "$work/inventory.py"
	fact "127.0.0.1:19377" "(pid $pid)"
}
