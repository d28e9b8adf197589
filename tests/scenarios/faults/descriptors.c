// SPDX-License-Identifier: MIT
/* Lowers its limit of file descriptors and forgets to close what it opens. */
#include "scenario.h"

#include <fcntl.h>
#include <sys/resource.h>

int main(int argc, char **argv)
{
	struct rlimit limit;
	int pause = 0;

	if (argc < 3)
		return usage("descriptors LIMIT FILE");
	limit.rlim_cur = limit.rlim_max = atoi(argv[1]);
	if (setrlimit(RLIMIT_NOFILE, &limit))
		return failed("descriptors");
	do {
		if (open(argv[2], O_RDONLY) < 0) {
			tell();
			pause = PAUSE_MS;
		}
	} while (go_on_after(pause));
	return 0;
}
