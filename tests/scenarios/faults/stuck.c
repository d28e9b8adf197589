// SPDX-License-Identifier: MIT
/* Waits, as vfork() makes it wait, for a child that does nothing: uninterruptibly, without a device
 * that could be blamed. */
#define _GNU_SOURCE
#include "scenario.h"

#include <signal.h>
#include <sys/prctl.h>

int main(void)
{
	tell();
	if (vfork() == 0) {
		while (go_on_after(-1))
			;
		_exit(0);
	}
	return 0;
}
