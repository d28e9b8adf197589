// SPDX-License-Identifier: MIT
/* A supervisor: starts a program again as soon as it ends, after a pause of so many milliseconds.
 */
#include "scenario.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

int main(int argc, char **argv)
{
	if (argc < 3)
		return usage("respawn MILLISECONDS PROGRAM ARGUMENTS...");
	do {
		pid_t child = fork();

		if (child == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			execv(argv[2], argv + 2);
			_exit(127);
		}
		waitpid(child, NULL, 0);
		tell();
	} while (go_on_after(atoi(argv[1])));
	return 0;
}
