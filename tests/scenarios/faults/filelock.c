// SPDX-License-Identifier: MIT
/* Takes a file's lock and keeps it, or waits for it. */
#include "scenario.h"

#include <fcntl.h>
#include <sys/file.h>

int main(int argc, char **argv)
{
	int fd = argc > 2 ? open(argv[1], O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;

	if (argc < 3)
		return usage("filelock FILE hold|wait");
	if (argv[2][0] == 'w')
		tell();
	if (fd < 0 || flock(fd, LOCK_EX))
		return failed("filelock");
	while (go_on())
		;
	return 0;
}
