// SPDX-License-Identifier: MIT
/* Uses all the processor time it can get. */
#include "scenario.h"

int main(void)
{
	volatile unsigned long n = 0;

	tell();
	do
		for (unsigned long i = 0; i < 50000000; i++)
			n += i;
	while (go_on_after(0));
	return 0;
}
