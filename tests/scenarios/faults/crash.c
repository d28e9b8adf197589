// SPDX-License-Identifier: MIT
/* Works for a moment, then follows a pointer to nowhere. */
#include "scenario.h"

int main(void)
{
	int *volatile nowhere = NULL;

	usleep(80000);
	return *nowhere;
}
