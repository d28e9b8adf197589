// SPDX-License-Identifier: MIT
/* Keeps so many mebibytes of memory of its own in use, and reads a file of as many again and again:
 * in a small control group each pass must take away what the next one needs. */
#include "scenario.h"

#include <fcntl.h>
#include <string.h>

int main(int argc, char **argv)
{
	static char block[1 << 20];
	size_t size;
	char *own;
	int fd;

	if (argc < 3)
		return usage("reread MEBIBYTES FILE");
	size = (size_t)atoi(argv[1]) << 20;
	own = malloc(size);
	fd = open(argv[2], O_RDWR | O_CREAT, 0600);
	if (!own || fd < 0)
		return failed("reread");
	for (size_t at = 0; at < size; at += sizeof(block))
		if (write(fd, block, sizeof(block)) < 0)
			return failed("reread");
	fsync(fd);
	do {
		memset(own, 1, size);
		lseek(fd, 0, SEEK_SET);
		while (read(fd, block, sizeof(block)) > 0)
			;
		tell();
	} while (go_on_after(0));
	unlink(argv[2]);
	return 0;
}
