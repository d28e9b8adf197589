title="fork storm"
alone=yes
issue="load went through the roof, but top shows nothing big"
fault() {
	cp "$FAULTS/nothing" "$work/probe-step"
	start healthcheck respawn 0 "$work/probe-step"
	fact "healthcheck (pid $pid)"
}
