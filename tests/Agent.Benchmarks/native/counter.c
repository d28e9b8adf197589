// SPDX-License-Identifier: MIT
/*
 * The bare counter: counts hits of a tracepoint until SIGINT, then prints the count.
 *
 *   counter OBJECT TRACEPOINT-ID READY-FILE
 */
#include "bench.h"

int main(int argc, char **argv)
{
	struct bpf_object *object;
	struct bpf_link *link;

	if (argc != 4) {
		fprintf(stderr, "usage: counter OBJECT TRACEPOINT-ID READY-FILE\n");
		return 2;
	}
	object = open_bench(argv[1], "count", 1);
	if (bpf_object__load(object))
		die("loading");
	link = attach(object, "count", atoi(argv[2]));
	write_ready(argv[3]);
	while (!stopped)
		pause();
	bpf_link__destroy(link);
	printf("%llu\n", sum(object).hits);
	bpf_object__close(object);
	return 0;
}
