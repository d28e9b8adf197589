// SPDX-License-Identifier: MIT
/*
 * Runs one command pinned to a CPU and reports what it used: "PEAK-RSS-KIB CPU-MICROSECONDS".
 *
 *   measure CPU|any REPORT COMMAND...
 *
 * SIGINT and SIGTERM go on to the command. Its peak is the kernel's own figure; this process is
 * small, so that what a child inherits of it before it executes the command is never the peak.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile pid_t child;

static void pass_on(int signal)
{
	if (child > 0)
		kill(child, signal);
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = pass_on};
	struct rusage used;
	cpu_set_t cpu;
	int status;
	FILE *report;

	if (argc < 4) {
		fprintf(stderr, "usage: measure CPU|any REPORT COMMAND...\n");
		return 2;
	}
	/* Whoever starts it is pinned: "any" is said anew. */
	CPU_ZERO(&cpu);
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (!strcmp(argv[1], "any") || i == atoi(argv[1]))
			CPU_SET(i, &cpu);
	if (sched_setaffinity(0, sizeof(cpu), &cpu)) {
		perror("measure: sched_setaffinity");
		return 1;
	}
	child = fork();
	if (child < 0) {
		perror("measure: fork");
		return 1;
	}
	if (!child) {
		execvp(argv[3], argv + 3);
		perror(argv[3]);
		_exit(127);
	}
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	while (wait4(child, &status, 0, &used) < 0)
		;
	report = fopen(argv[2], "w");
	if (!report) {
		perror(argv[2]);
		return 1;
	}
	fprintf(report, "%ld %lld\n", used.ru_maxrss,
		(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000LL + used.ru_utime.tv_usec +
		    used.ru_stime.tv_usec);
	fclose(report);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
