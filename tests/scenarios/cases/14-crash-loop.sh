title="crash loop"
issue="the image service keeps restarting"
fault() {
	cp "$FAULTS/crash" "$work/imaged"
	start supervise respawn 300 "$work/imaged"
	fact imaged SIGSEGV
}
