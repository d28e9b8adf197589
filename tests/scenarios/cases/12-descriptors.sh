title="file descriptors exhausted"
issue="uploads fail on this box until we restart mediad"
fault() {
	start mediad descriptors 96 /etc/hostname
	fact "mediad (pid $pid)" 96 EMFILE
}
