// SPDX-License-Identifier: MIT
/* Writes to a file, or makes file after file in a folder, until there is no room, and then keeps
 * trying. */
#include "scenario.h"

#include <fcntl.h>
#include <sys/stat.h>

static int add(const char *folder)
{
	static int n;
	char name[4096];
	int fd;

	snprintf(name, sizeof(name), "%s/part-%06d", folder, n);
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		return -1;
	n++;
	return close(fd);
}

int main(int argc, char **argv)
{
	static char block[65536];
	struct stat to;
	int fd = -1, pause = 0;

	if (argc < 2)
		return usage("fill FILE|FOLDER");
	if (stat(argv[1], &to) || !S_ISDIR(to.st_mode)) {
		fd = open(argv[1], O_WRONLY | O_CREAT | O_APPEND, 0600);
		if (fd < 0)
			return failed("fill");
	}
	do {
		if (fd < 0 ? add(argv[1]) : write(fd, block, sizeof(block)) < 0) {
			tell();
			pause = PAUSE_MS;
		}
	} while (go_on_after(pause));
	return 0;
}
