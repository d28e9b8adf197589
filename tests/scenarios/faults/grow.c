// SPDX-License-Identifier: MIT
/* Takes memory and keeps it, a mebibyte at a time. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
	for (;;) {
		char *page = malloc(1 << 20);

		if (!page)
			return 1;
		memset(page, 1, 1 << 20);
		usleep(2000);
	}
}
