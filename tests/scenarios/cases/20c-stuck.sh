title="stuck in uninterruptible sleep, another wording"
issue="nothing gets archived, restarting snapd-helper does not work either, it cannot be stopped"
fault() {
	start snapd-helper stuck
	fact "snapd-helper (pid $pid)" "uninterruptible"
}
