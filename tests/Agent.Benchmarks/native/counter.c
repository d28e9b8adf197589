// SPDX-License-Identifier: MIT
/*
 * The bare counter: counts hits of tracepoints until SIGINT, then prints the count.
 *
 *   counter OBJECT count|count_and_time READY-FILE TRACEPOINT-ID...
 */
#include "bench.h"

#define MOST_TRACEPOINTS 2

int main(int argc, char **argv)
{
	struct bpf_object *object;
	struct bpf_link *links[MOST_TRACEPOINTS];
	int attached = 0;

	if (argc < 5 || argc > 4 + MOST_TRACEPOINTS) {
		fprintf(stderr,
			"usage: counter OBJECT count|count_and_time READY-FILE TRACEPOINT-ID...\n");
		return 2;
	}
	object = open_bench(argv[1], argv[2], 1);
	if (bpf_object__load(object))
		die("loading");
	while (attached < argc - 4) {
		links[attached] = attach(object, argv[2], atoi(argv[4 + attached]));
		attached++;
	}
	write_ready(argv[3]);
	while (!stopped)
		pause();
	while (attached > 0)
		bpf_link__destroy(links[--attached]);
	printf("%llu\n", sum(object).hits);
	bpf_object__close(object);
	return 0;
}
