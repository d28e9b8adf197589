// SPDX-License-Identifier: MIT
/*
 * The C peer of the product's ring reader: maps the ring itself and drains it every millisecond.
 * Prints, after SIGINT, "READ LOST CPU-NANOSECONDS HITS" of the reading loop.
 *
 *   ring-reader OBJECT TRACEPOINT-ID READY-FILE RING-BYTES BURST
 */
#include "bench.h"
#include <linux/bpf.h>
#include <sys/mman.h>
#include <time.h>

#define BATCH (256 * 1024)

struct ring {
	unsigned long *consumer;
	const unsigned long *producer;
	const char *data;
	unsigned long mask;
};

static unsigned long long checksum;

static unsigned long long drain(struct ring *ring)
{
	unsigned long position = *ring->consumer, stored = position, end;
	unsigned long long count = 0;

	while (position < (end = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE))) {
		while (position < end) {
			const unsigned int *header =
			    (const void *)(ring->data + (position & ring->mask));
			unsigned int word = __atomic_load_n(header, __ATOMIC_ACQUIRE);

			if (word & BPF_RINGBUF_BUSY_BIT)
				goto out;
			if (!(word & BPF_RINGBUF_DISCARD_BIT)) {
				checksum += *(const unsigned long long *)(header + 2);
				count++;
			}
			word &= ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
			position += (word + BPF_RINGBUF_HDR_SZ + 7) & ~7ul;
			if (position - stored >= BATCH) {
				__atomic_store_n(ring->consumer, position, __ATOMIC_RELEASE);
				stored = position;
			}
		}
		__atomic_store_n(ring->consumer, position, __ATOMIC_RELEASE);
		stored = position;
	}
out:
	__atomic_store_n(ring->consumer, position, __ATOMIC_RELEASE);
	return count;
}

static unsigned long long cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

int main(int argc, char **argv)
{
	struct timespec pause_time = {.tv_nsec = 1000000};
	unsigned long long count = 0, before;
	struct ring ring;
	struct bpf_object *object;
	struct bpf_link *link;
	struct totals all;
	long page = sysconf(_SC_PAGESIZE), size;
	char *pages;
	int fd;

	if (argc != 6) {
		fprintf(stderr,
			"usage: ring-reader OBJECT TRACEPOINT-ID READY-FILE RING-BYTES BURST\n");
		return 2;
	}
	size = atol(argv[4]);
	object = open_bench(argv[1], "emit", atoi(argv[5]));
	bpf_map__set_max_entries(bpf_object__find_map_by_name(object, "ring"), size);
	if (bpf_object__load(object))
		die("loading");
	fd = bpf_object__find_map_fd_by_name(object, "ring");
	ring.consumer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	pages = mmap(NULL, page + 2 * size, PROT_READ, MAP_SHARED, fd, page);
	if (ring.consumer == MAP_FAILED || pages == MAP_FAILED)
		die("mapping the ring");
	ring.producer = (const void *)pages;
	ring.data = pages + page;
	ring.mask = size - 1;

	link = attach(object, "emit", atoi(argv[2]));
	before = cpu_ns();
	write_ready(argv[3]);
	while (!stopped) {
		count += drain(&ring);
		nanosleep(&pause_time, NULL);
	}
	bpf_link__destroy(link);
	count += drain(&ring);
	before = cpu_ns() - before;
	all = sum(object);
	printf("%llu %llu %llu %llu\n", count, all.lost, before, all.hits);
	bpf_object__close(object);
	return checksum == 1;
}
