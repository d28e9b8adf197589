title="runaway process, a shell"
alone=yes
issue="reports arrive late since monday"
fault() {
	launch sync sh -c 'echo $$; while :; do :; done'
	fact "sh (pid $pid)"
}
