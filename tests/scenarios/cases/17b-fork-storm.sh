title="fork storm, a shell script"
alone=yes
issue="the server became unresponsive after the new monitoring was rolled out"
fault() {
	launch monitoring sh -c 'echo $$; while :; do /bin/true; done'
	fact "sh (pid $pid)"
}
