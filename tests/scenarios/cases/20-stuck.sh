title="stuck in uninterruptible sleep"
issue="backupd hangs and even kill -9 does not end it"
fault() {
	start backupd stuck
	fact "backupd (pid $pid)" "uninterruptible"
}
