// SPDX-License-Identifier: MIT
/* Writes a block and waits until it is on the disk, as a database does for each transaction. */
#include "scenario.h"

#include <fcntl.h>

int main(int argc, char **argv)
{
	static char block[4096];
	int fd = argc > 1 ? open(argv[1], O_WRONLY | O_CREAT, 0600) : -1;

	if (argc < 2)
		return usage("save FILE");
	if (fd < 0)
		return failed("save");
	for (int n = 0; n < 10000; n++) {
		tell();
		if (pwrite(fd, block, sizeof(block), (off_t)(n % 512) * sizeof(block)) < 0 ||
		    fsync(fd))
			return failed("save");
		if (!go_on_after(5))
			break;
	}
	return 0;
}
