// SPDX-License-Identifier: MIT
/*
 * The load of every cost figure: getppid() in a tight loop, pinned to one CPU.
 *
 *   load CPU    for each line "CALLS CHUNKS" on standard input: that many chunks of that many
 *               calls; answers with the median of the chunks, in nanoseconds a call, and with
 *               the calls that it has made in all.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MOST_CHUNKS 4096

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	static double chunk[MOST_CHUNKS];
	unsigned long long made = 0;
	long calls, chunks;
	cpu_set_t cpu;

	if (argc != 2) {
		fprintf(stderr, "usage: load CPU\n");
		return 2;
	}
	CPU_ZERO(&cpu);
	CPU_SET(atoi(argv[1]), &cpu);
	if (sched_setaffinity(0, sizeof(cpu), &cpu)) {
		perror("load: sched_setaffinity");
		return 1;
	}
	while (scanf("%ld %ld", &calls, &chunks) == 2) {
		if (chunks < 1 || chunks > MOST_CHUNKS)
			return 2;
		for (long i = 0; i < chunks; i++) {
			double start = now_ns();

			for (long n = 0; n < calls; n++)
				syscall(SYS_getppid);
			chunk[i] = (now_ns() - start) / calls;
		}
		made += (unsigned long long)calls * chunks;
		qsort(chunk, chunks, sizeof(*chunk), ascending);
		printf("%.2f %llu\n", chunk[chunks / 2], made);
		fflush(stdout);
	}
	return 0;
}
