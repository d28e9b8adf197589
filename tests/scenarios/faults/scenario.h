/* SPDX-License-Identifier: MIT */
/*
 * What every scenario shares. A scenario makes one fault again and again, without a word about it,
 * as an application in trouble does: it prints its pid once the fault is under way, and ends when
 * its standard input does.
 */
#ifndef SCENARIO_H
#define SCENARIO_H

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PAUSE_MS 400

/* Says, once, that the fault is under way. */
static inline void tell(void)
{
	static int told;

	if (told)
		return;
	told = 1;
	printf("%d\n", getpid());
	fflush(stdout);
}

/* Whether standard input is still open; waits for it up to so many milliseconds. */
static inline int go_on_after(int milliseconds)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
	char ignored[64];

	if (poll(&in, 1, milliseconds) == 0)
		return 1;
	return read(STDIN_FILENO, ignored, sizeof(ignored)) > 0;
}

/* Returns 0 once the scenario is to end. Waiting is the pause between two tries. */
static inline int go_on(void)
{
	tell();
	return go_on_after(PAUSE_MS);
}

static inline int usage(const char *text)
{
	fprintf(stderr, "usage: %s\n", text);
	return 2;
}

static inline int failed(const char *what)
{
	perror(what);
	return 1;
}

#endif
