/* SPDX-License-Identifier: MIT */
/*
 * What every scenario shares. A scenario makes one fault again and again, without a word about it,
 * as an application in trouble does: it prints its pid once the fault has happened for the first
 * time, and ends when its standard input does.
 */
#ifndef SCENARIO_H
#define SCENARIO_H

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PAUSE_MS 400

/* Returns 0 once the scenario is to end. Waiting on standard input is the pause between two tries.
 */
static int go_on(void)
{
	static int told;
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
	char ignored[64];

	if (!told) {
		told = 1;
		printf("%d\n", getpid());
		fflush(stdout);
	}
	if (poll(&in, 1, PAUSE_MS) == 0)
		return 1;
	return read(STDIN_FILENO, ignored, sizeof(ignored)) > 0;
}

static int usage(const char *text)
{
	fprintf(stderr, "usage: %s\n", text);
	return 2;
}

#endif
