// SPDX-License-Identifier: MIT
/* Opens a file that is missing, or that the user it becomes may not read, as a service does that
 * waits for its configuration. */
#include "scenario.h"

#include <fcntl.h>
#include <grp.h>

int main(int argc, char **argv)
{
	if (argc < 2)
		return usage("missing-file PATH [UID]");
	if (argc > 2) {
		unsigned int id = strtoul(argv[2], NULL, 10);

		if (setgroups(0, NULL) || setgid(id) || setuid(id)) {
			perror("missing-file: becoming another user");
			return 1;
		}
	}

	do {
		int fd = open(argv[1], O_RDONLY | O_CLOEXEC);

		if (fd >= 0)
			close(fd);
	} while (go_on());
	return 0;
}
