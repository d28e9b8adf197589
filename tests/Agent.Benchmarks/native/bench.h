/* SPDX-License-Identifier: MIT */
/* What the C peers share: load one program of bench.bpf.o, attach it to a tracepoint, say so. */
#ifndef SONDE_BENCH_H
#define SONDE_BENCH_H

#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct totals {
	unsigned long long hits, sent, lost, clock_ns;
};

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void write_ready(const char *path)
{
	FILE *file = fopen(path, "w");

	if (!file)
		die(path);
	fprintf(file, "%d\n", getpid());
	fclose(file);
}

/* Opens the object with only `program` to be loaded. */
static struct bpf_object *open_bench(const char *path, const char *program, unsigned int burst)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *one;
	size_t size;
	unsigned int *setting;

	if (!object)
		die(path);
	bpf_object__for_each_program(one, object)
	    bpf_program__set_autoload(one, !strcmp(bpf_program__name(one), program));
	/* Writable until the object is loaded, whatever the declaration says. */
	setting = (unsigned int *)bpf_map__initial_value(
	    bpf_object__find_map_by_name(object, ".rodata"), &size);
	*setting = burst;
	signal(SIGINT, stop);
	signal(SIGTERM, stop);
	return object;
}

static struct bpf_link *attach(struct bpf_object *object, const char *program, int tracepoint)
{
	struct perf_event_attr attr = {
	    .type = PERF_TYPE_TRACEPOINT,
	    .size = sizeof(attr),
	    .config = tracepoint,
	    .sample_period = 1,
	    .wakeup_events = 1,
	};
	int fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	struct bpf_link *link;

	if (fd < 0)
		die("perf_event_open");
	link =
	    bpf_program__attach_perf_event(bpf_object__find_program_by_name(object, program), fd);
	if (!link)
		die("attaching");
	return link;
}

static struct totals sum(struct bpf_object *object)
{
	int cpus = libbpf_num_possible_cpus();
	struct totals *each = calloc(cpus, sizeof(*each)), all = {};
	unsigned int zero = 0;

	bpf_map_lookup_elem(bpf_object__find_map_fd_by_name(object, "totals"), &zero, each);
	for (int i = 0; i < cpus; i++) {
		all.hits += each[i].hits;
		all.sent += each[i].sent;
		all.lost += each[i].lost;
	}
	free(each);
	return all;
}

#endif
