title="crash loop, aborts"
alone=yes
issue="thumbnails appear only now and then"
fault() {
	start renderer-pool respawn 500 /bin/sh -c 'kill -ABRT $$'
	fact SIGABRT
}
